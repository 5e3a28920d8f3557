"""Restoring a backup: looked at first, then put in place in one step, so that a failure leaves all as it was."""

import os
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.aftermath import Aftermath, put_right
from bot.backups import backups, made_at
from bot.config import Settings
from bot.databases import lock
from bot.house import House
from bot.operate import NotDone
from bot.store import Store
from bot.store.journal import JournalFile, sync_folder
from bot.store.snapshot import Damaged, WrongKey, count_rows, opened_for_reading, write_copy
from bot.store.sqlite import SqliteEngine, open_encrypted, path_of
from conversations.wording import backups as wording


@dataclass(frozen=True, slots=True)
class Plan:
    """What a backup holds, and what restoring it brings about."""

    file: Path
    made_at: datetime
    rows: Mapping[str, int]
    """By table, as they are in the backup."""
    aftermath: Aftermath


def newest(settings: Settings) -> Path:
    """Return the newest backup. Raises NotDone if there is none."""
    found = backups(settings.backup_dir)
    if not found:
        raise NotDone(wording.no_backup(str(settings.backup_dir)))
    return found[0].path


def look_into(file: Path, settings: Settings, now: datetime) -> Plan:
    """Play the restore on a copy in memory, and change nothing. Raises NotDone for a file that can't be restored."""
    with _backup(file, settings) as engine, closing(engine.copy()) as copy:
        return _put_right(file, copy, settings, now)


def check_place(settings: Settings, *, replace: bool) -> None:
    """Make sure that nothing is in the way. Raises CannotRun while the bot runs, and NotDone."""
    path = path_of(settings.database)
    with closing(lock(path)):
        _check_is_free(path, replace=replace)


def restore(file: Path, settings: Settings, now: datetime, *, replace: bool) -> tuple[Plan, Path | None]:
    """Put a backup in place, and return what that brought about and where the database is that was there before.

    All is made ready in another file, which then takes the place of the database. Raises CannotRun while the bot runs,
    NotDone, and what the disk says.
    """
    path = path_of(settings.database)
    with closing(lock(path)):
        _check_is_free(path, replace=replace)
        half = path.with_name(f".half-{path.name}")
        _remove(half)
        try:
            plan = _make_ready(file, half, settings, now)
            kept = _set_aside(path, now) if path.exists() else None
            half.rename(path)
        finally:
            _remove(half)
        sync_folder(path.parent)
    return plan, kept


def _check_is_free(path: Path, *, replace: bool) -> None:
    """Make sure that no database is overwritten unasked. Raises NotDone."""
    if path.exists() and not replace:
        raise NotDone(wording.database_in_the_way(str(path)))


@contextmanager
def _backup(file: Path, settings: Settings) -> Iterator[SqliteEngine]:
    """Open a backup for reading. Raises NotDone if it can't be used."""
    if not file.is_file():
        raise NotDone(wording.no_such_backup(str(file)))
    try:
        with opened_for_reading(file, settings.key) as engine:
            if engine.is_newer():
                raise NotDone(wording.backup_is_newer(str(file)))
            yield engine
    except WrongKey:
        raise NotDone(wording.key_does_not_open(str(file))) from None
    except Damaged:
        raise NotDone(wording.backup_is_damaged(str(file))) from None


def _make_ready(file: Path, half: Path, settings: Settings, now: datetime) -> Plan:
    """Write what will be the database, with all that follows from restoring it."""
    os.close(os.open(half, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with _backup(file, settings) as engine:
        write_copy(engine.connection, settings.key, half)
    with closing(open_encrypted(half, settings.key)) as copy:
        plan = _put_right(file, copy, settings, now)
        copy.query("PRAGMA wal_checkpoint(TRUNCATE)")
    with half.open("rb+") as written:
        os.fsync(written.fileno())
    return plan


def _set_aside(path: Path, now: datetime) -> Path:
    """Keep the database that is there under a dated name too, with its log; only the log leaves its old name.

    A log that stayed would be taken for that of the restored database.
    """
    kept = path.with_name(f"{path.stem}-before-{now.astimezone(UTC):%Y%m%dT%H%M%S}Z{path.suffix}")
    log, kept_log = _beside(path, "-wal"), _beside(kept, "-wal")
    os.link(path, kept)
    if log.exists():
        os.link(log, kept_log)
    sync_folder(path.parent)
    for ending in ("-wal", "-shm"):
        _beside(path, ending).unlink(missing_ok=True)
    return kept


def _remove(half: Path) -> None:
    for path in (half, _beside(half, "-wal"), _beside(half, "-shm")):
        path.unlink(missing_ok=True)


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _put_right(file: Path, engine: SqliteEngine, settings: Settings, now: datetime) -> Plan:
    """Bring a copy up to date, and decide in one transaction what becomes of everything in it."""
    rows = count_rows(engine)
    engine.migrate()
    house = House(Store(engine), settings.practice(""), lambda: now)
    aftermath = put_right(house, JournalFile.of(settings.journal, settings.key))
    return Plan(file, _when(file), rows, aftermath)


def _when(file: Path) -> datetime:
    try:
        return made_at(file.name)
    except ValueError:
        return datetime.fromtimestamp(file.stat().st_mtime, UTC)
