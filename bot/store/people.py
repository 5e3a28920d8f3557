"""Accounts, therapists, enrolments, consents and invitations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from hashlib import sha256
from zoneinfo import ZoneInfo

from bot.store.engine import Engine, Row
from bot.store.rows import moment, rows_of, stamp, upsert
from conversations.people import (
    Account,
    ConsentRecord,
    Enrolment,
    EnrolmentState,
    Expectation,
    ExpectationKind,
    Therapist,
)
from conversations.timing import Weekly


@dataclass(frozen=True, slots=True)
class People:
    """The people in the database."""

    engine: Engine

    def account(self, chat_id: int) -> Account | None:
        """Return an account; None if it is unknown."""
        return self.accounts((chat_id,)).get(chat_id)

    def accounts(self, chat_ids: Sequence[int]) -> dict[int, Account]:
        """Return accounts by their chats; unknown ones are left out."""
        return {row["chat_id"]: _account(row) for row in rows_of(self.engine, "accounts", "chat_id", chat_ids)}

    def save_account(self, account: Account) -> None:
        """Store an account."""
        expects = account.expects
        upsert(
            self.engine,
            "accounts",
            ("chat_id",),
            {
                "chat_id": account.chat_id,
                "zone": account.zone.key if account.zone else None,
                "unreachable_since": stamp(account.unreachable_since),
                "paused_at": stamp(account.paused_at),
                "paused_until": stamp(account.paused_until),
                "expects_kind": expects.kind if expects else None,
                "expects_subject": expects.subject if expects else None,
                "deciding_since": stamp(account.deciding_since),
            },
        )

    def therapist(self, therapist_id: str) -> Therapist | None:
        """Return a therapist, removed or not; None if there is none of that id."""
        return self.therapists_by_id((therapist_id,)).get(therapist_id)

    def therapists_by_id(self, ids: Sequence[str]) -> dict[str, Therapist]:
        """Return therapists, removed or not, by their ids; unknown ones are left out."""
        return {row["id"]: _therapist(row) for row in rows_of(self.engine, "therapists", "id", ids)}

    def therapist_of(self, chat_id: int) -> Therapist | None:
        """Return the therapist whose account this is; None if it is nobody's, or they were removed."""
        rows = self.engine.query(
            "SELECT * FROM therapists WHERE account = :chat_id AND removed_at IS NULL", {"chat_id": chat_id}
        )
        return _therapist(rows[0]) if rows else None

    def therapists(self) -> list[Therapist]:
        """Return all therapists that were not removed, by name."""
        return [
            _therapist(row)
            for row in self.engine.query("SELECT * FROM therapists WHERE removed_at IS NULL ORDER BY name, id")
        ]

    def save_therapist(self, therapist: Therapist) -> None:
        """Store a therapist."""
        upsert(
            self.engine,
            "therapists",
            ("id",),
            {
                "id": therapist.id,
                "name": therapist.name,
                "account": therapist.account,
                "zone": therapist.zone.key,
                "zone_is_set": int(therapist.zone_is_set),
                "digest_weekday": therapist.digest_at.weekday,
                "digest_hour": f"{therapist.digest_at.at:%H:%M}",
                "heads_up": int(therapist.heads_up),
                "next_digest_at": stamp(therapist.next_digest_at),
                "last_digest_at": stamp(therapist.last_digest_at),
                "last_digest_since": stamp(therapist.last_digest_since),
                "removed_at": stamp(therapist.removed_at),
                "clients_told_at": stamp(therapist.clients_told_at),
            },
        )

    def digests_due(self, now: datetime) -> list[str]:
        """Return the therapists whose digest is due."""
        return [row["id"] for row in self.engine.query(DIGESTS_DUE, {"now": stamp(now)})]

    def therapists_away_since(self, moment: datetime) -> list[str]:
        """Return therapists who can't be reached since `moment` or longer, and whose clients were not told yet."""
        rows = self.engine.query(
            "SELECT t.id FROM therapists t JOIN accounts a ON a.chat_id = t.account "
            "WHERE t.removed_at IS NULL AND t.clients_told_at IS NULL AND a.unreachable_since <= :moment",
            {"moment": stamp(moment)},
        )
        return [row["id"] for row in rows]

    def unreachable_therapists(self) -> int:
        """Return how many therapists can't be reached, as far as is known."""
        [row] = self.engine.query(
            "SELECT COUNT(*) AS number FROM therapists t JOIN accounts a ON a.chat_id = t.account "
            "WHERE t.removed_at IS NULL AND a.unreachable_since IS NOT NULL"
        )
        return int(row["number"])

    def enrolment(self, code: str) -> Enrolment | None:
        """Return an enrolment; None if there is none of that code."""
        return self.enrolments((code,)).get(code)

    def enrolments(self, codes: Sequence[str]) -> dict[str, Enrolment]:
        """Return enrolments by their codes; unknown ones are left out."""
        return {row["code"]: _enrolment(row) for row in rows_of(self.engine, "enrolments", "code", codes)}

    def enrolments_with(self, therapist_id: str) -> list[Enrolment]:
        """Return a therapist's enrolments, oldest first."""
        rows = self.engine.query(
            "SELECT * FROM enrolments WHERE therapist = :id ORDER BY invited_at, code", {"id": therapist_id}
        )
        return [_enrolment(row) for row in rows]

    def enrolments_of(self, chat_id: int) -> list[Enrolment]:
        """Return the enrolments of an account as a client, oldest first."""
        rows = self.engine.query(
            "SELECT * FROM enrolments WHERE account = :chat_id ORDER BY invited_at, code", {"chat_id": chat_id}
        )
        return [_enrolment(row) for row in rows]

    def all_enrolments(self) -> list[Enrolment]:
        """Return all enrolments, oldest first."""
        return [_enrolment(row) for row in self.engine.query("SELECT * FROM enrolments ORDER BY invited_at, code")]

    def enrolments_waiting(self) -> list[str]:
        """Return the enrolments in which somebody has a question to answer."""
        return [row["code"] for row in self.engine.query(ENROLMENTS_WAITING)]

    def questions_due(self, now: datetime) -> list[str]:
        """Return the enrolments in which somebody is to be asked again who can be reached."""
        return [row["code"] for row in self.engine.query(QUESTIONS_DUE, {"now": stamp(now)})]

    def next_at(self, now: datetime) -> datetime | None:
        """Return when the next digest or question falls due after `now`; None if none does."""
        rows = self.engine.query(
            "SELECT min(at) AS at FROM (SELECT next_digest_at AS at FROM therapists WHERE next_digest_at > :now "
            "UNION ALL SELECT ask_again_at FROM enrolments WHERE ask_again_at > :now) AS moments",
            {"now": stamp(now)},
        )
        return moment(rows[0]["at"])

    def save_enrolment(self, enrolment: Enrolment) -> None:
        """Store an enrolment."""
        upsert(
            self.engine,
            "enrolments",
            ("code",),
            {
                "code": enrolment.code,
                "therapist": enrolment.therapist,
                "alias": enrolment.alias,
                "state": enrolment.state,
                "invited_at": stamp(enrolment.invited_at),
                "account": enrolment.account,
                "opened_at": stamp(enrolment.opened_at),
                "asked_at": stamp(enrolment.asked_at),
                "ask_again_at": stamp(enrolment.ask_again_at),
                "terms": enrolment.terms,
                "granted_at": stamp(enrolment.granted_at),
                "confirmed_at": stamp(enrolment.confirmed_at),
                "ended_at": stamp(enrolment.ended_at),
            },
        )

    def record_consent(self, record: ConsentRecord) -> None:
        """Add to the record of consents; each text is stored once."""
        digest = sha256(record.text.encode()).hexdigest()
        self.engine.execute(
            "INSERT INTO consent_texts (sha256, text) VALUES (:sha256, :text) ON CONFLICT (sha256) DO NOTHING",
            {"sha256": digest, "text": record.text},
        )
        self.engine.execute(
            "INSERT INTO consents (enrolment, choice, at, terms, language, text_sha256) "
            "VALUES (:enrolment, :choice, :at, :terms, :language, :sha256)",
            {
                "enrolment": record.enrolment,
                "choice": record.choice,
                "at": stamp(record.at),
                "terms": record.terms,
                "language": record.language,
                "sha256": digest,
            },
        )

    def forget_prompts(self) -> None:
        """Expect no typed text from anybody any more."""
        self.engine.execute("UPDATE accounts SET expects_kind = NULL, expects_subject = NULL")

    def ended(self, before: datetime) -> list[str]:
        """Return the enrolments that ended before then, by themselves or because their therapist was removed."""
        return [row["code"] for row in self.engine.query(ENROLMENTS_ENDED, {"before": stamp(before)})]

    def erase_stray_accounts(self) -> int:
        """Erase accounts that are neither a client's nor a therapist's, as after a refused pairing. Return how many."""
        return self.engine.execute(
            "DELETE FROM accounts WHERE NOT EXISTS (SELECT 1 FROM enrolments e WHERE e.account = chat_id) "
            "AND NOT EXISTS (SELECT 1 FROM therapists t WHERE t.account = chat_id AND t.removed_at IS NULL)"
        )

    def erase_enrolment(self, code: str) -> None:
        """Erase an enrolment with what hangs on it; the account and its other enrolments stay."""
        self._erase_enrolments([code])

    def _erase_enrolments(self, codes: list[str]) -> None:
        """Erase enrolments, and what the next typed text was to be about if it was one of them."""
        for code in codes:
            self.engine.execute(
                "UPDATE accounts SET expects_kind = NULL, expects_subject = NULL WHERE expects_subject = :code "
                "OR expects_subject IN (SELECT id FROM sessions WHERE enrolment = :code)",
                {"code": code},
            )
            self.engine.execute("DELETE FROM enrolments WHERE code = :code", {"code": code})
        self.engine.execute(
            "DELETE FROM consent_texts WHERE NOT EXISTS (SELECT 1 FROM consents WHERE text_sha256 = sha256)"
        )

    def erase_client(self, chat_id: int) -> None:
        """Erase all that is stored of an account as a client; what hangs on its enrolments goes with them."""
        self._erase_enrolments([enrolment.code for enrolment in self.enrolments_of(chat_id)])
        self.engine.execute(
            "DELETE FROM accounts WHERE chat_id = :chat_id "
            "AND NOT EXISTS (SELECT 1 FROM therapists WHERE account = :chat_id AND removed_at IS NULL)",
            {"chat_id": chat_id},
        )


DIGESTS_DUE = "SELECT id FROM therapists WHERE next_digest_at <= :now ORDER BY next_digest_at"
QUESTIONS_DUE = (
    "SELECT code FROM enrolments e WHERE ask_again_at <= :now AND NOT EXISTS (SELECT 1 FROM accounts a "
    "WHERE a.unreachable_since IS NOT NULL AND a.chat_id = CASE e.state "
    "WHEN 'granted' THEN (SELECT t.account FROM therapists t WHERE t.id = e.therapist) ELSE e.account END) "
    "ORDER BY ask_again_at"
)
ENROLMENTS_ENDED = (
    "SELECT code FROM enrolments WHERE ended_at < :before "
    "UNION SELECT e.code FROM therapists t JOIN enrolments e ON e.therapist = t.id "
    "WHERE t.removed_at < :before ORDER BY code"
)
ENROLMENTS_WAITING = "SELECT code FROM enrolments WHERE state IN ('opened', 'granted') ORDER BY code"


def _account(row: Row) -> Account:
    kind = row["expects_kind"]
    return Account(
        chat_id=row["chat_id"],
        zone=ZoneInfo(row["zone"]) if row["zone"] else None,
        unreachable_since=moment(row["unreachable_since"]),
        paused_at=moment(row["paused_at"]),
        paused_until=moment(row["paused_until"]),
        expects=Expectation(ExpectationKind(kind), row["expects_subject"]) if kind else None,
        deciding_since=moment(row["deciding_since"]),
    )


def _therapist(row: Row) -> Therapist:
    return Therapist(
        id=row["id"],
        name=row["name"],
        account=row["account"],
        zone=ZoneInfo(row["zone"]),
        zone_is_set=bool(row["zone_is_set"]),
        digest_at=Weekly(row["digest_weekday"], time.fromisoformat(row["digest_hour"])),
        heads_up=bool(row["heads_up"]),
        next_digest_at=moment(row["next_digest_at"]),
        last_digest_at=moment(row["last_digest_at"]),
        last_digest_since=moment(row["last_digest_since"]),
        removed_at=moment(row["removed_at"]),
        clients_told_at=moment(row["clients_told_at"]),
    )


def _enrolment(row: Row) -> Enrolment:
    return Enrolment(
        code=row["code"],
        therapist=row["therapist"],
        alias=row["alias"],
        state=EnrolmentState(row["state"]),
        invited_at=moment(row["invited_at"]),
        account=row["account"],
        opened_at=moment(row["opened_at"]),
        asked_at=moment(row["asked_at"]),
        ask_again_at=moment(row["ask_again_at"]),
        terms=row["terms"],
        granted_at=moment(row["granted_at"]),
        confirmed_at=moment(row["confirmed_at"]),
        ended_at=moment(row["ended_at"]),
    )
