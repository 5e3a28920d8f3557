"""Webhook delivery: one update after the other, each again and again until it is accepted."""

import asyncio
import json
import traceback
from collections.abc import Callable

import httpx

from .state import BotState, Webhook
from .updates import Update
from .world import PretendTelegram

FIRST_PAUSE = 0.05
"""Seconds of real time before the first repetition; it doubles from there. Telegram's own pauses are not documented."""
LONGEST_PAUSE = 5.0
_TIMEOUT = 10.0


class Deliveries:
    """Sends the waiting updates of all bots that have a webhook."""

    def __init__(self, telegram: PretendTelegram) -> None:
        self._telegram = telegram

    async def run(self) -> None:
        """Deliver until cancelled."""
        loop, changed = asyncio.get_running_loop(), asyncio.Event()
        wake = _waker(loop, changed)
        running: dict[str, asyncio.Task[None]] = {}
        self._telegram.listeners.append(wake)
        try:
            async with httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False) as client:
                while True:
                    changed.clear()
                    self._start_missing(running, client)
                    await changed.wait()
        finally:
            self._telegram.listeners.remove(wake)
            for task in running.values():
                task.cancel()
            await asyncio.gather(*running.values(), return_exceptions=True)

    def _start_missing(self, running: dict[str, asyncio.Task[None]], client: httpx.AsyncClient) -> None:
        for world in self._telegram.worlds():
            task = running.get(world.token)
            if (task is None or task.done()) and world.state.webhook.url and world.pending_updates:
                running[world.token] = asyncio.create_task(_deliver(world.state, client))


def _waker(loop: asyncio.AbstractEventLoop, changed: asyncio.Event) -> Callable[[], None]:
    def wake() -> None:
        loop.call_soon_threadsafe(changed.set)

    return wake


async def _deliver(state: BotState, client: httpx.AsyncClient) -> None:
    try:
        await _deliver_all(state, client)
    except Exception:  # a mistake of this server must be seen, and not end it
        with state.lock:
            state.errors.append(traceback.format_exc())
            state.changed.notify_all()


async def _deliver_all(state: BotState, client: httpx.AsyncClient) -> None:
    while (update := _next(state)) is not None:
        failure = await _post(state, state.webhook, update, client)
        with state.lock:
            pause = _note(state, state.webhook, update, failure)
        if pause:
            await asyncio.sleep(pause)


def _next(state: BotState) -> Update | None:
    with state.lock:
        waiting = state.updates.fetch(0, 1, state.now())
        return waiting[0] if waiting and state.webhook.url else None


async def _post(state: BotState, webhook: Webhook, update: Update, client: httpx.AsyncClient) -> str | None:
    """What went wrong, or None."""
    headers = {"Content-Type": "application/json"}
    if webhook.secret is not None:
        headers["X-Telegram-Bot-Api-Secret-Token"] = webhook.secret
    with state.lock:
        state.updates.handed_out.add(update.update_id)
    try:
        content = json.dumps(update.as_json())
        response = await client.post(webhook.url, content=content, headers=headers)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"Connection failed: {type(error).__name__}"
    if response.is_success:
        if b'"method"' in response.content:
            state.errors.append("a call in the answer to a webhook is not built in the pretend Telegram")
        return None
    return f"Wrong response from the webhook: {response.status_code} {response.reason_phrase}"


def _note(state: BotState, webhook: Webhook, update: Update, failure: str | None) -> float:
    """Keep the outcome on record; the seconds to wait before the next attempt."""
    if failure is None:
        state.updates.confirm(update.update_id)
        webhook.failures = 0
        state.changed.notify_all()
        return 0
    webhook.last_error = (state.now(), failure)
    webhook.failures += 1
    state.changed.notify_all()
    return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(webhook.failures - 1, 20))
