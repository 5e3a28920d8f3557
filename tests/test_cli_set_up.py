"""`alliance init`: what it asks, what it writes, and that it overwrites nothing."""

import os
import pty
import re
import stat
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest

from bot import config
from bot.config import Settings
from bot.demo.telegram import PretendTelegram
from bot.operate import NotDone
from bot.set_up import Places, read_answers, set_up, write_new
from tests.command_line import CommandLine

TOKEN = "4242:MADE-UP-TOKEN-OF-NOBODY"
TYPED = f"{TOKEN}\nPractice on the Square\nKim, 020 0000 000\nHelpline (made up): 0800 000 000\n112\n\nberlin\n"
FILE = f"""
token = "{TOKEN}"
practice_name = "Practice on the Square"
contact = "Kim, 020 0000 000"
crisis_lines = ["Helpline (made up): 0800 000 000", "112"]
time_zone = "Europe/Berlin"
"""


@pytest.fixture
def shell(tmp_path: Path) -> CommandLine:
    """A command line in an empty folder, with a home of its own and no settings."""
    folder = tmp_path / "practice"
    folder.mkdir()
    return CommandLine(folder, {"XDG_CONFIG_HOME": str(tmp_path / "config")})


def key_file(shell: CommandLine) -> Path:
    """Return where the key goes by default."""
    return Path(shell.environment["XDG_CONFIG_HOME"]) / "alliance" / "database.key"


def settings(shell: CommandLine) -> Settings:
    """Return the settings as the bot reads them in that folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(config.PREFIX)}
    before = Path.cwd()
    os.chdir(shell.folder)
    try:
        with mock.patch.dict(os.environ, kept, clear=True):
            return config.load()
    finally:
        os.chdir(before)


def everything_in(folder: Path) -> dict[str, str]:
    """Return all files below a folder with their content."""
    return {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*") if file.is_file()}


def test_what_was_asked_for_becomes_the_settings(shell: CommandLine) -> None:
    """Token, practice, contact, crisis lines and time zone, typed one after the other."""
    assert shell.types("init", stdin=TYPED).exit_code == 0

    found = settings(shell)
    assert found.token == TOKEN
    assert (found.practice_name, found.operator_contact) == ("Practice on the Square", "Kim, 020 0000 000")
    assert found.default_timezone == "Europe/Berlin"
    os.chdir(shell.folder)
    assert found.practice("").crisis_lines == ("Helpline (made up): 0800 000 000", "112")


@pytest.fixture(autouse=True)
def back_again() -> object:
    """Return to the folder of the tests."""
    before = Path.cwd()
    yield before
    os.chdir(before)


def test_the_key_is_fresh_secret_and_far_from_the_data(shell: CommandLine, tmp_path: Path) -> None:
    """32 random bytes, in a file that only this account may read, outside the folder of the practice."""
    shell.types("init", stdin=TYPED)
    (tmp_path / "other").mkdir()
    other = CommandLine(tmp_path / "other")
    other.types("init", "--key-file", str(tmp_path / "keys" / "other.key"), stdin=TYPED)

    first, second = key_file(shell).read_text(), (tmp_path / "keys" / "other.key").read_text()
    assert re.fullmatch(r"[0-9a-f]{64}\n", first)
    assert first != second
    assert stat.S_IMODE(key_file(shell).stat().st_mode) == 0o600
    assert stat.S_IMODE(key_file(shell).parent.stat().st_mode) == 0o700
    assert stat.S_IMODE((shell.folder / ".env").stat().st_mode) == 0o600
    assert first.strip() not in everything_in(shell.folder)[".env"]


def test_the_last_lines_say_that_a_lost_key_is_lost_data(shell: CommandLine) -> None:
    """And that a copy belongs somewhere else than the backups. No secret is printed."""
    printed = shell.types("init", stdin=TYPED)

    assert printed.lines[-2].startswith("A lost key is lost data")
    assert printed.lines[-1] == f"Keep a copy of {key_file(shell)} now, somewhere else than the backups of the data."
    assert TOKEN not in printed.out + printed.err
    assert key_file(shell).read_text().strip() not in printed.out + printed.err


def test_after_init_a_therapist_can_be_added(
    shell: CommandLine, telegram: PretendTelegram, telegram_url: str, token: str
) -> None:
    """What init wrote is enough for the next command."""
    telegram.world(token)
    shell.types("init", stdin=TYPED.replace(TOKEN, token))
    online = CommandLine(shell.folder, {"ALLIANCE_TELEGRAM_API_URL": telegram_url})

    printed = online.types("therapist", "add", stdin="Dr. Made Up\n")

    assert printed.lines[-1].startswith("https://t.me/demo_check_in_bot?start=")
    assert (shell.folder / "data" / "alliance.db").read_bytes()[:15] != b"SQLite format 3"


@pytest.mark.parametrize(
    "name",
    ['The "Square"', "It's ours", "# 1 practice", "back\\slash\\", "${HOME}", "$HOME ${", "a = b", "Müller & Söhne 🌱"],
)
def test_names_are_written_so_that_they_are_read_the_same(shell: CommandLine, name: str) -> None:
    """Quotes, hashes, backslashes and what looks like a variable survive."""
    shell.types("init", stdin=TYPED.replace("Practice on the Square", name).replace("112\n", f"112 {name}\n"))

    os.chdir(shell.folder)
    assert settings(shell).practice("").name == name
    assert settings(shell).practice("").crisis_lines[1] == f"112 {name}"


def test_answers_may_come_from_a_file(shell: CommandLine) -> None:
    """The same settings, without a question."""
    (shell.folder / "answers.toml").write_text(FILE)

    assert shell.types("init", "--from", "answers.toml").exit_code == 0

    os.chdir(shell.folder)
    assert (settings(shell).token, settings(shell).default_timezone) == (TOKEN, "Europe/Berlin")
    assert len(settings(shell).practice("").crisis_lines) == 2


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("not toml", "<stdin>: this is not TOML in UTF-8."),
        ("", "<stdin>: these are missing: contact, crisis_lines, practice_name, time_zone, token."),
        (f"{FILE}language = 'de'", "<stdin>: these are not known: language."),
        (FILE.replace(TOKEN, "no token"), "<stdin>: token: That does not look like a token."),
        (FILE.replace("Kim, 020 0000 000", " "), "<stdin>: contact: That can't be left empty"),
        (FILE.replace("Europe/Berlin", "Berln"), "<stdin>: time_zone: That is not a time zone."),
        (re.sub(r"\[.*\]", "[]", FILE), "<stdin>: crisis_lines: At least one crisis line is needed"),
        (re.sub(r"\[.*\]", "[112]", FILE), "<stdin>: crisis_lines must be written as crisis_lines = ["),
        (re.sub(r"\[.*\]", "'112'", FILE), "<stdin>: crisis_lines must be written as crisis_lines = ["),
        (FILE.replace('"Europe/Berlin"', "1"), '<stdin>: time_zone must be written as time_zone = "...".'),
    ],
)
def test_a_wrong_file_is_one_line_and_nothing_is_written(shell: CommandLine, content: str, complaint: str) -> None:
    """The line names the field."""
    assert shell.types("init", "--from", "-", stdin=content).complaint.startswith(complaint)
    assert everything_in(shell.folder.parent) == {}


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        ("", "There was no answer to read."),
        ("wrong\n", "That does not look like a token. @BotFather gives one such as 123456:ABC-DEF."),
        (f"{TOKEN}\n\n", "That can't be left empty, and it must be one line."),
        (f"{TOKEN}\nName\nContact\n\n", "At least one crisis line is needed"),
        (f"{TOKEN}\nName\nContact\n112\n\nnowhere\n", "That is not a time zone."),
        (f"{TOKEN}\nName\nContact\n112\n", "There was no answer to read."),
    ],
)
def test_a_wrong_answer_of_a_program_is_one_line_and_nothing_is_written(
    shell: CommandLine, typed: str, complaint: str
) -> None:
    """A program is not asked again."""
    assert shell.types("init", stdin=typed).complaint.startswith(complaint)
    assert everything_in(shell.folder.parent) == {}


@pytest.mark.parametrize("there", [".env", "crisis-lines.toml", "key", "data/alliance.db"])
def test_nothing_is_ever_overwritten(shell: CommandLine, there: str) -> None:
    """Settings, crisis lines, a key or a database in the way: one line, and nothing at all is written."""
    path = key_file(shell) if there == "key" else shell.folder / there
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("precious")
    before = everything_in(shell.folder.parent)

    complaint = shell.types("init", stdin=TYPED).complaint

    assert "Nothing was written" in complaint
    assert path.name in complaint
    assert everything_in(shell.folder.parent) == before


def test_a_second_init_changes_nothing(shell: CommandLine) -> None:
    """Not even with another token."""
    shell.types("init", stdin=TYPED)
    before = everything_in(shell.folder.parent)

    assert shell.types("init", stdin=TYPED.replace("4242", "4243")).exit_code == 1
    assert everything_in(shell.folder.parent) == before


def test_the_key_may_not_lie_in_the_data_folder(shell: CommandLine) -> None:
    """A stolen folder would hold the key with the data."""
    printed = shell.types("init", "--key-file", "data/../data/keys/database.key", stdin=TYPED)

    assert printed.complaint.startswith("The key must not be in the data folder")
    assert everything_in(shell.folder) == {}


def test_what_was_begun_is_undone_when_it_fails(shell: CommandLine) -> None:
    """A folder that can't be made leaves no half of a set-up behind."""
    (shell.folder / "file").write_text("no folder")

    printed = shell.types("init", "--key-file", "file/database.key", stdin=TYPED)

    assert printed.exit_code == 1
    assert len(printed.err.splitlines()) == 1
    assert everything_in(shell.folder) == {"file": "no folder"}


def test_a_key_that_was_written_is_taken_back_when_the_settings_fail(tmp_path: Path) -> None:
    """All of it or nothing, whichever file fails."""
    (tmp_path / "file").write_text("no folder")
    places = Places(
        tmp_path / "file" / ".env", tmp_path / "lines.toml", tmp_path / "key", tmp_path / "data" / "alliance.db"
    )

    with pytest.raises(OSError, match="file"):
        set_up(read_answers(FILE.encode(), "made up"), places)

    assert everything_in(tmp_path) == {"file": "no folder"}


def test_a_file_that_appears_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    """The last word has the file system, not a look beforehand."""
    (tmp_path / "there").write_text("precious")

    with pytest.raises(NotDone, match="exists already and is not overwritten"):
        write_new(tmp_path / "there", "content")

    assert everything_in(tmp_path) == {"there": "precious"}


def test_a_person_is_asked_again_and_the_token_is_not_shown(shell: CommandLine) -> None:
    """In a real terminal: a slip costs one more try, and the token does not stand on the screen."""
    terminal, end = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "init"],
        stdin=end,
        stdout=end,
        stderr=end,
        cwd=shell.folder,
        env={**os.environ, **shell.environment},
        start_new_session=True,
    )
    os.close(end)
    screen = ""
    for question, answer in (
        ("Token", "slip of the finger"),
        ("Token", TOKEN),
        ("Name of the practice", "Practice on the Square"),
        ("mail address or number", "Kim, 020 0000 000"),
        ("End with an empty line", "112\n"),
        ("Time zone", "Europe/Berln"),
        ("Time zone", "Europe/Berlin"),
    ):
        screen += _read_until(terminal, question)
        os.write(terminal, f"{answer}\n".encode())
    screen += _read_until(terminal, "lost data")

    assert process.wait() == 0
    os.close(terminal)
    assert "That does not look like a token." in screen
    assert "for example Europe/Berlin" in screen
    assert TOKEN not in screen
    assert settings(shell).token == TOKEN


def _read_until(terminal: int, words: str) -> str:
    """Return what appears on a terminal up to some words and a prompt or a line's end after them."""
    seen = ""
    while not re.search(rf"{re.escape(words)}[^\r\n]*(: |\r\n)", seen):
        seen += os.read(terminal, 1).decode(errors="replace")
    return seen
