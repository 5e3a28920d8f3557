"""`alliance session`: one on the command line, many in a file, all of them or none."""

import pytest

from tests.command_line import CommandLine
from tests.stories.practice import Practice, Someone


@pytest.fixture
def therapist(practice: Practice) -> Someone:
    """A therapist with one client, R, on Tuesday at noon."""
    therapist = practice.therapist()
    practice.client(therapist, "R")
    practice.at("Tue 12:00")
    return therapist


@pytest.fixture
def code(practice: Practice, therapist: Someone) -> str:
    """The code of R."""
    assert therapist
    return practice.enrolment("R").code


def imports(shell: CommandLine, content: str | bytes) -> tuple[int, str, list[str]]:
    """Import a file; return the exit code, standard output and the lines of standard error."""
    (shell.folder / "sessions.csv").write_bytes(content.encode() if isinstance(content, str) else content)
    printed = shell.types("session", "import", "sessions.csv")
    return printed.exit_code, printed.out, printed.err.splitlines()


def test_a_session_is_logged_in_the_therapists_zone(practice: Practice, shell: CommandLine, code: str) -> None:
    """Half past two in Berlin is half past one in UTC, and the check-in follows two hours later."""
    printed = shell.types(
        "session", "add", code.lower(), "--ended-at", "2026-03-03 14:30", "--started-at", "2026-03-03T13:40"
    )

    [check_in] = practice.check_ins("R")
    assert printed.out == f"Session of {code} that ends 2026-03-03 14:30 (Europe/Berlin): logged.\n"
    assert f"{check_in.due_at:%Y-%m-%d %H:%M}" == "2026-03-03 15:30"


def test_an_offset_is_understood(shell: CommandLine, code: str) -> None:
    """Calendars write offsets."""
    printed = shell.types("session", "add", code, "--ended-at", "2026-03-03T13:30:00Z")

    assert printed.out == f"Session of {code} that ends 2026-03-03 14:30 (Europe/Berlin): logged.\n"


def test_the_same_session_is_logged_once(practice: Practice, shell: CommandLine, code: str) -> None:
    """A repeated command says that it is known."""
    shell.types("session", "add", code, "--ended-at", "2026-03-03 14:30")

    printed = shell.types("session", "add", code, "--ended-at", "2026-03-03 14:30")

    assert printed.out.endswith(": known already.\n")
    assert len(practice.check_ins("R")) == 1


def test_a_session_of_last_week_is_logged_but_not_asked_about(shell: CommandLine, code: str) -> None:
    """The operator learns that it is too late to ask."""
    assert shell.types("session", "add", code, "--ended-at", "2026-02-23 14:30").out.endswith("too late to ask.\n")


def test_a_session_of_somebody_who_has_stopped_is_not_logged(
    practice: Practice, therapist: Someone, shell: CommandLine
) -> None:
    """The command fails and says why."""
    stopped = practice.enrols(practice.someone("Sasha"), therapist, "T")
    stopped.says("/stop").taps("Yes, stop")

    printed = shell.types("session", "add", practice.enrolment("T").code, "--ended-at", "2026-03-03 11:00")

    assert "not logged, since the client stopped" in printed.complaint


@pytest.mark.parametrize(
    ("times", "complaint"),
    [
        (("14:30", ""), "That is not a date and time. Write it as 2026-03-05T14:30"),
        (("2026-03-03", ""), "That is not a date and time."),
        (("", ""), "There is no end. Write it as 2026-03-05 14:30."),
        (("2026-03-03 14:30", "2026-03-03 15:00"), "The session ends before it starts. Check both times."),
        (("2026-03-03 14:30", "2026-03-01 14:00"), "The session is longer than a day. Check both times."),
        (("2026-03-03 14:30", "soon"), "That is not a date and time."),
        (("2062-03-03 14:30", ""), "The end is more than a year ahead. Check the year."),
        (("0202-03-03 14:30", ""), "The end is more than ten years ago. Check the year."),
    ],
)
def test_wrong_times_are_one_line(
    practice: Practice, shell: CommandLine, code: str, times: tuple[str, str], complaint: str
) -> None:
    """The line says what is wrong, and nothing is logged."""
    printed = shell.types("session", "add", code, "--ended-at", times[0], "--started-at", times[1])

    assert printed.complaint.startswith(complaint)
    assert practice.check_ins("R") == []


def test_an_unknown_code_is_one_line(shell: CommandLine, code: str) -> None:
    """The line says where codes are to be found."""
    assert code
    printed = shell.types("session", "add", "NOBODY", "--ended-at", "2026-03-03 14:30")

    assert printed.complaint.startswith("There is no client with the code NOBODY. The therapist sees it on the ")


def test_a_file_is_imported_and_summed_up(practice: Practice, shell: CommandLine, code: str) -> None:
    """Logged, known already and too late to ask are counted each."""
    shell.types("session", "add", code, "--ended-at", "2026-03-03 09:00")
    rows = ("2026-03-03 09:00", "2026-02-01 10:00", "2026-03-03 14:30", "2026-03-05 14:30")

    exit_code, out, _ = imports(shell, "code,start,end\n" + "".join(f"{code},,{row}\n" for row in rows))

    assert (exit_code, out) == (
        0,
        "4 sessions read: 2 logged, 1 known already, 1 logged, but too late to ask.\n",
    )
    assert len(practice.check_ins("R")) == 4


def test_the_sessions_of_one_client_in_a_file_know_of_each_other(
    practice: Practice, shell: CommandLine, code: str
) -> None:
    """As when they are logged one by one, the time for an answer ends where the next session starts."""
    imports(shell, f"code,start,end\n{code},,2026-03-03 09:00\n{code},2026-03-04 08:00,2026-03-04 09:00\n")

    first, second = practice.check_ins("R")
    assert f"{first.expires_at:%d. %H:%M}" == "04. 07:00"
    assert second.expires_at > first.expires_at


@pytest.mark.parametrize(
    "layout",
    [
        "code,start,end\nCODE,2026-03-03 13:40,2026-03-03 14:30\n",
        "End;Code;Start\r\n2026-03-03 14:30;CODE;\r\n",
        "\ufeffcode;end;start\n\nCODE;2026-03-03T14:30;2026-03-03T13:40\n;;\n",
        'code,start,end\n"CODE","","2026-03-03 14:30"',
        " code , start , end \n CODE , , 2026-03-03 14:30 \n",
    ],
)
def test_common_layouts_are_understood(practice: Practice, shell: CommandLine, code: str, layout: str) -> None:
    """Columns in any order, commas or semicolons, a byte order mark, quotes, empty lines, Windows line ends."""
    assert imports(shell, layout.replace("CODE", code))[:2] == (0, "1 session read: 1 logged.\n")
    assert len(practice.check_ins("R")) == 1


def test_every_bad_row_is_named_and_nothing_is_imported(practice: Practice, shell: CommandLine, code: str) -> None:
    """One wrong line keeps all others out, so that the corrected file can simply be imported again."""
    content = (
        "code,start,end\n"
        f"{code},,2026-03-03 14:30\n"
        "NOBODY,,2026-03-03 14:30\n"
        f"{code},2026-03-04 15:00,2026-03-04 14:30\n"
        "\n"
        f"{code},,\n"
        f"{code},,2026-03-03 14:30\n"
        f"{code},,tomorrow\n"
        f"{code},2026-03-06 14:30\n"
        f"{code},,2036-03-03 14:30\n"
    )

    exit_code, out, lines = imports(shell, content)

    assert (exit_code, out) == (1, "")
    assert lines == [
        "line 3: There is no client with the code NOBODY. The therapist sees it on the client's page in /clients.",
        "line 4: The session ends before it starts. Check both times.",
        "line 6: There is no end. Write it as 2026-03-05 14:30.",
        "line 7: This is the same session as in line 2. Remove one of them.",
        "line 8: That is not a date and time. Write it as 2026-03-05T14:30, or with an offset as "
        "2026-03-05T14:30+01:00.",
        "line 9: There are 2 fields where the first line has 3. Check the separators.",
        "line 10: The end is more than a year ahead. Check the year.",
        "Nothing was imported. Correct these lines and import the file again.",
    ]
    assert practice.check_ins("R") == []


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "The first line must name the columns code, start, end, in any order, and no others."),
        ("a,b,c\n1,2,3\n", "The first line must name the columns code, start, end, in any order, and no others."),
        ("code,start,end\n", "The file has no sessions below its first line."),
        ("code,start,end\nü".encode("latin-1"), "The file is not text in UTF-8. Save it as CSV in UTF-8."),
        ('code,start,end\n"R"x,,\n', "line 2: This can't be read as CSV. Check the quotation marks."),
    ],
)
def test_what_is_no_such_file_is_refused(shell: CommandLine, code: str, content: str | bytes, complaint: str) -> None:
    """The first line of the complaint says what the file should be."""
    assert code
    exit_code, out, lines = imports(shell, content)

    assert (exit_code, out, lines[0]) == (1, "", complaint)


def test_a_missing_file_is_one_line(shell: CommandLine) -> None:
    """The line names the file."""
    assert "'nowhere.csv'" in shell.types("session", "import", "nowhere.csv").complaint


def test_a_file_may_come_from_standard_input(shell: CommandLine, code: str) -> None:
    """A dash reads what another program writes."""
    printed = shell.types("session", "import", "-", stdin=f"code,start,end\n{code},,2026-03-03 14:30\n")

    assert printed.out == "1 session read: 1 logged.\n"
