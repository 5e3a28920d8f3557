"""What operators read where it depends on numbers, times and lists."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from conversations.session_log import Outcome
from conversations.wording import doctor, failures, operator, setting_up
from tests.conversations.made_up import BERLIN, NOW

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (
            partial(operator.therapist_row, "T1", "Dr. A", "enrolled", 0, "-"),
            "T1  Dr. A: enrolled; 0 active clients; -",
        ),
        (
            partial(operator.therapist_row, "T1", "Dr. A", "enrolled", 1, "-"),
            "T1  Dr. A: enrolled; 1 active client; -",
        ),
        (
            partial(operator.therapist_row, "T1", "Dr. A", "enrolled", 2, "-"),
            "T1  Dr. A: enrolled; 2 active clients; -",
        ),
        (partial(operator.simulated, 1, 1), "1 message in 1 day,"),
        (partial(operator.simulated, 2, 2), "2 messages in 2 days,"),
        (partial(doctor.waiting_at_telegram, 1), "1 update waits at Telegram,"),
        (partial(doctor.waiting_at_telegram, 2), "2 updates wait at Telegram,"),
        (partial(doctor.therapists_unreachable, 1), "1 therapist has blocked the bot, or left Telegram,"),
        (partial(doctor.therapists_unreachable, 2), "2 therapists have blocked the bot, or left Telegram,"),
        (partial(doctor.waiting_to_be_sent, 1), "1 message waits to be sent."),
        (partial(doctor.waiting_to_be_sent, 2), "2 messages wait to be sent."),
        (partial(operator.imported, [Outcome.KNOWN]), "1 session read: 1 known already."),
        (
            partial(operator.imported, [Outcome.LOGGED, Outcome.KNOWN, Outcome.LOGGED]),
            "3 sessions read: 2 logged, 1 known already.",
        ),
        (partial(operator.retried, 1, 0), "1 update will be tried again"),
        (partial(operator.retried, 0, 1), "1 message will be tried again"),
        (partial(operator.retried, 2, 3), "2 updates and 3 messages will be tried again"),
        (partial(doctor.space_left, 3_000_000, "data"), "3 MB are free for data."),
        (partial(doctor.space_runs_out, 1_999_998, "data"), "Only 1 MB are free for data."),
        (partial(doctor.space_runs_out, 5_000_000_000, "data"), "Only 5000 MB are free for data."),
    ],
)
def test_numbers_agree_with_their_words(sentence: Callable[[], str], expected: str) -> None:
    """One message waits, two messages wait; megabytes are whole."""
    assert sentence().startswith(expected)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (partial(operator.no_such_language, "xx", ("de", "en")), "It speaks: de, en."),
        (partial(failures.one_of, ("yes", "no")), "Write yes or no."),
        (partial(failures.one_of, ("debug", "info", "error")), "Write debug, info or error."),
        (
            partial(operator.no_columns, ("client", "end")),
            "the columns client, end, in any order, and no others.",
        ),
        (partial(setting_up.missing_answers, ("contact", "token")), "these are missing: contact, token."),
        (partial(setting_up.unknown_answers, ("colour", "shape")), "these are not known: colour, shape."),
        (partial(setting_up.wrong_kind, "crisis_lines", "lines"), 'crisis_lines = ["Samaritans: 116 123"].'),
        (partial(setting_up.wrong_kind, "contact", "text"), 'contact = "...".'),
        (
            partial(doctor.not_sent, {"blocked": 2, "chat not found": 1}),
            "Not sent in the last two days: 2 blocked, 1 chat not found. 'alliance retry' tries them again.",
        ),
    ],
)
def test_lists_and_examples_can_be_copied(sentence: Callable[[], str], expected: str) -> None:
    """With commas between, and written as they belong into a file."""
    assert sentence().endswith(expected)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (partial(operator.unreachable_since, NOW, BERLIN), "unreachable since 2026-03-05"),
        (partial(operator.next_digest, NOW, BERLIN), "next digest 2026-03-05 16:00 (Europe/Berlin)"),
        (
            partial(operator.session_added, Outcome.TOO_LATE, "E1", NOW, BERLIN),
            "Session of E1 that ends 2026-03-05 16:00 (Europe/Berlin): logged, but too late to ask.",
        ),
        (
            partial(operator.would_send, NOW, BERLIN, "client E1", "check-in"),
            "2026-03-05 Thu 16:00 Europe/Berlin  client E1  check-in",
        ),
    ],
)
def test_moments_are_told_in_the_zone_that_is_named(sentence: Callable[[], str], expected: str) -> None:
    """Not in UTC and not in the machine's own."""
    assert sentence() == expected


def test_what_was_copied_is_told_by_table_and_in_all() -> None:
    """With what to do now."""
    assert list(operator.copied({"accounts": 12, "sessions": 0})) == [
        "      12  accounts",
        "       0  sessions",
        "12 rows were copied, read back and compared one by one.",
        "Now let ALLIANCE_DATABASE_URL name the new database. When all is well, delete the old one.",
    ]


def test_a_day_is_that_of_the_zone() -> None:
    """Half past midnight in Berlin is still the day before in UTC."""
    after_midnight = NOW + timedelta(hours=8, minutes=30)
    assert operator.unreachable_since(after_midnight, BERLIN) == "unreachable since 2026-03-06"


@pytest.mark.parametrize(
    ("off", "expected"),
    [
        (timedelta(milliseconds=-400), "within a second of"),
        (SECOND, "within 1s of"),
        (-1.9 * SECOND, "within 1s of"),
        (90 * SECOND, "within 1m30s of"),
    ],
)
def test_spans_are_told_in_whole_seconds(off: timedelta, expected: str) -> None:
    """Whichever way they go, and what is below a second as that."""
    assert expected in doctor.clock_is_right(off)


@pytest.mark.parametrize(
    ("off", "expected"),
    [(MINUTE, "The clock is 1m ahead of Telegram's."), (-MINUTE, "The clock is 1m behind Telegram's.")],
)
def test_a_wrong_clock_is_ahead_or_behind(off: timedelta, expected: str) -> None:
    """So that nobody turns it the wrong way."""
    assert doctor.clock_is_wrong(off).startswith(expected)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (
            partial(doctor.bot_runs, SECOND, MINUTE),
            "The bot runs: it heard from Telegram 1s ago, and looked for what is due 1m ago.",
        ),
        (partial(doctor.bot_is_deaf, None), "The bot runs, but has not heard from Telegram yet."),
        (partial(doctor.bot_is_deaf, MINUTE), "The bot runs, but last heard from Telegram 1m ago."),
        (partial(doctor.bot_does_not_tick, None), "The bot runs, but has not looked for what is due yet."),
        (partial(doctor.bot_does_not_tick, MINUTE), "The bot runs, but last looked for what is due 1m ago."),
        (partial(doctor.bot_is_stopped, MINUTE), "The bot does not run: it last heard from Telegram 1m ago. Start it"),
        (
            partial(doctor.heard_elsewhere, MINUTE),
            "The bot does not run on this machine, but last heard from Telegram 1m ago.",
        ),
        (
            partial(doctor.no_copy_hears, MINUTE),
            "No copy of the bot hears anything: one last heard from Telegram 1m ago.",
        ),
        (
            partial(doctor.somebody_else_receives, MINUTE),
            "Another program receives with this token: it was in the way 1m ago.",
        ),
        (
            partial(doctor.handing_over_failed, MINUTE, "Connection refused"),
            "Telegram last failed to hand something over 1m ago: Connection refused. If that",
        ),
    ],
)
def test_the_doctor_says_how_long_ago_something_was(sentence: Callable[[], str], expected: str) -> None:
    """Or that it has not been yet."""
    assert sentence().startswith(expected)


def test_a_message_that_failed_is_named_without_what_it_says() -> None:
    """By number, kind and reason; where it can't be tried again, that is said."""
    line = "  message 7: check-in, tried for a day, 2026-03-05 15:00 UTC"
    failed = partial(doctor.failed_message, 7, "check_in", "tried for a day", NOW)
    assert failed(can_be_retried=True) == line
    assert failed(can_be_retried=False) == f"{line}; was taken up in another way, and is not tried again"
