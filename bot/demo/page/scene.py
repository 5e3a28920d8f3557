"""What pages show at one moment, and what is new in it compared with another moment."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.demo.page.people import Player
from bot.demo.telegram import Entity, SeenButton, SeenMessage
from conversations.wording.dates import full_day, hour

Json = dict[str, Any]

LINK = re.compile(r"https://t\.me/\w+\?start=([\w-]+)")
NOTIFICATIONS = 2
"""How many notifications a lock screen shows."""
_SILENT = "(silent) "


@dataclass(frozen=True, slots=True)
class Phone:
    """One phone: what changes with every step, and its messages by number."""

    head: Json
    messages: dict[int, Json]


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that pages show. `stage` counts how often everything began anew: other messages have other numbers."""

    stage: int
    head: Json
    phones: dict[int, Phone]


def phone_of(player: Player, zone: ZoneInfo, now: datetime) -> Phone:
    """Return what somebody's phone shows."""
    seen = player.phone.sees()
    head = {
        "who": player.number,
        "name": player.name,
        "zone": zone.key,
        "time": hour(now, zone),
        "started": any(not message.from_bot for message in seen),
        "blocked": player.phone.has_blocked,
        "commands": [command.split(": ", 1) for command in player.phone.commands()],
        "notifications": [_notification(line) for line in reversed(player.phone.notifications[-NOTIFICATIONS:])],
    }
    return Phone(head, {message.message_id: _message(player.number, message, zone) for message in seen})


def _notification(line: str) -> Json:
    return {"text": line.removeprefix(_SILENT), "silent": line.startswith(_SILENT)}


def _message(who: int, message: SeenMessage, zone: ZoneInfo) -> Json:
    return {
        "id": message.message_id,
        "mine": not message.from_bot,
        "day": full_day(message.at, zone),
        "time": hour(message.at, zone),
        "edited": message.edited_at is not None,
        "text": _shown(message),
        "entities": [_entity(entity) for entity in message.entities],
        "buttons": [[_button(button) for button in row] for row in message.buttons],
        "picture": None if message.photo is None else f"/files/{who}/{message.message_id}",
        "document": None
        if message.document is None
        else {"name": message.document[0], "href": f"/files/{who}/{message.message_id}"},
        "link": message.from_bot and LINK.search(message.text) is not None,
    }


def _shown(message: SeenMessage) -> str:
    """Return the text as an app shows it: of a link that was opened, the person sees the command alone."""
    return "/start" if not message.from_bot and message.text.startswith("/start ") else message.text


def _entity(entity: Entity) -> Json:
    return {"kind": entity.kind, "offset": entity.offset, "length": entity.length}


def _button(button: SeenButton) -> Json:
    return {"label": button.label, "opens": button.url}


def news(before: Scene | None, after: Scene) -> Json:
    """Return what a page that shows `before` needs in order to show `after`; everything for None."""
    whole = before is None or before.stage != after.stage
    known = {} if before is None or whole else before.phones
    return {
        **after.head,
        "whole": whole,
        "phones": [{**phone.head, **_changes(known.get(who), phone)} for who, phone in after.phones.items()],
    }


def _changes(before: Phone | None, after: Phone) -> Json:
    known = before.messages if before else {}
    return {
        "changed": [message for number, message in after.messages.items() if known.get(number) != message],
        "gone": [number for number in known if number not in after.messages],
    }
