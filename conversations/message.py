"""What a message is made of. No markup: whoever shows it escapes what people wrote."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from conversations.buttons import Action


@dataclass(frozen=True, slots=True)
class Heading:
    """A line that stands out."""

    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """The title of a part with several headings."""

    text: str


@dataclass(frozen=True, slots=True)
class Quote:
    """Somebody's own words."""

    text: str


Block = str | Section | Heading | Quote


@dataclass(frozen=True, slots=True)
class Button:
    """Something to tap: what it says, and what it does."""

    label: str
    action: Action


class AttachmentKind(StrEnum):
    """How an attachment is sent."""

    QR_CODE = "qr_code"
    JSON_DOCUMENT = "json_document"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A picture or a document that goes with a message: a QR code of `content`, or `content` as a file."""

    kind: AttachmentKind
    content: str


@dataclass(frozen=True, slots=True)
class Message:
    """Paragraphs, headings and quotes from top to bottom, with rows of buttons below."""

    blocks: tuple[Block, ...]
    buttons: tuple[tuple[Button, ...], ...] = ()
    attachment: Attachment | None = None

    def below(self, *blocks: Block) -> "Message":
        """Return the same message with `blocks` added at its end."""
        return replace(self, blocks=self.blocks + blocks)

    def above(self, *blocks: Block) -> "Message":
        """Return the same message with `blocks` put first."""
        return replace(self, blocks=blocks + self.blocks)


def laid_out(message: Message, shown: Callable[[Block], str]) -> str:
    """Return the blocks below each other, each as `shown`: a line apart, and closer below a title or by a quote."""
    text = ""
    above: Block | None = None
    for block in message.blocks:
        if above is not None:
            close = isinstance(above, Heading | Section | Quote) or isinstance(block, Quote)
            text += "\n" if close else "\n\n"
        text += shown(block)
        above = block
    return text


def plain(message: Message) -> str:
    """Return the text without any styling, as stored beside a consent and counted against length limits."""
    return laid_out(message, words)


def words(block: Block) -> str:
    """Return what a block says."""
    return block if isinstance(block, str) else block.text


def length(text: str) -> int:
    """Return the length of `text` as Telegram counts it: in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def shortened(text: str, limit: int) -> str:
    """Return `text` cut to at most `limit` UTF-16 code units, with an ellipsis where something is left out."""
    if length(text) <= limit:
        return text
    return f"{_cut(text, limit - 1).rstrip()}…"


def split(text: str, limit: int) -> tuple[str, ...]:
    """Return `text` in parts of at most `limit` UTF-16 code units; together they are the whole text."""
    first = _cut(text, limit)
    return (first,) if first == text else (first, *split(text[len(first) :], limit))


def _cut(text: str, limit: int) -> str:
    return text.encode("utf-16-le")[: 2 * limit].decode("utf-16-le", errors="ignore")
