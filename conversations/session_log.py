"""Logging a session: by the therapist in the chat, or by the operator. One session is logged once."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from conversations import check_in as check_in_dialogue
from conversations.decision import Saved
from conversations.people import LIVE
from conversations.practice import Practice
from conversations.record import ClientRecord
from conversations.sessions import CheckIn, CheckInState, Session

SAME_SESSION = timedelta(minutes=30)
"""Two ends that are closer than this are the same session: a double tap, or a second import."""


class Outcome(StrEnum):
    """What became of a session that somebody logged."""

    LOGGED = "logged"
    TOO_LATE = "too_late"  # logged, but the time to ask has passed
    KNOWN = "known"  # it was logged before
    ENDED = "ended"  # the client stopped, declined or was removed


@dataclass(frozen=True, slots=True)
class Logged:
    """What became of it, the session it is about, and what is to be saved."""

    outcome: Outcome
    session: Session | None = None
    check_in: CheckIn | None = None
    save: tuple[Saved, ...] = ()


def log(record: ClientRecord, session: Session, practice: Practice) -> Logged:
    """Log `session` and plan its check-in; an earlier check-in that is still open ends where this session starts."""
    if record.enrolment.state not in LIVE:
        return Logged(Outcome.ENDED)
    held = [one for one in record.sessions if one.cancelled_at is None]
    known = next((one for one in held if abs(one.ended_at - session.ended_at) < SAME_SESSION), None)
    if known:
        return Logged(Outcome.KNOWN, known)
    next_start = min((_start(one) for one in held if one.ended_at > session.ended_at), default=None)
    zone = record.account.zone if record.account else None
    planned = check_in_dialogue.plan(session, zone, next_start, practice)
    outcome = Outcome.TOO_LATE if planned.state is CheckInState.MISSED else Outcome.LOGGED
    return Logged(outcome, session, planned, (session, planned, *_cut_short(record, session)))


def _start(session: Session) -> datetime:
    return session.started_at or session.ended_at


def _cut_short(record: ClientRecord, session: Session) -> tuple[CheckIn, ...]:
    """Return earlier check-ins that are not closed, with the start of `session` as their end."""
    ended = {one.id: one.ended_at for one in record.sessions}
    return tuple(
        replace(one, expires_at=_start(session))
        for one in record.check_ins
        if (one.is_open or one.state is CheckInState.PLANNED)
        and ended[one.session] < session.ended_at
        and one.expires_at > _start(session)
    )


def cancel(record: ClientRecord, session: Session, now: datetime) -> tuple[Session, CheckIn | None]:
    """Return `session` cancelled, and its check-in if it was not answered yet."""
    check_in = next((one for one in record.check_ins if one.session == session.id), None)
    return replace(session, cancelled_at=now), check_in.cancelled(now) if check_in else None
