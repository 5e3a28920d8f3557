"""The machine under the bot: its process dies without warning, its disk fills up or fails."""

import random
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum, auto
from functools import partial
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2 as sqlcipher

Cursor = Any
"""A cursor of sqlcipher3, which ships no types."""
NO_LIMIT = 4_294_967_294
"""SQLite's own highest number of pages."""


class Killed(BaseException):
    """The process is dead. Nothing that it does any more has an effect."""


class Step(Enum):
    """What a process does step by step, and what a kill can be aimed at."""

    STATEMENT = auto()
    COMMIT = auto()
    REQUEST = auto()


class Life:
    """One life of the process, which may end right before or right after any step."""

    def __init__(self) -> None:
        self.is_over = False
        self._aim: Step | None = None
        self._left: int | None = None
        self._ends_before = False

    def ends(self, after: int, aim: Step | None, *, before: bool) -> None:
        """Let it end at a coming step of that kind (None: of any); `before`: and what it would do is not done."""
        self._left, self._aim, self._ends_before = after, aim, before

    def goes_on(self) -> None:
        """Let it not end, whatever was aimed at it."""
        self._left = None

    def step(self, what: Step) -> bool:
        """Begin a step; return whether the life ends when it is done. Raises Killed if it is over."""
        if self.is_over:
            raise Killed
        if self._left is None or self._aim not in {None, what}:
            return False
        self._left -= 1
        if self._left > 0:
            return False
        if self._ends_before:
            self.end()
        return True

    def end(self) -> None:
        """Die."""
        self.is_over = True
        raise Killed


class Trouble(Enum):
    """What is wrong with the disk."""

    NONE = auto()
    FULL = auto()  # the database can't grow: SQLite's own refusal
    NO_GROWTH = auto()  # no file can grow: the system's own refusal
    FAILING = auto()  # any statement may fail


class Machine:
    """A disk, and the process that lives on it."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.life = Life()
        self.trouble = Trouble.NONE
        self.failures = 0
        """How many statements have failed for its sake."""
        self.is_watched = False
        """Whether somebody looks at the disk from outside: no step of the process, and nothing fails."""
        self._disks: list[Disk] = []

    def connect(self, path: str, **options: object) -> "Disk":
        """Open a database, in place of `sqlcipher3.connect`."""
        disk = Disk(path, **options)
        disk.machine, disk.life = self, self.life
        disk.log = Path(f"{path}-wal")
        self._disks.append(disk)
        return disk

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Look at the disk from outside."""
        before, self.is_watched = self.is_watched, True
        try:
            yield
        finally:
            self.is_watched = before

    def close_all(self) -> None:
        """Close what a dead process left open."""
        for disk in self._disks:
            disk.close()
        self._disks.clear()


class Disk(sqlcipher.Connection):  # type: ignore[misc]
    """A connection whose every statement is a step of a life, and may fail."""

    machine: Machine
    life: Life
    log: Path
    is_full = False

    def execute(self, sql: str, *values: object) -> Cursor:
        """Run a statement, unless the process is dead or the disk fails."""
        if self.machine.is_watched:
            return super().execute(sql, *values)
        is_last = self.life.step(Step.COMMIT if sql == "COMMIT" else Step.STATEMENT)
        run = partial(super().execute, sql, *values)
        if (self.machine.trouble is Trouble.FULL) is not self.is_full and not sql.startswith("PRAGMA"):
            self._fill_up()
        found = run() if self.machine.trouble is Trouble.NONE else self._in_trouble(sql, run)
        if is_last:
            self.life.end()
        return found

    def _fill_up(self) -> None:
        self.is_full = not self.is_full
        pages = super().execute("PRAGMA page_count").fetchone()[0] if self.is_full else NO_LIMIT
        super().execute(f"PRAGMA max_page_count = {pages}")

    def _in_trouble(self, sql: str, run: Callable[[], Cursor]) -> Cursor:
        machine = self.machine
        try:
            match machine.trouble:
                case Trouble.NO_GROWTH:
                    return self._without_growth(run)
                case Trouble.FAILING if sql != "ROLLBACK" and machine.chance.random() < 0.1:
                    if sql == "COMMIT" and machine.chance.random() < 0.5:
                        super().execute("ROLLBACK")  # as SQLite does itself after some failures
                    raise sqlcipher.OperationalError("disk I/O error")
                case _:
                    return run()
        except sqlcipher.OperationalError:
            machine.failures += 1
            raise

    def _without_growth(self, run: Callable[[], Cursor]) -> Cursor:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        size = self.log.stat().st_size if self.log.exists() else 0
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
        try:
            return run()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
