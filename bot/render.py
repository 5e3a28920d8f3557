"""Messages as Telegram takes them. Here, at the edge, what people wrote is escaped."""

import json
from dataclasses import dataclass
from html import escape

from conversations.buttons import encode
from conversations.message import AttachmentKind, Block, Heading, Message, Quote, Section, laid_out


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent: HTML text, rows of (label, callback data), and what is attached."""

    html: str
    buttons: tuple[tuple[tuple[str, str], ...], ...] = ()
    attachment: tuple[AttachmentKind, str] | None = None
    message_ids: tuple[int, ...] = ()
    """For messages to be taken back: which."""
    commands: tuple[tuple[str, str], ...] = ()
    """For a menu: names and descriptions."""


def body_of(message: Message) -> Body:
    """Return a message as Telegram takes it."""
    attachment = message.attachment
    return Body(
        laid_out(message, _html),
        tuple(tuple((button.label, encode(button.action)) for button in row) for row in message.buttons),
        (attachment.kind, attachment.content) if attachment else None,
    )


def _html(block: Block) -> str:
    match block:
        case Section(text):
            return f"<b><u>{escape(text, quote=False)}</u></b>"
        case Heading(text):
            return f"<b>{escape(text, quote=False)}</b>"
        case Quote(text):
            return f"<blockquote>{escape(text, quote=False)}</blockquote>"
        case str():
            return escape(block, quote=False)


_ENCODER = json.JSONEncoder(ensure_ascii=False)


def to_json(body: Body) -> str:
    """Return a body as it is stored in the outbox."""
    return _ENCODER.encode(
        {
            "html": body.html,
            "buttons": body.buttons,
            "attachment": body.attachment,
            "message_ids": body.message_ids,
            "commands": body.commands,
        }
    )


def from_json(stored: str) -> Body:
    """Return a body as it was stored in the outbox."""
    data = json.loads(stored)
    attachment = data["attachment"]
    return Body(
        data["html"],
        tuple(tuple((label, action) for label, action in row) for row in data["buttons"]),
        (AttachmentKind(attachment[0]), attachment[1]) if attachment else None,
        tuple(data["message_ids"]),
        tuple((name, description) for name, description in data["commands"]),
    )
