"""What operators did with clients' data, and what time did to it, kept even when the data is gone."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.store.engine import Engine, Row
from bot.store.rows import stamp


class Deed(StrEnum):
    """What was done."""

    EXPORT = "export"
    ERASE = "erase"
    PURGE = "purge"  # erased by time, long enough after its end
    RESTORE = "restore"  # an older copy of all data was put in place
    RETRY = "retry"


@dataclass(frozen=True, slots=True)
class Audit:
    """The log of such deeds in the database."""

    engine: Engine

    def add(self, what: Deed, enrolment: str | None, now: datetime) -> None:
        """Log a deed; `enrolment` is whose data it was about, None for everybody's."""
        self.engine.execute(
            "INSERT INTO audit (at, what, enrolment) VALUES (:at, :what, :enrolment)",
            {"at": stamp(now), "what": what, "enrolment": enrolment},
        )

    def entries(self) -> list[Row]:
        """Return all that was logged, oldest first."""
        return self.engine.query("SELECT at, what, enrolment FROM audit ORDER BY id")
