"""`alliance retry`: what was set aside is tried again, and asked again whether it may still be."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest
from telegram.error import BadRequest, NetworkError, TelegramError

from bot import handle
from bot.ticks import tidy
from conversations.decide import Subject, decide
from conversations.decision import Decision
from conversations.events import Event, Wrote
from tests.command_line import CommandLine
from tests.stories.practice import Practice, Someone


def parks(practice: Practice, someone: Someone) -> int:
    """Let what somebody says fail until it is parked; return its number."""

    def failing(subject: Subject, event: Event, now: datetime) -> Decision:
        if event == Wrote("poison"):
            raise RuntimeError("words that nobody must see")
        return decide(subject, event, now)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(handle, "decide", failing)
        someone.says("poison")
        practice.later(minutes=5)
    with practice.stored() as transaction:
        return transaction.inbox.parked_updates(10)[0].number


@contextmanager
def refusing(practice: Practice, error: TelegramError | None = None) -> Iterator[None]:
    """Let Telegram send nothing."""

    async def refuse(*_: object, **__: object) -> int:
        raise error or BadRequest("Made-up reason")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(practice.app.telegram, "send", refuse)
        yield


def is_not_sent(practice: Practice, someone: Someone, text: str, error: TelegramError | None = None) -> int:
    """Let Telegram refuse the answer to what somebody says; return the answer's number."""
    with refusing(practice, error):
        someone.says(text)
        practice.later(hours=25)
    with practice.stored() as transaction:
        return transaction.outbox.failed(practice.now.replace(year=2000))[0].id


def kept(practice: Practice) -> int:
    """Return how many messages are kept that could not be sent."""
    sql = "SELECT count(*) AS n FROM outbox WHERE state = 'failed' AND body IS NOT NULL"
    return int(practice.store.engine.query(sql)[0]["n"])


def test_a_parked_update_is_handled_when_it_is_tried_again(practice: Practice, shell: CommandLine) -> None:
    """As if it had just come, with all its attempts; that it was done is logged."""
    someone = practice.someone().starts()
    number = parks(practice, someone)
    someone.sees("was not handled")

    printed = shell.types("retry")

    assert printed.out == "1 update will be tried again by the running bot. That it was done is logged.\n"
    assert "event='retried' updates=1 messages=0" in printed.err
    practice.later(seconds=1)
    someone.sees("I can't take messages here")
    with practice.stored() as transaction:
        assert (transaction.inbox.parked(), transaction.inbox.waiting()) == (0, 0)
        assert [one["what"] for one in transaction.audit.entries()] == ["retry"]
    assert shell.types("retry", "--update", str(number)).complaint.startswith("There is nothing of that to try again.")


@pytest.mark.unmeasured
@pytest.mark.parametrize("error", [BadRequest("Made-up reason"), NetworkError("Made-up reason")])
def test_a_message_that_could_not_be_sent_is_sent_when_it_is_tried_again(
    practice: Practice, shell: CommandLine, error: TelegramError
) -> None:
    """Whether Telegram refused it or could not be reached for a day; once sent, it is wiped."""
    someone = practice.someone().starts()
    number = is_not_sent(practice, someone, "/privacy", error)
    someone.sees_nowhere("Your privacy here.")

    printed = shell.types("retry", "--message", str(number))

    assert printed.out == "1 message will be tried again by the running bot. That it was done is logged.\n"
    practice.later(seconds=10)
    someone.sees("Your privacy here.")
    assert kept(practice) == 0


def test_only_what_is_named_is_tried_again(practice: Practice, shell: CommandLine) -> None:
    """The others wait."""
    someone, other = practice.someone().starts(), practice.someone("Alex").starts()
    first, second = is_not_sent(practice, someone, "/privacy"), is_not_sent(practice, other, "/privacy")
    assert first != second

    shell.types("retry", "--message", str(second))

    practice.later(seconds=10)
    someone.sees_nowhere("Your privacy here.")
    other.sees("Your privacy here.")
    assert shell.types("retry", "--message", "1", "--update", "1").complaint.startswith("Say --update or --message")


@pytest.mark.parametrize("stops", [False, True])
def test_whether_it_may_still_be_said_is_asked_again(practice: Practice, shell: CommandLine, *, stops: bool) -> None:
    """A check-in that Telegram refused is asked after all, unless the client has stopped meanwhile."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    practice.at("Thu 14:00").session_ends(therapist)
    with refusing(practice):
        practice.at("Thu 16:00")
    assert kept(practice) == 1
    if stops:
        client.says("/stop").taps("Yes, stop")
    seen = len(client.chat)

    shell.types("retry")

    practice.later(seconds=10)
    assert len(client.chat) == seen + (not stops)
    assert ("A short check-in is ready" in client.last.text) is not stops
    assert kept(practice) == 0


def test_what_was_set_aside_is_kept_for_two_days(practice: Practice, shell: CommandLine) -> None:
    """Then it is gone, and there is nothing to try again."""
    someone = practice.someone().starts()
    is_not_sent(practice, someone, "/privacy")
    practice.later(hours=22)
    tidy(practice.app.house)
    assert kept(practice) == 1

    practice.later(hours=2)
    tidy(practice.app.house)

    assert kept(practice) == 0
    assert shell.types("retry").complaint.startswith("There is nothing of that to try again.")


def test_an_erasure_wipes_what_was_set_aside_for_anybody(practice: Practice) -> None:
    """What a therapist wrote, or was to be told, may name the client who is erased."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    is_not_sent(practice, therapist, "/clients")
    parks(practice, therapist)
    parks(practice, practice.someone("Alex").starts())
    assert kept(practice) == 1

    client.says("/deletemydata").taps("Yes, delete everything")

    assert kept(practice) == 0
    with practice.stored() as transaction:
        assert transaction.inbox.parked() == 1, "somebody else's update is theirs alone"


def test_no_more_than_ten_of_each_are_listed(practice: Practice, shell: CommandLine) -> None:
    """Then it says how many more there are; what anybody said is never shown."""
    someone = practice.someone().starts()
    for _ in range(11):
        parks(practice, someone)

    lines = shell.types("doctor").lines

    assert sum(line.startswith("look    update ") and line.endswith(" UTC, RuntimeError") for line in lines) == 10
    assert "look    and 1 more" in lines
    assert "words" not in "".join(lines)
