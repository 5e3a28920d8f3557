"""What has come of a client's check-ins, as a summary looks back on them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple

from conversations.people import Account, Enrolment
from conversations.sessions import CheckInState, Reason, Wish


class PastCheckIn(NamedTuple):
    """One check-in without the life of its card.

    A year of a whole caseload is read for every summary: a tuple is made several times faster than a dataclass.
    """

    session: str
    ended_at: datetime
    """When the session ended."""
    state: CheckInState
    sent_at: datetime | None
    counts: bool
    """Whether the therapist is told that there are answers."""
    came_in_at: datetime | None
    """Since when they count, or when something was added to what was shown; None: no answers."""
    kept_private: bool = False
    ratings: Mapping[str, int] = MappingProxyType({})
    """By question, for those that were not skipped."""
    reason: Reason | None = None
    wish: Wish | None = None
    comments: tuple[str, ...] = ()

    @property
    def may_be_shown(self) -> bool:
        """Tell whether the therapist may see the answers."""
        return self.counts and not self.kept_private


@dataclass(frozen=True)
class ClientHistory:
    """One client with one therapist, in the order of the sessions. Looked at again and again for a summary."""

    enrolment: Enrolment
    account: Account | None
    check_ins: tuple[PastCheckIn, ...]
    last_session_at: datetime | None
    """When the last session that stands ended; None: there was none."""
    talked_about: frozenset[tuple[str, str]] = frozenset()
    """(session, kind) of the signals that the therapist has taken up."""

    @cached_property
    def answered(self) -> tuple[PastCheckIn, ...]:
        """Return the check-ins that may be shown."""
        return tuple(check_in for check_in in self.check_ins if check_in.may_be_shown)

    def before(self, check_in: PastCheckIn) -> tuple[PastCheckIn, ...]:
        """Return the earlier check-ins that may be shown, oldest first."""
        return self.answered[: self.place(check_in)]

    def place(self, check_in: PastCheckIn) -> int:
        """Return how many earlier check-ins may be shown."""
        return self._places[check_in.session]

    @cached_property
    def _places(self) -> dict[str, int]:
        return {check_in.session: place for place, check_in in enumerate(self.answered)}
