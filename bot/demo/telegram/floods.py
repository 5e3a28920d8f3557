"""Flood limits: how many new messages a bot may send, by the world's clock."""

import math
from collections import defaultdict, deque
from datetime import datetime, timedelta

from . import limits
from .refusals import flooded


class Floods:
    """What was sent lately. A message that would be one too many in a window is refused and doesn't count."""

    def __init__(self) -> None:
        self._sent: dict[int | None, deque[datetime]] = defaultdict(deque)

    def admit(self, chat_id: int, now: datetime) -> None:
        """Count one new message, or refuse it with 429 and the seconds until there is room. Groups have ids below 0."""
        of_chat = limits.MESSAGES_IN_A_GROUP if chat_id < 0 else limits.MESSAGES_IN_A_CHAT
        waits = [self._wait(None, limits.MESSAGES_OVERALL, now), self._wait(chat_id, of_chat, now)]
        if any(waits):
            raise flooded(max(1, math.ceil(max(waits))))
        self._sent[None].append(now)
        self._sent[chat_id].append(now)

    def _wait(self, key: int | None, limit: tuple[int, timedelta], now: datetime) -> float:
        count, window = limit
        sent = self._sent[key]
        while sent and now - sent[0] >= window:
            sent.popleft()
        if len(sent) < count:
            return 0
        return max(0.001, (sent[0] + window - now).total_seconds())
