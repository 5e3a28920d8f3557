"""From Telegram to the inbox: stored first, acknowledged after. `polling.py` fetches, `webhook.py` is handed."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from telegram.error import Conflict, InvalidToken, TelegramError

from bot.house import House
from bot.store.inbox import NewUpdate
from bot.store.marks import Mark
from bot.updates import RawUpdate, has_number, lane_of

TAPS_LIVE_FOR = timedelta(seconds=150)
"""After this Telegram drops a tap that was not fetched; messages live for 24 hours."""
SILENT_FOR = timedelta(seconds=90)
"""Longer than a poll takes: without any answer for so long, nobody knows what people have said meanwhile."""
SPEAKS_FOR = timedelta(seconds=10)
"""Whoever has said something is likely to go on within so long."""
LONGEST_PAUSE = 30.0

TOKEN_REFUSED = "telegram refuses the token: nothing is received; check ALLIANCE_TELEGRAM_TOKEN"  # noqa: S105, a sentence
ADDRESS_REFUSED = "telegram refuses ALLIANCE_WEBHOOK_URL: nothing is received; correct it, and see alliance doctor"
SOMEBODY_ELSE_RECEIVES = "another program receives with the same token: stop it, or see alliance doctor"

log = structlog.get_logger()


class AddressRefused(TelegramError):
    """Telegram does not want to hand updates over at the address that the settings name."""


class Receiver(Protocol):
    """Brings what people say into the inbox."""

    intake: "Intake"

    async def run(self, sleep: Callable[[float], Awaitable[None]], turned: Callable[[], None]) -> None:
        """Receive until cancelled; after failures ever more slowly. Raises the error of a damaged database."""

    async def step(self, timeout: int = 0) -> int:
        """Ask Telegram once, and wait up to `timeout` seconds for news. Return how many updates came with that."""

    async def finish(self) -> None:
        """Wait for what is under way."""


NOT_LEADING_FOR = 1.0
"""Seconds after which a copy of the bot looks again whether it leads."""


class Intake:
    """Stores what came, and knows since when nothing was heard."""

    def __init__(self, house: House, bot_id: int) -> None:
        self._house = house
        self._bot_id = bot_id
        self._heard_at: datetime | None = None
        self._somebody_spoke_at: datetime | None = None
        self.has_all = False
        """Whether Telegram held nothing back when it was last asked."""
        self.arrived = asyncio.Event()
        """Set whenever something has come."""

    def is_current(self) -> bool:
        """Tell whether everything that people said up to a moment ago is in the inbox."""
        was_heard = self._heard_at is not None and self._house.clock() - self._heard_at <= SILENT_FOR
        return self.has_all and was_heard

    def somebody_speaks(self) -> bool:
        """Tell whether anybody has said something of late."""
        spoke_at = self._somebody_spoke_at
        return spoke_at is not None and self._house.clock() - spoke_at <= SPEAKS_FOR

    def store(self, updates: list[RawUpdate], asked_at: datetime) -> list[RawUpdate]:
        """Store what came, or that nothing did, up to when Telegram was asked. Return what could be stored."""
        numbered = [update for update in updates if has_number(update)]
        if len(numbered) < len(updates):
            log.error("updates without a number were left out", number=len(updates) - len(numbered))
        now = self._house.clock()
        rows = [NewUpdate(one["update_id"], json.dumps(one), lane_of(one)) for one in numbered]
        with self._house.store.transaction() as transaction:
            heard_at = transaction.marks.get(Mark.POLLED)
            if heard_at is not None and asked_at - heard_at > TAPS_LIVE_FOR:
                transaction.marks.set(Mark.AWAY, now)
            transaction.marks.set(Mark.POLLED, now)
            transaction.inbox.add(self._bot_id, rows, now)
        self._heard_at = now
        if rows:
            self._somebody_spoke_at = now
        self._house.troubles.could_write()
        self.arrived.set()
        return numbered

    def note_conflict(self) -> None:
        """Remember for `alliance doctor`, which can't ask Telegram without getting in the way, who else receives."""
        with self._house.store.transaction() as transaction:
            transaction.marks.set(Mark.CONFLICT, self._house.clock())

    def complain(self, error: Exception) -> None:
        """Log why nothing could be received."""
        troubles, now = self._house.troubles, self._house.clock()
        match error:
            case InvalidToken():
                troubles.complain(TOKEN_REFUSED, error, now)
            case Conflict():
                troubles.complain(SOMEBODY_ELSE_RECEIVES, error, now)
            case AddressRefused():
                troubles.complain(ADDRESS_REFUSED, error, now)
            case TelegramError():
                troubles.warn("telegram can't be reached", error, now)
            case _:
                troubles.complain("receiving failed", error, now)
