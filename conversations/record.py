"""What a therapist's side knows of one client."""

from dataclasses import dataclass

from conversations.people import Account, Enrolment
from conversations.sessions import CheckIn, Session


@dataclass(frozen=True, slots=True)
class ClientRecord:
    """One client with one therapist, in the order of the sessions."""

    enrolment: Enrolment
    account: Account | None
    sessions: tuple[Session, ...]
    check_ins: tuple[CheckIn, ...]
    """All that are planned or open. Where more than logging a session depends on it, also the newest, that which is
    acted on, and what is answered and not shown yet. The rest is settled: the digest alone looks back on it.
    """

    def session(self, check_in: CheckIn) -> Session:
        """Return the session that a check-in followed."""
        return next(session for session in self.sessions if session.id == check_in.session)


def may_be_shown(check_in: CheckIn) -> bool:
    """Tell whether a therapist may see the answers."""
    return check_in.counts and not check_in.kept_private
