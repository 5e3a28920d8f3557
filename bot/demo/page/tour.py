"""Where the guided tour stands with a client, told from what is stored: so it survives a reload, and goes on anywhere.

A step names the control to use next. A button is found by what it asks for, never by its label.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from bot.demo.page.people import Player
from bot.store import Transaction
from conversations.buttons import Action, Verb, decode
from conversations.people import Enrolment, EnrolmentState
from conversations.questions import QuestionSet
from conversations.sessions import CheckIn, CheckInState, Page, Wish

Target = dict[str, Any]


class Step(IntEnum):
    """The steps of the tour."""

    INVITE = 0
    AGREE = 1
    CONFIRM = 2
    SESSION = 3
    ANSWER = 4
    MONDAY = 5
    READ = 6
    DONE = 7


@dataclass(frozen=True, slots=True)
class Facts:
    """What is stored of a client in the demo."""

    enrolment: Enrolment | None
    """The newest one of their account; None: they have opened no link."""
    check_in: CheckIn | None
    """The latest one."""
    talked_about: bool
    """Whether the therapist has taken up a signal of the latest check-in."""


def facts_of(player: Player, transaction: Transaction) -> Facts:
    """Look up what is stored of a client."""
    own = transaction.people.enrolments_of(player.number)
    enrolment = own[-1] if own else None
    check_ins = transaction.check_ins.check_ins_of((enrolment.code,))[enrolment.code] if enrolment else []
    latest = check_ins[-1] if check_ins else None
    taken_up = transaction.histories.talked_about(enrolment.therapist).get(enrolment.code, ()) if enrolment else ()
    return Facts(enrolment, latest, latest is not None and any(session == latest.session for session, _ in taken_up))


def step_of(facts: Facts, *, link_waits: bool) -> Step:
    """Return the step that comes next. `link_waits`: whether the therapist has a link that nobody has opened."""
    match facts.enrolment.state if facts.enrolment else None:
        case None | EnrolmentState.INVITED:
            return Step.AGREE if link_waits else Step.INVITE
        case EnrolmentState.OPENED:
            return Step.AGREE
        case EnrolmentState.GRANTED:
            return Step.CONFIRM
        case EnrolmentState.ACTIVE:
            return _with_check_in(facts)
        case _:
            return Step.DONE


def _with_check_in(facts: Facts) -> Step:
    check_in = facts.check_in
    if check_in is None or check_in.state is CheckInState.PLANNED:
        return Step.SESSION
    if check_in.closed_at is None:
        return Step.ANSWER
    if check_in.state is not CheckInState.ANSWERED:
        return Step.SESSION  # that one was skipped, or its time ran out
    if check_in.shown_at is None:
        return Step.MONDAY
    return Step.DONE if facts.talked_about else Step.READ


def target(step: Step, facts: Facts, client: Player, therapist: Player, questions: QuestionSet) -> Target | None:
    """Return the control to use next: one of the page's own by name, or a button of a message; None: none."""
    match step:
        case Step.INVITE:
            return {"control": "suggestion"}
        case Step.AGREE:
            return _button(client, lambda action: action.verb is Verb.AGREE) or {"control": "hand_over"}
        case Step.CONFIRM:
            return _button(therapist, lambda action: action.verb is Verb.CONFIRM_PAIRING)
        case Step.SESSION if facts.check_in and facts.check_in.state is CheckInState.PLANNED:
            return {"control": "two_hours"}
        case Step.SESSION:
            return {"control": "session_ends"}
        case Step.ANSWER if facts.check_in:
            return _next_answer(facts.check_in, client, questions)
        case Step.MONDAY:
            return {"control": "monday"}
        case Step.READ:
            return _button(therapist, lambda action: action.verb is Verb.TALKED_ABOUT)
    return None


def _next_answer(check_in: CheckIn, client: Player, questions: QuestionSet) -> Target | None:
    def is_next(action: Action) -> bool:
        match check_in.page, action.verb:
            case (Page.READY, Verb.START) | (Page.REASON, Verb.REASON) | (Page.COMMENT, Verb.DONE):
                return True
            case Page.QUESTION, Verb.RATE:
                return action.value == ("1" if action.detail == questions.return_question.id else "3")
            case Page.WISH, Verb.WISH:
                return action.detail == Wish.CONTACT_ME
        return False

    return _button(client, lambda action: action.subject == check_in.session and is_next(action))


def _button(player: Player, fits: Callable[[Action], bool]) -> Target | None:
    for message in reversed(player.phone.sees()):
        for row, buttons in enumerate(message.buttons):
            for column, button in enumerate(buttons):
                action = decode(button.data or "")
                if action is not None and fits(action):
                    return {"who": player.number, "message": message.message_id, "row": row, "column": column}
    return None
