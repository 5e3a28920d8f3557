"""Nothing that people say, are called or keep secret ends in a log line, or readable on the disk."""

import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot import logs
from bot.config import Settings
from bot.demo.stage import settings_for
from bot.demo.telegram import PretendTelegram
from bot.store.snapshot import copy_database
from bot.telegram_api import TelegramApi
from tests.canaries import CLIENT, COMMENT, KEPT, PEOPLE, THERAPIST, decrypted, found_in, live, prepare, secrets_of
from tests.command_line import environment_of
from tests.process import start
from tests.stories.practice import Practice


@pytest.fixture(scope="module")
def played(
    telegram: PretendTelegram, telegram_url: str, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Settings, Path]:
    """A practice in which something was said, and the folder with all that the real process left, killed at the end."""
    token, folder = "909090:MADE-UP-TOKEN-CANARY", tmp_path_factory.mktemp("played")
    world = telegram.world(token)
    settings = settings_for(folder, telegram_url, token, quiet_hours="none", check_in_delay="0s")
    link = prepare(settings)
    bot = start(settings, folder, log_level="DEBUG")
    try:
        live(world, world.person(9_100_001, THERAPIST), world.person(9_100_002, CLIENT), link)
    finally:
        bot.send_signal(signal.SIGKILL)
        bot.wait()
    return settings, folder


def test_no_log_line_says_who_or_what(played: tuple[Settings, Path]) -> None:
    """At DEBUG, with failures on the way, no log line has a token, a key, a name, an alias or an answer."""
    settings, folder = played
    logged = (folder / "log.txt").read_text()
    assert "an update can't be read and was parked" in logged
    assert "outcome unknown, will be sent again" in logged
    assert [secret for secret in (*secrets_of(settings), *PEOPLE) if secret in logged] == []


def test_nothing_can_be_read_on_the_disk_without_the_key(played: tuple[Settings, Path]) -> None:
    """The database and its write-ahead log, as a crash leaves them, hold no readable word."""
    _, folder = played
    files = [path.name for path in (folder / "data").iterdir() if path.stat().st_size]
    assert {"alliance.db", "alliance.db-wal"} <= set(files)
    assert found_in(folder / "data", PEOPLE) == []


def test_nothing_can_be_read_in_a_backup_or_the_journal_without_the_key(played: tuple[Settings, Path]) -> None:
    """Neither holds a readable word, nor the key."""
    settings, folder = played
    copy_database(folder / "data" / "alliance.db", settings.key, folder / "backups" / "copy.db")
    files = {path.name: path.read_bytes() for path in (folder / "backups").iterdir()}
    assert files.keys() == {"copy.db", "journal.txt"}
    secrets = (*PEOPLE, settings.key)
    assert [(name, word) for name in files for word in secrets if word.encode() in files[name]] == []


def test_the_same_search_finds_every_word_that_is_kept_once_the_data_is_plain(played: tuple[Settings, Path]) -> None:
    """The search can find what is there: decrypted, the database has the canaries that it must keep, and no other."""
    settings, folder = played
    assert {word for _, word in found_in(decrypted(settings, folder / "plain"), PEOPLE)} == KEPT


def test_what_holds_a_secret_does_not_show_it(played: tuple[Settings, Path]) -> None:
    """Whoever prints the settings or the client of the Bot API, as a debugger does, sees neither token nor key."""
    settings, _ = played
    api = TelegramApi(settings.token, settings.telegram_api_url, in_flight=1)
    shown = f"{settings} {settings!r} {api} {api!r} {api.bot} {api.bot!r}"
    assert [secret for secret in secrets_of(settings) if secret in shown] == []


def test_a_library_that_logs_an_exception_does_not_quote_it(capfd: pytest.CaptureFixture[str]) -> None:
    """What a library's exception says is left out of the log, and secrets are struck out of everything."""
    logs.configure("DEBUG", ["made-up-secret"])
    try:
        raise ValueError(COMMENT)
    except ValueError:
        logging.getLogger("made.up").exception("it failed with made-up-secret")
    logged = capfd.readouterr().err
    assert "it failed with ***" in logged
    assert "ValueError" in logged
    assert COMMENT not in logged


def test_nothing_that_could_be_shown_shows_a_secret(practice: Practice) -> None:
    """Neither the settings nor the bot, nor any part of it, by its `repr`."""
    settings, app = practice.settings, practice.app
    shown = [
        repr(one)
        for one in (settings, app, app.telegram, app.receiver, app.deliverer, app.house, app.house.store.engine)
    ]
    shown += [str(settings), f"{settings.model_dump()}", settings.model_dump_json()]
    assert [secret for secret in (settings.token, settings.key) if any(secret in one for one in shown)] == []


def test_no_argument_of_the_process_is_a_secret(practice: Practice, tmp_path: Path) -> None:
    """Every account of a machine can read the arguments of all processes."""
    practice.goes_down()
    made = practice.world.calls_made
    bot = start(practice.settings, tmp_path)
    try:
        assert practice.world.wait_until(lambda: practice.world.calls_made > made, 20)
        arguments = Path(f"/proc/{bot.pid}/cmdline").read_text()
    finally:
        bot.kill()
        bot.wait()
    assert "run" in arguments
    assert [secret for secret in (practice.settings.token, practice.settings.key) if secret in arguments] == []


STRAYS = """
import asyncio, gc, os, signal, threading
import bot.app
from bot.cli import main

WORDS = "words of a client, and " + os.environ["ALLIANCE_TELEGRAM_TOKEN"]


class Falling:
    def __del__(self):
        raise RuntimeError(WORDS)


async def fall():
    raise RuntimeError(WORDS)


def fall_in_a_thread():
    raise RuntimeError(WORDS)


def strays(house):
    threading.Thread(target=fall_in_a_thread).start()
    Falling()
    asyncio.get_running_loop().create_task(fall())
    asyncio.get_running_loop().call_later(0.5, gc.collect)
    asyncio.get_running_loop().call_later(1, os.kill, os.getpid(), signal.SIGTERM)
    bot.app.handle_some = lambda house: False
    return False


bot.app.handle_some = strays
main()
"""


def _run(script: str, practice: Practice, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run a script in place of `alliance run`."""
    practice.goes_down()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ALLIANCE_")}
    environment = {**kept, **environment_of(practice.settings)}
    command = [sys.executable, "-c", script, "run"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60)


def test_what_nobody_catches_is_a_line_without_words(practice: Practice, tmp_path: Path) -> None:
    """In a thread, in a task that nobody awaits, in what is thrown away: no traceback, no words, no secret."""
    ended = _run(STRAYS, practice, tmp_path)
    assert ended.returncode == 0
    assert ended.stderr.count("something failed that nobody waited for") == 3
    assert ended.stderr.count("RuntimeError") == 3
    assert [word for word in ("words", "Traceback", practice.settings.token) if word in ended.stderr] == []


def test_a_part_that_fails_ends_the_bot_with_a_line_without_words(practice: Practice, tmp_path: Path) -> None:
    """The line tells the kind and the place, for a report."""
    script = STRAYS.replace("bot.app.handle_some = strays", "bot.app.App._handle = lambda self, *_: fall()")
    ended = _run(script, practice, tmp_path)
    assert ended.returncode == 70
    assert ended.stderr.splitlines()[-1] == (
        "A part of the bot ended that should not (handling: RuntimeError), so it stops. Start it again and report this."
    )
    assert [word for word in ("words", "Traceback", practice.settings.token) if word in ended.stderr] == []
