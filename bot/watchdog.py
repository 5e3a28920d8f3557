"""The watchdog: if the event loop, or one of the parts that run in it, stands still, the process ends itself.

A thread looks every few seconds for what has not turned since. It counts its own looks, not the time on a clock: after
a machine has slept, or the whole process was stopped for a while, nothing counts as hung.
"""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum

import structlog

from bot.logs import place_of_main_thread

LOOK_EVERY = 5.0
"""Seconds."""
HUNG = 75
"""The exit code of a process that ended itself: EX_TEMPFAIL, so that its supervisor starts it again."""
_TIME_TO_LOG = 3.0

log = structlog.get_logger()


class Part(StrEnum):
    """What must turn."""

    LOOP = "the event loop"
    RECEIVING = "receiving"
    HANDLING = "handling"
    SENDING = "sending"
    TICKING = "ticking"


LOOKS = {part: 9 if part is Part.LOOP else 36 for part in Part}
"""How many looks in a row may find a part still: 45 seconds; and 3 minutes where a pause after a failure is no hang."""


class Watchdog:
    """Counts how long each part has stood still, from its first beat on."""

    def __init__(self, end: Callable[[Part], None]) -> None:
        self._end = end
        self._still: dict[Part, int] = {}

    def beat(self, part: Part) -> None:
        """Note that a part has turned."""
        self._still[part] = 0

    def look(self) -> None:
        """Look once, and end the process if a part has stood still for too long."""
        for part in list(self._still):
            self._still[part] += 1
            if self._still[part] >= LOOKS[part]:
                self._end(part)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Look every few seconds, in a thread of its own, until the block ends."""
        done = threading.Event()

        def watch() -> None:
            while not done.wait(LOOK_EVERY):
                self.look()

        threading.Thread(target=watch, name="watchdog", daemon=True).start()
        try:
            yield
        finally:
            done.set()


def end_process(part: Part) -> None:
    """End the process at once, after one line in the log; without it if what hangs is the log itself."""
    saying = threading.Thread(target=_say, args=(part,), daemon=True)
    saying.start()
    saying.join(_TIME_TO_LOG)
    os._exit(HUNG)


def _say(part: Part) -> None:
    log.critical("the bot hangs and ends itself, to be started again", part=str(part), at=place_of_main_thread())
