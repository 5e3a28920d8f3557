"""The weekly digest in words, for ten minutes on a Monday morning. A summary, never a verdict."""

from dataclasses import dataclass
from typing import assert_never

from conversations.buttons import Action, Verb
from conversations.digest import Digest, Entry
from conversations.digest import Section as Part
from conversations.history import PastCheckIn
from conversations.message import Block, Button, Heading, Message, Quote, Section, length, plain, shortened, split
from conversations.questions import BEST, Question
from conversations.sessions import CheckIn, Wish
from conversations.signals import BASELINE, NO_SESSION_FOR, Baseline, Signal, SignalKind, Silence, baseline_of, mean
from conversations.usual import Usual
from conversations.wording.check_in import REASONS, WISHES
from conversations.wording.dates import full_day, short_day

FIRST_LINE = "Your weekly summary is ready."
SO_FAR_LINE = "Your summary so far."
CHANGED_MEANWHILE = "Something changed while this was on its way, so it was not sent. Please ask for it again: /digest"

KEPT_PRIVATE = "answered, kept private"

COMMENT_LIMIT = 500
COMMENTS_IN_ENTRY = 2
PAGE_LIMIT = 4000
"""Telegram takes 4,096 characters; a little is kept for the page number."""
BUTTONS_ON_PAGE = 40

PARTS = {
    Part.NO_LONGER_WANTS_TO_RETURN: "No longer wants to come back",
    Part.ASKED_TO_BE_CONTACTED: "Asked to be contacted",
    Part.UNSURE: "Unsure about coming back",
    Part.CHANGED: "Changed from their own usual",
    Part.LOW_ANSWER: "A low answer",
    Part.SILENCE: "Not heard from",
    Part.COMMENTS: "Comments",
    Part.STEADY: "Steady",
    Part.NOTHING_NEW: "Nothing new",
}
RULES = {
    SignalKind.NO_LONGER_WANTS_TO_RETURN: "an answer of 1 or 2 to this question",
    SignalKind.ASKED_TO_BE_CONTACTED: "they tapped “Contact me before our next session”",
    SignalKind.UNSURE: "an answer of 3 to this question",
    SignalKind.LOW_ANSWER: "an answer of 1 or 2 to another question",
}
TALKED = {
    SignalKind.NO_LONGER_WANTS_TO_RETURN: "coming back",
    SignalKind.ASKED_TO_BE_CONTACTED: "contact",
    SignalKind.UNSURE: "being unsure",
    SignalKind.CHANGED: "the change",
    SignalKind.LOW_ANSWER: "the low answer",
}
OPENINGS = {
    SignalKind.ASKED_TO_BE_CONTACTED: "You asked me to get in touch. What would you like me to know before we meet?",
    SignalKind.NO_LONGER_WANTS_TO_RETURN: "I'm glad you could say that you'd rather not come back. "
    "What has it been like for you here?",
    SignalKind.UNSURE: "You weren't sure about coming back. I'd like to understand that, whatever it is.",
}
"""One suggested sentence for each, the first that fits: who asked to be contacted is not opened with anything else."""
FOLLOWS = {
    Wish.RAISE_MYSELF: "They would like to raise it themselves: leave room for it.",
    Wish.JUST_KNOW: "They would like you to know it, and asked for nothing more.",
}
"""In place of a suggested sentence, where it would go against what the client wishes."""
SILENCES = {
    Silence.UNANSWERED_TWICE: "The last two check-ins went unanswered.",
    Silence.UNREACHABLE: "The bot can't reach them: it was blocked, or the account is gone.",
    Silence.PAUSED: "They have paused the check-ins.",
    Silence.DECLINED: "They said no to check-ins.",
    Silence.WITHDRAWN: "They have stopped the check-ins.",
    Silence.NEVER_STARTED: "Not started yet: the invitation is unopened, unanswered or unconfirmed.",
    Silence.ASKED_ANEW: "Something they agreed to has changed: they were asked again and have not answered yet.",
    Silence.NO_SESSION_RECORDED: f"No session recorded for {NO_SESSION_FOR.days} days or more.",
}


@dataclass(frozen=True, slots=True)
class Page:
    """One message of a digest, and the sessions whose answers it shows."""

    message: Message
    shows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Piece:
    """What stays together on one page: an entry, under the title of its part where it is the first on the page."""

    part: str | None
    blocks: tuple[Block, ...]
    buttons: tuple[Button, ...] = ()
    shows: tuple[str, ...] = ()


def pages(digest: Digest, first_line: str) -> tuple[Page, ...]:
    """Return the digest in messages short enough for Telegram, split between entries, first section first."""
    pieces = [_Piece(None, (first_line, _counts(digest))), *_entries(digest)]
    if not digest.entries:
        pieces.append(_Piece(None, ("There is nothing to tell yet. /invite adds a client, /clients shows them.",)))
    filled: list[list[_Piece]] = [[]]
    for piece in pieces:
        if filled[-1] and _is_too_long([*filled[-1], piece]):
            filled.append([])
        filled[-1].append(piece)
    return tuple(_page(page, number, len(filled)) for number, page in enumerate(filled, 1))


def _is_too_long(pieces: list[_Piece]) -> bool:
    too_many = sum(len(piece.buttons) for piece in pieces) > BUTTONS_ON_PAGE
    return too_many or length(plain(Message(_blocks(pieces)))) > PAGE_LIMIT


def _blocks(pieces: list[_Piece]) -> tuple[Block, ...]:
    blocks: list[Block] = []
    part = None
    for piece in pieces:
        if piece.part and piece.part != part:
            blocks.append(Section(piece.part))
        part = piece.part
        blocks += piece.blocks
    return tuple(blocks)


def _page(pieces: list[_Piece], number: int, total: int) -> Page:
    blocks = _blocks(pieces)
    if total > 1:
        line = f"Page {number} of {total}"
        blocks = (f"{blocks[0]} {line}.", *blocks[1:]) if number == 1 else (f"{line}.", *blocks)
    buttons = tuple((button,) for piece in pieces for button in piece.buttons)
    shows = tuple(session for piece in pieces for session in piece.shows)
    return Page(Message(blocks, buttons), shows)


def _counts(digest: Digest) -> str:
    private = f" {digest.kept_private} of these kept private." if digest.kept_private else ""
    scale = f" Answers are numbers from 1 to {BEST}, {BEST} best." if any(one.told for one in digest.entries) else ""
    return (
        f"{full_day(digest.now, digest.zone)}. Since the last one: {digest.asked} asked, "
        f"{digest.answered} answered.{private}{scale}"
    )


def _entries(digest: Digest) -> list[_Piece]:
    quiet = [entry for entry in digest.entries if entry.section is Part.NOTHING_NEW]
    pieces = [_piece(entry, digest) for entry in digest.entries if entry.section is not Part.NOTHING_NEW]
    for number in range(0, len(quiet), 20):
        lines = "\n".join(_quiet_line(entry) for entry in quiet[number : number + 20])
        pieces.append(_Piece(PARTS[Part.NOTHING_NEW], (lines,)))
    return pieces


def _quiet_line(entry: Entry) -> str:
    if entry.kept_private:
        return f"{entry.history.enrolment.alias}: {KEPT_PRIVATE}"
    return entry.history.enrolment.alias


def _piece(entry: Entry, digest: Digest) -> _Piece:
    alias = entry.history.enrolment.alias
    blocks: list[Block] = [Heading(alias)]
    if entry.silence:
        blocks.append(SILENCES[entry.silence])
    blocks += [_signal(signal, entry, digest) for signal in entry.signals]
    blocks += _answers(entry, digest)
    if entry.kept_private:
        blocks.append(_private_line(entry.kept_private))
    comments, cut = _comments(entry)
    blocks += comments
    blocks += _opening(entry)
    return _Piece(PARTS[entry.section], tuple(blocks), _buttons(entry, cut, digest), entry.shows)


def _opening(entry: Entry) -> list[Block]:
    """Return how to take it up: as the client wishes, or else with one suggested sentence."""
    wishes = {signal.check_in.wish for signal in entry.signals if signal.kind in OPENINGS}
    by_wish = next((FOLLOWS[wish] for wish in FOLLOWS if wish in wishes), None)
    if by_wish:
        return [by_wish]
    kinds = {signal.kind for signal in entry.signals}
    opening = next((sentence for kind, sentence in OPENINGS.items() if kind in kinds), None)
    return [f"You might open with: “{opening}”"] if opening else []


def _private_line(number: int) -> str:
    return f"A check-in: {KEPT_PRIVATE}." if number == 1 else f"{number} check-ins: {KEPT_PRIVATE}."


def _signal(signal: Signal, entry: Entry, digest: Digest) -> str:
    day = short_day(signal.check_in.ended_at, digest.zone)
    match signal.kind:
        case SignalKind.NO_LONGER_WANTS_TO_RETURN | SignalKind.UNSURE:
            lines = [f"{day}: {_rating(digest.practice.questions.return_question, signal.check_in)}"]
            lines += _before(signal, entry, digest)
            lines += _reason_and_wish(signal.check_in)
        case SignalKind.ASKED_TO_BE_CONTACTED:
            lines = [f"{day}: would like to be contacted before the next session."]
        case SignalKind.CHANGED:
            return f"{day}: {_change(signal, digest)}"
        case SignalKind.LOW_ANSWER:
            questions = (digest.practice.questions.question(one) for one in signal.questions)
            lines = [f"{day}: " + " ".join(_rating(one, signal.check_in) for one in questions if one)]
        case _:
            assert_never(signal.kind)
    return "\n".join([*lines, f"Why it is here: {rule(signal)}."])


def rule(signal: Signal) -> str:
    """Say which rule raised a signal."""
    if signal.kind is not SignalKind.CHANGED:
        return RULES[signal.kind]
    why = ["two or more below the time before"] if signal.drops else []
    why += ["a mean more than one standard deviation below both"] if signal.baseline else []
    return "; ".join(why)


def _rating(question: Question, check_in: PastCheckIn) -> str:
    rating = check_in.ratings.get(question.id)
    return f"“{question.text}” {question.label(rating)} ({rating} of {BEST})." if rating else f"“{question.text}” –"


def _before(signal: Signal, entry: Entry, digest: Digest) -> list[str]:
    question = digest.practice.questions.return_question
    told = []
    for earlier in entry.before(signal.check_in):
        rating = earlier.ratings.get(question.id)
        day = short_day(earlier.ended_at, digest.zone)
        told.append(f"{question.label(rating) if rating else 'no answer'} ({day})")
    return [f"Before: {', '.join(told)}."] if told else ["Before: nothing, this was the first answer."]


def _reason_and_wish(check_in: PastCheckIn) -> list[str]:
    lines = []
    if check_in.reason:
        lines.append(f"About: “{REASONS[check_in.reason]}”.")
    if check_in.wish:
        lines.append(f"Their wish: “{WISHES[check_in.wish]}”.")
    return lines


def _change(signal: Signal, digest: Digest) -> str:
    lines = []
    for drop in signal.drops:
        question = digest.practice.questions.question(drop.question)
        name = question.short if question else drop.question
        lines.append(f"{name}: {drop.rating}, the time before {drop.previous}.")
    if signal.baseline:
        lines.append(_means(signal.baseline))
    return "\n".join(
        [
            "A change that may be a rupture, or may not.",
            *lines,
            f"Why it is here: {rule(signal)}.",
        ]
    )


def _means(baseline: Baseline) -> str:
    return (
        f"Mean {baseline.mean:.1f}; their own usual {baseline.own_mean:.1f} (SD {baseline.own_deviation:.1f}, "
        f"n = {baseline.own_number}); your caseload {baseline.caseload_mean:.1f} "
        f"(SD {baseline.caseload_deviation:.1f}, n = {baseline.caseload_number})."
    )


def _answers(entry: Entry, digest: Digest) -> list[Block]:
    lines = []
    for check_in in entry.told:
        day = short_day(check_in.ended_at, digest.zone)
        ratings = (
            f"{question.short} {check_in.ratings.get(question.id) or '–'}"
            for question in digest.practice.questions.questions
        )
        lines.append(f"{day}: {' · '.join(ratings)}")
    if entry.streak:
        lines.append(f"All best answers {entry.streak} times in a row, which says little.")
    elif lines and not entry.signals and _tells_too_little(entry):
        lines.append(f"Too little to tell a change: fewer than {BASELINE} earlier check-ins.")
    return ["\n".join(lines)] if lines else []


def _tells_too_little(entry: Entry) -> bool:
    latest, usual = entry.told[-1], Usual.of((entry.history,))
    return baseline_of(latest, entry.history, usual) is None and mean(latest) is not None


def _comments(entry: Entry) -> tuple[list[Block], list[PastCheckIn]]:
    """Return the latest comments, cut to size, and the check-ins of which there is more to read."""
    written = [(check_in, comment) for check_in in entry.told for comment in check_in.comments]
    older, latest = written[:-COMMENTS_IN_ENTRY], written[-COMMENTS_IN_ENTRY:]
    long = [(check_in, comment) for check_in, comment in latest if length(comment) > COMMENT_LIMIT]
    sessions = {check_in.session for check_in, _ in older + long}
    blocks: list[Block] = [Quote(shortened(comment, COMMENT_LIMIT)) for _, comment in latest]
    return blocks, [one for one in entry.told if one.session in sessions]


def _buttons(entry: Entry, cut: list[PastCheckIn], digest: Digest) -> tuple[Button, ...]:
    alias = entry.history.enrolment.alias
    buttons = []
    for signal in entry.signals:
        about = f" ({TALKED[signal.kind]})" if len(entry.signals) > 1 else ""
        action = Action(Verb.TALKED_ABOUT, signal.check_in.session, signal.kind)
        buttons.append(Button(f"Talked about it: {alias}{about}", action))
    for one in cut:
        day = short_day(one.ended_at, digest.zone)
        about = f" ({day})" if len(cut) > 1 else ""
        buttons.append(Button(f"Read all: {alias}{about}", Action(Verb.READ_ALL, one.session)))
    return tuple(buttons)


def comments_in_full(check_in: CheckIn, alias: str, day: str) -> tuple[Message, ...]:
    """Return everything a client wrote, each comment in messages of its own since each may be longer than one."""
    title = Heading(f"{alias}, session of {day}")
    parts = [part for comment in check_in.comments for part in split(comment.text, PAGE_LIMIT - length(title.text))]
    return tuple(Message(("What you asked to read.", title, Quote(part))) for part in parts)
