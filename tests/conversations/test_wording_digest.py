"""The digest in words: one expected text with fixed dates, and messages that Telegram takes."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations.buttons import Action, Verb
from conversations.digest import compose
from conversations.message import Button, Heading, length, plain, words
from conversations.people import EnrolmentState
from conversations.record import ClientRecord
from conversations.sessions import Answer, Comment, Reason, Wish
from conversations.signals import SignalKind, Silence
from conversations.wording.digest import FIRST_LINE, KEPT_PRIVATE, SILENCES, Page, comments_in_full, pages
from tests.conversations.made_up import (
    HOUR,
    NOW,
    PRACTICE,
    QUESTIONS,
    at,
    history,
    labels,
    record,
    therapist,
    with_last,
)

SINCE, MONDAY = at("2026-03-02 08:00"), at("2026-03-09 08:00")

EXPECTED = """\
Your weekly summary is ready.

Monday 9 March 2026. Since the last one: 3 asked, 3 answered. 1 of these kept private. \
Answers are numbers from 1 to 5, 5 best.

No longer wants to come back
Otter
Thu 5 Mar: “Do I want to go back?” No (1 of 5).
Before: I think so (Thu 26 Feb), Yes (Thu 19 Feb).
About: “It isn't helping”.
Their wish: “Contact me before our next session”.
Why it is here: an answer of 1 or 2 to this question.

Thu 5 Mar: would like to be contacted before the next session.
Why it is here: they tapped “Contact me before our next session”.

Thu 5 Mar: A change that may be a rupture, or may not.
Talking freely: 2, the time before 4.
Relieved afterwards: 2, the time before 4.
Wants to come back: 1, the time before 4.
Why it is here: two or more below the time before.

Thu 5 Mar: “Am I able to talk freely in sessions?” Not really (2 of 5). \
“Do I feel relieved after I've been there?” Not really (2 of 5).
Why it is here: an answer of 1 or 2 to another question.

Thu 5 Mar: Comfortable talking 3 · Talking freely 2 · Relieved afterwards 2 · Wants to come back 1
I am tired of it.
You might open with: “You asked me to get in touch. What would you like me to know before we meet?”

Steady
Heron
Thu 5 Mar: Comfortable talking 4 · Talking freely 4 · Relieved afterwards – · Wants to come back 5
Too little to tell a change: fewer than 4 earlier check-ins.

Nothing new
Lynx: answered, kept private"""


def told(*caseload: ClientRecord) -> tuple[Page, ...]:
    """Return the digest of Monday 9 March in messages."""
    return pages(compose(therapist(), tuple(history(one) for one in caseload), PRACTICE, SINCE, MONDAY), FIRST_LINE)


def text(*caseload: ClientRecord) -> str:
    """Return the digest of Monday 9 March as one text."""
    return "\n\n".join(plain(page.message) for page in told(*caseload))


def named(alias: str, *ratings: str) -> ClientRecord:
    """Return a client of that alias."""
    return record(*ratings, alias=alias, code=f"MADEUP-{alias}")


def leaving() -> ClientRecord:
    """Return a client who no longer wants to come back, and says why."""
    return with_last(
        named("Otter", "5,5,4,5", "4,4,4,4", "3,2,2,1"),
        reason=Reason.NOT_HELPING,
        wish=Wish.CONTACT_ME,
        comments=(Comment("I am tired of it.", NOW),),
    )


def test_the_digest_as_it_is_read_on_a_monday_morning() -> None:
    """Who no longer wants to return leads, with the rule, the answers before, and one opening; then the others."""
    private = with_last(named("Lynx", "1,1,1,1"), kept_private=True)
    [page] = told(named("Heron", "4,4,-,5"), private, leaving())
    assert plain(page.message) == EXPECTED
    assert page.shows == ("MADEUP-Otter-3", "MADEUP-Otter-2", "MADEUP-Otter-1", "MADEUP-Heron-1")


def test_days_are_those_of_the_therapists_zone() -> None:
    """Thursday evening in Berlin is Friday in Tokyo."""
    known = named("Otter", "5,5,5,5", "5,5,5,1")
    evening = replace(known, sessions=tuple(replace(one, ended_at=one.ended_at + 3 * HOUR) for one in known.sessions))
    there = replace(therapist(), zone=ZoneInfo("Asia/Tokyo"))
    [page] = pages(compose(there, (history(evening),), PRACTICE, SINCE, MONDAY + 9 * HOUR), FIRST_LINE)
    shown = plain(page.message)
    assert "Tuesday 10 March 2026. Since the last one" in shown
    assert "Fri 6 Mar: “Do I want to go back?” No (1 of 5).\nBefore: Yes (Fri 27 Feb)." in shown
    assert "Fri 6 Mar: Comfortable talking 5" in shown
    long = tuple(replace(one, comments=(Comment("x" * 501, NOW),), closed_at=NOW) for one in evening.check_ins)
    written = history(replace(evening, check_ins=long))
    [commented] = pages(compose(there, (written,), PRACTICE, SINCE, MONDAY), FIRST_LINE)
    assert labels(commented.message)[-2:] == ["Read all: Otter (Fri 27 Feb)", "Read all: Otter (Fri 6 Mar)"]


def test_each_signal_can_be_settled_by_itself() -> None:
    """A button for each, told apart where there are several."""
    [page] = told(leaving())
    assert labels(page.message) == [
        "Talked about it: Otter (coming back)",
        "Talked about it: Otter (contact)",
        "Talked about it: Otter (the change)",
        "Talked about it: Otter (the low answer)",
    ]
    [only] = told(named("Otter", "5,5,5,3"))
    button = Button("Talked about it: Otter", Action(Verb.TALKED_ABOUT, "MADEUP-Otter-1", SignalKind.UNSURE))
    assert only.message.buttons == ((button,),)


def test_the_first_answer_has_nothing_before_it() -> None:
    """And a question that was skipped before is "no answer"."""
    assert "Before: nothing, this was the first answer." in text(named("Otter", "5,5,5,1"))
    assert "Before: no answer (Thu 26 Feb)." in text(named("Otter", "5,5,5,-", "5,5,5,1"))


def test_a_changed_mean_comes_with_its_baseline() -> None:
    """Both means, their standard deviations and how many check-ins they are of."""
    found = text(named("Otter", "5,5,5,5", "3,3,3,3", "3,3,3,3", "3,3,3,3", "3,2,2,2"))
    assert (
        "Mean 2.2; their own usual 3.5 (SD 1.0, n = 4); your caseload 3.5 (SD 1.0, n = 4).\n"
        "Why it is here: a mean more than one standard deviation below both."
    ) in found


def test_a_change_of_a_question_that_is_asked_no_more_is_named_by_its_id() -> None:
    """Question sets change; what was answered stays."""
    known = named("Otter", "5,5,5,5", "5,5,5,5")
    first, last = known.check_ins
    gone = [
        replace(one, answers=(*one.answers, Answer("gone", rating, NOW))) for one, rating in ((first, 5), (last, 2))
    ]
    assert "gone: 2, the time before 5." in text(replace(known, check_ins=tuple(gone)))


def test_silence_is_named_for_what_it_is() -> None:
    """In a part of its own, without answers."""
    found = text(record(state=EnrolmentState.INVITED))
    assert found.endswith(f"Not heard from\nOtter\n{SILENCES[Silence.NEVER_STARTED]}")


def test_perfect_answers_in_a_row_are_said_to_say_little() -> None:
    """From the third on."""
    assert "All best answers 3 times in a row, which says little." in text(named("Otter", *["5,5,5,5"] * 3))


def test_a_baseline_that_is_enough_is_not_called_too_little() -> None:
    """After four earlier check-ins nothing is said about it."""
    assert "Too little" not in text(named("Otter", *["4,4,4,5"] * 5))
    assert "Too little" in text(named("Otter", *["4,4,4,5"] * 4))


def test_a_private_check_in_beside_an_open_signal_is_only_counted() -> None:
    """One line, and nothing of what was said."""
    known = with_last(named("Otter", "5,5,5,3", "1,1,1,1"), kept_private=True)
    assert f"A check-in: {KEPT_PRIVATE}." in text(known)
    first, second, third = named("Otter", "5,5,5,3", "1,1,1,1", "1,1,1,1").check_ins
    private = [replace(one, kept_private=True, closed_at=NOW) for one in (second, third)]
    several = replace(named("Otter", "5,5,5,3", "1,1,1,1", "1,1,1,1"), check_ins=(first, *private))
    assert f"2 check-ins: {KEPT_PRIVATE}." in text(several)


def test_long_comments_are_cut_and_can_be_read_in_full() -> None:
    """500 characters of each of the latest two; one button leads to the rest."""
    known = with_last(named("Otter", "5,5,5,5"), comments=(Comment("x" * 501, NOW),))
    [page] = told(known)
    assert f"\n{'x' * 499}…" in plain(page.message)
    assert page.message.buttons == ((Button("Read all: Otter", Action(Verb.READ_ALL, "MADEUP-Otter-1")),),)


def test_many_comments_are_told_by_the_latest_two() -> None:
    """With a button for the others; two short ones need none."""
    comments = tuple(Comment(f"Words {number}.", NOW) for number in (1, 2, 3))
    [three] = told(with_last(named("Otter", "5,5,5,5"), comments=comments))
    [two] = told(with_last(named("Otter", "5,5,5,5"), comments=comments[:2]))
    assert "Words 1." not in plain(three.message)
    assert "Words 2.\nWords 3." in plain(three.message)
    assert labels(three.message) == ["Read all: Otter"]
    assert labels(two.message) == []


def test_nothing_that_was_written_is_out_of_reach() -> None:
    """Each check-in of which something was left out has a button of its own, with its day."""
    known = named("Otter", "5,5,5,5", "5,5,5,5", "5,5,5,5")
    words = (("One.", "Two.", "x" * 501), ("Three.",), ("x" * 501,))
    check_ins = tuple(
        replace(one, comments=tuple(Comment(text, NOW) for text in written), closed_at=NOW)
        for one, written in zip(known.check_ins, words, strict=True)
    )
    [page] = told(replace(known, check_ins=check_ins))
    first, last = (Action(Verb.READ_ALL, session) for session in ("MADEUP-Otter-1", "MADEUP-Otter-3"))
    assert page.message.buttons == (
        (Button("Read all: Otter (Thu 19 Feb)", first),),
        (Button("Read all: Otter (Thu 5 Mar)", last),),
    )


def test_a_comment_that_fits_needs_no_button() -> None:
    """Five hundred characters do; and a button to read stands beside one to settle."""
    whole, cut = (Comment("x" * number, NOW) for number in (500, 501))
    [fits] = told(with_last(named("Otter", "5,5,5,5"), comments=(whole,)))
    [both] = told(with_last(named("Otter", "5,5,5,3"), comments=(cut,)))
    assert labels(fits.message) == []
    assert labels(both.message) == ["Talked about it: Otter", "Read all: Otter"]


@pytest.mark.parametrize(
    ("wish", "follows"),
    [
        (None, "You might open with: “I'm glad you could say"),
        (Wish.BRING_UP, "You might open with: “I'm glad you could say"),
        (Wish.CONTACT_ME, "You might open with: “You asked me to get in touch."),
        (Wish.RAISE_MYSELF, "They would like to raise it themselves: leave room for it."),
        (Wish.JUST_KNOW, "They would like you to know it, and asked for nothing more."),
    ],
)
def test_what_is_suggested_does_not_go_against_the_clients_wish(wish: Wish | None, follows: str) -> None:
    """Whoever wants to raise it themselves is not opened with it."""
    said = text(with_last(named("Otter", "5,5,5,1"), wish=wish))
    assert follows in said
    assert said.count("You might open with") == (not follows.startswith("They"))


def test_two_signals_are_told_apart() -> None:
    """As soon as there is more than one button of that name."""
    [page] = told(with_last(named("Otter", "5,5,5,3"), wish=Wish.CONTACT_ME))
    assert labels(page.message) == ["Talked about it: Otter (contact)", "Talked about it: Otter (being unsure)"]


def test_a_part_has_one_title() -> None:
    """Its clients stand below each other."""
    found = text(named("Heron", "5,5,5,4"), named("Otter", "5,5,5,4"))
    assert "1 asked" not in found
    assert "2 asked, 2 answered. Answers are numbers from 1 to 5, 5 best.\n\nSteady\nHeron\n" in found
    assert found.count("Steady") == 1


def test_clients_without_news_are_listed_by_alias() -> None:
    """Each once, on a line of its own, however many there are."""
    aliases = [f"quiet {number:02d}" for number in range(45)]
    quiet = [with_last(named(alias, "5,5,5,5"), closed_at=SINCE, sent_at=SINCE) for alias in aliases]
    assert [line for line in text(*quiet).splitlines() if line.startswith("quiet")] == aliases


def test_a_digest_of_two_pages_says_so() -> None:
    """The counts stay on the first."""
    for number in range(2, 9):
        found = [plain(page.message) for page in told(*crowd(number))]
        if len(found) == 2:
            break
    assert found[0].startswith(f"{FIRST_LINE} Page 1 of 2.\n\nMonday 9 March 2026. Since the last one:")
    assert found[1].startswith("Page 2 of 2.")


def test_comments_in_full_fit_messages_and_lose_nothing() -> None:
    """Each comment in messages of its own, below a heading that says whose it is."""
    comments = (Comment("x" * 4096, NOW), Comment("y", NOW))
    known = with_last(named("Otter", "5,5,5,5"), comments=comments)
    found = comments_in_full(known.check_ins[0], "Otter", "Thu 5 Mar")
    assert {one.blocks[:2] for one in found} == {("What you asked to read.", Heading("Otter, session of Thu 5 Mar"))}
    assert max(length(plain(one)) for one in found) <= 4096
    assert "".join(words(one.blocks[2]) for one in found) == "x" * 4096 + "y"


def test_comments_in_full_fit_below_the_longest_alias() -> None:
    """Forty characters of it stand above each part."""
    known = with_last(named("Otter", "5,5,5,5"), comments=(Comment("x" * 4096, NOW),))
    found = comments_in_full(known.check_ins[0], "y" * 40, "Thu 26 Feb")
    assert max(length(plain(one)) for one in found) <= 4096


def test_an_empty_caseload_is_told_what_to_do() -> None:
    """Counts of nothing, and the way to a first client."""
    assert "0 asked, 0 answered." in text()
    assert "There is nothing to tell yet. /invite adds a client" in text()


def test_the_scale_is_explained_only_beside_answers() -> None:
    """Where no number is told, it would be a riddle."""
    silent = record(state=EnrolmentState.INVITED)
    assert "Since the last one: 0 asked, 0 answered.\n" in text(silent)
    assert "Answers are numbers from 1 to 5, 5 best." in text(silent, named("Heron", "5,5,5,4"))


def crowd(number: int) -> tuple[ClientRecord, ...]:
    """Return clients with the longest aliases and comments that there can be, each with every signal at once."""
    found = []
    for one in range(number):
        alias = f"{one:02d}{'🦦' * 19}"
        comments = (Comment("🦦" * 2048, NOW), Comment("<" * 4096, NOW))
        known = record("5,5,5,5", "1,1,1,1", alias=alias, code=f"MADEUP-{one}")
        found.append(with_last(known, comments=comments, wish=Wish.CONTACT_ME, reason=Reason.NOT_SAFE))
    return tuple(found)


def test_a_long_digest_is_split_between_entries() -> None:
    """Every message fits, no entry is torn, they stay in order, and each page says which it is."""
    caseload = crowd(30)
    found = told(*caseload, *(named(f"quiet {number:02d}") for number in range(45)))
    texts = [plain(page.message) for page in found]
    assert max(length(one) for one in texts) <= 4096
    assert texts[0].startswith(f"{FIRST_LINE} Page 1 of {len(texts)}.")
    assert texts[1].startswith(f"Page 2 of {len(texts)}.\n\nNo longer wants to come back\n")
    aliases = [known.enrolment.alias for known in caseload]
    whole = "\n".join(texts)
    assert sorted(aliases, key=whole.index) == aliases
    for known, alias in zip(caseload, aliases, strict=True):
        [home] = [page for page in found if alias in plain(page.message)]
        assert {session.id for session in known.sessions} <= set(home.shows)
    assert max(len(labels(page.message)) for page in found) <= 40


ratings = st.lists(st.sampled_from("12345-"), min_size=4, max_size=4).map(",".join)
secrets = st.tuples(ratings, st.sampled_from((None, *Reason)), st.sampled_from((None, *Wish)), st.text(max_size=20))


@pytest.mark.unmeasured
@settings(deadline=None, derandomize=True, database=None, max_examples=150)
@given(
    history=st.lists(ratings, min_size=1, max_size=7),
    hidden=st.sets(st.integers(0, 6)),
    first=st.lists(secrets, min_size=7, max_size=7),
    second=st.lists(secrets, min_size=7, max_size=7),
)
def test_private_answers_change_nothing_that_is_said(
    history: list[str], hidden: set[int], first: list[tuple[object, ...]], second: list[tuple[object, ...]]
) -> None:
    """Whatever the private check-ins hold, each message, button and list of what is shown is the same."""

    def with_secrets(chosen: list[tuple[object, ...]]) -> ClientRecord:
        known = named("Otter", *history)
        check_ins = list(known.check_ins)
        for place in hidden & set(range(len(check_ins))):
            rated, reason, wish, words = chosen[place]
            given_now = zip(QUESTIONS, str(rated).split(","), strict=True)
            answers = tuple(Answer(asked, None if one == "-" else int(one), NOW) for asked, one in given_now)
            check_ins[place] = replace(
                check_ins[place],
                kept_private=True,
                answers=answers,
                reason=reason,  # type: ignore[arg-type]
                wish=wish,  # type: ignore[arg-type]
                comments=(Comment(str(words), NOW),),
            )
        return replace(known, check_ins=tuple(check_ins))

    other = named("Heron", "3,3,3,3", "5,4,5,4")
    assert told(with_secrets(first), other) == told(with_secrets(second), other)
