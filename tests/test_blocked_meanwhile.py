"""Somebody blocks the bot while something waits to be said to them: what depends on it follows, as in its own turn."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from conversations.wording.consent import CHANGED
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


def a_while_passes(script: Script) -> None:
    """Let the clock tick a few times, and what is queued be sent."""
    for _ in range(3):
        script.ticks()
        script.delivers()


def somebody_agrees(script: Script) -> str:
    """Let somebody else follow a link and agree; the therapist is still to be asked who it is. Return the code."""
    script.says(102, f"/start {script.invites(THERAPIST, 'Badger')}")
    script.delivers()
    [enrolment] = script.query("SELECT code FROM enrolments WHERE alias = 'Badger'")
    script.taps(102, f"agree:{enrolment['code']}")
    return str(enrolment["code"])


def asks_anew(script: Script) -> None:
    """Let what was agreed to change, so that the client's next check-in waits for a new yes."""
    script.query("UPDATE enrolments SET terms = 'older' RETURNING code")
    session_ends(script)


def consent_questions(script: Script) -> int:
    """Return how often the client was asked for consent, since they first agreed."""
    return sum("A question before we begin." in said.text for said in script.to(CLIENT)) - 1


@pytest.mark.parametrize("comes_back", ["before its turn", "after it"])
def test_who_was_to_agree_to_new_terms_is_asked_when_they_are_back(script: Script, comes_back: str) -> None:
    """Once, and told why; else no check-in would ever come again, and nobody would know."""
    asks_anew(script)
    script.blocks(CLIENT)
    if comes_back == "after it":
        script.delivers()
        script.turns(timedelta(days=30))
        script.ticks()
        script.delivers()
    assert consent_questions(script) == 0
    script.unblocks(CLIENT)
    a_while_passes(script)

    assert consent_questions(script) == 1
    assert CHANGED in script.to(CLIENT)[-1].text


def test_who_blocked_the_bot_before_it_knew_is_asked_when_they_are_back(script: Script) -> None:
    """Telegram's refusal is the first that the bot hears of it."""
    asks_anew(script)
    script.blocked.add(CLIENT)
    script.delivers()
    script.unblocks(CLIENT)
    a_while_passes(script)

    assert consent_questions(script) == 1


def test_who_comes_back_with_start_is_asked_once(script: Script) -> None:
    """As a reply; the clock does not ask again."""
    asks_anew(script)
    script.blocks(CLIENT)
    script.delivers()
    script.unblocks(CLIENT)
    script.says(CLIENT, "/start")
    a_while_passes(script)

    assert consent_questions(script) == 1


def test_who_comes_back_at_night_is_asked_in_the_morning(script: Script) -> None:
    """Coming back is no reason to be woken."""
    asks_anew(script)
    script.blocks(CLIENT)
    script.delivers()
    script.turns(timedelta(hours=12))
    script.unblocks(CLIENT)
    script.ticks()
    script.delivers()
    assert consent_questions(script) == 0
    script.turns(timedelta(hours=10))
    script.ticks()
    script.delivers()
    assert consent_questions(script) == 1


@pytest.mark.parametrize("comes_back", ["before its turn", "after it"])
def test_a_therapist_who_was_to_confirm_somebody_is_asked_when_they_are_back(script: Script, comes_back: str) -> None:
    """Once; else the client would wait for ever."""
    code = somebody_agrees(script)
    script.blocks(THERAPIST)
    if comes_back == "after it":
        script.delivers()
        script.turns(timedelta(days=3))
        script.ticks()
        script.delivers()
    assert not any("has opened the invitation for Badger" in said.text for said in script.to(THERAPIST))
    script.unblocks(THERAPIST)
    a_while_passes(script)

    assert sum("has opened the invitation for Badger" in said.text for said in script.to(THERAPIST)) == 1
    script.taps(THERAPIST, f"pair:{code}")
    script.delivers()
    assert "has confirmed that it is you" in script.to(102)[-1].text


def test_nobody_is_asked_about_somebody_who_has_stopped_meanwhile(script: Script) -> None:
    """The question is settled before its turn comes again."""
    code = somebody_agrees(script)
    script.blocks(THERAPIST)
    script.delivers()
    script.taps(102, f"stopyes:{code}")
    script.unblocks(THERAPIST)
    script.ticks()
    script.delivers()

    assert not any("has opened the invitation for Badger" in said.text for said in script.to(THERAPIST))
    assert script.query("SELECT code FROM enrolments WHERE ask_again_at IS NOT NULL") == []
