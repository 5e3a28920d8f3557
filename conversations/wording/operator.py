"""What operators read on the command line. Plain and short; each failure says what is wrong and what to do."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from conversations.session_log import Outcome
from conversations.typed_times import format_duration

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
    return f"There is no client with the code {code}. The therapist sees it in /clients."


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
    return f"Remove {name}? Their clients are told, and check-ins wait. [y/N]"


def removed(code: str) -> str:
    """Confirm that a therapist was removed."""
    return f"Therapist {code} is removed. Their clients are told by the running bot, and check-ins wait."


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


def file_exists(file: str) -> str:
    """Refuse to overwrite a file."""
    return f"{file} exists already and is not overwritten. Choose another name, or move it away."


# simulation


def would_send(at: datetime, zone: ZoneInfo, whom: str, what: str) -> str:
    """Return one line of a simulation."""
    return f"{at.astimezone(zone):%Y-%m-%d %a %H:%M} {zone.key}  {whom}  {what}"


def simulated(number: int, days: int) -> str:
    """Sum up a simulation."""
    messages = "1 message" if number == 1 else f"{number} messages"
    span = "1 day" if days == 1 else f"{days} days"
    return f"{messages} in {span}, if nobody writes, answers or logs a session. Nothing was sent."


# setting up

NO_TOKEN = "That does not look like a token. @BotFather gives one such as 123456:ABC-DEF."  # noqa: S105, a sentence
NO_TEXT = "That can't be left empty, and it must be one line."
NO_CRISIS_LINES = "At least one crisis line is needed: people who write in need are shown them."
KEY_WITH_DATA = (
    "The key must not be in the data folder: a thief or a backup would take both. Choose another --key-file."
)
TOKEN_QUESTION = "Token, from @BotFather (not shown while you type): "  # noqa: S105, a question
NAME_QUESTION = "Name of the practice: "
CONTACT_QUESTION = "Whom people can ask, with a mail address or number: "
LINES_QUESTION = "Crisis lines, one per line, such as Samaritans: 116 123. End with an empty line."
ZONE_QUESTION = "Time zone of the practice, such as Europe/Berlin: "


def in_the_way(file: str) -> str:
    """Refuse to set up over what is there."""
    return f"{file} exists already. Nothing was written; move it away, or go to another folder."


def database_in_the_way(file: str) -> str:
    """Refuse to make a key for a database that has one."""
    return f"There is a database at {file} already, which a new key would not open. Nothing was written."


def bad_answers_file(file: str, why: str) -> str:
    """Say what is wrong with a file of answers."""
    return f"{file}: {why}"


NOT_TOML = 'this is not TOML in UTF-8. Write for example practice_name = "Practice on the Square".'


def wrong_kind(field: str, wanted: str) -> str:
    """Say that an answer has the wrong type."""
    example = '["Samaritans: 116 123"]' if wanted == "lines" else '"..."'
    return f"{field} must be written as {field} = {example}."


def missing_answers(names: Iterable[str]) -> str:
    """Say which answers a file does not give."""
    return f"these are missing: {', '.join(names)}."


def unknown_answers(names: Iterable[str]) -> str:
    """Say which answers a file gives that nobody asked for."""
    return f"these are not known: {', '.join(names)}."


def set_up(env: str, lines: str, key: str) -> tuple[str, ...]:
    """Say what was written, what to do next, and what a lost key means."""
    return (
        f"Written: {env}, {lines} and a fresh database key in {key}.",
        "Next: 'alliance doctor', 'alliance therapist add', 'alliance run'.",
        "A lost key is lost data: without it nobody can open the database, not even the makers of this bot.",
        f"Keep a copy of {key} now, somewhere else than the backups of the data.",
    )


# doctor


def settings_are_fine(practice: str) -> str:
    """Say that the settings suffice."""
    return f"Settings are complete, for {practice}."


def telegram_answers(username: str, url: str) -> str:
    """Say that the token works."""
    return f"Telegram answers at {url}: the bot is @{username}."


TOKEN_REFUSED = "Telegram refuses the token. Get it anew from @BotFather."  # noqa: S105, a sentence


def telegram_unreachable(url: str, why: str) -> str:
    """Say that the Bot API can't be reached."""
    return f"The Bot API at {url} can't be reached ({why}). Check the network and ALLIANCE_TELEGRAM_API_URL."


NO_WEBHOOK = "No webhook is in the way."
WEBHOOK = "A webhook is set, so the bot receives nothing. Remove it with Telegram's deleteWebhook."


def waiting_at_telegram(number: int) -> str:
    """Say how many updates Telegram holds."""
    what = "1 update waits" if number == 1 else f"{number} updates wait"
    return f"{what} at Telegram, which keeps them for a day. If the bot does not run, start it soon."


NO_TIME_TOLD = "The Bot API does not tell the time, so the clock can't be compared."


def clock_is_right(off: timedelta) -> str:
    """Say that the clock is right."""
    return f"The clock is right, within {_seconds(off)} of Telegram's."


def clock_is_wrong(off: timedelta) -> str:
    """Say by how much the clock is wrong."""
    direction = "ahead of" if off > timedelta() else "behind"
    return f"The clock is {_seconds(off)} {direction} Telegram's. Set it, and let it be kept by NTP."


def bot_runs(polled: timedelta, ticked: timedelta | None) -> str:
    """Say that the bot runs as it should."""
    tick = "no tick yet" if ticked is None else f"last tick {_seconds(ticked)} ago"
    return f"The bot runs: last poll {_seconds(polled)} ago, {tick}."


def bot_is_deaf(polled: timedelta | None) -> str:
    """Say that the running bot gets nothing."""
    since = "has not received anything yet" if polled is None else f"got its last answer {_seconds(polled)} ago"
    return f"The bot runs, but {since}. The network may be down, or another program polls with this token: stop it."


def somebody_else_polls(conflict: timedelta) -> str:
    """Say that another program uses the token."""
    return (
        f"Another program polls with this token: it was in the way {_seconds(conflict)} ago. Stop it, "
        "or get a new token from @BotFather if you don't know it."
    )


def bot_does_not_tick(ticked: timedelta | None) -> str:
    """Say that the running bot decides nothing."""
    since = "has not looked for what is due yet"
    if ticked is not None:
        since = f"last looked for what is due {_seconds(ticked)} ago"
    return f"The bot runs, but {since}. Look into its log, or start it again."


def bot_is_stopped(polled: timedelta | None) -> str:
    """Say that the bot does not run."""
    since = "" if polled is None else f" Its last poll was {_seconds(polled)} ago."
    return f"The bot does not run here.{since} Start it with 'alliance run'."


def polled_elsewhere(polled: timedelta) -> str:
    """Say that somebody else works on this database."""
    return (
        f"The bot does not run on this machine, but polled {_seconds(polled)} ago. "
        "If it was not stopped just now, it runs somewhere else on this database: only one may."
    )


MARKS_AHEAD = "The last poll lies ahead of the clock: the clock was set back. Check the date."


def no_database(file: str) -> str:
    """Say that there is no database yet."""
    return f"There is no database at {file} yet. 'alliance run' or 'alliance therapist add' makes it."


def not_encrypted(file: str) -> str:
    """Say that a database is not encrypted."""
    return f"{file} is not encrypted. It was not made by this bot: move it away."


def key_opens(file: str) -> str:
    """Say that the key is the right one."""
    return f"The key opens the database at {file}."


NOT_CURRENT = "The database is not up to date. Start 'alliance run' once, it brings the database up to date."
IS_CURRENT = "The database is up to date."


def readable_by_others(file: str, what: str) -> str:
    """Say that a file is not kept from other accounts."""
    return f"Other accounts on this machine may read the {what} in {file}. Run: chmod 600 {file}"


def key_in_data(file: str) -> str:
    """Say that key and data lie together."""
    return f"The key in {file} lies in the data folder: whoever copies one gets both. Move it."


def parked(number: int) -> str:
    """Say that updates were given up."""
    return (
        f"Updates that could not be handled and were set aside: {number}. Report what the log says of them; "
        "'alliance retry' tries them again."
    )


def parked_update(number: int, at: datetime, why: str) -> str:
    """Name an update that was given up."""
    return f"  update {number}: {at:%Y-%m-%d %H:%M} UTC, {why}"


def not_sent(reasons: Mapping[str, int]) -> str:
    """Say why messages were not sent of late."""
    counted = ", ".join(f"{number} {why}" for why, number in sorted(reasons.items()))
    return f"Not sent in the last two days: {counted}. 'alliance retry' tries them again."


def failed_message(number: int, purpose: str, why: str, at: datetime, *, can_be_retried: bool) -> str:
    """Name a message that could not be sent."""
    line = f"  message {number}: {purpose.replace('_', '-')}, {why}, {at:%Y-%m-%d %H:%M} UTC"
    return line if can_be_retried else f"{line}; was taken up in another way, and is not tried again"


def and_more(number: int) -> str:
    """Say how many are not listed."""
    return f"  and {number} more"


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


def waiting_to_be_sent(number: int) -> str:
    """Say that messages wait."""
    return "1 message waits to be sent." if number == 1 else f"{number} messages wait to be sent."


NOTHING_FAILED = "No update was set aside, no message failed."


def space_left(free: int, folder: str) -> str:
    """Say how much room there is."""
    return f"{free // 1_000_000} MB are free for {folder}."


def space_runs_out(free: int, folder: str) -> str:
    """Say that there is too little room."""
    return f"Only {free // 1_000_000} MB are free for {folder}. Make room: a full disk stops the bot."


def _seconds(span: timedelta) -> str:
    return format_duration(abs(span)) if abs(span) >= timedelta(seconds=1) else "a second"


# failures


def telegram_failed(kind: str) -> str:
    """Say that Telegram could not be asked."""
    return f"Telegram can't be reached ({kind}). Check the network and ALLIANCE_TELEGRAM_API_URL, and try again."


DATABASE_LOCKED = "The database is busy with another command. Try again in a moment."
DISK_FULL = "The disk is full. Make room and try again."
READ_ONLY = "The database can't be written to. Check who owns its folder, and that the disk is not read-only."
DISK_FAILS = "The disk fails or is full. Make room, or look into the system's log. Nothing was changed."
DAMAGED = "The database is damaged. Stop the bot, keep the file as it is, and go back to the last backup."
STOPPED = "Stopped before the end."


def database_failed(kind: str) -> str:
    """Say that the database refused something."""
    return f"The database failed ({kind}). 'alliance doctor' looks into it."


def file_failed(file: str, why: str) -> str:
    """Say which file could not be read or written."""
    return f"{file}: {why}. Check the path and its rights."


def part_ended(part: str, where: str) -> str:
    """Say that a part of the running bot ended, and so the bot with it."""
    return f"A part of the bot ended that should not ({part}: {where}), so it stops. Start it again and report this."


def bug(where: str) -> str:
    """Say that something failed that should not."""
    return f"Something went wrong that should not: {where}. Please report this line."
