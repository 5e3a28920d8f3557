"""A therapist's settings: day and hour of the digest, time zone, nudges."""

from dataclasses import replace
from datetime import datetime, time
from zoneinfo import ZoneInfo

from conversations import timing
from conversations.buttons import Action, Verb
from conversations.decision import Decision
from conversations.desk import Desk, ask, say, tell
from conversations.message import Message
from conversations.people import (
    Expectation,
    ExpectationKind,
)
from conversations.sessions import CheckInState
from conversations.typed_times import NotUnderstood, parse_weekly, parse_zone
from conversations.wording import client as client_wording
from conversations.wording import therapist as wording


def settle(desk: Desk, action: Action, now: datetime) -> Decision:
    """Answer a tap below the settings."""
    match action:
        case Action(Verb.SET_HEADS_UP, "on" | "off" as chosen):
            therapist = replace(desk.therapist, heads_up=chosen == "on")
            return Decision((therapist,), tell(desk, wording.settings(therapist, now)))
        case Action(Verb.CHOOSE_DIGEST_DAY):
            return say(desk, wording.choose_day())
        case Action(Verb.SET_DIGEST_DAY, chosen) if chosen in set("0123456"):
            return _set_digest(desk, replace(desk.therapist.digest_at, weekday=int(chosen)), desk.therapist.zone, now)
        case Action(Verb.ASK_DIGEST_HOUR):
            return ask(desk, ExpectationKind.DIGEST_HOUR, Message((wording.DIGEST_WHEN,)))
        case Action(Verb.ASK_ZONE):
            account = replace(desk.account, expects=Expectation(ExpectationKind.ZONE, "desk"))
            return Decision((account,), tell(desk, wording.ask_zone(desk.therapist.zone.key)))
        case _:
            return say(desk, Message((client_wording.BUTTON_IS_OLD,)))


def set_digest_hour(desk: Desk, text: str, now: datetime) -> Decision:
    """Set the hour of the digest to what was typed, or say how to write it."""
    try:
        at: time = parse_weekly(f"mon {text.strip()}").at
    except NotUnderstood:
        return say(desk, Message((wording.NOT_AN_HOUR,)))
    return _set_digest(desk, replace(desk.therapist.digest_at, at=at), desk.therapist.zone, now)


def set_zone(desk: Desk, text: str, now: datetime) -> Decision:
    """Set the therapist's zone to what was typed, or say why it was not understood."""
    try:
        zone = parse_zone(text)
    except NotUnderstood as problem:
        return say(desk, Message((str(problem),)))
    return _set_digest(desk, desk.therapist.digest_at, zone, now)


def _set_digest(desk: Desk, at: timing.Weekly, zone: ZoneInfo, now: datetime) -> Decision:
    therapist = replace(
        desk.therapist,
        digest_at=at,
        zone=zone,
        zone_is_set=desk.therapist.zone_is_set or zone != desk.therapist.zone,
        next_digest_at=_next_digest(desk, timing.next_weekly(now, at, zone), zone),
    )
    heard = replace(desk.account, expects=None)
    return Decision((therapist, heard), tell(desk, wording.next_digest(therapist)))


def _next_digest(desk: Desk, wanted: datetime, zone: ZoneInfo) -> datetime:
    """Return when the next digest comes: never on a later day than one that clients were told."""
    told = desk.therapist.next_digest_at
    was_told = any(
        check_in.shown_at is None and (check_in.is_open or check_in.state is CheckInState.ANSWERED)
        for record in desk.listed
        for check_in in record.check_ins
    )
    if told is None or not was_told:
        return wanted
    return told if timing.local(wanted, zone).date() > timing.local(told, zone).date() else wanted
