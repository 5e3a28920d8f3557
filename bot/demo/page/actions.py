"""What a page may ask for, read from JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from conversations.wording import demo_page as wording

MOST_HOURS = 24 * 28
"""How far the slider turns the clock at once."""


class NotUnderstood(ValueError):
    """What was asked for can't be read; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Says:
    """Somebody sends a text."""

    who: int
    text: str


@dataclass(frozen=True, slots=True)
class Starts:
    """Somebody presses Start without a link."""

    who: int


@dataclass(frozen=True, slots=True)
class Taps:
    """Somebody taps a button of a message."""

    who: int
    message: int
    row: int
    column: int


@dataclass(frozen=True, slots=True)
class Opens:
    """A client opens the link in a message of the therapist's."""

    who: int
    message: int


@dataclass(frozen=True, slots=True)
class Blocks:
    """Somebody blocks the bot, or unblocks it."""

    who: int
    blocked: bool


@dataclass(frozen=True, slots=True)
class Enters:
    """Another client gets a phone."""


@dataclass(frozen=True, slots=True)
class SessionEnds:
    """A session with a client ends, and the therapist logs it."""

    who: int


class Hour(StrEnum):
    """Where to turn the clock."""

    TWO_HOURS = "two_hours"
    TOMORROW = "tomorrow"
    MONDAY = "monday"


@dataclass(frozen=True, slots=True)
class Turns:
    """The clock is turned forward."""

    to: Hour | timedelta


@dataclass(frozen=True, slots=True)
class PlaysCaseload:
    """Ten weeks with twelve clients are played."""


@dataclass(frozen=True, slots=True)
class StartsOver:
    """Everything begins anew."""


Action = Says | Starts | Taps | Opens | Blocks | Enters | SessionEnds | Turns | PlaysCaseload | StartsOver


def read(body: bytes) -> Action:
    """Return what a page asks for. Raises NotUnderstood."""
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError):
        raise NotUnderstood(wording.NOT_JSON) from None
    match asked:
        case {"do": str(name), **rest}:
            return _named(name, rest)
    raise NotUnderstood(wording.UNKNOWN_ACTION)


def _named(name: str, rest: Mapping[Any, Any]) -> Action:
    """Return the action of that name. Raises NotUnderstood if something that it needs is missing."""
    match name, rest:
        case "says", {"who": int(who), "text": str(text)}:
            return Says(who, _sendable(text))
        case "starts", {"who": int(who)}:
            return Starts(who)
        case "taps", {"who": int(who), "message": int(message), "row": int(row), "column": int(column)}:
            return Taps(who, message, row, column)
        case "opens", {"who": int(who), "message": int(message)}:
            return Opens(who, message)
        case "blocks", {"who": int(who), "blocked": bool(blocked)}:
            return Blocks(who, blocked)
        case "session_ends", {"who": int(who)}:
            return SessionEnds(who)
        case "turns", _:
            return Turns(_hour(rest))
        case _ if name in _ALONE:
            return _ALONE[name]
    raise NotUnderstood(wording.UNKNOWN_ACTION)


_ALONE: dict[str, Action] = {"enters": Enters(), "plays_caseload": PlaysCaseload(), "starts_over": StartsOver()}


def _sendable(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise NotUnderstood(wording.UNKNOWN_ACTION) from None  # half a character, which no keyboard types
    return text


def _hour(rest: Mapping[Any, Any]) -> Hour | timedelta:
    match rest:
        case {"to": str(name)} if name in set(Hour):
            return Hour(name)
        case {"hours": int(hours)} if not isinstance(hours, bool) and 0 < hours <= MOST_HOURS:
            return timedelta(hours=hours)
    raise NotUnderstood(wording.UNKNOWN_HOUR)
