"""Inline keyboards: what Telegram accepts under a message."""

import re
from dataclasses import dataclass
from functools import lru_cache

from . import limits
from .arguments import Arguments, JsonObject
from .refusals import Refusal, bad_request, not_built

_OTHER_ACTIONS = (
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)
_OTHER_MARKUPS = ("keyboard", "remove_keyboard", "force_reply")
_FIELDS = frozenset({"text", "url", "callback_data", "style"})
_LINK = re.compile(r"(https?://|tg://)?[\w.-]+\.?[\w-]*([/?#:].*)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class SeenButton:
    """A button as the person sees it: it sends `data` to the bot or opens `url`. `style` is a colour."""

    label: str
    data: str | None = None
    url: str | None = None
    style: str | None = None

    def as_json(self) -> JsonObject:
        """An InlineKeyboardButton."""
        button: JsonObject = {"text": self.label}
        if self.url is not None:
            button["url"] = self.url
        if self.data is not None:
            button["callback_data"] = self.data
        if self.style is not None:
            button["style"] = self.style
        return button


Keyboard = tuple[tuple[SeenButton, ...], ...]


def keyboard_as_json(keyboard: Keyboard) -> JsonObject:
    """An InlineKeyboardMarkup."""
    return {"inline_keyboard": [[button.as_json() for button in row] for row in keyboard]}


def read_keyboard(arguments: Arguments) -> Keyboard:
    """The keyboard in `reply_markup`, empty when there is none; refused with 400 when Telegram would."""
    text = arguments.text("reply_markup")
    return _parsed(text) if text else ()


@lru_cache(maxsize=256)  # a bot sends the same few keyboards over and over
def _parsed(text: str) -> Keyboard:
    markup = Arguments({"reply_markup": text}).json_object("reply_markup")
    if markup is None:
        return ()
    for other in _OTHER_MARKUPS:
        if other in markup:
            raise not_built(f"the reply markup {other}")
    rows = markup.get("inline_keyboard")
    if not isinstance(rows, list) or set(markup) != {"inline_keyboard"}:
        raise bad_request("object expected as reply markup, with the field inline_keyboard and no other")
    keyboard = tuple(row for row in (_row(row) for row in rows) if row)
    if sum(len(row) for row in keyboard) > limits.BUTTONS_IN_A_KEYBOARD:
        raise bad_request("reply markup is too long")
    return keyboard


def _row(row: object) -> tuple[SeenButton, ...]:
    if not isinstance(row, list):
        raise bad_request('can\'t parse inline keyboard: field "inline_keyboard" must be an Array of Arrays')
    return tuple(_button(button) for button in row)


def _button(button: object) -> SeenButton:
    if not isinstance(button, dict):
        raise _refuse("Object expected as an inline keyboard button")
    match button:
        case {"text": str(label)} if label.strip():
            return _button_with_action(label, button)
        case {"text": str()}:
            raise _refuse("Keyboard button text must be non-empty")
        case {"text": _}:
            raise _refuse('Field "text" must be of type String')
        case _:
            raise _refuse('Can\'t find field "text"')


def _button_with_action(label: str, button: dict[str, object]) -> SeenButton:
    for other in _OTHER_ACTIONS:
        if other in button:
            raise not_built(f"a button with {other}")
    if unknown := sorted(set(button) - _FIELDS):
        raise _refuse(f'unknown field "{unknown[0]}"')
    style = _style(button.get("style"))
    match button:
        case {"url": str(), "callback_data": str()}:
            raise _refuse("a button has exactly one action")
        case {"url": str(url)}:
            return SeenButton(label, url=_checked_url(url), style=style)
        case {"callback_data": str(data)}:
            return SeenButton(label, data=_checked_data(data), style=style)
        case {"url": _} | {"callback_data": _}:
            raise _refuse("the action must be of type String")
    raise _refuse("Text buttons are unallowed in the inline keyboard")


def _refuse(what: str) -> Refusal:
    return bad_request(f"can't parse inline keyboard button: {what}")


def _style(style: object) -> str | None:
    if style is None or style in ("danger", "success", "primary"):
        return str(style) if style else None
    raise bad_request("can't parse inline keyboard button: invalid button style specified")


def _checked_data(data: str) -> str:
    if not 1 <= len(data.encode("utf-8", "surrogatepass")) <= limits.CALLBACK_DATA_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
    return data


def _checked_url(url: str) -> str:
    if not _LINK.fullmatch(url) or ("." not in url and not url.startswith("tg://") and "localhost" not in url):
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
    return url
