"""The way to Telegram: never anywhere else, through the proxy that the environment names, and patient only so long."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from telegram.error import NetworkError, TelegramError, TimedOut

from bot.telegram_api import TelegramApi
from bot.transport import Transport

TOKEN = "4242:MADE-UP-TOKEN-OF-NOBODY"
ME = b'{"ok": true, "result": {"id": 4242, "is_bot": true, "first_name": "B", "username": "made_up_bot"}}'


class Server(ThreadingHTTPServer):
    """Remembers what was asked for. `where_to` is where it sends everybody on; None: it answers."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[str] = []
        self.where_to: str | None = None
        self.closes_early = False

    @property
    def url(self) -> str:
        """Return its address."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append(self.path)
        if self.server.closes_early:
            return
        self.send_response_only(302 if self.server.where_to else 200)
        if self.server.where_to:
            self.send_header("Location", self.server.where_to)
        self.end_headers()
        self.wfile.write(ME)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002, the name of the library
        """Say nothing."""


@contextmanager
def _served() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of HTTP."""
    with _served() as server:
        yield server


async def _opens(url: str) -> str:
    api = TelegramApi(TOKEN, url, in_flight=1)
    try:
        return await api.open()
    finally:
        await api.close()


def test_nobody_is_followed_elsewhere(server: Server) -> None:
    """The token is in the address: whoever answers "look there" would send it there."""
    with _served() as other:
        server.where_to = other.url
        with pytest.raises(TelegramError):
            asyncio.run(_opens(server.url))
        assert server.asked == [f"/bot{TOKEN}/getMe"]
        assert other.asked == []


def test_the_proxy_of_the_environment_is_used(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """As clinics have one; what the environment excepts goes straight there."""
    monkeypatch.setenv("http_proxy", server.url)
    assert asyncio.run(_opens("http://telegram.invalid")) == "made_up_bot"
    assert server.asked == [f"http://telegram.invalid/bot{TOKEN}/getMe"]

    monkeypatch.setenv("no_proxy", "telegram.invalid")
    with pytest.raises(NetworkError):
        asyncio.run(_opens("http://telegram.invalid"))


def test_a_connection_that_ends_without_an_answer_is_an_unknown_outcome(server: Server) -> None:
    """The error says so in a word, without the address."""
    server.closes_early = True
    with pytest.raises(NetworkError) as raised:
        asyncio.run(_opens(server.url))
    assert type(raised.value) is NetworkError
    assert TOKEN not in f"{raised.value!r} {raised.value.__cause__!r}"


def test_who_does_not_answer_is_not_waited_for_for_ever() -> None:
    """A server that takes the call and says nothing is given up; whether it did as asked is unknown."""

    async def call(url: str) -> None:
        transport = Transport(url, most=1, answer_within=0.05)
        await transport.initialize()
        try:
            await transport.post(f"{url}/bot{TOKEN}/getMe")
        finally:
            await transport.shutdown()

    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(TimedOut):
        asyncio.run(call(f"http://127.0.0.1:{silent.getsockname()[1]}"))
