"""People who answer all at once, and tap and write several things in a row without waiting."""

import random
import time
from collections import defaultdict
from dataclasses import dataclass, field

from bot.demo.telegram import Person, SeenMessage, World
from conversations.buttons import Verb
from tests.chaos.made_up import FIRST_CLIENT, THERAPIST
from tests.chaos.simulator.answers import COMMENT, place_of

EACH_SAYS = 10
"""How much everybody says at least."""
ACTS_IN_A_SECOND = 80
TAPS_AGAIN_AFTER = 5.0
"""Seconds without another page. A card that was sent twice may show an older one, until it is tapped."""
PATIENCE = 60
"""Seconds of real time, after which an answer that should come counts as lost."""

_TAPPED = frozenset({Verb.START, Verb.RATE, Verb.REASON, Verb.WISH})


@dataclass
class Talker:
    """A client who doesn't wait for answers, except for the card's next page."""

    phone: Person
    chance: random.Random
    queues: list[tuple[int, str]]
    """Those of the whole crowd."""
    said: int = 0
    tapped_on: int | None = None
    """The page of the card that was last tapped on."""
    tapped_at: float = 0.0
    ratings: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    """All that were tapped, of each question; the last one counts."""
    comments: list[str] = field(default_factory=list)

    def starts(self) -> None:
        self._note("texts")
        self.phone.starts()

    def asks(self) -> None:
        self._note("texts")
        self.phone.says("/help")

    def has_finished(self) -> bool:
        return self.said >= EACH_SAYS and bool(self.comments)

    def card(self) -> tuple[SeenMessage, int] | None:
        """Return the newest card, and which page it shows; None if nothing was asked yet."""
        shown = [(message, place[1]) for message in self.phone.sees() if (place := place_of(message))]
        return shown[-1] if shown else None

    def acts(self) -> None:
        """Do what the card asks for, unless that was done a moment ago."""
        shown = self.card()
        if shown is None:
            return
        card, page = shown
        if page == COMMENT:
            self._writes()
        elif page != self.tapped_on or time.monotonic() - self.tapped_at > TAPS_AGAIN_AFTER:
            self.tapped_on, self.tapped_at = page, time.monotonic()
            self._taps(card)

    def _taps(self, card: SeenMessage) -> None:
        """Tap, and on ratings sometimes again and again: the last one counts."""
        buttons = [str(button.data) for row in card.buttons for button in row if _verb(button.data) in _TAPPED]
        times = self.chance.choices((1, 2, 3), (6, 3, 1))[0] if _verb(buttons[0]) == Verb.RATE else 1
        for data in self.chance.choices(buttons, k=times):
            self._note("taps")
            self.phone.forges(card.message_id, data)  # also once the card has turned to another page
            if _verb(data) == Verb.RATE:
                _, _, question, rating = data.split(":")
                self.ratings[question].append(int(rating))

    def _writes(self) -> None:
        for _ in range(self.chance.randrange(1, 5)):
            self._note("texts")
            self.comments.append(f"made-up words {len(self.comments)}")
            self.phone.says(self.comments[-1])

    def _note(self, queue: str) -> None:
        self.queues.append((self.phone.user_id, queue))
        self.said += 1


def _verb(data: str | None) -> str:
    return str(data).partition(":")[0]


@dataclass
class Crowd:
    """All who talk to the bot."""

    world: World
    chance: random.Random
    talkers: list[Talker] = field(default_factory=list)
    queues: list[tuple[int, str]] = field(default_factory=list)
    """To which queue of Telegram's each update belongs, in the order of their numbers: a chat, and a kind."""

    def gathers(self, size: int) -> None:
        """Let the therapist, who only reads, and so many clients press Start."""
        therapist, *self.talkers = (
            Talker(self.world.person(number, "Robin"), self.chance, self.queues)
            for number in (THERAPIST, *range(FIRST_CLIENT, FIRST_CLIENT + size))
        )
        for one in (therapist, *self.talkers):
            one.starts()

    def is_asked(self) -> bool:
        return any(one.card() for one in self.talkers)

    def talks(self, until_said: float, at_most: float) -> None:
        """Let people talk until they have said so much, for so many seconds at most."""
        end = time.monotonic() + at_most
        while len(self.queues) < until_said and time.monotonic() < end:
            busy = [one for one in self.talkers if not one.has_finished()]
            if not busy:
                return
            self.chance.choice(busy).acts()
            time.sleep(self.chance.expovariate(ACTS_IN_A_SECOND))

    def says_something(self) -> None:
        """Let somebody talk, even if all have said what they want to say."""
        busy = [one for one in self.talkers if not one.has_finished()]
        if busy:
            self.chance.choice(busy).acts()
        else:
            self.chance.choice(self.talkers).asks()

    def finishes(self) -> None:
        """Let everybody say what they still want to say."""
        left, since = len(self.talkers), time.monotonic()
        while busy := [one for one in self.talkers if not one.has_finished()]:
            for one in busy:
                one.acts()
            if len(busy) < left:
                left, since = len(busy), time.monotonic()
            assert time.monotonic() - since < PATIENCE, f"{left} people get no answer"
            time.sleep(0.05)
