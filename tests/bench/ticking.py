"""The bot, as `alliance run` runs it, with a task beside it that tells for how long the event loop stands still.

    python -m tests.bench.ticking FOLDER URL

Prints a line once the bot works, and the longest such time in milliseconds when it is ended by SIGTERM.
"""

import asyncio
import gc
import signal
import sys
import time
from contextlib import closing
from pathlib import Path

import uvloop

from bot.app import machine_time, start
from bot.config import Settings
from bot.databases import open_store
from bot.store import Store
from bot.watchdog import Watchdog, end_process
from tests.bench.bots import at_once

LOOK_EVERY = 0.005
"""Seconds."""


def main() -> None:
    """Run until told to stop."""
    folder, url = sys.argv[1:]
    settings = at_once(Path(folder), url)
    with closing((store := open_store(settings)).engine):
        with store.transaction() as transaction:
            transaction.journal.keep(machine_time().now())
        longest = uvloop.run(_run(settings, store))
    _say(f"{longest * 1000:.1f}")


async def _run(settings: Settings, store: Store) -> float:
    """Return the longest time that the loop stood still, in seconds."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    app = await start(settings, store, machine_time())
    gc.freeze()
    _say("it works")
    watching = asyncio.create_task(_longest_gap(stop))
    await app.run(stop, Watchdog(end_process))
    await app.telegram.close()
    return await watching


async def _longest_gap(stop: asyncio.Event) -> float:
    longest = 0.0
    while not stop.is_set():
        before = time.monotonic()
        await asyncio.sleep(LOOK_EVERY)
        longest = max(longest, time.monotonic() - before - LOOK_EVERY)
    return longest


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
