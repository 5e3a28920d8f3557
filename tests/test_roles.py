"""Every command and every button, from everybody: what is not meant for them is denied with a friendly line."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import partial

import pytest

from bot.render import from_json
from conversations.buttons import Action, Verb, encode
from conversations.commands import BY_NAME, COMMANDS, Role
from conversations.message import plain
from conversations.wording import caseload as caseload_wording
from conversations.wording import check_in as check_in_wording
from conversations.wording import client as client_wording
from tests.forging import (
    ABOUT_ONESELF,
    ACTORS,
    CLIENT,
    DETAILS,
    THERAPIST,
    Past,
    answers_to,
    held_by_others,
    past,
    secrets_in,
    undone,
)
from tests.scripted import Script

pytestmark = pytest.mark.unmeasured


@pytest.fixture(scope="module")
def practice_with_a_past() -> Iterator[Past]:
    """Two therapists, each with a client who has answered; one removed therapist; somebody invited, not yet agreed."""
    with past() as known:
        yield known


@pytest.fixture
def played(practice_with_a_past: Past) -> Iterator[Past]:
    """The practice with its past; what a test does to it is undone."""
    with undone(practice_with_a_past) as known:
        yield known


def _each(past: Past, kinds: Iterable[str]) -> Iterator[tuple[str, Past]]:
    """Give the practice with its past once for each kind of thing to try; what is done to it is undone."""
    for kind in kinds:
        with undone(past) as known:
            yield kind, known


def _newest_to(script: Script, actor: int) -> list[str]:
    """Return what waits to be said to somebody."""
    rows = script.query(f"SELECT body FROM outbox WHERE chat_id = {actor} AND state = 'queued'")  # noqa: S608
    return [from_json(row["body"]).html for row in rows]


@pytest.mark.parametrize("name", [command.name for command in COMMANDS])
@pytest.mark.parametrize("who", ACTORS)
def test_a_command_answers_once_and_touches_nothing_of_others(practice_with_a_past: Past, name: str, who: str) -> None:
    """Whoever sends it, whatever is behind it: one answer, no word of others, and no row but their own changes."""
    for argument, played in _each(practice_with_a_past, ("", "Maple", "made-up-nonsense", "x" * 4000)):
        actor, script = ACTORS[who], played.script
        before = held_by_others(script, actor)

        told = answers_to(script, actor, partial(script.says, actor, f"/{name} {argument}"))

        assert len(told) == 1, argument
        assert secrets_in(told, actor, typed=frozenset({argument})) == [], argument
        if BY_NAME[name].role is not Role.THERAPIST or who not in {"therapist", "other therapist"}:
            assert held_by_others(script, actor) == before, argument


@pytest.mark.parametrize("name", [command.name for command in COMMANDS if command.role is not Role.ANYBODY])
@pytest.mark.parametrize("who", ACTORS)
def test_a_command_is_denied_to_those_it_is_not_meant_for(played: Past, name: str, who: str) -> None:
    """Clients' commands want a consent that was asked for, therapists' commands a desk."""
    actor, role = ACTORS[who], BY_NAME[name].role
    denial = client_wording.ONLY_CLIENTS if role is Role.CLIENT else client_wording.ONLY_THERAPISTS
    if name in {"mydata", "deletemydata"}:  # a request for data gets its own answer, whoever asks
        denial = "Nothing is stored of you as a client."
    meant = {Role.CLIENT: {"client", "invited"}, Role.THERAPIST: {"therapist", "other therapist"}}[role]

    told = answers_to(played.script, actor, lambda: played.script.says(actor, f"/{name}"))

    assert (len(told) == 1 and told[0].startswith(denial)) == (who not in meant)


def _forged(played: Past, verb: Verb) -> dict[str, str]:
    """Return callback data of a verb as nobody was given it, except Maple's own therapist and client."""
    session, code = played.sessions["Maple"], played.codes["Maple"]
    detail, value = DETAILS.get(verb, ("", ""))
    return {
        "another's session": encode(Action(verb, session, detail, value)),
        "another's enrolment": encode(Action(verb, code, detail, value)),
        "garbage": f"{verb}:%%%:<b>",
        "unknown": encode(Action(verb, "NOBODYS1")),
        "over-long": f"{verb}:" + "x" * 200,
        "too many words": f"{verb}:a:b:c:d:e",
        "empty": str(verb),
    }


@pytest.mark.parametrize("verb", [verb for verb in Verb if verb not in ABOUT_ONESELF])
@pytest.mark.parametrize("who", [who for who in ACTORS if who != "other therapist"])
def test_a_forged_button_does_nothing_to_others(practice_with_a_past: Past, verb: Verb, who: str) -> None:
    """Data with somebody else's ids: a friendly line, not a word of theirs, and not a row changed."""
    for kind, played in _each(practice_with_a_past, ("another's session", "another's enrolment")):
        _is_answered_in_vain(played, verb, who, kind)


def _is_answered_in_vain(played: Past, verb: Verb, who: str, kind: str) -> None:
    actor, script = ACTORS[who], played.script
    before = held_by_others(script, actor)

    told = answers_to(script, actor, lambda: script.taps(actor, _forged(played, verb)[kind]))

    assert told != [], kind
    assert secrets_in(told, actor) == [], kind
    assert held_by_others(script, actor) == before, kind


@pytest.mark.parametrize("verb", sorted(ABOUT_ONESELF))
@pytest.mark.parametrize("who", ACTORS)
@pytest.mark.parametrize("kind", ["another's session", "another's enrolment", "empty", "unknown"])
def test_a_button_about_oneself_is_about_whoever_taps_it(played: Past, verb: Verb, who: str, kind: str) -> None:
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
def test_data_that_no_button_carries_gets_a_friendly_line(practice_with_a_past: Past, verb: Verb, who: str) -> None:
    """Whatever a client program sends in place of our data, one line says that the button is out of date."""
    for kind, played in _each(practice_with_a_past, ("garbage", "over-long", "too many words")):
        actor, script = ACTORS[who], played.script
        before = held_by_others(script, actor)

        told = answers_to(script, actor, partial(script.taps, actor, _forged(played, verb)[kind]))

        assert told == [client_wording.BUTTON_IS_OLD], kind
        assert held_by_others(script, actor) == before, kind


@pytest.mark.parametrize("verb", [verb for verb in Verb if verb not in ABOUT_ONESELF])
@pytest.mark.parametrize("who", ACTORS)
def test_a_button_about_nobody_is_answered(practice_with_a_past: Past, verb: Verb, who: str) -> None:
    """Data of ours with a subject that is gone or missing: an answer, and nothing changes."""
    for kind, played in _each(practice_with_a_past, ("unknown", "empty")):
        _is_answered_in_vain(played, verb, who, kind)


@pytest.mark.parametrize(
    "verb", [Verb.OPEN_CLIENT, Verb.JUST_ENDED, Verb.TALKED_ABOUT, Verb.READ_ALL, Verb.CONFIRM_REMOVE]
)
def test_therapists_are_told_that_a_client_is_not_theirs(played: Past, verb: Verb) -> None:
    """Another therapist's client looks to them like one who does not exist."""
    is_about_session = verb in {Verb.TALKED_ABOUT, Verb.READ_ALL}
    data = _forged(played, verb)["another's session" if is_about_session else "another's enrolment"]
    assert answers_to(played.script, THERAPIST, lambda: played.script.taps(THERAPIST, data)) == [
        caseload_wording.NOT_YOURS
    ]


def test_a_stale_button_gets_a_line(played: Past) -> None:
    """A tap on a card of weeks ago is answered, and the answers stay as they were."""
    script, session = played.script, played.sessions["Otter"]
    script.turns(timedelta(days=28))
    before = held_by_others(script, CLIENT)
    [card] = script.query(f"SELECT message_id FROM cards WHERE session = '{session}'")  # noqa: S608

    told = answers_to(script, CLIENT, lambda: script.taps(CLIENT, f"change:{session}", card["message_id"]))

    assert told == [plain(check_in_wording.time_to_change_is_over())]
    assert held_by_others(script, CLIENT) == before
