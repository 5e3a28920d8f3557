"""`alliance copy-database`: a practice moves to a server and back, and nothing is lost on the way."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from unittest import mock

import pytest

from bot.config import Settings
from bot.databases import lock, open_store
from bot.demo.stage import settings_for
from bot.store import copying
from bot.store.engine import Row, Values
from bot.store.inbox import NewUpdate
from bot.store.postgresql import PostgresqlEngine
from bot.store.sqlite import path_of
from tests.command_line import CommandLine, command_line
from tests.conversations.made_up import NOW
from tests.databases import KEY, Server, opened
from tests.scripted import open_script

THERAPIST, CLIENT = 201, 101


@pytest.fixture
def file(tmp_path: Path) -> str:
    """The address of a file with a practice in which something happened."""
    url = f"sqlite:///{tmp_path / 'data' / 'alliance.db'}"
    script = open_script(opened(url))
    script.enrols_therapist(THERAPIST, "Dr. Müller 🦦")
    code = script.enrols(CLIENT, THERAPIST, "R: 100 % 'quoted' :name")
    script.taps(THERAPIST, f"ended:{code}")
    script.turns(3 * (NOW - NOW.replace(hour=NOW.hour - 1)))
    script.ticks()
    script.delivers()
    [session] = script.query("SELECT id FROM sessions")
    for data in ("start:{}", "rate:{}:return:1", "wish:{}:know"):
        script.taps(CLIENT, data.format(session["id"]))
    script.says(CLIENT, "Words with\nlines, \\ and %s.")
    script.taps(CLIENT, "done:{}".format(session["id"]))
    script.says(CLIENT + 1, "/start made-up-nonsense")
    script.close()
    return url


@pytest.fixture
def on_server(server: Server) -> Iterator[str]:
    """The address of an empty database on a server."""
    address = server.empty()
    yield address
    server.drop(address)


@pytest.fixture
def shell(tmp_path: Path, file: str) -> Callable[[str, str], CommandLine]:
    """A command line that copies from one address to another."""

    def copies(source: str, target: str) -> CommandLine:
        settings = settings_for(tmp_path, "http://localhost", "1:MADE-UP", database_url=source, database_key=KEY)
        return command_line(tmp_path, settings, ALLIANCE_COPY_TO=target)

    assert file
    return copies


def content(url: str) -> dict[str, list[Row]]:
    """Return every row of every table, in some order that is the same everywhere."""
    with closing(opened(url)) as engine:
        return {
            table: sorted(engine.query(f"SELECT * FROM {table}"), key=lambda row: str(sorted(row.items())))  # noqa: S608
            for table in engine.tables()
        }


def test_a_practice_moves_to_a_server_and_back_as_it_was(
    shell: Callable[[str, str], CommandLine], file: str, on_server: str, tmp_path: Path
) -> None:
    """Every row of every table, whatever is written in it."""
    before, back = content(file), f"sqlite:///{tmp_path / 'back' / 'alliance.db'}"
    filled = {table: len(rows) for table, rows in before.items() if rows}
    assert len(filled) > 12, "there is too little to copy"

    moved = shell(file, on_server).types("copy-database")
    assert moved.exit_code == 0, moved.err
    assert content(on_server) == before
    returned = shell(on_server, back).types("copy-database")
    assert content(back) == before

    for printed in (moved, returned):
        lines = dict(line.split()[::-1] for line in printed.lines[:-2])
        assert {table: int(number) for table, number in lines.items() if number != "0"} == filled
        assert f"{sum(filled.values())} rows were copied, read back and compared one by one." in printed.lines


@pytest.mark.parametrize("at_once", [1, 2, 3])
def test_a_copy_holds_few_rows_at_a_time_and_loses_none_between(
    shell: Callable[[str, str], CommandLine],
    file: str,
    on_server: str,
    monkeypatch: pytest.MonkeyPatch,
    at_once: int,
) -> None:
    """Whether the last slice is full or not."""
    monkeypatch.setattr(copying, "ROWS_AT_ONCE", at_once)
    before = content(file)
    assert max(len(rows) for rows in before.values()) > 6
    printed = shell(file, on_server).types("copy-database")
    assert printed.exit_code == 0, printed.err
    assert content(on_server) == before


def test_what_counts_itself_goes_on_where_it_was(
    shell: Callable[[str, str], CommandLine], file: str, on_server: str
) -> None:
    """A new row gets a number that none has."""
    shell(file, on_server).types("copy-database")
    with closing(opened(on_server)) as engine:
        store = open_script(engine).house.store
        highest = engine.query("SELECT max(number) AS n FROM inbox")[0]["n"]
        with store.transaction() as transaction:
            assert transaction.inbox.add(1, [NewUpdate(10**9, "{}", None)], NOW) == 1
        assert engine.query("SELECT max(number) AS n FROM inbox")[0]["n"] == highest + 1


def test_a_database_that_holds_something_is_left_as_it_is(
    shell: Callable[[str, str], CommandLine], file: str, on_server: str
) -> None:
    """Also if it is what an earlier copy made."""
    shell(file, on_server).types("copy-database")
    before = content(on_server)
    again = shell(file, on_server).types("copy-database")
    assert again.exit_code == 1
    assert "holds something already" in again.err
    assert content(on_server) == before


def test_it_is_refused_while_the_bot_runs(shell: Callable[[str, str], CommandLine], file: str, on_server: str) -> None:
    """On the file, as its lock says, or on the server, as its connections do."""
    with closing(lock(path_of(file))):
        assert "already runs" in shell(file, on_server).types("copy-database").err
    with closing(opened(on_server)):
        assert "The bot runs on the PostgreSQL database" in shell(file, on_server).types("copy-database").err
    assert shell(file, on_server).types("copy-database").exit_code == 0


def test_a_practice_moves_to_another_schema_of_its_database(
    shell: Callable[[str, str], CommandLine], file: str, on_server: str
) -> None:
    """The connection to the one is no bot that runs on the other."""
    shell(file, on_server).types("copy-database")
    with closing(opened(on_server)) as engine:
        engine.execute("CREATE SCHEMA practice_b")
    other = f"{on_server}&options=-csearch_path%3Dpractice_b"
    printed = shell(on_server, other).types("copy-database")
    assert printed.exit_code == 0, printed.err
    assert content(other) == content(on_server)


def test_a_row_that_arrives_otherwise_undoes_all(
    shell: Callable[[str, str], CommandLine], file: str, on_server: str
) -> None:
    """Nothing of it is kept."""
    execute_many = PostgresqlEngine.execute_many

    def flatters(engine: PostgresqlEngine, sql: str, values: Iterable[Values]) -> None:
        execute_many(engine, sql, [{**row, "rating": 5} if "rating" in row else row for row in values])

    with mock.patch.object(PostgresqlEngine, "execute_many", flatters):
        printed = shell(file, on_server).types("copy-database")
    assert "differs from what was copied" in printed.err
    assert not any(content(on_server).values())


def test_without_another_database_it_says_what_to_set(shell: Callable[[str, str], CommandLine], file: str) -> None:
    """One line each."""
    assert "Neither ALLIANCE_COPY_TO nor ALLIANCE_COPY_TO_FILE is set" in shell(file, "").types("copy-database").err
    assert "names the database that is in use" in shell(file, file).types("copy-database").err


def test_an_address_with_a_password_comes_from_a_file_and_is_not_shown(
    file: str, on_server: str, tmp_path: Path
) -> None:
    """Neither in what is printed nor in the settings."""
    address = on_server.replace("@/", ":made-up-s3cret@/")
    (tmp_path / "address").write_text(address)
    settings = settings_for(tmp_path, "http://localhost", "1:MADE-UP", database_url=file, database_key=KEY)
    from_file = command_line(tmp_path, settings, ALLIANCE_COPY_TO_FILE=str(tmp_path / "address"))
    printed = from_file.types("copy-database")
    assert printed.exit_code == 0
    assert "s3cret" not in f"{printed}"
    assert content(on_server) == content(file)
    assert "s3cret" not in f"{Settings(copy_to=address)!r}"  # type: ignore[arg-type]


def test_the_practice_goes_on_from_the_server(
    shell: Callable[[str, str], CommandLine], file: str, on_server: str, tmp_path: Path
) -> None:
    """What an operator asks there is answered as it was, and a look ahead is the same."""
    there = shell(file, on_server)
    there.types("copy-database")
    before = there.types("simulate").out
    settings = settings_for(tmp_path, "http://localhost", "1:MADE-UP", database_url=on_server, database_key=KEY)
    assert command_line(tmp_path, settings).types("simulate").out == before
    store = open_store(settings)
    assert store.look().people.therapist_of(THERAPIST) is not None
    store.engine.close()
