"""Values to columns and back."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import chain, repeat
from typing import Any, overload

from bot.store.engine import Engine, Row

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

KEYS_AT_ONCE = 512
"""How many keys one statement looks for."""


@overload
def stamp(moment: datetime) -> int: ...
@overload
def stamp(moment: None) -> None: ...
def stamp(moment: datetime | None) -> int | None:
    """Return a moment in milliseconds since 1970."""
    return None if moment is None else (moment - _EPOCH) // _MILLISECOND


@overload
def moment(stamped: int) -> datetime: ...
@overload
def moment(stamped: None) -> None: ...
def moment(stamped: int | None) -> datetime | None:
    """Return the moment of a number of milliseconds since 1970."""
    return None if stamped is None else _EPOCH + stamped * _MILLISECOND


def among(keys: Sequence[object], name: str = "key") -> tuple[str, dict[str, Any]]:
    """Return placeholders for a list in a statement, of a `name` of its own, and the values to go with it.

    The list is filled up with its last key to a power of two: a statement of every length would have to be prepared.
    """
    if not keys:
        return "", {}
    names, marks = _placeholders(name, 1 << (len(keys) - 1).bit_length())
    return marks, dict(zip(names, chain(keys, repeat(keys[-1])), strict=False))


@lru_cache
def _placeholders(name: str, length: int) -> tuple[tuple[str, ...], str]:
    names = tuple(f"{name}{number}" for number in range(length))
    return names, ", ".join(f":{one}" for one in names)


def few_among(keys: Iterable[object]) -> list[tuple[str, dict[str, Any]]]:
    """Return the same a few hundred at a time: there may be more than a statement takes."""
    distinct = list(dict.fromkeys(keys))
    return [among(distinct[start : start + KEYS_AT_ONCE]) for start in range(0, len(distinct), KEYS_AT_ONCE)]


def rows_of(engine: Engine, table: str, column: str, keys: Sequence[object], order: str | None = None) -> list[Row]:
    """Return the rows of a table that have one of some `keys` in a column; those of one key by the columns `order`."""
    ordered = f" ORDER BY {order}" if order else ""
    if len(keys) == 1:  # a tap asks for one of each, again and again
        return engine.query(f"SELECT * FROM {table} WHERE {column} = :key{ordered}", {"key": keys[0]})  # noqa: S608, names from the code alone
    rows: list[Row] = []
    for marks, values in few_among(keys):
        rows += engine.query(f"SELECT * FROM {table} WHERE {column} IN ({marks}){ordered}", values)  # noqa: S608, names from the code alone
    return rows


def upsert(engine: Engine, table: str, keys: tuple[str, ...], values: Row) -> None:
    """Insert a row, or bring the one with the same keys up to date."""
    engine.execute(_upserting(table, keys, values), values)


def upsert_all(engine: Engine, table: str, keys: tuple[str, ...], rows: list[Row]) -> None:
    """Insert rows of the same columns, or bring those with the same keys up to date."""
    if rows:
        engine.execute_many(_upserting(table, keys, rows[0]), rows)


def _upserting(table: str, keys: tuple[str, ...], values: Row) -> str:
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    changes = ", ".join(f"{name} = excluded.{name}" for name in values if name not in keys)
    return f"INSERT INTO {table} ({names}) VALUES ({marks}) ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changes}"  # noqa: S608, names from the code alone


def update_all(engine: Engine, table: str, key: str, rows: Iterable[tuple[Row, Row]]) -> None:
    """Bring rows up to date where they differ from what is known of each: an index costs as much as the row.

    `rows` are pairs of what is to be stored, and what is there.
    """
    changed: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for values, known in rows:
        names = tuple(name for name, value in values.items() if known[name] != value)
        if names:
            changed[names].append({name: values[name] for name in (*names, key)})
    for names, found in changed.items():
        changes = ", ".join(f"{name} = :{name}" for name in names)
        engine.execute_many(f"UPDATE {table} SET {changes} WHERE {key} = :{key}", found)  # noqa: S608, names from the code alone
