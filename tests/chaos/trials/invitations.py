"""A link is opened by a thousand people at once: through Telegram, and side by side on one database file."""

import json
import random
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import unescape
from itertools import count
from pathlib import Path
from threading import Barrier, Thread
from typing import TypeVar

from bot import handle
from bot.demo.telegram import PretendTelegram, serve
from bot.house import House
from bot.render import from_json
from bot.store import Store
from bot.store.engine import trouble_of
from bot.store.inbox import NewUpdate, ReceivedUpdate
from bot.store.sqlite import open_encrypted
from conversations.invitations import GUESSES_COUNT_FOR, GUESSES_FREE
from conversations.message import Message, plain
from conversations.people import EnrolmentState
from conversations.wording import consent as wording
from tests.chaos.campaign import Figures, Size, Trial
from tests.conversations.made_up import PRACTICE
from tests.scripted import BOT_ID, START, Script, open_script, person, private_chat
from tests.stories.practice import Practice, Someone, practice_with

Winner = TypeVar("Winner")

WAIT = plain(Message(wording.TOO_MANY_LINKS))
DENIAL = plain(Message(wording.LINK_NOT_VALID))
QUESTION = "A question before we begin."
LIFETIME = PRACTICE.invitation_lifetime
SIDE_BY_SIDE = 6
"""Connections to one file, each in a thread of its own."""

GUESSERS = 4


@dataclass(frozen=True, slots=True)
class _Links:
    """The codes of one link that works, and of others that do not."""

    working: str
    dead: dict[str, str]
    """By why they do not."""

    def choice(self, chance: random.Random) -> str:
        """Return most often the one that everybody wants."""
        return self.working if chance.random() < 0.7 else chance.choice(list(self.dead.values()))


def play(chance: random.Random, people: int, folder: Path) -> Figures:
    """Let so many people open one link at once, and some of them dead ones, each way."""
    telegram = PretendTelegram()
    with serve(telegram) as url:
        token = f"{chance.randrange(1000, 9999)}:MADE-UP-TOKEN"
        with practice_with(telegram, url, folder, token) as practice:
            opened = _at_once(practice, people, chance)
    opened += _side_by_side(folder / "side-by-side.db", people, chance)
    guesses = _guess(people, chance)
    return Figures(
        {
            "redemptions of one code": opened["working"],
            "of dead codes": opened["dead"],
            "enrolled": 2,
            "guesses": guesses["tried"],
            "of them looked at": guesses["looked at"],
        }
    )


def _only(winners: list[Winner]) -> Winner:
    assert len(winners) == 1, f"{len(winners)} people were let in"
    return winners[0]


# through Telegram


def _at_once(practice: Practice, people: int, chance: random.Random) -> Counter[str]:
    """Let all open their link before the bot hears of the first; then it hears of a hundred at a time."""
    therapist, other = practice.therapist(), practice.therapist("Dr. Beta")
    links = _links_of(practice, therapist, other)
    before = _enrolments(practice)
    crowd = [practice.someone(f"Made-Up-{number}") for number in range(people)]
    chosen = {one.phone.user_id: links.choice(chance) for one in crowd}
    chosen[crowd[chance.randrange(people)].phone.user_id] = links.working
    for one in chance.sample(crowd, people):
        one.phone.starts(chosen[one.phone.user_id])
    practice.settles()

    winner = _only([one for one in crowd if QUESTION in one.screen])
    assert chosen[winner.phone.user_id] == links.working, "a dead link enrolled somebody"
    losers = [one for one in crowd if one is not winner]
    assert all(_was_denied(one) for one in losers), "somebody else was told something, or nothing"
    after = _enrolments(practice)
    changed = {code for code in after if after[code] != before[code]}
    assert list(after) == list(before), "enrolments were made or lost"
    assert [after[code] for code in changed] == [(EnrolmentState.OPENED, winner.phone.user_id)], "more than one opened"
    _nothing_is_stored_of(losers, practice)
    winner.starts(links.working)
    assert _enrolments(practice) == after, "the same link worked twice"
    chance.choice(losers).starts(links.working).sees(DENIAL)
    working = Counter(chosen.values())[links.working]
    return Counter(working=working, dead=people - working)


def _links_of(practice: Practice, therapist: Someone, other: Someone) -> _Links:
    dead = {"expired": practice.invitation(therapist, "Larch")}
    practice.later(days=LIFETIME.days)
    dead["revoked"] = practice.invitation(other, "Rowan")
    other.forges(f"revoke:{practice.enrolment('Rowan').code}")
    dead["replaced"] = practice.invitation(therapist, "Hazel")
    replaced_by = practice.invitation(therapist, "Hazel")
    dead["used"] = practice.invitation(therapist, "Otter")
    practice.someone("Robin").starts(dead["used"]).taps("I agree")
    therapist.taps("Yes, it's them")
    dead["another's"] = replaced_by
    practice.someone("Alex").starts(replaced_by)
    dead["unknown"] = "made-up-and-unknown-00"
    return _Links(practice.invitation(therapist, "Maple"), dead)


def _enrolments(practice: Practice) -> dict[str, tuple[EnrolmentState, int | None]]:
    with practice.stored() as transaction:
        return {one.code: (one.state, one.account) for one in transaction.people.all_enrolments()}


def _was_denied(someone: Someone) -> bool:
    return [message.text for message in someone.chat] == [DENIAL]


def _nothing_is_stored_of(people: list[Someone], practice: Practice) -> None:
    with practice.stored() as transaction:
        stored = [one for one in people if transaction.people.account(one.phone.user_id) is not None]
    assert not stored, f"something is stored of {len(stored)} people whose link did not work"


# side by side


def _side_by_side(file: Path, people: int, chance: random.Random) -> Counter[str]:
    """Let several connections to one file redeem one code at the same time."""
    key = chance.randbytes(32).hex()
    store = Store(open_encrypted(file, key, create=True))
    store.engine.migrate()
    now = [START]
    script = Script(House(store, PRACTICE, lambda: now[0]), now)
    links = _links_in(script)
    chosen = {1_000_000 + number: links.choice(chance) for number in range(people)}
    chosen[1_000_000] = links.working
    before = script.query("SELECT * FROM enrolments WHERE account IS NOT NULL")
    _redeem(_received(script, chosen), file, key, now[0])

    opened = [
        row
        for row in script.query("SELECT * FROM enrolments WHERE account IS NOT NULL ORDER BY code")
        if row not in before
    ]
    winner = _only([row["account"] for row in opened])
    assert chosen[winner] == links.working, "a dead link enrolled somebody"
    told: dict[int, list[str]] = {chat_id: [] for chat_id in chosen}
    for row in script.query("SELECT * FROM outbox WHERE state = 'queued' AND method = 'message'"):
        told[row["chat_id"]].append(unescape(from_json(row["body"]).html))
    asked = [chat_id for chat_id, texts in told.items() if any(QUESTION in text for text in texts)]
    assert asked == [winner], "not only the winner was asked"
    denied = [chat_id for chat_id, texts in told.items() if texts == [DENIAL]]
    assert len(denied) == people - 1, "somebody was told something else, or nothing"
    assert script.query("SELECT * FROM inbox WHERE state != 'handled'") == [], "an update was not handled"
    stored = {row["chat_id"] for row in script.query("SELECT chat_id FROM accounts")} & set(chosen)
    assert stored == {winner}, "something is stored of somebody whose link did not work"
    script.close()
    working = Counter(chosen.values())[links.working]
    return Counter(working=working, dead=people - working)


def _links_in(script: Script) -> _Links:
    therapist, other, client = 201, 202, 101
    script.enrols_therapist(therapist, "Dr. Weber")
    script.enrols_therapist(other, "Dr. Beta")
    dead = {"expired": script.invites(other, "Larch")}
    script.turns(LIFETIME)
    dead["revoked"] = script.invites(other, "Rowan")
    [row] = script.query("SELECT code FROM enrolments WHERE alias = 'Rowan'")
    script.taps(other, f"revoke:{row['code']}")
    dead["used"] = script.invites(therapist, "Otter")
    script.says(client, f"/start {dead['used']}")
    working = script.invites(therapist, "Maple")
    script.delivers()
    return _Links(working, dead)


def _received(script: Script, chosen: dict[int, str]) -> list[ReceivedUpdate]:
    """Put all updates into the inbox, and return them."""
    updates = [
        NewUpdate(number, json.dumps(_starting(number, chat_id, code)), chat_id)
        for number, (chat_id, code) in zip(count(500_000), chosen.items(), strict=False)
    ]
    with script.stored() as transaction:
        transaction.inbox.add(BOT_ID, updates, script.now[0])
    rows = script.query("SELECT number, payload, lane FROM inbox WHERE state = 'waiting' ORDER BY number")
    return [ReceivedUpdate(row["number"], row["payload"], row["lane"], 0) for row in rows]


def _starting(number: int, chat_id: int, code: str) -> dict[str, object]:
    chat, sender = private_chat(chat_id), person(chat_id)
    message = {"message_id": number, "date": 1, "chat": chat, "from": sender, "text": f"/start {code}"}
    return {"update_id": number, "message": message}


def _redeem(updates: list[ReceivedUpdate], file: Path, key: str, now: datetime) -> None:
    """Handle all updates, each thread its share."""
    together, failures = Barrier(SIDE_BY_SIDE), list[Exception]()

    def work(share: list[ReceivedUpdate]) -> None:
        engine = open_encrypted(file, key)
        try:
            house = House(Store(engine), PRACTICE, lambda: now)
            together.wait()
            for update in share:
                _handle(update, house)
        except Exception as error:
            failures.append(error)
        finally:
            engine.close()

    threads = [Thread(target=work, args=(updates[start::SIDE_BY_SIDE],)) for start in range(SIDE_BY_SIDE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, f"a connection failed: {failures[0]!r}"


def _handle(update: ReceivedUpdate, house: House) -> None:
    """Handle an update; wait for the others if the database is theirs for too long, as the bot does."""
    while True:
        try:
            handle.handle(update, house)
        except Exception as error:
            if trouble_of(error) is None:
                raise
        else:
            return


# one after the other


def _guess(tries: int, chance: random.Random) -> Counter[str]:
    """Let a few people try code after code for hours; the true one works only for who has not tried too many."""
    script, counts = open_script(), Counter[str]()
    script.enrols_therapist(201, "Dr. Weber")
    patience = [timedelta(seconds=chance.choice((1, 20, 300, 900))) for _ in range(GUESSERS)]
    looked_at: dict[int, list[datetime]] = {100 + number: [] for number in range(GUESSERS)}
    for number in range(tries):
        guesser = 100 + number % GUESSERS
        script.turns(patience[number % GUESSERS] / GUESSERS)
        is_true = chance.random() < 0.05
        code = script.invites(201, f"R{number}") if is_true else f"made-up-{chance.randbytes(11).hex()}"
        lately = [at for at in looked_at[guesser] if script.now[0] - at < GUESSES_COUNT_FOR]
        before = len(script.to(guesser))
        script.says(guesser, f"/start {code}")
        script.delivers()
        told = [one.text for one in script.to(guesser)[before:]]
        if len(lately) >= GUESSES_FREE:
            assert told == [WAIT], "somebody who guesses was not slowed"
        elif is_true:
            assert len(told) == 1, "somebody with a true link was told more than the question"
            assert told[0].startswith(QUESTION), "a true link did not work"
        else:
            assert told == [DENIAL], "a made-up link was told apart"
            looked_at[guesser].append(script.now[0])
        counts["tried"] += 1
    counts["looked at"] = sum(len(moments) for moments in looked_at.values())
    script.close()
    return counts


INVITATIONS = Trial(
    "invitations",
    "An invitation lets one person in, once",
    "so many people open one link before the bot hears of the first, through Telegram, and once more over six "
    "connections to one file; among them people with links that are expired, revoked, replaced, used or made up; a few "
    "people try code after code for hours",
    "exactly one is asked for consent; all others get one friendly line, and nothing is stored of them; 1,000 at once; "
    "at most five guesses an hour are looked at",
    short=Size(1, 300),
    long=Size(2, 1_430),
    play=play,
)
