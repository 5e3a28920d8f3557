"""Who leads among several processes on one PostgreSQL: whoever holds a lock, on a connection of its own.

The lock ends with the connection, so whoever dies leads no more. A process that is cut off from the server stops by
itself before the server gives its lock away.
"""

import threading
import time
from collections.abc import Callable
from contextlib import closing

import psycopg
import structlog

from bot.store.postgresql import CHANNEL, PostgresqlEngine, connected

LOCK = int.from_bytes(b"lead")
TRY_EVERY = 1.0
"""Seconds from one look to the next."""
HOLDS_FOR = 5.0
"""Seconds for which an answer of the server holds."""
_SESSION = """
SET statement_timeout = '3s';
SET tcp_keepalives_idle = 3;
SET tcp_keepalives_interval = 1;
SET tcp_keepalives_count = 5;
SET tcp_user_timeout = '8s'
"""
"""After eight seconds the server gives away the lock of a machine that has vanished, and has stopped by itself."""
_TRY = f"SELECT pg_try_advisory_lock({LOCK}, hashtext(current_schema())) AS holds"

log = structlog.get_logger()


class SharedLead:
    """Seeks the lead in a thread of its own, as long as the process runs. See `bot.leading.Lead`."""

    def __init__(self, url: str, engine: PostgresqlEngine, cut_off: Callable[[Exception], object]) -> None:
        """`cut_off` is told, in a thread of its own, why the server can't be asked, each time that it is tried."""
        self._url = url
        self._engine = engine
        self._cut_off = cut_off
        self._answered_at: float | None = None
        """When the server was last asked, and said that this process leads."""
        self.term = 0
        self._left = threading.Event()
        self._thread: threading.Thread | None = None

    def holds(self) -> bool:
        """Tell whether this process leads. If the server has not said so for a while, it does not."""
        answered_at = self._answered_at
        return answered_at is not None and time.monotonic() - answered_at < HOLDS_FOR

    def seek(self, woken: Callable[[], object]) -> None:
        """Lead as soon as nobody else does; call `woken` when another process has written something."""
        self._thread = threading.Thread(target=self._seek, args=(woken,), name="lead", daemon=True)
        self._thread.start()

    def leave(self) -> None:
        """Lead no more; somebody else may at once."""
        self._left.set()
        if self._thread is not None:
            self._thread.join()

    def _seek(self, woken: Callable[[], object]) -> None:
        while not self._left.is_set():
            try:
                with closing(connected(self._url)) as connection:
                    connection.execute(_SESSION.encode())
                    _listen(connection)
                    self._hold(connection, woken)
            except Exception as error:  # whatever it is: without this thread the process would never lead again
                self._cut_off(error)
            finally:
                self._answered_at = None
            self._left.wait(TRY_EVERY)

    def _hold(self, connection: "psycopg.Connection[dict[str, object]]", woken: Callable[[], object]) -> None:
        """Take the lock, and keep it until the connection is lost."""
        has_lock = False
        while not self._left.is_set():
            asked_at = time.monotonic()
            row = connection.execute(b"SELECT true AS holds" if has_lock else _TRY.encode()).fetchone()
            if row is not None and row["holds"]:
                if not has_lock:
                    self.term += 1
                    log.info("leads from now on")
                has_lock, self._answered_at = True, asked_at
            for note in connection.notifies(timeout=TRY_EVERY):
                if note.pid != self._engine.backend:
                    woken()
                if time.monotonic() - asked_at > TRY_EVERY:
                    break


def _listen(connection: "psycopg.Connection[dict[str, object]]") -> None:
    found = connection.execute(f"SELECT {CHANNEL} AS name".encode()).fetchone()
    assert found is not None
    connection.execute(f'LISTEN "{found["name"]}"'.encode())
