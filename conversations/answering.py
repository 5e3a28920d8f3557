"""What the client does with the card: one question at a time, back, skip, change, keep private."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from conversations.buttons import Action, Verb
from conversations.check_in import Card, arrived, show
from conversations.decision import Decision, Purpose, ShowCard, Tell
from conversations.events import SentSomethingElse, Tapped, Wrote
from conversations.message import Message
from conversations.people import Expectation, ExpectationKind
from conversations.return_intent import calls_for_follow_up, heads_up
from conversations.sessions import Answer, CheckIn, CheckInState, Comment, Page, Reason, Wish
from conversations.wording import check_in as wording
from conversations.wording import client as client_wording
from conversations.wording.safety import help_now

ClientActed = Tapped | Wrote | SentSomethingElse


def answer(card: Card, event: ClientActed, now: datetime) -> Decision:
    """Decide what a tap, a text or anything else from the client does to the card."""
    if not card.enrolment.stands:
        return _refuse(card, event, wording.ended())
    if isinstance(event, Tapped):
        card = replace(card, check_in=arrived(card, now))
    check_in = card.check_in
    if check_in.is_open and not card.therapist.is_there:
        return _refuse(card, event, _nobody_reads(card))
    match check_in.state, event:
        case ((CheckInState.DUE | CheckInState.SENT | CheckInState.STARTED), _) if now < check_in.expires_at:
            return _while_open(card, event, now)
        case CheckInState.ANSWERED, Tapped(Action() as action):
            return _afterwards(card, action, now)
        case ((CheckInState.DUE | CheckInState.SENT | CheckInState.STARTED | CheckInState.ANSWERED), Wrote()):
            return _say(card, wording.standing(card.practice, wording.TAP_PLEASE))
        case _:
            return _refuse(card, event, wording.closed())


def _nobody_reads(card: Card) -> Message:
    if card.therapist.removed_at is not None:
        return client_wording.therapist_has_left(card.therapist, card.practice)
    return client_wording.therapist_is_away(card.therapist)


def _refuse(card: Card, event: ClientActed, why: Message) -> Decision:
    """Say why nothing is taken; to somebody who wrote, also that it was not kept, and who can be reached now."""
    match event:
        case Tapped():
            return _say(card, why)
        case _:
            return _say(card, client_wording.nothing_kept(why, card.practice))


def _while_open(card: Card, event: ClientActed, now: datetime) -> Decision:
    match event:
        case Tapped(Action() as action):
            return _tapped(card, action, now)
        case Wrote(text):
            return _wrote(card, text, now)
        case SentSomethingElse():
            return _again(card, now, wording.NOT_TEXT, help_now(card.practice))
        case _:
            return _again(card, now, wording.TAP_PLEASE)


def _tapped(card: Card, action: Action, now: datetime) -> Decision:
    check_in = card.check_in
    if check_in.shown_at and _would_change(action):
        return _say(card, wording.already_shown(check_in.shown_at, card.therapist.name, card.zone))
    match action.verb:
        case Verb.START:
            page_is_ready = check_in.page is Page.READY
            return _turn_to(card, _first_page(card) if page_is_ready else check_in, now)
        case Verb.RATE if card.practice.questions.question(action.detail) and action.value in {"1", "2", "3", "4", "5"}:
            return _rated(card, action.detail, int(action.value), now)
        case Verb.SKIP:
            return _skipped(card, action.detail, now)
        case Verb.BACK:
            return _back(card, action.detail, now)
        case Verb.REASON if action.detail in set(Reason):
            return _turn_to(card, replace(check_in, reason=Reason(action.detail), page=Page.WISH, question=None), now)
        case Verb.WISH if action.detail in set(Wish):
            return _wished(card, Wish(action.detail), now)
        case Verb.REMOVE_COMMENTS:
            return _turn_to(card, replace(check_in, comments=()), now)
        case Verb.DONE:
            return _finish(card, now)
        case Verb.NOT_THIS_TIME if check_in.page is Page.READY:
            return _close(card, CheckInState.SKIPPED, wording.not_this_time(), now)
        case Verb.DID_NOT_MEET if check_in.page is Page.READY:
            met_not = replace(card.session, cancelled_at=now)
            closed = _close(card, CheckInState.CANCELLED, wording.did_not_meet(), now)
            return Decision((met_not,)) + closed
        case _:
            return _turn_to(card, check_in, now)


def _would_change(action: Action) -> bool:
    """Tell whether a tap would take back or withhold answers; adding a reason, a wish or a comment does neither."""
    match action:
        case Action(Verb.RATE | Verb.BACK | Verb.REMOVE_COMMENTS):
            return True
        case Action(Verb.SKIP, _, what):
            return what not in {"reason", "wish"}
        case Action(Verb.WISH, _, what):
            return what == Wish.KEEP_PRIVATE
        case _:
            return False


def _first_page(card: Card) -> CheckIn:
    return _on_question(card.check_in, card.practice.questions.questions[0].id)


def _on_question(check_in: CheckIn, question: str) -> CheckIn:
    return replace(check_in, page=Page.QUESTION, question=question)


def _rated(card: Card, question: str, rating: int | None, now: datetime) -> Decision:
    """Store the answer. A tap on an older copy of the card counts for the question it shows, and turns no page."""
    answered = card.check_in.with_answer(Answer(question, rating, now))
    if question == card.practice.questions.return_question.id and not _asks_why(card, answered):
        answered = replace(answered, reason=None, wish=None)
    if card.check_in.page is Page.READY or card.check_in.question == question:
        answered = _after(card, question, answered)
    return _turn_to(card, answered, now)


def _asks_why(card: Card, check_in: CheckIn) -> bool:
    return calls_for_follow_up(check_in, card.practice.questions.return_question.id)


def _after(card: Card, question: str, check_in: CheckIn) -> CheckIn:
    asked = [one.id for one in card.practice.questions.questions]
    following = asked[asked.index(question) + 1 :]
    if following:
        return _on_question(check_in, following[0])
    return replace(check_in, page=Page.REASON if _asks_why(card, check_in) else Page.COMMENT, question=None)


def _skipped(card: Card, what: str, now: datetime) -> Decision:
    match what:
        case "reason" if card.check_in.page is Page.REASON:
            return _turn_to(card, replace(card.check_in, reason=None, page=Page.WISH), now)
        case "wish" if card.check_in.page is Page.WISH:
            return _turn_to(card, replace(card.check_in, wish=None, page=Page.COMMENT), now)
        case question if card.practice.questions.question(question):
            return _rated(card, question, None, now)
        case _:
            return _turn_to(card, card.check_in, now)


def _back(card: Card, what: str, now: datetime) -> Decision:
    asked = [one.id for one in card.practice.questions.questions]
    check_in = card.check_in
    match what:
        case "reason":
            check_in = _on_question(check_in, asked[-1])
        case "wish":
            check_in = replace(check_in, page=Page.REASON, question=None)
        case "comment" if _asks_why(card, check_in):
            check_in = replace(check_in, page=Page.WISH, question=None)
        case "comment":
            check_in = _on_question(check_in, asked[-1])
        case question if question in asked[1:]:
            check_in = _on_question(check_in, asked[asked.index(question) - 1])
        case _:
            check_in = replace(check_in, page=Page.READY, question=None)
    return _turn_to(card, check_in, now)


def _wished(card: Card, wish: Wish, now: datetime) -> Decision:
    private = wish is Wish.KEEP_PRIVATE
    chosen = replace(card.check_in, wish=wish, kept_private=private, page=Page.COMMENT, question=None)
    return _turn_to(card, chosen, now)


def _wrote(card: Card, text: str, now: datetime) -> Decision:
    check_in = card.check_in
    if check_in.page is Page.COMMENT:
        return _commented(card, text, now)
    question = card.practice.questions.question(check_in.question or "")
    rating = question.rating(text) if question else None
    if question is None:
        return _again(card, now, wording.TAP_PLEASE, help_now(card.practice))
    if rating is None:
        return _again(card, now, wording.TAP_OR_NUMBER, help_now(card.practice))
    return _with_card(_rated(card, question.id, rating, now), lambda message: message)


def _commented(card: Card, text: str, now: datetime) -> Decision:
    commented = replace(card.check_in, comments=(*card.check_in.comments, Comment(text, now)))
    lines = wording.comment_saved(commented, card.therapist.name, card.seen(now))
    decision = _turn_to(card, commented, now)
    return _with_card(decision, lambda message: message.above(*lines, help_now(card.practice)))


def _turn_to(card: Card, check_in: CheckIn, now: datetime) -> Decision:
    """Save the check-in and show its page; nudge the therapist if the answers call for it."""
    if check_in.page is not Page.READY:
        check_in = replace(check_in, state=CheckInState.STARTED, started_at=check_in.started_at or now)
    turned = replace(card, check_in=check_in)
    account = replace(card.account, expects=Expectation(ExpectationKind.CARD, check_in.session))
    saved = (check_in,) if account == card.account else (check_in, account)
    return Decision(saved, (show(turned, now), *heads_up(turned, now)))


def _again(card: Card, now: datetime, *lines: str) -> Decision:
    """Show the same page below what was just sent, with lines that say why."""
    return _with_card(_turn_to(card, card.check_in, now), lambda message: message.above(*lines))


def _with_card(decision: Decision, change: Callable[[Message], Message]) -> Decision:
    """Send the card of `decision` anew, since something was said below the older one."""
    say = tuple(
        replace(said, message=change(said.message), anew=True) if isinstance(said, ShowCard) else said
        for said in decision.say
    )
    return Decision(decision.save, say)


def _finish(card: Card, now: datetime) -> Decision:
    if not card.check_in.has_answers:
        return _close(card, CheckInState.SKIPPED, wording.not_this_time(), now)
    finished = replace(
        card.check_in,
        state=CheckInState.ANSWERED,
        page=Page.FINISHED,
        question=None,
        closed_at=now,
        reminder_at=None,
    )
    done = replace(card, check_in=finished)
    return Decision((finished, replace(card.account, expects=None)), (show(done, now), *heads_up(done, now)))


def _close(card: Card, state: CheckInState, message: Message, now: datetime) -> Decision:
    closed = replace(card.check_in, state=state, closed_at=now, reminder_at=None)
    shown = ShowCard(card.account.chat_id, closed.session, closed.enrolment, message)
    return Decision((closed, replace(card.account, expects=None)), (shown,))


def _afterwards(card: Card, action: Action, now: datetime) -> Decision:
    check_in = card.check_in
    match action.verb:
        case Verb.SEE_ANSWERS:
            return Decision(say=(_card(card, wording.answers(check_in, card.practice.questions)),))
        case Verb.KEEP_PRIVATE | Verb.CHANGE | Verb.SHARE if check_in.shown_at:
            return _say(card, wording.already_shown(check_in.shown_at, card.therapist.name, card.zone))
        case Verb.KEEP_PRIVATE:
            return _share_or_not(card, replace(check_in, kept_private=True), now)
        case Verb.SHARE:
            return _share_or_not(card, replace(check_in, kept_private=False, wish=_without_private(check_in)), now)
        case Verb.CHANGE if card.other_card_is_open:
            return _say(card, wording.other_card_first())
        case Verb.CHANGE if now < check_in.expires_at:
            return _turn_to(card, _first_page(card), now)
        case Verb.CHANGE:
            return _say(card, wording.time_to_change_is_over())
        case _:
            return Decision(say=(show(card, now),))


def _without_private(check_in: CheckIn) -> Wish | None:
    return None if check_in.wish is Wish.KEEP_PRIVATE else check_in.wish


def _share_or_not(card: Card, check_in: CheckIn, now: datetime) -> Decision:
    shared = replace(card, check_in=check_in)
    return Decision((check_in,), (show(shared, now), *heads_up(shared, now)))


def _card(card: Card, message: Message) -> ShowCard:
    return ShowCard(card.account.chat_id, card.check_in.session, card.enrolment.code, message)


def _say(card: Card, message: Message) -> Decision:
    return Decision(say=(Tell(card.account.chat_id, message, Purpose.REPLY),))
