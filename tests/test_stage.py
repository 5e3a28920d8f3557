"""The stage on which stories and the demo play."""

import asyncio
from datetime import UTC, datetime, timedelta

from bot.demo.stage import TurnedClock

START = datetime(2026, 3, 2, tzinfo=UTC)


def test_even_the_shortest_wait_ends() -> None:
    """A wait that is shorter than the clock can show still turns it, so that whoever waits for a moment gets there."""
    clock = TurnedClock(START)
    asyncio.run(clock.sleep(1e-10))
    assert clock.now() == START + timedelta(microseconds=1)
