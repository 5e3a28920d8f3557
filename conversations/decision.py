"""What a dialogue decides: what is true from now on, and what is said to whom."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from conversations.commands import Role
from conversations.message import Message
from conversations.people import Account, ConsentRecord, Enrolment, Invitation, Therapist
from conversations.sessions import CheckIn, Session


class Purpose(StrEnum):
    """Why something is said. It decides the order, and what must still hold at the moment of sending."""

    REPLY = "reply"  # an answer to what the person just did: always
    CARD = "card"  # the next page of a check-in: only while the consent stands
    CONSENT = "consent"  # asking for consent: only while the question is open
    CHECK_IN = "check_in"  # a check-in that nobody asked for just now: everything in `check_in.obstacle`
    PAIRING = "pairing"  # asking the therapist who it is: only while that is open
    HEADS_UP = "heads_up"  # only while the answers still call for it
    NOTICE = "notice"  # news for clients, such as "check-ins wait": only while the consent stands
    SHOWN = "shown"  # answers that the therapist just asked to see: only while they may be shown
    DIGEST = "digest"  # the same, at the therapist's day and hour


@dataclass(frozen=True, slots=True)
class Tell:
    """Send a new message."""

    to: int
    message: Message
    purpose: Purpose = Purpose.REPLY
    enrolment: str | None = None
    """Whose consent it depends on; None: nobody's."""
    session: str | None = None
    """The check-in it is about. Of one purpose and session only the newest waits to be sent."""
    shows: tuple[str, ...] = ()
    """Sessions whose answers it shows to a therapist."""
    not_before: datetime | None = None
    silent: bool = False
    slot: str | None = None
    """Of one slot only the newest waits to be sent; None: as said of `session`."""


@dataclass(frozen=True, slots=True)
class ShowCard:
    """Bring the card of a check-in up to date: edited in place, or sent anew below what was said since."""

    to: int
    session: str
    enrolment: str
    message: Message
    purpose: Purpose = Purpose.CARD
    anew: bool = False


@dataclass(frozen=True, slots=True)
class ShowMenu:
    """Show somebody the menu of commands for what they are. It is a display only: each command is checked anew."""

    chat_id: int
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class LeaveChat:
    """Leave a group or channel."""

    chat_id: int


@dataclass(frozen=True, slots=True)
class Unsend:
    """Take back what the bot said to somebody, as far back as Telegram allows (48 hours)."""

    chat_id: int


@dataclass(frozen=True, slots=True)
class CancelQueue:
    """Drop what waits to be sent to somebody who can't be reached."""

    chat_id: int


@dataclass(frozen=True, slots=True)
class TalkedAbout:
    """A therapist has taken up a signal: it and earlier ones of its kind are closed."""

    session: str
    signal: str
    at: datetime


@dataclass(frozen=True, slots=True)
class WrongGuess:
    """Somebody opened a link that does not work."""

    chat_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class EraseClient:
    """Erase everything that is stored of somebody as a client."""

    chat_id: int


@dataclass(frozen=True, slots=True)
class EraseEnrolment:
    """Erase one enrolment; the account has others that stay."""

    code: str


Saved = (
    Account
    | Therapist
    | Enrolment
    | ConsentRecord
    | Invitation
    | Session
    | CheckIn
    | TalkedAbout
    | WrongGuess
    | EraseClient
    | EraseEnrolment
)
Said = Tell | ShowCard | ShowMenu | LeaveChat | Unsend | CancelQueue


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome of one event. Both parts are carried out in one transaction, in order."""

    save: tuple[Saved, ...] = ()
    say: tuple[Said, ...] = ()

    def __add__(self, other: "Decision") -> "Decision":
        """Return both decisions as one, this one first."""
        return Decision(self.save + other.save, self.say + other.say)
