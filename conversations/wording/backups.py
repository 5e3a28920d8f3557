"""What operators read about backups and restoring."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from conversations.typed_times import format_duration

ANOTHER_BACKUP = "Another backup is being made in this folder. Wait until it is done."
COPY_DIFFERS = "The copy did not hold what the database holds, and was deleted. Run 'alliance doctor', and try again."


def backed_up(file: str, rows: int, removed: int, keep: int) -> str:
    """Confirm a backup."""
    older = f" Older ones deleted: {removed}; the newest {keep} are kept." if removed else ""
    return f"{rows} rows are in {file}, encrypted with the key of the database, and were read back.{older}"


# doctor


def newest_backup(age: timedelta) -> str:
    """Say how old the newest backup is."""
    return f"The newest backup is {_age(age)} old."


def backup_too_old(age: timedelta, folder: str) -> str:
    """Say that backups have stopped."""
    return f"The newest backup in {folder} is {_age(age)} old. Make one: 'alliance backup' says what is in the way."


def no_backup(folder: str) -> str:
    """Say that there is no backup."""
    return f"There is no backup in {folder}. Make one with 'alliance backup'."


def journal_begins(file: str) -> str:
    """Say that there is no journal yet."""
    return f"There is no journal at {file} yet. The first backup begins it."


def journal_is_kept(file: str, lines: int) -> str:
    """Say that the journal can be read."""
    noted = "1 line" if lines == 1 else f"{lines} lines"
    return f"The journal at {file} can be read: {noted}."


def journal_unusable(file: str, why: str) -> str:
    """Say why the journal can't be used."""
    return (
        f"The journal at {file} can't be used: {why}. Until this is put right nobody can stop or erase. Put the right "
        "file there, or move this one away: a new one is begun."
    )


def _age(age: timedelta) -> str:
    return format_duration(timedelta(minutes=max(age, timedelta()) // timedelta(minutes=1)))


# restoring


def made(moment: datetime, zone: ZoneInfo) -> str:
    """Say when a backup was made."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M} ({zone.key})"
