"""Troubles that come again and again, such as a full disk: said once, at most once a minute, and when they are over."""

from datetime import datetime, timedelta

import structlog

from bot.logs import where
from bot.store.engine import ServerFailed, Trouble, trouble_of
from conversations.wording import failures as wording

QUIET_FOR = timedelta(minutes=1)

WORDS = {
    Trouble.LOCKED: "another program keeps the database busy: nothing is received, handled or sent meanwhile",
    Trouble.FULL: "the disk is full: nothing is received, handled or sent until there is room",
    Trouble.READ_ONLY: "the database can't be written to: nothing is received, handled or sent; check disk and rights",
    Trouble.FAILING: "the disk fails or is full, or the database server is gone: nothing is received, handled or sent "
    "until it can be written to",
    Trouble.DAMAGED: "the database is damaged",
}

log = structlog.get_logger()


def of_server(error: ServerFailed) -> str:
    """Return one line for an operator: what is wrong with a database on a server, and what to do."""
    match error.trouble:
        case Trouble.LOCKED:
            return wording.DATABASE_LOCKED
        case Trouble.FULL:
            return wording.SERVER_IS_FULL
        case Trouble.READ_ONLY:
            return wording.SERVER_FORBIDS
        case Trouble.FAILING:
            return wording.SERVER_GONE
        case Trouble.DAMAGED:
            return wording.SERVER_IS_DAMAGED
        case None:
            return wording.database_failed(error.kind)


class Troubles:
    """What was said of late, so that it is not said again and again."""

    def __init__(self) -> None:
        self._said: dict[str, datetime] = {}
        self._machine_is_at_fault = False

    def complain(self, what_failed: str, error: Exception, now: datetime) -> None:
        """Log that something failed; where the machine is at fault, in the same words wherever it shows."""
        trouble = trouble_of(error)
        self._machine_is_at_fault = self._machine_is_at_fault or trouble is not None
        words, details = (WORDS[trouble], "") if trouble else (what_failed, where(error))
        if self._is_news(words + details, now):
            log.error(words, error=where(error))

    def warn(self, words: str, error: Exception, now: datetime) -> None:
        """Log what passes by itself, such as a network that is down."""
        kind = type(error).__name__
        if self._is_news(words + kind, now):
            log.warning(words, error=kind)

    def _is_news(self, line: str, now: datetime) -> bool:
        self._said = {said: at for said, at in self._said.items() if abs(now - at) < QUIET_FOR}
        is_news = line not in self._said
        self._said.setdefault(line, now)
        return is_news

    def could_write(self) -> None:
        """Note that the database was written to, and say so if that failed before."""
        if self._machine_is_at_fault:
            log.info("the database can be written to again: everything goes on")
            self._machine_is_at_fault = False
            self._said.clear()
