"""Setting up a practice: settings, crisis lines and a fresh key, written once and never over anything."""

import json
import os
import re
import secrets
import tomllib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.config import PREFIX
from bot.operate import NotDone
from conversations.typed_times import NotUnderstood, parse_zone
from conversations.wording import failures
from conversations.wording import setting_up as wording

_TOKEN = re.compile(r"[1-9][0-9]{0,15}:[A-Za-z0-9_-]{3,}")


@dataclass(frozen=True, slots=True)
class Answers:
    """What an operator is asked for."""

    token: str
    practice_name: str
    contact: str
    crisis_lines: tuple[str, ...]
    time_zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Places:
    """Where things are written, and where the data will be."""

    env: Path
    crisis_lines: Path
    key: Path
    database: Path


def default_key_file() -> Path:
    """Return where the key goes unless the operator says otherwise: far from the data folder and its backups."""
    home = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(home).expanduser() / "alliance" / "database.key"


def checked_token(text: str) -> str:
    """Return a token that has the right form. Raises NotUnderstood."""
    if not _TOKEN.fullmatch(text.strip()):
        raise NotUnderstood(wording.NO_TOKEN)
    return text.strip()


def checked_text(text: str) -> str:
    """Return one line of text. Raises NotUnderstood."""
    if not text.strip() or not text.strip().isprintable():
        raise NotUnderstood(wording.NO_TEXT)
    return text.strip()


def checked_lines(lines: list[str]) -> tuple[str, ...]:
    """Return crisis lines. Raises NotUnderstood."""
    if not lines:
        raise NotUnderstood(wording.NO_CRISIS_LINES)
    return tuple(checked_text(line) for line in lines)


_READERS: dict[str, tuple[type, Callable[[Any], Any]]] = {
    "token": (str, checked_token),
    "practice_name": (str, checked_text),
    "contact": (str, checked_text),
    "crisis_lines": (list, checked_lines),
    "time_zone": (str, parse_zone),
}


def read_answers(content: bytes, name: str) -> Answers:
    """Read answers from a TOML file with a key for each field of `Answers`. Raises NotDone."""
    try:
        found = tomllib.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        raise NotDone(wording.bad_answers_file(name, wording.NOT_TOML)) from None
    missing, unknown = _READERS.keys() - found.keys(), found.keys() - _READERS.keys()
    if missing:
        raise NotDone(wording.bad_answers_file(name, wording.missing_answers(sorted(missing))))
    if unknown:
        raise NotDone(wording.bad_answers_file(name, wording.unknown_answers(sorted(unknown))))
    return Answers(**{field: _answer(field, found[field], name) for field in _READERS})


def _answer(field: str, value: object, name: str) -> Any:  # noqa: ANN401, each field has its own type
    kind, read = _READERS[field]
    if not isinstance(value, kind) or (isinstance(value, list) and not all(isinstance(one, str) for one in value)):
        raise NotDone(wording.bad_answers_file(name, wording.wrong_kind(field, "text" if kind is str else "lines")))
    try:
        return read(value)
    except NotUnderstood as problem:
        raise NotDone(wording.bad_answers_file(name, f"{field}: {problem}")) from None


def check_places(places: Places) -> None:
    """Make sure that nothing is overwritten and that key and data stay apart. Raises NotDone."""
    for path in (places.env, places.crisis_lines, places.key):
        if os.path.lexists(path):
            raise NotDone(wording.in_the_way(str(path)))
    if places.database.exists():
        raise NotDone(wording.database_in_the_way(str(places.database)))
    if is_within(places.key, places.database.parent):
        raise NotDone(wording.KEY_WITH_DATA)


def is_within(path: Path, folder: Path) -> bool:
    """Tell whether a file lies in a folder or below it."""
    return path.resolve().is_relative_to(folder.resolve())


def set_up(answers: Answers, places: Places) -> None:
    """Write everything, or nothing. Raises NotDone or OSError."""
    check_places(places)
    contents = {
        places.key: secrets.token_hex(32) + "\n",
        places.crisis_lines: _crisis_lines(answers),
        places.env: _env(answers, places),
    }
    written: list[Path] = []
    try:
        for path, content in contents.items():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_new(path, content)
            written.append(path)
    except BaseException:
        for path in written:
            path.unlink()
        raise


def write_new(path: Path, content: str) -> None:
    """Write a file that only this account may read, and that did not exist before. Raises NotDone or OSError."""
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        raise NotDone(failures.file_exists(str(path))) from None
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        with suppress(OSError):
            path.unlink()
        raise


def _crisis_lines(answers: Answers) -> str:
    lines = "".join(f"    {json.dumps(line, ensure_ascii=False)},\n" for line in answers.crisis_lines)
    return f"# Shown wherever somebody may have written in need. One list for each language.\nen = [\n{lines}]\n"


def _env(answers: Answers, places: Places) -> str:
    settings = {
        "TELEGRAM_TOKEN": answers.token,
        "DATABASE_KEY_FILE": str(places.key.absolute()),
        "PRACTICE_NAME": answers.practice_name,
        "OPERATOR_CONTACT": answers.contact,
        "CRISIS_LINES": str(places.crisis_lines),
        "DEFAULT_TIMEZONE": answers.time_zone.key,
    }
    lines = "".join(f"{PREFIX}{name}={quoted(value)}\n" for name, value in settings.items())
    return f"# Written by 'alliance init'. All settings and their defaults are in .env.example.\n{lines}"


def quoted(value: str) -> str:
    """Return a value as it is written in .env; a reference such as ${HOME} is kept from being looked up."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("${", "${:-$}{")
    return f'"{escaped}"'
