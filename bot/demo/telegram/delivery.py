"""Webhook delivery: of each queue an update after the other, each again and again until it is accepted.

As the open Bot API server does it (WebhookActor.cpp). Left out: that one opens its connections little by little, looks
at no more than twice as many queues as connections, and gives up a webhook that has answered 410 for 23 hours.
"""

import asyncio
import json
import random
import traceback
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass

import aiohttp

from .state import BotState, Webhook
from .updates import Update, WebhookQueue
from .world import PretendTelegram

FIRST_PAUSE = 2.0
"""Seconds of real time after an update's second failure, and twice as many after each further one."""
LONGEST_PAUSE = 60.0
"""Seconds of real time: a pause is cut at a draw between this and twice as much."""
LONGEST_RETRY_AFTER = 3600
"""Seconds of real time: a bot that asks for more patience is given so much."""
# Of real time too, and so long as that server waits for an answer.
_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=60)

CarryOut = Callable[[BotState, str, bytes], Coroutine[None, None, None]]
"""Carries out the call in an answer, of which it is given the content type and the body."""


class Deliveries:
    """Sends the waiting updates of all bots that have a webhook, each `latency` seconds late."""

    def __init__(self, telegram: PretendTelegram, carry_out: CarryOut, latency: float) -> None:
        self._telegram = telegram
        self._carry_out = carry_out
        self._latency = latency
        self._senders: dict[str, _Sender] = {}

    async def run(self) -> None:
        """Deliver until cancelled."""
        changed = asyncio.Event()
        wake = _waker(asyncio.get_running_loop(), changed)
        self._telegram.listeners.append(wake)
        try:
            async with asyncio.TaskGroup() as tasks:
                while True:
                    changed.clear()
                    for world in self._telegram.worlds():
                        self._follow(world.state, tasks)
                    await changed.wait()
        finally:
            self._telegram.listeners.remove(wake)

    def _follow(self, state: BotState, tasks: asyncio.TaskGroup) -> None:
        webhook, sender = state.webhook, self._senders.get(state.token)
        if sender is not None and sender.webhook is webhook:
            sender.changed.set()
            return
        if sender is not None:
            self._senders.pop(state.token).task.cancel()
        if webhook.url:
            self._senders[state.token] = _Sender(state, webhook, self._carry_out, self._latency, tasks)


def _waker(loop: asyncio.AbstractEventLoop, changed: asyncio.Event) -> Callable[[], None]:
    def wake() -> None:
        loop.call_soon_threadsafe(changed.set)

    return wake


@dataclass(frozen=True, slots=True)
class _Failure:
    what: str
    retry_after: int = 0


class Pauses:
    """How long an update that fails again and again is left alone after each time."""

    def __init__(self) -> None:
        self._has_failed = False
        self._next = FIRST_PAUSE

    def after_failure(self, retry_after: int) -> float:
        """Seconds. The bot's own wish (0: none) decides; else there is none after the first failure."""
        had_failed, self._has_failed = self._has_failed, True
        if retry_after > 0:
            return min(retry_after, LONGEST_RETRY_AFTER)
        if not had_failed:
            return 0
        pause = min(self._next, random.uniform(LONGEST_PAUSE, 2 * LONGEST_PAUSE))
        self._next = 2 * pause
        return pause


class _Sender:
    """Sends the updates of one bot, as its webhook is set now; `task` ends when it is cancelled."""

    def __init__(
        self, state: BotState, webhook: Webhook, carry_out: CarryOut, latency: float, tasks: asyncio.TaskGroup
    ) -> None:
        self.webhook = webhook
        self.changed = asyncio.Event()
        self._state = state
        self._carry_out = carry_out
        self._latency = latency
        self._calls = tasks  # a call is carried out even if the webhook is set anew meanwhile
        self._connections = asyncio.Semaphore(webhook.max_connections)
        self._queues: dict[WebhookQueue, deque[int]] = {}
        self._next_place = 0
        self.task = tasks.create_task(self._run())

    async def _run(self) -> None:
        async with self._session() as session, asyncio.TaskGroup() as queues:
            while True:
                self.changed.clear()
                self._sort_new(session, queues)
                await self.changed.wait()

    def _session(self) -> aiohttp.ClientSession:
        headers = {"Content-Type": "application/json"}
        if self.webhook.secret is not None:
            headers["X-Telegram-Bot-Api-Secret-Token"] = self.webhook.secret
        # A proxy of the environment is none of its business: trust_env is off unless asked for.
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self.webhook.max_connections),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=headers,
            timeout=_TIMEOUT,
        )

    def _sort_new(self, session: aiohttp.ClientSession, queues: asyncio.TaskGroup) -> None:
        with self._state.lock:
            new = self._state.updates.since(self._next_place)
        for place, update in new:
            self._next_place = place + 1
            waiting = self._queues.get(update.queue)
            if waiting is None:
                self._queues[update.queue] = deque([place])
                queues.create_task(self._empty(update.queue, session))
            else:
                waiting.append(place)

    async def _empty(self, queue: WebhookQueue, session: aiohttp.ClientSession) -> None:
        waiting = self._queues[queue]
        while waiting:
            await self._send_until_accepted(waiting[0], session)
            waiting.popleft()
        del self._queues[queue]

    async def _send_until_accepted(self, place: int, session: aiohttp.ClientSession) -> None:
        pauses, pause = Pauses(), 0.0
        while True:
            # A pause takes up no connection, nor does the way there.
            await asyncio.sleep(self._latency + pause)
            async with self._connections:
                failure = await self._try(place, session)
            if failure is None:
                return
            pause = pauses.after_failure(failure.retry_after)

    async def _try(self, place: int, session: aiohttp.ClientSession) -> _Failure | None:
        """What went wrong; None when nothing is left to be sent at that place."""
        state = self._state
        try:
            with state.lock:
                update = state.updates.hand_out(place, state.now())
            failure = None if update is None else await self._post(update, session)
        except Exception as mistake:  # a mistake of this server must be seen, and not end it
            state.errors.append(traceback.format_exc())
            failure = _Failure(f"{type(mistake).__name__} in the pretend Telegram")
        with state.lock:
            if failure is None:
                state.updates.confirm(place)
            else:
                self.webhook.last_error = (state.now(), failure.what)
            state.changed.notify_all()
        return failure

    async def _post(self, update: Update, session: aiohttp.ClientSession) -> _Failure | None:
        content = json.dumps(update.as_json()).encode()
        try:
            async with session.post(self.webhook.url, data=content, allow_redirects=False) as answer:
                body = await answer.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            return _Failure(f"Connection failed: {type(error).__name__}")
        if not 200 <= answer.status <= 299:
            what = f"Wrong response from the webhook: {answer.status} {answer.reason}"
            return _Failure(what, _seconds(answer.headers.get("Retry-After", "")))
        if body:
            kind = answer.headers.get("Content-Type", "")
            self._calls.create_task(self._carry_out(self._state, kind, body))
        return None


def _seconds(header: str) -> int:
    return int(header[:9]) if header.isdecimal() else 0
