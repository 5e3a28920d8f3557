"""How the bot presents itself: getMe, and the setMy… and getMy… methods."""

import re

from . import limits
from .arguments import Arguments, JsonObject
from .profile import DEFAULT_PLACE, Place
from .refusals import bad_request, not_built
from .sending import chat_id_of
from .state import BotState

_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_LANGUAGE = re.compile(r"([a-z]{2})?")
_WITHOUT_CHAT = ("default", "all_private_chats", "all_group_chats", "all_chat_administrators")
_WITH_CHAT = ("chat", "chat_administrators", "chat_member")


def get_me(state: BotState, _arguments: Arguments) -> JsonObject:
    """The bot, with what BotFather set: privacy mode is on, no inline mode."""
    return {
        **state.user(),
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def set_my_commands(state: BotState, arguments: Arguments) -> bool:
    """Set up to 100 commands of a scope and language; an empty list removes them."""
    listed = arguments.json_list("commands")
    if listed is None:
        raise bad_request("can't parse commands: a JSON list is expected")
    if len(listed) > limits.COMMANDS_IN_A_LIST:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    state.profile.commands[_place(state, arguments), _language(arguments)] = [_command(one) for one in listed]
    return True


def get_my_commands(state: BotState, arguments: Arguments) -> list[JsonObject]:
    """The commands of exactly that scope and language."""
    return state.profile.commands.get((_place(state, arguments), _language(arguments)), [])


def delete_my_commands(state: BotState, arguments: Arguments) -> bool:
    """Remove the commands of exactly that scope and language."""
    state.profile.commands.pop((_place(state, arguments), _language(arguments)), None)
    return True


def set_my_name(state: BotState, arguments: Arguments) -> bool:
    """0 to 64 characters."""
    return _set(state.profile.names, arguments, "name", limits.NAME_LENGTH)


def get_my_name(state: BotState, arguments: Arguments) -> JsonObject:
    """The name in a language."""
    return {"name": state.profile.name(_language(arguments))}


def set_my_description(state: BotState, arguments: Arguments) -> bool:
    """0 to 512 characters."""
    return _set(state.profile.descriptions, arguments, "description", limits.DESCRIPTION_LENGTH)


def set_my_short_description(state: BotState, arguments: Arguments) -> bool:
    """0 to 120 characters."""
    texts = state.profile.short_descriptions
    return _set(texts, arguments, "short_description", limits.SHORT_DESCRIPTION_LENGTH)


def get_my_description(state: BotState, arguments: Arguments) -> JsonObject:
    """The description in a language, else the one without a language."""
    return {"description": _in_language(state.profile.descriptions, arguments)}


def get_my_short_description(state: BotState, arguments: Arguments) -> JsonObject:
    """The short description in a language, else the one without a language."""
    return {"short_description": _in_language(state.profile.short_descriptions, arguments)}


def set_chat_menu_button(state: BotState, arguments: Arguments) -> bool:
    """The menu button of one private chat or of all; web apps are not built."""
    button = arguments.json_object("menu_button") or {"type": "default"}
    match button.get("type"):
        case "default" | "commands":
            state.profile.menu_buttons[_menu_chat(state, arguments)] = button
            return True
        case "web_app":
            raise not_built("the menu button web_app")
        case _:
            raise bad_request("unsupported menu button type specified")


def get_chat_menu_button(state: BotState, arguments: Arguments) -> JsonObject:
    """The menu button of one private chat, else that of all."""
    buttons = state.profile.menu_buttons
    return buttons.get(_menu_chat(state, arguments)) or buttons.get(None) or {"type": "commands"}


def _menu_chat(state: BotState, arguments: Arguments) -> int | None:
    if arguments.text("chat_id") is None:
        return None
    return state.readable(chat_id_of(arguments)).chat.chat_id


def _language(arguments: Arguments) -> str:
    code = arguments.text("language_code") or ""
    if not _LANGUAGE.fullmatch(code):
        raise bad_request("invalid language code specified")
    return code


def _set(texts: dict[str, str], arguments: Arguments, name: str, most: int) -> bool:
    text = arguments.text(name) or ""
    if len(text) > most:
        raise bad_request(f"{name} is too long")
    texts[_language(arguments)] = text
    return True


def _in_language(texts: dict[str, str], arguments: Arguments) -> str:
    return texts.get(_language(arguments)) or texts.get("", "")


def _command(value: object) -> JsonObject:
    match value:
        case {"command": str(command), "description": str(description), **rest} if not rest:
            if not _COMMAND.fullmatch(command):
                raise bad_request("BOT_COMMAND_INVALID")
            if not 1 <= len(description) <= limits.COMMAND_DESCRIPTION_LENGTH:
                raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
            return {"command": command, "description": description}
        case _:
            raise bad_request("can't parse BotCommand: expected an object with command and description")


def _place(state: BotState, arguments: Arguments) -> Place:
    scope = arguments.json_object("scope")
    match scope:
        case None:
            return DEFAULT_PLACE
        case {"type": str(kind)} if kind in _WITHOUT_CHAT:
            return kind, None, None
        case {"type": str(kind), "chat_id": int(chat_id)} if kind in _WITH_CHAT:
            user_id = scope.get("user_id")
            return kind, state.readable(chat_id).chat.chat_id, user_id if isinstance(user_id, int) else None
        case _:
            raise bad_request("can't parse BotCommandScope")
