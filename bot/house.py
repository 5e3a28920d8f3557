"""What every stimulus needs besides itself."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.store import Store
from conversations.practice import Practice

Clock = Callable[[], datetime]
"""Tells the time, aware and in UTC. Injected: only the composition root reads the machine's own."""


@dataclass(frozen=True, slots=True)
class House:
    """The database, what the operator has settled, and the clock."""

    store: Store
    practice: Practice
    clock: Clock
