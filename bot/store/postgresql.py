"""The PostgreSQL engine: a connection for transactions, one after the other over all processes.

The code reads, decides and writes. On SQLite no other transaction comes in between, since each begins IMMEDIATE; here
each begins by waiting for one lock that all share, held until it ends. That makes them as serial as SQLite's, so no
decision has to be taken twice. They run at READ COMMITTED on purpose: a snapshot for the whole transaction would be
taken by the statement that waits for the lock, and miss what was committed during the wait.
"""

import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Any

import psycopg
from psycopg import Connection, Cursor
from psycopg.pq import TransactionStatus
from psycopg.rows import dict_row
from psycopg.types.numeric import Int8Dumper

from bot.store.engine import NoDatabase, Readings, Row, ServerFailed, StoreUnusable, Trouble, Values
from bot.store.schema_postgresql import MIGRATIONS
from bot.store.server_address import is_here, is_safe
from conversations.wording import failures as wording

TURN = int.from_bytes(b"turn")
"""The number of the lock that a transaction holds, of its schema. Other programs there should leave it alone."""
CHANNEL = "'alliance ' || hashtext(current_schema())"
"""Where processes of one schema tell each other that something was written, as the server works it out.

Only a hint: nothing depends on its being heard.
"""

_SESSION = """
SET lock_timeout = '10s';
SET statement_timeout = '30s';
SET idle_in_transaction_session_timeout = '5s';
SET tcp_user_timeout = '8s';
SET timezone = 'UTC';
SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'
"""
"""The first is the wait for a file, too. After the third, what a process that hangs or has vanished keeps locked is
free: nothing is waited for within a transaction. After the fourth, one that takes no answer any more counts as gone.
"""
_BEGIN = (
    f"BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock({TURN}, hashtext(current_schema()))"
).encode()
_BEGIN_READING = b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_TELL_AND_COMMIT = f"SELECT pg_notify({CHANNEL}, ''); COMMIT".encode()
_WITHOUT_HURRY = b"SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0"
_MIGRATED = """
CREATE TABLE IF NOT EXISTS _migrations (
    name TEXT PRIMARY KEY,
    applied_at TIMESTAMPTZ NOT NULL DEFAULT now()
)
"""
_NAME = "alliance"
"""What a connection is called, by which others of this project are known."""
CONNECT_WITHIN = 4
"""Seconds, for each host of an address."""
AGAIN_AFTER = 5.0
"""Seconds without another try after one that failed. Everything else waits for a try, and has its turn in between."""
UNHEARD_FOR = 20_000
"""Milliseconds after which a connection is lost on which nothing arrives any more."""

_TROUBLES = {
    "40001": Trouble.LOCKED,  # could not serialize
    "40P01": Trouble.LOCKED,  # deadlock
    "55P03": Trouble.LOCKED,  # lock timeout
    "53100": Trouble.FULL,
    "25006": Trouble.READ_ONLY,  # a stand-by took over, or is one
    "42501": Trouble.READ_ONLY,  # no rights
    "57014": Trouble.FAILING,  # statement timeout
    "25P03": Trouble.FAILING,  # idle in transaction
    "XX001": Trouble.DAMAGED,
    "XX002": Trouble.DAMAGED,
}
_TROUBLES_BY_CLASS = {
    "08": Trouble.FAILING,  # the connection
    "53": Trouble.FAILING,  # memory, or too many connections
    "57": Trouble.FAILING,  # shut down, or just starting
    "58": Trouble.FAILING,  # the server's own disk
}

_TOKENS = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|::|:(?P<name>[A-Za-z_]\w*)|%")


@lru_cache(maxsize=512)
def translated(sql: str) -> bytes:
    """Return a statement with psycopg's placeholders in place of `:name`; what is quoted stays as it is."""
    return _TOKENS.sub(_token, sql).encode()


def _token(found: re.Match[str]) -> str:
    return f"%({found['name']})s" if found["name"] else found[0].replace("%", "%%")


class PostgresqlEngine:
    """A connection with transactions. See `Engine`.

    A connection that was lost is made anew for the next transaction, never within one: that one fails as a whole. If
    it is lost during a commit, nobody knows whether that took place; as after a crash, the database says what is done.
    """

    def __init__(self, connect: Callable[[], Connection[Row]]) -> None:
        self._connect = connect
        self.connection = connect()
        self._within = False
        """Whether a transaction has begun, also while its connection is lost."""
        self._has_written = False
        self._refused: tuple[float, ServerFailed] | None = None
        """When connecting last failed, and how; None: it did not since there was a connection."""
        self._readings = Readings()

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """Run a block as one transaction, when it is its turn; a block within a block is a savepoint."""
        self._readings.forget()
        if self._within:
            with self._savepoint():
                yield
            return
        with self._transaction(_BEGIN):
            yield

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Run a block that only reads, all of it as of one moment, and may take its time while others go on writing.

        It takes no turn: a snapshot is of what was committed, and that was one transaction after the other.
        """
        self._readings.forget()
        with self._transaction(_BEGIN_READING):
            self.take_time()
            yield

    @contextmanager
    def _transaction(self, begin: bytes) -> Iterator[None]:
        self._be_connected()
        self._within, self._has_written = True, False
        try:
            self._send(begin)
            yield
            self._commit()
        except BaseException:
            self._roll_back()
            raise
        finally:
            self._within = False
            self._readings.forget()

    def _commit(self) -> None:
        if self._status is TransactionStatus.INERROR:  # COMMIT would undo all, and not call that an error
            raise ServerFailed("InFailedSqlTransaction", None)
        self._send(_TELL_AND_COMMIT if self._has_written else b"COMMIT")

    def _roll_back(self) -> None:
        """Undo all. A connection that can't is given up, and the server undoes what it began."""
        if self._status is TransactionStatus.IDLE:
            return
        try:
            self._send(b"ROLLBACK")
        except ServerFailed:
            self.connection.close()

    @contextmanager
    def _savepoint(self) -> Iterator[None]:
        self._send(b"SAVEPOINT within")
        try:
            yield
            self._send(b"RELEASE within")
        except BaseException:
            with suppress(ServerFailed):  # a lost connection: what comes next fails for the reason it has
                self._send(b"ROLLBACK TO within; RELEASE within")
            raise
        finally:
            self._readings.forget()

    @property
    def backend(self) -> int:
        """Return the server's own number for this connection; 0 while there is none."""
        return 0 if self.connection.closed else self.connection.info.backend_pid

    @property
    def _status(self) -> TransactionStatus:
        return TransactionStatus(self.connection.pgconn.transaction_status)

    def _be_connected(self) -> None:
        """Connect anew if that is called for; within a transaction its next statement fails instead."""
        if self.connection.closed and not self._within:
            self._refuse_soon_after_a_failure()
            try:
                with _failures():
                    self.connection = self._connect()
            except ServerFailed as failed:
                self._refused = time.monotonic(), failed
                raise
            self._refused = None

    def _refuse_soon_after_a_failure(self) -> None:
        """Fail as the last try did, if that is a moment ago: all that needs the database would try by itself."""
        if self._refused is not None:
            failed_at, failed = self._refused
            if time.monotonic() - failed_at < AGAIN_AFTER:
                raise ServerFailed(failed.kind, failed.trouble)

    def query(self, sql: str, values: Values | None = None) -> list[Row]:
        """Return the rows that a statement yields, as they are in this transaction: not to be changed."""
        if not sql.startswith("SELECT") or not self._within:
            self._readings.forget()
            return self._rows(sql, values)
        return self._readings.of(sql, values, self._rows)

    def query_once(self, sql: str, values: Values | None = None) -> list[Row]:
        """Return the rows that a statement yields, which nobody will ask for again: they are not remembered."""
        return self._rows(sql, values)

    def _rows(self, sql: str, values: Values | None) -> list[Row]:
        return self._run(sql, values).fetchall()

    def execute(self, sql: str, values: Values | None = None) -> int:
        """Run a statement and return how many rows it changed."""
        self._readings.forget()
        self._has_written = True
        return self._run(sql, values).rowcount

    def _run(self, sql: str, values: Values | None) -> Cursor[Row]:
        self._be_connected()
        with _failures():
            return self.connection.execute(translated(sql), values or {})

    def _send(self, sql: bytes) -> None:
        """Run statements without values, several with one trip to the server."""
        with _failures():
            self.connection.execute(sql)

    def execute_many(self, sql: str, values: Iterable[Values]) -> None:
        """Run a statement once for each set of values."""
        self._readings.forget()
        self._has_written = True
        self._be_connected()
        with _failures(), self.connection.cursor() as cursor:
            cursor.executemany(translated(sql), list(values))

    def tables(self) -> list[str]:
        """Return the names of all tables that hold something of somebody, in order."""
        rows = self.query(
            "SELECT tablename AS name FROM pg_tables "
            "WHERE schemaname = current_schema() AND tablename != '_migrations' ORDER BY tablename"
        )
        return [row["name"] for row in rows]

    def is_shared(self, besides: int = 0) -> bool:
        """Tell whether another process of this project is connected, leaving out one connection by its number."""
        sql = (
            "SELECT 1 AS found FROM pg_stat_activity WHERE datname = current_database() "
            "AND application_name = :name AND pid NOT IN (pg_backend_pid(), :besides)"
        )
        return bool(self.query(sql, {"name": _NAME, "besides": besides}))

    def is_connection_encrypted(self) -> bool:
        """Tell whether the server receives this connection through TLS, as it says itself."""
        return bool(self.query("SELECT 1 AS found FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl"))

    def is_connected_here(self) -> bool:
        """Tell whether the connection stays on this machine."""
        info = self.connection.info
        return is_here(info.hostaddr or info.host)

    def is_current(self) -> bool:
        """Tell whether all migrations have been applied."""
        return self._applied() >= MIGRATIONS.keys()

    def is_newer(self) -> bool:
        """Tell whether a newer version of this project has made changes that this one does not know."""
        return not self._applied() <= MIGRATIONS.keys()

    def is_empty(self) -> bool:
        """Tell whether nothing of this project is in the database yet."""
        return not self._applied()

    def _applied(self) -> set[str]:
        if not self.query("SELECT 1 AS found WHERE to_regclass('_migrations') IS NOT NULL"):
            return set()
        return {row["name"] for row in self.query("SELECT name FROM _migrations")}

    def take_time(self) -> None:
        """Let the transaction that has begun take as long as it needs, also between its statements."""
        self._send(_WITHOUT_HURRY)

    def migrate(self) -> None:
        """Bring the schema up to date. Of several processes that start together one does it, and the others wait."""
        if self.is_current():
            return
        with self.atomic():
            self.take_time()
            self._send(_MIGRATED.encode())
            applied = self._applied()
            for name, statements in MIGRATIONS.items():
                if name not in applied:
                    self._send(statements.encode())
                    self.execute("INSERT INTO _migrations (name) VALUES (:name)", {"name": name})

    def count_on(self) -> None:
        """Let rows that get their number by themselves go on after the highest there is, whoever gave it."""
        for row in self.query(_COUNTED):
            table, column = row["table_name"], row["column_name"]
            self.query(
                f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'), "  # noqa: S608, names of the schema
                f"coalesce(max({column}), 0) + 1, false) FROM {table}"
            )

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()


_COUNTED = (
    "SELECT table_name, column_name FROM information_schema.columns "
    "WHERE table_schema = current_schema() AND is_identity = 'YES'"
)


@contextmanager
def _failures() -> Iterator[None]:
    """Raise what psycopg raises without its words, which may quote data or the address."""
    try:
        yield
    except psycopg.Error as error:
        raise ServerFailed(type(error).__name__, _trouble_of(error)) from None


def _trouble_of(error: psycopg.Error) -> Trouble | None:
    if error.sqlstate is None:  # not said by the server: it could not be asked, or its answer not be heard
        return Trouble.FAILING if isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError)) else None
    return _TROUBLES.get(error.sqlstate) or _TROUBLES_BY_CLASS.get(error.sqlstate[:2])


def open_postgresql(url: str, *, create: bool = False, without_tls: bool = False) -> PostgresqlEngine:
    """Open the database at an address. Raises StoreUnusable with what to do."""
    if not without_tls and not is_safe(url):
        raise StoreUnusable(wording.NO_TLS)
    try:
        engine = PostgresqlEngine(lambda: connected(url))
    except psycopg.Error as error:
        raise StoreUnusable(_why_not(str(error))) from None
    try:
        _refuse_unusable(engine, create=create)
    except BaseException:
        engine.close()
        raise
    return engine


def connected(url: str) -> Connection[Row]:
    """Return a connection. Raises psycopg.Error."""
    connection: Connection[Any] = psycopg.connect(
        url,
        autocommit=True,  # transactions are begun and ended by name
        row_factory=dict_row,
        prepare_threshold=None,  # a prepared statement fails once another process has changed its table
        connect_timeout=CONNECT_WITHIN,
        tcp_user_timeout=UNHEARD_FOR,
        keepalives_idle=5,
        keepalives_interval=5,
        application_name=_NAME,
        client_encoding="UTF8",
    )
    connection.adapters.register_dumper(int, Int8Dumper)  # whatever its size, so that a statement has one meaning
    try:
        connection.execute(_SESSION.encode())
    except BaseException:
        connection.close()
        raise
    return connection


def _refuse_unusable(engine: PostgresqlEngine, *, create: bool) -> None:
    """Refuse a database that this version would not understand, before anything is written to it."""
    if engine.query("SELECT current_setting('server_encoding') AS name") != [{"name": "UTF8"}]:
        raise StoreUnusable(wording.NOT_UTF8)
    if engine.query("SELECT current_schema() AS name") == [{"name": None}]:
        raise StoreUnusable(wording.NO_SCHEMA)
    if engine.is_newer():
        raise StoreUnusable(wording.NEWER_ON_SERVER)
    if engine.is_empty() and not create:
        raise NoDatabase(wording.NOTHING_ON_SERVER)


def _why_not(words: str) -> str:
    """Return why a server can't be used. Its own words are left out: of a mistyped address they quote a part."""
    if "too many" in words or "connection slots" in words:
        return wording.SERVER_IS_CROWDED
    has_no_role = 'role "' in words and "does not exist" in words
    if has_no_role or any(one in words for one in ("authentication failed", "no password", "permission denied")):
        return wording.SERVER_REFUSES
    if "SSL" in words or "certificate" in words:
        return wording.SERVER_WITHOUT_TLS
    return wording.SERVER_UNREACHABLE
