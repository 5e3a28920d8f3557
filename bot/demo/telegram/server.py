"""The server on 127.0.0.1: in a thread of a test's process, or in a process of its own."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import Scope

from .app import BotApi
from .world import PretendTelegram

_HOST = "127.0.0.1"
_STOP_TIMEOUT = 10.0


class Server:
    """A uvicorn server and what it needs to end cleanly."""

    def __init__(self, telegram: PretendTelegram, port: int = 0, latency: float = 0) -> None:
        self._socket = _listening(port)
        self._api = BotApi(telegram, self._hang_up, latency)
        config = uvicorn.Config(
            self._api,
            log_config=None,  # the program's own logging stays as it is
            log_level="warning",
            access_log=False,
            lifespan="on",
            ws="none",
            proxy_headers=False,
            server_header=False,
            date_header=False,
            timeout_graceful_shutdown=2,
            timeout_keep_alive=60,
        )
        self._uvicorn = uvicorn.Server(config)

    @property
    def url(self) -> str:
        """Where it listens, from the moment it is made."""
        return f"http://{_HOST}:{self._socket.getsockname()[1]}"

    def run(self) -> None:
        """Serve until `stop`, or until a signal when this is the main thread."""
        try:
            self._uvicorn.run(sockets=[self._socket])
        finally:
            self._socket.close()

    def stop(self) -> None:
        """End all long polls, then the server."""
        self._api.polls.close()
        self._uvicorn.should_exit = True

    def _hang_up(self, scope: Scope) -> None:
        for connection in list(self._uvicorn.server_state.connections):
            if getattr(connection, "client", None) == scope["client"]:
                connection.transport.abort()


def _listening(port: int) -> socket.socket:
    # With the protocol named, asyncio switches off Nagle's algorithm, which would hold each answer back for 40 ms.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((_HOST, port))
    listening.listen(2048)
    return listening


@contextmanager
def serve(telegram: PretendTelegram, port: int = 0) -> Iterator[str]:
    """Serve `telegram` in a thread; yields the URL such as http://127.0.0.1:41231. Port 0 takes a free one.

    Connections wait from the first moment on, so no caller has to wait for the start.
    """
    server = Server(telegram, port)
    thread = threading.Thread(target=server.run, name="pretend-telegram", daemon=True)
    thread.start()
    try:
        yield server.url
    finally:
        server.stop()
        thread.join(timeout=_STOP_TIMEOUT)
        if thread.is_alive():
            raise RuntimeError("the pretend Telegram doesn't stop")
