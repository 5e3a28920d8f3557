"""A load balancer on this machine: spreads connections over those who accept them, one after the other."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

HOST = "127.0.0.1"
_AT_ONCE = 1 << 16


class Balancer:
    """Hands each connection to the next of `ports`, which may change at any time. One whose replica dies is dropped."""

    def __init__(self) -> None:
        self.ports: tuple[int, ...] = ()
        self._turn = 0
        self._listener = socket.create_server((HOST, 0), backlog=1024)
        self._stop = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def url(self) -> str:
        """Return where it listens, from the moment it is made."""
        return f"http://{HOST}:{self._listener.getsockname()[1]}"

    async def run(self) -> None:
        """Serve until `stop`."""
        self._loop = asyncio.get_running_loop()
        server = await asyncio.start_server(self._connected, sock=self._listener)
        await self._stop.wait()
        server.close()

    def stop(self) -> None:
        """End, from another thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer):
            found = await self._somebody()
            if found is None:
                return
            theirs, to_them = found
            with closing(to_them):
                ways = [asyncio.create_task(_pass_on(reader, to_them)), asyncio.create_task(_pass_on(theirs, writer))]
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                for way in ways:
                    way.cancel()

    async def _somebody(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """Connect to the next who accepts; None if nobody does."""
        self._turn += 1
        ports = self.ports
        for number in range(len(ports)):
            with suppress(OSError):
                return await asyncio.open_connection(HOST, ports[(self._turn + number) % len(ports)])
        return None


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while content := await reader.read(_AT_ONCE):
            writer.write(content)
            await writer.drain()


@contextmanager
def balance() -> Iterator[Balancer]:
    """Run a balancer in a thread."""
    balancer = Balancer()
    thread = threading.Thread(target=lambda: asyncio.run(balancer.run()), name="balancer", daemon=True)
    thread.start()
    try:
        yield balancer
    finally:
        balancer.stop()
        thread.join(timeout=10)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server((HOST, 0)) as taken:
        port: int = taken.getsockname()[1]
        return port
