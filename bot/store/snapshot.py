"""Copies of the database in a file: made while others write, and opened without changing them."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import sqlcipher3

from bot.store.engine import Engine
from bot.store.sqlite import Connection, SqliteEngine, keyed, open_encrypted


class Damaged(Exception):
    """A copy does not hold what it should."""


class WrongKey(Exception):
    """A copy was made with another key, or its very beginning is damaged: the two can't be told apart."""


def copy_database(database: Path, key: str, copy: Path) -> dict[str, int]:
    """Copy a database in use to a new file, encrypted with the same key. Return how many rows each table has.

    The copy is of one moment: what others commit meanwhile is left out. It has been read back and compared. Raises
    Damaged if it differs, and errors of sqlcipher3, such as for a full disk.
    """
    source = open_encrypted(database, key)
    try:
        source.connection.execute("BEGIN")
        counted = count_rows(source)  # the first read settles the moment
        write_copy(source.connection, key, copy)
    finally:
        source.close()
    with opened_for_reading(copy, key) as engine:
        if count_rows(engine) != counted:
            raise Damaged
    return counted


def write_copy(source: Connection, key: str, copy: Path) -> None:
    """Write all that a connection reads to a new file, encrypted with the key."""
    target = keyed(sqlcipher3.connect(str(copy), isolation_level=None), key)
    try:
        source.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")  # one file, which can be read without writing beside it
    finally:
        target.close()


@contextmanager
def opened_for_reading(copy: Path, key: str) -> Iterator[SqliteEngine]:
    """Open a copy that nobody writes, after looking at every page. Raises Damaged or WrongKey."""
    has_log = copy.with_name(f"{copy.name}-wal").exists()  # a database that was copied as it stood
    mode = "mode=ro" if has_log else "mode=ro&immutable=1"  # nothing is written beside it
    connection = sqlcipher3.connect(f"{copy.absolute().as_uri()}?{mode}", uri=True, isolation_level=None)
    try:
        keyed(connection, key)
        _check(connection)
        yield SqliteEngine(connection)
    finally:
        connection.close()


def _check(connection: Connection) -> None:
    """Read all: each page has a signature made with the key, and what the pages say must fit together."""
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlcipher3.DatabaseError as error:
        raise (WrongKey if "not a database" in str(error) else Damaged) from None
    with suppress(sqlcipher3.DatabaseError):
        signatures = connection.execute("PRAGMA cipher_integrity_check").fetchall()
        contents = connection.execute("PRAGMA integrity_check").fetchall()
        references = connection.execute("PRAGMA foreign_key_check").fetchall()
        if (signatures, contents, references) == ([], [("ok",)], []):
            return
    raise Damaged


def count_rows(engine: Engine) -> dict[str, int]:
    """Return how many rows each table has."""
    return {
        name: engine.query(f'SELECT count(*) AS n FROM "{name}"')[0]["n"]  # noqa: S608, names of the schema
        for name in engine.tables()
    }
