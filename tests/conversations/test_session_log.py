"""One session is logged once, and cancelled without taking back what was answered."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from conversations.people import EnrolmentState
from conversations.session_log import Outcome, cancel, log
from conversations.sessions import CheckIn, CheckInState
from tests.conversations.made_up import BERLIN, DAY, HOUR, NOW, PRACTICE, account, at, check_in, record, session

ENDED = session("NEW", "2026-03-05 16:00")
EMPTY = record()


@pytest.mark.parametrize("state", EnrolmentState)
def test_sessions_are_logged_for_whoever_has_not_ended(state: EnrolmentState) -> None:
    """Also before the consent: the check-in waits for it."""
    live = {EnrolmentState.INVITED, EnrolmentState.OPENED, EnrolmentState.GRANTED, EnrolmentState.ACTIVE}
    expected = Outcome.LOGGED if state in live else Outcome.ENDED
    assert log(record(state=state), ENDED, PRACTICE).outcome == expected


@pytest.mark.parametrize(
    ("apart", "expected"),
    [
        (timedelta(0), Outcome.KNOWN),
        (timedelta(minutes=29), Outcome.KNOWN),
        (timedelta(minutes=-29), Outcome.KNOWN),
        (timedelta(minutes=30), Outcome.LOGGED),
        (timedelta(minutes=-30), Outcome.LOGGED),
    ],
)
def test_two_ends_within_half_an_hour_are_one_session(apart: timedelta, expected: Outcome) -> None:
    """A double tap is one session; the one that is known is named."""
    known = replace(EMPTY, sessions=(replace(ENDED, id="OLD", ended_at=ENDED.ended_at + apart),))
    found = log(known, ENDED, PRACTICE)
    assert found.outcome == expected
    assert found.session == (known.sessions[0] if expected is Outcome.KNOWN else ENDED)


def test_a_cancelled_session_is_no_double() -> None:
    """It can be logged again."""
    known = replace(EMPTY, sessions=(replace(ENDED, id="OLD", cancelled_at=NOW),))
    assert log(known, ENDED, PRACTICE).outcome == Outcome.LOGGED


def test_a_session_of_long_ago_is_logged_but_not_asked_about() -> None:
    """Its check-in is missed from the start."""
    old = replace(ENDED, ended_at=NOW - 72 * HOUR, logged_at=NOW)
    found = log(replace(EMPTY, account=None), old, PRACTICE)
    assert found.outcome == Outcome.TOO_LATE
    assert found.check_in is not None
    assert found.save == (old, found.check_in)
    assert found.check_in.state == CheckInState.MISSED


def test_a_session_ends_where_a_later_one_starts() -> None:
    """If that one is known already; its start, or its end where no start is known."""
    later = session("LATER", "2026-03-06 16:00")
    for one, expected in ((later, later.ended_at), (replace(later, started_at=NOW + 23 * HOUR), NOW + 23 * HOUR)):
        found = log(replace(EMPTY, sessions=(one,), account=replace(account(), zone=BERLIN)), ENDED, PRACTICE)
        assert found.check_in is not None
        assert found.check_in.expires_at == expected


@pytest.mark.parametrize(
    ("state", "expires", "cut"),
    [
        (CheckInState.PLANNED, NOW + DAY, True),
        (CheckInState.STARTED, NOW + DAY, True),
        (CheckInState.ANSWERED, NOW + DAY, False),
        (CheckInState.SENT, NOW - DAY, False),
        (CheckInState.SENT, ENDED.ended_at, False),
    ],
)
def test_an_earlier_check_in_that_is_open_ends_where_this_session_starts(
    state: CheckInState, expires: datetime, cut: bool
) -> None:
    """What is over, or ends before, stays as it is."""
    before = session("OLD", "2026-03-04 16:00")
    held = replace(check_in(state=state, of=before), expires_at=expires)
    found = log(replace(EMPTY, sessions=(before,), check_ins=(held,)), ENDED, PRACTICE)
    earlier = [one for one in found.save if isinstance(one, CheckIn) and one.session == "OLD"]
    assert earlier == ([replace(held, expires_at=ENDED.ended_at)] if cut else [])


def test_a_session_is_cancelled_with_its_check_in() -> None:
    """If there is one."""
    held = session("S1", "2026-03-04 16:00")
    planned = check_in(state=CheckInState.PLANNED, of=held)
    known = replace(EMPTY, sessions=(held,), check_ins=(planned,))
    assert cancel(known, held, NOW) == (replace(held, cancelled_at=NOW), planned.cancelled(NOW))
    assert cancel(replace(known, check_ins=()), held, NOW) == (replace(held, cancelled_at=NOW), None)


def test_a_check_in_is_planned_outside_the_clients_own_quiet_hours() -> None:
    """The evening in Berlin is the night in Tokyo; the check-in is of this session and this enrolment."""
    there = replace(EMPTY, account=replace(account(), zone=ZoneInfo("Asia/Tokyo")))
    found = log(there, ENDED, PRACTICE)
    assert found.check_in is not None
    assert found.check_in.due_at == at("2026-03-06 01:00")  # nine in the morning in Tokyo
    assert (found.check_in.session, found.check_in.enrolment) == ("NEW", "MADEUP-E")
