"""Disks as a power cut can leave them, at every moment at which the bot waits for its disk.

With a write-ahead log and `synchronous = FULL` there are four: a commit has appended to the log; a log that begins
anew has its header first; a checkpoint has copied pages from the log into the database file; the hourly tidying has
then cut the log, which a file system does wholly or not at all. What was written before such a moment is on the disk.
Of what is written after it, until the next one, any part may be, in any order.
"""

import hashlib
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import cycle, pairwise
from pathlib import Path
from unittest import mock

import sqlcipher3
from sqlcipher3 import dbapi2 as sqlcipher

from bot import ticks
from bot.house import House
from bot.store import Store
from bot.store.sqlite import SqliteEngine, open_encrypted
from conversations.buttons import Verb
from tests.chaos.campaign import Figures, Size, Trial
from tests.chaos.simulator.machine import Cursor
from tests.conversations.made_up import DAY, HOUR, PRACTICE, QUESTIONS
from tests.scripted import START, Script, codes_in_order

KEY = "d" * 64
SECTOR = 512
LOG_HEADER = 32
LOG_PAGES = 24
"""How long the log may grow before SQLite copies it into the file; shorter than by itself, to see that often."""
TABLES = (
    "accounts", "therapists", "enrolments", "consents", "sessions", "check_ins", "answers", "comments", "cards",
    "inbox", "outbox", "marks",
)  # fmt: skip

WAITS = frozenset({"COMMIT", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"})
"""Statements that return when the disk has everything."""

Files = tuple[bytes, bytes]
"""The database and its log."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What was on the disk when a statement had waited for it, and what was promised by then."""

    files: Files
    content: str
    """A hash of all that is stored."""
    answers: frozenset[tuple[object, ...]]
    """Answers and comments that were stored, so that the next question could be shown."""
    heard: frozenset[object]
    """Updates that may be acknowledged to Telegram from now on."""


@dataclass
class Recording:
    """A run of the bot on a real file, with every moment of it."""

    path: Path
    moments: list[Moment] = field(default_factory=list)

    def remember(self, disk: "_RecordedDisk") -> None:
        """Remember how everything is."""
        log = Path(f"{self.path}-wal")
        files = self.path.read_bytes(), log.read_bytes() if log.exists() else b""
        rows = disk.look
        answers = rows("SELECT session, question, rating FROM answers") + rows("SELECT session, text, 0 FROM comments")
        heard = frozenset(row[0] for row in rows("SELECT update_id FROM inbox"))
        self.moments.append(Moment(files, _content(rows), frozenset(answers), heard))


class _RecordedDisk(sqlcipher.Connection):  # type: ignore[misc]
    recording: Recording | None = None

    def execute(self, sql: str, *values: object) -> Cursor:
        done = super().execute(sql, *values)
        if sql in WAITS and self.recording is not None:
            self.recording.remember(self)
        return done

    def look(self, sql: str) -> list[tuple[object, ...]]:
        return list(super().execute(sql).fetchall())


def _content(rows: Callable[[str], list[tuple[object, ...]]]) -> str:
    everything = [rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in TABLES]  # noqa: S608, names from above
    return hashlib.sha256(repr(everything).encode()).hexdigest()


# what is recorded


def record(chance: random.Random, folder: Path) -> Recording:
    """Let the bot work on a file for some days: two clients answer, type, skip, change and stop."""
    path = folder / "alliance.db"
    with mock.patch.object(sqlcipher3, "connect", _RecordedDisk):
        engine = open_encrypted(path, KEY, create=True)
    _insist(engine)
    engine.migrate()
    engine.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")
    now = [START]
    script = Script(House(Store(engine), PRACTICE, lambda: now[0]), now)
    disk = engine.database.conn
    assert isinstance(disk, _RecordedDisk)
    with codes_in_order():
        script.enrols_therapist(201, "Dr. Alpha")
        codes = [script.enrols(client, 201, alias) for client, alias in ((101, "Otter"), (102, "Heron"))]
        disk.recording = Recording(path)
        for _ in range(3):
            for code in codes:
                script.taps(201, f"ended:{code}")
            script.turns(3 * HOUR)
            script.ticks()
            script.delivers()
            for client in (101, 102):
                _answer(script, client, chance)
            script.turns(2 * DAY)
            script.ticks()
            script.delivers()
            ticks.tidy(script.house)
    recording, disk.recording = disk.recording, None
    engine.close()
    return recording


def _insist(engine: SqliteEngine) -> None:
    """See that the disk is waited for where this trial takes that for granted."""
    assert engine.query("PRAGMA journal_mode") == [{"journal_mode": "wal"}], "there is no write-ahead log"
    assert engine.query("PRAGMA synchronous") == [{"synchronous": 2}], "a commit does not wait for the disk"


def _answer(script: Script, client: int, chance: random.Random) -> None:
    open_cards = script.query(
        "SELECT c.session FROM check_ins c JOIN enrolments e ON e.code = c.enrolment "  # noqa: S608
        f"WHERE e.account = {client} AND c.state IN ('sent', 'started')"
    )
    for card in open_cards:
        session = card["session"]
        script.taps(client, f"{Verb.START}:{session}")
        for question in QUESTIONS:
            rating = chance.randint(1, 5)
            if chance.random() < 0.3:
                script.says(client, str(rating))
            else:
                script.taps(client, f"{Verb.RATE}:{session}:{question}:{rating}")
            script.delivers()
        script.taps(client, f"{Verb.SKIP}:{session}:reason")
        script.taps(client, f"{Verb.SKIP}:{session}:wish")
        script.says(client, f"made-up words {chance.getrandbits(32)}")
        script.delivers()
        script.taps(client, f"{Verb.DONE}:{session}")


# what a power cut leaves


def _disks(before: Moment, after: Moment, chance: random.Random) -> Iterator[Files]:
    """Yield, for ever, disks as a cut between two moments can leave them."""
    (file, log), (later_file, later_log) = before.files, after.files
    while not later_log:  # the log was cut, after all of it had been copied
        yield (_torn(file, later_file, chance), log) if chance.random() < 0.8 else (later_file, later_log)
    begins_anew = later_log[:LOG_HEADER] != log[:LOG_HEADER]
    fresh = later_log[:LOG_HEADER] + log[LOG_HEADER:]
    while True:
        if begins_anew and chance.random() < 0.2:
            yield file, _torn(log, fresh, chance)
        elif later_file != file and chance.random() < 0.5:
            yield _torn(file, later_file, chance), later_log
        else:
            yield file, _torn(fresh if begins_anew else log, later_log, chance)


def _torn(old: bytes, new: bytes, chance: random.Random) -> bytes:
    """Return what may be there of `new` in place of `old`: a beginning, some sectors, or some with a torn one."""
    match chance.choice(("nothing", "beginning", "sectors", "sectors and garbage", "all")):
        case "nothing":
            return old
        case "beginning":
            cut = chance.randrange(len(new) + 1)
            return new[:cut] + old[cut:]
        case "all":
            return new
        case how:
            return _some_sectors(old, new, chance, with_garbage=how == "sectors and garbage")


def _some_sectors(old: bytes, new: bytes, chance: random.Random, *, with_garbage: bool) -> bytes:
    share, torn = chance.random(), bytearray()
    for start in range(0, max(len(old), len(new)), SECTOR):
        was, will_be = old[start : start + SECTOR], new[start : start + SECTOR]
        if was == will_be or not will_be:
            torn += was
            continue
        # Where the file grew but nothing was written, there are zeros, or whatever the disk held before.
        unwritten = chance.randbytes(len(will_be)) if with_garbage else bytes(len(will_be))
        was += unwritten[len(was) :]
        if chance.random() < share:
            cut = chance.randrange(len(will_be)) if chance.random() < 0.1 else len(will_be)
            was = will_be[:cut] + was[cut:]
        torn += was
    return bytes(torn)


# what must hold


def check(files: Files, before: Moment, after: Moment, folder: Path) -> None:
    """See that such a disk opens, is whole, and holds all that was promised. Raises AssertionError."""
    path = folder / "cut.db"
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    path.write_bytes(files[0])
    Path(f"{path}-wal").write_bytes(files[1])
    engine = open_encrypted(path, KEY)
    try:
        _holds(engine, before, after)
    finally:
        engine.close()


def _holds(engine: SqliteEngine, before: Moment, after: Moment) -> None:
    def rows(sql: str) -> list[tuple[object, ...]]:
        return [tuple(row.values()) for row in engine.query(sql)]

    assert rows("PRAGMA integrity_check") == [("ok",)], "the file is damaged"
    assert rows("PRAGMA foreign_key_check") == [], "a row refers to nothing"
    stored = set(rows("SELECT session, question, rating FROM answers"))
    stored |= set(rows("SELECT session, text, 0 FROM comments"))
    assert before.answers <= stored | (before.answers - after.answers), "an acknowledged answer is lost"
    heard = {row[0] for row in rows("SELECT update_id FROM inbox")}
    assert before.heard <= heard | (before.heard - after.heard), "an acknowledged update is lost"
    assert _content(rows) in {before.content, after.content}, "a transaction is there in part"


def play(chance: random.Random, disks: int, folder: Path) -> Figures:
    """Record a run, then build that many disks, spread over all of its boundaries."""
    recording = record(chance, folder)
    boundaries = list(pairwise(recording.moments))
    chance.shuffle(boundaries)
    cuts = [(before, after, _disks(before, after, chance)) for before, after in boundaries]
    for _, (before, after, left) in zip(range(disks), cycle(cuts), strict=False):
        check(next(left), before, after, folder)
    checkpoints = sum(before.files[0] != after.files[0] for before, after in boundaries)
    return Figures({"boundaries": len(boundaries), "checkpoints": checkpoints, "disks": disks})


POWER_LOSS = Trial(
    "power_loss",
    "A power cut loses nothing that was acknowledged",
    "a recorded run; at every moment at which a commit or a checkpoint waits for the disk, disks as a cut can leave "
    "them: the log cut at any byte, 512-byte sectors missing, old, zero or garbage, pages torn in the middle",
    "0 acknowledged answers lost; every disk opens, is whole, and holds all of a transaction or nothing of it",
    short=Size(1, 400),
    long=Size(10, 4000),
    play=play,
)
