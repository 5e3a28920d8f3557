"""Reading a call out of an HTTP request: a query, a form, an upload or JSON.

Works on ASGI's own messages: an object for each request would cost as much as the call itself.
"""

import json
from urllib.parse import parse_qsl

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message, Receive, Scope

from . import limits
from .arguments import Arguments, Upload
from .refusals import Refusal, bad_request

_MOST_BYTES = limits.UPLOADED_FILE_BYTES + 1024 * 1024
_FORM = "application/x-www-form-urlencoded"
_IGNORED_IN_ANSWERS = frozenset({"setwebhook", "deletewebhook", "close", "logout"})


async def read_arguments(scope: Scope, receive: Receive) -> Arguments:
    """The arguments of the query and the body together; a Refusal with 400 or 413, or ClientDisconnect."""
    texts = _pairs(scope["query_string"])
    if scope["method"] == "GET":
        return Arguments(texts)
    kind = _content_type(scope)
    if kind == "multipart/form-data":
        return await _multipart(scope, receive, texts)
    body = await _body(receive)
    if kind == _FORM or not body:
        return Arguments(texts | _pairs(body))
    if kind == "application/json":
        return Arguments(texts | _json(body))
    raise bad_request(f"unsupported content type {kind!r}")


async def read_call_in_answer(content_type: str, body: bytes) -> tuple[str, Arguments] | None:
    """The method and the arguments of the call in a bot's answer to an update, None when Telegram wouldn't heed it.

    It heeds no call that asks for something, since its result is told to nobody, nor any that would change the
    webhook or end the bot (WebhookActor.cpp). A body that can't be read names no method.
    """
    scope: Scope = {
        "type": "http",
        "method": "POST",
        "query_string": b"",
        "headers": [(b"content-type", content_type.encode("latin-1", "replace"))],
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    try:
        arguments = await read_arguments(scope, receive)
    except Refusal:
        return None
    name = arguments.text("method") or ""
    if not name or name.lower() in _IGNORED_IN_ANSWERS or name.lower().startswith("get"):
        return None
    texts = {parameter: text for parameter, text in arguments.texts.items() if parameter != "method"}
    return name, Arguments(texts, arguments.uploads)


def _content_type(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"content-type":
            return str(value.decode("latin-1")).partition(";")[0].strip().lower()
    return ""


async def _body(receive: Receive) -> bytes:
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        size = _checked_size(size, message)
        if not message.get("more_body", False):
            return b"".join(parts)


def _checked_size(size: int, message: Message) -> int:
    size += len(message.get("body", b""))
    if size > _MOST_BYTES:
        raise Refusal(413, "Request Entity Too Large")
    return size


def _pairs(encoded: bytes) -> dict[str, str]:
    if not encoded:
        return {}
    try:
        return dict(parse_qsl(encoded.decode("ascii"), keep_blank_values=True, errors="strict"))
    except UnicodeError:
        raise bad_request("strings must be encoded in UTF-8") from None


def _json(body: bytes) -> dict[str, str]:
    try:
        values = json.loads(body)
    except (ValueError, RecursionError):
        raise bad_request("can't parse request as JSON object") from None
    if not isinstance(values, dict):
        raise bad_request("can't parse request as JSON object")
    given = {name: value for name, value in values.items() if value is not None}
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in given.items()}


async def _multipart(scope: Scope, receive: Receive, texts: dict[str, str]) -> Arguments:
    size = 0

    async def counted() -> Message:
        nonlocal size
        message = await receive()
        size = _checked_size(size, message)
        return message

    try:
        form = await Request(scope, counted).form(max_part_size=_MOST_BYTES)
    except MultiPartException as error:
        raise bad_request(f"can't parse multipart form: {error.message}") from None
    return await _from_form(form, texts)


async def _from_form(form: FormData, texts: dict[str, str]) -> Arguments:
    uploads: dict[str, Upload] = {}
    texts = dict(texts)
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            mime_type = value.content_type or "application/octet-stream"
            uploads[name] = Upload(value.filename or name, await value.read(), mime_type)
        else:
            texts[name] = value
    await form.close()
    return Arguments(texts, uploads)
