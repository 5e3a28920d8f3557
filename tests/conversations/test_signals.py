"""Each rule at its boundary, what is usual, and what silence is called."""

from dataclasses import replace
from datetime import timedelta
from math import sqrt

import pytest

from conversations.history import ClientHistory
from conversations.people import EnrolmentState
from conversations.record import ClientRecord
from conversations.sessions import CheckInState, Page, Wish
from conversations.signals import (
    Baseline,
    Drop,
    Signal,
    SignalKind,
    Silence,
    baseline_of,
    mean,
    open_signals,
    perfect_streak,
    silence,
)
from conversations.usual import Usual
from tests.conversations.made_up import DAY, NOW, PRACTICE, account, check_in, history, record, with_last


def kinds(known: ClientRecord, *others: ClientRecord) -> list[SignalKind]:
    """Return the kinds of the signals that are open."""
    return [one.kind for one in found(history(known), *others)]


def found(looked_at: ClientHistory, *others: ClientRecord) -> tuple[Signal, ...]:
    """Return the signals that are open."""
    usual = Usual.of((looked_at, *(history(one) for one in others)))
    return open_signals(looked_at, usual, PRACTICE.questions)


@pytest.mark.parametrize(
    ("ratings", "expected"),
    [
        ("5,5,5,5", []),
        ("5,5,5,4", []),
        ("5,5,5,3", [SignalKind.UNSURE]),
        ("5,5,5,2", [SignalKind.NO_LONGER_WANTS_TO_RETURN]),
        ("5,5,5,1", [SignalKind.NO_LONGER_WANTS_TO_RETURN]),
        ("3,3,3,5", []),
        ("3,2,3,5", [SignalKind.LOW_ANSWER]),
        ("1,1,1,1", [SignalKind.NO_LONGER_WANTS_TO_RETURN, SignalKind.LOW_ANSWER]),
        ("-,-,-,-", []),
        ("-,-,-,2", [SignalKind.NO_LONGER_WANTS_TO_RETURN]),
    ],
)
def test_one_answer_raises_what_its_rule_says(ratings: str, expected: list[SignalKind]) -> None:
    """Going back at 1-2 and at 3, and other questions at 1-2; the question of going back is no "low answer"."""
    assert kinds(record(ratings)) == expected


def test_the_wish_to_be_contacted_is_a_signal_of_its_own() -> None:
    """It comes right after "no longer wants to return", whatever the ratings are."""
    assert kinds(with_last(record("5,5,5,5"), wish=Wish.CONTACT_ME)) == [SignalKind.ASKED_TO_BE_CONTACTED]
    assert kinds(with_last(record("5,5,5,5"), wish=Wish.BRING_UP)) == []


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ("5,5,5,5", "5,5,4,5", ()),
        ("5,5,5,5", "5,5,3,5", (Drop("relieved", 3, 5),)),
        ("5,5,-,5", "5,5,3,5", ()),
        ("5,5,5,5", "5,5,-,5", ()),
        ("3,3,3,4", "5,5,5,5", ()),
    ],
)
def test_a_rating_two_below_the_previous_one_is_a_change(before: str, now: str, expected: tuple[Drop, ...]) -> None:
    """Two points are a change, one is not, and a skipped question is no rating."""
    known = record(before, now)
    raised = [one.drops for one in found(history(known)) if one.kind is SignalKind.CHANGED]
    assert raised == ([expected] if expected else [])


def test_a_drop_is_measured_from_the_last_time_the_question_was_answered() -> None:
    """A skipped question in between does not hide what was answered before it."""
    assert SignalKind.CHANGED in kinds(record("5,5,5,5", "5,5,-,5", "5,5,3,5"))


# Four earlier means of 5, 3, 3 and 3: their own mean is 3.5, with a standard deviation of exactly 1.
USUAL = ("5,5,5,5", "3,3,3,3", "3,3,3,3", "3,3,3,3")


@pytest.mark.parametrize(("ratings", "expected"), [("2,2,3,3", False), ("2,2,2,3", True)])
def test_a_mean_must_be_more_than_one_standard_deviation_below(ratings: str, expected: bool) -> None:
    """A mean of 2.5 is exactly one below 3.5, and raises nothing; 2.25 does."""
    assert changes(record(*USUAL, ratings)) == expected


def changes(known: ClientRecord, *others: ClientRecord) -> bool:
    """Tell whether the last check-in raises "changed", whatever is open from before."""
    raised = found(history(known), *others)
    return (known.check_ins[-1].session, SignalKind.CHANGED) in [(one.check_in.session, one.kind) for one in raised]


def usual_before_last(known: ClientRecord, *others: ClientRecord) -> Baseline | None:
    """Return what is usual before the last check-in."""
    looked_at = history(known)
    return baseline_of(looked_at.check_ins[-1], looked_at, Usual.of((looked_at, *(history(one) for one in others))))


def test_three_earlier_check_ins_are_too_little_to_tell() -> None:
    """A baseline needs four earlier check-ins, and says how many it has."""
    few, enough = record(*USUAL[1:], "2,2,2,3"), record(*USUAL, "2,2,2,3")
    assert usual_before_last(few) is None
    assert usual_before_last(enough) == Baseline(2.25, 3.5, 1.0, 4, 3.5, 1.0, 4)
    assert not changes(few)


def test_two_check_ins_are_the_fewest_that_have_a_deviation() -> None:
    """Of a client and of a caseload alike."""
    looked_at = history(record("5,5,5,5", "3,3,3,3", "1,1,1,1"))
    usual = Usual.of((looked_at,))
    first, second, third = looked_at.check_ins
    assert usual.for_client(looked_at, first) is usual.for_client(looked_at, second) is None
    assert usual.for_caseload(first.ended_at) is usual.for_caseload(second.ended_at) is None
    for two in (usual.for_client(looked_at, third), usual.for_caseload(third.ended_at)):
        assert two is not None
        assert (two.number, two.mean) == (2, 4.0)
        assert two.deviation == pytest.approx(sqrt(2))


def test_a_mean_that_is_usual_for_the_caseload_is_no_change() -> None:
    """It must lie below both their own and the caseload's mean; later check-ins of others count for nothing."""
    known = record(*USUAL, "2,2,2,3")
    low = record("1,1,1,1", "2,2,2,2", "1,1,1,1", "2,2,2,2", "5,5,5,5", alias="Heron", code="MADEUP-F")
    usual = usual_before_last(known, low)
    assert usual is not None
    assert usual.caseload_number == 8
    assert not changes(known, low)
    assert changes(known)


def test_without_any_rating_there_is_no_mean() -> None:
    """A check-in with nothing but a comment is compared with nothing."""
    known = record(*USUAL, "-,-,-,-")
    assert mean(history(known).check_ins[-1]) is None
    assert usual_before_last(known) is None


def test_what_is_kept_private_enters_nothing() -> None:
    """A private check-in raises no signal, is no "time before", and counts for no baseline."""
    alarming = with_last(record("5,5,5,5", "1,1,1,1"), kept_private=True, wish=Wish.CONTACT_ME)
    assert kinds(alarming) == []
    known = record(*USUAL, "2,2,2,3")
    hidden = replace(known, check_ins=(replace(known.check_ins[0], kept_private=True), *known.check_ins[1:]))
    assert usual_before_last(hidden) is None


def test_answers_that_are_not_complete_are_not_looked_at() -> None:
    """Answers of a check-in that is still at its questions are nobody's business yet."""
    started = {"state": CheckInState.STARTED, "page": Page.QUESTION, "closed_at": None}
    assert kinds(with_last(record("1,1,1,1"), **started)) == []


def test_talking_about_a_signal_closes_it_and_earlier_ones_of_its_kind() -> None:
    """Taken up for the later check-in, nothing is left; taken up for the earlier one, the later stays open."""
    known = record("5,5,5,1", "5,5,5,1")
    first, second = (one.session for one in known.check_ins)
    kind = SignalKind.NO_LONGER_WANTS_TO_RETURN
    assert found(history(known, (second, kind))) == ()
    [left] = found(history(known, (first, kind)))
    assert left.check_in.session == second


def test_a_signal_stays_open_through_better_check_ins() -> None:
    """Until it is taken up it is told again, whatever was answered since."""
    assert kinds(record("5,5,5,3", "5,5,5,5")) == [SignalKind.UNSURE]


def test_signals_come_in_the_order_of_the_digest() -> None:
    """No longer, contact, unsure, changed, low: whichever check-ins raised them."""
    known = with_last(record("5,5,5,3", "5,1,5,1"), wish=Wish.CONTACT_ME)
    assert kinds(known) == list(SignalKind)


@pytest.mark.parametrize(
    ("ratings", "expected"),
    [
        (("5,5,5,5",) * 2, 0),
        (("5,5,5,5",) * 3, 3),
        (("4,5,5,5", *("5,5,5,5",) * 3), 3),
        ((*("5,5,5,5",) * 3, "5,5,5,4"), 0),
    ],
)
def test_a_streak_is_three_or_more_perfect_check_ins(ratings: tuple[str, ...], expected: int) -> None:
    """It is counted from the latest backwards."""
    assert perfect_streak(history(record(*ratings))) == expected


SINCE = NOW - 7 * DAY


@pytest.mark.parametrize(
    ("state", "ended_ago", "expected"),
    [
        (EnrolmentState.INVITED, None, Silence.NEVER_STARTED),
        (EnrolmentState.OPENED, None, Silence.NEVER_STARTED),
        (EnrolmentState.GRANTED, None, Silence.NEVER_STARTED),
        (EnrolmentState.DECLINED, 1, Silence.DECLINED),
        (EnrolmentState.DECLINED, 8, None),
        (EnrolmentState.WITHDRAWN, 1, Silence.WITHDRAWN),
        (EnrolmentState.WITHDRAWN, 7, None),
        (EnrolmentState.WITHDRAWN, 8, None),
        (EnrolmentState.CLOSED, 1, None),
    ],
)
def test_silence_is_named_after_the_consent(
    state: EnrolmentState, ended_ago: int | None, expected: Silence | None
) -> None:
    """A no or a stop is told once; what has not begun is told until it does."""
    known = record(state=state)
    ended = None if ended_ago is None else NOW - ended_ago * DAY
    stopped = replace(known, enrolment=replace(known.enrolment, ended_at=ended))
    assert silence(history(stopped), SINCE, NOW) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, None),
        ({"unreachable_since": NOW, "paused_at": NOW}, Silence.UNREACHABLE),
        ({"paused_at": NOW - DAY}, Silence.PAUSED),
        ({"paused_at": NOW - 2 * DAY, "paused_until": NOW - DAY}, None),
    ],
)
def test_silence_is_named_after_the_account(changes: dict[str, object], expected: Silence | None) -> None:
    """Blocked comes before paused; a pause that is over is none."""
    known = replace(record("5,5,5,5"), account=replace(account(), **changes))  # type: ignore[arg-type]
    assert silence(history(known), SINCE, NOW) == expected


def test_who_is_asked_anew_has_started_before() -> None:
    """Terms that changed are named as the reason for the silence."""
    known = record(state=EnrolmentState.OPENED)
    anew = replace(known.enrolment, confirmed_at=NOW - 30 * DAY)
    assert silence(history(replace(known, enrolment=anew)), SINCE, NOW) == Silence.ASKED_ANEW


def unanswered(*states: CheckInState) -> ClientRecord:
    """Return a client whose check-ins ended in these states."""
    known = record(*["5,5,5,5"] * len(states))
    ended = (replace(one, state=state) for one, state in zip(known.check_ins, states, strict=True))
    return replace(known, check_ins=tuple(ended))


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ((CheckInState.EXPIRED,), None),
        ((CheckInState.EXPIRED, CheckInState.EXPIRED), Silence.UNANSWERED_TWICE),
        ((CheckInState.EXPIRED, CheckInState.SKIPPED, CheckInState.EXPIRED), Silence.UNANSWERED_TWICE),
        ((CheckInState.ANSWERED, CheckInState.EXPIRED, CheckInState.EXPIRED), Silence.UNANSWERED_TWICE),
        ((CheckInState.EXPIRED, CheckInState.ANSWERED, CheckInState.EXPIRED), None),
    ],
)
def test_two_unanswered_check_ins_in_a_row_are_a_silence(
    states: tuple[CheckInState, ...], expected: Silence | None
) -> None:
    """One is not; a skipped one is an answer of its own kind, and counts for neither."""
    assert silence(history(unanswered(*states)), SINCE, NOW) == expected


@pytest.mark.parametrize(("after", "expected"), [(20, None), (21, Silence.NO_SESSION_RECORDED)])
def test_three_weeks_without_a_session_are_named(after: int, expected: Silence | None) -> None:
    """Counted from the last session that stands; without any from the confirmation."""
    known = record("5,5,5,5")
    last = known.sessions[-1].ended_at
    assert silence(history(known), SINCE, last + timedelta(days=after)) == expected
    confirmed = known.enrolment.confirmed_at
    assert confirmed is not None
    long_invited = replace(known.enrolment, invited_at=confirmed - 30 * DAY)
    cancelled = replace(known, enrolment=long_invited, sessions=(replace(known.sessions[0], cancelled_at=NOW),))
    assert silence(history(cancelled), SINCE, confirmed + timedelta(days=after)) == expected


def test_an_open_check_in_is_no_answer() -> None:
    """What may be shown is what was answered and not kept private."""
    open_one = check_in("1,1,1,1", state=CheckInState.SENT)
    known = replace(record("5,5,5,5"), check_ins=(replace(open_one, session="MADEUP-E-1"),))
    assert history(known).answered == ()


def test_talking_about_what_is_no_signal_any_more_changes_nothing() -> None:
    """The answer may have been changed since."""
    known = record("5,5,5,5")
    assert found(history(known, (known.check_ins[0].session, SignalKind.LOW_ANSWER))) == ()


def test_a_fallen_rating_alone_cites_no_means() -> None:
    """They are told only where they raised the signal."""
    known = record(*USUAL, "3,3,3,1")
    [changed] = [
        one for one in found(history(known)) if one.check_in.session == "MADEUP-E-5" and one.kind is SignalKind.CHANGED
    ]
    assert (changed.drops, changed.baseline) == ((Drop("return", 1, 3),), None)
