"""What becomes of people and check-ins when an older copy of the data is put in place. Nothing is said to anybody.

What happened since the copy is lost, except for what the journal tells. So whatever was under way is closed, since
nobody may be asked twice or about a session long past; and without the journal nobody knows who stopped since, so
everybody is asked for consent again before their next check-in.
"""

from dataclasses import replace
from datetime import datetime

from conversations import consent, presence, timing
from conversations.consent import Asked
from conversations.decision import Decision, Saved
from conversations.people import LIVE, Account, Choice, Enrolment, EnrolmentState, Therapist
from conversations.practice import Practice
from conversations.presence import Presence
from conversations.sessions import CheckIn, CheckInState, Page


def close_stale(check_in: CheckIn, now: datetime) -> CheckIn:
    """Return a check-in as missed if it was open or due by now; what was answered counts as what it is."""
    is_due = check_in.state is CheckInState.PLANNED and check_in.due_at <= now
    if not check_in.is_open and not is_due:
        return check_in
    closed = replace(check_in, closed_at=check_in.closed_at or now, reminder_at=None, question=None)
    if check_in.has_answers:
        return replace(closed, state=CheckInState.ANSWERED, page=Page.FINISHED)
    return replace(closed, state=CheckInState.MISSED)


def put_off_digest(therapist: Therapist, now: datetime) -> Therapist:
    """Return a therapist whose next digest is the next regular one, if one was due by now."""
    if therapist.next_digest_at is None or therapist.next_digest_at > now:
        return therapist
    return replace(therapist, next_digest_at=timing.next_weekly(now, therapist.digest_at, therapist.zone))


def leave_unasked(enrolment: Enrolment, now: datetime) -> Enrolment:
    """Return an enrolment whose question for consent is not asked again, if that was due by now."""
    is_due = enrolment.ask_again_at is not None and enrolment.ask_again_at <= now
    return replace(enrolment, ask_again_at=None) if is_due else enrolment


def end_again(remembered: Asked, state: EnrolmentState, at: datetime) -> Decision:
    """End an enrolment, as the copy has it, as it had ended at `at`. What the therapist had not been shown is withheld.

    The account is nobody's if no link was opened by then.
    """
    enrolment = remembered.enrolment
    if enrolment.state is state or (enrolment.state not in LIVE and state is not EnrolmentState.CLOSED):
        return Decision()
    match enrolment, state:
        case Enrolment(account=int()), EnrolmentState.WITHDRAWN:
            return Decision(consent.end(remembered, Choice.WITHDRAWN, at).save)
        case Enrolment(account=int()), EnrolmentState.DECLINED:
            return Decision(consent.end(remembered, Choice.DECLINED, at).save)
        case _:
            account = None if state is EnrolmentState.REFUSED else enrolment.account
            ended_at = enrolment.ended_at or at
            ended = replace(enrolment, state=state, account=account, ask_again_at=None, ended_at=ended_at)
            cancelled = tuple(one.cancelled(at) for one in remembered.check_ins)
            return Decision((ended, *_changed(remembered.check_ins, cancelled)))


def remove_again(therapist: Therapist, practice: Practice, at: datetime) -> Decision:
    """Remove a therapist who had been removed at `at`."""
    if therapist.removed_at is not None:
        return Decision()
    return Decision(presence.remove(Presence(Account(therapist.account or 0), therapist), (), practice, at).save)


def keep(check_in: CheckIn, *, private: bool) -> CheckIn:
    """Return a check-in with its answers private, or shared, as the client had chosen since."""
    return replace(check_in, kept_private=private) if check_in.has_answers and not check_in.shown_at else check_in


def doubt(remembered: Asked) -> Decision:
    """Without the journal: let the client be asked anew before the next check-in, and withhold what was not shown yet.

    They may have stopped or kept answers private since the copy was made.
    """
    enrolment = remembered.enrolment
    if enrolment.state not in {EnrolmentState.GRANTED, EnrolmentState.ACTIVE} and not enrolment.is_asked_anew:
        return Decision()
    withheld = tuple(keep(one, private=True) for one in remembered.check_ins)
    return Decision((replace(enrolment, terms=None), *_changed(remembered.check_ins, withheld)))


def _changed(before: tuple[CheckIn, ...], after: tuple[CheckIn, ...]) -> tuple[Saved, ...]:
    return tuple(new for old, new in zip(before, after, strict=True) if new != old)
