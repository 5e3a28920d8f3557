"""Everybody tries to see or change what is somebody else's: forged buttons, texts, links, and envelopes that lie."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from bot.read import CARD_VERBS, CONSENT_VERBS
from bot.store.engine import Row
from conversations.buttons import Verb
from conversations.commands import COMMANDS
from conversations.sessions import Reason, Wish
from tests.chaos.campaign import Figures, Size, Trial
from tests.conversations.made_up import QUESTIONS
from tests.forging import (
    ABOUT_ONESELF,
    ACTORS,
    AGREED,
    CLIENT,
    DETAILS,
    INVITED,
    OTHER_CLIENT,
    OTHER_THERAPIST,
    THERAPIST,
    Past,
    held_by_others,
    past,
    secrets_in,
    undone,
)
from tests.scripted import BOT_ID, Script, person, private_chat

EVERYBODY = (*ACTORS.values(), OTHER_CLIENT, AGREED)
BELONGS_TO = {
    "Otter": (CLIENT, THERAPIST),
    "Maple": (OTHER_CLIENT, OTHER_THERAPIST),
    "Cedar": (INVITED, OTHER_THERAPIST),
    "Hazel": (AGREED, OTHER_THERAPIST),
    "Aspen": (None, OTHER_THERAPIST),
    "Rowan": (None, OTHER_THERAPIST),
    "Larch": (None, OTHER_THERAPIST),
}
"""Client (None: nobody yet) and therapist, by alias."""
ABOUT_ONES_DESK = frozenset(
    {
        Verb.SHOW_CLIENTS,
        Verb.SHOW_DIGEST,
        Verb.SET_HEADS_UP,
        Verb.CHOOSE_DIGEST_DAY,
        Verb.SET_DIGEST_DAY,
        Verb.ASK_DIGEST_HOUR,
        Verb.ASK_ZONE,
    }
)
ABOUT_SESSIONS = CARD_VERBS | {Verb.TALKED_ABOUT, Verb.READ_ALL, Verb.UNDO_SESSION}
NAMES_NOBODY = ABOUT_ONESELF | ABOUT_ONES_DESK
WORDS = (*QUESTIONS, *Reason, *Wish, "noreturn", "1", "5", "0", "28", "on", "off", "desk", "reason", "", "-1", "..")
TEXTS = ("5", "14:30", "yesterday 9:00", "Europe/Lisbon", "Maple", "Otter", "stop", "yes", "Dr. Beta", "made-up words")
EPOCH = 1


@dataclass(frozen=True, slots=True)
class Forgery:
    """What somebody sends in the hope of seeing or changing what is not theirs."""

    kind: str
    update: dict[str, Any]
    typed: str = ""
    """What they have put into it, and may read again in the answer."""
    may_change_own: bool = False
    """Whether it says something about the sender, too: then only what is others' must stay as it is."""
    is_answered: bool = True
    """Whether there is somebody to answer: an edited text, a group and an envelope that lies are passed over."""
    may_be_told: frozenset[int] = frozenset()
    """Who learns of it besides the sender: the therapist of a client who erases what is theirs."""


@dataclass(frozen=True, slots=True)
class _Forger:
    """Somebody with a modified app, all ids there are, and chance."""

    known: Past
    actor: int
    chance: random.Random

    def forge(self) -> Forgery:
        ways: tuple[Callable[[], Forgery], ...] = (self.tap, self.link, self.text, self.command, self.envelope)
        return self.chance.choices(ways, (5, 2, 2, 2, 2))[0]()

    # buttons

    def tap(self) -> Forgery:
        """Tap with a verb and an id that do not go together for this person."""
        verb = self.chance.choice(list(Verb))
        fitting = self.known.sessions if verb in ABOUT_SESSIONS else self.known.codes
        ids = list(fitting.values()) if self.chance.random() < 0.7 else self.ids()
        subject = self.chance.choice([one for one in ids if verb in NAMES_NOBODY or not self._is_theirs(verb, one)])
        detail, value = DETAILS.get(verb, ("", ""))
        if self.chance.random() < 0.5:
            detail, value = self.chance.choice((*WORDS, subject)), self.chance.choice(WORDS)
        data = f"{verb}:{subject}:{detail}:{value}".rstrip(":")
        query = {"id": "made-up", "from": person(self.actor), "chat_instance": "made-up", "data": data}
        below = self._below()
        return Forgery(
            "buttons",
            {"callback_query": {**query, **below}},
            data,
            may_change_own=verb in NAMES_NOBODY,
            is_answered=below.get("message", {}).get("chat", {}).get("id", self.actor) == self.actor,
            may_be_told=self._own_therapist() if verb is Verb.CONFIRM_ERASE else frozenset(),
        )

    def _own_therapist(self) -> frozenset[int]:
        return frozenset(therapist for client, therapist in BELONGS_TO.values() if client == self.actor)

    def _below(self) -> dict[str, Any]:
        """Return where the button claims to have been."""
        message = {"message_id": self._message_id(), "date": EPOCH, "chat": private_chat(self.actor)}
        return self.chance.choice(
            (
                {"message": message},
                {"message": {**message, "chat": private_chat(self._other())}},
                {"message": {**message, "date": 0}},  # a message that is too old to be shown
                {"inline_message_id": f"made-up-{self._message_id()}"},
                {},
            )
        )

    def _is_theirs(self, verb: Verb, subject: str) -> bool:
        """Tell whether this person may well have a button with that verb and id."""
        for alias, (client, therapist) in BELONGS_TO.items():
            ids = {self.known.codes[alias], self.known.sessions.get(alias)}
            if subject in ids:
                is_clients = verb in CARD_VERBS | CONSENT_VERBS | {Verb.CHOOSE_STOP, Verb.CONFIRM_STOP}
                return self.actor == (client if is_clients else therapist)
        return False

    # what is typed

    def link(self) -> Forgery:
        """Follow a link that does not work for this person."""
        dead = [code for alias, code in self.known.links.items() if alias != "Aspen"]
        working = self.known.links["Aspen"]
        code = self.chance.choice(
            (
                self.chance.choice(dead),
                self._bent(working),
                sha256(working.encode()).hexdigest(),
                f"{working} {working}",
                self.chance.choice(self.ids(without=working)),
            )
        )
        return Forgery("links", self._says(f"/start {code}"), code)

    def _bent(self, code: str) -> str:
        """Return a code with one letter wrong, missing or too many."""
        place, letter = self.chance.randrange(len(code)), self.chance.choice("abcXYZ019_-")
        bent = self.chance.choice(
            (code[:place] + letter + code[place + 1 :], code[:place] + code[place + 1 :], code + letter, code.upper())
        )
        return bent if bent != code else f"{code}0"

    def text(self) -> Forgery:
        """Type something that could be taken for an answer to a prompt of somebody else's."""
        text = self.chance.choice((*TEXTS, *self.ids()))
        kinds: tuple[dict[str, Any], ...] = ({"text": text}, *self._beside(text))
        message = self.chance.choice(kinds)
        return Forgery("texts", self._message(**message), text, may_change_own=self._has_a_part)

    def _beside(self, text: str) -> tuple[dict[str, Any], ...]:
        """Return what else can be sent: other people's messages, contacts, voices."""
        other = self._other()
        origin = {"type": "user", "date": EPOCH, "sender_user": person(other)}
        card = {
            "message_id": self._message_id(),
            "date": EPOCH,
            "chat": private_chat(other),
            "from": {"id": BOT_ID, "is_bot": True, "first_name": "Made-up bot"},
            "text": "A short check-in is ready",
        }
        voice = {"file_id": "made-up", "file_unique_id": "made-up", "duration": 1}
        return (
            {"text": text, "forward_origin": origin, "forward_from": person(other), "forward_date": EPOCH},
            {"text": text, "reply_to_message": card},
            {"text": text, "via_bot": {"id": BOT_ID, "is_bot": True, "first_name": "Made-up bot"}},
            {"voice": voice, "caption": text, "reply_to_message": card},
            {"contact": {"phone_number": "0", "first_name": "Made-Up", "user_id": other}},
            {"photo": [], "caption": f"/deletemydata {text}"},
        )

    def command(self) -> Forgery:
        """Send any command with somebody else's words."""
        name = self.chance.choice([one.name for one in COMMANDS if one.name != "start"])
        text = self.chance.choice((*TEXTS, *self.ids(), ""))
        name = self.chance.choice((name, name.upper(), f"{name}@made_up_bot"))
        return Forgery("commands", self._says(f"/{name} {text}"), text, may_change_own=self._has_a_part)

    # envelopes that lie

    def envelope(self) -> Forgery:
        """Let an update say that it comes from one person, in the chat of another; or be of another kind."""
        other, text = self._other(), self.chance.choice(("/deletemydata", "/mydata", "/clients", "/stop", "5"))
        lying = {"chat": private_chat(other), "from": person(self.actor)}
        said = {"message_id": self._message_id(), "date": EPOCH, "text": text}
        group = {"id": -other, "type": "group", "title": "Made-up"}
        user = {"id": BOT_ID, "is_bot": True, "first_name": "Made-up bot"}
        left = {**lying, "date": EPOCH, "old_chat_member": {"user": user, "status": "member"}}
        update = self.chance.choice(
            (
                {"message": {**said, **lying}},
                {"message": {**said, "chat": private_chat(other)}},  # from nobody
                {"my_chat_member": {**left, "new_chat_member": {"user": user, "status": "kicked", "until_date": 0}}},
                {"edited_message": {**said, "chat": private_chat(self.actor), "from": person(self.actor)}},
                {"message": {**said, "chat": group, "from": person(self.actor)}},
                {"channel_post": {**said, "chat": {**group, "type": "channel"}}},
            )
        )
        return Forgery("envelopes", update, text, is_answered=False, may_be_told=frozenset({-other}))

    # what a forger knows

    def ids(self, without: str = "") -> list[str]:
        """Return every id that names something, of all kinds."""
        known = self.known
        found = [
            *known.codes.values(),
            *known.sessions.values(),
            *known.therapists.values(),
            *known.links.values(),
            *(str(one) for one in EVERYBODY),
            str(self._message_id()),
        ]
        return [one for one in found if one != without]

    @property
    def _has_a_part(self) -> bool:
        """Whether a text of theirs can be about something that is theirs."""
        return self.actor in {CLIENT, OTHER_CLIENT, THERAPIST, OTHER_THERAPIST}

    def _other(self) -> int:
        return self.chance.choice([one for one in EVERYBODY if one != self.actor])

    def _message_id(self) -> int:
        """Return a message in somebody's chat, or one that might be."""
        return self.chance.choice((*(one.message_id for one in self.known.script.said), self.chance.randrange(1, 400)))

    def _says(self, text: str) -> dict[str, Any]:
        return self._message(text=text)

    def _message(self, **content: object) -> dict[str, Any]:
        chat, sender = private_chat(self.actor), person(self.actor)
        return {"message": {"message_id": self._message_id(), "date": EPOCH, "chat": chat, "from": sender, **content}}


# what must not come of it


@dataclass(frozen=True, slots=True)
class _Own:
    """What belongs to somebody, as it was before they forged anything."""

    therapists: frozenset[str]
    codes: frozenset[str]
    sessions: frozenset[str]


def _own(script: Script, actor: int) -> _Own:
    therapists = frozenset(row["id"] for row in script.query("SELECT * FROM therapists") if row["account"] == actor)
    codes = frozenset(
        row["code"]
        for row in script.query("SELECT * FROM enrolments")
        if row["account"] == actor or row["therapist"] in therapists
    )
    return _Own(therapists, codes, _sessions(script, codes))


def _sessions(script: Script, codes: frozenset[str]) -> frozenset[str]:
    return frozenset(row["id"] for row in script.query("SELECT * FROM sessions") if row["enrolment"] in codes)


def _not_ones_own(held: dict[str, list[Row]], own: _Own) -> dict[str, list[Row]]:
    """Leave out what was somebody's own before, and what a therapist has added to their own desk."""
    codes = own.codes | {row["code"] for row in held["enrolments"] if row["therapist"] in own.therapists}
    sessions = own.sessions | {row["id"] for row in held["sessions"] if row["enrolment"] in codes}

    def is_own(row: Row) -> bool:
        return (
            row.get("code") in codes
            or row.get("enrolment") in codes
            or row.get("session") in sessions
            or row.get("id") in own.therapists | sessions
            or row.get("therapist") in own.therapists
        )

    # The texts of consents belong to all who were shown them.
    return {name: [row for row in rows if not is_own(row)] for name, rows in held.items() if name != "consent_texts"}


def _hidden_from(known: Past, actor: int) -> list[str]:
    """Return the ids and codes that nobody but their owners may be told."""
    return [
        id_
        for ids in (known.codes, known.sessions, known.links)
        for alias, id_ in ids.items()
        if actor not in BELONGS_TO[alias]
    ]


def _try(forgery: Forgery, known: Past, actor: int, typed: frozenset[str]) -> None:
    """Send a forgery, and see that nothing comes of it that should not. `typed`: all that they have put in so far."""
    script = known.script
    own, before = _own(script, actor), held_by_others(script, actor)
    heard = len(script.said)
    script.reports(forgery.update)
    after = held_by_others(script, actor)
    if forgery.may_change_own:
        before, after = _not_ones_own(before, own), _not_ones_own(after, own)
    assert after == before, f"rows of others changed: {[name for name in after if after[name] != before[name]]}"
    bodies = script.query("SELECT chat_id, body FROM outbox WHERE state = 'queued'")
    told = {row["chat_id"] for row in bodies}
    assert told <= {actor, *forgery.may_be_told}, "somebody else was told something"
    assert actor in told or not forgery.is_answered, "no answer"
    _hold_back(known, actor, typed, [row["body"] for row in bodies if row["chat_id"] == actor])
    script.delivers()
    said = script.said[heard:]
    assert {one.chat_id for one in said} <= {actor, *forgery.may_be_told}, "somebody else was sent something"


def _hold_back(known: Past, actor: int, typed: frozenset[str], answers: list[str]) -> None:
    told = secrets_in(answers, actor, typed=typed)
    hidden = [one for one in _hidden_from(known, actor) if not any(one in text for text in typed)]
    told += [one for one in hidden if any(one in answer for answer in answers)]
    assert not told, f"told {told}"


def _try_several(known: Past, chance: random.Random) -> list[str]:
    """Let somebody try one, two or three forgeries in a row; return their kinds."""
    forger = _Forger(known, chance.choice(list(ACTORS.values())), chance)
    forgeries: list[Forgery] = []
    with undone(known):
        for _ in range(chance.choices((1, 2, 3), (6, 3, 2))[0]):
            forgeries.append(forger.forge())
            try:
                _try(forgeries[-1], known, forger.actor, frozenset(one.typed for one in forgeries))
            except AssertionError as broken:
                who = next(name for name, account in ACTORS.items() if account == forger.actor)
                raise AssertionError(f"{broken}; {who}: {[one.update for one in forgeries]}") from None
    return [one.kind for one in forgeries]


def play(chance: random.Random, forgeries: int, _folder: Path) -> Figures:
    """Try so many forgeries, each by somebody chosen by chance, in sequences of up to three."""
    kinds = Counter[str]()
    with past() as known:
        try_some = partial(_try_several, known, chance)
        while kinds.total() < forgeries:
            kinds.update(try_some())
    return Figures({"forgeries denied": kinds.total(), **{f"by {kind}": kinds[kind] for kind in sorted(kinds)}})


FORGERIES = Trial(
    "forgeries",
    "Only the right therapist sees a client",
    "buttons, links, texts, commands and envelopes forged by chance, up to three in a row, by a stranger, somebody "
    "invited, a client, a therapist, another one and a removed one, with the ids of all others",
    "each denied: no word of others said, nobody else told, no row of others changed; 10,000 forgeries",
    short=Size(1, 1_200),
    long=Size(10, 1_000),
    play=play,
)
