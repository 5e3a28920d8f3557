"""Changes to messages that are there: edits and deletions."""

from dataclasses import replace

from . import limits
from .arguments import Arguments, JsonObject
from .chats import Message
from .keyboards import read_keyboard
from .refusals import NOT_MODIFIED, bad_request
from .sending import chat_id_of, read_caption, read_preview, read_text
from .state import BotState, ChatRecord


def edit_message_text(state: BotState, arguments: Arguments) -> JsonObject:
    """Replace a text. Without reply_markup the keyboard goes."""
    record = state.writable(chat_id_of(arguments))
    content, keyboard = read_text(arguments), read_keyboard(arguments)
    message = _editable(record, arguments)
    if message.media is not None:
        raise bad_request("there is no text in the message to edit")
    preview = read_preview(arguments)
    return _edit(state, record, message, replace(message, content=content, keyboard=keyboard, preview=preview))


def edit_message_caption(state: BotState, arguments: Arguments) -> JsonObject:
    """Replace a caption; none removes it. Without reply_markup the keyboard goes."""
    record = state.writable(chat_id_of(arguments))
    content, keyboard = read_caption(arguments), read_keyboard(arguments)
    message = _editable(record, arguments)
    if message.media is None:
        raise bad_request("there is no caption in the message to edit")
    return _edit(state, record, message, replace(message, content=content, keyboard=keyboard))


def edit_message_reply_markup(state: BotState, arguments: Arguments) -> JsonObject:
    """Replace a keyboard; none removes it."""
    record = state.writable(chat_id_of(arguments))
    keyboard = read_keyboard(arguments)
    message = _editable(record, arguments)
    return _edit(state, record, message, replace(message, keyboard=keyboard))


def delete_message(state: BotState, arguments: Arguments) -> bool:
    """Delete one message that is younger than 48 hours. In a group a bot that is no administrator deletes its own."""
    record = state.readable(chat_id_of(arguments))
    message_id = _message_id(arguments, "message identifier is not specified")
    if message_id not in record.chat.messages:
        raise bad_request("message to delete not found")
    _delete(state, record, [message_id])
    return True


def delete_messages(state: BotState, arguments: Arguments) -> bool:
    """Delete 1 to 100 messages: those that are missing are skipped; one that can't be deleted keeps them all."""
    record = state.readable(chat_id_of(arguments))
    wanted = arguments.json_list("message_ids") or []
    numbers = [number for number in wanted if isinstance(number, int)]
    if not numbers or len(numbers) != len(wanted):
        raise bad_request("message identifiers are not specified")
    if len(numbers) > limits.DELETIONS_IN_A_CALL:
        raise bad_request("too many message identifiers specified")
    _delete(state, record, [number for number in numbers if number in record.chat.messages])
    return True


def _editable(record: ChatRecord, arguments: Arguments) -> Message:
    message_id = _message_id(arguments, "message identifier is not specified")
    message = record.chat.messages.get(message_id)
    if message is None:
        raise bad_request("message to edit not found")
    if not message.from_bot:
        raise bad_request("message can't be edited")
    return message


def _message_id(arguments: Arguments, without: str) -> int:
    message_id = arguments.integer("message_id")
    if message_id is None:
        raise bad_request(without)
    return message_id


def _edit(state: BotState, record: ChatRecord, old: Message, new: Message) -> JsonObject:
    if new == old:
        raise bad_request(NOT_MODIFIED)
    # A change of the keyboard alone is not shown as an edit.
    shown_at = old.edited_at if new.content == old.content else state.now()
    stored = record.chat.add(replace(new, edited_at=shown_at))
    state.changed.notify_all()
    return record.chat.as_json(stored)


def _delete(state: BotState, record: ChatRecord, message_ids: list[int]) -> None:
    for message_id in message_ids:
        message = record.chat.messages[message_id]
        if not message.from_bot and record.chat.chat_id < 0:
            raise bad_request("message can't be deleted")
        if state.now() - message.at >= limits.DELETABLE_FOR:
            raise bad_request("message can't be deleted for everyone")
    for message_id in dict.fromkeys(message_ids):
        del record.chat.messages[message_id]
    state.changed.notify_all()
