"""All rows from one database to another, whichever engines they are on."""

from bot.store.engine import Engine, Row

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


def copy_rows(source: Engine, target: Engine) -> dict[str, int]:
    """Copy all rows to an empty database of the same schema. Return how many each table has.

    Each side is one transaction: what is copied is of one moment, and all of it or nothing arrives.
    """
    with source.atomic(), target.atomic():
        counted = {table: _copy(table, source, target) for table in TABLES}
        target.count_on()
    return counted


def _copy(table: str, source: Engine, target: Engine) -> int:
    rows = rows_of(table, source)
    if rows:
        names = ", ".join(rows[0])
        marks = ", ".join(f":{name}" for name in rows[0])
        target.execute_many(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)  # noqa: S608, names of the schema
    return len(rows)


def rows_of(table: str, engine: Engine) -> list[Row]:
    """Return all rows of a table."""
    return engine.query(f"SELECT * FROM {table}")  # noqa: S608, names of the schema
