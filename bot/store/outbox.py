"""The outbox: what is to be said, queued in the transaction that decided it, and sent at least once."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.store.engine import Engine, Row
from bot.store.rows import among, moment, stamp
from conversations.decision import Purpose


class Method(StrEnum):
    """What is done with a row."""

    MESSAGE = "message"  # send a new message
    CARD = "card"  # send or edit the card of a check-in
    MENU = "menu"  # show the menu of commands
    LEAVE = "leave"  # leave a group
    RETIRE = "retire"  # take the older copy of a card away
    DELETE = "delete"  # take messages back


NEW = frozenset({Method.MESSAGE, Method.CARD})
"""What makes a new message, unless it edits one."""
PRIORITIES = {
    Purpose.REPLY: 0,
    Purpose.CARD: 0,
    Purpose.SHOWN: 0,
    Purpose.CONSENT: 1,
    Purpose.CHECK_IN: 1,
    Purpose.PAIRING: 1,
    Purpose.HEADS_UP: 1,
    Purpose.NOTICE: 1,
    Purpose.DIGEST: 2,
}
"""Answers to a person first, then check-ins, then digests."""


@dataclass(frozen=True, slots=True)
class NewRow:
    """Something to be said."""

    chat_id: int
    method: Method
    purpose: Purpose
    body: str
    enrolment: str | None = None
    session: str | None = None
    slot: str | None = None
    """Of one slot only the newest waits; None: it has none."""
    anew: bool = False
    shows: tuple[str, ...] = ()
    silent: bool = False
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class QueuedRow:
    """Something that waits to be said."""

    id: int
    chat_id: int
    method: Method
    purpose: Purpose
    body: str
    enrolment: str | None
    session: str | None
    anew: bool
    shows: tuple[str, ...]
    silent: bool
    attempts: int
    queued_at: datetime
    edits: int | None
    """The message that it would edit, a card that stands; None if it would be sent anew."""

    @property
    def is_new(self) -> bool:
        """Tell whether somebody would get a new message by it."""
        return self.method in NEW and self.edits is None


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a row so far, without what it said."""

    purpose: Purpose
    method: Method
    enrolment: str | None
    state: str
    not_before: datetime
    settled_at: datetime | None
    """None: still to be sent."""
    why: str | None


@dataclass(frozen=True, slots=True)
class Failed:
    """A row that could not be sent, without what it said."""

    id: int
    purpose: Purpose
    why: str
    at: datetime
    can_be_retried: bool
    """Whether what it says is still kept."""


@dataclass(frozen=True, slots=True)
class Outbox:
    """The outbox in the database."""

    engine: Engine

    def add(self, rows: Sequence[NewRow], now: datetime) -> None:
        """Queue what is to be said, in order; in a slot, a row takes the place of what waits there."""
        if rows:
            self.engine.execute_many(_ADD, [_new(row, now) for row in rows])

    def next(
        self,
        now: datetime,
        most: int,
        *,
        only_replies: bool = False,
        only_edits: bool = False,
        busy: Iterable[int] = (),
        told: Iterable[int] = (),
    ) -> list[QueuedRow]:
        """Return what is to be said first, in order: nothing in chats that are `busy`, and no new message in those that
        were `told` something a moment ago; with `only_edits` no new message at all, and replies alone, so that
        thousands which wait for their turn are not looked through.

        Of one chat there may be one row of each priority.
        """
        busy_marks, busy_chats = among(sorted(busy), "busy")
        told_marks, told_chats = among(sorted(told), "told")
        sql = NEXT_ROW.format(
            busy=f"AND chat_id NOT IN ({busy_marks})" if busy_marks else "",
            edits=f"AND {IS_NOT_NEW}" if only_edits else "",
            told=f"AND (chat_id NOT IN ({told_marks}) OR {IS_NOT_NEW})" if told_marks else "",
            priorities="AND priority = 0" if only_replies or only_edits else "",
        )
        values = {"now": stamp(now), "most": most, **busy_chats, **told_chats}
        return [_queued(row) for row in self.engine.query(sql, values)]

    def next_at(self, now: datetime) -> datetime | None:
        """Return when, after `now`, the next row may be due; None if none is."""
        rows = self.engine.query(
            "SELECT min(CASE state WHEN 'claimed' THEN claimed_until ELSE not_before END) AS at FROM outbox "
            "WHERE state IN ('queued', 'claimed') "
            "AND CASE state WHEN 'claimed' THEN claimed_until ELSE not_before END > :now",
            {"now": stamp(now)},
        )
        return moment(rows[0]["at"])

    def is_overtaken(self, row: QueuedRow) -> bool:
        """Tell whether something that was queued later in the same slot has been sent already."""
        sql = (
            "SELECT 1 AS found FROM outbox WHERE chat_id = :chat_id AND state = 'sent' AND id > :id "
            "AND slot = (SELECT slot FROM outbox WHERE id = :id)"
        )
        return bool(self.engine.query(sql, {"chat_id": row.chat_id, "id": row.id}))

    def claim(self, row_id: int, owner: str, until: datetime) -> None:
        """Take a row to be sent now. If no outcome is recorded by `until`, it may be sent again."""
        self.engine.execute(
            "UPDATE outbox SET state = 'claimed', claimed_by = :owner, claimed_until = :until, "
            "attempts = attempts + 1 WHERE id = :id",
            {"id": row_id, "owner": owner, "until": stamp(until)},
        )

    def is_claimed_by(self, row_id: int, owner: str) -> bool:
        """Tell whether a row is being sent by that owner, as far as the database knows."""
        sql = "SELECT 1 AS found FROM outbox WHERE id = :id AND state = 'claimed' AND claimed_by = :owner"
        return bool(self.engine.query(sql, {"id": row_id, "owner": owner}))

    def release_claims(self, until: datetime) -> None:
        """Let what a stopped process left claimed be sent again after `until`."""
        self.engine.execute(
            "UPDATE outbox SET claimed_until = :until WHERE state = 'claimed' AND claimed_until > :until",
            {"until": stamp(until)},
        )

    def sent(self, row_id: int, message_id: int | None, now: datetime) -> None:
        """Record that a row was sent, and wipe what it said."""
        self._settle(row_id, "sent", None, message_id, now)

    def drop(self, row_id: int, why: str, now: datetime) -> None:
        """Record that a row is not sent, and why; wipe what it said."""
        self._settle(row_id, "failed", why, None, now)

    def set_aside(self, row_id: int, why: str, now: datetime) -> None:
        """Record that a row could not be sent, and why; keep what it says until it is pruned, to be tried again."""
        self.engine.execute(
            "UPDATE outbox SET state = 'failed', why = :why, settled_at = :now, claimed_by = NULL, "
            "claimed_until = NULL WHERE id = :id AND state IN ('queued', 'claimed')",
            {"id": row_id, "why": why, "now": stamp(now)},
        )

    def failed(self, since: datetime) -> list[Failed]:
        """Return the rows that were not sent since then, the latest first."""
        rows = self.engine.query(
            "SELECT id, purpose, why, settled_at, body FROM outbox WHERE state = 'failed' AND settled_at > :since "
            "ORDER BY settled_at DESC, id DESC",
            {"since": stamp(since)},
        )
        return [
            Failed(row["id"], Purpose(row["purpose"]), row["why"], moment(row["settled_at"]), row["body"] is not None)
            for row in rows
        ]

    def retry(self, row_id: int | None, now: datetime) -> int:
        """Queue what was set aside once more, all of it for None, unless something newer took its slot.

        Return how many rows wait again. Whether each may still be said is asked when it is claimed.
        """
        return self.engine.execute(
            "UPDATE outbox SET state = 'queued', attempts = 0, not_before = :now, queued_at = :now, settled_at = NULL, "
            "why = NULL WHERE state = 'failed' AND body IS NOT NULL AND id = coalesce(:id, id) AND NOT EXISTS "
            "(SELECT 1 FROM outbox newer WHERE newer.slot = outbox.slot AND newer.id > outbox.id)",
            {"id": row_id, "now": stamp(now)},
        )

    def _settle(self, row_id: int, state: str, why: str | None, message_id: int | None, now: datetime) -> None:
        self.engine.execute(
            "UPDATE outbox SET state = :state, why = :why, message_id = :message_id, settled_at = :now, body = NULL, "
            "shows = '[]', claimed_by = NULL, claimed_until = NULL WHERE id = :id AND state IN ('queued', 'claimed')",
            {"id": row_id, "state": state, "why": why, "message_id": message_id, "now": stamp(now)},
        )

    def put_off(self, row_id: int, until: datetime, *, counts: bool = True) -> None:
        """Queue a claimed row again, unless a newer one has taken its slot. `counts`: whether the attempt counts."""
        self.engine.execute(
            "DELETE FROM outbox WHERE id = :id AND slot IS NOT NULL AND EXISTS "
            "(SELECT 1 FROM outbox newer WHERE newer.slot = outbox.slot AND newer.state = 'queued' "
            "AND newer.id != :id)",
            {"id": row_id},
        )
        self.engine.execute(
            "UPDATE outbox SET state = 'queued', not_before = :until, claimed_by = NULL, claimed_until = NULL, "
            "attempts = attempts - :refund WHERE id = :id AND state IN ('queued', 'claimed')",
            {"id": row_id, "until": stamp(until), "refund": 0 if counts else 1},
        )

    def cancel_for(self, chat_id: int, why: str, now: datetime, *, spares: Iterable[Purpose]) -> None:
        """Drop all that waits for somebody, but what has a purpose that it `spares`: that is judged in its turn."""
        marks, purposes = among(sorted(spares))
        self.engine.execute(
            "UPDATE outbox SET state = 'failed', why = :why, settled_at = :now, body = NULL, shows = '[]' "  # noqa: S608
            f"WHERE chat_id = :chat_id AND state = 'queued' AND purpose NOT IN ({marks})",
            {"chat_id": chat_id, "why": why, "now": stamp(now), **purposes},
        )

    def cancel_all(self, why: str, now: datetime) -> int:
        """Drop all that waits for anybody. Return how many rows."""
        return self.engine.execute(
            "UPDATE outbox SET state = 'failed', why = :why, settled_at = :now, body = NULL, claimed_by = NULL, "
            "claimed_until = NULL WHERE state IN ('queued', 'claimed')",
            {"why": why, "now": stamp(now)},
        )

    def cancel_digest(self, chat_id: int, why: str, now: datetime) -> None:
        """Drop the pages of a digest that still wait."""
        self.engine.execute(
            "UPDATE outbox SET state = 'failed', why = :why, settled_at = :now, body = NULL, shows = '[]' "
            "WHERE chat_id = :chat_id AND state = 'queued' AND purpose = 'digest'",
            {"chat_id": chat_id, "why": why, "now": stamp(now)},
        )

    def sent_since(self, chat_id: int, since: datetime) -> list[int]:
        """Return the messages that somebody was sent since then and that may still stand in the chat."""
        rows = self.engine.query(
            "SELECT DISTINCT message_id FROM outbox WHERE chat_id = :chat_id AND state = 'sent' "
            "AND message_id IS NOT NULL AND settled_at > :since ORDER BY message_id",
            {"chat_id": chat_id, "since": stamp(since)},
        )
        return [row["message_id"] for row in rows]

    def wipe_set_aside(self) -> None:
        """Wipe what all rows say that could not be sent: any of them may name somebody who is erased."""
        self.engine.execute("UPDATE outbox SET body = NULL WHERE state = 'failed' AND body IS NOT NULL")

    def erase(self, chat_id: int) -> None:
        """Erase all that was or is to be said to somebody."""
        self.engine.execute("DELETE FROM outbox WHERE chat_id = :chat_id", {"chat_id": chat_id})

    def erase_enrolment(self, code: str) -> None:
        """Erase all that was or is to be said about an enrolment, to the therapist too. Called while it exists."""
        self.engine.execute(
            "DELETE FROM outbox WHERE enrolment = :code "
            "OR session IN (SELECT id FROM sessions WHERE enrolment = :code)",
            {"code": code},
        )

    def fates(self, chat_id: int, most: int) -> list[Fate]:
        """Return what became of the latest rows for somebody, newest first."""
        rows = self.engine.query(
            "SELECT * FROM outbox WHERE chat_id = :chat_id ORDER BY id DESC LIMIT :most",
            {"chat_id": chat_id, "most": most},
        )
        return [_fate(row) for row in rows]

    def waiting(self) -> int:
        """Return how many rows wait to be sent."""
        sql = "SELECT count(*) AS n FROM outbox WHERE state IN ('queued', 'claimed')"
        return int(self.engine.query(sql)[0]["n"])

    def failed_since(self, since: datetime) -> list[tuple[str, int]]:
        """Return how often which reason kept a row from being sent."""
        rows = self.engine.query(
            "SELECT why, count(*) AS n FROM outbox WHERE state = 'failed' AND settled_at > :since "
            "GROUP BY why ORDER BY why",
            {"since": stamp(since)},
        )
        return [(row["why"], row["n"]) for row in rows]

    def forget_strangers(self, settled_before: datetime) -> None:
        """Forget that something was said in chats of which nothing else is stored: they were erased, or left."""
        self.engine.execute(
            "DELETE FROM outbox WHERE settled_at < :before AND body IS NULL "
            "AND NOT EXISTS (SELECT 1 FROM accounts WHERE accounts.chat_id = outbox.chat_id)",
            {"before": stamp(settled_before)},
        )

    def prune(self, before: datetime) -> int:
        """Forget rows that were settled earlier. Return how many."""
        return self.engine.execute("DELETE FROM outbox WHERE settled_at < :before", {"before": stamp(before)})


_ADD = (
    "INSERT INTO outbox (chat_id, purpose, priority, method, body, enrolment, session, slot, anew, shows, silent, "
    "state, not_before, queued_at) VALUES (:chat_id, :purpose, :priority, :method, :body, :enrolment, :session, "
    ":slot, :anew, :shows, :silent, 'queued', :not_before, :now) "
    "ON CONFLICT (slot) WHERE state = 'queued' DO UPDATE SET purpose = excluded.purpose, "
    "priority = excluded.priority, body = excluded.body, anew = excluded.anew, silent = excluded.silent, "
    "not_before = excluded.not_before, queued_at = excluded.queued_at, attempts = 0"
)
NEXT_ROW = (
    "SELECT this.*, cards.message_id AS edits FROM outbox this "
    "LEFT JOIN cards ON cards.session = this.session AND this.method = 'card' AND this.anew = 0 "
    "WHERE state IN ('queued', 'claimed') "
    "AND CASE state WHEN 'claimed' THEN claimed_until ELSE not_before END <= :now "
    "{busy} {edits} {told} {priorities} "
    "AND NOT EXISTS (SELECT 1 FROM outbox earlier WHERE earlier.chat_id = this.chat_id "
    "AND earlier.priority = this.priority AND earlier.id < this.id AND earlier.state IN ('queued', 'claimed') "
    "AND (earlier.attempts > 0 OR earlier.not_before <= :now)) "
    "ORDER BY priority, id LIMIT :most"
)
IS_NOT_NEW = "(cards.message_id IS NOT NULL OR method NOT IN ('message', 'card'))"
"""As `QueuedRow.is_new` has it."""
RETRY_LIMIT = timedelta(hours=24)
"""How long a row is tried again before it is given up."""


def _new(row: NewRow, now: datetime) -> Row:
    return {
        "chat_id": row.chat_id,
        "method": row.method,
        "purpose": row.purpose,
        "priority": PRIORITIES[row.purpose],
        "body": row.body,
        "enrolment": row.enrolment,
        "session": row.session,
        "slot": row.slot,
        "anew": int(row.anew),
        "shows": json.dumps(row.shows),
        "silent": int(row.silent),
        "not_before": stamp(row.not_before or now),
        "now": stamp(now),
    }


def _fate(row: Row) -> Fate:
    return Fate(
        purpose=Purpose(row["purpose"]),
        method=Method(row["method"]),
        enrolment=row["enrolment"],
        state=row["state"],
        not_before=moment(row["not_before"]),
        settled_at=moment(row["settled_at"]),
        why=row["why"],
    )


def _queued(row: Row) -> QueuedRow:
    return QueuedRow(
        id=row["id"],
        chat_id=row["chat_id"],
        method=Method(row["method"]),
        purpose=Purpose(row["purpose"]),
        body=row["body"],
        enrolment=row["enrolment"],
        session=row["session"],
        anew=bool(row["anew"]),
        shows=tuple(json.loads(row["shows"])),
        silent=bool(row["silent"]),
        attempts=row["attempts"],
        queued_at=moment(row["queued_at"]),
        edits=row["edits"],
    )
