"""The process: composed anew on the same files after every kill, and played one turn at a time."""

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from unittest import mock

import sqlcipher3
from sqlcipher3 import dbapi2 as sqlcipher
from telegram.error import TelegramError

from bot import telegram_api, ticks
from bot.app import App, Time, start
from bot.backlog import handle_next
from bot.config import Settings
from bot.databases import open_store
from bot.demo.stage import TurnedClock
from bot.store import Store
from bot.store.engine import Row, StoreUnusable, trouble_of
from bot.store.marks import Mark
from bot.store.sqlite import path_of
from tests.chaos.simulator.machine import Killed, Life, Machine
from tests.chaos.simulator.network import Network

MOST_TURNS = 5_000
"""A bot that has not come to rest after so many turns never will."""
TRIES = 3
"""How often something is tried again at once when the network or the disk fails, before time passes."""


class Process:
    """The bot as an operating system sees it: it runs, it dies, it is started again."""

    def __init__(self, settings: Settings, machine: Machine, network: Network, clock: TurnedClock) -> None:
        self.settings = settings
        self.machine = machine
        self.network = network
        self.clock = clock
        self.app: App | None = None
        self.kills = 0
        self.starts = 0
        network.meanwhile = self._meanwhile
        self._is_listening = False
        self._view: Store | None = None

    @property
    def file(self) -> Path:
        """Return where the database lies."""
        return path_of(self.settings.database)

    async def start(self) -> None:
        """Start the bot as its supervisor would: again and again until it runs, or time must pass first."""
        for _ in range(TRIES):
            if self.network.is_down:
                return
            try:
                self.app = await self._start()
            except Killed:
                await self._bury()
            except sqlcipher.OperationalError as error:
                _forgive(error)
                await self._bury()
            except StoreUnusable as error:
                if not str(error).startswith("The disk of"):
                    raise
                await self._bury()
            else:
                return

    async def _start(self) -> App:
        self.starts += 1
        time = Time(self.clock.now, self.clock.monotonic, self.clock.sleep)
        with (
            mock.patch.object(sqlcipher3, "connect", self.machine.connect),
            mock.patch.object(telegram_api, "Transport", self.network.request),
        ):
            store = open_store(self.settings, create=True)
            store.engine.migrate()
            return await start(self.settings, store, time)

    async def stop(self) -> None:
        """Stop the bot as SIGTERM would."""
        if self.app is not None:
            await self.app.telegram.close()
            self.app = None
            self.machine.close_all()

    async def settle(self, most_turns: int = MOST_TURNS) -> None:
        """Let the bot do all that there is to do now, as far as network and disk let it."""
        failures = 0
        for _ in range(most_turns):
            if self.network.error is not None:
                raise self.network.error
            if self.app is None:
                await self.start()
            if self.app is None:
                return
            try:
                if not await self.app.turn():
                    return
            except Killed:
                await self._bury()
            except TelegramError:
                failures += 1
                await self._go_on_without_hearing(self.app)
            except sqlcipher.OperationalError as error:
                _forgive(error)
                failures += 1
            if failures >= TRIES:
                return
            if failures:
                await self.clock.sleep(1.0)
        assert most_turns < MOST_TURNS, "the bot never comes to rest"

    async def _go_on_without_hearing(self, app: App) -> None:
        """Do what the other loops of the process do while polling fails."""
        try:
            while handle_next(app.house):
                pass
            await app.deliverer.drain()
        except Killed:
            await self._bury()
        except sqlcipher.OperationalError as error:
            _forgive(error)

    async def _meanwhile(self) -> None:
        """Hear and handle what people do while a message is under way, as the loops beside it would."""
        if self._is_listening or self.app is None:
            return
        self._is_listening = True
        try:
            for _ in range(10):
                await asyncio.sleep(0)  # what was claimed by now is under way, too
            with suppress(TelegramError, sqlcipher.OperationalError):
                await self.app.receiver.step()
                while handle_next(self.app.house):
                    pass
        finally:
            self._is_listening = False

    def tidy(self) -> None:
        """Forget what needs no remembering any more, as the running bot does every hour."""
        if self.app is not None:
            with suppress(Killed, sqlcipher.OperationalError):
                ticks.tidy(self.app.house)

    async def die(self) -> None:
        """Die here and now, between two steps."""
        if self.app is not None:
            await self._bury()

    async def _bury(self) -> None:
        """Leave the files as they are at this moment, and let nothing else of the dead process happen."""
        self.kills += 1
        self.machine.life.is_over = True
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        self._keep_files()
        self.app = None
        self.machine.life = Life()

    def _keep_files(self) -> None:
        """Close the connection without the clean-up that closing brings: a dead process cleans nothing up."""
        kept = []
        for file in (self.file, Path(f"{self.file}-wal")):
            if file.exists():
                copy = file.with_name(f"{file.name}.kept")
                shutil.copyfile(file, copy)
                kept.append((copy, file))
        self._close_files()
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self.file}{suffix}").unlink(missing_ok=True)
        for copy, file in kept:
            copy.rename(file)

    def _close_files(self) -> None:
        self.machine.close_all()
        if self._view is not None:
            self._view.engine.close()
            self._view = None

    @contextmanager
    def view(self) -> Iterator[Store]:
        """Look into the database from outside: no fault concerns that."""
        if self.app is not None:
            with self.machine.watched():
                yield self.app.house.store
            return
        if self._view is None:
            self._view = open_store(self.settings)
        yield self._view

    def query(self, sql: str) -> list[Row]:
        """Look into the database from outside."""
        with self.view() as store:
            return store.engine.query(sql)

    def next_due(self) -> datetime | None:
        """Return when something falls due next; None if nothing does, or the bot does not run."""
        if self.app is None:
            return None
        with self.machine.watched():
            return ticks.next_at(self.app.house)

    async def has_listened(self) -> None:
        """Note that the bot was listening all the while, as a running one is."""
        if self.app is None or self.network.is_down:
            return
        try:
            with self.app.house.store.transaction() as transaction:
                transaction.marks.set(Mark.POLLED, self.clock.now())
        except Killed:
            await self._bury()
        except sqlcipher.OperationalError as error:
            _forgive(error)

    async def close(self) -> None:
        """Stop for good."""
        await self.stop()
        self._close_files()


def _forgive(error: Exception) -> None:
    """Go on after a failure of the disk. Raises whatever else it is."""
    if trouble_of(error) is None:
        raise error
