"""What the client does with the card, as tables: page, tap or text, and what the card is then."""

from dataclasses import replace
from datetime import datetime

import pytest

from conversations.answering import ClientActed, answer
from conversations.buttons import Action, Verb
from conversations.check_in import Card
from conversations.decision import Decision, Purpose, ShowCard, Tell
from conversations.events import SentSomethingElse, Tapped, Wrote
from conversations.people import Account, EnrolmentState, Expectation, ExpectationKind
from conversations.sessions import Answer, CheckIn, CheckInState, Comment, Page, Reason, Session, Wish
from conversations.wording import check_in as wording
from tests.conversations.made_up import (
    CLIENT,
    DAY,
    NOW,
    PRACTICE,
    THERAPIST,
    account,
    at,
    card,
    check_in,
    enrolment,
    labels,
    messages_to,
    said_to,
    therapist,
)

LATER = NOW + 3 * DAY
"""When the check-in has expired."""


def on(page: Page, ratings: str = "", question: str | None = None, **changes: object) -> Card:
    """Return a card that shows a page."""
    state = CheckInState.SENT if page is Page.READY else CheckInState.STARTED
    held = check_in(ratings, state=state, page=page, question=question)
    return card(replace(held, **changes))  # type: ignore[arg-type]


def tap(verb: Verb, detail: str = "", value: str = "") -> Tapped:
    """Return a tap on the card of the session."""
    return Tapped(Action(verb, "S1", detail, value))


def saved(decision: Decision) -> CheckIn:
    """Return the check-in that a decision saves."""
    [found] = [one for one in decision.save if isinstance(one, CheckIn)]
    return found


ALL_FIVE = "5,5,5"
PAGES = [
    (on(Page.READY), tap(Verb.START), Page.QUESTION, "comfortable"),
    (on(Page.QUESTION, question="freely"), tap(Verb.START), Page.QUESTION, "freely"),
    (on(Page.QUESTION, question="comfortable"), tap(Verb.RATE, "comfortable", "4"), Page.QUESTION, "freely"),
    (on(Page.READY), tap(Verb.RATE, "comfortable", "4"), Page.QUESTION, "freely"),
    (on(Page.QUESTION, question="relieved"), tap(Verb.RATE, "comfortable", "4"), Page.QUESTION, "relieved"),
    (on(Page.QUESTION, question="comfortable"), tap(Verb.RATE, "comfortable", "6"), Page.QUESTION, "comfortable"),
    (on(Page.QUESTION, question="comfortable"), tap(Verb.RATE, "gone", "5"), Page.QUESTION, "comfortable"),
    (on(Page.QUESTION, question="return"), tap(Verb.RATE, "return", "5"), Page.COMMENT, None),
    (on(Page.QUESTION, question="return"), tap(Verb.RATE, "return", "4"), Page.COMMENT, None),
    (on(Page.QUESTION, question="return"), tap(Verb.RATE, "return", "3"), Page.REASON, None),
    (on(Page.QUESTION, question="return"), tap(Verb.RATE, "return", "1"), Page.REASON, None),
    (on(Page.QUESTION, question="return"), tap(Verb.SKIP, "return"), Page.COMMENT, None),
    (on(Page.QUESTION, question="comfortable"), tap(Verb.SKIP, "comfortable"), Page.QUESTION, "freely"),
    (on(Page.QUESTION, question="comfortable"), tap(Verb.SKIP, "gone"), Page.QUESTION, "comfortable"),
    (on(Page.REASON, "5,5,5,1"), tap(Verb.SKIP, "reason"), Page.WISH, None),
    (on(Page.WISH, "5,5,5,1"), tap(Verb.SKIP, "wish"), Page.COMMENT, None),
    (on(Page.COMMENT, "5,5,5,1"), tap(Verb.SKIP, "wish"), Page.COMMENT, None),
    (on(Page.COMMENT, "5,5,5,1"), tap(Verb.SKIP, "reason"), Page.COMMENT, None),
    (on(Page.QUESTION, question="comfortable"), tap(Verb.BACK, "comfortable"), Page.READY, None),
    (on(Page.QUESTION, question="return"), tap(Verb.BACK, "return"), Page.QUESTION, "relieved"),
    (on(Page.QUESTION, question="return"), tap(Verb.BACK, "gone"), Page.READY, None),
    (on(Page.REASON, "5,5,5,1"), tap(Verb.BACK, "reason"), Page.QUESTION, "return"),
    (on(Page.WISH, "5,5,5,1"), tap(Verb.BACK, "wish"), Page.REASON, None),
    (on(Page.QUESTION, question="freely"), tap(Verb.BACK, "freely"), Page.QUESTION, "comfortable"),
    (on(Page.WISH, "5,5,5,1", "return"), tap(Verb.BACK, "wish"), Page.REASON, None),
    (on(Page.WISH, "5,5,5,1", "return"), tap(Verb.WISH, "know"), Page.COMMENT, None),
    (on(Page.COMMENT, "5,5,5,1", "return"), tap(Verb.BACK, "comment"), Page.WISH, None),
    (on(Page.COMMENT, "5,5,5,1"), tap(Verb.BACK, "comment"), Page.WISH, None),
    (on(Page.COMMENT, "5,5,5,5"), tap(Verb.BACK, "comment"), Page.QUESTION, "return"),
    (on(Page.REASON, "5,5,5,1"), tap(Verb.REASON, "goals"), Page.WISH, None),
    (on(Page.REASON, "5,5,5,1"), tap(Verb.REASON, "gone"), Page.REASON, None),
    (on(Page.WISH, "5,5,5,1"), tap(Verb.WISH, "know"), Page.COMMENT, None),
    (on(Page.WISH, "5,5,5,1"), tap(Verb.WISH, "gone"), Page.WISH, None),
    (on(Page.COMMENT, "5,5,5,5"), tap(Verb.NOT_THIS_TIME), Page.COMMENT, None),
    (on(Page.COMMENT, "5,5,5,5"), tap(Verb.SEE_ANSWERS), Page.COMMENT, None),
    (on(Page.QUESTION, question="comfortable"), Tapped(None), Page.QUESTION, "comfortable"),
]


@pytest.mark.parametrize(("shown", "event", "page", "question"), PAGES)
def test_which_page_follows(shown: Card, event: ClientActed, page: Page, question: str | None) -> None:
    """One question at a time; the follow-up only after 1-3; a stale or foreign tap leads nowhere."""
    decision = answer(shown, event, NOW)
    assert (saved(decision).page, saved(decision).question) == (page, question)
    assert len(messages_to(CLIENT, decision)) == 1


def test_a_rating_is_stored_and_the_next_text_goes_to_the_card() -> None:
    """From the first tap on, the check-in is started, and typed text is expected for it."""
    decision = answer(on(Page.READY), tap(Verb.RATE, "comfortable", "4"), NOW)
    assert saved(decision).answers == (Answer("comfortable", 4, NOW),)
    assert (saved(decision).state, saved(decision).started_at) == (CheckInState.STARTED, NOW)
    assert replace(account(), expects=Expectation(ExpectationKind.CARD, "S1")) in decision.save


def test_going_back_to_wanting_to_return_forgets_the_reason_and_the_wish() -> None:
    """They belong to an answer that is no more."""
    shown = on(Page.QUESTION, "5,5,5,1", "return", reason=Reason.NOT_SAFE, wish=Wish.CONTACT_ME)
    changed = saved(answer(shown, tap(Verb.RATE, "return", "5"), NOW))
    kept = saved(answer(shown, tap(Verb.RATE, "return", "2"), NOW))
    assert (changed.reason, changed.wish) == (None, None)
    assert (kept.reason, kept.wish) == (Reason.NOT_SAFE, Wish.CONTACT_ME)


@pytest.mark.parametrize(("wish", "private"), [(Wish.KEEP_PRIVATE, True), (Wish.CONTACT_ME, False)])
def test_a_wish_can_be_to_keep_it_private(wish: Wish, private: bool) -> None:
    """And another wish takes that back."""
    chosen = saved(answer(on(Page.WISH, "5,5,5,1", kept_private=not private), tap(Verb.WISH, wish), NOW))
    assert (chosen.wish, chosen.kept_private) == (wish, private)


@pytest.mark.parametrize(
    ("shown", "verb", "state"),
    [
        (on(Page.READY), Verb.NOT_THIS_TIME, CheckInState.SKIPPED),
        (on(Page.READY), Verb.DID_NOT_MEET, CheckInState.CANCELLED),
        (on(Page.COMMENT), Verb.DONE, CheckInState.SKIPPED),
        (on(Page.COMMENT, "-,-,-,-"), Verb.DONE, CheckInState.SKIPPED),
        (on(Page.COMMENT, "5,-,-,-"), Verb.DONE, CheckInState.ANSWERED),
    ],
)
def test_how_a_check_in_ends_by_a_tap(shown: Card, verb: Verb, state: CheckInState) -> None:
    """Partial answers count; none at all is a skip; no reminder follows, and no text is expected."""
    decision = answer(shown, tap(verb), NOW)
    assert (saved(decision).state, saved(decision).closed_at, saved(decision).reminder_at) == (state, NOW, None)
    assert account() in decision.save


def test_no_session_after_all_cancels_the_session() -> None:
    """So that it is asked about no more, and counts for nothing."""
    decision = answer(on(Page.READY), tap(Verb.DID_NOT_MEET), NOW)
    assert [one.cancelled_at for one in decision.save if isinstance(one, Session)] == [NOW]


@pytest.mark.parametrize(
    ("shown", "text", "page", "says"),
    [
        (on(Page.QUESTION, question="comfortable"), "4", Page.QUESTION, "2 of 4"),
        (on(Page.QUESTION, question="return"), "rather not", Page.REASON, "What is it about?"),
        (on(Page.QUESTION, question="comfortable"), "maybe", Page.QUESTION, wording.TAP_OR_NUMBER),
        (on(Page.READY), "4", Page.READY, wording.TAP_PLEASE),
        (on(Page.REASON, "5,5,5,1"), "4", Page.REASON, wording.TAP_PLEASE),
        (
            on(Page.COMMENT, "5,5,5,5"),
            "Made-up words.",
            Page.COMMENT,
            "It goes with your answers. Dr. Made-Up is sent your answers on Monday 9 March",
        ),
        (
            on(Page.COMMENT, "5,5,5,5", kept_private=True),
            "Made-up words.",
            Page.COMMENT,
            "Dr. Made-Up sees only that you answered",
        ),
    ],
)
def test_what_a_typed_text_does(shown: Card, text: str, page: Page, says: str) -> None:
    """It answers what was asked last, or a line says what to do; the card is sent anew below it."""
    decision = answer(shown, Wrote(text), NOW)
    assert saved(decision).page == page
    assert says in said_to(CLIENT, decision)
    assert [one.anew for one in decision.say if isinstance(one, ShowCard)] == [True]


def test_comments_are_collected_until_done_and_can_be_removed() -> None:
    """With who sees them, who can be reached now, and that nobody reads live."""
    first = answer(on(Page.COMMENT, "5,5,5,5"), Wrote("One."), NOW)
    second = answer(card(saved(first)), Wrote("Two."), NOW)
    assert saved(second).comments == (Comment("One.", NOW), Comment("Two.", NOW))
    assert "Nobody reads this chat live." in said_to(CLIENT, second)
    assert "Dr. Made-Up" in said_to(CLIENT, second).partition("Nobody reads")[0]
    assert saved(answer(card(saved(second)), tap(Verb.REMOVE_COMMENTS), NOW)).comments == ()


def test_what_is_no_text_gets_a_line_that_says_so() -> None:
    """With who can be reached now."""
    said = said_to(CLIENT, answer(on(Page.COMMENT), SentSomethingElse(), NOW))
    assert said.startswith(wording.NOT_TEXT)
    assert "Made-up helpline" in said


GONE = replace(therapist(), removed_at=NOW - DAY)
AWAY = replace(therapist(), clients_told_at=NOW - DAY)


@pytest.mark.parametrize(
    ("whole", "says"),
    [
        (replace(on(Page.COMMENT), therapist=AWAY), "Check-ins are waiting for now."),
        (replace(on(Page.COMMENT), therapist=GONE), "Your check-ins have ended."),
        (replace(on(Page.COMMENT), enrolment=enrolment(EnrolmentState.WITHDRAWN)), "This check-in is closed."),
        (card(check_in(state=CheckInState.EXPIRED)), "This check-in is closed."),
    ],
)
@pytest.mark.parametrize("event", [Wrote("I can't go on."), SentSomethingElse()])
def test_whoever_writes_to_a_card_that_takes_nothing_learns_who_helps_now(
    whole: Card, says: str, event: Wrote | SentSomethingElse
) -> None:
    """That it was not kept, and the crisis lines; nothing is stored. A tap gets the line alone."""
    decision = answer(whole, event, NOW)
    said = said_to(CLIENT, decision)
    assert decision.save == ()
    assert said.startswith(says)
    assert "What you wrote was not kept." in said
    assert PRACTICE.crisis_lines[0] in said
    tapped = said_to(CLIENT, answer(whole, tap(Verb.DONE), NOW))
    assert tapped.startswith(says)
    assert "not kept" not in tapped


FINISHED = card(check_in("5,5,5,1"))
SHOWN = card(replace(FINISHED.check_in, shown_at=NOW))


@pytest.mark.parametrize(
    ("shown", "verb", "now", "says"),
    [
        (FINISHED, Verb.SEE_ANSWERS, NOW, "What you answered:"),
        (FINISHED, Verb.HIDE_ANSWERS, NOW, "This check-in is complete."),
        (FINISHED, Verb.CHANGE, NOW, "1 of 4"),
        (replace(FINISHED, other_card_is_open=True), Verb.CHANGE, NOW, "Another check-in is open."),
        (FINISHED, Verb.CHANGE, FINISHED.check_in.expires_at, "The time for changing these answers is over."),
        (FINISHED, Verb.CHANGE, LATER, "The time for changing these answers is over."),
        (FINISHED, Verb.KEEP_PRIVATE, LATER, "kept private"),
        (SHOWN, Verb.SEE_ANSWERS, NOW, "What you answered:"),
        (SHOWN, Verb.CHANGE, NOW, "Too late to change."),
        (SHOWN, Verb.KEEP_PRIVATE, NOW, "Too late to change."),
        (SHOWN, Verb.SHARE, NOW, "Too late to change."),
    ],
)
def test_what_can_be_done_afterwards(shown: Card, verb: Verb, now: datetime, says: str) -> None:
    """See, hide, change in time, and withhold: until the therapist has been shown it."""
    assert says in said_to(CLIENT, answer(shown, tap(verb), now))


def test_nobody_is_promised_a_reader_who_is_not_there() -> None:
    """The finished card names no day while the therapist is away."""
    alone = card(FINISHED.check_in, therapist=replace(therapist(), removed_at=NOW))
    assert said_to(CLIENT, answer(alone, tap(Verb.HIDE_ANSWERS), NOW)) == "Thank you. This check-in is complete."


def test_what_was_kept_private_can_be_shared_after_all() -> None:
    """The wish to keep it private goes with it; another wish stays."""
    for wish, left in ((Wish.KEEP_PRIVATE, None), (Wish.JUST_KNOW, Wish.JUST_KNOW)):
        hidden = card(replace(FINISHED.check_in, kept_private=True, wish=wish))
        shared = saved(answer(hidden, tap(Verb.SHARE), NOW))
        assert (shared.kept_private, shared.wish) == (False, left)


@pytest.mark.parametrize(
    ("event", "refused"),
    [
        (tap(Verb.RATE, "return", "5"), True),
        (tap(Verb.BACK, "comment"), True),
        (tap(Verb.REMOVE_COMMENTS), True),
        (tap(Verb.SKIP, "return"), True),
        (tap(Verb.WISH, Wish.KEEP_PRIVATE), True),
        (tap(Verb.WISH, Wish.JUST_KNOW), False),
        (tap(Verb.SKIP, "wish"), False),
        (tap(Verb.SKIP, "reason"), False),
        (tap(Verb.DONE), False),
    ],
)
def test_open_answers_that_were_shown_can_be_added_to_but_not_taken_back(event: Tapped, refused: bool) -> None:
    """A reason, a wish or a comment takes nothing back."""
    shown = on(Page.COMMENT, "5,5,5,1", shown_at=NOW)
    assert ("Too late to change." in said_to(CLIENT, answer(shown, event, NOW))) == refused


@pytest.mark.parametrize(
    ("shown", "event", "now", "says"),
    [
        (card(FINISHED.check_in, enrolment=enrolment(EnrolmentState.WITHDRAWN)), tap(Verb.CHANGE), NOW, "is closed."),
        (card(check_in(state=CheckInState.EXPIRED)), tap(Verb.START), NOW, "is closed. There will be another"),
        (card(check_in(state=CheckInState.EXPIRED)), Wrote("4"), NOW, "is closed. There will be another"),
        (on(Page.READY), tap(Verb.START), LATER, "is closed. There will be another"),
        (on(Page.READY), tap(Verb.START), on(Page.READY).check_in.expires_at, "is closed. There will be another"),
        (on(Page.COMMENT), Wrote("Made-up words."), LATER, wording.TAP_PLEASE),
        (FINISHED, Wrote("Made-up words."), NOW, wording.TAP_PLEASE),
        (FINISHED, Tapped(None), NOW, "is closed. There will be another"),
        (card(on(Page.READY).check_in, therapist=therapist(chat_id=None)), tap(Verb.START), NOW, "can't be reached"),
    ],
)
def test_what_comes_too_late_gets_a_line_and_changes_nothing(
    shown: Card, event: ClientActed, now: datetime, says: str
) -> None:
    """Never silence, never an error."""
    decision = answer(shown, event, now)
    assert decision.save == ()
    assert says in said_to(CLIENT, decision)
    assert [one.purpose for one in decision.say if isinstance(one, Tell)] == [Purpose.REPLY]


def nudge(shown: Card, event: ClientActed) -> Tell | None:
    """Return what is said to the therapist; None if nothing is."""
    told = [one for one in answer(shown, event, NOW).say if isinstance(one, Tell) and one.to == THERAPIST]
    return told[0] if told else None


LEAVING = on(Page.QUESTION, ALL_FIVE, "return")


@pytest.mark.parametrize(
    ("shown", "event", "waits"),
    [
        (LEAVING, tap(Verb.RATE, "return", "3"), None),
        (LEAVING, tap(Verb.RATE, "return", "2"), True),
        (on(Page.REASON, "5,5,5,2"), tap(Verb.REASON, "safe"), True),
        (on(Page.WISH, "5,5,5,2"), tap(Verb.WISH, "know"), False),
        (on(Page.WISH, "5,5,5,3"), tap(Verb.WISH, "contact"), False),
        (on(Page.WISH, "5,5,5,2"), tap(Verb.WISH, "private"), None),
        (on(Page.WISH, "5,5,5,2", shown_at=NOW), tap(Verb.WISH, "know"), None),
        (on(Page.WISH, "5,5,5,2", heads_up_at=NOW), tap(Verb.WISH, "know"), None),
        (card(LEAVING.check_in, therapist=replace(therapist(), heads_up=False)), tap(Verb.RATE, "return", "1"), None),
    ],
)
def test_the_therapist_is_nudged_without_a_word_about_why(shown: Card, event: Tapped, waits: bool | None) -> None:
    """After a no or a wish to be contacted; while they still choose, ten minutes later; None: not at all."""
    told = nudge(shown, event)
    assert (told is not None) == (waits is not None)
    if told is not None:
        assert told.purpose == Purpose.HEADS_UP
        assert told.not_before is not None
        assert (told.not_before > NOW) == waits
        assert labels(told.message) == ["Show my summary"]
        assert (told.enrolment, told.session) == ("MADEUP-E", "S1")


def test_the_account_is_the_clients_own() -> None:
    """What the next text is for is stored for whoever acts."""
    decision = answer(on(Page.READY), tap(Verb.START), NOW)
    assert [one.chat_id for one in decision.save if isinstance(one, Account)] == [CLIENT]


EXPECTING = replace(account(), expects=Expectation(ExpectationKind.CARD, "S1"))


def test_finishing_leaves_nothing_open() -> None:
    """No question, no reminder, no text that is waited for; and the therapist is nudged without delay."""
    held = replace(on(Page.COMMENT, "5,5,5,1", "return").check_in, reminder_at=LATER)
    decision = answer(card(held, account=EXPECTING), tap(Verb.DONE), NOW)
    finished = replace(
        held, state=CheckInState.ANSWERED, page=Page.FINISHED, question=None, closed_at=NOW, reminder_at=None
    )
    assert decision.save == (finished, account())
    assert said_to(CLIENT, decision).startswith("Thank you. This check-in is complete.")
    assert [one.not_before for one in decision.say if isinstance(one, Tell)] == [NOW]


@pytest.mark.parametrize(
    ("page", "verb", "says"),
    [
        (Page.READY, Verb.NOT_THIS_TIME, "All right, not this time."),
        (Page.READY, Verb.DID_NOT_MEET, "Thank you for telling me."),
        (Page.COMMENT, Verb.DONE, "All right, not this time."),
    ],
)
def test_a_closing_word_takes_the_place_of_the_card(page: Page, verb: Verb, says: str) -> None:
    """It is the same card, without a reminder, and no text is waited for."""
    held = replace(on(page).check_in, reminder_at=LATER)
    decision = answer(card(held, account=EXPECTING), tap(verb), NOW)
    [shown] = decision.say
    assert isinstance(shown, ShowCard)
    assert (shown.to, shown.session, shown.enrolment) == (CLIENT, "S1", "MADEUP-E")
    assert said_to(CLIENT, decision).startswith(says)
    assert saved(decision).reminder_at is None
    assert account() in decision.save


def test_answers_are_shown_on_the_card_itself() -> None:
    """Nothing is sent anew: it is the client who looks."""
    [shown] = answer(FINISHED, tap(Verb.SEE_ANSWERS), NOW).say
    assert isinstance(shown, ShowCard)
    assert (shown.to, shown.session, shown.enrolment, shown.anew) == (CLIENT, "S1", "MADEUP-E", False)


def test_sharing_after_all_nudges_the_therapist_at_once() -> None:
    """The answers are complete, so there is nothing to wait for."""
    hidden = card(replace(FINISHED.check_in, kept_private=True))
    told = nudge(hidden, tap(Verb.SHARE))
    assert told is not None
    assert told.not_before == NOW


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (on(Page.QUESTION, question="comfortable"), "I can't go on"),
        (on(Page.READY), "I can't go on"),
        (on(Page.REASON, "5,5,5,1"), "I can't go on"),
    ],
)
def test_a_text_that_is_not_taken_is_answered_with_who_can_be_reached(shown: Card, text: str) -> None:
    """It may have been written in need."""
    said = said_to(CLIENT, answer(shown, Wrote(text), NOW))
    assert "Nobody reads this chat live." in said
    assert "Made-up helpline" in said


def test_skipping_takes_back_what_was_chosen_before() -> None:
    """Of the reason and of the wish, each by itself."""
    chosen = {"reason": Reason.NOT_SAFE, "wish": Wish.CONTACT_ME}
    without_reason = saved(answer(on(Page.REASON, "5,5,5,1", **chosen), tap(Verb.SKIP, "reason"), NOW))
    without_wish = saved(answer(on(Page.WISH, "5,5,5,1", **chosen), tap(Verb.SKIP, "wish"), NOW))
    assert (without_reason.reason, without_reason.wish) == (None, Wish.CONTACT_ME)
    assert (without_wish.reason, without_wish.wish) == (Reason.NOT_SAFE, None)


@pytest.mark.parametrize(
    ("shown", "verb"), [(FINISHED, Verb.KEEP_PRIVATE), (on(Page.COMMENT, "5,5,5,1"), Verb.REMOVE_COMMENTS)]
)
def test_what_can_not_be_taken_back_says_who_saw_it_when(shown: Card, verb: Verb) -> None:
    """On a day of the client's own zone, where the night has another date."""
    seen = card(replace(shown.check_in, shown_at=at("2026-03-06 00:30")))
    said = said_to(CLIENT, answer(seen, tap(verb), NOW))
    assert "Dr. Made-Up was sent these answers on Friday 6 March." in said


def test_a_finished_card_that_nobody_reads_can_still_be_changed() -> None:
    """Its buttons are the same."""
    alone = card(FINISHED.check_in, therapist=replace(therapist(), removed_at=NOW))
    [message] = messages_to(CLIENT, answer(alone, tap(Verb.HIDE_ANSWERS), NOW))
    assert labels(message) == ["See my answers", "Change", "Keep private"]


def test_a_button_that_the_bot_does_not_know_is_answered_with_what_to_do() -> None:
    """The card comes again below."""
    said = said_to(CLIENT, answer(on(Page.QUESTION, question="freely"), Tapped(None), NOW))
    assert said.startswith(f"{wording.TAP_PLEASE}\n\n2 of 4")


def test_a_reason_is_stored() -> None:
    """And no question is left on the card."""
    chosen = saved(answer(on(Page.REASON, "5,5,5,1", "return"), tap(Verb.REASON, Reason.DIFFERENT_GOALS), NOW))
    assert (chosen.reason, chosen.page, chosen.question) == (Reason.DIFFERENT_GOALS, Page.WISH, None)


def test_a_tap_shows_that_the_card_has_arrived() -> None:
    """Before Telegram has said so: it counts as sent by then, and is reminded of from there. A text shows nothing."""
    due = card(check_in(state=CheckInState.DUE))
    tapped, wrote = (saved(answer(due, event, NOW)) for event in (tap(Verb.START), Wrote("4")))
    assert (tapped.sent_at, tapped.reminder_at) == (NOW, NOW + DAY)
    assert (wrote.sent_at, wrote.reminder_at) == (None, None)


def test_a_text_that_is_expected_already_needs_no_saving() -> None:
    """From the second tap on only the check-in changes."""
    shown = replace(on(Page.QUESTION, question="comfortable"), account=EXPECTING)
    decision = answer(shown, tap(Verb.RATE, "comfortable", "4"), NOW)
    assert decision.save == (saved(decision),)


@pytest.mark.parametrize(
    ("ratings", "page", "says"),
    [
        ("5,5,5,1", Page.WISH, "How should Dr. Made-Up take this up?"),
        ("5,5,5,5", Page.COMMENT, "Anything you want Dr. Made-Up to know?"),
    ],
)
def test_a_card_names_the_therapist_that_it_is_for(ratings: str, page: Page, says: str) -> None:
    """A client may have more than one."""
    assert says in said_to(CLIENT, answer(on(page, ratings), Tapped(None), NOW))
