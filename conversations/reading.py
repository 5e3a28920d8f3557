"""What a therapist reads: the digest at its time or so far, and comments in full."""

from dataclasses import dataclass, replace
from datetime import datetime

from conversations import digest, timing
from conversations.decision import Decision, Purpose, Tell
from conversations.desk import Desk, say
from conversations.history import ClientHistory
from conversations.people import Account, Therapist
from conversations.practice import Practice
from conversations.record import ClientRecord, may_be_shown
from conversations.sessions import CheckIn
from conversations.wording import digest as digest_wording
from conversations.wording import therapist as wording
from conversations.wording.dates import short_day


@dataclass(frozen=True, slots=True)
class Overview:
    """A therapist with all that has come of the caseload's check-ins."""

    therapist: Therapist
    account: Account
    caseload: tuple[ClientHistory, ...]
    practice: Practice


def digest_so_far(overview: Overview, now: datetime) -> Decision:
    """Show the digest as it would be now."""
    therapist = overview.therapist
    composed = digest.compose(therapist, overview.caseload, overview.practice, therapist.last_digest_at or now, now)
    return Decision(say=_pages(therapist, composed, digest_wording.SO_FAR_LINE, Purpose.SHOWN))


def _pages(therapist: Therapist, composed: digest.Digest, first_line: str, purpose: Purpose) -> tuple[Tell, ...]:
    assert therapist.account is not None
    return tuple(
        Tell(therapist.account, page.message, purpose, shows=page.shows)
        for page in digest_wording.pages(composed, first_line)
    )


def digest_fell_due(overview: Overview, now: datetime) -> Decision:
    """Send the weekly digest. After a downtime there is one, not one for each week.

    Therapists who can't be reached are told everything by the first one after they are back.
    """
    therapist = overview.therapist
    following = timing.next_weekly(now, therapist.digest_at, therapist.zone)
    if overview.account.unreachable_since is not None:
        return Decision((replace(therapist, next_digest_at=following),))
    since = therapist.last_digest_at or now
    composed = digest.compose(therapist, overview.caseload, overview.practice, since, now)
    told = replace(therapist, next_digest_at=following, last_digest_at=now, last_digest_since=since)
    return Decision((told,), _pages(therapist, composed, digest_wording.FIRST_LINE, Purpose.DIGEST))


def digest_was_stopped(therapist: Therapist, *, compose_again_at: datetime | None) -> Decision:
    """Take a digest back that could not be sent as it was: what it told is told by the next one, or at once."""
    due = compose_again_at or therapist.next_digest_at
    return Decision(
        (
            replace(
                therapist, next_digest_at=due, last_digest_at=therapist.last_digest_since or therapist.last_digest_at
            ),
        )
    )


def read_all(desk: Desk, record: ClientRecord, check_in: CheckIn) -> Decision:
    """Show all that a client wrote to go with one check-in."""
    if not may_be_shown(check_in) or not check_in.comments:
        return say(desk, wording.no_comments())
    day = short_day(record.session(check_in).ended_at, desk.therapist.zone)
    messages = digest_wording.comments_in_full(check_in, record.enrolment.alias, day)
    chat_id = desk.account.chat_id
    return Decision(say=tuple(Tell(chat_id, one, Purpose.SHOWN, shows=(check_in.session,)) for one in messages))
