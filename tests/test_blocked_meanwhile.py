"""Somebody blocks the bot while something waits to be said to them: what depends on it follows, as in its own turn."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.scripted import Script, open_script

CLIENT, THERAPIST = 101, 201


@pytest.fixture
def script() -> Iterator[Script]:
    """A therapist with a client."""
    opened = open_script()
    opened.enrols_therapist(THERAPIST, "Dr. Alpha")
    opened.enrols(CLIENT, THERAPIST, "Otter")
    yield opened
    opened.close()


def session_ends(script: Script) -> None:
    """Let a session end, and its check-in fall due, without anything being sent."""
    [enrolment] = script.query("SELECT code FROM enrolments")
    script.taps(THERAPIST, f"ended:{enrolment['code']}")
    script.delivers()
    script.turns(timedelta(hours=3))
    script.ticks()


def answers(script: Script) -> None:
    """Let the client answer everything with the best."""
    script.delivers()
    [row] = script.query("SELECT session FROM check_ins")
    session = row["session"]
    script.taps(CLIENT, f"start:{session}")
    for question in ("comfortable", "freely", "relieved", "return"):
        script.taps(CLIENT, f"rate:{session}:{question}:5")
    script.says(CLIENT, "My own words")
    script.taps(CLIENT, f"done:{session}")
    script.delivers()


def states(script: Script) -> list[str]:
    """Return the states of all check-ins."""
    return [row["state"] for row in script.query("SELECT state FROM check_ins")]


def test_a_client_who_comes_back_before_their_turn_is_asked(script: Script) -> None:
    """The card still waits for them."""
    session_ends(script)
    script.blocks(CLIENT)
    script.unblocks(CLIENT)
    script.delivers()
    assert states(script) == ["sent"]


def test_a_client_who_stays_away_has_missed_it(script: Script) -> None:
    """No card stays due that nobody will ever be sent."""
    session_ends(script)
    script.blocks(CLIENT)
    script.delivers()
    assert states(script) == ["missed"]


@pytest.mark.parametrize("comes_back", ["before its turn", "after it"])
def test_a_summary_that_waited_is_told_to_who_comes_back(script: Script, comes_back: str) -> None:
    """It is sent, or composed again: no answer is left untold."""
    session_ends(script)
    answers(script)
    script.turns(timedelta(days=7))
    script.ticks()
    assert script.query("SELECT id FROM outbox WHERE purpose = 'digest' AND state = 'queued'") != []

    script.blocks(THERAPIST)
    if comes_back == "after it":
        script.delivers()
    assert not any("My own words" in said.text for said in script.to(THERAPIST))
    script.unblocks(THERAPIST)
    script.delivers()
    script.turns(timedelta(days=7))
    script.ticks()
    script.delivers()

    assert sum("My own words" in said.text for said in script.to(THERAPIST)) == 1
