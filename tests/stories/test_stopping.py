"""A client's own affairs: pause, stop, see and delete what is stored."""

import json

import pytest

from conversations.people import EnrolmentState
from conversations.sessions import CheckInState
from tests.stories.practice import Practice, Someone


def _client(practice: Practice) -> tuple[Someone, Someone]:
    therapist = practice.therapist()
    return therapist, practice.client(therapist)


def test_a_pause_asks_nothing_meanwhile(practice: Practice) -> None:
    """While paused no check-in comes, and none is made up for afterwards."""
    therapist, client = _client(practice)
    client.says("/pause").sees("For how long should I pause?").taps("1 week")
    client.sees("Paused until Monday 9 March.", "/resume ends the pause")
    practice.at("Thu 14:00").session_ends(therapist).at("Thu 20:00")
    client.sees("Paused until")
    therapist.says("/clients").taps("R").sees("Paused by the client.")

    practice.at("2026-03-10 14:00").session_ends(therapist).at("2026-03-10 16:00")
    client.sees("A short check-in is ready.")
    assert [one.state for one in practice.check_ins()] == [CheckInState.CANCELLED, CheckInState.SENT]


def test_a_pause_can_be_ended_at_any_time(practice: Practice) -> None:
    """`/resume` switches check-ins on again."""
    therapist, client = _client(practice)
    client.says("/resume").sees("The check-ins are not paused.")
    client.says("/pause").taps("Until I resume").sees("Paused until you send /resume.")
    client.says("/resume").sees("Check-ins are on again.")
    practice.at("Thu 14:00").session_ends(therapist).at("Thu 16:00")
    client.sees("A short check-in is ready.")


def test_nobody_is_reminded_during_a_pause(practice: Practice) -> None:
    """An open card stays answerable, but no reminder comes."""
    therapist, client = _client(practice)
    practice.at("Tue 14:00").session_ends(therapist).at("Tue 16:00")
    client.says("/pause").taps("1 week")
    heard = len(client.chat)
    practice.at("Thu 12:00")
    client.sees_nothing_new(since=heard).taps("Start").sees_in_chat("1 of 4", "Paused until")


@pytest.mark.parametrize("command", ["/stop", "/pause", "/deletemydata"])
def test_nobody_is_asked_while_they_decide_whether_to_go_on(practice: Practice, command: str) -> None:
    """A check-in that falls due waits until they have chosen; who goes on gets it then."""
    therapist, client = _client(practice)
    practice.at("Thu 14:00").session_ends(therapist).at("Thu 15:59")
    client.says(command)
    heard = len(client.chat)
    practice.at("Thu 18:00")
    client.sees_nothing_new(since=heard).taps("Never mind")
    practice.later(minutes=1)
    client.sees_in_chat("All right, nothing has changed.", "A short check-in is ready.")


def test_what_was_typed_during_a_downtime_is_heard_before_anybody_is_asked(practice: Practice) -> None:
    """They are asked whether they want to stop, and nothing else; then they stop."""
    therapist, client = _client(practice)
    practice.at("Thu 14:00").session_ends(therapist).at("Thu 15:00")
    heard = len(client.chat)
    practice.goes_down()
    client.phone.says("/stop")
    practice.comes_back(hours=5)
    practice.later(hours=1)
    assert [message.text.partition("\n")[0] for message in client.chat[heard:] if message.from_bot] == [
        "Do you want to stop?"
    ]
    client.taps("Yes, stop").sees("Stopped.")
    heard = len(client.chat)
    practice.later(days=3)
    client.sees_nothing_new(since=heard)


def test_who_leaves_the_question_open_is_asked_again_a_day_later(practice: Practice) -> None:
    """Without a choice nothing has changed, so what still can be asked is asked; the reminder waits as well."""
    therapist, client = _client(practice)
    practice.at("Thu 14:00").session_ends(therapist).at("Thu 15:00")
    client.says("/stop")
    practice.at("Fri 14:00")
    client.sees("Do you want to stop?")
    practice.at("Fri 15:01")
    client.sees("A short check-in is ready.")


def test_stopped_in_mid_check_in(practice: Practice) -> None:
    """Stopping withholds what was not yet shown, closes the card without a promise, and ends everything."""
    therapist, client = _client(practice)
    practice.at("Thu 14:00").session_ends(therapist).at("Thu 16:00")
    client.answers("Start", "No", "No")
    client.says("/stop").sees("Do you want to stop?", "Answers that Dr. Weber has not been sent yet will be withheld.")
    client.taps("Never mind").sees("All right, nothing has changed.").says("/stop").taps("Yes, stop")
    client.sees("Stopped.", "No more check-ins about the work with Dr. Weber.", "are withheld")
    client.sees_in_chat("This check-in is closed.").sees_nowhere("another one after your next session")
    heard = len(client.chat)

    therapist.says("/session R").taps("Just ended").sees("This client doesn't get check-ins any more.")
    practice.at("Mon 08:00")
    therapist.sees("They have stopped the check-ins.").sees_nowhere("A low answer", "No (1 of 5)")
    practice.at("2026-03-16 12:00")
    client.sees_nothing_new(since=heard)
    assert practice.enrolment().state is EnrolmentState.WITHDRAWN


def test_stopping_withholds_only_what_was_not_shown(practice: Practice) -> None:
    """What the therapist has read stays, and goes on being told until they have talked about it."""
    therapist, client = _client(practice)
    practice.check_in(therapist, client, "Tue", "No", "Yes", "Yes", "Yes")
    therapist.says("/digest").sees("A low answer")
    practice.check_in(therapist, client, "Thu", "Yes", "No", "Yes", "Yes")
    client.says("/stop").taps("Yes, stop").sees("are withheld")
    practice.at("Mon 08:00")
    therapist.sees("They have stopped the check-ins.", "comfortable talking to my therapist?” No (1 of 5)")
    therapist.sees("answered, kept private").sees_nowhere("freely 1")


def test_starting_again_needs_a_new_invitation_and_starts_empty(practice: Practice) -> None:
    """After a stop the alias can be invited anew; what was answered before does not come back."""
    therapist, client = _client(practice)
    practice.check_in(therapist, client, "Tue", "Yes", "Yes", "Yes", "Yes")
    client.says("/stop").taps("Yes, stop").says("/stop").sees("There are no check-ins to stop.")
    practice.enrols(client, therapist, "R")
    client.sees("All set.")
    assert practice.check_ins() == []
    therapist.says("/clients").sees("R: check-ins are on")
    assert therapist.last.text.count("R:") == 1


def test_my_data_is_a_summary_and_a_document(practice: Practice) -> None:
    """`/mydata` says in words what is stored, and hands over all of it as JSON, without the therapist's alias."""
    therapist, client = _client(practice)
    practice.at("Tue 14:00").session_ends(therapist).at("Tue 16:00")
    client.answers("Start", "Yes", "Mostly", "Yes", "Yes").says("A <b>word</b>").taps("Done")
    client.says("/mydata").sees("What is stored of you:", "Dr. Weber: check-ins are on", "Since Monday 2 March 2026.")
    client.sees("Check-ins: 1, answered: 1, kept private: 0, comments: 1. Time zone: Europe/Berlin.")
    assert client.last.document is not None
    name, content = client.last.document
    data = json.loads(content)

    [enrolment] = data["enrolments"]
    assert name == "my-data.json"
    assert [one["choice"] for one in enrolment["consents"]] == ["granted"]
    assert {5, 4} == {one["rating"] for one in enrolment["answers"]}
    assert [one["text"] for one in enrolment["comments"]] == ["A <b>word</b>"]
    assert "alias" not in enrolment


def test_deleting_everything(practice: Practice) -> None:
    """`/deletemydata` says what can't be deleted, deletes the rest, takes back the chat, and tells the therapist."""
    therapist, client = _client(practice)
    practice.check_in(therapist, client, "Tue", "Yes", "No", "Yes", "Yes")
    client.says("/deletemydata").sees(
        "Delete everything?", "What can't be deleted from here", "already sent", "backups"
    )
    client.taps("Yes, delete everything")
    assert [message.text.partition("\n")[0] for message in client.chat] == [
        "Everything that was stored of you as a client is deleted."
    ]
    therapist.sees("A note about your list.", "R has deleted everything").says("/clients").sees("No clients yet.")

    client.says("/mydata").sees("Nothing is stored of you").starts().sees("This bot works by invitation.")
    with practice.stored() as transaction:
        assert transaction.people.all_enrolments() == []
        assert transaction.people.account(client.phone.user_id) is None


def test_erased_in_mid_check_in(practice: Practice) -> None:
    """Whoever deletes everything while answering is asked nothing more, and a tap on what is left gets an answer."""
    therapist, client = _client(practice)
    practice.at("Thu 14:00").session_ends(therapist).at("Thu 16:00")
    client.answers("Start", "Yes", "Yes", "Yes", "No")
    data = next(button.data for row in client.card.buttons for button in row)
    assert data is not None
    client.says("/deletemydata").taps("Yes, delete everything")
    client.forges(data).sees("This button is out of date.")
    practice.later(hours=2)
    therapist.sees_nowhere("something new").says("/digest").sees("There is nothing to tell yet.")


def test_time_zone(practice: Practice) -> None:
    """`/timezone` takes the name of a zone or a city, and says what it can't read."""
    _, client = _client(practice)
    client.says("/timezone").sees("Your time zone is Europe/Berlin, where it is 08:00.")
    client.says("Narnia").sees("That is not a time zone.", "Nobody reads this chat live.")
    client.says("new york").sees("Your time zone is now America/New_York. It is 02:00 there.")
    client.says("/timezone Europe/Lisbon").sees("Your time zone is now Europe/Lisbon.")
    client.says("Berlin").sees("I can't take messages here")


def test_help_and_privacy(practice: Practice) -> None:
    """Both are there for everybody, with who can be reached; commands for others are refused kindly."""
    _, client = _client(practice)
    client.says("/help").sees(
        "What you can do here:", "/pause", "/deletemydata", "0800 000 000", "Kim at the front desk"
    )
    assert "/invite" not in client.last.text
    client.says("/privacy").sees("Your privacy here.", "What is stored", "Who sees it", "Telegram could read them")
    client.says("/clients").sees("This command is for therapists.")
    client.says("/nonsense").sees("I don't know that command.")
    assert "/pause: Pause the check-ins" in client.phone.commands()
    assert not [command for command in client.phone.commands() if command.startswith("/invite")]
