"""A question for consent, or to a therapist who somebody is, is asked once, whatever comes between."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import repeat

import pytest

from tests.scripted import Outcome, Script, open_script

CLIENT, THERAPIST = 101, 201
BY_NIGHT = timedelta(hours=12, minutes=30)
"""From the beginning of a script."""


@pytest.fixture
def script() -> Iterator[Script]:
    """A therapist without a client."""
    opened = open_script()
    opened.enrols_therapist(THERAPIST, "Dr. Alpha")
    yield opened
    opened.close()


def follows_a_link(script: Script) -> str:
    """Let somebody follow a link; return the code of the enrolment."""
    script.says(CLIENT, f"/start {script.invites(THERAPIST, 'Otter')}")
    script.delivers()
    [enrolment] = script.query("SELECT code FROM enrolments")
    return str(enrolment["code"])


def a_while_passes(script: Script, span: timedelta = timedelta(0)) -> None:
    """Let the clock tick a few times."""
    script.turns(span)
    for _ in range(3):
        script.ticks()
        script.delivers()


def asked(script: Script, chat_id: int) -> int:
    """Return how often somebody was asked."""
    question = {CLIENT: "A question before we begin.", THERAPIST: "Is it them?"}[chat_id]
    return sum(question in said.text for said in script.to(chat_id))


def test_a_repeated_question_that_was_answered_before_its_turn_asks_the_therapist_once(script: Script) -> None:
    """By night it waits for the morning; meanwhile they agree."""
    script.turns(BY_NIGHT - timedelta(hours=1))
    code = follows_a_link(script)
    script.turns(timedelta(hours=1))
    script.was_away()
    script.taps(CLIENT, f"agree:{code}")
    script.delivers()
    a_while_passes(script, timedelta(hours=11))
    assert (asked(script, CLIENT), asked(script, THERAPIST)) == (1, 1)


def test_who_agrees_while_the_question_is_about_to_come_again_is_shown_to_the_therapist_once(script: Script) -> None:
    """They had put it off, and tap the first one."""
    code = follows_a_link(script)
    script.taps(CLIENT, f"later:{code}")
    script.delivers()
    script.turns(timedelta(hours=25))
    script.ticks()
    script.taps(CLIENT, f"agree:{code}")
    a_while_passes(script)
    assert (asked(script, CLIENT), asked(script, THERAPIST)) == (1, 1)


def test_a_therapist_who_comes_back_after_a_gap_is_asked_once(script: Script) -> None:
    """Not for the gap, and again for having been away."""
    code = follows_a_link(script)
    script.taps(CLIENT, f"agree:{code}")
    script.blocks(THERAPIST)
    script.delivers()
    script.turns(timedelta(hours=3))
    script.unblocks(THERAPIST)
    script.was_away()
    a_while_passes(script)
    assert asked(script, THERAPIST) == 1


@pytest.mark.parametrize("begins", [timedelta(0), BY_NIGHT])
def test_who_restarts_the_bot_while_a_repeated_question_waits_is_asked_once_more(
    script: Script, begins: timedelta
) -> None:
    """Telegram's button sends the return and a /start in one."""
    script.turns(begins)
    follows_a_link(script)
    script.was_away()
    script.blocks(CLIENT)
    script.unblocks(CLIENT)
    script.says(CLIENT, "/start")
    a_while_passes(script)
    a_while_passes(script, timedelta(hours=13))
    assert asked(script, CLIENT) == 2


def test_who_comes_back_by_night_and_asks_for_it_is_not_asked_again_in_the_morning(script: Script) -> None:
    """The question that could not be said had been put off until then."""
    follows_a_link(script)
    script.was_away()
    script.blocks(CLIENT)
    a_while_passes(script, BY_NIGHT)
    script.unblocks(CLIENT)
    a_while_passes(script)
    script.says(CLIENT, "/start")
    a_while_passes(script)
    a_while_passes(script, timedelta(hours=13))
    assert asked(script, CLIENT) == 2


def test_who_was_promised_to_be_asked_tomorrow_is_not_asked_before(script: Script) -> None:
    """Also when a question that waited for the morning is dropped meanwhile."""
    script.turns(BY_NIGHT)
    code = follows_a_link(script)
    script.was_away()
    script.taps(CLIENT, f"later:{code}")
    script.blocks(CLIENT)
    a_while_passes(script, timedelta(hours=11))
    script.unblocks(CLIENT)
    a_while_passes(script)
    assert asked(script, CLIENT) == 1
    a_while_passes(script, timedelta(hours=24))
    assert asked(script, CLIENT) == 2


def test_a_question_of_which_nobody_knows_whether_it_came_is_given_up_after_a_day(script: Script) -> None:
    """It may have arrived each time: it is set aside, not asked for ever."""
    code = follows_a_link(script)
    script.taps(CLIENT, f"later:{code}")
    script.turns(timedelta(hours=25))
    arrived = []
    for _ in range(3):
        for _ in range(24 * 12):
            script.turns(timedelta(minutes=5))
            script.ticks()
            script.delivers(repeat(Outcome.ARRIVES_UNKNOWN))
        arrived.append(asked(script, CLIENT))
    assert arrived[0] > 1
    assert arrived[2] == arrived[1]
    rows = script.query("SELECT state, why FROM outbox WHERE purpose = 'consent'")
    assert rows == [{"state": "failed", "why": "tried for a day"}]
