"""What can happen: somebody did something, time has come, or a message arrived or did not."""

from dataclasses import dataclass

from conversations.buttons import Action
from conversations.decision import Purpose


@dataclass(frozen=True, slots=True)
class Commanded:
    """Somebody sent `/name argument`."""

    name: str
    argument: str


@dataclass(frozen=True, slots=True)
class Wrote:
    """Somebody sent a text that is no command."""

    text: str


@dataclass(frozen=True, slots=True)
class SentSomethingElse:
    """Somebody sent a voice message, a picture, a sticker: anything that is not text."""


@dataclass(frozen=True, slots=True)
class Tapped:
    """Somebody tapped a button; `action` is None when it is none of ours."""

    action: Action | None


@dataclass(frozen=True, slots=True)
class FellDue:
    """The time of a check-in, a question asked again, a digest has come."""


@dataclass(frozen=True, slots=True)
class ReminderFellDue:
    """A check-in has gone without its answer for a day."""


@dataclass(frozen=True, slots=True)
class Expired:
    """The time to answer has passed."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """A queued message reached the person."""


@dataclass(frozen=True, slots=True)
class Undeliverable:
    """A queued message can't reach the person."""


@dataclass(frozen=True, slots=True)
class NotAsked:
    """A queued question can't reach the person: for consent, or to a therapist who somebody is."""

    purpose: Purpose


@dataclass(frozen=True, slots=True)
class WasAway:
    """The bot could not receive for a while, and taps may have been lost."""


@dataclass(frozen=True, slots=True)
class Left:
    """Somebody blocked the bot, or their account is gone."""


@dataclass(frozen=True, slots=True)
class Returned:
    """Somebody who could not be reached wrote, or unblocked the bot."""


@dataclass(frozen=True, slots=True)
class StayedAway:
    """A therapist could not be reached for a week."""


@dataclass(frozen=True, slots=True)
class AddedToGroup:
    """Somebody put the bot into a group or a channel, or wrote there."""


PersonActed = Commanded | Wrote | SentSomethingElse | Tapped
Event = (
    PersonActed
    | FellDue
    | ReminderFellDue
    | Expired
    | Delivered
    | Undeliverable
    | NotAsked
    | WasAway
    | Left
    | Returned
    | StayedAway
    | AddedToGroup
)
