"""What operators read while they set up the bot. The key gets its own line: losing it is losing the data."""

from collections.abc import Iterable

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
