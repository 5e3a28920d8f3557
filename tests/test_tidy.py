"""What is remembered no longer than it is needed, and what an erasure leaves in the file."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot import ticks
from tests.scripted import Script, open_script

CLIENT, OTHER, THERAPIST = 101, 102, 201


@pytest.fixture
def script() -> Script:
    """A practice with a therapist and a client."""
    opened = open_script()
    opened.enrols_therapist(THERAPIST, "Dr. Made-Up")
    opened.enrols(CLIENT, THERAPIST, "R")
    return opened


def test_the_scheduler_tidies_up(script: Script) -> None:
    """The job runs where the database may be used, not in a thread of the scheduler's."""
    script.turns(ticks.KEEP_HANDLED + timedelta(minutes=1))

    async def tidy_now() -> None:
        scheduler = ticks.schedule(script.house, lambda: False, lambda: None)
        scheduler.start()
        scheduler.modify_job("tidy", next_run_time=datetime.now(UTC))
        async with asyncio.timeout(10):
            while script.query("SELECT * FROM inbox"):
                await asyncio.sleep(0.01)
        scheduler.shutdown(wait=False)

    asyncio.run(tidy_now())
