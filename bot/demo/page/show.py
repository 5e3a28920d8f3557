"""The running demo: the real bot on a stage, its people and their phones. Everything here runs in one thread."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import assert_never
from zoneinfo import ZoneInfo

from bot import operate
from bot.demo.page import actions, caseload, tour
from bot.demo.page.actions import Action, Hour
from bot.demo.page.behind import behind
from bot.demo.page.home import Home, Kept
from bot.demo.page.people import FIRST_CLIENT, THERAPIST, THERAPIST_NAME, Player, name_of
from bot.demo.page.scene import LINK, Json, Phone, Scene, phone_of
from bot.demo.page.tour import Facts, Step
from bot.demo.stage import Stage, TurnedClock, close_stage, open_stage, settings_for
from bot.demo.telegram import PretendTelegram, SeenMessage, kept, restore
from bot.profile import present
from bot.store import Transaction
from conversations import timing
from conversations.buttons import Verb, decode
from conversations.people import Account, EnrolmentState, Therapist
from conversations.timing import Weekly
from conversations.wording import demo_page as wording
from conversations.wording.dates import day_and_hour, full_day, hour

ZONE = ZoneInfo("Europe/Berlin")
BEGINS = datetime(2026, 3, 2, 9, 0)  # noqa: DTZ001, local time in Berlin
_MONDAY = Weekly(0, datetime(2026, 3, 2, 8, 0).time())  # noqa: DTZ001, a time of day
_NINE = timedelta(hours=9)
MOST_CLIENTS = 40


class NotPossible(Exception):
    """Something can't be done now; the message says why."""


class Stopped(Exception):
    """The demo ends while the clock is being turned."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the demo has its data, and where its Telegram is."""

    home: Home
    telegram: PretendTelegram
    url: str


@dataclass
class Show:
    """What is on stage now. `tell` is called with each scene, in this thread."""

    place: Place
    tell: Callable[[Scene], None]
    between: Callable[[], None] = lambda: None
    """Called between two scenes while the clock turns, so that people can follow; may raise Stopped."""
    stage_number: int = 0
    done: int = 0
    """How many things that pages asked for are done: a page knows by it whether it shows what came of them."""
    clients: list[Player] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.runner = asyncio.Runner()
        kept = self.place.home.kept()
        if kept:
            self._go_on(kept)
        else:
            self._begin()
        self._told = self.scene()

    def _begin(self) -> None:
        self.place.home.clear()
        self.stage = self._open(timing.resolve(BEGINS, ZONE))
        self._enter_therapist()
        self.enter(FIRST_CLIENT, name_of(FIRST_CLIENT))

    def _go_on(self, kept: Kept) -> None:
        self.stage_number = kept.stage_number
        restore(self.place.telegram.world(self._token()), kept.telegram)
        self.stage = self._open(kept.now)
        self.therapist = Player(self.stage.world.person(THERAPIST), THERAPIST_NAME)
        for number, name in kept.clients:
            self.enter(number, name)

    def _token(self) -> str:
        return f"{1000 + self.stage_number}:made-up-token-of-the-demo"

    def _open(self, start: datetime) -> Stage:
        home, token = self.place.home, self._token()
        settings = settings_for(home.folder, self.place.url, token, database_key=home.key)
        world = self.place.telegram.world(token)
        stage = open_stage(world, settings, TurnedClock(start), self.runner)
        self.runner.run(present(stage.app.telegram, stage.app.house.practice))
        return stage

    def _enter_therapist(self) -> None:
        self.therapist = Player(self.stage.world.person(THERAPIST, THERAPIST_NAME), THERAPIST_NAME)
        link = operate.add_therapist(THERAPIST_NAME, ZONE, self.stage.app.house)
        self.therapist.phone.starts(link.partition("start=")[2])
        self.stage.settle()

    def close(self) -> None:
        """Stop the bot, for good."""
        close_stage(self.stage)
        self.runner.close()

    @property
    def zone(self) -> ZoneInfo:
        """Return the practice's zone."""
        return ZONE

    # people

    def enter(self, number: int, name: str) -> Player:
        """Give another client a phone."""
        client = Player(self.stage.world.person(number, name), name)
        self.clients.append(client)
        return client

    def player(self, who: int) -> Player:
        """Return somebody. Raises NotPossible if there is nobody of that number."""
        for player in (self.therapist, *self.clients):
            if player.number == who:
                return player
        raise NotPossible(wording.NOBODY)

    # what a page asks for

    def do(self, action: Action) -> None:
        """Carry out what a page asks for. Raises NotPossible."""
        try:
            self._do(action)
        except (ValueError, LookupError) as refusal:  # what an app of Telegram's would not let somebody do
            raise NotPossible(wording.app_refuses(str(refusal))) from refusal
        finally:
            self.done += 1
            self._keep()
            self.show()

    def _keep(self) -> None:
        clients = tuple((client.number, client.name) for client in self.clients)
        now = self.stage.clock.now()
        self.place.home.keep(lambda: Kept(self.stage_number, now, clients, kept(self.stage.world)))

    def _do(self, action: Action) -> None:
        self._working(action)
        match action:
            case actions.Says(who, text):
                self.player(who).phone.says(text)
            case actions.Starts(who):
                self.player(who).phone.starts()
            case actions.Taps():
                self._tap(action)
            case actions.Opens():
                self._open_link(action)
            case actions.Blocks(who, blocked):
                self.player(who).phone.blocks() if blocked else self.player(who).phone.unblocks()
            case actions.Enters():
                self._enter_next()
            case actions.SessionEnds(who):
                self._session_ends(self.player(who))
            case actions.Turns(to):
                self._turn(self.moment(to))
            case actions.PlaysCaseload():
                self._play_caseload()
            case actions.StartsOver():
                self._start_over()
            case _:
                assert_never(action)
        self.stage.settle()

    def _tap(self, tap: actions.Taps) -> None:
        player = self.player(tap.who)
        message = _message(player, tap.message)
        try:
            button = message.buttons[tap.row][tap.column] if min(tap.row, tap.column) >= 0 else None
        except IndexError:
            button = None
        if button is None or button.data is None:
            raise NotPossible(wording.NO_BUTTON)
        player.phone.taps_data(tap.message, button.data)

    def _open_link(self, opening: actions.Opens) -> None:
        link = LINK.search(_message(self.therapist, opening.message).text)
        if link is None:
            raise NotPossible(wording.NO_LINK)
        self.player(opening.who).phone.starts(link[1])

    def _enter_next(self) -> None:
        numbers = {client.number for client in self.clients}
        if len(numbers) >= MOST_CLIENTS:
            raise NotPossible(wording.TOO_MANY_CLIENTS)
        number = next(number for number in range(FIRST_CLIENT, FIRST_CLIENT + MOST_CLIENTS) if number not in numbers)
        self.enter(number, name_of(number))

    def _session_ends(self, client: Player) -> None:
        with self.stored() as transaction:
            enrolment = tour.facts_of(client, transaction).enrolment
        if enrolment is None or enrolment.state is not EnrolmentState.ACTIVE:
            raise NotPossible(wording.no_consent_yet(client.name))
        self.therapist.phone.says(f"/session {enrolment.alias}")
        self.stage.settle()
        for message in reversed(self.therapist.phone.sees()):
            for button in (button for row in message.buttons for button in row):
                action = decode(button.data or "")
                if button.data and action and (action.verb, action.subject) == (Verb.JUST_ENDED, enrolment.code):
                    self.therapist.phone.taps_data(message.message_id, button.data)
                    return

    def _play_caseload(self) -> None:
        if any(client.name in caseload.NAMES for client in self.clients):
            raise NotPossible(wording.HAS_CASELOAD)
        caseload.play(self)

    def links(self) -> list[str]:
        """Return the codes of all links in the therapist's chat, oldest first."""
        messages = (message for message in self.therapist.phone.sees() if message.from_bot)
        return [match[1] for message in messages for match in LINK.finditer(message.text)]

    def _start_over(self) -> None:
        close_stage(self.stage)
        self.stage_number += 1
        self.clients.clear()
        self._begin()

    # time

    def moment(self, to: Hour | timedelta) -> datetime:
        """Return the moment that the clock is to be turned to."""
        now = self.stage.clock.now()
        match to:
            case timedelta():
                return now + to
            case Hour.TWO_HOURS:
                return now + timedelta(hours=2)
            case Hour.TOMORROW:
                tomorrow = (now.astimezone(ZONE) + timedelta(days=1)).date()
                return timing.resolve(datetime.combine(tomorrow, datetime.min.time()) + _NINE, ZONE)
            case Hour.MONDAY:
                return timing.next_weekly(now, _MONDAY, ZONE)

    def _turn(self, moment: datetime) -> None:
        self.stage.turn_to(moment, self._after_step)

    def _after_step(self) -> None:
        before = self._told
        self.show(typing=self._everybody())
        if before.phones != self._told.phones:
            self.between()

    # what pages see

    @contextmanager
    def stored(self) -> Iterator[Transaction]:
        """Look into the bot's database."""
        with self.stage.app.house.store.transaction() as transaction:
            yield transaction

    def show(self, typing: tuple[int, ...] = (), progress: str | None = None) -> None:
        """Tell pages what there is to see now."""
        self._told = self.scene(typing, progress)
        self.tell(self._told)

    def _working(self, action: Action) -> None:
        """Tell pages that the bot is at work, and for whom, before it is."""
        match action:
            case actions.Says(who) | actions.Starts(who) | actions.Taps(who) | actions.Opens(who):
                typing: tuple[int, ...] = (who,)
            case actions.SessionEnds():
                typing = (THERAPIST,)
            case _:
                typing = ()
        head = {**self._told.head, "typing": typing, "working": True}
        self.tell(Scene(self._told.stage, head, self._told.phones))

    def _everybody(self) -> tuple[int, ...]:
        return (THERAPIST, *(client.number for client in self.clients))

    def scene(self, typing: tuple[int, ...] = (), progress: str | None = None) -> Scene:
        """Return all that pages show now."""
        now = self.stage.clock.now()
        with self.stored() as transaction:
            zones = {player.number: self._zone(player, transaction) for player in (self.therapist, *self.clients)}
            taken = {one.alias for one in transaction.people.all_enrolments()}
            waits = any(
                one.state is EnrolmentState.INVITED and one.alias not in caseload.ALIASES
                for one in transaction.people.all_enrolments()
            )
            heads = {
                client.number: self._about(client, transaction, taken, link_waits=waits) for client in self.clients
            }
        head = {
            "clock": self._clock(now),
            "therapist": THERAPIST,
            "clients": [client.number for client in self.clients],
            "typing": typing,
            "done": self.done,
            "working": bool(typing or progress),
            "progress": progress,
            "has_caseload": any(client.name in caseload.NAMES for client in self.clients),
        }
        phones: dict[int, Phone] = {}
        for player in (self.therapist, *self.clients):
            phone = phone_of(player, zones[player.number], now)
            phones[player.number] = Phone({**phone.head, **heads.get(player.number, {})}, phone.messages)
        return Scene(self.stage_number, head, phones)

    def _clock(self, now: datetime) -> Json:
        return {
            "now": now.isoformat(),
            "zone": ZONE.key,
            "day": full_day(now, ZONE),
            "hour": hour(now, ZONE),
            "presets": [{"to": preset, "title": day_and_hour(self.moment(preset), ZONE)} for preset in Hour],
        }

    def _zone(self, player: Player, transaction: Transaction) -> ZoneInfo:
        known: Account | Therapist | None = transaction.people.account(player.number)
        if player.number == THERAPIST:
            known = transaction.people.therapist_of(THERAPIST)
        return (known.zone if known else None) or ZONE

    def _about(self, client: Player, transaction: Transaction, taken: set[str], *, link_waits: bool) -> Json:
        facts = tour.facts_of(client, transaction)
        questions = self.stage.app.house.practice.questions
        is_played = client.name in caseload.NAMES  # with them the tour has nothing left to show
        step = Step.DONE if is_played else tour.step_of(facts, link_waits=link_waits)
        return {
            "alias": _alias(client, facts, taken),
            "suggestions": _suggestions(_alias(client, facts, taken), facts),
            "can_meet": facts.enrolment is not None and facts.enrolment.state is EnrolmentState.ACTIVE,
            "step": step,
            "target": tour.target(step, facts, client, self.therapist, questions),
        }

    def behind(self, who: int) -> Json:
        """Return what is behind a client's phone. Raises NotPossible if there is no such client."""
        client = self.player(who)
        with self.stored() as transaction:
            return behind(client, self.therapist, transaction, self.stage.app.house, ZONE)

    def file(self, who: int, message: int) -> SeenMessage:
        """Return a message with a picture or document. Raises NotPossible if there is none."""
        found = _message(self.player(who), message)
        if found.photo is None and found.document is None:
            raise NotPossible(wording.NO_MESSAGE)
        return found


def _alias(client: Player, facts: Facts, taken: set[str]) -> str:
    """Return what the therapist calls a client, or might."""
    if facts.enrolment is not None:
        return facts.enrolment.alias
    return client.name if client.name[0] in taken else client.name[0]


def _suggestions(alias: str, facts: Facts) -> list[str]:
    """Return what the therapist might write next about a client."""
    match facts.enrolment.state if facts.enrolment else None:
        case None:
            return [f"/invite {alias}", "/digest"]
        case EnrolmentState.ACTIVE:
            return [f"/session {alias}", "/digest"]
        case _:
            return ["/clients", "/digest"]


def _message(player: Player, number: int) -> SeenMessage:
    for message in player.phone.sees():
        if message.message_id == number:
            return message
    raise NotPossible(wording.NO_MESSAGE)
