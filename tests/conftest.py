"""One pretend Telegram for the whole run; each test gets a bot and a world of its own in it."""

import os

os.environ["PTB_TIMEDELTA"] = "true"

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from warnings import catch_warnings

import pytest
from coverage import Coverage
from coverage.exceptions import CoverageWarning

from bot.demo.telegram import PretendTelegram, serve
from tests.command_line import CommandLine, command_line
from tests.databases import NoServer, Server
from tests.databases import serve as serve_databases
from tests.stories.practice import Practice, Someone, practice_with

_numbers = count(1000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest tests, so that none of the workers is left alone with them at the end."""
    items.sort(key=lambda item: item.get_closest_marker("unmeasured") is None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    """Leave the making of unmeasured tests' fixtures out of the measurement, too."""
    with _measured(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Leave tests out of the measurement that would only see the same lines again, at twice the time."""
    with _measured(item):
        return (yield)


@contextmanager
def _measured(item: pytest.Item) -> Iterator[None]:
    measuring = Coverage.current() if item.get_closest_marker("unmeasured") else None
    if measuring is None:
        yield
        return
    measuring.stop()
    try:
        yield
    finally:
        with catch_warnings(action="ignore", category=CoverageWarning):  # that much was imported before
            measuring.start()


@pytest.fixture(scope="session")
def telegram() -> PretendTelegram:
    """The pretend Telegram."""
    return PretendTelegram()


@pytest.fixture(scope="session")
def telegram_url(telegram: PretendTelegram) -> Iterator[str]:
    """Its address."""
    with serve(telegram) as url:
        yield url


@pytest.fixture
def token() -> str:
    """A made-up token that no other test has."""
    return f"{next(_numbers)}:MADE-UP-TOKEN"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test on each of the engines that its nearest mark names; without one, on SQLite."""
    marked = metafunc.definition.get_closest_marker("engines")
    if marked is not None and "database_url" in metafunc.fixturenames:
        metafunc.parametrize("database_url", marked.args, indirect=True)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A PostgreSQL server. Where there is none, what asks for it is skipped."""
    try:
        with serve_databases() as served:
            yield served
    except NoServer as why:
        pytest.skip(str(why))


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database: a file that is not there yet, or a current one on a server."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield f"sqlite:///{tmp_path / 'data' / 'alliance.db'}"
        return
    with request.getfixturevalue("server").migrated() as address:
        yield address


@pytest.fixture
def practice(
    telegram: PretendTelegram, telegram_url: str, tmp_path: Path, token: str, database_url: str
) -> Iterator[Practice]:
    """A practice in Berlin, on Monday 2 March 2026 at 08:00."""
    with practice_with(telegram, telegram_url, tmp_path, token, database_url=database_url) as opened:
        yield opened


@pytest.fixture
def therapist(practice: Practice) -> Someone:
    """A therapist who has just enrolled."""
    return practice.therapist()


@pytest.fixture
def shell(practice: Practice, tmp_path: Path) -> CommandLine:
    """The command line next to a bot that runs on the same database."""
    return command_line(tmp_path, practice.settings, practice.stage.clock.now)
