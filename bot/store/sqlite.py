"""The SQLite engine: one encrypted file, opened in one place.

`sqlite_utils` takes its SQLite module from `pysqlite3` if there is one, so SQLCipher is registered under that name
before the first import; without it sqlite_utils would mix two libraries, and part of its API fails.
"""

import os
import re
import secrets
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlcipher3

from bot.store.engine import NoDatabase, Readings, Row, StoreUnusable, Trouble, Values, is_on_server, trouble_of
from conversations.wording import failures as wording

sys.modules.setdefault("pysqlite3", sqlcipher3)
sys.modules.setdefault("pysqlite3.dbapi2", sqlcipher3.dbapi2)

from sqlite_utils import Database  # noqa: E402, only after SQLCipher has been registered

from bot.store.schema import migrations  # noqa: E402

Connection = Any
"""A connection of sqlcipher3, which ships no types."""

BUSY_TIMEOUT = 10.0
"""Seconds to wait for another process, such as a command of the operator, to finish its transaction."""

STATEMENTS = 512
"""How many are kept prepared, which is more than there are: of more, the newest would be prepared again each time."""

_BOOKKEEPING = ("sqlite_", "_sqlite_")
"""How the names of tables begin that hold nothing of anybody."""

LEAST_SPACE = 100_000
"""Bytes without which a database can't be opened: its index of the write-ahead log, and some pages of that."""


class SqliteEngine:
    """A connection with transactions, and what only one file can do. See `Engine`."""

    def __init__(self, connection: Connection) -> None:
        self.database = Database(connection)
        self.connection = connection
        self._readings = Readings()

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """Run a block as one transaction; a block within a block is a savepoint.

        Begins IMMEDIATE: a deferred transaction that reads first and then writes fails when another one wrote
        in between.
        """
        self._readings.forget()
        if self.connection.in_transaction:
            with self._savepoint():
                yield
            return
        with self._transaction("BEGIN IMMEDIATE"):
            yield

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Run a block that only reads, all of it as of one moment, and may take its time while others go on writing."""
        self._readings.forget()
        with self._transaction("BEGIN DEFERRED"):
            yield

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        self.connection.execute(begin)
        try:
            yield
            self.connection.execute("COMMIT")
        except BaseException:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            raise
        finally:
            self._readings.forget()

    @contextmanager
    def _savepoint(self) -> Iterator[None]:
        self.connection.execute("SAVEPOINT inner")
        try:
            yield
            self.connection.execute("RELEASE inner")
        except BaseException:
            if self.connection.in_transaction:  # SQLite undoes the whole transaction itself if the disk is full
                self.connection.execute("ROLLBACK TO inner")
                self.connection.execute("RELEASE inner")
            raise
        finally:
            self._readings.forget()

    def query(self, sql: str, values: Values | None = None) -> list[Row]:
        """Return the rows that a statement yields, as they are in this transaction: not to be changed."""
        if not sql.startswith("SELECT") or not self.connection.in_transaction:
            self._readings.forget()
            return self._run(sql, values)
        return self._readings.of(sql, values, self._run)

    def query_once(self, sql: str, values: Values | None = None) -> list[Row]:
        """Return the rows that a statement yields, which nobody will ask for again: they are not remembered."""
        return self._run(sql, values)

    def _run(self, sql: str, values: Values | None) -> list[Row]:
        cursor = self.connection.execute(sql, values or {})
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def execute(self, sql: str, values: Values | None = None) -> int:
        """Run a statement and return how many rows it changed."""
        self._readings.forget()
        return int(self.connection.execute(sql, values or {}).rowcount)

    def execute_many(self, sql: str, values: Iterable[Values]) -> None:
        """Run a statement once for each set of values."""
        self._readings.forget()
        self.connection.executemany(sql, values)

    def take_time(self) -> None:
        """Do nothing: nobody takes a transaction away."""

    def tables(self) -> list[str]:
        """Return the names of all tables that hold something of somebody, in order."""
        rows = self.query("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        return [row["name"] for row in rows if not row["name"].startswith(_BOOKKEEPING)]

    def plan(self, sql: str, values: Values) -> str:
        """Return how a query would be run, for tests that hold it to its index."""
        return "\n".join(row["detail"] for row in self.query(f"EXPLAIN QUERY PLAN {sql}", values))

    @property
    def backend(self) -> int:
        """Return 0: nobody serves a file."""
        return 0

    def is_shared(self, besides: int = 0) -> bool:  # noqa: ARG002, a file has none
        """Return False: a file knows nobody. Next to it, a lock tells whether the bot runs."""
        return False

    def is_current(self) -> bool:
        """Tell whether all migrations have been applied."""
        return not migrations.pending(self.database)

    def is_newer(self) -> bool:
        """Tell whether a newer version of this project has made changes that this one does not know."""
        with closing(sqlcipher3.connect(":memory:")) as nothing_applied:
            known = {migration.name for migration in migrations.pending(Database(nothing_applied))}
        return any(migration.name not in known for migration in migrations.applied(self.database))

    def is_sound(self) -> bool:
        """Tell whether every page can be read and hangs together. Reads the whole file."""
        try:
            return self.query("PRAGMA quick_check(1)") == [{"quick_check": "ok"}]
        except sqlcipher3.DatabaseError as error:
            if trouble_of(error) is Trouble.DAMAGED:
                return False
            raise

    def migrate(self) -> None:
        """Bring the schema up to date."""
        migrations.apply(self.database)

    def count_on(self) -> None:
        """Do nothing: SQLite looks for the highest number itself."""

    def empty_log(self) -> None:
        """Bring all that is committed into the database file, and cut the write-ahead log, which holds older pages.

        While another process reads or writes, the log stays as it is until the next time.
        """
        self.query("PRAGMA wal_checkpoint(TRUNCATE)")

    def rewrite(self) -> None:
        """Write the whole file anew, in one transaction, without any remains of deleted rows.

        `secure_delete` overwrites what is deleted, but not what moving rows between pages leaves behind: of a few
        thousand rows deleted among others, one in two hundred could still be read. Takes a second for 25 MB.
        """
        self.connection.execute("VACUUM")

    def copy(self) -> "SqliteEngine":
        """Return a copy in memory. It has a key, of its own, since SQLCipher copies nothing encrypted into plain."""
        copied = in_memory()
        self.connection.backup(copied.connection)
        return copied

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()


_KEY = re.compile(r"[0-9a-fA-F]{64}")


def path_of(url: str) -> Path:
    """Return the file that a `sqlite:///` address names, relative to the working directory unless it is absolute."""
    prefix = "sqlite:///"
    if is_on_server(url):
        raise StoreUnusable(wording.NOT_A_FILE)
    if not url.startswith(prefix) or len(url) == len(prefix):
        raise StoreUnusable(wording.not_an_address("ALLIANCE_DATABASE_URL", prefix))
    return Path(url.removeprefix(prefix))


def open_encrypted(path: Path, key: str, *, create: bool = False) -> SqliteEngine:
    """Open the database file with its raw key of 32 bytes. Raises StoreUnusable with what to do."""
    if not _KEY.fullmatch(key):
        raise StoreUnusable(wording.NOT_A_KEY)
    if not path.exists():
        if not create:
            raise NoDatabase(wording.no_database(str(path)))
        _make_room(path)
    try:
        connection = sqlcipher3.connect(
            str(path), timeout=BUSY_TIMEOUT, isolation_level=None, cached_statements=STATEMENTS
        )
    except sqlcipher3.Error as error:
        raise StoreUnusable(wording.database_unusable(str(path), str(error))) from None
    try:
        _unlock(connection, key, path)
        _refuse_newer(connection, path)
        return prepared(connection)
    except sqlcipher3.OperationalError as error:
        connection.close()
        if trouble_of(error) in {None, Trouble.LOCKED}:
            raise
        raise StoreUnusable(_what_the_disk_says(path)) from None
    except BaseException:
        connection.close()
        raise


def _what_the_disk_says(path: Path) -> str:
    """Return why a database can't be opened that exists: SQLite itself has the same words for most of it."""
    disk = os.statvfs(path.parent)
    if disk.f_flag & os.ST_RDONLY:
        return wording.disk_read_only(str(path))
    if disk.f_bavail * disk.f_frsize < LEAST_SPACE:
        return wording.disk_full(str(path))
    return wording.disk_fails(str(path))


def _unlock(connection: Connection, key: str, path: Path) -> None:
    keyed(connection, key)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlcipher3.OperationalError:  # locked, or a failing disk: the key may well be right
        raise
    except sqlcipher3.DatabaseError:
        raise StoreUnusable(wording.wrong_key(str(path))) from None


def _refuse_newer(connection: Connection, path: Path) -> None:
    """Refuse a database that this version would not understand, before anything is written to it."""
    if SqliteEngine(connection).is_newer():
        raise StoreUnusable(wording.newer_database(str(path)))


def keyed(connection: Connection, key: str) -> Connection:
    """Give a connection its key; whether it is the right one shows when something is read."""
    connection.execute("PRAGMA cipher_log_level = NONE")  # a wrong key is told by an error, in words
    connection.execute(f"PRAGMA key = \"x'{key}'\"")
    return connection


def _make_room(path: Path) -> None:
    """Make the folder and an empty file that only this account may read."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    except OSError as error:
        raise StoreUnusable(wording.no_rights(str(path.parent), error.strerror or "")) from None


def prepared(connection: Connection) -> SqliteEngine:
    """Return an engine on `connection`, durable and without remains of deleted rows."""
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "secure_delete = ON",
        "temp_store = MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")
    return SqliteEngine(connection)


def in_memory() -> SqliteEngine:
    """Return an empty database in memory, with a key that nobody knows."""
    connection = sqlcipher3.connect(":memory:", isolation_level=None, cached_statements=STATEMENTS)
    return prepared(keyed(connection, secrets.token_hex(32)))


def is_encrypted(path: Path) -> bool:
    """Tell whether a database file can't be read without its key: a plain one begins with SQLite's own words."""
    with suppress(FileNotFoundError), path.open("rb") as file:
        return file.read(15) != b"SQLite format 3"
    return True
