"""The bot is away while people go on: what they write counts, and what they tapped is asked once more."""

import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from bot.demo.telegram import PretendTelegram, SeenMessage, Update, serve
from tests.chaos.campaign import Figures, Size, Trial
from tests.chaos.simulator.answers import ASKED, COMMENT, FINISHED, REASON, WISH, place_of
from tests.stories.practice import BERLIN, Practice, Someone, practice_with

CLIENTS = 6
DAY = range(9, 21)
"""The hours in which people are asked things."""
AWAY = "I was away for a while."
START = -1
STEPS = 8
"""From Start to the last page it takes at most seven taps."""
_NAMES = {START: "start", REASON: "reason", WISH: "wish", COMMENT: "done"}
"""What a tap on a page that is no question is called in the figures."""
_NO_ANSWER = {"Back", "Skip", "Not this time", "We didn't meet", "Remove what I wrote"}
"""What leads somewhere else than onward."""


@dataclass
class _Played:
    practice: Practice
    chance: random.Random
    therapist: Someone
    clients: dict[str, Someone]
    typed: int = 0
    lost_taps: Counter[str] = field(default_factory=Counter)
    """By what was tapped."""


def play(chance: random.Random, outages: int, folder: Path) -> Figures:
    """Let the bot be away so many times, from a second to 23 hours, while clients answer."""
    telegram = PretendTelegram()
    with serve(telegram) as url, practice_with(telegram, url, folder, "4242:MADE-UP-TOKEN") as practice:
        therapist = practice.therapist()
        clients = {f"C{number}": practice.client(therapist, f"C{number}") for number in range(CLIENTS)}
        played, longest = _Played(practice, chance, therapist, clients), 0.0
        for _ in range(outages):
            _ask(played)
            seconds = min(23 * 3600.0, 10 ** chance.uniform(0, 4.95))
            longest = max(longest, seconds)
            _outage(played, seconds)
        figures = {
            "outages": outages,
            "typed while away": played.typed,
            "cards asked anew": played.lost_taps.total(),
            **{f"lost on {page}": number for page, number in sorted(played.lost_taps.items())},
        }
        return Figures(figures, {"longest outage, hours": longest / 3600})


def _ask(played: _Played) -> None:
    """Let everybody be asked again, in the afternoon of the day after tomorrow."""
    played.practice.later(hours=30)
    played.practice.at("14:00")
    for alias in played.clients:
        played.practice.session_ends(played.therapist, alias)
    played.practice.at("16:00").later(minutes=1)
    for client in played.clients.values():
        for _ in range(played.chance.randrange(STEPS)):
            _goes_on(client, played.chance)


def _goes_on(client: Someone, chance: random.Random) -> None:
    """Let a client tap what leads to the next page of the card."""
    card = _open_card(client)
    if card is not None:
        client.taps(chance.choice(_onward(card)), card)


def _onward(card: SeenMessage) -> list[str]:
    return [label for label in card.labels() if label not in _NO_ANSWER]


def _open_card(client: Someone) -> SeenMessage | None:
    """Return the newest card, if it waits for something."""
    cards = [message for message in client.chat if place_of(message)]
    return cards[-1] if cards and _page(cards[-1]) < FINISHED else None


def _page(card: SeenMessage | None) -> int:
    """Return which page a card shows; without one, that all is done."""
    place = place_of(card) if card else None
    return place[1] if place else FINISHED


def _outage(played: _Played, seconds: float) -> None:
    """Let people act while the bot is away; then see what became of it."""
    practice, chance = played.practice, played.chance
    practice.goes_down()
    tapped: dict[str, SeenMessage] = {}
    typed: dict[str, SeenMessage] = {}
    for alias, client in played.clients.items():
        card = _open_card(client)
        match chance.choice(("tap", "tap", "type", "ask", "nothing")):
            case "tap" if card is not None:
                tapped[alias] = card
                client.phone.taps(chance.choice(_onward(card)), card)
            case "type" if card is not None and 0 <= _page(card) < len(ASKED):
                typed[alias] = card
                client.phone.says(chance.choice("12345"))
            case "ask":
                client.phone.says("/help")
            case _:
                pass
    practice.comes_back(seconds=seconds)
    practice.later(seconds=30)
    if not DAY.start <= practice.now.astimezone(BERLIN).hour < DAY.stop:
        practice.at("09:01")  # nobody is woken to be asked anew
    assert practice.world.pending_updates == 0, "updates are left at Telegram"
    played.typed += len(typed)
    for alias, card in typed.items():
        assert _page(_open_card(played.clients[alias])) != _page(card), "a typed answer was lost"
    heard = set(practice.world.handed_out)  # who was heard in time counts as heard, even if Telegram learns so late
    lost = {
        _sender(update)
        for update in practice.world.expired
        if update.kind == "callback_query" and update.update_id not in heard
    }
    for alias, card in tapped.items():
        if played.clients[alias].phone.user_id in lost:
            _is_asked_anew(played.clients[alias], card)
            played.lost_taps[_NAMES.get(_page(card), "a question")] += 1
    _nothing_else_is_lost(practice)


def _sender(tap: Update) -> object:
    sender = tap.content["from"]
    assert isinstance(sender, dict)
    return sender["id"]


def _is_asked_anew(client: Someone, card: SeenMessage) -> None:
    """See that a page whose tap was lost stands at the end of the chat again, and can be answered."""
    anew = _open_card(client)
    assert anew is not None, "a card with a lost tap is gone"
    assert anew.message_id > card.message_id, "a card with a lost tap was not sent anew"
    assert AWAY in anew.text, "nothing says that a tap may be lost"
    assert place_of(anew) == place_of(card), "another page is shown than the one that was tapped"
    client.taps(_onward(anew)[0], anew)
    assert _page(_open_card(client)) != _page(anew), "an answer on a card that was sent anew does not count"


def _nothing_else_is_lost(practice: Practice) -> None:
    """See that every update that was handed out is handled, and that none but old taps was lost."""
    assert {update.kind for update in practice.world.expired} <= {"callback_query"}, "messages were lost"
    practice.world.expired.clear()
    rows = practice.store.engine.query("SELECT count(*) AS n FROM inbox WHERE state != 'handled'")
    assert rows == [{"n": 0}], "updates were not handled"


OUTAGES = Trial(
    "outages",
    "An outage of up to a day loses nothing",
    "the bot away for a second to 23 hours while clients tap, on every page of the card, and type; Telegram keeps "
    "messages for 24 hours, taps for 150 seconds",
    "0 messages lost; every card with a lost tap is sent anew and can be answered",
    short=Size(1, 12),
    long=Size(10, 50),
    play=play,
)
