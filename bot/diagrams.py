"""The lives of a consent and of a check-in as diagrams, found by asking the decisions themselves.

Every state is confronted with everything that can happen; what comes out is drawn. So the pictures in
`docs/design.md` can't differ from the code.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from conversations import check_in, consent, invitations, questions, session_log
from conversations.answering import answer
from conversations.buttons import Action, Verb
from conversations.check_in import Card
from conversations.consent import Asked
from conversations.decision import Decision
from conversations.desk import Desk, Fresh
from conversations.events import Delivered, Expired, FellDue, Tapped, Undeliverable
from conversations.people import LIVE, Account, Choice, Enrolment, EnrolmentState, Therapist
from conversations.practice import Practice
from conversations.record import ClientRecord
from conversations.sessions import Answer, CheckIn, CheckInState, Page, Session
from conversations.therapist import hear
from conversations.timing import Weekly

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
UTC_ZONE = ZoneInfo("UTC")
ASKED_AT = NOW - timedelta(hours=2)

PRACTICE = Practice(
    name="Practice",
    contact="Contact",
    crisis_lines=("Line",),
    bot_username="bot",
    zone=UTC_ZONE,
    language="en",
    questions=questions.load(),
    quiet_hours=None,
    digest_at=Weekly(0, NOW.time()),
)
THERAPIST = Therapist(
    "T", "Therapist", 1, UTC_ZONE, True, Weekly(0, NOW.time()), heads_up=True, next_digest_at=NOW + timedelta(days=7)
)
ENROLMENT = Enrolment(
    "C",
    "T",
    "R",
    EnrolmentState.ACTIVE,
    ASKED_AT,
    account=2,
    terms=consent.terms(PRACTICE, THERAPIST),
    confirmed_at=ASKED_AT,
)
SESSION = Session("S", "C", None, ASKED_AT, ASKED_AT)


@dataclass(frozen=True, slots=True, order=True)
class Step:
    """From one state to another, and what brings it about."""

    before: str
    after: str
    label: str


def check_in_diagram() -> str:
    """Return the life of a check-in in Mermaid."""
    return _drawn(CheckInState.PLANNED, sorted(set(_check_in_steps())))


def consent_diagram() -> str:
    """Return the life of a consent in Mermaid."""
    return _drawn(EnrolmentState.INVITED, sorted(set(_consent_steps())))


def _drawn(first: StrEnum, steps: Iterable[Step]) -> str:
    """Draw the steps, with everything that leads from one state to another on one arrow."""
    labels: dict[tuple[str, str], list[str]] = {}
    for step in steps:
        labels.setdefault((step.before, step.after), []).append(step.label)
    lines = [f"    {before} --> {after}: {' / '.join(words)}" for (before, after), words in labels.items()]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {first}", *lines])


def _check_in_steps() -> Iterable[Step]:
    for state in CheckInState:
        for label, decision in _what_happens_to(_card(state)):
            for saved in decision.save:
                if isinstance(saved, CheckIn) and saved.state is not state:
                    yield Step(state, saved.state, label)


def _card(state: CheckInState, *, answered: bool = False) -> Card:
    started = state in {CheckInState.STARTED, CheckInState.ANSWERED}
    page = Page.COMMENT if started else Page.READY
    answers = (Answer("return", 5, NOW),) if answered or state is CheckInState.ANSWERED else ()
    one = CheckIn("S", "C", state, ASKED_AT, NOW + timedelta(days=1), page=page, answers=answers)
    return Card(one, SESSION, ENROLMENT, Account(2), THERAPIST, PRACTICE)


def _what_happens_to(card: Card) -> Iterable[tuple[str, Decision]]:
    late = NOW + timedelta(days=2)
    paused = replace(card, account=Account(2, paused_at=NOW))
    unreachable = replace(card, account=Account(2, unreachable_since=NOW))
    yield "due", check_in.advance(card, FellDue(), NOW)
    yield "due while paused", check_in.advance(paused, FellDue(), NOW)
    yield "due while unreachable", check_in.advance(unreachable, FellDue(), NOW)
    yield "delivered", check_in.advance(card, Delivered(), NOW)
    yield "can't be delivered", check_in.advance(unreachable, Undeliverable(), NOW)
    yield "time is over", check_in.advance(card, Expired(), late)
    yield "starts", answer(card, Tapped(Action(Verb.START, "S")), NOW)
    yield "not this time", answer(card, Tapped(Action(Verb.NOT_THIS_TIME, "S")), NOW)
    yield "we didn't meet", answer(card, Tapped(Action(Verb.DID_NOT_MEET, "S")), NOW)
    changes = "changes answers" if card.check_in.state is CheckInState.ANSWERED else "tapped"
    yield changes, answer(card, Tapped(Action(Verb.CHANGE, "S")), NOW)
    yield (
        "stops",
        consent.end(replace(_asked(EnrolmentState.ACTIVE), check_ins=(card.check_in,)), Choice.WITHDRAWN, NOW),
    )
    if card.check_in.state is CheckInState.STARTED:
        answered = _card(CheckInState.STARTED, answered=True)
        yield "time is over with answers", check_in.advance(answered, Expired(), late)
        yield "finishes", answer(answered, Tapped(Action(Verb.DONE, "S")), NOW)
        yield "finishes without answers", answer(card, Tapped(Action(Verb.DONE, "S")), NOW)
    record = ClientRecord(ENROLMENT, Account(2), (SESSION,), (card.check_in,))
    _, cancelled = session_log.cancel(record, SESSION, NOW)
    yield "session cancelled", Decision((cancelled,) if cancelled else ())


def _consent_steps() -> Iterable[Step]:
    for state in EnrolmentState:
        for label, decision in _what_happens_in(state):
            for saved in decision.save:
                if isinstance(saved, Enrolment) and saved.state is not state:
                    yield Step(state, saved.state, label)


def _asked(state: EnrolmentState, confirmed_at: datetime | None = None) -> Asked:
    return Asked(replace(ENROLMENT, state=state, confirmed_at=confirmed_at), Account(2), THERAPIST, PRACTICE)


def _what_happens_in(state: EnrolmentState) -> Iterable[tuple[str, Decision]]:
    asked, known = _asked(state), _asked(state, confirmed_at=ASKED_AT)
    link = invitations.for_client(asked.enrolment, "code", PRACTICE, NOW)
    opening = invitations.Opening(Account(2), PRACTICE, link, THERAPIST, asked.enrolment)
    yield "opens the link", invitations.follow(opening, NOW)
    yield "agrees", consent.answer(asked, Verb.AGREE, NOW)
    yield "agrees again", consent.answer(known, Verb.AGREE, NOW)
    yield "declines", consent.answer(asked, Verb.NO_THANKS, NOW)
    yield "declines when asked again", consent.answer(known, Verb.NO_THANKS, NOW)
    yield "therapist confirms", consent.confirm_pairing(asked, Verb.CONFIRM_PAIRING, NOW)
    yield "therapist says it is somebody else", consent.confirm_pairing(asked, Verb.REFUSE_PAIRING, NOW)
    if state in LIVE - {EnrolmentState.INVITED}:
        yield "stops", consent.end(asked, Choice.WITHDRAWN, NOW)
    if state is EnrolmentState.ACTIVE:
        yield "terms change", consent.ask_again(asked.enrolment, Account(2), THERAPIST, PRACTICE, NOW)
    record = ClientRecord(asked.enrolment, Account(2), (), ())
    desk = Desk(THERAPIST, Account(1), (record,), (), PRACTICE, Fresh("F", "secret"))
    yield "therapist removes", hear(desk, Tapped(Action(Verb.CONFIRM_REMOVE, "C")), NOW)
