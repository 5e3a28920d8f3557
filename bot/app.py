"""The composition root: wires everything, starts, stops. The only place that reads the machine's clock."""

import asyncio
import gc
import os
import signal
import time
from collections.abc import Awaitable, Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import NoReturn

import structlog
import uvloop
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from telegram.error import InvalidToken, TelegramError

from bot import logs, profile, ticks
from bot.backlog import UPDATES_AT_ONCE, catch_up, handle_some
from bot.backups import Archive
from bot.config import Settings
from bot.databases import CannotRun, open_store, own
from bot.deliver import IN_FLIGHT, Deliverer
from bot.house import Clock, House
from bot.leading import Alone, Lead
from bot.logs import where
from bot.pace import Pace
from bot.polling import Poller
from bot.receive import Receiver
from bot.store import Store
from bot.store.engine import Trouble, is_on_server, trouble_of
from bot.telegram_api import TelegramApi
from bot.troubles import Troubles
from bot.watchdog import Part, Watchdog, end_process
from bot.webhook import Address, Webhook, listen
from conversations.wording import failures as wording

log = structlog.get_logger()


class Ended(Exception):
    """A part of the bot ended that never should, and the bot with it."""

    def __init__(self, part: Part, error: BaseException | None) -> None:
        self.part = part
        self.where = where(error) if error else "without an error"
        super().__init__(f"{part}: {self.where}")


@dataclass(frozen=True, slots=True)
class Time:
    """The clock on the wall, seconds that never go back, and how to wait."""

    now: Clock
    monotonic: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]


def machine_time() -> Time:
    """Return the machine's own time."""
    return Time(lambda: datetime.now(UTC), time.monotonic, asyncio.sleep)


@dataclass(frozen=True, slots=True)
class App:
    """The bot, ready to work."""

    house: House
    lead: Lead
    telegram: TelegramApi
    receiver: Receiver
    deliverer: Deliverer
    time: Time
    archive: Archive | None
    """None: whoever runs the database server makes the backups."""

    async def turn(self) -> bool:
        """Receive, handle, tick and send once, one after the other. Return whether anything happened."""
        received = await self.receiver.step()
        handled = self._handle_all()
        due = await ticks.tick(self.house) if self.caught_up() else 0
        sent = await self.deliverer.drain()
        return bool(received or handled or due or sent)

    def _handle_all(self) -> int:
        number = 0
        while handled := handle_some(self.house):
            number += handled
        if self.caught_up():
            number += catch_up(self.house)
        return number

    def caught_up(self) -> bool:
        """Tell whether all that people said has been heard and handled: until then nobody is asked anything."""
        if not self.receiver.intake.is_current():
            return False
        return self.house.store.look().inbox.waiting() == 0

    async def run(self, stop: asyncio.Event, watchdog: Watchdog) -> None:
        """Work until `stop` is set. Raises Ended, or the database's own error, if a part of the work ends by itself."""
        self.lead.seek(partial(asyncio.get_running_loop().call_soon_threadsafe, self.deliverer.woken.set))
        try:
            await self._work(stop, watchdog)
        finally:
            self.lead.leave()

    async def _work(self, stop: asyncio.Event, watchdog: Watchdog) -> None:
        scheduler = ticks.schedule(
            self.house,
            self.archive,
            caught_up=self._may_tick,
            rest=ticks.room_for(self.receiver.intake.somebody_speaks, self.time.sleep),
            spoke=self.deliverer.woken.set,
            turned=beat(watchdog, Part.TICKING),
        )
        scheduler.start()
        parts = {
            Part.RECEIVING: self.receiver.run(self.time.sleep, beat(watchdog, Part.RECEIVING)),
            Part.HANDLING: self._handle(scheduler, beat(watchdog, Part.HANDLING)),
            Part.SENDING: self._deliver(beat(watchdog, Part.SENDING)),
        }
        tasks = {asyncio.create_task(loop): part for part, loop in parts.items()}
        stopping = asyncio.create_task(stop.wait())
        ended, _ = await asyncio.wait([*tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
        scheduler.shutdown(wait=False)
        for task in (*tasks, stopping):
            task.cancel()
        await asyncio.wait([*tasks, stopping])
        await self.receiver.finish()
        for task, part in tasks.items():
            if task in ended:
                _raise_why(part, task.exception())

    def _may_tick(self) -> bool:
        return self.lead.holds() and self.caught_up()

    async def _handle(self, scheduler: AsyncIOScheduler, turned: Callable[[], None]) -> None:
        """Handle what has arrived, one update after the other; then what fell due meanwhile need not wait."""
        could_tick = False
        while True:
            turned()
            try:
                while handled := handle_some(self.house):
                    turned()
                    self.deliverer.woken.set()
                    if handled < UPDATES_AT_ONCE:
                        break
                    await asyncio.sleep(0)
                caught_up = self.caught_up()
                if caught_up and catch_up(self.house):
                    self.deliverer.woken.set()
                may_tick = caught_up and self.lead.holds()
                if may_tick and not could_tick:
                    ticks.tick_now(scheduler)
                could_tick = may_tick
            except Exception as error:
                self._complain("handling failed", error)
            self.receiver.intake.arrived.clear()
            with suppress(TimeoutError):  # not wait_for, which may swallow a cancellation before Python 3.12
                async with asyncio.timeout(1.0):
                    await self.receiver.intake.arrived.wait()

    async def _deliver(self, turned: Callable[[], None]) -> None:
        while True:
            try:
                await self.deliverer.run(turned)
            except Exception as error:
                self._complain("sending failed", error)
                await self.time.sleep(1.0)

    def _complain(self, what_failed: str, error: Exception) -> None:
        """Log what may pass; a damaged database does not, and the bot ends before it makes things worse."""
        if trouble_of(error) is Trouble.DAMAGED:
            raise error
        self.house.troubles.complain(what_failed, error, self.house.clock())


def beat(watchdog: Watchdog, part: Part) -> Callable[[], None]:
    """Return what a part calls at each of its turns."""
    return lambda: watchdog.beat(part)


def _raise_why(part: Part, error: BaseException | None) -> NoReturn:
    if isinstance(error, Exception) and trouble_of(error) is not None:
        raise error
    raise Ended(part, error)


async def compose(settings: Settings, store: Store, clock: Time) -> App:
    """Connect to Telegram and wire everything. Raises CannotRun if Telegram refuses the token, or a port is taken."""
    address = _listen(settings)
    telegram = TelegramApi(settings.token, settings.telegram_api_url, in_flight=IN_FLIGHT)
    try:
        username = await _introduce(telegram, clock)
    except BaseException:
        await telegram.close()
        if address is not None:
            address.listener.close()
        raise
    house = House(store, settings.practice(username), clock.now)
    lead = _lead(settings, store, clock.now)
    receiver = Poller(house, telegram, lead) if address is None else Webhook(house, telegram, lead, address)
    app: App

    def caught_up() -> bool:
        return app.caught_up()

    deliverer = Deliverer(house, telegram, lead, Pace(clock.monotonic, clock.sleep), caught_up)
    archive = None if is_on_server(settings.database) else Archive.of(settings)
    app = App(house, lead, telegram, receiver, deliverer, clock, archive)
    return app


def _lead(settings: Settings, store: Store, clock: Clock) -> Lead:
    """Return who leads: the only copy, or one of several on a server."""
    if not is_on_server(settings.database):
        return Alone()
    from bot.store.lead import SharedLead  # noqa: PLC0415, see open_engine
    from bot.store.postgresql import PostgresqlEngine  # noqa: PLC0415

    assert isinstance(store.engine, PostgresqlEngine)
    troubles = Troubles()  # its own: they come from another thread

    def cut_off(error: Exception) -> None:
        troubles.warn("whoever leads can't be told", error, clock())

    return SharedLead(settings.database, store.engine, cut_off)


def _listen(settings: Settings) -> Address | None:
    """Listen for what Telegram hands over; None: it is fetched."""
    if not settings.webhook_url:
        return None
    try:
        return listen(settings.webhook_url, settings.webhook_listen)
    except (OSError, UnicodeError) as error:
        raise CannotRun(_why_not(error, settings.webhook_listen)) from None


def _why_not(error: OSError | UnicodeError, where: str) -> str:
    name, number = "ALLIANCE_WEBHOOK_LISTEN", error.errno if isinstance(error, OSError) else None
    if isinstance(error, UnicodeError) or (number or 0) < 0:  # what looks names up counts its errors from -1 down
        return wording.no_such_host(name, where)
    return wording.cannot_listen(name, where, os.strerror(number) if number else type(error).__name__)


async def _introduce(telegram: TelegramApi, clock: Time) -> str:
    """Return the bot's user name; wait for Telegram if it can't be reached yet."""
    pause = 1.0
    while True:
        try:
            return await telegram.open()
        except InvalidToken:
            raise CannotRun(wording.TOKEN_REFUSED) from None
        except TelegramError as error:
            log.warning("telegram can't be reached", error=type(error).__name__)
            await clock.sleep(pause)
            pause = min(2 * pause, 30.0)


def run(settings: Settings) -> None:
    """Run the bot until SIGTERM or SIGINT. Raises CannotRun, Misconfigured, StoreUnusable or OSError."""
    settings.practice("")
    logs.configure(settings.log_level, settings.secrets)
    logs.catch_strays()
    os.umask(0o077)
    with own(settings.database):
        store = open_store(settings, create=True)
        with closing(store.engine):
            store.engine.migrate()
            with store.transaction() as transaction:
                transaction.journal.keep(machine_time().now())
            uvloop.run(_run(settings, store))


async def _run(settings: Settings, store: Store) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.set_exception_handler(logs.log_stray)
    watchdog = Watchdog(end_process)
    heart = asyncio.create_task(_beat(watchdog))
    with watchdog.watching():
        await _work(settings, store, stop, watchdog)
    heart.cancel()


async def _beat(watchdog: Watchdog) -> None:
    """Turn as long as the event loop does."""
    while True:
        watchdog.beat(Part.LOOP)
        await asyncio.sleep(1.0)


async def _work(settings: Settings, store: Store, stop: asyncio.Event, watchdog: Watchdog) -> None:
    starting = asyncio.create_task(start(settings, store, machine_time()))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait([starting, stopping], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not starting.done():
        starting.cancel()
        await asyncio.wait([starting])
        log.info("stopped")
        return
    app = starting.result()
    gc.freeze()  # what is there by now stays: looking through it again and again finds nothing
    try:
        await app.run(stop, watchdog)
    finally:
        await app.telegram.close()
    log.info("stopped")


async def start(settings: Settings, store: Store, clock: Time) -> App:
    """Wire everything on a database that a process before may have left at any moment. Raises CannotRun."""
    app = await compose(settings, store, clock)
    try:
        if app.lead.holds():
            app.deliverer.take_over()
        await profile.present(app.telegram, app.house.practice)
    except BaseException:
        await app.telegram.close()
        await app.receiver.finish()
        raise
    practice = app.house.practice
    way = f"webhook at {settings.webhook_listen}" if settings.webhook_url else f"polling {settings.telegram_api_url}"
    log.info(f"@{practice.bot_username} for {practice.name}, listening by {way}")
    return app
