"""Between the bot and the pretend Telegram: calls are carried out in the same thread, or go wrong on the way."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from enum import Enum
from urllib.parse import parse_qsl, urlsplit

from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import RequestData

from bot.demo.stage import TurnedClock
from bot.demo.telegram.arguments import Arguments, Upload
from bot.demo.telegram.catalogue import known_method
from bot.demo.telegram.methods import POLLING, carry_out
from bot.demo.telegram.refusals import Refusal
from bot.demo.telegram.state import BotState
from tests.chaos.simulator.machine import Machine, Step
from tests.chaos.transport import Answer, Transport

SAYING = frozenset({"sendMessage", "sendPhoto", "sendDocument", "editMessageText"})


class Mishap(Enum):
    """What goes wrong with a call; `was_done` tells whether Telegram has carried it out all the same."""

    FLOODED = "429"
    BAD_GATEWAY = "502"
    NO_JSON = "not JSON"
    DROPPED = "dropped"
    TIMED_OUT = "timed out before"
    REPLY_LOST = "reply lost"
    TIMED_OUT_AFTER = "timed out after"
    REPLY_GARBLED = "garbled reply"

    @property
    def was_done(self) -> bool:
        """Tell whether Telegram has carried the call out."""
        return self in {Mishap.REPLY_LOST, Mishap.TIMED_OUT_AFTER, Mishap.REPLY_GARBLED}


_PAGE = b"<html><body>502 Bad Gateway</body></html>"


class Network:
    """All that lies between. `rate` is the share of calls that go wrong."""

    def __init__(self, state: BotState, machine: Machine, clock: TurnedClock, chance: random.Random) -> None:
        self.state = state
        self.machine = machine
        self.clock = clock
        self.chance = chance
        self.rate = 0.0
        self.is_down = False
        self.mishaps: Counter[Mishap] = Counter()
        self.unknown: Counter[int] = Counter()
        """How many messages to each chat Telegram has accepted without the bot hearing so."""
        self.accepted: Callable[[str, int, Arguments], None] = lambda _method, _chat_id, _arguments: None
        """Is told of everything that Telegram lets a person read, at that moment."""
        self.meanwhile: Callable[[], Awaitable[None]] | None = None
        """What may happen while a request is under way."""
        self.error: Exception | None = None
        """What went wrong in the simulation itself, or was found to be wrong: the bot would take it for a mishap."""

    def request(self, _url: str, **_options: object) -> Transport:
        """Return what makes the calls, in place of the bot's `Transport`."""
        return Transport(self.call)

    async def call(self, url: str, data: RequestData | None) -> Answer:
        """Carry a call out, or let it go wrong."""
        is_last = self.machine.life.step(Step.REQUEST)
        self.clock.turn(timedelta(milliseconds=self.chance.randrange(20, 200)))
        try:
            answer = await self._answer(urlsplit(url).path.rpartition("/")[2], _arguments(url, data))
        except TelegramError:
            raise
        except Exception as error:
            self.error = self.error or error
            raise
        if is_last:
            self.machine.life.end()
        return answer

    async def _answer(self, name: str, arguments: Arguments) -> Answer:
        mishap = self._mishap()
        if mishap is not None:
            self.mishaps[mishap] += 1
        match mishap:
            case Mishap.FLOODED:
                return _refused(Refusal(429, "Too Many Requests: retry after 3", retry_after=3))
            case Mishap.BAD_GATEWAY:
                return 502, _PAGE
            case Mishap.NO_JSON:
                return 200, _PAGE
            case Mishap.DROPPED:
                raise NetworkError("simulated: dropped")
            case Mishap.TIMED_OUT:
                self.clock.turn(timedelta(seconds=15))
                raise TimedOut
        answer = self._carried_out(name, arguments, is_heard=mishap is None)
        if self.meanwhile is not None and name in SAYING and self.chance.random() < 0.02:
            await self.meanwhile()
        match mishap:
            case Mishap.REPLY_LOST:
                raise NetworkError("simulated: reply lost")
            case Mishap.TIMED_OUT_AFTER:
                self.clock.turn(timedelta(seconds=15))
                raise TimedOut
            case Mishap.REPLY_GARBLED:
                return 200, answer[1][: len(answer[1]) // 2]
        await asyncio.sleep(0)
        return answer

    def _mishap(self) -> Mishap | None:
        if self.is_down:
            return self.chance.choice((Mishap.DROPPED, Mishap.TIMED_OUT))
        return self.chance.choice(list(Mishap)) if self.chance.random() < self.rate else None

    def _carried_out(self, name: str, arguments: Arguments, *, is_heard: bool) -> Answer:
        try:
            return self._result(name, arguments, is_heard=is_heard)
        except Refusal as refusal:
            return _refused(refusal)

    def _result(self, name: str, arguments: Arguments, *, is_heard: bool) -> Answer:
        if name == POLLING:
            return _success(self._updates(arguments, self.clock.now()))
        method = known_method(name)
        assert method is not None, name
        with self.state.lock:
            result = carry_out(self.state, method, arguments)
        if name in SAYING:
            chat_id = int(arguments.text("chat_id") or 0)
            self.accepted(name, chat_id, arguments)
            self.unknown[chat_id] += not is_heard
        return _success(result)

    def _updates(self, arguments: Arguments, now: datetime) -> list[dict[str, object]]:
        found = self.state.updates.fetch(arguments.integer("offset") or 0, arguments.integer("limit") or 100, now)
        self.state.updates.handed_out.update(update.update_id for update in found)
        return [update.as_json() for update in found]


def _arguments(url: str, data: RequestData | None) -> Arguments:
    texts = dict(parse_qsl(urlsplit(url).query))
    if data is None:
        return Arguments(texts)
    uploads = {}
    for name, (file_name, content, mime_type) in data.multipart_data.items():
        assert isinstance(content, bytes)
        uploads[name] = Upload(file_name, content, mime_type)
    return Arguments(texts | data.json_parameters, uploads)


def _success(result: object) -> Answer:
    return 200, json.dumps({"ok": True, "result": result}).encode()


def _refused(refusal: Refusal) -> Answer:
    body: dict[str, object] = {"ok": False, "error_code": refusal.status, "description": refusal.description}
    if refusal.retry_after is not None:
        body["parameters"] = {"retry_after": refusal.retry_after}
    return refusal.status, json.dumps(body).encode()
