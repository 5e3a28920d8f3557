"""Whatever comes in place of an update: the bot goes on, says something friendly, and logs nobody's words."""

import asyncio
import copy
import io
import json
import logging
import random
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, suppress
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any
from unittest import mock

import structlog
from telegram.error import TelegramError
from telegram.request import RequestData

from bot import backlog, logs, telegram_api, ticks
from bot.leading import Alone
from bot.polling import Poller
from bot.telegram_api import BATCH, TelegramApi
from conversations.buttons import Verb
from conversations.wording.client import UNREADABLE
from tests.chaos.campaign import Figures, Size, Trial
from tests.chaos.transport import Answer, Transport
from tests.conversations.made_up import HOUR
from tests.scripted import BOT_ID, Script, open_script, person

Json = Any
JsonObject = dict[str, Json]
CANARY = "canary-in-words"
"""A part of whatever somebody says or is called: no log line may have it."""
HEALTHY, THERAPIST, CLIENT = 77, 201, 101
FIRST_NUMBER = 10_000_000
"""Lower numbers are those of the updates that are what they should be: no number comes twice."""
PLAIN_WORDS = ("Traceback", "Error", "Exception", 'File "', "None")
NOT_JSON = (
    b"",
    b"\xff\xfe\x00",
    b"<html>502</html>",
    b"[]",
    b"{}",
    b'"text"',
    b'{"ok": true}',
    b'{"ok": true, "result": 5}',
)


class _Feed:
    """Telegram, as far as it matters here: a poll brings prepared bytes, and any other call is welcome."""

    def __init__(self) -> None:
        self.coming = b""

    def request(self, _url: str, **_options: object) -> Transport:
        return Transport(self._call)

    async def _call(self, url: str, _data: RequestData | None) -> Answer:
        return 200, self.coming if "getUpdates" in url else b'{"ok": true, "result": true}'


# updates of every kind


def _sender(number: int) -> JsonObject:
    return {**person(number), "last_name": f"{CANARY}-name", "username": "made_up", "language_code": "en"}


def _chat(number: int) -> JsonObject:
    return {"id": number, "type": "private", "first_name": f"{CANARY}-chat"}


def _file(**more: object) -> JsonObject:
    return {"file_id": f"{CANARY}-file", "file_unique_id": "made-up", "file_size": 10, **more}


def _message(number: int, **content: object) -> JsonObject:
    return {"message_id": 5, "date": 1_772_000_000, "chat": _chat(number), "from": _sender(number), **content}


def _contents() -> list[JsonObject]:
    size = {"width": 1, "height": 1, "duration": 1}
    said = f"{CANARY} text"
    marks = [
        {"type": "bold", "offset": 0, "length": 3},
        {"type": "text_mention", "offset": 4, "length": 2, "user": _sender(9)},
    ]
    option = {"text": said, "voter_count": 1, "persistent_id": "1"}
    place = {"latitude": 1.5, "longitude": -1.5}
    poll: JsonObject = {"id": "1", "question": said, "options": [option], "total_voter_count": 1, "type": "regular"}
    poll |= dict.fromkeys(("is_closed", "is_anonymous", "allows_multiple_answers"), False)
    sticker = _file(type="regular", width=1, height=1, is_animated=False, is_video=False)
    return [
        {"text": said}, {"text": "/start"}, {"text": f"/start {CANARY}"}, {"text": "/help"}, {"text": "/mydata"},
        {"text": "/stop"}, {"text": "/pause"}, {"text": "/timezone"}, {"text": "/invite X"}, {"text": "/session"},
        {"text": "4"}, {"text": said, "entities": marks}, {"text": said, "reply_to_message": _message(9, text=said)},
        {"photo": [_file(width=1, height=1)], "caption": said}, {"voice": _file(duration=1)},
        {"audio": _file(duration=1)}, {"document": _file(file_name=said)}, {"video": _file(**size)},
        {"video_note": _file(length=1, duration=1)}, {"animation": _file(**size)}, {"sticker": sticker},
        {"contact": {"phone_number": CANARY, "first_name": CANARY}}, {"location": place}, {"poll": poll},
        {"dice": {"emoji": "x", "value": 1}}, {"venue": {"location": place, "title": said, "address": said}},
        {"new_chat_title": said}, {"pinned_message": _message(9)}, {"left_chat_member": _sender(9)},
        {"new_chat_members": [_sender(9)]}, {"successful_payment": {"currency": "EUR"}},
        {"web_app_data": {"data": said, "button_text": said}}, {"forward_origin": {"type": "hidden_user"}},
    ]  # fmt: skip


def _kinds(number: int, chance: random.Random) -> JsonObject:
    """Return an update of a kind that the Bot API has, and that this bot may or may not have asked for."""
    message = _message(number, **chance.choice(_contents()))
    bot = {"id": BOT_ID, "is_bot": True, "first_name": "Made-up bot"}
    member = {"user": bot, "status": chance.choice(("member", "kicked", "left", "restricted")), "until_date": 0}
    moved = {
        "chat": _chat(number),
        "from": _sender(number),
        "date": 1,
        "old_chat_member": member,
        "new_chat_member": member,
    }
    group = {"id": -number, "type": chance.choice(("group", "supergroup", "channel")), "title": CANARY}
    emoji = [{"type": "emoji", "emoji": "x"}]
    every: tuple[JsonObject, ...] = (
        {"message": message},
        {"message": message},
        {"callback_query": _tap(number, chance)},
        {"callback_query": _tap(number, chance)},
        {"edited_message": message},
        {"message": {**message, "chat": group}},
        {"channel_post": {**message, "chat": group}},
        {"edited_channel_post": {**message, "chat": group}},
        {"my_chat_member": moved},
        {"chat_member": moved},
        {"inline_query": {"id": "1", "from": _sender(number), "query": CANARY, "offset": ""}},
        {"chosen_inline_result": {"result_id": "1", "from": _sender(number), "query": CANARY}},
        {
            "message_reaction": {
                "chat": _chat(number),
                "message_id": 5,
                "date": 1,
                "old_reaction": [],
                "new_reaction": emoji,
            }
        },
        {"message_reaction_count": {"chat": _chat(number), "message_id": 5, "date": 1, "reactions": []}},
        {"poll_answer": {"poll_id": "1", "user": _sender(number), "option_ids": [0]}},
        {
            "business_connection": {
                "id": "1",
                "user": _sender(number),
                "user_chat_id": number,
                "date": 1,
                "is_enabled": True,
            }
        },
        {"business_message": message},
        {"deleted_business_messages": {"business_connection_id": "1", "chat": _chat(number), "message_ids": [5]}},
        {"shipping_query": {"id": "1", "from": _sender(number), "invoice_payload": CANARY}},
        {"pre_checkout_query": {"id": "1", "from": _sender(number), "currency": "EUR", "total_amount": 1}},
        {"chat_join_request": {"chat": group, "from": _sender(number), "user_chat_id": number, "date": 1}},
        {"chat_boost": {"chat": group, "boost": {}}},
        {"purchased_paid_media": {"from": _sender(number), "paid_media_payload": CANARY}},
        {"kind_of_next_year": {"words": CANARY}},
    )
    return copy.deepcopy(chance.choice(every))


def _tap(number: int, chance: random.Random) -> JsonObject:
    data = chance.choice(tuple(Verb)).value
    for _ in range(chance.randrange(4)):
        data += ":" + chance.choice(("MADEUP0001", "", "5", "wish", "q1", CANARY, "x" * 24, "-1", "\N{PILE OF POO}"))
    message = _message(number, text="made up")
    return {
        "id": str(chance.getrandbits(40)),
        "from": _sender(number),
        "chat_instance": "1",
        "data": data,
        "message": message,
    }


# what becomes of them


def _mutated(update: Json, chance: random.Random) -> Json:
    """Change an update in a few places."""
    for _ in range(chance.choice((0, 0, 1, 1, 2, 4))):
        holder, key = chance.choice(list(_places(update)))
        if chance.random() < 0.3:
            del holder[key]
        elif isinstance(holder, dict) and chance.random() < 0.15:
            holder[f"unknown_{CANARY}"] = _anything(chance)
        else:
            holder[key] = _anything(chance)
        if not update:
            break
    return update


def _places(value: Json) -> Iterator[tuple[Json, Json]]:
    """Yield every place in nested lists and dictionaries."""
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in list(keys):
        yield value, key
        yield from _places(value[key])


def _anything(chance: random.Random) -> Json:
    return chance.choice(
        (
            lambda: None,
            lambda: chance.random() < 0.5,
            lambda: chance.choice((0, -1, 1, HEALTHY + 1, 2**31, -(2**31), 2**53, 2**63, 2**64, -(2**63) - 1, 10**300)),
            lambda: chance.choice((0.5, -0.0, 1e308, float("nan"), float("inf"), -float("inf"))),
            lambda: chance.choice(_TEXTS),
            lambda: f"{CANARY}{chance.choice(_TEXTS)}",
            lambda: [_anything(chance) for _ in range(chance.randrange(3))],
            lambda: {str(number): _anything(chance) for number in range(chance.randrange(3))},
            lambda: _deep(chance.randrange(1, 150)),
        )
    )()


_TEXTS = (
    "", " ", "x" * 10_000, "\ud800", "\udfff made up", "\x00", "made\x00up", "\N{RIGHT-TO-LEFT OVERRIDE}made up",
    "<b>made up</b>", "</blockquote>&amp;<", "/", "//", "/start@", "/start " + "x" * 5000, "private", "group", "kicked",
    "'; DROP TABLE inbox; --", "%s %d {0}", "../../etc/passwd", "1e999", "-1", "\N{PILE OF POO}" * 3000, "\u2028\r\n\t",
)  # fmt: skip


def _deep(levels: int) -> Json:
    value: Json = CANARY
    for level in range(levels):
        value = [value] if level % 2 else {"reply_to_message": value}
    return value


def _new(number: int, chance: random.Random, numbers: Iterator[int]) -> Json:
    """Return one of the things that come."""
    if chance.random() < 0.02:
        return _anything(chance)
    update = _mutated({"update_id": next(numbers), **_kinds(number, chance)}, chance)
    if isinstance(update, dict) and chance.random() < 0.97:
        update.setdefault("update_id", next(numbers))
        if not isinstance(update["update_id"], int) or abs(update["update_id"]) < FIRST_NUMBER:
            update["update_id"] = next(numbers)
    return update


# the bot that it comes to


@contextmanager
def _logged() -> Iterator[io.StringIO]:
    """Log as the bot does at DEBUG, into a text."""
    root, text = logging.getLogger(), io.StringIO()
    before = root.handlers, root.level
    try:
        with redirect_stderr(text):
            logs.configure("DEBUG", ())
        yield text
    finally:
        root.handlers, root.level = before
        structlog.reset_defaults()


class _Practice:
    """A practice with somebody who is a client, somebody who is a therapist, and somebody who is neither."""

    def __init__(self, script: Script, chance: random.Random) -> None:
        self.script = script
        self.chance = chance
        self.numbers = count(FIRST_NUMBER)
        self.feed = _Feed()
        with mock.patch.object(telegram_api, "Transport", self.feed.request):
            self.telegram = TelegramApi(f"{BOT_ID}:MADE-UP", "http://made-up.invalid", in_flight=1)
        self.receiver = Poller(script.house, self.telegram, Alone())
        script.enrols_therapist(THERAPIST, "Dr. Alpha")
        code = script.enrols(CLIENT, THERAPIST, "Otter")
        script.taps(THERAPIST, f"ended:{code}")
        script.turns(3 * HOUR)
        script.ticks()
        script.delivers()

    async def hears(self, updates: list[Json]) -> None:
        """Let the bot poll once; what can't be polled must not keep it from polling again."""
        self.feed.coming = json.dumps({"ok": True, "result": updates}).encode("utf-8", "surrogatepass")
        await self.receiver.step()
        await self.receiver.finish()
        self._handles()

    async def hears_no_json(self) -> None:
        """Let a poll bring what is not JSON, or not what was asked for."""
        self.feed.coming = self.chance.choice((*NOT_JSON, self.chance.randbytes(200)))
        before = self._stored()
        with suppress(TelegramError, KeyError, TypeError, AttributeError):  # `Poller.run` notes it and goes on
            await self.receiver.step()
        assert self._stored() == before, "something was made of nothing"

    def _stored(self) -> int:
        return int(self.script.query("SELECT count(*) AS n FROM inbox")[0]["n"])

    def _handles(self) -> None:
        """Handle what came, with all the pauses between the tries of what fails."""
        for _ in range(6):
            while backlog.handle_next(self.script.house):
                pass
            self.script.turns(timedelta(seconds=20))
        self.script.delivers()

    def goes_on(self) -> None:
        """See that nothing waits, and that a healthy person gets an answer at once."""
        waiting = self.script.query("SELECT lane, why FROM inbox WHERE state = 'waiting'")
        assert not waiting, f"an update wedges the inbox: {waiting[0]}"
        before = len(self.script.to(HEALTHY))
        self.script.says(HEALTHY, "/help")
        self.script.delivers()
        answers = [said.text.partition("\n")[0] for said in self.script.to(HEALTHY)[before:]]
        assert answers == ["What you can do here:"], f"a healthy person gets no answer: {answers}"

    def speaks_plainly(self) -> int:
        """See that nobody reads of an error, and that whoever can be told of one is told. Return how many that were."""
        for said in self.script.said:
            assert not any(words in said.text.replace(CANARY, "") for words in PLAIN_WORDS), f"shown: {said.text[:200]}"
        parked = self.script.query("SELECT lane, count(*) AS n FROM inbox WHERE state = 'parked' GROUP BY lane")
        for row in parked:
            if row["lane"] is not None and row["lane"] > 0:
                told = sum(said.text == UNREADABLE for said in self.script.to(row["lane"]))
                assert told + self._blocked_since(row["lane"]) >= row["n"], "somebody is not told that it went wrong"
        self.script.said.clear()
        number = sum(int(row["n"]) for row in parked)
        self.script.house.store.engine.execute("DELETE FROM inbox WHERE state = 'parked'")
        return number

    def _blocked_since(self, chat_id: int) -> int:
        """Return how much could not be said any more, since somebody has blocked the bot meanwhile."""
        rows = self.script.query(
            "SELECT count(*) AS n FROM outbox WHERE state = 'failed' AND why = 'unreachable' "  # noqa: S608
            f"AND chat_id = {chat_id}"
        )
        return int(rows[0]["n"])


def play(chance: random.Random, updates: int, _folder: Path) -> Figures:
    """Let that many updates come, mutated or random, a poll at a time."""
    with _logged() as logged:
        script = open_script()
        practice = _Practice(script, chance)
        parked = asyncio.run(_come(practice, updates))
        script.close()
    lines = logged.getvalue()
    leaked = [line for line in lines.splitlines() if CANARY in line]
    assert not leaked, f"somebody's words are in the log: {leaked[0][:300]}"
    assert "Traceback" not in lines, "a traceback is in the log"
    return Figures({"updates": updates, "parked": parked, "log lines": len(lines.splitlines())})


async def _come(practice: _Practice, updates: int) -> int:
    chance, left, parked = practice.chance, updates, 0
    while left:
        size = min(left, chance.randint(1, BATCH))
        left -= size
        people = (CLIENT, THERAPIST, chance.randrange(1000, 2000))
        await practice.hears([_new(chance.choice(people), chance, practice.numbers) for _ in range(size)])
        if chance.random() < 0.1:
            await practice.hears_no_json()
        practice.goes_on()
        parked += practice.speaks_plainly()
        practice.script.turns(timedelta(minutes=chance.randrange(60)))
        ticks.tidy(practice.script.house)
    return parked


BAD_INPUT = Trial(
    "bad_input",
    "Whatever comes in, the bot goes on",
    "updates of every kind of the Bot API with fields removed, of other types, numbers huge, negative or none, texts "
    "empty, long, half characters, markup, nesting, forged buttons of every verb; and what is no JSON at all; from the "
    "bytes of the answer through receiving, storing, handling and sending",
    "1,000,000 updates: nothing waits, a healthy person is answered at once, nobody reads of an error, everybody who "
    "can be told is, and at DEBUG no log line has anybody's words",
    short=Size(2, 1000),
    long=Size(500, 2000),
    play=play,
)
