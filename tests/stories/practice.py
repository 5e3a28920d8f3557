"""Whole dialogues as transcripts: who does what, and what they see. The bot is the real one, over real HTTP."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot import operate
from bot.app import App
from bot.config import Settings
from bot.demo.stage import Stage, TurnedClock, close_stage, open_stage, settings_for
from bot.demo.telegram import Fault, FaultKind, PretendTelegram, SeenMessage, World
from bot.demo.telegram import Person as TelegramPerson
from bot.store import Store, Transaction
from conversations import timing
from conversations.people import Enrolment
from conversations.sessions import CheckIn

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 3, 2, 8, 0)  # noqa: DTZ001, local time in Berlin
DAYS = {"mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6}


@dataclass
class Someone:
    """Somebody with a phone. `sees` and `taps` are about the chat with the bot."""

    practice: "Practice"
    phone: TelegramPerson
    name: str

    def says(self, text: str) -> "Someone":
        """Send a text."""
        self.phone.says(text)
        return self._then()

    def starts(self, code: str | None = None) -> "Someone":
        """Press Start, with the code of a link."""
        self.phone.starts(code)
        return self._then()

    def taps(self, label: str, message: SeenMessage | None = None) -> "Someone":
        """Tap the newest button of that label."""
        self.phone.taps(label, message)
        return self._then()

    def forges(self, data: str) -> "Someone":
        """Send a tap with data that no button of theirs carries."""
        self.phone.forges(self.last.message_id, data)
        return self._then()

    def sends_voice(self) -> "Someone":
        """Send a voice message."""
        self.phone.sends_voice()
        return self._then()

    def sends_photo(self) -> "Someone":
        """Send a picture."""
        self.phone.sends_photo()
        return self._then()

    def deletes(self, message: SeenMessage) -> "Someone":
        """Delete a message for both sides."""
        self.phone.deletes(message.message_id)
        return self._then()

    def blocks(self) -> "Someone":
        """Block the bot."""
        self.phone.blocks()
        return self._then()

    def unblocks(self) -> "Someone":
        """Unblock the bot."""
        self.phone.unblocks()
        return self._then()

    def _then(self) -> "Someone":
        if self.practice.is_up:
            self.practice.stage.settle()
        return self

    @property
    def chat(self) -> list[SeenMessage]:
        """Return all messages of the bot that stand in the chat, oldest first."""
        return [message for message in self.phone.sees() if message.from_bot]

    @property
    def last(self) -> SeenMessage:
        """Return the newest message of the bot."""
        return self.chat[-1]

    @property
    def card(self) -> SeenMessage:
        """Return the newest message of the bot that has buttons."""
        return next(message for message in reversed(self.chat) if message.buttons)

    @property
    def labels(self) -> list[str]:
        """Return the labels of the newest message that has buttons."""
        return self.card.labels()

    @property
    def lock_screen(self) -> list[str]:
        """Return what a locked phone has shown, oldest first."""
        return self.phone.notifications

    @property
    def screen(self) -> str:
        """Return all that stands in the chat from the bot, for a failed assertion to show."""
        return "\n-----\n".join(message.text for message in self.chat)

    def sees(self, *texts: str) -> "Someone":
        """Assert that the newest message says all of `texts`, in that order."""
        place = 0
        for text in texts:
            found = self.last.text.find(text, place)
            assert found >= 0, f"{self.name} does not see {text!r} (in that order) in:\n{self.last.text}"
            place = found + len(text)
        return self

    def sees_in_chat(self, *texts: str) -> "Someone":
        """Assert that the chat says all of `texts`, in that order."""
        place = 0
        for text in texts:
            found = self.screen.find(text, place)
            assert found >= 0, f"{self.name} does not see {text!r} (in that order) in:\n{self.screen}"
            place = found + len(text)
        return self

    def sees_on_card(self, *texts: str) -> "Someone":
        """Assert that the newest message with buttons says all of `texts`."""
        for text in texts:
            assert text in self.card.text, f"{self.name} does not see {text!r} on:\n{self.card.text}"
        return self

    def sees_nowhere(self, *texts: str) -> "Someone":
        """Assert that nothing in the chat says any of `texts`."""
        for text in texts:
            assert text not in self.screen, f"{self.name} sees {text!r} in:\n{self.screen}"
        return self

    def sees_nothing_new(self, since: int) -> "Someone":
        """Assert that the chat holds as many messages of the bot as before."""
        assert len(self.chat) == since, f"{self.name} sees something new:\n{self.screen}"
        return self

    def answers(self, *labels: str) -> "Someone":
        """Tap one label after the other."""
        for label in labels:
            self.taps(label)
        return self


@dataclass
class Practice:
    """A practice with its bot, its people and a clock that the story turns."""

    stage: Stage
    telegram: PretendTelegram
    url: str
    settings: Settings
    runner: asyncio.Runner
    is_up: bool = True
    _numbers: Iterator[int] = field(default_factory=lambda: iter(range(7_000_001, 7_999_999)))
    codes: dict[str, str] = field(default_factory=dict)

    @property
    def app(self) -> App:
        """Return the running bot."""
        return self.stage.app

    @property
    def store(self) -> Store:
        """Return the database."""
        return self.app.house.store

    @property
    def world(self) -> World:
        """Return the pretend Telegram as this bot sees it."""
        return self.stage.world

    @property
    def now(self) -> datetime:
        """Return the time."""
        return self.stage.clock.now()

    # people

    def someone(self, name: str = "Sam") -> Someone:
        """Return somebody new with a phone."""
        return Someone(self, self.world.person(next(self._numbers), name), name)

    def therapist(self, name: str = "Dr. Weber", zone: ZoneInfo | None = BERLIN) -> Someone:
        """Return a therapist who has just enrolled."""
        link = operate.add_therapist(name, zone, self.app.house)
        therapist = self.someone(name)
        return therapist.starts(link.partition("start=")[2])

    def invitation(self, therapist: Someone, alias: str) -> str:
        """Let the therapist invite a client; return the code of the link."""
        therapist.says(f"/invite {alias}")
        found = re.search(r"start=([\w-]+)", therapist.last.text)
        assert found, therapist.last.text
        return found[1]

    def client(self, therapist: Someone, alias: str = "R", name: str = "Robin") -> Someone:
        """Return a client who has agreed and was confirmed."""
        client = self.someone(name)
        return self.enrols(client, therapist, alias)

    def enrols(self, client: Someone, therapist: Someone, alias: str) -> Someone:
        """Let somebody become a client of `therapist`."""
        client.starts(self.invitation(therapist, alias)).taps("I agree")
        therapist.taps("Yes, it's them")
        return client

    # time

    def at(self, when: str) -> "Practice":
        """Turn the clock to the next "Thu 14:00", "14:00" or "2026-03-29 02:30" in Berlin; what falls due happens."""
        self.stage.turn_to(self._moment(when))
        return self

    def later(self, **span: float) -> "Practice":
        """Turn the clock by a span of time."""
        self.stage.turn_to(self.now + timedelta(**span))
        return self

    def _moment(self, when: str) -> datetime:
        local = self.now.astimezone(BERLIN).replace(tzinfo=None)
        first, _, hour = when.rpartition(" ")
        if re.fullmatch(r"\d{4}-\d\d-\d\d", first):
            return timing.resolve(datetime.fromisoformat(when), BERLIN)
        clock = datetime.strptime(hour, "%H:%M").time()  # noqa: DTZ007, a time of day
        day = local.date()
        while (first and day.weekday() != DAYS[first[:3].lower()]) or datetime.combine(day, clock) < local:
            day += timedelta(days=1)
        return timing.resolve(datetime.combine(day, clock), BERLIN)

    # sessions

    def session_ends(self, therapist: Someone, alias: str = "R") -> "Practice":
        """Let the therapist log that a session has just ended."""
        therapist.says(f"/session {alias}").taps("Just ended")
        return self

    def check_in(self, therapist: Someone, client: Someone, day: str, *labels: str, alias: str = "R") -> "Practice":
        """Let a session end on that day at 14:00, and the client answer at 16:00, then tap Done."""
        self.at(f"{day} 14:00").session_ends(therapist, alias).at(f"{day} 16:00")
        client.taps("Start").answers(*labels, "Done")
        return self

    # what goes wrong

    def fails(self, kind: FaultKind, method: str, person: Someone, *, times: int = 1, seconds: float = 1) -> "Practice":
        """Let the next calls of a method in somebody's chat go wrong; a 429 asks to wait for that many `seconds`."""
        self.world.order_fault(Fault(kind, method, person.phone.user_id, times, retry_after=seconds))
        return self

    def settles(self) -> "Practice":
        """Let the bot do all that it can do now."""
        self.stage.settle()
        return self

    # operators

    def removes_therapist(self, name: str = "Dr. Weber") -> "Practice":
        """Let the operator remove a therapist."""
        with self.stored() as transaction:
            therapist = next(one for one in transaction.people.therapists() if one.name == name)
        operate.remove_therapist(therapist.id, self.app.house)
        return self.settles()

    # the bot

    def goes_down(self) -> "Practice":
        """Stop the bot."""
        close_stage(self.stage)
        self.is_up = False
        return self

    def comes_back(self, **span: float) -> "Practice":
        """Start the bot again after a span of time; it hears what was said meanwhile."""
        self.stage.clock.turn(timedelta(**span))
        self.stage = open_stage(self.world, self.settings, self.stage.clock, self.runner)
        self.is_up = True
        self.stage.settle()
        return self

    def down_until(self, when: str) -> "Practice":
        """Stop the bot, turn the clock, and leave it stopped."""
        self.goes_down()
        self.stage.clock.turn(self._moment(when) - self.now)
        return self

    # what is stored

    @contextmanager
    def stored(self) -> Iterator[Transaction]:
        """Look into the database."""
        with self.store.transaction() as transaction:
            yield transaction

    def enrolment(self, alias: str = "R") -> Enrolment:
        """Return the newest enrolment of an alias."""
        with self.stored() as transaction:
            return [one for one in transaction.people.all_enrolments() if one.alias == alias][-1]

    def check_ins(self, alias: str = "R") -> list[CheckIn]:
        """Return the check-ins of an alias."""
        code = self.enrolment(alias).code
        with self.stored() as transaction:
            return transaction.check_ins.check_ins_of((code,))[code]


@contextmanager
def practice_with(
    telegram: PretendTelegram, url: str, folder: Path, token: str, start: datetime = MONDAY, **settings: str
) -> Iterator[Practice]:
    """Open a practice with a world and a database of its own."""
    with asyncio.Runner() as runner:
        chosen = settings_for(folder, url, token, **settings)
        clock = TurnedClock(timing.resolve(start, BERLIN))
        world = telegram.world(token)
        practice = Practice(open_stage(world, chosen, clock, runner), telegram, url, chosen, runner)
        try:
            yield practice
            assert not list(world.errors), "the pretend Telegram failed"
        finally:
            if practice.is_up:
                close_stage(practice.stage)
