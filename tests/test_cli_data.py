"""`alliance export` and `alliance erase`."""

import json
import stat

import pytest

from bot.store.engine import Row
from tests.command_line import CommandLine, Printed
from tests.stories.practice import Practice, Someone


@pytest.fixture
def client(practice: Practice, therapist: Someone) -> Someone:
    """R, who has answered a check-in and written a comment, and was sent a private one."""
    client = practice.client(therapist, "Alias R")
    practice.at("Tue 14:00").session_ends(therapist, "Alias R").at("Tue 16:00")
    client.answers("Start", "Yes", "Mostly", "Mostly", "Yes").says("A made-up comment.").taps("Done")
    return client


def export(printed: Printed) -> dict[str, list[Row]]:
    """Return what was exported to standard output."""
    assert printed.exit_code == 0, printed
    found: dict[str, list[Row]] = json.loads(printed.out)
    return found


def keeps_private(practice: Practice, therapist: Someone, client: Someone) -> None:
    """Let R answer "no" two days later, and keep it private."""
    practice.at("Thu 14:00").session_ends(therapist, "Alias R").at("Thu 16:00")
    client.answers("Start", "Yes", "Mostly", "Mostly", "No", "It isn't helping", "Just know it")
    client.says("A secret comment.").taps("Done").taps("Keep private")


def test_an_export_of_one_client_holds_their_answers_and_no_alias(
    practice: Practice, client: Someone, shell: CommandLine
) -> None:
    """It can be handed to the client as it is."""
    assert client
    printed = shell.types("export", practice.enrolment("Alias R").code)

    [enrolment] = export(printed)["enrolments"]
    assert len(enrolment["answers"]) == 4
    assert [one["text"] for one in enrolment["comments"]] == ["A made-up comment."]
    assert enrolment["therapist_name"] == "Dr. Weber"
    assert "Alias R" not in printed.out


def test_private_answers_stay_out_of_an_operators_export(
    practice: Practice, therapist: Someone, client: Someone, shell: CommandLine
) -> None:
    """Of a check-in kept private there is that it was answered and kept private, and nothing else."""
    keeps_private(practice, therapist, client)

    for arguments in ((practice.enrolment("Alias R").code,), ("--all",)):
        printed = shell.types("export", *arguments)
        [enrolment] = export(printed)["enrolments"]
        shared, private = enrolment["check_ins"]
        sessions = {one["session"] for table in ("answers", "comments", "talked_about") for one in enrolment[table]}
        assert (private["state"], private["kept_private"]) == ("answered", 1)
        assert private.keys() == {
            "session", "enrolment", "state", "due_at", "expires_at", "sent_at", "closed_at", "kept_private",
        }  # fmt: skip
        assert sessions == {shared["session"]}
        assert "secret" not in printed.out


def test_the_client_still_gets_what_they_keep_private(practice: Practice, therapist: Someone, client: Someone) -> None:
    """/mydata hides nothing from the client."""
    keeps_private(practice, therapist, client)

    client.says("/mydata")

    document = client.last.document
    assert document is not None
    assert b"A secret comment." in document[1]


def test_an_export_of_all_holds_everybody_with_aliases(
    practice: Practice, therapist: Someone, client: Someone, shell: CommandLine
) -> None:
    """For the practice itself: therapists, accounts, enrolments with aliases, and who looked before."""
    assert client
    practice.client(therapist, "Alias S", name="Sasha")
    shell.types("export", practice.enrolment("Alias S").code)

    found = export(shell.types("export", "--all"))

    assert [one["name"] for one in found["therapists"]] == ["Dr. Weber"]
    assert len(found["accounts"]) == 3
    assert [one["alias"] for one in found["enrolments"]] == ["Alias R", "Alias S"]
    assert [(one["what"], one["enrolment"]) for one in found["audit"]] == [
        ("export", practice.enrolment("Alias S").code),
        ("export", None),
    ]


def test_an_export_to_a_file_is_for_this_account_alone(practice: Practice, client: Someone, shell: CommandLine) -> None:
    """Mode 600, from the first moment on; what is printed says how much there is."""
    assert client
    printed = shell.types("export", practice.enrolment("Alias R").code, "--output", "out.json")

    file = shell.folder / "out.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(json.loads(file.read_text())["enrolments"]) == 1
    assert "rows are in out.json, which only this account may read." in printed.out
    assert "comment" not in printed.out + printed.err


def test_an_export_overwrites_nothing(client: Someone, shell: CommandLine) -> None:
    """A file that exists is left alone, and nothing is read or logged."""
    assert client
    (shell.folder / "out.json").write_text("precious")

    printed = shell.types("export", "--all", "--output", "out.json")

    assert printed.complaint.startswith("out.json exists already and is not overwritten.")
    assert (shell.folder / "out.json").read_text() == "precious"
    assert export(shell.types("export", "--all"))["audit"][0]["what"] == "export"


def test_a_folder_that_is_not_there_is_one_line(client: Someone, shell: CommandLine) -> None:
    """The line names the file."""
    assert client
    assert "nowhere/out.json: " in shell.types("export", "--all", "--output", "nowhere/out.json").err


def test_an_export_is_logged_without_content(practice: Practice, client: Someone, shell: CommandLine) -> None:
    """The log names the code and the number of rows; a row in the database stays."""
    assert client
    code = practice.enrolment("Alias R").code

    printed = shell.types("export", code)

    assert "event='exported'" in printed.err
    assert f"client='{code}'" in printed.err
    assert "comment" not in printed.err
    with practice.stored() as transaction:
        assert [(one["what"], one["enrolment"]) for one in transaction.audit.entries()] == [("export", code)]


@pytest.mark.parametrize("arguments", [(), ("SOMEBODY", "--all")])
def test_an_export_is_of_one_client_or_of_all(shell: CommandLine, arguments: tuple[str, ...]) -> None:
    """Neither and both are refused."""
    assert shell.types("export", *arguments).complaint == "Say whose data: the code of one client, or --all."


@pytest.mark.parametrize("command", [("export",), ("erase", "--yes")])
def test_an_unknown_code_is_one_line_and_not_logged(
    practice: Practice, shell: CommandLine, command: tuple[str, ...]
) -> None:
    """Nothing happened, so nothing is logged."""
    printed = shell.types(*command, "NOBODY")

    assert printed.complaint.startswith("There is no client with the code NOBODY.")
    with practice.stored() as transaction:
        assert transaction.audit.entries() == []


def test_an_erased_client_is_gone_and_both_are_told(
    practice: Practice, therapist: Someone, client: Someone, shell: CommandLine
) -> None:
    """As with /deletemydata: rows, queue and what the bot said in the chat; that it was done stays logged."""
    code = practice.enrolment("Alias R").code

    printed = shell.types("erase", code, stdin="yes\n")

    practice.later(minutes=1)
    assert printed.out == f"Everything that was stored of client {code} is erased. That it was done is logged.\n"
    client.sees("Everything that was stored of you as a client is deleted.").sees_nowhere("comment")
    therapist.sees("A note about your list.", "Alias R", "was deleted by the practice")
    with practice.stored() as transaction:
        query = transaction.people.engine.query
        tables = ("enrolments", "sessions", "check_ins", "answers", "comments", "consents", "consent_texts")
        assert [len(query(f"SELECT 1 FROM {table}")) for table in tables] == [0] * len(tables)  # noqa: S608, names from here
        assert transaction.people.account(client.phone.user_id) is None
        assert [(one["what"], one["enrolment"]) for one in transaction.audit.entries()] == [("erase", code)]


def test_erasing_one_of_several_enrolments_leaves_the_others(
    practice: Practice, client: Someone, shell: CommandLine
) -> None:
    """Somebody with two therapists stays the client of the other."""
    other = practice.therapist("Dr. Other")
    practice.enrols(client, other, "Alias Q")

    assert shell.types("erase", practice.enrolment("Alias R").code, "--yes").exit_code == 0

    practice.later(minutes=1)
    client.sees("What was stored of your check-ins is deleted.", "Dr. Weber")
    with practice.stored() as transaction:
        assert [one.alias for one in transaction.people.enrolments_of(client.phone.user_id)] == ["Alias Q"]
        assert transaction.people.engine.query("SELECT 1 FROM answers") == []
    practice.at("Wed 12:00").session_ends(other, "Alias Q").at("Wed 14:00")
    client.sees("A short check-in is ready")


def test_the_therapist_of_somebody_who_stopped_before_is_not_told(
    practice: Practice, therapist: Someone, client: Someone, shell: CommandLine
) -> None:
    """They were off the caseload already."""
    client.says("/stop").taps("Yes, stop")
    seen = len(therapist.chat)

    shell.types("erase", practice.enrolment("Alias R").code, "--yes")

    practice.later(minutes=1)
    therapist.sees_nothing_new(seen)
    client.sees("Everything that was stored of you as a client is deleted.")


def test_an_invitation_that_nobody_opened_can_be_erased(
    practice: Practice, therapist: Someone, shell: CommandLine
) -> None:
    """The therapist is told; its link stops working."""
    link = practice.invitation(therapist, "Alias R")

    shell.types("erase", practice.enrolment("Alias R").code, "--yes")

    practice.later(minutes=1)
    therapist.sees("Alias R", "was deleted by the practice")
    practice.someone().starts(link).sees("This link doesn't work any more.")


def test_nothing_is_erased_without_a_yes(practice: Practice, client: Someone, shell: CommandLine) -> None:
    """A word other than yes leaves everything as it was."""
    assert client
    printed = shell.types("erase", practice.enrolment("Alias R").code, stdin="yes please\n")

    assert printed.complaint.startswith("Nothing was done: it was not confirmed.")
    assert len(practice.check_ins("Alias R")) == 1
