"""When thousands fall due at once, whoever is just answering goes first."""

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from bot import ticks
from bot.house import House
from bot.queue import carry_out
from bot.store.sqlite import SqliteEngine
from bot.watchdog import Watchdog
from conversations.consent import terms
from conversations.decision import Decision
from conversations.people import Account
from tests.chaos.made_up import FIRST_CLIENT, THERAPIST, seed_due, session_of
from tests.scripted import Script, open_script
from tests.stories.practice import Practice, Someone

MANY = 90


def decided(script: Script) -> int:
    """Return how many check-ins were decided and wait to be sent."""
    return len(script.query("SELECT id FROM outbox WHERE state = 'queued' AND purpose = 'check_in'"))


def seeded(number: int = MANY) -> Script:
    """Return a practice with so many check-ins that are due now, each of another client."""
    script = open_script()
    clients = range(FIRST_CLIENT, FIRST_CLIENT + number)
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

    assert steps == [40, 80, 90]


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
        if decided(script) == 40:
            script.says(last["account"], "/stop")
            script.taps(last["account"], f"stopyes:{last['code']}")

    asyncio.run(ticks.tick(script.house, rest))

    asked = {row["chat_id"] for row in script.query("SELECT chat_id FROM outbox WHERE purpose = 'check_in'")}
    assert last["account"] not in asked
    assert len(asked) == MANY - 1


def reads(number: int) -> int:
    """Return how many times a tick reads that finds so many check-ins due."""
    script, statements = seeded(number), list[str]()
    engine = script.house.store.engine
    assert isinstance(engine, SqliteEngine)
    engine.connection.set_trace_callback(statements.append)
    asyncio.run(ticks.tick(script.house))
    engine.connection.set_trace_callback(None)
    assert decided(script) == number
    return sum(statement.startswith("SELECT") for statement in statements)


def test_what_is_decided_together_is_read_together() -> None:
    """With as many statements for forty as for one."""
    assert reads(40) == reads(1)


def sees_another_therapist(client: int, script: Script) -> None:
    """Let a client see another therapist too, with a session that ended in the same moment."""
    with script.house.store.transaction() as transaction:
        people, check_ins = transaction.people, transaction.check_ins
        [enrolment] = people.enrolments_of(client)
        therapist, session = people.therapist(enrolment.therapist), check_ins.session(session_of(client))
        planned = check_ins.check_in(session_of(client))
        assert therapist
        assert session
        assert planned
        other = replace(therapist, id="T2", account=THERAPIST - 1)
        with_them = replace(
            enrolment, code=f"{enrolment.code}-2", therapist=other.id, terms=terms(script.house.practice, other)
        )
        saved = (
            Account(THERAPIST - 1),
            other,
            with_them,
            replace(session, id=f"{session.id}-2", enrolment=with_them.code),
            replace(planned, session=f"{session.id}-2", enrolment=with_them.code),
        )
        carry_out(Decision(saved), transaction, script.now[0])


def test_of_two_check_ins_of_one_client_that_are_due_in_one_moment_one_is_asked() -> None:
    """Nobody has two cards to answer, also where both are decided together with others'."""
    script = seeded(3)
    sees_another_therapist(FIRST_CLIENT, script)

    number = asyncio.run(ticks.tick(script.house))

    asked = [row["chat_id"] for row in script.query("SELECT chat_id FROM outbox WHERE purpose = 'check_in'")]
    assert sorted(asked) == [FIRST_CLIENT, FIRST_CLIENT + 1, FIRST_CLIENT + 2]
    assert number == 3
    assert script.query("SELECT session FROM check_ins WHERE state = 'planned'") == [
        {"session": f"{session_of(FIRST_CLIENT)}-2"}
    ]


def test_a_stop_in_the_middle_of_a_tick_is_no_failure(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The next start goes on with what is left."""
    script = seeded()

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
        ticks.tick_now(scheduler)
        await has_begun.wait()
        scheduler.shutdown(wait=False)
        await asyncio.sleep(0.1)

    asyncio.run(stops())
    assert [one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR] == []


def test_what_is_due_is_decided_as_soon_as_it_is_known_what_people_have_said(
    practice: Practice, therapist: Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bot that starts, or takes over, does not wait for its next regular tick."""
    monkeypatch.setattr(ticks, "TICK_EVERY", 3600)
    client = practice.client(therapist)
    practice.session_ends(therapist)
    practice.stage.clock.turn(timedelta(hours=3))

    async def run() -> bool:
        stop = asyncio.Event()
        running = asyncio.create_task(practice.app.run(stop, Watchdog(lambda _: None)))
        is_asked = await asyncio.to_thread(
            practice.world.wait_until, lambda: "A short check-in is ready." in client.screen
        )
        stop.set()
        await running
        return is_asked

    assert practice.runner.run(run())
