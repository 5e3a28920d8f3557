"""All that a therapist's side knows of one client."""

from dataclasses import dataclass
from functools import cached_property

from conversations.people import Account, Enrolment
from conversations.sessions import CheckIn, Session


@dataclass(frozen=True)
class ClientRecord:
    """One client with one therapist, in the order of the sessions. Looked at again and again for a summary."""

    enrolment: Enrolment
    account: Account | None
    sessions: tuple[Session, ...]
    check_ins: tuple[CheckIn, ...]
    talked_about: frozenset[tuple[str, str]] = frozenset()
    """(session, kind) of the signals that the therapist has taken up."""

    @cached_property
    def answered(self) -> tuple[CheckIn, ...]:
        """Return the check-ins that may be shown."""
        return tuple(check_in for check_in in self.check_ins if may_be_shown(check_in))

    def session(self, check_in: CheckIn) -> Session:
        """Return the session that a check-in followed."""
        return self._sessions[check_in.session]

    @cached_property
    def _sessions(self) -> dict[str, Session]:
        return {session.id: session for session in self.sessions}

    def before(self, check_in: CheckIn) -> tuple[CheckIn, ...]:
        """Return the earlier check-ins that may be shown, oldest first."""
        return self.answered[: self.place(check_in)]

    def place(self, check_in: CheckIn) -> int:
        """Return how many earlier check-ins may be shown."""
        return self._places[check_in.session]

    @cached_property
    def _places(self) -> dict[str, int]:
        return {check_in.session: place for place, check_in in enumerate(self.answered)}


def may_be_shown(check_in: CheckIn) -> bool:
    """Tell whether a therapist may see the answers."""
    return check_in.counts and not check_in.kept_private
