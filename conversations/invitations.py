"""Links that work once: what they are made of, and what happens when somebody follows one."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from conversations import consent, timing
from conversations.commands import Role
from conversations.decision import Decision, ShowMenu, Tell, WrongGuess
from conversations.message import Message
from conversations.people import (
    LIVE,
    Account,
    Enrolment,
    EnrolmentState,
    Expectation,
    ExpectationKind,
    Invitation,
    Therapist,
)
from conversations.practice import Practice
from conversations.wording import consent as wording
from conversations.wording import therapist as therapist_wording

GUESSES_FREE = 5
"""How many links that don't work an account may open within `GUESSES_COUNT_FOR`."""
GUESSES_COUNT_FOR = timedelta(hours=1)


def hash_of(code: str) -> str:
    """Return what is stored of an invitation's code.

    A code has 128 random bits, so its hash needs no salt and no slow function. It is looked up by that hash,
    which needs no comparison in constant time: nobody can steer the hash of a code they do not know.
    """
    return sha256(code.encode()).hexdigest()


def link(practice: Practice, code: str) -> str:
    """Return the address that opens the bot with an invitation's code."""
    return f"https://t.me/{practice.bot_username}?start={code}"


def for_client(enrolment: Enrolment, code: str, practice: Practice, now: datetime) -> Invitation:
    """Return the invitation to an enrolment; `code` has 128 random bits."""
    return Invitation(hash_of(code), None, enrolment.code, now + practice.invitation_lifetime)


def for_therapist(therapist: Therapist, code: str, practice: Practice, now: datetime) -> Invitation:
    """Return the invitation for a therapist; `code` has 128 random bits."""
    return Invitation(hash_of(code), therapist.id, None, now + practice.invitation_lifetime)


@dataclass(frozen=True, slots=True)
class Opening:
    """Somebody followed a link. What it leads to is None if the code is unknown."""

    account: Account
    practice: Practice
    invitation: Invitation | None = None
    therapist: Therapist | None = None
    enrolment: Enrolment | None = None
    own_desk: Therapist | None = None
    """The therapist that the account belongs to already; None: to none."""
    is_client: bool = False
    """Whether the account has been somebody's client here."""
    guesses: int = 0
    """How many links that don't work the account has opened within `GUESSES_COUNT_FOR`."""


def must_wait(guesses: int) -> bool:
    """Tell whether an account has opened so many wrong links that none of its codes is looked up for now."""
    return guesses >= GUESSES_FREE


def follow(opening: Opening, now: datetime) -> Decision:
    """Decide what following a link does. Unknown, used, expired and revoked links all get the same answer."""
    if must_wait(opening.guesses):
        return Decision(say=(Tell(opening.account.chat_id, Message(wording.TOO_MANY_LINKS)),))
    match opening:
        case Opening(invitation=Invitation() as invitation, therapist=Therapist() as therapist):
            if therapist.removed_at is not None:
                return _not_valid(opening, now)
            if opening.enrolment is not None:
                return _follow_as_client(opening, invitation, therapist, opening.enrolment, now)
            return _follow_as_therapist(opening, invitation, therapist, now)
        case _:
            return _not_valid(opening, now)


def _not_valid(opening: Opening, now: datetime) -> Decision:
    guess = WrongGuess(opening.account.chat_id, now)
    return Decision((guess,), (Tell(opening.account.chat_id, Message(wording.LINK_NOT_VALID)),))


def _follow_as_client(
    opening: Opening, invitation: Invitation, therapist: Therapist, enrolment: Enrolment, now: datetime
) -> Decision:
    asked = consent.Asked(enrolment, opening.account, therapist, opening.practice)
    if therapist.account == opening.account.chat_id:
        return Decision(say=(Tell(opening.account.chat_id, therapist_wording.own_invitation()),))
    if invitation.used_by == opening.account.chat_id and enrolment.state is EnrolmentState.OPENED:
        return consent.repeat_question(asked, now)
    if invitation.used_by == opening.account.chat_id and enrolment.state in LIVE:
        return Decision(say=(Tell(opening.account.chat_id, Message((wording.AGREED_ALREADY,))),))
    if not invitation.is_open(now) or enrolment.state is not EnrolmentState.INVITED:
        return _not_valid(opening, now)
    roles = (Role.CLIENT, Role.THERAPIST) if opening.own_desk else (Role.CLIENT,)
    menu = ShowMenu(opening.account.chat_id, roles)
    return consent.open_invitation(asked, invitation, now) + Decision(say=(menu,))


def _follow_as_therapist(opening: Opening, invitation: Invitation, therapist: Therapist, now: datetime) -> Decision:
    chat_id = opening.account.chat_id
    if opening.own_desk is not None:
        return Decision(say=(Tell(chat_id, therapist_wording.enrolled_already(opening.own_desk)),))
    if not invitation.is_open(now):
        return _not_valid(opening, now)
    enrolled = replace(
        therapist,
        account=chat_id,
        next_digest_at=timing.next_weekly(now, therapist.digest_at, therapist.zone),
        last_digest_at=now,
        clients_told_at=None,
    )
    expects = None if therapist.zone_is_set else Expectation(ExpectationKind.ZONE, "desk")
    account = replace(opening.account, unreachable_since=None, expects=expects)
    used = replace(invitation, used_at=now, used_by=chat_id)
    welcome = Tell(chat_id, therapist_wording.welcome(enrolled, opening.practice))
    questions = () if therapist.zone_is_set else (Tell(chat_id, therapist_wording.ask_zone(therapist.zone.key)),)
    roles = (Role.THERAPIST, Role.CLIENT) if opening.is_client else (Role.THERAPIST,)
    return Decision((account, enrolled, used), (welcome, *questions, ShowMenu(chat_id, roles)))
