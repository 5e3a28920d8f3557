"""Backups by the clock: due by marks in the database, made beside all else, and never in the way."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from unittest import mock
from zoneinfo import ZoneInfo

import pytest
from apscheduler.events import EVENT_JOB_EXECUTED
from structlog.testing import capture_logs

from bot import backups, ticks
from bot.backups import Archive, back_up_when_due, is_due
from bot.config import Settings
from bot.store import snapshot
from bot.store.marks import Mark
from conversations.people import Account
from tests.command_line import environment_of
from tests.process import ROOT
from tests.stories.practice import Practice

BERLIN = ZoneInfo("Europe/Berlin")
THREE = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
"""03:00 in Berlin."""
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def archive(practice: Practice) -> Archive:
    """The archive of a practice that makes a backup at 03:00."""
    return Archive.of(practice.settings)


def looks(practice: Practice, archive: Archive) -> bool:
    """Let the bot look whether a backup is due, as it does every minute. Return whether one was made."""
    return practice.runner.run(back_up_when_due(archive, practice.app.house))


@pytest.mark.parametrize(
    ("backed_up", "tried", "now", "due"),
    [
        (None, None, THREE, True),  # never: at once
        (THREE - 24 * HOUR, None, THREE - MINUTE, False),
        (THREE - 24 * HOUR, None, THREE, True),
        (THREE, THREE, THREE + MINUTE, False),
        (THREE + 5 * HOUR, None, THREE + 23 * HOUR, False),  # by hand, after the one of the night
        (THREE - 24 * HOUR, THREE, THREE + 59 * MINUTE, False),  # failed: not before an hour has passed
        (THREE - 24 * HOUR, THREE, THREE + HOUR, True),
        (THREE - 80 * HOUR, None, THREE + 10 * HOUR, True),  # the bot was down at that hour
        (THREE - 24 * HOUR, THREE + 9 * HOUR, THREE, True),  # the clock was set back
    ],
)
def test_the_marks_tell_whether_one_is_due(
    archive: Archive, backed_up: datetime | None, tried: datetime | None, now: datetime, *, due: bool
) -> None:
    """Rows, not jobs: nothing is forgotten by a restart."""
    assert is_due(archive, backed_up, tried, now) is due
    assert not is_due(replace(archive, at=None), backed_up, tried, now)


def test_the_hour_is_that_of_the_practice_across_clock_changes(archive: Archive) -> None:
    """On the night on which 03:00 comes an hour early, and where 02:30 does not exist at all."""
    spring = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)  # the clock goes from 02:00 to 03:00
    assert is_due(archive, spring - HOUR, None, spring)
    assert not is_due(archive, spring - HOUR, None, spring - MINUTE)
    skipped = replace(archive, at=time(2, 30))
    assert is_due(skipped, spring - HOUR, None, spring)
    assert not is_due(skipped, spring - HOUR, None, spring - MINUTE)


def test_one_is_made_every_night(practice: Practice, archive: Archive) -> None:
    """The first at once, then one each night, as long as the bot looks."""
    made = []
    for _ in range(72):
        made.append(looks(practice, archive))
        practice.later(hours=1)

    assert made.count(True) == 4
    assert len(backups.backups(archive.folder)) == 4


def test_a_failure_is_logged_and_tried_again_in_an_hour(practice: Practice, archive: Archive) -> None:
    """The bot goes on; the log says what kind of error it was, and where."""
    with (
        capture_logs() as logged,
        mock.patch.object(backups, "copy_database", side_effect=OSError("made-up words")),
    ):
        assert not looks(practice, archive)
        practice.later(minutes=59)
        assert not looks(practice, archive)
    assert [one["log_level"] for one in logged] == ["error"]
    assert "made-up words" not in str(logged)
    assert not looks(practice, archive)
    practice.later(minutes=1)
    assert looks(practice, archive)


def test_the_bot_handles_updates_while_a_backup_is_made(practice: Practice, archive: Archive) -> None:
    """The copy is made in a thread, on a connection of its own: nobody waits for it, and it waits for nobody."""
    someone = practice.someone().starts()
    copy = snapshot.copy_database

    async def play() -> bool:
        waiting, loop = asyncio.Event(), asyncio.get_running_loop()

        def copy_slowly(database: Path, key: str, half: Path) -> dict[str, int]:
            asyncio.run_coroutine_threadsafe(waiting.wait(), loop).result(10)
            return copy(database, key, half)

        with mock.patch.object(backups, "copy_database", copy_slowly):
            making = asyncio.create_task(back_up_when_due(archive, practice.app.house))
            await asyncio.sleep(0)
            someone.phone.says("/help")
            while await practice.app.turn():
                pass
            waiting.set()
            return await making

    assert practice.runner.run(play())
    someone.sees("What you can do here")


def test_the_running_bot_looks_every_minute_and_tidies_every_hour(practice: Practice, archive: Archive) -> None:
    """Both run where the connection may be used."""
    house = practice.app.house
    with practice.stored() as transaction:
        transaction.marks.set(Mark.BACKED_UP, practice.now)
        transaction.people.save_account(Account(1))  # nobody's

    async def run() -> list[str]:
        scheduler = ticks.schedule(
            house,
            archive,
            caught_up=lambda: False,
            rest=ticks.let_others_go_first,
            spoke=lambda: None,
            turned=lambda: None,
        )
        ended: asyncio.Queue[str] = asyncio.Queue()
        scheduler.add_listener(lambda event: ended.put_nowait(event.job_id), EVENT_JOB_EXECUTED)
        scheduler.start()
        for job in scheduler.get_jobs():
            job.modify(next_run_time=datetime.now(UTC))
        found = [await asyncio.wait_for(ended.get(), 10) for _ in scheduler.get_jobs()]
        scheduler.shutdown(wait=False)
        return sorted(found)

    assert practice.runner.run(run()) == ["backup", "tick", "tidy"]
    with practice.stored() as transaction:
        assert transaction.people.account(1) is None


KILLED = """
import os, signal
from bot import backups
from bot.cli import main
copy = backups.copy_database
def copy_and_die(database, key, half):
    copy(database, key, half)
    os.kill(os.getpid(), signal.SIGKILL)
backups.copy_database = copy_and_die
main()
"""


def killed_while_backing_up(settings: Settings, folder: Path) -> int:
    """Run `alliance backup` in a process that dies when the copy is written, and has no name yet."""
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, "backup"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment_of(settings)},
        check=False,
    )
    return ended.returncode


def test_a_kill_leaves_no_half_backup(practice: Practice, archive: Archive, tmp_path: Path) -> None:
    """Nothing bears the name of a backup that was not finished; the next one clears the remains away."""
    assert killed_while_backing_up(practice.settings, tmp_path) == -signal.SIGKILL

    remains = [path.name for path in archive.folder.iterdir() if path.name != "journal.txt"]
    assert [name.startswith(".half-") for name in remains] == [True]
    assert backups.backups(archive.folder) == []
    assert looks(practice, archive)
    assert sorted(path.name for path in archive.folder.iterdir()) == [
        backups.backups(archive.folder)[0].path.name,
        "journal.txt",
    ]


@pytest.mark.parametrize("show", [repr, str])
def test_an_archive_does_not_show_its_key(archive: Archive, show: Callable[[object], str]) -> None:
    """Wherever it may end up."""
    assert archive.key not in show(archive)
