"""The weekly digest: whom to look at first, and why. Composed for one therapist; nobody is compared."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from zoneinfo import ZoneInfo

from conversations import signals
from conversations.history import ClientHistory, PastCheckIn
from conversations.people import EnrolmentState, Therapist
from conversations.practice import Practice
from conversations.signals import Signal, SignalKind, Silence
from conversations.usual import Usual

BEFORE = 3
"""How many earlier answers are told beside one that says "I don't want to come back"."""

TOLD = 6
"""How many check-ins of one client are told at most, so that an entry always fits one message."""


class Section(IntEnum):
    """The parts of the digest, first to last."""

    NO_LONGER_WANTS_TO_RETURN = 0
    ASKED_TO_BE_CONTACTED = 1
    UNSURE = 2
    CHANGED = 3
    LOW_ANSWER = 4
    SILENCE = 5
    COMMENTS = 6
    STEADY = 7
    NOTHING_NEW = 8


SECTIONS = {
    SignalKind.NO_LONGER_WANTS_TO_RETURN: Section.NO_LONGER_WANTS_TO_RETURN,
    SignalKind.ASKED_TO_BE_CONTACTED: Section.ASKED_TO_BE_CONTACTED,
    SignalKind.UNSURE: Section.UNSURE,
    SignalKind.CHANGED: Section.CHANGED,
    SignalKind.LOW_ANSWER: Section.LOW_ANSWER,
}
"""Which part of the digest each kind of signal puts a client in."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One client in the digest, in the section of the first thing worth a look."""

    section: Section
    history: ClientHistory
    signals: tuple[Signal, ...]
    silence: Silence | None
    new: tuple[PastCheckIn, ...]
    """Check-ins answered since the previous digest that may be shown."""
    kept_private: int
    """How many were answered and kept private since then."""
    streak: int

    @property
    def told(self) -> tuple[PastCheckIn, ...]:
        """Return the check-ins whose answers the entry tells, oldest first: new ones and those with open signals."""
        raised = {signal.check_in.session for signal in self.signals}
        new = {check_in.session for check_in in self.new}
        return tuple(one for one in self.history.answered if one.session in raised | new)[-TOLD:]

    def before(self, check_in: PastCheckIn) -> tuple[PastCheckIn, ...]:
        """Return the few check-ins before one, latest first, that say what was answered before."""
        return tuple(reversed(self.history.before(check_in)))[:BEFORE]

    @property
    def shows(self) -> tuple[str, ...]:
        """Return the sessions whose answers the entry shows."""
        cited = [*self.told]
        for signal in self.signals:
            cited += self.before(signal.check_in)
        return tuple(dict.fromkeys(check_in.session for check_in in cited))


@dataclass(frozen=True, slots=True)
class Digest:
    """What a therapist is told. `asked` and `answered` count check-ins since the previous digest."""

    zone: ZoneInfo
    now: datetime
    asked: int
    answered: int
    kept_private: int
    entries: tuple[Entry, ...]
    practice: Practice


def compose(
    therapist: Therapist, caseload: tuple[ClientHistory, ...], practice: Practice, since: datetime, now: datetime
) -> Digest:
    """Compose the digest of what has come in after `since`, with what is still open from before."""
    usual = Usual.of(caseload)
    entries = [_entry(history, usual, practice, since, now) for history in caseload]
    listed = [entry for entry in entries if _is_listed(entry)]
    listed.sort(key=lambda entry: (entry.section, entry.history.enrolment.alias.casefold()))
    check_ins = [check_in for history in caseload for check_in in history.check_ins]
    return Digest(
        therapist.zone,
        now,
        asked=sum(one.sent_at is not None and one.sent_at > since for one in check_ins),
        answered=sum(_came_in(one, since) for one in check_ins),
        kept_private=sum(entry.kept_private for entry in entries),
        entries=tuple(listed),
        practice=practice,
    )


def _is_listed(entry: Entry) -> bool:
    gone = entry.history.enrolment.state in {EnrolmentState.CLOSED, EnrolmentState.REFUSED}
    ended = entry.history.enrolment.state in {EnrolmentState.DECLINED, EnrolmentState.WITHDRAWN}
    has_news = entry.section is not Section.NOTHING_NEW
    return not gone and (has_news or not ended)


def _entry(history: ClientHistory, usual: Usual, practice: Practice, since: datetime, now: datetime) -> Entry:
    found = signals.open_signals(history, usual, practice.questions)
    silence = signals.silence(history, since, now)
    new = tuple(one for one in history.answered if _came_in(one, since))
    private = sum(one.kept_private and _came_in(one, since) for one in history.check_ins)
    section = _section(found, silence, new)
    return Entry(section, history, found, silence, new, private, signals.perfect_streak(history))


def _came_in(check_in: PastCheckIn, since: datetime) -> bool:
    return check_in.counts and check_in.came_in_at is not None and check_in.came_in_at > since


def _section(found: tuple[Signal, ...], silence: Silence | None, new: tuple[PastCheckIn, ...]) -> Section:
    if found:
        return SECTIONS[found[0].kind]
    if silence:
        return Section.SILENCE
    if any(check_in.comments for check_in in new):
        return Section.COMMENTS
    return Section.STEADY if new else Section.NOTHING_NEW
