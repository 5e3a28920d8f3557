"""The clock: APScheduler fires a handful of ticks; what is due are rows. A lost tick costs nothing."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.handle import handle
from bot.house import House
from bot.logs import where
from bot.read import Due, DueKind
from bot.store import Transaction
from bot.store.marks import Mark
from conversations.presence import AWAY_FOR

TICK_EVERY = 5
"""Seconds."""
TIDY_EVERY = 3600
AT_ONCE = 50
"""How many due rows are decided in one transaction: few enough that nobody's tap waits for them."""

KEEP_HANDLED = timedelta(hours=48)
KEEP_PARKED = timedelta(days=30)

log = structlog.get_logger()


async def tick(house: House) -> int:
    """Decide everything that has fallen due. Return how many things were decided."""
    number = 0
    for kind in DueKind:
        ids = _due(kind, house)
        for start in range(0, len(ids), AT_ONCE):
            number += _decide(kind, tuple(ids[start : start + AT_ONCE]), house)
            await asyncio.sleep(0)
    with house.store.transaction() as transaction:
        transaction.marks.set(Mark.TICKED, house.clock())
    return number


def _due(kind: DueKind, house: House) -> list[str]:
    now = house.clock()
    with house.store.transaction() as transaction:
        match kind:
            case DueKind.EXPIRY:
                return transaction.check_ins.expired(now)
            case DueKind.CHECK_IN:
                return transaction.check_ins.due(now)
            case DueKind.REMINDER:
                return transaction.check_ins.reminders_due(now)
            case DueKind.QUESTION:
                return transaction.people.questions_due(now)
            case DueKind.DIGEST:
                return transaction.people.digests_due(now)
            case DueKind.AWAY:
                return transaction.people.therapists_away_since(now - AWAY_FOR)


def _decide(kind: DueKind, ids: tuple[str, ...], house: House) -> int:
    """Decide several at once; if that fails, each by itself, so that one can't hold up the others."""
    try:
        number = handle(Due(kind, ids), house)
    except Exception as error:
        if len(ids) == 1:
            log.error("something due could not be decided", kind=kind.name.lower(), error=where(error))
            return 0
        return sum(_decide(kind, (one,), house) for one in ids)
    if kind is DueKind.AWAY:
        log.error("a therapist can't be reached for a week: clients were told, check-ins wait", number=len(ids))
    return number


def next_at(house: House) -> datetime | None:
    """Return when, after now, the first thing falls due that is known of today; None if nothing is."""
    now = house.clock()
    with house.store.transaction() as transaction:
        moments = (
            transaction.check_ins.next_at(now),
            transaction.people.next_at(now),
            transaction.inbox.next_at(now),
            transaction.outbox.next_at(now),
        )
    return min((moment for moment in moments if moment is not None), default=None)


def tidy(house: House) -> None:
    """Forget what needs no remembering any more, and leave no remains of whoever was erased."""
    with house.store.transaction() as transaction:
        _prune(transaction, house)
        erased_at = transaction.marks.get(Mark.ERASED)
    if erased_at is not None:
        _leave_no_remains(erased_at, house)


def _leave_no_remains(erased_at: datetime, house: House) -> None:
    house.store.engine.rewrite()
    with house.store.transaction() as transaction:
        if transaction.marks.get(Mark.ERASED) == erased_at:  # nobody else was erased meanwhile, by a command
            transaction.marks.clear(Mark.ERASED)


def _prune(transaction: Transaction, house: House) -> None:
    now = house.clock()
    transaction.inbox.prune(handled_before=now - KEEP_HANDLED, parked_before=now - KEEP_PARKED)
    transaction.outbox.prune(before=now - KEEP_HANDLED)


def schedule(house: House, caught_up: Callable[[], bool], spoke: Callable[[], None]) -> AsyncIOScheduler:
    """Return a scheduler that ticks while the bot has `caught_up`, and says so with `spoke`.

    APScheduler forgives a late job by one second only, unless told that lateness does not matter.
    """
    scheduler = AsyncIOScheduler(
        timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )

    async def tick_when_caught_up() -> None:
        if caught_up():
            try:
                await tick(house)
            except Exception as error:
                log.error("a tick failed", error=where(error))
            spoke()

    async def tidy_up() -> None:
        # A coroutine: APScheduler runs anything else in a thread of its own, where the connection may not be used.
        try:
            tidy(house)
        except Exception as error:
            log.error("tidying up failed", error=where(error))

    scheduler.add_job(tick_when_caught_up, "interval", seconds=TICK_EVERY, id="tick")
    scheduler.add_job(tidy_up, "interval", seconds=TIDY_EVERY, id="tidy")
    return scheduler
