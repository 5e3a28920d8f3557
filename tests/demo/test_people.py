"""What people and groups can do, and what the bot learns of it."""

import pytest

from bot.demo.telegram import Person, World

from .calling import Api


def test_a_conversation_reads_like_a_transcript(api: Api, world: World) -> None:
    """Both sides' messages are seen in order, with edits applied."""
    robin = world.person(1001, "Robin", "de")
    robin.starts("inv_5-X")
    card = api.says(1001, "Was it worth it?", [("Yes", "y"), ("No", "n")])
    robin.taps("Yes")
    api.call("editMessageText", chat_id=1001, message_id=card, text="Thank you.")
    robin.says("See you")

    assert [seen.text for seen in robin.sees()] == ["/start inv_5-X", "Thank you.", "See you"]
    assert [seen.from_bot for seen in robin.sees()] == [False, True, False]
    started = api.updates()[0]["message"]
    assert (started["from"]["first_name"], started["from"]["language_code"]) == ("Robin", "de")


def test_nobody_speaks_before_start(world: World) -> None:
    """The app shows no input field before Start."""
    with pytest.raises(ValueError, match="press Start first"):
        world.person(1002).says("Hello")


def test_start_after_a_block_unblocks(api: Api, robin: Person) -> None:
    """The bot is told of the unblocking before the message."""
    robin.blocks()
    with pytest.raises(ValueError, match="Unblock"):
        robin.says("Hello")
    assert robin.has_blocked

    robin.starts()

    assert [list(update)[1] for update in api.updates()] == ["my_chat_member", "my_chat_member", "message"]


@pytest.mark.parametrize("payload", ["", "a" * 65, "a b", "ä"])
def test_a_deep_link_has_a_short_plain_payload(world: World, payload: str) -> None:
    """1 to 64 of A-Z a-z 0-9 _ and -."""
    with pytest.raises(ValueError, match="no deep link has the payload"):
        world.person(1002).starts(payload)


@pytest.mark.parametrize("text", ["", "  ", "a" * 4097])
def test_the_app_sends_texts_of_a_length(robin: Person, text: str) -> None:
    """Nothing empty, and nothing that would have to be split."""
    with pytest.raises(ValueError, match="the app sends texts of"):
        robin.says(text)


def test_groups_are_joined_and_left(api: Api, robin: Person, world: World) -> None:
    """The bot learns that it was added and what is meant for it, and can leave."""
    group = world.group(-7, "Team")
    assert api.refusal("sendMessage", chat_id=-7, text="Hi") == "Bad Request: chat not found"
    group.adds_bot(robin)
    api.says(-7, "I only work in private chats")

    assert [list(update)[1] for update in api.updates()] == ["my_chat_member", "message"]
    assert not group.left
    api.call("leaveChat", chat_id=-7)
    assert group.left
    assert api.updates()[-1]["my_chat_member"]["new_chat_member"]["status"] == "left"
    assert api.refusal("sendMessage", chat_id=-7, text="Hi") == "Forbidden: bot is not a member of the group chat"


def test_a_bot_can_be_removed_from_a_group(api: Api, robin: Person, world: World) -> None:
    """403 after that, and what is said there no longer arrives."""
    group = world.group(-7, "Team")
    group.adds_bot(robin)
    group.removes_bot(robin)
    group.says(robin, "/help")

    assert api.refusal("sendMessage", chat_id=-7, text="Hi") == "Forbidden: bot was kicked from the group chat"
    assert "my_chat_member" in api.updates()[-1]
    with pytest.raises(ValueError, match="below 0"):
        world.group(7, "Team")


def test_privacy_mode_keeps_a_groups_talk_from_the_bot(api: Api, robin: Person, world: World) -> None:
    """Commands for it and replies to it arrive; the rest is withheld, on record."""
    group = world.group(-7, "Team")
    group.adds_bot(robin)
    message = api.says(-7, "Well?", [("Yes", "y")])
    api.updates(offset=-1)
    for text in ("hello", "/help", "/help@demo_check_in_bot", "/help@another_bot"):
        group.says(robin, text)
    group.says(robin, "a reply", reply_to=message)
    group.taps(robin, "Yes")

    arrived = api.updates()[1:]
    assert [one["message"]["text"] for one in arrived[:3]] == ["/help", "/help@demo_check_in_bot", "a reply"]
    assert arrived[3]["callback_query"]["message"]["chat"]["id"] == -7
    assert [update.content["text"] for update in world.withheld] == ["hello", "/help@another_bot"]
    assert "hello" in [seen.text for seen in group.sees()]
    with pytest.raises(LookupError, match="no button 'No'"):
        group.taps(robin, "No")


def test_in_a_group_a_bot_deletes_its_own_messages(api: Api, robin: Person, world: World) -> None:
    """Only administrators delete what others said."""
    group = world.group(-7, "Team")
    group.adds_bot(robin)
    theirs = group.says(robin, "/help")

    api.call("deleteMessage", chat_id=-7, message_id=api.says(-7, "Hello"))
    refusal = api.refusal("deleteMessage", chat_id=-7, message_id=theirs)
    assert refusal == "Bad Request: message can't be deleted"
    assert api.refusal("leaveChat", chat_id=1001).startswith("Bad Request: chat member status")
