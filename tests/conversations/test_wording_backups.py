"""What operators read about backups: each number is a line, and nothing that is none."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from conversations.lasting import Fact
from conversations.wording import backups as wording
from conversations.wording.dates import how_many_days


def test_a_backup_names_what_it_deleted() -> None:
    """Only if it did."""
    assert wording.backed_up("a.db", 5, 0, 14) == (
        "5 rows are in a.db, encrypted with the key of the database, and were read back."
    )
    assert wording.backed_up("a.db", 5, 2, 14).endswith("Older ones deleted: 2; the newest 14 are kept.")


def test_ages_are_in_whole_minutes() -> None:
    """A clock that was set back makes nothing younger than new."""
    assert wording.newest_backup(timedelta(hours=3, seconds=59)) == "The newest backup is 3h old."
    assert wording.newest_backup(timedelta(hours=-3)) == "The newest backup is 0s old."
    assert wording.backup_too_old(timedelta(days=4), "b").startswith("The newest backup in b is 4d old.")


def test_the_journal_is_counted() -> None:
    """One line is one line."""
    assert wording.journal_is_kept("j", 1) == "The journal at j can be read: 1 line."
    assert wording.journal_is_kept("j", 2) == "The journal at j can be read: 2 lines."


def test_what_a_backup_holds() -> None:
    """In the practice's own time."""
    moment = datetime(2026, 3, 2, 7, tzinfo=UTC)
    assert wording.is_whole("a.db", moment, ZoneInfo("Europe/Berlin"), {"enrolments": 2, "marks": 3}) == (
        "a.db, made 2026-03-02 08:00 (Europe/Berlin), is whole and opens with the key. "
        "therapists: 0, clients: 2, check-ins: 0, answers: 0, rows in all: 5."
    )


def test_what_follows_from_a_restore() -> None:
    """What is none is left out; without the journal it says what that means."""
    first, *rest = wording.what_follows(
        no_journal=None, journal="j", replayed={Fact.ERASED: 1}, doubted=0, missed=0, unsent=0
    )
    assert first == "Erased since, and erased again: 1."
    assert rest == ["All else that has happened since the backup is lost: answers, sessions, new clients."]
    lines = wording.what_follows(no_journal="there is none", journal="j", replayed={}, doubted=3, missed=2, unsent=1)
    assert lines[0] == "What has happened since the backup is lost: answers, sessions, new clients."
    assert "consent again before their next check-in: 3." in lines[1]
    assert [line.rpartition(" ")[2] for line in lines[2:]] == ["2.", "1."]


def test_every_fact_has_its_line() -> None:
    """None is passed over in silence."""
    replayed = dict.fromkeys(Fact, 1)
    lines = wording.what_follows(no_journal=None, journal="j", replayed=replayed, doubted=0, missed=0, unsent=0)
    assert len(set(lines)) == len(Fact) + 1


def test_a_restore_says_where_the_older_data_is() -> None:
    """If there was any."""
    assert "What was there before is in k" in wording.restored("d", "k")
    assert wording.restored("d", None).startswith("d holds the backup now. Look with 'alliance doctor'")


def test_days_are_counted() -> None:
    """One day is one day."""
    assert [how_many_days(timedelta(days=number)) for number in (1, 180)] == ["1 day", "180 days"]
