"""The card of a check-in: what a client in pain reads on a phone, one thing at a time."""

from datetime import datetime
from typing import assert_never
from zoneinfo import ZoneInfo

from conversations.buttons import Action, Verb
from conversations.message import Block, Button, Heading, Message, Quote, shortened
from conversations.practice import Practice
from conversations.questions import BEST, Question, QuestionSet
from conversations.sessions import CheckIn, Page, Reason, Wish
from conversations.wording.dates import day, day_and_hour
from conversations.wording.safety import help_now

ECHO_LIMIT = 500
"""How much of a comment clients are shown again: what they wrote stands in the chat anyway."""
COMMENTS_ECHOED = 5

REASONS = {
    Reason.NOT_LISTENED_TO: "Not really listened to",
    Reason.PAIN_NOT_SEEN: "My pain isn't seen",
    Reason.PROBLEM_NOT_UNDERSTOOD: "My problem isn't understood",
    Reason.DIFFERENT_GOALS: "We don't want the same things",
    Reason.NOT_HELPING: "It isn't helping",
    Reason.NOT_SAFE: "I can't be open, or don't feel safe",
    Reason.PRACTICAL: "Time, money or distance",
    Reason.FINISHED: "I've finished what I came for",
    Reason.RATHER_NOT_SAY: "I'd rather not say",
}
WISHES = {
    Wish.BRING_UP: "Bring it up next session",
    Wish.CONTACT_ME: "Contact me before our next session",
    Wish.JUST_KNOW: "Just know it",
    Wish.RAISE_MYSELF: "I'll raise it myself",
    Wish.KEEP_PRIVATE: "Keep this private",
}

REMINDER = "Your short check-in is still open."
WAS_AWAY = "I was away for a while. If you tapped something, please tap it once more."
NOT_TEXT = "I can only read text. What you sent was not kept."
TAP_OR_NUMBER = (
    "Please tap one of the answers, or type a number: 5 for the one at the top, down to 1 for the one at the bottom. "
    "What you wrote was not kept."
)
TAP_PLEASE = "Please tap one of the buttons. What you wrote was not kept."
ALREADY_CLOSED = "This check-in is closed."
NEXT_ONE = "There will be another one after your next session."
MORE_STORED = "You wrote more than fits here; /mydata has all of it."
MOVED_DOWN = "Continued below."


def page(check_in: CheckIn, questions: QuestionSet, therapist: str, seen: str, zone: ZoneInfo) -> Message:
    """Return the card as it stands. `seen` says when the therapist is sent the answers."""
    match check_in.page:
        case Page.READY:
            return ready(check_in, len(questions.questions), zone)
        case Page.QUESTION:
            return _question(check_in, questions)
        case Page.REASON:
            return _reason(check_in)
        case Page.WISH:
            return _wish(check_in, therapist, seen)
        case Page.COMMENT:
            return _comment(check_in, therapist)
        case Page.FINISHED:
            return finished(check_in, seen)
        case _:
            assert_never(check_in.page)


def ready(check_in: CheckIn, questions: int, zone: ZoneInfo) -> Message:
    """Invite to answer."""
    return Message(
        (
            "A short check-in is ready.",
            f"{_count(questions)}, about a minute. It stays open until {day_and_hour(check_in.expires_at, zone)}.",
        ),
        (
            (_button("Start", Verb.START, check_in),),
            (
                _button("Not this time", Verb.NOT_THIS_TIME, check_in),
                _button("We didn't meet", Verb.DID_NOT_MEET, check_in),
            ),
        ),
    )


def _count(questions: int) -> str:
    words = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight")
    number = words[questions] if questions < len(words) else str(questions)
    return f"{number} question{'' if questions == 1 else 's'}"


def _question(check_in: CheckIn, questions: QuestionSet) -> Message:
    asked = [question.id for question in questions.questions]
    number = asked.index(check_in.question or asked[0])
    question = questions.questions[number]
    given = check_in.rating(question.id)
    ratings = range(BEST, 0, -1)
    return Message(
        (f"{number + 1} of {len(asked)}", Heading(question.text)),
        (
            *((_answer(check_in, question, rating, chosen=rating == given),) for rating in ratings),
            (
                _button("Back", Verb.BACK, check_in, question.id),
                _button("Skip", Verb.SKIP, check_in, question.id),
            ),
        ),
    )


def _answer(check_in: CheckIn, question: Question, rating: int, *, chosen: bool) -> Button:
    label = f"✓ {question.label(rating)}" if chosen else question.label(rating)
    return _button(label, Verb.RATE, check_in, question.id, str(rating))


def _reason(check_in: CheckIn) -> Message:
    return Message(
        ("Thank you for saying so.", Heading("What is it about?"), "You don't have to say."),
        (
            *((_button(label, Verb.REASON, check_in, reason),) for reason, label in REASONS.items()),
            (_button("Back", Verb.BACK, check_in, "reason"), _button("Skip", Verb.SKIP, check_in, "reason")),
        ),
    )


def _wish(check_in: CheckIn, therapist: str, seen: str) -> Message:
    return Message(
        (
            "One more thing, if you like.",
            Heading(f"How should {therapist} take this up?"),
            f"{therapist} was sent your answers." if check_in.shown_at else _who_sees(check_in, therapist, seen),
        ),
        (
            *((_button(label, Verb.WISH, check_in, wish),) for wish, label in WISHES.items()),
            (_button("Back", Verb.BACK, check_in, "wish"), _button("Skip", Verb.SKIP, check_in, "wish")),
        ),
    )


def seen_by(therapist: str, latest_day: str) -> str:
    """Say when the therapist is sent the answers."""
    return f"{therapist} is sent your answers on {latest_day} at the latest."


def nobody_knows_when(therapist: str, contact: str) -> str:
    """Say that the therapist can't be reached, and whom else to ask."""
    return (
        f"{therapist} can't be reached through this bot right now, so I can't say when your answers will be seen. "
        f"If you want to be contacted, please ask {contact}."
    )


def _who_sees(check_in: CheckIn, therapist: str, seen: str) -> str:
    """Say who sees the answers and when; after a nudge, what the therapist knows already."""
    told = f"{therapist} has been told that there is something new, not what it is. " if check_in.heads_up_at else ""
    return f"{told}{seen} If you keep them private, {therapist} sees only that you answered."


def _comment(check_in: CheckIn, therapist: str) -> Message:
    private = "Anything you want to note for yourself? This check-in is private."
    blocks: list[Block] = [
        "Almost done.",
        Heading(private if check_in.kept_private else f"Anything you want {therapist} to know?"),
    ]
    if check_in.comments:
        blocks += ["You wrote:", *(Quote(shortened(comment.text, ECHO_LIMIT)) for comment in check_in.comments[-1:])]
        blocks.append(
            "Write more if you like, then tap Done. To take it back, tap Remove what I wrote: changing or deleting "
            "your message in the chat changes nothing here."
        )
    else:
        blocks.append("If so, write it here, in one message or several. Then tap Done.")
    remove = ((_button("Remove what I wrote", Verb.REMOVE_COMMENTS, check_in),),) if check_in.comments else ()
    return Message(
        tuple(blocks),
        (
            (_button("Done", Verb.DONE, check_in),),
            *remove,
            (_button("Back", Verb.BACK, check_in, "comment"),),
        ),
    )


def comment_saved(check_in: CheckIn, therapist: str, seen: str) -> tuple[Block, ...]:
    """Say that a comment is kept, and who sees it when."""
    if check_in.kept_private:
        return ("Saved.", f"You are keeping this check-in private: {therapist} sees only that you answered.")
    return ("Saved.", f"It goes with your answers. {seen}")


def finished(check_in: CheckIn, seen: str) -> Message:
    """Collapse the card to a neutral line."""
    if check_in.kept_private:
        return Message(("Thank you. This check-in is kept private.",), (_after(check_in),))
    if check_in.shown_at:
        return Message(("Thank you. This check-in is complete.",), (_after(check_in),))
    return Message(
        ("Thank you. This check-in is complete.", seen),
        (_after(check_in),),
    )


def finished_unread(check_in: CheckIn) -> Message:
    """Collapse the card while nobody is there to read it."""
    return Message(("Thank you. This check-in is complete.",), (_after(check_in),))


def _after(check_in: CheckIn) -> tuple[Button, ...]:
    see = _button("See my answers", Verb.SEE_ANSWERS, check_in)
    if check_in.shown_at:
        return (see,)
    keep = (
        _button("Share after all", Verb.SHARE, check_in)
        if check_in.kept_private
        else _button("Keep private", Verb.KEEP_PRIVATE, check_in)
    )
    return see, _button("Change", Verb.CHANGE, check_in), keep


def answers(check_in: CheckIn, questions: QuestionSet) -> Message:
    """Show clients what they said."""
    return Message(
        ("What you answered:", *answer_lines(check_in, questions)),
        ((_button("Hide", Verb.HIDE_ANSWERS, check_in), *_after(check_in)[1:]),),
    )


def answer_lines(check_in: CheckIn, questions: QuestionSet) -> tuple[Block, ...]:
    """Return the answers in the order of the questions, then the reason, the wish and the comments."""
    lines = []
    for question in questions.questions:
        rating = check_in.rating(question.id)
        lines.append(f"{question.text} {question.label(rating) if rating else '(no answer)'}")
    if check_in.reason:
        lines.append(f"About: {REASONS[check_in.reason]}")
    if check_in.wish:
        lines.append(f"Your wish: {WISHES[check_in.wish]}")
    latest = check_in.comments[-COMMENTS_ECHOED:]
    shown = tuple(Quote(shortened(comment.text, ECHO_LIMIT)) for comment in latest)
    is_whole = tuple(quote.text for quote in shown) == tuple(comment.text for comment in check_in.comments)
    return ("\n".join(lines), *shown, *(() if is_whole else (MORE_STORED,)))


def not_this_time() -> Message:
    """Take no for an answer."""
    return Message(("All right, not this time.", NEXT_ONE))


def did_not_meet() -> Message:
    """Drop a check-in for a session that never was."""
    return Message(("Thank you for telling me. I've cleared this one.",))


def closed() -> Message:
    """Replace a card whose time has passed."""
    return Message((f"{ALREADY_CLOSED} {NEXT_ONE}",))


def ended() -> Message:
    """Replace a card after which no other one comes."""
    return Message((ALREADY_CLOSED,))


def already_shown(shown_at: datetime, therapist: str, zone: ZoneInfo) -> Message:
    """Say why answers can't be changed or withheld any more."""
    when = day(shown_at, zone)
    return Message(("Too late to change.", f"{therapist} was sent these answers on {when}. They can't be changed now."))


def other_card_first() -> Message:
    """Keep to one open card at a time."""
    return Message(("Another check-in is open.", "Please finish that one first, then come back to this one."))


def time_to_change_is_over() -> Message:
    """Say why answers can't be changed any more, although nobody has seen them."""
    return Message(("The time for changing these answers is over.",))


def standing(practice: Practice, first: str) -> Message:
    """Answer what the bot can't take, with who can be reached now."""
    return Message((first, help_now(practice)))


def _button(label: str, verb: Verb, check_in: CheckIn, detail: str = "", value: str = "") -> Button:
    return Button(label, Action(verb, check_in.session, detail, value))
