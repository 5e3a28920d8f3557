"""Sentences that depend on numbers, days and settings; and first lines that a lock screen may show."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from conversations.message import Message, length, plain
from conversations.practice import Practice
from conversations.questions import Question, QuestionSet
from conversations.sessions import Comment, Page, Reason, Wish
from conversations.wording import caseload as caseload_wording
from conversations.wording import check_in as card_wording
from conversations.wording import consent as consent_wording
from conversations.wording import dates, profile
from conversations.wording import therapist as therapist_wording
from conversations.wording.safety import help_now
from tests.conversations.made_up import BERLIN, HOUR, NOW, PRACTICE, at, check_in, enrolment, labels, therapist

MINUTE = timedelta(minutes=1)


def practice_asking(number: int) -> Practice:
    """Return a practice with so many questions."""
    own = PRACTICE.questions.questions
    questions: tuple[Question, ...] = tuple(
        replace(own[-1 if place == 0 else 0], id=f"q{place}") for place in range(number)
    )
    asked: QuestionSet = replace(PRACTICE.questions, questions=questions)
    return replace(PRACTICE, questions=asked)


@pytest.mark.parametrize(
    ("delay", "expected"),
    [
        (0 * MINUTE, "right after"),
        (timedelta(seconds=59), "right after"),
        (MINUTE, "about a minute after"),
        (2 * MINUTE, "about 2 minutes after"),
        (30 * MINUTE, "about 30 minutes after"),
        (HOUR, "about an hour after"),
        (90 * MINUTE, "about 90 minutes after"),
        (2 * HOUR, "about 2 hours after"),
    ],
)
def test_delays_are_written_for_people(delay: timedelta, expected: str) -> None:
    """In minutes or hours, and never as zero."""
    assert dates.after(delay) == expected


def test_days_are_written_in_the_readers_zone() -> None:
    """An hour before midnight UTC is the next day in Berlin."""
    night = at("2026-03-09 00:30")
    assert dates.day(night, BERLIN) == "Monday 9 March"
    assert dates.short_day(night, BERLIN) == "Mon 9 Mar"
    assert dates.full_day(night, BERLIN) == "Monday 9 March 2026"
    assert dates.full_day(at("2027-01-01 00:30"), BERLIN) == "Friday 1 January 2027"
    assert dates.day_and_hour(night, BERLIN) == "Monday 9 March, 00:30"
    assert dates.weekday(6) == "Sunday"


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (1, "One short question about"),
        (4, "Four short questions about"),
        (6, "Six short questions about"),
        (7, "7 short questions about"),
    ],
)
def test_consent_says_how_many_questions_there_are(number: int, expected: str) -> None:
    """In words up to six."""
    asked = consent_wording.asked(enrolment(), therapist(), practice_asking(number))
    assert expected in plain(asked)


@pytest.mark.parametrize(
    ("number", "expected"),
    [(1, "one short question about"), (4, "four short questions about"), (5, "5 short questions about")],
)
def test_the_welcome_says_how_many_questions_there_are(number: int, expected: str) -> None:
    """To the therapist, too."""
    assert expected in plain(therapist_wording.welcome(therapist(), practice_asking(number)))


@pytest.mark.parametrize(("number", "expected"), [(1, "One question,"), (4, "Four questions,"), (9, "9 questions,")])
def test_a_card_says_how_many_questions_there_are(number: int, expected: str) -> None:
    """And how long it stays open."""
    assert expected in plain(card_wording.ready(check_in(), number, BERLIN))


SEEN = card_wording.seen_by("Dr. Made-Up", "Monday 9 March")


def page(page: Page, **changes: object) -> str:
    """Return a page of the card as it is read."""
    held = replace(check_in(), page=page, **changes)  # type: ignore[arg-type]
    return plain(card_wording.page(held, PRACTICE.questions, "Dr. Made-Up", SEEN, BERLIN))


@pytest.mark.parametrize(
    ("shown", "changes", "expected"),
    [
        (Page.READY, {}, "A short check-in is ready."),
        (Page.QUESTION, {"question": "freely"}, "2 of 4"),
        (Page.REASON, {}, "Thank you for saying so."),
        (Page.WISH, {}, "One more thing, if you like."),
        (Page.COMMENT, {}, "Almost done."),
        (Page.FINISHED, {}, "Thank you. This check-in is complete."),
        (Page.FINISHED, {"kept_private": True}, "Thank you. This check-in is kept private."),
        (Page.FINISHED, {"shown_at": NOW}, "Thank you. This check-in is complete."),
    ],
)
def test_what_a_lock_screen_shows_is_neutral(shown: Page, changes: dict[str, object], expected: str) -> None:
    """The first line has no therapy, no name, and no answer."""
    assert page(shown, **changes).splitlines()[0] == expected


@pytest.mark.parametrize(
    ("shown", "changes", "expected"),
    [
        (Page.READY, {}, "It stays open until Sunday 8 March, 14:00."),
        (Page.QUESTION, {}, "1 of 4\n\nDo I feel comfortable talking to my therapist?"),
        (Page.REASON, {}, "What is it about?"),
        (Page.WISH, {}, "How should Dr. Made-Up take this up?"),
        (Page.WISH, {}, "Dr. Made-Up is sent your answers on Monday 9 March at the latest."),
        (Page.WISH, {"shown_at": NOW}, "Dr. Made-Up was sent your answers."),
        (Page.COMMENT, {}, "Anything you want Dr. Made-Up to know?"),
        (Page.COMMENT, {"comments": (Comment("Made-up words.", NOW),)}, "You wrote:\nMade-up words."),
        (Page.WISH, {"heads_up_at": NOW}, "Dr. Made-Up has been told that there is something new, not what it is."),
        (Page.WISH, {}, "If you keep them private, Dr. Made-Up sees only that you answered."),
        (Page.COMMENT, {"kept_private": True}, "Anything you want to note for yourself? This check-in is private."),
        (Page.FINISHED, {}, "Dr. Made-Up is sent your answers on Monday 9 March at the latest."),
    ],
)
def test_a_page_says_who_sees_what_and_when(shown: Page, changes: dict[str, object], expected: str) -> None:
    """In the client's zone, by the therapist's name."""
    assert expected in page(shown, **changes)


def test_the_page_for_a_wish_says_no_more_than_has_happened() -> None:
    """A nudge is told only where there was one."""
    sees = f"{SEEN} If you keep them private, Dr. Made-Up sees only that you answered."
    told = "Dr. Made-Up has been told that there is something new, not what it is."
    above = "One more thing, if you like.\n\nHow should Dr. Made-Up take this up?\n"
    assert page(Page.WISH) == f"{above}{sees}"
    assert page(Page.WISH, heads_up_at=NOW) == f"{above}{told} {sees}"


def test_clients_are_shown_their_latest_comments_and_told_that_there_are_more() -> None:
    """The oldest is left out of the sixth on, or cut where it is long: all of it is in /mydata."""
    few = check_in("5,5,5,5", comments=tuple("abcde"))
    many = check_in("5,5,5,5", comments=tuple("abcdef"))
    long = check_in("5,5,5,5", comments=("x" * 501,))
    shown = [plain(card_wording.answers(held, PRACTICE.questions)) for held in (few, many, long)]
    assert [card_wording.MORE_STORED in text for text in shown] == [False, True, True]
    assert "\na\n" not in shown[1]


def test_a_comment_of_the_longest_length_is_shown_whole() -> None:
    """Five hundred characters fit."""
    longest = check_in("5,5,5,5", comments=("x" * 500,))
    assert "x" * 500 in plain(card_wording.answers(longest, PRACTICE.questions))
    assert "x" * 500 in page(Page.COMMENT, comments=longest.comments)


def test_the_answer_that_was_given_is_marked() -> None:
    """When a question is shown again."""
    held = replace(check_in("5,4,3,1"), page=Page.QUESTION, question="freely")
    shown = card_wording.page(held, PRACTICE.questions, "Dr. Made-Up", SEEN, BERLIN)
    assert labels(shown) == ["Yes", "✓ Mostly", "Partly", "Not really", "No", "Back", "Skip"]


def test_clients_can_see_everything_they_said() -> None:
    """Each question with its answer, the reason, the wish and the comments."""
    held = replace(check_in("5,-,3,1", comments=("Made-up words.",)), reason=Reason.NOT_SAFE, wish=Wish.JUST_KNOW)
    assert plain(card_wording.answers(held, PRACTICE.questions)) == (
        "What you answered:\n\n"
        "Do I feel comfortable talking to my therapist? Yes\n"
        "Am I able to talk freely in sessions? (no answer)\n"
        "Do I feel relieved after I've been there? Partly\n"
        "Do I want to go back? No\n"
        "About: I can't be open, or don't feel safe\n"
        "Your wish: Just know it\n"
        "Made-up words."
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ["See my answers", "Change", "Keep private"]),
        ({"kept_private": True}, ["See my answers", "Change", "Share after all"]),
        ({"shown_at": NOW}, ["See my answers"]),
    ],
)
def test_a_finished_card_offers_what_can_still_be_done(changes: dict[str, object], expected: list[str]) -> None:
    """Until the therapist has been shown it."""
    held = replace(check_in("5,5,5,5"), **changes)  # type: ignore[arg-type]
    assert labels(card_wording.finished(held, "It is sent on Monday 9 March.")) == expected


def test_what_telegram_shows_before_start_fits() -> None:
    """512 and 120 characters, however long the practice's name is."""
    long = replace(PRACTICE, name="🦦" * 400)
    assert length(profile.description(long)) <= 512
    assert length(profile.short_description(long)) <= 120
    much = replace(PRACTICE, name="x" * 600)
    assert (length(profile.description(much)), length(profile.short_description(much))) == (512, 120)
    assert profile.short_description(PRACTICE) == "Short check-ins, by invitation of Made-Up Practice."


@pytest.mark.parametrize(
    ("message", "first"),
    [
        (partial(therapist_wording.heads_up), "There is something new in your summary."),
        (partial(therapist_wording.pairing, enrolment(), "Kim"), "Please confirm somebody."),
        (partial(caseload_wording.client_erased, enrolment()), "A note about your list."),
        (partial(caseload_wording.enrolment_erased, enrolment()), "A note about your list."),
    ],
)
def test_what_comes_unasked_to_a_therapist_names_nobody_on_a_lock_screen(
    message: Callable[[], Message], first: str
) -> None:
    """The alias stands further below, if at all."""
    assert plain(message()).splitlines()[0] == first


def test_the_page_for_comments_echoes_the_latest_one() -> None:
    """What was written before stands in the chat above."""
    written = tuple(Comment(text, NOW) for text in ("One.", "Two.", "Three."))
    assert page(Page.COMMENT, comments=written) == (
        "Almost done.\n\nAnything you want Dr. Made-Up to know?\nYou wrote:\nThree.\n"
        "Write more if you like, then tap Done. To take it "
        "back, tap Remove what I wrote: changing or deleting your message in the chat changes nothing here."
    )


def test_each_crisis_line_stands_on_a_line_of_its_own() -> None:
    """Below the sentence that nobody reads live."""
    practice = replace(PRACTICE, crisis_lines=("Made-up helpline: 1", "Another made-up helpline: 2"))
    assert help_now(practice) == (
        "Nobody reads this chat live. If you need somebody now:\nMade-up helpline: 1\nAnother made-up helpline: 2"
    )
