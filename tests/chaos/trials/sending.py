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
    FaultKind.SERVER_ERROR: 30,
    FaultKind.DROP: 25,
    FaultKind.REPLY_LOST: 25,
    FaultKind.DELAY: 3,
}
"""What fails, and how often beside the others. A delay is longer than the bot waits, and takes real time."""
MAY_REPEAT = frozenset({FaultKind.REPLY_LOST, FaultKind.DELAY})
"""Telegram has sent the message, and the bot can't know."""
WAITS = 0.3
"""Seconds of real time after which the bot gives a request up, in these trials."""
MOST_IN_A_SECOND = 25


@contextmanager
def _many_due(clients: Sequence[int], folder: Path) -> Iterator[Stage]:
    """Open a practice in which so many check-ins are due now, and nothing was sent yet."""
    telegram = PretendTelegram()
    with serve(telegram) as url, mock.patch.object(telegram_api, "ANSWER_WITHIN", WAITS):
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
    with _many_due(clients, folder) as opened:
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
    """Let so many check-ins fall due at once; Telegram's limits are never met."""
    clients = range(FIRST_CLIENT, FIRST_CLIENT + sends)
    with _many_due(clients, folder) as opened:
        opened.settle()
        opened.turn_to(opened.clock.now() + timedelta(hours=1))
        calls = [call for call in opened.world.calls if call.method == "sendMessage"]
        assert sum(call.ok for call in calls) == sends, "check-ins were not sent"
        refused = sum(call.status == 429 for call in calls)
        assert refused == 0, f"{refused} were refused with 429"
        most, most_in_chat = _most_in_a_second(calls), max(map(_most_in_a_second, _by_chat(calls).values()))
        assert most <= MOST_IN_A_SECOND, f"{most} in a second"
        assert most_in_chat <= 1, f"{most_in_chat} in a second in one chat"
        took = (calls[-1].at - calls[0].at).total_seconds()
        peaks = {"most in any second": most, "a second, on average": len(calls) / took}
        return Figures({"check-ins due at once": sends, "refused": refused}, peaks)


def _by_chat(calls: Sequence[Call]) -> dict[int | None, list[Call]]:
    chats: dict[int | None, list[Call]] = defaultdict(list)
    for call in calls:
        chats[call.chat_id].append(call)
    return chats


def _most_in_a_second(calls: Sequence[Call]) -> int:
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
    "429, 502, timeouts, connections that end before and after the message was taken, on a fifth of 20,000 check-ins, "
    "over real HTTP",
    "0 unsent; at most one repeat in a chat for each outcome that nobody can know",
    short=Size(1, 700),
    long=Size(20, 1000),
    play=play,
)
FLOOD = Trial(
    "flood",
    "Telegram is never flooded",
    "10,000 check-ins due at once, counted in a sliding window by the server",
    "at most 25 new messages in any second, 1 a second in a chat, no 429",
    short=Size(1, 1500),
    long=Size(1, 10_000),
    play=play_flood,
)
