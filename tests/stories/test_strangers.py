"""People and places that the bot is not for."""

from tests.stories.practice import Practice


def test_somebody_without_an_invitation(practice: Practice) -> None:
    """A stranger is told how it works; nothing is stored, and every command gets an answer."""
    stranger = practice.someone().starts()
    stranger.sees("This bot works by invitation.", "Practice on the Square", "Nothing is stored of you.", "Kim")
    stranger.says("/help").sees("What you can do here:").says("/stop").sees("This command is for clients")
    stranger.says("/invite R").sees("This command is for therapists.").says("/privacy").sees("Your privacy here.")
    stranger.says("I can't go on").sees("I can't take messages here, and what you wrote was not kept.", "0800 000 000")
    stranger.sends_voice().sees("I can only read text.", "0800 000 000")
    stranger.forges("erase").sees("This button is out of date.").forges("nonsense").sees("This button is out of date.")
    with practice.stored() as transaction:
        assert transaction.people.account(stranger.phone.user_id) is None


def test_a_foreign_button(practice: Practice) -> None:
    """A tap with another client's data does nothing and gets a friendly line."""
    therapist = practice.therapist()
    client, other = practice.client(therapist), practice.client(therapist, "S", "Sasha")
    practice.at("Thu 14:00").session_ends(therapist).at("Thu 16:00")
    data = next(button.data for row in client.card.buttons for button in row)
    assert data is not None
    other.forges(data).sees("This button is out of date.")
    other.forges(f"stopyes:{practice.enrolment('R').code}").sees("There are no check-ins to stop.")
    other.forges(f"private:{practice.check_ins()[0].session}").sees("This button is out of date.")
    client.sees("A short check-in is ready.")


def test_a_group_is_no_place_for_this_bot(practice: Practice) -> None:
    """Added to a group, the bot leaves at once and says nothing there."""
    therapist = practice.therapist()
    group = practice.world.group(-100, "Team")
    group.adds_bot(therapist.phone)
    practice.settles()
    assert group.left
    assert [message.text for message in group.sees() if message.from_bot] == []

    group.adds_bot(therapist.phone)
    group.says(therapist.phone, "/digest")
    practice.settles()
    assert group.left
    assert [message.text for message in group.sees() if message.from_bot] == []
