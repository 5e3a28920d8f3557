"""The database that the settings name: opened, and kept for one process where it is a file."""

import fcntl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

from bot.config import Settings
from bot.store import Store
from bot.store.engine import Engine, StoreUnusable, is_on_server
from bot.store.journal import JournalFile
from bot.store.sqlite import open_encrypted, path_of
from conversations.wording import failures as wording


class CannotRun(Exception):
    """The bot can't start; the message says why and what to do."""


def open_store(settings: Settings, *, create: bool = False) -> Store:
    """Open the database. Raises StoreUnusable with what to do."""
    engine = open_engine(settings.database, settings, create=create)
    if is_on_server(settings.database):
        return Store(engine)  # several may write there: no one file could say what happened
    return Store(engine, JournalFile.of(settings.journal, settings.key))


def open_engine(url: str, settings: Settings, *, create: bool = False) -> Engine:
    """Open the database at an address, on the engine that this names. Raises StoreUnusable with what to do."""
    if not is_on_server(url):
        return open_encrypted(path_of(url), settings.key, create=create)
    try:  # an extra, which nobody needs who keeps the data in a file
        from bot.store.postgresql import open_postgresql  # noqa: PLC0415
    except ImportError:
        raise StoreUnusable(wording.NO_POSTGRESQL) from None
    return open_postgresql(url, create=create, without_tls=settings.database_without_tls == "yes")


def lock_file(path: Path) -> Path:
    """Return the file that the running bot holds locked, next to its database."""
    return path.with_suffix(".lock")


def lock(path: Path) -> IO[str]:
    """Make sure that this is the only process that runs the bot on this database. Keep what is returned."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    held = lock_file(path).open("w")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        held.close()
        raise CannotRun(wording.already_runs(str(path))) from None
    return held


@contextmanager
def own(database: str) -> Iterator[None]:
    """Keep a file for this process alone; on a server there may be several."""
    if is_on_server(database):
        yield
        return
    with closing(lock(path_of(database))):
        yield
