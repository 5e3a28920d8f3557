"""What is remembered no longer than it is needed, and what an erasure leaves in the file."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot import operate, ticks
from bot.store.marks import Mark
from tests.databases import opened
from tests.scripted import Script, open_script

pytestmark = pytest.mark.engines("sqlite", "postgresql")

CLIENT, OTHER, THERAPIST = 101, 102, 201


@pytest.fixture
def script(database_url: str) -> Iterator[Script]:
    """A practice with a therapist and a client."""
    played = open_script(opened(database_url))
    played.enrols_therapist(THERAPIST, "Dr. Made-Up")
    played.enrols(CLIENT, THERAPIST, "R")
    yield played
    played.close()


def test_handled_updates_do_not_say_whose_they_were(script: Script) -> None:
    """Their ids are kept for two days, in case Telegram hands them out again; nobody's chat is."""
    rows = script.query("SELECT DISTINCT state, lane, payload FROM inbox")
    assert rows == [{"state": "handled", "lane": None, "payload": None}]


def test_an_erased_client_is_in_no_table_two_hours_later(script: Script) -> None:
    """Neither the account nor the ids of enrolment and session are left, also not in what was said to the therapist."""
    [row] = script.query("SELECT code FROM enrolments")
    script.taps(THERAPIST, f"ended:{row['code']}")
    [session] = script.query("SELECT id FROM sessions")
    script.turns(timedelta(hours=3))
    script.ticks()
    script.delivers()
    for data in ("start:{}", "rate:{}:return:1", "reason:{}:goals", "wish:{}:contact", "done:{}"):
        script.taps(CLIENT, data.format(session["id"]))
    script.delivers()
    script.says(THERAPIST, "/digest")
    script.delivers()
    script.says(CLIENT, "/deletemydata")
    script.taps(CLIENT, "erase")
    script.delivers()
    script.turns(ticks.KEEP_STRANGERS + timedelta(minutes=1))

    ticks.tidy(script.house)

    tables = script.house.store.engine.tables()
    everything = str([script.query(f"SELECT * FROM {name}") for name in tables])  # noqa: S608
    words = (rf"\b{CLIENT}\b", row["code"], session["id"], "'R'")
    assert [word for word in words if re.search(word, everything)] == []


def test_what_could_not_be_read_goes_with_one_of_several_enrolments(script: Script) -> None:
    """A parked update may be about any enrolment of its account, so it goes when one of them is erased."""
    script.enrols_therapist(THERAPIST + 1, "Dr. Made-Up Too")
    code = script.enrols(CLIENT, THERAPIST + 1, "R")
    script.reports({"message": {"chat": {"id": CLIENT}, "date": "never", "text": "made-up words"}})
    parked = "SELECT payload FROM inbox WHERE state = 'parked'"
    assert "made-up words" in str(script.query(parked))

    operate.erase(code, script.house)

    assert script.query(parked) == []


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("by_operator", [False, True])
def test_the_file_is_written_anew_after_an_erasure(script: Script, *, by_operator: bool) -> None:
    """Once, whoever has erased."""
    if by_operator:
        operate.erase(script.query("SELECT code FROM enrolments")[0]["code"], script.house)
    else:
        script.taps(CLIENT, "erase")
    with script.stored() as transaction:
        assert transaction.marks.get(Mark.ERASED) == script.now[0]

    ticks.tidy(script.house)

    with script.stored() as transaction:
        assert transaction.marks.get(Mark.ERASED) is None


def test_a_prompt_about_what_is_erased_goes_with_it(script: Script) -> None:
    """Neither the client's open card nor the therapist's question when a session ended leaves a code behind."""
    script.enrols_therapist(THERAPIST + 1, "Dr. Made-Up Too")
    script.turns(timedelta(minutes=1))
    code = script.enrols(CLIENT, THERAPIST + 1, "Made-Up Too")
    script.taps(THERAPIST + 1, f"ended:{code}")
    script.turns(timedelta(hours=3))
    script.ticks()
    script.delivers()
    [session] = script.query("SELECT id FROM sessions")
    script.taps(CLIENT, f"start:{session['id']}")
    script.taps(THERAPIST + 1, f"endedat:{code}")
    expected = "SELECT expects_subject FROM accounts WHERE expects_subject IS NOT NULL ORDER BY chat_id"
    assert [row["expects_subject"] for row in script.query(expected)] == [session["id"], code]

    operate.erase(code, script.house)

    assert script.query(expected) == []
