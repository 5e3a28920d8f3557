"""Values to columns and back."""

from datetime import UTC, datetime, timedelta
from typing import Any, overload

from bot.store.engine import Engine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


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


def upsert(engine: Engine, table: str, keys: tuple[str, ...], values: dict[str, Any]) -> None:
    """Insert a row, or bring the one with the same keys up to date."""
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    changes = ", ".join(f"{name} = excluded.{name}" for name in values if name not in keys)
    engine.execute(
        f"INSERT INTO {table} ({names}) VALUES ({marks}) ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changes}",  # noqa: S608, names from the code alone
        values,
    )


def update(engine: Engine, table: str, keys: tuple[str, ...], values: dict[str, Any], known: dict[str, Any]) -> None:
    """Bring a row up to date where it differs from what is `known` of it: an index costs as much as the row."""
    changed = {name: value for name, value in values.items() if known[name] != value}
    if changed:
        changes = ", ".join(f"{name} = :{name}" for name in changed)
        where = " AND ".join(f"{name} = :{name}" for name in keys)
        found = changed | {name: values[name] for name in keys}
        engine.execute(f"UPDATE {table} SET {changes} WHERE {where}", found)  # noqa: S608, names from the code alone
