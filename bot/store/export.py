"""Everything that is stored of a client, for themselves and for an operator who has to answer a request."""

from collections.abc import Iterable
from typing import Any

from bot.store import Transaction
from bot.store.engine import Row
from bot.store.rows import moment
from conversations.people import Account, Enrolment

_TABLES = {
    "consents": "SELECT c.choice, c.at, c.terms, c.language, t.text FROM consents c "
    "JOIN consent_texts t ON t.sha256 = c.text_sha256 WHERE c.enrolment = :code ORDER BY c.id",
    "sessions": "SELECT id, started_at, ended_at, logged_at, cancelled_at FROM sessions WHERE enrolment = :code "
    "ORDER BY ended_at",
    "check_ins": "SELECT * FROM check_ins WHERE enrolment = :code ORDER BY due_at",
    "answers": "SELECT a.* FROM answers a JOIN check_ins c ON c.session = a.session WHERE c.enrolment = :code "
    "ORDER BY a.at",
    "comments": "SELECT a.* FROM comments a JOIN check_ins c ON c.session = a.session WHERE c.enrolment = :code "
    "ORDER BY a.at",
    "talked_about": "SELECT a.* FROM talked_about a JOIN check_ins c ON c.session = a.session "
    "WHERE c.enrolment = :code ORDER BY a.at",
    "invitations": "SELECT expires_at, used_at, revoked_at FROM invitations WHERE enrolment = :code",
}


def everything_about(transaction: Transaction, enrolments: Iterable[Enrolment], account: Account | None) -> Row:
    """Return all rows that are about a client, with times in ISO 8601. Aliases are the therapist's words, left out."""
    query = transaction.people.engine.query
    accounts = query(
        "SELECT * FROM accounts WHERE chat_id = :chat_id", {"chat_id": account.chat_id if account else None}
    )
    return {
        "account": _readable(accounts[0]) if accounts else None,
        "enrolments": [_enrolment(transaction, enrolment) for enrolment in enrolments],
    }


_OF_A_PRIVATE_CHECK_IN = (
    "session",
    "enrolment",
    "state",
    "due_at",
    "expires_at",
    "sent_at",
    "closed_at",
    "kept_private",
)
"""All that anybody but the client learns of answers that were kept private: that there are some."""


def one_for_operator(transaction: Transaction, enrolment: Enrolment, account: Account | None) -> Row:
    """Return what `everything_about` one enrolment is, without what the client keeps private: fit to be handed out."""
    found = everything_about(transaction, [enrolment], account)
    return {**found, "enrolments": [_without_private(one) for one in found["enrolments"]]}


def all_for_operator(transaction: Transaction) -> Row:
    """Return everything that is stored for good, aliases too, without what clients keep private."""
    people = transaction.people
    enrolments = people.all_enrolments()
    return {
        "therapists": [_readable(row) for row in people.engine.query("SELECT * FROM therapists ORDER BY id")],
        "accounts": [_readable(row) for row in people.engine.query("SELECT * FROM accounts ORDER BY chat_id")],
        "enrolments": [{**_without_private(_enrolment(transaction, one)), "alias": one.alias} for one in enrolments],
        "audit": [_readable(row) for row in transaction.audit.entries()],
    }


def count_rows(exported: Row) -> int:
    """Return how many rows an export holds, at any depth."""
    total = 0
    for value in exported.values():
        rows = value if isinstance(value, list) else [value] if isinstance(value, dict) else []
        total += sum(1 + count_rows(row) for row in rows)
    return total


def _without_private(enrolment: Row) -> Row:
    private = {one["session"] for one in enrolment["check_ins"] if one["kept_private"]}
    check_ins = [
        {name: one[name] for name in _OF_A_PRIVATE_CHECK_IN} if one["session"] in private else one
        for one in enrolment["check_ins"]
    ]
    shared = {
        name: [one for one in enrolment[name] if one["session"] not in private]
        for name in ("answers", "comments", "talked_about")
    }
    return {**enrolment, **shared, "check_ins": check_ins}


def _enrolment(transaction: Transaction, enrolment: Enrolment) -> Row:
    query = transaction.people.engine.query
    [row] = query(
        "SELECT e.*, t.name AS therapist_name FROM enrolments e JOIN therapists t ON t.id = e.therapist "
        "WHERE e.code = :code",
        {"code": enrolment.code},
    )
    del row["alias"]
    tables = {
        name: [_readable(found) for found in query(sql, {"code": enrolment.code})] for name, sql in _TABLES.items()
    }
    return {**_readable(row), **tables}


def _readable(row: Row) -> Row:
    return {name: _value(name, value) for name, value in row.items()}


def _value(name: str, value: Any) -> Any:  # noqa: ANN401, a column holds what it holds
    is_moment = name == "at" or name.endswith(("_at", "_until", "_since"))
    return moment(value).isoformat() if is_moment and isinstance(value, int) else value
