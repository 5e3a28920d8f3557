"""What a therapist reads of the caseload: its pages, each client's sessions, and who was removed or erased."""

from datetime import datetime
from zoneinfo import ZoneInfo

from conversations.buttons import Action, Verb
from conversations.message import Button, Heading, Message
from conversations.people import Enrolment, EnrolmentState
from conversations.record import ClientRecord, may_be_shown
from conversations.sessions import CheckIn, CheckInState, Session
from conversations.wording.dates import day_and_hour, hour, short_day

NOT_YOURS = "I can't find that client among yours. /clients shows them."
SESSION_ENDED_WHEN = "When did it end? Write for example 14:30, yesterday 14:30, tue 14:30 or 2026-03-05 14:30."
NOT_LIVE = "This client doesn't get check-ins any more. To start again, send a new invitation."

STATES = {
    EnrolmentState.INVITED: "invited, link not opened",
    EnrolmentState.OPENED: "opened the link, has not answered yet",
    EnrolmentState.GRANTED: "agreed, waiting for you to confirm",
    EnrolmentState.ACTIVE: "check-ins are on",
    EnrolmentState.DECLINED: "said no",
    EnrolmentState.WITHDRAWN: "stopped",
    EnrolmentState.REFUSED: "not confirmed",
    EnrolmentState.CLOSED: "removed",
}
ASKED_ANEW = "asked to agree again, has not answered yet"
CHECK_IN_STATES = {
    CheckInState.PLANNED: "planned",
    CheckInState.DUE: "being sent",
    CheckInState.SENT: "sent",
    CheckInState.STARTED: "started",
    CheckInState.ANSWERED: "answered",
    CheckInState.SKIPPED: "skipped",
    CheckInState.EXPIRED: "not answered",
    CheckInState.MISSED: "could not be sent",
    CheckInState.CANCELLED: "cancelled",
}


def caseload(records: tuple[ClientRecord, ...], zone: ZoneInfo, page: int, pages: int) -> Message:
    """List the clients, one line and one button each."""
    if not records:
        return Message(("No clients yet.", "/invite makes a link for one."))
    lines = "\n".join(_line(record, zone) for record in records)
    first = "Your clients:" if pages == 1 else f"Your clients, page {page} of {pages}:"
    buttons = tuple(Button(record.enrolment.alias, _open(record.enrolment)) for record in records)
    return Message((first, lines), tuple(buttons[start : start + 3] for start in range(0, len(buttons), 3)))


def _open(enrolment: Enrolment) -> Action:
    return Action(Verb.OPEN_CLIENT, enrolment.code)


def _line(record: ClientRecord, zone: ZoneInfo) -> str:
    held = [one for one in record.sessions if one.cancelled_at is None]
    last = f", last session {short_day(held[-1].ended_at, zone)}" if held else ""
    return f"{record.enrolment.alias}: {state_of(record.enrolment)}{last}"


def client_page(record: ClientRecord, zone: ZoneInfo, now: datetime) -> Message:
    """Show one client, without any answers."""
    enrolment = record.enrolment
    held = [one for one in record.sessions if one.cancelled_at is None]
    last = day_and_hour(held[-1].ended_at, zone) if held else "none logged"
    lines = [f"Code: {enrolment.code}", f"Consent: {state_of(enrolment)}", f"Last session: {last}"]
    lines += [f"Last check-in: {_check_in_line(record.check_ins[-1], zone)}"] if record.check_ins else []
    lines += ["Paused by the client."] if record.account and record.account.is_paused(now) else []
    lines += ["The bot can't reach them."] if record.account and record.account.unreachable_since else []
    return Message(("A client's page.", Heading(enrolment.alias), "\n".join(lines)), _page_buttons(record, zone))


def state_of(enrolment: Enrolment) -> str:
    """Return what an enrolment has come to, in a few words."""
    return ASKED_ANEW if enrolment.is_asked_anew else STATES[enrolment.state]


def _check_in_line(check_in: CheckIn, zone: ZoneInfo) -> str:
    at = check_in.closed_at or check_in.sent_at or check_in.due_at
    return f"{CHECK_IN_STATES[check_in.state]}, {short_day(at, zone)}"


def _page_buttons(record: ClientRecord, zone: ZoneInfo) -> tuple[tuple[Button, ...], ...]:
    """Return what can be done for a client."""
    enrolment = record.enrolment
    unpaired = enrolment.state is EnrolmentState.GRANTED
    yes, no = Verb.CONFIRM_PAIRING, Verb.REFUSE_PAIRING
    pair = ((button_for("Yes, it's them", yes, enrolment), button_for("Not them", no, enrolment)),) if unpaired else ()
    invites = enrolment.state is EnrolmentState.INVITED
    revoke = ((button_for("Take the link back", Verb.REVOKE_INVITATION, enrolment),),) if invites else ()
    return (
        *pair,
        *_session_buttons(record, zone),
        *revoke,
        (button_for("Remove", Verb.REMOVE_CLIENT, enrolment),),
    )


def _session_buttons(record: ClientRecord, zone: ZoneInfo) -> tuple[tuple[Button, ...], ...]:
    """Return what can be logged, and the last session to be cancelled: by name, so that a second tap finds no other."""
    enrolment = record.enrolment
    held = [one for one in record.sessions if one.cancelled_at is None]
    cancel = [
        (Button(f"Cancel the one of {short_day(one.ended_at, zone)}", Action(Verb.UNDO_SESSION, one.id)),)
        for one in held[-1:]
    ]
    return (
        (button_for("Just ended", Verb.JUST_ENDED, enrolment), button_for("Ended at …", Verb.ENDED_AT, enrolment)),
        *cancel,
    )


def session_question(record: ClientRecord, zone: ZoneInfo) -> Message:
    """Ask what to log."""
    return Message(("A session:", Heading(record.enrolment.alias)), _session_buttons(record, zone))


def cancelled(enrolment: Enrolment, session: Session, zone: ZoneInfo, *, answered: bool) -> Message:
    """Confirm that a session is cancelled."""
    follows = "The check-in was answered already; the answers stay." if answered else "Nothing will be asked about it."
    return Message(("Cancelled.", f"{_which(enrolment, session, zone)} {follows}"))


def cancelled_already(enrolment: Enrolment, session: Session, zone: ZoneInfo) -> Message:
    """Answer a second tap."""
    return Message(("That one is cancelled already.", _which(enrolment, session, zone)))


def _which(enrolment: Enrolment, session: Session, zone: ZoneInfo) -> str:
    return f"Session with {enrolment.alias}, ended {day_and_hour(session.ended_at, zone)}."


def ask_session_end(enrolment: Enrolment) -> Message:
    """Ask when a session ended."""
    return Message((SESSION_ENDED_WHEN, f"For {enrolment.alias}."))


def logged(record: ClientRecord, session: Session, check_in: CheckIn, zone: ZoneInfo) -> Message:
    """Confirm a session, and say what will happen."""
    when, follows = _which(record.enrolment, session, zone), _follows(record, session, check_in, zone)
    return Message(("Logged.", f"{when} {follows}"), ((Button("Undo", Action(Verb.UNDO_SESSION, session.id)),),))


def _follows(record: ClientRecord, session: Session, check_in: CheckIn, zone: ZoneInfo) -> str:
    enrolment, account = record.enrolment, record.account
    if check_in.state is CheckInState.MISSED:
        return "That is too long ago, so nothing will be asked."
    if enrolment.is_asked_anew:
        return "A check-in goes out once they have agreed again."
    if enrolment.state is not EnrolmentState.ACTIVE:
        return "A check-in goes out once they have agreed and you have confirmed them."
    if account is not None and account.is_paused(check_in.due_at):
        return "They have paused, so nothing will be asked."
    if account is not None and account.unreachable_since is not None:
        return "The bot can't reach them at the moment: if that does not change, nothing will be asked."
    return f"The check-in goes out {_on(check_in.due_at, session.logged_at, zone)}."


def _on(due: datetime, now: datetime, zone: ZoneInfo) -> str:
    if due <= now:
        return "now"
    if due.astimezone(zone).date() == now.astimezone(zone).date():
        return f"at {hour(due, zone)}"
    return f"on {day_and_hour(due, zone)}"


def known_session(enrolment: Enrolment, session: Session, zone: ZoneInfo) -> Message:
    """Answer a double tap."""
    return Message(("That one is logged already.", _which(enrolment, session, zone)))


def remove_question(record: ClientRecord) -> Message:
    """Ask once before removing a client, and say what would be lost."""
    enrolment = record.enrolment
    unread = any(may_be_shown(one) and one.shown_at is None for one in record.check_ins)
    not_shown = ("There are answers that you have not been shown yet: /digest shows them. Then they are not sent.",)
    return Message(
        (
            "Remove a client?",
            f"{enrolment.alias}: they get no more check-ins and are told so. They leave your summary and your list.",
            *(not_shown if unread else ()),
        ),
        ((button_for("Yes, remove", Verb.CONFIRM_REMOVE, enrolment), Button("Never mind", Action(Verb.NEVER_MIND))),),
    )


def removed(enrolment: Enrolment) -> Message:
    """Confirm."""
    return Message(("Removed.", f"{enrolment.alias} is no longer on your list."))


def client_erased(enrolment: Enrolment) -> Message:
    """Tell that a client has deleted what was stored of them."""
    return Message(
        (
            "A note about your list.",
            f"{enrolment.alias} has deleted everything that was stored of them here, and gets no more check-ins. "
            "What was already sent to you is still in this chat.",
        )
    )


def enrolment_erased(enrolment: Enrolment) -> Message:
    """Tell that the practice has deleted what was stored of a client."""
    return Message(
        (
            "A note about your list.",
            f"Everything that was stored of {enrolment.alias} here was deleted by the practice. There are no more "
            "check-ins. What was already sent to you is still in this chat.",
        )
    )


def button_for(label: str, verb: Verb, enrolment: Enrolment) -> Button:
    """Return a button about one client."""
    return Button(label, Action(verb, enrolment.code))
