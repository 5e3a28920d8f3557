"""Erasing at an operator's command: what goes, and who is told."""

from dataclasses import replace

import pytest

from conversations.decision import Decision, EraseClient, EraseEnrolment, Saved, Unsend
from conversations.erasure import erase, forget
from conversations.people import Enrolment, EnrolmentState, Therapist
from tests.conversations.made_up import CLIENT, NOW, THERAPIST, enrolment, said_to, therapist


def test_the_only_enrolment_goes_with_the_whole_account() -> None:
    """What was said in the chat is taken back as far as it can be."""
    decision = erase(enrolment(), therapist(), has_others=False)
    assert decision.save == (EraseClient(CLIENT),)
    assert decision.say[0] == Unsend(CLIENT)
    assert "is deleted" in said_to(CLIENT, decision)
    assert "Everything that was stored of Otter here was deleted" in said_to(THERAPIST, decision)


def test_one_of_several_goes_alone() -> None:
    """The client is told which."""
    decision = erase(enrolment(), therapist(), has_others=True)
    assert decision.save == (EraseEnrolment("MADEUP-E"),)
    assert "the work with Dr. Made-Up" in said_to(CLIENT, decision)


def test_an_unopened_invitation_goes_without_a_client_to_tell() -> None:
    """The therapist is told, since the client vanishes from the list."""
    decision = erase(enrolment(EnrolmentState.INVITED), therapist(), has_others=False)
    assert decision.save == (EraseEnrolment("MADEUP-E"),)
    assert (said_to(CLIENT, decision), "Otter" in said_to(THERAPIST, decision)) == ("", True)


@pytest.mark.parametrize(
    ("state", "desk"),
    [
        (EnrolmentState.WITHDRAWN, therapist()),
        (EnrolmentState.ACTIVE, therapist(chat_id=None)),
        (EnrolmentState.ACTIVE, replace(therapist(), removed_at=NOW)),
    ],
)
def test_a_therapist_for_whom_nothing_changes_is_not_told(state: EnrolmentState, desk: Therapist) -> None:
    """It had ended before, or nobody is there."""
    decision: Decision = erase(enrolment(state), desk, has_others=True)
    assert said_to(THERAPIST, decision) == ""


@pytest.mark.parametrize(
    ("known", "has_others", "is_therapist", "saved"),
    [
        (enrolment(), False, False, EraseClient(CLIENT)),
        (enrolment(), True, False, EraseEnrolment("MADEUP-E")),
        (enrolment(), False, True, EraseEnrolment("MADEUP-E")),
        (enrolment(EnrolmentState.INVITED), False, False, EraseEnrolment("MADEUP-E")),
    ],
)
def test_forgetting_says_nothing(known: Enrolment, saved: Saved, *, has_others: bool, is_therapist: bool) -> None:
    """Nobody needs to hear of it; a desk and other enrolments stay."""
    assert forget(known, has_others=has_others, is_therapist=is_therapist) == Decision((saved,))
