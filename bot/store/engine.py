"""The SQLite engine: one encrypted file, opened in one place.

`sqlite_utils` takes its SQLite module from `pysqlite3` if there is one, so SQLCipher is registered under that name
before the first import; without it sqlite_utils would mix two libraries, and part of its API fails.
"""

import os
import re
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlcipher3

sys.modules.setdefault("pysqlite3", sqlcipher3)
sys.modules.setdefault("pysqlite3.dbapi2", sqlcipher3.dbapi2)

from sqlite_utils import Database  # noqa: E402, only after SQLCipher has been registered

from bot.store.schema import migrations  # noqa: E402

Row = dict[str, Any]
Values = Mapping[str, Any]
Connection = Any
"""A connection of sqlcipher3, which ships no types."""

BUSY_TIMEOUT = 10.0
"""Seconds to wait for another process, such as a command of the operator, to finish its transaction."""


class StoreUnusable(Exception):
    """The database can't be opened; the message says why and what to do."""


_PASSING = ("locked", "full", "readonly", "disk I/O", "unable to open")


def is_passing(error: Exception) -> bool:
    """Tell whether an error is the machine's, such as a full disk, and may pass: nothing is wrong with the data."""
    return isinstance(error, sqlcipher3.OperationalError) and any(words in str(error) for words in _PASSING)


class Engine:
    """A connection with transactions. Statements use named parameters (`:name`)."""

    def __init__(self, connection: Connection) -> None:
        self.database = Database(connection)
        self._connection = connection

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """Run a block as one transaction; a block within a block is a savepoint.

        Begins IMMEDIATE: a deferred transaction that reads first and then writes fails when another one wrote
        in between.
        """
        if self._connection.in_transaction:
            with self.database.atomic():
                yield
            return
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def query(self, sql: str, values: Values | None = None) -> list[Row]:
        """Return the rows that a statement yields."""
        cursor = self._connection.execute(sql, values or {})
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def execute(self, sql: str, values: Values | None = None) -> int:
        """Run a statement and return how many rows it changed."""
        return int(self._connection.execute(sql, values or {}).rowcount)

    def plan(self, sql: str, values: Values) -> str:
        """Return how a query would be run, for tests that hold it to its index."""
        return "\n".join(row["detail"] for row in self.query(f"EXPLAIN QUERY PLAN {sql}", values))

    def is_current(self) -> bool:
        """Tell whether all migrations have been applied."""
        return not migrations.pending(self.database)

    def migrate(self) -> None:
        """Bring the schema up to date."""
        migrations.apply(self.database)

    def rewrite(self) -> None:
        """Write the whole file anew, without remains of deleted rows.

        `secure_delete` overwrites a row where it is deleted. Where SQLite has moved it before, to make room in a full
        page, a copy is left in what the page does not use.
        """
        self._connection.execute("VACUUM")

    def copy(self) -> "Engine":
        """Return a copy in memory. It has a key, of its own, since SQLCipher copies nothing encrypted into plain."""
        connection = sqlcipher3.connect(":memory:", isolation_level=None)
        connection.execute(f"PRAGMA key = \"x'{secrets.token_hex(32)}'\"")
        self._connection.backup(connection)
        return prepared(connection)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


_KEY = re.compile(r"[0-9a-fA-F]{64}")


def path_of(url: str) -> Path:
    """Return the file that a `sqlite:///` address names, relative to the working directory unless it is absolute."""
    prefix = "sqlite:///"
    if not url.startswith(prefix) or len(url) == len(prefix):
        raise StoreUnusable(f"ALLIANCE_DATABASE_URL must look like {prefix}data/alliance.db.")
    return Path(url.removeprefix(prefix))


def open_encrypted(path: Path, key: str, *, create: bool = False) -> Engine:
    """Open the database file with its raw key of 32 bytes. Raises StoreUnusable with what to do."""
    if not _KEY.fullmatch(key):
        raise StoreUnusable(
            "The database key must be 64 hex digits. "
            "Set ALLIANCE_DATABASE_KEY_FILE to the file that 'alliance init' wrote."
        )
    if not path.exists():
        if not create:
            raise StoreUnusable(
                f"There is no database at {path}. 'alliance run' makes it; check ALLIANCE_DATABASE_URL."
            )
        _make_room(path)
    try:
        connection = sqlcipher3.connect(str(path), timeout=BUSY_TIMEOUT, isolation_level=None)
    except sqlcipher3.Error as error:
        raise StoreUnusable(f"The database at {path} can't be opened: {error}.") from None
    connection.execute("PRAGMA cipher_log_level = NONE")  # a wrong key is told below, in words
    connection.execute(f"PRAGMA key = \"x'{key}'\"")
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlcipher3.OperationalError:  # locked, or a failing disk: the key may well be right
        connection.close()
        raise
    except sqlcipher3.DatabaseError:
        connection.close()
        raise StoreUnusable(
            f"The key does not open the database at {path}: it is another key, or the file is damaged. "
            "Nothing was changed. Use the key that was made with this database."
        ) from None
    return prepared(connection)


def _make_room(path: Path) -> None:
    """Make the folder and an empty file that only this account may read."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    except OSError as error:
        raise StoreUnusable(f"Can't write to {path.parent}: {error.strerror}. Check who owns the folder.") from None


def prepared(connection: Connection) -> Engine:
    """Return an engine on `connection`, durable and without remains of deleted rows."""
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "secure_delete = ON",
        "temp_store = MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")
    return Engine(connection)


def is_encrypted(path: Path) -> bool:
    """Tell whether a database file can't be read without its key: a plain one begins with SQLite's own words."""
    with suppress(FileNotFoundError), path.open("rb") as file:
        return file.read(15) != b"SQLite format 3"
    return True
