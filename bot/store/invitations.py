"""The invitations in the database, and who has tried links that don't work."""

from dataclasses import dataclass
from datetime import datetime

from bot.store.engine import Engine, Row
from bot.store.rows import moment, stamp, upsert
from conversations.people import Invitation


@dataclass(frozen=True, slots=True)
class Invitations:
    """The invitations in the database."""

    engine: Engine

    def invitation(self, code_hash: str) -> Invitation | None:
        """Return the invitation whose code has that hash; None if there is none."""
        rows = self.engine.query("SELECT * FROM invitations WHERE code_hash = :hash", {"hash": code_hash})
        return _invitation(rows[0]) if rows else None

    def open_of(self, therapist_id: str, now: datetime) -> list[Invitation]:
        """Return the links of a therapist and of their clients that still work."""
        rows = self.engine.query(
            "SELECT i.* FROM invitations i LEFT JOIN enrolments e ON e.code = i.enrolment "
            "WHERE (e.therapist = :id OR i.therapist = :id) "
            "AND i.used_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > :now",
            {"id": therapist_id, "now": stamp(now)},
        )
        return [_invitation(row) for row in rows]

    def unrevoked(self) -> list[Invitation]:
        """Return all invitations that were not taken back, used or not."""
        return [_invitation(row) for row in self.engine.query("SELECT * FROM invitations WHERE revoked_at IS NULL")]

    def save(self, invitation: Invitation) -> None:
        """Store an invitation."""
        upsert(
            self.engine,
            "invitations",
            ("code_hash",),
            {
                "code_hash": invitation.code_hash,
                "therapist": invitation.therapist,
                "enrolment": invitation.enrolment,
                "expires_at": stamp(invitation.expires_at),
                "used_at": stamp(invitation.used_at),
                "used_by": invitation.used_by,
                "revoked_at": stamp(invitation.revoked_at),
            },
        )

    def add_guess(self, chat_id: int, now: datetime) -> None:
        """Count that an account opened a link that does not work."""
        self.engine.execute(
            "INSERT INTO guesses (account, at) VALUES (:chat_id, :now)", {"chat_id": chat_id, "now": stamp(now)}
        )

    def guesses_since(self, chat_id: int, since: datetime) -> int:
        """Return how many such links an account has opened after `since`."""
        rows = self.engine.query(GUESSES_SINCE, {"chat_id": chat_id, "since": stamp(since)})
        return int(rows[0]["n"])

    def prune_guesses(self, before: datetime) -> None:
        """Forget who opened such links earlier."""
        self.engine.execute("DELETE FROM guesses WHERE at <= :before", {"before": stamp(before)})


GUESSES_SINCE = "SELECT count(*) AS n FROM guesses WHERE account = :chat_id AND at > :since"


def _invitation(row: Row) -> Invitation:
    return Invitation(
        code_hash=row["code_hash"],
        therapist=row["therapist"],
        enrolment=row["enrolment"],
        expires_at=moment(row["expires_at"]),
        used_at=moment(row["used_at"]),
        used_by=row["used_by"],
        revoked_at=moment(row["revoked_at"]),
    )
