"""Behind the scenes: what the bot stores of a client, what waits to be said, and why a signal was raised. Read-only."""

from zoneinfo import ZoneInfo

from bot.demo.page.people import Player
from bot.demo.page.scene import Json
from bot.house import House
from bot.lookup import Lookup
from bot.store import Transaction
from bot.store.export import everything_about
from bot.store.outbox import Fate
from conversations import signals
from conversations.decision import Purpose
from conversations.digest import SECTIONS, Section
from conversations.message import Block
from conversations.people import Enrolment, EnrolmentState
from conversations.record import ClientRecord
from conversations.sessions import CheckIn, CheckInState
from conversations.usual import Usual
from conversations.wording import demo_page as wording
from conversations.wording import digest as digest_wording
from conversations.wording.caseload import CHECK_IN_STATES, STATES
from conversations.wording.check_in import answer_lines
from conversations.wording.dates import day_and_hour, short_day

ROWS = 12
"""How many rows of the outbox are shown of each phone."""
CHECK_INS = 3
"""How many check-ins are shown, latest first."""

_LIFE = (CheckInState.PLANNED, CheckInState.DUE, CheckInState.SENT, CheckInState.STARTED, CheckInState.ANSWERED)
_CONSENT = (EnrolmentState.INVITED, EnrolmentState.OPENED, EnrolmentState.GRANTED, EnrolmentState.ACTIVE)


def behind(client: Player, therapist: Player, transaction: Transaction, house: House, zone: ZoneInfo) -> Json:
    """Return what is behind a client's phone, in words where there are words for it."""
    lookup = Lookup(transaction, house, house.clock())
    enrolments = transaction.people.enrolments_of(client.number)
    account = transaction.people.account(client.number)
    codes = {one.code for one in enrolments}
    outbox = [
        *_rows(client, transaction.outbox.fates(client.number, ROWS), zone),
        *_rows(therapist, _about(codes, transaction.outbox.fates(therapist.number, ROWS * 5)), zone),
    ]
    latest = enrolments[-1] if enrolments else None
    record = lookup.records((latest,))[0] if latest else None
    return {
        "who": client.number,
        "consent": _consent(latest.state) if latest else [],
        "check_ins": [_check_in(one, record, house, zone) for one in _latest(record, transaction)] if record else [],
        "outbox": outbox,
        "signals": _signals(latest, lookup, house, zone) if latest else [],
        "stored": everything_about(transaction, enrolments, account),
    }


def _latest(record: ClientRecord, transaction: Transaction) -> tuple[CheckIn, ...]:
    code = record.enrolment.code
    return tuple(reversed(transaction.check_ins.check_ins_of((code,))[code]))[:CHECK_INS]


def _about(codes: set[str], fates: list[Fate]) -> list[Fate]:
    return [fate for fate in fates if fate.enrolment in codes or fate.purpose is Purpose.DIGEST][:ROWS]


def _consent(now: EnrolmentState) -> list[Json]:
    """Return the states that are usually gone through, with the one that is reached marked."""
    states = _CONSENT if now in _CONSENT else (*_CONSENT, now)
    return [{"words": STATES[state], "now": state is now} for state in states]


def _life(now: CheckInState) -> list[Json]:
    """Return the states that are usually gone through, with the one that is reached marked."""
    states = _LIFE if now in _LIFE else (*_LIFE, now)
    return [{"words": CHECK_IN_STATES[state], "now": state is now} for state in states]


def _check_in(check_in: CheckIn, record: ClientRecord, house: House, zone: ZoneInfo) -> Json:
    moments = (
        (wording.SESSION_ENDED, record.session(check_in).ended_at),
        (wording.DUE, check_in.due_at),
        (wording.SENT, check_in.sent_at),
        (wording.REMINDER, check_in.reminder_at),
        (wording.CLOSED, check_in.closed_at),
        (wording.EXPIRES, check_in.expires_at if check_in.closed_at is None else None),
        (wording.NUDGED, check_in.heads_up_at),
        (wording.SHOWN, check_in.shown_at),
    )
    told = (wording.KEPT_PRIVATE,) if check_in.kept_private else answer_lines(check_in, house.practice.questions)
    return {
        "title": wording.check_in_of(short_day(record.session(check_in).ended_at, zone)),
        "life": _life(check_in.state),
        "page": wording.PAGES[check_in.page],
        "moments": [[name, day_and_hour(moment, zone)] for name, moment in moments if moment],
        "answers": [line for block in told for line in _text(block).splitlines()] if check_in.answers else [],
    }


def _text(block: Block) -> str:
    return block if isinstance(block, str) else block.text


def _rows(player: Player, fates: list[Fate], zone: ZoneInfo) -> list[Json]:
    return [
        {
            "to": player.name,
            "purpose": wording.METHODS.get(fate.method) or wording.PURPOSES[fate.purpose],
            "state": f"{fate.state} ({fate.why})" if fate.why else fate.state,
            "at": day_and_hour(fate.settled_at or fate.not_before, zone),
            "waits": fate.settled_at is None,
        }
        for fate in fates
    ]


def _signals(enrolment: Enrolment, lookup: Lookup, house: House, zone: ZoneInfo) -> list[Json]:
    therapist = lookup.transaction.people.therapist(enrolment.therapist)
    since = (therapist.last_digest_at if therapist else None) or enrolment.invited_at
    histories = lookup.histories(enrolment.therapist)
    history = next(one for one in histories if one.enrolment.code == enrolment.code)
    found = [
        {
            "title": digest_wording.PARTS[SECTIONS[signal.kind]],
            "rule": digest_wording.rule(signal),
            "of": wording.check_in_of(short_day(signal.check_in.ended_at, zone)),
        }
        for signal in signals.open_signals(history, Usual.of(histories), house.practice.questions)
    ]
    silence = signals.silence(history, since, house.clock())
    if silence:
        found.append(
            {"title": digest_wording.PARTS[Section.SILENCE], "rule": digest_wording.SILENCES[silence], "of": ""}
        )
    return found
