"""What follows from restoring a backup, decided in one transaction. Nothing is said to anybody, and nothing queued."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.house import House
from bot.lookup import NOBODY
from bot.queue import carry_out, forgetting
from bot.store import Transaction
from bot.store.audit import Deed
from bot.store.journal import JournalFile, JournalUnusable, Line
from bot.store.marks import Mark
from conversations import restoring
from conversations.consent import Asked
from conversations.decision import Decision
from conversations.lasting import END_STATES, Fact
from conversations.people import Account, Enrolment

RESTORED = "restored from a backup"
"""Why what waited to be sent is not."""


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What restoring a backup brings about."""

    no_journal: str | None
    """Why the journal does not tell what has happened since; None: it does."""
    replayed: Mapping[Fact, int] = field(default_factory=dict)
    """How many facts of the journal the backup did not know."""
    doubted: int = 0
    """How many clients are asked for consent again."""
    missed: int = 0
    """How many check-ins were under way."""
    unsent: int = 0
    """How many messages waited."""


def put_right(house: House, journal: JournalFile) -> Aftermath:
    """Decide what becomes of everything in a backup that is put in place now."""
    now = house.clock()
    with house.store.transaction() as transaction:
        past = _Past(transaction, house, now)
        why: str | None = None
        replayed: Mapping[Fact, int] = {}
        doubted = 0
        try:
            replayed = past.replay(journal.vouched(transaction.marks.get(Mark.JOURNAL)), journal)
        except JournalUnusable as problem:
            why, doubted = problem.why, past.doubt_all()
        missed = past.close_stale()
        unsent = transaction.outbox.cancel_all(RESTORED, now)
        # Telegram hands out anew what was never acknowledged; the rest was handled after the backup was made.
        transaction.inbox.forget_waiting()
        transaction.people.forget_prompts()
        transaction.audit.add(Deed.RESTORE, None, now)
    return Aftermath(why, replayed, doubted, missed, unsent)


@dataclass(frozen=True, slots=True)
class _Past:
    """What a backup holds."""

    transaction: Transaction
    house: House
    now: datetime

    def replay(self, lines: list[Line], journal: JournalFile) -> dict[Fact, int]:
        """Make true again what the journal says. Return how many facts of each kind were news."""
        transaction = self.transaction
        codes = {journal.hash_of(one.code): one.code for one in transaction.people.all_enrolments()}
        sessions = {journal.hash_of(one): one for one in transaction.check_ins.all_sessions()}
        therapists = {journal.hash_of(one.id): one.id for one in transaction.people.therapists()}
        links = {journal.hash_of(one.code_hash): one.code_hash for one in transaction.invitations.unrevoked()}
        known = codes | sessions | therapists | links
        replayed: Counter[Fact] = Counter()
        for line in lines:
            decision = self._again(line, known[line.subject]) if line.subject in known else Decision()
            carry_out(decision, transaction, self.now)
            replayed[line.fact] += decision != Decision()
        return {fact: number for fact, number in replayed.items() if number}

    def _again(self, line: Line, subject: str) -> Decision:
        people = self.transaction.people
        match line.fact:
            case Fact.ERASED if enrolment := people.enrolment(subject):
                return forgetting(enrolment, self.transaction)
            case Fact.PRIVATE | Fact.SHARED if check_in := self.transaction.check_ins.check_in(subject):
                kept = restoring.keep(check_in, private=line.fact is Fact.PRIVATE)
                return Decision((kept,)) if kept != check_in else Decision()
            case Fact.REMOVED if therapist := people.therapist(subject):
                return restoring.remove_again(therapist, self.house.practice, line.at)
            case Fact.REVOKED if invitation := self.transaction.invitations.invitation(subject):
                is_revoked = invitation.revoked_at is not None
                return Decision() if is_revoked else Decision((replace(invitation, revoked_at=line.at),))
            case fact if fact in END_STATES and (enrolment := people.enrolment(subject)):
                return restoring.end_again(self._remembered(enrolment), END_STATES[fact], line.at)
            case _:
                return Decision()

    def _remembered(self, enrolment: Enrolment) -> Asked:
        people = self.transaction.people
        therapist = people.therapist(enrolment.therapist)
        assert therapist is not None
        chat_id = NOBODY if enrolment.account is None else enrolment.account
        account = people.account(chat_id) or Account(chat_id)
        check_ins = self.transaction.check_ins.check_ins_of((enrolment.code,))[enrolment.code]
        return Asked(enrolment, account, therapist, self.house.practice, check_ins=tuple(check_ins))

    def doubt_all(self) -> int:
        """Let everybody be asked for consent again. Return how many."""
        decisions = [restoring.doubt(self._remembered(one)) for one in self.transaction.people.all_enrolments()]
        for decision in decisions:
            carry_out(decision, self.transaction, self.now)
        return sum(decision != Decision() for decision in decisions)

    def close_stale(self) -> int:
        """Close what was under way, and put off what is due. Return how many check-ins were closed."""
        people, now = self.transaction.people, self.now
        under_way = self.transaction.check_ins.check_ins(self.transaction.check_ins.under_way(now))
        stale = tuple(restoring.close_stale(one, now) for one in under_way.values())
        therapists = tuple(restoring.put_off_digest(one, now) for one in people.therapists())
        enrolments = tuple(
            restoring.leave_unasked(one, now)
            for code in people.questions_due(now)
            if (one := people.enrolment(code)) is not None
        )
        carry_out(Decision((*stale, *therapists, *enrolments)), self.transaction, now)
        return len(stale)
