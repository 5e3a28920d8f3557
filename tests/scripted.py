"""The real store, handling and ticks without a network: updates go straight into the inbox, and whoever plays the
script decides what becomes of each message that leaves the outbox."""

import json
import re
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from html import unescape
from itertools import count
from typing import Any
from unittest import mock

from bot import backlog, codes, handle, operate, ticks
from bot.handle import Claimed, Failure
from bot.house import House
from bot.render import Body, from_json
from bot.store import Store, Transaction
from bot.store.engine import Engine, Row
from bot.store.inbox import NewUpdate
from bot.store.marks import Mark
from bot.store.outbox import Method
from bot.store.sqlite import in_memory
from bot.updates import lane_of
from tests.conversations.made_up import BERLIN, PRACTICE, at

START = at("2026-03-02 10:00")
"""A Monday."""
BOT_ID = 1000


class Outcome(Enum):
    """What becomes of a request to Telegram."""

    ARRIVES = auto()
    ARRIVES_UNKNOWN = auto()  # it arrives, and the answer is lost
    LOST_UNKNOWN = auto()  # it does not arrive, and the answer is lost
    CRASH = auto()  # it arrives, and the process dies before it records that
    UNREACHABLE = auto()
    GONE = auto()  # for an edit: there is nothing to edit; else it arrives
    REFUSED = auto()
    WAIT = auto()


@dataclass
class Said:
    """A message that stands in somebody's chat."""

    chat_id: int
    message_id: int
    body: Body
    claimed: Claimed

    @property
    def text(self) -> str:
        """Return what it says, without markup."""
        return unescape(re.sub(r"</?(b|u|blockquote)>", "", self.body.html))

    @property
    def buttons(self) -> list[tuple[str, str]]:
        """Return labels and callback data."""
        return [button for row in self.body.buttons for button in row]


@dataclass
class Script:
    """A practice without a network. Times turn when the script says so."""

    house: House
    now: list[datetime]
    said: list[Said] = field(default_factory=list)
    """Every message that arrived, as it was then; an edited card appears again."""
    watch: Callable[[Claimed, "Script"], None] = lambda _claimed, _script: None
    """Is shown every message at the moment of its claim, right before it would be sent."""
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    blocked: set[int] = field(default_factory=set)
    last_update: dict[str, Any] = field(default_factory=dict)

    # what people do

    def says(self, chat_id: int, text: str) -> None:
        """Let somebody send a text or a command."""
        self._message(chat_id, text=text)

    def sends_voice(self, chat_id: int) -> None:
        """Let somebody send a voice message."""
        self._message(chat_id, voice={"file_id": "made-up", "file_unique_id": "made-up", "duration": 1})

    def taps(self, chat_id: int, data: str, message_id: int | None = None) -> None:
        """Let somebody tap a button, or claim to have tapped one."""
        message = {"message_id": message_id or next(self._numbers), "date": 1, "chat": private_chat(chat_id)}
        query = {
            "id": "made-up",
            "from": person(chat_id),
            "chat_instance": "made-up",
            "data": data,
            "message": message,
        }
        self.reports({"callback_query": query})

    def blocks(self, chat_id: int) -> None:
        """Let somebody block the bot."""
        self.blocked.add(chat_id)
        self._membership(chat_id, "member", "kicked")

    def unblocks(self, chat_id: int) -> None:
        """Let somebody unblock the bot."""
        self.blocked.discard(chat_id)
        self._membership(chat_id, "kicked", "member")

    def _message(self, chat_id: int, **content: object) -> None:
        message = {"message_id": next(self._numbers), "date": 1, "chat": private_chat(chat_id), "from": person(chat_id)}
        self.reports({"message": {**message, **content}})

    def _membership(self, chat_id: int, old: str, new: str) -> None:
        bot = {"id": BOT_ID, "is_bot": True, "first_name": "Made-up bot"}
        states = [{"user": bot, "status": one, **({"until_date": 0} if one == "kicked" else {})} for one in (old, new)]
        change = {"chat": private_chat(chat_id), "from": person(chat_id), "date": 1}
        self.reports({"my_chat_member": {**change, "old_chat_member": states[0], "new_chat_member": states[1]}})

    def reports(self, update: dict[str, Any]) -> None:
        """Let Telegram report an update; it is stored and handled."""
        self.last_update = {"update_id": next(self._numbers), **update}
        self.repeats()

    def repeats(self) -> None:
        """Let Telegram report the last update once more."""
        if not self.last_update:
            return
        new = NewUpdate(self.last_update["update_id"], json.dumps(self.last_update), lane_of(self.last_update))
        with self.house.store.transaction() as transaction:
            transaction.inbox.add(BOT_ID, [new], self.house.clock())
        while backlog.handle_next(self.house):
            pass

    # what the bot does

    def turns(self, by: timedelta) -> None:
        """Turn the clock; nothing happens yet."""
        self.now[0] += by

    def ticks(self) -> None:
        """Let everything happen that has fallen due."""
        _run(ticks.tick(self.house))

    def was_away(self) -> None:
        """Let the bot notice that it could not receive for a while."""
        with self.house.store.transaction() as transaction:
            transaction.marks.set(Mark.AWAY, self.house.clock())
        backlog.catch_up(self.house)

    def delivers(self, outcomes: Iterator[Outcome] | None = None) -> None:
        """Send what may be sent now; `outcomes` says what becomes of one after the other, then all arrive."""
        while (taken := self._takes_next()) is not None:
            for claimed in taken:
                self.watch(claimed, self)
                chosen = next(outcomes, Outcome.ARRIVES) if outcomes else Outcome.ARRIVES
                self._deliver(claimed, Outcome.UNREACHABLE if claimed.row.chat_id in self.blocked else chosen)

    def _takes_next(self) -> list[Claimed] | None:
        """Claim what is to be said next: one message, or none if it may not be said; None if nothing is to be said."""
        with self.house.store.transaction() as transaction:
            found = transaction.outbox.next(self.house.clock(), 1)
            if not found:
                return None
            [row] = found
            claimed = handle.claim(row, "made-up", transaction, self.house)
            return [claimed] if claimed else []

    def _deliver(self, claimed: Claimed, outcome: Outcome) -> None:
        house, is_text = self.house, claimed.row.method in {Method.MESSAGE, Method.CARD}
        match outcome:
            case Outcome.UNREACHABLE:
                handle.was_refused(claimed, Failure.UNREACHABLE, house)
            case Outcome.REFUSED:
                handle.was_refused(claimed, Failure.REFUSED, house)
            case Outcome.GONE if claimed.row.edits is not None:
                handle.was_refused(claimed, Failure.GONE, house)
            case Outcome.WAIT:
                handle.must_wait(claimed, 5, house)
            case Outcome.LOST_UNKNOWN:
                handle.is_unknown(claimed, house)
            case _:
                message_id = self._arrives(claimed) if is_text else None
                if outcome is Outcome.ARRIVES_UNKNOWN:
                    handle.is_unknown(claimed, house)
                elif outcome is not Outcome.CRASH:
                    handle.was_sent(claimed, message_id, house)

    def _arrives(self, claimed: Claimed) -> int:
        message_id = claimed.row.edits if claimed.row.edits is not None else next(self._numbers)
        self.said.append(Said(claimed.row.chat_id, message_id, from_json(claimed.row.body), claimed))
        return message_id

    # what an operator and a test do

    def enrols_therapist(self, chat_id: int, name: str) -> str:
        """Let the operator add a therapist, who follows the link; return the therapist's id."""
        link = operate.add_therapist(name, BERLIN, self.house)
        self.says(chat_id, f"/start {link.partition('start=')[2]}")
        self.delivers()
        with self.stored() as transaction:
            found = transaction.people.therapist_of(chat_id)
        assert found is not None
        return found.id

    def invites(self, chat_id: int, alias: str) -> str:
        """Let a therapist invite a client; return the code of the link."""
        self.says(chat_id, f"/invite {alias}")
        self.delivers()
        found = re.search(r"start=([\w-]+)", self.to(chat_id)[-1].text)
        assert found, self.to(chat_id)[-1].text
        return found[1]

    def enrols(self, chat_id: int, therapist: int, alias: str) -> str:
        """Let somebody become a client; return the code of the enrolment."""
        self.says(chat_id, f"/start {self.invites(therapist, alias)}")
        with self.stored() as transaction:
            code = transaction.people.enrolments_of(chat_id)[-1].code
        self.taps(chat_id, f"agree:{code}")
        self.taps(therapist, f"pair:{code}")
        self.delivers()
        return code

    def to(self, chat_id: int) -> list[Said]:
        """Return what somebody was sent, oldest first."""
        return [one for one in self.said if one.chat_id == chat_id]

    @contextmanager
    def stored(self) -> Iterator[Transaction]:
        """Look into the database."""
        with self.house.store.transaction() as transaction:
            yield transaction

    def query(self, sql: str) -> list[Row]:
        """Return the rows that a statement yields."""
        return self.house.store.engine.query(sql)

    def close(self) -> None:
        """Forget everything."""
        self.house.store.engine.close()


def person(chat_id: int) -> dict[str, Any]:
    """Return somebody as Telegram describes them."""
    return {"id": chat_id, "is_bot": False, "first_name": f"Made-Up-{chat_id}"}


def private_chat(chat_id: int) -> dict[str, Any]:
    """Return the chat with somebody as Telegram describes it."""
    return {"id": chat_id, "type": "private", "first_name": f"Made-Up-{chat_id}"}


def _run(ticking: Coroutine[Any, Any, Any]) -> None:
    """Run something that only ever lets others go first, without an event loop."""
    try:
        while True:
            ticking.send(None)
    except StopIteration:
        return


def open_script(engine: Engine | None = None) -> Script:
    """Return a practice in Berlin on a Monday morning, with an empty database; by default in memory."""
    store = Store(engine or in_memory())
    store.engine.migrate()
    now = [START]
    return Script(House(store, PRACTICE, lambda: now[0]), now)


def _in_order(numbers: Iterator[int], words: str) -> Callable[[], str]:
    return lambda: f"{words}{next(numbers):04d}"


@contextmanager
def codes_in_order() -> Iterator[None]:
    """Draw codes and secrets in order, not at random, so that a script always plays alike."""
    numbers = count(1)
    with (
        mock.patch.object(codes, "new_code", _in_order(numbers, "MADEUP")),
        mock.patch.object(codes, "new_secret", _in_order(numbers, "made-up-secret-")),
    ):
        yield
