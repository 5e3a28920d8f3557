"""An operator at the command line: `alliance` with its arguments, what is typed, and what is printed."""

import io
import logging
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from unittest import mock

import structlog

from bot.app import Time, machine_time
from bot.cli import main, opening
from bot.config import PREFIX, Settings
from bot.house import Clock


@dataclass(frozen=True, slots=True)
class Printed:
    """How a command ended."""

    exit_code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """Return the lines of standard output."""
        return self.out.splitlines()

    @property
    def complaint(self) -> str:
        """Return the only line of standard error, of a command that failed and printed no result."""
        assert self.exit_code != 0, self
        assert self.out == "", self
        [line] = self.err.splitlines()
        return line


@dataclass(frozen=True, slots=True)
class CommandLine:
    """A shell in a folder, with an environment of its own. `clock` is the machine's unless a test turns one."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    clock: Clock | None = None

    def types(self, *arguments: str, stdin: str | bytes = "") -> Printed:
        """Run `alliance` in this process and return what it printed."""
        out, err = _stream(b""), _stream(b"")
        content = stdin.encode() if isinstance(stdin, str) else stdin
        with self._shell(arguments, content), redirect_stdout(out), redirect_stderr(err):
            exit_code = _exit_code()
        return Printed(exit_code, _text(out), _text(err))

    @contextmanager
    def _shell(self, arguments: tuple[str, ...], stdin: bytes) -> Iterator[None]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        before, handlers, level = Path.cwd(), logging.getLogger().handlers, logging.getLogger().level
        os.chdir(self.folder)
        try:
            with (
                mock.patch.dict(os.environ, {**kept, **self.environment}, clear=True),
                mock.patch.object(sys, "argv", ["alliance", *arguments]),
                mock.patch.object(sys, "stdin", _stream(stdin)),
                mock.patch.object(opening, "machine_time", self._time),
            ):
                yield
        finally:
            os.chdir(before)
            structlog.reset_defaults()
            logging.getLogger().handlers = handlers
            logging.getLogger().setLevel(level)

    def _time(self) -> Time:
        real = machine_time()
        return Time(self.clock or real.now, real.monotonic, real.sleep)


def _exit_code() -> int:
    try:
        main()
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else 0
    raise AssertionError("main returned")


def _stream(content: bytes) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", write_through=True)


def _text(stream: io.TextIOWrapper) -> str:
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode()


def environment_of(settings: Settings) -> dict[str, str]:
    """Return settings as environment variables."""
    return {
        f"{PREFIX}TELEGRAM_TOKEN": settings.token,
        f"{PREFIX}TELEGRAM_API_URL": settings.telegram_api_url,
        f"{PREFIX}WEBHOOK_URL": settings.webhook_url,
        f"{PREFIX}WEBHOOK_LISTEN": settings.webhook_listen,
        f"{PREFIX}DATABASE_URL": settings.database,
        f"{PREFIX}DATABASE_KEY": settings.key,
        f"{PREFIX}BACKUP_DIR": str(settings.backup_dir),
        f"{PREFIX}PRACTICE_NAME": settings.practice_name,
        f"{PREFIX}OPERATOR_CONTACT": settings.operator_contact,
        f"{PREFIX}CRISIS_LINES": str(settings.crisis_lines),
        f"{PREFIX}DEFAULT_TIMEZONE": settings.default_timezone,
    }


def command_line(folder: Path, settings: Settings, clock: Clock | None = None, **other: str) -> CommandLine:
    """Return a command line with the settings of a practice."""
    return CommandLine(folder, {**environment_of(settings), **other}, clock)


def local(moment: datetime) -> str:
    """Write a moment as operators do, in its own zone."""
    return f"{moment:%Y-%m-%d %H:%M}"
