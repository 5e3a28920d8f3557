"""The people of a world: they press Start, write, tap, block, and see what the bot sent."""

import re
from dataclasses import replace

from . import limits
from .arguments import Upload
from .chats import Media, MediaKind, Message, SeenMessage
from .entities import FormattedText, trimmed, utf16_length, with_found
from .keyboards import SeenButton
from .state import BotState, Membership

_PAYLOAD = re.compile(rf"[A-Za-z0-9_-]{{1,{limits.START_PAYLOAD_LENGTH}}}")
# The smallest picture there is: one grey pixel.
_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c636800000082008177cd72b6"
    "0000000049454e44ae426082"
)


class NoSuchButton(LookupError):
    """A press of a button that isn't on a keyboard; the message lists the buttons that are."""


class Person:
    """Someone with the app open. What an app wouldn't let them do raises ValueError."""

    def __init__(self, state: BotState, user_id: int) -> None:
        self._state = state
        self.user_id = user_id
        self._record = state.records[user_id]

    @property
    def notifications(self) -> list[str]:
        """A line for each new message, as on a lock screen; those that don't ring begin with "(silent) "."""
        return self._record.notifications

    @property
    def toasts(self) -> list[str]:
        """The notices that answered this person's taps."""
        return self._record.toasts

    @property
    def chat_actions(self) -> list[str]:
        """What the bot was seen doing, such as "typing"."""
        return self._record.actions

    @property
    def has_blocked(self) -> bool:
        """Whether the bot is blocked."""
        return self._record.bot_is is Membership.KICKED

    def says(self, text: str) -> int:
        """Send a text; "/start" presses Start. The message's identifier."""
        content = trimmed(FormattedText(text))
        if not 1 <= utf16_length(content.text) <= limits.TEXT_LENGTH:
            raise ValueError(f"the app sends texts of 1 to {limits.TEXT_LENGTH} characters, not {len(text)}")
        with self._state.lock:
            if re.match(r"/start(\s|$)", content.text):
                self._begin()
            return self._send(with_found(content), None)

    def starts(self, payload: str | None = None) -> int:
        """Press Start, or the Start of a deep link with a payload. The message's identifier."""
        if payload is not None and not _PAYLOAD.fullmatch(payload):
            raise ValueError(f"no deep link has the payload {payload!r}")
        return self.says("/start" if payload is None else f"/start {payload}")

    def sends_voice(self) -> int:
        """Send a voice message. Its identifier."""
        return self._sends_file(MediaKind.VOICE, Upload("voice.oga", b"OggS made up", "audio/ogg"))

    def sends_photo(self, content: bytes = _PIXEL) -> int:
        """Send a photo. The message's identifier."""
        return self._sends_file(MediaKind.PHOTO, Upload("photo.png", content, "image/png"))

    def sends_document(self, name: str, content: bytes) -> int:
        """Send a file. The message's identifier."""
        return self._sends_file(MediaKind.DOCUMENT, Upload(name, content, "application/octet-stream"))

    def edits(self, message_id: int, text: str) -> None:
        """Edit a text that this person sent."""
        state, chat = self._state, self._record.chat
        with state.lock:
            message = chat.messages.get(message_id)
            if message is None or message.from_bot or message.media is not None:
                raise ValueError(f"message {message_id} is no text of this person's")
            content = with_found(trimmed(FormattedText(text)))
            changed = chat.add(replace(message, content=content, edited_at=state.now()))
            state.queue("edited_message", chat.as_json(changed))

    def taps(self, label: str, message: SeenMessage | None = None) -> str:
        """Press the newest button with that label, or the one under a message. The callback's identifier."""
        with self._state.lock:
            self._check_open()
            shown = (
                self.sees() if message is None else [one for one in self.sees() if one.message_id == message.message_id]
            )
            for one, button in _newest_first(shown):
                if button.label == label:
                    return self._press(one.message_id, button)
            raise NoSuchButton(f"no button {label!r}; visible: {[button.label for _, button in _newest_first(shown)]}")

    def taps_data(self, message_id: int, data: str) -> str:
        """Press the button of a message that sends `data`. The callback's identifier."""
        with self._state.lock:
            self._check_open()
            buttons = [button for one, button in _newest_first(self.sees()) if one.message_id == message_id]
            if data not in [button.data for button in buttons]:
                raise NoSuchButton(f"no button sends {data!r}; there: {[button.data for button in buttons]}")
            return self._state.press(self.user_id, self.user_id, message_id, data)

    def forges(self, message_id: int, data: str) -> str:
        """Send a tap of no button, as a modified app can; the message need not exist. The callback's identifier."""
        with self._state.lock:
            return self._state.press(self.user_id, self.user_id, message_id, data)

    def was_answered(self, callback_id: str) -> bool:
        """Whether the bot has answered a tap, so that the button stopped spinning."""
        with self._state.lock:
            return self._state.taps[callback_id].answered

    def blocks(self) -> None:
        """Block the bot; nothing happens when it is blocked."""
        with self._state.lock:
            if not self.has_blocked:
                self._state.moves(self.user_id, self.user_id, Membership.KICKED)

    def unblocks(self) -> None:
        """Unblock the bot, if it is blocked."""
        with self._state.lock:
            if self.has_blocked:
                self._state.moves(self.user_id, self.user_id, Membership.MEMBER)

    def deletes(self, message_id: int) -> None:
        """Delete a message for both sides. Telegram tells the bot nothing."""
        with self._state.lock:
            if self._record.chat.messages.pop(message_id, None) is None:
                raise ValueError(f"there is no message {message_id}")

    def sees(self) -> list[SeenMessage]:
        """The chat as it is shown now, oldest first."""
        with self._state.lock:
            return self._record.chat.seen()

    def commands(self) -> list[str]:
        """The commands in the menu, such as "/help: What the bot does"."""
        language = str(self._state.users[self.user_id]["language_code"])
        with self._state.lock:
            shown = self._state.profile.shown_commands(self.user_id, language)
            return [f"/{command['command']}: {command['description']}" for command in shown]

    def _begin(self) -> None:
        # The button of a blocked bot reads Restart: it unblocks and sends /start.
        self.unblocks()
        self._record.bot_is = Membership.MEMBER

    def _check_open(self) -> None:
        match self._record.bot_is:
            case Membership.NEVER:
                raise ValueError("press Start first: the app shows no input field before")
            case Membership.KICKED:
                raise ValueError("the bot is blocked: the app offers Unblock only")

    def _press(self, message_id: int, button: SeenButton) -> str:
        if button.data is None:
            raise ValueError(f"{button.label!r} opens {button.url} and sends nothing")
        return self._state.press(self.user_id, self.user_id, message_id, button.data)

    def _sends_file(self, kind: MediaKind, upload: Upload) -> int:
        with self._state.lock:
            file = self._state.files.keep({"photo": "photos", "voice": "voice"}.get(kind.value, "documents"), upload)
            return self._send(FormattedText(), Media(kind, file))

    def _send(self, content: FormattedText, media: Media | None) -> int:
        self._check_open()
        state = self._state
        sender = state.users[self.user_id]
        message = Message(state.next_message_id(), sender, from_bot=False, at=state.now(), content=content, media=media)
        return state.receive(self.user_id, message)


def _newest_first(shown: list[SeenMessage]) -> list[tuple[SeenMessage, SeenButton]]:
    return [(message, button) for message in reversed(shown) for row in message.buttons for button in row]
