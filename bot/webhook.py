"""Webhook: Telegram hands over what people said, and is told "yes" only when that is on the disk.

TLS is the business of a reverse proxy in front of it; `deploy/` has examples.
"""

import asyncio
import hmac
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from telegram.error import BadRequest, TelegramError

from bot.config import webhook_secret
from bot.house import House
from bot.leading import Lead
from bot.receive import LONGEST_PAUSE, NOT_LEADING_FOR, AddressRefused, Intake
from bot.store.engine import Trouble, trouble_of
from bot.telegram_api import TelegramApi, WebhookInfo
from bot.updates import ALLOWED_UPDATES, RawUpdate, callback_id

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105, the name of a header
MOST_BYTES = 1_000_000
"""Of a request's body. The longest text with all its formatting takes a tenth of that."""
MOST_CONNECTIONS = 40
"""How many requests Telegram makes side by side; each chat's come one after the other all the same."""
LOOK_EVERY = 20.0
"""Seconds after which Telegram is asked whether it holds anything back."""
FEW = 10
"""So many updates may be on their way at any moment of a busy day."""
HELD_BACK_FOR = timedelta(minutes=3)
"""How long after a failure what waits may wait because of it: two minutes until the next try, and that try."""
HURRY_EVERY = timedelta(seconds=30)
"""How often Telegram is asked at most to try at once what it holds back."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Address:
    """Where Telegram hands updates over: `url` as the world sees it, on `path` of `listener` here, in plain letters."""

    url: str
    path: str
    listener: socket.socket


def listen(url: str, host_and_port: str) -> Address:
    """Begin to listen for what Telegram hands over at `url`. Raises OSError if the port is taken."""
    host, _, port = host_and_port.rpartition(":")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host.strip("[]"), int(port)), family=family, backlog=1024)
    return Address(url, unquote(urlsplit(url).path) or "/", listener)


class Webhook:
    """Takes what Telegram hands over, and sees to it that Telegram knows where."""

    def __init__(self, house: House, telegram: TelegramApi, lead: Lead, address: Address) -> None:
        self._house = house
        self._lead = lead
        self._telegram = telegram
        self._address = address
        self._secret = webhook_secret(telegram.bot.token)
        self.intake = Intake(house, telegram.bot_id)
        self._set_at: datetime | None = None
        """When this process set the webhook; None: it has not, or leads no more."""
        self._failed_at: datetime | None = None
        """When handing over last failed. Telegram forgets that when the webhook is set."""
        self._looked_at: datetime | None = None
        self._stored_at: datetime | None = None
        self._coming: list[tuple[RawUpdate, asyncio.Future[None]]] = []
        self._damage: Exception | None = None

    async def run(self, sleep: Callable[[float], Awaitable[None]], turned: Callable[[], None]) -> None:
        """Serve until cancelled. Raises the error of a damaged database."""
        pause = 1.0
        async with self._serving():
            while True:
                turned()
                if not self._lead.holds():  # whoever leads tells Telegram where; what is handed over here is stored
                    self._set_at, self.intake.has_all = None, False
                    await sleep(NOT_LEADING_FOR)
                    continue
                try:
                    await self.step()
                    pause = 1.0
                    await sleep(LOOK_EVERY if self.intake.is_current() else 1.0)
                except Exception as error:
                    if trouble_of(error) is Trouble.DAMAGED:
                        raise
                    self.intake.complain(error)
                    await sleep(pause)
                    pause = min(2 * pause, LONGEST_PAUSE)

    async def step(self, timeout: int = 0) -> int:  # noqa: ARG002, nothing is waited for: what comes is handed over
        """Ask Telegram where it hands updates over, set that right, and see whether it holds any back."""
        if self._damage is not None:
            raise self._damage
        asked_at = self._house.clock()
        try:
            info = await self._look()
            if info.url != self._address.url or self._set_at is None or self._may_hurry(info, asked_at):
                await self._set(info, asked_at)
                info = await self._look()
        except TelegramError:
            self.intake.has_all = self.intake.is_current()
            raise
        self.intake.has_all = self._holds_nothing_back(info, asked_at)
        self._looked_at = asked_at
        if self.intake.has_all:
            self.intake.store([], asked_at)
        return 0

    async def _look(self) -> WebhookInfo:
        info = await self._telegram.webhook_info()
        self._failed_at = info.failed_at or self._failed_at
        return info

    def _may_hurry(self, info: WebhookInfo, now: datetime) -> bool:
        """Tell whether something that failed waits for Telegram's next try, and was not hurried of late."""
        is_late = info.pending > 0 and info.failed_at is not None and now - info.failed_at <= HELD_BACK_FOR
        return is_late and self._set_at is not None and now - self._set_at >= HURRY_EVERY

    async def _set(self, info: WebhookInfo, now: datetime) -> None:
        """Set the webhook: at a start always, with what this version wants."""
        if self._set_at is not None and info.url != self._address.url:
            log.error("another program has taken the webhook away: it is set again", had=bool(info.url))
            self.intake.note_conflict()
        elif info.pending:
            # Set in the same way once more it would change nothing: what failed may wait for another two minutes.
            await self._telegram.delete_webhook()
        try:
            await self._telegram.set_webhook(self._address.url, self._secret, ALLOWED_UPDATES, MOST_CONNECTIONS)
        except BadRequest as refusal:
            raise AddressRefused(str(refusal)) from None
        self._set_at = now

    def _holds_nothing_back(self, info: WebhookInfo, now: datetime) -> bool:
        """Tell whether nothing waits at Telegram but what is just on its way."""
        if info.pending == 0:
            return True
        if self._failed_at is not None and now - self._failed_at <= HELD_BACK_FOR:
            return False  # nobody can tell whether it is what failed that waits
        was_handed_some = (
            self._looked_at is not None and self._stored_at is not None and self._stored_at >= self._looked_at
        )
        return was_handed_some and info.pending <= FEW

    # what is handed over

    @asynccontextmanager
    async def _serving(self) -> AsyncIterator[None]:
        route = Route(self._address.path, self._handed_over, methods=["POST"])
        server = _Server(
            uvicorn.Config(
                Starlette(routes=[route]),
                log_config=None,
                log_level="warning",
                access_log=False,
                lifespan="off",
                ws="none",
                proxy_headers=False,
                server_header=False,
                limit_concurrency=4 * MOST_CONNECTIONS,
                timeout_graceful_shutdown=5,
            )
        )
        serving = asyncio.create_task(server.serve(sockets=[self._address.listener]))
        try:
            yield
        finally:
            server.should_exit = True
            await asyncio.wait([serving])

    async def _handed_over(self, request: Request) -> Response:
        """Take one update. Anything but 200 lets Telegram hand it over again."""
        if not hmac.compare_digest(request.headers.get(SECRET_HEADER, "").encode(), self._secret.encode()):
            return Response(status_code=403)
        try:
            body = await _body(request)
        except ClientDisconnect:
            return Response(status_code=400)
        if body is None:
            return Response(status_code=413)
        try:
            update = json.loads(body)
        except (ValueError, RecursionError):
            log.error("a request to the webhook was no JSON")
            return Response(status_code=400)
        try:
            await self._stored(update)
        except Exception as error:
            self._complain(error)
            return Response(status_code=503)
        tapped = callback_id(update) if isinstance(update, dict) else None
        # The answer can carry one call: it stops the button's spinner without a request of its own.
        call = {"method": "answerCallbackQuery", "callback_query_id": tapped}
        return Response() if tapped is None else JSONResponse(call)

    def _stored(self, update: Any) -> asyncio.Future[None]:  # noqa: ANN401, any JSON
        """Store an update together with the others that have come in the same moment: one trip to the disk for all."""
        loop = asyncio.get_running_loop()
        if not self._coming:
            loop.call_soon(self._store_all)
        stored = loop.create_future()
        self._coming.append((update, stored))
        return stored

    def _store_all(self) -> None:
        coming, self._coming = self._coming, []
        now = self._house.clock()
        try:
            self.intake.store([update for update, _ in coming], now)
        except Exception as error:
            for stored in _still_waited_for(coming):
                stored.set_exception(error)
        else:
            self._stored_at = now
            for stored in _still_waited_for(coming):
                stored.set_result(None)

    def _complain(self, error: Exception) -> None:
        if trouble_of(error) is Trouble.DAMAGED:
            self._damage = error
        self.intake.complain(error)

    async def finish(self) -> None:
        """Stop listening."""
        self._address.listener.close()


def _still_waited_for(coming: list[tuple[RawUpdate, asyncio.Future[None]]]) -> list[asyncio.Future[None]]:
    """Return what somebody waits for: whoever handed an update over may have gone away meanwhile."""
    return [stored for _, stored in coming if not stored.done()]


class _Server(uvicorn.Server):
    """A server that leaves signals to the bot."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


async def _body(request: Request) -> bytes | None:
    """Return the body; None if it is longer than any that Telegram sends."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            return None
    return bytes(body)
