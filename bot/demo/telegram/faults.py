"""Faults to order: what a network or a server does wrong now and then, on demand."""

from dataclasses import dataclass
from enum import Enum


class FaultKind(Enum):
    """What goes wrong with a call."""

    TOO_MANY_REQUESTS = "429"
    """Refused with retry_after; nothing is done."""
    TOKEN_REFUSED = "401"  # noqa: S105, no password
    """Refused as if somebody had revoked the token."""
    INTERNAL_ERROR = "500"
    """Refused by Telegram itself, in JSON; nothing is done."""
    SERVER_ERROR = "502"
    """Answered with a page of HTML; nothing is done."""
    DELAY = "delay"
    """Done, after a while."""
    HANG = "no answer"
    """Nothing is done, and nothing said for a while; then the connection ends."""
    DROP = "drop"
    """The connection ends before anything is done."""
    REPLY_LOST = "reply lost"
    """Done, but the connection ends without a reply."""


@dataclass(frozen=True, slots=True)
class Fault:
    """An order: the next `times` calls of `method` (None: any) in `chat_id` (None: any) go wrong.

    `retry_after` and `seconds` (of a delay, or without an answer) are in seconds; the latter are real time.
    """

    kind: FaultKind
    method: str | None = None
    chat_id: int | None = None
    times: int = 1
    retry_after: float = 1
    seconds: float = 0


class Faults:
    """The orders not yet carried out, in the order they were given. The caller holds the lock."""

    def __init__(self) -> None:
        self._ordered: list[Fault] = []
        self._left: list[int] = []

    def order(self, fault: Fault) -> None:
        """Add an order."""
        self._ordered.append(fault)
        self._left.append(fault.times)

    def strike(self, method: str, chat_id: int | None) -> Fault | None:
        """The fault that hits this call, if any, which uses up one of its times."""
        for position, fault in enumerate(self._ordered):
            if _concerns(fault, method, chat_id):
                self._left[position] -= 1
                if self._left[position] <= 0:
                    del self._ordered[position], self._left[position]
                return fault
        return None

    def outstanding(self) -> list[Fault]:
        """The orders that have hits left: a test that ends with some has not tested what it thinks."""
        return list(self._ordered)


def _concerns(fault: Fault, method: str, chat_id: int | None) -> bool:
    right_method = fault.method is None or fault.method.lower() == method.lower()
    return right_method and fault.chat_id in (None, chat_id)
