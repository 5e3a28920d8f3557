"""Every failure is one line that says what is wrong and what to do; a traceback is a bug."""

import errno
from importlib.metadata import version
from pathlib import Path
from unittest import mock

import click
import pytest
from sqlcipher3 import dbapi2 as sqlcipher
from telegram.error import InvalidToken, TimedOut

from bot.app import Ended
from bot.cli import process
from bot.cli.failures import explain
from bot.config import Settings
from bot.watchdog import Part
from tests.command_line import CommandLine, command_line
from tests.stories.practice import Practice


@pytest.mark.parametrize(
    ("error", "text", "exit_code"),
    [
        (click.Abort(), "Stopped before the end.", 1),
        (click.ClickException("two\nlines"), "two lines", 1),
        (
            InvalidToken("4242:MADE-UP"),
            "Telegram refuses the token. Check ALLIANCE_TELEGRAM_TOKEN, or get a new one from @BotFather.",
            1,
        ),
        (
            TimedOut("words of a library"),
            "Telegram can't be reached (TimedOut). Check the network and ALLIANCE_TELEGRAM_API_URL, and try again.",
            1,
        ),
        (
            sqlcipher.OperationalError("database is locked"),
            "The database is busy with another command. Try again in a moment.",
            1,
        ),
        (sqlcipher.OperationalError("database or disk is full"), "The disk is full. Make room and try again.", 1),
        (
            sqlcipher.OperationalError("attempt to write a readonly database"),
            "The database can't be written to. Check who owns its folder, and that the disk is not read-only.",
            1,
        ),
        (
            sqlcipher.OperationalError("disk I/O error"),
            "The disk fails or is full. Make room, or look into the system's log. Nothing was changed.",
            1,
        ),
        (
            sqlcipher.DatabaseError("database disk image is malformed"),
            "The database is damaged. Stop the bot, keep the file as it is, and go back to the last backup.",
            1,
        ),
        (OSError(errno.ENOSPC, "No space left", "some.file"), "The disk is full. Make room and try again.", 1),
        (
            OSError(errno.EROFS, "Read-only", "some.file"),
            "The database can't be written to. Check who owns its folder, and that the disk is not read-only.",
            1,
        ),
        (
            Ended(Part.SENDING, ZeroDivisionError("words of a client")),
            "A part of the bot ended that should not (sending: ZeroDivisionError), so it stops. "
            "Start it again and report this.",
            70,
        ),
        (
            sqlcipher.DatabaseError("words of a library"),
            "The database failed (DatabaseError). 'alliance doctor' looks into it.",
            1,
        ),
        (
            OSError(errno.EACCES, "Permission denied", "some.file"),
            "some.file: Permission denied. Check the path and its rights.",
            1,
        ),
        (
            ZeroDivisionError("words of a client"),
            "Something went wrong that should not: ZeroDivisionError. Please report this line.",
            70,
        ),
    ],
)
def test_an_error_becomes_one_line(error: Exception, text: str, exit_code: int) -> None:
    """Words that are not this project's own are not repeated."""
    failure = explain(error)

    assert (failure.text, failure.exit_code) == (text, exit_code)


def test_what_should_never_happen_is_one_line_with_its_place(tmp_path: Path) -> None:
    """The kind and the line of this project, never the words, and no traceback."""
    with mock.patch.object(process, "version_of", side_effect=RuntimeError("a client's words")):
        printed = CommandLine(tmp_path).types("version")

    assert printed.exit_code == 70
    assert printed.complaint.startswith("Something went wrong that should not: RuntimeError at bot/cli/process.py:")


def test_a_wrong_setting_is_one_line(tmp_path: Path) -> None:
    """The line names the setting and what it may be."""
    printed = CommandLine(tmp_path, {"ALLIANCE_CHECK_IN_DELAY": "soon"}).types("backup")

    assert printed.complaint == (
        "ALLIANCE_CHECK_IN_DELAY: That is not a length of time. Write it as 2h, 30m, 1h30m or 3d."
    )


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("KEEP_AFTER_END", "0", ": Write a number of days from 1 to 3650."),
        ("KEEP_AFTER_END", "half a year", ": Write a number of days from 1 to 3650."),
        ("KEEP_AFTER_END", "9" * 5000, ": Write a number of days from 1 to 3650."),
        ("BACKUP_KEEP", "1001", ": Write a number of backups from 1 to 1000."),
        ("LOG_LEVEL", "LOUD", ": Write DEBUG, INFO, WARNING or ERROR."),
        ("DATABASE_WITHOUT_TLS", "maybe", ": Write yes or no."),
        ("DEFAULT_LANGUAGE", "de", ": The bot does not speak 'de' yet. It speaks: en."),
        ("WEBHOOK_URL", "https://[", ": must begin with https://, since Telegram hands updates over to no other; "),
        ("WEBHOOK_LISTEN", "here:²", ": must look like 127.0.0.1:8080."),
        ("REMINDER_AFTER", "soon", ": That is not a length of time. "),
        ("REMINDER_AFTER", "0s", ": A reminder can't come with the check-in itself. Write for example 24h; "),
        ("EXPIRES_AFTER", "2h", " must be longer than ALLIANCE_CHECK_IN_DELAY, or nobody is ever asked. Write for "),
    ],
)
def test_what_cannot_work_is_refused_in_our_words(tmp_path: Path, name: str, value: str, said: str) -> None:
    """The line says what to write; those of the library that reads settings are never shown."""
    complaint = CommandLine(tmp_path, {f"ALLIANCE_{name}": value}).types("therapist", "list").complaint

    assert complaint.startswith(f"ALLIANCE_{name}{said}")


def test_no_setting_answers_with_a_librarys_words(tmp_path: Path) -> None:
    """Whatever is written: each either takes it, or has a sentence of its own."""
    ours = ("Write", "must", "does not speak", "Several time zones")
    for name in Settings.model_fields:
        printed = CommandLine(tmp_path, {f"ALLIANCE_{name.upper()}": "\N{SNOWMAN} no such value"}).types("backup")
        [line] = printed.err.splitlines()
        assert not line.startswith(f"ALLIANCE_{name.upper()}: ") or any(words in line for words in ours), line


def test_a_check_in_needs_a_moment_to_be_answered(practice: Practice, tmp_path: Path) -> None:
    """As short as anybody likes, but longer than the wait for it."""
    short = {"ALLIANCE_CHECK_IN_DELAY": "1h", "ALLIANCE_EXPIRES_AFTER": "1h1s"}
    assert command_line(tmp_path, practice.settings, None, **short).types("therapist", "list").exit_code == 0


def test_an_empty_file_name_is_none(practice: Practice, tmp_path: Path) -> None:
    """As the lines of .env.example stand: it does not mean the folder where the bot is started."""
    empty = {f"ALLIANCE_{name}_FILE": "" for name in ("TELEGRAM_TOKEN", "DATABASE_URL", "DATABASE_KEY", "JOURNAL")}
    assert command_line(tmp_path, practice.settings, None, **empty).types("backup").exit_code == 0
    assert (practice.settings.backup_dir / "journal.txt").exists()


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("TELEGRAM_TOKEN", "", "ALLIANCE_TELEGRAM_TOKEN is not set, nor ALLIANCE_TELEGRAM_TOKEN_FILE. "),
        ("TELEGRAM_TOKEN", "hello", "ALLIANCE_TELEGRAM_TOKEN does not look like a token: 123456:ABC…, "),
        ("DATABASE_KEY_FILE", "no.key", "ALLIANCE_DATABASE_KEY_FILE names no.key, which can't be read. Check the path"),
        ("OPERATOR_CONTACT", " ", "ALLIANCE_OPERATOR_CONTACT is not set. People must know whom to ask; "),
        ("CRISIS_LINES", "", "There are no crisis lines. Write a file with for example "),
        ("CRISIS_LINES", "text.toml", "In text.toml the lines must be a list, even if there is one only: en = ["),
        ("CRISIS_LINES", "blank.toml", "In blank.toml the lines must be a list, even if there is one only: en = ["),
        ("CRISIS_LINES", "none.toml", "none.toml has no lines for the language 'en'. Write a file with for example "),
        ("CRISIS_LINES", "no.toml", "The crisis lines in no.toml can't be read. Write a file with for example "),
        ("CRISIS_LINES", "empty.toml", "empty.toml has no lines for the language 'en'. Write a file with for example "),
        ("DATABASE_URL", "sqlite:///empty.toml/a.db", "There is no database at empty.toml/a.db. 'alliance run' makes"),
        ("DATABASE_URL", "sqlite:///.", "The database at . can't be opened: unable to open database file."),
    ],
)
def test_a_setting_that_leads_nowhere_is_one_line(
    practice: Practice, tmp_path: Path, name: str, value: str, complaint: str
) -> None:
    """The line names the setting or the file, and what to do."""
    for file, content in (("empty", ""), ("text", 'en = "112"'), ("blank", 'en = [" "]'), ("none", "en = []")):
        (tmp_path / f"{file}.toml").write_text(content)
    shell = command_line(tmp_path, practice.settings, None, **{f"ALLIANCE_{name}": value})

    assert shell.types("therapist", "list").complaint.startswith(complaint)


def test_a_database_can_only_be_made_where_files_can_be(practice: Practice, tmp_path: Path) -> None:
    """The command that would begin a practice says where it can't write."""
    (tmp_path / "file").touch()
    shell = command_line(tmp_path, practice.settings, None, ALLIANCE_DATABASE_URL="sqlite:///file/in/alliance.db")

    printed = shell.types("therapist", "add", stdin="Kim Rivers\n")

    assert printed.complaint == "Can't write to file/in: Not a directory. Check who owns the folder."


def test_a_busy_database_is_one_line(practice: Practice, tmp_path: Path) -> None:
    """A command that can't have its turn says so."""
    with mock.patch("bot.store.sqlite.BUSY_TIMEOUT", 0.0), practice.stored():
        printed = command_line(tmp_path, practice.settings).types("therapist", "list")

    assert printed.complaint == "The database is busy with another command. Try again in a moment."


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("therapists",), "No such command 'therapists'."),
        (("therapist", "remove"), "Missing argument 'CODE'. See 'alliance therapist remove --help'."),
        (("run", "--fast"), "No such option"),
    ],
)
def test_a_misused_command_is_one_line(tmp_path: Path, arguments: tuple[str, ...], complaint: str) -> None:
    """With exit code 2, and where to read more."""
    printed = CommandLine(tmp_path).types(*arguments)

    assert printed.exit_code == 2
    assert printed.complaint.startswith(complaint)


def test_without_a_command_there_is_help(tmp_path: Path) -> None:
    """All commands are listed, and nothing is done."""
    printed = CommandLine(tmp_path).types()

    assert printed.exit_code == 2
    assert "Add, list and remove therapists." in printed.err


def test_the_version_is_that_of_the_package(tmp_path: Path) -> None:
    """One line, for reports."""
    assert CommandLine(tmp_path).types("version").out == f"alliance-check-in {version('alliance-check-in')}\n"


def test_the_demo_needs_no_settings(tmp_path: Path) -> None:
    """Neither the page nor the play in the terminal; both have their own tests."""
    with mock.patch("bot.demo.play.play") as play, mock.patch("bot.demo.page.run.run") as served:
        assert CommandLine(tmp_path).types("demo", "--play").exit_code == 0
        assert CommandLine(tmp_path).types("demo", "--port", "8080").exit_code == 0

    play.assert_called_once_with()
    served.assert_called_once_with(None, 8080)
