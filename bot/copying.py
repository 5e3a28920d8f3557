"""Moving a practice to another database: from the encrypted file to a PostgreSQL server, or back."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager

from bot.config import Settings
from bot.databases import CannotRun, lock, open_engine
from bot.operate import NotDone
from bot.store.copying import Differs, copy_rows
from bot.store.engine import Engine, is_on_server
from bot.store.snapshot import count_rows
from bot.store.sqlite import path_of
from conversations.wording import doctor as wording_of_doctor
from conversations.wording import operator as wording


def copy_database(settings: Settings) -> Mapping[str, int]:
    """Copy all rows to the other database that the settings name, compared one by one. Return how many, by table.

    Either all arrive or none. Raises CannotRun while the bot runs on either, NotDone, Misconfigured or StoreUnusable.
    """
    source_url, target_url = settings.database, settings.copy_target
    if source_url == target_url:
        raise NotDone(wording.COPY_TO_ITSELF)
    with (
        _alone_on(source_url),
        _alone_on(target_url),
        closing(open_engine(source_url, settings)) as source,
        closing(open_engine(target_url, settings, create=True)) as target,
    ):
        _check(source, target)
        target.migrate()
        try:
            return copy_rows(source, target)
        except Differs:
            raise NotDone(wording.COPY_DIFFERS) from None


@contextmanager
def _alone_on(url: str) -> Iterator[None]:
    """Keep the bot from running on a file meanwhile. Of a server its connections tell, once it is open."""
    if is_on_server(url):
        yield
        return
    with closing(lock(path_of(url))):
        yield


def _check(source: Engine, target: Engine) -> None:
    if source.is_shared(besides=target.backend) or target.is_shared(besides=source.backend):
        raise CannotRun(wording.SERVER_IN_USE)
    if not source.is_current():
        raise NotDone(wording_of_doctor.NOT_CURRENT)
    if any(count_rows(target).values()):
        raise NotDone(wording.TARGET_NOT_EMPTY)
