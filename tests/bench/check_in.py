"""What a finished check-in costs: start, four answers, a comment, done. All clients answer as soon as they can."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.app import open_store
from bot.config import Settings
from bot.demo.stage import settings_for
from tests.chaos.made_up import FIRST_CLIENT, seed_due
from tests.process import ROOT, start

TOKEN = "4242:MADE-UP-TOKEN"
PEERS = ROOT / ".venv-peers" / "bin" / "python"
OURS, PTB, AIOGRAM = "this bot", "python-telegram-bot, ConversationHandler + PicklePersistence", "aiogram 3, memory FSM"


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run took."""

    cpu: float
    """Seconds of CPU for each check-in."""
    seconds: float
    """From the first message to the last."""
    p95: float
    """Seconds that a client waited for what comes next, at the 95th percentile."""


def measure(bot: str, clients: int, latency: float = 0.0) -> Cost:
    """Let a bot ask so many clients once."""
    with tempfile.TemporaryDirectory() as name, _phones(clients, latency) as phones:
        assert phones.stdout is not None
        url, folder = phones.stdout.readline().strip(), Path(name)
        process = _started(bot, url, clients, folder)
        try:
            phones.stdout.readline()
            started = _cpu_of(process)  # what it takes to start is another matter
            found = json.loads(phones.stdout.readline())
            cpu = _cpu_of(process) - started
        finally:
            process.terminate()
            process.wait()
    waits = sorted(found["waits"])
    return Cost(cpu / clients, found["seconds"], waits[int(len(waits) * 0.95)])


@contextmanager
def _phones(clients: int, latency: float) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.bench.phones", "--token", TOKEN]
    options = ["--clients", str(clients), "--latency", str(latency)]
    with subprocess.Popen(
        [*command, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as phones:
        try:
            yield phones
        finally:
            phones.kill()


def _started(bot: str, url: str, clients: int, folder: Path) -> subprocess.Popen[bytes]:
    if bot == OURS:
        settings = settings_for(folder, url, TOKEN, quiet_hours="none", check_in_delay="0s")
        _seed(settings, clients)
        return start(settings, folder)
    module = {PTB: "ptb", AIOGRAM: "aiogram_fsm"}[bot]
    command: list[str | Path] = [
        PEERS,
        "-m",
        f"tests.bench.peers.{module}",
        url,
        TOKEN,
        str(clients),
        folder / "pickle",
    ]
    with (folder / "log.txt").open("wb") as log:
        return subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)


def _seed(settings: Settings, clients: int) -> None:
    store = open_store(settings, create=True)
    store.engine.migrate()
    now = datetime.now(UTC)
    asked = range(FIRST_CLIENT, FIRST_CLIENT + clients)
    seed_due(store, settings.practice("made_up_bot"), asked, now, ended_at=now)
    store.engine.close()


def _cpu_of(process: subprocess.Popen[bytes]) -> float:
    """Return the seconds of CPU that a process has taken, in its own code and in the system's for it."""
    fields = Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
