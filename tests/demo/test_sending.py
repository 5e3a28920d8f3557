"""What Telegram accepts as a new message, and what it refuses."""

import pytest

from bot.demo.telegram import Entity, Person, SeenButton, World

from .calling import Api, keyboard


def test_a_message_is_seen_with_its_marks_and_buttons(api: Api, robin: Person) -> None:
    """HTML becomes plain text with entities, and the keyboard is what was sent."""
    api.says(robin.user_id, "<b>Hello</b> &lt;you", [("Yes", "y"), ("No", "n")], parse_mode="HTML")

    seen = robin.sees()[-1]
    assert ("Hello <you", (Entity("bold", 0, 5),)) == (seen.text, seen.entities)
    assert ((SeenButton("Yes", "y"), SeenButton("No", "n")),) == seen.buttons
    assert seen.from_bot


@pytest.mark.parametrize("text", ["12345", "true", "null", "[1]", "a&b=c", "  é  \n ok"])
def test_a_text_stays_a_text(api: Api, robin: Person, text: str) -> None:
    """Values of forms are never read as numbers or JSON where a text is meant."""
    api.says(robin.user_id, text)

    assert text.strip() == robin.sees()[-1].text


def test_nobody_is_written_to_before_start(api: Api, world: World) -> None:
    """403 for a person who has not pressed Start."""
    stranger = world.person(1002)

    assert api.refusal("sendMessage", chat_id=1002, text="Hello") == (
        "Forbidden: bot can't initiate conversation with a user"
    )
    assert stranger.sees() == []


def test_nobody_is_written_to_after_a_block(api: Api, robin: Person) -> None:
    """403 after a block, for messages and edits and chat actions, until the person presses Start again."""
    message = api.says(robin.user_id, "Hello")
    robin.blocks()

    blocked = "Forbidden: bot was blocked by the user"
    assert blocked == api.refusal("sendMessage", chat_id=robin.user_id, text="Hello?")
    assert blocked == api.refusal("editMessageText", chat_id=robin.user_id, message_id=message, text="Bye")
    assert blocked == api.refusal("sendChatAction", chat_id=robin.user_id, action="typing")
    robin.starts()
    api.says(robin.user_id, "Welcome back")


def test_a_block_is_told_to_the_bot(api: Api, robin: Person) -> None:
    """Blocking and unblocking each send one my_chat_member."""
    robin.blocks()
    robin.blocks()
    robin.unblocks()

    members = [update["my_chat_member"] for update in api.updates()]
    assert [(member["old_chat_member"]["status"], member["new_chat_member"]["status"]) for member in members] == [
        ("member", "kicked"),
        ("kicked", "member"),
    ]


@pytest.mark.parametrize("chat_id", ["777", "-5", "@somebody", "me"])
def test_an_unknown_chat_is_refused(api: Api, chat_id: str) -> None:
    """400 for a chat that the bot can't know."""
    assert api.refusal("sendMessage", chat_id=chat_id, text="Hello") == "Bad Request: chat not found"


def test_a_chat_must_be_named(api: Api) -> None:
    """400 without a chat."""
    assert api.refusal("sendMessage", text="Hello") == "Bad Request: chat_id is empty"


@pytest.mark.parametrize("text", ["a" * 4096, "é" * 4096, "😀" * 2048])
def test_the_longest_text_is_accepted(api: Api, robin: Person, text: str) -> None:
    """4096 UTF-16 code units fit; tags around them don't count."""
    api.says(robin.user_id, f"<b>{text}</b>", parse_mode="HTML")

    assert text == robin.sees()[-1].text


@pytest.mark.parametrize("text", ["a" * 4097, "😀" * 2048 + "a"])
def test_a_longer_text_is_refused(api: Api, robin: Person, text: str) -> None:
    """400 for more than 4096 UTF-16 code units."""
    assert api.refusal("sendMessage", chat_id=robin.user_id, text=text) == "Bad Request: message is too long"


@pytest.mark.parametrize("text", ["", " ", "\n\t", "<b> </b>"])
def test_an_empty_text_is_refused(api: Api, robin: Person, text: str) -> None:
    """400 when nothing is left to show."""
    refusal = api.refusal("sendMessage", chat_id=robin.user_id, text=text, parse_mode="HTML")
    assert refusal == "Bad Request: message text is empty"


@pytest.mark.parametrize("mode", ["Markdown", "MarkdownV2"])
def test_markdown_is_not_built(api: Api, robin: Person, mode: str) -> None:
    """What the server can't read it names, with 501."""
    refusal = api.refusal("sendMessage", chat_id=robin.user_id, text="*hi*", parse_mode=mode)
    assert refusal.startswith(f"Not Implemented: the parse mode {mode.lower()}")


def test_an_unknown_parse_mode_is_refused(api: Api, robin: Person) -> None:
    """400 for a parse mode that Telegram doesn't have."""
    refusal = api.refusal("sendMessage", chat_id=robin.user_id, text="hi", parse_mode="bbcode")
    assert refusal == "Bad Request: unsupported parse_mode"


@pytest.mark.parametrize(
    ("markup", "why"),
    [
        ("{", 'can\'t parse parameter "reply_markup" as JSON'),
        ("[]", 'parameter "reply_markup" must be a JSON object'),
        ({"inline": []}, "object expected as reply markup"),
        ({"inline_keyboard": "no"}, "object expected as reply markup"),
        ({"inline_keyboard": ["no"]}, "must be an Array of Arrays"),
        ({"inline_keyboard": [["no"]]}, "Object expected as an inline keyboard button"),
        ({"inline_keyboard": [[{"callback_data": "y"}]]}, 'Can\'t find field "text"'),
        ({"inline_keyboard": [[{"text": 5, "callback_data": "y"}]]}, 'Field "text" must be of type String'),
        ({"inline_keyboard": [[{"text": " ", "callback_data": "y"}]]}, "Keyboard button text must be non-empty"),
        ({"inline_keyboard": [[{"text": "Yes"}]]}, "Text buttons are unallowed in the inline keyboard"),
        ({"inline_keyboard": [[{"text": "Yes", "data": "y"}]]}, 'unknown field "data"'),
        ({"inline_keyboard": [[{"text": "Yes", "callback_data": 1}]]}, "the action must be of type String"),
        (
            {"inline_keyboard": [[{"text": "Yes", "callback_data": "y", "url": "https://example.org"}]]},
            "a button has exactly one action",
        ),
        ({"inline_keyboard": [[{"text": "Yes", "url": "not an address"}]]}, "URL 'not an address' is invalid"),
        ({"inline_keyboard": [[{"text": "Yes", "callback_data": "y", "style": "gold"}]]}, "invalid button style"),
        (keyboard([("Yes", "")]), "BUTTON_DATA_INVALID"),
        (keyboard([("Yes", "a" * 65)]), "BUTTON_DATA_INVALID"),
        (keyboard([("Yes", "é" * 33)]), "BUTTON_DATA_INVALID"),
        (keyboard([("Yes", "y")] * 101), "reply markup is too long"),
    ],
)
def test_a_broken_keyboard_is_refused(api: Api, robin: Person, markup: object, why: str) -> None:
    """400 for each way in which a keyboard can be wrong, and nothing is shown."""
    before = robin.sees()

    refusal = api.refusal("sendMessage", chat_id=robin.user_id, text="Well?", reply_markup=markup)

    assert refusal.startswith("Bad Request: ")
    assert why in refusal
    assert before == robin.sees()


def test_buttons_have_colours_and_links(api: Api, robin: Person) -> None:
    """A style and an address are kept; empty rows and an empty markup are nothing."""
    link = {"text": "Read", "url": "https://example.org/a?b=c", "style": "primary"}
    result = api.call(
        "sendMessage", chat_id=robin.user_id, text="Well?", reply_markup={"inline_keyboard": [[], [link]]}
    )
    api.says(robin.user_id, "Nothing", reply_markup="null")

    assert result["reply_markup"] == {"inline_keyboard": [[link]]}
    assert [seen.buttons for seen in robin.sees()[1:]] == [
        ((SeenButton("Read", url="https://example.org/a?b=c", style="primary"),),),
        (),
    ]


def test_callback_data_of_64_bytes_is_accepted(api: Api, robin: Person) -> None:
    """The limit counts bytes, not characters."""
    api.says(robin.user_id, "Well?", [("Yes", "é" * 32)])

    assert robin.sees()[-1].buttons[0][0].data == "é" * 32


@pytest.mark.parametrize(
    "markup",
    [
        {"keyboard": [["Yes"]]},
        {"force_reply": True},
        {"inline_keyboard": [[{"text": "Open", "web_app": {"url": "https://example.org"}}]]},
    ],
)
def test_other_keyboards_are_not_built(api: Api, robin: Person, markup: object) -> None:
    """501 names what the server can't do."""
    refusal = api.refusal("sendMessage", chat_id=robin.user_id, text="Well?", reply_markup=markup)
    assert refusal.startswith("Not Implemented: ")


def test_a_reply_points_to_its_message(api: Api, robin: Person) -> None:
    """A reply carries the message that it answers."""
    asked = robin.says("May I ask something?")

    result = api.call("sendMessage", chat_id=robin.user_id, text="Yes", reply_parameters={"message_id": asked})

    assert result["reply_to_message"]["text"] == "May I ask something?"
    assert asked == robin.sees()[-1].reply_to


def test_a_reply_to_a_missing_message_is_refused(api: Api, robin: Person) -> None:
    """400 unless the bot allows sending without the reply."""
    reply = {"message_id": 999}

    refusal = api.refusal("sendMessage", chat_id=robin.user_id, text="Yes", reply_parameters=reply)
    api.says(robin.user_id, "Yes", reply_parameters={**reply, "allow_sending_without_reply": True})

    assert refusal == "Bad Request: message to be replied not found"
    assert robin.sees()[-1].reply_to is None


@pytest.mark.parametrize(
    "reply", [{}, {"message_id": "5"}, {"message_id": 1, "quote": "x"}, {"message_id": 1, "chat_id": 9}]
)
def test_a_reply_that_cannot_be_read_is_refused(api: Api, robin: Person, reply: object) -> None:
    """Nothing in reply_parameters is passed over."""
    refusal = api.refusal("sendMessage", chat_id=robin.user_id, text="Yes", reply_parameters=reply)
    assert refusal.startswith(("Bad Request: can't parse reply parameters", "Not Implemented: "))


def test_a_lock_screen_shows_first_lines(api: Api, robin: Person) -> None:
    """New messages ring with their first line; edits don't, and silent messages are marked."""
    message = api.says(robin.user_id, "A check-in is ready\nIt takes a minute.")
    api.call("editMessageText", chat_id=robin.user_id, message_id=message, text="Thank you")
    api.says(robin.user_id, "By the way", disable_notification=True)

    assert robin.notifications == ["A check-in is ready", "(silent) By the way"]
    assert robin.sees()[-1].silent


def test_protection_and_previews_are_kept(api: Api, robin: Person) -> None:
    """The message that is returned says how it was sent."""
    options = {"is_disabled": True}
    result = api.call(
        "sendMessage", chat_id=robin.user_id, text="Hi", protect_content=True, link_preview_options=options
    )

    assert (True, options) == (result["has_protected_content"], result["link_preview_options"])


def test_a_chat_action_is_seen(api: Api, robin: Person) -> None:
    """Known actions are shown, others refused."""
    api.call("sendChatAction", chat_id=robin.user_id, action="typing")

    assert robin.chat_actions == ["typing"]
    refusal = api.refusal("sendChatAction", chat_id=robin.user_id, action="dancing")
    assert refusal == "Bad Request: wrong parameter action in request"
