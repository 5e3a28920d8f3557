"""What a weekly digest takes, against no more than reading what it is made of."""

import gc
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from bot.app import machine_time
from bot.handle import handle
from bot.house import House
from bot.read import Due, DueKind
from bot.store import Store
from bot.store.engine import Row
from bot.store.rows import stamp
from bot.store.sqlite import SqliteEngine
from tests.bench.bots import at_once, created
from tests.bench.figures import Figures, medians
from tests.bench.filled import CASELOAD, WEEK, Filling, fill, therapist_of

A_YEAR = 52
READ = (
    "SELECT c.enrolment, c.session, s.ended_at, c.state, c.page, c.sent_at, c.closed_at, c.shown_at, c.heads_up_at, "
    "c.kept_private, c.reason, c.wish, a.question, a.rating, a.at "
    "FROM enrolments e JOIN check_ins c ON c.enrolment = e.code JOIN sessions s ON s.id = c.session "
    "JOIN answers a ON a.session = c.session WHERE e.therapist = :therapist"
)
"""The rows that a digest is made of: sessions, check-ins and answers, with what a digest wants to know of them."""


def measure(digests: int, therapists: int, seconds_a_round: int, rounds: int) -> Figures:
    """Return the milliseconds for a digest of 30 clients with a year of answers, and for reading these rows.

    A round ends early when its time is over; how many digests were composed in all is returned with it.
    """
    with tempfile.TemporaryDirectory() as name:
        house = _filled(Path(name), therapists)
        assert isinstance(house.store.engine, SqliteEngine)
        assert "SCAN" not in house.store.engine.plan(READ, {"therapist": therapist_of(0)})
        theirs = [therapist_of(one % therapists * CASELOAD) for one in range(digests // rounds)]
        found = [_round(house, theirs, time.monotonic() + seconds_a_round) for _ in range(rounds)]
        house.store.engine.close()
        return {**medians(found), "composed": sum(one["composed"] for one in found)}


def _filled(folder: Path, therapists: int) -> House:
    settings = at_once(folder, "http://127.0.0.1")
    store = created(settings)
    practice = settings.practice("made_up_bot")
    fill(store, Filling(practice, therapists * CASELOAD, lambda _: A_YEAR, datetime.now(UTC)))
    gc.freeze()  # as the bot does once it has started
    return House(store, practice, machine_time().now)


def _round(house: House, therapists: list[str], until: float) -> dict[str, float]:
    composed: list[float] = []
    read: list[float] = []
    for therapist in therapists:
        _is_due(therapist, house.store)
        composed.append(_composed_in(therapist, house))
        read.append(_read_in(therapist, house.store))
        if time.monotonic() > until:
            break
    return {
        "composed": len(composed),
        "each ours": sum(composed) / len(composed),
        "each read": sum(read) / len(read),
        "longest ours": max(composed),
    }


def _is_due(therapist: str, store: Store) -> None:
    """Let the digest of last week be the newest, and nothing wait to be said."""
    values: Row = {"id": therapist, "told": stamp(datetime.now(UTC) - WEEK)}
    with store.transaction():
        store.engine.execute("UPDATE therapists SET last_digest_at = :told WHERE id = :id", values)
        store.engine.execute("DELETE FROM outbox WHERE state = 'queued'")


def _composed_in(therapist: str, house: House) -> float:
    """Return the milliseconds from the moment a tick takes a digest up to its place in the outbox, on the disk."""
    began = time.perf_counter()
    decided = handle(Due(DueKind.DIGEST, (therapist,)), house)
    seconds = time.perf_counter() - began
    assert decided == 1
    assert house.store.look().outbox.waiting() > 0
    return seconds * 1000


def _read_in(therapist: str, store: Store) -> float:
    began = time.perf_counter()
    rows = store.engine.query(READ, {"therapist": therapist})
    seconds = time.perf_counter() - began
    assert len(rows) == CASELOAD * A_YEAR * 4
    return seconds * 1000
