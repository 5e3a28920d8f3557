"""A therapist in the chat: invite, confirm, log sessions, take up signals. What is read is in `reading.py`."""

from dataclasses import replace
from datetime import datetime

from conversations import invitations, session_log
from conversations.buttons import Action, Verb
from conversations.decision import Decision, Purpose, Said, Saved, ShowCard, TalkedAbout, Tell
from conversations.desk import Desk, ask, forget_prompt, say, tell
from conversations.events import Commanded, Tapped, Wrote
from conversations.message import Message
from conversations.people import (
    LIVE,
    Enrolment,
    EnrolmentState,
    Expectation,
    ExpectationKind,
    Invitation,
)
from conversations.reading import read_all
from conversations.record import ClientRecord
from conversations.session_log import Outcome
from conversations.sessions import CheckIn, CheckInState, Session
from conversations.settings import set_digest_hour, set_zone, settle
from conversations.signals import SignalKind
from conversations.typed_times import NotUnderstood, parse_past_moment
from conversations.wording import caseload as caseload_wording
from conversations.wording import check_in as card_wording
from conversations.wording import client as client_wording
from conversations.wording import therapist as wording

ALIAS_LIMIT = 40
CLIENTS_ON_PAGE = 30


def hear(desk: Desk, event: Commanded | Wrote | Tapped, now: datetime) -> Decision:
    """Answer what a therapist does at the desk."""
    match event:
        case Commanded(name, argument):
            return forget_prompt(desk.account) + _command(desk, name, argument, now)
        case Wrote(text):
            return _wrote(desk, text, now)
        case Tapped(Action() as action):
            return _tap(desk, action, now)
        case _:
            return say(desk, Message((client_wording.BUTTON_IS_OLD,)))


def _command(desk: Desk, name: str, argument: str, now: datetime) -> Decision:
    match name:
        case "clients":
            return _clients(desk)
        case "invite":
            return _invite(desk, argument, now) if argument else _ask_alias(desk)
        case "session":
            return _session(desk, argument)
        case _:
            return say(desk, wording.settings(desk.therapist, now))


def _wrote(desk: Desk, text: str, now: datetime) -> Decision:
    match desk.account.expects:
        case Expectation(ExpectationKind.SESSION_END, code):
            return _session_ended_at(desk, code, text, now)
        case Expectation(ExpectationKind.DIGEST_HOUR):
            return set_digest_hour(desk, text, now)
        case Expectation(ExpectationKind.ALIAS):
            return _invite(desk, text, now)
        case _:
            return set_zone(desk, text, now)


def _tap(desk: Desk, action: Action, now: datetime) -> Decision:
    match action:
        case Action(Verb.SHOW_CLIENTS):
            return _clients(desk)
        case Action(Verb.TALKED_ABOUT | Verb.READ_ALL | Verb.UNDO_SESSION, session):
            found = desk.about(session)
            return _about_check_in(desk, action, *found, now) if found else _not_yours(desk)
        case Action(
            Verb.SET_HEADS_UP | Verb.CHOOSE_DIGEST_DAY | Verb.SET_DIGEST_DAY | Verb.ASK_DIGEST_HOUR | Verb.ASK_ZONE
        ):
            return settle(desk, action, now)
        case _:
            record = desk.coded(action.subject)
            return _about_client(desk, action.verb, record, now) if record else _not_yours(desk)


def _about_client(desk: Desk, verb: Verb, record: ClientRecord, now: datetime) -> Decision:
    match verb:
        case Verb.OPEN_CLIENT:
            return say(desk, caseload_wording.client_page(record, desk.therapist.zone, now))
        case Verb.JUST_ENDED:
            return _log(desk, record, now, now)
        case Verb.ENDED_AT:
            return ask(desk, ExpectationKind.SESSION_END, caseload_wording.ask_session_end(record.enrolment), record)
        case Verb.REVOKE_INVITATION:
            return _revoke(desk, record.enrolment, now)
        case Verb.REMOVE_CLIENT:
            return say(desk, caseload_wording.remove_question(record))
        case Verb.CONFIRM_REMOVE:
            return _remove(desk, record, now)
        case _:
            return say(desk, Message((client_wording.BUTTON_IS_OLD,)))


def _about_check_in(desk: Desk, action: Action, record: ClientRecord, check_in: CheckIn, now: datetime) -> Decision:
    match action.verb:
        case Verb.TALKED_ABOUT if action.detail in set(SignalKind):
            closed = TalkedAbout(check_in.session, action.detail, now)
            return Decision((closed,), tell(desk, wording.talked_about(record.enrolment)))
        case Verb.READ_ALL:
            return read_all(desk, record, check_in)
        case Verb.UNDO_SESSION:
            return _cancel(desk, record, record.session(check_in), now)
        case _:
            return say(desk, Message((client_wording.BUTTON_IS_OLD,)))


def _clients(desk: Desk) -> Decision:
    listed = desk.listed
    pages = [listed[start : start + CLIENTS_ON_PAGE] for start in range(0, len(listed), CLIENTS_ON_PAGE)] or [()]
    messages = (
        caseload_wording.caseload(records, desk.therapist.zone, number, len(pages))
        for number, records in enumerate(pages, 1)
    )
    return Decision(say=tuple(said for message in messages for said in tell(desk, message)))


def _ask_alias(desk: Desk) -> Decision:
    return ask(desk, ExpectationKind.ALIAS, Message((wording.NO_ALIAS,)))


def _invite(desk: Desk, typed: str, now: datetime) -> Decision:
    alias = " ".join(typed.split())
    if not alias or len(alias) > ALIAS_LIMIT:
        return ask(desk, ExpectationKind.ALIAS, Message((wording.ALIAS_TOO_LONG,)))
    known = desk.called(alias)
    if known and known.enrolment.state in LIVE - {EnrolmentState.INVITED}:
        return say(desk, wording.alias_is_taken(known.enrolment))
    enrolment, save = _enrolment_to_invite(desk, alias, known, now)
    invitation = invitations.for_client(enrolment, desk.fresh.secret, desk.practice, now)
    link = invitations.link(desk.practice, desk.fresh.secret)
    message = wording.invitation(enrolment, link, desk.practice.invitation_lifetime.days)
    heard = replace(desk.account, expects=None)
    return Decision((*save, invitation, heard), tell(desk, message))


def _enrolment_to_invite(
    desk: Desk, alias: str, known: ClientRecord | None, now: datetime
) -> tuple[Enrolment, tuple[Saved, ...]]:
    """Return the enrolment that a link is for: one that waits for its link to be opened, or a new and empty one."""
    if known and known.enrolment.state is EnrolmentState.INVITED:
        return known.enrolment, _revoked(desk, known.enrolment, now)
    new = Enrolment(desk.fresh.code, desk.therapist.id, alias, EnrolmentState.INVITED, now)
    closed = (replace(known.enrolment, state=EnrolmentState.CLOSED),) if known else ()
    return new, (*closed, new)


def _revoked(desk: Desk, enrolment: Enrolment, now: datetime) -> tuple[Invitation, ...]:
    return tuple(replace(one, revoked_at=now) for one in desk.invitations if one.enrolment == enrolment.code)


def _revoke(desk: Desk, enrolment: Enrolment, now: datetime) -> Decision:
    revoked = _revoked(desk, enrolment, now)
    message = wording.invitation_revoked(enrolment) if revoked else wording.no_open_invitation(enrolment)
    return Decision(revoked, tell(desk, message))


def _session(desk: Desk, alias: str) -> Decision:
    record = desk.called(alias)
    if record:
        return say(desk, caseload_wording.session_question(record, desk.therapist.zone))
    return say(desk, Message((caseload_wording.NOT_YOURS,))) if alias else _clients(desk)


def _session_ended_at(desk: Desk, code: str, text: str, now: datetime) -> Decision:
    record = desk.coded(code)
    if record is None:
        return _not_yours(desk)
    try:
        ended_at = parse_past_moment(text, now, desk.therapist.zone)
    except NotUnderstood as problem:
        return say(desk, Message((str(problem),)))
    return Decision((replace(desk.account, expects=None),)) + _log(desk, record, ended_at, now)


def _log(desk: Desk, record: ClientRecord, ended_at: datetime, now: datetime) -> Decision:
    session = Session(desk.fresh.code, record.enrolment.code, None, ended_at, now)
    zone, enrolment = desk.therapist.zone, record.enrolment
    match session_log.log(record, session, desk.practice):
        case session_log.Logged(Outcome.KNOWN, Session() as known):
            return say(desk, caseload_wording.known_session(enrolment, known, zone))
        case session_log.Logged(session=Session() as logged, check_in=CheckIn() as check_in, save=save):
            return Decision(save, tell(desk, caseload_wording.logged(record, logged, check_in, zone)))
        case _:
            return say(desk, Message((caseload_wording.NOT_LIVE,)))


def _cancel(desk: Desk, record: ClientRecord, session: Session, now: datetime) -> Decision:
    zone = desk.therapist.zone
    if session.cancelled_at is not None:
        return say(desk, caseload_wording.cancelled_already(record.enrolment, session, zone))
    cancelled, check_in = session_log.cancel(record, session, now)
    answered = check_in is not None and check_in.state is CheckInState.ANSWERED
    message = caseload_wording.cancelled(record.enrolment, session, zone, answered=answered)
    save: tuple[Saved, ...] = (cancelled,) if check_in is None else (cancelled, check_in)
    return Decision(save, (*tell(desk, message), *_closed_cards(record, save, card_wording.closed())))


def _closed_cards(record: ClientRecord, saved: tuple[Saved, ...], message: Message) -> tuple[ShowCard, ...]:
    """Close the cards of check-ins that were open and are not any more."""
    closed = {one.session for one in saved if isinstance(one, CheckIn) and not one.is_open}
    chat_id = record.account.chat_id if record.account else None
    return tuple(
        ShowCard(chat_id, one.session, one.enrolment, message, Purpose.REPLY)
        for one in record.check_ins
        if chat_id is not None and one.is_open and one.sent_at and one.session in closed
    )


def _remove(desk: Desk, record: ClientRecord, now: datetime) -> Decision:
    enrolment = replace(record.enrolment, state=EnrolmentState.CLOSED, ended_at=now)
    cancelled = tuple(one for check_in in record.check_ins if (one := check_in.cancelled(now)) != check_in)
    save: tuple[Saved, ...] = (enrolment, *cancelled, *_revoked(desk, enrolment, now))
    say: list[Said] = [
        *tell(desk, caseload_wording.removed(enrolment)),
        *_closed_cards(record, save, card_wording.ended()),
    ]
    if record.account and record.enrolment.state in LIVE:
        say.append(Tell(record.account.chat_id, client_wording.ended_by_therapist(desk.therapist)))
    return Decision(save, tuple(say))


def _not_yours(desk: Desk) -> Decision:
    return say(desk, Message((caseload_wording.NOT_YOURS,)))
