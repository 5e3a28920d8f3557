"""One account in several roles: two therapists and one client, and a therapist who is somebody's client."""

from tests.stories.practice import Practice


def test_two_therapists_and_one_client_with_both_cards_due(practice: Practice) -> None:
    """One card at a time: the second comes when the first is done, and each goes to its own therapist."""
    weber, lind = practice.therapist(), practice.therapist("Dr. Lind")
    client = practice.client(weber, "R")
    practice.enrols(client, lind, "Robin's")
    practice.at("Thu 14:00").session_ends(weber, "R").session_ends(lind, "Robin's").at("Thu 17:00")
    assert sum("check-in is ready" in message.text for message in client.chat) == 1

    client.answers("Start", "Yes", "Yes", "Yes", "Yes").sees("Anything you want Dr. Weber to know?").taps("Done")
    client.sees("A short check-in is ready.").answers("Start", "No", "No", "No", "Rather not", "Skip", "Skip")
    client.sees("Anything you want Dr. Lind to know?").says("For Lind only.").taps("Done")
    practice.at("Mon 08:00")
    weber.sees("Steady", "R").sees_nowhere("Lind only", "No longer")
    lind.sees("No longer wants to come back", "Robin's", "For Lind only.")


def test_the_second_card_comes_also_when_the_first_is_not_answered(practice: Practice) -> None:
    """A card that is passed over makes room for the one that waits."""
    weber, lind = practice.therapist(), practice.therapist("Dr. Lind")
    client = practice.client(weber, "R")
    practice.enrols(client, lind, "Q")
    practice.at("Thu 14:00").session_ends(weber, "R").at("Fri 12:00").session_ends(lind, "Q").at("Fri 15:00")
    client.sees("A short check-in is ready.").sees_in_chat("until Sunday 8 March, 14:00")
    client.taps("Not this time").sees("A short check-in is ready.", "until Monday 9 March, 12:00")


def test_stopping_with_one_of_two(practice: Practice) -> None:
    """With two therapists `/stop` asks which; the other goes on."""
    weber, lind = practice.therapist(), practice.therapist("Dr. Lind")
    client = practice.client(weber, "R")
    practice.enrols(client, lind, "Q")
    client.says("/stop").sees("Which check-ins do you want to stop?").taps("Dr. Lind")
    client.sees("No more check-ins about the work with Dr. Lind.").taps("Yes, stop")
    client.starts().sees("Dr. Weber: check-ins are on", "Dr. Lind: stopped")
    practice.at("Thu 14:00").session_ends(weber, "R").at("Thu 16:00")
    client.sees("A short check-in is ready.")


def test_one_account_as_therapist_and_as_client(practice: Practice) -> None:
    """A therapist may be somebody's client: each command and each text goes to the right side."""
    weber, lind = practice.therapist(), practice.therapist("Dr. Lind")
    own_client = practice.client(lind, "R")
    practice.enrols(lind, weber, "L")
    assert {"/pause", "/digest"} <= {command.partition(":")[0] for command in lind.phone.commands()}
    lind.says("/help").sees("What you can do here:", "/pause", "For your work:", "/digest")

    practice.at("Thu 14:00").session_ends(weber, "L").session_ends(lind, "R").at("Thu 16:01")
    lind.taps("Start").answers("Yes", "Yes", "Yes", "Not sure", "Skip", "Skip").says("As a client.").taps("Done")
    own_client.answers("Start", "Yes", "Yes", "Yes", "No", "Skip", "Contact me before our next session", "Done")
    lind.sees("There is something new in your summary.").taps("Show my summary").sees("No longer wants", "R")
    assert "As a client." not in lind.last.text
    weber.says("/digest").sees("Unsure about coming back", "L", "As a client.")

    lind.says("/deletemydata").sees("Your own desk as a therapist stays").taps("Yes, delete everything")
    lind.says("/clients").sees("R: check-ins are on")
    weber.says("/clients").sees("No clients yet.")
    assert "/pause: Pause the check-ins" not in lind.phone.commands()


def test_nobody_is_their_own_client(practice: Practice) -> None:
    """Therapists can't invite themselves."""
    therapist = practice.therapist()
    therapist.starts(practice.invitation(therapist, "Me")).sees("This link is for your client")
