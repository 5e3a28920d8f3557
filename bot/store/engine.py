"""What the subjects ask of a database, whichever it is, and what can be wrong with one.

A transaction is the only one at its time on either engine: what one has read, no other changes before it ends.
"""

import errno
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from enum import Enum
from typing import Any, Protocol

import sqlcipher3

Row = dict[str, Any]
Values = Mapping[str, Any]


class Engine(Protocol):
    """A database with transactions. Statements use named parameters (`:name`), and are the same for all engines."""

    def atomic(self) -> AbstractContextManager[None]:
        """Run a block as one transaction; a block within a block is a savepoint."""
        ...

    def reading(self) -> AbstractContextManager[None]:
        """Run a block that only reads, all of it as of one moment, and may take its time while others go on writing."""
        ...

    def query(self, sql: str, values: Values | None = None) -> list[Row]:
        """Return the rows that a statement yields, as they are in this transaction: not to be changed."""
        ...

    def query_once(self, sql: str, values: Values | None = None) -> list[Row]:
        """Return the rows that a statement yields, which nobody will ask for again: they are not remembered."""
        ...

    def execute(self, sql: str, values: Values | None = None) -> int:
        """Run a statement and return how many rows it changed."""
        ...

    def execute_many(self, sql: str, values: Iterable[Values]) -> None:
        """Run a statement once for each set of values."""
        ...

    def take_time(self) -> None:
        """Let the transaction that has begun take as long as it needs, also between its statements."""
        ...

    def tables(self) -> list[str]:
        """Return the names of all tables that hold something of somebody, in order."""
        ...

    @property
    def backend(self) -> int:
        """Return the server's own number for this connection; 0 while there is none, and for a file."""
        ...

    def is_shared(self, besides: int = 0) -> bool:
        """Tell whether another process of this project is connected, as far as the database knows of others.

        `besides` is a connection that does not count.
        """
        ...

    def is_current(self) -> bool:
        """Tell whether all migrations have been applied."""
        ...

    def is_newer(self) -> bool:
        """Tell whether a newer version of this project has made changes that this one does not know."""
        ...

    def migrate(self) -> None:
        """Bring the schema up to date."""
        ...

    def count_on(self) -> None:
        """Let rows that get their number by themselves go on after the highest there is, whoever gave it."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


def is_on_server(url: str) -> bool:
    """Tell whether an address names a database on a PostgreSQL server."""
    return url.startswith(("postgresql://", "postgres://"))


class Readings:
    """What was read in a transaction since something was written: one decision asks for the same again."""

    def __init__(self) -> None:
        self._rows: dict[object, list[Row]] = {}

    def forget(self) -> None:
        """Forget all: something may have changed."""
        self._rows.clear()

    def of(self, sql: str, values: Values | None, read: Callable[[str, Values | None], list[Row]]) -> list[Row]:
        """Return what a statement reads, from memory if it was read before."""
        asked = sql, tuple(values.items()) if values else ()
        found = self._rows.get(asked)
        if found is None:
            found = self._rows[asked] = read(sql, values)
        return found


class StoreUnusable(Exception):
    """The database can't be opened; the message says why and what to do."""


class NoDatabase(StoreUnusable):
    """There is no database yet where one was looked for."""


class Trouble(Enum):
    """What the machine does to the database, through no fault of what is read or written."""

    LOCKED = ("locked",)
    FULL = ("full",)
    READ_ONLY = ("readonly", "read-only")
    FAILING = ("disk I/O", "unable to open")
    DAMAGED = ("malformed", "not a database")


class ServerFailed(Exception):
    """A database server refused something, or is gone. The message is the kind of error: its words may quote data."""

    def __init__(self, kind: str, trouble: Trouble | None) -> None:
        super().__init__(kind)
        self.kind = kind
        self.trouble = trouble


_TROUBLES_OF_FILES = {
    errno.ENOSPC: Trouble.FULL,
    errno.EDQUOT: Trouble.FULL,
    errno.EROFS: Trouble.READ_ONLY,
    errno.EACCES: Trouble.READ_ONLY,
}


def trouble_of(error: Exception) -> Trouble | None:
    """Return which trouble an error comes from, SQLite's told apart by its own words; None: from another cause."""
    if isinstance(error, ServerFailed):
        return error.trouble
    if isinstance(error, OSError):  # of the journal, which is written along with the database
        return _TROUBLES_OF_FILES.get(error.errno or 0, Trouble.FAILING)
    if not isinstance(error, sqlcipher3.DatabaseError):
        return None
    return next((one for one in Trouble if any(words in str(error) for words in one.value)), None)
