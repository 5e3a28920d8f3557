"""What `alliance doctor` finds, and for each trouble what to do."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from conversations.typed_times import format_duration


def settings_are_fine(practice: str) -> str:
    """Say that the settings suffice."""
    return f"Settings are complete, for {practice}."


def no_setting(name: str) -> str:
    """Say that something looks like a setting and is none."""
    return f"{name} is no setting. docs/settings.md lists them."


def telegram_answers(username: str, url: str) -> str:
    """Say that the token works."""
    return f"Telegram answers at {url}: the bot is @{username}."


def telegram_unreachable(url: str, why: str) -> str:
    """Say that the Bot API can't be reached."""
    return f"The Bot API at {url} can't be reached ({why}). Check the network and ALLIANCE_TELEGRAM_API_URL."


NO_WEBHOOK = "No webhook is in the way."
WEBHOOK = "A webhook is set, so a bot that fetches updates receives nothing. 'alliance run' takes it away at its start."


def webhook_is_set(url: str) -> str:
    """Say that Telegram knows where to hand updates over."""
    return f"Telegram hands updates over at {url}."


def webhook_is_not_set(url: str) -> str:
    """Say that Telegram hands updates over elsewhere, or nowhere."""
    return f"Telegram does not hand updates over at {url}. 'alliance run' sees to that. Does it run, and is it alone?"


def handing_over_failed(ago: timedelta, why: str) -> str:
    """Say what Telegram last met with at the webhook."""
    return (
        f"Telegram last failed to hand something over {_seconds(ago)} ago: {why}. If that goes on, look at the proxy."
    )


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


def bot_runs(heard: timedelta, ticked: timedelta) -> str:
    """Say that the bot runs as it should."""
    return (
        f"The bot runs: it heard from Telegram {_seconds(heard)} ago, "
        f"and looked for what is due {_seconds(ticked)} ago."
    )


def bot_is_deaf(heard: timedelta | None) -> str:
    """Say that the running bot receives nothing."""
    return (
        f"The bot runs, but {_heard(heard)}. The network may be down, or another program receives with this token: "
        "stop it."
    )


def somebody_else_receives(conflict: timedelta) -> str:
    """Say that another program uses the token."""
    return (
        f"Another program receives with this token: it was in the way {_seconds(conflict)} ago. Stop it, "
        "or get a new token from @BotFather if you don't know it."
    )


def bot_does_not_tick(ticked: timedelta | None) -> str:
    """Say that the running bot decides nothing."""
    since = "has not looked for what is due yet"
    if ticked is not None:
        since = f"last looked for what is due {_seconds(ticked)} ago"
    return f"The bot runs, but {since}. Look into its log, or start it again."


NEVER_RAN = "The bot has not run yet. Start it with 'alliance run'."


def bot_is_stopped(heard: timedelta) -> str:
    """Say that the bot does not run."""
    return f"The bot does not run: it {_heard(heard)}. Start it with 'alliance run', or its service."


def heard_elsewhere(heard: timedelta) -> str:
    """Say that somebody else works on this database."""
    return (
        f"The bot does not run on this machine, but {_heard(heard)}. "
        "If it was not stopped just now, it runs somewhere else on this database: only one may."
    )


def no_copy_hears(heard: timedelta) -> str:
    """Say that of all copies on a server none receives anything."""
    return f"No copy of the bot hears anything: one {_heard(heard)}. See that one runs, and that it has a network."


def _heard(heard: timedelta | None) -> str:
    return "has not heard from Telegram yet" if heard is None else f"last heard from Telegram {_seconds(heard)} ago"


MARKS_AHEAD = "When the bot last heard from Telegram lies ahead of the clock: the clock was set back. Check the date."


def therapists_unreachable(number: int) -> str:
    """Say that therapists get nothing of what clients want them to know."""
    who = "1 therapist has" if number == 1 else f"{number} therapists have"
    return (
        f"{who} blocked the bot, or left Telegram, and can't be reached. 'alliance therapist list' shows who. Ask them."
    )


def no_database(file: str) -> str:
    """Say that there is no database yet."""
    return f"There is no database at {file} yet. 'alliance run' or 'alliance therapist add' makes it."


def not_encrypted(file: str) -> str:
    """Say that a database is not encrypted."""
    return f"{file} is not encrypted. It was not made by this bot: move it away."


def key_opens(file: str) -> str:
    """Say that the key is the right one."""
    return f"The key opens the database at {file}."


SERVER_OPENS = "The PostgreSQL server opens the database. Its backups are made there, with pg_dump."
CONNECTION_IS_ENCRYPTED = "The connection to the PostgreSQL server is encrypted."
CONNECTION_STAYS_HERE = "The connection to the PostgreSQL server does not leave this machine."
CONNECTION_IS_OPEN = (
    "The PostgreSQL server is on another machine, and says that the connection is not encrypted. "
    "Add ?sslmode=verify-full&sslrootcert=FILE to its address."
)
DISK_IS_ENCRYPTED = (
    "The disk and the backups of the PostgreSQL server are encrypted, says ALLIANCE_DATABASE_DISK_IS_ENCRYPTED."
)
DISK_MAY_BE_OPEN = (
    "The bot does not encrypt what lies on a PostgreSQL server: have its disk, its write-ahead log archive and its "
    "backups encrypted with a key kept apart from them, then set ALLIANCE_DATABASE_DISK_IS_ENCRYPTED=yes."
)
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
