"""Twelve made-up clients over ten weeks, with every kind of signal and silence: really played, with the real bot.

Nobody waits for the next page of a card: all taps of an evening are sent at once, as a modified app could.
"""

import json
import random
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING

from bot import operate
from bot.demo.page.people import Player
from bot.operate import Ended
from bot.store.inbox import NewUpdate
from bot.updates import lane_of
from conversations import timing
from conversations.buttons import Action, Verb, decode, encode
from conversations.questions import BEST
from conversations.sessions import Reason, Wish
from conversations.wording import demo_page as wording

if TYPE_CHECKING:
    from bot.demo.page.show import Show

SEED = 2032
"""With this one, nobody's answers change by chance as much as those of the three clients who are meant to."""
WEEKS = 10
LAST = WEEKS - 1
FIRST_NUMBER = 601
_LOGGED_AT = time(18)
_DAYS = (1, 3)
"""Tuesday and Thursday: half of the clients come on each."""

Ratings = tuple[int, int, int, int]


class Ending(Enum):
    """What a client does in the last week instead of answering as usual."""

    ANSWERS = auto()
    LEAVES_OPEN = auto()
    BLOCKS = auto()
    PAUSES = auto()
    DECLINES = auto()
    STOPS = auto()
    NEVER_STARTS = auto()
    STAYS_AWAY = auto()


@dataclass(frozen=True, slots=True)
class Client:
    """A made-up client: how they usually answer, and how the ten weeks end."""

    alias: str
    usual: Ratings
    ending: Ending
    last: Ratings | None = None
    """The answers of the last week; None: as usual."""
    reason: Reason | None = None
    wish: Wish | None = None
    comment: str | None = None
    varies: bool = True

    @property
    def name(self) -> str:
        """Return their name in Telegram."""
        return wording.made_up(self.alias)

    @property
    def joins_late(self) -> bool:
        """Tell whether they are invited in the last week only."""
        return self.ending in {Ending.DECLINES, Ending.NEVER_STARTS}


CLIENTS = (
    Client(
        "Otter", (4, 4, 4, 4), Ending.ANSWERS, (3, 2, 1, 1), Reason.PAIN_NOT_SEEN, Wish.BRING_UP, wording.OTTER_WRITES
    ),
    Client("Heron", (4, 4, 4, 5), Ending.ANSWERS, (4, 3, 3, 3), Reason.DIFFERENT_GOALS, Wish.CONTACT_ME),
    Client("Wren", (5, 5, 4, 5), Ending.ANSWERS, (3, 4, 3, 4), varies=False),
    Client("Fox", (4, 2, 3, 4), Ending.ANSWERS, (4, 2, 3, 4), varies=False),
    Client("Dove", (5, 5, 5, 5), Ending.ANSWERS, comment=wording.DOVE_WRITES, varies=False),
    Client("Badger", (4, 3, 4, 4), Ending.LEAVES_OPEN, varies=False),
    Client("Swift", (4, 4, 5, 5), Ending.BLOCKS),
    Client("Hare", (4, 4, 4, 4), Ending.PAUSES),
    Client("Mole", (4, 4, 4, 4), Ending.DECLINES),
    Client("Finch", (4, 3, 3, 4), Ending.STOPS),
    Client("Newt", (4, 4, 4, 4), Ending.NEVER_STARTS),
    Client("Swan", (5, 4, 5, 5), Ending.STAYS_AWAY),
)
ALIASES = frozenset(client.alias for client in CLIENTS)
NAMES = frozenset(client.name for client in CLIENTS)


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A made-up client with a phone."""

    client: Client
    player: Player
    day: int

    def is_seen(self, week: int) -> bool:
        """Tell whether there is a session in that week."""
        if self.client.joins_late:
            return False
        return self.client.ending is not Ending.STAYS_AWAY or week < WEEKS - 4

    def answers(self, week: int) -> bool:
        """Tell whether the check-in of that week is answered."""
        if self.client.ending is Ending.LEAVES_OPEN:
            return week < LAST - 1
        return week < LAST or self.client.ending in {Ending.ANSWERS, Ending.PAUSES, Ending.STOPS}


def play(show: "Show") -> None:
    """Play ten weeks, and end on the Monday after them, when the summary comes. Raises NotPossible the second time."""
    enrolled = [
        Enrolled(client, show.enter(FIRST_NUMBER + place, client.name), _DAYS[place % len(_DAYS)])
        for place, client in enumerate(CLIENTS)
    ]
    show.show(progress=wording.week(1, WEEKS))
    _enrol(show, [one for one in enrolled if not one.client.joins_late])
    _Weeks(show, enrolled, _first_day(show)).play()


def _settle(show: "Show") -> None:
    """Put what people did straight into the bot's inbox, and let the bot do the rest.

    Asking for it over HTTP and answering each tap would take twice as long.
    """
    state, house = show.stage.world.state, show.stage.app.house
    now = house.clock()
    with state.lock:
        updates = [update.as_json() for update in state.updates.fetch(0, len(state.updates), now)]
        state.updates.forget_all()
    rows = [NewUpdate(int(str(one["update_id"])), json.dumps(one), lane_of(one)) for one in updates]
    with show.stored() as transaction:
        transaction.inbox.add(show.stage.app.telegram.bot_id, rows, now)
    show.stage.settle()


def _first_day(show: "Show") -> date:
    today = timing.local(show.stage.clock.now(), show.zone).date()
    return today + timedelta(days=-today.weekday() % 7)


def _enrol(show: "Show", enrolled: list[Enrolled]) -> None:
    """Invite them, let them agree, and confirm them."""
    _invite(show, enrolled)
    for one in enrolled:
        _tap(one.player, Verb.AGREE)
    _settle(show)
    for button in _buttons(show.therapist, Verb.CONFIRM_PAIRING):
        show.therapist.phone.taps_data(*button)
    _settle(show)


def _invite(show: "Show", enrolled: list[Enrolled]) -> None:
    """Invite them, and let them open the link."""
    for one in enrolled:
        show.therapist.phone.says(f"/invite {one.client.alias}")
    _settle(show)
    for one, code in zip(enrolled, show.links()[-len(enrolled) :], strict=True):
        if one.client.ending is not Ending.NEVER_STARTS:
            one.player.phone.starts(code)
    _settle(show)


@dataclass(frozen=True, slots=True)
class _Weeks:
    """The weeks as they are played."""

    show: "Show"
    enrolled: list[Enrolled]
    first_day: date
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))

    def play(self) -> None:
        """Play all weeks."""
        for week in range(WEEKS):
            self.show.show(progress=wording.week(week + 1, WEEKS))
            for day in _DAYS:
                self._play_day(week, day)
        self.show.stage.turn_to(self._at(LAST, 4, time(12)))
        self._end()
        self.show.stage.turn_to(self._at(WEEKS, 0, time(8)))

    def _at(self, week: int, day: int, hour: time) -> datetime:
        return timing.resolve(datetime.combine(self.first_day + timedelta(days=7 * week + day), hour), self.show.zone)

    def _play_day(self, week: int, day: int) -> None:
        """Let sessions take place during the day, and be logged and answered in the evening."""
        coming = [one for one in self.enrolled if one.day == day and one.is_seen(week)]
        self.show.stage.turn_to(self._at(week, day, _LOGGED_AT))
        house = self.show.stage.app.house
        with self.show.stored() as transaction:
            codes = [transaction.people.enrolments_of(one.player.number)[-1].code for one in coming]
        ended = [Ended(code, self._at(week, day, time(10 + place))) for place, code in enumerate(codes)]
        operate.add_sessions(ended, house)
        _settle(self.show)
        for one in coming:
            if one.answers(week):
                self._answer(one, week)
        _settle(self.show)

    def _answer(self, one: Enrolled, week: int) -> None:
        """Let somebody answer the whole card."""
        [(message, data), *_] = _buttons(one.player, Verb.START)
        is_last = week == LAST
        start = decode(data)
        assert start is not None
        ratings = self._ratings(one.client, is_last=is_last)
        questions = self.show.stage.app.house.practice.questions.questions
        said = [Action(Verb.START, start.subject)]
        said += [
            Action(Verb.RATE, start.subject, question.id, str(rating))
            for question, rating in zip(questions, ratings, strict=True)
        ]
        if is_last and one.client.reason and one.client.wish:
            said += [Action(Verb.REASON, start.subject, one.client.reason)]
            said += [Action(Verb.WISH, start.subject, one.client.wish)]
        for action in said:
            one.player.phone.forges(message, encode(action))
        if is_last and one.client.comment:
            one.player.phone.says(one.client.comment)
        done = Verb.KEEP_PRIVATE if is_last and one.client.ending is Ending.PAUSES else None
        for verb in (Verb.DONE, *([done] if done else [])):
            one.player.phone.forges(message, encode(Action(verb, start.subject)))

    def _ratings(self, client: Client, *, is_last: bool) -> Ratings:
        if is_last and client.last:
            return client.last
        if not client.varies:
            return client.usual
        one, two, three, four = (min(BEST, rating + self.chance.choice((0, 0, 0, 1))) for rating in client.usual)
        return one, two, three, four

    def _end(self) -> None:
        """Let the last week end as it does for each of them."""
        late = [one for one in self.enrolled if one.client.joins_late]
        _invite(self.show, late)
        for one in self.enrolled:
            match one.client.ending:
                case Ending.BLOCKS:
                    one.player.phone.blocks()
                case Ending.PAUSES:
                    one.player.phone.says("/pause")
                case Ending.STOPS:
                    one.player.phone.says("/stop")
                case Ending.DECLINES:
                    _tap(one.player, Verb.NO_THANKS)
        _settle(self.show)
        for one in self.enrolled:
            if one.client.ending is Ending.PAUSES:
                _tap(one.player, Verb.PAUSE_FOR)
            if one.client.ending is Ending.STOPS:
                _tap(one.player, Verb.CONFIRM_STOP)
        _settle(self.show)


def _buttons(player: Player, verb: Verb) -> list[tuple[int, str]]:
    """Return message and data of all buttons that ask for `verb`, newest message first."""
    found = []
    for message in reversed(player.phone.sees()):
        for button in (button for row in message.buttons for button in row):
            action = decode(button.data or "")
            if action is not None and action.verb is verb and button.data:
                found.append((message.message_id, button.data))
    return found


def _tap(player: Player, verb: Verb) -> None:
    player.phone.taps_data(*_buttons(player, verb)[0])
