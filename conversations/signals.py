"""What in the answers is worth a look, and why. A signal states its rule and its answers; it never predicts.

No threshold here has norms behind it. The rule for a changed mean takes the stricter of one standard deviation within
and between persons, for want of an agreed standard (PMC3320522; 10.1002/cpp.2606).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never

from conversations.history import ClientHistory, PastCheckIn
from conversations.people import Account, EnrolmentState
from conversations.questions import BEST, QuestionSet
from conversations.return_intent import NO_LONGER, UNSURE
from conversations.sessions import CheckInState, Wish
from conversations.usual import SCALE, Usual, scaled_mean

DROP = 2
"""By how much a rating must lie below the previous one to the same question."""
LOW = 2
BASELINE = 4
"""How many earlier check-ins a baseline needs."""
STREAK = 3
NO_SESSION_FOR = timedelta(days=21)


class SignalKind(StrEnum):
    """Kinds of signals, in the order in which the digest puts them."""

    NO_LONGER_WANTS_TO_RETURN = "noreturn"
    ASKED_TO_BE_CONTACTED = "contact"
    UNSURE = "unsure"
    CHANGED = "changed"
    LOW_ANSWER = "low"


class Silence(StrEnum):
    """Why nothing was heard, each kind named for what it is."""

    UNANSWERED_TWICE = "unanswered"
    UNREACHABLE = "unreachable"
    PAUSED = "paused"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    NEVER_STARTED = "never_started"
    ASKED_ANEW = "asked_anew"
    NO_SESSION_RECORDED = "no_session"


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is usual for a client and for the caseload: means and sample standard deviations of check-ins' means."""

    mean: float
    own_mean: float
    own_deviation: float
    own_number: int
    caseload_mean: float
    caseload_deviation: float
    caseload_number: int

    @property
    def is_below(self) -> bool:
        """Tell whether the mean is below both by more than one standard deviation."""
        return (
            self.mean < self.own_mean - self.own_deviation and self.mean < self.caseload_mean - self.caseload_deviation
        )


@dataclass(frozen=True, slots=True)
class Drop:
    """One question's rating, and the one before."""

    question: str
    rating: int
    previous: int


@dataclass(frozen=True, slots=True)
class Signal:
    """Something worth a look in the answers to one check-in."""

    kind: SignalKind
    check_in: PastCheckIn
    drops: tuple[Drop, ...] = ()
    """For a change: the ratings that fell."""
    baseline: Baseline | None = None
    """For a change: the means, if they raised it."""
    questions: tuple[str, ...] = ()
    """For low answers: which."""


def mean(check_in: PastCheckIn) -> float | None:
    """Return the mean of the ratings that were given; None if there are none."""
    scaled = scaled_mean(check_in)
    return None if scaled is None else scaled / SCALE


def open_signals(history: ClientHistory, usual: Usual, questions: QuestionSet) -> tuple[Signal, ...]:
    """Return the signals that the therapist has not taken up, in order of kind; of each kind only the latest."""
    latest = (_latest(kind, history, usual, questions) for kind in SignalKind)
    return tuple(signal for signal in latest if signal is not None)


def _latest(kind: SignalKind, history: ClientHistory, usual: Usual, questions: QuestionSet) -> Signal | None:
    """Return the latest signal of a kind; None if there is none since one was taken up."""
    for check_in in reversed(history.answered):
        if (check_in.session, kind) in history.talked_about:
            return None
        if signal := _signal(kind, check_in, history, usual, questions):
            return signal
    return None


def _signal(
    kind: SignalKind, check_in: PastCheckIn, history: ClientHistory, usual: Usual, questions: QuestionSet
) -> Signal | None:
    """Return the signal of one kind in the answers to a check-in, if it is there."""
    match kind:
        case SignalKind.NO_LONGER_WANTS_TO_RETURN:
            wants = check_in.ratings.get(questions.return_question.id)
            return Signal(kind, check_in) if wants is not None and wants <= NO_LONGER else None
        case SignalKind.ASKED_TO_BE_CONTACTED:
            return Signal(kind, check_in) if check_in.wish is Wish.CONTACT_ME else None
        case SignalKind.UNSURE:
            return Signal(kind, check_in) if check_in.ratings.get(questions.return_question.id) == UNSURE else None
        case SignalKind.CHANGED:
            drops, baseline = _drops(check_in, history), baseline_of(check_in, history, usual)
            is_below = baseline is not None and baseline.is_below
            return Signal(kind, check_in, drops, baseline if is_below else None) if drops or is_below else None
        case SignalKind.LOW_ANSWER:
            low = _low_answers(check_in, questions)
            return Signal(kind, check_in, questions=low) if low else None
        case _:
            assert_never(kind)


def _drops(check_in: PastCheckIn, history: ClientHistory) -> tuple[Drop, ...]:
    drops = []
    for question, rating in check_in.ratings.items():
        if rating > BEST - DROP:
            continue
        given = (one.ratings.get(question) for one in reversed(history.before(check_in)))
        previous = next((earlier for earlier in given if earlier is not None), None)
        if previous is not None and rating <= previous - DROP:
            drops.append(Drop(question, rating, previous))
    return tuple(drops)


def _low_answers(check_in: PastCheckIn, questions: QuestionSet) -> tuple[str, ...]:
    others = (question.id for question in questions.questions if not question.asks_about_return)
    return tuple(one for one in others if check_in.ratings.get(one, BEST) <= LOW)


def baseline_of(check_in: PastCheckIn, history: ClientHistory, usual: Usual) -> Baseline | None:
    """Return what is usual before this check-in; None if there is too little to tell."""
    this, own = mean(check_in), usual.for_client(history, check_in)
    together = usual.for_caseload(check_in.ended_at)
    if this is None or own is None or own.number < BASELINE or together is None:
        return None
    return Baseline(this, own.mean, own.deviation, own.number, together.mean, together.deviation, together.number)


def perfect_streak(history: ClientHistory) -> int:
    """Return how many of the latest check-ins in a row have only best answers; 0 if fewer than three."""
    number = 0
    for check_in in reversed(history.answered):
        if mean(check_in) != BEST:
            break
        number += 1
    return number if number >= STREAK else 0


def silence(history: ClientHistory, since: datetime, now: datetime) -> Silence | None:
    """Return why nothing is heard of a client; None if there is no such reason. `since` is the previous digest."""
    enrolment, account = history.enrolment, history.account
    match enrolment.state:
        case EnrolmentState.DECLINED | EnrolmentState.WITHDRAWN:
            ended_lately = enrolment.ended_at is not None and enrolment.ended_at > since
            declined = enrolment.state is EnrolmentState.DECLINED
            return (Silence.DECLINED if declined else Silence.WITHDRAWN) if ended_lately else None
        case EnrolmentState.ACTIVE if account is not None:
            return _silence_of_active(history, account, now)
        case EnrolmentState.OPENED if enrolment.is_asked_anew:
            return Silence.ASKED_ANEW
        case EnrolmentState.INVITED | EnrolmentState.OPENED | EnrolmentState.GRANTED:
            return Silence.NEVER_STARTED
        case _:
            return None


def _silence_of_active(history: ClientHistory, account: Account, now: datetime) -> Silence | None:
    if account.unreachable_since:
        return Silence.UNREACHABLE
    if account.is_paused(now):
        return Silence.PAUSED
    sent = [one for one in history.check_ins if one.state in {CheckInState.ANSWERED, CheckInState.EXPIRED}]
    if len(sent) >= 2 and all(one.state is CheckInState.EXPIRED for one in sent[-2:]):
        return Silence.UNANSWERED_TWICE
    last = history.last_session_at or history.enrolment.confirmed_at or history.enrolment.invited_at
    return Silence.NO_SESSION_RECORDED if now - last >= NO_SESSION_FOR else None
