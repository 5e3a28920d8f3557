"""Which answers count, since when, and what cancelling leaves."""

from dataclasses import replace

import pytest

from conversations.sessions import Answer, CheckIn, CheckInState, Page
from tests.conversations.made_up import DAY, HOUR, NOW, check_in

STARTED = check_in("1,1,1,1", state=CheckInState.STARTED, page=Page.QUESTION)


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        (check_in("1,1,1,1"), True),
        (STARTED, False),
        (replace(STARTED, page=Page.COMMENT), True),
        (replace(STARTED, heads_up_at=NOW), True),
        (replace(STARTED, closed_at=NOW), True),
        (replace(STARTED, page=Page.COMMENT, answers=()), False),
        (replace(STARTED, state=CheckInState.CANCELLED, page=Page.COMMENT), False),
    ],
)
def test_answers_count_when_they_are_complete(held: CheckIn, expected: bool) -> None:
    """Finished, or but for the comment; nudged about; being changed: but never those of a cancelled check-in."""
    assert held.counts == expected


def test_answers_came_in_when_they_were_finished_or_added_to() -> None:
    """Open ones with their latest answer; of those shown before they were finished, what came last."""
    done = check_in("5,5,5,5", comments=("Made-up words.",))
    assert done.came_in_at == done.closed_at
    assert replace(done, closed_at=None).came_in_at == done.comments[0].at
    assert done.closed_at is not None
    assert replace(done, shown_at=done.closed_at - HOUR).came_in_at == done.comments[0].at
    assert replace(done, shown_at=done.closed_at).came_in_at == done.comments[0].at
    assert replace(done, shown_at=done.closed_at + HOUR).came_in_at == done.closed_at
    assert check_in(state=CheckInState.SENT).came_in_at is None


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (CheckInState.PLANNED, CheckInState.CANCELLED),
        (CheckInState.DUE, CheckInState.CANCELLED),
        (CheckInState.STARTED, CheckInState.CANCELLED),
        (CheckInState.ANSWERED, CheckInState.ANSWERED),
        (CheckInState.MISSED, CheckInState.MISSED),
    ],
)
def test_cancelling_ends_only_what_is_open(state: CheckInState, expected: CheckInState) -> None:
    """What is over stays what it was."""
    assert check_in(state=state).cancelled(NOW).state == expected


def test_cancelling_keeps_what_a_therapist_has_seen() -> None:
    """Answers that were shown stay answered."""
    shown = replace(STARTED, shown_at=NOW - HOUR).cancelled(NOW)
    assert (shown.state, shown.page, shown.closed_at) == (CheckInState.ANSWERED, Page.FINISHED, NOW)


def test_an_answer_takes_the_place_of_an_earlier_one() -> None:
    """One answer to each question; a skipped question has no rating."""
    changed = check_in("5,4,3,2").with_answer(Answer("freely", None, NOW + DAY))
    assert [changed.rating(one) for one in ("comfortable", "freely", "relieved", "return", "gone")] == [
        5,
        None,
        3,
        2,
        None,
    ]


def test_cancelling_leaves_nothing_open() -> None:
    """No question, no reminder; and it is dated."""
    held = replace(STARTED, question="freely", reminder_at=NOW + HOUR)
    assert held.cancelled(NOW) == replace(held, state=CheckInState.CANCELLED, closed_at=NOW, reminder_at=None)
    seen = replace(held, shown_at=NOW - HOUR)
    assert seen.cancelled(NOW) == replace(
        seen, state=CheckInState.ANSWERED, page=Page.FINISHED, question=None, closed_at=NOW, reminder_at=None
    )
