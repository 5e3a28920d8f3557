"""What must not be undone by a restore."""

from dataclasses import replace

import pytest

from conversations.decision import EraseEnrolment, Saved
from conversations.lasting import Fact, Lasting, lasting
from conversations.people import LIVE, EnrolmentState, Invitation
from conversations.sessions import CheckIn
from tests.conversations.made_up import NOW, account, check_in, enrolment, therapist

PRIVATE = replace(check_in("5,5,5,5"), kept_private=True)
SHARED = check_in("5,5,5,5")
LINK = Invitation("made-up-hash", None, "MADEUP-E", NOW)


@pytest.mark.parametrize("state", sorted(set(EnrolmentState) - LIVE))
def test_every_end_lasts(state: EnrolmentState) -> None:
    """Whoever ended it."""
    assert lasting(enrolment(state)) == Lasting(Fact(state), "MADEUP-E")


@pytest.mark.parametrize("state", sorted(LIVE))
def test_what_goes_on_is_not_noted(state: EnrolmentState) -> None:
    """A restore may well forget it."""
    assert lasting(enrolment(state)) is None


@pytest.mark.parametrize(
    ("saved", "expected"),
    [
        (EraseEnrolment("MADEUP-E"), Lasting(Fact.ERASED, "MADEUP-E")),
        (replace(therapist(), removed_at=NOW), Lasting(Fact.REMOVED, "MADEUP-T")),
        (replace(LINK, revoked_at=NOW), Lasting(Fact.REVOKED, "made-up-hash")),
        (therapist(), None),
        (LINK, None),
        (account(), None),
    ],
)
def test_so_do_erasures_removals_and_revoked_links(saved: Saved, expected: Lasting | None) -> None:
    """And nothing else."""
    assert lasting(saved) == expected


@pytest.mark.parametrize(
    ("before", "after", "fact"),
    [
        (None, SHARED, None),
        (None, PRIVATE, Fact.PRIVATE),
        (SHARED, SHARED, None),
        (SHARED, PRIVATE, Fact.PRIVATE),
        (PRIVATE, PRIVATE, None),
        (PRIVATE, SHARED, Fact.SHARED),
    ],
)
def test_what_is_kept_private_is_noted_when_it_changes(before: CheckIn | None, after: CheckIn, fact: Fact) -> None:
    """Not at every answer."""
    assert lasting(after, before) == (Lasting(fact, after.session) if fact else None)
