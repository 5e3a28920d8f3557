"""Pressing buttons, and answering the presses."""

import pytest

from bot.demo.telegram import NoSuchButton, Person, World

from .calling import Api, Clock

OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"


def test_a_tap_reaches_the_bot_with_its_message(api: Api, robin: Person) -> None:
    """The callback query carries the data, the person and the message with its keyboard."""
    message = api.says(robin.user_id, "Well?", [("Yes", "y"), ("No", "n")])

    tap = robin.taps("No")

    query = api.updates()[0]["callback_query"]
    assert (tap, "n", robin.user_id) == (query["id"], query["data"], query["from"]["id"])
    assert (message, "Well?") == (query["message"]["message_id"], query["message"]["text"])
    assert "reply_markup" in query["message"]


def test_the_newest_button_is_pressed(api: Api, robin: Person) -> None:
    """Of several buttons with a label, the newest is meant, unless a message is named."""
    api.says(robin.user_id, "One?", [("Yes", "1")])
    api.says(robin.user_id, "Two?", [("Yes", "2")])
    first = robin.sees()[-2]

    robin.taps("Yes")
    robin.taps("Yes", first)

    assert [update["callback_query"]["data"] for update in api.updates()] == ["2", "1"]


def test_a_button_that_is_on_no_keyboard_is_not_pressed(api: Api, robin: Person) -> None:
    """The error lists what could be pressed, and the bot gets nothing."""
    message = api.says(robin.user_id, "Well?", [("Yes", "y"), ("No", "n")])
    old = robin.sees()[-1]
    api.call("editMessageText", chat_id=robin.user_id, message_id=message, text="Sure?", reply_markup=_sure())

    with pytest.raises(NoSuchButton, match=r"no button 'Maybe'; visible: \['Sure'\]"):
        robin.taps("Maybe")
    with pytest.raises(NoSuchButton):
        robin.taps("Yes", old)
    with pytest.raises(NoSuchButton, match="no button sends 'y'"):
        robin.taps_data(message, "y")
    assert api.updates() == []


def test_a_button_can_be_pressed_by_its_data(api: Api, robin: Person) -> None:
    """taps_data presses what is on the keyboard."""
    message = api.says(robin.user_id, "Well?", [("Yes", "y")])

    robin.taps_data(message, "y")

    assert api.updates()[0]["callback_query"]["data"] == "y"


@pytest.mark.parametrize("existing", [True, False])
def test_a_tap_can_be_forged(api: Api, robin: Person, existing: bool) -> None:
    """A modified app sends what it likes, also for a message that is gone."""
    message = api.says(robin.user_id, "Well?") if existing else 999

    robin.forges(message, "admin:delete")

    query = api.updates()[0]["callback_query"]
    assert ("admin:delete", message) == (query["data"], query["message"]["message_id"])
    assert existing == (query["message"]["date"] > 0)


def test_a_link_sends_nothing(api: Api, robin: Person) -> None:
    """A button with an address opens it; the bot doesn't learn of it."""
    link = {"inline_keyboard": [[{"text": "Open", "url": "https://example.org"}]]}
    api.call("sendMessage", chat_id=robin.user_id, text="Read this", reply_markup=link)

    with pytest.raises(ValueError, match="opens https://example"):
        robin.taps("Open")
    assert api.updates() == []


def test_a_tap_is_answered_once(api: Api, robin: Person, world: World) -> None:
    """The notice is shown; a second answer is too late."""
    api.says(robin.user_id, "Well?", [("Yes", "y")])
    tap = robin.taps("Yes")
    assert [tap] == [waiting.callback_id for waiting in world.unanswered_taps()]

    api.call("answerCallbackQuery", callback_query_id=tap, text="Saved", show_alert=True)

    assert api.refusal("answerCallbackQuery", callback_query_id=tap) == OLD
    assert (robin.toasts, robin.was_answered(tap), world.unanswered_taps()) == (["Saved"], True, [])


@pytest.mark.parametrize("arguments", [{"callback_query_id": "17"}, {"callback_query_id": ""}, {}])
def test_an_unknown_tap_is_not_answered(api: Api, arguments: dict[str, str]) -> None:
    """400 for an identifier that no tap has."""
    assert api.refusal("answerCallbackQuery", **arguments) == OLD


def test_a_tap_is_answered_within_150_seconds(api: Api, robin: Person, clock: Clock) -> None:
    """One moment before it works, then no more."""
    api.says(robin.user_id, "Well?", [("Yes", "y")])
    early, late = robin.taps("Yes"), robin.taps("Yes")

    clock.turn(seconds=149)
    api.call("answerCallbackQuery", callback_query_id=early)
    clock.turn(seconds=1)
    assert api.refusal("answerCallbackQuery", callback_query_id=late) == OLD


def test_a_long_notice_is_refused(api: Api, robin: Person) -> None:
    """200 characters fit into a notice."""
    api.says(robin.user_id, "Well?", [("Yes", "y")])
    tap = robin.taps("Yes")

    assert api.refusal("answerCallbackQuery", callback_query_id=tap, text="a" * 201) == "Bad Request: MESSAGE_TOO_LONG"
    api.call("answerCallbackQuery", callback_query_id=tap, text="a" * 200)


def test_nothing_is_pressed_after_a_block(api: Api, robin: Person) -> None:
    """The app of someone who has blocked the bot offers to unblock it, and nothing else."""
    api.says(robin.user_id, "Well?", [("Yes", "y")])
    robin.blocks()

    with pytest.raises(ValueError, match="Unblock"):
        robin.taps("Yes")


def _sure() -> dict[str, object]:
    return {"inline_keyboard": [[{"text": "Sure", "callback_data": "s"}]]}
