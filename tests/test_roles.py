"""Every command and every button, from everybody: what is not meant for them is denied with a friendly line."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import pytest

from bot import operate
from bot.render import from_json
from conversations.buttons import Action, Verb, encode
from conversations.commands import BY_NAME, COMMANDS, Role
from conversations.message import plain
from conversations.wording import check_in as check_in_wording
from conversations.wording import client as client_wording
from conversations.wording import therapist as therapist_wording
from tests.scripted import Script, codes_in_order, open_script

CLIENT, OTHER_CLIENT = 101, 102
THERAPIST, OTHER_THERAPIST, REMOVED = 201, 202, 203
STRANGER, INVITED = 301, 302
ACTORS = {
    "stranger": STRANGER,
    "invited": INVITED,
    "client": CLIENT,
    "therapist": THERAPIST,
    "other therapist": OTHER_THERAPIST,
    "removed": REMOVED,
}
SECRETS = ("Otter", "Maple", "Cedar", "Otter's own words", "Maple's own words", "Made-Up-")
"""Aliases, comments and names, by whom they belong to in `KNOWS`."""
KNOWS = {
    CLIENT: {"Otter's own words"},
    THERAPIST: {"Otter", "Otter's own words", "Made-Up-"},
    OTHER_THERAPIST: {"Maple", "Cedar", "Maple's own words", "Made-Up-"},
}
MAIL = ("inbox", "outbox", "marks")


class Undone(Exception):
    """Undoes what a test has done."""


@dataclass
class Played:
    """A practice in which everybody has a past, and the ids that a forger might learn."""

    script: Script
    codes: dict[str, str]
    sessions: dict[str, str]


@pytest.fixture
def played(past: Played) -> Iterator[Played]:
    """The practice with its past; what a test does to it is undone."""
    script, now = past.script, past.script.now[0]
    with suppress(Undone), script.house.store.engine.atomic():
        yield past
        script.now[0] = now
        raise Undone


@pytest.fixture(scope="module")
def past() -> Iterator[Played]:
    """Two therapists, each with a client who has answered; one removed therapist; somebody invited, not yet agreed."""
    with codes_in_order():
        script = open_script()
        script.enrols_therapist(THERAPIST, "Dr. Alpha")
        script.enrols_therapist(OTHER_THERAPIST, "Dr. Beta")
        removed = script.enrols_therapist(REMOVED, "Dr. Gamma")
        codes = {
            "Otter": script.enrols(CLIENT, THERAPIST, "Otter"),
            "Maple": script.enrols(OTHER_CLIENT, OTHER_THERAPIST, "Maple"),
        }
        script.says(INVITED, f"/start {script.invites(OTHER_THERAPIST, 'Cedar')}")
        with script.stored() as transaction:
            codes["Cedar"] = transaction.people.enrolments_of(INVITED)[0].code
        operate.remove_therapist(removed, script.house)
        sessions = {alias: _answers(script, codes[alias], alias) for alias in ("Otter", "Maple")}
        script.delivers()
        yield Played(script, codes, sessions)
        script.close()


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


def _held_by_others(script: Script, actor: int) -> dict[str, list[dict[str, object]]]:
    """Return the whole database, except the mail, the actor's own account, and the wrong links they opened."""
    tables = [row["name"] for row in script.query("SELECT name FROM sqlite_master WHERE type = 'table'")]
    held = {name: script.query(f"SELECT * FROM {name}") for name in tables if name not in MAIL}  # noqa: S608
    held["accounts"] = [row for row in held["accounts"] if row["chat_id"] != actor]
    held["guesses"] = [row for row in held["guesses"] if row["account"] != actor]
    return held


def _answers_to(script: Script, actor: int, act: Callable[[], None]) -> list[str]:
    """Return what an act queues for whoever did it, and see that it queues nothing for anybody else."""
    last = max((row["id"] for row in script.query("SELECT id FROM outbox")), default=0)
    act()
    rows = script.query(f"SELECT chat_id, body FROM outbox WHERE id > {last} AND state = 'queued' ORDER BY id")  # noqa: S608
    assert {row["chat_id"] for row in rows} <= {actor}, "somebody else was told something"
    return [from_json(row["body"]).html for row in rows]


def _newest_to(script: Script, actor: int) -> list[str]:
    """Return what waits to be said to somebody."""
    rows = script.query(f"SELECT body FROM outbox WHERE chat_id = {actor} AND state = 'queued'")  # noqa: S608
    return [from_json(row["body"]).html for row in rows]


def _secrets_in(texts: list[str], actor: int, typed: str = "") -> list[str]:
    """Return what is somebody else's, of all that is said in `texts`; what they have just typed is theirs."""
    known = KNOWS.get(actor, set()) | {typed}
    return [secret for secret in SECRETS if secret not in known and any(secret in text for text in texts)]


@pytest.mark.parametrize("name", [command.name for command in COMMANDS])
@pytest.mark.parametrize("who", ACTORS)
@pytest.mark.parametrize("argument", ["", "Maple", "made-up-nonsense", "x" * 4000])
def test_a_command_answers_once_and_touches_nothing_of_others(
    played: Played, name: str, who: str, argument: str
) -> None:
    """Whoever sends it: one answer, no word of anybody else's, and no row but their own changes."""
    actor, script = ACTORS[who], played.script
    before = _held_by_others(script, actor)

    told = _answers_to(script, actor, lambda: script.says(actor, f"/{name} {argument}"))

    assert len(told) == 1
    assert _secrets_in(told, actor, typed=argument) == []
    if BY_NAME[name].role is not Role.THERAPIST or who not in {"therapist", "other therapist"}:
        assert _held_by_others(script, actor) == before


@pytest.mark.parametrize("name", [command.name for command in COMMANDS if command.role is not Role.ANYBODY])
@pytest.mark.parametrize("who", ACTORS)
def test_a_command_is_denied_to_those_it_is_not_meant_for(played: Played, name: str, who: str) -> None:
    """Clients' commands want a consent that was asked for, therapists' commands a desk."""
    actor, role = ACTORS[who], BY_NAME[name].role
    denial = client_wording.ONLY_CLIENTS if role is Role.CLIENT else client_wording.ONLY_THERAPISTS
    if name in {"mydata", "deletemydata"}:  # a request for data gets its own answer, whoever asks
        denial = "Nothing is stored of you as a client."
    meant = {Role.CLIENT: {"client", "invited"}, Role.THERAPIST: {"therapist", "other therapist"}}[role]

    told = _answers_to(played.script, actor, lambda: played.script.says(actor, f"/{name}"))

    assert (len(told) == 1 and told[0].startswith(denial)) == (who not in meant)


def _forged(played: Played, verb: Verb) -> dict[str, str]:
    """Return callback data of a verb as nobody was given it, except Maple's own therapist and client."""
    session, code = played.sessions["Maple"], played.codes["Maple"]
    details = {Verb.RATE: ("return", "5"), Verb.REASON: ("goals", ""), Verb.WISH: ("private", "")}
    detail, value = details.get(verb, ("noreturn" if verb is Verb.TALKED_ABOUT else "", ""))
    return {
        "another's session": encode(Action(verb, session, detail, value)),
        "another's enrolment": encode(Action(verb, code, detail, value)),
        "garbage": f"{verb}:%%%:<b>",
        "unknown": encode(Action(verb, "NOBODYS1")),
        "over-long": f"{verb}:" + "x" * 200,
        "too many words": f"{verb}:a:b:c:d:e",
        "empty": str(verb),
    }


ABOUT_ONESELF = frozenset({Verb.PAUSE_FOR, Verb.RESUME, Verb.CONFIRM_ERASE, Verb.NEVER_MIND})
"""Buttons that name nobody: they are about whoever taps them."""


@pytest.mark.parametrize("verb", [verb for verb in Verb if verb not in ABOUT_ONESELF])
@pytest.mark.parametrize("who", [who for who in ACTORS if who != "other therapist"])
@pytest.mark.parametrize("kind", ["another's session", "another's enrolment"])
def test_a_forged_button_does_nothing_to_others(played: Played, verb: Verb, who: str, kind: str) -> None:
    """Data with somebody else's ids: a friendly line, not a word of theirs, and not a row changed."""
    actor, script = ACTORS[who], played.script
    before = _held_by_others(script, actor)

    told = _answers_to(script, actor, lambda: script.taps(actor, _forged(played, verb)[kind]))

    assert told != []
    assert _secrets_in(told, actor) == []
    assert _held_by_others(script, actor) == before


@pytest.mark.parametrize("verb", sorted(ABOUT_ONESELF))
@pytest.mark.parametrize("who", ACTORS)
@pytest.mark.parametrize("kind", ["another's session", "another's enrolment", "empty", "unknown"])
def test_a_button_about_oneself_is_about_whoever_taps_it(played: Played, verb: Verb, who: str, kind: str) -> None:
    """Whatever ids are forged into it, what is stored of Maple, who did not tap, stays as it is."""
    actor, script, maple = ACTORS[who], played.script, played.codes["Maple"]
    about = (
        "SELECT * FROM enrolments e JOIN check_ins c ON c.enrolment = e.code JOIN answers a ON a.session = c.session "  # noqa: S608
        f"JOIN accounts o ON o.chat_id = e.account WHERE e.code = '{maple}'"
    )
    before = script.query(about)

    script.taps(actor, _forged(played, verb)[kind])

    assert len(before) == 4
    assert script.query(about) == before
    assert _newest_to(script, actor) != []


@pytest.mark.parametrize("verb", Verb)
@pytest.mark.parametrize("who", ACTORS)
@pytest.mark.parametrize("kind", ["garbage", "over-long", "too many words"])
def test_data_that_no_button_carries_gets_a_friendly_line(played: Played, verb: Verb, who: str, kind: str) -> None:
    """Whatever a client program sends in place of our data, one line says that the button is out of date."""
    actor, script = ACTORS[who], played.script
    before = _held_by_others(script, actor)

    told = _answers_to(script, actor, lambda: script.taps(actor, _forged(played, verb)[kind]))

    assert told == [client_wording.BUTTON_IS_OLD]
    assert _held_by_others(script, actor) == before


@pytest.mark.parametrize("verb", [verb for verb in Verb if verb not in ABOUT_ONESELF])
@pytest.mark.parametrize("who", ACTORS)
@pytest.mark.parametrize("kind", ["unknown", "empty"])
def test_a_button_about_nobody_gets_one_answer(played: Played, verb: Verb, who: str, kind: str) -> None:
    """Data of ours with a subject that is gone or missing: an answer, and nothing changes."""
    actor, script = ACTORS[who], played.script
    before = _held_by_others(script, actor)

    told = _answers_to(script, actor, lambda: script.taps(actor, _forged(played, verb)[kind]))

    assert told != []
    assert _secrets_in(told, actor) == []
    assert _held_by_others(script, actor) == before


@pytest.mark.parametrize(
    "verb", [Verb.OPEN_CLIENT, Verb.JUST_ENDED, Verb.TALKED_ABOUT, Verb.READ_ALL, Verb.CONFIRM_REMOVE]
)
def test_therapists_are_told_that_a_client_is_not_theirs(played: Played, verb: Verb) -> None:
    """Another therapist's client looks to them like one who does not exist."""
    is_about_session = verb in {Verb.TALKED_ABOUT, Verb.READ_ALL}
    data = _forged(played, verb)["another's session" if is_about_session else "another's enrolment"]
    assert _answers_to(played.script, THERAPIST, lambda: played.script.taps(THERAPIST, data)) == [
        therapist_wording.NOT_YOURS
    ]


def test_a_stale_button_gets_a_line(played: Played) -> None:
    """A tap on a card of weeks ago is answered, and the answers stay as they were."""
    script, session = played.script, played.sessions["Otter"]
    script.turns(timedelta(days=28))
    before = _held_by_others(script, CLIENT)
    [card] = script.query(f"SELECT message_id FROM cards WHERE session = '{session}'")  # noqa: S608

    told = _answers_to(script, CLIENT, lambda: script.taps(CLIENT, f"change:{session}", card["message_id"]))

    assert told == [plain(check_in_wording.time_to_change_is_over())]
    assert _held_by_others(script, CLIENT) == before
