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
