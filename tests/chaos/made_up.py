"""Practices to try things on, seeded straight into the store."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.queue import carry_out
from bot.store import Store
from conversations import check_in, consent
from conversations.decision import Decision
from conversations.people import Account, Enrolment, EnrolmentState, Therapist
from conversations.practice import Practice
from conversations.sessions import Session

THERAPIST = 8_000_000
FIRST_CLIENT = 8_000_001


def session_of(client: int) -> str:
    """Return the session of a client that was seeded."""
    return f"S{client}"


def seed_due(store: Store, practice: Practice, clients: Sequence[int], now: datetime, ended_at: datetime) -> None:
    """Fill a database with clients of one therapist, each with a session that ended then."""
    digest_at = now + timedelta(days=60)
    therapist = Therapist("T", "Dr. Weber", THERAPIST, practice.zone, True, practice.digest_at, False, digest_at)
    terms = consent.terms(practice, therapist)
    with store.transaction() as transaction:
        carry_out(Decision((Account(THERAPIST), therapist)), transaction, now)
        for number in clients:
            code = f"C{number}"
            enrolment = Enrolment(
                code, "T", str(number), EnrolmentState.ACTIVE, now, number, now, now, None, terms, now, now
            )
            session = Session(session_of(number), code, None, ended_at, now)
            planned = check_in.plan(session, None, None, practice)
            carry_out(Decision((Account(number), enrolment, session, planned)), transaction, now)
