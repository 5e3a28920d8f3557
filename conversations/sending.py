"""May this still be said? Asked when a slot for sending is free, immediately before the request."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from conversations import check_in, timing
from conversations.check_in import Card, Obstacle
from conversations.decision import Purpose
from conversations.people import Account, Enrolment, EnrolmentState, Therapist
from conversations.practice import Practice
from conversations.record import may_be_shown
from conversations.return_intent import calls_for_heads_up
from conversations.sessions import CheckIn

DEPENDS_ON_CARD = frozenset({Purpose.CHECK_IN, Purpose.HEADS_UP})
"""What may be said only as the check-in stands; all else depends on the people alone."""
DEPENDS_ON_DESK = frozenset({Purpose.PAIRING, Purpose.HEADS_UP, Purpose.SHOWN, Purpose.DIGEST})
"""What may be said only to a therapist who is still there."""

DECIDED_ANEW = frozenset({Purpose.CHECK_IN, Purpose.DIGEST})
"""What is decided anew when it could not be said: a check-in counts as missed, a digest is composed again."""
QUESTIONS = frozenset({Purpose.CONSENT, Purpose.PAIRING})
"""What is asked when there is somebody to ask, if it could not be said."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits to be sent, with what it depends on as it is now."""

    purpose: Purpose
    chat_id: int
    practice: Practice
    account: Account | None = None
    enrolment: Enrolment | None = None
    therapist: Therapist | None = None
    """Whose desk it goes to, where that decides: see `DEPENDS_ON_DESK`."""
    card: Card | None = None
    """The check-in that it is about, where that decides: see `DEPENDS_ON_CARD`."""
    shown: tuple[CheckIn | None, ...] = ()
    """The check-ins whose answers it shows; None for those that are gone."""


@dataclass(frozen=True, slots=True)
class Send:
    """Send it."""


@dataclass(frozen=True, slots=True)
class PutOff:
    """Ask again later."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Drop:
    """Do not send it; `why` names the reason for operators, without content."""

    why: str


Verdict = Send | PutOff | Drop

LOOK_AGAIN_AFTER = timedelta(minutes=5)
"""How soon a check-in is thought of again whose client is deciding whether to go on."""
CHANGED_MEANWHILE = "changed meanwhile"
"""Why answers are not shown to a therapist as they were: they are kept private or gone by now."""


def judge(waiting: Waiting, now: datetime) -> Verdict:
    """Decide whether a queued message may be sent now."""
    if waiting.purpose is Purpose.REPLY:
        return Send()
    if waiting.account is None or waiting.account.unreachable_since is not None:
        return Drop("unreachable")
    match waiting.purpose:
        case Purpose.CARD:
            return _client(waiting)
        case Purpose.NOTICE:
            return _outside_quiet_hours(waiting, _client(waiting), waiting.account, now)
        case Purpose.CONSENT:
            return _outside_quiet_hours(waiting, _asked(waiting), waiting.account, now)
        case Purpose.CHECK_IN:
            return _check_in(waiting, now)
        case Purpose.PAIRING:
            return _pairing(waiting)
        case Purpose.HEADS_UP:
            return _heads_up(waiting)
        case Purpose.SHOWN | Purpose.DIGEST:
            return _shown(waiting)
        case _:
            assert_never(waiting.purpose)


def _client(waiting: Waiting) -> Verdict:
    enrolment = waiting.enrolment
    holds = enrolment is not None and enrolment.stands and enrolment.account == waiting.chat_id
    return Send() if holds else Drop("no consent")


def _asked(waiting: Waiting) -> Verdict:
    enrolment = waiting.enrolment
    is_open = enrolment is not None and enrolment.state is EnrolmentState.OPENED
    return Send() if is_open else Drop("settled")


def _outside_quiet_hours(waiting: Waiting, verdict: Verdict, account: Account, now: datetime) -> Verdict:
    until = timing.after_quiet_hours(now, account.zone or waiting.practice.zone, waiting.practice.quiet_hours)
    return PutOff(until) if isinstance(verdict, Send) and until > now else verdict


def _check_in(waiting: Waiting, now: datetime) -> Verdict:
    card = waiting.card
    if card is None or not card.check_in.is_open or card.account.chat_id != waiting.chat_id:
        return Drop("closed")
    match check_in.obstacle(card, now):
        case None:
            return Send()
        case Obstacle.QUIET_HOURS:
            return PutOff(check_in.put_off_until(card, now))
        case Obstacle.DECIDING:
            return PutOff(now + LOOK_AGAIN_AFTER)
        case found:
            return Drop(found.name.lower().replace("_", " "))


def _pairing(waiting: Waiting) -> Verdict:
    is_open = waiting.enrolment is not None and waiting.enrolment.state is EnrolmentState.GRANTED
    return Send() if is_open and _is_at_desk(waiting) else Drop("settled")


def _heads_up(waiting: Waiting) -> Verdict:
    card = waiting.card
    holds = (
        card is not None
        and card.enrolment.stands
        and card.therapist.heads_up
        and calls_for_heads_up(card.check_in, waiting.practice.questions.return_question.id)
    )
    return Send() if holds and _is_at_desk(waiting) else Drop("no longer called for")


def _shown(waiting: Waiting) -> Verdict:
    if not _is_at_desk(waiting):
        return Drop("not at this desk")
    stands = all(one is not None and may_be_shown(one) for one in waiting.shown)
    return Send() if stands else Drop(CHANGED_MEANWHILE)


def _is_at_desk(waiting: Waiting) -> bool:
    therapist = waiting.therapist
    return therapist is not None and therapist.account == waiting.chat_id and therapist.removed_at is None
