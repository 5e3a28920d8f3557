"""When thousands fall due at once, whoever is just answering goes first."""

import asyncio
import logging
from datetime import timedelta

import pytest

from bot import ticks
from bot.house import House
from tests.chaos.made_up import FIRST_CLIENT, seed_due
from tests.scripted import Script, open_script

MANY = 45


def decided(script: Script) -> int:
    """Return how many check-ins were decided and wait to be sent."""
    return len(script.query("SELECT id FROM outbox WHERE state = 'queued' AND purpose = 'check_in'"))


def seeded() -> Script:
    """Return a practice with many check-ins that are due now."""
    script = open_script()
    clients = range(FIRST_CLIENT, FIRST_CLIENT + MANY)
    seed_due(script.house.store, script.house.practice, clients, script.now[0], script.now[0] - timedelta(hours=3))
    return script


async def _rested(rest: ticks.Rest, seconds: float) -> None:
    await rest(seconds)


def test_a_tick_rests_after_every_few() -> None:
    """So what people do meanwhile is handled between them, and has as much time as the tick takes."""
    script, steps = seeded(), []

    async def rest(seconds: float) -> None:
        steps.append(decided(script))
        assert seconds > 0

    asyncio.run(ticks.tick(script.house, rest))

    assert steps == [20, 40, 45]


@pytest.mark.parametrize(("somebody_speaks", "seconds"), [(True, 0.02), (False, 0.0)])
def test_half_of_the_time_is_for_those_who_answer(*, somebody_speaks: bool, seconds: float) -> None:
    """While nobody does, thousands are asked as fast as the machine can."""
    slept = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    asyncio.run(_rested(ticks.room_for(lambda: somebody_speaks, sleep), 0.02))

    assert slept == [seconds]


def test_who_stops_while_others_are_asked_is_not_asked() -> None:
    """A stop that comes in the middle of a tick is heard before the next check-ins are decided."""
    script = seeded()
    [last] = script.query(
        "SELECT e.account, e.code FROM check_ins c JOIN enrolments e ON e.code = c.enrolment "
        "ORDER BY c.due_at DESC, c.session DESC LIMIT 1"
    )

    async def rest(_: float) -> None:
        if decided(script) == 20:
            script.says(last["account"], "/stop")
            script.taps(last["account"], f"stopyes:{last['code']}")

    asyncio.run(ticks.tick(script.house, rest))

    asked = {row["chat_id"] for row in script.query("SELECT chat_id FROM outbox WHERE purpose = 'check_in'")}
    assert last["account"] not in asked
    assert len(asked) == MANY - 1


def test_a_stop_in_the_middle_of_a_tick_is_no_failure(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The next start goes on with what is left."""
    script = seeded()
    monkeypatch.setattr(ticks, "TICK_EVERY", 0.01)

    async def stops() -> None:
        has_begun = asyncio.Event()

        async def takes_long(_house: House, rest: ticks.Rest) -> int:
            assert rest is ticks.let_others_go_first
            has_begun.set()
            await asyncio.sleep(60)
            return 0

        monkeypatch.setattr(ticks, "tick", takes_long)
        scheduler = ticks.schedule(
            script.house,
            None,
            caught_up=lambda: True,
            rest=ticks.let_others_go_first,
            spoke=lambda: None,
            turned=lambda: None,
        )
        scheduler.start()
        await has_begun.wait()
        scheduler.shutdown(wait=False)
        await asyncio.sleep(0.1)

    asyncio.run(stops())
    assert [one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR] == []
