"""All rows from one database to another, whichever engines they are on."""

from collections import Counter

from bot.store.engine import Engine, Row
from bot.store.marks import Mark

TABLES = (
    "accounts",
    "therapists",
    "enrolments",
    "consent_texts",
    "consents",
    "invitations",
    "sessions",
    "check_ins",
    "answers",
    "comments",
    "talked_about",
    "cards",
    "inbox",
    "outbox",
    "marks",
    "audit",
    "guesses",
)
"""Each after those that it refers to."""


class Differs(Exception):
    """What was read back is not what was copied."""


def copy_rows(source: Engine, target: Engine) -> dict[str, int]:
    """Copy all rows to an empty database of the same schema. Return how many each table has.

    Each side is one transaction: what is copied is of one moment, and all of it or nothing arrives. Raises Differs if
    a row that is read back is another.
    """
    with source.atomic(), target.atomic():
        source.take_time()
        target.take_time()
        counted = {table: _copy(table, source, target) for table in TABLES}
        # Nothing is noted in the journal on a server, so it must not vouch for what is copied from there one day.
        target.execute("DELETE FROM marks WHERE name = :name", {"name": Mark.JOURNAL})
        target.count_on()
    return counted


def _copy(table: str, source: Engine, target: Engine) -> int:
    rows = _rows(table, source)
    if rows:
        names = ", ".join(rows[0])
        marks = ", ".join(f":{name}" for name in rows[0])
        target.execute_many(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)  # noqa: S608, names of the schema
    if _counted(rows) != _counted(_rows(table, target)):
        raise Differs
    return len(rows)


def _rows(table: str, engine: Engine) -> list[Row]:
    return engine.query(f"SELECT * FROM {table}")  # noqa: S608, names of the schema


def _counted(rows: list[Row]) -> Counter[frozenset[tuple[str, object]]]:
    """Return rows so that they can be compared: neither they nor their columns have an order."""
    return Counter(frozenset(row.items()) for row in rows)
