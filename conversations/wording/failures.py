"""Why something can't be done, and what to do: one line for each failure of settings, files, machine and Telegram."""

from collections.abc import Sequence

# settings

NO_CRISIS_LINES = "There are no crisis lines."
REMINDED_AT_ONCE = (
    "A reminder can't come with the check-in itself. Write for example 24h; as much as ALLIANCE_EXPIRES_AFTER for none."
)


def one_of(choices: Sequence[str]) -> str:
    """Say which words a setting takes."""
    *others, last = choices
    return f"Write {', '.join(others)} or {last}."


def number_of_days(lowest: int, highest: int) -> str:
    """Say which numbers of days a setting takes."""
    return f"Write a number of days from {lowest} to {highest}."


def number_of_backups(lowest: int, highest: int) -> str:
    """Say which numbers of backups a setting takes."""
    return f"Write a number of backups from {lowest} to {highest}."


def unreadable_line(file: str, line: int) -> str:
    """Say which line of a file of settings would be passed over; what stands in it may be secret."""
    return f'Line {line} of {file} can\'t be read. Write NAME="value", with both quotation marks, and nothing after it.'


def not_utf8(file: str) -> str:
    """Say that a file is in another encoding."""
    return f"{file} is not in UTF-8. Save it as UTF-8."


def nobody_is_asked(expires: str, delay: str) -> str:
    """Refuse check-ins that would be over before they begin."""
    return f"{expires} must be longer than {delay}, or nobody is ever asked. Write for example 72h and 2h."


def no_secret(name: str) -> str:
    """Say that a token or a key is not set."""
    return f"{name} is not set, nor {name}_FILE. 'alliance init' sets it up."


def no_secret_file(name: str, file: str) -> str:
    """Say that the file with a token or a key can't be read."""
    return f"{name}_FILE names {file}, which can't be read. Check the path and its rights."


def not_a_token(name: str) -> str:
    """Say what a token looks like."""
    return f"{name} does not look like a token: 123456:ABC…, from @BotFather."


def nobody_to_ask(name: str) -> str:
    """Say that the practice's name or its contact is missing."""
    return f"{name} is not set. People must know whom to ask; 'alliance init' asks for it."


def crisis_lines_unreadable(file: str) -> str:
    """Say that the file of crisis lines can't be read."""
    return f"The crisis lines in {file} can't be read."


def crisis_lines_missing(file: str, language: str) -> str:
    """Say that there are no crisis lines in a language."""
    return f"{file} has no lines for the language {language!r}."


def crisis_lines_no_list(file: str, language: str) -> str:
    """Say that the crisis lines of a language are something else than lines."""
    return f'In {file} the lines must be a list, even if there is one only: {language} = ["Samaritans: 116 123"].'


def set_crisis_lines(name: str) -> str:
    """Say how crisis lines are given."""
    return f'Write a file with for example en = ["Samaritans: 116 123"] and set {name} to it.'


NOT_A_WEBHOOK = "must begin with https://, since Telegram hands updates over to no other; or be empty."
BRACES_IN_WEBHOOK = "must have no { or } in its path. Choose another path."
NOT_HOST_AND_PORT = "must look like 127.0.0.1:8080."


def no_such_host(name: str, where: str) -> str:
    """Say that the bot is to listen at a name that nobody knows."""
    return f"Can't listen at {where}: there is no such name. Set {name} to an address of this machine."


def cannot_listen(name: str, where: str, why: str) -> str:
    """Say that the bot can't listen for Telegram."""
    return f"Can't listen at {where}: {why}. Stop what listens there, or set {name} to another port."


# the database


def not_an_address(name: str, prefix: str) -> str:
    """Say how a database is named."""
    return f"{name} must look like {prefix}data/alliance.db or postgresql://user@host/name."


def nowhere_to_copy(name: str) -> str:
    """Say that the other database is not named."""
    return f"Neither {name} nor {name}_FILE is set. One of them names the database to copy to."


NOT_A_KEY = (
    "The database key must be 64 hex digits. Set ALLIANCE_DATABASE_KEY_FILE to the file that 'alliance init' wrote."
)


def no_database(file: str) -> str:
    """Say that there is no database."""
    return f"There is no database at {file}. 'alliance run' makes it; check ALLIANCE_DATABASE_URL."


def database_unusable(file: str, why: str) -> str:
    """Say that a database can't be opened at all."""
    return f"The database at {file} can't be opened: {why}."


def disk_read_only(file: str) -> str:
    """Say that nothing can be written."""
    return f"The disk of {file} is read-only, and the bot must write to it. Nothing was changed."


def disk_full(file: str) -> str:
    """Say that there is too little room to open a database."""
    return f"The disk of {file} is full. Make room and try again. Nothing was changed."


def disk_fails(file: str) -> str:
    """Say that the disk is at fault."""
    return f"The disk of {file} fails. Look into the system's log. Nothing was changed."


def wrong_key(file: str) -> str:
    """Say that a key does not open a database; a damaged one looks the same."""
    return (
        f"The key does not open the database at {file}: it is another key, or the file is damaged. "
        "Nothing was changed. Use the key that was made with this database."
    )


def newer_database(file: str) -> str:
    """Refuse a database of a newer version."""
    return (
        f"The database at {file} was made by a newer version of this bot. Nothing was changed. "
        "Install that version again, or go back to a backup from before it."
    )


def no_rights(folder: str, why: str) -> str:
    """Say that a folder can't be written to."""
    return f"Can't write to {folder}: {why}. Check who owns the folder."


# a database on a server; its own words could quote an address with a password

NO_POSTGRESQL = "For a PostgreSQL server a library is missing: install this package as alliance-check-in[postgres]."
NOT_A_FILE = (
    "This needs the encrypted file, sqlite:///data/alliance.db, and ALLIANCE_DATABASE_URL names a PostgreSQL server. "
    "Backups of a server are made with pg_dump."
)
NOT_A_SERVER = (
    "The address of the PostgreSQL server can't be read. It looks like postgresql://user:password@host:5432/name; "
    "in a password, write % and what stands for it in place of @ : / ? # and %."
)
NO_TLS = (
    "The PostgreSQL server is on another machine, and its address does not ask to make sure who answers. Add "
    "?sslmode=verify-full&sslrootcert=FILE to it, with the certificate of who signed the server's. In a network that "
    "nobody else can get into, ALLIANCE_DATABASE_WITHOUT_TLS=yes does without."
)
SERVER_REFUSES = "The PostgreSQL server refuses the user or the password. Check the address of the database."
SERVER_IS_CROWDED = (
    "The PostgreSQL server takes no more connections. Let it take more, or see who holds them, and try again."
)
SERVER_WITHOUT_TLS = (
    "TLS with the PostgreSQL server fails. Check sslmode and sslrootcert in the address of the database, "
    "and the name in the server's certificate."
)
SERVER_UNREACHABLE = (
    "The PostgreSQL server can't be reached, or has no such database. Check the address, and that the server runs."
)
SERVER_GONE = (
    "The PostgreSQL server is gone or too slow. See that it runs, and whether the last command was carried out."
)
SERVER_FORBIDS = (
    "The PostgreSQL server lets this role not read or write there. Let the role own the database or the schema; "
    "or the server is a stand-by, and the address should name the other one."
)
SERVER_IS_FULL = "The disk of the PostgreSQL server is full. Make room there and try again."
SERVER_IS_DAMAGED = (
    "The PostgreSQL database is damaged. Stop the bot, keep the server's files as they are, and go back to a backup."
)
NO_SCHEMA = (
    "The schema in the address of the PostgreSQL database is not there, or its role may not use it. "
    "Make it first: CREATE SCHEMA … AUTHORIZATION …. Nothing was changed."
)
NOT_UTF8 = "The PostgreSQL database can't hold every letter. Make one with ENCODING 'UTF8'. Nothing was changed."
NEWER_ON_SERVER = (
    "The PostgreSQL database was made by a newer version of this bot. Nothing was changed. Install that version again."
)
NOTHING_ON_SERVER = "The PostgreSQL database is empty. Check the address of the database."

DATABASE_LOCKED = "The database is busy with another command. Try again in a moment."
DISK_FULL = "The disk is full. Make room and try again."
READ_ONLY = "The database can't be written to. Check who owns its folder, and that the disk is not read-only."
DISK_FAILS = "The disk fails or is full. Make room, or look into the system's log. Nothing was changed."
DAMAGED = "The database is damaged. Stop the bot, keep the file as it is, and go back to the last backup."


def database_failed(kind: str) -> str:
    """Say that the database refused something."""
    return f"The database failed ({kind}). 'alliance doctor' looks into it."


# files and commands

STOPPED = "Stopped before the end."


def file_failed(file: str, why: str) -> str:
    """Say which file could not be read or written."""
    return f"{file}: {why}. Check the path and its rights."


def file_exists(file: str) -> str:
    """Refuse to overwrite a file."""
    return f"{file} exists already and is not overwritten. Choose another name, or move it away."


# Telegram and the running bot

TOKEN_REFUSED = "Telegram refuses the token. Check ALLIANCE_TELEGRAM_TOKEN, or get a new one from @BotFather."  # noqa: S105, a sentence


def telegram_failed(kind: str) -> str:
    """Say that Telegram could not be asked."""
    return f"Telegram can't be reached ({kind}). Check the network and ALLIANCE_TELEGRAM_API_URL, and try again."


def already_runs(file: str) -> str:
    """Refuse a second copy."""
    return f"The bot already runs on {file}. Stop that one first."


def part_ended(part: str, where: str) -> str:
    """Say that a part of the running bot ended, and so the bot with it."""
    return f"A part of the bot ended that should not ({part}: {where}), so it stops. Start it again and report this."


def bug(where: str) -> str:
    """Say that something failed that should not."""
    return f"Something went wrong that should not: {where}. Please report this line."
