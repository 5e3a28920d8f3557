"""What every stimulus needs besides itself."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from bot.store import Store
from bot.troubles import Troubles
from conversations.practice import Practice

Clock = Callable[[], datetime]
"""Tells the time, aware and in UTC. Injected: only the composition root reads the machine's own."""


@dataclass(frozen=True, slots=True)
class House:
    """The database, what the operator has settled, the clock, and what has gone wrong of late."""

    store: Store
    practice: Practice
    clock: Clock
    troubles: Troubles = field(default_factory=Troubles, compare=False)
