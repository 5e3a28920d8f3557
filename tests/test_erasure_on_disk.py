"""What is erased is gone from the disk, too: from the database file, its free pages and its write-ahead log.

The database of these tests is not encrypted, so that what is left in it can be found.
"""

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlcipher3 import dbapi2 as sqlcipher

from bot import operate
from bot.house import House
from bot.store import Store
from bot.store.sqlite import prepared
from bot.ticks import tidy
from tests.conversations.made_up import PRACTICE
from tests.scripted import START, Script

pytestmark = pytest.mark.unmeasured

THERAPIST = 9_400_001
CLIENT = 0x5A5B5C5D5E
OTHER = 0x6A6B6C6D6E
ALIAS = "Canary-Alias"
COMMENT = "Canary-Comment in my own words"
LONG_COMMENT = "Canary-Long " * 300
NAME = f"Made-Up-{CLIENT}"
WORDS = (ALIAS, COMMENT, "Canary-Long", NAME)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the database is."""
    return tmp_path / "plain.db"


@pytest.fixture
def script(file: Path) -> Iterator[Script]:
    """A practice with a database in plain text, a therapist, a client who has answered, and another one."""
    store = Store(prepared(sqlcipher.connect(str(file), isolation_level=None)))
    store.engine.migrate()
    now = [START]
    script = Script(House(store, PRACTICE, lambda: now[0]), now)
    script.enrols_therapist(THERAPIST, "Dr. Made-Up")
    script.enrols(CLIENT, THERAPIST, ALIAS)
    script.enrols(OTHER, THERAPIST, "Otter")
    for week in range(3):
        answers(script, OTHER, "Made-up words. " * 40, "More of it.")
        answers(script, CLIENT, f"{COMMENT} {week}", LONG_COMMENT)
    yield script
    script.close()


def answers(script: Script, chat_id: int, *comments: str) -> None:
    """Let a session end, and the client answer and write."""
    with script.stored() as transaction:
        code = transaction.people.enrolments_of(chat_id)[0].code
    operate.add_sessions([operate.Ended(code, script.now[0])], script.house)
    script.turns(timedelta(hours=2))
    script.ticks()
    script.delivers()
    session = script.query("SELECT session FROM check_ins ORDER BY due_at DESC LIMIT 1")[0]["session"]
    script.taps(chat_id, f"start:{session}")
    for question in PRACTICE.questions.questions:
        script.taps(chat_id, f"rate:{session}:{question.id}:4")
        script.delivers()
    for text in comments:
        script.says(chat_id, text)
        script.delivers()
    script.taps(chat_id, f"done:{session}")
    script.delivers()
    script.turns(timedelta(days=2))


def remains(file: Path) -> list[str]:
    """Return what can be found of the client in the raw bytes of all files of the database."""
    raw = b"".join(one.read_bytes() for one in sorted(file.parent.glob(f"{file.name}*")))
    found = [word for word in WORDS if word.encode() in raw]
    return found + [how for how, number in _encodings(CLIENT).items() if number in raw]


def _encodings(number: int) -> dict[str, bytes]:
    """Return how SQLite writes a number: as a column, as the key of a row, and in JSON."""
    groups = [number >> shift & 0x7F for shift in range(35, -1, -7)]
    varint = bytes([0x80 | group for group in groups[:-1]] + groups[-1:])
    return {"column": number.to_bytes(5, "big"), "key": varint, "text": str(number).encode()}


def settles(script: Script) -> None:
    """Let all be sent that is queued, and the next tidying come."""
    script.delivers()
    script.turns(timedelta(hours=2))
    tidy(script.house)


def test_what_is_stored_can_be_found(script: Script, file: Path) -> None:
    """The search finds all that is there; what people are called in Telegram was never kept."""
    tidy(script.house)
    assert remains(file) == [ALIAS, COMMENT, "Canary-Long", "column", "key"]


def test_nothing_is_left_after_the_client_has_deleted_everything(script: Script, file: Path) -> None:
    """Neither words nor the number of the account, as soon as the next tidying has passed."""
    script.says(CLIENT, "/deletemydata")
    script.taps(CLIENT, "erase:all")
    with script.stored() as transaction:
        assert transaction.people.account(CLIENT) is None
    settles(script)
    assert remains(file) == []
    assert file.with_name("plain.db-wal").stat().st_size == 0


def test_nothing_is_left_after_an_operator_has_erased_a_client(script: Script, file: Path) -> None:
    """The same, and the other client is all there."""
    with script.stored() as transaction:
        code = transaction.people.enrolments_of(CLIENT)[0].code
        others = transaction.people.enrolments_of(OTHER)
    operate.erase(code, script.house)
    settles(script)
    assert remains(file) == []
    with script.stored() as transaction:
        assert transaction.people.enrolments_of(OTHER) == others
        assert len(transaction.check_ins.check_ins_of((others[0].code,))[others[0].code]) == 3


def test_what_a_stranger_said_leaves_nothing(script: Script, file: Path) -> None:
    """Nothing is stored of somebody who is nobody's client but that something was said: for an hour."""
    stranger = 0x7A7B7C7D7E
    script.says(stranger, "Canary-Stray")
    settles(script)
    raw = b"".join(one.read_bytes() for one in file.parent.glob("plain.db*"))
    assert [one for one in (*_encodings(stranger).values(), b"Canary-Stray") if one in raw] == []


def test_free_pages_are_zeroed(file: Path) -> None:
    """Even before the file is written anew: what is deleted is overwritten, and the log is cut."""
    engine = prepared(sqlcipher.connect(str(file), isolation_level=None))
    engine.execute("CREATE TABLE words (word TEXT)")
    engine.execute("INSERT INTO words VALUES (:word)", {"word": LONG_COMMENT * 10})
    engine.empty_log()
    assert b"Canary-Long" in file.read_bytes()
    engine.execute("DELETE FROM words")
    engine.empty_log()
    assert engine.query("PRAGMA freelist_count")[0]["freelist_count"] > 5
    assert b"Canary-Long" not in file.read_bytes()
    assert file.with_name("plain.db-wal").read_bytes() == b""
    engine.close()


def test_remains_between_rows_go_when_the_file_is_written_anew(file: Path) -> None:
    """Rows that were moved from page to page leave copies which no deletion overwrites, hence the rewriting."""
    engine, chance = prepared(sqlcipher.connect(str(file), isolation_level=None)), random.Random(1)
    engine.execute("CREATE TABLE words (key TEXT PRIMARY KEY, word TEXT) WITHOUT ROWID")
    kept: dict[str, str] = {}
    deleted = set()
    with engine.atomic():
        for number in range(4000):
            key, word = f"{chance.getrandbits(32):08x}", f"Canary-{number:04d}-"
            kept[key] = word
            engine.execute(
                "INSERT INTO words VALUES (:key, :word)", {"key": key, "word": word * chance.randrange(1, 80)}
            )
            if number % 3 == 0:
                gone = chance.choice(sorted(kept))
                deleted.add(kept.pop(gone))
                engine.execute("DELETE FROM words WHERE key = :key", {"key": gone})
    engine.empty_log()
    assert _found(deleted, file) > 0

    engine.rewrite()
    engine.empty_log()

    assert _found(deleted, file) == 0
    assert _found(set(kept.values()), file) == len(kept)
    engine.close()


def _found(words: set[str], file: Path) -> int:
    raw = file.read_bytes()
    return sum(word.encode() in raw for word in words)
