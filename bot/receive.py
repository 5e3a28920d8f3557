"""From Telegram to the inbox: stored first, acknowledged after. Then handled, in order."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from telegram.error import Conflict, InvalidToken, TelegramError

from bot import handle
from bot.house import House
from bot.logs import where
from bot.read import Gap
from bot.store.engine import Trouble, trouble_of
from bot.store.inbox import NewUpdate, ReceivedUpdate
from bot.store.marks import Mark
from bot.telegram_api import BATCH, LONG_POLL, TelegramApi
from bot.updates import ALLOWED_UPDATES, Unparsable, callback_id, has_number, lane_of

TAPS_LIVE_FOR = timedelta(seconds=150)
"""After this Telegram drops a tap that was not fetched; messages live for 24 hours."""
SILENT_FOR = timedelta(seconds=90)
"""Longer than a poll takes: without any answer for so long, nobody knows what people have said meanwhile."""
IDS_HOLD_FOR = timedelta(days=6)
"""After a week without updates Telegram's ids begin anew at random, perhaps below those that were confirmed."""
LONGEST_PAUSE = 30.0
AT_ONCE = 10
"""How many updates are handled before others have their turn, and what was said reaches the disk."""
FIRST_PAUSE = timedelta(seconds=1)

TOKEN_REFUSED = "telegram refuses the token: nothing is received; check ALLIANCE_TELEGRAM_TOKEN"  # noqa: S105, a sentence
SOMEBODY_ELSE_POLLS = "another program polls with the same token, or a webhook is set: stop it, or see alliance doctor"

log = structlog.get_logger()


class Receiver:
    """Polls Telegram and stores what comes, from offset 0 at a start and after quiet days: ids may have begun anew."""

    def __init__(self, house: House, telegram: TelegramApi) -> None:
        self._house = house
        self._telegram = telegram
        self._offset = 0
        self._newest_at = house.clock()
        self._read_all = False
        self._heard_at: datetime | None = None
        self._spinners: set[asyncio.Task[None]] = set()
        self.arrived = asyncio.Event()

    def is_current(self) -> bool:
        """Tell whether everything that people said up to a moment ago is in the inbox."""
        fresh = self._heard_at is not None and self._house.clock() - self._heard_at <= SILENT_FOR
        return self._read_all and fresh

    async def run(self, sleep: Callable[[float], Awaitable[None]], turned: Callable[[], None]) -> None:
        """Poll until cancelled; after failures ever more slowly. Raises the error of a damaged database."""
        pause = 1.0
        while True:
            turned()
            try:
                await self.step(LONG_POLL if self.is_current() else 0)
                pause = 1.0
            except Exception as error:
                if trouble_of(error) is Trouble.DAMAGED:
                    raise
                self._complain(error)
                await sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    async def step(self, timeout: int = 0) -> int:
        """Poll once, store what came, and only then move on. Return how many updates came."""
        asked_at = self._house.clock()
        if asked_at - self._newest_at > IDS_HOLD_FOR:
            self._offset = 0  # all below was confirmed long ago; ids that begin anew may be lower
        try:
            updates = await self._telegram.updates(self._offset, ALLOWED_UPDATES, timeout)
        except TelegramError as error:
            self._read_all = self._read_all and self.is_current()
            if isinstance(error, Conflict):
                self._note_conflict()
            raise
        numbered = [update for update in updates if has_number(update)]
        if len(numbered) < len(updates):
            log.error("updates without a number were left out", number=len(updates) - len(numbered))
        self._store(numbered, asked_at)
        self._move_on(numbered)
        self._read_all = len(updates) < BATCH
        self._stop_spinners(numbered)
        self.arrived.set()
        return len(numbered)

    def _move_on(self, updates: list[dict[str, Any]]) -> None:
        """Confirm with the next poll what is stored now."""
        if updates:
            self._offset = max(self._offset, *(int(one["update_id"]) + 1 for one in updates))
            self._newest_at = self._house.clock()

    def _note_conflict(self) -> None:
        """Remember it for `alliance doctor`, which can't ask Telegram without getting in the way itself."""
        with self._house.store.transaction() as transaction:
            transaction.marks.set(Mark.CONFLICT, self._house.clock())

    def _store(self, updates: list[dict[str, Any]], asked_at: datetime) -> None:
        now = self._house.clock()
        rows = [NewUpdate(one["update_id"], json.dumps(one), lane_of(one)) for one in updates]
        with self._house.store.transaction() as transaction:
            heard_at = transaction.marks.get(Mark.POLLED)
            if heard_at is not None and asked_at - heard_at > TAPS_LIVE_FOR:
                transaction.marks.set(Mark.AWAY, now)
            transaction.marks.set(Mark.POLLED, now)
            transaction.inbox.add(self._telegram.bot_id, rows, now)
        self._heard_at = now
        self._house.troubles.could_write()

    def _stop_spinners(self, updates: list[dict[str, Any]]) -> None:
        """Stop the spinners of tapped buttons. Nothing is lost if this fails, so nobody waits for it."""
        for update in updates:
            tapped = callback_id(update)
            if tapped is not None:
                task = asyncio.create_task(self._stop_spinner(tapped))
                self._spinners.add(task)
                task.add_done_callback(self._spinners.discard)

    async def _stop_spinner(self, tapped: str) -> None:
        try:
            await self._telegram.stop_spinner(tapped)
        except TelegramError as error:
            log.debug("a spinner was not stopped", error=type(error).__name__)

    def _complain(self, error: Exception) -> None:
        troubles, now = self._house.troubles, self._house.clock()
        match error:
            case InvalidToken():
                troubles.complain(TOKEN_REFUSED, error, now)
            case Conflict():
                troubles.complain(SOMEBODY_ELSE_POLLS, error, now)
            case TelegramError():
                troubles.warn("telegram can't be reached", error, now)
            case _:
                troubles.complain("receiving failed", error, now)

    async def finish(self) -> None:
        """Wait for what is under way."""
        if self._spinners:
            await asyncio.wait(self._spinners)


def handle_some(house: House) -> int:
    """Handle updates that wait, a few of them with one trip to the disk. Return how many.

    Each is a transaction of its own all the same, which succeeds or fails by itself; a crash before the trip undoes
    them together, and all of them still wait then.
    """
    with house.store.transaction():
        return next((number for number in range(AT_ONCE) if not handle_next(house)), AT_ONCE)


def handle_next(house: House) -> bool:
    """Handle the first update that waits. Return False if there is none.

    A fault of the machine, such as a full disk, is raised and costs no attempt; one that the update brings about is
    counted, so that it does not hold up another.
    """
    update = house.store.look().inbox.next(house.clock())
    if update is None:
        return False
    try:
        handle.handle(update, house)
    except Unparsable as error:
        log.error("an update can't be read and was parked", error=str(error))
        handle.give_up(update, str(error), house)
    except Exception as error:
        if trouble_of(error) is not None:
            raise
        _failed(update, error, house)
    return True


def _failed(update: ReceivedUpdate, error: Exception, house: House) -> None:
    log.error("handling an update failed", error=where(error), attempt=update.attempts + 1)
    if not handle.try_again(update, type(error).__name__, house, FIRST_PAUSE * 2**update.attempts):
        log.error("an update failed too often and was parked")
        handle.give_up(update, type(error).__name__, house)


def catch_up(house: House) -> bool:
    """After a gap in receiving, ask anew what was asked before it. Return whether there was a gap."""
    was_away = house.store.look().marks.get(Mark.AWAY) is not None
    if was_away:
        handle.handle(Gap(), house)
    return was_away
