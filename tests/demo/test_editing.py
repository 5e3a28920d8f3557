"""Edits and deletions, and what the person sees of them."""

import pytest

from bot.demo.telegram import Person, World

from .calling import NOON, Api, Clock, keyboard

NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same"
    " as a current content and reply markup of the message"
)


def test_an_edit_replaces_text_and_keyboard(api: Api, robin: Person, clock: Clock) -> None:
    """The person sees the new text in the old place; without a new keyboard the old one goes."""
    message = api.says(robin.user_id, "Well?", [("Yes", "y")])
    api.says(robin.user_id, "Later")
    clock.turn(minutes=5)

    result = api.call("editMessageText", chat_id=robin.user_id, message_id=message, text="Thank you")

    edited = robin.sees()[-2]
    assert ("Thank you", (), clock.time) == (edited.text, edited.buttons, edited.edited_at)
    assert int(clock.time.timestamp()) == result["edit_date"]
    assert robin.notifications == ["Well?", "Later"]


def test_an_edit_must_change_something(api: Api, robin: Person) -> None:
    """400 for the same text, marks and keyboard again, however they are written."""
    message = api.says(robin.user_id, "<b>Well?</b>", [("Yes", "y")], parse_mode="HTML")
    same = {"chat_id": robin.user_id, "message_id": message, "reply_markup": keyboard([("Yes", "y")])}

    assert api.refusal("editMessageText", text="<strong>Well?</strong> ", parse_mode="HTML", **same) == NOT_MODIFIED
    assert api.refusal("editMessageReplyMarkup", **same) == NOT_MODIFIED
    api.call("editMessageText", text="Well?", **same)


def test_a_keyboard_alone_can_change(api: Api, robin: Person) -> None:
    """The text stays, and the message is not shown as edited."""
    message = api.says(robin.user_id, "Well?", [("Yes", "y")])

    api.call("editMessageReplyMarkup", chat_id=robin.user_id, message_id=message, reply_markup=keyboard([("No", "n")]))

    seen = robin.sees()[-1]
    assert (seen.text, seen.labels(), seen.edited_at) == ("Well?", ["No"], None)


def test_a_preview_alone_can_change(api: Api, robin: Person) -> None:
    """Switching the preview off is a change."""
    message = api.says(robin.user_id, "https://example.org")

    result = api.call(
        "editMessageText",
        chat_id=robin.user_id,
        message_id=message,
        text="https://example.org",
        link_preview_options={"is_disabled": True},
    )

    assert result["link_preview_options"] == {"is_disabled": True}


def test_a_missing_message_is_not_edited(api: Api, robin: Person) -> None:
    """400 for an unknown message, and without one."""
    edit = {"chat_id": robin.user_id, "text": "Hi"}
    assert api.refusal("editMessageText", message_id=999, **edit) == "Bad Request: message to edit not found"
    assert api.refusal("editMessageText", **edit) == "Bad Request: message identifier is not specified"


def test_a_persons_message_is_not_edited(api: Api, robin: Person) -> None:
    """400 for a message that isn't the bot's."""
    message = robin.says("Hello")
    refusal = api.refusal("editMessageText", chat_id=robin.user_id, message_id=message, text="Hi")
    assert refusal == "Bad Request: message can't be edited"


def test_texts_and_captions_are_edited_each_in_its_way(api: Api, robin: Person) -> None:
    """400 for the caption of a text and the text of a file."""
    text = {"chat_id": robin.user_id, "message_id": api.says(robin.user_id, "Hello")}
    sent = api.call("sendDocument", chat_id=robin.user_id, document=("a.txt", b"a"), caption="One")
    file = {"chat_id": robin.user_id, "message_id": sent["message_id"]}

    assert api.refusal("editMessageCaption", caption="x", **text).endswith("there is no caption in the message to edit")
    assert api.refusal("editMessageText", text="x", **file).endswith("there is no text in the message to edit")
    api.call("editMessageCaption", caption="Two", **file)
    assert robin.sees()[-1].text == "Two"
    api.call("editMessageCaption", **file)
    assert robin.sees()[-1].text == ""


def test_messages_of_both_sides_are_deleted(api: Api, robin: Person) -> None:
    """In a private chat a bot deletes its messages and the person's."""
    mine, theirs = api.says(robin.user_id, "Hello"), robin.says("Hi")

    api.call("deleteMessage", chat_id=robin.user_id, message_id=mine)
    api.call("deleteMessage", chat_id=robin.user_id, message_id=theirs)

    assert [seen.text for seen in robin.sees()] == ["/start"]
    refusal = api.refusal("deleteMessage", chat_id=robin.user_id, message_id=mine)
    assert refusal == "Bad Request: message to delete not found"


def test_messages_are_deleted_for_48_hours(api: Api, robin: Person, clock: Clock) -> None:
    """A moment before it works, then no more."""
    early, late = api.says(robin.user_id, "One"), api.says(robin.user_id, "Two")

    clock.turn(hours=48, seconds=-1)
    api.call("deleteMessage", chat_id=robin.user_id, message_id=early)
    clock.turn(seconds=1)
    refusal = api.refusal("deleteMessage", chat_id=robin.user_id, message_id=late)
    assert refusal == "Bad Request: message can't be deleted for everyone"
    assert robin.sees()[-1].text == "Two"


def test_many_messages_are_deleted_at_once(api: Api, robin: Person, clock: Clock) -> None:
    """Missing ones are skipped; one that is too old keeps them all."""
    old = api.says(robin.user_id, "Old")
    clock.turn(hours=48)
    new = [api.says(robin.user_id, "New") for _ in range(3)]

    refusal = api.refusal("deleteMessages", chat_id=robin.user_id, message_ids=[*new, old])
    assert refusal == "Bad Request: message can't be deleted for everyone"
    api.call("deleteMessages", chat_id=robin.user_id, message_ids=[*new, new[0], 999])

    assert [seen.text for seen in robin.sees()] == ["/start", "Old"]


@pytest.mark.parametrize(
    ("message_ids", "why"),
    [
        ([], "message identifiers are not specified"),
        (["5"], "message identifiers are not specified"),
        (list(range(101)), "too many message identifiers specified"),
    ],
)
def test_a_list_of_deletions_has_1_to_100_numbers(api: Api, robin: Person, message_ids: list[object], why: str) -> None:
    """400 for any other list."""
    refusal = api.refusal("deleteMessages", chat_id=robin.user_id, message_ids=message_ids)
    assert f"Bad Request: {why}" == refusal


def test_a_blocked_bot_can_still_delete(api: Api, robin: Person) -> None:
    """A block forbids writing, not erasing."""
    message = api.says(robin.user_id, "Hello")
    robin.blocks()

    api.call("deleteMessage", chat_id=robin.user_id, message_id=message)


def test_a_person_edits_and_deletes(api: Api, robin: Person, clock: Clock) -> None:
    """The bot is told of an edit, and of a deletion nothing."""
    kept, gone = robin.says("Helo"), robin.says("Oops")
    api.updates(offset=-1)
    clock.turn(minutes=1)
    robin.edits(kept, "Hello /help")
    robin.deletes(gone)

    edited = api.updates()[-1]["edited_message"]
    assert ("Hello /help", kept) == (edited["text"], edited["message_id"])
    assert [seen.text for seen in robin.sees()] == ["/start", "Hello /help"]
    assert (robin.sees()[-1].edited_at or NOON) > NOON


def test_a_person_edits_and_deletes_what_is_there(api: Api, robin: Person) -> None:
    """Nobody edits what the bot said, or deletes what is gone."""
    message = api.says(robin.user_id, "Hello")

    with pytest.raises(ValueError, match="no text of this person's"):
        robin.edits(message, "Bye")
    with pytest.raises(ValueError, match="there is no message 999"):
        robin.deletes(999)


def test_worlds_are_apart(world: World, robin: Person) -> None:
    """The same person is another for another bot, and the same for the same."""
    assert world.person(1001, "Someone else").sees() == robin.sees()
