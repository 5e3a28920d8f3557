"""The methods that are built, with the parameters that each of them heeds."""

from collections.abc import Callable
from dataclasses import dataclass

from . import answering, editing, presenting, sending, visiting, webhook_settings
from .arguments import Arguments
from .catalogue import KnownMethod
from .refusals import bad_request, not_built
from .state import BotState

Handler = Callable[[BotState, Arguments], object]

_SEND = "chat_id parse_mode reply_markup reply_parameters disable_notification protect_content "
_FILE = "caption caption_entities "


@dataclass(frozen=True, slots=True)
class BuiltMethod:
    """What carries a method out, and the parameters it heeds."""

    handler: Handler
    parameters: frozenset[str]


def _built(handler: Handler, parameters: str = "") -> BuiltMethod:
    return BuiltMethod(handler, frozenset(parameters.split()))


_BUILT = {
    "getMe": _built(presenting.get_me),
    "sendMessage": _built(sending.send_message, _SEND + "text entities link_preview_options"),
    "sendPhoto": _built(sending.send_photo, _SEND + _FILE + "photo has_spoiler show_caption_above_media"),
    "sendDocument": _built(sending.send_document, _SEND + _FILE + "document disable_content_type_detection"),
    "sendChatAction": _built(sending.send_chat_action, "chat_id action"),
    "editMessageText": _built(
        editing.edit_message_text, "chat_id message_id text parse_mode entities link_preview_options reply_markup"
    ),
    "editMessageCaption": _built(
        editing.edit_message_caption, "chat_id message_id caption parse_mode caption_entities reply_markup"
    ),
    "editMessageReplyMarkup": _built(editing.edit_message_reply_markup, "chat_id message_id reply_markup"),
    "deleteMessage": _built(editing.delete_message, "chat_id message_id"),
    "deleteMessages": _built(editing.delete_messages, "chat_id message_ids"),
    "answerCallbackQuery": _built(answering.answer_callback_query, "callback_query_id text show_alert cache_time"),
    "setMyCommands": _built(presenting.set_my_commands, "commands scope language_code"),
    "getMyCommands": _built(presenting.get_my_commands, "scope language_code"),
    "deleteMyCommands": _built(presenting.delete_my_commands, "scope language_code"),
    "setMyName": _built(presenting.set_my_name, "name language_code"),
    "getMyName": _built(presenting.get_my_name, "language_code"),
    "setMyDescription": _built(presenting.set_my_description, "description language_code"),
    "getMyDescription": _built(presenting.get_my_description, "language_code"),
    "setMyShortDescription": _built(presenting.set_my_short_description, "short_description language_code"),
    "getMyShortDescription": _built(presenting.get_my_short_description, "language_code"),
    "setChatMenuButton": _built(presenting.set_chat_menu_button, "chat_id menu_button"),
    "getChatMenuButton": _built(presenting.get_chat_menu_button, "chat_id"),
    "setWebhook": _built(
        webhook_settings.set_webhook, "url secret_token max_connections allowed_updates drop_pending_updates"
    ),
    "deleteWebhook": _built(webhook_settings.delete_webhook, "drop_pending_updates"),
    "getWebhookInfo": _built(webhook_settings.get_webhook_info),
    "getChat": _built(visiting.get_chat, "chat_id"),
    "leaveChat": _built(visiting.leave_chat, "chat_id"),
    "getFile": _built(visiting.get_file, "file_id"),
    "logOut": _built(visiting.log_out),
    "close": _built(visiting.close),
}
_OF_POLLING = frozenset({"offset", "limit", "timeout", "allowed_updates"})
POLLING = "getUpdates"


def built_methods() -> dict[str, frozenset[str]]:
    """What is built, with the parameters that are heeded."""
    return {name: built.parameters for name, built in _BUILT.items()} | {POLLING: _OF_POLLING}


def carry_out(state: BotState, method: KnownMethod, arguments: Arguments) -> object:
    """The result of a call, or a Refusal. The caller holds the lock."""
    built = _BUILT.get(method.name)
    if built is None:
        raise not_built(f"the method {method.name}")
    check_names(method, arguments, built.parameters)
    return built.handler(state, arguments)


def check_names(method: KnownMethod, arguments: Arguments, heeded: frozenset[str] = _OF_POLLING) -> None:
    """Refuse parameters that the method doesn't have, which Telegram would ignore, and those that aren't built.

    Stricter than Telegram on purpose: a misspelt parameter does nothing there, and nobody notices.
    """
    given = arguments.names()
    if given <= heeded:
        return
    if unknown := sorted(given - method.parameters):
        raise bad_request(f'unknown parameter "{unknown[0]}" of {method.name}')
    raise not_built(f"the parameter {min(given - heeded)} of {method.name}")
