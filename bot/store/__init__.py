"""The database. All SQL lives here, by subject; nothing here imports anything of the rest of `bot`."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bot.store.audit import Audit
from bot.store.check_ins import CheckIns
from bot.store.engine import Engine
from bot.store.histories import Histories
from bot.store.inbox import Inbox
from bot.store.invitations import Invitations
from bot.store.journal import Journal, JournalFile
from bot.store.marks import Marks
from bot.store.outbox import Outbox
from bot.store.people import People


@dataclass(frozen=True, slots=True)
class Transaction:
    """What can be read and written, all of it or nothing."""

    people: People
    invitations: Invitations
    check_ins: CheckIns
    histories: Histories
    inbox: Inbox
    outbox: Outbox
    marks: Marks
    audit: Audit
    journal: Journal


class Store:
    """The one truth. What it must not forget, whatever is restored, it notes in `journal` too; None: nowhere."""

    def __init__(self, engine: Engine, journal: JournalFile | None = None) -> None:
        self.engine = engine
        self._subjects = Transaction(
            People(engine),
            Invitations(engine),
            CheckIns(engine),
            Histories(engine),
            Inbox(engine),
            Outbox(engine),
            Marks(engine),
            Audit(engine),
            Journal(engine, journal),
        )

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Begin a transaction; commit it at the end of the block, or undo all of it if the block fails."""
        with self.engine.atomic():
            yield self._subjects

    def look(self) -> Transaction:
        """Return what can be read at a glance, by one query each, without a transaction."""
        return self._subjects
