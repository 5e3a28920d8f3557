"""What a button carries: a verb and at most three short words, never who acts. Telegram allows 64 bytes."""

import re
from dataclasses import dataclass
from enum import StrEnum


class Verb(StrEnum):
    """Everything that a button can ask for."""

    # consent
    AGREE = "agree"
    NO_THANKS = "no"
    ASK_LATER = "later"
    CONFIRM_PAIRING = "pair"
    REFUSE_PAIRING = "unpair"
    # the card of a check-in
    START = "start"
    RATE = "rate"
    SKIP = "skip"
    BACK = "back"
    REASON = "reason"
    WISH = "wish"
    DONE = "done"
    REMOVE_COMMENTS = "uncomment"
    NOT_THIS_TIME = "pass"
    DID_NOT_MEET = "nomeet"
    SEE_ANSWERS = "see"
    HIDE_ANSWERS = "hide"
    CHANGE = "change"
    KEEP_PRIVATE = "private"
    SHARE = "share"
    # a client's own affairs
    PAUSE_FOR = "pause"
    RESUME = "resume"
    CHOOSE_STOP = "stop"
    CONFIRM_STOP = "stopyes"
    CONFIRM_ERASE = "erase"
    NEVER_MIND = "keep"
    # a therapist's desk
    OPEN_CLIENT = "client"
    JUST_ENDED = "ended"
    ENDED_AT = "endedat"
    UNDO_SESSION = "undo"
    REMOVE_CLIENT = "remove"
    CONFIRM_REMOVE = "removeyes"
    REVOKE_INVITATION = "revoke"
    SHOW_CLIENTS = "clients"
    SHOW_DIGEST = "digest"
    TALKED_ABOUT = "talked"
    READ_ALL = "readall"
    SET_HEADS_UP = "headsup"
    CHOOSE_DIGEST_DAY = "dday"
    SET_DIGEST_DAY = "setday"
    ASK_DIGEST_HOUR = "dhour"
    ASK_ZONE = "zone"


@dataclass(frozen=True, slots=True)
class Action:
    """A verb and what it is about. Whether the one who taps may do this is decided elsewhere, from the sender."""

    verb: Verb
    subject: str = ""
    detail: str = ""
    value: str = ""


_WORDS = re.compile(r"[A-Za-z0-9_.-]{0,24}")


def encode(action: Action) -> str:
    """Return `action` as callback data."""
    return ":".join((action.verb, action.subject, action.detail, action.value)).rstrip(":")


def decode(data: str) -> Action | None:
    """Return the action in `data`, or None if this bot can't have written it."""
    verb, *words = data.split(":")
    if verb not in set(Verb) or len(words) > 3 or not all(_WORDS.fullmatch(word) for word in words):
        return None
    return Action(Verb(verb), *words)
