"""What an operator does, each a stimulus in one transaction like any other."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot import codes
from bot.house import House
from bot.queue import carry_out
from bot.read import Reader
from conversations import invitations, presence
from conversations.decision import Decision
from conversations.people import Account, Enrolment, Therapist
from conversations.session_log import Logged, Outcome, log
from conversations.sessions import Session


class NotDone(Exception):
    """A command can't be carried out; the message is one line that says why and what to do."""


def add_therapist(name: str, zone: ZoneInfo | None, house: House) -> str:
    """Add a therapist, and return the link that enrols them once. Without a zone they are asked for it."""
    now, practice = house.clock(), house.practice
    therapist = Therapist(
        id=codes.new_code(),
        name=name,
        account=None,
        zone=zone or practice.zone,
        zone_is_set=zone is not None,
        digest_at=practice.digest_at,
        heads_up=True,
        next_digest_at=None,
    )
    secret = codes.new_secret()
    invitation = invitations.for_therapist(therapist, secret, practice, now)
    with house.store.transaction() as transaction:
        carry_out(Decision((therapist, invitation)), transaction, now)
    return invitations.link(practice, secret)


def remove_therapist(therapist_id: str, house: House) -> None:
    """Remove a therapist: their clients are told, and check-ins wait. Raises NotDone if there is none of that id."""
    now = house.clock()
    with house.store.transaction() as transaction:
        therapist = transaction.people.therapist(therapist_id)
        if therapist is None or therapist.removed_at is not None:
            raise NotDone(f"There is no therapist {therapist_id}. 'alliance therapist list' shows their codes.")
        own = transaction.people.account(therapist.account) if therapist.account is not None else None
        reader = Reader(transaction, house, now)
        there = reader.presence_of(therapist, own or Account(0))
        links = tuple(transaction.people.open_invitations(therapist_id, now))
        carry_out(presence.remove(there, links, now), transaction, now)


@dataclass(frozen=True, slots=True)
class Ended:
    """A session that took place: whose, when it ended, and when it began if that is known."""

    code: str
    ended_at: datetime
    started_at: datetime | None = None


def add_sessions(ended: list[Ended], house: House) -> list[Outcome]:
    """Log sessions, all of them or none. Raises NotDone for the first code that is unknown."""
    now = house.clock()
    with house.store.transaction() as transaction:
        reader = Reader(transaction, house, now)
        outcomes = []
        for one in ended:
            enrolment: Enrolment | None = transaction.people.enrolment(one.code)
            if enrolment is None:
                raise NotDone(f"There is no client with the code {one.code}. The therapist sees it in /clients.")
            fresh = codes.fresh(transaction)
            session = Session(fresh.code, one.code, one.started_at, one.ended_at, now)
            logged: Logged = log(reader.record(enrolment), session, house.practice)
            carry_out(Decision(logged.save), transaction, now)
            outcomes.append(logged.outcome)
        return outcomes
