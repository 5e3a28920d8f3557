"""The main job, from the invitation to the digest."""

from tests.stories.practice import Practice


def test_a_client_who_no_longer_wants_to_return_leads_the_digest(practice: Practice) -> None:
    """The weekly digest names them first, with what they answered before."""
    therapist = practice.therapist()
    client = practice.client(therapist, "R")
    other = practice.client(therapist, "S", name="Sasha")

    practice.at("Tue 14:00").session_ends(therapist, "S")
    practice.at("Tue 16:00")
    other.sees("A short check-in is ready").answers("Start", "Yes", "Mostly", "Mostly", "Yes", "Done")

    practice.at("Thu 14:00").session_ends(therapist, "R")
    practice.at("Thu 16:00")
    client.sees("A short check-in is ready").taps("Start").taps("Yes").taps("Mostly").taps("Not really").taps("No")
    client.sees("What is it about?").taps("It isn't helping")
    client.sees("How should Dr. Weber take this up?", "Monday 9 March").taps("Contact me before our next session")
    therapist.sees("There is something new in your summary.").sees_nowhere("helping", "No (1 of 5)")
    client.sees("Anything you want Dr. Weber to know?").says("I am tired of it.")
    client.sees("Saved.", "Nobody reads this chat live.", "0800 000 000")
    client.taps("Done").sees("Thank you. This check-in is complete.")

    practice.at("Mon 08:00")
    therapist.sees("Your weekly summary is ready.", "No longer wants to come back", "R", "No (1 of 5)", "Steady", "S")
    therapist.sees("2 asked, 2 answered", "It isn't helping", "Contact me before our next session", "I am tired of it.")
