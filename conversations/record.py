"""All that a therapist's side knows of one client."""

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
    talked_about: frozenset[tuple[str, str]] = frozenset()
    """(session, kind) of the signals that the therapist has taken up."""

    @property
    def answered(self) -> tuple[CheckIn, ...]:
        """Return the check-ins that may be shown."""
        return tuple(check_in for check_in in self.check_ins if may_be_shown(check_in))

    def session(self, check_in: CheckIn) -> Session:
        """Return the session that a check-in followed."""
        return next(session for session in self.sessions if session.id == check_in.session)

    def before(self, check_in: CheckIn) -> tuple[CheckIn, ...]:
        """Return the earlier check-ins that may be shown, oldest first."""
        answered = self.answered
        return answered[: answered.index(check_in)]


def may_be_shown(check_in: CheckIn) -> bool:
    """Tell whether a therapist may see the answers."""
    return check_in.counts and not check_in.kept_private
