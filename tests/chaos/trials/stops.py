"""The bot is down while people say that they want no more of it, and check-ins, reminders and summaries fall due."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot import logs
from bot.backlog import handle_next
from bot.demo.stage import close_stage, open_stage
from bot.demo.telegram import FaultKind, PretendTelegram, serve
from tests.chaos.campaign import Figures, Size, Trial
from tests.stories.practice import Practice, Someone, practice_with

LAST_MOMENT = timedelta(seconds=140)
"""How long before the bot is back people tap: Telegram forgets taps after 150 seconds."""
LONGEST = timedelta(hours=23)
AFTERWARDS = timedelta(days=2)
"""How long nothing may be said against what people said."""
READY, HEADS_UP, SUMMARY = "A short check-in is ready", "something new in your summary", "Your weekly summary is ready"


@dataclass(frozen=True, slots=True)
class _Pair:
    """A client and the therapist, in one practice."""

    practice: Practice
    therapist: Someone
    client: Someone
    alias: str

    def ends_a_session(self) -> None:
        self.practice.session_ends(self.therapist, self.alias)


@dataclass(frozen=True, slots=True)
class _Wish:
    """What somebody says while the bot does not hear it, and what they may be told after it."""

    name: str
    before: Callable[[_Pair], object]
    """What leads up to it, right before the bot goes down."""
    said: Callable[[_Pair], object]
    told: tuple[str, ...] = ()
    """How the only new messages to the client begin, one each."""
    has_card: bool = False
    """Whether a card was sent a day before, so that its reminder falls due. If not, a check-in is about to."""
    has_agreed: bool = True
    """Whether they take part. If not, they were just asked whether they want to."""
    needs_telling: bool = True
    """Whether it is a tap, which Telegram keeps for 150 seconds only."""
    later: Callable[[_Pair], object] = lambda _: None
    """What they do almost a day after they were heard."""


def _answers_but_for(pair: _Pair, last: str) -> None:
    labels = ("Start", "Yes", "Yes", "Mostly", "No", "It isn't helping", "Just know it", "Done")
    pair.client.answers(*labels[: labels.index(last)])


def _answers_with_a_no(pair: _Pair) -> None:
    """Answer so that the therapist is to be nudged, while Telegram asks to wait with it."""
    # Twice: after the last question but one, and when it is finished.
    pair.practice.fails(FaultKind.TOO_MANY_REQUESTS, "sendMessage", pair.therapist, times=2, seconds=600)
    _answers_but_for(pair, "Done")
    pair.client.taps("Done")
    assert not pair.practice.world.outstanding_faults, "nobody was to be nudged"


def _asks_to_remove(pair: _Pair) -> None:
    pair.therapist.says("/clients").taps(pair.alias).taps("Remove")


def _asks(command: str) -> Callable[[_Pair], object]:
    return lambda pair: pair.client.says(command)


NOBODY_WANTS = (
    _Wish("stops", _asks("/stop"), lambda pair: pair.client.taps("Yes, stop"), ("Stopped.",)),
    _Wish(
        "stops typed",
        lambda _: None,
        _asks("/stop"),
        ("Do you want to stop?", "Stopped."),
        needs_telling=False,
        later=lambda pair: pair.client.taps("Yes, stop"),
    ),
    _Wish("pauses", _asks("/pause"), lambda pair: pair.client.taps("1 week"), ("Paused until",)),
    _Wish(
        "erasures",
        _asks("/deletemydata"),
        lambda pair: pair.client.taps("Yes, delete everything"),
        ("Everything that was stored",),
    ),
    _Wish("blocks", lambda _: None, lambda pair: pair.client.blocks(), needs_telling=False),
    _Wish("removals", _asks_to_remove, lambda pair: pair.therapist.taps("Yes, remove"), ("Your check-ins have",)),
    _Wish("sessions undone", lambda _: None, lambda pair: pair.therapist.taps("Undo")),
    _Wish("not this time", lambda _: None, lambda pair: pair.client.taps("Not this time"), has_card=True),
    _Wish(
        "answers finished",
        lambda pair: _answers_but_for(pair, "Done"),
        lambda pair: pair.client.taps("Done"),
        has_card=True,
    ),
    _Wish("kept private", _answers_with_a_no, lambda pair: pair.client.taps("Keep private"), has_card=True),
)
UNDECIDED = (
    _Wish(
        "agreements refused",
        lambda pair: pair.client.taps("Ask me later"),
        lambda pair: pair.client.taps("No, thanks"),
        ("That's all right.",),
        has_agreed=False,
    ),
    _Wish(
        "agreements put off",
        lambda _: None,
        lambda pair: pair.client.taps("Ask me later"),
        ("All right. I'll ask you once more, in about a day.", "A question before we begin."),
        has_agreed=False,
    ),
)
LAST = ("sessions undone", "kept private")
"""What comes last before the bot goes down: the newest "Undo" is theirs, and from then on the therapist has to wait."""
TYPED = _Wish(
    "answers typed",
    lambda pair: pair.client.taps("Start"),
    lambda pair: [pair.client.says(rating) for rating in "4345"],
    has_card=True,
    needs_telling=False,
)
SILENT = _Wish("silent", lambda _: None, lambda _: None, needs_telling=False)


def play(chance: random.Random, downtimes: int, folder: Path) -> Figures:
    """Let the bot of so many practices be down for a while."""
    logs.configure("CRITICAL", ())  # that Telegram asks to wait is what is tried
    counts: Counter[str] = Counter({"downtimes": downtimes})
    telegram = PretendTelegram()
    with serve(telegram) as url:
        for number in range(downtimes):
            place = folder / str(number)
            place.mkdir()
            token = f"{1000 + number}:MADE-UP-TOKEN"
            with practice_with(telegram, url, place, token) as practice:
                counts += _be_down(practice, chance)
    return Figures(dict(counts))


def _be_down(practice: Practice, chance: random.Random) -> Counter[str]:
    """Let people say what they want while the bot is down, and see that it is heard before anything else."""
    pairs = _people(practice, chance)
    day_before, day = chance.choice((("Wed", "Thu"), ("Fri", "Sat"), ("Sat", "Sun")))
    practice.at(f"{day_before} 16:00")
    for pair, wish in pairs:
        if wish.has_card:
            pair.ends_a_session()
    practice.at(f"{day} {chance.choice(('11:00', '14:30', '17:00'))}")
    in_order = sorted(pairs, key=lambda one: LAST.index(one[1].name) if one[1].name in LAST else -1)
    for pair, wish in in_order:
        if wish.has_agreed and not wish.has_card:
            pair.ends_a_session()
    practice.later(minutes=chance.randrange(60, 119))
    for pair, wish in in_order:
        wish.before(pair)
    heard, said = {pair.alias: len(pair.client.lock_screen) for pair, _ in pairs}, _sent(practice)
    nudges = {pair.alias: _count(pair.therapist, HEADS_UP) for pair, _ in pairs}

    practice.goes_down()
    span = timedelta(seconds=chance.choice((10 ** chance.uniform(0, 4), chance.uniform(1800, LONGEST.total_seconds()))))
    _meanwhile(practice, pairs, span, chance)
    kills = _come_back(practice, chance)
    practice.later(hours=20)
    for pair, wish in pairs:
        wish.later(pair)
    practice.later(seconds=AFTERWARDS.total_seconds())

    for pair, wish in pairs:
        _only_told_what_they_may(pair, wish, heard[pair.alias], said[pair.client.phone.user_id])
        if wish.name == "kept private":
            assert _count(pair.therapist, HEADS_UP) == nudges[pair.alias], "nudged about answers that were kept private"
        if wish is TYPED:
            _all_answers_count(pair)
    asked = sum(_was_asked(pair) for pair, wish in pairs if wish is SILENT)
    assert asked, "nobody was asked: nothing was due"
    return Counter(wish.name for _, wish in pairs if wish is not SILENT) + Counter(kills=kills, asked=asked)


def _people(practice: Practice, chance: random.Random) -> list[tuple[_Pair, _Wish]]:
    """Return clients of some therapists, each with a wish; the first wants nothing and is asked."""
    therapists = [practice.therapist(f"Dr. Made-Up {number}") for number in range(chance.randrange(1, 4))]
    wishes = [SILENT, TYPED, chance.choice(UNDECIDED), *chance.sample(NOBODY_WANTS, chance.randrange(3, 7))]
    pairs = []
    for number, wish in enumerate(wishes):
        therapist, alias, client = chance.choice(therapists), f"R{number}", practice.someone(f"Made-Up {number}")
        if wish.has_agreed:
            practice.enrols(client, therapist, alias)
        else:
            client.starts(practice.invitation(therapist, alias))
        pairs.append((_Pair(practice, therapist, client, alias), wish))
    return pairs


def _meanwhile(practice: Practice, pairs: list[tuple[_Pair, _Wish]], span: timedelta, chance: random.Random) -> None:
    """Let people say what they want, at any time, or at the last moment where Telegram would forget it."""
    last = min(span, chance.random() * LAST_MOMENT)
    early = (span - last) * chance.random()
    practice.stage.clock.turn(early)
    shuffled = chance.sample(pairs, len(pairs))
    for pair, wish in shuffled:
        if not wish.needs_telling:
            wish.said(pair)
    practice.stage.clock.turn(span - last - early)
    for pair, wish in shuffled:
        if wish.needs_telling:
            wish.said(pair)
    practice.stage.clock.turn(last)


def _come_back(practice: Practice, chance: random.Random) -> int:
    """Start the bot, and kill it up to twice between receiving, handling and sending. Return how often."""
    kills = chance.randrange(3)
    for _ in range(kills):
        stage = open_stage(practice.world, practice.settings, practice.stage.clock, practice.runner)
        stage.runner.run(stage.app.receiver.step())
        for _ in range(chance.randrange(6)):
            handle_next(stage.app.house)
        if chance.random() < 0.5:
            stage.runner.run(stage.app.deliverer.step())
            stage.runner.run(stage.app.deliverer.finish())
        close_stage(stage)
    practice.comes_back()
    return kills


def _only_told_what_they_may(pair: _Pair, wish: _Wish, heard: int, sent: int) -> None:
    if wish in (SILENT, TYPED):
        return
    new = [line.removeprefix("(silent) ") for line in pair.client.lock_screen[heard:]]
    unexpected = [line for line in new if not line.startswith(wish.told or ("nothing",))]
    assert not unexpected, f"{wish.name}: told {new}"
    tries = _sent(pair.practice)[pair.client.phone.user_id] - sent
    assert tries <= len(wish.told), f"{wish.name}: {tries} messages were tried"
    assert len(new) == len(wish.told), f"{wish.name}: not answered"


def _all_answers_count(pair: _Pair) -> None:
    [check_in] = pair.practice.check_ins(pair.alias)
    ratings = [answer.rating for answer in check_in.answers]
    assert ratings == [4, 3, 4, 5], f"typed answers were lost: {ratings}"


def _was_asked(pair: _Pair) -> bool:
    return any(READY in line for line in pair.client.lock_screen)


def _count(someone: Someone, words: str) -> int:
    return sum(words in line for line in someone.lock_screen)


def _sent(practice: Practice) -> Counter[int | None]:
    """Return how many messages the bot has tried to send to whom."""
    return Counter(call.chat_id for call in list(practice.world.calls) if call.method == "sendMessage")


STOPS = Trial(
    "stops",
    "A stop is heard first",
    "real HTTP and a turned clock: while the bot is down for a second to 23 hours, people stop, pause, block, delete "
    "everything, finish, keep private or type their answers, refuse or put off their agreement, therapists remove "
    "clients and undo sessions; check-ins, reminders, nudges, questions and summaries fall due; the bot is killed "
    "between receiving, handling and sending",
    "0 messages against what people said, 0 typed answers lost",
    short=Size(1, 5),
    long=Size(10, 50),
    play=play,
)
