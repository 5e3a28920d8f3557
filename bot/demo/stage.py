"""The real bot on a stage: the pretend Telegram, a database of its own, and a clock that somebody turns."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from pathlib import Path

from bot import ticks
from bot.app import App, Time, compose
from bot.config import Settings
from bot.databases import open_store
from bot.demo.telegram import World
from bot.store.marks import Mark

PATIENCE = 0.5
"""Seconds of real time in which a request under way lands; whatever takes longer waits for the clock itself."""
MOST_TURNS = 10_000
"""A stage that has not come to rest after so many turns never will."""


class TurnedClock:
    """A clock that stands still until somebody turns it; waiting turns it by as much."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._seconds = 0.0

    def now(self) -> datetime:
        """Return the time it shows."""
        return self._now

    def monotonic(self) -> float:
        """Return the seconds it has been turned forward."""
        return self._seconds

    async def sleep(self, seconds: float) -> None:
        """Wait: what is under way lands, for it takes no time here; then the clock moves."""
        under_way = asyncio.all_tasks() - {asyncio.current_task()}
        if under_way:
            await asyncio.wait(under_way, timeout=PATIENCE)
        self.turn(timedelta(microseconds=ceil(seconds * 1_000_000)))  # a wait shorter than that would not end

    def turn(self, by: timedelta) -> None:
        """Turn it, forward or back. Seconds that never go back don't."""
        self._now += by
        self._seconds += max(0.0, by.total_seconds())


@dataclass(frozen=True, slots=True)
class Stage:
    """The bot with its world and its clock, played one turn at a time."""

    app: App
    world: World
    clock: TurnedClock
    runner: asyncio.Runner

    def settle(self) -> None:
        """Let the bot do everything that there is to do now."""
        self.runner.run(self._settle())

    async def _settle(self) -> None:
        for _ in range(MOST_TURNS):
            if not await self.app.turn():
                return
        raise RuntimeError("the bot never comes to rest")

    def turn_to(self, moment: datetime, after_step: Callable[[], None] = lambda: None) -> None:
        """Turn the clock forward to `moment`, with the bot running: what falls due happens at its own time.

        `after_step` is called at each of these times, when all that fell due has happened.
        """
        self.settle()
        while (due := ticks.next_at(self.app.house)) is not None and due <= moment:
            self._turn_to(due)
            after_step()
        self._turn_to(moment)
        after_step()

    def _turn_to(self, moment: datetime) -> None:
        if moment > self.clock.now():
            self.clock.turn(moment - self.clock.now())
        self._has_polled()
        self.settle()

    def _has_polled(self) -> None:
        """Note that the bot was listening all the while, as a running one is."""
        with self.app.house.store.transaction() as transaction:
            transaction.marks.set(Mark.POLLED, self.clock.now())

    def be_away_until(self, moment: datetime) -> None:
        """Turn the clock forward while the bot is down, then start it again."""
        self.clock.turn(moment - self.clock.now())
        self.settle()


def open_stage(world: World, settings: Settings, clock: TurnedClock, runner: asyncio.Runner) -> Stage:
    """Start the bot on a stage."""
    world.now = clock.now
    store = open_store(settings, create=True)
    store.engine.migrate()
    app = runner.run(compose(settings, store, Time(clock.now, clock.monotonic, clock.sleep)))
    return Stage(app, world, clock, runner)


def close_stage(stage: Stage) -> None:
    """Stop the bot."""
    stage.runner.run(stage.app.telegram.close())
    stage.app.house.store.engine.close()


@contextmanager
def stage(world: World, settings: Settings, clock: TurnedClock) -> Iterator[Stage]:
    """Play on a stage, and clear it afterwards."""
    with asyncio.Runner() as runner:
        opened = open_stage(world, settings, clock, runner)
        try:
            yield opened
        finally:
            close_stage(opened)


def settings_for(folder: Path, url: str, token: str, **other: str) -> Settings:
    """Return the settings of a made-up practice that keeps its data in `folder`."""
    crisis_lines = folder / "crisis-lines.toml"
    crisis_lines.write_text('en = ["Helpline (made up): 0800 000 000", "Emergency: 112"]\n', encoding="utf-8")
    made_up = {
        "telegram_token": token,
        "telegram_api_url": url,
        "database_url": f"sqlite:///{folder / 'data' / 'alliance.db'}",
        "database_key": "d" * 64,
        "backup_dir": str(folder / "backups"),
        "practice_name": "Practice on the Square",
        "operator_contact": "Kim at the front desk, 020 0000 000",
        "crisis_lines": str(crisis_lines),
        "default_timezone": "Europe/Berlin",
    }
    return Settings.model_validate({**made_up, **other})
