"""A trouble that goes on is said once a minute at most; another one at once, and its end too."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlcipher3 import dbapi2 as sqlcipher
from structlog.testing import capture_logs

from bot.store.engine import Trouble, trouble_of
from bot.troubles import WORDS, Troubles

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
FULL = sqlcipher.OperationalError("database or disk is full")
READ_ONLY = sqlcipher.OperationalError("attempt to write a readonly database")


def test_the_same_trouble_is_said_once_a_minute() -> None:
    """Wherever it shows: a full disk fails everything at once."""
    troubles = Troubles()
    with capture_logs() as logged:
        for second in range(180):
            troubles.complain("receiving failed", FULL, NOW + second * SECOND)
            troubles.complain("handling failed", FULL, NOW + second * SECOND)
    assert [line["event"] for line in logged] == [WORDS[Trouble.FULL]] * 3


def test_another_trouble_is_said_at_once() -> None:
    """Also one of the bot's own, which is told apart by what failed and where."""
    troubles = Troubles()
    with capture_logs() as logged:
        for error in (FULL, READ_ONLY, FULL):
            troubles.complain("receiving failed", error, NOW)
        for what in ("receiving failed", "handling failed", "receiving failed"):
            troubles.complain(what, RuntimeError("words of a client"), NOW)
    assert [line["event"] for line in logged] == [
        WORDS[Trouble.FULL],
        WORDS[Trouble.READ_ONLY],
        "receiving failed",
        "handling failed",
    ]
    assert "words" not in str(logged)


def test_the_end_of_a_trouble_is_said_once() -> None:
    """And the next one of the kind is news again."""
    troubles = Troubles()
    with capture_logs() as logged:
        troubles.could_write()
        troubles.complain("receiving failed", FULL, NOW)
        troubles.could_write()
        troubles.could_write()
        troubles.complain("receiving failed", FULL, NOW + SECOND)
    again = "the database can be written to again: everything goes on"
    assert [line["event"] for line in logged] == [WORDS[Trouble.FULL], again, WORDS[Trouble.FULL]]


def test_a_clock_that_is_set_back_does_not_silence_anything() -> None:
    """A line from the future is no reason to be quiet."""
    troubles = Troubles()
    with capture_logs() as logged:
        troubles.complain("receiving failed", FULL, NOW)
        troubles.complain("receiving failed", FULL, NOW - timedelta(hours=1))
    assert len(logged) == 2


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (FULL, Trouble.FULL),
        (READ_ONLY, Trouble.READ_ONLY),
        (sqlcipher.OperationalError("database is locked"), Trouble.LOCKED),
        (sqlcipher.OperationalError("disk I/O error"), Trouble.FAILING),
        (sqlcipher.DatabaseError("database disk image is malformed"), Trouble.DAMAGED),
        (sqlcipher.DatabaseError("file is not a database"), Trouble.DAMAGED),
        (sqlcipher.IntegrityError("UNIQUE constraint failed"), None),
        (RuntimeError("the words are full"), None),
    ],
)
def test_troubles_of_the_machine_are_told_from_faults_of_the_bot(error: Exception, trouble: Trouble | None) -> None:
    """Only the latter count against an update."""
    assert trouble_of(error) is trouble
