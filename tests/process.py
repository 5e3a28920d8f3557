"""The real bot as a process of its own."""

import os
import subprocess
import sys
from pathlib import Path
from typing import IO

from bot.config import Settings

ROOT = Path(__file__).parents[1]


def start(settings: Settings, folder: Path, log_level: str = "INFO") -> subprocess.Popen[bytes]:
    """Start `alliance run`; what it logs is added to log.txt in `folder`."""
    with (folder / "log.txt").open("ab") as log:
        return start_logging_to(log, settings, folder, log_level)


def start_logging_to(
    log: int | IO[bytes], settings: Settings, folder: Path, log_level: str = "INFO"
) -> subprocess.Popen[bytes]:
    """Start `alliance run` in `folder`, with its log in a file, or in subprocess.PIPE."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "ALLIANCE_TELEGRAM_TOKEN": settings.token,
        "ALLIANCE_TELEGRAM_API_URL": settings.telegram_api_url,
        "ALLIANCE_WEBHOOK_URL": settings.webhook_url,
        "ALLIANCE_WEBHOOK_LISTEN": settings.webhook_listen,
        "ALLIANCE_DATABASE_URL": settings.database,
        "ALLIANCE_DATABASE_KEY": settings.key,
        "ALLIANCE_PRACTICE_NAME": settings.practice_name,
        "ALLIANCE_OPERATOR_CONTACT": settings.operator_contact,
        "ALLIANCE_CRISIS_LINES": str(settings.crisis_lines),
        "ALLIANCE_QUIET_HOURS": settings.quiet_hours,
        "ALLIANCE_CHECK_IN_DELAY": settings.check_in_delay,
        "ALLIANCE_LOG_LEVEL": log_level,
    }
    return subprocess.Popen([sys.executable, "-m", "bot", "run"], cwd=folder, env=environment, stderr=log)
