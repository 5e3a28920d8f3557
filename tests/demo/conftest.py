"""One server for all tests; each test has a bot, a clock and people of its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import httpx
import pytest

from bot.demo.telegram import Person, PretendTelegram, World, serve

from .calling import Api, Clock

_BOT_NUMBERS = count(4242)


@dataclass(frozen=True)
class Served:
    """A server, where it listens, and a client that is kept: making one takes longer than most tests."""

    telegram: PretendTelegram
    url: str
    client: httpx.Client


@pytest.fixture(scope="session")
def served() -> Iterator[Served]:
    telegram = PretendTelegram()
    with serve(telegram) as url, httpx.Client(timeout=20, trust_env=False) as client:
        yield Served(telegram, url, client)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world(served: Served, clock: Clock) -> Iterator[World]:
    world = served.telegram.world(f"{next(_BOT_NUMBERS)}:MADE-UP-TOKEN")
    world.now = clock
    world.flood_limits = False
    yield world
    assert world.errors == []


@pytest.fixture
def api(served: Served, world: World) -> Api:
    return Api(served.url, world.token, served.client)


@pytest.fixture
def robin(world: World) -> Person:
    """Someone who has pressed Start, whose Start has been fetched."""
    robin = world.person(1001, "Robin")
    robin.starts()
    world.state.updates.forget_all()
    return robin
