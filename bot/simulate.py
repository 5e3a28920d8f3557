"""What would be sent to whom and when, played on a copy of the database in memory, without a network.

The real ticks, decisions and claims run there, at a clock that is turned; only the sending is left out. People are
taken to be silent: nobody writes, answers or logs a session.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from bot import handle, ticks
from bot.backlog import handle_next
from bot.handle import Claimed
from bot.house import House
from bot.lookup import Lookup
from bot.store import Store, Transaction
from bot.store.copying import copy_rows
from bot.store.engine import Engine
from bot.store.outbox import Method, QueuedRow
from bot.store.sqlite import SqliteEngine, in_memory
from conversations.decision import Purpose

LONGEST_STEP = timedelta(hours=1)
"""How far the clock is turned at most before the next tick: some things fall due that no row tells in advance."""
_AT_DESK = frozenset({Purpose.PAIRING, Purpose.HEADS_UP, Purpose.SHOWN, Purpose.DIGEST})
_NAMES = {
    Purpose.REPLY: "answer",
    Purpose.CARD: "check-in, next page",
    Purpose.CONSENT: "question for consent",
    Purpose.PAIRING: "question who it is",
    Purpose.HEADS_UP: "heads-up",
    Purpose.NOTICE: "notice",
    Purpose.SHOWN: "answers asked for",
    Purpose.DIGEST: "digest",
}
_FIRST_MESSAGE_ID = 2**52  # far from any that Telegram has given out


@dataclass(frozen=True, slots=True)
class WouldSend:
    """A message that would be sent: when, to whom, and what kind of message; nothing of its content."""

    at: datetime
    zone: ZoneInfo
    """The recipient's."""
    whom: str
    what: str


@dataclass
class _TurnedClock:
    """A clock that stands still until it is turned."""

    shows: datetime

    def now(self) -> datetime:
        return self.shows


async def simulate(real: House, span: timedelta) -> list[WouldSend]:
    """Return what would be sent from now on in `span`, in order. The database is only read."""
    clock = _TurnedClock(real.clock())
    end = clock.shows + span
    sent: list[WouldSend] = []
    message_ids = count(_FIRST_MESSAGE_ID)
    with _copy(real, clock) as house:
        while handle_next(house):  # a "stop" that lies waiting is heard first
            pass
        while True:
            sent += _deliver(house, message_ids)
            await ticks.tick(house)
            sent += _deliver(house, message_ids)
            if clock.shows >= end:
                return sent
            clock.shows = min(ticks.next_at(house) or end, clock.shows + LONGEST_STEP, end)


@contextmanager
def _copy(real: House, clock: _TurnedClock) -> Iterator[House]:
    engine = _copied(real.store.engine)
    try:
        yield House(Store(engine), real.practice, clock.now)
    finally:
        engine.close()


def _copied(engine: Engine) -> SqliteEngine:
    if isinstance(engine, SqliteEngine):
        return engine.copy()
    copy = in_memory()
    copy.migrate()
    copy_rows(engine, copy)
    return copy


def _deliver(house: House, message_ids: Iterator[int]) -> list[WouldSend]:
    """Take all that is due from the outbox as if it had been sent."""
    sent: list[WouldSend] = []
    while True:
        with house.store.transaction() as transaction:
            found = transaction.outbox.next(house.clock(), 1)
            if not found:
                return sent
            [row] = found
            described = _described(row, transaction, house)
            claimed = handle.claim(row, "simulation", transaction, house)
        if claimed is None:
            continue
        handle.was_sent(claimed, _message_id(claimed, message_ids), house)
        if row.is_new:
            sent.append(described)


def _message_id(claimed: Claimed, message_ids: Iterator[int]) -> int | None:
    if claimed.row.method not in {Method.MESSAGE, Method.CARD}:
        return None
    return claimed.row.edits if claimed.row.edits is not None else next(message_ids)


def _described(row: QueuedRow, transaction: Transaction, house: House) -> WouldSend:
    therapist = transaction.people.therapist_of(row.chat_id)
    codes = [one.code for one in transaction.people.enrolments_of(row.chat_id)]
    if therapist and (row.purpose in _AT_DESK or not codes):
        return WouldSend(house.clock(), therapist.zone, f"therapist {therapist.id}", _NAMES[row.purpose])
    account = transaction.people.account(row.chat_id)
    zone = (account.zone if account else None) or house.practice.zone
    code = row.enrolment or ", ".join(codes)
    return WouldSend(house.clock(), zone, f"client {code}" if code else "somebody", _what(row, transaction, house))


def _what(row: QueuedRow, transaction: Transaction, house: House) -> str:
    if row.purpose is not Purpose.CHECK_IN:
        return _NAMES[row.purpose]
    card = Lookup(transaction, house, house.clock()).card(row.session) if row.session else None
    return "reminder" if card and card.check_in.sent_at else "check-in"
