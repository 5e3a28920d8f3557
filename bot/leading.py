"""Of several copies of the bot on one database one leads: it polls or sets the webhook, ticks and sends."""

from collections.abc import Callable
from typing import Protocol


class Lead(Protocol):
    """Tells whether this copy leads."""

    term: int
    """How often this copy has begun to lead: after a gap somebody else may have, however short it was."""

    def holds(self) -> bool:
        """Tell whether this copy leads now. If in doubt it does not."""

    def seek(self, woken: Callable[[], object]) -> None:
        """Lead from now on, or as soon as nobody else does. `woken` is called, in any thread, when others wrote."""

    def leave(self) -> None:
        """Lead no more."""


class Alone:
    """The only copy: its database is a file, which is locked."""

    def __init__(self) -> None:
        self.term = 1

    def holds(self) -> bool:
        """Lead always."""
        return True

    def seek(self, woken: Callable[[], object]) -> None:
        """Nobody else can."""

    def leave(self) -> None:
        """Nobody else waits for it."""
