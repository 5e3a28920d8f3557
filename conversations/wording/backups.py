"""What operators read about backups and restoring."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from conversations.lasting import Fact
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


NO_JOURNAL = "there is none"
JOURNAL_UNREADABLE = "it can't be read"
JOURNAL_IS_ANOTHER = "it was begun after this backup, or belongs to other data"
JOURNAL_OF_ANOTHER_KEY = "it belongs to a database with another key"
JOURNAL_BEGINS_DAMAGED = "its first line is damaged"
JOURNAL_IS_DAMAGED = "one of its lines is damaged"


def journal_unusable(file: str, why: str) -> str:
    """Say why the journal can't be used."""
    return (
        f"The journal at {file} can't be used: {why}. Until this is put right nobody can stop or erase. Put the right "
        "file there, or move this one away: a new one is begun."
    )


def _age(age: timedelta) -> str:
    return format_duration(timedelta(minutes=max(age, timedelta()) // timedelta(minutes=1)))


# restoring


def no_such_backup(file: str) -> str:
    """Say that a file is not there."""
    return f"There is no file {file}. Backups are in ALLIANCE_BACKUP_DIR, with names such as alliance-….db."


def backup_is_newer(file: str) -> str:
    """Refuse what this version does not understand."""
    return f"{file} was made by a newer version of this program. Nothing was changed. Install that version first."


def key_does_not_open(file: str) -> str:
    """Say that the key is wrong, or the file."""
    return (
        f"The key does not open {file}: it is another key, or the file is damaged. Nothing was changed. "
        "Use the key that was in use when it was made, or another backup."
    )


def backup_is_damaged(file: str) -> str:
    """Say that a file has been changed by a fault."""
    return f"{file} is damaged. Nothing was changed. Use another backup."


def database_in_the_way(file: str) -> str:
    """Refuse to overwrite a database unasked."""
    return (
        f"There is a database at {file}. Nothing was changed. With --replace the backup takes its place, and it is "
        "kept beside it under a dated name."
    )


_TABLES = {"therapists": "therapists", "enrolments": "clients", "check_ins": "check-ins", "answers": "answers"}


def is_whole(file: str, made_at: datetime, zone: ZoneInfo, rows: Mapping[str, int]) -> str:
    """Say what a backup holds."""
    moment = f"{made_at.astimezone(zone):%Y-%m-%d %H:%M} ({zone.key})"
    held = ", ".join(f"{words}: {rows.get(table, 0)}" for table, words in _TABLES.items())
    return f"{file}, made {moment}, is whole and opens with the key. {held}, rows in all: {sum(rows.values())}."


_FACTS = {
    Fact.WITHDRAWN: "Stopped since, and stopped again",
    Fact.DECLINED: "Said no since, and not asked again",
    Fact.REFUSED: "Not confirmed by the therapist since, and again not",
    Fact.CLOSED: "Removed by the therapist since, and removed again",
    Fact.ERASED: "Erased since, and erased again",
    Fact.PRIVATE: "Check-ins kept private since, and private again",
    Fact.SHARED: "Check-ins shared since, and shared again",
    Fact.REMOVED: "Therapists removed since, and removed again",
    Fact.REVOKED: "Links taken back since, and taken back again",
}


def what_follows(  # each number is one line, and what is none is left out
    *, no_journal: str | None, journal: str, replayed: Mapping[Fact, int], doubted: int, missed: int, unsent: int
) -> tuple[str, ...]:
    """Say what restoring a backup brings about."""
    lines = [f"{_FACTS[fact]}: {number}." for fact, number in replayed.items()]
    what = "All else that" if lines else "What"
    lines.append(f"{what} has happened since the backup is lost: answers, sessions, new clients.")
    if no_journal is not None:
        lines.append(
            f"The journal at {journal} can't tell what has happened since: {no_journal}. So clients are asked for "
            f"consent again before their next check-in: {doubted}. Answers that were not shown yet are kept private. "
            "Whoever was erased since is stored again: erase them once more with 'alliance erase'."
        )
    if missed:
        lines.append(f"Check-ins under way, closed as missed or as far as they were answered: {missed}.")
    if unsent:
        lines.append(f"Messages that waited and are not sent, since they may have been sent already: {unsent}.")
    return tuple(lines)


CHECKED = "Nothing was changed. To restore it, stop the bot and run 'alliance restore' with this file."
RESTORE_QUESTION = "Restore it? [y/N]"


def restored(file: str, kept: str | None) -> str:
    """Confirm a restore."""
    before = f" What was there before is in {kept}: delete it when all is well." if kept else ""
    return f"{file} holds the backup now.{before} Look with 'alliance doctor', then start the bot."
