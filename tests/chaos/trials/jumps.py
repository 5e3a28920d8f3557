"""The machine's clock jumps forward and back, by an hour and by a day."""

import random
from datetime import timedelta
from pathlib import Path

from bot.demo.telegram import PretendTelegram, serve
from conversations.sessions import CheckInState
from tests.chaos.campaign import Figures, Size, Trial
from tests.stories.practice import Practice, Someone, practice_with

CLIENTS = 4
JUMPS = (timedelta(hours=1), timedelta(hours=-1), timedelta(days=1), timedelta(days=-1))
READY = "A short check-in is ready"


def play(chance: random.Random, jumps: int, folder: Path) -> Figures:
    """Let sessions end while the clock jumps so many times; each is asked about once, and nobody is asked twice."""
    telegram = PretendTelegram()
    with serve(telegram) as url, practice_with(telegram, url, folder, "4242:MADE-UP-TOKEN") as practice:
        therapist = practice.therapist()
        clients = {f"C{number}": practice.client(therapist, f"C{number}") for number in range(CLIENTS)}
        sessions = 0
        for _ in range(jumps):
            practice.later(days=3)
            practice.at("14:00")
            for alias in clients:
                practice.session_ends(therapist, alias)
            sessions += len(clients)
            practice.later(minutes=chance.randrange(0, 300))
            _jump(practice, chance.choice(JUMPS))
            practice.later(hours=30)
            _asked_once(practice, clients)
        return Figures({"jumps": jumps, "sessions": sessions})


def _jump(practice: Practice, by: timedelta) -> None:
    """Set the clock of the machine while the bot runs; Telegram's goes with it."""
    practice.stage.clock.turn(by)
    practice.settles()


def _asked_once(practice: Practice, clients: dict[str, Someone]) -> None:
    for alias, client in clients.items():
        check_ins = practice.check_ins(alias)
        missed = [one for one in check_ins if one.state in {CheckInState.MISSED, CheckInState.PLANNED}]
        assert not missed, f"{len(missed)} of {len(check_ins)} check-ins were not sent"
        assert client.screen.count(READY) <= len(check_ins), "somebody was asked twice"


JUMPED = Trial(
    "jumps",
    "On time also when the machine's clock is set",
    "the clock of the process jumping an hour and a day, forward and back, around the hour at which check-ins are due",
    "0 missed, 0 double",
    short=Size(1, 8),
    long=Size(10, 50),
    play=play,
)
