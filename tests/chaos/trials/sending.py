"""Check-ins sent while Telegram and the network fail, and many of them at once."""

import random
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

from bot import telegram_api
from bot.demo.stage import Stage, TurnedClock, settings_for, stage
from bot.demo.telegram import Call, Fault, FaultKind, PretendTelegram, serve
from bot.demo.telegram.state import Membership
from tests.chaos.campaign import Figures, Size, Trial
from tests.chaos.made_up import FIRST_CLIENT, THERAPIST, seed_due

BEGIN = datetime(2026, 3, 5, 12, tzinfo=UTC)
FAULTY = 0.2
"""The share of check-ins whose sending fails, some of them several times."""
KINDS = {
    FaultKind.TOO_MANY_REQUESTS: 30,
    FaultKind.INTERNAL_ERROR: 15,
    FaultKind.SERVER_ERROR: 15,
    FaultKind.DROP: 25,
    FaultKind.REPLY_LOST: 25,
    FaultKind.HANG: 3,
    FaultKind.DELAY: 3,
}
"""What fails, and how often beside the others. The last two take longer than the bot waits, in real time."""
MAY_REPEAT = frozenset({FaultKind.REPLY_LOST, FaultKind.DELAY})
"""Telegram has sent the message, and the bot can't know."""
WHO_ASK = 50
"""How many ask for help several times in a row while everybody else is due: their chats get many messages."""
ASKS = 4
WAITS = 0.3
"""Seconds of real time after which the bot gives a request up while requests fail."""
LANDS_WITHIN = 60.0
"""Seconds of real time that the turned clock waits for a request, where its moment is looked at."""
MOST_IN_A_SECOND = 25


@contextmanager
def _many_due(clients: Sequence[int], folder: Path) -> Iterator[Stage]:
    """Open a practice in which so many check-ins are due now, and nothing was sent yet."""
    telegram = PretendTelegram()
    with serve(telegram) as url:
        world = telegram.world("4242:MADE-UP-TOKEN")
        clock = TurnedClock(BEGIN)
        settings = settings_for(folder, url, world.token, quiet_hours="none", check_in_delay="0s")
        for number in (THERAPIST, *clients):
            world.person(number, "Robin")
            world.state.records[number].bot_is = Membership.MEMBER  # each has pressed Start long ago
        with stage(world, settings, clock) as opened:
            house = opened.app.house
            seed_due(house.store, house.practice, clients, BEGIN, ended_at=BEGIN)
            yield opened


def play(chance: random.Random, sends: int, folder: Path) -> Figures:
    """Send so many check-ins, a fifth of them with faults; each arrives, and none twice without a reason."""
    clients = range(FIRST_CLIENT, FIRST_CLIENT + sends)
    with mock.patch.object(telegram_api, "ANSWER_WITHIN", WAITS), _many_due(clients, folder) as opened:
        ordered = _order_faults(opened, clients, chance)
        opened.settle()
        opened.turn_to(opened.clock.now() + timedelta(hours=2))
        got = Counter({number: _cards(opened, number) for number in clients})
        assert not opened.world.outstanding_faults, "some faults struck nobody"
        with opened.app.house.store.transaction() as transaction:
            assert transaction.outbox.waiting() == 0, "messages still wait"
        assert [number for number in clients if got[number] == 0] == [], "check-ins were not sent"
        excuses = {number: sum(kind in MAY_REPEAT for kind in ordered[number]) for number in clients}
        assert [number for number in clients if got[number] > 1 + excuses[number]] == [], "sent twice without a reason"
        repeats = sum(got[number] - 1 for number in clients)
        kinds = Counter(kind.value for kinds in ordered.values() for kind in kinds)
        return Figures({"check-ins": sends, **kinds, "repeated": repeats})


def _order_faults(opened: Stage, clients: Sequence[int], chance: random.Random) -> dict[int, list[FaultKind]]:
    ordered: dict[int, list[FaultKind]] = defaultdict(list)
    for number in clients:
        while chance.random() < FAULTY:
            [kind] = chance.choices(list(KINDS), list(KINDS.values()))
            wait = chance.choice((1, 3, 20))
            opened.world.order_fault(Fault(kind, "sendMessage", number, retry_after=wait, seconds=2 * WAITS))
            ordered[number].append(kind)
    return ordered


def _cards(opened: Stage, number: int) -> int:
    return sum("A short check-in is ready" in message.text for message in opened.world.person(number).sees())


def play_flood(_chance: random.Random, sends: int, folder: Path) -> Figures:
    """Let so many check-ins fall due at once, while some people ask for help; Telegram's limits are never met."""
    clients = range(FIRST_CLIENT, FIRST_CLIENT + sends)
    with mock.patch("bot.demo.stage.PATIENCE", LANDS_WITHIN), _many_due(clients, folder) as opened:
        for number in clients[:WHO_ASK]:
            for _ in range(ASKS):
                opened.world.person(number).says("/help")
        opened.settle()
        opened.turn_to(opened.clock.now() + timedelta(hours=1))
        calls = [call for call in opened.world.calls if call.method == "sendMessage"]
        got = Counter(_cards(opened, number) for number in clients)
        assert got.keys() == {1}, f"so many people got so many check-ins: {dict(got)}"
        assert sum(call.ok for call in calls) == sends + ASKS * len(clients[:WHO_ASK]), "somebody was not answered"
        refused = sum(call.status == 429 for call in calls)
        assert refused == 0, f"{refused} were refused with 429"
        most, most_in_chat = most_in_a_second(calls), max(map(most_in_a_second, _by_chat(calls).values()))
        assert most <= MOST_IN_A_SECOND, f"{most} in a second"
        assert most_in_chat <= 1, f"{most_in_chat} in a second in one chat"
        took = (calls[-1].at - calls[0].at).total_seconds()
        peaks = {
            "most in any second": most,
            "most in any second in one chat": most_in_chat,
            "a second, on average": len(calls) / took,
        }
        return Figures({"check-ins due at once": sends, "refused": refused}, peaks)


def _by_chat(calls: Sequence[Call]) -> dict[int | None, list[Call]]:
    chats: dict[int | None, list[Call]] = defaultdict(list)
    for call in calls:
        chats[call.chat_id].append(call)
    return chats


def most_in_a_second(calls: Sequence[Call]) -> int:
    """Return how many calls the fullest second saw, wherever it begins."""
    window, most = deque[datetime](), 0
    for call in sorted(calls, key=lambda call: call.at):
        window.append(call.at)
        while call.at - window[0] >= timedelta(seconds=1):
            window.popleft()
        most = max(most, len(window))
    return most


SENDING = Trial(
    "sending",
    "Every check-in is sent, none twice",
    "429, 500, 502, timeouts and connections that end, before and after the message was taken, on a fifth of 20,000 "
    "check-ins, over real HTTP",
    "0 unsent; at most one repeat in a chat for each outcome that nobody can know",
    short=Size(1, 700),
    long=Size(20, 1000),
    play=play,
)
FLOOD = Trial(
    "flood",
    "Telegram is never flooded",
    "10,000 check-ins due at once while 50 people ask for help four times in a row, counted in a sliding window by the "
    "server",
    "at most 25 new messages in any second, 1 a second in a chat, no 429",
    short=Size(1, 1500),
    long=Size(1, 10_000),
    play=play_flood,
)
