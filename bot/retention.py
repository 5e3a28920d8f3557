"""How long anything is kept after its end. What is purged is logged without content."""

from datetime import datetime

import structlog

from bot.house import House
from bot.queue import carry_out, forgetting
from bot.store import Transaction
from bot.store.audit import Deed

log = structlog.get_logger()


def purge(house: House) -> int:
    """Erase enrolments that have ended long enough ago, and accounts that nothing hangs on. Return how many."""
    now = house.clock()
    with house.store.transaction() as transaction:
        codes = transaction.people.ended(before=now - house.practice.keep_after_end)
        strays = transaction.people.erase_stray_accounts()
    for code in codes:
        with house.store.transaction() as transaction:
            _purge(code, transaction, now)
    if codes or strays:
        log.info("purged what had ended long ago", clients=len(codes), accounts=strays)
    return len(codes)


def _purge(code: str, transaction: Transaction, now: datetime) -> None:
    enrolment = transaction.people.enrolment(code)
    if enrolment is None:
        return
    carry_out(forgetting(enrolment, transaction), transaction, now)
    transaction.audit.add(Deed.PURGE, code, now)
