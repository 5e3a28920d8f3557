"""The database: opened with its key only, durable, and fast where it is asked often."""

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from unittest import mock
from zoneinfo import ZoneInfo

import pytest
from sqlcipher3 import dbapi2 as sqlcipher

from bot.store import Store
from bot.store.engine import Engine, StoreUnusable
from bot.store.inbox import NewUpdate
from bot.store.outbox import Method, NewRow
from bot.store.schema import migrations
from bot.store.sqlite import LEAST_SPACE, SqliteEngine, in_memory, is_encrypted, open_encrypted, path_of
from conversations.decision import Purpose
from conversations.sessions import Answer
from tests.chaos.made_up import FIRST_CLIENT, seed_due, session_of
from tests.databases import ASKED_OFTEN, KEY, opened, values_for
from tests.scripted import open_script

pytestmark = pytest.mark.engines("sqlite", "postgresql")

OTHER_KEY = "b" * 64
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a database may be."""
    return tmp_path / "data" / "alliance.db"


@pytest.fixture
def file(path: Path) -> SqliteEngine:
    """An empty database in a file."""
    made = open_encrypted(path, KEY, create=True)
    made.migrate()
    return made


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An empty database on either engine."""
    made = opened(database_url)
    made.migrate()
    yield made
    made.close()


def test_another_key_does_not_open_the_database_and_changes_nothing(file: SqliteEngine, path: Path) -> None:
    """A wrong key gets a line that says what to do; the file is the same afterwards."""
    file.close()
    before = path.read_bytes()
    with pytest.raises(StoreUnusable, match="another key, or the file is damaged"):
        open_encrypted(path, OTHER_KEY)
    assert before == path.read_bytes()


def test_a_plain_database_is_never_taken_for_an_encrypted_one(path: Path) -> None:
    """A file without encryption is refused, not silently used."""
    path.parent.mkdir()
    path.write_bytes(b"SQLite format 3\0" + bytes(4080))
    assert not is_encrypted(path)
    with pytest.raises(StoreUnusable, match="does not open the database"):
        open_encrypted(path, KEY)


@pytest.mark.parametrize("key", ["", "abc", "g" * 64, "a" * 63])
def test_a_key_that_is_none_is_refused_before_anything_is_touched(path: Path, key: str) -> None:
    """A malformed key gets a clear line, and no file is made."""
    with pytest.raises(StoreUnusable, match="64 hex digits"):
        open_encrypted(path, key, create=True)
    assert not path.parent.exists()


def test_a_missing_database_is_not_made_by_accident(path: Path) -> None:
    """Only the commands that may begin a database make one."""
    with pytest.raises(StoreUnusable, match="There is no database at"):
        open_encrypted(path, KEY)


@pytest.mark.parametrize(
    ("flags", "free", "line"),
    [
        (os.ST_RDONLY, 10**9, "is read-only, and the bot must write to it"),
        (0, LEAST_SPACE - 1, "is full. Make room and try again"),
        (0, LEAST_SPACE, "fails. Look into the system's log"),
    ],
)
def test_a_disk_that_lets_nothing_be_opened_is_told_by_its_state(
    file: SqliteEngine, path: Path, flags: int, free: int, line: str
) -> None:
    """SQLite has the same words for a disk that is full, read-only or broken."""
    file.close()
    state = SimpleNamespace(f_flag=flags, f_bavail=free, f_frsize=1)
    trouble = sqlcipher.OperationalError("unable to open database file")
    with (
        mock.patch("bot.store.sqlite.os.statvfs", return_value=state),
        mock.patch("bot.store.sqlite.prepared", side_effect=trouble),
        pytest.raises(StoreUnusable, match=f"The disk of {re.escape(str(path))} {line}. Nothing was changed."),
    ):
        open_encrypted(path, KEY)


def test_the_file_is_encrypted_and_for_its_owner_only(file: SqliteEngine, path: Path) -> None:
    """The data is unreadable without the key, and other accounts of the machine can't even read that."""
    file.close()
    assert is_encrypted(path)
    assert path.stat().st_mode & 0o777 == 0o600


def test_an_address_of_another_kind_is_refused() -> None:
    """An address that is no SQLite file gets a clear line."""
    with pytest.raises(StoreUnusable, match="sqlite:///"):
        path_of("mysql://somewhere/else")


def test_the_database_is_durable_and_wipes_what_is_deleted(file: SqliteEngine) -> None:
    """Commits reach the disk, and deleted rows are overwritten."""
    pragmas = {
        name: next(iter(file.query(f"PRAGMA {name}")[0].values()))
        for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
    }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}


def test_a_transaction_that_fails_leaves_nothing_behind(engine: Engine) -> None:
    """All of a transaction is undone, also what an inner block had finished."""
    store = Store(engine)

    def fail() -> None:
        with store.transaction() as outer:
            with store.transaction() as inner:
                inner.inbox.add(1, [NewUpdate(1, "{}", None)], NOW)
            assert outer.inbox.waiting() == 1
            raise RuntimeError("made up")

    with pytest.raises(RuntimeError, match="made up"):
        fail()
    with store.transaction() as transaction:
        assert transaction.inbox.waiting() == 0


def test_an_inner_block_that_fails_undoes_only_itself(engine: Engine) -> None:
    """And what is read is what is true now: before, within and after it."""
    store = Store(engine)

    def fail() -> None:
        with store.transaction() as inner:
            inner.inbox.add(1, [NewUpdate(2, "{}", None)], NOW)
            assert inner.inbox.waiting() == 2
            raise RuntimeError("made up")

    with store.transaction() as outer:
        assert outer.inbox.waiting() == 0
        outer.inbox.add(1, [NewUpdate(1, "{}", None)], NOW)
        assert outer.inbox.waiting() == 1
        with pytest.raises(RuntimeError, match="made up"):
            fail()
        assert outer.inbox.waiting() == 1
    assert store.look().inbox.waiting() == 1


def test_a_transaction_that_the_database_undoes_by_itself_fails_for_the_reason_it_had(file: SqliteEngine) -> None:
    """As SQLite does when the disk is full: the error is not that a savepoint is missing."""
    store = Store(file)

    def fail() -> None:
        with store.transaction(), store.transaction():
            file.connection.execute("ROLLBACK")
            raise sqlcipher.OperationalError("database or disk is full")

    with pytest.raises(sqlcipher.OperationalError, match="full"):
        fail()
    with store.transaction() as transaction:
        assert transaction.inbox.waiting() == 0


def test_what_was_read_is_read_anew_once_it_may_have_changed(engine: Engine) -> None:
    """Within a transaction, nothing is read twice that stayed as it was: what was written says which that is."""
    script = open_script(engine)
    seed_due(script.house.store, script.house.practice, [FIRST_CLIENT], script.now[0], ended_at=script.now[0])
    session = session_of(FIRST_CLIENT)

    with script.house.store.transaction() as transaction:
        people, check_ins = transaction.people, transaction.check_ins
        account, [enrolment] = people.account(FIRST_CLIENT), people.enrolments_of(FIRST_CLIENT)
        check_in = check_ins.check_in(session)
        assert account is not None
        assert check_in is not None

        people.save_account(replace(account, zone=ZoneInfo("Asia/Tokyo")))
        assert people.account(FIRST_CLIENT) == replace(account, zone=ZoneInfo("Asia/Tokyo"))
        assert people.enrolments_of(FIRST_CLIENT) == [enrolment]

        check_ins.save_check_ins([replace(check_in, answers=(Answer("return", 4, NOW),))])
        assert check_ins.check_in(session) == replace(check_in, answers=(Answer("return", 4, NOW),))

        people.erase_enrolment(enrolment.code)  # a deletion, which takes along what refers to it
        assert people.enrolments_of(FIRST_CLIENT) == []
        assert check_ins.check_in(session) is None


def test_more_is_found_at_once_than_one_statement_looks_for(engine: Engine) -> None:
    """Each thing once, whether asked for by itself, twice, or among a thousand; what is not there is left out."""
    script = open_script(engine)
    seed_due(script.house.store, script.house.practice, [FIRST_CLIENT], script.now[0], ended_at=script.now[0])

    with script.house.store.transaction() as transaction:
        check_ins = transaction.check_ins
        seeded = check_ins.session(session_of(FIRST_CLIENT))
        assert seeded is not None
        held = [replace(seeded, id=f"M{number:04}", ended_at=NOW + timedelta(days=number)) for number in range(1100)]
        check_ins.save_sessions(held)

        asked = ["nobody", *(one.id for one in held), held[0].id]
        assert check_ins.sessions(asked) == {one.id: one for one in held}
        assert check_ins.sessions(asked[1:4]) == {one.id: one for one in held[:3]}
        assert check_ins.sessions(["nobody"]) == check_ins.sessions([]) == {}
        assert check_ins.sessions_of([seeded.enrolment, "nobody"]) == {
            seeded.enrolment: sorted([seeded, *held], key=lambda one: one.ended_at),
            "nobody": [],
        }


def test_an_update_that_comes_twice_is_stored_once(engine: Engine) -> None:
    """The same update of the same bot is ignored; the same number of another bot is another update."""
    store = Store(engine)
    with store.transaction() as transaction:
        assert transaction.inbox.add(1, [NewUpdate(7, "{}", None), NewUpdate(7, "{}", None)], NOW) == 1
        assert transaction.inbox.add(1, [NewUpdate(7, "{}", None)], NOW) == 0
        assert transaction.inbox.add(2, [NewUpdate(7, "{}", None)], NOW) == 1


def test_a_claim_that_has_lapsed_is_due_and_not_yet_to_come(engine: Engine) -> None:
    """Whoever waits for what comes next, while it can't be taken, would else not wait at all."""
    store = Store(engine)
    with store.transaction() as transaction:
        transaction.outbox.add([NewRow(1001, Method.MESSAGE, Purpose.REPLY, "{}")], NOW)
        [row] = transaction.outbox.next(NOW, 2, only_replies=True)
        transaction.outbox.claim(row.id, "somebody", NOW + timedelta(seconds=60))

        assert transaction.outbox.next_at(NOW) == NOW + timedelta(seconds=60)
        later = NOW + timedelta(seconds=61)
        assert transaction.outbox.next_at(later) is None
        assert [one.id for one in transaction.outbox.next(later, 2, only_replies=True)] == [row.id]


def test_a_question_of_an_older_version_was_asked_when_the_invitation_was_opened() -> None:
    """So that a tap on it that was lost while the bot was updated is asked for again."""
    engine = in_memory()
    migrations.apply(engine.database, stop_before="0007_asked")
    engine.execute(
        "INSERT INTO therapists (id, name, zone, zone_is_set, digest_weekday, digest_hour, heads_up) "
        "VALUES ('T', 'Dr. Made-Up', 'UTC', 1, 0, '08:00', 0)"
    )
    engine.execute(
        "INSERT INTO enrolments (code, therapist, alias, state, invited_at, opened_at) "
        "VALUES ('C', 'T', 'Otter', 'opened', 1000, 2000)"
    )
    engine.migrate()
    assert engine.query("SELECT asked_at FROM enrolments") == [{"asked_at": 2000}]


def test_migrations_are_applied_once(engine: Engine) -> None:
    """A current database is left as it is."""
    assert engine.is_current()
    engine.migrate()
    assert engine.is_current()


@pytest.mark.parametrize("asked", ASKED_OFTEN)
def test_what_is_asked_often_uses_an_index(file: SqliteEngine, asked: str) -> None:
    """No query that finds what is due, waiting or next reads a whole table."""
    sql = ASKED_OFTEN[asked]
    plan = file.plan(sql, values_for(sql))
    reads = [line for line in plan.splitlines() if line.startswith(("SCAN", "SEARCH"))]
    assert [line for line in reads if "INDEX" not in line and "PRIMARY KEY" not in line] == [], plan
