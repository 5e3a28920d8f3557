"""The Bot API over HTTP: /bot<token>/<method> and /file/bot<token>/<path>."""

import asyncio
import json
import re
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from .arguments import Arguments, JsonObject
from .catalogue import KnownMethod, known_method
from .control import MISTAKES, control_routes
from .delivery import Deliveries
from .faults import Fault, FaultKind
from .methods import POLLING, carry_out, check_names
from .polling import Polls
from .refusals import Refusal
from .requests import read_arguments, read_call_in_answer
from .state import BotState, Call
from .world import PretendTelegram, is_well_formed

HangUp = Callable[[Scope], None]
"""Ends the connection of a request without a word more."""

_CALL = re.compile(r"/bot(?P<token>[^/]+)/(?P<method>[^/]+)")
_BAD_GATEWAY = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: bytes
    description: str = ""
    media_type: bytes = b"application/json"


@dataclass(frozen=True, slots=True)
class _Incoming:
    state: BotState
    method: KnownMethod
    arguments: Arguments
    chat_id: int | None
    receive: Receive


class BotApi:
    """The ASGI application of one server. Answers and updates go out `latency` seconds late, apart from each other."""

    def __init__(self, telegram: PretendTelegram, hang_up: HangUp, latency: float = 0) -> None:
        self._telegram = telegram
        self._hang_up = hang_up
        self._latency = latency
        self._deliveries = Deliveries(telegram, self._carry_out_answer, latency)
        self._others = self._other_routes()
        self.polls = Polls()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Carry out a call, or leave the request to the other routes."""
        called = _CALL.fullmatch(scope["path"]) if scope["type"] == "http" else None
        # Calls go past Starlette's routing, which would take a quarter of their time.
        if called is None:
            await self._others(scope, receive, send)
        elif (answer := await self._answer(called["token"], called["method"], scope, receive)) is not None:
            if self._latency:
                await asyncio.sleep(self._latency)
            await _send(answer, send)
        else:
            self._hang_up(scope)
            await _until_gone(receive)

    def _other_routes(self) -> Starlette:
        routes = [Route("/file/bot{token}/{path:path}", self._download), *control_routes(self._telegram)]
        return Starlette(routes=routes, lifespan=self._lifespan, exception_handlers={404: _not_found, **MISTAKES})

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        sending = asyncio.create_task(self._deliveries.run())
        try:
            yield
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    async def _answer(self, token: str, name: str, scope: Scope, receive: Receive) -> _Answer | None:
        world = self._telegram.find(token)
        if world is None:
            return _refused(Refusal(401, "Unauthorized") if is_well_formed(token) else Refusal(404, "Not Found"))
        try:
            return await self._answer_as(world.state, name, scope, receive)
        except Exception:  # a mistake of this server must not end it
            return _mistaken(world.state, name)

    async def _carry_out_answer(self, state: BotState, content_type: str, body: bytes) -> None:
        """Carry out the call in a bot's answer to an update, if there is one; how it ends is only on record."""
        name = "?"
        try:
            called = await read_call_in_answer(content_type, body)
            if called is None:
                return
            name, arguments = called
            chat_id = _chat_of(state, arguments)
            await self._obey(_Incoming(state, _known(name), arguments, chat_id, _nobody_waits))
        except Refusal as refusal:
            _recorded(state, name, None, _refused(refusal))
        except Exception:  # a mistake of this server must not end it
            _mistaken(state, name)

    async def _answer_as(self, state: BotState, name: str, scope: Scope, receive: Receive) -> _Answer | None:
        try:
            incoming = await _read(state, name, scope, receive)
        except Refusal as refusal:
            return _recorded(state, name, None, _refused(refusal))
        except ClientDisconnect:
            _recorded(state, name, None, _Answer(0, b"", "hung up before the call was complete"))
            return None
        return await self._obey(incoming)

    async def _obey(self, incoming: _Incoming) -> _Answer | None:
        with incoming.state.lock:
            fault = incoming.state.faults.strike(incoming.method.name, incoming.chat_id)
        if fault is not None:
            return await self._with_fault(incoming, fault)
        return await self._carry_out(incoming)

    async def _with_fault(self, incoming: _Incoming, fault: Fault) -> _Answer | None:
        match fault.kind:
            case FaultKind.TOO_MANY_REQUESTS:
                seconds = max(1, round(fault.retry_after))
                refusal = Refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
                return _recorded_for(incoming, _refused(refusal))
            case FaultKind.TOKEN_REFUSED:
                return _recorded_for(incoming, _refused(Refusal(401, "Unauthorized")))
            case FaultKind.INTERNAL_ERROR:
                return _recorded_for(incoming, _refused(Refusal(500, "Internal Server Error")))
            case FaultKind.SERVER_ERROR:
                return _recorded_for(incoming, _Answer(502, _BAD_GATEWAY, "fault: 502", b"text/html"))
            case FaultKind.DELAY:
                await asyncio.sleep(fault.seconds)
                return await self._carry_out(incoming)
            case FaultKind.HANG:
                await asyncio.sleep(fault.seconds)
                _recorded_for(incoming, _Answer(0, b"", "fault: no answer"))
                return None
            case FaultKind.DROP:
                _recorded_for(incoming, _Answer(0, b"", "fault: dropped"))
                return None
            case FaultKind.REPLY_LOST:
                await self._carry_out(incoming, lost=True)
                return None

    async def _carry_out(self, incoming: _Incoming, *, lost: bool = False) -> _Answer:
        try:
            if incoming.method.name == POLLING:
                answer = _success(await self._poll(incoming))
            else:
                with incoming.state.lock:
                    answer = _success(carry_out(incoming.state, incoming.method, incoming.arguments))
        except Refusal as refusal:
            answer = _refused(refusal)
        if lost:
            return _recorded_for(incoming, _Answer(0, b"", f"fault: reply lost ({answer.status})"))
        return _recorded_for(incoming, answer)

    async def _poll(self, incoming: _Incoming) -> list[JsonObject]:
        check_names(incoming.method, incoming.arguments)
        return await self.polls.updates(incoming.state, incoming.arguments, lambda: _until_gone(incoming.receive))

    async def _download(self, request: Request) -> Response:
        world = self._telegram.find(request.path_params["token"])
        stored = world.state.files.by_path(request.path_params["path"]) if world else None
        if stored is None:
            return await _not_found(request, None)
        return Response(stored.content, media_type="application/octet-stream")


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


async def _send(answer: _Answer, send: Send) -> None:
    length = str(len(answer.body)).encode()
    headers = [(b"content-type", answer.media_type), (b"content-length", length)]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


async def _read(state: BotState, name: str, scope: Scope, receive: Receive) -> _Incoming:
    if scope["method"] not in ("GET", "POST"):
        raise Refusal(405, "Method Not Allowed")
    method = _known(name)
    arguments = await read_arguments(scope, receive)
    return _Incoming(state, method, arguments, _chat_of(state, arguments), receive)


def _known(name: str) -> KnownMethod:
    method = known_method(name)
    if method is None:
        raise Refusal(404, "Not Found")
    return method


async def _nobody_waits() -> Message:
    return {"type": "http.disconnect"}


def _chat_of(state: BotState, arguments: Arguments) -> int | None:
    """The chat that a call is about, for the record and for faults: also of a tap that is answered."""
    text = arguments.text("chat_id") or ""
    if text.removeprefix("-").isdecimal():
        return int(text[:20])
    tap = state.taps.get(arguments.text("callback_query_id") or "")
    return tap.chat_id if tap else None


def _success(result: object) -> _Answer:
    return _Answer(200, json.dumps({"ok": True, "result": result}, ensure_ascii=False).encode("utf-8"))


def _refused(refusal: Refusal) -> _Answer:
    body: JsonObject = {"ok": False, "error_code": refusal.status, "description": refusal.description}
    if refusal.retry_after is not None:
        body["parameters"] = {"retry_after": refusal.retry_after}
    return _Answer(refusal.status, json.dumps(body).encode(), refusal.description)


def _mistaken(state: BotState, method: str) -> _Answer:
    """Keep the traceback of the exception being handled."""
    with state.lock:
        state.errors.append(traceback.format_exc())
    return _recorded(state, method, None, _refused(Refusal(500, "Internal Server Error")))


def _recorded_for(incoming: _Incoming, answer: _Answer) -> _Answer:
    return _recorded(incoming.state, incoming.method.name, incoming.chat_id, answer)


def _recorded(state: BotState, method: str, chat_id: int | None, answer: _Answer) -> _Answer:
    with state.lock:
        ok = answer.status == 200
        state.record(Call(state.now(), method, chat_id, answer.status, ok, answer.description))
    return answer


async def _not_found(_request: Request, _error: Exception | None) -> Response:
    answer = _refused(Refusal(404, "Not Found"))
    return Response(answer.body, answer.status, media_type="application/json")
