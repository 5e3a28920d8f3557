"""What an operator does, each a stimulus in one transaction like any other."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot import codes
from bot.house import House
from bot.lookup import Lookup
from bot.queue import carry_out
from bot.store import Transaction
from bot.store.audit import Deed
from bot.store.engine import Row
from bot.store.export import all_for_operator, one_for_operator
from conversations import erasure, invitations, presence
from conversations.decision import Decision
from conversations.people import Account, Enrolment, EnrolmentState, Therapist
from conversations.session_log import Outcome, log
from conversations.sessions import CheckIn, Session
from conversations.wording import operator as wording

SESSIONS_AT_ONCE = 100
"""How many sessions are logged with one look at the database."""


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
    """Remove a therapist: their clients are told, and check-ins end. Raises NotDone if there is none of that id."""
    now = house.clock()
    with house.store.transaction() as transaction:
        therapist = transaction.people.therapist(therapist_id)
        if therapist is None or therapist.removed_at is not None:
            raise NotDone(wording.no_such_therapist(therapist_id))
        own = transaction.people.account(therapist.account) if therapist.account is not None else None
        lookup = Lookup(transaction, house, now)
        there = lookup.presence_of(therapist, own or Account(0))
        links = tuple(transaction.invitations.open_of(therapist_id, now))
        carry_out(presence.remove(there, links, house.practice, now), transaction, now)


@dataclass(frozen=True, slots=True)
class OnTheList:
    """A therapist as an operator sees them: no aliases, no answers."""

    therapist: Therapist
    unreachable_since: datetime | None
    """None: reachable, as far as is known."""
    link_is_open: bool
    """Whether the link that enrols them still works."""
    active_clients: int


def therapists(house: House) -> list[OnTheList]:
    """Return all therapists that were not removed, by name."""
    now = house.clock()
    with house.store.transaction() as transaction:
        return [_on_the_list(one, transaction, now) for one in transaction.people.therapists()]


def _on_the_list(therapist: Therapist, transaction: Transaction, now: datetime) -> OnTheList:
    people = transaction.people
    account = people.account(therapist.account) if therapist.account is not None else None
    links = transaction.invitations.open_of(therapist.id, now)
    states = [one.state for one in people.enrolments_with(therapist.id)]
    return OnTheList(
        therapist,
        account.unreachable_since if account else None,
        any(link.therapist == therapist.id for link in links),
        states.count(EnrolmentState.ACTIVE),
    )


def zones_by_code(house: House) -> dict[str, ZoneInfo]:
    """Return the code of each client with the zone in which their therapist writes times."""
    with house.store.transaction() as transaction:
        enrolments = transaction.people.all_enrolments()
        therapists = {one.therapist: transaction.people.therapist(one.therapist) for one in enrolments}
    zones = {id_: therapist.zone for id_, therapist in therapists.items() if therapist}
    return {one.code: zones[one.therapist] for one in enrolments}


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
        lookup, ids = Lookup(transaction, house, now), iter(codes.unused(len(ended), transaction))
        return [outcome for few in _of_different_clients(ended) for outcome in _add(few, ids, lookup)]


def _of_different_clients(ended: list[Ended]) -> Iterator[list[Ended]]:
    """Yield a few sessions at a time, in order: what becomes of one depends on other sessions of the same client."""
    few: dict[str, Ended] = {}
    for one in ended:
        if one.code in few or len(few) == SESSIONS_AT_ONCE:
            yield list(few.values())
            few.clear()
        few[one.code] = one
    yield list(few.values())


def _add(ended: list[Ended], ids: Iterator[str], lookup: Lookup) -> list[Outcome]:
    """Log sessions of different clients."""
    transaction, now = lookup.transaction, lookup.now
    known = transaction.people.enrolments([one.code for one in ended])
    for one in ended:
        if one.code not in known:
            raise NotDone(wording.no_such_client(one.code))
    records = lookup.records_to_log([known[one.code] for one in ended])
    logged = [
        log(record, Session(next(ids), one.code, one.started_at, one.ended_at, now), lookup.house.practice)
        for record, one in zip(records, ended, strict=True)
    ]
    saved = [saved for one in logged for saved in one.save]
    # sessions before the check-ins that refer to them, each kind at once
    carry_out(Decision(tuple(sorted(saved, key=lambda one: isinstance(one, CheckIn)))), transaction, now)
    return [one.outcome for one in logged]


def export(code: str | None, house: House) -> Row:
    """Return all data of one client, or of everybody for None, and log that. Raises NotDone for an unknown code."""
    with house.store.transaction() as transaction:
        transaction.audit.add(Deed.EXPORT, code, house.clock())
        if code is None:
            return all_for_operator(transaction)
        enrolment = _enrolment(code, transaction)
        account = transaction.people.account(enrolment.account) if enrolment.account is not None else None
        return one_for_operator(transaction, enrolment, account)


def erase(code: str, house: House) -> None:
    """Erase what is stored of one client with one therapist, and log that. Raises NotDone for an unknown code."""
    now = house.clock()
    with house.store.transaction() as transaction:
        enrolment = _enrolment(code, transaction)
        therapist = transaction.people.therapist(enrolment.therapist)
        assert therapist is not None
        own = transaction.people.enrolments_of(enrolment.account) if enrolment.account is not None else []
        decision = erasure.erase(enrolment, therapist, has_others=len(own) > 1)
        carry_out(decision, transaction, now)
        transaction.audit.add(Deed.ERASE, code, now)


@dataclass(frozen=True, slots=True)
class Retried:
    """How much is tried again."""

    updates: int
    messages: int


def retry_all(house: House) -> Retried:
    """Let all that was set aside be tried again by the running bot, and log that. Raises NotDone if nothing was."""
    return _retry(
        house, lambda transaction, now: Retried(transaction.inbox.retry(None), transaction.outbox.retry(None, now))
    )


def retry_update(number: int, house: House) -> Retried:
    """Let one update be handled again. Raises NotDone if none of that number was set aside."""
    return _retry(house, lambda stored, _: Retried(stored.inbox.retry(number), 0))


def retry_message(number: int, house: House) -> Retried:
    """Let one message be sent again, if it may still be said then. Raises NotDone if none of that number is kept."""
    return _retry(house, lambda stored, now: Retried(0, stored.outbox.retry(number, now)))


def _retry(house: House, retry: Callable[[Transaction, datetime], Retried]) -> Retried:
    now = house.clock()
    with house.store.transaction() as transaction:
        retried = retry(transaction, now)
        if retried == Retried(0, 0):
            raise NotDone(wording.NOTHING_TO_RETRY)
        transaction.audit.add(Deed.RETRY, None, now)
    return retried


def _enrolment(code: str, transaction: Transaction) -> Enrolment:
    enrolment = transaction.people.enrolment(code)
    if enrolment is None:
        raise NotDone(wording.no_such_client(code))
    return enrolment
