"""The week that `make demo` plays."""

import pytest

from bot.demo.play import play

SCENES = (
    "A question before we begin.",
    "Robin has opened the invitation for R and agreed. Is it them?",
    "A short check-in is ready.",
    "There is something new in your summary.",
    "Saved.",
    "All right, not this time.",
    "Your weekly summary is ready.",
    "No longer wants to come back",
    "Steady",
    "For R: this comes up again only if a later check-in says so.",
)


def test_the_week_is_played_with_every_message_as_people_see_it(capsys: pytest.CaptureFixture[str]) -> None:
    """From the enrolment to the summary, in the order in which it happens, with two clients and three sessions."""
    play()
    played = capsys.readouterr().out
    places = [played.find(scene) for scene in SCENES]
    assert -1 not in places
    assert places == sorted(places)
    assert played.count("taps [Just ended]") == 3
    assert {name for name in ("Robin", "Sasha", "Dr. Weber") if f"┌─ {name}, " in played} == {
        "Robin",
        "Sasha",
        "Dr. Weber",
    }
