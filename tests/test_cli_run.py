"""`alliance run` as a process of its own: one line, clean stops, and only one of it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from bot.config import Settings
from bot.demo.stage import settings_for
from bot.demo.telegram import PretendTelegram
from bot.store.sqlite import open_encrypted, path_of
from tests.command_line import command_line, environment_of


@pytest.fixture
def settings(telegram: PretendTelegram, telegram_url: str, tmp_path: Path, token: str) -> Settings:
    """The settings of a practice whose bot has never run."""
    telegram.world(token)
    return settings_for(tmp_path, telegram_url, token)


def start(folder: Path, settings: Settings) -> "subprocess.Popen[str]":
    """Start `python -m bot run`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ALLIANCE_")}
    return subprocess.Popen(
        [sys.executable, "-m", "bot", "run"],
        cwd=folder,
        env={**kept, **environment_of(settings)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def running(folder: Path, settings: Settings) -> Iterator["tuple[subprocess.Popen[str], str]"]:
    """Start the bot and wait for its first line."""
    with start(folder, settings) as process:
        assert process.stderr is not None
        try:
            yield process, process.stderr.readline()
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_who_it_is_and_stops_cleanly(tmp_path: Path, settings: Settings, number: signal.Signals) -> None:
    """One line names the bot, the practice and what it listens to; a signal ends it with exit code 0."""
    with running(tmp_path, settings) as (process, line):
        process.send_signal(number)
        out, err = process.communicate()

    assert "@demo_check_in_bot for Practice on the Square, listening by polling http://127.0.0.1:" in line
    assert (process.returncode, out) == (0, "")
    assert "event='stopped'" in err
    assert settings.token not in line + err


def test_a_second_copy_exits_with_a_clear_line(tmp_path: Path, settings: Settings) -> None:
    """The first one runs on."""
    with running(tmp_path, settings) as (first, _):
        with start(tmp_path, settings) as second:
            out, err = second.communicate()
        still_runs = first.poll() is None

    assert (second.returncode, out) == (1, "")
    assert err == f"The bot already runs on {tmp_path}/data/alliance.db. Stop that one first.\n"
    assert still_runs


def test_doctor_sees_the_running_bot_and_leaves_it_alone(
    tmp_path: Path, settings: Settings, telegram: PretendTelegram
) -> None:
    """It is told by its lock and its polls, not by a poll of the doctor's own."""
    world = telegram.world(settings.token)
    shell = command_line(tmp_path, settings)
    with running(tmp_path, settings) as (process, _):
        assert world.wait_until(lambda: any(call.method == "getUpdates" for call in world.calls))
        lines = shell.types("doctor").lines
        while not any("and looked for what is due" in line for line in lines):  # its first tick is a few seconds away
            assert process.poll() is None
            lines = shell.types("doctor").lines

    assert any(line.startswith("ok    The bot runs: it heard from Telegram ") for line in lines)
    assert all(call.ok for call in world.calls if call.method == "getUpdates")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_can_be_stopped_while_telegram_is_away(tmp_path: Path, settings: Settings, number: signal.Signals) -> None:
    """A bot that waits for Telegram says so, and stops as cleanly, with nothing left open."""
    away = settings.model_copy(update={"telegram_api_url": "http://127.0.0.1:1"})
    with running(tmp_path, away) as (process, line):
        process.send_signal(number)
        _, err = process.communicate()

    assert "telegram can't be reached" in line
    assert process.returncode == 0
    assert [line.partition("event=")[2] for line in err.splitlines()] == ["'stopped'"]


def test_a_refused_token_ends_it_with_one_line(tmp_path: Path, settings: Settings) -> None:
    """There is nothing to wait for."""
    refused = settings.model_copy(update={"telegram_token": type(settings.telegram_token)("777:NOT-REGISTERED")})
    with start(tmp_path, refused) as process:
        out, err = process.communicate()

    assert (process.returncode, out) == (1, "")
    assert err == "Telegram refuses the token. Check ALLIANCE_TELEGRAM_TOKEN, or get a new one from @BotFather.\n"


def test_another_key_ends_it_with_one_line(tmp_path: Path, settings: Settings) -> None:
    """The library below says nothing of its own, and not one byte of the database changes."""
    path = path_of(settings.database)
    with closing(open_encrypted(path, "e" * 64, create=True)) as engine:
        engine.migrate()
    before = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    with start(tmp_path, settings) as process:
        out, err = process.communicate()

    assert (process.returncode, out) == (1, "")
    assert err.startswith("The key does not open the database at ")
    assert err.count("\n") == 1
    assert before[path.name]
    assert {file.name: file.read_bytes() for file in path.parent.iterdir() if file.suffix != ".lock"} == before


def test_without_settings_it_is_one_line(tmp_path: Path) -> None:
    """A fresh folder says what is missing first."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ALLIANCE_")}
    ended = subprocess.run(
        [sys.executable, "-m", "bot", "run"], cwd=tmp_path, env=kept, capture_output=True, text=True, check=False
    )

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("ALLIANCE_PRACTICE_NAME is not set.")
    assert ended.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
