"""What Telegram reports, as events. Everything that is not in a private chat, or none of ours, is told apart here."""

import json
from dataclasses import dataclass
from typing import Any

from telegram import Chat, ChatMember, ChatMemberUpdated, Message, Update, User

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


def _is_id(value: object) -> bool:
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
    """Return what an update reports. Raises Unparsable, without its words."""
    try:
        update = Update.de_json(json.loads(payload), bot=None)
        return _report(update)
    except Exception as error:
        raise Unparsable(type(error).__name__) from None


def _report(update: Update) -> Reported:
    match update:
        case Update(callback_query=query) if query is not None:
            if query.message is not None and not _is_own_chat(query.message.chat, query.from_user):
                return None
            message_id = query.message.message_id if query.message else None
            tapped = Tapped(decode(query.data or ""))
            return FromPerson(query.from_user.id, query.from_user.full_name[:WHO_LIMIT], tapped, message_id)
        case Update(my_chat_member=change) if change is not None:
            return _chat_changed(change)
        case Update(message=message) if message is not None:
            return _said(message)
        case Update(channel_post=post) if post is not None:
            return ChatChanged(post.chat.id, AddedToGroup())
        case _:
            return None


def _is_own_chat(chat: Chat, sender: User | None) -> bool:
    """Tell whether this is the sender's own chat with the bot: Telegram gives it the id of the person."""
    return chat.type == Chat.PRIVATE and sender is not None and sender.id == chat.id


def _chat_changed(change: ChatMemberUpdated) -> Reported:
    chat, gone = change.chat, change.new_chat_member.status in {ChatMember.BANNED, ChatMember.LEFT}
    if chat.type != Chat.PRIVATE:
        return None if gone else ChatChanged(chat.id, AddedToGroup())
    if not _is_own_chat(chat, change.from_user):
        return None
    return ChatChanged(chat.id, Left() if gone else Returned())


def _said(message: Message) -> Reported:
    if message.chat.type != Chat.PRIVATE:
        was_removed = message.left_chat_member is not None
        return None if was_removed else ChatChanged(message.chat.id, AddedToGroup())
    if message.from_user is None or not _is_own_chat(message.chat, message.from_user):
        return None
    return FromPerson(message.chat.id, message.from_user.full_name[:WHO_LIMIT], _event(message))


def _event(message: Message) -> PersonActed:
    if message.text is None:
        return SentSomethingElse()
    if not message.text.startswith("/"):
        return Wrote(message.text)
    name, _, argument = message.text[1:].partition(" ")
    return Commanded(name.partition("@")[0].lower(), argument.strip())
