"""What the tests share: a clock to turn, and calls of the Bot API that read as one line."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import httpx

Json: TypeAlias = Any
"""A result of the API, of whatever shape."""

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@dataclass
class Clock:
    """A clock that stands still until it is turned."""

    time: datetime = NOON

    def __call__(self) -> datetime:
        return self.time

    def turn(self, **how_far: float) -> None:
        """Turn the clock on, such as by hours=3."""
        self.time += timedelta(**how_far)


@dataclass
class Api:
    """A bot's side of the API, by forms as python-telegram-bot sends them."""

    url: str
    token: str
    client: httpx.Client

    def post(self, method: str, arguments: Mapping[str, object]) -> httpx.Response:
        """The response to a call as it is. A tuple, a name and bytes, is an upload."""
        uploads = {name: value for name, value in arguments.items() if isinstance(value, tuple)}
        texts = {name: _as_text(value) for name, value in arguments.items() if name not in uploads}
        return self.client.post(f"{self.url}/bot{self.token}/{method}", data=texts, files=uploads)

    def call(self, method: str, **arguments: object) -> Json:
        """The result of a call that succeeds."""
        response = self.post(method, arguments)
        assert (response.status_code, response.json()["ok"]) == (200, True), response.text
        return response.json()["result"]

    def refusal(self, method: str, **arguments: object) -> str:
        """The description of a call that fails."""
        response = self.post(method, arguments)
        answer = response.json()
        assert (answer["ok"], answer["error_code"]) == (False, response.status_code), response.text
        return str(answer["description"])

    def says(self, chat_id: int, text: str, *rows: list[tuple[str, str]], **arguments: object) -> int:
        """Send a text with rows of buttons, each a label and its data. The message's identifier."""
        markup: dict[str, object] = {"reply_markup": keyboard(*rows)} if rows else {}
        result = self.call("sendMessage", chat_id=chat_id, text=text, **markup, **arguments)
        return int(result["message_id"])

    def updates(self, **arguments: object) -> list[dict[str, Any]]:
        """What getUpdates returns, at once unless a timeout is given."""
        return list(self.call("getUpdates", **arguments))


def keyboard(*rows: list[tuple[str, str]]) -> dict[str, object]:
    """An InlineKeyboardMarkup of buttons, each a label and its data."""
    return {"inline_keyboard": [[{"text": label, "callback_data": data} for label, data in row] for row in rows]}


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
