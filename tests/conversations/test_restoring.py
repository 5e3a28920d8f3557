"""What becomes of people and check-ins when an older copy of the data is put in place."""

from dataclasses import replace

import pytest

from conversations import restoring
from conversations.check_in import obstacle
from conversations.consent import Asked
from conversations.decision import Decision
from conversations.people import LIVE, Account, ConsentRecord, EnrolmentState
from conversations.sessions import CheckIn, CheckInState, Page
from tests.conversations.made_up import (
    DAY,
    HOUR,
    NOW,
    PRACTICE,
    account,
    at,
    card,
    check_in,
    enrolment,
    therapist,
)


def remembered(state: EnrolmentState = EnrolmentState.ACTIVE, *check_ins: CheckIn) -> Asked:
    """Return an enrolment as an older copy has it."""
    known = enrolment(state)
    who = account() if known.account else Account(0)
    return Asked(known, who, therapist(), PRACTICE, check_ins=check_ins)


def states(decision: Decision) -> list[str]:
    """Return the states that a decision saves, enrolments and check-ins alike."""
    return [one.state for one in decision.save if hasattr(one, "state")]


@pytest.mark.parametrize("state", [CheckInState.DUE, CheckInState.SENT, CheckInState.STARTED])
def test_what_was_open_is_missed(state: CheckInState) -> None:
    """Nobody is asked about it again, nor reminded."""
    found = restoring.close_stale(replace(check_in(state=state), reminder_at=NOW + DAY), NOW)

    assert (found.state, found.closed_at, found.reminder_at) == (CheckInState.MISSED, NOW, None)


def test_what_was_answered_by_then_counts() -> None:
    """As when its time had run out; when it had been finished once before, it stays closed since then."""
    open_still = check_in("5,4", state=CheckInState.STARTED, page=Page.QUESTION, question="free")
    found = restoring.close_stale(open_still, NOW)
    assert (found.state, found.page, found.question, found.closed_at) == (
        CheckInState.ANSWERED,
        Page.FINISHED,
        None,
        NOW,
    )
    changing = replace(open_still, closed_at=NOW - HOUR)
    assert restoring.close_stale(changing, NOW).closed_at == NOW - HOUR


def test_what_is_planned_for_later_stands() -> None:
    """Only what was due by now is stale."""
    planned = check_in(state=CheckInState.PLANNED)

    assert restoring.close_stale(planned, planned.due_at - HOUR) == planned
    assert restoring.close_stale(planned, planned.due_at).state is CheckInState.MISSED


def test_what_was_closed_stands() -> None:
    """Answers that were given are as they were."""
    closed = check_in("5,5,5,5")
    assert restoring.close_stale(closed, NOW) == closed


def test_a_digest_comes_at_the_next_regular_time() -> None:
    """One that lies ahead stands, and who gets none gets none."""
    due = replace(therapist(), next_digest_at=at("2026-03-02 08:00"))

    assert restoring.put_off_digest(due, NOW).next_digest_at == at("2026-03-09 08:00")
    assert restoring.put_off_digest(therapist(), NOW) == therapist()
    now_due = replace(therapist(), next_digest_at=NOW)
    assert restoring.put_off_digest(now_due, NOW).next_digest_at == at("2026-03-09 08:00")
    removed = replace(therapist(), next_digest_at=None)
    assert restoring.put_off_digest(removed, NOW) == removed


def test_a_question_that_was_due_is_not_asked() -> None:
    """It may have been asked since, and answered."""
    opened = replace(enrolment(EnrolmentState.OPENED), ask_again_at=NOW)

    assert restoring.leave_unasked(opened, NOW).ask_again_at is None
    assert restoring.leave_unasked(opened, NOW - HOUR) == opened


@pytest.mark.parametrize("before", sorted(LIVE))
@pytest.mark.parametrize(
    "after", [EnrolmentState.WITHDRAWN, EnrolmentState.DECLINED, EnrolmentState.REFUSED, EnrolmentState.CLOSED]
)
def test_an_enrolment_ends_as_it_had_ended(before: EnrolmentState, after: EnrolmentState) -> None:
    """Whatever the copy knows of it; nothing is said."""
    decision = restoring.end_again(remembered(before), after, NOW)

    [found] = [one for one in decision.save if isinstance(one, type(enrolment()))]
    assert (found.state, found.ended_at, found.ask_again_at) == (after, NOW, None)
    assert found.account == (None if after is EnrolmentState.REFUSED else enrolment(before).account)
    assert decision.say == ()


def test_a_withdrawal_is_on_record_and_withholds() -> None:
    """As when the client said it: what was not shown yet is private, what was open is cancelled."""
    held = check_in("5,5,5,1"), check_in(state=CheckInState.SENT)
    decision = restoring.end_again(remembered(EnrolmentState.ACTIVE, *held), EnrolmentState.WITHDRAWN, NOW)

    assert [(one.choice, one.at) for one in decision.save if isinstance(one, ConsentRecord)] == [("withdrawn", NOW)]
    check_ins = [one for one in decision.save if isinstance(one, CheckIn)]
    assert [(one.state, one.kept_private) for one in check_ins] == [("answered", True), ("cancelled", False)]


def test_a_no_to_changed_terms_withholds_also_after_a_restore() -> None:
    """The copy knows the client as one who had agreed."""
    known = remembered(EnrolmentState.ACTIVE, check_in("5,5,5,1"))
    decision = restoring.end_again(known, EnrolmentState.DECLINED, NOW)
    assert [one.kept_private for one in decision.save if isinstance(one, CheckIn)] == [True]
    assert [one.choice for one in decision.save if isinstance(one, ConsentRecord)] == ["declined"]


def test_a_no_is_on_record() -> None:
    """As when the client said it."""
    decision = restoring.end_again(remembered(EnrolmentState.OPENED), EnrolmentState.DECLINED, NOW)
    assert [one.choice for one in decision.save if isinstance(one, ConsentRecord)] == ["declined"]


def test_what_was_removed_has_no_open_card() -> None:
    """The therapist had removed the client."""
    known = remembered(EnrolmentState.ACTIVE, check_in(state=CheckInState.SENT))
    put_off = replace(known, enrolment=replace(known.enrolment, ask_again_at=NOW))
    decision = restoring.end_again(put_off, EnrolmentState.CLOSED, NOW - HOUR)
    assert states(decision) == ["closed", "cancelled"]
    ended, cancelled = decision.save
    assert isinstance(cancelled, CheckIn)
    assert cancelled.closed_at == NOW - HOUR
    assert ended == replace(enrolment(), state=EnrolmentState.CLOSED, ended_at=NOW - HOUR)


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        (EnrolmentState.WITHDRAWN, EnrolmentState.WITHDRAWN, False),
        (EnrolmentState.CLOSED, EnrolmentState.WITHDRAWN, False),
        (EnrolmentState.CLOSED, EnrolmentState.CLOSED, False),
        (EnrolmentState.DECLINED, EnrolmentState.CLOSED, True),
    ],
)
def test_what_has_ended_ends_only_for_good(before: EnrolmentState, after: EnrolmentState, *, changes: bool) -> None:
    """A line that the copy knows already changes nothing; the first end is the one that counts."""
    known = remembered(before)
    ended = replace(known, enrolment=replace(known.enrolment, ended_at=NOW - DAY))

    decision = restoring.end_again(ended, after, NOW)

    assert (decision != Decision()) is changes
    assert [one.ended_at for one in decision.save if isinstance(one, type(enrolment()))] == [NOW - DAY] * changes


def test_a_removed_therapist_is_removed_again() -> None:
    """At the moment at which it had happened; nobody is told once more."""
    decision = restoring.remove_again(therapist(), PRACTICE, NOW)

    assert decision == Decision((replace(therapist(), removed_at=NOW, next_digest_at=None),))
    assert restoring.remove_again(replace(therapist(), removed_at=NOW), PRACTICE, NOW) == Decision()


@pytest.mark.parametrize(
    ("held", "private"),
    [
        (check_in("5,5,5,5"), True),
        (check_in(state=CheckInState.SENT), False),  # there is nothing to keep
        (replace(check_in("5,5,5,5"), shown_at=NOW), False),  # too late
    ],
)
def test_answers_are_kept_private_while_they_can_be(held: CheckIn, *, private: bool) -> None:
    """And shared again."""
    kept = restoring.keep(held, private=True)

    assert kept.kept_private is private
    assert restoring.keep(kept, private=False) == held


@pytest.mark.parametrize("state", [EnrolmentState.GRANTED, EnrolmentState.ACTIVE])
def test_in_doubt_everybody_is_asked_before_the_next_check_in(state: EnrolmentState) -> None:
    """They may have stopped since: what was agreed to is forgotten, and what was not shown is withheld."""
    decision = restoring.doubt(remembered(state, check_in("5,5,5,1"), check_in(state=CheckInState.SENT)))

    found, withheld = decision.save
    assert found == replace(enrolment(state), terms=None)
    assert isinstance(withheld, CheckIn)
    assert withheld.kept_private
    blocked = card(enrolment=replace(enrolment(), terms=None))
    assert str(obstacle(blocked, NOW)) == "Obstacle.NEW_TERMS"


def test_who_is_being_asked_anew_has_answers_too() -> None:
    """What they agreed to before held until then."""
    asked_anew = replace(enrolment(), state=EnrolmentState.OPENED)
    known = remembered(EnrolmentState.ACTIVE, check_in("5,5,5,1"))
    decision = restoring.doubt(replace(known, enrolment=asked_anew))

    assert [one.kept_private for one in decision.save if isinstance(one, CheckIn)] == [True]


@pytest.mark.parametrize("state", sorted(set(EnrolmentState) - {EnrolmentState.GRANTED, EnrolmentState.ACTIVE}))
def test_who_has_not_agreed_is_not_in_doubt(state: EnrolmentState) -> None:
    """There is nothing to ask again."""
    assert restoring.doubt(remembered(state)) == Decision()
