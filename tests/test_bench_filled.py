"""The databases of the bench are such as the bot itself would leave, and the bot goes on with them."""

import asyncio
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot import ticks
from bot.house import House
from bot.operate import Ended, add_sessions
from tests.bench.bots import at_once, created
from tests.bench.filled import CASELOAD, WEEK, Filling, code_of, fill, therapist_of

NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)


def _weeks_of(client: int) -> int:
    return 3 if client == 0 else 1


def test_clients_have_as_many_weeks_as_they_are_given_none_of_them_too_late(tmp_path: Path) -> None:
    """Sessions are a week apart; the last is within the last week, but long enough ago for the next check-in."""
    settings = at_once(tmp_path, "http://127.0.0.1")
    with closing((store := created(settings)).engine):
        fill(store, Filling(settings.practice("a_bot"), CASELOAD + 1, _weeks_of, NOW))
        found = store.look().check_ins.sessions_of([code_of(client) for client in range(CASELOAD + 1)])
        therapists = [one.id for one in store.look().people.therapists()]
        answers = store.engine.query("SELECT count(*) AS n FROM answers")[0]["n"]

    sessions = [found[code_of(client)] for client in range(CASELOAD + 1)]
    assert [len(sessions[client]) for client in (0, 1, CASELOAD)] == [3, 1, 1]
    assert {later.ended_at - one.ended_at for one, later in zip(sessions[0], sessions[0][1:], strict=False)} == {WEEK}
    ages = [NOW - held[-1].ended_at for held in sessions]
    assert timedelta(days=1) <= min(ages)
    assert max(ages) <= WEEK
    assert therapists == [therapist_of(0), therapist_of(CASELOAD)]
    assert answers == 4 * (3 + CASELOAD)


def test_whoever_is_in_it_is_asked_after_the_next_session(tmp_path: Path) -> None:
    """Nothing stands in the way: consent, therapist and the time since the last check-in are as they should be."""
    settings, clients = at_once(tmp_path, "http://127.0.0.1"), range(CASELOAD + 1)
    with closing((store := created(settings)).engine):
        house = House(store, settings.practice("a_bot"), lambda: NOW)
        fill(store, Filling(house.practice, len(clients), _weeks_of, NOW))
        add_sessions([Ended(code_of(client), NOW) for client in clients], house)

        asyncio.run(ticks.tick(house))

        asked = store.engine.query("SELECT enrolment FROM outbox WHERE purpose = 'check_in' AND state = 'queued'")
    assert {row["enrolment"] for row in asked} == {code_of(client) for client in clients}
