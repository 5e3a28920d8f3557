"""One dated week in the terminal: the real bot, a pretend Telegram, and a clock that is turned."""

import re
import tempfile
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from bot import operate
from bot.demo.stage import Stage, TurnedClock, settings_for, stage
from bot.demo.telegram import Person, PretendTelegram, SeenMessage, serve
from conversations import timing
from conversations.wording import demo as wording
from conversations.wording.dates import day_and_hour

ZONE = ZoneInfo("Europe/Berlin")
BEGINS = datetime(2026, 3, 2, 9, 0)  # noqa: DTZ001, local time in Berlin
TOKEN = "1000:made-up-token-of-the-demo"  # noqa: S105, it opens nothing
WIDTH = 76


@dataclass
class Player:
    """Somebody in the demo, and what they have seen so far."""

    name: str
    phone: Person
    stage: Stage
    show: Callable[[], None]
    seen: dict[int, tuple[str, datetime | None]] = field(default_factory=dict)

    def starts(self, code: str) -> None:
        """Open a link."""
        self._does(wording.opens_link())
        self.phone.starts(code)
        self._then()

    def writes(self, text: str) -> None:
        """Send a text."""
        self._does(wording.writes(text))
        self.phone.says(text)
        self._then()

    def taps(self, *labels: str) -> None:
        """Tap one button after the other."""
        for label in labels:
            self._does(wording.taps(label))
            self.phone.taps(label)
            self._then()

    def _does(self, action: str) -> None:
        click.echo(f"\n  > {wording.does(self.name, action)}")

    def _then(self) -> None:
        self.stage.settle()
        self.show()

    def news(self) -> list[SeenMessage]:
        """Return the bot's messages that are new or were edited since the last look."""
        news = []
        for message in self.phone.sees():
            state = (message.text, message.edited_at)
            if message.from_bot and self.seen.get(message.message_id) != state:
                self.seen[message.message_id] = state
                news.append(message)
        return news

    def link(self) -> str:
        """Return the code of the link in the newest message that has one."""
        found = [match for message in self.phone.sees() for match in re.finditer(r"start=([\w-]+)", message.text)]
        return found[-1][1]


@dataclass
class Play:
    """The week, with its players."""

    stage: Stage
    players: list[Player] = field(default_factory=list)

    def enters(self, name: str, number: int) -> Player:
        """Let somebody with a phone enter."""
        player = Player(name, self.stage.world.person(number, name), self.stage, self.show)
        self.players.append(player)
        return player

    def tell(self, sentence: str) -> None:
        """Say what happens."""
        click.secho(f"\n{day_and_hour(self.stage.clock.now(), ZONE)}. {sentence}", bold=True)

    def at(self, day: int, hour: int, sentence: str) -> None:
        """Turn the clock to a day of March and an hour, and say what happens."""
        self.stage.turn_to(timing.resolve(datetime(2026, 3, day, hour, 0), ZONE))  # noqa: DTZ001
        self.tell(sentence)
        self.show()

    def show(self) -> None:
        """Print what is new on anybody's phone, as they see it."""
        for player in self.players:
            for message in player.news():
                _print(player.name, message)


def _print(name: str, message: SeenMessage) -> None:
    at = message.edited_at or message.at
    click.echo(f"\n    ┌─ {name}, {at.astimezone(ZONE):%a %H:%M}")
    for line in message.text.splitlines():
        for part in textwrap.wrap(line, WIDTH) or [""]:
            click.echo(f"    │ {part}".rstrip())
    if message.photo:
        click.echo("    │ (a QR picture of the link)")
    for row in message.buttons:
        click.echo("    │ " + " ".join(f"[{button.label}]" for button in row))
    click.echo("    └─")


def play() -> None:
    """Play the week."""
    clock = TurnedClock(timing.resolve(BEGINS, ZONE))
    telegram = PretendTelegram(now=clock.now)
    with tempfile.TemporaryDirectory() as folder, serve(telegram) as url:
        settings = settings_for(Path(folder), url, TOKEN)
        with stage(telegram.world(TOKEN), settings, clock) as opened:
            click.secho(wording.TITLE, bold=True)
            _week(Play(opened))
            click.secho(f"\n{wording.ENDED}", bold=True)


def _week(week: Play) -> None:
    therapist = week.enters("Dr. Weber", 501)
    robin, sasha = week.enters("Robin", 502), week.enters("Sasha", 503)
    week.tell(wording.INVITES)
    link = operate.add_therapist("Dr. Weber", ZONE, week.stage.app.house)
    therapist.starts(link.partition("start=")[2])
    _enrolments(week, therapist, robin, sasha)
    _sessions(week, therapist, robin, sasha)
    week.at(9, 8, wording.MONDAY)
    week.tell(wording.TALKED_ABOUT)
    therapist.taps("Talked about it: R (coming back)")


def _enrolments(week: Play, therapist: Player, robin: Player, sasha: Player) -> None:
    therapist.writes("/invite R")
    week.tell(wording.AGREES)
    robin.starts(therapist.link())
    robin.taps("I agree")
    week.tell(wording.CONFIRMS)
    therapist.taps("Yes, it's them")
    week.tell(wording.SECOND_CLIENT)
    therapist.writes("/invite S")
    sasha.starts(therapist.link())
    sasha.taps("I agree")
    therapist.taps("Yes, it's them")


def _sessions(week: Play, therapist: Player, robin: Player, sasha: Player) -> None:
    week.at(3, 14, wording.FIRST_SESSION)
    therapist.writes("/session S")
    therapist.taps("Just ended")
    week.at(3, 16, wording.TWO_HOURS_LATER)
    sasha.taps("Start", "Yes", "Mostly", "Yes", "Yes", "Done")
    week.at(5, 14, wording.SECOND_SESSION)
    therapist.writes("/session R")
    therapist.taps("Just ended")
    week.at(5, 16, wording.ROBIN_ANSWERS)
    robin.taps("Start", "Partly", "Not really", "No", "No", "My pain isn't seen")
    week.tell(wording.NUDGE)
    robin.taps("Contact me before our next session")
    robin.writes("I leave more tired than I came.")
    robin.taps("Done")
    week.at(6, 11, wording.THIRD_SESSION)
    therapist.writes("/session S")
    therapist.taps("Just ended")
    week.at(6, 13, wording.SASHA_LEAVES_IT)
    sasha.taps("Not this time")
