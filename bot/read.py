"""Who a stimulus is about, and what happened to them: from the sender and the database, never from a button.

One thing is noted on the way, since no dialogue knows of it: which message carries the card that was tapped.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from bot.house import House
from bot.lookup import Lookup
from bot.queue import retire
from bot.store import Transaction
from bot.store.inbox import ReceivedUpdate
from bot.updates import ChatChanged, FromPerson, parse
from conversations.buttons import Action, Verb
from conversations.check_in import Card
from conversations.client import Client
from conversations.commands import BY_NAME, Role
from conversations.decide import Group, Subject
from conversations.desk import Desk
from conversations.events import (
    AddedToGroup,
    Commanded,
    Event,
    Expired,
    FellDue,
    Left,
    ReminderFellDue,
    Returned,
    SentSomethingElse,
    StayedAway,
    Tapped,
    WasAway,
    Wrote,
)
from conversations.people import Account, Expectation, ExpectationKind
from conversations.reading import Overview

CONSENT_VERBS = frozenset({Verb.AGREE, Verb.NO_THANKS, Verb.ASK_LATER})
PAIRING_VERBS = frozenset({Verb.CONFIRM_PAIRING, Verb.REFUSE_PAIRING})
CARD_VERBS = frozenset(
    {
        Verb.START,
        Verb.RATE,
        Verb.SKIP,
        Verb.BACK,
        Verb.REASON,
        Verb.WISH,
        Verb.DONE,
        Verb.REMOVE_COMMENTS,
        Verb.NOT_THIS_TIME,
        Verb.DID_NOT_MEET,
        Verb.SEE_ANSWERS,
        Verb.HIDE_ANSWERS,
        Verb.CHANGE,
        Verb.KEEP_PRIVATE,
        Verb.SHARE,
    }
)
CLIENT_VERBS = frozenset(
    {Verb.PAUSE_FOR, Verb.RESUME, Verb.CHOOSE_STOP, Verb.CONFIRM_STOP, Verb.CONFIRM_ERASE, Verb.NEVER_MIND}
)
DESK_VERBS = frozenset(Verb) - CONSENT_VERBS - PAIRING_VERBS - CARD_VERBS - CLIENT_VERBS

Found = Iterator[tuple[Subject, Event]]
Together = list[tuple[Subject, Event]]

CARDS_AT_ONCE = 100
"""How many check-ins are read with one query."""


class DueKind(Enum):
    """What can fall due, in the order in which a tick looks for it."""

    EXPIRY = auto()
    CHECK_IN = auto()
    REMINDER = auto()
    QUESTION = auto()
    DIGEST = auto()
    AWAY = auto()


@dataclass(frozen=True, slots=True)
class Due:
    """Things of one kind whose time has come."""

    kind: DueKind
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """The bot could not receive for a while, and has caught up."""


Stimulus = ReceivedUpdate | Due | Gap


def read(stimulus: Stimulus, transaction: Transaction, house: House, now: datetime) -> Iterator[Together]:
    """Yield each subject with what happened to it. Raises Unparsable for an update that is none.

    What is yielded together was read together: it concerns different people, and no decision about one of them changes
    what another depends on. What comes next is read after those decisions have been carried out.
    """
    lookup = Lookup(transaction, house, now)
    match stimulus:
        case ReceivedUpdate(payload=payload):
            match parse(payload):
                case FromPerson() as person:
                    yield from _one_by_one(_person(person, lookup))
                case ChatChanged() as changed:
                    yield from _one_by_one(_chat(changed, lookup))
        case Due(DueKind.EXPIRY, ids):
            yield from _check_ins(ids, Expired(), lookup)
        case Due(DueKind.CHECK_IN, ids):
            yield from _check_ins(ids, FellDue(), lookup)
        case Due(DueKind.REMINDER, ids):
            yield from _check_ins(ids, ReminderFellDue(), lookup)
        case Due(DueKind.QUESTION, ids):
            for code in ids:
                yield from _one_by_one(_question(code, FellDue(), lookup))
        case Due(kind, ids):
            for therapist in ids:
                yield from _one_by_one(_therapist_due(kind, therapist, lookup))
        case Gap():
            yield from _gap(lookup)


def _one_by_one(found: Found) -> Iterator[Together]:
    return ([one] for one in found)


def _person(reported: FromPerson, lookup: Lookup) -> Found:
    """Yield what somebody did, to whatever it concerns."""
    people = lookup.transaction.people
    account = people.account(reported.chat_id) or Account(reported.chat_id)
    if account.unreachable_since is not None:
        yield lookup.presence(account), Returned()
        account = people.account(reported.chat_id) or account
    yield _concerned(account, reported, lookup), reported.event


def _concerned(account: Account, reported: FromPerson, lookup: Lookup) -> Subject:
    match reported.event:
        case Commanded("start", code) if code:
            return lookup.opening(account, code)
        case Commanded(name, _):
            return _commanded(account, name, lookup)
        case Tapped(Action() as action):
            return _tapped(account, action, reported, lookup)
        case Wrote() | SentSomethingElse():
            return _expecting(account, lookup, text=isinstance(reported.event, Wrote))
        case _:
            return lookup.client(account)


def _commanded(account: Account, name: str, lookup: Lookup) -> Client | Desk | Overview:
    known = BY_NAME.get(name)
    therapist = lookup.transaction.people.therapist_of(account.chat_id)
    if known and known.role is Role.THERAPIST and therapist:
        return lookup.overview(therapist, account) if name == "digest" else lookup.desk(therapist, account)
    return lookup.client_with_everything(account) if name == "mydata" else lookup.client(account)


def _tapped(account: Account, action: Action, reported: FromPerson, lookup: Lookup) -> Subject:
    people = lookup.transaction.people
    if action.verb in CARD_VERBS:
        others_matter = action.verb is Verb.CHANGE
        card = lookup.card_among_others(action.subject) if others_matter else lookup.card(action.subject)
        if card and card.account.chat_id == account.chat_id:
            _adopt(card, reported.message_id, lookup)
            return card
    elif action.verb in CONSENT_VERBS:
        enrolment = people.enrolment(action.subject)
        if enrolment and enrolment.account == account.chat_id:
            return lookup.asked_of(enrolment, account, reported.who)
    elif therapist := people.therapist_of(account.chat_id):
        if action.verb is Verb.SHOW_DIGEST:
            return lookup.overview(therapist, account)
        if action.verb in DESK_VERBS:
            return lookup.desk(therapist, account, action.subject)
        enrolment = people.enrolment(action.subject)
        if action.verb in PAIRING_VERBS and enrolment and enrolment.therapist == therapist.id:
            return lookup.asked_by(therapist, enrolment, account)
    erases = action.verb is Verb.CONFIRM_STOP
    return lookup.client_with_everything(account) if erases else lookup.client(account)


def _adopt(card: Card, message_id: int | None, lookup: Lookup) -> None:
    """Make the copy that was tapped the card; another copy can only come from a repeated send."""
    check_ins = lookup.transaction.check_ins
    known = check_ins.card_message(card.check_in.session)
    if message_id is None or known == message_id:
        return
    check_ins.set_card_message(card.check_in.session, message_id)
    if known is not None:
        retire(lookup.transaction, card.account.chat_id, known, lookup.now)


def _expecting(account: Account, lookup: Lookup, *, text: bool) -> Subject:
    match account.expects:
        case Expectation(ExpectationKind.CARD, session):
            card = lookup.card(session)
            if card and card.account.chat_id == account.chat_id and card.check_in.is_open:
                return card
        case Expectation(ExpectationKind.ZONE, ""):
            return lookup.client(account)
        case Expectation() if text:
            therapist = lookup.transaction.people.therapist_of(account.chat_id)
            if therapist:
                return lookup.desk(therapist, account)
    return lookup.client(account)


def _chat(changed: ChatChanged, lookup: Lookup) -> Found:
    """Yield a block, a return, or a group."""
    if isinstance(changed.event, AddedToGroup):
        yield Group(changed.chat_id), changed.event
        return
    account = lookup.transaction.people.account(changed.chat_id)
    if account is not None:
        yield lookup.presence(account), changed.event


def left(chat_id: int, lookup: Lookup) -> Found:
    """Yield that somebody turned out to be unreachable."""
    account = lookup.transaction.people.account(chat_id)
    if account is not None:
        yield lookup.presence(account), Left()


def _check_ins(sessions: Sequence[str], event: Event, lookup: Lookup) -> Iterator[Together]:
    """Yield what happens to check-ins, together those of different clients: a client's own depend on each other."""
    waiting = list(sessions)
    while waiting:
        cards = lookup.cards_among_others(waiting[:CARDS_AT_ONCE])
        first: dict[int | str, Card] = {}
        for card in cards.values():
            first.setdefault(card.enrolment.account or card.enrolment.code, card)
        yield [(card, event) for card in first.values()]
        done = {card.check_in.session for card in first.values()}
        waiting = [session for session in cards if session not in done] + waiting[CARDS_AT_ONCE:]


def _therapist_due(kind: DueKind, therapist_id: str, lookup: Lookup) -> Found:
    """Yield what a therapist has coming."""
    therapist = lookup.transaction.people.therapist(therapist_id)
    account = lookup.account_of(therapist)
    if therapist is None or account is None:
        return
    match kind:
        case DueKind.DIGEST:
            yield lookup.overview(therapist, account), FellDue()
        case DueKind.AWAY:
            yield lookup.presence_of(therapist, account), StayedAway()


def _question(code: str, event: Event, lookup: Lookup) -> Found:
    if asked := lookup.question(code):
        yield asked, event


def _gap(lookup: Lookup) -> Iterator[Together]:
    """Yield every question that waits for a tap which may have been lost."""
    yield from _check_ins(lookup.transaction.check_ins.open_cards(lookup.now), WasAway(), lookup)
    for code in lookup.transaction.people.enrolments_waiting():
        yield from _one_by_one(_question(code, WasAway(), lookup))
