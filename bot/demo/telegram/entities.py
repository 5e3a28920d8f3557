"""Formatted text: a plain text, and entities that mark parts of it in UTF-16 code units."""

import re
from dataclasses import dataclass, replace

from .arguments import JsonObject
from .refusals import bad_request, not_built

_PLAIN_TYPES = frozenset(
    {
        "mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bold", "italic", "underline",
        "strikethrough", "spoiler", "blockquote", "expandable_blockquote", "code", "pre", "text_link", "text_mention",
        "custom_emoji", "date_time",
    }
)  # fmt: skip
# What Telegram finds by itself: the kinds that a bot may meet. Commands and mentions follow no letter or digit.
_FOUND = re.compile(
    r"(?P<url>https?://[^\s<>\"]+[^\s<>\".,!?;:)\]])"
    r"|(?P<email>[\w.+-]+@[\w-]+\.[\w.-]*\w)"
    r"|(?<![\w/])(?P<bot_command>/[A-Za-z0-9_]{1,32}(?:@[A-Za-z0-9_]{3,32})?)(?![\w/])"
    r"|(?<!\w)(?P<mention>@[A-Za-z][A-Za-z0-9_]{3,31})\b"
    r"|(?<!\w)(?P<hashtag>#(?=\w*[^\W\d])\w{1,255})"
)


@dataclass(frozen=True, slots=True)
class Entity:
    """A mark on `length` UTF-16 code units from `offset` on; the rest belongs to one kind each."""

    kind: str
    offset: int
    length: int
    url: str | None = None
    language: str | None = None
    user_id: int | None = None
    custom_emoji_id: str | None = None

    def as_json(self) -> JsonObject:
        """A MessageEntity."""
        entity: JsonObject = {"type": self.kind, "offset": self.offset, "length": self.length}
        if self.url is not None:
            entity["url"] = self.url
        if self.language is not None:
            entity["language"] = self.language
        if self.user_id is not None:
            entity["user"] = {"id": self.user_id, "is_bot": False, "first_name": "Someone"}
        if self.custom_emoji_id is not None:
            entity["custom_emoji_id"] = self.custom_emoji_id
        return entity


@dataclass(frozen=True, slots=True)
class FormattedText:
    """A text as shown, and its entities by offset, longer ones first."""

    text: str = ""
    entities: tuple[Entity, ...] = ()


NO_TEXT = FormattedText()


def utf16_length(text: str) -> int:
    """UTF-16 code units, in which Telegram counts. A lone surrogate is refused with 400."""
    if text.isascii():
        return len(text)
    try:
        return len(text.encode("utf-16-le")) // 2
    except UnicodeEncodeError:
        raise bad_request("strings must be encoded in UTF-8") from None


def in_order(entities: list[Entity]) -> tuple[Entity, ...]:
    """By offset, longer ones first, as Telegram returns them."""
    return tuple(sorted(entities, key=lambda entity: (entity.offset, -entity.length, entity.kind)))


def with_found(formatted: FormattedText) -> FormattedText:
    """With the commands, links, addresses, mentions and hashtags that Telegram finds where nothing is marked."""
    if not any(sign in formatted.text for sign in "/@#"):
        return formatted
    taken = [(entity.offset, entity.offset + entity.length) for entity in formatted.entities if _excludes(entity)]
    found = []
    for match in _FOUND.finditer(formatted.text):
        kind = str(match.lastgroup)
        start = utf16_length(formatted.text[: match.start(kind)])
        length = utf16_length(match[kind])
        if all(start + length <= begin or end <= start for begin, end in taken):
            found.append(Entity(kind, start, length))
    return FormattedText(formatted.text, in_order([*formatted.entities, *found]))


def trimmed(formatted: FormattedText) -> FormattedText:
    """Without white space at both ends, as Telegram stores a text; entities move along."""
    text = formatted.text.strip()
    if text == formatted.text:
        return formatted
    shift = utf16_length(formatted.text) - utf16_length(formatted.text.lstrip())
    moved = [_clipped(entity, shift, utf16_length(text)) for entity in formatted.entities]
    return FormattedText(text, tuple(entity for entity in moved if entity.length > 0))


def from_json(values: list[object], text: str) -> list[Entity]:
    """The entities of an `entities` parameter, or a refusal with 400 of a malformed one."""
    return [_entity_from_json(value, utf16_length(text)) for value in values]


def _excludes(entity: Entity) -> bool:
    return entity.kind in {"code", "pre", "text_link", "text_mention", "bot_command", "url", "mention", "custom_emoji"}


def _clipped(entity: Entity, shift: int, end: int) -> Entity:
    start = min(max(entity.offset - shift, 0), end)
    stop = min(max(entity.offset + entity.length - shift, 0), end)
    return replace(entity, offset=start, length=stop - start)


def _entity_from_json(value: object, end: int) -> Entity:
    if not isinstance(value, dict):
        raise bad_request("can't parse entities: expected a list of objects")
    match value:
        case {"type": str(kind), "offset": int(offset), "length": int(length)} if kind in _PLAIN_TYPES:
            if offset < 0 or length <= 0 or offset + length > end:
                raise bad_request(f"can't parse entities: entity {kind} reaches beyond the text")
            return _with_details(Entity(kind, offset, length), value)
        case {"type": str(kind), "offset": int(), "length": int()}:
            raise bad_request(f"can't parse entities: unsupported type {kind}")
        case _:
            raise bad_request("can't parse entities: expected an object with type, offset and length")


def _with_details(entity: Entity, value: dict[str, object]) -> Entity:
    match entity.kind, value:
        case "text_link", {"url": str(url)}:
            return replace(entity, url=url)
        case "pre", {"language": str(language)}:
            return replace(entity, language=language)
        case "text_mention", {"user": {"id": int(user_id)}}:
            return replace(entity, user_id=user_id)
        case "custom_emoji", {"custom_emoji_id": str(emoji_id)}:
            return replace(entity, custom_emoji_id=emoji_id)
        case (("text_link" | "text_mention" | "custom_emoji"), _):
            raise bad_request(f"can't parse entities: {entity.kind} lacks what it refers to")
        case "date_time", _:
            raise not_built("the entity date_time")
        case _:
            return entity
