"""How fast the bot may speak: at most 25 new messages in any second, and one a second to one chat.

Telegram documents about 30 a second in all; python-telegram-bot's own limiter counts in buckets and lets twice as
many through where two buckets meet, so the window here slides.
"""

from collections import deque
from collections.abc import Awaitable, Callable

IN_A_SECOND = 25
WINDOW = 1.05
"""Seconds: a little more than one, for requests that overtake each other on the way."""
CHAT_RESTS_FOR = 1.05


class Pace:
    """Counts what was said lately. `monotonic` tells seconds that never go back, `sleep` waits for some."""

    def __init__(self, monotonic: Callable[[], float], sleep: Callable[[float], Awaitable[None]]) -> None:
        self._monotonic = monotonic
        self._sleep = sleep
        self._said: deque[float] = deque()
        self._resting: dict[int, float] = {}

    def resting(self) -> frozenset[int]:
        """Return the chats that were told something within the last second, or asked for patience."""
        now = self._monotonic()
        self._resting = {chat: until for chat, until in self._resting.items() if until > now}
        return frozenset(self._resting)

    def rests_for(self) -> float | None:
        """Return the seconds until the first chat has rested; None if none rests."""
        self.resting()
        return min(self._resting.values()) - self._monotonic() if self._resting else None

    def rest(self, chat_id: int, seconds: float) -> None:
        """Leave a chat alone for some seconds."""
        self._resting[chat_id] = max(self._resting.get(chat_id, 0), self._monotonic() + seconds)

    def seconds_until_slot(self) -> float:
        """Return how long to wait until another new message may be sent; 0 if it may be now."""
        now = self._monotonic()
        while self._said and self._said[0] + WINDOW <= now:
            self._said.popleft()
        return self._said[0] + WINDOW - now if len(self._said) >= IN_A_SECOND else 0.0

    def said(self, chat_id: int) -> None:
        """Count a new message."""
        self._said.append(self._monotonic())
        self.rest(chat_id, CHAT_RESTS_FOR)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await self._sleep(seconds)
