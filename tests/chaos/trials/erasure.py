"""Somebody is erased after weeks of check-ins; then every byte that is left on the disk is searched for them.

The database is opened without encryption, so that what is left could be read.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlcipher3 import dbapi2 as sqlcipher

from bot import logs, operate, ticks
from bot.house import House
from bot.queue import carry_out
from bot.store import Store
from bot.store.engine import Row
from bot.store.journal import JournalFile
from bot.store.sqlite import prepared
from conversations.decision import Decision
from conversations.people import Account, Enrolment, EnrolmentState
from conversations.sessions import Answer, CheckIn, CheckInState, Comment, Session
from tests.chaos.campaign import Figures, Size, Trial
from tests.conversations.made_up import PRACTICE, QUESTIONS
from tests.scripted import START, Script, person, private_chat

THERAPISTS = (201, 202)
DATABASE = "alliance.db"
WEEKS = 3
LONG_AGO = 120
"""Clients whose check-ins were long ago: with them the database has pages enough for rows to be moved about."""
WITHIN = 24
"""Hours after which nothing may be left."""
OF_A_CLIENT = (
    "SELECT * FROM enrolments WHERE code = '{code}'",
    "SELECT * FROM consents WHERE enrolment = '{code}'",
    "SELECT * FROM sessions WHERE enrolment = '{code}'",
    "SELECT a.* FROM answers a JOIN check_ins c ON c.session = a.session WHERE c.enrolment = '{code}'",
    "SELECT a.* FROM comments a JOIN check_ins c ON c.session = a.session WHERE c.enrolment = '{code}'",
)


@dataclass
class _Client:
    """A client with one therapist, and all words that nobody else has."""

    chat_id: int
    therapist: int
    alias: str
    link: str = ""
    code: str = ""
    sessions: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def canaries(self) -> dict[str, bytes]:
        """Return what must not be found when only this enrolment is erased, by what it is."""
        texts = {"alias": self.alias, "link": self.link, "enrolment": self.code}
        texts |= {f"session {number}": one for number, one in enumerate(self.sessions)}
        texts |= {f"words {number}": one for number, one in enumerate(self.words)}
        return {what: text.partition(" ")[0].encode() for what, text in texts.items()}


@dataclass(frozen=True, slots=True)
class _Practice:
    """A practice on a database that anybody can read."""

    script: Script
    folder: Path
    chance: random.Random
    clients: list[_Client]

    def word(self, what: str) -> str:
        """Return a word that nobody else says."""
        return f"Made-Up-{what}-{self.chance.randbytes(8).hex()}"


def play(chance: random.Random, erasures: int, folder: Path) -> Figures:
    """Play so many practices, and erase one client in each."""
    logs.configure("CRITICAL", ())  # what can't be read is parked with an alarm, as it should be
    ways, searched = Counter[str](), 0
    for number in range(erasures):
        place = folder / str(number)
        place.mkdir()
        practice = _opened(place, chance)
        _live(practice)
        way = chance.choice(WAYS)
        searched += _erase_and_search(practice, way)
        ways[f"by {way.__name__.removeprefix('_').replace('_', ' ')}"] += 1
        practice.script.close()
    return Figures({"erasures": erasures, **{way: ways[way] for way in sorted(ways)}, "canaries": searched})


# weeks of a practice


def _opened(folder: Path, chance: random.Random) -> _Practice:
    connection = sqlcipher.connect(str(folder / DATABASE), isolation_level=None)
    store = Store(prepared(connection), JournalFile.of(folder / "journal.txt", "f" * 64))
    store.engine.migrate()
    now = [START]
    script = Script(House(store, PRACTICE, lambda: now[0]), now)
    return _Practice(script, folder, chance, [])


def _live(practice: _Practice) -> None:
    """Let clients enrol, be asked, answer, write at the wrong moment, and fail to be understood."""
    for number, therapist in enumerate(THERAPISTS):
        practice.script.enrols_therapist(therapist, f"Dr. Made-Up {number}")
    accounts = [practice.chance.randrange(2**41, 2**46) for _ in range(practice.chance.randrange(5, 9))]
    for chat_id in accounts:
        _enrol(practice, chat_id, practice.chance.choice(THERAPISTS))
    both = practice.chance.choice(practice.clients)
    _enrol(practice, both.chat_id, next(one for one in THERAPISTS if one != both.therapist))
    for _ in range(WEEKS):
        for client in practice.chance.sample(practice.clients, len(practice.clients)):
            _session(practice, client)
        _pass(practice, hours=7 * 24 - 5 * len(practice.clients), step=24)


def _enrol(practice: _Practice, chat_id: int, therapist: int) -> None:
    client, script = _Client(chat_id, therapist, practice.word("Alias")), practice.script
    client.link = script.invites(therapist, client.alias)
    script.says(chat_id, f"/start {client.link}")
    client.code = script.query(f"SELECT code FROM enrolments WHERE alias = '{client.alias}'")[0]["code"]  # noqa: S608
    script.taps(chat_id, f"agree:{client.code}")
    script.taps(therapist, f"pair:{client.code}")
    script.delivers()
    practice.clients.append(client)


def _seed_long_ago(practice: _Practice) -> list[_Client]:
    """Store clients whose check-ins were all long ago."""
    script, chance, then = practice.script, practice.chance, START - timedelta(days=90)
    seeded = []
    with script.stored() as transaction:
        therapist = transaction.people.therapist_of(THERAPISTS[0])
        assert therapist is not None
        for _ in range(LONG_AGO):
            chat_id = chance.randrange(2**41, 2**46)
            client = _Client(chat_id, THERAPISTS[0], practice.word("Alias"), code=f"C{chance.randbytes(6).hex()}")
            enrolment = Enrolment(client.code, therapist.id, client.alias, EnrolmentState.ACTIVE, then, chat_id)
            carry_out(Decision((Account(chat_id), enrolment)), transaction, then)
            for number in range(chance.randrange(1, 5)):
                carry_out(_answered(practice, client, then + timedelta(days=7 * number)), transaction, then)
            seeded.append(client)
    return seeded


def _answered(practice: _Practice, client: _Client, ended_at: datetime) -> Decision:
    """Return a session of a client, with answers and comments."""
    chance, id_ = practice.chance, f"S{practice.chance.randbytes(6).hex()}"
    words = [practice.word("Words") + " long" * chance.choice((0, 3, 10, 50, 300)) for _ in range(chance.randrange(3))]
    client.sessions.append(id_)
    client.words += words
    answered = CheckIn(
        id_,
        client.code,
        CheckInState.ANSWERED,
        due_at=ended_at,
        expires_at=ended_at,
        closed_at=ended_at,
        shown_at=ended_at,
        answers=tuple(Answer(question, chance.randrange(1, 6), ended_at) for question in QUESTIONS),
        comments=tuple(Comment(text, ended_at) for text in words),
    )
    return Decision((Session(id_, client.code, None, ended_at, ended_at), answered))


def _session(practice: _Practice, client: _Client) -> None:
    """Let a session end, and the client answer it, or a part of it."""
    script, chance = practice.script, practice.chance
    script.taps(client.therapist, f"ended:{client.code}")
    query = f"SELECT id FROM sessions WHERE enrolment = '{client.code}' ORDER BY logged_at DESC LIMIT 1"  # noqa: S608
    session = str(script.query(query)[0]["id"])
    client.sessions.append(session)
    _pass(practice, hours=4)
    taps = ["start", *(f"rate:{session}:{question}:{chance.randrange(1, 6)}" for question in QUESTIONS)]
    for tap in taps[: chance.choice((1, 3, 5, 5, 5))]:
        script.taps(client.chat_id, tap if ":" in tap else f"{tap}:{session}")
    for verb in (f"reason:{session}:helping", f"wish:{session}:{chance.choice(('contact', 'know', 'private'))}"):
        script.taps(client.chat_id, verb)
    for _ in range(chance.randrange(3)):
        words = practice.word("Words") + " long" * chance.choice((0, 10, 500))
        script.says(client.chat_id, words)
        _whose(practice, words, client).words.append(words)
    _mishap(practice, client)
    if chance.random() < 0.7:
        script.taps(client.chat_id, f"done:{session}")
    _pass(practice, hours=1)


def _whose(practice: _Practice, words: str, client: _Client) -> _Client:
    """Return with which therapist words were kept: somebody with two of them has two cards in one chat."""
    rows = practice.script.query(
        f"SELECT s.enrolment FROM comments m JOIN sessions s ON s.id = m.session WHERE m.text = '{words}'"  # noqa: S608
    )
    return next((one for one in practice.clients if rows and one.code == rows[0]["enrolment"]), client)


def _mishap(practice: _Practice, client: _Client) -> None:
    """Let something be said that is not kept, or can't be read."""
    script, word = practice.script, practice.word("Stray")
    broken = {"message": {"chat": {"id": client.chat_id}, "date": "never", "text": word}}
    edited = {"message_id": 1, "date": 1, "chat": private_chat(client.chat_id), "from": person(client.chat_id)}
    happenings: tuple[Callable[[], None], ...] = (
        lambda: script.says(client.chat_id, f"/pause {word}"),
        lambda: script.says(client.chat_id, f"/timezone {word}"),
        lambda: script.reports(broken),
        lambda: script.reports({"edited_message": {**edited, "text": word}}),
        lambda: script.says(client.chat_id, "/mydata"),
        lambda: script.says(client.therapist, "/digest"),
    )
    client.words.append(word)
    practice.chance.choice(happenings)()


def _pass(practice: _Practice, hours: int, step: int = 1) -> None:
    """Let time pass: what falls due happens, is sent, and is tidied up after."""
    for _ in range(0, hours, step):
        practice.script.turns(timedelta(hours=step))
        practice.script.ticks()
        practice.script.delivers()
        ticks.tidy(practice.script.house)


# how somebody is erased


def _the_client(practice: _Practice, chosen: _Client) -> list[_Client]:
    """Let the client delete everything, in the middle of whatever there is."""
    practice.script.says(chosen.chat_id, "/deletemydata")
    practice.script.taps(chosen.chat_id, "erase")
    return [one for one in practice.clients if one.chat_id == chosen.chat_id] or [chosen]


def _many_clients(practice: _Practice, chosen: _Client) -> list[_Client]:
    """Let half of those of long ago delete everything, one after the other."""
    leaving = practice.chance.sample(_seed_long_ago(practice), LONG_AGO // 2)
    return [erased for client in (chosen, *leaving) for erased in _the_client(practice, client)]


def _the_client_of_a_removed_therapist(practice: _Practice, chosen: _Client) -> list[_Client]:
    with practice.script.stored() as transaction:
        therapist = transaction.people.therapist_of(chosen.therapist)
    assert therapist is not None
    operate.remove_therapist(therapist.id, practice.script.house)
    return _the_client(practice, chosen)


def _the_operator(practice: _Practice, chosen: _Client) -> list[_Client]:
    """Let the operator erase all enrolments of an account."""
    erased = [one for one in practice.clients if one.chat_id == chosen.chat_id]
    for one in erased:
        operate.erase(one.code, practice.script.house)
    return erased


def _the_operator_with_one_therapist(practice: _Practice, chosen: _Client) -> list[_Client]:
    """Let the operator erase one enrolment; another one of the same account may stay."""
    operate.erase(chosen.code, practice.script.house)
    return [chosen]


def _retention(practice: _Practice, chosen: _Client) -> list[_Client]:
    """Let the therapist end the check-ins, and as much time pass as the data is kept after that."""
    practice.script.taps(chosen.therapist, f"removeyes:{chosen.code}")
    _pass(practice, hours=24 * (PRACTICE.keep_after_end.days + 1), step=24)
    return [chosen]


WAYS = (
    _the_client,
    _many_clients,
    _the_client_of_a_removed_therapist,
    _the_operator,
    _the_operator_with_one_therapist,
    _retention,
)


# the search


def _erase_and_search(practice: _Practice, way: Callable[[_Practice, _Client], list[_Client]]) -> int:
    """Erase somebody and search for them a day later. Return for how many canaries."""
    chosen = practice.chance.choice(practice.clients)
    _all_can_be_found(practice, chosen)
    erased = way(practice, chosen)
    others = [one for one in practice.clients if one not in erased]
    before = {one.code: _stored_of(practice, one) for one in others}
    for hour in range(WITHIN):
        if hour in (1, 9):
            _others_go_on(practice, [one for one in others if one.chat_id != chosen.chat_id])
        _pass(practice, hours=1)

    canaries = {f"{what} of {one.code}": word for one in erased for what, word in one.canaries().items() if word}
    for one in erased:
        if not any(other.chat_id == one.chat_id for other in others):
            canaries |= {f"{what} of {one.code}": word for what, word in _of_account(one).items()}
    found = _found(practice, canaries)
    for row in practice.script.query("SELECT enrolment FROM audit"):  # kept on purpose, and once
        audited = next(what for what, word in canaries.items() if word == row["enrolment"].encode())
        found[audited, DATABASE] -= 1
    left = [f"{what} in {file}" for what, file in +found]
    assert not left, f"{way.__name__}: {len(left)} of {len(canaries)} canaries found: {left[:5]}"
    after = {one.code: _stored_of(practice, one) for one in others}
    assert after == before, "something of others is gone"
    return len(canaries)


def _of_account(client: _Client) -> dict[str, bytes]:
    return {"account": client.chat_id.to_bytes(6, "big"), "account as text": str(client.chat_id).encode()}


def _all_can_be_found(practice: _Practice, client: _Client) -> None:
    """See that the search finds what is stored: without that, finding nothing proves nothing."""
    kept = {"alias": client.alias, "code": client.code, **{one: one for one in client.sessions}}
    canaries = {what: word.encode() for what, word in kept.items()} | _of_account(client)
    comments = practice.script.query(
        f"SELECT text FROM comments m JOIN sessions s ON s.id = m.session WHERE s.enrolment = '{client.code}'"  # noqa: S608
    )
    canaries |= {row["text"]: row["text"][:30].encode() for row in comments}
    found = {what for what, _ in _found(practice, canaries)}
    missing = set(canaries) - found - {"account as text"}
    assert not missing, f"the search is blind: {len(missing)} of {len(canaries)} canaries are not found"


def _found(practice: _Practice, canaries: dict[str, bytes]) -> Counter[tuple[str, str]]:
    """Return how often each canary is found in which file."""
    found = Counter[tuple[str, str]]()
    for file in sorted(practice.folder.iterdir()):
        content = file.read_bytes()
        for what, word in canaries.items():
            found[what, file.name] += content.count(word)
    return +found


def _others_go_on(practice: _Practice, others: list[_Client]) -> None:
    for client in practice.chance.sample(others, 2):
        practice.script.says(client.chat_id, "/help")
        practice.script.says(client.therapist, "/clients")


def _stored_of(practice: _Practice, client: _Client) -> list[list[Row]]:
    return [practice.script.query(sql.format(code=client.code)) for sql in OF_A_CLIENT]


ERASURE = Trial(
    "erasure",
    "What is erased is gone from the disk",
    "three weeks of a practice on a database without encryption; one client is erased, by themselves, by the operator "
    "or by retention, in the middle of whatever there is; a day later all pages, free ones too, the write-ahead log, "
    "the journal and every other file are searched for names, words, codes and the account",
    "0 hits within 24 hours; nothing of others is gone",
    short=Size(1, 3),
    long=Size(10, 20),
    play=play,
)
