"""What python-telegram-bot calls in place of an HTTP client."""

from collections.abc import Awaitable, Callable

from telegram._utils.types import ODVInput
from telegram.request import BaseRequest, RequestData

Answer = tuple[int, bytes]
"""An HTTP status and the body."""
Call = Callable[[str, RequestData | None], Awaitable[Answer]]
"""Carries out a call, given its address and its data."""


class Transport(BaseRequest):
    """Hands every call on."""

    def __init__(self, call: Call) -> None:
        self._call = call

    @property
    def read_timeout(self) -> float | None:
        """Return how many seconds an answer may take."""
        return 15.0

    async def initialize(self) -> None:
        """Do nothing: there is no connection."""

    async def shutdown(self) -> None:
        """Do nothing."""

    async def do_request(  # noqa: PLR0917, as the library has it
        self,
        url: str,
        method: str,  # noqa: ARG002
        request_data: RequestData | None = None,
        read_timeout: ODVInput[float] = None,  # noqa: ARG002
        write_timeout: ODVInput[float] = None,  # noqa: ARG002
        connect_timeout: ODVInput[float] = None,  # noqa: ARG002
        pool_timeout: ODVInput[float] = None,  # noqa: ARG002
    ) -> Answer:
        """Make a call."""
        return await self._call(url, request_data)
