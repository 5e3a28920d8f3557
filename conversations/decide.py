"""Which dialogue decides what: one table."""

from dataclasses import dataclass
from datetime import datetime

from conversations import answering, check_in, client, consent, invitations, presence, reading, therapist
from conversations.buttons import Action, Verb
from conversations.check_in import Card
from conversations.client import Client
from conversations.consent import Asked
from conversations.decision import Decision, LeaveChat
from conversations.desk import Desk, forget_prompt
from conversations.events import (
    AddedToGroup,
    Commanded,
    Delivered,
    Event,
    Expired,
    FellDue,
    Left,
    NotAsked,
    ReminderFellDue,
    Returned,
    SentSomethingElse,
    StayedAway,
    Tapped,
    Undeliverable,
    WasAway,
    Wrote,
)
from conversations.invitations import Opening
from conversations.people import EnrolmentState
from conversations.presence import Presence
from conversations.reading import Overview


@dataclass(frozen=True, slots=True)
class Group:
    """A chat that is not private: no place for this bot."""

    chat_id: int


Subject = Opening | Asked | Card | Client | Desk | Overview | Presence | Group


def decide(subject: Subject, event: Event, now: datetime) -> Decision:
    """Decide what `event` does to `subject`. Pure: the same arguments always give the same decision."""
    match subject, event:
        case Group(chat_id), AddedToGroup():
            return Decision(say=(LeaveChat(chat_id),))
        case Opening() as opening, Commanded():
            return invitations.follow(opening, now)
        case Asked() as asked, Tapped(Action(Verb.CONFIRM_PAIRING | Verb.REFUSE_PAIRING as verb)):
            return consent.confirm_pairing(asked, verb, now)
        case Asked() as asked, Tapped(Action(verb)):
            return consent.answer(asked, verb, now)
        case Asked() as asked, FellDue():
            return consent.fell_due(asked, now)
        case Asked() as asked, NotAsked(purpose):
            return consent.not_asked(asked, purpose, now)
        case Asked() as asked, WasAway():
            is_open = asked.enrolment.state is EnrolmentState.OPENED
            return consent.was_away(asked, now) if is_open else consent.pairing_was_away(asked)
        case Card() as card, (Tapped() | Wrote() | SentSomethingElse()) as acted:
            return answering.answer(card, acted, now)
        case Card() as card, (
            FellDue() | ReminderFellDue() | Expired() | Delivered() | Undeliverable() | WasAway()
        ) as passed:
            return check_in.advance(card, passed, now)
        case Client() as one, (Commanded() | Wrote() | SentSomethingElse() | Tapped()) as acted:
            return client.hear(one, acted, now)
        case Overview() as overview, FellDue():
            return reading.digest_fell_due(overview, now)
        case Overview() as overview, Commanded():
            return forget_prompt(overview.account) + reading.digest_so_far(overview, now)
        case Overview() as overview, Tapped():
            return reading.digest_so_far(overview, now)
        case Desk() as desk, (Commanded() | Wrote() | Tapped()) as acted:
            return therapist.hear(desk, acted, now)
        case Presence() as one, (Left() | Returned() | StayedAway()) as changed:
            return presence.change(one, changed, now)
        case _:
            raise AssertionError(f"nothing decides {type(event).__name__} of {type(subject).__name__}")
