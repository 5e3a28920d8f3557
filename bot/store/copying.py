"""All rows from one database to another, whichever engines they are on."""

from collections.abc import Iterator

from bot.store.engine import Engine, Row
from bot.store.marks import Mark

KEYS = {
    "accounts": ("chat_id",),
    "therapists": ("id",),
    "enrolments": ("code",),
    "consent_texts": ("sha256",),
    "consents": ("id",),
    "invitations": ("code_hash",),
    "sessions": ("id",),
    "check_ins": ("session",),
    "answers": ("session", "question"),
    "comments": ("session", "number"),
    "talked_about": ("session", "signal"),
    "cards": ("session",),
    "inbox": ("number",),
    "outbox": ("id",),
    "marks": ("name",),
    "audit": ("id",),
    "guesses": ("id",),
}
"""What a row of each table is known by. Each table comes after those that it refers to."""
ROWS_AT_ONCE = 1000
"""How many rows are in memory at a time."""


class Differs(Exception):
    """What was read back is not what was copied."""


def copy_rows(source: Engine, target: Engine) -> dict[str, int]:
    """Copy all rows to an empty database of the same schema. Return how many each table has.

    Each side is one transaction: what is copied is of one moment, and all of it or nothing arrives. Others may go on
    writing to the source meanwhile. Raises Differs if a row that is read back is another.
    """
    with source.reading(), target.atomic():
        target.take_time()
        counted = {table: _copy(table, source, target) for table in KEYS}
        # Nothing is noted in the journal on a server, so it must not vouch for what is copied from there one day.
        target.execute("DELETE FROM marks WHERE name = :name", {"name": Mark.JOURNAL})
        target.count_on()
    return counted


def _copy(table: str, source: Engine, target: Engine) -> int:
    number, arrived = 0, _slices(table, target)
    for rows in _slices(table, source):
        _insert(table, rows, target)
        if next(arrived) != rows:
            raise Differs
        number += len(rows)
    return number


def _insert(table: str, rows: list[Row], target: Engine) -> None:
    if rows:
        names = ", ".join(rows[0])
        marks = ", ".join(f":{name}" for name in rows[0])
        target.execute_many(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)  # noqa: S608, names of the schema


def _slices(table: str, engine: Engine) -> Iterator[list[Row]]:
    """Yield all rows in the order of their key, so many at a time; the last time fewer. Each time it looks anew."""
    key = KEYS[table]
    first = f"SELECT * FROM {table} ORDER BY {', '.join(key)} LIMIT {ROWS_AT_ONCE}"  # noqa: S608, names of the schema
    after = ", ".join(f":{name}" for name in key)
    further = first.replace(" ORDER BY", f" WHERE ({', '.join(key)}) > ({after}) ORDER BY")
    rows = engine.query_once(first)
    yield rows
    while len(rows) == ROWS_AT_ONCE:
        rows = engine.query_once(further, {name: rows[-1][name] for name in key})
        yield rows
