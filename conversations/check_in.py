"""What time does to a check-in: planned, due, sent, reminded, closed. What the client does is in `answering.py`."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from zoneinfo import ZoneInfo

from conversations import consent, timing
from conversations.decision import Decision, Purpose, ShowCard
from conversations.events import Delivered, Expired, FellDue, ReminderFellDue, Undeliverable, WasAway
from conversations.message import Message
from conversations.people import LIVE, Account, Enrolment, EnrolmentState, Therapist
from conversations.practice import Practice
from conversations.sessions import CheckIn, CheckInState, Page, Session
from conversations.wording import check_in as wording
from conversations.wording.dates import day

BETWEEN_CHECK_INS = timedelta(hours=20)

TimePassed = FellDue | ReminderFellDue | Expired | Delivered | Undeliverable | WasAway


@dataclass(frozen=True, slots=True)
class Card:
    """A check-in with everything that decides what becomes of it."""

    check_in: CheckIn
    session: Session
    enrolment: Enrolment
    account: Account
    therapist: Therapist
    practice: Practice
    other_card_is_open: bool = False
    """Whether the account has another card that waits for answers."""
    last_sent_at: datetime | None = None
    """When the enrolment was last sent another check-in; None: never."""
    therapist_is_unreachable: bool = False
    """Whether it is known that what the bot says to the therapist does not arrive."""

    @property
    def zone(self) -> ZoneInfo:
        """Return the client's zone."""
        return self.account.zone or self.practice.zone

    def seen(self, now: datetime) -> str:
        """Say when the therapist is sent the answers, or that nobody can tell."""
        if self.therapist_is_unreachable:
            return wording.nobody_knows_when(self.therapist.name, self.practice.contact)
        return wording.seen_by(self.therapist.name, self._latest_day(now))

    def _latest_day(self, now: datetime) -> str:
        """Return the day on which the therapist is sent the answers at the latest, in the client's words."""
        due = self.therapist.next_digest_at or timing.next_weekly(now, self.therapist.digest_at, self.therapist.zone)
        if due <= now:
            due = timing.next_weekly(now, self.therapist.digest_at, self.therapist.zone)
        return day(due, self.zone)


class Obstacle(Enum):
    """Why a check-in may not be said to the client now."""

    NO_CONSENT = auto()
    NOT_AGREED_YET = auto()
    PAUSED = auto()
    NOBODY_READS = auto()
    NO_SESSION = auto()
    UNREACHABLE = auto()
    TOO_LATE = auto()
    TOO_SOON = auto()
    DECIDING = auto()
    NEW_TERMS = auto()
    OTHER_CARD = auto()
    QUIET_HOURS = auto()


def plan(session: Session, account_zone: ZoneInfo | None, next_start: datetime | None, practice: Practice) -> CheckIn:
    """Plan the check-in that follows `session`; it ends where the next session starts, if one is known."""
    zone = account_zone or practice.zone
    due = timing.due(session.ended_at, session.logged_at, practice.check_in_delay, zone, practice.quiet_hours)
    expires = timing.expiry(session.ended_at, practice.lifetime, next_start)
    late = expires <= session.logged_at
    return CheckIn(
        session.id,
        session.enrolment,
        CheckInState.MISSED if late else CheckInState.PLANNED,
        due_at=due,
        expires_at=expires,
        closed_at=session.logged_at if late else None,
    )


def obstacle(card: Card, now: datetime) -> Obstacle | None:
    """Return the first reason not to send a check-in now. Asked when it is queued, and again when it is sent."""
    reasons = (
        (card.enrolment.state not in LIVE, Obstacle.NO_CONSENT),
        (card.enrolment.state is not EnrolmentState.ACTIVE, Obstacle.NOT_AGREED_YET),
        (card.session.cancelled_at is not None, Obstacle.NO_SESSION),
        (not card.therapist.is_there, Obstacle.NOBODY_READS),
        (card.account.is_paused(now), Obstacle.PAUSED),
        (now >= card.check_in.expires_at, Obstacle.TOO_LATE),
        (card.account.unreachable_since is not None, Obstacle.UNREACHABLE),
        (_sent_lately(card, now), Obstacle.TOO_SOON),
        (card.account.is_deciding(now), Obstacle.DECIDING),
        (card.enrolment.terms != consent.terms(card.practice, card.therapist), Obstacle.NEW_TERMS),
        (card.other_card_is_open, Obstacle.OTHER_CARD),
        (_quiet_until(card, now) > now, Obstacle.QUIET_HOURS),
    )
    return next((reason for holds, reason in reasons if holds), None)


def _sent_lately(card: Card, now: datetime) -> bool:
    return card.last_sent_at is not None and now - card.last_sent_at < BETWEEN_CHECK_INS


def _quiet_until(card: Card, now: datetime) -> datetime:
    return timing.after_quiet_hours(now, card.zone, card.practice.quiet_hours)


def put_off_until(card: Card, now: datetime) -> datetime:
    """Return when the client's quiet hours are over."""
    return _quiet_until(card, now)


def advance(card: Card, event: TimePassed, now: datetime) -> Decision:
    """Decide what the passing of time does to a check-in."""
    check_in = card.check_in
    match check_in.state, event:
        case CheckInState.PLANNED, FellDue():
            return _fell_due(card, now)
        case ((CheckInState.DUE | CheckInState.SENT | CheckInState.STARTED), Delivered()):
            return _delivered(card, now)
        case ((CheckInState.PLANNED | CheckInState.DUE), Undeliverable()):
            return Decision((_closed(card, obstacle(card, now) or Obstacle.UNREACHABLE, now),))
        case ((CheckInState.SENT | CheckInState.STARTED), ReminderFellDue()):
            return _remind(card, now)
        case ((CheckInState.SENT | CheckInState.STARTED), WasAway()) if obstacle(card, now) in _STILL_ANSWERABLE:
            return Decision(say=(show(card, now, wording.WAS_AWAY, purpose=Purpose.CHECK_IN),))
        case CheckInState.PLANNED, Expired():
            return Decision((replace(check_in, state=CheckInState.MISSED, closed_at=now),))
        case ((CheckInState.DUE | CheckInState.SENT | CheckInState.STARTED), Expired()):
            return _expire(card, now)
        case _:
            return Decision()


_STILL_ANSWERABLE = (None, Obstacle.QUIET_HOURS)


def _fell_due(card: Card, now: datetime) -> Decision:
    match obstacle(card, now):
        case None:
            due = replace(card.check_in, state=CheckInState.DUE)
            return Decision((due,), (show(card, now, purpose=Purpose.CHECK_IN),))
        case Obstacle.QUIET_HOURS:
            return Decision((replace(card.check_in, due_at=_quiet_until(card, now)),))
        case Obstacle.OTHER_CARD | Obstacle.NOT_AGREED_YET | Obstacle.DECIDING:
            return Decision()
        case Obstacle.NEW_TERMS:
            return consent.ask_again(card.enrolment, card.account, card.therapist, card.practice, now)
        case found:
            return Decision((_closed(card, found, now),))


def _closed(card: Card, found: Obstacle, now: datetime) -> CheckIn:
    missed = found in {Obstacle.UNREACHABLE, Obstacle.TOO_LATE}
    state = CheckInState.MISSED if missed else CheckInState.CANCELLED
    return replace(card.check_in, state=state, closed_at=now)


def _delivered(card: Card, now: datetime) -> Decision:
    there = arrived(card, now)
    return Decision() if there == card.check_in else Decision((there,))


def arrived(card: Card, now: datetime) -> CheckIn:
    """Return the check-in of a card that is known to have arrived: by Telegram's answer, or since it was tapped."""
    check_in = card.check_in
    if check_in.sent_at or not check_in.is_open:
        return check_in
    reminder = timing.reminder(now, card.practice.reminder_after, card.zone, card.practice.quiet_hours)
    state = CheckInState.SENT if check_in.state is CheckInState.DUE else check_in.state
    reminds = reminder < check_in.expires_at
    return replace(check_in, state=state, sent_at=now, reminder_at=reminder if reminds else None)


def _remind(card: Card, now: datetime) -> Decision:
    reminded = replace(card.check_in, reminder_at=None)
    match obstacle(card, now):
        case None:
            return Decision((reminded,), (show(card, now, wording.REMINDER, purpose=Purpose.CHECK_IN),))
        case Obstacle.QUIET_HOURS:
            return Decision((replace(card.check_in, reminder_at=_quiet_until(card, now)),))
        case Obstacle.DECIDING:
            return Decision()
        case _:
            return Decision((reminded,))


def _expire(card: Card, now: datetime) -> Decision:
    """Close the card. What was answered by then counts as what it is."""
    check_in = card.check_in
    if check_in.has_answers:
        closed = replace(check_in, state=CheckInState.ANSWERED, page=Page.FINISHED, question=None)
    else:
        state = CheckInState.MISSED if check_in.state is CheckInState.DUE else CheckInState.EXPIRED
        closed = replace(check_in, state=state)
    closed = replace(closed, closed_at=now, reminder_at=None)
    if check_in.sent_at is None:
        return Decision((closed,))
    return Decision((closed,), (_closing_line(replace(card, check_in=closed), now),))


def _closing_line(card: Card, now: datetime) -> ShowCard:
    if card.check_in.state is CheckInState.ANSWERED:
        return show(card, now)
    return ShowCard(card.account.chat_id, card.check_in.session, card.enrolment.code, wording.closed())


def _page(card: Card, now: datetime) -> Message:
    if card.check_in.page is Page.FINISHED and not card.therapist.is_there:
        return wording.finished_unread(card.check_in)
    return wording.page(card.check_in, card.practice.questions, card.therapist.name, card.seen(now), card.zone)


def show(
    card: Card,
    now: datetime,
    line: str | None = None,
    *,
    purpose: Purpose = Purpose.CARD,
) -> ShowCard:
    """Show the card as it stands; with a `line` above it is sent anew, since an edit would not be noticed."""
    message = _page(card, now)
    anew = line is not None
    if line is not None:
        message = message.above(line)
    return ShowCard(card.account.chat_id, card.check_in.session, card.enrolment.code, message, purpose, anew)
