"""Databases as years of a large practice leave them, filled a table at a time."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from bot.store import Store
from bot.store.engine import Row
from bot.store.marks import Mark
from bot.store.rows import stamp
from bot.ticks import KEEP_HANDLED
from conversations import consent
from conversations.people import Therapist
from conversations.practice import Practice
from tests.chaos.made_up import FIRST_CLIENT

CASELOAD = 30
"""Clients of one therapist."""
FIRST_THERAPIST = 7_000_001
WEEK = timedelta(days=7)
CONSENT_TEXT = "What was agreed to, of the length that it has. " * 40
COMMENT = "I was glad that we talked about the move."
HEARD, SAID = 7, 9
"""Updates and messages of one check-in, whose ids are kept for two days."""


@dataclass(frozen=True, slots=True)
class Filling:
    """So many active clients, 30 to a therapist, and what they have answered up to `now`."""

    practice: Practice
    clients: int
    weeks_of: Callable[[int], int]
    """How many weekly check-ins each client has answered, the last of them within the last week."""
    now: datetime

    @property
    def therapists(self) -> int:
        """Return how many therapists there are."""
        return -(-self.clients // CASELOAD)

    def check_ins(self) -> Iterator[tuple[int, int, datetime]]:
        """Yield each check-in: its client, its number, and when its session ended."""
        for client in range(self.clients):
            # Spread over the week, but none so late that the next check-in would come too soon after it.
            last = self.now - timedelta(days=1) - (WEEK - timedelta(days=1)) * ((client * 37 % 1000) / 1000)
            for back in range(self.weeks_of(client) - 1, -1, -1):
                yield client, back, last - back * WEEK


def fill(store: Store, filling: Filling) -> None:
    """Fill an empty database. Today's backup has been made."""
    with store.transaction() as transaction:
        transaction.marks.set(Mark.BACKED_UP, filling.now)
        for sql, rows in _tables(filling):
            store.engine.execute_many(sql, rows)


def code_of(client: int) -> str:
    """Return the code of an enrolment."""
    return f"C{client:06d}"


def therapist_of(client: int) -> str:
    """Return the id of a client's therapist."""
    return f"T{client // CASELOAD:05d}"


def _tables(filling: Filling) -> Iterator[tuple[str, Iterator[Row]]]:
    yield _insert("accounts", "chat_id"), _accounts(filling)
    yield (
        _insert(
            "therapists",
            *("id", "name", "account", "zone", "zone_is_set", "digest_weekday", "digest_hour", "heads_up"),
            *("next_digest_at", "last_digest_at", "last_digest_since"),
        ),
        _therapists(filling),
    )
    yield (
        _insert(
            "enrolments",
            *("code", "therapist", "alias", "state", "invited_at", "account", "opened_at", "terms", "granted_at"),
            "confirmed_at",
        ),
        _enrolments(filling),
    )
    yield _insert("consent_texts", "sha256", "text"), iter([{"sha256": _digest(), "text": CONSENT_TEXT}])
    yield (
        _insert("consents", "enrolment", "choice", "at", "terms", "language", "text_sha256"),
        _consents(filling),
    )
    yield _insert("sessions", "id", "enrolment", "ended_at", "logged_at"), _sessions(filling)
    yield (
        _insert(
            "check_ins",
            *("session", "enrolment", "state", "due_at", "expires_at", "page", "sent_at", "started_at", "closed_at"),
            *("kept_private", "shown_at"),
        ),
        _check_ins(filling),
    )
    yield _insert("cards", "session", "message_id"), _cards(filling)
    yield _insert("answers", "session", "question", "rating", "at"), _answers(filling)
    yield _insert("comments", "session", "number", "text", "at"), _comments(filling)
    yield _insert("inbox", "bot_id", "update_id", "received_at", "state", "settled_at"), _inbox(filling)
    yield (
        _insert(
            "outbox",
            *("chat_id", "purpose", "priority", "method", "enrolment", "session", "state", "not_before", "queued_at"),
            *("message_id", "settled_at"),
        ),
        _outbox(filling),
    )


def _insert(table: str, *columns: str) -> str:
    marks = ", ".join(f":{column}" for column in columns)
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608, names from here alone


def _digest() -> str:
    return sha256(CONSENT_TEXT.encode()).hexdigest()


def _accounts(filling: Filling) -> Iterator[Row]:
    for first, number in ((FIRST_THERAPIST, filling.therapists), (FIRST_CLIENT, filling.clients)):
        for one in range(number):
            yield {"chat_id": first + one}


def _therapists(filling: Filling) -> Iterator[Row]:
    """Yield therapists who had a digest within the last week, and have none due today."""
    for number in range(filling.therapists):
        yield {
            "id": therapist_of(number * CASELOAD),
            "name": f"Dr. Made-Up {number}",
            "account": FIRST_THERAPIST + number,
            "zone": filling.practice.zone.key,
            "zone_is_set": 1,
            "digest_weekday": 0,
            "digest_hour": "08:00",
            "heads_up": 0,
            "next_digest_at": stamp(filling.now + WEEK),
            "last_digest_at": stamp(filling.now - WEEK),
            "last_digest_since": stamp(filling.now - 2 * WEEK),
        }


def _enrolments(filling: Filling) -> Iterator[Row]:
    began = stamp(filling.now - 60 * WEEK)
    for client in range(filling.clients):
        yield {
            "code": code_of(client),
            "therapist": therapist_of(client),
            "alias": f"Alias {client}",
            "state": "active",
            "invited_at": began,
            "account": FIRST_CLIENT + client,
            "opened_at": began,
            "terms": _terms(filling, client),
            "granted_at": began,
            "confirmed_at": began,
        }


def _terms(filling: Filling, client: int) -> str:
    practice = filling.practice
    named = Therapist(therapist_of(client), "", None, practice.zone, True, practice.digest_at, False, None)
    return consent.terms(practice, named)


def _consents(filling: Filling) -> Iterator[Row]:
    for client in range(filling.clients):
        yield {
            "enrolment": code_of(client),
            "choice": "granted",
            "at": stamp(filling.now - 60 * WEEK),
            "terms": _terms(filling, client),
            "language": "en",
            "text_sha256": _digest(),
        }


def _session_of(client: int, number: int) -> str:
    return f"S{client:06d}-{number:03d}"


def _sessions(filling: Filling) -> Iterator[Row]:
    for client, number, ended in filling.check_ins():
        at = stamp(ended)
        yield {"id": _session_of(client, number), "enrolment": code_of(client), "ended_at": at, "logged_at": at}


def _check_ins(filling: Filling) -> Iterator[Row]:
    for client, number, ended in filling.check_ins():
        sent = ended + timedelta(hours=2)
        yield {
            "session": _session_of(client, number),
            "enrolment": code_of(client),
            "state": "answered",
            "due_at": stamp(sent),
            "expires_at": stamp(ended + timedelta(hours=72)),
            "page": "finished",
            "sent_at": stamp(sent),
            "started_at": stamp(sent),
            "closed_at": stamp(_answered_at(ended)),
            "kept_private": 0,
            "shown_at": stamp(ended + WEEK) if number else None,
        }


def _answered_at(ended: datetime) -> datetime:
    return ended + timedelta(hours=2, minutes=5)


def _cards(filling: Filling) -> Iterator[Row]:
    for place, (client, number, _) in enumerate(filling.check_ins()):
        yield {"session": _session_of(client, number), "message_id": place + 1}


def _answers(filling: Filling) -> Iterator[Row]:
    chance = random.Random(1)
    questions = [question.id for question in filling.practice.questions.questions]
    for client, number, ended in filling.check_ins():
        session, at = _session_of(client, number), stamp(_answered_at(ended))
        for question in questions:
            rating = chance.choices((5, 4, 3, 2, 1), (50, 30, 12, 6, 2))[0]
            yield {"session": session, "question": question, "rating": rating, "at": at}


def _comments(filling: Filling) -> Iterator[Row]:
    """Yield a comment on every fourth check-in."""
    for place, (client, number, ended) in enumerate(filling.check_ins()):
        if place % 4 == 0:
            at = stamp(_answered_at(ended))
            yield {"session": _session_of(client, number), "number": 0, "text": COMMENT, "at": at}


def _of_late(filling: Filling) -> Iterator[tuple[int, int, datetime]]:
    for client, number, ended in filling.check_ins():
        if filling.now - _answered_at(ended) < KEEP_HANDLED:
            yield client, number, _answered_at(ended)


def _inbox(filling: Filling) -> Iterator[Row]:
    update_id = 1
    for _, _, answered in _of_late(filling):
        for _ in range(HEARD):
            update_id += 1
            at = stamp(answered)
            yield {"bot_id": 4242, "update_id": update_id, "received_at": at, "state": "handled", "settled_at": at}


def _outbox(filling: Filling) -> Iterator[Row]:
    message_id = 1
    for client, number, answered in _of_late(filling):
        for _ in range(SAID):
            message_id += 1
            at = stamp(answered)
            yield {
                "chat_id": FIRST_CLIENT + client,
                "purpose": "card",
                "priority": 0,
                "method": "card",
                "enrolment": code_of(client),
                "session": _session_of(client, number),
                "state": "sent",
                "not_before": at,
                "queued_at": at,
                "message_id": message_id,
                "settled_at": at,
            }
