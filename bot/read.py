"""Who a stimulus is about, and what is known of them: from the sender and the database, never from a button."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto

from bot import codes
from bot.house import House
from bot.queue import retire
from bot.store import Transaction
from bot.store.export import everything_about
from bot.store.inbox import ReceivedUpdate
from bot.store.outbox import QueuedRow
from bot.updates import ChatChanged, FromPerson, parse
from conversations.buttons import Action, Verb
from conversations.check_in import Card
from conversations.client import Client
from conversations.commands import BY_NAME, Role
from conversations.consent import Asked
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
from conversations.history import ClientHistory
from conversations.invitations import GUESSES_COUNT_FOR, Opening, hash_of, must_wait
from conversations.people import (
    Account,
    Enrolment,
    EnrolmentState,
    Expectation,
    ExpectationKind,
    Therapist,
)
from conversations.presence import Presence
from conversations.reading import Overview
from conversations.record import ClientRecord
from conversations.sending import DEPENDS_ON_CARD, DEPENDS_ON_DESK, Waiting

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

NOBODY = 0
"""In place of a chat that no link has been opened from yet; no chat of Telegram's has this id."""

Found = Iterator[tuple[Subject, Event]]


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


def read(stimulus: Stimulus, transaction: Transaction, house: House, now: datetime) -> Found:
    """Yield each subject with what happened to it. Raises Unparsable for an update that is none."""
    reader = Reader(transaction, house, now)
    match stimulus:
        case ReceivedUpdate(payload=payload):
            match parse(payload):
                case FromPerson() as person:
                    yield from reader.person(person)
                case ChatChanged() as changed:
                    yield from reader.chat(changed)
        case Due(kind, ids):
            for one in ids:
                yield from reader.due(kind, one)
        case Gap():
            yield from reader.gap()


@dataclass(frozen=True, slots=True)
class Reader:
    """Looks up what decisions depend on, within one transaction."""

    transaction: Transaction
    house: House
    now: datetime

    def person(self, reported: FromPerson) -> Found:
        """Yield what somebody did, to whatever it concerns."""
        account = self.transaction.people.account(reported.chat_id) or Account(reported.chat_id)
        if account.unreachable_since is not None:
            yield self._presence(account), Returned()
            account = self.transaction.people.account(reported.chat_id) or account
        yield self._concerned(account, reported), reported.event

    def _concerned(self, account: Account, reported: FromPerson) -> Subject:
        match reported.event:
            case Commanded("start", code) if code:
                return self._opening(account, code)
            case Commanded(name, _):
                return self._commanded(account, name)
            case Tapped(Action() as action):
                return self._tapped(account, action, reported)
            case Wrote() | SentSomethingElse():
                return self._expecting(account, text=isinstance(reported.event, Wrote))
            case _:
                return self._client(account)

    def _opening(self, account: Account, code: str) -> Opening:
        people, invitations, practice = self.transaction.people, self.transaction.invitations, self.house.practice
        guesses = invitations.guesses_since(account.chat_id, self.now - GUESSES_COUNT_FOR)
        invitation = None if must_wait(guesses) else invitations.invitation(hash_of(code))
        if invitation is None:
            return Opening(account, practice, guesses=guesses)
        own_desk = people.therapist_of(account.chat_id)
        enrolment = people.enrolment(invitation.enrolment) if invitation.enrolment else None
        therapist = people.therapist(enrolment.therapist if enrolment else invitation.therapist or "")
        is_client = bool(people.enrolments_of(account.chat_id))
        return Opening(account, practice, invitation, therapist, enrolment, own_desk, is_client)

    def _commanded(self, account: Account, name: str) -> Client | Desk | Overview:
        known = BY_NAME.get(name)
        therapist = self.transaction.people.therapist_of(account.chat_id)
        if known and known.role is Role.THERAPIST and therapist:
            return self.overview(therapist, account) if name == "digest" else self.desk(therapist, account)
        return self._client(account, with_everything=name == "mydata")

    def _tapped(self, account: Account, action: Action, reported: FromPerson) -> Subject:
        if action.verb in CARD_VERBS:
            others_matter = action.verb is Verb.CHANGE
            card = self.card_among_others(action.subject) if others_matter else self.card(action.subject)
            if card and card.account.chat_id == account.chat_id:
                self._adopt(card, reported.message_id)
                return card
        elif action.verb in CONSENT_VERBS:
            enrolment = self.transaction.people.enrolment(action.subject)
            if enrolment and enrolment.account == account.chat_id:
                return self._asked_of(enrolment, account, reported.who)
        elif therapist := self.transaction.people.therapist_of(account.chat_id):
            if action.verb is Verb.SHOW_DIGEST:
                return self.overview(therapist, account)
            if action.verb in DESK_VERBS:
                return self.desk(therapist, account)
            enrolment = self.transaction.people.enrolment(action.subject)
            if action.verb in PAIRING_VERBS and enrolment and enrolment.therapist == therapist.id:
                return self._asked_by(therapist, enrolment, account)
        return self._client(account, with_everything=action.verb is Verb.CONFIRM_STOP)

    def _adopt(self, card: Card, message_id: int | None) -> None:
        """Make the copy that was tapped the card; another copy can only come from a repeated send."""

        known = self.transaction.check_ins.card_message(card.check_in.session)
        if message_id is None or known == message_id:
            return
        self.transaction.check_ins.set_card_message(card.check_in.session, message_id)
        if known is not None:
            retire(self.transaction, card.account.chat_id, known, self.now)

    def _expecting(self, account: Account, *, text: bool) -> Subject:
        match account.expects:
            case Expectation(ExpectationKind.CARD, session):
                card = self.card(session)
                if card and card.account.chat_id == account.chat_id and card.check_in.is_open:
                    return card
            case Expectation(ExpectationKind.ZONE, ""):
                return self._client(account)
            case Expectation() if text:
                therapist = self.transaction.people.therapist_of(account.chat_id)
                if therapist:
                    return self.desk(therapist, account)
        return self._client(account)

    def _client(self, account: Account, *, with_everything: bool = False) -> Client:
        people = self.transaction.people
        enrolments = people.enrolments_of(account.chat_id)
        pairs = tuple((one, self._therapist(one)) for one in enrolments)
        is_therapist = people.therapist_of(account.chat_id) is not None
        client = Client(account, pairs, is_therapist, self.house.practice)
        if not with_everything:
            return client
        check_ins = tuple(
            one for enrolment in enrolments for one in self.transaction.check_ins.check_ins_of(enrolment.code)
        )
        document = json.dumps(everything_about(self.transaction, enrolments, account), ensure_ascii=False, indent=2)
        return Client(account, pairs, is_therapist, self.house.practice, check_ins, document)

    def _therapist(self, enrolment: Enrolment) -> Therapist:
        therapist = self.transaction.people.therapist(enrolment.therapist)
        assert therapist is not None
        return therapist

    def _asked(self, enrolment: Enrolment, account: Account, who: str = "") -> Asked:
        return Asked(enrolment, account, self._therapist(enrolment), self.house.practice, who)

    def _asked_of(self, enrolment: Enrolment, account: Account, who: str) -> Asked:
        """Return what was asked, with what a "no" withholds."""
        check_ins = self.transaction.check_ins.check_ins_of(enrolment.code) if enrolment.is_asked_anew else []
        return replace(self._asked(enrolment, account, who), check_ins=tuple(check_ins))

    def _asked_by(self, therapist: Therapist, enrolment: Enrolment, desk: Account) -> Asked:
        account = self.transaction.people.account(enrolment.account) if enrolment.account is not None else None
        return Asked(enrolment, account or desk, therapist, self.house.practice)

    def card(self, session_id: str) -> Card | None:
        """Return a check-in with what an answer to it depends on; None if there is none."""
        check_ins, people = self.transaction.check_ins, self.transaction.people
        check_in, session = check_ins.check_in(session_id), check_ins.session(session_id)
        enrolment = people.enrolment(check_in.enrolment) if check_in else None
        if check_in is None or session is None or enrolment is None:
            return None
        chat_id = NOBODY if enrolment.account is None else enrolment.account
        therapist = self._therapist(enrolment)
        desk = self._account_of(therapist)
        return Card(
            check_in,
            session,
            enrolment,
            people.account(chat_id) or Account(chat_id),
            therapist,
            self.house.practice,
            therapist_is_unreachable=desk is not None and desk.unreachable_since is not None,
        )

    def card_among_others(self, session_id: str) -> Card | None:
        """Return a check-in with all that decides whether it may be asked: also what else the client is asked."""
        card, check_ins = self.card(session_id), self.transaction.check_ins
        if card is None:
            return None
        return replace(
            card,
            other_card_is_open=check_ins.other_card_is_open(session_id, card.account.chat_id, self.now),
            last_sent_at=check_ins.last_sent_at(card.check_in),
        )

    def desk(self, therapist: Therapist, account: Account) -> Desk:
        """Return a therapist with the whole caseload."""
        people = self.transaction.people
        return Desk(
            therapist,
            account,
            tuple(self.record(one) for one in people.enrolments_with(therapist.id)),
            tuple(self.transaction.invitations.open_of(therapist.id, self.now)),
            self.house.practice,
            codes.fresh(self.transaction),
        )

    def record(self, enrolment: Enrolment) -> ClientRecord:
        """Return all that a therapist's side knows of one enrolment."""
        check_ins = self.transaction.check_ins
        return ClientRecord(
            enrolment,
            self.transaction.people.account(enrolment.account) if enrolment.account is not None else None,
            tuple(check_ins.sessions_of(enrolment.code)),
            tuple(check_ins.check_ins_of(enrolment.code)),
        )

    def overview(self, therapist: Therapist, account: Account) -> Overview:
        """Return a therapist with all that has come of the caseload's check-ins."""
        return Overview(therapist, account, self.histories(therapist.id), self.house.practice)

    def histories(self, therapist_id: str) -> tuple[ClientHistory, ...]:
        """Return the histories of a therapist's clients, in the order of the invitations."""
        people, histories = self.transaction.people, self.transaction.histories
        check_ins = histories.check_ins(therapist_id)
        last_sessions, talked_about = histories.last_sessions(therapist_id), histories.talked_about(therapist_id)
        return tuple(
            ClientHistory(
                one,
                people.account(one.account) if one.account is not None else None,
                tuple(check_ins.get(one.code, ())),
                last_sessions.get(one.code),
                frozenset(talked_about.get(one.code, ())),
            )
            for one in people.enrolments_with(therapist_id)
        )

    def chat(self, changed: ChatChanged) -> Found:
        """Yield a block, a return, or a group."""
        if isinstance(changed.event, AddedToGroup):
            yield Group(changed.chat_id), changed.event
            return
        account = self.transaction.people.account(changed.chat_id)
        if account is not None:
            yield self._presence(account), changed.event

    def _presence(self, account: Account) -> Presence:
        therapist = self.transaction.people.therapist_of(account.chat_id)
        return self.presence_of(therapist, account) if therapist else Presence(account)

    def presence_of(self, therapist: Therapist, account: Account) -> Presence:
        """Return a therapist's presence, with the clients who depend on it."""
        enrolments = self.transaction.people.enrolments_with(therapist.id)
        active = tuple(one for one in enrolments if one.state is EnrolmentState.ACTIVE)
        return Presence(account, therapist, active)

    def left(self, chat_id: int) -> Found:
        """Yield that somebody turned out to be unreachable."""
        account = self.transaction.people.account(chat_id)
        if account is not None:
            yield self._presence(account), Left()

    def due(self, kind: DueKind, one: str) -> Found:
        """Yield what has fallen due."""
        match kind:
            case DueKind.EXPIRY | DueKind.CHECK_IN | DueKind.REMINDER:
                events: dict[DueKind, Event] = {DueKind.EXPIRY: Expired(), DueKind.CHECK_IN: FellDue()}
                card = self.card_among_others(one)
                if card:
                    yield card, events.get(kind, ReminderFellDue())
            case DueKind.QUESTION:
                yield from self._question(one, FellDue())
            case DueKind.DIGEST:
                therapist = self.transaction.people.therapist(one)
                account = self._account_of(therapist)
                if therapist and account:
                    yield self.overview(therapist, account), FellDue()
            case DueKind.AWAY:
                therapist = self.transaction.people.therapist(one)
                account = self._account_of(therapist)
                if therapist and account:
                    yield self.presence_of(therapist, account), StayedAway()

    def _account_of(self, therapist: Therapist | None) -> Account | None:
        if therapist is None or therapist.account is None:
            return None
        return self.transaction.people.account(therapist.account)

    def _question(self, code: str, event: Event) -> Found:
        enrolment = self.transaction.people.enrolment(code)
        account = self.transaction.people.account(enrolment.account) if enrolment and enrolment.account else None
        if enrolment and account:
            yield self._asked(enrolment, account), event

    def gap(self) -> Found:
        """Yield every question that waits for a tap which may have been lost."""
        for session in self.transaction.check_ins.open_cards(self.now):
            card = self.card_among_others(session)
            if card:
                yield card, WasAway()
        for code in self.transaction.people.enrolments_waiting():
            yield from self._question(code, WasAway())

    def waiting(self, row: QueuedRow) -> Waiting:
        """Return what a queued message depends on, as it is now."""
        people, check_ins = self.transaction.people, self.transaction.check_ins
        enrolment = people.enrolment(row.enrolment) if row.enrolment else None
        own_desk = people.therapist_of(row.chat_id) if row.purpose in DEPENDS_ON_DESK else None
        return Waiting(
            row.purpose,
            row.chat_id,
            self.house.practice,
            people.account(row.chat_id),
            enrolment,
            own_desk,
            self.card_among_others(row.session) if row.session and row.purpose in DEPENDS_ON_CARD else None,
            tuple(check_ins.check_in(session) for session in row.shows),
        )
