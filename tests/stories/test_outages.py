"""What goes wrong between the bot and Telegram, and how little of it people notice."""

from pathlib import Path

import pytest

from bot.app import compose
from bot.databases import CannotRun
from bot.demo.stage import settings_for
from bot.demo.telegram import FaultKind
from conversations.sessions import CheckInState
from tests.stories.practice import Practice, Someone


def _waiting_for_a_card(practice: Practice) -> tuple[Someone, Someone]:
    therapist = practice.therapist()
    client = practice.client(therapist)
    practice.at("Thu 14:00").session_ends(therapist)
    return therapist, client


def _cards(client: Someone) -> int:
    return sum("check-in is ready" in message.text for message in client.chat)


def test_a_bot_that_was_down_for_a_day_asks_once(practice: Practice) -> None:
    """A check-in that fell due meanwhile is sent once, without a burst, if there is still time to answer."""
    _, client = _waiting_for_a_card(practice)
    practice.down_until("Fri 17:00").comes_back()
    client.sees("A short check-in is ready.")
    practice.at("Fri 20:00")
    assert _cards(client) == 1


def test_a_bot_that_was_down_for_longer_asks_nothing_stale(practice: Practice) -> None:
    """After three days the question is not asked any more, and one summary comes, not one for each week."""
    therapist, client = _waiting_for_a_card(practice)
    practice.down_until("2026-03-25 10:00").comes_back()
    client.sees("All set.")
    assert [one.state for one in practice.check_ins()] == [CheckInState.MISSED]
    assert therapist.screen.count("Your weekly summary is ready.") == 1
    practice.at("Mon 08:00")
    assert therapist.screen.count("Your weekly summary is ready.") == 2


def test_a_stop_that_lay_waiting_is_heard_first(practice: Practice) -> None:
    """What people said while the bot was down is heard before anybody is asked anything."""
    _, client = _waiting_for_a_card(practice)
    client.says("/stop")
    practice.down_until("Fri 10:00")
    client.taps("Yes, stop")
    practice.comes_back()
    client.sees("Stopped.").sees_nowhere("check-in is ready")


def test_a_tap_lost_in_a_gap(practice: Practice) -> None:
    """Telegram forgets taps after 150 seconds: the open question is sent anew and asks to tap once more."""
    _, client = _waiting_for_a_card(practice)
    practice.at("Thu 16:00")
    client.answers("Start", "Yes")
    practice.goes_down()
    client.taps("Mostly")
    practice.comes_back(minutes=10)
    client.sees("I was away for a while. If you tapped something, please tap it once more.", "2 of 4")
    client.taps("Mostly").sees("3 of 4")
    assert sum("of 4" in message.text for message in client.chat) == 1


def test_a_typed_answer_survives_a_gap(practice: Practice) -> None:
    """Telegram keeps messages for a day, so what was typed while the bot was down counts."""
    _, client = _waiting_for_a_card(practice)
    practice.at("Thu 16:00")
    client.answers("Start", "Yes")
    practice.goes_down()
    client.says("4")
    practice.comes_back(minutes=10)
    client.sees("3 of 4")


def test_a_gap_does_not_nag_those_who_wanted_to_be_asked_later(practice: Practice) -> None:
    """After a gap an open question is repeated, but not one that was put off or left open for days."""
    therapist = practice.at("Mon 10:00").therapist()
    just_opened = practice.someone("A").starts(practice.invitation(therapist, "A"))
    put_off = practice.someone("B").starts(practice.invitation(therapist, "B")).taps("Ask me later")
    practice.goes_down().comes_back(minutes=10)
    just_opened.sees("I was away for a while.", "A question before we begin.")
    put_off.sees("I'll ask you once more, in about a day.")

    heard = len(just_opened.chat)
    practice.at("Fri 12:00").goes_down().comes_back(minutes=10)
    just_opened.sees_nothing_new(since=heard)
    assert put_off.screen.count("A question before we begin.") == 2


def test_a_question_for_new_terms_is_repeated_after_a_gap(practice: Practice) -> None:
    """However long ago the invitation was opened: the tap may have been lost, and check-ins wait for it."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    with practice.stored() as transaction:
        transaction.people.engine.execute("UPDATE enrolments SET terms = 'older'")
    practice.at("Thu 14:00").session_ends(therapist).at("Thu 16:01")
    client.sees("What you agreed to has changed", "A question before we begin.")
    practice.goes_down()
    client.taps("I agree")
    practice.comes_back(minutes=10)
    client.sees("I was away for a while.", "A question before we begin.").taps("I agree")
    client.sees_in_chat("The check-ins go on.", "A short check-in is ready.")


def test_a_pairing_question_is_repeated_after_a_gap(practice: Practice) -> None:
    """The therapist's tap may have been lost, too."""
    therapist = practice.therapist()
    client = practice.someone().starts(practice.invitation(therapist, "R")).taps("I agree")
    practice.goes_down()
    therapist.taps("Yes, it's them")
    practice.comes_back(minutes=10)
    therapist.sees("I was away for a while.", "Please confirm somebody.").taps("Yes, it's them")
    client.sees("All set.")


def test_a_repeated_card_is_harmless(practice: Practice) -> None:
    """When Telegram's reply is lost the card comes twice; a tap on the older copy makes it the card, the other goes."""
    _, client = _waiting_for_a_card(practice)
    practice.fails(FaultKind.REPLY_LOST, "sendMessage", client).at("Thu 16:00").later(minutes=1)
    assert _cards(client) == 2
    older = next(message for message in client.chat if "is ready" in message.text)

    client.taps("Start", older).sees("1 of 4")
    assert older.message_id == client.card.message_id
    assert _cards(client) == 0
    client.answers("Yes", "Yes", "Yes", "Yes", "Done").sees("complete")


def test_being_told_to_wait_costs_nothing(practice: Practice) -> None:
    """A 429 is waited out, then the card comes, once."""
    _, client = _waiting_for_a_card(practice)
    practice.fails(FaultKind.TOO_MANY_REQUESTS, "sendMessage", client, seconds=120).at("Thu 16:01")
    client.sees("All set.")
    practice.at("Thu 16:03")
    client.sees("A short check-in is ready.")
    assert _cards(client) == 1


def test_server_errors_and_cut_connections_are_tried_again(practice: Practice) -> None:
    """What did not get through is sent again after a pause."""
    therapist, client = _waiting_for_a_card(practice)
    practice.fails(FaultKind.SERVER_ERROR, "sendMessage", client, times=2)
    practice.fails(FaultKind.DROP, "sendMessage", client).at("Thu 16:00").later(minutes=2)
    client.sees("A short check-in is ready.")
    practice.fails(FaultKind.SERVER_ERROR, "editMessageText", client)
    client.taps("Start")
    practice.later(minutes=1)
    client.sees("1 of 4")
    assert sum(bool(message.buttons) for message in client.chat[1:]) == 1
    assert not practice.world.outstanding_faults
    therapist.sees_nowhere("reach")


def test_a_stop_while_the_card_waits_to_be_sent(practice: Practice) -> None:
    """Nothing but the confirmation follows a withdrawn consent, not even what was queued before."""
    _, client = _waiting_for_a_card(practice)
    practice.fails(FaultKind.TOO_MANY_REQUESTS, "sendMessage", client, seconds=120).at("Thu 16:00")
    client.says("/stop").sees("Do you want to stop?").taps("Yes, stop").sees("Stopped.")
    heard = len(client.chat)
    practice.at("Thu 18:00").at("Mon 12:00")
    client.sees_nothing_new(since=heard)


def test_a_card_that_the_client_deleted_comes_anew(practice: Practice) -> None:
    """An edit of a message that is gone becomes a new message while the check-in is open."""
    _, client = _waiting_for_a_card(practice)
    practice.at("Thu 16:00").fails(FaultKind.SERVER_ERROR, "editMessageText", client)
    client.taps("Start").deletes(client.card)
    practice.later(minutes=1)
    client.sees("1 of 4").taps("Yes").sees("2 of 4")


def test_a_deleted_card_is_not_replaced_by_its_end(practice: Practice) -> None:
    """Who has deleted the card hears nothing more of it when its time is over, nor after a stop."""
    therapist, client = _waiting_for_a_card(practice)
    practice.at("Thu 16:00")
    client.deletes(client.card)
    practice.at("Fri 16:02")
    client.sees("still open").deletes(client.card)
    practice.at("Mon 12:00")
    client.sees("All set.")
    practice.session_ends(therapist).at("Mon 14:00")
    client.deletes(client.card).says("/stop").taps("Yes, stop").sees("Stopped.").sees_nowhere("is closed")


def test_a_token_that_telegram_refuses(practice: Practice, telegram_url: str, tmp_path: Path) -> None:
    """The bot does not start with it, and says in one line what to check."""
    settings = settings_for(tmp_path, telegram_url, "77:NO-SUCH-TOKEN")
    with pytest.raises(CannotRun, match="Telegram refuses the token"):
        practice.runner.run(compose(settings, practice.store, practice.app.time))
