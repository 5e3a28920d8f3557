"""The page's server on 127.0.0.1: the page itself, what it asks for, and what it is told."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from bot.demo.page import actions
from bot.demo.page.actions import NotUnderstood
from bot.demo.page.guard import Guard
from bot.demo.page.scene import Scene, news
from bot.demo.page.show import NotPossible, Show, Stopped
from bot.logs import where
from conversations.wording import demo_page as wording

STATIC = Path(__file__).parent / "static"
MOST_BYTES = 65_536
"""Of an action: 4,096 characters, each written out at its longest, and a little more."""

T = TypeVar("T")
log = structlog.get_logger()


class Backstage:
    """The one thread in which the show runs, and what it tells the pages. Made and used in the server's event loop."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "show")
        self._loop = asyncio.get_running_loop()
        self._latest: Scene | None = None
        self._followers: set[asyncio.Event] = set()
        self._show: Show | None = None
        self.closing = False

    @property
    def show(self) -> Show:
        """Return the show."""
        assert self._show is not None
        return self._show

    async def open(self, make: Callable[[Callable[[Scene], None]], Show]) -> None:
        """Make the show."""
        try:
            self._show = await self._loop.run_in_executor(self._thread, make, self.tell)
        except BaseException:
            self._thread.shutdown()
            raise
        await self.do(lambda show: show.show())

    async def do(self, work: Callable[[Show], T]) -> T:
        """Let the show do something, when all that it was asked for earlier is done."""
        return await self._loop.run_in_executor(self._thread, work, self.show)

    def tell(self, scene: Scene) -> None:
        """Tell all pages of a scene; from any thread."""
        if self.closing:
            raise Stopped
        self._loop.call_soon_threadsafe(self._turn_to, scene)

    def _turn_to(self, scene: Scene) -> None:
        self._latest = scene
        self._wake()

    def _wake(self) -> None:
        for follower in self._followers:
            follower.set()

    async def scenes(self) -> AsyncIterator[Scene]:
        """Yield the latest scene, and each later one that there is time for, until the demo ends."""
        news_came, told = asyncio.Event(), None
        self._followers.add(news_came)
        try:
            while not self.closing:
                if self._latest is not None and self._latest is not told:
                    told = self._latest
                    yield told
                    continue
                news_came.clear()
                await news_came.wait()
        finally:
            self._followers.discard(news_came)

    def end(self) -> None:
        """Let nothing more begin, and let all pages go."""
        self.closing = True
        self._wake()

    async def close(self) -> None:
        """Stop the bot, when what is under way is done."""
        self.end()
        try:
            await self.do(lambda show: show.close())
        finally:
            self._thread.shutdown()


def application(backstage: Backstage, port: int) -> Starlette:
    """Return the server's application."""

    async def index(_request: Request) -> Response:
        return FileResponse(STATIC / "index.html")

    async def words(_request: Request) -> Response:
        return JSONResponse(wording.words())

    async def events(_request: Request) -> Response:
        return StreamingResponse(_events(backstage), media_type="text/event-stream")

    async def act(request: Request) -> Response:
        action = actions.read(await _body(request))
        await backstage.do(lambda show: show.do(action))
        show = backstage.show
        return JSONResponse({"clients": [client.number for client in show.clients], "done": show.done})

    async def behind(request: Request) -> Response:
        who = request.path_params["who"]
        return JSONResponse(await backstage.do(lambda show: show.behind(who)))

    async def file(request: Request) -> Response:
        found = backstage.show.file(request.path_params["who"], request.path_params["message"])
        if found.photo is not None:
            return Response(found.photo, media_type="image/png")
        assert found.document is not None
        name, content = found.document
        disposition = f"attachment; filename*=utf-8''{quote(name)}"
        return Response(content, media_type="application/octet-stream", headers={"Content-Disposition": disposition})

    return Starlette(
        routes=[
            Route("/", index),
            Route("/words", words),
            Route("/events", events),
            Route("/actions", act, methods=["POST"]),
            Route("/behind/{who:int}", behind),
            Route("/files/{who:int}/{message:int}", file),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        middleware=[Middleware(Guard, port=port)],
        exception_handlers={
            NotUnderstood: lambda _request, error: _refused(400, str(error)),
            NotPossible: lambda _request, error: _refused(409, str(error)),
            Stopped: lambda _request, _error: _refused(503, wording.ENDED),
            HTTPException: lambda _request, error: _refused(_status(error), wording.NO_SUCH_PAGE),
            Exception: _failed,
        },
    )


def _refused(status: int, why: str) -> Response:
    return JSONResponse({"error": why}, status)


def _status(error: Exception) -> int:
    return error.status_code if isinstance(error, HTTPException) else 500


def _failed(_request: Request, error: Exception) -> Response:
    log.error("the demo failed", error=where(error))
    return _refused(500, wording.FAILED)


async def _body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise NotUnderstood(wording.TOO_LONG)
    return body


async def _events(backstage: Backstage) -> AsyncIterator[str]:
    before: Scene | None = None
    async for scene in backstage.scenes():
        yield f"data: {json.dumps(news(before, scene))}\n\n"
        before = scene


class PageServer(uvicorn.Server):
    """A server that leaves signals to whoever runs it: uvicorn would raise them again and so skip the clearing up."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def server_for(app: Starlette) -> PageServer:
    """Return a server for the page."""
    return PageServer(
        uvicorn.Config(
            app,
            log_config=None,
            log_level="warning",
            access_log=False,
            lifespan="off",
            ws="none",
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=2,
        )
    )


def listening(port: int) -> socket.socket:
    """Listen on this machine only; port 0 takes a free one. OSError if the port is taken."""
    # With the protocol named, asyncio switches off Nagle's algorithm, which would hold each answer back for 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError:
        listener.close()
        raise
    listener.listen()
    return listener
