"""A check-in from the card to the last word."""

from conversations.sessions import Answer, CheckInState
from tests.stories.practice import Practice, Someone


def _with_a_card(practice: Practice) -> tuple[Someone, Someone]:
    therapist = practice.therapist()
    client = practice.client(therapist)
    practice.at("Thu 14:00").session_ends(therapist).at("Thu 16:00")
    return therapist, client


def _ratings(practice: Practice) -> dict[str, int | None]:
    [check_in] = practice.check_ins()
    return {answer.question: answer.rating for answer in check_in.answers if isinstance(answer, Answer)}


def test_a_full_check_in_is_one_card_with_one_question_at_a_time(practice: Practice) -> None:
    """Two hours after the session a card comes; it is edited in place through four questions to a neutral line."""
    _, client = _with_a_card(practice)
    heard = len(client.chat)
    client.sees("A short check-in is ready.", "Four questions, about a minute.", "until Sunday 8 March, 14:00")
    assert client.labels == ["Start", "Not this time", "We didn't meet"]

    client.taps("Start").sees("1 of 4", "Do I feel comfortable talking to my therapist?")
    assert client.labels == ["Yes", "Mostly", "Partly", "Not really", "No", "Back", "Skip"]
    client.taps("Mostly").sees("2 of 4", "Am I able to talk freely in sessions?")
    client.taps("Partly").sees("3 of 4", "Do I feel relieved after I've been there?")
    client.taps("Yes").sees("4 of 4", "Do I want to go back?")
    client.taps("I think so").sees("Almost done.", "Anything you want Dr. Weber to know?")
    client.taps("Done").sees(
        "Thank you. This check-in is complete.", "Dr. Weber is sent your answers on Monday 9 March"
    )
    assert client.labels == ["See my answers", "Change", "Keep private"]

    client.sees_nothing_new(since=heard)
    assert _ratings(practice) == {"comfortable": 4, "freely": 3, "relieved": 5, "return": 4}
    assert not practice.world.unanswered_taps()


def test_skip_back_and_change(practice: Practice) -> None:
    """Every question can be skipped, gone back to, and changed after the end."""
    _, client = _with_a_card(practice)
    client.taps("Start").taps("Skip").taps("Mostly").sees("3 of 4").taps("Back").sees("2 of 4")
    assert "✓ Mostly" in client.labels
    client.taps("Back").taps("Back").sees("A short check-in is ready.").taps("Start")
    client.answers("Partly", "No", "Skip", "Yes").sees("Almost done.")
    client.taps("Back").sees("4 of 4").taps("✓ Yes").taps("Done")
    client.taps("See my answers").sees(
        "What you answered:", "comfortable talking to my therapist? Partly", "(no answer)"
    )
    assert client.labels == ["Hide", "Change", "Keep private"]

    client.taps("Change").sees("1 of 4").answers("Yes", "✓ No", "Mostly", "✓ Yes", "Done")
    assert _ratings(practice) == {"comfortable": 5, "freely": 1, "relieved": 4, "return": 5}


def test_changing_halfway_does_not_hide_the_answers(practice: Practice) -> None:
    """Whoever begins to change answers and leaves it is still told of on the day that was promised."""
    therapist, client = _with_a_card(practice)
    client.answers("Start", "Yes", "Yes", "Yes", "Yes", "Done")
    practice.at("Sun 10:00")
    client.taps("Change").taps("Mostly")

    practice.at("Mon 08:00")
    therapist.sees("Comfortable talking 4", "Wants to come back 5")


def test_without_done_the_answers_are_still_sent_on_the_promised_day(practice: Practice) -> None:
    """Who never taps Done after the last question is told of in the next summary; a later comment in the one after."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    practice.at("Sat 20:00").session_ends(therapist).at("Sun 09:00")
    client.answers("Start", "Yes", "Yes", "Yes", "No", "Skip").sees("on Monday 9 March at the latest").taps("Skip")

    practice.at("Mon 08:00")
    therapist.sees("1 asked, 1 answered", "No longer wants to come back", "No (1 of 5)")
    client.taps("Back").sees("Too late to change.", "Dr. Weber was sent these answers on Monday 9 March.")
    practice.later(minutes=5)
    client.says("It is about the chairs.").sees("Saved.", "Monday 16 March").taps("Done")
    practice.at("2026-03-16 08:00")
    therapist.sees("0 asked, 1 answered", "It is about the chairs.")


def test_typed_answers_count_like_taps(practice: Practice) -> None:
    """A number or the words of an answer can be typed; the card follows below."""
    _, client = _with_a_card(practice)
    client.taps("Start").says("4").sees("2 of 4").says("not really").sees("3 of 4").says("5").says("yes")
    client.sees("Almost done.").taps("Done")

    assert _ratings(practice) == {"comfortable": 4, "freely": 2, "relieved": 5, "return": 5}


def test_what_cannot_be_taken_is_said_so(practice: Practice) -> None:
    """Voice, pictures and other words get an honest line with who can be reached, and the question comes again."""
    _, client = _with_a_card(practice)
    client.taps("Start").sends_voice()
    client.sees("I can only read text. What you sent was not kept.", "Nobody reads this chat live.", "0800", "1 of 4")
    client.sends_photo().sees("I can only read text.")
    client.says("I don't know, he never listens").sees("Please tap one of the answers", "not kept", "0800", "1 of 4")
    assert _ratings(practice) == {}
    assert [sum("1 of 4" in message.text for message in client.chat)] == [1]


def test_comments_are_collected_until_done(practice: Practice) -> None:
    """Each comment is answered with what becomes of it; all can be removed before the end."""
    therapist, client = _with_a_card(practice)
    client.answers("Start", "Yes", "Yes", "Yes", "Yes").says("One.")
    client.sees("Saved.", "It goes with your answers. Dr. Weber is sent your answers on Monday 9 March", "Nobody reads")
    client.says("Two.").sees("You wrote:", "Two.", "Write more if you like, then tap Done.")
    client.taps("Remove what I wrote").sees("Almost done.").sees("If so, write it here").says("Three.").taps("Done")
    client.taps("See my answers").sees("Three.").taps("Hide")

    practice.at("Mon 08:00")
    therapist.sees("Comments", "R", "Three.").sees_nowhere("One.", "Two.")


def test_a_text_after_the_end_goes_nowhere(practice: Practice) -> None:
    """When nothing is asked, a text is not kept, and the answer says so and who can be reached."""
    therapist, client = _with_a_card(practice)
    client.answers("Start", "Yes", "Yes", "Yes", "Yes", "Done").says("One more thing")
    client.sees("I can't take messages here, and what you wrote was not kept.", "Nobody reads", "0800 000 000")
    practice.at("Mon 08:00")
    therapist.sees_nowhere("One more thing")


def test_not_this_time(practice: Practice) -> None:
    """A check-in can be passed over without a reason, and counts as no answer."""
    therapist, client = _with_a_card(practice)
    client.taps("Not this time").sees("All right, not this time.", "after your next session")
    assert [one.state for one in practice.check_ins()] == [CheckInState.SKIPPED]
    practice.at("Mon 08:00")
    therapist.sees("1 asked, 0 answered")


def test_we_did_not_meet(practice: Practice) -> None:
    """For a session that never was, one tap clears the check-in; when it was held later, it can be logged again."""
    therapist, client = _with_a_card(practice)
    client.taps("We didn't meet").sees("Thank you for telling me. I've cleared this one.")
    therapist.says("/clients").taps("R").sees("Last session: none logged", "Last check-in: cancelled")


def test_nothing_answered_is_no_answer(practice: Practice) -> None:
    """Skipping everything is the same as passing over the check-in."""
    _, client = _with_a_card(practice)
    client.answers("Start", "Skip", "Skip", "Skip", "Skip", "Done").sees("All right, not this time.")


def test_private_answers_appear_nowhere_for_the_therapist(practice: Practice) -> None:
    """A check-in kept private is counted, and nothing else of it is ever told."""
    therapist, client = _with_a_card(practice)
    client.answers("Start", "No", "No", "No").says("2").answers("My pain isn't seen", "Keep this private")
    client.says("Please don't tell.").sees(
        "You are keeping this check-in private: Dr. Weber sees only that you answered."
    ).taps("Done")
    client.sees("Thank you. This check-in is kept private.")
    therapist.says("/digest").sees("Your summary so far.", "1 of these kept private", "answered, kept private")
    practice.at("Mon 08:00")

    therapist.sees("1 asked, 1 answered. 1 of these kept private.", "R: answered, kept private")
    therapist.sees_nowhere("something new", "No longer", "pain", "of 5", "don't tell", "A low answer")


def test_private_and_shared_after_all(practice: Practice) -> None:
    """Until the therapist has been shown the answers, the client may withhold and share them; then it is too late."""
    therapist, client = _with_a_card(practice)
    client.answers("Start", "Yes", "Mostly", "Yes", "Yes", "Done")
    client.taps("Keep private").sees("kept private").taps("Share after all").sees("complete")
    therapist.says("/digest").sees("Talking freely 4")

    client.taps("Keep private").sees("Too late to change.", "Dr. Weber was sent these answers on Thursday 5 March.")
    client.taps("Change").sees("Too late to change.").taps("See my answers").sees_on_card("What you answered:")


def test_the_time_to_change_ends_with_the_check_in(practice: Practice) -> None:
    """After three days answers stay as they are, but can still be kept private while nobody has seen them."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    practice.check_in(therapist, client, "Mon", "Yes", "Yes", "Yes", "Yes")
    practice.at("Fri 12:00")
    client.taps("Change").sees("The time for changing these answers is over.")
    client.taps("Keep private").sees_on_card("kept private")
