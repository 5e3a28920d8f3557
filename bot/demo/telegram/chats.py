"""Chats and their messages: what the server stores, and how a bot and a person see it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from .arguments import JsonObject
from .entities import NO_TEXT, Entity, FormattedText
from .files import StoredFile, picture_size
from .keyboards import Keyboard, SeenButton, keyboard_as_json


class MediaKind(Enum):
    """What a message carries besides its text; the value is the field's name in a Message."""

    PHOTO = "photo"
    DOCUMENT = "document"
    VOICE = "voice"


@dataclass(frozen=True, slots=True)
class Media:
    """A file in a message."""

    kind: MediaKind
    file: StoredFile

    def as_json(self) -> object:
        """The value of the message's photo (a list of sizes), document or voice."""
        of_file = self.file.as_json()
        match self.kind:
            case MediaKind.PHOTO:
                width, height = picture_size(self.file.content)
                return [{**of_file, "width": width, "height": height}]
            case MediaKind.DOCUMENT:
                return {**of_file, "file_name": self.file.name, "mime_type": self.file.mime_type}
            case MediaKind.VOICE:
                return {**of_file, "duration": 1, "mime_type": self.file.mime_type}


@dataclass(frozen=True, slots=True)
class SeenMessage:
    """A message as the person sees it now.

    `text` is plain (of a photo or document: the caption), with what is marked in it in `entities`. `edited_at` is None
    for a message that was never edited; `reply_to` is the message it answers.
    """

    message_id: int
    from_bot: bool
    at: datetime
    text: str
    entities: tuple[Entity, ...] = ()
    buttons: tuple[tuple[SeenButton, ...], ...] = ()
    edited_at: datetime | None = None
    photo: bytes | None = None
    document: tuple[str, bytes] | None = None
    reply_to: int | None = None
    silent: bool = False

    def labels(self) -> list[str]:
        """The labels of all buttons, row by row."""
        return [button.label for row in self.buttons for button in row]


@dataclass(frozen=True, slots=True)
class Message:
    """A message as stored; an edit puts another in its place. `sender` is a User, `service` further fields."""

    message_id: int
    sender: JsonObject
    from_bot: bool
    at: datetime
    content: FormattedText = NO_TEXT
    media: Media | None = None
    keyboard: Keyboard = ()
    edited_at: datetime | None = None
    reply_to: int | None = None
    silent: bool = False
    protected: bool = False
    caption_above: bool = False
    spoiler: bool = False
    preview: JsonObject | None = None
    service: JsonObject = field(default_factory=dict)

    def seen(self) -> SeenMessage:
        """What the person sees."""
        content = self.media.file.content if self.media else b""
        kind = self.media.kind if self.media else None
        name = self.media.file.name if self.media else ""
        return SeenMessage(
            message_id=self.message_id,
            from_bot=self.from_bot,
            at=self.at,
            text=self.content.text,
            entities=self.content.entities,
            buttons=self.keyboard,
            edited_at=self.edited_at,
            photo=content if kind is MediaKind.PHOTO else None,
            document=(name, content) if kind is MediaKind.DOCUMENT else None,
            reply_to=self.reply_to,
            silent=self.silent,
        )


class Chat:
    """A chat's messages by identifier, without the deleted ones; `header` is a Chat object."""

    def __init__(self, chat_id: int, header: JsonObject) -> None:
        self.chat_id = chat_id
        self.header = header
        self.messages: dict[int, Message] = {}

    def add(self, message: Message) -> Message:
        """Store a message, in place of the one with its identifier."""
        self.messages[message.message_id] = message
        return message

    def seen(self) -> list[SeenMessage]:
        """The chat as it is shown now, oldest first."""
        return [message.seen() for message in self.messages.values()]

    def as_json(self, message: Message, *, with_reply: bool = True) -> JsonObject:
        """A Message of this chat."""
        result: JsonObject = {
            "message_id": message.message_id,
            "from": message.sender,
            "chat": self.header,
            "date": int(message.at.timestamp()),
            **_content_as_json(message),
            **_marks_as_json(message),
            **message.service,
        }
        answered = self.messages.get(message.reply_to) if message.reply_to is not None else None
        if answered is not None and with_reply:
            result["reply_to_message"] = self.as_json(answered, with_reply=False)
        return result


def _content_as_json(message: Message) -> JsonObject:
    result: JsonObject = {}
    text_field, entities_field = ("text", "entities") if message.media is None else ("caption", "caption_entities")
    if message.media is not None:
        result[message.media.kind.value] = message.media.as_json()
    if message.content.text:
        result[text_field] = message.content.text
    if message.content.entities:
        result[entities_field] = [entity.as_json() for entity in message.content.entities]
    return result


def _marks_as_json(message: Message) -> JsonObject:
    result: JsonObject = {}
    if message.keyboard:
        result["reply_markup"] = keyboard_as_json(message.keyboard)
    if message.edited_at is not None:
        result["edit_date"] = int(message.edited_at.timestamp())
    if message.preview is not None:
        result["link_preview_options"] = message.preview
    if message.protected:
        result["has_protected_content"] = True
    if message.caption_above:
        result["show_caption_above_media"] = True
    if message.spoiler:
        result["has_media_spoiler"] = True
    return result
