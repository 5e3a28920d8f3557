"""The pretend Telegram: any number of bots, each in a world of its own."""

import random
import re
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime

from .arguments import JsonObject
from .chats import Chat
from .faults import Fault
from .groups import Group
from .people import Person
from .state import Around, BotState, Call, ChatRecord, Tap
from .updates import Update

_TOKEN = re.compile(r"[1-9]\d{0,15}:[A-Za-z0-9_-]{3,}")


def aware_utc_now() -> datetime:
    """The real time."""
    return datetime.now(UTC)


def is_well_formed(token: str) -> bool:
    """Whether Telegram would look such a token up: a number, a colon, and letters, digits, _ and -."""
    return _TOKEN.fullmatch(token) is not None


class World:
    """One bot and its people. All methods may be called from any thread."""

    def __init__(self, state: BotState) -> None:
        self.state = state
        """What the server works on; tests don't need it."""

    @property
    def token(self) -> str:
        """The bot's token."""
        return self.state.token

    @property
    def now(self) -> Callable[[], datetime]:
        """The world's clock. Set another to turn it; times are aware."""
        return self.state.now

    @now.setter
    def now(self, clock: Callable[[], datetime]) -> None:
        with self.state.lock:
            self.state.now = clock
            self.state.wake()

    @property
    def flood_limits(self) -> bool:
        """Whether too many new messages are refused with 429."""
        return self.state.flood_limits

    @flood_limits.setter
    def flood_limits(self, on: bool) -> None:
        self.state.flood_limits = on

    @property
    def calls(self) -> deque[Call]:
        """The last calls, oldest first."""
        return self.state.calls

    @property
    def calls_made(self) -> int:
        """How many calls there were, also those no longer in `calls`."""
        return self.state.calls_made

    @property
    def errors(self) -> list[str]:
        """Tracebacks of mistakes in the server itself."""
        return self.state.errors

    @property
    def pending_updates(self) -> int:
        """How many updates wait to be fetched or confirmed."""
        with self.state.lock:
            return len(self.state.updates)

    @property
    def handed_out(self) -> set[int]:
        """The identifiers of the updates that getUpdates or a webhook gave to the bot."""
        return self.state.updates.handed_out

    @property
    def expired(self) -> list[Update]:
        """Updates that waited for too long and were dropped."""
        return self.state.updates.expired

    @property
    def forgotten(self) -> list[Update]:
        """Updates that the bot gave up by a negative offset or drop_pending_updates."""
        return self.state.updates.forgotten

    @property
    def withheld(self) -> list[Update]:
        """Updates that the bot is not given: of a kind it hasn't allowed, or kept back by privacy mode."""
        return self.state.updates.withheld

    @property
    def outstanding_faults(self) -> list[Fault]:
        """Ordered faults that have hits left."""
        return self.state.faults.outstanding()

    def unanswered_taps(self) -> list[Tap]:
        """Taps that no answerCallbackQuery has answered: their buttons are spinning."""
        with self.state.lock:
            return [tap for tap in self.state.taps.values() if not tap.answered]

    def person(self, user_id: int, first_name: str = "Someone", language_code: str = "en") -> Person:
        """The person with that identifier, made on first use. The name and language given first stay."""
        if user_id <= 0:
            raise ValueError("a person's identifier is above 0")
        with self.state.lock:
            if user_id not in self.state.records:
                about: JsonObject = {"id": user_id, "first_name": first_name}
                self.state.users[user_id] = {**about, "is_bot": False, "language_code": language_code}
                self.state.records[user_id] = ChatRecord(Chat(user_id, {**about, "type": "private"}))
            return Person(self.state, user_id)

    def group(self, chat_id: int, title: str) -> Group:
        """The group with that identifier, which is below 0, made on first use."""
        if chat_id >= 0:
            raise ValueError("a group's identifier is below 0")
        with self.state.lock:
            if chat_id not in self.state.records:
                header: JsonObject = {"id": chat_id, "title": title, "type": "group"}
                self.state.records[chat_id] = ChatRecord(Chat(chat_id, header))
            return Group(self.state, chat_id)

    def repeat_updates(self, share: float, chance: random.Random) -> int:
        """Hand out a share of the confirmed updates once more, all in disorder. Return how many come again.

        Telegram promises no more than that an update comes at least once.
        """
        with self.state.lock:
            number = self.state.updates.repeat(share, chance)
            self.state.wake()
            return number

    def order_fault(self, fault: Fault) -> None:
        """Let coming calls go wrong."""
        with self.state.lock:
            self.state.faults.order(fault)

    def wait_until(self, is_so: Callable[[], bool], seconds: float = 10) -> bool:
        """Wait for something to come true, asked after every call and update; whether it did in `seconds` (real time).

        Blocks its thread: in an event loop, call it by asyncio.to_thread.
        """
        with self.state.changed:
            return self.state.changed.wait_for(is_so, timeout=seconds)


class PretendTelegram:
    """The server's whole state. `now` is the clock of worlds that have none of their own."""

    def __init__(self, now: Callable[[], datetime] = aware_utc_now) -> None:
        self._now = now
        self._around = Around()
        self._worlds: dict[str, World] = {}

    def world(self, token: str, username: str = "demo_check_in_bot", name: str = "Check-in") -> World:
        """The world of a bot, which is registered on first use. ValueError for what can't be a token."""
        if not is_well_formed(token):
            raise ValueError("a token is a number, a colon, and letters, digits, _ and -")
        with self._around.lock:
            if token not in self._worlds:
                self._worlds[token] = World(BotState(token, username, name, self._now, self._around))
            return self._worlds[token]

    @property
    def listeners(self) -> list[Callable[[], None]]:
        """Who is told, in any thread, of every update of any bot."""
        return self._around.listeners

    def find(self, token: str) -> World | None:
        """The world of a registered bot."""
        return self._worlds.get(token)

    def worlds(self) -> list[World]:
        """All worlds."""
        with self._around.lock:
            return list(self._worlds.values())
