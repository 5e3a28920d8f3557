"""Whether somebody can be reached: blocked and back, removed, away for a week. Nobody is asked when nobody reads."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from conversations.decision import CancelQueue, Decision, Purpose, Said, Tell
from conversations.events import Left, Returned, StayedAway
from conversations.message import Message
from conversations.people import Account, Enrolment, Invitation, Therapist
from conversations.practice import Practice
from conversations.wording import client as wording

AWAY_FOR = timedelta(days=7)
"""How long a therapist may be unreachable before clients are told and check-ins wait."""


@dataclass(frozen=True, slots=True)
class Presence:
    """An account, and the desk that depends on it, if it is a therapist's."""

    account: Account
    desk: Therapist | None = None
    clients: tuple[Enrolment, ...] = ()
    """The therapist's active enrolments."""


def change(presence: Presence, event: Left | Returned | StayedAway, now: datetime) -> Decision:
    """Decide what follows when somebody blocks the bot, comes back, or a therapist stays away."""
    account, desk = presence.account, presence.desk
    match event:
        case Left():
            return Decision(
                (replace(account, unreachable_since=account.unreachable_since or now),),
                (CancelQueue(account.chat_id),),
            )
        case Returned():
            back = Decision((replace(account, unreachable_since=None),))
            if desk is None or desk.clients_told_at is None:
                return back
            there = replace(desk, clients_told_at=None)
            return back + Decision((there,), _tell_all(presence, wording.therapist_is_back(desk)))
        case StayedAway():
            if desk is None or account.unreachable_since is None:
                return Decision()
            told = replace(desk, clients_told_at=now)
            return Decision((told,), _tell_all(presence, wording.therapist_is_away(desk)))
        case _:
            assert_never(event)


def remove(presence: Presence, invitations: tuple[Invitation, ...], practice: Practice, now: datetime) -> Decision:
    """Remove a therapist for good: links die, digests and check-ins end, and clients are told."""
    assert presence.desk is not None
    gone = replace(presence.desk, removed_at=now, next_digest_at=None)
    revoked = tuple(replace(one, revoked_at=now) for one in invitations)
    return Decision((gone, *revoked), _tell_all(presence, wording.therapist_has_left(gone, practice)))


def _tell_all(presence: Presence, message: Message) -> tuple[Said, ...]:
    return tuple(
        Tell(enrolment.account, message, Purpose.NOTICE, enrolment=enrolment.code)
        for enrolment in presence.clients
        if enrolment.account is not None
    )
