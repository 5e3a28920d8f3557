"""The inbox: what Telegram handed out, kept until it is handled."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.store.engine import Engine
from bot.store.rows import moment, stamp

TRIES = 5
"""How often an update may fail before it is parked."""


@dataclass(frozen=True, slots=True)
class ReceivedUpdate:
    """An update as it came, to be handled."""

    number: int
    payload: str
    lane: int | None
    """The chat whose order must hold; None: none could be told."""
    attempts: int


@dataclass(frozen=True, slots=True)
class NewUpdate:
    """An update to be stored."""

    update_id: int
    payload: str
    lane: int | None


@dataclass(frozen=True, slots=True)
class Parked:
    """An update that was given up, without what it said."""

    number: int
    at: datetime
    why: str
    """The name of an error."""


@dataclass(frozen=True, slots=True)
class Inbox:
    """The inbox in the database."""

    engine: Engine

    def add(self, bot_id: int, updates: list[NewUpdate], now: datetime) -> int:
        """Store updates, except those that are stored already. Return how many were new."""
        return sum(
            self.engine.execute(
                "INSERT INTO inbox (bot_id, update_id, received_at, lane, payload, state) "
                "VALUES (:bot_id, :update_id, :now, :lane, :payload, 'waiting') "
                "ON CONFLICT (bot_id, update_id) DO NOTHING",
                {
                    "bot_id": bot_id,
                    "update_id": update.update_id,
                    "now": stamp(now),
                    "lane": update.lane,
                    "payload": update.payload,
                },
            )
            for update in updates
        )

    def next(self, now: datetime) -> ReceivedUpdate | None:
        """Return the first update to handle whose chat has no earlier one waiting; None if there is none."""
        rows = self.engine.query(NEXT_UPDATE, {"now": stamp(now)})
        if not rows:
            return None
        row = rows[0]
        return ReceivedUpdate(row["number"], row["payload"], row["lane"], row["attempts"])

    def next_at(self, now: datetime) -> datetime | None:
        """Return when an update that failed is tried again after `now`; None if none is."""
        rows = self.engine.query(
            "SELECT min(retry_at) AS at FROM inbox WHERE state = 'waiting' AND retry_at > :now", {"now": stamp(now)}
        )
        return moment(rows[0]["at"])

    def waiting(self) -> int:
        """Return how many updates wait to be handled."""
        return int(self.engine.query("SELECT count(*) AS n FROM inbox WHERE state = 'waiting'")[0]["n"])

    def parked(self) -> int:
        """Return how many updates were given up."""
        return int(self.engine.query("SELECT count(*) AS n FROM inbox WHERE state = 'parked'")[0]["n"])

    def parked_updates(self, most: int) -> list[Parked]:
        """Return updates that were given up, the latest first."""
        rows = self.engine.query(
            "SELECT number, settled_at, why FROM inbox WHERE state = 'parked' ORDER BY settled_at DESC, number DESC "
            "LIMIT :most",
            {"most": most},
        )
        return [Parked(row["number"], moment(row["settled_at"]), row["why"]) for row in rows]

    def retry(self, number: int | None) -> int:
        """Let a parked update wait again, as if it had just come; all of them for None. Return how many."""
        return self.engine.execute(
            "UPDATE inbox SET state = 'waiting', attempts = 0, retry_at = 0, settled_at = NULL, why = NULL "
            "WHERE state = 'parked' AND number = coalesce(:number, number)",
            {"number": number},
        )

    def done(self, number: int, now: datetime) -> None:
        """Mark an update handled, and wipe what it said and who said it; its id stays, should it come again."""
        self.engine.execute(
            "UPDATE inbox SET state = 'handled', payload = NULL, lane = NULL, settled_at = :now WHERE number = :number",
            {"number": number, "now": stamp(now)},
        )

    def failed(self, number: int, why: str, now: datetime, pause: timedelta) -> bool:
        """Count a failure. Return whether the update is parked now, since it has failed too often."""
        attempts = int(
            self.engine.query(
                "UPDATE inbox SET attempts = attempts + 1, retry_at = :retry_at, why = :why WHERE number = :number "
                "RETURNING attempts",
                {"number": number, "why": why, "retry_at": stamp(now + pause)},
            )[0]["attempts"]
        )
        if attempts >= TRIES:
            self.park(number, why, now)
        return attempts >= TRIES

    def park(self, number: int, why: str, now: datetime) -> None:
        """Give an update up; what it said is kept for a while, so that it can be looked into."""
        self.engine.execute(
            "UPDATE inbox SET state = 'parked', why = :why, settled_at = :now WHERE number = :number",
            {"number": number, "why": why, "now": stamp(now)},
        )

    def prune(self, handled_before: datetime, parked_before: datetime) -> int:
        """Forget the ids of handled updates, and parked updates, that are older. Return how many."""
        return self.engine.execute(
            "DELETE FROM inbox WHERE (state = 'handled' AND settled_at < :handled) "
            "OR (state = 'parked' AND settled_at < :parked)",
            {"handled": stamp(handled_before), "parked": stamp(parked_before)},
        )

    def forget_waiting(self) -> int:
        """Forget updates that wait, as if they had never come. Return how many."""
        return self.engine.execute("DELETE FROM inbox WHERE state = 'waiting'")

    def wipe_set_aside(self) -> None:
        """Erase the parked updates of therapists, and of nobody known: any may name somebody who is erased."""
        self.engine.execute(
            "DELETE FROM inbox WHERE state = 'parked' AND (lane IS NULL OR lane IN (SELECT account FROM therapists))"
        )

    def erase(self, chat_id: int) -> None:
        """Erase what somebody said that is still kept. What waits is left: it will be handled."""
        self.engine.execute("DELETE FROM inbox WHERE lane = :chat_id AND state = 'parked'", {"chat_id": chat_id})


NEXT_UPDATE = (
    "SELECT number, payload, lane, attempts FROM inbox this WHERE state = 'waiting' AND retry_at <= :now "
    "AND NOT EXISTS (SELECT 1 FROM inbox earlier WHERE earlier.state = 'waiting' AND earlier.number < this.number "
    "AND earlier.lane = this.lane AND earlier.retry_at > :now) ORDER BY number LIMIT 1"
)
