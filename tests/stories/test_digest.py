"""The weekly summary: whom to look at first, why, and nothing that was withheld."""

from bot.demo.telegram import FaultKind
from tests.stories.practice import Practice

A_QUIET_WEEK = """\
Your weekly summary is ready.

Monday 9 March 2026. Since the last one: 0 asked, 0 answered.

There is nothing to tell yet. /invite adds a client, /clients shows them."""

THE_WHOLE = """\
Your weekly summary is ready.

Monday 9 March 2026. Since the last one: 2 asked, 2 answered. Answers are numbers from 1 to 5, 5 best.

No longer wants to come back
R
Thu 5 Mar: “Do I want to go back?” Rather not (2 of 5).
Before: nothing, this was the first answer.
About: “My problem isn't understood”.
Their wish: “I'll raise it myself”.
Why it is here: an answer of 1 or 2 to this question.

Thu 5 Mar: “Do I feel relieved after I've been there?” No (1 of 5).
Why it is here: an answer of 1 or 2 to another question.

Thu 5 Mar: Comfortable talking 5 · Talking freely 4 · Relieved afterwards 1 · Wants to come back 2
I feel worse.
They would like to raise it themselves: leave room for it.

Steady
S
Tue 3 Mar: Comfortable talking 5 · Talking freely 5 · Relieved afterwards 4 · Wants to come back 5
Too little to tell a change: fewer than 4 earlier check-ins."""


def test_a_week_without_clients_or_answers_gets_one_line(practice: Practice) -> None:
    """Silence from the bot would be a riddle: an empty week is told as such."""
    therapist = practice.therapist()
    practice.at("2026-03-09 08:00")
    assert therapist.last.text == A_QUIET_WEEK


def test_a_whole_summary(practice: Practice) -> None:
    """Who no longer wants to come back is first; every signal states its rule and its answers."""
    therapist = practice.therapist()
    client, other = practice.client(therapist), practice.client(therapist, "S", "Sasha")
    practice.check_in(therapist, other, "Tue", "Yes", "Yes", "Mostly", "Yes", alias="S")
    practice.at("Thu 14:00").session_ends(therapist).at("Thu 16:00")
    client.answers("Start", "Yes", "Mostly", "No", "Rather not", "My problem isn't understood", "I'll raise it myself")
    client.says("I feel worse.").taps("Done")
    practice.at("Mon 08:00")

    assert therapist.last.text == THE_WHOLE
    assert therapist.labels == ["Talked about it: R (coming back)", "Talked about it: R (the low answer)"]


def test_a_drop_is_told_against_the_time_before(practice: Practice) -> None:
    """A rating two or more below the previous one is named as a change that may be a rupture, or may not."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    practice.check_in(therapist, client, "Mon", "Yes", "Yes", "Yes", "Yes")
    practice.check_in(therapist, client, "Fri", "Partly", "Mostly", "Yes", "Yes")
    practice.at("Mon 08:00")

    therapist.sees("Changed from their own usual", "A change that may be a rupture, or may not.")
    therapist.sees("Comfortable talking: 3, the time before 5.", "Why it is here: two or more below the time before.")


def test_every_kind_of_silence_is_named_for_what_it_is(practice: Practice) -> None:
    """None of them counts as "wants to come back"."""
    therapist = practice.therapist()
    practice.invitation(therapist, "A")
    practice.someone("B").starts(practice.invitation(therapist, "B")).taps("No, thanks")
    stopped, paused, gone, _ = (practice.client(therapist, alias, alias) for alias in ("C", "D", "E", "F"))
    unanswered = practice.client(therapist, "G", "G")
    practice.at("Tue 14:00").session_ends(therapist, "G").at("Fri 10:00").session_ends(therapist, "G")
    practice.at("2026-03-09 11:00")
    stopped.says("/stop").taps("Yes, stop")
    paused.says("/pause").taps("Until I resume")
    gone.blocks()
    therapist.says("/digest")

    therapist.sees("Not heard from", "A\nNot started yet", "C\nThey have stopped the check-ins.")
    therapist.sees(
        "D\nThey have paused the check-ins.", "E\nThe bot can't reach them", "G\nThe last two check-ins went"
    )
    therapist.sees("Nothing new", "F").sees_in_chat("B\nThey said no to check-ins.")
    practice.at("2026-03-30 08:00")
    therapist.sees("F\nNo session recorded for 21 days or more.")
    assert not [line for line in therapist.last.text.splitlines() if line in {"B", "C"}]
    unanswered.sees("closed")


def test_a_streak_of_best_answers_says_little(practice: Practice) -> None:
    """Three perfect check-ins in a row are marked as saying little."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    for day in ("Mon", "Wed", "Fri"):
        practice.check_in(therapist, client, day, "Yes", "Yes", "Yes", "Yes")
    practice.at("Mon 08:00")
    therapist.sees("Steady", "All best answers 3 times in a row, which says little.")


def test_a_long_summary_comes_in_several_messages(practice: Practice) -> None:
    """Split between entries, first section first, each message numbered."""
    therapist = practice.therapist()
    practice.world.flood_limits = False
    clients = {alias: practice.client(therapist, alias, alias) for alias in "ABCD"}
    practice.at("Thu 14:00")
    for alias in clients:
        practice.session_ends(therapist, alias)
    practice.at("Thu 16:10")
    for client in clients.values():
        client.answers("Start", "Skip", "Skip", "Skip", "Yes").says("word " * 99).says("more " * 99).taps("Done")
    clients["D"].answers("Change", "Skip", "Skip", "Skip", "No", "Skip", "Skip", "Done")
    practice.at("Mon 08:00")

    *_, first, second = therapist.chat
    assert first.text.partition("\n")[0] == "Your weekly summary is ready. Page 1 of 2."
    assert second.text.partition("\n")[0] == "Page 2 of 2."
    assert "No longer wants to come back\nD" in first.text
    assert "Comments\n" in second.text
    assert all(len(message.text) <= 4096 for message in (first, second))


def test_long_comments_are_cut_and_can_be_read_in_full(practice: Practice) -> None:
    """Five hundred characters are enough for the summary; "Read all" shows everything, word for word."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    practice.at("Thu 14:00").session_ends(therapist).at("Thu 16:00")
    client.answers("Start", "Yes", "Yes", "Yes", "Yes").says("a" * 600).says("short").taps("Done")
    practice.at("Mon 08:00")

    therapist.sees("a" * 499 + "…", "short").taps("Read all: R")
    therapist.sees_in_chat("What you asked to read.", "R, session of Thu 5 Mar", "a" * 600, "short")


def test_the_summary_so_far_can_be_had_at_any_time(practice: Practice) -> None:
    """`/digest` shows what there is; the weekly one tells it all again."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    therapist.says("/digest").sees("Your summary so far.", "Nothing new", "R")
    practice.check_in(therapist, client, "Thu", "Yes", "Mostly", "Yes", "Yes")
    therapist.says("/digest").sees("Your summary so far.", "1 asked, 1 answered", "Steady", "Talking freely 4")
    practice.at("Mon 08:00")
    therapist.sees("Your weekly summary is ready.", "1 asked, 1 answered", "Talking freely 4")


def test_what_is_withheld_while_the_summary_is_on_its_way_is_left_out(practice: Practice) -> None:
    """A summary that Telegram held up is composed anew when a client keeps answers private meanwhile."""
    therapist = practice.therapist()
    client, other = practice.client(therapist), practice.client(therapist, "S", "Sasha")
    practice.check_in(therapist, other, "Tue", "Yes", "Yes", "Yes", "I think so", alias="S")
    practice.check_in(therapist, client, "Thu", "No", "Yes", "Yes", "Yes")
    practice.fails(FaultKind.TOO_MANY_REQUESTS, "sendMessage", therapist, seconds=300).at("Mon 08:00")
    client.taps("Keep private").sees("Thank you. This check-in is kept private.")

    practice.later(minutes=6)
    therapist.sees("Your weekly summary is ready.", "Wants to come back 4", "R: answered, kept private")
    therapist.sees_nowhere("A low answer", "No (1 of 5)")


def test_what_is_erased_while_the_summary_is_on_its_way_is_left_out(practice: Practice) -> None:
    """The same holds when the client deletes everything."""
    therapist = practice.therapist()
    client, other = practice.client(therapist), practice.client(therapist, "S", "Sasha")
    practice.check_in(therapist, other, "Tue", "Yes", "Yes", "Yes", "I think so", alias="S")
    practice.check_in(therapist, client, "Thu", "No", "Yes", "Yes", "Yes")
    practice.fails(FaultKind.TOO_MANY_REQUESTS, "sendMessage", therapist, seconds=300).at("Mon 08:00")
    client.says("/deletemydata").taps("Yes, delete everything")

    practice.later(minutes=6)
    therapist.sees_in_chat("R has deleted everything").sees_in_chat("Your weekly summary is ready.", "Steady\nS")
    therapist.sees_nowhere("A low answer", "No (1 of 5)")
    assert therapist.screen.count("Your weekly summary is ready.") == 1


def test_an_answer_asked_for_and_withheld_in_the_same_moment(practice: Practice) -> None:
    """When what the therapist asked to see has just been withheld, a line says so and nothing is shown."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    practice.check_in(therapist, client, "Thu", "No", "Yes", "Yes", "Yes")
    practice.fails(FaultKind.TOO_MANY_REQUESTS, "sendMessage", therapist, seconds=60)
    therapist.says("/digest")
    client.taps("Keep private")
    practice.later(minutes=2)

    therapist.sees("Something changed while this was on its way, so it was not sent.").sees_nowhere("No (1 of 5)")


def test_a_change_from_the_usual_states_its_means(practice: Practice) -> None:
    """With four earlier check-ins, a mean below the client's own and the caseload's is told with both and their n."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    practice.world.flood_limits = False
    for number, day in enumerate(("Mon", "Wed", "Fri", "Sun")):
        last = "Yes" if number % 2 else "Mostly"
        practice.check_in(therapist, client, day, "Yes", "Yes", last, "Yes")
    practice.check_in(therapist, client, "Tue", "Mostly", "Mostly", "Mostly", "I think so")
    therapist.says("/digest")
    therapist.sees("Changed from their own usual", "Mean 4.0; their own usual 4.9 (SD 0.1, n = 4)")
    therapist.sees("your caseload 4.9 (SD 0.1, n = 4)", "a mean more than one standard deviation below both")
