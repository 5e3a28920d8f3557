"""The people and what binds them. Times are aware UTC datetimes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from conversations.timing import Weekly

DECIDES_WITHIN = timedelta(days=1)
"""How long somebody who was asked whether to pause, stop or delete is left alone with it."""


class ExpectationKind(StrEnum):
    """What the next typed text from somebody is for."""

    CARD = "card"  # an answer or a comment on the check-in of a session
    SESSION_END = "session_end"  # when a session of an enrolment ended
    ALIAS = "alias"  # the alias of a client to invite
    DIGEST_HOUR = "digest_hour"
    ZONE = "zone"  # one's own; with the subject "desk" that of a therapist


@dataclass(frozen=True, slots=True)
class Expectation:
    """What was asked for in the last prompt: typed text goes there and nowhere else."""

    kind: ExpectationKind
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """A Telegram account that has pressed Start. Holds no name: nobody needs it here."""

    chat_id: int
    zone: ZoneInfo | None = None
    """None: the practice's own zone."""
    unreachable_since: datetime | None = None
    """None: reachable, as far as is known."""
    paused_at: datetime | None = None
    """None: not paused."""
    paused_until: datetime | None = None
    """None while paused: until they resume."""
    expects: Expectation | None = None
    deciding_since: datetime | None = None
    """When they were asked whether to pause, stop or delete, and have not said so since; None: nothing is open."""

    def is_paused(self, now: datetime) -> bool:
        """Tell whether check-ins are paused at `now`."""
        return self.paused_at is not None and (self.paused_until is None or now < self.paused_until)

    def is_deciding(self, now: datetime) -> bool:
        """Tell whether they may be about to end the check-ins: until they choose, and for a day at most."""
        return self.deciding_since is not None and now - self.deciding_since < DECIDES_WITHIN


@dataclass(frozen=True, slots=True)
class Therapist:
    """Somebody who invites clients and reads the digest."""

    id: str
    name: str
    account: int | None
    """None: has not used the link yet."""
    zone: ZoneInfo
    zone_is_set: bool
    """False: neither the operator nor the therapist has chosen it yet."""
    digest_at: Weekly
    heads_up: bool
    next_digest_at: datetime | None
    """None: not enrolled yet, or removed."""
    last_digest_at: datetime | None = None
    """Up to when answers have been told; None: no digest yet."""
    last_digest_since: datetime | None = None
    """From when the last digest told answers, in case it has to be composed again."""
    removed_at: datetime | None = None
    clients_told_at: datetime | None = None
    """When clients were told that check-ins wait; None: they do not."""

    @property
    def is_there(self) -> bool:
        """Tell whether somebody reads what clients answer."""
        return self.account is not None and self.removed_at is None and self.clients_told_at is None


class EnrolmentState(StrEnum):
    """The life of a consent. What may follow what is decided in `consent.py`."""

    INVITED = "invited"
    OPENED = "opened"
    GRANTED = "granted"
    ACTIVE = "active"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"  # the therapist said that it is somebody else
    CLOSED = "closed"  # the therapist removed the client


LIVE = frozenset({EnrolmentState.INVITED, EnrolmentState.OPENED, EnrolmentState.GRANTED, EnrolmentState.ACTIVE})
"""The states of what has not ended."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One client with one therapist."""

    code: str
    therapist: str
    alias: str
    state: EnrolmentState
    invited_at: datetime
    account: int | None = None
    """None: nobody has opened the invitation."""
    opened_at: datetime | None = None
    asked_at: datetime | None = None
    """When the client was last asked for consent; None: not yet."""
    ask_again_at: datetime | None = None
    """When to ask once more, after "ask me later" or since it could not be said; None: not at all. As long as the
    invitation is open that asks the client for consent, then the therapist who it is.
    """
    terms: str | None = None
    """What was agreed to, as `consent.terms`; None: nothing yet, or nobody knows since a restore."""
    granted_at: datetime | None = None
    confirmed_at: datetime | None = None
    """When the therapist confirmed who it is; None: not yet."""
    ended_at: datetime | None = None

    @property
    def is_asked_anew(self) -> bool:
        """Tell whether a client of this therapist is asked once more, since what was agreed to has changed."""
        return self.state is EnrolmentState.OPENED and self.confirmed_at is not None

    @property
    def stands(self) -> bool:
        """Tell whether the client has agreed; until they answer when asked anew, what they agreed to before holds."""
        return self.state is EnrolmentState.ACTIVE or self.is_asked_anew


class Choice(StrEnum):
    """What somebody said when asked for consent."""

    GRANTED = "granted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class ConsentRecord:
    """One line of the record of consent, never changed afterwards, with the exact text that was shown."""

    enrolment: str
    choice: Choice
    at: datetime
    terms: str
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link that works once. Only the hash of its code is kept."""

    code_hash: str
    therapist: str | None
    """The therapist that it enrols; None: it is for a client."""
    enrolment: str | None
    """The enrolment that it opens; None: it is for a therapist."""
    expires_at: datetime
    used_at: datetime | None = None
    used_by: int | None = None
    revoked_at: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Tell whether the link still works."""
        return self.used_at is None and self.revoked_at is None and now < self.expires_at
