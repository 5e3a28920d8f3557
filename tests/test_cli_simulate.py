"""`alliance simulate`: what would be sent to whom and when, sending nothing."""

import pytest

from tests.command_line import CommandLine
from tests.stories.practice import BERLIN, Practice


def stored(practice: Practice) -> dict[str, list[dict[str, object]]]:
    """Return every row of every table."""
    with practice.stored() as transaction:
        engine = transaction.people.engine
        return {table: engine.query(f"SELECT * FROM {table}") for table in engine.tables()}  # noqa: S608, names from the schema


def test_a_week_is_shown_in_the_recipients_time_by_code_and_kind(practice: Practice, shell: CommandLine) -> None:
    """The check-in two hours after the session, the reminder a day later, and the digest on Monday."""
    therapist = practice.therapist()
    client = practice.client(therapist, "Alias R")
    client.says("/timezone Europe/Lisbon")
    practice.at("Thu 14:00").session_ends(therapist, "Alias R")
    with practice.stored() as transaction:
        [desk] = transaction.people.therapists()
    code = practice.enrolment("Alias R").code

    printed = shell.types("simulate", "--days", "7")

    assert printed.lines == [
        f"2026-03-05 Thu 15:00 Europe/Lisbon  client {code}  check-in",
        f"2026-03-06 Fri 15:00 Europe/Lisbon  client {code}  reminder",
        f"2026-03-09 Mon 08:00 Europe/Berlin  therapist {desk.id}  digest",
        "3 messages in 7 days, if nobody writes, answers or logs a session. Nothing was sent.",
    ]
    assert printed.err == ""


def test_what_is_shown_is_what_then_happens(practice: Practice, shell: CommandLine) -> None:
    """The bot, run through the same days in silence, sends at these minutes to these chats and at no other."""
    therapist = practice.therapist()
    clients = {alias: practice.client(therapist, alias, name=alias) for alias in ("R", "S", "T")}
    practice.at("Tue 20:00").session_ends(therapist, "R").session_ends(therapist, "S")
    clients["T"].says("/pause").taps("1 week")
    practice.session_ends(therapist, "T")
    whose = {f"client {practice.enrolment(alias).code}": one.phone.user_id for alias, one in clients.items()}
    practice.world.calls.clear()
    shown = shell.types("simulate", "--days", "7").lines[:-1]

    practice.later(days=7)

    happened = [
        (f"{call.at.astimezone(BERLIN):%Y-%m-%d %a %H:%M}", call.chat_id)
        for call in practice.world.calls
        if call.method == "sendMessage"
    ]
    parts = [line.split("  ") for line in shown]
    assert happened == [
        (when.removesuffix(" Europe/Berlin"), whose.get(whom, therapist.phone.user_id)) for when, whom, _ in parts
    ]
    assert [what for _, _, what in parts] == ["check-in", "check-in", "reminder", "reminder", "digest"]


def test_nothing_is_sent_and_the_database_stays_as_it_is(practice: Practice, shell: CommandLine) -> None:
    """Neither a row nor Telegram knows that a simulation took place."""
    therapist = practice.therapist()
    practice.client(therapist)
    practice.session_ends(therapist)
    before, calls = stored(practice), practice.world.calls_made

    assert shell.types("simulate").exit_code == 0

    assert stored(practice) == before
    assert practice.world.calls_made == calls


def test_the_file_is_the_same_byte_for_byte(practice: Practice, shell: CommandLine) -> None:
    """With the bot stopped, the file is only read."""
    practice.client(practice.therapist())
    practice.goes_down()
    file = shell.folder / "data" / "alliance.db"
    before = file.read_bytes()

    assert shell.types("simulate").exit_code == 0

    assert file.read_bytes() == before


def test_a_stop_that_lies_waiting_is_heard_first(practice: Practice, shell: CommandLine) -> None:
    """What is in the inbox and not handled yet counts."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    practice.at("Thu 14:00").session_ends(therapist)
    client.says("/stop")
    practice.is_up = False  # what comes now is received by hand, and not handled
    client.taps("Yes, stop")
    practice.stage.runner.run(practice.app.receiver.step())
    practice.is_up = True

    lines = shell.types("simulate", "--days", "3").lines

    assert not [line for line in lines if line.endswith(("check-in", "reminder"))]


def test_a_therapist_who_stays_away_costs_clients_a_notice(practice: Practice, shell: CommandLine) -> None:
    """Seven days after a therapist left, no row tells that something is due; it is shown all the same."""
    therapist = practice.therapist()
    practice.client(therapist)
    practice.at("Mon 12:00")
    therapist.blocks()

    lines = shell.types("simulate", "--days", "8").lines

    assert lines[0] == f"2026-03-09 Mon 12:00 Europe/Berlin  client {practice.enrolment().code}  notice"


def test_what_is_put_off_is_shown_at_the_hour_to_which_it_is(practice: Practice, shell: CommandLine) -> None:
    """A notice that was queued at night waits for the morning, in the simulation too."""
    practice.client(practice.therapist())
    practice.at("Mon 23:00")
    shell.types("therapist", "remove", shell.types("therapist", "list").out.partition(" ")[0], "--yes")

    lines = shell.types("simulate", "--days", "1").lines

    assert lines[0] == f"2026-03-03 Tue 09:00 Europe/Berlin  client {practice.enrolment().code}  notice"


def test_a_quiet_practice_needs_no_messages(practice: Practice, shell: CommandLine) -> None:
    """With nobody enrolled there is one line, which says so."""
    assert practice
    assert shell.types("simulate", "--days", "1").out == (
        "0 messages in 1 day, if nobody writes, answers or logs a session. Nothing was sent.\n"
    )


@pytest.mark.parametrize("days", ["0", "367", "many"])
def test_days_are_a_number_up_to_a_year(shell: CommandLine, days: str) -> None:
    """Anything else is one line."""
    assert "--days" in shell.types("simulate", "--days", days).complaint
