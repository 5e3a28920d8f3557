"""A bot that hangs ends itself, so that its supervisor starts it again; a bot that only waits goes on."""

import asyncio
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
import structlog

from bot import watchdog as watching
from bot.app import Ended, beat
from bot.polling import Poller
from bot.watchdog import HUNG, LOOK_EVERY, LOOKS, Part, Watchdog
from tests.command_line import environment_of
from tests.stories.practice import Practice


@pytest.fixture
def hung() -> list[Part]:
    """What the watchdog has ended the process for."""
    return []


@pytest.fixture
def watchdog(hung: list[Part]) -> Watchdog:
    """A watchdog that only notes that it would end the process."""
    return Watchdog(hung.append)


@pytest.mark.parametrize("part", Part)
def test_a_part_that_stands_still_for_long_ends_the_process(watchdog: Watchdog, hung: list[Part], part: Part) -> None:
    """Not one look before its time."""
    watchdog.beat(part)
    for _ in range(LOOKS[part] - 1):
        watchdog.look()
    assert hung == []
    watchdog.look()
    assert hung == [part]


def test_a_loop_that_hangs_ends_the_process_within_a_minute() -> None:
    """At the longest: the last beat may come right after a look, and the line in the log may be waited for in vain."""
    looks = LOOKS[Part.LOOP] + 1
    assert looks * LOOK_EVERY + watching._TIME_TO_LOG < 60


def test_a_part_that_turns_now_and_then_is_left_alone(watchdog: Watchdog, hung: list[Part]) -> None:
    """However long it goes on."""
    for _ in range(100):
        watchdog.beat(Part.LOOP)
        for _ in range(LOOKS[Part.LOOP] - 1):
            watchdog.look()
    assert hung == []


def test_what_has_never_turned_is_not_waited_for(watchdog: Watchdog, hung: list[Part]) -> None:
    """A bot that waits for the network at its start has nothing to receive or send yet."""
    watchdog.beat(Part.LOOP)
    for _ in range(100):
        watchdog.look()
        watchdog.beat(Part.LOOP)
    assert hung == []


def test_a_part_that_ends_ends_the_bot(practice: Practice, watchdog: Watchdog, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever it is, the error names it and its place, never what the failure said."""

    async def fail(*_: object) -> None:
        raise RuntimeError("a client's words")

    monkeypatch.setattr(Poller, "run", fail)
    with pytest.raises(Ended) as ended:
        practice.runner.run(practice.app.run(asyncio.Event(), watchdog))
    assert ended.value.part is Part.RECEIVING
    assert str(ended.value).startswith("receiving: RuntimeError")
    assert "words" not in str(ended.value)


def test_a_part_that_just_stops_ends_the_bot_too(
    practice: Practice, watchdog: Watchdog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing that must go on for ever may end, not even without an error."""

    async def stop(*_: object) -> None:
        return

    monkeypatch.setattr(Poller, "run", stop)
    with pytest.raises(Ended, match="receiving: without an error"):
        practice.runner.run(practice.app.run(asyncio.Event(), watchdog))


def test_a_network_outage_turns_on_and_is_said_once_a_minute(
    practice: Practice, watchdog: Watchdog, hung: list[Part]
) -> None:
    """Through hours without a network the receiver backs off and keeps turning."""
    polls = 0

    async def pauses(seconds: float) -> None:
        nonlocal polls
        polls += 1
        if polls == 200:
            raise asyncio.CancelledError
        await practice.stage.clock.sleep(seconds)
        for _ in range(int(seconds // 5) + 1):
            watchdog.look()

    practice.stage.runner.run(practice.app.telegram.close())
    started = practice.now
    with structlog.testing.capture_logs() as logged, pytest.raises(asyncio.CancelledError):
        practice.runner.run(practice.app.receiver.run(pauses, beat(watchdog, Part.RECEIVING)))
    practice.stage.runner.run(practice.app.telegram.open())

    minutes = (practice.now - started).total_seconds() / 60
    assert minutes > 90
    assert hung == []
    assert minutes / 2 <= len(logged) <= minutes + 1


SCRIPT = """
import time
import bot.app, bot.watchdog
from bot.cli import main

bot.watchdog.LOOK_EVERY = 0.05
{hang}
main()
"""
HANGING = """
bot.app.handle_some = lambda house: time.sleep(3600)
"""


def _start(practice: Practice, folder: Path, hang: str, stderr: int = subprocess.PIPE) -> "subprocess.Popen[bytes]":
    """Start `alliance run` with a faster watchdog."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ALLIANCE_")}
    environment = {**kept, **environment_of(practice.settings), "ALLIANCE_LOG_LEVEL": "DEBUG"}
    command = [sys.executable, "-c", SCRIPT.format(hang=hang), "run"]
    return subprocess.Popen(command, cwd=folder, env=environment, stderr=stderr)


def test_a_process_whose_loop_hangs_ends_with_one_line(practice: Practice, tmp_path: Path) -> None:
    """The line says where it hangs; the exit code asks the supervisor to start it again."""
    practice.goes_down()
    with _start(practice, tmp_path, HANGING) as process:
        _, err = process.communicate(timeout=30)

    assert process.returncode == HUNG
    [line] = [line for line in err.decode().splitlines() if "critical" in line]
    assert "the bot hangs and ends itself, to be started again" in line
    assert "part='the event loop' at='bot/app.py:" in line


def test_a_process_whose_log_is_stuck_ends_all_the_same(practice: Practice, tmp_path: Path) -> None:
    """With nobody to read its log, a process can't even write the line."""
    practice.goes_down()
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writing, b"x" * 4096)
    os.set_blocking(writing, True)
    with _start(practice, tmp_path, "", stderr=writing) as process:
        assert process.wait(timeout=30) == HUNG
    os.close(reading)
    os.close(writing)


def test_an_hour_of_the_machines_sleep_is_no_hang(practice: Practice, watchdog: Watchdog, hung: list[Part]) -> None:
    """The clock may jump as it likes: what counts is how often was looked."""
    watchdog.beat(Part.LOOP)
    practice.later(hours=1)
    watchdog.look()
    assert hung == []
