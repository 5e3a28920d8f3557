"""Chats and files that the bot asks about, and its ways out."""

from . import limits
from .arguments import Arguments, JsonObject
from .refusals import bad_request
from .sending import chat_id_of
from .state import BotState, Membership


def get_chat(state: BotState, arguments: Arguments) -> JsonObject:
    """A ChatFullInfo with the fields it must have."""
    record = state.readable(chat_id_of(arguments))
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
    return {
        **record.chat.header,
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(gifts, False),
    }


def leave_chat(state: BotState, arguments: Arguments) -> bool:
    """Leave a group; my_chat_member follows."""
    chat_id = chat_id_of(arguments)
    if chat_id > 0:
        state.readable(chat_id)
        raise bad_request("chat member status can't be changed in private chats")
    state.writable(chat_id)
    state.users.setdefault(state.bot_id, state.user())
    state.moves(chat_id, state.bot_id, Membership.LEFT)
    return True


def get_file(state: BotState, arguments: Arguments) -> JsonObject:
    """Where a file of at most 20 MB can be downloaded from."""
    stored = state.files.by_id(arguments.text("file_id") or "")
    if len(stored.content) > limits.DOWNLOADED_FILE_BYTES:
        raise bad_request("file is too big")
    return {**stored.as_json(), "file_path": stored.path}


def log_out(_state: BotState, _arguments: Arguments) -> bool:
    """Log out. The ten minutes for which Telegram then refuses the bot are not built: it can go on at once."""
    return True


def close(_state: BotState, _arguments: Arguments) -> bool:
    """Close the bot's instance. Telegram's refusal in the first ten minutes after a launch is not built."""
    return True
