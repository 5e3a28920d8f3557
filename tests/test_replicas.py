"""Several copies of the bot on one PostgreSQL: one leads, and another takes over when it dies."""

import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from unittest import mock

import psycopg
import pytest
from structlog.testing import capture_logs

from bot import app
from bot.config import Settings
from bot.demo.stage import settings_for
from bot.demo.telegram import Person, PretendTelegram, World
from bot.store import Store
from bot.store import lead as lead_of_store
from bot.store.lead import SharedLead
from bot.store.postgresql import PostgresqlEngine, open_postgresql
from tests.databases import Server
from tests.process import start_logging_to

PATIENCE = 30.0
"""Seconds of real time after which what should happen has not."""


def waits_until(is_so: Callable[[], bool]) -> bool:
    """Wait for something in another thread or process."""
    end = time.monotonic() + PATIENCE
    while not (so := is_so()) and time.monotonic() < end:
        time.sleep(0.05)
    return so


@pytest.fixture
def address(server: Server) -> Iterator[str]:
    """The address of a current database."""
    with server.migrated() as made:
        yield made


@contextmanager
def seeking(address: str) -> Iterator[SharedLead]:
    """Seek the lead."""
    engine = open_postgresql(address)
    assert isinstance(engine, PostgresqlEngine)
    lead = SharedLead(address, engine, lambda _: None)
    lead.seek(lambda: None)
    try:
        yield lead
    finally:
        lead.leave()
        engine.close()


def test_one_leads_and_another_takes_over(address: str) -> None:
    """Whoever leaves hands the lead on."""
    with ExitStack() as first:
        one = first.enter_context(seeking(address))
        assert waits_until(one.holds)
        with seeking(address) as other:
            assert not other.holds()
            first.close()
            assert waits_until(other.holds)
            assert not one.holds()


def test_the_lead_ends_with_its_connection(address: str, server: Server) -> None:
    """A server that ends the connection ends the lead; it is sought again."""
    with seeking(address) as lead:
        assert waits_until(lead.holds)
        server.run(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid != pg_backend_pid()"
        )
        assert waits_until(lambda: not lead.holds())
        assert waits_until(lead.holds)


def test_a_server_that_stays_away_is_one_line_a_minute(address: str, tmp_path: Path) -> None:
    """However often it is asked who leads."""
    nowhere = "postgresql://somebody@127.0.0.1:9/nowhere"
    settings = settings_for(tmp_path, "http://127.0.0.1:9", "1:MADE-UP-TOKEN", database_url=nowhere)
    tries: list[float] = []

    def fails(_url: str) -> None:
        tries.append(time.monotonic())
        raise psycopg.OperationalError("gone")

    store = Store(open_postgresql(address))
    with mock.patch.object(lead_of_store, "connected", fails), capture_logs() as lines:
        lead = app._lead(settings, store, lambda: datetime.now(UTC))
        lead.seek(lambda: None)
        assert waits_until(lambda: len(tries) > 2)
        lead.leave()
    store.engine.close()
    assert [line["event"] for line in lines] == ["whoever leads can't be told"]


def test_practices_in_schemas_of_their_own_do_not_stand_in_each_others_way(address: str) -> None:
    """Each has its own lead."""
    places = [f"{address}&options=-csearch_path%3Dpractice_{one}" for one in "ab"]
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA practice_a; CREATE SCHEMA practice_b")
    for place in places:
        engine = open_postgresql(place, create=True)
        engine.migrate()
        engine.close()
    with seeking(places[0]) as one, seeking(places[1]) as other:
        assert waits_until(lambda: one.holds() and other.holds())


def test_a_practice_is_not_told_of_what_another_in_the_same_database_writes(address: str) -> None:
    """Each in its schema: a hint would only wake it for nothing."""
    heard: list[str] = []
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA practice_b")
    engine = open_postgresql(address)
    own, other = open_postgresql(address), open_postgresql(f"{address}&options=-csearch_path%3Dpractice_b", create=True)
    other.migrate()
    lead = SharedLead(address, engine, lambda _: None)
    lead.seek(lambda: heard.append("written"))
    try:
        assert waits_until(lead.holds)
        for writer in (other, own):
            with writer.atomic():
                writer.execute("INSERT INTO marks (name, at) VALUES ('made-up', 1)")
        assert waits_until(lambda: bool(heard))
        assert heard == ["written"]
    finally:
        lead.leave()
        for one in (engine, own, other):
            one.close()


def test_who_is_told_of_a_writing_is_everybody_else(address: str) -> None:
    """A hint for whoever leads that there is something to be sent; not of what it has written itself."""
    heard: list[str] = []
    engine, other = open_postgresql(address), open_postgresql(address)
    lead = SharedLead(address, engine, lambda _: None)
    lead.seek(lambda: heard.append("written"))
    try:
        assert waits_until(lead.holds)
        for writer in (engine, other):
            with writer.atomic():
                writer.execute("INSERT INTO marks (name, at) VALUES ('made-up', 1) ON CONFLICT DO NOTHING")
        assert waits_until(lambda: bool(heard))
        assert heard == ["written"]
    finally:
        lead.leave()
        engine.close()
        other.close()


# the process


@pytest.fixture
def world(telegram: PretendTelegram, token: str) -> World:
    """The world of a bot that runs several times."""
    return telegram.world(token)


def _free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"127.0.0.1:{taken.getsockname()[1]}"


@contextmanager
def _copies(folder: Path, *settings: Settings) -> Iterator[list["subprocess.Popen[bytes]"]]:
    """Run copies of the bot, the first of which leads, and stop those that are left cleanly."""
    copies = []
    try:
        for number, one in enumerate(settings):
            own = folder / str(number)
            own.mkdir()
            with (own / "log.txt").open("wb") as log:
                copies.append(start_logging_to(log, one, own))
            if number == 0:
                assert waits_until(lambda: b"leads from now on" in (folder / "0" / "log.txt").read_bytes())
        yield copies
        left = [copy for copy in copies if copy.poll() is None]
        for copy in left:
            copy.send_signal(signal.SIGTERM)
        assert [copy.wait(30) for copy in left] == [0] * len(left)
    finally:
        for copy in copies:
            copy.kill()
            copy.wait()


def _was_answered(someone: Person, times: int) -> bool:
    return times == sum("Your privacy here." in message.text for message in someone.sees() if message.from_bot)


def test_another_copy_takes_over_when_the_one_that_leads_is_killed(
    world: World, telegram_url: str, tmp_path: Path, address: str
) -> None:
    """By polling only one receives; what is said to nobody is answered by the one that comes after."""
    settings = settings_for(tmp_path, telegram_url, world.token, database_url=address)
    someone = world.person(7_000_001, "Robin")
    someone.starts()
    with _copies(tmp_path, settings, settings) as copies:
        someone.says("/privacy")
        assert world.wait_until(partial(_was_answered, someone, 1), PATIENCE)
        copies[0].kill()
        someone.says("/privacy")
        assert world.wait_until(partial(_was_answered, someone, 2), PATIENCE)


def test_what_is_handed_to_any_copy_is_answered_by_the_one_that_leads(
    world: World, telegram_url: str, tmp_path: Path, address: str
) -> None:
    """Telegram hands over to the one that does not lead, which stores and handles; the other one sends."""
    listens = _free_port()
    hook = f"http://{listens}/updates"
    leading, following = (
        settings_for(tmp_path, telegram_url, world.token, database_url=address, webhook_url=hook, webhook_listen=where)
        for where in (_free_port(), listens)
    )
    someone = world.person(7_000_001, "Robin")
    someone.starts()
    with _copies(tmp_path, leading, following):
        someone.says("/privacy")
        assert world.wait_until(partial(_was_answered, someone, 1), PATIENCE)
        assert world.wait_until(lambda: world.pending_updates == 0, PATIENCE)
