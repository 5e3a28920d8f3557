"""How a year is played: people and troubles in the order of their times, with the bot running in between."""

import asyncio
import heapq
import logging
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from unittest import mock

from structlog.testing import capture_logs

from bot import codes, logs, operate
from bot.demo.stage import TurnedClock, settings_for
from bot.demo.telegram import PretendTelegram
from tests.chaos.simulator.answers import Answers
from tests.chaos.simulator.machine import Killed, Machine, Step, Trouble
from tests.chaos.simulator.network import Network
from tests.chaos.simulator.people import Client, Doing, Everybody, Phone, Therapist
from tests.chaos.simulator.process import Process
from tests.chaos.simulator.watch import Watch

BEGINS = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
YEAR = timedelta(days=365)
CALM = timedelta(days=6)
"""How long nothing goes wrong at the end: everything that can still happen has happened then."""
KEEP_DAYS = "60"
"""How long an ended client's data is kept: short enough for a year to see it purged."""
TOKEN = "4242:MADE-UP-TOKEN"
KNOWN_ERRORS = (
    "sending failed",
    "a therapist can't be reached for a week: clients were told, check-ins wait",
    "something due could not be decided",
)


class Broken(AssertionError):
    """A promise was broken; the message says when in the simulated year, and how."""


@dataclass(order=True)
class _Next:
    at: datetime
    number: int
    doing: Doing = field(compare=False)


class Year:
    """One practice and its year."""

    def __init__(self, seed: str, folder: Path) -> None:
        self.chance = random.Random(seed)
        random.seed(seed)  # the pretend Telegram draws its numbers there
        self.clock = TurnedClock(BEGINS)
        telegram = PretendTelegram(now=self.clock.now)
        self.world = telegram.world(TOKEN)
        settings = settings_for(folder, "http://simulated.invalid", TOKEN, keep_after_end=KEEP_DAYS)
        self.machine = Machine(self.chance)
        self.network = Network(self.world.state, self.machine, self.clock, self.chance)
        self.process = Process(settings, self.machine, self.network, self.clock)
        self.is_running = True
        self.is_troubled = False
        """Whether anything goes wrong: not while people settle in, and not at the end."""
        self._coming: list[_Next] = []
        self._numbers = count()
        self.people: list[Client] = []
        self.therapists: list[Therapist] = []
        self.watch = Watch(self.process, self.world, [])
        self.network.accepted = self.watch.sees

    # time

    def begins(self, doing: Doing) -> None:
        """Let somebody begin to do something now."""
        self._goes_on(doing)

    def _goes_on(self, doing: Doing) -> None:
        span = next(doing, None)
        if span is not None:
            heapq.heappush(self._coming, _Next(self.clock.now() + span, next(self._numbers), doing))

    async def play_until(self, end: datetime) -> None:
        """Let people and troubles come in the order of their times."""
        while self._coming and self._coming[0].at <= end:
            coming = heapq.heappop(self._coming)
            await self._time_passes_until(coming.at)
            self._goes_on(coming.doing)
            if self.is_running and self.chance.random() < 0.9:
                with self._bad_luck():
                    await self.process.settle(1)
        await self._time_passes_until(end)

    async def _time_passes_until(self, moment: datetime) -> None:
        """Turn the clock; what falls due by then happens at its own time, if the bot runs."""
        while self.is_running and (due := self.process.next_due()) is not None and due <= moment:
            await self._turn_to(due)
            if self.is_running:
                await self.process.settle(1)
        await self._turn_to(moment)

    async def _turn_to(self, moment: datetime) -> None:
        if moment > self.clock.now():
            self.clock.turn(moment - self.clock.now())
            if self.is_running:
                await self.process.has_listened()

    # people

    async def enter(self) -> None:
        """Let the people of the practice enter: one or two therapists, and three to six clients."""
        everybody = Everybody(self.chance, self.watch.query)
        await self.process.start()
        assert self.process.app is not None
        self.watch.begin()
        for number in range(self.chance.choice((1, 1, 2))):
            name = f"Dr. Made-Up {'AB'[number]}"
            link = operate.add_therapist(name, None, self.process.app.house)
            therapist = Therapist(everybody, self._phone(900 + number, name), name)
            therapist.phone.person.starts(link.partition("start=")[2])
            self.therapists.append(therapist)
            await self.process.settle()
            therapist.phone.says("Europe/Berlin")
            await self.process.settle()
            self.begins(therapist.reads())
        for number in range(self.chance.randint(3, 6)):
            client = Client(everybody, self._phone(100 + number, f"Client {number}"), self.chance.uniform(0.2, 1))
            client.phone.person.starts()
            self.people.append(client)
            self.begins(client.moods())
            self.begins(self._weeks(client))

    def _weeks(self, client: Client) -> Doing:
        """Let a client see a therapist every week, and look at the phone afterwards."""
        therapist = self.chance.choice(self.therapists)
        first = timedelta(days=self.chance.randrange(5), hours=self.chance.uniform(0, 11))
        self.begins(therapist.sees(client, first))
        yield first
        while True:
            self.begins(client.after_session())
            yield timedelta(weeks=1)

    def _phone(self, number: int, name: str) -> Phone:
        answers = Answers(number)
        self.watch.answers.append(answers)
        return Phone(self.world.person(number, name), answers)

    # troubles

    def troubles(self) -> Iterator[Doing]:
        """Yield all that goes wrong in a year, each on its own course."""
        yield self._kills()
        yield self._storms()
        yield self._outages()
        yield self._stops()
        yield self._bad_disk()

    @contextmanager
    def _bad_luck(self) -> Iterator[None]:
        """Let something go wrong, now and then, just when the bot has something to do."""
        drawn, before = self.chance.random(), self.machine.trouble
        if drawn < 0.03 and self.is_troubled:
            self.machine.trouble = self.chance.choice((Trouble.FAILING, Trouble.FAILING, Trouble.NO_GROWTH))
        elif drawn < 0.05 and self.is_troubled:
            self._aims()
        try:
            yield
        finally:
            self.machine.trouble = before

    def _kills(self) -> Doing:
        while True:
            yield self._hours(1, 24 * 14)
            self._aims()

    def _aims(self) -> None:
        """Aim a kill at a step that comes soon."""
        aim = self.chance.choice((None, Step.COMMIT, Step.REQUEST))
        most = {None: 150, Step.COMMIT: 15, Step.REQUEST: 8}[aim]
        self.machine.life.ends(self.chance.randrange(1, most), aim, before=self.chance.random() < 0.5)

    def _storms(self) -> Doing:
        while True:
            yield self._hours(1, 24 * 10)
            self.network.rate = self.chance.uniform(0.05, 0.5)
            yield self._hours(0.2, 12)
            self.network.rate = 0.01

    def _outages(self) -> Doing:
        while True:
            yield self._hours(1, 24 * 40)
            self.network.is_down = True
            yield self._hours(0.01, self.chance.choice((0.1, 2, 24, 72)))
            self.network.is_down = False

    def _stops(self) -> Doing:
        while True:
            yield self._hours(1, 24 * 40)
            self.is_running = False
            yield self._hours(0.01, self.chance.choice((0.1, 2, 24, 72)))
            self.is_running = True

    def _bad_disk(self) -> Doing:
        while True:
            yield self._hours(1, 24 * 30)
            self.machine.trouble = self.chance.choice((Trouble.FULL, Trouble.NO_GROWTH, Trouble.FAILING))
            yield self._hours(0.01, self.chance.choice((0.1, 2, 24)))
            self.machine.trouble = Trouble.NONE

    def _hours(self, least: float, most: float) -> timedelta:
        return timedelta(hours=self.chance.uniform(least, most))

    # the year

    async def play(self, span: timedelta) -> None:
        """Play the year, or less of it, then let things calm down, and judge."""
        asyncio.get_running_loop().set_exception_handler(_unless_killed)
        try:
            await self.enter()
            self.is_troubled = True
            for trouble in self.troubles():
                self.begins(trouble)
            self.begins(self._looks())
            await self.play_until(BEGINS + span)
            await self._calms_down()
        except AssertionError as broken:
            raise Broken(f"at {self.clock.now():%Y-%m-%d %H:%M:%S}: {broken}") from broken
        finally:
            await self.process.close()

    def _looks(self) -> Doing:
        """Look every day whether everything holds, and every week at the whole file."""
        for day in count(1):
            yield timedelta(days=1)
            self.process.tidy()
            self.watch.checks(self.clock.now())
            if day % 7 == 0:
                self.watch.is_whole()
            for person in self.people:
                person.phone.chat()

    async def _calms_down(self) -> None:
        self._coming.clear()
        self.is_troubled = False
        self.network.rate, self.network.is_down, self.is_running = 0.0, False, True
        self.machine.trouble = Trouble.NONE
        self.machine.life.goes_on()
        await self._time_passes_until(self.clock.now())
        await self.process.settle()
        await self.play_until(self.clock.now() + CALM)
        await self.process.settle()
        self.watch.everything_has_ended(self.clock.now())
        self.watch.everything_was_handled_once()
        self.watch.little_was_said_twice()
        self.process.tidy()
        self.watch.checks(self.clock.now())
        self.watch.nothing_is_kept_too_long(self.clock.now())
        self.watch.is_whole()
        assert not self.world.errors, "the pretend Telegram failed"

    def figures(self) -> Counter[str]:
        """Return what happened."""
        return Counter(
            {
                "practice-years": 1,
                "updates": self.watch.handled,
                "messages": self.watch.messages,
                "kills": self.process.kills,
                "calls that went wrong": sum(self.network.mishaps.values()),
                "statements that failed": self.machine.failures,
                "repeated messages": self.watch.repeats,
            }
        )


def _unless_killed(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    if not isinstance(context.get("exception"), Killed):
        loop.default_exception_handler(context)


@contextmanager
def _drawn_codes(seed: str) -> Iterator[None]:
    """Draw codes and secrets by the seed, too."""
    chance = random.Random(f"{seed} codes")

    def new_code() -> str:
        return "".join(chance.choices("23456789ABCDEFGHJKMNPQRSTVWXYZ", k=codes.LENGTH))

    def new_secret() -> str:
        return f"made-up-{chance.getrandbits(64):x}"

    with mock.patch.object(codes, "new_code", new_code), mock.patch.object(codes, "new_secret", new_secret):
        yield


def play_year(seed: str, folder: Path, span: timedelta = YEAR) -> Year:
    """Play one practice-year, or less of it. Raises Broken for a broken promise."""
    year = Year(seed, folder)
    for name in logs.MUTE:  # as the running bot does
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with _drawn_codes(seed), capture_logs() as logged:
        asyncio.run(year.play(span))
    errors = {one["event"] for one in logged if one["log_level"] == "error"} - set(KNOWN_ERRORS)
    if errors:
        raise Broken(f"errors were logged: {sorted(errors)}")
    return year
