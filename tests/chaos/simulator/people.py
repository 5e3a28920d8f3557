"""Therapists and clients as they are: they answer, leave it, go silent, type, change their minds, block and come back.

What somebody does is a generator that yields how long it takes until they go on.
"""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

from bot.demo.telegram import Person, SeenButton, SeenMessage
from bot.store.engine import Row
from tests.chaos.simulator.answers import ASKED, COMMENT, Answers, place_of

Doing = Iterator[timedelta]

WEEK = timedelta(weeks=1)
_KEPT_IN_CHAT = 25
"""How many messages a phone keeps: people clear their chats, and a year of them would be slow to look through."""


@dataclass
class Everybody:
    """What people have in common: chance, and words that are used once."""

    chance: random.Random
    query: Callable[[str], list[Row]]
    """Looks into the database, for what people would tell each other in their sessions."""
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def words(self) -> str:
        """Return words that nobody else ever writes."""
        return f"made-up-words-{next(self.numbers)}."

    def minutes(self, least: float, most: float) -> timedelta:
        """Return a span of time."""
        return timedelta(minutes=self.chance.uniform(least, most))

    def happens(self, share: float) -> bool:
        """Tell whether something happens that happens so often."""
        return self.chance.random() < share


@dataclass
class Phone:
    """Somebody's phone, and what they have understood of what it shows."""

    person: Person
    answers: Answers

    @property
    def is_open(self) -> bool:
        """Tell whether anything can be sent."""
        return not self.person.has_blocked

    def chat(self) -> list[SeenMessage]:
        """Look at the chat."""
        shown = self.person.sees()
        for old in shown[:-_KEPT_IN_CHAT]:
            self.person.deletes(old.message_id)
        self.answers.looks(shown)
        return shown[-_KEPT_IN_CHAT:]

    def buttons(self, *verbs: str) -> list[tuple[SeenMessage, SeenButton]]:
        """Return the buttons with one of these verbs, newest message first; without verbs, all."""
        return [
            (message, button)
            for message in reversed(self.chat())
            for row in message.buttons
            for button in row
            if button.data and (not verbs or button.data.partition(":")[0] in verbs)
        ]

    def taps(self, message: SeenMessage, button: SeenButton) -> None:
        """Tap a button."""
        if not self.is_open:
            return
        verb, subject, detail, value, *_ = f"{button.data}:::".split(":")
        if verb == "rate":
            self.answers.rates(subject, detail, int(value))
        if verb == "skip" and detail in ASKED:
            self.answers.rates(subject, detail, None)
        if verb == "back" and (place := place_of(message)) is not None and 0 < place[1] < len(ASKED):
            self.answers.goes_back(*place)
        if verb == "uncomment":
            self.answers.removes_comments(subject)
        if verb == "erase":
            self.answers.erases()
        self.person.taps_data(message.message_id, button.data or "")

    def taps_first(self, *verbs: str) -> bool:
        """Tap the newest button with one of these verbs. Return False if there is none."""
        found = self.buttons(*verbs)
        if found:
            self.taps(*found[0])
        return bool(found)

    def says(self, text: str) -> None:
        """Send a text."""
        if self.is_open:
            self.person.says(text)


@dataclass
class Client:
    """Somebody in therapy."""

    everybody: Everybody
    phone: Phone
    diligence: float
    """How often they answer."""

    @property
    def number(self) -> int:
        """Return the number of their account."""
        return self.phone.person.user_id

    def enrolments(self) -> list[Row]:
        """Return what they have agreed to and not ended, and with whom."""
        return self.everybody.query(
            "SELECT e.code, e.alias, t.account FROM enrolments e JOIN therapists t ON t.id = e.therapist "  # noqa: S608
            f"WHERE e.account = {self.number} AND e.state = 'active'"
        )

    def after_session(self) -> Doing:
        """Look at the phone some time after a session, and answer, or not."""
        one = self.everybody
        yield one.minutes(100, 60 * 30)
        if not one.happens(self.diligence):
            return
        for _ in range(3):
            if self.phone.buttons("start", "rate", "done"):
                break
            yield one.minutes(60, 60 * 20)
        else:
            return
        patience = one.chance.choice((2, 5, 30, 30, 30))
        for _ in range(patience):
            yield timedelta(seconds=one.chance.uniform(1, 40))
            if self._step():
                break
        if one.happens(0.2):
            yield one.minutes(1, 60 * 24)
            self.phone.taps_first(one.chance.choice(("see", "private", "share", "change", "hide")))

    def _step(self) -> bool:
        """Do one thing to the card; return whether there is nothing more to do."""
        one, chat = self.everybody, self.phone.chat()
        cards = [(message, place) for message in chat if (place := place_of(message)) is not None]
        if not cards:
            return True
        message, (session, page) = cards[-1]
        buttons: dict[str, list[SeenButton]] = {}
        for row in message.buttons:
            for button in row:
                buttons.setdefault((button.data or "").partition(":")[0], []).append(button)
        if one.happens(0.03):
            self.phone.taps(message, one.chance.choice([button for group in buttons.values() for button in group]))
            return False
        if page == -1:
            verb = one.chance.choices(("start", "pass", "nomeet"), (90, 7, 3))[0]
            self.phone.taps(message, buttons[verb][0])
            return verb != "start"
        if page < len(ASKED):
            self._rates(message, buttons, session, page)
        elif page == COMMENT and one.happens(0.4):
            self._comments(session)
        elif "reason" in buttons or "wish" in buttons:
            self.phone.taps(
                message, one.chance.choice([*buttons.get("reason", ()), *buttons.get("wish", ()), *buttons["skip"]])
            )
        elif "done" in buttons:
            self.phone.taps(message, buttons["done"][0])
        else:
            return True
        return False

    def _rates(self, message: SeenMessage, buttons: dict[str, list[SeenButton]], session: str, page: int) -> None:
        one = self.everybody
        if one.happens(0.1):
            rating = one.chance.randint(1, 5)
            self.phone.answers.types(session, ASKED[page], rating)
            self.phone.says(str(rating))
        elif one.happens(0.08):
            self.phone.taps(message, buttons["skip"][0])
        else:
            for _ in range(1 + one.happens(0.05)):
                self.phone.taps(message, one.chance.choice(buttons["rate"]))

    def _comments(self, session: str) -> None:
        words = self.everybody.words()
        self.phone.answers.writes(session, words)
        self.phone.says(words)

    def moods(self) -> Doing:
        """Now and then do something else."""
        one = self.everybody
        while True:
            yield one.minutes(60 * 24 * 2, 60 * 24 * 40)
            yield from one.chance.choice(
                (self._pauses, self._stops, self._blocks, self._erases, self._asks, self._taps_anything, self._talks)
            )()

    def _pauses(self) -> Doing:
        self.phone.says("/pause")
        yield self.everybody.minutes(0.1, 2)
        self.phone.taps_first("pause")
        yield self.everybody.minutes(60, 60 * 24 * 10)
        self.phone.says("/resume")

    def _stops(self) -> Doing:
        if self.everybody.happens(0.5):
            return
        self.phone.says("/stop")
        yield self.everybody.minutes(0.1, 2)
        self.phone.taps_first("stopyes", "stop")

    def _blocks(self) -> Doing:
        self.phone.person.blocks()
        yield self.everybody.minutes(10, 60 * 24 * 12)
        self.phone.person.unblocks()

    def _erases(self) -> Doing:
        if self.everybody.happens(0.6):
            return
        self.phone.says("/deletemydata")
        yield self.everybody.minutes(0.1, 2)
        self.phone.taps_first("erase")

    def _asks(self) -> Doing:
        self.phone.says(self.everybody.chance.choice(("/mydata", "/help", "/privacy", "/start", "/timezone")))
        yield self.everybody.minutes(0.1, 2)
        self.phone.says("Europe/Lisbon" if self.everybody.happens(0.3) else "Europe/Berlin")

    def _talks(self) -> Doing:
        if self.phone.is_open:
            self.phone.person.sends_voice()
        yield self.everybody.minutes(0.1, 2)

    def _taps_anything(self) -> Doing:
        for _ in range(3):
            self.acts_at_once()
            yield self.everybody.minutes(0, 1)

    def acts_at_once(self) -> None:
        """Do anything that takes no thought."""
        found = self.phone.buttons()
        if found and self.phone.is_open:
            self.phone.taps(*self.everybody.chance.choice(found))


@dataclass
class Therapist:
    """Somebody with a caseload."""

    everybody: Everybody
    phone: Phone
    name: str
    aliases: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def number(self) -> int:
        """Return the number of their account."""
        return self.phone.person.user_id

    def sees(self, client: Client, begins_in: timedelta) -> Doing:
        """See a client every week: invite them if need be, and log the sessions."""
        one = self.everybody
        yield begins_in
        while True:
            begun = one.minutes(0, 45)
            yield begun
            own = [row for row in client.enrolments() if row["account"] == self.number]
            if not own:
                yield from self._invites(client)
            elif one.happens(0.92):
                yield from self._logs(own[0]["alias"])
            yield WEEK - begun

    def _invites(self, client: Client) -> Doing:
        one, alias = self.everybody, f"{self.name[-1]}{next(self.aliases)}"
        self.phone.says(f"/invite {alias}")
        yield one.minutes(0.1, 5)
        links = [found[1] for message in self.phone.chat() if (found := re.search(r"start=([\w-]+)", message.text))]
        if not links or not client.phone.is_open:
            return
        client.phone.person.starts(links[-1])
        yield one.minutes(0.1, 30)
        client.phone.taps_first(one.chance.choices(("agree", "later", "no"), (92, 5, 3))[0])
        yield one.minutes(0.1, 60)
        self.phone.taps_first("pair")

    def _logs(self, alias: str) -> Doing:
        self.phone.says(f"/session {alias}")
        yield self.everybody.minutes(0.1, 3)
        for _ in range(1 + self.everybody.happens(0.05)):
            self.phone.taps_first("ended")

    def reads(self) -> Doing:
        """Read what comes, some time in the week."""
        one = self.everybody
        while True:
            yield one.minutes(60 * 24, 60 * 24 * 9)
            for verb in ("pair", "talked", "readall"):
                if one.happens(0.7) and self.phone.taps_first(verb):
                    yield one.minutes(0.1, 2)
            if one.happens(0.3):
                yield from one.chance.choice((self._looks_up, self._takes_back, self._blocks))()

    def _looks_up(self) -> Doing:
        self.phone.says(self.everybody.chance.choice(("/clients", "/digest", "/settings", "/help", "/invite")))
        yield self.everybody.minutes(0.1, 2)
        found = [one for one in self.phone.buttons() if not (one[1].data or "").startswith("removeyes")]
        if found:
            self.phone.taps(*self.everybody.chance.choice(found))

    def _takes_back(self) -> Doing:
        if self.phone.taps_first("undo", "client"):
            yield self.everybody.minutes(0.1, 2)
            if self.phone.taps_first(self.everybody.chance.choice(("cancel", "remove", "endedat"))):
                yield self.everybody.minutes(0.1, 2)
                self.phone.taps_first("removeyes")

    def _blocks(self) -> Doing:
        self.phone.person.blocks()
        yield self.everybody.minutes(10, 60 * 24 * 9)
        self.phone.person.unblocks()
