"""Groups: the bot can be added, spoken to and removed."""

from .arguments import JsonObject
from .chats import Message, SeenMessage
from .entities import FormattedText, with_found
from .people import Person
from .state import BotState, Membership


class Group:
    """A basic group in which the bot's privacy mode is on: it gets commands and replies to it, nothing else."""

    def __init__(self, state: BotState, chat_id: int) -> None:
        self._state = state
        self.chat_id = chat_id
        self._record = state.records[chat_id]

    @property
    def left(self) -> bool:
        """Whether the bot has left by itself."""
        return self._record.bot_is is Membership.LEFT

    def adds_bot(self, by: Person) -> None:
        """Someone adds the bot: my_chat_member, and the message that says so."""
        with self._state.lock:
            self._state.moves(self.chat_id, by.user_id, Membership.MEMBER)
            service: JsonObject = {"new_chat_members": [self._state.user()]}
            self._state.receive(self.chat_id, self._message(by, FormattedText(), None, service))

    def removes_bot(self, by: Person) -> None:
        """Someone removes the bot."""
        with self._state.lock:
            self._state.moves(self.chat_id, by.user_id, Membership.KICKED)

    def says(self, by: Person, text: str, reply_to: int | None = None) -> int:
        """Someone writes. The message's identifier."""
        with self._state.lock:
            message = self._message(by, with_found(FormattedText(text)), reply_to, {})
            if self._reaches_bot(message):
                return self._state.receive(self.chat_id, message)
            self._record.chat.add(message)
            self._state.updates.withhold("message", self._record.chat.as_json(message), self._state.now())
            return message.message_id

    def sees(self) -> list[SeenMessage]:
        """The group as it is shown now, oldest first."""
        with self._state.lock:
            return self._record.chat.seen()

    def taps(self, by: Person, label: str) -> str:
        """Someone presses the newest button with that label. The callback's identifier."""
        with self._state.lock:
            for message in reversed(self.sees()):
                for button in (button for row in message.buttons for button in row):
                    if button.label == label and button.data is not None:
                        return self._state.press(by.user_id, self.chat_id, message.message_id, button.data)
            raise LookupError(f"no button {label!r} in the group")

    def _message(self, by: Person, content: FormattedText, reply_to: int | None, service: JsonObject) -> Message:
        return Message(
            message_id=self._state.next_message_id(),
            sender=self._state.users[by.user_id],
            from_bot=False,
            at=self._state.now(),
            content=content,
            reply_to=reply_to,
            service=service,
        )

    def _reaches_bot(self, message: Message) -> bool:
        if self._record.bot_is is not Membership.MEMBER:
            return False
        answered = self._record.chat.messages.get(message.reply_to or 0)
        command = message.content.text.split(maxsplit=1)[0] if message.content.text.startswith("/") else ""
        addressed = command.partition("@")[2].lower() in ("", self._state.username.lower())
        return (bool(command) and addressed) or (answered is not None and answered.from_bot)
