"""`alliance backup`: complete, encrypted, one of a moment, and never half."""

import errno
import os
import stat
from contextlib import closing
from pathlib import Path
from unittest import mock

import pytest

from bot import backups
from bot.store import snapshot
from bot.store.marks import Mark
from bot.store.snapshot import count_rows, opened_for_reading
from bot.store.sqlite import open_encrypted, path_of
from tests.command_line import CommandLine
from tests.stories.practice import Practice


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where backups go."""
    return tmp_path / "backups"


def newest(folder: Path) -> Path:
    """Return the newest backup."""
    return backups.backups(folder)[0].path


def names(folder: Path) -> list[str]:
    """Return the names of all files in a folder, hidden ones too."""
    return sorted(os.listdir(folder))


def test_a_backup_holds_every_row(practice: Practice, shell: CommandLine, folder: Path) -> None:
    """What was stored up to then is in the copy, which says so."""
    practice.client(practice.therapist())

    printed = shell.types("backup")

    assert printed.exit_code == 0
    with opened_for_reading(newest(folder), practice.settings.key) as copy:
        counted = count_rows(copy)
        assert copy.query("SELECT alias FROM enrolments") == [{"alias": "R"}]
    with closing(open_encrypted(path_of(practice.settings.database), practice.settings.key)) as engine:
        now = count_rows(engine)
    assert now == {**counted, "marks": counted["marks"] + 1}  # the database has noted that it was backed up
    assert printed.out == (
        f"{sum(counted.values())} rows are in {newest(folder)}, encrypted with the key of the database, "
        "and were read back.\n"
    )


def test_a_backup_is_for_this_account_alone(practice: Practice, shell: CommandLine, folder: Path) -> None:
    """Mode 600 in a folder of mode 700; nothing else is left there but the journal."""
    assert shell.types("backup").exit_code == 0

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {name: stat.S_IMODE((folder / name).stat().st_mode) for name in names(folder)} == {
        newest(folder).name: 0o600,
        "journal.txt": 0o600,
    }
    assert practice.is_up


def test_nothing_can_be_read_in_a_backup_or_the_journal(practice: Practice, shell: CommandLine, folder: Path) -> None:
    """No alias, name, answer, comment, account, code or key, whether somebody stopped or not."""
    therapist = practice.therapist("Dr. Canary-Therapist")
    client = practice.client(therapist, "Canary-Alias")
    practice.check_in(therapist, client, "Tue", "Yes", "Mostly", "Mostly", "Yes", alias="Canary-Alias")
    practice.at("Thu 14:00").session_ends(therapist, "Canary-Alias").at("Thu 16:00")
    client.answers("Start", "Yes", "Yes", "Yes", "Yes").says("Canary-Comment").taps("Done")
    code = practice.enrolment("Canary-Alias").code
    client.says("/stop").taps("Yes, stop")

    assert shell.types("backup").exit_code == 0

    secrets = [
        *("Canary-Therapist", "Canary-Alias", "Canary-Comment", code, str(client.phone.user_id)),
        *(practice.settings.key, practice.settings.token),
    ]
    content = {name: (folder / name).read_bytes() for name in names(folder)}
    assert len(content) == 2
    assert content["journal.txt"].count(b"\n") == 4  # its first line, that somebody stopped, and two check-ins withheld
    assert [(name, word) for name in content for word in secrets if word.encode() in content[name]] == []
    assert [name for name in content if bytes.fromhex(practice.settings.key) in content[name]] == []


def test_only_the_newest_are_kept(practice: Practice, shell: CommandLine, folder: Path) -> None:
    """Older ones are deleted, and nothing else in the folder is."""
    folder.mkdir()
    (folder / "alliance-notes.db").write_text("not a backup")
    keeping = CommandLine(shell.folder, {**shell.environment, "ALLIANCE_BACKUP_KEEP": "2"}, shell.clock)
    for _ in range(4):
        assert keeping.types("backup").exit_code == 0
        practice.later(days=1)

    printed = keeping.types("backup")

    assert names(folder) == [
        "alliance-20260305T070000Z.db",
        "alliance-20260306T070000Z.db",
        "alliance-notes.db",
        "journal.txt",
    ]
    assert "Older ones deleted: 1; the newest 2 are kept." in printed.out


def test_a_backup_is_of_one_moment_while_others_write(practice: Practice, shell: CommandLine, folder: Path) -> None:
    """What another connection commits while the copy is made is left out, all of it, and disturbs nothing."""
    with practice.stored() as transaction:
        transaction.marks.set(Mark.AWAY, practice.now)
    copy = snapshot.write_copy

    def write_and_copy(source: object, key: str, path: Path) -> None:
        with closing(open_encrypted(path_of(practice.settings.database), practice.settings.key)) as other:
            other.execute("DELETE FROM marks WHERE name = 'away'")
            other.execute("INSERT INTO marks (name, at) VALUES ('made up', 1), ('made up too', 2)")
        copy(source, key, path)

    with mock.patch.object(snapshot, "write_copy", write_and_copy):
        assert shell.types("backup").exit_code == 0

    with opened_for_reading(newest(folder), practice.settings.key) as found:
        kept = {row["name"] for row in found.query("SELECT name FROM marks")}
    assert "away" in kept
    assert not kept & {"made up", "made up too"}


def test_a_copy_that_differs_is_deleted(practice: Practice, shell: CommandLine, folder: Path) -> None:
    """A disk that loses what was written is told, in one line; no file is left that looks like a backup."""
    copy = snapshot.write_copy

    def lose_a_row(source: object, key: str, path: Path) -> None:
        copy(source, key, path)
        with closing(open_encrypted(path, key)) as lossy:
            lossy.execute("PRAGMA journal_mode = DELETE")
            lossy.execute("DELETE FROM marks")

    with mock.patch.object(snapshot, "write_copy", lose_a_row):
        printed = shell.types("backup")

    assert printed.complaint.startswith("The copy did not hold what the database holds, and was deleted.")
    assert names(folder) == ["journal.txt"]
    with practice.stored() as transaction:
        assert transaction.marks.get(Mark.BACKED_UP) is None


def test_a_damaged_copy_is_deleted(shell: CommandLine, folder: Path) -> None:
    """Every page is signed: one wrong bit is seen."""
    copy = snapshot.write_copy

    def damage(source: object, key: str, path: Path) -> None:
        copy(source, key, path)
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)

    with mock.patch.object(snapshot, "write_copy", damage):
        assert "The copy did not hold" in shell.types("backup").complaint
    assert names(folder) == ["journal.txt"]


def test_a_full_disk_is_one_line(shell: CommandLine, folder: Path) -> None:
    """Nothing half-made is left."""
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))
    with mock.patch.object(backups, "_to_disk", side_effect=full):
        printed = shell.types("backup")

    assert printed.complaint == "The disk is full. Make room and try again."
    assert names(folder) == ["journal.txt"]


def test_a_folder_that_is_a_file_is_one_line(shell: CommandLine, folder: Path) -> None:
    """It says which, and what to check."""
    folder.write_text("in the way")

    assert shell.types("backup").complaint.startswith(f"{folder}")


def test_two_backups_at_once_do_not_meet(shell: CommandLine, folder: Path) -> None:
    """The second is told to wait."""
    with backups._alone_in(folder):
        assert shell.types("backup").complaint == (
            "Another backup is being made in this folder. Wait until it is done."
        )


def test_without_a_database_there_is_nothing_to_back_up(shell: CommandLine, folder: Path) -> None:
    """Nothing is made, least of all an empty database."""
    elsewhere = {**shell.environment, "ALLIANCE_DATABASE_URL": "sqlite:///nowhere/alliance.db"}

    assert CommandLine(shell.folder, elsewhere).types("backup").complaint.startswith("There is no database at nowhere")
    assert not folder.exists()


def test_an_unsafe_time_of_day_is_refused(shell: CommandLine) -> None:
    """The line names the setting."""
    wrong = CommandLine(shell.folder, {**shell.environment, "ALLIANCE_BACKUP_AT": "three"})

    assert wrong.types("backup").complaint == (
        "ALLIANCE_BACKUP_AT: That is not a time of day. Write it as 03:00, or none."
    )
