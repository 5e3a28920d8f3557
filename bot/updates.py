"""What Telegram reports, as events. Everything that is not in a private chat, or none of ours, is told apart here."""

import json
from dataclasses import dataclass
from typing import Any, TypeGuard

from telegram.constants import ChatMemberStatus, ChatType

from conversations.buttons import decode
from conversations.events import (
    AddedToGroup,
    Commanded,
    Left,
    PersonActed,
    Returned,
    SentSomethingElse,
    Tapped,
    Wrote,
)

RawUpdate = dict[str, Any]
"""An update as Telegram hands it out."""

ALLOWED_UPDATES = ("message", "callback_query", "my_chat_member", "channel_post")

_Json = dict[str, Any]
_GONE = {ChatMemberStatus.BANNED, ChatMemberStatus.LEFT}
WHO_LIMIT = 64
HIGHEST_ID = 1 << 52


class Unparsable(Exception):
    """An update is not what the Bot API describes."""


@dataclass(frozen=True, slots=True)
class FromPerson:
    """Somebody did something in a private chat."""

    chat_id: int
    who: str
    """The name that Telegram shows of them, for the one question that needs it; never stored."""
    event: PersonActed
    message_id: int | None = None
    """The message whose button was tapped; None for anything else."""


@dataclass(frozen=True, slots=True)
class ChatChanged:
    """A private chat was blocked or unblocked, or the bot was put into another kind of chat."""

    chat_id: int
    event: Left | Returned | AddedToGroup


Reported = FromPerson | ChatChanged | None
"""None: nothing that this bot acts on."""


def has_number(update: object) -> bool:
    """Tell whether something that came has a number to store and acknowledge it by."""
    return isinstance(update, dict) and _is_id(update.get("update_id")) and update["update_id"] >= 0


def _is_id(value: object) -> TypeGuard[int]:
    """Tell whether a value can be an id of Telegram's: 52 bits at most; the database takes 64."""
    return type(value) is int and abs(value) < HIGHEST_ID


def lane_of(update: RawUpdate) -> int | None:
    """Return the chat of a raw update, whose order must hold; None if none can be told."""
    try:
        kind = next((kind for kind in ("message", "my_chat_member", "channel_post") if kind in update), None)
        lane = update[kind]["chat"]["id"] if kind else update["callback_query"]["from"]["id"]
    except (KeyError, TypeError, IndexError):
        return None
    return lane if _is_id(lane) else None


def callback_id(update: RawUpdate) -> str | None:
    """Return the id of a tap in a raw update, to stop the button's spinner; None if it is no tap."""
    query = update.get("callback_query")
    found = query.get("id") if isinstance(query, dict) else None
    return found if isinstance(found, str) else None


def parse(payload: str) -> Reported:
    """Return what an update reports. Raises Unparsable, without its words.

    Read by hand: python-telegram-bot makes objects of all that Telegram tells, at ten times the cost, of which six
    fields are needed here.
    """
    try:
        return _report(json.loads(payload))
    except Exception as error:
        raise Unparsable(type(error).__name__) from None


def _report(update: RawUpdate) -> Reported:
    if (query := update.get("callback_query")) is not None:
        return _tapped(query)
    if (change := update.get("my_chat_member")) is not None:
        return _chat_changed(change)
    if (message := update.get("message")) is not None:
        return _said(message)
    if (post := update.get("channel_post")) is not None:
        return ChatChanged(_id(post["chat"]["id"]), AddedToGroup())
    return None


def _tapped(query: _Json) -> Reported:
    sender, message = query["from"], query.get("message")
    if message is not None and not _is_own_chat(message["chat"], sender):
        return None
    message_id = _id(message["message_id"]) if message is not None else None
    return FromPerson(_id(sender["id"]), _name(sender), Tapped(decode(_text(query.get("data", "")))), message_id)


def _is_own_chat(chat: _Json, sender: _Json | None) -> bool:
    """Tell whether this is the sender's own chat with the bot: Telegram gives it the id of the person."""
    return bool(chat["type"] == ChatType.PRIVATE and sender is not None and _id(sender["id"]) == _id(chat["id"]))


def _chat_changed(change: _Json) -> Reported:
    chat, gone = change["chat"], change["new_chat_member"]["status"] in _GONE
    if chat["type"] != ChatType.PRIVATE:
        return None if gone else ChatChanged(_id(chat["id"]), AddedToGroup())
    if not _is_own_chat(chat, change["from"]):
        return None
    return ChatChanged(_id(chat["id"]), Left() if gone else Returned())


def _said(message: _Json) -> Reported:
    chat, sender = message["chat"], message.get("from")
    if chat["type"] != ChatType.PRIVATE:
        was_removed = message.get("left_chat_member") is not None
        return None if was_removed else ChatChanged(_id(chat["id"]), AddedToGroup())
    if sender is None or not _is_own_chat(chat, sender):
        return None
    return FromPerson(_id(chat["id"]), _name(sender), _event(message.get("text")))


def _event(text: object) -> PersonActed:
    if text is None:
        return SentSomethingElse()
    if not _text(text).startswith("/"):
        return Wrote(_text(text))
    name, _, argument = _text(text)[1:].partition(" ")
    return Commanded(name.partition("@")[0].lower(), argument.strip())


def _id(value: object) -> int:
    """Return an id, or raise ValueError."""
    if not _is_id(value):
        raise ValueError
    return value


def _text(value: object) -> str:
    """Return a text without what no database but SQLite can hold, or raise TypeError."""
    if not isinstance(value, str):
        raise TypeError
    return value.replace("\x00", "\ufffd")


def _name(sender: _Json) -> str:
    """Return the name that Telegram shows of somebody."""
    first, last = _text(sender["first_name"]), _text(sender.get("last_name") or "")
    return f"{first} {last}".strip()[:WHO_LIMIT]
