"""New messages: sendMessage, sendPhoto, sendDocument, sendChatAction."""

from dataclasses import dataclass, replace

from . import limits
from .arguments import Arguments, JsonObject
from .chats import Media, MediaKind, Message
from .entities import FormattedText, from_json, in_order, trimmed, utf16_length, with_found
from .html import parse_html
from .keyboards import read_keyboard
from .refusals import bad_request, not_built
from .state import BotState, ChatRecord

_ACTIONS = frozenset(
    {
        "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
        "choose_sticker", "find_location", "record_video_note", "upload_video_note",
    }
)  # fmt: skip
_REPLY_FIELDS = frozenset({"message_id", "chat_id", "allow_sending_without_reply"})

_PREVIEW_FIELDS = {
    "is_disabled": bool,
    "url": str,
    "prefer_small_media": bool,
    "prefer_large_media": bool,
    "show_above_text": bool,
}


@dataclass(frozen=True, slots=True)
class _Limit:
    most: int
    name: str


_TEXT = _Limit(limits.TEXT_LENGTH, "message")
_CAPTION = _Limit(limits.CAPTION_LENGTH, "message caption")


def send_message(state: BotState, arguments: Arguments) -> JsonObject:
    """Send a text of 1 to 4096 characters."""
    record = state.writable(chat_id_of(arguments))
    return _deliver(state, record, _new(state, record, arguments, read_text(arguments)))


def send_photo(state: BotState, arguments: Arguments) -> JsonObject:
    """Send an image of at most 10 MB with a caption of at most 1024 characters."""
    return _send_file(state, arguments, MediaKind.PHOTO, "photos")


def send_document(state: BotState, arguments: Arguments) -> JsonObject:
    """Send a file of at most 50 MB with a caption of at most 1024 characters."""
    return _send_file(state, arguments, MediaKind.DOCUMENT, "documents")


def send_chat_action(state: BotState, arguments: Arguments) -> bool:
    """Show what the bot is doing."""
    record = state.writable(chat_id_of(arguments))
    action = arguments.text("action")
    if action not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    record.actions.append(action)
    return True


def chat_id_of(arguments: Arguments, name: str = "chat_id") -> int:
    """The chat that is meant. People and groups have no @names here, so any other text is an unknown chat."""
    text = arguments.text(name)
    if not text:
        raise bad_request(f"{name} is empty")
    try:
        return int(text)
    except ValueError:
        raise bad_request("chat not found") from None


def read_text(arguments: Arguments) -> FormattedText:
    """The text of a message, or a refusal."""
    formatted = _read_formatted(arguments, "text", "entities", _TEXT)
    if not formatted.text:
        raise bad_request("message text is empty")
    return formatted


def read_caption(arguments: Arguments) -> FormattedText:
    """The caption, which may be empty, or a refusal."""
    return _read_formatted(arguments, "caption", "caption_entities", _CAPTION)


def read_preview(arguments: Arguments) -> JsonObject | None:
    """The LinkPreviewOptions, or a refusal of what they can't be."""
    options = arguments.json_object("link_preview_options")
    for name, value in (options or {}).items():
        if not isinstance(value, _PREVIEW_FIELDS.get(name, ())):
            raise bad_request(f'can\'t parse link preview options: unexpected "{name}"')
    return options


def _read_formatted(arguments: Arguments, name: str, entities: str, limit: _Limit) -> FormattedText:
    source = arguments.text(name) or ""
    utf16_length(source)
    match (arguments.text("parse_mode") or "").lower():
        case "html":
            formatted = parse_html(source)
        case "":
            marked = arguments.json_list(entities) or []
            formatted = FormattedText(source, in_order(from_json(marked, source)))
        case "markdown" | "markdownv2" as mode:
            raise not_built(f"the parse mode {mode}")
        case _:
            raise bad_request("unsupported parse_mode")
    formatted = with_found(trimmed(formatted))
    if utf16_length(formatted.text) > limit.most:
        raise bad_request(f"{limit.name} is too long")
    return formatted


def _send_file(state: BotState, arguments: Arguments, kind: MediaKind, folder: str) -> JsonObject:
    record = state.writable(chat_id_of(arguments))
    message = _new(state, record, arguments, read_caption(arguments))
    arguments.flag("disable_content_type_detection")
    file = state.files.given(arguments, kind.value, folder)
    return _deliver(state, record, replace(message, media=Media(kind, file)))


def _new(state: BotState, record: ChatRecord, arguments: Arguments, content: FormattedText) -> Message:
    return Message(
        message_id=0,
        sender=state.user(),
        from_bot=True,
        at=state.now(),
        content=content,
        keyboard=read_keyboard(arguments),
        reply_to=_reply_to(record, arguments),
        silent=arguments.flag("disable_notification"),
        protected=arguments.flag("protect_content"),
        caption_above=arguments.flag("show_caption_above_media"),
        spoiler=arguments.flag("has_spoiler"),
        preview=read_preview(arguments),
    )


def _reply_to(record: ChatRecord, arguments: Arguments) -> int | None:
    wanted = arguments.json_object("reply_parameters")
    if wanted is None:
        return None
    if other := sorted(set(wanted) - _REPLY_FIELDS):
        raise not_built(f"{other[0]} in reply_parameters")
    message_id = wanted.get("message_id")
    if not isinstance(message_id, int):
        raise bad_request("can't parse reply parameters: message_id must be an integer")
    if wanted.get("chat_id", record.chat.chat_id) != record.chat.chat_id:
        raise not_built("a reply to another chat")
    if message_id in record.chat.messages:
        return message_id
    if wanted.get("allow_sending_without_reply") is True:
        return None
    raise bad_request("message to be replied not found")


def _deliver(state: BotState, record: ChatRecord, message: Message) -> JsonObject:
    # Last of all: what is refused for another reason counts for no limit.
    if state.flood_limits:
        state.floods.admit(record.chat.chat_id, state.now())
    stored = record.chat.add(replace(message, message_id=state.next_message_id()))
    record.notifications.append(_lock_screen(stored))
    state.changed.notify_all()
    return record.chat.as_json(stored)


def _lock_screen(message: Message) -> str:
    first_line = message.content.text.partition("\n")[0]
    match message.media:
        case None:
            line = first_line
        case Media(MediaKind.PHOTO):
            line = first_line or "Photo"
        case media:
            line = first_line or media.file.name
    return f"(silent) {line}" if message.silent else line
