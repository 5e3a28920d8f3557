"""`alliance restore`: nothing is undone that people chose, nobody is asked twice, and a failure changes nothing."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from unittest import mock

import pytest

from bot import backups, operate, restore
from bot.databases import lock
from bot.store.inbox import NewUpdate
from bot.store.marks import Mark
from bot.store.outbox import Method, NewRow
from bot.store.schema import migrations
from bot.store.sqlite import open_encrypted, path_of
from conversations.decision import Purpose
from conversations.people import EnrolmentState
from conversations.sessions import CheckInState
from tests.command_line import CommandLine, Printed
from tests.stories.practice import Practice, Someone


@pytest.fixture
def client(practice: Practice, therapist: Someone) -> Someone:
    """R, who has agreed."""
    return practice.client(therapist)


def backs_up(shell: CommandLine) -> None:
    """Make a backup."""
    assert shell.types("backup").exit_code == 0


def restores(practice: Practice, shell: CommandLine) -> Printed:
    """Stop the bot, restore the newest backup in place of the database, and start the bot again."""
    practice.goes_down()
    printed = shell.types("restore", "--replace", "--yes")
    assert printed.exit_code == 0, printed
    practice.comes_back(minutes=1)
    return printed


def everything_in(folder: Path) -> dict[str, bytes]:
    """Return all files of a folder with their content, except for the lock."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


# what people chose since the backup


def test_who_stopped_since_the_backup_has_stopped(
    practice: Practice, therapist: Someone, client: Someone, shell: CommandLine
) -> None:
    """The consent stays withdrawn, on record, as of the day on which it was; nothing is said about it once more."""
    backs_up(shell)
    client.says("/stop").taps("Yes, stop")
    ended_at = practice.enrolment().ended_at
    practice.later(hours=1)
    heard, seen = len(client.chat), len(therapist.chat)

    printed = restores(practice, shell)

    assert "Stopped since, and stopped again: 1." in printed.lines
    found = practice.enrolment()
    assert found.state is EnrolmentState.WITHDRAWN
    assert found.ended_at == ended_at
    with practice.stored() as transaction:
        choices = transaction.people.engine.query("SELECT choice FROM consents ORDER BY id")
    assert [row["choice"] for row in choices] == ["granted", "withdrawn"]
    client.sees_nothing_new(heard)
    therapist.sees_nothing_new(seen)


def test_answers_that_stopping_withheld_stay_withheld(
    practice: Practice, therapist: Someone, client: Someone, shell: CommandLine
) -> None:
    """They were stored before the backup, and withheld after it."""
    practice.check_in(therapist, client, "Tue", "Yes", "Mostly", "Mostly", "No", "It isn't helping", "Just know it")
    backs_up(shell)
    client.says("/stop").taps("Yes, stop")

    restores(practice, shell)

    assert [one.kept_private for one in practice.check_ins()] == [True]


def test_who_was_erased_since_the_backup_is_erased(practice: Practice, client: Someone, shell: CommandLine) -> None:
    """All that the backup holds of them is gone again, the account too."""
    backs_up(shell)
    client.says("/deletemydata").taps("Yes, delete everything")

    printed = restores(practice, shell)

    assert "Erased since, and erased again: 1." in printed.lines
    with practice.stored() as transaction:
        assert transaction.people.all_enrolments() == []
        assert transaction.people.account(client.phone.user_id) is None
        assert transaction.people.engine.query("SELECT 1 FROM consents UNION ALL SELECT 1 FROM consent_texts") == []


def test_whom_the_operator_erased_is_erased(practice: Practice, client: Someone, shell: CommandLine) -> None:
    """An operator's command is noted like a client's own."""
    assert client
    backs_up(shell)
    assert shell.types("erase", practice.enrolment().code, "--yes").exit_code == 0

    restores(practice, shell)

    with practice.stored() as transaction:
        assert transaction.people.all_enrolments() == []


def test_a_new_enrolment_outlives_the_erasure_before_it(
    practice: Practice, therapist: Someone, client: Someone, shell: CommandLine
) -> None:
    """Somebody who deleted everything and came back later is stored in a later backup, and stays."""
    client.says("/deletemydata").taps("Yes, delete everything")
    practice.later(minutes=5)
    practice.enrols(client, therapist, "Again")
    backs_up(shell)

    restores(practice, shell)

    assert practice.enrolment("Again").state is EnrolmentState.ACTIVE


def test_other_endings_last(practice: Practice, therapist: Someone, shell: CommandLine) -> None:
    """Who said no, was removed or was not confirmed since the backup is so again; a link taken back stays dead."""
    says_no, removed, refused = practice.someone(), practice.client(therapist, "Removed"), practice.someone()
    says_no.starts(practice.invitation(therapist, "Says no"))
    refused.starts(practice.invitation(therapist, "Refused")).taps("I agree")
    link = practice.invitation(therapist, "Revoked")
    backs_up(shell)
    says_no.taps("No, thanks")
    therapist.taps("No")
    therapist.forges(f"removeyes:{practice.enrolment('Removed').code}")
    therapist.forges(f"revoke:{practice.enrolment('Revoked').code}")
    states = {alias: practice.enrolment(alias).state for alias in ("Says no", "Removed", "Refused")}
    assert EnrolmentState.ACTIVE not in states.values()

    restores(practice, shell)

    assert {alias: practice.enrolment(alias).state for alias in states} == states
    practice.someone().starts(link).sees("This link doesn't work any more.")
    assert removed


def test_a_therapist_who_was_removed_stays_removed(practice: Practice, client: Someone, shell: CommandLine) -> None:
    """No summary goes to somebody who has left."""
    assert client
    backs_up(shell)
    practice.removes_therapist()

    printed = restores(practice, shell)

    assert "Therapists removed since, and removed again: 1." in printed.lines
    with practice.stored() as transaction:
        assert transaction.people.therapists() == []


def test_what_was_kept_private_since_stays_private(
    practice: Practice, therapist: Someone, client: Someone, shell: CommandLine
) -> None:
    """The therapist is not shown answers that the client took back from them."""
    practice.check_in(therapist, client, "Tue", "Yes", "Mostly", "Mostly", "Yes")
    backs_up(shell)
    client.taps("Keep private")

    restores(practice, shell)

    assert [one.kept_private for one in practice.check_ins()] == [True]
    practice.at("Mon 08:00")
    therapist.sees_in_chat("kept private")


# without the journal


def test_without_the_journal_everybody_is_asked_again(
    practice: Practice, therapist: Someone, client: Someone, shell: CommandLine, tmp_path: Path
) -> None:
    """Before the next check-in; the command says so before it does it."""
    practice.check_in(therapist, client, "Tue", "Yes", "Mostly", "Mostly", "Yes")
    backs_up(shell)
    (tmp_path / "backups" / "journal.txt").unlink()
    practice.goes_down()

    asked = shell.types("restore", "--replace", stdin="no\n")
    assert asked.exit_code == 1
    assert "So clients are asked for consent again before their next check-in: 1." in asked.out
    assert shell.types("restore", "--replace", stdin="yes\n").exit_code == 0
    practice.comes_back(minutes=1)

    practice.at("Thu 14:00").session_ends(therapist).at("Thu 16:00")
    client.sees("This bot had to go back to an older copy of its data", "A question before we begin.")
    client.taps("I agree").sees("A short check-in is ready.")
    practice.at("Mon 08:00")
    assert [one.kept_private for one in practice.check_ins()] == [True, False]


def test_a_journal_that_was_begun_after_the_backup_does_not_count(
    practice: Practice, client: Someone, shell: CommandLine, tmp_path: Path
) -> None:
    """It can't know what happened before it."""
    backs_up(shell)
    (tmp_path / "backups" / "journal.txt").unlink()
    client.says("/stop").taps("Yes, stop")
    assert (tmp_path / "backups" / "journal.txt").exists()

    printed = restores(practice, shell)

    assert "it was begun after this backup, or belongs to other data" in printed.out
    with practice.stored() as transaction:
        assert [one.terms for one in transaction.people.all_enrolments()] == [None]


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda text: text.replace("withdrawn", "withdrxwn"), "one of its lines is damaged"),
        (lambda text: "x" + text, "its first line is damaged"),
        (lambda _: "", "its first line is damaged"),
        (lambda text: text.replace("\n", "0\n", 1), "it belongs to a database with another key"),
        (lambda text: text + "\N{SNOWMAN}", "it can't be read"),
    ],
)
def test_a_damaged_journal_is_none(
    practice: Practice, client: Someone, shell: CommandLine, damage: Callable[[str], str], why: str
) -> None:
    """Asking everybody again is the safe side."""
    backs_up(shell)
    client.says("/stop").taps("Yes, stop")
    journal = practice.settings.journal
    journal.write_text(damage(journal.read_text()), encoding="utf-8")

    assert why in shell.types("restore", "--check").out
    assert practice.is_up


def test_what_a_crash_left_of_a_line_is_passed_over(
    practice: Practice, client: Someone, shell: CommandLine, tmp_path: Path
) -> None:
    """It was confirmed to nobody; what is noted after it counts."""
    backs_up(shell)
    with (tmp_path / "backups" / "journal.txt").open("a") as journal:
        journal.write("2026-03-02T07:00:00.000+00:00 withdrawn 12ab")
    client.says("/stop").taps("Yes, stop")

    assert "Stopped since, and stopped again: 1." in restores(practice, shell).lines


# what was under way


def test_what_was_under_way_is_missed_and_nobody_hears_of_it(
    practice: Practice, therapist: Someone, client: Someone, shell: CommandLine
) -> None:
    """An open card, a planned check-in that fell due since, and nothing of it is sent again."""
    other = practice.client(therapist, "S", name="Sasha")
    practice.at("Tue 14:00").session_ends(therapist).at("Tue 16:00").at("Tue 17:00").session_ends(therapist, "S")
    client.sees("A short check-in is ready")
    backs_up(shell)
    practice.at("Tue 20:00")
    other.sees("A short check-in is ready")
    client.answers("Start", "Yes", "Yes", "Yes", "Yes", "Done")
    heard = len(client.chat), len(other.chat)

    printed = restores(practice, shell)

    assert "Check-ins under way, closed as missed or as far as they were answered: 2." in printed.lines
    assert [practice.check_ins(alias)[0].state for alias in ("R", "S")] == [CheckInState.MISSED] * 2
    practice.at("Fri 20:00")
    assert (len(client.chat), len(other.chat)) == heard
    other.taps("Start").sees_in_chat("This check-in is closed.")


def test_a_session_that_is_not_due_yet_is_asked_about(
    practice: Practice, therapist: Someone, client: Someone, shell: CommandLine
) -> None:
    """It is not too late for that."""
    practice.at("Tue 14:00").session_ends(therapist)
    backs_up(shell)

    restores(practice, shell)

    practice.at("Tue 16:00")
    client.sees("A short check-in is ready")


def test_answers_up_to_the_backup_count(
    practice: Practice, therapist: Someone, client: Someone, shell: CommandLine
) -> None:
    """A card that was half done is closed with what was answered by then."""
    practice.at("Tue 14:00").session_ends(therapist).at("Tue 16:00")
    client.answers("Start", "Yes", "Mostly")
    backs_up(shell)

    restores(practice, shell)

    [found] = practice.check_ins()
    assert (found.state, [one.rating for one in found.answers]) == (CheckInState.ANSWERED, [5, 4])


def test_a_digest_that_was_due_waits_for_the_next_regular_one(
    practice: Practice, therapist: Someone, client: Someone, shell: CommandLine
) -> None:
    """Monday's was sent before the loss; it does not come twice."""
    assert client
    practice.at("Sun 12:00")
    backs_up(shell)
    practice.at("Mon 12:00")
    seen = len(therapist.chat)

    restores(practice, shell)

    practice.at("Tue 12:00")
    therapist.sees_nothing_new(seen)
    with practice.stored() as transaction:
        found = transaction.people.therapist_of(therapist.phone.user_id)
    assert found is not None
    assert found.next_digest_at is not None
    assert found.next_digest_at > practice.now


def test_what_waited_is_neither_sent_nor_handled(practice: Practice, client: Someone, shell: CommandLine) -> None:
    """Messages may have been sent since; updates were handled since, or come again from Telegram."""
    with practice.stored() as transaction:
        transaction.outbox.add([NewRow(client.phone.user_id, Method.MESSAGE, Purpose.REPLY, "{}")], practice.now)
        transaction.inbox.add(1, [NewUpdate(1, "{}", client.phone.user_id)], practice.now)
    backs_up(shell)
    with practice.stored() as transaction:
        transaction.outbox.cancel_all("made up", practice.now)
        transaction.inbox.forget_waiting()

    printed = restores(practice, shell)

    assert "Messages that waited and are not sent, since they may have been sent already: 1." in printed.lines
    with practice.stored() as transaction:
        assert (transaction.outbox.waiting(), transaction.inbox.waiting()) == (0, 0)


# the file


def test_a_restore_is_logged_and_keeps_what_was_there(
    practice: Practice, client: Someone, shell: CommandLine, tmp_path: Path
) -> None:
    """The older file stays beside the new one, whole, under a dated name; a row in the audit says when."""
    assert client
    backs_up(shell)
    practice.later(hours=1)
    practice.client(practice.therapist("Dr. Other"), "Newer")

    printed = restores(practice, shell)

    [kept] = (tmp_path / "data").glob("alliance-before-*.db")
    assert f"What was there before is in {kept}: delete it when all is well." in printed.out
    with closing(open_encrypted(kept, practice.settings.key)) as engine:
        assert [row["alias"] for row in engine.query("SELECT alias FROM enrolments ORDER BY invited_at")] == [
            "R",
            "Newer",
        ]
    with practice.stored() as transaction:
        assert [one.alias for one in transaction.people.all_enrolments()] == ["R"]
        assert [(one["what"], one["enrolment"]) for one in transaction.audit.entries()] == [("restore", None)]
    assert path_of(practice.settings.database).stat().st_mode & 0o777 == 0o600


def test_looking_changes_nothing(practice: Practice, client: Someone, shell: CommandLine, tmp_path: Path) -> None:
    """A drill can run every night beside the bot: it opens the newest backup, and says what would follow."""
    backs_up(shell)
    client.says("/stop").taps("Yes, stop")
    before = everything_in(tmp_path / "backups"), everything_in(tmp_path / "data")

    printed = shell.types("restore", "--check")

    assert printed.exit_code == 0
    assert "is whole and opens with the key. therapists: 1, clients: 1," in printed.lines[0]
    assert "Stopped since, and stopped again: 1." in printed.lines
    assert printed.lines[-1].startswith("Nothing was changed.")
    after = everything_in(tmp_path / "backups"), everything_in(tmp_path / "data")
    assert after[0] == before[0]
    assert after[1].keys() == before[1].keys()
    assert practice.enrolment().state is EnrolmentState.WITHDRAWN


def test_without_a_database_there_is_nothing_in_the_way(
    practice: Practice, client: Someone, shell: CommandLine, tmp_path: Path
) -> None:
    """As on a new machine: the backup, the journal and the key are all that is needed."""
    assert client
    backs_up(shell)
    practice.goes_down()
    for path in (tmp_path / "data").iterdir():
        path.unlink()

    assert shell.types("restore", "--yes").exit_code == 0

    practice.comes_back(minutes=1)
    assert practice.enrolment().state is EnrolmentState.ACTIVE
    assert sorted(path.name for path in (tmp_path / "data").iterdir() if "-" not in path.name) == [
        "alliance.db",
        "alliance.lock",
    ]


def complains(shell: CommandLine, *arguments: str) -> str:
    """Return the one line with which the drill ends, beside a running bot, and make sure that no backup is changed."""
    before = everything_in(shell.folder / "backups")
    printed = shell.types("restore", "--check", *arguments)
    assert printed.exit_code == 1
    assert everything_in(shell.folder / "backups") == before
    return printed.complaint


def refused(practice: Practice, shell: CommandLine, *arguments: str) -> str:
    """Return the line with which a restore is refused, and make sure that the database is as it was."""
    practice.goes_down()
    data = shell.folder / "data"
    before = everything_in(data)
    complaint = shell.types("restore", *arguments).complaint
    assert everything_in(data) == before
    practice.comes_back()
    return complaint


def test_a_database_is_not_overwritten_unasked(practice: Practice, shell: CommandLine) -> None:
    """The line says how to ask for it."""
    backs_up(shell)

    assert "With --replace the backup takes its place" in refused(practice, shell, "--yes")


def test_a_running_bot_is_in_the_way(practice: Practice, shell: CommandLine) -> None:
    """Its lock is held while it runs."""
    backs_up(shell)
    with lock(path_of(practice.settings.database)):
        assert "Stop that one first." in refused(practice, shell, "--replace", "--yes")


def test_without_a_backup_there_is_nothing_to_restore(practice: Practice, shell: CommandLine) -> None:
    """The line says where it looked."""
    assert complains(shell).startswith("There is no backup in ")
    assert refused(practice, shell, "--replace", "--yes").startswith("There is no backup in ")
    assert refused(practice, shell, "nowhere.db", "--replace", "--yes").startswith("There is no file nowhere.db.")


def test_another_key_is_one_line(practice: Practice, shell: CommandLine) -> None:
    """Nothing is changed."""
    backs_up(shell)
    other = CommandLine(shell.folder, {**shell.environment, "ALLIANCE_DATABASE_KEY": "e" * 64}, shell.clock)

    assert "it is another key, or the file is damaged." in complains(other)
    assert "it is another key, or the file is damaged." in refused(practice, other, "--replace", "--yes")


@pytest.mark.parametrize("cut", [False, True])
def test_a_damaged_backup_is_one_line(practice: Practice, shell: CommandLine, *, cut: bool) -> None:
    """One wrong bit in any page, or an end that is missing."""
    backs_up(shell)
    [backup] = backups.backups(shell.folder / "backups")
    content = bytearray(backup.path.read_bytes())
    content[len(content) // 2] ^= 1
    backup.path.write_bytes(content[: len(content) - 4096] if cut else content)

    damaged = f"{backup.path} is damaged. Nothing was changed. Use another backup."
    assert complains(shell) == damaged
    assert refused(practice, shell, "--replace", "--yes") == damaged


def test_a_plain_database_is_one_line(practice: Practice, shell: CommandLine) -> None:
    """It is never taken for an encrypted one."""
    with closing(sqlite3.connect(shell.folder / "plain.db")) as plain:
        plain.execute("CREATE TABLE made_up (x)")

    assert "The key does not open plain.db" in complains(shell, "plain.db")
    assert "The key does not open plain.db" in refused(practice, shell, "plain.db", "--replace", "--yes")


def test_a_backup_of_a_newer_version_is_one_line(practice: Practice, shell: CommandLine) -> None:
    """This version does not know what is in it."""
    backs_up(shell)
    [backup] = practice.settings.backup_dir.glob("*.db")
    with closing(open_encrypted(backup, practice.settings.key)) as newer:
        newer.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('alliance', '9999_later', 'x')"
        )

    assert "was made by a newer version of this program." in complains(shell)
    assert "was made by a newer version of this program." in refused(practice, shell, "--replace", "--yes")


def test_a_backup_of_an_older_version_is_brought_up_to_date(
    practice: Practice, shell: CommandLine, tmp_path: Path
) -> None:
    """Missing migrations are applied before anything is decided."""
    older = open_encrypted(tmp_path / "older.db", practice.settings.key, create=True)
    migrations.apply(older.database, stop_before="0002_audit")
    older.close()
    practice.goes_down()

    assert shell.types("restore", "older.db", "--replace", "--yes").exit_code == 0

    practice.comes_back()
    assert practice.store.engine.is_current()


@pytest.mark.parametrize("step", ["_make_ready", "_set_aside"])
def test_a_failure_on_the_way_leaves_the_database_in_place(
    practice: Practice, client: Someone, shell: CommandLine, step: str
) -> None:
    """All is made ready in another file, of which nothing is left."""
    assert client
    backs_up(shell)
    with mock.patch.object(restore, step, side_effect=OSError(28, "No space left on device", "data")):
        practice.goes_down()
        before = everything_in(shell.folder / "data")
        printed = shell.types("restore", "--replace", "--yes")

    assert printed.err == "The disk is full. Make room and try again.\n"
    assert everything_in(shell.folder / "data") == before


def test_nothing_is_said_to_anybody(practice: Practice, client: Someone, shell: CommandLine) -> None:
    """A restore queues no message."""
    backs_up(shell)
    client.says("/stop").taps("Yes, stop")
    practice.goes_down()
    assert shell.types("restore", "--replace", "--yes").exit_code == 0

    with closing(open_encrypted(path_of(practice.settings.database), practice.settings.key)) as engine:
        assert engine.query("SELECT 1 FROM outbox WHERE state = 'queued'") == []
        assert engine.query("SELECT 1 FROM marks WHERE name = :name", {"name": Mark.JOURNAL}) == [{"1": 1}]
    practice.comes_back()
    assert operate.therapists(practice.app.house)
