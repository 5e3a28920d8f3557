"""What holds of the database after anything that may happen. Each check takes what runs a query, and asserts."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise

from bot.store.engine import Row
from bot.store.rows import moment, stamp
from conversations.sessions import OPEN, CheckInState

Query = Callable[[str], list[Row]]


def each_session_has_one_check_in(query: Query) -> None:
    """No session has two check-ins, nor none."""
    found = query(
        "SELECT s.id FROM sessions s LEFT JOIN check_ins c ON c.session = s.id AND c.enrolment = s.enrolment "
        "GROUP BY s.id HAVING count(c.session) != 1"
    )
    assert found == []


def one_card_is_open_at_a_time(query: Query, now: datetime) -> None:
    """An account has at most one check-in to answer."""
    found = query(
        "SELECT e.account FROM check_ins c JOIN enrolments e ON e.code = c.enrolment "  # noqa: S608
        f"WHERE c.state IN ('due', 'sent', 'started') AND c.expires_at > {stamp(now)} "
        "GROUP BY e.account HAVING count(*) > 1"
    )
    assert found == []


def nobody_is_asked_twice_within_20_hours(query: Query) -> None:
    """Between two check-ins of an enrolment there are at least 20 hours."""
    rows = query("SELECT enrolment, sent_at FROM check_ins WHERE sent_at IS NOT NULL ORDER BY enrolment, sent_at")
    gaps = [
        moment(later["sent_at"]) - moment(earlier["sent_at"])
        for earlier, later in pairwise(rows)
        if earlier["enrolment"] == later["enrolment"]
    ]
    assert [gap for gap in gaps if gap < timedelta(hours=20)] == []


def what_was_shown_is_not_called_private(query: Query) -> None:
    """Nobody is told "kept private" of what a therapist has seen."""
    assert query("SELECT session FROM check_ins WHERE kept_private = 1 AND shown_at IS NOT NULL") == []


def every_check_in_has_ended(query: Query) -> None:
    """No check-in waits for anything any more."""
    still_open = {CheckInState.PLANNED, *OPEN}
    rows = query("SELECT session, state, closed_at FROM check_ins")
    assert [row for row in rows if row["state"] in still_open or row["closed_at"] is None] == []
