"""Log lines for operators: what happened, never who said what."""

import asyncio
import logging
import sys
import threading
import traceback
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

from bot.store.engine import ServerFailed

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
    place = _last_of_ours(traceback.extract_tb(error.__traceback__))
    kind = error.kind if isinstance(error, ServerFailed) else type(error).__name__
    return f"{kind} at {place}" if place else kind


def place_of_main_thread() -> str:
    """Return the line of this project at which the main thread is, as far as that can be told."""
    frame = sys._current_frames().get(threading.main_thread().ident or 0)
    return _last_of_ours(traceback.extract_stack(frame)) or "nowhere in this project"


def _last_of_ours(frames: traceback.StackSummary) -> str | None:
    inside = [frame for frame in frames if Path(frame.filename).is_relative_to(_HERE)]
    ours = [frame for frame in inside if ".venv" not in frame.filename]
    return f"{Path(ours[-1].filename).relative_to(_HERE)}:{ours[-1].lineno}" if ours else None


def catch_strays() -> None:
    """Log in one line, without its words, whatever no other place has caught: a traceback could quote somebody."""
    sys.excepthook = lambda _kind, error, _traceback: _log_stray(error)
    threading.excepthook = lambda hooked: _log_stray(hooked.exc_value)
    sys.unraisablehook = lambda hooked: _log_stray(hooked.exc_value)


def log_stray(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what asyncio has nobody to tell, such as the error of a task that no one awaited."""
    error = context.get("exception")
    _log_stray(error if isinstance(error, BaseException) else None)


def _log_stray(error: BaseException | None) -> None:
    place = where(error) if error else "no error"
    structlog.get_logger().error("something failed that nobody waited for", error=place)
