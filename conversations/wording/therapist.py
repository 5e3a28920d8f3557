"""What a therapist reads outside of the digest. First lines are neutral: a lock screen shows them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from conversations.buttons import Action, Verb
from conversations.commands import Role, of
from conversations.message import Attachment, AttachmentKind, Button, Heading, Message
from conversations.people import Enrolment, EnrolmentState, Therapist
from conversations.practice import Practice
from conversations.record import ClientRecord
from conversations.sessions import CheckIn, CheckInState, Session
from conversations.wording.dates import after, day_and_hour, hour, short_day, weekday

NOT_YOURS = "I can't find that client among yours. /clients shows them."
NO_ALIAS = "Which client? Write the name you want to see here, for example an initial. Best not a full name."
ALIAS_TOO_LONG = "Please take a shorter name: one line of at most 40 characters."
TALKED_ABOUT = "Noted. It won't come up again."
NO_SESSION_TO_CANCEL = "There is no session to cancel."
SESSION_ENDED_WHEN = "When did it end? Write for example 14:30, yesterday 14:30, tue 14:30 or 2026-03-05 14:30."
DIGEST_WHEN = "At what hour should the summary come? Write for example 08:00."
NOT_AN_HOUR = "Please write an hour like 08:00."
CANCELLED = "Cancelled. Nothing will be asked about that session."
CANCELLED_ANSWERED = "Cancelled. The check-in was answered already; the answers stay."
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


def welcome(therapist: Therapist, practice: Practice) -> Message:
    """Greet a therapist who has just enrolled."""
    return Message(
        (
            "Welcome. You are enrolled.",
            f"{therapist.name}, this is how it goes: /invite makes a link for a client. When the client has "
            "agreed, you confirm that it is them. After a session, /session or a button in /clients logs it. The "
            f"client gets {_questions(practice)} {after(practice.check_in_delay)} it.",
            f"Once a week you get a summary, next on {day_and_hour(_next(therapist), therapist.zone)}. Clients who no "
            "longer want to come back are at its top. /settings changes day and hour.",
            "It is for noticing and talking, not for emergencies: nobody reads the answers live. Use an initial or a "
            "number as a client's name here, since Telegram can read chats with a bot.",
        )
    )


def _questions(practice: Practice) -> str:
    number = len(practice.questions.questions)
    if number == 1:
        return "one short question"
    return f"{'four' if number == 4 else number} short questions"


def _next(therapist: Therapist) -> datetime:
    assert therapist.next_digest_at is not None
    return therapist.next_digest_at


def enrolled_already(therapist: Therapist) -> Message:
    """Refuse to enrol an account twice."""
    return Message(("You are enrolled already.", f"As {therapist.name}. /help shows what you can do."))


def own_invitation() -> Message:
    """Stop therapists from using up a link that is meant for a client."""
    return Message(("This link is for your client, so I have left it unused. Please pass it on to them.",))


def help_now(practice: Practice) -> Message:
    """List a therapist's commands."""
    lines = "\n".join(f"/{command.name} – {command.description}" for command in of(Role.THERAPIST))
    return Message(("What you can do here:", lines, f"Questions: {practice.contact}"))


def invitation(enrolment: Enrolment, link: str, days: int) -> Message:
    """Hand over a client's link, with its QR picture."""
    return Message(
        (
            "Here is the invitation.",
            f"For {enrolment.alias}. Send the link to them, or let them scan the picture. It works once, for {days} "
            "days. I'll ask you to confirm who opened it.",
            link,
        ),
        (
            (
                _button("Take it back", Verb.REVOKE_INVITATION, enrolment),
                _button("Open their page", Verb.OPEN_CLIENT, enrolment),
            ),
        ),
        Attachment(AttachmentKind.QR_CODE, link),
    )


def invitation_revoked(enrolment: Enrolment) -> Message:
    """Confirm that a link no longer works."""
    return Message(("Taken back.", f"The link for {enrolment.alias} no longer works."))


def no_open_invitation(enrolment: Enrolment) -> Message:
    """Say that there is no link to take back."""
    return Message(("There is no open link.", f"For {enrolment.alias}: {_state(enrolment)}."))


def alias_is_taken(enrolment: Enrolment) -> Message:
    """Refuse a second client of one name."""
    return Message(
        (
            "This name is taken.",
            f"You have a client called {enrolment.alias} already ({_state(enrolment)}). For a new account, "
            "remove them first and invite them again. For somebody else, take another name.",
        ),
        ((_button("Open their page", Verb.OPEN_CLIENT, enrolment),),),
    )


def pairing(enrolment: Enrolment, who: str) -> Message:
    """Ask the therapist whether the right person has opened the link."""
    return Message(
        (
            "Please confirm somebody.",
            f"{who or 'Somebody'} has opened the invitation for {enrolment.alias} and agreed. Is it them?",
        ),
        (
            (
                _button("Yes, it's them", Verb.CONFIRM_PAIRING, enrolment),
                _button("No", Verb.REFUSE_PAIRING, enrolment),
            ),
        ),
    )


def pairing_confirmed(enrolment: Enrolment) -> Message:
    """Confirm, and say what is next."""
    return Message(
        (
            "Confirmed.",
            f"{enrolment.alias} gets a check-in after each session that you log. When one has just ended, tap here.",
        ),
        ((_button("Just ended", Verb.JUST_ENDED, enrolment), _button("Open their page", Verb.OPEN_CLIENT, enrolment)),),
    )


def pairing_refused(enrolment: Enrolment) -> Message:
    """Say that the link is dead and what to do."""
    return Message(
        (
            "Not paired.",
            f"Whoever opened the link for {enrolment.alias} gets no check-ins, and you get no answers of theirs. "
            "/invite makes a new link.",
        )
    )


def pairing_settled(enrolment: Enrolment) -> Message:
    """Answer a tap that comes too late."""
    return Message(("That is settled.", f"{enrolment.alias}: {_state(enrolment)}."))


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
    return f"{record.enrolment.alias}: {_state(record.enrolment)}{last}"


def client_page(record: ClientRecord, zone: ZoneInfo, now: datetime) -> Message:
    """Show one client, without any answers."""
    enrolment = record.enrolment
    held = [one for one in record.sessions if one.cancelled_at is None]
    last = day_and_hour(held[-1].ended_at, zone) if held else "none logged"
    lines = [f"Code: {enrolment.code}", f"Consent: {_state(enrolment)}", f"Last session: {last}"]
    lines += [f"Last check-in: {_check_in_line(record.check_ins[-1], zone)}"] if record.check_ins else []
    lines += ["Paused by the client."] if record.account and record.account.is_paused(now) else []
    lines += ["The bot can't reach them."] if record.account and record.account.unreachable_since else []
    return Message(("A client's page.", Heading(enrolment.alias), "\n".join(lines)), _page_buttons(enrolment))


def _state(enrolment: Enrolment) -> str:
    return ASKED_ANEW if enrolment.is_asked_anew else STATES[enrolment.state]


def _check_in_line(check_in: CheckIn, zone: ZoneInfo) -> str:
    at = check_in.closed_at or check_in.sent_at or check_in.due_at
    return f"{CHECK_IN_STATES[check_in.state]}, {short_day(at, zone)}"


def _page_buttons(enrolment: Enrolment) -> tuple[tuple[Button, ...], ...]:
    """Return what can be done for a client."""
    unpaired = enrolment.state is EnrolmentState.GRANTED
    yes, no = Verb.CONFIRM_PAIRING, Verb.REFUSE_PAIRING
    pair = ((_button("Yes, it's them", yes, enrolment), _button("Not them", no, enrolment)),) if unpaired else ()
    invites = enrolment.state is EnrolmentState.INVITED
    revoke = ((_button("Take the link back", Verb.REVOKE_INVITATION, enrolment),),) if invites else ()
    return (
        *pair,
        *_session_buttons(enrolment),
        *revoke,
        (_button("Remove", Verb.REMOVE_CLIENT, enrolment),),
    )


def _session_buttons(enrolment: Enrolment) -> tuple[tuple[Button, ...], ...]:
    return (
        (_button("Just ended", Verb.JUST_ENDED, enrolment), _button("Ended at …", Verb.ENDED_AT, enrolment)),
        (_button("Cancel the last one", Verb.CANCEL_LAST, enrolment),),
    )


def session_question(enrolment: Enrolment) -> Message:
    """Ask what to log."""
    return Message(
        ("A session:", Heading(enrolment.alias)),
        _session_buttons(enrolment),
    )


def ask_session_end(enrolment: Enrolment) -> Message:
    """Ask when a session ended."""
    return Message((SESSION_ENDED_WHEN, f"For {enrolment.alias}."))


def logged(enrolment: Enrolment, session: Session, check_in: CheckIn, zone: ZoneInfo) -> Message:
    """Confirm a session, and say what will happen."""
    when = f"Session with {enrolment.alias}, ended {day_and_hour(session.ended_at, zone)}."
    if check_in.state is CheckInState.MISSED:
        follows = "That is too long ago, so nothing will be asked."
    elif enrolment.state is EnrolmentState.ACTIVE:
        follows = f"The check-in goes out {_on(check_in.due_at, session.logged_at, zone)}."
    else:
        follows = "A check-in goes out once they have agreed and you have confirmed them."
    return Message(("Logged.", f"{when} {follows}"), ((Button("Undo", Action(Verb.UNDO_SESSION, session.id)),),))


def _on(due: datetime, now: datetime, zone: ZoneInfo) -> str:
    if due <= now:
        return "now"
    if due.astimezone(zone).date() == now.astimezone(zone).date():
        return f"at {hour(due, zone)}"
    return f"on {day_and_hour(due, zone)}"


def known_session(enrolment: Enrolment, session: Session, zone: ZoneInfo) -> Message:
    """Answer a double tap."""
    when = day_and_hour(session.ended_at, zone)
    return Message(("That one is logged already.", f"Session with {enrolment.alias}, ended {when}."))


def remove_question(enrolment: Enrolment) -> Message:
    """Ask once before removing a client."""
    return Message(
        (
            "Remove a client?",
            f"{enrolment.alias}: they get no more check-ins and are told so. They leave your summary and your list.",
        ),
        ((_button("Yes, remove", Verb.CONFIRM_REMOVE, enrolment), Button("Never mind", Action(Verb.NEVER_MIND))),),
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


def heads_up() -> Message:
    """Nudge, without a word about whom or why."""
    return Message(
        ("There is something new in your summary.", "It need not wait for the next one, if you have a minute."),
        ((Button("Show my summary", Action(Verb.SHOW_DIGEST)),),),
    )


def settings(therapist: Therapist, now: datetime) -> Message:
    """Show and offer what can be set."""
    at = therapist.digest_at
    heads_up = "on" if therapist.heads_up else "off"
    return Message(
        (
            "Your settings:",
            f"Summary: {weekday(at.weekday)}s at {at.at:%H:%M}\n"
            f"Time zone: {therapist.zone.key}, where it is {hour(now, therapist.zone)}\n"
            f"A nudge at once when somebody doesn't want to come back or wants to be contacted: {heads_up}",
        ),
        (
            (
                Button("Change the day", Action(Verb.CHOOSE_DIGEST_DAY)),
                Button("Change the hour", Action(Verb.ASK_DIGEST_HOUR)),
            ),
            (Button("Change the time zone", Action(Verb.ASK_ZONE)),),
            (
                Button(
                    "Turn the nudge off" if therapist.heads_up else "Turn the nudge on",
                    Action(Verb.SET_HEADS_UP, "off" if therapist.heads_up else "on"),
                ),
            ),
        ),
    )


def choose_day() -> Message:
    """Ask for the day of the summary."""
    buttons = tuple(Button(weekday(number), Action(Verb.SET_DIGEST_DAY, str(number))) for number in range(7))
    return Message(("On which day should the summary come?",), (buttons[:2], buttons[2:4], buttons[4:6], buttons[6:]))


def ask_zone(zone: str) -> Message:
    """Ask for the therapist's time zone."""
    return Message(
        (
            f"Which time zone are you in? I assume {zone}.",
            "If that is wrong, write the name of a zone or a big city in it, for example Europe/Lisbon.",
        )
    )


def next_digest(therapist: Therapist) -> Message:
    """Confirm a change with the next date; the first one may still come on the day that clients were told."""
    at, zone = therapist.digest_at, therapist.zone
    line = f"Done. The next summary comes on {day_and_hour(_next(therapist), zone)}."
    if _next(therapist).astimezone(zone).weekday() == at.weekday:
        return Message((line,))
    return Message((f"{line} Clients were told that day. After it: {weekday(at.weekday)}s at {at.at:%H:%M}.",))


def no_comments() -> Message:
    """Answer a request to read what is not there any more."""
    return Message(("There is nothing to read there any more.",))


def _button(label: str, verb: Verb, enrolment: Enrolment) -> Button:
    return Button(label, Action(verb, enrolment.code))
