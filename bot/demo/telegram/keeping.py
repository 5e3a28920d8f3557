"""A world as JSON, for a demo that is continued later: chats, menus and who has blocked the bot. No update waits."""

import base64
import json
from datetime import datetime
from typing import Any

from . import entities
from .arguments import Arguments, Upload
from .chats import Media, MediaKind, Message
from .entities import FormattedText
from .keyboards import Keyboard, keyboard_as_json, read_keyboard
from .state import BotState, ChatRecord, Membership
from .world import World

Json = dict[str, Any]

_FOLDERS = {MediaKind.PHOTO: "photos", MediaKind.VOICE: "voice", MediaKind.DOCUMENT: "documents"}


def kept(world: World) -> Json:
    """Return what is worth keeping of a world's private chats."""
    state = world.state
    with state.lock:
        return {
            "people": [
                {**state.users[number], **_record(record)} for number, record in state.records.items() if number > 0
            ],
            "commands": [[list(place), code, listed] for (place, code), listed in state.profile.commands.items()],
        }


def restore(world: World, found: Json) -> None:
    """Bring a world, in which nothing has happened yet, to where another one was."""
    state = world.state
    for person in found["people"]:
        world.person(person["id"], person["first_name"], person["language_code"])
        record = state.records[person["id"]]
        record.bot_is = Membership(person["bot_is"])
        record.notifications.extend(person["notifications"])
        for message in person["messages"]:
            record.chat.add(_message(state, person["id"], message))
            state.skip_to_message_id(message["id"])
    for (kind, chat, user), code, listed in found["commands"]:
        state.profile.commands[(kind, chat, user), code] = listed


def _record(record: ChatRecord) -> Json:
    return {
        "bot_is": record.bot_is.value,
        "notifications": record.notifications,
        "messages": [_as_kept(message) for message in record.chat.messages.values()],
    }


def _as_kept(message: Message) -> Json:
    return {
        "id": message.message_id,
        "from_bot": message.from_bot,
        "at": message.at.isoformat(),
        "edited_at": message.edited_at.isoformat() if message.edited_at else None,
        "text": message.content.text,
        "entities": [entity.as_json() for entity in message.content.entities],
        "keyboard": keyboard_as_json(message.keyboard) if message.keyboard else None,
        "reply_to": message.reply_to,
        "silent": message.silent,
        "media": _media_as_kept(message.media) if message.media else None,
    }


def _media_as_kept(media: Media) -> Json:
    file = media.file
    content = base64.b64encode(file.content).decode()
    return {"kind": media.kind.value, "name": file.name, "mime_type": file.mime_type, "content": content}


def _message(state: BotState, who: int, one: Json) -> Message:
    text = str(one["text"])
    return Message(
        one["id"],
        state.user() if one["from_bot"] else state.users[who],
        from_bot=one["from_bot"],
        at=datetime.fromisoformat(one["at"]),
        content=FormattedText(text, tuple(entities.from_json(one["entities"], text))),
        media=_media(state, one["media"]) if one["media"] else None,
        keyboard=_keyboard(one["keyboard"]),
        edited_at=datetime.fromisoformat(one["edited_at"]) if one["edited_at"] else None,
        reply_to=one["reply_to"],
        silent=one["silent"],
    )


def _keyboard(markup: Json | None) -> Keyboard:
    return read_keyboard(Arguments({"reply_markup": json.dumps(markup)})) if markup else ()


def _media(state: BotState, one: Json) -> Media:
    kind = MediaKind(one["kind"])
    upload = Upload(one["name"], base64.b64decode(one["content"]), one["mime_type"])
    return Media(kind, state.files.keep(_FOLDERS[kind], upload))
