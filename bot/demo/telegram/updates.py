"""The updates that wait for a bot: their identifiers, their order, and how long they are kept."""

import random
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from . import limits
from .arguments import JsonObject

# Sent only to bots that ask for them by name (getUpdates, allowed_updates).
_ON_REQUEST = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
_HIGHEST_FIRST_ID = 900_000_000
# An offset this far above the next identifier is from before a quiet week, and taken as none: else a bot that kept it
# would confirm, unseen, all that comes.
_FUTURE = 10

WebhookQueue = tuple[int, int]
"""What Telegram numbers the queues of a webhook by: a kind, and the identifier of a chat or a person."""


@dataclass(frozen=True, slots=True)
class Update:
    """One update: its kind is the name of its only field, such as "message"."""

    update_id: int
    kind: str
    content: JsonObject
    at: datetime

    def as_json(self) -> JsonObject:
        """An Update."""
        return {"update_id": self.update_id, self.kind: self.content}

    @property
    def queue(self) -> WebhookQueue:
        """Where it waits for a webhook, which gets the updates of one queue one after the other.

        As the open Bot API server has it (Client.cpp, webhook_queue_id): a tap waits apart from what its person writes.
        """
        match self.kind, self.content:
            case "callback_query", {"from": {"id": int(user_id)}}:
                return 3, user_id
            case "my_chat_member", {"chat": {"id": int(chat_id)}}:
                return 5, chat_id
            case _, {"chat": {"id": int(chat_id)}}:
                return 0, chat_id
            case _:
                return -1, self.update_id  # one of its own

    def is_expired(self, now: datetime) -> bool:
        """Whether Telegram would have dropped it by now, whether it was fetched or not."""
        kept_for = limits.TAPS_KEPT_FOR if self.kind == "callback_query" else limits.UPDATES_KEPT_FOR
        return now - self.at >= kept_for


class Updates:
    """The queue of one bot. The caller holds the lock."""

    def __init__(self) -> None:
        # By place, a number that counts on: a webhook accepts them in any order, from anywhere in the queue.
        self._waiting: OrderedDict[int, Update] = OrderedDict()
        self._next_place = 0
        self._next_id = random.randint(1, _HIGHEST_FIRST_ID)
        self._last_at: datetime | None = None
        self._allowed: frozenset[str] | None = None
        self.expired: list[Update] = []
        """Dropped for their age."""
        self.forgotten: list[Update] = []
        """Dropped because the bot asked for it: a negative offset, drop_pending_updates."""
        self.withheld: list[Update] = []
        """Never queued: the bot hasn't allowed the kind, or privacy mode keeps the message from it."""
        self.handed_out: set[int] = set()
        """The identifiers that were given to the bot, confirmed or not."""
        self._confirmed: dict[int, Update] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, kind: str, content: JsonObject, now: datetime) -> Update:
        """Queue an update, or withhold it when the bot hasn't allowed its kind."""
        update = Update(self._new_id(now), kind, content, now)
        self._last_at = now
        if self._allows(kind):
            self._append(update)
        else:
            self.withheld.append(update)
        return update

    def withhold(self, kind: str, content: JsonObject, now: datetime) -> None:
        """Keep on record what privacy mode keeps from the bot."""
        self.withheld.append(Update(0, kind, content, now))

    def allow(self, kinds: Iterable[str]) -> None:
        """Remember which kinds the bot wants; none means the default. Waiting updates stay."""
        self._allowed = frozenset(kinds) or None

    def allowed(self) -> list[str] | None:
        """The kinds that the bot asked for, None for the default."""
        return None if self._allowed is None else sorted(self._allowed)

    def fetch(self, offset: int, limit: int, now: datetime) -> list[Update]:
        """The first `limit` that wait. An offset above 0 confirms all below it; one below 0 counts from the end."""
        self.expire(now)
        if offset < 0:
            while len(self._waiting) > -offset:
                self.forgotten.append(self._waiting.popitem(last=False)[1])
        elif 0 < offset <= self._next_id + _FUTURE:
            self.confirm_below(offset)
        return [update for _, update in zip(range(limit), self._waiting.values(), strict=False)]

    def confirm_below(self, update_id: int) -> None:
        """The bot has all updates below that identifier."""
        # Not from the front alone: after a week without updates a new identifier may be lower than an old one.
        if any(update.update_id < update_id for update in self._waiting.values()):
            below = [place for place, update in self._waiting.items() if update.update_id < update_id]
            for place in below:
                self.confirm(place)

    def since(self, place: int) -> list[tuple[int, Update]]:
        """What waits at that place or after it, each with its own; at the cost of what is returned."""
        found = []
        for at, update in reversed(self._waiting.items()):
            if at < place:
                break
            found.append((at, update))
        return found[::-1]

    def hand_out(self, place: int, now: datetime) -> Update | None:
        """The update at that place, None when none waits there any more or it is dropped now for its age."""
        update = self._waiting.get(place)
        if update is None:
            return None
        if update.is_expired(now):
            self.expired.append(self._waiting.pop(place))
            return None
        self.handed_out.add(update.update_id)
        return update

    def confirm(self, place: int) -> None:
        """The bot has the update at that place."""
        update = self._waiting.pop(place, None)
        if update is not None:
            self._confirmed[update.update_id] = update

    def repeat(self, share: float, chance: random.Random) -> int:
        """Queue a share of what was confirmed once more, and shuffle what waits. Return how many that were."""
        again = [update for update in self._confirmed.values() if chance.random() < share]
        waiting = [*self._waiting.values(), *again]
        chance.shuffle(waiting)
        self._waiting.clear()
        for update in waiting:
            self._append(update)
        return len(again)

    def expire(self, now: datetime) -> None:
        """Drop what has waited for too long."""
        if any(update.is_expired(now) for update in self._waiting.values()):
            old = [place for place, update in self._waiting.items() if update.is_expired(now)]
            self.expired.extend(self._waiting.pop(place) for place in old)

    def forget_all(self) -> None:
        """Drop all that wait, as drop_pending_updates does."""
        self.forgotten.extend(self._waiting.values())
        self._waiting.clear()

    def _append(self, update: Update) -> None:
        self._waiting[self._next_place] = update
        self._next_place += 1

    def _allows(self, kind: str) -> bool:
        return kind not in _ON_REQUEST if self._allowed is None else kind in self._allowed

    def _new_id(self, now: datetime) -> int:
        if self._last_at is not None and now - self._last_at >= limits.UPDATE_IDS_RESTART_AFTER:
            self._next_id = random.randint(1, _HIGHEST_FIRST_ID)
        update_id = self._next_id
        self._next_id += 1
        return update_id
