"""Carrying out a decision: what is true is stored, what is to be said is queued. Nothing is sent from here."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import groupby
from typing import assert_never

from bot.render import Body, body_of, to_json
from bot.store import Transaction
from bot.store.marks import Mark
from bot.store.outbox import Method, NewRow
from conversations import erasure
from conversations.commands import menu
from conversations.decision import (
    CancelQueue,
    Decision,
    EraseClient,
    EraseEnrolment,
    LeaveChat,
    Purpose,
    Said,
    Saved,
    ShowCard,
    ShowMenu,
    TalkedAbout,
    Tell,
    Unsend,
    WrongGuess,
)
from conversations.lasting import Fact, Lasting, lasting
from conversations.people import Account, ConsentRecord, Enrolment, Invitation, Therapist
from conversations.sending import DECIDED_ANEW, QUESTIONS
from conversations.sessions import CheckIn, Session

TAKES_BACK_FOR = timedelta(hours=48)
"""How long Telegram lets a bot delete its own messages."""
DELETED_AT_ONCE = 100
"""How many messages Telegram deletes in one call."""


def carry_out(decision: Decision, transaction: Transaction, now: datetime) -> None:
    """Store what was decided, and queue what is to be said."""
    rows = [row for one in decision.say for row in _prepared(one, transaction, now)]
    transaction.journal.add(_all_lasting(decision, transaction), now)
    for _, saved in groupby(decision.save, type):
        _save_alike(list(saved), transaction, now)
    transaction.outbox.add(rows, now)
    for one in decision.say:
        if isinstance(one, CancelQueue):
            transaction.outbox.cancel_for(one.chat_id, "unreachable", now, spares=DECIDED_ANEW | QUESTIONS)


def _all_lasting(decision: Decision, transaction: Transaction) -> list[Lasting]:
    """Return what is noted in the journal; read before anything is stored."""
    check_ins = [saved for saved in decision.save if isinstance(saved, CheckIn)]
    private = transaction.check_ins.kept_private([one.session for one in check_ins])
    may_change = [one.session for one in check_ins if one.kept_private or one.session in private]
    before = transaction.check_ins.check_ins(may_change)
    return [noted for saved in decision.save for noted in _lasting(saved, before, transaction)]


def _lasting(saved: Saved, before: Mapping[str, CheckIn], transaction: Transaction) -> list[Lasting]:
    match saved:
        case EraseClient(chat_id):
            return [Lasting(Fact.ERASED, one.code) for one in transaction.people.enrolments_of(chat_id)]
        case CheckIn(session):
            found = lasting(saved, before.get(session))
        case _:
            found = lasting(saved)
    return [found] if found else []


def _save_alike(saved: list[Saved], transaction: Transaction, now: datetime) -> None:
    """Store values of one kind; sessions and check-ins all at once, since there may be many."""
    if sessions := [one for one in saved if isinstance(one, Session)]:
        transaction.check_ins.save_sessions(sessions)
    elif check_ins := [one for one in saved if isinstance(one, CheckIn)]:
        transaction.check_ins.save_check_ins(check_ins)
    else:
        for one in saved:
            _save(one, transaction, now)


def _save(saved: Saved, transaction: Transaction, now: datetime) -> None:
    people = transaction.people
    match saved:
        case Session():
            transaction.check_ins.save_sessions([saved])
        case CheckIn():
            transaction.check_ins.save_check_ins([saved])
        case Account():
            people.save_account(saved)
        case Therapist():
            people.save_therapist(saved)
        case Enrolment():
            people.save_enrolment(saved)
        case ConsentRecord():
            people.record_consent(saved)
        case Invitation():
            transaction.invitations.save(saved)
        case TalkedAbout():
            transaction.check_ins.save_talked_about(saved)
        case WrongGuess(chat_id, at):
            transaction.invitations.add_guess(chat_id, at)
        case EraseClient(chat_id):
            _erase(chat_id, transaction)
            _erase_set_aside(transaction, now)
        case EraseEnrolment(code):
            _erase_enrolment(code, transaction)
            _erase_set_aside(transaction, now)
        case _:
            assert_never(saved)


def _erase_set_aside(transaction: Transaction, now: datetime) -> None:
    """Forget what could not be handled or sent: whom it is about can't be told. Have the file written anew."""
    transaction.inbox.wipe_set_aside()
    transaction.outbox.wipe_set_aside()
    transaction.marks.set(Mark.ERASED, now)


def forgetting(enrolment: Enrolment, transaction: Transaction) -> Decision:
    """Return the decision to erase an enrolment without a word, and its account if nothing else hangs on it."""
    people, account = transaction.people, enrolment.account
    return erasure.forget(
        enrolment,
        has_others=account is not None and len(people.enrolments_of(account)) > 1,
        is_therapist=account is not None and people.therapist_of(account) is not None,
    )


def _erase_enrolment(code: str, transaction: Transaction) -> None:
    enrolment = transaction.people.enrolment(code)
    transaction.outbox.erase_enrolment(code)
    transaction.people.erase_enrolment(code)
    if enrolment is not None and enrolment.account is not None:
        transaction.inbox.erase(enrolment.account)  # what could not be read may be about any of their enrolments


def _erase(chat_id: int, transaction: Transaction) -> None:
    for enrolment in transaction.people.enrolments_of(chat_id):
        transaction.outbox.erase_enrolment(enrolment.code)
    transaction.outbox.erase(chat_id)
    transaction.people.erase_client(chat_id)
    transaction.inbox.erase(chat_id)


def _prepared(said: Said, transaction: Transaction, now: datetime) -> list[NewRow]:
    """Return the rows to queue; read before anything is stored, since an erasure forgets which messages stand."""
    match said:
        case Tell():
            return [_telling(said)]
        case ShowCard():
            return [_showing(said)]
        case ShowMenu(chat_id, roles):
            commands = tuple((command.name, command.description) for command in menu(roles))
            return [NewRow(chat_id, Method.MENU, Purpose.REPLY, to_json(Body("", commands=commands)))]
        case LeaveChat(chat_id):
            return [NewRow(chat_id, Method.LEAVE, Purpose.REPLY, to_json(Body("")))]
        case Unsend(chat_id):
            return _taking_back(chat_id, transaction, now)
        case CancelQueue():
            return []
        case _:
            assert_never(said)


def _telling(said: Tell) -> NewRow:
    return NewRow(
        said.to,
        Method.MESSAGE,
        said.purpose,
        to_json(body_of(said.message)),
        enrolment=said.enrolment,
        session=said.session,
        slot=said.slot or (f"{said.purpose}:{said.session}" if said.session else None),
        shows=said.shows,
        silent=said.silent,
        not_before=said.not_before,
    )


def _showing(said: ShowCard) -> NewRow:
    return NewRow(
        said.to,
        Method.CARD,
        said.purpose,
        to_json(body_of(said.message)),
        enrolment=said.enrolment,
        session=said.session,
        slot=f"card:{said.session}",
        anew=said.anew,
    )


def _taking_back(chat_id: int, transaction: Transaction, now: datetime) -> list[NewRow]:
    message_ids = transaction.outbox.sent_since(chat_id, now - TAKES_BACK_FOR)
    chunks = [message_ids[start : start + DELETED_AT_ONCE] for start in range(0, len(message_ids), DELETED_AT_ONCE)]
    return [
        NewRow(chat_id, Method.DELETE, Purpose.REPLY, to_json(Body("", message_ids=tuple(chunk)))) for chunk in chunks
    ]


def retire(transaction: Transaction, chat_id: int, message_id: int, now: datetime) -> None:
    """Queue that the older copy of a card is taken away."""
    body = to_json(Body("", message_ids=(message_id,)))
    transaction.outbox.add([NewRow(chat_id, Method.RETIRE, Purpose.REPLY, body)], now)
