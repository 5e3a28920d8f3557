"""Log lines for operators: what happened, never who said what."""

import logging
import sys
import traceback
from collections.abc import Iterable
from pathlib import Path

import structlog
from structlog.typing import EventDict, WrappedLogger

TALKATIVE = ("httpx", "httpcore", "apscheduler", "asyncio", "uvicorn")
"""Libraries that would log addresses with the token; they stay at WARNING at any level."""
MUTE = ("telegram",)
"""python-telegram-bot logs messages at DEBUG, and any answer that it can't read. What matters it raises, too."""

_HERE = Path(__file__).parent.parent


def configure(level: str, secrets: Iterable[str]) -> None:
    """Send log lines to standard error, with all `secrets` struck out wherever they might appear."""
    hidden = [secret for secret in secrets if secret]

    def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {name: _struck(value, hidden) for name, value in event.items()}

    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_without_exception, *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in MUTE:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level]))


def _struck(value: object, hidden: list[str]) -> object:
    if not isinstance(value, str):
        return value
    for secret in hidden:
        value = value.replace(secret, "***")
    return value


def _without_exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Leave out what a library's exception says: it may quote a message."""
    raised = event.pop("exc_info", None)
    if isinstance(raised, tuple) and raised[0] is not None:
        event["error"] = raised[0].__name__
    return event


def where(error: BaseException) -> str:
    """Return the kind of an error and the line of this project that it came from; never its words."""
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(_HERE)
    ]
    ours = [frame for frame in frames if ".venv" not in frame.filename]
    if not ours:
        return type(error).__name__
    last = ours[-1]
    return f"{type(error).__name__} at {Path(last.filename).relative_to(_HERE)}:{last.lineno}"
