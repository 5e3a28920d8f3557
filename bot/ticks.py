"""The clock: APScheduler fires a handful of ticks; what is due are rows. A lost tick costs nothing."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.backups import Archive, back_up_when_due
from bot.handle import handle
from bot.house import House
from bot.logs import where
from bot.read import Due, DueKind
from bot.retention import purge
from bot.store import Transaction
from bot.store.check_ins import BEGINNING
from bot.store.engine import trouble_of
from bot.store.marks import Mark, Marks
from bot.store.sqlite import SqliteEngine
from conversations.invitations import GUESSES_COUNT_FOR
from conversations.presence import AWAY_FOR

TICK_EVERY = 5
"""Seconds."""
TIDY_EVERY = 3600
LOOK_FOR_BACKUP_EVERY = 60
DUE_AT_ONCE = 40
"""How many due rows are read and decided together: few enough that nobody's tap waits for them."""
DIGESTS_AT_ONCE = 1
"""One is a whole caseload with all its answers."""

Rest = Callable[[float], Awaitable[None]]
"""Lets everything else go on, given the seconds that it had to wait."""

KEEP_HANDLED = timedelta(hours=48)
KEEP_PARKED = timedelta(days=30)
KEEP_STRANGERS = timedelta(hours=1)
REWRITE_EVERY = timedelta(hours=23)

log = structlog.get_logger()


async def let_others_go_first(_: float) -> None:
    """Rest for as long as anything else has something to do right now."""
    await asyncio.sleep(0)


def room_for(somebody_speaks: Callable[[], bool], sleep: Rest) -> Rest:
    """Return a rest that leaves half of the time to those who answer. While nobody does, all goes on at once."""

    async def rest(seconds: float) -> None:
        await sleep(seconds if somebody_speaks() else 0.0)

    return rest


async def tick(house: House, rest: Rest = let_others_go_first) -> int:
    """Decide everything that has fallen due, with a rest after every few. Return how many things were decided."""
    now, number = house.clock(), 0
    with house.store.transaction() as transaction:
        transaction.marks.set(Mark.TICKED, now)  # for `alliance doctor`: somebody has looked
    for kind in DueKind:
        for ids in _due(kind, house, now):
            begun = time.monotonic()
            number += _decide(kind, ids, house)
            await rest(time.monotonic() - begun)
    return number


def _due(kind: DueKind, house: House, now: datetime) -> Iterator[tuple[str, ...]]:
    """Yield what has fallen due, a few at a time; it is looked for again while the others are decided."""
    people = house.store.look().people
    match kind:
        case DueKind.EXPIRY | DueKind.CHECK_IN | DueKind.REMINDER:
            yield from _check_ins_due(kind, house, now)
        case DueKind.QUESTION:
            yield from _few(people.questions_due(now), DUE_AT_ONCE)
        case DueKind.DIGEST:
            yield from _few(people.digests_due(now), DIGESTS_AT_ONCE)
        case DueKind.AWAY:
            yield from _few(people.therapists_away_since(now - AWAY_FOR), DUE_AT_ONCE)


def _check_ins_due(kind: DueKind, house: House, now: datetime) -> Iterator[tuple[str, ...]]:
    check_ins = house.store.look().check_ins
    look = {
        DueKind.EXPIRY: check_ins.expired,
        DueKind.CHECK_IN: check_ins.due,
        DueKind.REMINDER: check_ins.reminders_due,
    }[kind]
    after = BEGINNING
    while found := look(now, after, DUE_AT_ONCE):
        after = found[-1]
        yield tuple(session for _, session in found)


def _few(ids: list[str], at_once: int) -> Iterator[tuple[str, ...]]:
    for start in range(0, len(ids), at_once):
        yield tuple(ids[start : start + at_once])


def _decide(kind: DueKind, ids: tuple[str, ...], house: House) -> int:
    """Decide several at once; if that fails, each by itself, so that one can't hold up the others."""
    try:
        number = handle(Due(kind, ids), house)
    except Exception as error:
        if trouble_of(error) is not None:
            raise
        if len(ids) == 1:
            house.troubles.complain(f"something due could not be decided: {kind.name.lower()}", error, house.clock())
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
    """Forget what needs no remembering any more, down to its remains on the disk."""
    now = house.clock()
    purge(house)
    with house.store.transaction() as transaction:
        _prune(transaction, now)
    if isinstance(house.store.engine, SqliteEngine):  # a server tidies its own files
        _wipe_remains(house, house.store.engine, now)


def _wipe_remains(house: House, engine: SqliteEngine, now: datetime) -> None:
    with house.store.transaction() as transaction:
        erased_at = transaction.marks.get(Mark.ERASED)
        leaves_remains = _leaves_remains(transaction.marks, now)
    if leaves_remains:
        engine.rewrite()
        with house.store.transaction() as transaction:
            transaction.marks.set(Mark.REWRITTEN, now)
            if transaction.marks.get(Mark.ERASED) == erased_at:  # nobody else was erased meanwhile, by a command
                transaction.marks.clear(Mark.ERASED)
    engine.empty_log()


def _prune(transaction: Transaction, now: datetime) -> None:
    transaction.inbox.prune(handled_before=now - KEEP_HANDLED, parked_before=now - KEEP_PARKED)
    transaction.outbox.prune(before=now - KEEP_HANDLED)
    transaction.outbox.forget_strangers(settled_before=now - KEEP_STRANGERS)
    transaction.invitations.prune_guesses(before=now - GUESSES_COUNT_FOR)


def _leaves_remains(marks: Marks, now: datetime) -> bool:
    """Tell whether the file is to be written anew: at once after an erasure, else once a day."""
    rewritten = marks.get(Mark.REWRITTEN)
    return marks.get(Mark.ERASED) is not None or rewritten is None or now - rewritten >= REWRITE_EVERY


_TICK = "tick"


def tick_now(scheduler: AsyncIOScheduler) -> None:
    """Let the next tick come at once, and the others after it as before."""
    scheduler.modify_job(_TICK, next_run_time=datetime.now(UTC))


def schedule(
    house: House,
    archive: Archive | None,
    *,
    caught_up: Callable[[], bool],
    rest: Rest,
    spoke: Callable[[], None],
    turned: Callable[[], None],
) -> AsyncIOScheduler:
    """Return a scheduler that ticks while the bot has `caught_up`, says so with `spoke`, and makes backups.

    Without an `archive` it makes none. `rest` is awaited after every few things, `turned` is called at every tick.

    APScheduler forgives a late job by one second only, unless told that lateness does not matter.
    """
    scheduler = AsyncIOScheduler(
        timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )

    async def tick_when_caught_up() -> None:
        turned()
        try:
            if caught_up():
                await tick(house, rest)
                spoke()
        except asyncio.CancelledError:  # the bot stops; APScheduler would log that as a failure
            return
        except Exception as error:
            house.troubles.complain("a tick failed", error, house.clock())

    async def tidy_up() -> None:  # a plain function would run in a thread, where the connection can't be used
        try:
            tidy(house)
        except Exception as error:  # the next hour tries again
            log.error("tidying up failed", error=where(error))

    scheduler.add_job(tick_when_caught_up, "interval", seconds=TICK_EVERY, id=_TICK)
    scheduler.add_job(tidy_up, "interval", seconds=TIDY_EVERY, id="tidy")
    if archive is not None:
        every = LOOK_FOR_BACKUP_EVERY
        scheduler.add_job(back_up_when_due, "interval", seconds=every, args=(archive, house), id="backup")
    return scheduler
