"""What stands in `.env` besides settings: lines that can't be read, and names that mean nothing."""

from collections.abc import Iterator
from pathlib import Path

from dotenv.parser import Binding, parse_stream

ENV_FILE = Path(".env")


def names() -> list[str]:
    """Return the names that are set, as they are written."""
    return [one.key for one in _bindings() if one.key is not None]


def unreadable_line() -> int | None:
    """Return the number of the first line that would be passed over; None if there is none.

    Raises UnicodeDecodeError if the file is no text in UTF-8.
    """
    for one in _bindings():
        if one.error or (one.key is not None and one.value is None):
            blank = len(one.original.string) - len(one.original.string.lstrip())
            return one.original.line + one.original.string[:blank].count("\n")
    return None


def _bindings() -> Iterator[Binding]:
    if ENV_FILE.is_file():  # a pipe could be read only once
        with ENV_FILE.open(encoding="utf-8") as file:
            yield from parse_stream(file)
