"""What must not be undone when an older copy of the data is restored. It is noted in a journal kept apart from it."""

from dataclasses import dataclass
from enum import StrEnum

from conversations.decision import EraseEnrolment, Saved
from conversations.people import LIVE, Enrolment, EnrolmentState, Invitation, Therapist
from conversations.sessions import CheckIn


class Fact(StrEnum):
    """What has become true for good, of an enrolment unless it says otherwise."""

    WITHDRAWN = "withdrawn"
    DECLINED = "declined"
    REFUSED = "refused"
    CLOSED = "closed"
    ERASED = "erased"
    PRIVATE = "private"  # the answers of a check-in are kept private
    SHARED = "shared"  # and are not any more
    REMOVED = "removed"  # a therapist
    REVOKED = "revoked"  # an invitation


END_STATES = {
    Fact.WITHDRAWN: EnrolmentState.WITHDRAWN,
    Fact.DECLINED: EnrolmentState.DECLINED,
    Fact.REFUSED: EnrolmentState.REFUSED,
    Fact.CLOSED: EnrolmentState.CLOSED,
}
_FACTS = {state: fact for fact, state in END_STATES.items()}


@dataclass(frozen=True, slots=True)
class Lasting:
    """A fact, and the random code of what it is about."""

    fact: Fact
    subject: str


def lasting(saved: Saved, before: CheckIn | None = None) -> Lasting | None:
    """Return what storing `saved` makes true for good; None if nothing. `before` is a check-in as it was."""
    match saved:
        case Enrolment(code, state=state) if state not in LIVE:
            return Lasting(_FACTS[state], code)
        case EraseEnrolment(code):
            return Lasting(Fact.ERASED, code)
        case Therapist(id_) if saved.removed_at is not None:
            return Lasting(Fact.REMOVED, id_)
        case Invitation(code_hash) if saved.revoked_at is not None:
            return Lasting(Fact.REVOKED, code_hash)
        case CheckIn(session):
            was_private = before is not None and before.kept_private
            changed = saved.kept_private != was_private
            return Lasting(Fact.PRIVATE if saved.kept_private else Fact.SHARED, session) if changed else None
        case _:
            return None
