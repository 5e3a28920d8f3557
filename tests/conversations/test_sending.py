"""What may still be said at the moment of sending, for every purpose."""

from dataclasses import replace
from datetime import timedelta

import pytest

from conversations.decision import Purpose
from conversations.people import Account, EnrolmentState
from conversations.sending import CHANGED_MEANWHILE, Drop, PutOff, Send, Verdict, Waiting, judge
from conversations.sessions import CheckInState, Wish
from tests.conversations.made_up import (
    CLIENT,
    NOW,
    PRACTICE,
    STRANGER,
    THERAPIST,
    account,
    at,
    card,
    check_in,
    enrolment,
    therapist,
)

NIGHT, MORNING = at("2026-03-05 22:00"), at("2026-03-06 09:00")
DUE = card(check_in(state=CheckInState.DUE))
LEAVING = card(check_in("5,5,5,1"))
State = EnrolmentState


def waiting(purpose: Purpose, **changes: object) -> Waiting:
    """Return something that waits for a client, or for a therapist, with nothing in its way."""
    to_desk = purpose in {Purpose.PAIRING, Purpose.HEADS_UP, Purpose.SHOWN, Purpose.DIGEST}
    chat_id = THERAPIST if to_desk else CLIENT
    state = {Purpose.CONSENT: State.OPENED, Purpose.PAIRING: State.GRANTED}.get(purpose, State.ACTIVE)
    whole = Waiting(
        purpose,
        chat_id,
        PRACTICE,
        account(chat_id),
        enrolment(state),
        therapist() if to_desk else None,
        LEAVING if purpose is Purpose.HEADS_UP else DUE,
        (check_in("5,5,5,5"),),
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("purpose", Purpose)
def test_what_still_holds_is_said(purpose: Purpose) -> None:
    """With nothing in its way."""
    assert judge(waiting(purpose), NOW) == Send()


@pytest.mark.parametrize("purpose", [purpose for purpose in Purpose if purpose is not Purpose.REPLY])
@pytest.mark.parametrize("there", [None, replace(account(), unreachable_since=NOW)])
def test_nothing_is_said_to_whoever_can_not_be_reached(purpose: Purpose, there: Account | None) -> None:
    """Except an answer to what they just did."""
    assert judge(waiting(purpose, account=there), NOW) == Drop("unreachable")
    assert judge(waiting(Purpose.REPLY, account=there), NOW) == Send()


def test_a_check_in_waits_for_who_is_deciding_whether_to_go_on() -> None:
    """It is thought of again every few minutes, since they may choose at any moment."""
    deciding = replace(DUE, account=replace(account(), deciding_since=NOW))
    assert judge(waiting(Purpose.CHECK_IN, card=deciding), NOW) == PutOff(NOW + timedelta(minutes=5))


GONE = enrolment(State.WITHDRAWN)
ASKED_ANEW = replace(enrolment(State.OPENED), confirmed_at=NOW)
NOBODY = replace(therapist(), account=None)


@pytest.mark.parametrize(
    ("purpose", "changes", "expected"),
    [
        (Purpose.CARD, {"enrolment": GONE}, Drop("no consent")),
        (Purpose.CARD, {"enrolment": None}, Drop("no consent")),
        (Purpose.CARD, {"chat_id": STRANGER}, Drop("no consent")),
        (Purpose.CARD, {"enrolment": ASKED_ANEW}, Send()),
        (Purpose.NOTICE, {"enrolment": GONE}, Drop("no consent")),
        (Purpose.CONSENT, {"enrolment": GONE}, Drop("settled")),
        (Purpose.CONSENT, {"enrolment": None}, Drop("settled")),
        (Purpose.CHECK_IN, {"card": None}, Drop("closed")),
        (Purpose.CHECK_IN, {"card": card(check_in("5,5,5,5"))}, Drop("closed")),
        (Purpose.CHECK_IN, {"chat_id": STRANGER}, Drop("closed")),
        (Purpose.CHECK_IN, {"card": card(DUE.check_in, enrolment=GONE)}, Drop("no consent")),
        (Purpose.CHECK_IN, {"card": card(DUE.check_in, therapist=NOBODY)}, Drop("nobody reads")),
        (Purpose.PAIRING, {"enrolment": enrolment()}, Drop("settled")),
        (Purpose.PAIRING, {"enrolment": None}, Drop("settled")),
        (Purpose.PAIRING, {"therapist": None}, Drop("settled")),
        (Purpose.HEADS_UP, {"card": None}, Drop("no longer called for")),
        (Purpose.HEADS_UP, {"card": card(LEAVING.check_in, enrolment=GONE)}, Drop("no longer called for")),
        (Purpose.HEADS_UP, {"card": card(LEAVING.check_in, enrolment=ASKED_ANEW)}, Send()),
        (Purpose.HEADS_UP, {"card": card(check_in("5,5,5,5"))}, Drop("no longer called for")),
        (
            Purpose.HEADS_UP,
            {"card": card(replace(LEAVING.check_in, kept_private=True, wish=Wish.CONTACT_ME))},
            Drop("no longer called for"),
        ),
        (Purpose.HEADS_UP, {"therapist": replace(therapist(), removed_at=NOW)}, Drop("no longer called for")),
        (Purpose.SHOWN, {"therapist": NOBODY}, Drop("not at this desk")),
        (Purpose.SHOWN, {"shown": (None,)}, Drop(CHANGED_MEANWHILE)),
        (Purpose.SHOWN, {"shown": ()}, Send()),
        (Purpose.DIGEST, {"shown": (replace(check_in("5,5,5,5"), kept_private=True),)}, Drop(CHANGED_MEANWHILE)),
        (Purpose.DIGEST, {"chat_id": STRANGER}, Drop("not at this desk")),
    ],
)
def test_what_no_longer_holds_is_dropped(purpose: Purpose, changes: dict[str, object], expected: Verdict) -> None:
    """With a reason for operators that says nothing of the content."""
    assert judge(waiting(purpose, **changes), NOW) == expected


@pytest.mark.parametrize(
    ("purpose", "expected"),
    [
        (Purpose.CHECK_IN, PutOff(MORNING)),
        (Purpose.CONSENT, PutOff(MORNING)),
        (Purpose.NOTICE, PutOff(MORNING)),
        (Purpose.CARD, Send()),
        (Purpose.REPLY, Send()),
        (Purpose.DIGEST, Send()),
    ],
)
def test_at_night_clients_hear_only_answers(purpose: Purpose, expected: Verdict) -> None:
    """Everything that nobody asked for just now waits until 09:00; therapists choose their own hour."""
    assert judge(waiting(purpose), NIGHT) == expected
    assert judge(waiting(Purpose.CONSENT, enrolment=GONE), NIGHT) == Drop("settled")
