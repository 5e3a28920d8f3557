"""Polling: Telegram is asked for what people said, again and again."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog
from telegram.error import Conflict, TelegramError

from bot.house import House
from bot.leading import Lead
from bot.receive import LONGEST_PAUSE, NOT_LEADING_FOR, Intake
from bot.store.engine import Trouble, trouble_of
from bot.telegram_api import BATCH, LONG_POLL, TelegramApi
from bot.updates import ALLOWED_UPDATES, RawUpdate, callback_id

IDS_HOLD_FOR = timedelta(days=6)
"""After a week without updates Telegram's ids begin anew at random, perhaps below those that were confirmed."""

log = structlog.get_logger()


class Poller:
    """Polls Telegram and stores what comes, from offset 0 at a start and after quiet days: ids may have begun anew."""

    def __init__(self, house: House, telegram: TelegramApi, lead: Lead) -> None:
        self._house = house
        self._lead = lead
        self._telegram = telegram
        self.intake = Intake(house, telegram.bot_id)
        self._is_free = False
        """Whether no webhook is in the way, as far as is known."""
        self._offset = 0
        self._newest_at = house.clock()
        self._spinners: set[asyncio.Task[None]] = set()

    async def run(self, sleep: Callable[[float], Awaitable[None]], turned: Callable[[], None]) -> None:
        """Poll until cancelled; after failures ever more slowly. Raises the error of a damaged database."""
        pause = 1.0
        while True:
            turned()
            if not self._lead.holds():
                self._is_free = self.intake.has_all = False
                await sleep(NOT_LEADING_FOR)
                continue
            try:
                await self.step(LONG_POLL if self.intake.is_current() else 0)
                pause = 1.0
            except Exception as error:
                if trouble_of(error) is Trouble.DAMAGED:
                    raise
                if self._is_anothers_turn(error):
                    continue
                self.intake.complain(error)
                await sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    async def step(self, timeout: int = 0) -> int:
        """Poll once, store what came, and only then move on. Return how many updates came."""
        asked_at = self._house.clock()
        if asked_at - self._newest_at > IDS_HOLD_FOR:
            self._offset = 0  # all below was confirmed long ago; ids that begin anew may be lower
        try:
            await self._take_webhook_away()
            updates = await self._telegram.updates(self._offset, ALLOWED_UPDATES, timeout)
        except TelegramError as error:
            self.intake.has_all = self.intake.is_current()
            if isinstance(error, Conflict) and not self._is_anothers_turn(error):
                self.intake.note_conflict()
            raise
        numbered = self.intake.store(updates, asked_at)
        self._move_on(numbered)
        self.intake.has_all = len(updates) < BATCH
        self._stop_spinners(numbered)
        return len(numbered)

    def _is_anothers_turn(self, error: Exception) -> bool:
        """Tell whether it is another copy of this bot that polls, and leads by now: Telegram ends the older poll."""
        return isinstance(error, Conflict) and not self._lead.holds()

    async def _take_webhook_away(self) -> None:
        """Take away a webhook that was set before. Only at the start: one that is set later is somebody else's."""
        if not self._is_free:
            await self._telegram.delete_webhook()
            self._is_free = True

    def _move_on(self, updates: list[RawUpdate]) -> None:
        """Confirm with the next poll what is stored now."""
        if updates:
            self._offset = max(self._offset, *(int(one["update_id"]) + 1 for one in updates))
            self._newest_at = self._house.clock()

    def _stop_spinners(self, updates: list[RawUpdate]) -> None:
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

    async def finish(self) -> None:
        """Wait for what is under way."""
        if self._spinners:
            await asyncio.wait(self._spinners)
