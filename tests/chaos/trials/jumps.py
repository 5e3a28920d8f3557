"""The machine's clock jumps forward and back, by an hour and by a day."""

import random
from datetime import timedelta
from pathlib import Path

from bot.demo.telegram import PretendTelegram, serve
from tests.chaos.campaign import Figures, Size, Trial
from tests.stories.practice import Practice, Someone, practice_with

CLIENTS = 4
JUMPS = (timedelta(hours=1), timedelta(hours=-1), timedelta(days=1), timedelta(days=-1))
READY = "A short check-in is ready"
REMINDER = "Your short check-in is still open"


def play(chance: random.Random, jumps: int, folder: Path) -> Figures:
    """Let sessions end while the clock jumps so many times; each is asked about once, and nobody is asked twice."""
    telegram = PretendTelegram()
    with serve(telegram) as url, practice_with(telegram, url, folder, "4242:MADE-UP-TOKEN") as practice:
        therapist = practice.therapist()
        clients = {f"C{number}": practice.client(therapist, f"C{number}") for number in range(CLIENTS)}
        for number in range(1, jumps + 1):
            practice.later(days=3)
            practice.at("14:00")
            for alias in clients:
                practice.session_ends(therapist, alias)
            practice.later(minutes=chance.randrange(0, 300))
            _jump(practice, chance.choice(JUMPS))
            practice.later(hours=30)
            _asked_once(practice, clients, number)
        return Figures({"jumps": jumps, "sessions": jumps * len(clients)})


def _jump(practice: Practice, by: timedelta) -> None:
    """Set the clock of the machine while the bot runs; Telegram's goes with it."""
    practice.stage.clock.turn(by)
    practice.settles()


def _asked_once(practice: Practice, clients: dict[str, Someone], sessions: int) -> None:
    """See that everybody was told of a check-in once for each of so many sessions."""
    for alias, client in clients.items():
        sent = sum(one.sent_at is not None for one in practice.check_ins(alias))
        assert sent == sessions, f"{sessions - sent} of {sessions} check-ins were not sent"
        asked, reminded = (sum(what in line for line in client.lock_screen) for what in (READY, REMINDER))
        assert asked == sessions, f"somebody was asked {asked} times about {sessions} sessions"
        assert reminded <= sessions, f"somebody was reminded {reminded} times about {sessions} sessions"


JUMPED = Trial(
    "jumps",
    "On time also when the machine's clock is set",
    "the clock of the process jumping an hour and a day, forward and back, around the hour at which check-ins are due",
    "0 missed, 0 double; at most one reminder of each",
    short=Size(1, 8),
    long=Size(10, 50),
    play=play,
)
