"""What a call to Telegram costs whoever makes it, in each of the ways that were tried."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from enum import StrEnum
from functools import partial
from typing import assert_never

import uvloop
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.request import BaseRequest, HTTPXRequest

from bot.deliver import IN_FLIGHT
from bot.render import Body
from bot.telegram_api import ANSWER_WITHIN, TelegramApi
from bot.transport import Transport
from tests.bench import phones
from tests.bench.figures import Figures, medians
from tests.chaos.made_up import FIRST_CLIENT

UNBOUNDED = 256
TEXT = "<b>Am I able to talk freely?</b>"
LABELS = ("Yes", "Mostly", "Partly", "Hardly", "No")


class Way(StrEnum):
    """Each is a change to the one before."""

    HTTPX = "httpx"
    AIOHTTP = "aiohttp"
    UVLOOP = "uvloop"
    AS_JSON = "as_json"


def measure(calls: int, rounds: int) -> Figures:
    """Return the milliseconds of CPU for a call: one at a time, and so many side by side, by way and number."""
    with phones.told(1) as people:
        return medians([_round(people.url, calls) for _ in range(rounds)])


def _round(url: str, calls: int) -> Figures:
    wide = {f"{way} {width}": _cpu_by(way, url, calls, width) for way in Way for width in (1, IN_FLIGHT)}
    return {**wide, f"{Way.HTTPX} {UNBOUNDED}": _cpu_by(Way.HTTPX, url, calls, UNBOUNDED)}


def _cpu_by(way: Way, url: str, calls: int, width: int) -> float:
    match way:
        case Way.HTTPX:
            return asyncio.run(_by_library(HTTPXRequest(width, pool_timeout=ANSWER_WITHIN), url, calls, width))
        case Way.AIOHTTP:
            return asyncio.run(_over_aiohttp(url, calls, width))
        case Way.UVLOOP:
            return uvloop.run(_over_aiohttp(url, calls, width))
        case Way.AS_JSON:
            return uvloop.run(_by_this_bot(url, calls, width))
        case _:
            assert_never(way)


def _over_aiohttp(url: str, calls: int, width: int) -> Coroutine[object, object, float]:
    return _by_library(Transport(url, most=width, answer_within=ANSWER_WITHIN), url, calls, width)


async def _by_library(request: BaseRequest, url: str, calls: int, width: int) -> float:
    """Let the library build the call and make objects of the answer."""
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton(label, callback_data=label)] for label in LABELS])
    async with Bot(phones.TOKEN, base_url=f"{url}/bot", request=request) as bot:
        send = partial(bot.send_message, FIRST_CLIENT, TEXT, parse_mode="HTML", reply_markup=keyboard)
        return await _cpu_for(send, calls, width)


async def _by_this_bot(url: str, calls: int, width: int) -> float:
    telegram = TelegramApi(phones.TOKEN, url, in_flight=width)
    await telegram.open()
    body = Body(TEXT, tuple(((label, label),) for label in LABELS))
    found = await _cpu_for(partial(telegram.send, FIRST_CLIENT, body, silent=False), calls, width)
    await telegram.close()
    return found


async def _cpu_for(call: Callable[[], Awaitable[object]], calls: int, width: int) -> float:
    """Return the milliseconds for each of so many calls, side by side, once the connections are open."""

    async def several(number: int) -> None:
        for _ in range(number):
            await call()

    await asyncio.gather(*(several(1) for _ in range(width)))
    number, began = calls // width, time.process_time()
    await asyncio.gather(*(several(number) for _ in range(width)))
    return (time.process_time() - began) * 1000 / (number * width)
