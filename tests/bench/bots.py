"""The bots that are measured, each as a process of its own, and what such a process takes."""

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from bot.config import Settings
from bot.databases import open_store
from bot.demo.stage import settings_for
from bot.house import House
from bot.operate import Ended, add_sessions
from bot.store import Store
from tests.bench.filled import code_of
from tests.bench.phones import TOKEN
from tests.chaos.made_up import FIRST_CLIENT, seed_due
from tests.process import ROOT, start

PEERS = ROOT / ".venv-peers" / "bin" / "python"
Process = subprocess.Popen[bytes]


class Bot(StrEnum):
    """Who asks. The value names the figures."""

    OURS = "ours"
    OURS_BY_WEBHOOK = "ours_by_webhook"
    PTB = "ptb"
    PTB_CONCURRENT = "ptb_concurrent"
    AIOGRAM = "aiogram"
    ECHO = "echo"


_COMMANDS = {
    Bot.PTB: ("ptb", "one-by-one"),
    Bot.PTB_CONCURRENT: ("ptb", "concurrent"),
    Bot.AIOGRAM: ("aiogram_fsm",),
    Bot.ECHO: ("echo",),
}


@contextmanager
def asking(bot: Bot, url: str, clients: int, folder: Path) -> Iterator[Process]:
    """Let a bot ask so many clients, until the end of the block."""
    if bot in {Bot.OURS, Bot.OURS_BY_WEBHOOK}:
        settings = at_once(folder, url, **(_hook() if bot is Bot.OURS_BY_WEBHOOK else {}))
        seed(settings, clients)
        process = start(settings, folder)
    else:
        process = peer(_COMMANDS[bot][0], url, TOKEN, str(clients), str(folder / "kept"), *_COMMANDS[bot][1:])
    with until_done(process):
        yield process


@contextmanager
def until_done(process: Process) -> Iterator[None]:
    """End a process at the end of the block."""
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def peer(module: str, *arguments: str) -> Process:
    """Start a peer in the environment of the peers."""
    command = [str(PEERS), "-W", "ignore", "-m", f"tests.bench.peers.{module}", *arguments]
    return subprocess.Popen(command, cwd=ROOT)


def at_once(folder: Path, url: str, **other: str) -> Settings:
    """Return the settings of a practice that asks at once, at any hour."""
    return settings_for(folder, url, TOKEN, quiet_hours="none", check_in_delay="0s", **other)


def _hook() -> dict[str, str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        where = f"127.0.0.1:{free.getsockname()[1]}"
    return {"webhook_url": f"http://{where}/updates", "webhook_listen": where}


def seed(settings: Settings, clients: int) -> None:
    """Make a database with so many clients to be asked."""
    store, now = created(settings), datetime.now(UTC)
    asked = range(FIRST_CLIENT, FIRST_CLIENT + clients)
    seed_due(store, settings.practice("made_up_bot"), asked, now, ended_at=now)
    store.engine.close()


def plan(settings: Settings, clients: range) -> None:
    """Log a session that has just ended for each of some clients of a filled database, as an operator's file does."""
    store, now = open_store(settings), datetime.now(UTC)
    house = House(store, settings.practice("made_up_bot"), lambda: now)
    add_sessions([Ended(code_of(client), now) for client in clients], house)
    store.engine.close()


def created(settings: Settings) -> Store:
    """Make an empty database."""
    store = open_store(settings, create=True)
    store.engine.migrate()
    return store


def cpu_of(process: Process) -> float:
    """Return the seconds of CPU that a process has taken, in its own code and in the system's for it."""
    fields = Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_of(process: Process) -> float:
    """Return the most memory that a process has held at any time, in MB."""
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(peak.split()[1]) * 1024 / 1e6
