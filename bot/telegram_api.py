"""The Bot API client: what this bot asks of Telegram, through python-telegram-bot."""

import io
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import segno
from telegram import Bot, BotCommandScopeChat, InputFile
from telegram.constants import ParseMode
from telegram.error import BadRequest
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

from bot.render import Body
from bot.transport import Transport
from bot.updates import RawUpdate
from conversations.message import AttachmentKind
from conversations.wording import check_in as wording

os.environ.setdefault("PTB_TIMEDELTA", "true")  # times to wait as timedelta, as python-telegram-bot will do by default

BATCH = 100
"""How many updates getUpdates hands out at most."""
LONG_POLL = 30
"""Seconds that a poll waits for an update."""
ANSWER_WITHIN = 15.0
"""Seconds for any other request."""

_DOCUMENT_NAME = "my-data.json"
_PICTURE_NAME = "invitation.png"


class _DiscreetBot(Bot):
    """The library's client, which shows its token to whoever prints it, without that."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


@dataclass(frozen=True, slots=True)
class WebhookInfo:
    """How Telegram hands updates over."""

    url: str
    """Empty: it does not, and they are to be fetched."""
    pending: int
    """How many updates it has not handed over yet."""
    failed_at: datetime | None
    """When handing one over last failed."""


class TelegramApi:
    """The calls this bot makes. Errors are python-telegram-bot's own."""

    def __init__(self, token: str, url: str, *, in_flight: int) -> None:
        self._request = Transport(url, most=in_flight + 4, answer_within=ANSWER_WITHIN)
        self._polling = Transport(url, most=1, answer_within=ANSWER_WITHIN)
        base = url.rstrip("/")
        self.bot: Bot = _DiscreetBot(
            token,
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            request=self._request,
            get_updates_request=self._polling,
        )
        self.bot_id = int(token.partition(":")[0])

    async def open(self) -> str:
        """Ask who the bot is, and return its user name."""
        await self.bot.initialize()
        return self.bot.username

    async def close(self) -> None:
        """Close all connections."""
        await self.bot.shutdown()

    async def _call(self, method: str, fields: dict[str, object], *files: RequestParameter) -> dict[str, Any]:
        """Make one of the calls that are made all day, and return the result as JSON; empty if it is only "true".

        The library's own methods turn all that Telegram tells of a message into objects, of which one number is needed.
        """
        given = [RequestParameter(name, value, None) for name, value in fields.items()]
        found = await self._request.post(f"{self.bot.base_url}/{method}", RequestData([*given, *files]))
        return found if isinstance(found, dict) else {}

    async def updates(self, offset: int, allowed: tuple[str, ...], timeout: int) -> list[RawUpdate]:
        """Return the next updates as raw JSON: parsing comes after they are stored."""
        query = urlencode(
            {"offset": offset, "limit": BATCH, "timeout": timeout, "allowed_updates": json.dumps(allowed)}
        )
        found = await self._polling.post(
            f"{self.bot.base_url}/getUpdates?{query}", read_timeout=ANSWER_WITHIN + timeout
        )
        return found if isinstance(found, list) else []

    async def webhook_info(self) -> WebhookInfo:
        """Return where Telegram hands updates over, and what it holds back."""
        found = await self._call("getWebhookInfo", {})
        failed_at = found.get("last_error_date")
        return WebhookInfo(
            str(found.get("url", "")),
            int(found.get("pending_update_count", 0)),
            datetime.fromtimestamp(failed_at, UTC) if failed_at else None,
        )

    async def set_webhook(self, url: str, secret: str, allowed: tuple[str, ...], most: int) -> None:
        """Let Telegram hand updates over, those that wait too, over at most so many connections."""
        fields = {"url": url, "secret_token": secret, "allowed_updates": list(allowed), "max_connections": most}
        await self._call("setWebhook", fields)

    async def delete_webhook(self) -> None:
        """Let Telegram keep updates until they are fetched."""
        await self._call("deleteWebhook", {})

    async def stop_spinner(self, callback_id: str) -> None:
        """Stop a tapped button's spinner."""
        await self._call("answerCallbackQuery", {"callback_query_id": callback_id})

    async def send(self, chat_id: int, body: Body, *, silent: bool) -> int:
        """Send a new message and return its id."""
        match body.attachment:
            case None:
                fields = {"chat_id": chat_id, "disable_notification": silent, **_text(body)}
                sent = await self._call("sendMessage", fields)
            case AttachmentKind.QR_CODE, content:
                picture = InputFile(_qr_code(content), filename=_PICTURE_NAME)
                photo = RequestParameter.from_input("photo", picture)
                sent = await self._call("sendPhoto", {"chat_id": chat_id, **_caption(body)}, photo)
            case _, content:
                file = InputFile(content.encode(), filename=_DOCUMENT_NAME)
                document = RequestParameter.from_input("document", file)
                sent = await self._call("sendDocument", {"chat_id": chat_id, **_caption(body)}, document)
        return int(sent["message_id"])

    async def edit(self, chat_id: int, message_id: int, body: Body) -> None:
        """Bring a message up to date."""
        await self._call("editMessageText", {"chat_id": chat_id, "message_id": message_id, **_text(body)})

    async def retire(self, chat_id: int, message_id: int) -> None:
        """Take the older copy of a card away; where Telegram won't delete it any more, take its buttons."""
        message = {"chat_id": chat_id, "message_id": message_id}
        try:
            await self._call("deleteMessage", {**message})
        except BadRequest as refusal:
            if "not found" not in str(refusal).lower():
                await self._call("editMessageText", {**message, "text": wording.MOVED_DOWN})

    async def delete(self, chat_id: int, message_ids: tuple[int, ...]) -> None:
        """Take messages back."""
        await self._call("deleteMessages", {"chat_id": chat_id, "message_ids": message_ids})

    async def show_menu(self, chat_id: int, commands: tuple[tuple[str, str], ...]) -> None:
        """Show the menu of commands in one chat."""
        await self.bot.set_my_commands(commands, scope=BotCommandScopeChat(chat_id))

    async def leave(self, chat_id: int) -> None:
        """Leave a group or channel."""
        await self.bot.leave_chat(chat_id)


def _text(body: Body) -> dict[str, object]:
    """Return the fields of a text."""
    return {
        "text": body.html,
        "parse_mode": ParseMode.HTML,
        "link_preview_options": {"is_disabled": True},
        "reply_markup": _keyboard(body),
    }


def _caption(body: Body) -> dict[str, object]:
    """Return the fields of the words under a picture or a document."""
    return {"caption": body.html, "parse_mode": ParseMode.HTML, "reply_markup": _keyboard(body)}


def _keyboard(body: Body) -> dict[str, object] | None:
    if not body.buttons:
        return None
    rows = [[{"text": label, "callback_data": data} for label, data in row] for row in body.buttons]
    return {"inline_keyboard": rows}


def _qr_code(content: str) -> bytes:
    picture = io.BytesIO()
    segno.make(content, error="m").save(picture, kind="png", scale=10, border=4)
    return picture.getvalue()
