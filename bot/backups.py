"""Backups: encrypted copies of the database, made while the bot runs, by command or by the clock."""

import asyncio
import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from bot.config import Settings
from bot.house import House
from bot.logs import where
from bot.operate import NotDone
from bot.store import Store
from bot.store.journal import sync_folder
from bot.store.marks import Mark
from bot.store.snapshot import Damaged, copy_database
from bot.store.sqlite import path_of
from conversations import timing
from conversations.typed_times import parse_daily, parse_zone
from conversations.wording import backups as wording

TRY_AGAIN_AFTER = timedelta(hours=1)
_NAME = re.compile(r"alliance-([0-9]{8}T[0-9]{6})Z\.db")
_STAMP = "%Y%m%dT%H%M%S"
_HALF = ".half-"
"""How the name of a copy begins that is not finished."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Archive:
    """Where the backups of a database are, and how many of them are kept."""

    database: Path
    key: str = field(repr=False)
    folder: Path
    keep: int
    at: time | None
    """When one is made every day; None: by command only."""
    zone: ZoneInfo

    @classmethod
    def of(cls, settings: Settings) -> "Archive":
        """Return what the settings say. Raises Misconfigured or StoreUnusable."""
        return cls(
            path_of(settings.database),
            settings.key,
            settings.backup_dir,
            settings.backup_keep,
            parse_daily(settings.backup_at),
            parse_zone(settings.default_timezone),
        )


@dataclass(frozen=True, slots=True)
class Backup:
    """A finished copy."""

    path: Path
    made_at: datetime


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What a backup came to."""

    backup: Backup
    rows: int
    removed: int
    """How many older ones were deleted."""


def backups(folder: Path) -> list[Backup]:
    """Return the backups in a folder, newest first; none if there is no such folder."""
    names = sorted((path.name for path in folder.glob("alliance-*.db")), reverse=True)
    return [Backup(folder / name, made_at(name)) for name in names if _NAME.fullmatch(name)]


def made_at(name: str) -> datetime:
    """Return when a backup was made, from its name. Raises ValueError for any other name."""
    found = _NAME.fullmatch(name)
    if found is None:
        raise ValueError
    return datetime.strptime(found[1], _STAMP).replace(tzinfo=UTC)


def back_up(archive: Archive, store: Store, now: datetime) -> BackedUp:
    """Make a backup, read it back, and delete older ones than are to be kept. Raises NotDone, and what the disk says.

    A file under the final name is complete: it is written under another one, and only then renamed.
    """
    with store.transaction() as transaction:
        transaction.journal.keep(now)
    made = _make(archive, now)
    with store.transaction() as transaction:
        transaction.marks.set(Mark.BACKED_UP, now)
    return made


def _make(archive: Archive, now: datetime) -> BackedUp:
    with _alone_in(archive.folder):
        for half in archive.folder.glob(f"{_HALF}alliance-*"):
            half.unlink()
        final = archive.folder / f"alliance-{now.astimezone(UTC):{_STAMP}}Z.db"
        half = archive.folder / f"{_HALF}{final.name}"
        try:
            os.close(os.open(half, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            counted = copy_database(archive.database, archive.key, half)
            _to_disk(half)
            half.rename(final)
        except Damaged:
            raise NotDone(wording.COPY_DIFFERS) from None
        finally:
            half.unlink(missing_ok=True)
        sync_folder(archive.folder)
        removed = _age_out(archive)
    return BackedUp(Backup(final, made_at(final.name)), sum(counted.values()), removed)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Make the folder, and let only one backup be made in it at a time. Raises NotDone or OSError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise NotDone(wording.ANOTHER_BACKUP) from None
    try:
        yield
    finally:
        os.close(descriptor)


def _to_disk(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _age_out(archive: Archive) -> int:
    old = backups(archive.folder)[archive.keep :]
    for backup in old:
        backup.path.unlink()
    return len(old)


def is_due(archive: Archive, backed_up: datetime | None, tried: datetime | None, now: datetime) -> bool:
    """Tell whether the clock asks for a backup; the moments of the last one and the last try are None for never."""
    if archive.at is None:
        return False
    if tried is not None and timedelta() <= now - tried < TRY_AGAIN_AFTER:
        return False
    return backed_up is None or backed_up < timing.last_daily(now, archive.at, archive.zone)


async def back_up_when_due(archive: Archive, house: House) -> bool:
    """Make a backup if the clock asks for one, beside all else that the bot does. Return whether one was made.

    A failure is logged; it stops nothing, and is tried again an hour later.
    """
    now = house.clock()
    try:
        with house.store.transaction() as transaction:
            marks = transaction.marks
            if not is_due(archive, marks.get(Mark.BACKED_UP), marks.get(Mark.BACKUP_TRIED), now):
                return False
            marks.set(Mark.BACKUP_TRIED, now)
            transaction.journal.keep(now)
        made = await asyncio.to_thread(_make, archive, now)
        with house.store.transaction() as transaction:
            transaction.marks.set(Mark.BACKED_UP, now)
    except asyncio.CancelledError:  # the bot stops; APScheduler would log that as a failure
        return False
    except Exception as error:
        log.error("a backup failed: tried again in an hour, see alliance backup", error=where(error))
        return False
    log.info("backed up", rows=made.rows, removed=made.removed)
    return True
