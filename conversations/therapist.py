"""A therapist's desk: invite, confirm, log sessions, read, settle. Only ever the therapist's own caseload."""

from dataclasses import dataclass, replace
from datetime import datetime, time
from zoneinfo import ZoneInfo

from conversations import digest, invitations, session_log, timing
from conversations.buttons import Action, Verb
from conversations.decision import Decision, Purpose, Said, Saved, ShowCard, TalkedAbout, Tell
from conversations.events import Commanded, Tapped, Wrote
from conversations.message import Message
from conversations.people import (
    LIVE,
    Account,
    Enrolment,
    EnrolmentState,
    Expectation,
    ExpectationKind,
    Invitation,
    Therapist,
)
from conversations.practice import Practice
from conversations.record import ClientRecord, may_be_shown
from conversations.session_log import Outcome
from conversations.sessions import CheckIn, CheckInState, Session
from conversations.signals import SignalKind
from conversations.typed_times import NotUnderstood, parse_past_moment, parse_weekly, parse_zone
from conversations.wording import check_in as card_wording
from conversations.wording import client as client_wording
from conversations.wording import digest as digest_wording
from conversations.wording import therapist as wording
from conversations.wording.dates import short_day

ALIAS_LIMIT = 40
CLIENTS_ON_PAGE = 30


@dataclass(frozen=True, slots=True)
class Fresh:
    """New random words for what an event may bring about; drawn outside, since nothing here is random."""

    code: str
    """Names an enrolment or a session."""
    secret: str
    """128 bits for the link of an invitation."""


@dataclass(frozen=True, slots=True)
class Desk:
    """A therapist with their caseload, in the order of the invitations."""

    therapist: Therapist
    account: Account
    caseload: tuple[ClientRecord, ...]
    invitations: tuple[Invitation, ...]
    """Open invitations to these enrolments."""
    practice: Practice
    fresh: Fresh

    @property
    def listed(self) -> tuple[ClientRecord, ...]:
        """Return the clients that have not been removed."""
        gone = {EnrolmentState.CLOSED, EnrolmentState.REFUSED}
        return tuple(record for record in self.caseload if record.enrolment.state not in gone)

    def called(self, alias: str) -> ClientRecord | None:
        """Return the listed client of that alias, the newest if there are several."""
        same = [one for one in self.listed if one.enrolment.alias.casefold() == alias.strip().casefold()]
        return same[-1] if same else None

    def coded(self, code: str) -> ClientRecord | None:
        """Return the listed client of that code."""
        return next((one for one in self.listed if one.enrolment.code == code), None)

    def about(self, session: str) -> tuple[ClientRecord, CheckIn] | None:
        """Return the check-in of a session, with its client."""
        found = ((record, one) for record in self.listed for one in record.check_ins if one.session == session)
        return next(found, None)


def hear(desk: Desk, event: Commanded | Wrote | Tapped, now: datetime) -> Decision:
    """Answer what a therapist does at the desk."""
    match event:
        case Commanded(name, argument):
            return _forget_prompt(desk) + _command(desk, name, argument, now)
        case Wrote(text):
            return _wrote(desk, text, now)
        case Tapped(Action() as action):
            return _tap(desk, action, now)
        case _:
            return _say(desk, Message((client_wording.BUTTON_IS_OLD,)))


_PROMPTS = frozenset({ExpectationKind.ALIAS, ExpectationKind.SESSION_END, ExpectationKind.DIGEST_HOUR})


def _forget_prompt(desk: Desk) -> Decision:
    """Expect no answer to an earlier prompt of the desk any more: a later text is meant for something else."""
    expects = desk.account.expects
    if expects is None or expects.kind not in _PROMPTS:
        return Decision()
    return Decision((replace(desk.account, expects=None),))


def _command(desk: Desk, name: str, argument: str, now: datetime) -> Decision:
    match name:
        case "clients":
            return _clients(desk)
        case "invite":
            return _invite(desk, argument, now) if argument else _ask_alias(desk)
        case "session":
            return _session(desk, argument)
        case "digest":
            return _digest_so_far(desk, now)
        case _:
            return _say(desk, wording.settings(desk.therapist, now))


def _wrote(desk: Desk, text: str, now: datetime) -> Decision:
    match desk.account.expects:
        case Expectation(ExpectationKind.SESSION_END, code):
            return _session_ended_at(desk, code, text, now)
        case Expectation(ExpectationKind.DIGEST_HOUR):
            return _set_digest_hour(desk, text, now)
        case Expectation(ExpectationKind.ALIAS):
            return _invite(desk, text, now)
        case _:
            return _set_zone(desk, text, now)


def _tap(desk: Desk, action: Action, now: datetime) -> Decision:
    match action:
        case Action(Verb.SHOW_CLIENTS):
            return _clients(desk)
        case Action(Verb.SHOW_DIGEST):
            return _digest_so_far(desk, now)
        case Action(Verb.TALKED_ABOUT | Verb.READ_ALL | Verb.UNDO_SESSION, session):
            found = desk.about(session)
            return _about_check_in(desk, action, *found, now) if found else _not_yours(desk)
        case Action(
            Verb.SET_HEADS_UP | Verb.CHOOSE_DIGEST_DAY | Verb.SET_DIGEST_DAY | Verb.ASK_DIGEST_HOUR | Verb.ASK_ZONE
        ):
            return _settle(desk, action, now)
        case _:
            record = desk.coded(action.subject)
            return _about_client(desk, action.verb, record, now) if record else _not_yours(desk)


def _about_client(desk: Desk, verb: Verb, record: ClientRecord, now: datetime) -> Decision:
    match verb:
        case Verb.OPEN_CLIENT:
            return _say(desk, wording.client_page(record, desk.therapist.zone, now))
        case Verb.JUST_ENDED:
            return _log(desk, record, now, now)
        case Verb.ENDED_AT:
            return _ask(desk, ExpectationKind.SESSION_END, wording.ask_session_end(record.enrolment), record)
        case Verb.CANCEL_LAST:
            return _cancel(desk, record, session_log.cancel_last(record, now))
        case Verb.REVOKE_INVITATION:
            return _revoke(desk, record.enrolment, now)
        case Verb.REMOVE_CLIENT:
            return _say(desk, wording.remove_question(record.enrolment))
        case Verb.CONFIRM_REMOVE:
            return _remove(desk, record, now)
        case _:
            return _say(desk, Message((client_wording.BUTTON_IS_OLD,)))


def _about_check_in(desk: Desk, action: Action, record: ClientRecord, check_in: CheckIn, now: datetime) -> Decision:
    match action.verb:
        case Verb.TALKED_ABOUT if action.detail in set(SignalKind):
            closed = TalkedAbout(check_in.session, action.detail, now)
            return Decision((closed,), _tell(desk, Message((wording.TALKED_ABOUT,))))
        case Verb.READ_ALL:
            return _read_all(desk, record, check_in)
        case Verb.UNDO_SESSION:
            session = record.session(check_in)
            undone = session_log.cancel(record, session, now) if session.cancelled_at is None else None
            return _cancel(desk, record, undone)
        case _:
            return _say(desk, Message((client_wording.BUTTON_IS_OLD,)))


def _clients(desk: Desk) -> Decision:
    listed = desk.listed
    pages = [listed[start : start + CLIENTS_ON_PAGE] for start in range(0, len(listed), CLIENTS_ON_PAGE)] or [()]
    messages = (
        wording.caseload(records, desk.therapist.zone, number, len(pages)) for number, records in enumerate(pages, 1)
    )
    return Decision(say=tuple(said for message in messages for said in _tell(desk, message)))


def _ask_alias(desk: Desk) -> Decision:
    return _ask(desk, ExpectationKind.ALIAS, Message((wording.NO_ALIAS,)))


def _ask(desk: Desk, kind: ExpectationKind, question: Message, record: ClientRecord | None = None) -> Decision:
    subject = record.enrolment.code if record else ""
    account = replace(desk.account, expects=Expectation(kind, subject))
    return Decision((account,), _tell(desk, question))


def _invite(desk: Desk, typed: str, now: datetime) -> Decision:
    alias = " ".join(typed.split())
    if not alias or len(alias) > ALIAS_LIMIT:
        return _say(desk, Message((wording.ALIAS_TOO_LONG,)))
    known = desk.called(alias)
    if known and known.enrolment.state in LIVE - {EnrolmentState.INVITED}:
        return _say(desk, wording.alias_is_taken(known.enrolment))
    enrolment, save = _enrolment_to_invite(desk, alias, known, now)
    invitation = invitations.for_client(enrolment, desk.fresh.secret, desk.practice, now)
    link = invitations.link(desk.practice, desk.fresh.secret)
    message = wording.invitation(enrolment, link, desk.practice.invitation_lifetime.days)
    heard = replace(desk.account, expects=None)
    return Decision((*save, invitation, heard), _tell(desk, message))


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
    return Decision(revoked, _tell(desk, message))


def _session(desk: Desk, alias: str) -> Decision:
    record = desk.called(alias)
    if record:
        return _say(desk, wording.session_question(record.enrolment))
    return _say(desk, Message((wording.NOT_YOURS,))) if alias else _clients(desk)


def _session_ended_at(desk: Desk, code: str, text: str, now: datetime) -> Decision:
    record = desk.coded(code)
    if record is None:
        return _not_yours(desk)
    try:
        ended_at = parse_past_moment(text, now, desk.therapist.zone)
    except NotUnderstood as problem:
        return _say(desk, Message((str(problem),)))
    return Decision((replace(desk.account, expects=None),)) + _log(desk, record, ended_at, now)


def _log(desk: Desk, record: ClientRecord, ended_at: datetime, now: datetime) -> Decision:
    session = Session(desk.fresh.code, record.enrolment.code, None, ended_at, now)
    zone, enrolment = desk.therapist.zone, record.enrolment
    match session_log.log(record, session, desk.practice):
        case session_log.Logged(Outcome.KNOWN, Session() as known):
            return _say(desk, wording.known_session(enrolment, known, zone))
        case session_log.Logged(session=Session() as logged, check_in=CheckIn() as check_in, save=save):
            return Decision(save, _tell(desk, wording.logged(enrolment, logged, check_in, zone)))
        case _:
            return _say(desk, Message((wording.NOT_LIVE,)))


def _cancel(desk: Desk, record: ClientRecord, undone: tuple[Session, CheckIn | None] | None) -> Decision:
    if undone is None:
        return _say(desk, Message((wording.NO_SESSION_TO_CANCEL,)))
    session, check_in = undone
    answered = check_in is not None and check_in.state is CheckInState.ANSWERED
    line = wording.CANCELLED_ANSWERED if answered else wording.CANCELLED
    save: tuple[Saved, ...] = (session,) if check_in is None else (session, check_in)
    return Decision(save, (*_tell(desk, Message((line,))), *_closed_cards(record, save, card_wording.closed())))


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
    say: list[Said] = [*_tell(desk, wording.removed(enrolment)), *_closed_cards(record, save, card_wording.ended())]
    if record.account and record.enrolment.state in LIVE:
        say.append(Tell(record.account.chat_id, client_wording.ended_by_therapist(desk.therapist)))
    return Decision(save, tuple(say))


def _digest_so_far(desk: Desk, now: datetime) -> Decision:
    since = desk.therapist.last_digest_at or now
    composed = digest.compose(desk.therapist, desk.caseload, desk.practice, since, now)
    return Decision(say=_pages(desk.therapist, composed, digest_wording.SO_FAR_LINE, Purpose.SHOWN))


def _pages(therapist: Therapist, composed: digest.Digest, first_line: str, purpose: Purpose) -> tuple[Tell, ...]:
    assert therapist.account is not None
    return tuple(
        Tell(therapist.account, page.message, purpose, shows=page.shows)
        for page in digest_wording.pages(composed, first_line)
    )


def digest_fell_due(desk: Desk, now: datetime) -> Decision:
    """Send the weekly digest. After a downtime there is one, not one for each week.

    Therapists who can't be reached are told everything by the first one after they are back.
    """
    therapist = desk.therapist
    following = timing.next_weekly(now, therapist.digest_at, therapist.zone)
    if desk.account.unreachable_since is not None:
        return Decision((replace(therapist, next_digest_at=following),))
    since = therapist.last_digest_at or now
    composed = digest.compose(therapist, desk.caseload, desk.practice, since, now)
    told = replace(therapist, next_digest_at=following, last_digest_at=now, last_digest_since=since)
    return Decision((told,), _pages(therapist, composed, digest_wording.FIRST_LINE, Purpose.DIGEST))


def digest_was_stopped(therapist: Therapist, *, compose_again_at: datetime | None) -> Decision:
    """Take a digest back that could not be sent as it was: what it told is told by the next one, or at once."""
    due = compose_again_at or therapist.next_digest_at
    return Decision(
        (
            replace(
                therapist, next_digest_at=due, last_digest_at=therapist.last_digest_since or therapist.last_digest_at
            ),
        )
    )


def _read_all(desk: Desk, record: ClientRecord, check_in: CheckIn) -> Decision:
    if not may_be_shown(check_in) or not check_in.comments:
        return _say(desk, wording.no_comments())
    day = short_day(record.session(check_in).ended_at, desk.therapist.zone)
    messages = digest_wording.comments_in_full(check_in, record.enrolment.alias, day)
    chat_id = desk.account.chat_id
    return Decision(say=tuple(Tell(chat_id, one, Purpose.SHOWN, shows=(check_in.session,)) for one in messages))


def _settle(desk: Desk, action: Action, now: datetime) -> Decision:
    match action:
        case Action(Verb.SET_HEADS_UP, "on" | "off" as chosen):
            therapist = replace(desk.therapist, heads_up=chosen == "on")
            return Decision((therapist,), _tell(desk, wording.settings(therapist, now)))
        case Action(Verb.CHOOSE_DIGEST_DAY):
            return _say(desk, wording.choose_day())
        case Action(Verb.SET_DIGEST_DAY, chosen) if chosen in set("0123456"):
            return _set_digest(desk, replace(desk.therapist.digest_at, weekday=int(chosen)), desk.therapist.zone, now)
        case Action(Verb.ASK_DIGEST_HOUR):
            return _ask(desk, ExpectationKind.DIGEST_HOUR, Message((wording.DIGEST_WHEN,)))
        case Action(Verb.ASK_ZONE):
            account = replace(desk.account, expects=Expectation(ExpectationKind.ZONE, "desk"))
            return Decision((account,), _tell(desk, wording.ask_zone(desk.therapist.zone.key)))
        case _:
            return _say(desk, Message((client_wording.BUTTON_IS_OLD,)))


def _set_digest_hour(desk: Desk, text: str, now: datetime) -> Decision:
    try:
        at: time = parse_weekly(f"mon {text.strip()}").at
    except NotUnderstood:
        return _say(desk, Message((wording.NOT_AN_HOUR,)))
    return _set_digest(desk, replace(desk.therapist.digest_at, at=at), desk.therapist.zone, now)


def _set_zone(desk: Desk, text: str, now: datetime) -> Decision:
    try:
        zone = parse_zone(text)
    except NotUnderstood as problem:
        return _say(desk, Message((str(problem),)))
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
    return Decision((therapist, heard), _tell(desk, wording.next_digest(therapist)))


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


def _not_yours(desk: Desk) -> Decision:
    return _say(desk, Message((wording.NOT_YOURS,)))


def _say(desk: Desk, message: Message) -> Decision:
    return Decision(say=_tell(desk, message))


def _tell(desk: Desk, message: Message) -> tuple[Said, ...]:
    return (Tell(desk.account.chat_id, message),)
