"""What a therapist reads outside of the digest. First lines are neutral: a lock screen shows them."""

from datetime import datetime

from conversations.buttons import Action, Verb
from conversations.commands import Role, of
from conversations.message import Attachment, AttachmentKind, Button, Message
from conversations.people import Enrolment, EnrolmentState, Therapist
from conversations.practice import Practice
from conversations.wording.caseload import button_for, state_of
from conversations.wording.dates import after, day_and_hour, hour, weekday

NO_ALIAS = "Which client? Write the name you want to see here, for example an initial. Best not a full name."
ALIAS_TOO_LONG = "Please write a shorter name: at most 40 characters."
DIGEST_WHEN = "At what hour should the summary come? Write for example 08:00."
NOT_AN_HOUR = "Please write an hour like 08:00."


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
            "number as a client's name here, since Telegram can read chats with a bot. A locked phone may show the "
            "beginning of a message: turn previews off for this chat if others see yours.",
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


def talked_about(enrolment: Enrolment) -> Message:
    """Confirm that a signal was taken up."""
    return Message(("Noted.", f"For {enrolment.alias}: this comes up again only if a later check-in says so."))


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
                button_for("Take it back", Verb.REVOKE_INVITATION, enrolment),
                button_for("Open their page", Verb.OPEN_CLIENT, enrolment),
            ),
        ),
        Attachment(AttachmentKind.QR_CODE, link),
    )


def invitation_revoked(enrolment: Enrolment) -> Message:
    """Confirm that a link no longer works."""
    return Message(("Taken back.", f"The link for {enrolment.alias} no longer works."))


def no_open_invitation(enrolment: Enrolment) -> Message:
    """Say that there is no link to take back."""
    line = f"For {enrolment.alias}: {state_of(enrolment)}."
    if enrolment.state is EnrolmentState.INVITED:
        line = f"The link for {enrolment.alias} no longer works. /invite makes a new one."
    return Message(("There is no open link.", line))


def alias_is_taken(enrolment: Enrolment) -> Message:
    """Refuse a second client of one name."""
    return Message(
        (
            "This name is taken.",
            f"You have a client called {enrolment.alias} already ({state_of(enrolment)}). For a new account, "
            "remove them first and invite them again. For somebody else, take another name.",
        ),
        ((button_for("Open their page", Verb.OPEN_CLIENT, enrolment),),),
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
                button_for("Yes, it's them", Verb.CONFIRM_PAIRING, enrolment),
                button_for("No", Verb.REFUSE_PAIRING, enrolment),
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
        (
            (
                button_for("Just ended", Verb.JUST_ENDED, enrolment),
                button_for("Open their page", Verb.OPEN_CLIENT, enrolment),
            ),
        ),
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
    return Message(("That is settled.", f"{enrolment.alias}: {state_of(enrolment)}."))


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
    line = f"Done. The next summary comes on {day_and_hour(_next(therapist), zone)} ({zone.key})."
    if _next(therapist).astimezone(zone).weekday() == at.weekday:
        return Message((line,))
    return Message((f"{line} Clients were told that day. After it: {weekday(at.weekday)}s at {at.at:%H:%M}.",))


def no_comments() -> Message:
    """Answer a request to read what is not there any more."""
    return Message(("There is nothing to read there any more.",))
