"""One table says which dialogue decides what."""

from dataclasses import replace

import pytest

from conversations.buttons import Action, Verb
from conversations.client import Client
from conversations.consent import Asked
from conversations.decide import Group, Subject, decide
from conversations.decision import CancelQueue, Decision, LeaveChat
from conversations.events import (
    AddedToGroup,
    Commanded,
    Event,
    Expired,
    FellDue,
    Left,
    Tapped,
    WasAway,
    Wrote,
)
from conversations.invitations import Opening, for_client
from conversations.people import EnrolmentState, Expectation, ExpectationKind
from conversations.presence import Presence
from conversations.sessions import CheckInState
from tests.conversations.made_up import (
    CLIENT,
    NOW,
    PRACTICE,
    THERAPIST,
    account,
    card,
    check_in,
    desk,
    enrolment,
    overview,
    record,
    said_to,
    therapist,
)

GRANTED = Asked(enrolment(EnrolmentState.GRANTED), account(), therapist(), PRACTICE)
PAUSE = Tapped(Action(Verb.PAUSE_FOR, "7"))
OPENED = Asked(enrolment(EnrolmentState.OPENED), account(), therapist(), PRACTICE)


@pytest.mark.parametrize(
    ("subject", "event", "to", "says"),
    [
        (Opening(account(), PRACTICE), Commanded("start", "x"), CLIENT, "This link doesn't work any more."),
        (GRANTED, Tapped(Action(Verb.CONFIRM_PAIRING)), THERAPIST, "Confirmed."),
        (OPENED, Tapped(Action(Verb.NO_THANKS)), CLIENT, "You won't be asked again."),
        (OPENED, FellDue(), CLIENT, "A question before we begin."),
        (GRANTED, WasAway(), THERAPIST, "I was away for a while."),
        (card(check_in(state=CheckInState.SENT)), Wrote("x"), CLIENT, "Please tap one of the buttons."),
        (card(check_in(state=CheckInState.SENT)), Expired(), CLIENT, "This check-in is closed."),
        (Client(account(), (), False, PRACTICE), Commanded("start", ""), CLIENT, "This bot works by invitation."),
        (overview(), FellDue(), THERAPIST, "Your weekly summary is ready."),
        (overview(), Commanded("digest", ""), THERAPIST, "Your summary so far."),
        (overview(), Tapped(Action(Verb.SHOW_DIGEST)), THERAPIST, "Your summary so far."),
        (desk(), Commanded("clients", ""), THERAPIST, "No clients yet."),
    ],
)
def test_each_event_reaches_its_dialogue(subject: Subject, event: Event, to: int, says: str) -> None:
    """By what it is about and what happened."""
    assert says in said_to(to, decide(subject, event, NOW))


def test_groups_are_left_and_leavers_are_noted() -> None:
    """No place for this bot, and nobody to be told."""
    assert decide(Group(-5), AddedToGroup(), NOW) == Decision(say=(LeaveChat(-5),))
    assert decide(Presence(account()), Left(), NOW).say == (CancelQueue(CLIENT),)


def test_asking_for_the_summary_ends_an_earlier_prompt() -> None:
    """As every command does: the next text is meant for something else. A tap leaves it."""
    asked = replace(account(THERAPIST), expects=Expectation(ExpectationKind.ALIAS))
    waiting = overview(account=asked)
    assert decide(waiting, Commanded("digest", ""), NOW).save == (account(THERAPIST),)
    assert decide(waiting, Tapped(Action(Verb.SHOW_DIGEST)), NOW).save == ()


def test_an_old_open_question_is_not_repeated_after_a_gap() -> None:
    """It was opened a month ago."""
    assert decide(OPENED, WasAway(), NOW) == Decision()


def test_what_can_not_happen_is_a_mistake_of_the_code() -> None:
    """It is said aloud, not passed over."""
    with pytest.raises(AssertionError, match="nothing decides Expired of Group"):
        decide(Group(-5), Expired(), NOW)


def test_the_moment_is_passed_on() -> None:
    """What is decided is dated by it."""
    link = for_client(enrolment(EnrolmentState.INVITED), "made-up-secret", PRACTICE, NOW)
    opening = Opening(account(), PRACTICE, link, therapist(), enrolment(EnrolmentState.INVITED))
    saved = [
        decide(opening, Commanded("start", "x"), NOW).save[2],
        decide(GRANTED, Tapped(Action(Verb.CONFIRM_PAIRING)), NOW).save[0],
        decide(OPENED, Tapped(Action(Verb.NO_THANKS)), NOW).save[0],
        decide(card(check_in(state=CheckInState.PLANNED)), Expired(), NOW).save[0],
        decide(card(), Tapped(Action(Verb.START, "S1")), NOW).save[0],
        decide(Client(account(), ((enrolment(), therapist()),), False, PRACTICE), PAUSE, NOW).save[0],
        decide(desk(record()), Tapped(Action(Verb.JUST_ENDED, "MADEUP-E")), NOW).save[0],
        decide(Presence(account()), Left(), NOW).save[0],
        decide(overview(), FellDue(), NOW).save[0],
    ]
    dates = ("opened_at", "confirmed_at", "ended_at", "closed_at", "started_at", "paused_at", "logged_at")
    assert [
        getattr(one, name) for one, name in zip(saved, (*dates, "unreachable_since", "last_digest_at"), strict=True)
    ] == [NOW] * 9
