"""A therapist's desk: the caseload, sessions, settings."""

from conversations.sessions import CheckInState
from tests.stories.practice import Practice


def test_the_caseload_and_a_clients_page(practice: Practice) -> None:
    """`/clients` has one line for each client, with buttons to their pages, which show no answers."""
    therapist = practice.therapist()
    therapist.says("/clients").sees("No clients yet.", "/invite")
    client = practice.client(therapist)
    practice.invitation(therapist, "S")
    practice.check_in(therapist, client, "Tue", "No", "Yes", "Yes", "Yes")

    therapist.says("/clients").sees(
        "Your clients:", "R: check-ins are on, last session Tue 3 Mar", "S: invited, link not"
    )
    assert therapist.labels == ["R", "S"]
    therapist.taps("R").sees("A client's page.", "R", f"Code: {practice.enrolment().code}", "Consent: check-ins are on")
    therapist.sees("Last session: Tuesday 3 March, 14:00", "Last check-in: answered, Tue 3 Mar")
    assert therapist.labels == ["Just ended", "Ended at …", "Cancel the one of Tue 3 Mar", "Remove"]
    therapist.says("/clients").taps("S")
    assert "Take the link back" in therapist.labels


def test_a_session_that_has_just_ended(practice: Practice) -> None:
    """One command and one tap log a session; a second tap is the same session."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    practice.at("Thu 14:00")
    therapist.says("/session r").sees("A session:", "R")
    assert therapist.labels == ["Just ended", "Ended at …"]
    card = therapist.card
    therapist.taps("Just ended", card).sees("Logged.", "Session with R, ended Thursday 5 March, 14:00.", "at 16:00.")
    therapist.taps("Just ended", card).sees("That one is logged already.", "Thursday 5 March, 14:00")
    assert len(practice.check_ins()) == 1
    practice.at("Thu 17:00")
    assert sum("check-in is ready" in message.text for message in client.chat) == 1


def test_undo(practice: Practice) -> None:
    """A slip is undone with one tap, before the check-in and after; then there is nothing left to undo."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    practice.at("Tue 14:00").session_ends(therapist)
    therapist.taps("Undo").sees("Cancelled.", "Session with R, ended Tuesday 3 March, 14:00. Nothing will be asked")
    therapist.taps("Undo").sees("That one is cancelled already.")
    practice.at("Tue 17:00")
    client.sees("All set.")

    practice.at("Thu 14:00").session_ends(therapist).at("Thu 16:00")
    client.sees("A short check-in is ready.")
    therapist.taps("Undo").sees("Cancelled.")
    client.sees("This check-in is closed.")
    assert [one.state for one in practice.check_ins()] == [CheckInState.CANCELLED] * 2


def test_cancelling_the_last_one(practice: Practice) -> None:
    """The last session can be cancelled from the client's page; a double tap cancels no other, and answers stay."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    practice.check_in(therapist, client, "Tue", "Yes", "Yes", "Yes", "Yes")
    practice.check_in(therapist, client, "Thu", "Yes", "Yes", "Yes", "Yes")
    therapist.says("/clients").taps("R")
    page = therapist.card
    therapist.taps("Cancel the one of Thu 5 Mar", page).sees("Thursday 5 March", "answered already; the answers stay.")
    therapist.taps("Cancel the one of Thu 5 Mar", page).sees("That one is cancelled already.", "Thursday 5 March")
    therapist.says("/clients").taps("R").sees("Last session: Tuesday 3 March, 14:00")


def test_ended_at_typed_well_and_badly(practice: Practice) -> None:
    """An end can be typed in many ways; what can't be read is asked for again, and nothing is logged twice."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    practice.at("Thu 15:00")
    therapist.says("/session R").taps("Ended at …").sees("When did it end? Write for example 14:30", "For R.")
    therapist.says("half past two").sees("That is not a day and time.")
    therapist.says("16:00 tomorrow").sees("That is not a day and time.")
    therapist.says("2026-03-05 16:00").sees("That is in the future.")
    therapist.says("1.1. 10:00").sees("That is more than 14 days ago.")
    therapist.says("14:30").sees("Logged.", "ended Thursday 5 March, 14:30.", "The check-in goes out at 16:30.")
    therapist.says("14:30").sees("I can't take messages here")
    practice.at("Thu 16:30")
    client.sees("A short check-in is ready.")

    therapist.says("/session R").taps("Ended at …").says("mon 9:00")
    therapist.sees("Logged.", "ended Monday 2 March, 09:00.", "That is too long ago, so nothing will be asked.")


def test_a_session_logged_late_is_asked_about_at_once(practice: Practice) -> None:
    """When the delay has passed already, the check-in goes out now."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    practice.at("Thu 12:00")
    therapist.says("/session R").taps("Ended at …").says("yesterday 18:00").sees("The check-in goes out now.")
    client.sees("A short check-in is ready.", "until Saturday 7 March, 18:00")


def test_a_client_is_removed(practice: Practice) -> None:
    """After one confirmation the client is told, the open card closes without a promise, and the name is free again."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    practice.at("Thu 14:00").session_ends(therapist).at("Thu 16:00")
    client.taps("Start")
    therapist.says("/clients").taps("R").taps("Remove").sees(
        "Remove a client?", "they get no more check-ins and are told"
    )
    therapist.taps("Never mind").sees("All right, nothing has changed.")
    therapist.taps("Yes, remove").sees("Removed.", "R is no longer on your list.")

    client.sees(
        "Your check-ins have ended.",
        "Dr. Weber has ended them here; this says nothing about your sessions.",
        "/deletemydata",
    )
    client.sees_in_chat("This check-in is closed.").sees_nowhere("another one")
    therapist.says("/clients").sees("No clients yet.").taps("Just ended").sees("I can't find that client among yours.")
    practice.at("Mon 08:00")
    therapist.sees("There is nothing to tell yet.")
    practice.client(therapist, "R", "Somebody else").sees("All set.")


def test_a_removed_invitation_no_longer_works(practice: Practice) -> None:
    """Removing somebody who has not opened the link takes the link back."""
    therapist = practice.therapist()
    code = practice.invitation(therapist, "R")
    therapist.taps("Open their page").taps("Remove").taps("Yes, remove")
    practice.someone().starts(code).sees("This link doesn't work any more.")


def test_settings(practice: Practice) -> None:
    """Day and hour of the summary and the time zone are changed in the chat, each with the next date."""
    therapist = practice.therapist()
    therapist.says("/settings").sees("Summary: Mondays at 08:00", "Time zone: Europe/Berlin, where it is 08:00")
    therapist.taps("Change the day").sees("On which day").taps("Friday").sees(
        "The next summary comes on Friday 6 March"
    )
    therapist.taps("Change the hour").sees("At what hour").says("late").sees("Please write an hour like 08:00.")
    therapist.says("17:30").sees("The next summary comes on Friday 6 March, 17:30 (Europe/Berlin).")
    therapist.taps("Change the time zone").says("Europe/London").sees("on Friday 6 March, 17:30 (Europe/London).")
    practice.at("Fri 18:29")
    therapist.sees_nowhere("Your weekly summary")
    practice.at("Fri 18:30")
    therapist.sees("Your weekly summary is ready.")


def test_help_for_a_therapist(practice: Practice) -> None:
    """`/help` and the menu list what a therapist can do."""
    therapist = practice.therapist()
    therapist.says("/help").sees("For your work:", "/clients", "/invite", "/session", "/digest", "/settings")
    therapist.says("/privacy").sees("Your privacy here.").says("/pause").sees("This command is for clients")
    assert "/digest: Your summary so far" in therapist.phone.commands()
    assert not [command for command in therapist.phone.commands() if command.startswith("/pause")]


def test_another_therapists_client_is_out_of_reach(practice: Practice) -> None:
    """A therapist sees and touches only their own caseload, even with a forged button."""
    weber, lind = practice.therapist(), practice.therapist("Dr. Lind")
    client = practice.client(weber)
    practice.check_in(weber, client, "Tue", "No", "Yes", "Yes", "Yes")
    code, [check_in] = practice.enrolment().code, practice.check_ins()

    lind.says("/session R").sees("I can't find that client among yours.")
    for data in (f"client:{code}", f"ended:{code}", f"removeyes:{code}", f"talked:{check_in.session}:low"):
        lind.forges(data).sees("I can't find that client among yours.")
    for data in (f"readall:{check_in.session}", f"undo:{check_in.session}"):
        lind.forges(data).sees("I can't find that client among yours.")
    for data in (f"pair:{code}", f"see:{check_in.session}", f"agree:{code}"):
        lind.forges(data).sees("This button is out of date.")
    lind.says("/digest").sees("There is nothing to tell yet.")
    assert len(practice.check_ins()) == 1
