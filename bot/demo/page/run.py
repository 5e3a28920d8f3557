"""From `alliance demo` to a page that answers, and a clean end."""

import asyncio
import os
import signal
import sys
import time
import webbrowser
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import click

from bot import logs
from bot.databases import CannotRun
from bot.demo.page.home import KEY_NAME, Home, home_in, passing_home
from bot.demo.page.scene import Scene
from bot.demo.page.server import Backstage, application, listening, server_for
from bot.demo.page.show import Place, Show
from bot.demo.telegram import PretendTelegram, serve
from conversations.wording import demo_page as wording

PAUSE = 0.35
"""Seconds between two things that fall due while the clock turns, so that eyes can follow."""


def run(keep: Path | None, port: int) -> None:
    """Serve the demo until SIGINT or SIGTERM. Raises CannotRun if the port is taken, or what was kept can't be used."""
    logs.configure("CRITICAL", ())  # what happens to made-up people is on the page
    os.umask(0o077)
    with home_in(keep) if keep else passing_home() as home:
        asyncio.run(_serve_until_stopped(home, port))


async def _serve_until_stopped(home: Home, port: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with served(home, port, PAUSE) as address:
        click.echo(wording.serving(address))
        if home.is_kept:
            click.echo(wording.keeping(str(home.folder), KEY_NAME))
        _open_browser(address)
        await stop.wait()


@asynccontextmanager
async def served(home: Home, port: int = 0, pause: float = 0.0) -> AsyncIterator[str]:
    """Serve the demo from `home`; yields the page's address. `pause`: seconds between two things due."""
    try:
        listener = listening(port)
    except OSError:
        raise CannotRun(wording.port_is_taken(port)) from None
    port = listener.getsockname()[1]
    telegram = PretendTelegram()
    with listener, serve(telegram) as url:
        backstage = Backstage()
        place = Place(home, telegram, url)

        def between() -> None:
            time.sleep(pause)

        def make(tell: Callable[[Scene], None]) -> Show:
            return Show(place, tell, between)

        await backstage.open(make)
        server = server_for(application(backstage, port))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield f"http://127.0.0.1:{port}/"
        finally:
            backstage.end()
            server.should_exit = True
            await serving
            await backstage.close()


def _open_browser(address: str) -> None:
    """Open the page where there is a screen; elsewhere a browser in the terminal would only be in the way."""
    if sys.platform in {"darwin", "win32"} or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        with suppress(Exception):  # the address is printed anyway
            webbrowser.open(address)
