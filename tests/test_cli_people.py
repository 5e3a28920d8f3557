"""`alliance therapist`: add, list, remove."""

from pathlib import Path

import pytest

from bot.demo.stage import settings_for
from bot.demo.telegram import PretendTelegram
from bot.store.sqlite import open_encrypted, path_of
from tests.command_line import CommandLine, command_line
from tests.stories.practice import Practice

CLOSED = "http://127.0.0.1:1"
"""Where nothing listens."""


def add(shell: CommandLine, name: str = "Dr. Made Up") -> str:
    """Add a therapist and return the code of the link."""
    return shell.types("therapist", "add", stdin=f"{name}\n").lines[-1].partition("?start=")[2]


def test_the_last_line_of_standard_output_is_a_link_that_enrols_the_therapist(
    practice: Practice, shell: CommandLine
) -> None:
    """Whoever opens the link is greeted as the therapist, by a bot that runs all the while."""
    printed = shell.types("therapist", "add", "--timezone", "Europe/Lisbon", stdin="Dr. Made Up\n")

    link = printed.lines[-1]
    assert printed.exit_code == 0
    assert link.startswith("https://t.me/demo_check_in_bot?start=")
    practice.someone("Dr. Made Up").starts(link.partition("?start=")[2]).sees("You are enrolled.", "Dr. Made Up")


def test_a_link_works_once(practice: Practice, shell: CommandLine) -> None:
    """A second person who opens the same link is not enrolled."""
    code = add(shell)
    practice.someone().starts(code)

    practice.someone("Somebody else").starts(code).sees("This link doesn't work any more.")


def test_the_database_is_made_before_the_first_run(
    telegram_url: str, telegram: PretendTelegram, tmp_path: Path
) -> None:
    """An operator adds therapists right after init, before the bot has ever run."""
    settings = settings_for(tmp_path, telegram_url, "900001:MADE-UP-TOKEN")
    telegram.world("900001:MADE-UP-TOKEN")
    shell = command_line(tmp_path, settings)

    assert shell.types("therapist", "add", stdin="Dr. Made Up\n").exit_code == 0
    assert "Dr. Made Up: link not used yet; 0 active clients; no digest planned" in shell.types("therapist", "list").out


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "two\x07bells"])
def test_a_name_has_1_to_60_characters_on_one_line(shell: CommandLine, name: str) -> None:
    """Any other name is refused, in one line, and nobody is added."""
    printed = shell.types("therapist", "add", stdin=f"{name}\n")

    assert printed.complaint == "There is no name. Write it on one line, 1 to 60 characters."
    assert shell.types("therapist", "list").out == ""


def test_no_name_at_all_is_one_line(shell: CommandLine) -> None:
    """Without anything on standard input the command says what it waits for."""
    assert shell.types("therapist", "add").complaint.startswith("There was no answer to read.")


def test_a_name_that_is_not_utf8_is_one_line(shell: CommandLine) -> None:
    """A name in another encoding is refused rather than stored wrong."""
    assert shell.types("therapist", "add", stdin=b"M\xfcller\n").complaint.startswith("There was no answer to read.")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--timezone", "Europe/Berln"), "That is not a time zone. Write region and city, for example Europe/Berlin."),
        (("--language", "xx"), "The bot does not speak 'xx' yet. It speaks: en."),
        (("--zone", "UTC"), "No such option '--zone'."),
    ],
)
def test_a_wrong_option_is_one_line(shell: CommandLine, arguments: tuple[str, ...], complaint: str) -> None:
    """The line says what is wrong and what would be right."""
    assert shell.types("therapist", "add", *arguments, stdin="Dr. Made Up\n").complaint.startswith(complaint)


def test_without_telegram_nobody_is_added(practice: Practice, tmp_path: Path) -> None:
    """The link needs the bot's name; if it can't be asked for, nothing is stored."""
    shell = command_line(tmp_path, practice.settings, ALLIANCE_TELEGRAM_API_URL=CLOSED)

    printed = shell.types("therapist", "add", stdin="Dr. Made Up\n")

    assert printed.complaint.startswith("Telegram can't be reached (")
    assert shell.types("therapist", "list").out == ""


def test_a_refused_token_is_one_line_without_the_token(practice: Practice, tmp_path: Path) -> None:
    """Nothing that is printed repeats the token."""
    shell = command_line(tmp_path, practice.settings, ALLIANCE_TELEGRAM_TOKEN="777:NOT-REGISTERED")

    printed = shell.types("therapist", "add", stdin="Dr. Made Up\n")

    assert (
        printed.complaint
        == "Telegram refuses the token. Check ALLIANCE_TELEGRAM_TOKEN, or get a new one from @BotFather."
    )


def test_the_list_tells_how_each_therapist_is(practice: Practice, shell: CommandLine) -> None:
    """Code, name, state, number of active clients and next digest, without an alias."""
    therapist = practice.therapist("Dr. Weber")
    practice.client(therapist, "R")
    away = practice.therapist("Dr. Away")
    practice.later(minutes=1)
    away.blocks()
    add(shell, "Dr. New")

    rows = [line.partition("  ")[2] for line in shell.types("therapist", "list").lines]

    assert rows == [
        "Dr. Away: unreachable since 2026-03-02; 0 active clients; next digest 2026-03-09 08:00 (Europe/Berlin)",
        "Dr. New: link not used yet; 0 active clients; no digest planned",
        "Dr. Weber: enrolled; 1 active client; next digest 2026-03-09 08:00 (Europe/Berlin)",
    ]


def test_the_list_tells_when_a_link_has_expired(practice: Practice, shell: CommandLine) -> None:
    """A link that was not used within 14 days needs another one."""
    add(shell)
    practice.later(days=14)

    assert "link not used, and it has expired" in shell.types("therapist", "list").out


def test_the_list_tells_that_clients_were_told(practice: Practice, shell: CommandLine) -> None:
    """After a week away clients are told, and the list says so."""
    practice.therapist("Dr. Away").blocks()
    practice.later(days=8)

    assert "unreachable for a week, clients were told and check-ins wait" in shell.types("therapist", "list").out


def test_an_empty_list_says_how_to_begin(shell: CommandLine) -> None:
    """Standard output stays empty, for programs; people are told what to do."""
    printed = shell.types("therapist", "list")

    assert (printed.exit_code, printed.out) == (0, "")
    assert "alliance therapist add" in printed.err


def test_a_removed_therapist_is_off_the_list_and_clients_are_told(practice: Practice, shell: CommandLine) -> None:
    """The bot that runs meanwhile tells the clients, once their quiet hours are over."""
    client = practice.client(practice.therapist())
    code = shell.types("therapist", "list").lines[0].partition(" ")[0]

    printed = shell.types("therapist", "remove", code, stdin="y\n")

    practice.at("Mon 10:00")
    assert printed.out.startswith(f"Therapist {code} is removed.")
    assert shell.types("therapist", "list").out == ""
    client.sees("Dr. Weber no longer uses this bot")


@pytest.mark.parametrize("typed", ["n\n", "\n", ""])
def test_nobody_is_removed_without_a_yes(practice: Practice, shell: CommandLine, typed: str) -> None:
    """No, nothing typed, and no standard input at all leave everything as it was."""
    practice.therapist()
    before = shell.types("therapist", "list").out

    printed = shell.types("therapist", "remove", before.partition(" ")[0], stdin=typed)

    assert printed.complaint == "Nothing was done: it was not confirmed. Answer y, or give --yes."
    assert shell.types("therapist", "list").out == before


def test_yes_may_be_given_beforehand(practice: Practice, shell: CommandLine) -> None:
    """Scripts say --yes; the code may be typed in small letters."""
    practice.therapist()
    code = shell.types("therapist", "list").out.partition(" ")[0]

    assert shell.types("therapist", "remove", code.lower(), "--yes").exit_code == 0


def test_removing_nobody_is_one_line(shell: CommandLine) -> None:
    """An unknown code is answered with where to find codes."""
    printed = shell.types("therapist", "remove", "NOBODY", "--yes")

    assert printed.complaint == "There is no therapist NOBODY. 'alliance therapist list' shows their codes."


def test_without_a_database_the_list_is_one_line(practice: Practice, tmp_path: Path) -> None:
    """Only adding a therapist and running make a database."""
    shell = command_line(tmp_path, practice.settings, ALLIANCE_DATABASE_URL="sqlite:///elsewhere/alliance.db")

    assert shell.types("therapist", "list").complaint.startswith("There is no database at elsewhere/alliance.db.")
    assert not (tmp_path / "elsewhere").exists()


def test_with_another_key_the_list_is_one_line(practice: Practice, tmp_path: Path) -> None:
    """The line says that it is the wrong key, and that nothing was changed."""
    shell = command_line(tmp_path, practice.settings, ALLIANCE_DATABASE_KEY="e" * 64)

    assert "another key" in shell.types("therapist", "list").complaint


def test_an_older_database_waits_for_a_start_of_the_bot(practice: Practice, tmp_path: Path) -> None:
    """A command never changes the schema under a running bot."""
    url = f"sqlite:///{tmp_path}/older.db"
    open_encrypted(path_of(url), practice.settings.key, create=True).close()
    shell = command_line(tmp_path, practice.settings, ALLIANCE_DATABASE_URL=url)

    for command in (("list",), ("add",)):
        complaint = shell.types("therapist", *command, stdin="Dr. Made Up\n").complaint
        assert complaint.startswith("The database is not up to date. Start 'alliance run' once")


def test_a_therapist_added_now_gets_the_operators_zone(practice: Practice, shell: CommandLine) -> None:
    """Somebody whose zone was given is not asked for it, and gets the digest at their own eight o'clock."""
    printed = shell.types("therapist", "add", "--timezone", "lisbon", stdin="Dr. Made Up\n")
    practice.at("Mon 12:00").someone().starts(printed.lines[-1].partition("?start=")[2])

    assert "next digest 2026-03-09 08:00 (Europe/Lisbon)" in shell.types("therapist", "list").out
