"""What somebody reads before they agree, and when they stop. `TERMS_VERSION` rises with every change of substance."""

from conversations.buttons import Action, Verb
from conversations.message import Button, Heading, Message
from conversations.people import Enrolment, Therapist
from conversations.practice import Practice
from conversations.wording.dates import after, how_many_days
from conversations.wording.safety import help_now

TERMS_VERSION = 3

LINK_NOT_VALID = (
    "This link doesn't work any more.",
    "Links work once, and for 14 days. Please ask the person who sent it for a new one.",
)
TOO_MANY_LINKS = (
    "Please wait an hour.",
    "Several links that don't work were opened from here, so I look at none for a while. If yours is a new one, "
    "open it again in an hour.",
)
CHANGED = "What you agreed to has changed, so I'm asking you again before the next check-in."
AGREED_ALREADY = "You have agreed already. There is nothing more to do."
ANSWERED_ALREADY = "You have answered this already."
ASK_LATER = "All right. I'll ask you once more, in about a day."


def asked(enrolment: Enrolment, therapist: Therapist, practice: Practice) -> Message:
    """Ask for consent, with all that somebody must know to decide."""
    return Message(
        (
            "A question before we begin.",
            f"{therapist.name} ({practice.name}) invites you to short check-ins after your sessions. "
            "It is up to you, and it changes nothing about your sessions if you say no.",
            Heading("What is asked"),
            f"{_questions(practice)} about how the work with {therapist.name} feels to you, "
            f"{after(practice.check_in_delay)} a session, with at most one reminder. You can skip any of them, and "
            "add a few words.",
            Heading("Who sees it"),
            f"{therapist.name} is sent your answers once a week, can look at them before, and may be sent a note "
            "without content when you answer that you don't want to come back or want to be contacted. You can keep "
            f"any check-in private; then {therapist.name} sees only that you answered. {therapist.name} also sees when "
            "you leave one unanswered, pause, stop or delete. To confirm that it is you, "
            f"{therapist.name} is shown your Telegram name once. The people who run "
            f"this bot for {practice.name} don't look at answers unless they must, and then it is logged.",
            Heading("What you should know"),
            f"It is not for emergencies. {help_now(practice)}",
            "Telegram chats with a bot are not end-to-end encrypted: Telegram could read them. Your answers are stored "
            "encrypted. They are kept until you delete them or the practice does, and at most "
            f"{how_many_days(practice.keep_after_end)} after the check-ins have ended. Backups may hold them a while "
            "longer.",
            "/pause pauses, /stop ends it, /mydata shows everything that is stored, /deletemydata deletes it. What is "
            "already in this chat older than 48 hours, only you can delete.",
            f"This is for adults. Questions: {practice.contact}",
        ),
        (
            (_button("I agree", Verb.AGREE, enrolment),),
            (_button("No, thanks", Verb.NO_THANKS, enrolment), _button("Ask me later", Verb.ASK_LATER, enrolment)),
        ),
    )


def restored(therapist: Therapist) -> str:
    """Say why somebody is asked again after older data had to be used, and what became of their answers."""
    return (
        "This bot had to go back to an older copy of its data, and may have forgotten what you have chosen since. "
        "So I'm asking you again before the next check-in. "
        f"Answers that {therapist.name} had not been sent by then are kept private."
    )


def _questions(practice: Practice) -> str:
    number = len(practice.questions.questions)
    words = ("One", "Two", "Three", "Four", "Five", "Six")
    return f"{words[number - 1] if number <= len(words) else number} short question{'' if number == 1 else 's'}"


def waiting_for_confirmation(therapist: Therapist) -> Message:
    """Thank, and say what comes next."""
    return Message(
        (
            "Thank you.",
            f"{therapist.name} will confirm that it is you. After your next session you'll get your first check-in.",
        )
    )


def agreed_again() -> Message:
    """Thank for agreeing to changed terms."""
    return Message(("Thank you. The check-ins go on.",))


def declined() -> Message:
    """Take no for an answer."""
    return Message(
        (
            "That's all right. You won't be asked again.",
            "If you change your mind one day, ask for a new invitation. /deletemydata deletes what little is stored.",
        )
    )


def declined_stands() -> Message:
    """Say that an earlier no stands."""
    return Message(("You said no, and that stands.", "If you have changed your mind, ask for a new invitation."))


def confirmed(therapist: Therapist) -> Message:
    """Tell the client that all is set up."""
    return Message(
        (
            "All set.",
            f"{therapist.name} has confirmed that it is you. A short check-in will come after your next session.",
            "/help shows what you can do here.",
        )
    )


def not_confirmed() -> Message:
    """Tell somebody that the invitation was meant for another person, or so it seems."""
    return Message(
        (
            "This invitation could not be confirmed.",
            "It seems that it was meant for somebody else. Nothing was set up. If it was meant for you, "
            "please ask for a new one.",
        )
    )


def stop_choice(enrolments: tuple[tuple[Enrolment, Therapist], ...]) -> Message:
    """Ask which check-ins to stop, when there is more than one therapist."""
    return Message(
        ("Which check-ins do you want to stop?",),
        (
            *((_button(therapist.name, Verb.CHOOSE_STOP, enrolment),) for enrolment, therapist in enrolments),
            (Button("Never mind", Action(Verb.NEVER_MIND)),),
        ),
    )


def stop_question(enrolment: Enrolment, therapist: Therapist) -> Message:
    """Ask once for confirmation."""
    return Message(
        (
            "Do you want to stop?",
            f"No more check-ins about the work with {therapist.name}. Answers that {therapist.name} has not been sent "
            f"yet will be withheld. What was sent stays. {therapist.name} sees that you have stopped.",
        ),
        (
            (_button("Yes, stop", Verb.CONFIRM_STOP, enrolment),),
            (Button("Never mind", Action(Verb.NEVER_MIND)),),
        ),
    )


def stopped(therapist: Therapist, *, withheld: bool) -> Message:
    """Confirm that consent is withdrawn."""
    return _no_more("Stopped.", therapist, withheld=withheld)


def declined_anew(therapist: Therapist, *, withheld: bool) -> Message:
    """Take no for an answer from a client who had agreed before."""
    return _no_more("That's all right.", therapist, withheld=withheld)


def _no_more(first_line: str, therapist: Therapist, *, withheld: bool) -> Message:
    not_sent = f" Answers that {therapist.name} had not been sent yet are withheld." if withheld else ""
    return Message(
        (
            first_line,
            f"No more check-ins about the work with {therapist.name}.{not_sent}",
            "/deletemydata deletes everything that is stored of you. To start again, ask for a new invitation.",
        )
    )


def _button(label: str, verb: Verb, enrolment: Enrolment) -> Button:
    return Button(label, Action(verb, enrolment.code))
