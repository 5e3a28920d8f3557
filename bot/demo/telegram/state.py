"""All that Telegram knows of one bot: its chats, its people, what waits for it and what it called."""

import random
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from . import limits
from .arguments import JsonObject
from .chats import Chat, Message
from .faults import Faults
from .files import Files
from .floods import Floods
from .profile import Profile
from .refusals import bad_request, forbidden
from .updates import Update, Updates

CALLS_KEPT = 100_000
"""Calls on record; `calls_made` counts those that are forgotten, too."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the bot and how it ended. Status 0: the connection ended without an answer."""

    at: datetime
    method: str
    chat_id: int | None
    status: int
    ok: bool
    description: str = ""


class Membership(Enum):
    """Where the bot stands in a chat; the values are those of ChatMember.status, but for NEVER."""

    NEVER = "never"
    MEMBER = "member"
    LEFT = "left"
    KICKED = "kicked"


@dataclass(slots=True)
class ChatRecord:
    """A chat with what belongs to it: how the bot stands there, and what the other side was shown."""

    chat: Chat
    bot_is: Membership = Membership.NEVER
    notifications: list[str] = field(default_factory=list)
    toasts: list[str] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)
    """Chat actions such as "typing"."""


@dataclass(slots=True)
class Tap:
    """A press of a button that the bot may answer once."""

    callback_id: str
    user_id: int
    chat_id: int
    message_id: int
    at: datetime
    answered: bool = False


@dataclass(slots=True)
class Webhook:
    """Where updates are sent, and what last went wrong. Equal are those that are set in the same way."""

    url: str = ""
    secret: str | None = None
    max_connections: int = 40
    last_error: tuple[datetime, str] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Around:
    """What all bots of a server share: the lock, and who is told of every update."""

    lock: threading.RLock = field(default_factory=threading.RLock)
    listeners: list[Callable[[], None]] = field(default_factory=list)


class BotState:
    """One bot's part of Telegram. `lock` guards all of it; `changed` is notified after every change."""

    def __init__(self, token: str, username: str, name: str, now: Callable[[], datetime], around: Around) -> None:
        self.token = token
        self.bot_id = int(token.partition(":")[0])
        self.username = username
        self.lock = around.lock
        self.changed = threading.Condition(around.lock)
        self._around = around
        self.now = now
        self.updates = Updates()
        self.files = Files()
        self.faults = Faults()
        self.floods = Floods()
        self.flood_limits = True
        self.profile = Profile(name)
        self.records: dict[int, ChatRecord] = {}
        self.users: dict[int, JsonObject] = {}
        self.taps: dict[str, Tap] = {}
        self.webhook = Webhook()
        self.calls: deque[Call] = deque(maxlen=CALLS_KEPT)
        self.calls_made = 0
        self.errors: list[str] = []
        self.listeners: list[Callable[[], None]] = []
        self._last_message_id = 0

    def user(self) -> JsonObject:
        """The bot as a User."""
        return {"id": self.bot_id, "is_bot": True, "first_name": self.profile.name(), "username": self.username}

    def next_message_id(self) -> int:
        """Message identifiers count through all chats of a bot."""
        self._last_message_id += 1
        return self._last_message_id

    def skip_to_message_id(self, message_id: int) -> None:
        """Give out no identifier up to this one again."""
        self._last_message_id = max(self._last_message_id, message_id)

    def record(self, call: Call) -> None:
        """Keep a call on record."""
        self.calls.append(call)
        self.calls_made += 1
        self.changed.notify_all()

    def wake(self) -> None:
        """Tell whoever waits: long polls, the webhook's sender, and tests."""
        self.changed.notify_all()
        for listener in [*self.listeners, *self._around.listeners]:
            listener()

    def queue(self, kind: str, content: JsonObject) -> Update:
        """Queue an update and wake whoever fetches it."""
        update = self.updates.add(kind, content, self.now())
        self.wake()
        return update

    def writable(self, chat_id: int) -> ChatRecord:
        """The chat, if the bot may write there; refused with 400 when unknown and with 403 when it may not."""
        is_group = chat_id < 0
        found = self.records.get(chat_id)
        if found is not None and found.bot_is is Membership.NEVER and not is_group:
            raise forbidden("bot can't initiate conversation with a user")
        found = self.readable(chat_id)
        match found.bot_is:
            case Membership.KICKED:
                raise forbidden("bot was kicked from the group chat" if is_group else "bot was blocked by the user")
            case Membership.LEFT:
                raise forbidden("bot is not a member of the group chat")
            case _:
                return found

    def readable(self, chat_id: int) -> ChatRecord:
        """The chat, refused with 400 when the bot has never been in it."""
        found = self.records.get(chat_id)
        if found is None or found.bot_is is Membership.NEVER:
            raise bad_request("chat not found")
        return found

    def press(self, user_id: int, chat_id: int, message_id: int, data: str) -> str:
        """Queue a tap of a button; the callback's identifier."""
        record = self.records[chat_id]
        tap = Tap(str(random.getrandbits(62)), user_id, chat_id, message_id, self.now())
        self.taps[tap.callback_id] = tap
        message = record.chat.messages.get(message_id)
        # A message that is gone is given as an InaccessibleMessage.
        gone: JsonObject = {"chat": record.chat.header, "message_id": message_id, "date": 0}
        self.queue(
            "callback_query",
            {
                "id": tap.callback_id,
                "from": self.users[user_id],
                "message": gone if message is None else record.chat.as_json(message),
                "chat_instance": str(chat_id),
                "data": data,
            },
        )
        return tap.callback_id

    def receive(self, chat_id: int, message: Message) -> int:
        """Store a person's message and queue it; its identifier."""
        chat = self.records[chat_id].chat
        chat.add(message)
        self.queue("message", chat.as_json(message))
        return message.message_id

    def moves(self, chat_id: int, by: int, to: Membership) -> None:
        """Change how the bot stands in a chat, and queue the my_chat_member update."""
        record = self.records[chat_id]
        old, record.bot_is = record.bot_is, to
        self.queue(
            "my_chat_member",
            {
                "chat": record.chat.header,
                "from": self.users[by],
                "date": int(self.now().timestamp()),
                "old_chat_member": self._member(Membership.LEFT if old is Membership.NEVER else old),
                "new_chat_member": self._member(to),
            },
        )

    def _member(self, membership: Membership) -> JsonObject:
        member: JsonObject = {"user": self.user(), "status": membership.value}
        return {**member, "until_date": 0} if membership is Membership.KICKED else member

    def is_answerable(self, tap: Tap) -> bool:
        """Whether the tap may still be answered: once, and within 150 seconds."""
        return not tap.answered and self.now() - tap.at < limits.TAPS_KEPT_FOR
