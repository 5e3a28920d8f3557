"""Moments worth remembering across a restart: the last poll, the last tick."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.store.engine import Engine
from bot.store.rows import moment, stamp, upsert


class Mark(StrEnum):
    """What a moment is of."""

    POLLED = "polled"
    TICKED = "ticked"
    CONFLICT = "conflict"  # another program, or a webhook, was in the way of a poll
    ERASED = "erased"  # somebody was erased, and remains of them may be left in the file until it is written anew
    AWAY = "away"  # a gap in receiving was noticed, and open cards wait to be sent anew


@dataclass(frozen=True, slots=True)
class Marks:
    """The moments in the database."""

    engine: Engine

    def get(self, mark: Mark) -> datetime | None:
        """Return a moment; None: never, or settled."""
        rows = self.engine.query("SELECT at FROM marks WHERE name = :name", {"name": mark})
        return moment(rows[0]["at"]) if rows else None

    def set(self, mark: Mark, now: datetime) -> None:
        """Remember a moment."""
        upsert(self.engine, "marks", ("name",), {"name": mark, "at": stamp(now)})

    def clear(self, mark: Mark) -> None:
        """Forget a moment."""
        self.engine.execute("DELETE FROM marks WHERE name = :name", {"name": mark})
