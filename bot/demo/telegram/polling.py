"""getUpdates: long polls that end at once when an update comes, and that end each other."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from . import limits
from .arguments import Arguments, JsonObject
from .refusals import TWO_POLLERS, WEBHOOK_IS_SET, WEBHOOK_WAS_SET, bad_request, conflict
from .state import BotState
from .webhook_settings import remember_allowed


@dataclass(frozen=True, slots=True)
class _Wanted:
    offset: int
    limit: int
    timeout: int


class Polls:
    """The long polls that one server has under way, at most one for each bot."""

    def __init__(self) -> None:
        self._running: dict[str, _Poll] = {}
        self._closing = False

    async def updates(
        self, state: BotState, arguments: Arguments, gone: Callable[[], Awaitable[None]]
    ) -> list[JsonObject]:
        """The updates that wait, or come within the timeout. `gone` ends when the bot has hung up."""
        with state.lock:
            wanted = _read(state, arguments)
            poll = _Poll(state, wanted, closing=self._closing)
            if previous := self._running.get(state.token):
                previous.end(TWO_POLLERS)
            self._running[state.token] = poll
            state.listeners.append(poll.wake)
        try:
            return await poll.result(gone)
        finally:
            with state.lock:
                state.listeners.remove(poll.wake)
                if self._running.get(state.token) is poll:
                    del self._running[state.token]

    def close(self) -> None:
        """Let all polls return now, and those to come not wait."""
        self._closing = True
        for poll in list(self._running.values()):
            poll.close()


class _Poll:
    def __init__(self, state: BotState, wanted: _Wanted, *, closing: bool) -> None:
        self._state = state
        self._wanted = wanted
        self._loop = asyncio.get_running_loop()
        self._event = asyncio.Event()
        self._ended_by: str | None = None
        self._is_last_look = closing or wanted.timeout == 0

    def wake(self) -> None:
        """Look again. Called from any thread."""
        try:
            self._loop.call_soon_threadsafe(self._event.set)
        except RuntimeError:  # the server's loop has ended, and this poll with it
            return

    def end(self, reason: str) -> None:
        self._ended_by = reason
        self.wake()

    def close(self) -> None:
        self._is_last_look = True
        self.wake()

    async def result(self, gone: Callable[[], Awaitable[None]]) -> list[JsonObject]:
        if self._is_last_look:
            return self._look() or []
        hung_up = asyncio.ensure_future(gone())
        timer = self._loop.call_later(self._wanted.timeout, self.close)
        hung_up.add_done_callback(lambda _: self.close())
        try:
            while (found := self._look()) is None:
                await self._event.wait()
                self._event.clear()
                if hung_up.done():
                    return []  # nobody is there to be handed anything
        finally:
            timer.cancel()
            hung_up.cancel()
        return found

    def _look(self) -> list[JsonObject] | None:
        state, wanted = self._state, self._wanted
        with state.lock:
            if self._ended_by is not None:
                raise conflict(self._ended_by)
            if state.webhook.url:
                raise conflict(WEBHOOK_WAS_SET)
            found = state.updates.fetch(wanted.offset, wanted.limit, state.now())
            state.changed.notify_all()
            if not found and not self._is_last_look:
                return None
            state.updates.handed_out.update(update.update_id for update in found)
            return [update.as_json() for update in found]


def _read(state: BotState, arguments: Arguments) -> _Wanted:
    if state.webhook.url:
        raise conflict(WEBHOOK_IS_SET)
    limit = arguments.integer("limit")
    timeout = arguments.integer("timeout") or 0
    # Telegram takes the nearest allowed value; a bot that asks for another doesn't get what it means.
    if limit is not None and not 1 <= limit <= limits.UPDATES_IN_A_BATCH:
        raise bad_request(f"limit must be between 1 and {limits.UPDATES_IN_A_BATCH}")
    if timeout < 0:
        raise bad_request("timeout must not be negative")
    remember_allowed(state, arguments)
    wait = min(timeout, limits.LONGEST_POLL)
    return _Wanted(arguments.integer("offset") or 0, limit or limits.UPDATES_IN_A_BATCH, wait)
