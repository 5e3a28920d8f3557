"""Which methods the Bot API has, and which parameters each of them takes.

python-telegram-bot has every method of the Bot API with every parameter, so its signatures are the list. Taken off
are the parameters that only the library has: it turns them into others before it calls.
"""

import inspect
from dataclasses import dataclass
from functools import cache

import telegram

# Options of the HTTP connection, not of the call.
_OF_THE_CONNECTION = frozenset(
    {"self", "read_timeout", "write_timeout", "connect_timeout", "pool_timeout", "api_kwargs"}
)
# Conveniences of the library; Telegram knows them no longer or never did.
_OF_THE_LIBRARY = frozenset(
    {"reply_to_message_id", "allow_sending_without_reply", "disable_web_page_preview", "filename", "current_offset"}
)
_NOT_A_METHOD = "do_api_request"


@dataclass(frozen=True, slots=True)
class KnownMethod:
    """A method's name as documented, such as sendMessage, and the names of its parameters."""

    name: str
    parameters: frozenset[str]


def known_method(name: str) -> KnownMethod | None:
    """The method of that name, in any case ("all methods in the Bot API are case-insensitive"), or None."""
    return _methods().get(name.lower())


@cache
def _methods() -> dict[str, KnownMethod]:
    found = (_read(name) for name in dir(telegram.Bot) if _is_method(name))
    return {method.name.lower(): method for method in found}


def _is_method(name: str) -> bool:
    if name.startswith("_") or name == _NOT_A_METHOD:
        return False
    # The library has each method twice, as send_message and as sendMessage; "close" is one word.
    return ("_" in name or name == "close") and inspect.iscoroutinefunction(getattr(telegram.Bot, name))


def _read(name: str) -> KnownMethod:
    parameters = inspect.signature(getattr(telegram.Bot, name)).parameters
    first, *others = name.split("_")
    camel = first + "".join(word.capitalize() for word in others)
    return KnownMethod(camel, frozenset(parameters) - _OF_THE_CONNECTION - _OF_THE_LIBRARY)
