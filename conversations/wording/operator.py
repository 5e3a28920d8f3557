"""What operators read of the commands for people, sessions, data and a look ahead. Plain and short."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from conversations.session_log import Outcome

# people

THERAPIST_QUESTION = "Name of the therapist, as clients will see it: "
NO_NAME = "There is no name. Write it on one line, 1 to 60 characters."
NO_ANSWER = "There was no answer to read. Type it, or hand it over on standard input."
SEND_THIS_LINK = "Send this link to them, and to nobody else. It works once, for 14 days:"
NO_THERAPISTS = "There are no therapists yet. 'alliance therapist add' makes a link for one."


def no_such_therapist(code: str) -> str:
    """Say that no therapist has that code."""
    return f"There is no therapist {code}. 'alliance therapist list' shows their codes."


def no_such_client(code: str) -> str:
    """Say that no client has that code."""
    return f"There is no client with the code {code}. The therapist sees it on the client's page in /clients."


def no_such_language(language: str, known: Iterable[str]) -> str:
    """Say that the bot does not speak a language."""
    return f"The bot does not speak {language!r} yet. It speaks: {', '.join(known)}."


def therapist_row(code: str, name: str, state: str, clients: int, next_digest: str) -> str:
    """Return one line of the list of therapists."""
    noun = "active client" if clients == 1 else "active clients"
    return f"{code}  {name}: {state}; {clients} {noun}; {next_digest}"


def link_not_used(*, is_open: bool) -> str:
    """Say that a therapist has not enrolled yet."""
    if is_open:
        return "link not used yet"
    return "link not used, and it has expired: remove them and add them anew"


ENROLLED = "enrolled"
CLIENTS_WERE_TOLD = "unreachable for a week, clients were told and check-ins wait"
NO_DIGEST = "no digest planned"


def unreachable_since(moment: datetime, zone: ZoneInfo) -> str:
    """Say since when a therapist can't be reached."""
    return f"unreachable since {moment.astimezone(zone):%Y-%m-%d}"


def next_digest(moment: datetime, zone: ZoneInfo) -> str:
    """Say when a therapist gets the next digest."""
    return f"next digest {moment.astimezone(zone):%Y-%m-%d %H:%M} ({zone.key})"


def remove_question(name: str) -> str:
    """Ask whether a therapist is to be removed."""
    return f"Remove {name}? Their clients are told that the check-ins have ended. This can't be undone. [y/N]"


def removed(code: str) -> str:
    """Confirm that a therapist was removed."""
    return f"Therapist {code} is removed. Their clients are told by the running bot that the check-ins have ended."


NOT_CONFIRMED = "Nothing was done: it was not confirmed. Answer y, or give --yes."

# sessions

NO_END = "There is no end. Write it as 2026-03-05 14:30."
END_BEFORE_START = "The session ends before it starts. Check both times."
TOO_LONG = "The session is longer than a day. Check both times."
TOO_FAR_AHEAD = "The end is more than a year ahead. Check the year."
TOO_FAR_BACK = "The end is more than ten years ago. Check the year."
NOT_UTF8 = "The file is not text in UTF-8. Save it as CSV in UTF-8."
NOT_CSV = "This can't be read as CSV. Check the quotation marks."
NO_ROWS = "The file has no sessions below its first line."
NOTHING_IMPORTED = "Nothing was imported. Correct these lines and import the file again."


def no_columns(columns: Iterable[str]) -> str:
    """Say that the first line does not name the columns."""
    return f"The first line must name the columns {', '.join(columns)}, in any order, and no others."


def wrong_number_of_fields(found: int, wanted: int) -> str:
    """Say that a line has too many fields, or too few."""
    return f"There are {found} fields where the first line has {wanted}. Check the separators."


def same_as_line(number: int) -> str:
    """Say that a line repeats another."""
    return f"This is the same session as in line {number}. Remove one of them."


def bad_line(number: int, why: str) -> str:
    """Name a line that can't be imported."""
    return f"line {number}: {why}"


OUTCOMES = {
    Outcome.LOGGED: "logged",
    Outcome.KNOWN: "known already",
    Outcome.TOO_LATE: "logged, but too late to ask",
    Outcome.ENDED: "not logged, since the client stopped, declined or was removed",
}


def session_added(outcome: Outcome, code: str, ended_at: datetime, zone: ZoneInfo) -> str:
    """Say what became of a session."""
    return f"Session of {code} that ends {ended_at.astimezone(zone):%Y-%m-%d %H:%M} ({zone.key}): {OUTCOMES[outcome]}."


def imported(outcomes: list[Outcome]) -> str:
    """Sum up an import."""
    parts = [f"{outcomes.count(one)} {words}" for one, words in OUTCOMES.items() if one in outcomes]
    noun = "session" if len(outcomes) == 1 else "sessions"
    return f"{len(outcomes)} {noun} read: {', '.join(parts)}."


# data


def erase_question(code: str) -> str:
    """Ask whether a client's data is to be erased."""
    return f"Erase everything that is stored of client {code}? It can't be undone; backups keep it for a while. [y/N]"


def erased(code: str) -> str:
    """Confirm an erasure."""
    return f"Everything that was stored of client {code} is erased. That it was done is logged."


def exported(rows: int, file: str) -> str:
    """Confirm an export to a file."""
    return f"{rows} rows are in {file}, which only this account may read. That it was exported is logged."


EXPORT_WHAT = "Say whose data: the code of one client, or --all."


# simulation


def would_send(at: datetime, zone: ZoneInfo, whom: str, what: str) -> str:
    """Return one line of a simulation."""
    return f"{at.astimezone(zone):%Y-%m-%d %a %H:%M} {zone.key}  {whom}  {what}"


def simulated(number: int, days: int) -> str:
    """Sum up a simulation."""
    messages = "1 message" if number == 1 else f"{number} messages"
    span = "1 day" if days == 1 else f"{days} days"
    return f"{messages} in {span}, if nobody writes, answers or logs a session. Nothing was sent."


# trying again

RETRY_WHAT = "Say --update or --message, not both; without either, all that was set aside is tried again."
NOTHING_TO_RETRY = "There is nothing of that to try again. 'alliance doctor' lists what was set aside."


def retried(updates: int, messages: int) -> str:
    """Say what is tried again."""
    parts = [
        f"{number} {noun if number == 1 else noun + 's'}"
        for number, noun in ((updates, "update"), (messages, "message"))
        if number
    ]
    return f"{' and '.join(parts)} will be tried again by the running bot. That it was done is logged."


# moving to another database

COPY_TO_ITSELF = "ALLIANCE_COPY_TO names the database that is in use. Name another one."
TARGET_NOT_EMPTY = "The database to copy to holds something already, and is left as it is. Name an empty one."
SERVER_IN_USE = "The bot runs on the PostgreSQL database, or a command does. Stop it first."
COPY_DIFFERS = "What arrived differs from what was copied, so nothing was kept of it. Run 'alliance doctor'."


def copied(rows: Mapping[str, int]) -> Iterator[str]:
    """Yield what was copied, by table, and what to do now."""
    yield from (f"{number:>8}  {table}" for table, number in rows.items())
    yield f"{sum(rows.values())} rows were copied, read back and compared one by one."
    yield "Now let ALLIANCE_DATABASE_URL name the new database. When all is well, delete the old one."
