"""What is PostgreSQL's own: turns, lost connections, troubles, TLS, and a schema that is the same as SQLite's."""

import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any
from unittest import mock

import psycopg
import pytest
from psycopg.pq import TransactionStatus

from bot import doctor
from bot.backups import Archive
from bot.cli.failures import explain
from bot.config import Settings
from bot.databases import open_store
from bot.demo.stage import settings_for
from bot.doctor import Finding, Verdict
from bot.logs import where
from bot.store import Store, postgresql
from bot.store.copying import KEYS
from bot.store.engine import NoDatabase, ServerFailed, StoreUnusable, Trouble, trouble_of
from bot.store.marks import Mark
from bot.store.postgresql import PostgresqlEngine, open_postgresql, translated
from bot.store.schema_postgresql import MIGRATIONS
from bot.store.server_address import is_safe
from bot.store.sqlite import in_memory
from conversations.wording import doctor as wording_of_doctor
from conversations.wording import failures as wording
from tests.conversations.made_up import NOW
from tests.databases import ASKED_OFTEN, Server, values_for

SECRET = "made-up-s3cret"
ELSEWHERE = f"postgresql://somebody:{SECRET}@db.example/alliance"


@pytest.fixture
def address(server: Server) -> Iterator[str]:
    """The address of a current database."""
    with server.migrated() as made:
        yield made


@pytest.fixture
def opens(address: str) -> Iterator[Callable[[], PostgresqlEngine]]:
    """Open the database once more, as another process would."""
    with ExitStack() as engines:

        def one_more() -> PostgresqlEngine:
            engine = open_postgresql(address)
            engines.callback(engine.close)
            return engine

        yield one_more


def kill(engine: PostgresqlEngine, server: Server) -> None:
    """Let the server end a connection, as when it is started anew."""
    server.run(f"SELECT pg_terminate_backend({engine.connection.info.backend_pid})")


# statements


@pytest.mark.parametrize(
    ("sql", "sent"),
    [
        ("SELECT a FROM b WHERE c = :d AND e = :d", "SELECT a FROM b WHERE c = %(d)s AND e = %(d)s"),
        ("SELECT a::text, ':b', \":c\" -- it's :d", "SELECT a::text, ':b', \":c\" -- it's :d"),
        ("SELECT 'it''s :a' || :b", "SELECT 'it''s :a' || %(b)s"),
        ("SELECT a % 2, b LIKE '%:c%'", "SELECT a %% 2, b LIKE '%%:c%%'"),
    ],
)
def test_a_statement_is_the_same_for_both_but_for_its_placeholders(sql: str, sent: str) -> None:
    """Casts, quotes and remarks are left alone."""
    assert translated(sql) == sent.encode()


def test_what_is_quoted_arrives_as_it_was_written(opens: Callable[[], PostgresqlEngine]) -> None:
    """Also with signs that psycopg gives a meaning."""
    assert opens().query("SELECT 7 % 4 AS rest, '%s :a 100%' AS words, CAST(:n AS text) AS n", {"n": 1}) == [
        {"rest": 3, "words": "%s :a 100%", "n": "1"}
    ]


# the schema


def columns(rows: list[dict[str, Any]]) -> dict[str, list[tuple[str, str, bool, str]]]:
    """Return what each table's columns are called, hold, may leave open, and hold by themselves."""
    found: dict[str, list[tuple[str, str, bool, str]]] = {}
    for row in rows:
        default = str(row["standard"] or "").removesuffix("::text")
        found.setdefault(row["table"], []).append((row["name"], row["type"], bool(row["optional"]), default))
    return found


def test_both_engines_have_the_same_tables_and_columns(opens: Callable[[], PostgresqlEngine]) -> None:
    """In the same order, with the same meaning: whoever changes one schema changes the other."""
    server, file = opens(), in_memory()
    file.migrate()
    on_server = server.query(
        'SELECT table_name AS "table", column_name AS name, '
        "CASE data_type WHEN 'bigint' THEN 'INTEGER' ELSE upper(data_type) END AS type, "
        "is_nullable = 'YES' AS optional, column_default AS standard FROM information_schema.columns "
        "WHERE table_schema = 'public' AND table_name != '_migrations' ORDER BY table_name, ordinal_position"
    )
    in_file = file.query(
        'SELECT t.name AS "table", c.name AS name, c.type AS type, c."notnull" = 0 AND c.pk = 0 AS optional, '
        "c.dflt_value AS standard FROM sqlite_master t JOIN pragma_table_info(t.name) c "
        "WHERE t.type = 'table' AND t.name NOT LIKE '%sqlite%' ORDER BY t.name, c.cid"
    )
    assert columns(on_server) == columns(in_file)
    assert server.tables() == file.tables() == sorted(KEYS)


def test_both_engines_have_the_same_indexes_and_references(opens: Callable[[], PostgresqlEngine]) -> None:
    """What is asked often finds its rows on either, and what hangs on something goes with it."""
    server, file = opens(), in_memory()
    file.migrate()
    assert server.query(
        "SELECT indexname AS name FROM pg_indexes WHERE schemaname = 'public' AND indexname NOT LIKE '%_pkey' "
        "ORDER BY name"
    ) == file.query(
        "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name NOT LIKE '%sqlite%' "
        "ORDER BY name"
    )
    on_server = server.query(
        'SELECT conrelid::regclass::text AS "from", confrelid::regclass::text AS "to", '
        "CASE confdeltype WHEN 'c' THEN 'CASCADE' ELSE 'NO ACTION' END AS then FROM pg_constraint "
        'WHERE contype = \'f\' ORDER BY "from", "to"'
    )
    in_file = file.query(
        'SELECT t.name AS "from", f."table" AS "to", f.on_delete AS "then" FROM sqlite_master t '
        "JOIN pragma_foreign_key_list(t.name) f WHERE t.type = 'table' ORDER BY t.name, f.\"table\""
    )
    assert on_server == in_file


@pytest.mark.parametrize("asked", ASKED_OFTEN)
def test_what_is_asked_often_finds_an_index(opens: Callable[[], PostgresqlEngine], asked: str) -> None:
    """A whole table is only read where the server takes that for faster, as it does for a small one."""
    engine = opens()
    engine.execute("SET enable_seqscan = off")
    plan = engine.query(f"EXPLAIN {ASKED_OFTEN[asked]}", values_for(ASKED_OFTEN[asked]))
    assert [row for row in plan if "Seq Scan" in row["QUERY PLAN"]] == []


def test_what_a_row_is_known_by_is_its_primary_key(opens: Callable[[], PostgresqlEngine]) -> None:
    """A copy goes by it, and would leave out rows of another order."""
    rows = opens().query(
        'SELECT c.conrelid::regclass::text AS "table", '
        "(SELECT string_agg(a.attname, ' ' ORDER BY k.place) FROM unnest(c.conkey) WITH ORDINALITY k (number, place) "
        "JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number) AS key "
        "FROM pg_constraint c WHERE c.contype = 'p' AND c.connamespace = 'public'::regnamespace"
    )
    assert {row["table"]: row["key"] for row in rows if row["table"] != "_migrations"} == {
        table: " ".join(key) for table, key in KEYS.items()
    }


def test_texts_are_in_the_order_of_their_bytes(opens: Callable[[], PostgresqlEngine]) -> None:
    """As in SQLite, whatever the language of the server."""
    ordered_otherwise = (
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' "
        "AND table_name != '_migrations' AND data_type != 'bigint' AND collation_name IS DISTINCT FROM 'C'"
    )
    assert opens().query(ordered_otherwise) == []


def test_of_several_that_start_together_one_migrates(server: Server) -> None:
    """The others wait for it, and find all done."""
    address, ready = server.empty(), threading.Barrier(4)

    def starts() -> None:
        engine = open_postgresql(address, create=True)
        ready.wait()
        engine.migrate()
        current.append(engine.is_current())
        engine.close()

    current: list[bool] = []
    threads = [threading.Thread(target=starts) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert current == [True] * 4
    engine = open_postgresql(address)
    assert [row["name"] for row in engine.query("SELECT name FROM _migrations ORDER BY applied_at, name")] == [
        *MIGRATIONS
    ]
    engine.close()


def test_a_migration_that_fails_leaves_nothing_behind(server: Server) -> None:
    """All of them, or none."""
    engine = open_postgresql(server.empty(), create=True)
    with (
        mock.patch.dict(MIGRATIONS, {"0099_made_up": "CREATE TABLE made_up (id BIGINT); SELECT 1 / 0"}),
        pytest.raises(ServerFailed, match="DivisionByZero"),
    ):
        engine.migrate()
    assert engine.tables() == []
    assert engine.is_empty()
    engine.close()


def test_a_database_of_a_newer_version_is_refused(opens: Callable[[], PostgresqlEngine]) -> None:
    """Before anything is written to it."""
    opens().execute("INSERT INTO _migrations (name) VALUES ('9999_later')")
    with pytest.raises(StoreUnusable, match="made by a newer version"):
        opens()


def test_an_empty_database_is_not_begun_by_accident(server: Server) -> None:
    """Only the commands that may begin one do."""
    with pytest.raises(NoDatabase, match="is empty"):
        open_postgresql(server.empty())


def test_a_database_that_can_not_hold_every_letter_is_refused(server: Server) -> None:
    """Clients write what they like."""
    server.run("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    with pytest.raises(StoreUnusable, match="can't hold every letter"):
        open_postgresql(server.address("latin"), create=True)


# turns


def test_a_transaction_sees_all_that_was_committed_while_it_waited(opens: Callable[[], PostgresqlEngine]) -> None:
    """Two that read and then write do not both start from what was there before: none of their work is lost."""
    count, each = 4, 25
    opens().execute("INSERT INTO marks (name, at) VALUES ('counted', 0)")

    def counts(engine: PostgresqlEngine) -> None:
        for _ in range(each):
            with engine.atomic():
                [row] = engine.query("SELECT at FROM marks WHERE name = 'counted'")
                engine.execute("UPDATE marks SET at = :at WHERE name = 'counted'", {"at": row["at"] + 1})

    threads = [threading.Thread(target=counts, args=(opens(),)) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert opens().query("SELECT at FROM marks WHERE name = 'counted'") == [{"at": count * each}]


def test_who_only_reads_keeps_nobody_waiting_and_sees_one_moment(opens: Callable[[], PostgresqlEngine]) -> None:
    """However long it takes; it can't write."""
    reader, writer = opens(), opens()
    writer.execute("SET lock_timeout = '10ms'")
    with reader.reading():
        assert reader.query_once("SELECT name FROM marks") == []
        with writer.atomic():
            writer.execute("INSERT INTO marks (name, at) VALUES ('made up', 1)")
        assert reader.query_once("SELECT name FROM marks") == []
    assert reader.query("SELECT name FROM marks") == [{"name": "made up"}]
    with pytest.raises(ServerFailed, match="ReadOnlySqlTransaction"), reader.reading():
        reader.execute("DELETE FROM marks")


def test_who_waits_too_long_for_a_turn_is_told_and_goes_on_later(opens: Callable[[], PostgresqlEngine]) -> None:
    """As with a file that another program keeps busy."""
    first, second = opens(), opens()
    second.execute("SET lock_timeout = '10ms'")
    with first.atomic(), pytest.raises(ServerFailed) as raised, second.atomic():
        pass
    assert trouble_of(raised.value) is Trouble.LOCKED
    with second.atomic():
        assert second.query("SELECT 1 AS n") == [{"n": 1}]


def test_a_transaction_in_which_an_error_was_passed_over_is_not_committed_in_silence(
    opens: Callable[[], PostgresqlEngine],
) -> None:
    """PostgreSQL has undone it by then, and would answer to COMMIT as if nothing were wrong."""
    engine = opens()

    def passes_over() -> None:
        with engine.atomic():
            engine.execute("INSERT INTO marks (name, at) VALUES ('made up', 1)")
            with suppress(ServerFailed):
                engine.query("SELECT 1 / 0")

    with pytest.raises(ServerFailed):
        passes_over()
    assert engine.query("SELECT name FROM marks") == []


def test_who_vanishes_within_a_transaction_keeps_the_others_waiting_for_seconds_only(
    opens: Callable[[], PostgresqlEngine],
) -> None:
    """A machine that nothing more is heard of: another copy is to go on within ten seconds."""
    vanished, other = opens(), opens()

    def holds_on() -> None:
        with vanished.atomic():
            vanished.query("SELECT 1 AS n")
            began = time.monotonic()
            with other.atomic():
                assert time.monotonic() - began < 7
            vanished.query("SELECT 2 AS n")

    with pytest.raises(ServerFailed) as raised:
        holds_on()
    assert trouble_of(raised.value) is Trouble.FAILING


def test_what_takes_its_time_is_not_cut_off(opens: Callable[[], PostgresqlEngine]) -> None:
    """Such as a copy of everything; the next transaction is in a hurry again."""
    engine = opens()
    names = ("statement_timeout", "idle_in_transaction_session_timeout")

    def limits() -> list[str]:
        return [next(iter(engine.query(f"SHOW {name}")[0].values())) for name in names]

    with engine.atomic():
        engine.take_time()
        assert limits() == ["0", "0"]
    assert limits() == ["30s", "5s"]


def test_a_session_is_as_the_bot_needs_it(server: Server) -> None:
    """Whatever the server's own settings: commits wait for the disk, and nothing waits for ever."""
    address = server.database()
    server.run(f"ALTER DATABASE {address.partition('@/')[2].partition('?')[0]} SET synchronous_commit = off")
    engine = open_postgresql(address)
    names = (
        "synchronous_commit",
        "lock_timeout",
        "statement_timeout",
        "idle_in_transaction_session_timeout",
        "application_name",
        "timezone",
    )
    assert [next(iter(engine.query(f"SHOW {name}")[0].values())) for name in names] == [
        "on",
        "10s",
        "30s",
        "5s",
        "alliance",
        "UTC",
    ]
    engine.close()


# a lost connection


def test_a_lost_connection_fails_one_transaction_and_the_next_has_a_new_one(
    server: Server, opens: Callable[[], PostgresqlEngine]
) -> None:
    """What that one had done is undone, and nothing of the rest of it is done by itself."""
    engine = opens()
    store = Store(engine)

    def is_cut_off() -> None:
        with store.transaction() as transaction:
            transaction.marks.set(Mark.POLLED, NOW)
            kill(engine, server)
            with suppress(ServerFailed), store.transaction():
                transaction.marks.set(Mark.TICKED, NOW)
            transaction.marks.set(Mark.TICKED, NOW)

    with pytest.raises(ServerFailed) as raised:
        is_cut_off()
    assert trouble_of(raised.value) is Trouble.FAILING
    with store.transaction() as transaction:
        assert [transaction.marks.get(mark) for mark in (Mark.POLLED, Mark.TICKED)] == [None, None]
        transaction.marks.set(Mark.POLLED, NOW)
    assert store.look().marks.get(Mark.POLLED) == NOW


def test_a_connection_that_was_lost_at_rest_is_noticed_once(
    server: Server, opens: Callable[[], PostgresqlEngine]
) -> None:
    """The next look at the database has a new one."""
    engine = opens()
    kill(engine, server)
    with pytest.raises(ServerFailed):
        engine.query("SELECT name FROM marks")
    assert engine.query("SELECT name FROM marks") == []


def test_a_server_that_is_gone_stays_a_trouble_until_it_is_back(
    server: Server, opens: Callable[[], PostgresqlEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks is told so, and nobody waits for another try within seconds: everything else would wait, too."""
    engine = opens()
    kill(engine, server)
    with suppress(ServerFailed):
        engine.query("SELECT name FROM marks")
    gone = psycopg.OperationalError(f"connection failed: {ELSEWHERE}")
    with mock.patch.object(psycopg, "connect", side_effect=gone) as tried:
        for _ in range(3):
            with pytest.raises(ServerFailed) as raised, engine.atomic():
                engine.query("SELECT name FROM marks")
            assert trouble_of(raised.value) is Trouble.FAILING
            assert SECRET not in f"{raised.value!r} {where(raised.value)}"
        assert tried.call_count == 1
        monkeypatch.setattr(postgresql, "AGAIN_AFTER", 0.0)
        with pytest.raises(ServerFailed):
            engine.query("SELECT name FROM marks")
        assert tried.call_count == 2
    with engine.atomic():
        assert engine.connection.info.transaction_status is TransactionStatus.INTRANS


# troubles


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (psycopg.errors.LockNotAvailable, Trouble.LOCKED),
        (psycopg.errors.DeadlockDetected, Trouble.LOCKED),
        (psycopg.errors.SerializationFailure, Trouble.LOCKED),
        (psycopg.errors.DiskFull, Trouble.FULL),
        (psycopg.errors.ReadOnlySqlTransaction, Trouble.READ_ONLY),
        (psycopg.errors.InsufficientPrivilege, Trouble.READ_ONLY),
        (psycopg.errors.QueryCanceled, Trouble.FAILING),
        (psycopg.errors.AdminShutdown, Trouble.FAILING),
        (psycopg.errors.TooManyConnections, Trouble.FAILING),
        (psycopg.errors.IoError, Trouble.FAILING),
        (psycopg.OperationalError, Trouble.FAILING),
        (psycopg.errors.DataCorrupted, Trouble.DAMAGED),
        (psycopg.errors.UniqueViolation, None),
        (psycopg.errors.UndefinedTable, None),
        (psycopg.DataError, None),
    ],
)
def test_troubles_of_the_server_are_told_from_faults_of_the_bot(
    error: type[psycopg.Error], trouble: Trouble | None, opens: Callable[[], PostgresqlEngine]
) -> None:
    """And told by their kind alone: what PostgreSQL says of a row may quote it."""
    engine = opens()
    with (
        mock.patch.object(psycopg.Connection, "execute", side_effect=error("words of a client")),
        pytest.raises(ServerFailed) as raised,
    ):
        engine.query("SELECT 1")
    assert trouble_of(raised.value) is trouble
    assert str(raised.value) == error.__name__
    assert where(raised.value).startswith(f"{error.__name__} at bot/store/postgresql.py:")


@pytest.mark.parametrize(
    ("failed", "line"),
    [
        (ServerFailed("OperationalError", Trouble.FAILING), wording.SERVER_GONE),
        (ServerFailed("LockNotAvailable", Trouble.LOCKED), wording.DATABASE_LOCKED),
        (ServerFailed("DiskFull", Trouble.FULL), wording.SERVER_IS_FULL),
        (ServerFailed("InsufficientPrivilege", Trouble.READ_ONLY), wording.SERVER_FORBIDS),
        (ServerFailed("DataCorrupted", Trouble.DAMAGED), wording.SERVER_IS_DAMAGED),
        (ServerFailed("UniqueViolation", None), wording.database_failed("UniqueViolation")),
    ],
)
def test_an_operator_is_told_in_one_line(failed: ServerFailed, line: str) -> None:
    """In words for a server: neither a folder nor a disk of this machine is to be looked at."""
    assert explain(failed).text == line


# the address


@pytest.mark.parametrize(
    ("address", "is_fine"),
    [
        ("postgresql:///alliance", True),
        ("postgresql:///alliance?host=/run/postgresql", True),
        ("postgresql://localhost/alliance", True),
        ("postgresql://127.0.0.1:5433/alliance", True),
        ("postgresql://[::1]/alliance", True),
        ("postgresql://db.example/alliance?sslmode=verify-full", True),
        ("postgresql://db.example/alliance?sslmode=verify-ca", True),
        ("postgresql://db.example/alliance?sslmode=require", False),
        ("postgresql://db.example/alliance?sslmode=prefer", False),
        ("postgresql://db.example/alliance", False),
        ("postgresql://192.0.2.1/alliance", False),
        ("postgresql://localhost/alliance?hostaddr=192.0.2.1", False),
        ("postgresql://localhost,db.example/alliance", False),
        ("postgresql:///alliance?service=elsewhere", False),
    ],
)
def test_only_who_makes_sure_who_answers_may_be_elsewhere(
    address: str, is_fine: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`require` encrypts for whoever stands in the way."""
    for name in ("PGHOST", "PGHOSTADDR", "PGSSLMODE", "PGSERVICE"):
        monkeypatch.delenv(name, raising=False)
    assert is_safe(address) is is_fine


@pytest.mark.parametrize(("name", "value"), [("PGHOST", "db.example"), ("PGHOSTADDR", "192.0.2.1")])
def test_what_an_address_leaves_open_is_looked_up_in_the_environment(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As libpq does."""
    monkeypatch.setenv(name, value)
    assert not is_safe("postgresql:///alliance")
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    assert is_safe("postgresql:///alliance")


def test_of_a_service_only_the_address_itself_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What its file says of TLS comes before the environment, and is not known here."""
    monkeypatch.setenv("PGSERVICE", "elsewhere")
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    assert not is_safe("postgresql:///alliance")
    assert is_safe("postgresql:///alliance?sslmode=verify-full")


@pytest.fixture
def settings(tmp_path: Path) -> Callable[..., Settings]:
    """Settings with a database at another address."""
    return lambda address, **other: settings_for(
        tmp_path, "http://localhost", "1:MADE-UP", database_url=address, **other
    )


def test_a_server_elsewhere_without_tls_is_refused_unless_told_otherwise(settings: Callable[..., Settings]) -> None:
    """Before anything is sent to it."""
    with mock.patch.object(psycopg, "connect", side_effect=psycopg.OperationalError("made up")) as connect:
        with pytest.raises(StoreUnusable, match=re.escape(wording.NO_TLS)):
            open_store(settings(ELSEWHERE))
        assert connect.call_count == 0
        with pytest.raises(StoreUnusable, match="can't be reached"):
            open_store(settings(ELSEWHERE, database_without_tls="yes"))
        assert connect.call_count == 1


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ('FATAL:  password authentication failed for user "somebody"', wording.SERVER_REFUSES),
        ('FATAL:  role "somebody" does not exist', wording.SERVER_REFUSES),
        ('FATAL:  too many connections for role "somebody"', wording.SERVER_IS_CROWDED),
        ("FATAL:  sorry, too many clients already", wording.SERVER_IS_CROWDED),
        ("FATAL:  remaining connection slots are reserved", wording.SERVER_IS_CROWDED),
        ('FATAL:  permission denied for database "alliance"', wording.SERVER_REFUSES),
        ("server does not support SSL, but SSL was required", wording.SERVER_WITHOUT_TLS),
        ("SSL error: certificate verify failed", wording.SERVER_WITHOUT_TLS),
        (f'could not translate host name "{SECRET}@db.example"', wording.SERVER_UNREACHABLE),
    ],
)
def test_why_a_server_can_not_be_used_is_one_line_without_the_address(words: str, line: str) -> None:
    """libpq quotes what it takes for the host, which in a mistyped address is a part of the password."""
    with (
        mock.patch.object(psycopg, "connect", side_effect=psycopg.OperationalError(words)),
        pytest.raises(StoreUnusable, match=re.escape(line)) as raised,
    ):
        open_postgresql(ELSEWHERE, without_tls=True)
    assert SECRET not in f"{raised.value!r}"


def test_a_server_that_refuses_or_is_not_there_is_told_apart(server: Server, tmp_path: Path) -> None:
    """With the real words."""
    with pytest.raises(StoreUnusable, match="refuses the user or the password"):
        open_postgresql(server.address("postgres", user="stranger"))
    with pytest.raises(StoreUnusable, match="can't be reached, or has no such database"):
        open_postgresql(server.address("nothing"))
    with pytest.raises(StoreUnusable, match="can't be reached, or has no such database"):
        open_postgresql(f"postgresql:///alliance?host={tmp_path}")


@pytest.mark.parametrize(
    "address", [f"postgresql://somebody:{SECRET}%zz@localhost/x", f"postgresql://localhost/x?{SECRET}"]
)
def test_an_address_that_can_not_be_read_is_not_quoted(address: str) -> None:
    """A sign in a password that has a meaning is the likely reason."""
    with pytest.raises(StoreUnusable, match=re.escape(wording.NOT_A_SERVER)) as raised:
        open_postgresql(address)
    assert SECRET not in f"{raised.value!r}"


def test_without_the_extra_one_line_says_what_to_install(
    settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody needs it who keeps the data in a file."""
    monkeypatch.setitem(sys.modules, "bot.store.postgresql", None)
    with pytest.raises(StoreUnusable, match=re.escape(wording.NO_POSTGRESQL)):
        open_store(settings("postgresql:///alliance"))


def test_what_needs_the_file_says_so(settings: Callable[..., Settings]) -> None:
    """Such as a backup, which is pg_dump's."""
    with pytest.raises(StoreUnusable, match="pg_dump"):
        Archive.of(settings("postgresql:///alliance"))


def test_an_address_with_a_password_is_not_shown(
    server: Server, settings: Callable[..., Settings], tmp_path: Path
) -> None:
    """Neither by the settings, wherever they have it from, nor by the store that was opened with it."""
    address = server.database().replace("@/", f":{SECRET}@/")
    (tmp_path / "address").write_text(f"{address}\n")
    for chosen in (settings(address), settings("", database_url_file=str(tmp_path / "address"))):
        store = open_store(chosen)
        shown = f"{chosen!r} {chosen} {chosen.model_dump()} {store!r} {store.engine!r} {vars(store.engine)}"
        store.engine.close()
        assert SECRET not in shown
        assert chosen.database == address


def test_the_doctor_looks_at_a_server(server: Server, address: str, settings: Callable[..., Settings]) -> None:
    """At what can be told from here; its disk and its backups are looked after there."""
    found = [list(doctor.examine(settings(one), lambda: NOW)) for one in (address, server.empty(), ELSEWHERE)]
    current, empty, refused = ([one.text for one in findings if one.verdict is not Verdict.LOOK] for findings in found)
    fine = [wording_of_doctor.SERVER_OPENS, wording_of_doctor.IS_CURRENT, wording_of_doctor.NOTHING_FAILED]
    assert [line for line in current if line in fine] == fine
    assert empty[-1] == wording.NOTHING_ON_SERVER
    assert refused[-1] == wording.NO_TLS
    opened = open_postgresql(address)
    opened.execute("DELETE FROM _migrations WHERE name = '0005_deciding'")
    opened.close()
    assert Finding(Verdict.BAD, wording_of_doctor.NOT_CURRENT) in doctor.examine(settings(address), lambda: NOW)


def test_the_doctor_goes_on_where_a_role_has_no_rights(
    server: Server, address: str, settings: Callable[..., Settings]
) -> None:
    """It says what the role lacks, and looks at all else."""
    server.run("CREATE ROLE weak LOGIN")
    weak = address.replace("//alliance@", "//weak@")
    found = list(doctor.examine(settings(weak), lambda: NOW))
    assert Finding(Verdict.BAD, wording.SERVER_FORBIDS) in found
    assert Finding(Verdict.LOOK, wording_of_doctor.DISK_MAY_BE_OPEN) in found


def test_the_doctor_goes_on_where_a_server_fails_in_the_middle(address: str, settings: Callable[..., Settings]) -> None:
    """What it has found is said all the same."""
    gone = ServerFailed("AdminShutdown", Trouble.FAILING)
    with mock.patch.object(PostgresqlEngine, "is_current", side_effect=gone):
        found = list(doctor.examine(settings(address), lambda: NOW))
    assert [one.text for one in found][-1] == wording.SERVER_GONE
    assert Finding(Verdict.OK, wording_of_doctor.SERVER_OPENS) in found


@pytest.mark.parametrize("create", [True, False])
def test_a_schema_that_is_not_there_has_to_be_made_first(address: str, create: bool) -> None:
    """Without one nothing can be made, nor would transactions take turns."""
    with pytest.raises(StoreUnusable, match="Make it first: CREATE SCHEMA"):
        open_postgresql(f"{address}&options=-csearch_path%3Dnope", create=create)
