"""From the outbox to Telegram: wait for a slot, claim, send, record. Several at once, never two to one chat."""

import asyncio
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import structlog
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, RetryAfter, TelegramError

from bot import handle
from bot.handle import Claimed, Failure
from bot.house import House
from bot.leading import Lead
from bot.logs import where
from bot.pace import Pace
from bot.receive import NOT_LEADING_FOR
from bot.render import from_json
from bot.store import Transaction
from bot.store.engine import trouble_of
from bot.store.outbox import Method, QueuedRow
from bot.telegram_api import TelegramApi

PAUSE_AFTER_CRASH = timedelta(seconds=2)
"""How long to wait before a message is sent again that a crash left without an outcome."""
IN_FLIGHT = 24
"""How many requests run side by side: with a network of 50 ms, 480 edits a second."""
LOOKED_AT = 8
"""How many messages are read where a new one may be among them: only one of those may go now."""
LONGEST_SLEEP = 1.0
TRIES_TO_RECORD = 30
"""How often to try to record an outcome that can't be, through a fault of the bot. Then it counts as unknown."""
TOKEN_PAUSE = 60.0
"""Seconds without sending after Telegram has refused the token."""

log = structlog.get_logger()


@dataclass(slots=True)
class _Outcome:
    """What came of a request, to be recorded. `failures`: how often that has failed."""

    chat_id: int
    record: Callable[[], None]
    failures: int = 0


class Deliverer:
    """Sends what is queued. `caught_up` tells whether all that people said before has been heard."""

    def __init__(
        self, house: House, telegram: TelegramApi, lead: Lead, pace: Pace, caught_up: Callable[[], bool]
    ) -> None:
        self._house = house
        self._lead = lead
        self._term: int | None = None
        """In which of its terms this copy leads; None: it does not."""
        self._telegram = telegram
        self._pace = pace
        self._caught_up = caught_up
        self._owner = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._in_flight: dict[int, asyncio.Task[None]] = {}
        self._outcomes: list[_Outcome] = []
        self._halted_for = 0.0
        self.woken = asyncio.Event()

    async def run(self, turned: Callable[[], None]) -> None:
        """Send until cancelled; what is in flight then is waited for. Raises what the database does."""
        try:
            while True:
                turned()
                self.woken.clear()
                if not await self._leads():
                    await self._pace.sleep(NOT_LEADING_FOR)
                elif not await self.step():
                    with suppress(TimeoutError):  # not wait_for, which may swallow a cancellation before Python 3.12
                        async with asyncio.timeout(self._nap()):
                            await self.woken.wait()
        except asyncio.CancelledError:
            await self.finish()
            raise

    async def _leads(self) -> bool:
        """Tell whether this copy leads. It takes over what the one before left, and finishes what it has begun."""
        if not self._lead.holds():
            if self._term is not None:
                self._term = None
                await self.finish()
            return False
        if self._term != self._lead.term:
            self.take_over()
        return True

    def take_over(self) -> None:
        """Let what a process left in flight be sent again after a pause."""
        term = self._lead.term
        with self._house.store.transaction() as transaction:
            transaction.outbox.release_claims(self._house.clock() + PAUSE_AFTER_CRASH)
        self._term = term

    def _nap(self) -> float:
        """Return how long to wait for something new, or for a chat to have rested."""
        return max(0.01, min(LONGEST_SLEEP, self._pace.rests_for() or LONGEST_SLEEP))

    async def step(self) -> bool:
        """Record what came of messages, and begin to send the next that may be sent. Return False if there is none."""
        if self._halted_for:
            self._record()
            halted, self._halted_for = self._halted_for, 0.0
            await self._pace.sleep(halted)
            return True  # after such a wait another copy may lead
        if len(self._in_flight) >= IN_FLIGHT:
            await asyncio.wait(self._in_flight.values(), return_when=asyncio.FIRST_COMPLETED)
            return True
        claimed, wait = self._record_and_claim()
        for one in claimed:
            self._in_flight[one.row.chat_id] = asyncio.create_task(self._send(one))
        if wait is None and not claimed:
            return await self._one_has_landed()
        await (self._pace.sleep(wait) if wait else asyncio.sleep(0))
        return True

    def _record(self) -> None:
        """Record all outcomes."""
        with self._house.store.transaction():
            left = [one for one in self._outcomes if not self._is_settled(one)]
        self._outcomes = left

    def _record_and_claim(self) -> tuple[list[Claimed], float | None]:
        """Record all outcomes and claim what may be sent now, with one trip to the disk.

        Return with it the seconds until the next may be sent; None: nothing else is known to wait.
        """
        with self._house.store.transaction() as transaction:
            left = [one for one in self._outcomes if not self._is_settled(one)]
            busy = {*self._pace.resting(), *self._in_flight, *(one.chat_id for one in left)}
            found = self._claim(busy, transaction)
        self._outcomes = left
        return found

    def _claim(self, busy: set[int], transaction: Transaction) -> tuple[list[Claimed], float | None]:
        claimed: list[Claimed] = []
        slot_comes_in = self._pace.seconds_until_slot()
        free = IN_FLIGHT - len(self._in_flight)
        most = free if slot_comes_in else min(free, LOOKED_AT)
        rows = transaction.outbox.next(
            self._house.clock(),
            most,
            only_replies=not self._caught_up(),
            only_edits=slot_comes_in > 0,
            busy=busy,
            told=self._pace.told(),
        )
        if not rows and slot_comes_in:
            return claimed, slot_comes_in if self._is_due() else None
        for row in rows:
            if row.chat_id in busy or (row.is_new and self._pace.seconds_until_slot()):
                continue
            one = self._judged(row)
            if one is None:
                return claimed, 0.0  # what followed from that may have changed what comes after it
            busy.add(row.chat_id)
            claimed.append(one)
            if row.is_new:
                self._pace.said(row.chat_id)
        if len(claimed) < len(rows):
            return claimed, self._pace.seconds_until_slot()
        return claimed, None if len(rows) < most else 0.0

    def _judged(self, row: QueuedRow) -> Claimed | None:
        """Claim a row if it may be said. One that can't be judged is put off, so that it holds up nobody else."""
        try:
            with self._house.store.transaction() as transaction:
                return handle.claim(row, self._owner, transaction, self._house)
        except Exception as error:
            if trouble_of(error) is not None:
                raise
            self._house.troubles.complain("a message could not be judged", error, self._house.clock())
            handle.could_not_be_judged(row, self._house)
            return None

    def _is_settled(self, outcome: "_Outcome") -> bool:
        """Record an outcome. Return False if that is to be tried again; where the machine is at fault, raise."""
        try:
            outcome.record()
        except Exception as error:
            if trouble_of(error) is not None:
                raise
            self._house.troubles.complain("an outcome could not be recorded", error, self._house.clock())
            outcome.failures += 1
            return outcome.failures >= TRIES_TO_RECORD
        return True

    async def _one_has_landed(self) -> bool:
        """Wait for something in flight, since what follows it may be sent then. Return False if nothing is."""
        if not self._in_flight:
            return False
        waiters = [*self._in_flight.values(), asyncio.create_task(self.woken.wait())]
        await asyncio.wait(waiters, return_when=asyncio.FIRST_COMPLETED)
        waiters[-1].cancel()
        self.woken.clear()
        return True

    async def drain(self) -> int:
        """Send everything that is due now, and wait for chats to rest between two messages. Return how many steps."""
        steps = 0
        while True:
            while await self.step():
                steps += 1
            rest = self._pace.rests_for()
            if rest is None or not self._is_due():
                return steps
            await self._pace.sleep(rest)

    def _is_due(self) -> bool:
        outbox, only_replies = self._house.store.look().outbox, not self._caught_up()
        return bool(outbox.next(self._house.clock(), 1, only_replies=only_replies))

    async def finish(self) -> None:
        """Wait for what is in flight, and record what came of it; not for a machine that does not let it."""
        if self._in_flight:
            await asyncio.wait(self._in_flight.values())
        for _ in range(TRIES_TO_RECORD):
            try:
                self._record()
            except Exception as error:
                self._house.troubles.complain("an outcome could not be recorded", error, self._house.clock())
                if trouble_of(error) is not None:
                    return
            if not self._outcomes:
                return
            await self._pace.sleep(1.0)

    async def _send(self, claimed: Claimed) -> None:
        """Make the request; what came of it is recorded with the next claims."""
        chat_id = claimed.row.chat_id
        try:
            record = await self._tried(claimed)
            self._outcomes.append(_Outcome(chat_id, record))
        finally:
            del self._in_flight[chat_id]
            self.woken.set()

    async def _tried(self, claimed: Claimed) -> Callable[[], None]:
        """Make the request, and return what records its outcome."""
        row, house = claimed.row, self._house
        try:
            return partial(handle.was_sent, claimed, await self._request(claimed), house)
        except RetryAfter as refusal:
            seconds = _seconds(refusal)
            log.warning("telegram asks to wait", seconds=seconds)
            self._pace.rest(row.chat_id, seconds)
            return partial(handle.must_wait, claimed, seconds, house)
        except Forbidden:
            return partial(handle.was_refused, claimed, Failure.UNREACHABLE, house)
        except InvalidToken:
            log.error("telegram refuses the token: nothing is sent; check ALLIANCE_TELEGRAM_TOKEN")
            self._halted_for = TOKEN_PAUSE
            return partial(handle.must_wait, claimed, TOKEN_PAUSE, house)
        except BadRequest as refusal:
            return self._refused(claimed, str(refusal))
        except (Conflict, ChatMigrated) as error:
            log.error("telegram refuses a message", error=type(error).__name__, purpose=row.purpose)
            return partial(handle.was_refused, claimed, Failure.REFUSED, house)
        except TelegramError as error:  # no answer, or one that can't be read: it may have arrived
            log.warning("outcome unknown, will be sent again", error=type(error).__name__, attempt=row.attempts + 1)
            return partial(handle.is_unknown, claimed, house)
        except Exception as error:
            log.error("sending failed", error=where(error), purpose=row.purpose)
            return partial(handle.is_unknown, claimed, house)

    async def _request(self, claimed: Claimed) -> int | None:
        row, body = claimed.row, from_json(claimed.row.body)
        match row.method:
            case Method.CARD if claimed.row.edits is not None:
                await self._telegram.edit(row.chat_id, claimed.row.edits, body)
                return claimed.row.edits
            case Method.MESSAGE | Method.CARD:
                return await self._telegram.send(row.chat_id, body, silent=row.silent)
            case Method.RETIRE:
                await self._telegram.retire(row.chat_id, body.message_ids[0])
            case Method.DELETE:
                await self._telegram.delete(row.chat_id, body.message_ids)
            case Method.MENU:
                await self._telegram.show_menu(row.chat_id, body.commands)
            case Method.LEAVE:
                await self._telegram.leave(row.chat_id)
        return None

    def _refused(self, claimed: Claimed, description: str) -> Callable[[], None]:
        """Return what records a 400, told apart by Telegram's own words."""
        words = description.lower()
        if "not modified" in words:
            return partial(handle.was_sent, claimed, claimed.row.edits, self._house)
        if "chat not found" in words:
            return partial(handle.was_refused, claimed, Failure.UNREACHABLE, self._house)
        if claimed.row.edits is not None and ("to edit not found" in words or "can't be edited" in words):
            return partial(handle.was_refused, claimed, Failure.GONE, self._house)
        if claimed.row.method in {Method.MESSAGE, Method.CARD}:
            log.error("telegram refuses a message", purpose=claimed.row.purpose)
        return partial(handle.was_refused, claimed, Failure.REFUSED, self._house)


def _seconds(refusal: RetryAfter) -> float:
    wait = refusal.retry_after
    return wait if isinstance(wait, int | float) else wait.total_seconds()
