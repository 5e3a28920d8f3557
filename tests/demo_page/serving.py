"""The demo, served beside whoever looks at it."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from bot.demo.page.home import Home
from bot.demo.page.run import served


@contextmanager
def serving(home: Home) -> Iterator[str]:
    """Serve a demo in a thread of its own."""
    loop, started, stop = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    found: list[str] = []

    async def run() -> None:
        async with served(home) as address:
            found.append(address)
            started.set()
            await stop.wait()

    def in_thread() -> None:
        try:
            loop.run_until_complete(run())
        finally:
            started.set()
            loop.close()

    thread = threading.Thread(target=in_thread, daemon=True)
    thread.start()
    assert started.wait(20)
    assert found, "the demo did not start"
    try:
        yield found[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(20)
        assert not thread.is_alive(), "the demo does not stop"
