"""Sessions as an operator writes them: one on the command line, or many in a CSV file."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.operate import Ended, NotDone
from conversations.typed_times import NotUnderstood, parse_iso
from conversations.wording import operator as wording

COLUMNS = ("code", "start", "end")
FURTHEST_AHEAD = timedelta(days=366)
FURTHEST_BACK = timedelta(days=3660)
LONGEST = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line of a file that can't be imported, and why."""

    number: int
    why: str


@dataclass(frozen=True, slots=True)
class Written:
    """A session as it is written: nothing is checked yet."""

    code: str
    start: str
    end: str


def understand(written: Written, zones: Mapping[str, ZoneInfo], now: datetime) -> Ended:
    """Return a session with its times in UTC. `zones` holds each known code. Raises NotDone or NotUnderstood."""
    code = written.code.strip().upper()
    if code not in zones:
        raise NotDone(wording.no_such_client(code))
    if not written.end.strip():
        raise NotDone(wording.NO_END)
    ended = Ended(
        code,
        parse_iso(written.end.strip(), zones[code]),
        parse_iso(written.start.strip(), zones[code]) if written.start.strip() else None,
    )
    problem = _problem(ended, now)
    if problem is not None:
        raise NotDone(problem)
    return ended


def _problem(ended: Ended, now: datetime) -> str | None:
    started = ended.started_at or ended.ended_at
    checks = (
        (ended.ended_at < started, wording.END_BEFORE_START),
        (ended.ended_at - started > LONGEST, wording.TOO_LONG),
        (ended.ended_at - now > FURTHEST_AHEAD, wording.TOO_FAR_AHEAD),
        (now - ended.ended_at > FURTHEST_BACK, wording.TOO_FAR_BACK),
    )
    return next((problem for holds, problem in checks if holds), None)


def read(content: bytes, zones: Mapping[str, ZoneInfo], now: datetime) -> tuple[dict[int, Ended], list[BadLine]]:
    """Return the sessions of a CSV file by line, and the lines that are wrong. Raises NotDone for what is no such file.

    The first line names the columns code, start and end, in any order; commas or semicolons part them; start may be
    empty.
    """
    sessions: dict[int, Ended] = {}
    lines: dict[tuple[str, datetime], int] = {}
    bad: list[BadLine] = []
    for number, found in _rows(content):
        try:
            ended = found if isinstance(found, BadLine) else understand(found, zones, now)
        except (NotDone, NotUnderstood) as problem:
            ended = BadLine(number, str(problem))
        if isinstance(ended, Ended):
            first = lines.setdefault((ended.code, ended.ended_at), number)
            if first == number:
                sessions[number] = ended
                continue
            ended = BadLine(number, wording.same_as_line(first))
        bad.append(ended)
    return sessions, bad


def _rows(content: bytes) -> Iterator[tuple[int, Written | BadLine]]:
    """Yield each row that is not empty, with the number of its line."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotDone(wording.NOT_UTF8) from None
    first = text.lstrip().partition("\n")[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in first else ",", strict=True)
    columns: list[str] | None = None
    while True:
        try:
            row = next(rows)
        except StopIteration:
            break
        except csv.Error:
            yield rows.line_num, BadLine(rows.line_num, wording.NOT_CSV)
            continue
        if not any(field.strip() for field in row):
            continue
        if columns is None:
            columns = _columns(row)
        else:
            yield rows.line_num, _written(row, columns, rows.line_num)
    if columns is None:
        raise NotDone(wording.no_columns(COLUMNS))


def _columns(row: list[str]) -> list[str]:
    columns = [name.strip().lower() for name in row]
    if sorted(columns) != sorted(COLUMNS):
        raise NotDone(wording.no_columns(COLUMNS))
    return columns


def _written(row: list[str], columns: list[str], number: int) -> Written | BadLine:
    if len(row) != len(columns):
        return BadLine(number, wording.wrong_number_of_fields(len(row), len(columns)))
    return Written(**dict(zip(columns, row, strict=True)))
