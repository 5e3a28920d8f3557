"""Every stimulus is one transaction: read, let `conversations/` decide, write, queue what is to be said.

This is the one rule of the house. Nothing is said to anyone before the commit, and nothing that was committed is
forgotten. What was queued is sent by `deliver.py`, whose claims and outcomes are transactions here, too.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.house import House
from bot.lookup import Lookup
from bot.queue import carry_out, retire
from bot.read import Gap, Stimulus, left, read
from bot.store import Transaction
from bot.store.inbox import ReceivedUpdate
from bot.store.marks import Mark
from bot.store.outbox import RETRY_LIMIT, Method, QueuedRow
from conversations import reading
from conversations.decide import decide
from conversations.decision import Decision, Purpose, Tell
from conversations.events import Delivered, NotAsked, Undeliverable
from conversations.message import Message
from conversations.sending import CHANGED_MEANWHILE, DECIDED_ANEW, QUESTIONS, Drop, PutOff, Send, judge
from conversations.wording import client as client_wording
from conversations.wording import digest as digest_wording

LEASE = timedelta(seconds=60)
"""How long a claim holds: longer than any request may take."""
LONGEST_PAUSE = timedelta(minutes=5)
OVERTAKEN = "a later page was sent"
"""Why a card is not sent once more: it had arrived, and the client has gone on with it."""


def handle(stimulus: Stimulus, house: House) -> int:
    """Carry out everything that a stimulus brings about, or nothing of it. Return how many things were decided.

    What has to wait for something else is due all the while, and nothing is decided about it.
    """
    now, number = house.clock(), 0
    with house.store.transaction() as transaction:
        for together in read(stimulus, transaction, house, now):
            decisions = [decide(subject, event, now) for subject, event in together]
            carry_out(sum(decisions, Decision()), transaction, now)
            number += sum(decision != Decision() for decision in decisions)
        _done(stimulus, transaction, now)
    return number


def _done(stimulus: Stimulus, transaction: Transaction, now: datetime) -> None:
    match stimulus:
        case ReceivedUpdate(number=number):
            transaction.inbox.done(number, now)
        case Gap():
            transaction.marks.clear(Mark.AWAY)


def give_up(update: ReceivedUpdate, why: str, house: House) -> None:
    """Park an update that can't be handled, and say so to whoever sent it, if that can be told."""
    now = house.clock()
    with house.store.transaction() as transaction:
        transaction.inbox.park(update.number, why, now)
        if update.lane is not None and update.lane > 0:
            sorry = Tell(update.lane, Message((client_wording.UNREADABLE,)))
            carry_out(Decision(say=(sorry,)), transaction, now)


def try_again(update: ReceivedUpdate, why: str, house: House, pause: timedelta) -> bool:
    """Count a failure of an update. Return False if it has failed too often, and is to be given up."""
    now = house.clock()
    with house.store.transaction() as transaction:
        return not transaction.inbox.failed(update.number, why, now, pause)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message to be sent now."""

    row: QueuedRow
    owner: str
    """Who sends it. What comes of it counts only as long as nobody else has taken it since."""
    first_shows: tuple[str, ...] = ()
    """Sessions whose answers the therapist has not been shown before."""


def claim(row: QueuedRow, owner: str, transaction: Transaction, house: House) -> Claimed | None:
    """Ask once more whether a queued message may be said, and take it; None if it may not, or not now.

    The caller has begun the transaction, and found the row there.
    """
    now = house.clock()
    if row.method is Method.CARD and row.attempts and transaction.outbox.is_overtaken(row):
        transaction.outbox.drop(row.id, OVERTAKEN, now)
        return None
    lookup = Lookup(transaction, house, now)
    match judge(lookup.waiting(row), now):
        case Send():
            transaction.outbox.claim(row.id, owner, now + LEASE)
            first_shows = transaction.check_ins.mark_shown(row.shows, now)
            return Claimed(row, owner, first_shows)
        case PutOff(until):
            transaction.outbox.put_off(row.id, until)
        case Drop(why):
            transaction.outbox.drop(row.id, why, now)
            again = now if why == CHANGED_MEANWHILE else None
            _not_said(row, lookup, transaction, digest_again_at=again)
    return None


def could_not_be_judged(row: QueuedRow, house: House) -> None:
    """Put a message off which a fault keeps from being judged; after a day it is set aside."""
    now = house.clock()
    with house.store.transaction() as transaction:
        if now - row.queued_at > RETRY_LIMIT:
            transaction.outbox.set_aside(row.id, Failure.TIRED, now)
        else:
            transaction.outbox.put_off(row.id, now + LONGEST_PAUSE)


def _not_said(
    row: QueuedRow, lookup: Lookup, transaction: Transaction, *, digest_again_at: datetime | None = None
) -> None:
    """Draw the consequences of something that could not be said."""
    match row.purpose:
        case Purpose.CHECK_IN if row.session and (card := lookup.card_among_others(row.session)):
            carry_out(decide(card, Undeliverable(), lookup.now), transaction, lookup.now)
        case Purpose.CONSENT | Purpose.PAIRING if row.enrolment and (asked := lookup.question(row.enrolment)):
            carry_out(decide(asked, NotAsked(row.purpose), lookup.now), transaction, lookup.now)
        case Purpose.DIGEST if desk := transaction.people.therapist_of(row.chat_id):
            transaction.outbox.cancel_digest(row.chat_id, "to be composed again", lookup.now)
            again = reading.digest_was_stopped(desk, compose_again_at=digest_again_at)
            carry_out(again, transaction, lookup.now)
        case Purpose.SHOWN if transaction.people.therapist_of(row.chat_id):
            line = Message((digest_wording.CHANGED_MEANWHILE,))
            carry_out(Decision(say=(Tell(row.chat_id, line),)), transaction, lookup.now)


class Failure(StrEnum):
    """Why a message was not sent."""

    UNREACHABLE = "unreachable"
    GONE = "message to edit is gone"
    REFUSED = "refused by Telegram"
    TIRED = "tried for a day"


def was_sent(claimed: Claimed, message_id: int | None, house: House) -> None:
    """Record that a message arrived."""
    now, row = house.clock(), claimed.row
    with house.store.transaction() as transaction:
        if not _is_ours(claimed, transaction):
            _take_stale_away(claimed, message_id, transaction, now)
            return
        transaction.outbox.sent(row.id, message_id, now)
        if row.edits is not None and message_id == row.edits:
            return  # the card stands where it stood
        lookup = Lookup(transaction, house, now)
        card = lookup.card(row.session) if row.session else None
        if card is None:
            return
        if row.method is Method.CARD and message_id is not None:
            _carry_card(claimed, message_id, transaction, now)
            carry_out(decide(card, Delivered(), now), transaction, now)
        if row.purpose is Purpose.HEADS_UP:
            carry_out(Decision((replace(card.check_in, heads_up_at=now),)), transaction, now)


def _is_ours(claimed: Claimed, transaction: Transaction) -> bool:
    """Tell whether nobody else has taken a message since: a copy of the bot that was cut off may come back late."""
    return transaction.outbox.is_claimed_by(claimed.row.id, claimed.owner)


def _take_stale_away(claimed: Claimed, message_id: int | None, transaction: Transaction, now: datetime) -> None:
    """Take away a card that somebody else has sent again, or given up, before it was known to have arrived."""
    row = claimed.row
    if row.method is not Method.CARD or row.session is None or row.edits is not None or message_id is None:
        return
    is_known = transaction.check_ins.check_in(row.session) is not None
    if is_known and transaction.check_ins.card_message(row.session) != message_id:
        retire(transaction, row.chat_id, message_id, now)


def _carry_card(claimed: Claimed, message_id: int, transaction: Transaction, now: datetime) -> None:
    """Remember which message carries the card now, and take the older one away."""
    session = claimed.row.session
    assert session is not None
    known = transaction.check_ins.card_message(session)
    if known == message_id:
        return
    transaction.check_ins.set_card_message(session, message_id)
    if known is not None:
        retire(transaction, claimed.row.chat_id, known, now)


def was_refused(claimed: Claimed, failure: Failure, house: House) -> None:
    """Record that a message will not arrive as it is, and draw the consequences."""
    now, row = house.clock(), claimed.row
    with house.store.transaction() as transaction:
        if not _is_ours(claimed, transaction):
            return
        transaction.check_ins.unmark_shown(claimed.first_shows)
        lookup = Lookup(transaction, house, now)
        match failure:
            case Failure.GONE if row.session and (card := lookup.card(row.session)) and card.check_in.is_open:
                transaction.check_ins.forget_card_message(row.session)
                transaction.outbox.put_off(row.id, now)
            case Failure.UNREACHABLE:
                transaction.outbox.drop(row.id, failure, now)
                for subject, event in left(row.chat_id, lookup):
                    carry_out(decide(subject, event, now), transaction, now)
                _not_said(row, lookup, transaction)
            case Failure.REFUSED:
                transaction.outbox.set_aside(row.id, failure, now)
            case _:
                transaction.outbox.drop(row.id, failure, now)


def is_unknown(claimed: Claimed, house: House) -> None:
    """Queue a message again whose fate is unknown: Telegram may have sent it, or not."""
    now, row = house.clock(), claimed.row
    pause = min(timedelta(seconds=2) * 2 ** min(row.attempts, 10), LONGEST_PAUSE)
    with house.store.transaction() as transaction:
        if not _is_ours(claimed, transaction):
            return
        if now - row.queued_at <= RETRY_LIMIT:
            transaction.outbox.put_off(row.id, now + pause)
            return
        if row.purpose in DECIDED_ANEW:
            transaction.outbox.drop(row.id, Failure.TIRED, now)
        else:
            transaction.outbox.set_aside(row.id, Failure.TIRED, now)
        if row.purpose not in QUESTIONS:  # a question may have arrived each time
            _not_said(row, Lookup(transaction, house, now), transaction)


def must_wait(claimed: Claimed, seconds: float, house: House) -> None:
    """Queue a message again that Telegram refused for now; this costs no attempt."""
    now = house.clock()
    with house.store.transaction() as transaction:
        if not _is_ours(claimed, transaction):
            return
        transaction.check_ins.unmark_shown(claimed.first_shows)
        transaction.outbox.put_off(claimed.row.id, now + timedelta(seconds=seconds), counts=False)
