"""How fast the bot may speak: at most 25 new messages in any second, and one a second to one chat.

Telegram documents about 30 a second in all; python-telegram-bot's own limiter counts in buckets and lets twice as
many through where two buckets meet. Here messages go out evenly: no second holds too many, wherever it begins, and a
reply to somebody who is just answering never waits a whole second for its place among thousands.
"""

from collections.abc import Awaitable, Callable

SPACING = 0.0412
"""Seconds from one new message to the next: 24.3 in a second."""
MADE_UP_FOR = 0.02
"""Seconds of a delay, as when the machine is busy, that the next message makes up for. 26 messages take at least 25
spacings less this: 1.01 seconds."""
CHAT_RESTS_FOR = 1.05


class Pace:
    """Counts what was said lately. `monotonic` tells seconds that never go back, `sleep` waits for some."""

    def __init__(self, monotonic: Callable[[], float], sleep: Callable[[float], Awaitable[None]]) -> None:
        self._monotonic = monotonic
        self._sleep = sleep
        self._next_slot = 0.0
        self._resting: dict[int, float] = {}
        self._told: dict[int, float] = {}

    def resting(self) -> frozenset[int]:
        """Return the chats that are left alone, since Telegram has asked for patience."""
        self._resting = self._ahead(self._resting)
        return frozenset(self._resting)

    def told(self) -> frozenset[int]:
        """Return the chats that got a new message within the last second: no other may come, but what stands there may
        be edited.
        """
        self._told = self._ahead(self._told)
        return frozenset(self._told)

    def _ahead(self, until: dict[int, float]) -> dict[int, float]:
        now = self._monotonic()
        return {chat_id: moment for chat_id, moment in until.items() if moment > now}

    def rests_for(self) -> float | None:
        """Return the seconds until the first chat has rested; None if none rests."""
        ends = (*self._ahead(self._resting).values(), *self._ahead(self._told).values())
        return min(ends) - self._monotonic() if ends else None

    def rest(self, chat_id: int, seconds: float) -> None:
        """Leave a chat alone for some seconds."""
        self._resting[chat_id] = max(self._resting.get(chat_id, 0), self._monotonic() + seconds)

    def seconds_until_slot(self) -> float:
        """Return how long to wait until another new message may be sent; 0 if it may be now."""
        return max(0.0, self._next_slot - self._monotonic())

    def said(self, chat_id: int) -> None:
        """Count a new message."""
        self._next_slot = max(self._next_slot, self._monotonic() - MADE_UP_FOR) + SPACING
        self._told[chat_id] = self._monotonic() + CHAT_RESTS_FOR

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await self._sleep(seconds)
