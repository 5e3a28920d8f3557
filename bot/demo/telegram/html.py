"""Telegram's HTML (https://core.telegram.org/bots/api#html-style): a short list of tags, and no forgiveness."""

import html
import re
from dataclasses import dataclass, field

from .entities import Entity, FormattedText, in_order, utf16_length
from .refusals import Refusal, bad_request

_KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}
_CHARACTER = re.compile(r"&(lt|gt|amp|quot|#\d{1,7}|#x[0-9a-fA-F]{1,6});")
_ATTRIBUTE = re.compile(r"""\s+([A-Za-z][\w-]*)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+))?""")
_TAG_NAME = re.compile(r"</?([A-Za-z0-9-]*)")


@dataclass(frozen=True, slots=True)
class _OpenTag:
    name: str
    start: int
    attributes: dict[str, str]


@dataclass(slots=True)
class _Reading:
    source: str
    position: int = 0
    text: list[str] = field(default_factory=list)
    length: int = 0
    open_tags: list[_OpenTag] = field(default_factory=list)
    entities: list[Entity] = field(default_factory=list)

    def add(self, text: str) -> None:
        self.text.append(text)
        self.length += utf16_length(text)


def parse_html(source: str) -> FormattedText:
    """The text and entities of `source`. Unknown, unclosed and crossed tags are refused with 400.

    Named characters other than lt, gt, amp and quot stay as written, as at Telegram.
    """
    reading = _Reading(source)
    while reading.position < len(source):
        match source[reading.position]:
            case "<" if source.startswith("</", reading.position):
                _end_tag(reading)
            case "<":
                _start_tag(reading)
            case "&":
                _character(reading)
            case _:
                _plain(reading)
    if reading.open_tags:
        raise _refuse(f'Can\'t find end tag corresponding to start tag "{reading.open_tags[-1].name}"')
    return FormattedText("".join(reading.text), in_order(reading.entities))


def _refuse(what: str) -> Refusal:
    return bad_request(f"can't parse entities: {what}")


def _offset(reading: _Reading) -> int:
    return len(reading.source[: reading.position].encode("utf-8", "replace"))


def _plain(reading: _Reading) -> None:
    found = re.compile("[<&]").search(reading.source, reading.position)
    end = found.start() if found else len(reading.source)
    reading.add(reading.source[reading.position : end])
    reading.position = end


def _character(reading: _Reading) -> None:
    found = _CHARACTER.match(reading.source, reading.position)
    written = found[0] if found else "&"
    reading.add(html.unescape(written))
    reading.position += len(written)


def _start_tag(reading: _Reading) -> None:
    found = _TAG_NAME.match(reading.source, reading.position)
    name = found[1].lower() if found else ""
    if name not in _KINDS:
        raise _refuse(f'Unsupported start tag "{name}" at byte offset {_offset(reading)}')
    end = reading.position + 1 + len(name)
    attributes: dict[str, str] = {}
    while attribute := _ATTRIBUTE.match(reading.source, end):
        attributes[attribute[1].lower()] = html.unescape((attribute[2] or "").strip("\"'"))
        end = attribute.end()
    closing = re.compile(r"\s*>").match(reading.source, end)
    if closing is None:
        raise _refuse(f'Unclosed start tag "{name}" at byte offset {_offset(reading)}')
    if name == "span" and attributes.get("class") != "tg-spoiler":
        raise _refuse(f'Tag "span" must have class "tg-spoiler" at byte offset {_offset(reading)}')
    reading.open_tags.append(_OpenTag(name, reading.length, attributes))
    reading.position = closing.end()


def _end_tag(reading: _Reading) -> None:
    found = re.compile(r"</([A-Za-z0-9-]*)\s*>").match(reading.source, reading.position)
    if not reading.open_tags:
        raise _refuse(f"Unexpected end tag at byte offset {_offset(reading)}")
    if found is None:
        raise _refuse(f"Unclosed end tag at byte offset {_offset(reading)}")
    tag = reading.open_tags.pop()
    if found[1].lower() != tag.name:
        where = f"Unmatched end tag at byte offset {_offset(reading)}"
        raise _refuse(f'{where}, expected "</{tag.name}>", found "</{found[1].lower()}>"')
    if reading.length > tag.start:
        _close(reading, tag)
    reading.position = found.end()


def _close(reading: _Reading, tag: _OpenTag) -> None:
    kind, length = _KINDS[tag.name], reading.length - tag.start
    match tag.name:
        case "a":
            _close_link(reading, tag, length)
        case "tg-emoji" if not tag.attributes.get("emoji-id", "").isdigit():
            raise _refuse("Invalid custom emoji identifier specified")
        case "tg-emoji":
            emoji_id = tag.attributes["emoji-id"]
            reading.entities.append(Entity(kind, tag.start, length, custom_emoji_id=emoji_id))
        case "blockquote" if "expandable" in tag.attributes:
            reading.entities.append(Entity("expandable_blockquote", tag.start, length))
        case "code" if any(outer.name == "pre" and outer.start == tag.start for outer in reading.open_tags):
            language = tag.attributes.get("class", "").removeprefix("language-") or None
            reading.entities.append(Entity("pre", tag.start, length, language=language))
        case "pre" if any(inner.kind == "pre" and inner.offset == tag.start for inner in reading.entities):
            pass  # <pre><code>: the inner tag has become the entity
        case _:
            reading.entities.append(Entity(kind, tag.start, length))


def _close_link(reading: _Reading, tag: _OpenTag, length: int) -> None:
    url = tag.attributes.get("href", "")
    mentioned = re.fullmatch(r"tg://user\?id=(\d+)", url)
    if mentioned:
        reading.entities.append(Entity("text_mention", tag.start, length, user_id=int(mentioned[1])))
    elif re.match(r"(https?|tg|ton|mailto|tel):", url) or re.match(r"[\w-]+\.[\w.-]+", url):
        reading.entities.append(Entity("text_link", tag.start, length, url=url))
    # Any other address makes no link, and no error, at Telegram.
