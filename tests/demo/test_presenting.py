"""How the bot presents itself: name, descriptions, commands and menu button."""

import pytest

from bot.demo.telegram import Person, World

from .calling import Api

HELP = {"command": "help", "description": "What the bot does"}
STOP = {"command": "stop", "description": "Stop"}


def test_a_bot_is_what_was_registered(api: Api, world: World) -> None:
    """getMe says its number, name and username."""
    about = api.call("getMe")
    number = int(world.token.partition(":")[0])
    assert (number, "demo_check_in_bot", "Check-in", True) == (
        about["id"],
        about["username"],
        about["first_name"],
        about["is_bot"],
    )


def test_commands_are_shown_by_scope_and_language(api: Api, robin: Person, world: World) -> None:
    """The narrowest scope wins, and within it the person's language."""
    lena = world.person(1002, "Lena", "de")
    api.call("setMyCommands", commands=[HELP, STOP])
    api.call("setMyCommands", commands=[{**HELP, "description": "Hilfe"}], language_code="de")
    assert robin.commands() == ["/help: What the bot does", "/stop: Stop"]
    assert lena.commands() == ["/help: Hilfe"]

    scope = {"type": "chat", "chat_id": robin.user_id}
    api.call("setMyCommands", commands=[STOP], scope=scope)
    assert robin.commands() == ["/stop: Stop"]
    assert api.call("getMyCommands", scope=scope) == [STOP]
    api.call("deleteMyCommands", scope=scope)
    api.call("deleteMyCommands")
    assert [robin.commands(), api.call("getMyCommands")] == [[], []]
    assert lena.commands() == ["/help: Hilfe"]


@pytest.mark.parametrize(
    ("commands", "why"),
    [
        ([{**HELP, "command": "Help"}], "BOT_COMMAND_INVALID"),
        ([{**HELP, "command": "/help"}], "BOT_COMMAND_INVALID"),
        ([{**HELP, "command": "a-b"}], "BOT_COMMAND_INVALID"),
        ([{**HELP, "command": ""}], "BOT_COMMAND_INVALID"),
        ([{**HELP, "command": "a" * 33}], "BOT_COMMAND_INVALID"),
        ([{**HELP, "description": ""}], "BOT_COMMAND_DESCRIPTION_INVALID"),
        ([{**HELP, "description": "a" * 257}], "BOT_COMMAND_DESCRIPTION_INVALID"),
        ([{"command": "help"}], "can't parse BotCommand"),
        ([{**HELP, "more": 1}], "can't parse BotCommand"),
        (["help"], "can't parse BotCommand"),
        ([HELP] * 101, "BOT_COMMANDS_TOO_MUCH"),
    ],
)
def test_a_bad_command_is_refused(api: Api, robin: Person, commands: list[object], why: str) -> None:
    """400 for a name that isn't lower case, digits and _, and for other mistakes; nothing is set."""
    assert api.refusal("setMyCommands", commands=commands).startswith(f"Bad Request: {why}")
    assert robin.commands() == []


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"commands": [HELP], "language_code": "english"},
        {"commands": [HELP], "scope": {"type": "everyone"}},
        {"commands": [HELP], "scope": {"type": "chat", "chat_id": 12}},
    ],
)
def test_a_bad_place_for_commands_is_refused(api: Api, arguments: dict[str, object]) -> None:
    """400 without commands, and for an unknown scope, chat or language."""
    assert api.refusal("setMyCommands", **arguments).startswith("Bad Request: ")


def test_scopes_of_all_chats_are_known(api: Api) -> None:
    """A list of one scope is not that of another."""
    api.call("setMyCommands", commands=[HELP], scope={"type": "all_private_chats"})
    assert api.call("getMyCommands", scope={"type": "all_group_chats"}) == []
    assert api.call("getMyCommands", scope={"type": "all_private_chats"}) == [HELP]


@pytest.mark.parametrize(("what", "most"), [("Name", 64), ("Description", 512), ("ShortDescription", 120)])
def test_texts_about_the_bot_have_a_length_and_languages(api: Api, what: str, most: int) -> None:
    """What is set is returned, for a language without text the general one; longer texts are refused."""
    name = {"Name": "name", "Description": "description", "ShortDescription": "short_description"}[what]
    api.call(f"setMy{what}", **{name: "a" * most})
    api.call(f"setMy{what}", language_code="de", **{name: "deutsch"})

    assert {name: "a" * most} == api.call(f"getMy{what}", language_code="fr")
    assert {name: "deutsch"} == api.call(f"getMy{what}", language_code="de")
    assert api.refusal(f"setMy{what}", **{name: "a" * (most + 1)}) == f"Bad Request: {name} is too long"


def test_the_menu_button_is_set_for_all_or_one(api: Api, robin: Person) -> None:
    """A chat without its own button has that of all."""
    assert api.call("getChatMenuButton") == {"type": "commands"}
    api.call("setChatMenuButton", chat_id=robin.user_id, menu_button={"type": "default"})
    api.call("setChatMenuButton", menu_button={"type": "commands"})

    assert api.call("getChatMenuButton", chat_id=robin.user_id) == {"type": "default"}
    assert api.refusal("setChatMenuButton", menu_button={"type": "x"}).startswith("Bad Request: unsupported menu")
    web_app = {"type": "web_app", "text": "x"}
    assert api.refusal("setChatMenuButton", menu_button=web_app).startswith("Not Implemented: the menu button web_app")


def test_a_chat_is_described(api: Api, robin: Person, world: World) -> None:
    """getChat returns the people and groups that the bot can know."""
    world.group(-7, "Team").adds_bot(robin)

    person, group = api.call("getChat", chat_id=robin.user_id), api.call("getChat", chat_id=-7)
    assert (person["first_name"], person["type"]) == ("Robin", "private")
    assert (group["title"], group["type"]) == ("Team", "group")
    world.person(5)
    assert api.refusal("getChat", chat_id=5) == "Bad Request: chat not found"
    with pytest.raises(ValueError, match="above 0"):
        world.person(-5)


def test_a_bot_can_log_out_and_close(api: Api) -> None:
    """Both succeed."""
    assert (api.call("logOut"), api.call("close")) == (True, True)
