"""A practice in which everybody has a past, what a forger may learn of it, and how to tell that nothing came of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

from bot import operate
from bot.render import from_json
from bot.store.engine import Row
from conversations.buttons import Verb
from tests.scripted import Script, codes_in_order, open_script

CLIENT, OTHER_CLIENT = 101, 102
THERAPIST, OTHER_THERAPIST, REMOVED = 201, 202, 203
STRANGER, INVITED, AGREED = 301, 302, 303
ACTORS = {
    "stranger": STRANGER,
    "invited": INVITED,
    "client": CLIENT,
    "therapist": THERAPIST,
    "other therapist": OTHER_THERAPIST,
    "removed": REMOVED,
}
ALIASES_OF_OTHER_THERAPIST = frozenset({"Maple", "Cedar", "Hazel", "Aspen", "Rowan", "Larch"})
SECRETS = ("Otter", *sorted(ALIASES_OF_OTHER_THERAPIST), "Otter's own words", "Maple's own words", "Made-Up-")
"""Aliases, comments and names, by whom they belong to in `KNOWS`."""
KNOWS = {
    CLIENT: {"Otter's own words"},
    OTHER_CLIENT: {"Maple's own words"},
    THERAPIST: {"Otter", "Otter's own words", "Made-Up-"},
    OTHER_THERAPIST: {*ALIASES_OF_OTHER_THERAPIST, "Maple's own words", "Made-Up-"},
}
MAIL = ("inbox", "outbox", "marks")
"""Tables that any stimulus changes."""
ABOUT_ONESELF = frozenset({Verb.PAUSE_FOR, Verb.RESUME, Verb.CONFIRM_ERASE, Verb.NEVER_MIND})
"""Buttons that name nobody: they are about whoever taps them."""
DETAILS = {
    Verb.RATE: ("return", "5"),
    Verb.REASON: ("goals", ""),
    Verb.WISH: ("private", ""),
    Verb.TALKED_ABOUT: ("noreturn", ""),
}
"""What buttons carry besides the id of what they are about."""


class Undone(Exception):
    """Undoes what was tried."""


@dataclass(frozen=True, slots=True)
class Past:
    """A practice in which everybody has a past, and the ids that a forger might learn."""

    script: Script
    codes: dict[str, str]
    """Enrolments, by alias."""
    sessions: dict[str, str]
    """Sessions with answers, by alias."""
    links: dict[str, str]
    """The codes of links that were used, by alias; of one that still works (Aspen), is revoked (Rowan) or has
    expired (Larch)."""
    therapists: dict[int, str]
    """Ids, by account."""


@contextmanager
def past() -> Iterator[Past]:
    """Two therapists, each with a client who has answered; one removed therapist; somebody invited, who has not agreed
    yet; somebody who has, and whom the therapist has not confirmed."""
    with codes_in_order():
        script = open_script()
        therapists = {
            chat_id: script.enrols_therapist(chat_id, name)
            for chat_id, name in ((THERAPIST, "Dr. Alpha"), (OTHER_THERAPIST, "Dr. Beta"), (REMOVED, "Dr. Gamma"))
        }
        links = {"Larch": script.invites(OTHER_THERAPIST, "Larch")}
        script.turns(timedelta(days=14))
        others = ("Maple", "Cedar", "Hazel", "Aspen", "Rowan")
        links |= {alias: script.invites(OTHER_THERAPIST, alias) for alias in others}
        links["Otter"] = script.invites(THERAPIST, "Otter")
        codes = {row["alias"]: str(row["code"]) for row in script.query("SELECT alias, code FROM enrolments")}
        _agrees(script, CLIENT, THERAPIST, links["Otter"], codes["Otter"])
        _agrees(script, OTHER_CLIENT, OTHER_THERAPIST, links["Maple"], codes["Maple"])
        script.says(INVITED, f"/start {links['Cedar']}")
        script.says(AGREED, f"/start {links['Hazel']}")
        script.taps(AGREED, f"agree:{codes['Hazel']}")
        script.taps(OTHER_THERAPIST, f"revoke:{codes['Rowan']}")
        operate.remove_therapist(therapists[REMOVED], script.house)
        sessions = {alias: _answers(script, codes[alias], alias) for alias in ("Otter", "Maple")}
        script.delivers()
        yield Past(script, codes, sessions, links, therapists)
        script.close()


def _agrees(script: Script, client: int, therapist: int, link: str, code: str) -> None:
    script.says(client, f"/start {link}")
    script.taps(client, f"agree:{code}")
    script.taps(therapist, f"pair:{code}")
    script.delivers()


def _answers(script: Script, code: str, alias: str) -> str:
    client, therapist = (CLIENT, THERAPIST) if alias == "Otter" else (OTHER_CLIENT, OTHER_THERAPIST)
    script.taps(therapist, f"ended:{code}")
    [row] = script.query(f"SELECT id FROM sessions WHERE enrolment = '{code}'")  # noqa: S608
    session = str(row["id"])
    script.turns(timedelta(hours=3))
    script.ticks()
    script.delivers()
    for data in ("start", "rate:{}:comfortable:2", "rate:{}:freely:2", "rate:{}:relieved:2", "rate:{}:return:2"):
        script.taps(client, data.format(session) if "{}" in data else f"{data}:{session}")
    script.taps(client, f"wish:{session}:know")
    script.says(client, f"{alias}'s own words")
    script.taps(client, f"done:{session}")
    script.delivers()
    return session


@contextmanager
def undone(known: Past) -> Iterator[Past]:
    """Undo whatever is done in the block, and turn the clock back."""
    script = known.script
    now, said, blocked = script.now[0], len(script.said), set(script.blocked)
    try:
        with suppress(Undone), script.house.store.engine.atomic():
            yield known
            raise Undone
    finally:
        script.now[0], script.blocked = now, blocked
        del script.said[said:]


# what must not come of a forgery


def held_by_others(script: Script, actor: int) -> dict[str, list[Row]]:
    """Return the whole database, except the mail, the actor's own account, when they were last asked for consent, and
    the wrong links they opened.
    """
    tables = script.house.store.engine.tables()
    held = {name: script.query(f"SELECT * FROM {name}") for name in tables if name not in MAIL}  # noqa: S608
    held["accounts"] = [row for row in held["accounts"] if row["chat_id"] != actor]
    held["enrolments"] = [row | {"asked_at": None} if row["account"] == actor else row for row in held["enrolments"]]
    held["guesses"] = [row for row in held["guesses"] if row["account"] != actor]
    return held


def answers_to(script: Script, actor: int, act: Callable[[], None]) -> list[str]:
    """Return what an act queues for whoever did it, and see that it queues nothing for anybody else."""
    last = max((row["id"] for row in script.query("SELECT id FROM outbox")), default=0)
    act()
    rows = script.query(f"SELECT chat_id, body FROM outbox WHERE id > {last} AND state = 'queued' ORDER BY id")  # noqa: S608
    assert {row["chat_id"] for row in rows} <= {actor}, "somebody else was told something"
    return [from_json(row["body"]).html for row in rows]


def secrets_in(texts: list[str], actor: int, typed: frozenset[str] = frozenset()) -> list[str]:
    """Return what is somebody else's, of all that is said in `texts`; what they have just typed is theirs."""
    known = sorted(KNOWS.get(actor, set()) | typed, key=len, reverse=True)
    unknown = [_without(known, text) for text in texts]
    return [secret for secret in SECRETS if any(secret in text for text in unknown)]


def _without(known: list[str], text: str) -> str:
    for one in known:
        text = text.replace(one, "") if one else text
    return text
