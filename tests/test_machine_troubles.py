"""A full, failing or read-only disk, a damaged file, a newer schema: one clear line each, and nothing is damaged."""

import asyncio
import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlcipher3 import dbapi2 as sqlcipher

from bot import app
from bot.config import Settings
from bot.databases import open_store
from bot.demo.stage import settings_for
from bot.demo.telegram import Person, PretendTelegram, World
from bot.store.sqlite import SqliteEngine, path_of
from bot.watchdog import Watchdog
from tests.command_line import command_line
from tests.process import start, start_logging_to
from tests.stories.practice import Practice

FULL = "the disk is full: nothing is received, handled or sent until there is room"
FAILS = (
    "the disk fails or is full, or the database server is gone: nothing is received, handled or sent "
    "until it can be written to"
)
RECOVERED = "the database can be written to again: everything goes on"


@pytest.fixture
def world(telegram: PretendTelegram, token: str) -> World:
    """The pretend Telegram."""
    return telegram.world(token)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    try:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], check=True, capture_output=True)  # noqa: S607
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("a small disk can't be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)  # noqa: S607


@pytest.fixture
def settings(world: World, telegram_url: str, tmp_path: Path, token: str) -> Settings:
    """The settings of a practice with an empty database."""
    assert world
    return made(settings_for(tmp_path, telegram_url, token))


def made(settings: Settings) -> Settings:
    """Make the database of these settings."""
    store = open_store(settings, create=True)
    store.engine.migrate()
    store.engine.close()
    return settings


def fill(disk: Path) -> Path:
    """Fill a disk to its last byte, and return the file that does."""
    filling = disk / "filling"
    with suppress(OSError), filling.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(512))
    return filling


def polls(world: World) -> int:
    """Return how often the bot has polled."""
    return sum(call.method == "getUpdates" for call in list(world.calls))


def is_answered(person: Person, times: int) -> bool:
    """Tell whether somebody was told so often what they can do."""
    return sum("What you can do here" in message.text for message in person.sees()) == times


def goes_through(
    world: World, settings: Settings, folder: Path, begin: Callable[[int], object], end: Callable[[int], object]
) -> list[str]:
    """Let a trouble begin and end while the bot runs and somebody writes. Return the log."""
    person = world.person(9_200_001)
    person.starts()
    with start_logging_to(subprocess.PIPE, settings, folder) as bot:
        person.says("/help")
        assert world.wait_until(partial(is_answered, person, 1), 20)
        assert world.wait_until(lambda: world.pending_updates == 0, 20)
        begin(bot.pid)
        person.says("/help")
        before = polls(world)
        assert world.wait_until(lambda: polls(world) >= before + 3, 40)
        assert world.pending_updates == 1, "an update was acknowledged that was not stored"
        end(bot.pid)
        assert world.wait_until(partial(is_answered, person, 2), 40)
        assert world.wait_until(lambda: world.pending_updates == 0, 20)
        bot.terminate()
        _, log = bot.communicate(timeout=30)
    assert bot.returncode == 0
    store = open_store(settings)
    assert isinstance(store.engine, SqliteEngine)
    assert store.engine.is_sound()
    store.engine.close()
    return log.decode().splitlines()


def lines_with(words: str, log: list[str]) -> int:
    """Return how many lines say something."""
    return sum(words in line for line in log)


def test_a_full_disk_stops_nothing_for_good(world: World, disk: Path, tmp_path: Path, telegram_url: str) -> None:
    """Updates stay with Telegram, one line says why, and once there is room everything goes on."""
    settings = settings_for(tmp_path, telegram_url, world.token)
    on_disk = made(settings.model_copy(update={"database_url": SecretStr(f"sqlite:///{disk}/data/alliance.db")}))

    log = goes_through(world, on_disk, tmp_path, begin=lambda _: fill(disk), end=lambda _: (disk / "filling").unlink())

    assert (lines_with(FULL, log), lines_with(RECOVERED, log)) == (1, 1)
    assert [line for line in log if "error" in line and FULL not in line] == []


def test_a_disk_that_fails_stops_nothing_for_good(world: World, settings: Settings, tmp_path: Path) -> None:
    """Writing beyond a limit fails as a broken disk does: one line, and then everything goes on."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit(pid: int) -> None:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, hard))

    def lift(pid: int) -> None:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))

    log = goes_through(world, settings, tmp_path, begin=limit, end=lift)

    assert (lines_with(FAILS, log), lines_with(RECOVERED, log)) == (1, 1)


def ends(settings: Settings, folder: Path) -> str:
    """Let a start of the bot fail, and return its only line."""
    with start(settings, folder) as bot:
        assert bot.wait(30) == 1
    [line] = (folder / "log.txt").read_text().splitlines()
    return line


def test_a_disk_that_is_full_at_the_start_is_one_line(
    world: World, disk: Path, tmp_path: Path, telegram_url: str
) -> None:
    """Whether the database is there already or not; the supervisor tries again, and once there is room it runs."""
    settings = settings_for(tmp_path, telegram_url, world.token)
    on_disk = settings.model_copy(update={"database_url": SecretStr(f"sqlite:///{disk}/data/alliance.db")})
    fill(disk)
    path = path_of(on_disk.database)
    line = f"The disk of {path} is full. Make room and try again. Nothing was changed."
    assert ends(on_disk, tmp_path) == line

    (disk / "filling").unlink()
    made(on_disk)
    fill(disk)
    (tmp_path / "log.txt").unlink()
    assert ends(on_disk, tmp_path) == line

    (disk / "filling").unlink()
    with start(on_disk, tmp_path) as bot:
        assert world.wait_until(lambda: polls(world) > 0, 20)
        bot.terminate()
        assert bot.wait(30) == 0


def test_a_read_only_disk_is_one_line(world: World, disk: Path, tmp_path: Path, telegram_url: str) -> None:
    """For the bot and for every command that needs the database."""
    settings = settings_for(tmp_path, telegram_url, world.token)
    on_disk = made(settings.model_copy(update={"database_url": SecretStr(f"sqlite:///{disk}/data/alliance.db")}))
    before = path_of(on_disk.database).read_bytes()
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)  # noqa: S607
    path = path_of(on_disk.database)
    line = f"The disk of {path} is read-only, and the bot must write to it. Nothing was changed."

    assert ends(on_disk, tmp_path).startswith("The database can't be written to.")
    assert command_line(tmp_path, on_disk).types("therapist", "list").complaint == line
    assert f"bad   {line}" in command_line(tmp_path, on_disk).types("doctor").lines
    assert path.read_bytes() == before


def damage(settings: Settings) -> bytes:
    """Damage the pages of the outbox of a bot that has run before, and return what the file is now."""
    store = open_store(settings)
    with store.transaction() as transaction:
        transaction.journal.keep(datetime.now(UTC))
    [row] = store.engine.query("SELECT rootpage FROM sqlite_master WHERE name = 'outbox'")
    store.engine.close()
    path = path_of(settings.database)
    content = bytearray(path.read_bytes())
    content[(row["rootpage"] - 1) * 4096 + 100] ^= 0xFF
    path.write_bytes(content)
    return bytes(content)


DAMAGED = "The database is damaged. Stop the bot, keep the file as it is, and go back to the last backup."


def test_a_damaged_file_is_one_line(settings: Settings, tmp_path: Path) -> None:
    """The bot does not start on it, the doctor finds it, and the file stays as it is."""
    content = damage(settings)

    assert ends(settings, tmp_path) == DAMAGED
    assert f"bad   {DAMAGED}" in command_line(tmp_path, settings).types("doctor").lines
    assert path_of(settings.database).read_bytes() == content


def test_damage_that_shows_while_the_bot_runs_ends_it(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is parked or given up for it: the error is the file's, not the update's."""

    def fail(_: object) -> bool:
        raise sqlcipher.DatabaseError("database disk image is malformed")

    monkeypatch.setattr(app, "handle_some", fail)
    with pytest.raises(sqlcipher.DatabaseError):
        practice.runner.run(practice.app.run(asyncio.Event(), Watchdog(lambda _: None)))


def test_a_database_of_a_newer_version_is_left_alone(settings: Settings, tmp_path: Path) -> None:
    """This version does not know what is in it: it says so, and writes nothing."""
    store = open_store(settings)
    store.engine.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('alliance', '9999_later', '')"
    )
    store.engine.close()
    path = path_of(settings.database)
    before = path.read_bytes(), os.stat(path).st_mtime_ns
    line = (
        f"The database at {path} was made by a newer version of this bot. Nothing was changed. "
        "Install that version again, or go back to a backup from before it."
    )

    assert ends(settings, tmp_path) == line
    assert command_line(tmp_path, settings).types("therapist", "list").complaint == line
    assert f"bad   {line}" in command_line(tmp_path, settings).types("doctor").lines
    assert (path.read_bytes(), os.stat(path).st_mtime_ns) == before
