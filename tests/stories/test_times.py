"""Reminders, expiry, quiet hours, and the two nights on which the clocks change."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.demo.telegram import PretendTelegram
from conversations.sessions import CheckInState
from tests.stories.practice import BERLIN, Practice, practice_with


def _local(practice: Practice) -> str:
    return f"{practice.now.astimezone(BERLIN):%a %H:%M}"


def _states(practice: Practice) -> list[CheckInState]:
    return [one.state for one in practice.check_ins()]


def test_one_reminder_and_then_the_end(practice: Practice) -> None:
    """A day later there is one reminder, and three days after the session the card closes with a neutral line."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    practice.at("Tue 14:00").session_ends(therapist).at("Wed 15:59")
    heard = len(client.chat)
    client.sees("A short check-in is ready.")
    practice.at("Wed 16:01")
    client.sees("Your short check-in is still open.", "A short check-in is ready.").sees_nothing_new(since=heard)
    assert sum("check-in is" in line for line in client.lock_screen) == 2

    practice.at("Fri 13:59")
    assert "Start" in client.labels
    practice.at("Fri 14:00")
    client.sees("This check-in is closed. There will be another one after your next session.")
    assert client.last.buttons == ()
    assert sum("check-in is" in line for line in client.lock_screen) == 2
    assert _states(practice) == [CheckInState.EXPIRED]


def test_what_was_answered_by_then_counts(practice: Practice) -> None:
    """A check-in left halfway counts as what it is when its time is over; a late tap gets a friendly line."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    practice.at("Tue 14:00").session_ends(therapist).at("Tue 16:00")
    client.answers("Start", "Yes", "Not really")
    open_card = client.card
    practice.at("Fri 14:00")
    client.sees("Thank you. This check-in is complete.", "Monday 9 March")
    client.phone.forges(open_card.message_id, next(b.data for row in open_card.buttons for b in row if b.data))
    practice.settles().at("Mon 08:00")
    therapist.sees("1 asked, 1 answered", "Talking freely 2", "Relieved afterwards –")


def test_a_tap_on_a_card_whose_time_has_passed(practice: Practice) -> None:
    """Every stale button gets an answer, never silence."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    practice.at("Tue 14:00").session_ends(therapist).at("Tue 16:00")
    start = next(button.data for row in client.card.buttons for button in row)
    assert start is not None
    practice.at("Fri 15:00")
    heard = len(client.chat)
    client.forges(start).sees("This check-in is closed.")
    client.sees_nothing_new(since=heard + 1)


def test_the_next_session_ends_an_open_check_in(practice: Practice) -> None:
    """There is one card at a time: the session that has just ended closes the card of the one before."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    practice.at("Tue 14:00").session_ends(therapist).at("Wed 14:00").session_ends(therapist).at("Wed 16:00")

    assert _states(practice) == [CheckInState.EXPIRED, CheckInState.SENT]
    client.sees("A short check-in is ready.").sees_in_chat("This check-in is closed.")


def test_two_sessions_within_a_day_are_asked_about_once(practice: Practice) -> None:
    """At most one check-in in twenty hours: nobody is asked twice in an afternoon."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    practice.at("Tue 09:00").session_ends(therapist).at("Tue 11:30")
    client.answers("Start", "Yes", "Yes", "Yes", "Yes", "Done")
    practice.at("Tue 18:00").session_ends(therapist).at("Wed 12:00")
    assert _states(practice) == [CheckInState.ANSWERED, CheckInState.CANCELLED]


def test_nobody_is_woken(practice: Practice) -> None:
    """After an evening session the check-in comes at nine; so does a reminder that would fall into the night."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    practice.at("Tue 19:30").session_ends(therapist)
    therapist.sees("The check-in goes out on Wednesday 4 March, 09:00.")
    practice.at("Wed 08:59")
    client.sees("All set.")
    practice.at("Wed 09:00")
    client.sees("A short check-in is ready.")

    practice.at("Thu 13:00").session_ends(therapist)
    client.says("/timezone").says("Sydney").sees("Your time zone is now Australia/Sydney.")
    practice.at("Thu 22:59")
    assert _states(practice)[-1] == CheckInState.PLANNED or _states(practice)[-1] == CheckInState.DUE
    practice.at("Thu 23:00")
    client.sees("A short check-in is ready.")


@pytest.fixture
def spring(telegram: PretendTelegram, telegram_url: str, tmp_path: Path, token: str) -> Iterator[Practice]:
    """The Friday before summer time begins in Berlin, on Sunday 29 March 2026."""
    with practice_with(telegram, telegram_url, tmp_path, token, datetime(2026, 3, 27, 8, 0)) as opened:  # noqa: DTZ001
        yield opened


def test_summer_time_begins(spring: Practice) -> None:
    """On the short night quiet hours still end at nine by the clock on the wall, and the summary comes at eight."""
    therapist = spring.therapist()
    client = spring.client(therapist)
    spring.at("Sat 20:00").session_ends(therapist)
    ended = spring.now
    spring.at("2026-03-29 08:59")
    client.sees("All set.")
    spring.at("2026-03-29 09:00")
    client.sees("A short check-in is ready.", "until Tuesday 31 March, 21:00")
    assert timedelta(hours=12) == spring.now.replace(second=0, microsecond=0) - ended.replace(second=0, microsecond=0)

    spring.at("Mon 07:59")
    therapist.sees_nowhere("Your weekly summary")
    spring.at("Mon 08:00")
    therapist.sees("Your weekly summary is ready.", "Monday 30 March 2026.")
    assert _local(spring) == "Mon 08:00"


@pytest.fixture
def autumn(telegram: PretendTelegram, telegram_url: str, tmp_path: Path, token: str) -> Iterator[Practice]:
    """The Friday before summer time ends in Berlin, on Sunday 25 October 2026."""
    start = datetime(2026, 10, 23, 8, 0)  # noqa: DTZ001, local time in Berlin
    with practice_with(telegram, telegram_url, tmp_path, token, start) as opened:
        yield opened


def test_summer_time_ends(autumn: Practice) -> None:
    """On the long night nothing comes twice: one check-in at nine, one reminder a day later, one summary at eight."""
    therapist = autumn.therapist()
    client = autumn.client(therapist)
    autumn.at("Sat 20:00").session_ends(therapist)
    autumn.at("2026-10-25 08:59")
    client.sees("All set.")
    autumn.at("2026-10-25 09:00")
    client.sees("A short check-in is ready.", "until Tuesday 27 October, 19:00")

    autumn.at("Mon 08:00").at("Mon 09:01").at("Tue 12:00")
    assert therapist.screen.count("Your weekly summary is ready.") == 1
    assert sum("still open" in line for line in client.lock_screen) == 1
    assert sum("is ready" in line for line in client.lock_screen) == 1


def test_a_summary_in_the_hour_that_does_not_exist(spring: Practice) -> None:
    """A summary set for half past two on Sundays comes when the clocks have sprung forward, once."""
    therapist = spring.therapist()
    therapist.says("/settings").taps("Change the hour").says("2:30").taps("Change the day").taps("Sunday")
    spring.at("2026-03-29 01:59")
    therapist.sees_nowhere("Your weekly summary")
    spring.at("2026-03-29 03:00").at("2026-03-29 12:00")
    assert therapist.screen.count("Your weekly summary is ready.") == 1
