"""What a client, or somebody who is no client yet, reads outside of a check-in."""

from datetime import datetime
from zoneinfo import ZoneInfo

from conversations.buttons import Action, Verb
from conversations.commands import Role, of
from conversations.message import Attachment, AttachmentKind, Block, Button, Heading, Message
from conversations.people import LIVE, Enrolment, EnrolmentState, Therapist
from conversations.practice import Practice
from conversations.sessions import CheckIn, CheckInState
from conversations.wording.dates import day, full_day, hour, how_many_days
from conversations.wording.safety import help_now

PAUSES = ((7, "1 week"), (14, "2 weeks"), (28, "4 weeks"))

NEVER_MIND = "All right, nothing has changed."
NOT_PAUSED = "The check-ins are not paused."
BUTTON_IS_OLD = "This button is out of date. /help shows what you can do."
UNREADABLE = "Something went wrong with your last message, and it was not handled. Please try again."
THERAPIST_AWAY = "Check-ins are waiting for now."
FREE_TEXT_NOT_KEPT = "I can't take messages here, and what you wrote was not kept. /help shows what you can do."
WRITTEN_NOT_KEPT = "What you wrote was not kept."
NOT_TEXT = "I can only read text. What you sent was not kept."
NO_SUCH_COMMAND = "I don't know that command. /help shows what you can do."
ONLY_CLIENTS = "This command is for clients who get check-ins."
ONLY_THERAPISTS = "This command is for therapists."

WAITS = "check-ins are waiting"
LEFT = "check-ins have ended"
PAUSED = "check-ins are paused"
STATES = {
    EnrolmentState.INVITED: "invited",
    EnrolmentState.OPENED: "waiting for your answer",
    EnrolmentState.GRANTED: "waiting for confirmation",
    EnrolmentState.ACTIVE: "check-ins are on",
    EnrolmentState.DECLINED: "you said no",
    EnrolmentState.WITHDRAWN: "stopped",
    EnrolmentState.REFUSED: "not confirmed",
    EnrolmentState.CLOSED: "ended",
}


def by_invitation_only(practice: Practice) -> Message:
    """Greet somebody without an invitation."""
    return Message(
        (
            "This bot works by invitation.",
            f"It is run by {practice.name}. If you expected an invitation, ask the person you see there. "
            f"Nothing is stored of you. Questions: {practice.contact}",
        )
    )


def help_for(practice: Practice, *, is_client: bool, is_therapist: bool) -> Message:
    """List what somebody can do, and who can be reached in need."""
    blocks: list[Block] = ["What you can do here:"]
    if is_client:
        blocks.append(_list(Role.CLIENT))
    if is_therapist:
        blocks.append("For your work:\n" + _list(Role.THERAPIST))
    blocks += [_list(Role.ANYBODY), help_now(practice), f"Questions: {practice.contact}"]
    return Message(tuple(blocks))


def _list(role: Role) -> str:
    return "\n".join(f"/{command.name} – {command.description}" for command in of(role))


def privacy(practice: Practice) -> Message:
    """Say what is stored, who sees it, and how to get it deleted, as Telegram's terms ask."""
    return Message(
        (
            "Your privacy here.",
            Heading("What is stored"),
            "The number that Telegram gives your account (not your phone number, not your name), your answers and "
            "comments, when your sessions ended, your time zone, and what you agreed to. It is stored encrypted, with "
            "the key kept elsewhere. Other messages are not kept.",
            Heading("For how long"),
            "Until you delete it or the practice does, and at most "
            f"{how_many_days(practice.keep_after_end)} after the check-ins have ended. Backups may hold it a while "
            "longer.",
            Heading("Who sees it"),
            "The therapist who invited you is sent your answers; of those that you keep private, only that you "
            "answered. Your therapist also sees when you pause, stop or delete. "
            f"The people who run this bot for {practice.name} don't look at answers unless they must, and then it is "
            "logged. Nobody else is given anything. No advertising, no analysis elsewhere.",
            "Chats with a bot are not end-to-end encrypted: Telegram could read them.",
            Heading("What you can do"),
            "/mydata shows everything, /deletemydata deletes it, /stop ends the check-ins. Questions and requests are "
            f"answered within 30 days: {practice.contact}",
            help_now(practice),
        )
    )


def free_text(practice: Practice) -> Message:
    """Answer what somebody wrote at a moment when nothing was asked."""
    return Message((FREE_TEXT_NOT_KEPT, help_now(practice)))


def not_text(practice: Practice) -> Message:
    """Answer a voice message, a picture, a sticker."""
    return Message((NOT_TEXT, help_now(practice)))


def where_you_are(states: str, practice: Practice) -> Message:
    """Answer /start from somebody who is a client already."""
    return Message(("Hello again.", states, "/help shows what you can do.", help_now(practice)))


def states_of(enrolments: tuple[tuple[Enrolment, Therapist], ...], *, is_paused: bool) -> str:
    """Say what somebody's check-ins have come to, a line for each therapist."""
    return "\n".join(
        f"{therapist.name}: {_state(enrolment, therapist, is_paused=is_paused)}" for enrolment, therapist in enrolments
    )


def _state(enrolment: Enrolment, therapist: Therapist, *, is_paused: bool) -> str:
    if enrolment.state in LIVE and therapist.removed_at is not None:
        return LEFT
    if enrolment.state is not EnrolmentState.ACTIVE:
        return STATES[enrolment.state]
    if not therapist.is_there:
        return WAITS
    return PAUSED if is_paused else STATES[enrolment.state]


def pause_question(enrolments: tuple[tuple[Enrolment, Therapist], ...]) -> Message:
    """Ask for how long."""
    names = " and ".join(dict.fromkeys(therapist.name for _, therapist in enrolments))
    sees = "sees" if len(enrolments) == 1 else "see"
    return Message(
        (
            "For how long should I pause?",
            "No check-ins in the meantime. Sessions then are not asked about later. "
            f"{names} {sees} that you have paused.",
        ),
        (
            tuple(Button(label, Action(Verb.PAUSE_FOR, str(days))) for days, label in PAUSES),
            (Button("Until I resume", Action(Verb.PAUSE_FOR, "0")),),
            (Button("Never mind", Action(Verb.NEVER_MIND)),),
        ),
    )


def paused(until: datetime | None, zone: ZoneInfo) -> Message:
    """Confirm a pause."""
    how_long = f"until {day(until, zone)}" if until else "until you send /resume"
    return Message((f"Paused {how_long}.", "/resume ends the pause at any time."))


def resumed(*, is_anybodys_client: bool) -> Message:
    """Confirm the end of a pause."""
    if is_anybodys_client:
        return Message(("Check-ins are on again.",))
    return Message(("The pause is over. There are no check-ins with anybody now.",))


def nothing_to_pause() -> Message:
    """Say that there is nothing to pause."""
    return Message(("There are no check-ins to pause.",))


def nothing_to_stop() -> Message:
    """Say that there is nothing to stop."""
    return Message(("There are no check-ins to stop.",))


def stored(
    document: str,
    states: str,
    enrolments: tuple[tuple[Enrolment, Therapist], ...],
    check_ins: tuple[CheckIn, ...],
    zone: ZoneInfo,
) -> Message:
    """Say in words what is stored, and what became of the check-ins, with all of it as a document."""
    answered = sum(check_in.state is CheckInState.ANSWERED for check_in in check_ins)
    private = sum(check_in.kept_private for check_in in check_ins)
    comments = sum(len(check_in.comments) for check_in in check_ins)
    since = [enrolment.opened_at for enrolment, _ in enrolments if enrolment.opened_at]
    first = f"Since {full_day(min(since), zone)}. " if since else ""
    return Message(
        (
            "What is stored of you:",
            states or "No check-ins with anybody.",
            f"{first}Check-ins: {len(check_ins)}, answered: {answered}, kept private: {private}, "
            f"comments: {comments}. Time zone: {zone.key}.",
            "Everything, word for word, is in the document. /deletemydata deletes it.",
        ),
        attachment=Attachment(AttachmentKind.JSON_DOCUMENT, document),
    )


def erase_question(*, is_therapist: bool, practice: Practice) -> Message:
    """Ask once for confirmation, and say what can't be erased."""
    desk = (f"Your own desk as a therapist stays; for that, ask {practice.contact}.",) if is_therapist else ()
    return Message(
        (
            "Delete everything?",
            "All that is stored of you as a client goes: consents, sessions, answers and comments. It can't be undone. "
            "Your therapist is told that you have deleted it.",
            "What can't be deleted from here: messages in this chat older than 48 hours (you can clear the chat "
            "yourself), what was already sent to your therapist, and backups, which the practice keeps for a limited "
            "time.",
            *desk,
        ),
        (
            (Button("Yes, delete everything", Action(Verb.CONFIRM_ERASE)),),
            (Button("Never mind", Action(Verb.NEVER_MIND)),),
        ),
    )


def nothing_stored(practice: Practice) -> Message:
    """Answer a request for data from somebody who is nobody's client."""
    return Message(("Nothing is stored of you as a client.", f"Questions: {practice.contact}"))


def erased() -> Message:
    """Confirm the erasure."""
    return Message(
        (
            "Everything that was stored of you as a client is deleted.",
            "To clear what is older than 48 hours in this chat, delete the chat in Telegram.",
        )
    )


def enrolment_erased(therapist: Therapist) -> Message:
    """Tell a client that the practice has deleted what was stored of them with one therapist."""
    return Message(
        (
            "What was stored of your check-ins is deleted.",
            f"This is about the work with {therapist.name}. There are no more check-ins about it.",
        )
    )


def ask_zone(zone: ZoneInfo, now: datetime) -> Message:
    """Ask for the time zone."""
    return Message(
        (
            f"Your time zone is {zone.key}, where it is {hour(now, zone)}.",
            "To change it, write the name of a zone or a big city in it, for example Europe/Lisbon.",
        )
    )


def no_such_zone(problem: str, practice: Practice) -> Message:
    """Say what is wrong with what was typed; it may have been about something else entirely."""
    return Message((problem, f"Nothing has changed. {WRITTEN_NOT_KEPT}", help_now(practice)))


def zone_set(zone: ZoneInfo, now: datetime) -> Message:
    """Confirm the time zone with the time that it is there."""
    return Message((f"Your time zone is now {zone.key}. It is {hour(now, zone)} there.",))


def nothing_kept(message: Message, practice: Practice) -> Message:
    """Add to an answer that what somebody wrote or sent was not kept, and who can be reached now."""
    return Message((*message.blocks, WRITTEN_NOT_KEPT, help_now(practice)), message.buttons)


def therapist_has_left(therapist: Therapist, practice: Practice) -> Message:
    """Tell clients that there are no more check-ins, since their therapist does not use the bot any more."""
    return Message(
        (
            "Your check-ins have ended.",
            f"{therapist.name} no longer uses this bot. Answers that had not been sent are not sent any more. "
            "/deletemydata deletes what is stored of you; otherwise it is deleted after "
            f"{how_many_days(practice.keep_after_end)}. Questions: {practice.contact}",
        )
    )


def therapist_is_away(therapist: Therapist) -> Message:
    """Tell clients that nobody would read their answers."""
    return Message(
        (
            THERAPIST_AWAY,
            f"{therapist.name} can't be reached through this bot at the moment, so nobody would read your answers. "
            "You don't have to do anything.",
        )
    )


def therapist_is_back(therapist: Therapist) -> Message:
    """Tell clients that check-ins go on."""
    return Message(("Check-ins are on again.", f"{therapist.name} can be reached again."))


def ended_by_therapist(therapist: Therapist) -> Message:
    """Tell a client that the therapist has ended the check-ins."""
    return Message(
        (
            "Your check-ins have ended.",
            f"{therapist.name} has ended them here; this says nothing about your sessions. Answers that had not been "
            "sent are not sent any more. /mydata shows what is stored, /deletemydata deletes it.",
        )
    )
