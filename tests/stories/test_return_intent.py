"""The client who no longer wants to come back: what is asked, who is nudged, what the summary says."""

from tests.stories.practice import Practice


def test_a_no_is_taken_up_as_the_client_wishes(practice: Practice) -> None:
    """After "No" the client may say what it is about and how to take it up; the therapist is nudged without content."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    practice.check_in(therapist, client, "Mon", "Yes", "Yes", "Yes", "I think so")
    practice.at("Thu 14:00").session_ends(therapist).at("Thu 16:00")
    client.answers("Start", "Yes", "Mostly", "Mostly", "Rather not")
    client.sees("Thank you for saying so.", "What is it about?", "You don't have to say.").taps(
        "We don't want the same things"
    )
    client.sees("How should Dr. Weber take this up?", "on Monday 9 March at the latest", "If you keep them private")
    client.taps("Bring it up next session")

    assert therapist.lock_screen[-1] == "There is something new in your summary."
    therapist.taps("Show my summary").sees("Your summary so far.", "No longer wants to come back", "R")
    therapist.sees("Rather not (2 of 5)", "Before: I think so (Mon 2 Mar)", "About: “We don't want the same things”.")
    therapist.sees("Their wish: “Bring it up next session”.", "Why it is here: an answer of 1 or 2 to this question.")
    therapist.sees("You might open with: “I'm glad you could say that you'd rather not come back.")


def test_the_nudge_waits_while_the_client_is_still_choosing(practice: Practice) -> None:
    """A slip of the finger, or "Keep this private", stops the nudge; without another tap it goes out in ten minutes."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    heard = len(therapist.chat) + 2
    practice.at("Thu 14:00").session_ends(therapist).at("Thu 16:00")
    client.answers("Start", "Yes", "Yes", "Yes", "No").taps("Back").taps("Yes").taps("Done")
    practice.later(minutes=30)
    therapist.sees_nothing_new(since=heard)

    client.answers("Change", "✓ Yes", "✓ Yes", "✓ Yes", "No")
    practice.later(minutes=9)
    therapist.sees_nothing_new(since=heard)
    practice.later(minutes=2)
    therapist.sees("There is something new in your summary.").taps("Show my summary").sees("No (1 of 5)")


def test_keeping_it_private_stops_the_nudge(practice: Practice) -> None:
    """Nobody is nudged about answers that are kept private."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    practice.at("Thu 14:00").session_ends(therapist).at("Thu 16:00")
    client.answers("Start", "Yes", "Yes", "Yes", "No", "It isn't helping", "Keep this private", "Done")
    practice.later(hours=1)
    therapist.sees_nowhere("something new")


def test_the_nudge_can_be_switched_off(practice: Practice) -> None:
    """Without the nudge, the client's card still says on which day it will be seen at the latest."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    therapist.says("/settings").taps("Turn the nudge off").sees("wants to be contacted: off")
    practice.at("Thu 14:00").session_ends(therapist).at("Thu 16:00")
    client.answers("Start", "Yes", "Yes", "Yes", "No", "Skip").sees("Monday 9 March").taps(
        "Contact me before our next session"
    )
    client.taps("Done")
    practice.later(hours=1)
    therapist.sees_nowhere("something new").taps("Turn the nudge on").sees("wants to be contacted: on")


def test_one_nudge_is_enough(practice: Practice) -> None:
    """However often the answers are changed, the therapist is nudged once about a check-in."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    practice.at("Thu 14:00").session_ends(therapist).at("Thu 16:00")
    client.answers("Start", "Yes", "Yes", "Yes", "No", "Skip", "Contact me before our next session", "Done")
    client.answers("Change", "✓ Yes", "✓ Yes", "✓ Yes", "Rather not", "Skip", "Just know it", "Done")
    practice.later(hours=1)
    assert therapist.screen.count("There is something new in your summary.") == 1


def test_unsure_and_wanting_to_be_contacted(practice: Practice) -> None:
    """ "Not sure" alone nudges nobody; wanting to be contacted does, and the summary names both."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    practice.at("Thu 14:00").session_ends(therapist).at("Thu 16:00")
    client.answers("Start", "Yes", "Yes", "Yes", "Not sure", "Time, money or distance")
    practice.later(hours=1)
    therapist.sees_nowhere("something new")
    client.answers("Contact me before our next session", "Done")
    therapist.sees("There is something new in your summary.")

    practice.at("Mon 08:00")
    therapist.sees("Asked to be contacted", "R", "Thu 5 Mar: would like to be contacted before the next session.")
    therapist.sees("Not sure (3 of 5)", "an answer of 3 to this question", "You asked me to get in touch.")
    assert therapist.labels == ["Talked about it: R (contact)", "Talked about it: R (being unsure)"]


def test_talked_about_it_closes_a_signal(practice: Practice) -> None:
    """An open signal comes back every week until the therapist taps "Talked about it"."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    practice.at("Thu 14:00").session_ends(therapist).at("Thu 16:00")
    client.answers("Start", "Yes", "Yes", "Yes", "No", "Skip", "Skip", "Done")

    for monday in ("2026-03-09", "2026-03-16"):
        practice.at(f"{monday} 08:00")
        therapist.sees("No longer wants to come back", "Thu 5 Mar: “Do I want to go back?” No (1 of 5).")
        therapist.sees("Before: nothing, this was the first answer.")
    therapist.taps("Talked about it: R").sees("For R: this comes up again only if a later check-in says so.")
    practice.at("2026-03-23 08:00")
    therapist.sees("Your weekly summary is ready.", "Nothing new", "R")
    assert "No longer" not in therapist.last.text


def test_a_signal_of_an_earlier_session_can_still_be_taken_up(practice: Practice) -> None:
    """Also weeks later, when there are newer answers, and all of them have been shown."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    practice.at("Thu 14:00").session_ends(therapist).at("Thu 16:00")
    client.answers("Start", "Yes", "Yes", "Yes", "No", "Skip", "Skip", "Done")
    practice.at("Mon 08:00")
    therapist.sees("No longer wants to come back", "Thu 5 Mar")
    practice.check_in(therapist, client, "Thu", "Yes", "Yes", "Yes", "Yes")
    practice.at("Mon 08:00")
    therapist.sees("No longer wants to come back", "Thu 5 Mar", "Thu 12 Mar")

    therapist.taps("Talked about it: R").sees("For R: this comes up again only if a later check-in says so.")


def test_the_promised_day_holds_when_the_therapist_moves_the_summary(practice: Practice) -> None:
    """A later day for the summary begins after the one that clients were told."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    practice.check_in(therapist, client, "Thu", "Yes", "Yes", "Yes", "Yes")
    client.sees("on Monday 9 March at the latest")

    therapist.says("/settings").taps("Change the day").taps("Wednesday")
    therapist.sees("The next summary comes on Monday 9 March, 08:00 (Europe/Berlin).", "After it: Wednesdays at 08:00.")
    practice.at("Mon 08:00")
    therapist.sees("Your weekly summary is ready.", "Steady", "R")
    practice.at("Wed 08:00")
    therapist.sees("Wednesday 11 March 2026. Since the last one: 0 asked, 0 answered.")
