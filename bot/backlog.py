"""What waits in the inbox, handled in order. What goes wrong with an update never holds up another."""

from datetime import timedelta

import structlog

from bot import handle
from bot.house import House
from bot.logs import where
from bot.read import Gap
from bot.store.engine import trouble_of
from bot.store.inbox import ReceivedUpdate
from bot.store.marks import Mark
from bot.updates import Unparsable

UPDATES_AT_ONCE = 10
"""How many updates are handled before others have their turn, and what was said reaches the disk."""
FIRST_PAUSE = timedelta(seconds=1)

log = structlog.get_logger()


def handle_some(house: House) -> int:
    """Handle updates that wait, a few of them with one trip to the disk. Return how many.

    Each is a transaction of its own all the same, which succeeds or fails by itself; a crash before the trip undoes
    them together, and all of them still wait then.
    """
    with house.store.transaction():
        return next((number for number in range(UPDATES_AT_ONCE) if not handle_next(house)), UPDATES_AT_ONCE)


def handle_next(house: House) -> bool:
    """Handle the first update that waits. Return False if there is none.

    A fault of the machine, such as a full disk, is raised and costs no attempt; one that the update brings about is
    counted, so that it does not hold up another.
    """
    update = house.store.look().inbox.next(house.clock())
    if update is None:
        return False
    try:
        handle.handle(update, house)
    except Unparsable as error:
        log.error("an update can't be read and was parked", error=str(error))
        handle.give_up(update, str(error), house)
    except Exception as error:
        if trouble_of(error) is not None:
            raise
        _failed(update, error, house)
    return True


def _failed(update: ReceivedUpdate, error: Exception, house: House) -> None:
    log.error("handling an update failed", error=where(error), attempt=update.attempts + 1)
    if not handle.try_again(update, type(error).__name__, house, FIRST_PAUSE * 2**update.attempts):
        log.error("an update failed too often and was parked")
        handle.give_up(update, type(error).__name__, house)


def catch_up(house: House) -> bool:
    """After a gap in receiving, ask anew what was asked before it. Return whether there was a gap."""
    was_away = house.store.look().marks.get(Mark.AWAY) is not None
    if was_away:
        handle.handle(Gap(), house)
    return was_away
