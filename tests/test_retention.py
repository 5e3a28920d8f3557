"""What has ended is kept for as long as clients were told, and then purged."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import ticks
from bot.demo.telegram import PretendTelegram
from conversations.people import EnrolmentState
from tests.stories.practice import Practice, Someone, practice_with

pytestmark = pytest.mark.engines("sqlite", "postgresql")

TABLES = ("enrolments", "consents", "consent_texts", "invitations", "sessions", "check_ins", "answers", "comments")


@pytest.fixture
def client(practice: Practice, therapist: Someone) -> Someone:
    """R, who has answered a check-in."""
    client = practice.client(therapist)
    practice.at("Tue 14:00").session_ends(therapist).at("Tue 16:00")
    client.answers("Start", "Yes", "Yes", "Yes", "Yes").says("A made-up comment.").taps("Done")
    return client


def tidies_after(practice: Practice, days: int) -> None:
    """Turn the clock while nothing else happens, and let the hourly tidying come round."""
    practice.goes_down().comes_back(days=days)
    ticks.tidy(practice.app.house)


def left(practice: Practice) -> int:
    """Return how many rows are left of anybody's check-ins."""
    return sum(
        len(practice.store.engine.query(f"SELECT 1 FROM {table}"))  # noqa: S608, names from here
        for table in TABLES
        if table != "invitations"
    )


def deeds(practice: Practice) -> list[tuple[str, str | None]]:
    """Return what was logged for good."""
    with practice.stored() as transaction:
        return [(one["what"], one["enrolment"]) for one in transaction.audit.entries()]


def test_who_stopped_is_purged_after_the_time_that_was_told(practice: Practice, client: Someone) -> None:
    """180 days after the end nothing is left but a line that says so; a day before, all is there."""
    code = practice.enrolment().code
    client.says("/stop").taps("Yes, stop")

    tidies_after(practice, 179)
    assert left(practice) > 0
    assert deeds(practice) == []

    tidies_after(practice, 2)
    assert left(practice) == 0
    assert deeds(practice) == [("purge", code)]
    with practice.stored() as transaction:
        assert transaction.people.account(client.phone.user_id) is None
    client.says("/mydata").sees("Nothing is stored of you as a client.")


def test_who_goes_on_is_kept(practice: Practice, client: Someone) -> None:
    """Nothing ends by itself."""
    assert client
    tidies_after(practice, 1000)
    assert practice.enrolment().state is EnrolmentState.ACTIVE
    assert deeds(practice) == []


@pytest.mark.parametrize("ending", ["declined", "refused", "closed"])
def test_every_end_starts_the_clock(practice: Practice, therapist: Someone, ending: str) -> None:
    """Said no, not confirmed, or removed by the therapist."""
    client = practice.someone()
    client.starts(practice.invitation(therapist, "R"))
    if ending == "declined":
        client.taps("No, thanks")
    elif ending == "refused":
        client.taps("I agree")
        therapist.taps("No")
    else:
        therapist.forges(f"removeyes:{practice.enrolment().code}")
    assert practice.enrolment().state == ending

    tidies_after(practice, 181)

    assert left(practice) == 0
    with practice.stored() as transaction:
        assert transaction.people.account(client.phone.user_id) is None


def test_the_account_of_a_refused_pairing_goes_at_once(practice: Practice, therapist: Someone) -> None:
    """Nothing hangs on it any more, so it is nobody's."""
    stranger = practice.someone()
    stranger.starts(practice.invitation(therapist, "R")).taps("I agree")
    therapist.taps("No")

    tidies_after(practice, 0)

    with practice.stored() as transaction:
        assert transaction.people.account(stranger.phone.user_id) is None
        assert transaction.people.account(therapist.phone.user_id) is not None


def test_another_enrolment_keeps_the_account(practice: Practice, client: Someone) -> None:
    """Only what has ended goes."""
    practice.enrols(client, practice.therapist("Dr. Other"), "Q")
    client.says("/stop").taps("Dr. Weber").taps("Yes, stop")

    tidies_after(practice, 181)

    assert practice.enrolment("Q").state is EnrolmentState.ACTIVE
    with practice.stored() as transaction:
        assert [one.alias for one in transaction.people.all_enrolments()] == ["Q"]
        assert transaction.people.account(client.phone.user_id) is not None


def test_a_therapist_who_was_a_client_keeps_the_desk(practice: Practice) -> None:
    """What waits for them as a therapist is not touched."""
    desk = practice.therapist()
    both = practice.therapist("Dr. Both")
    practice.enrols(both, desk, "R")
    both.says("/stop").taps("Yes, stop")

    tidies_after(practice, 181)

    with practice.stored() as transaction:
        assert transaction.people.all_enrolments() == []
        assert transaction.people.account(both.phone.user_id) is not None
        assert transaction.people.therapist_of(both.phone.user_id) is not None


def test_a_removed_therapist_ends_what_was_with_them(practice: Practice, client: Someone) -> None:
    """Nobody will ever read it: the clock starts when the therapist is removed."""
    assert client
    practice.removes_therapist()

    tidies_after(practice, 181)

    assert left(practice) == 0


@pytest.fixture
def brief(telegram: PretendTelegram, telegram_url: str, tmp_path: Path, token: str) -> Iterator[Practice]:
    """A practice that keeps data for 30 days."""
    with practice_with(telegram, telegram_url, tmp_path, token, keep_after_end="30") as opened:
        yield opened


def test_the_consent_text_says_for_how_long(brief: Practice) -> None:
    """What the setting says is what clients agree to, and what happens."""
    therapist = brief.therapist()
    client = brief.someone()
    client.starts(brief.invitation(therapist, "R")).sees("at most 30 days after the check-ins have ended")
    client.taps("No, thanks")

    tidies_after(brief, 31)

    assert left(brief) == 0


def test_another_time_is_asked_about(practice: Practice, therapist: Someone, client: Someone) -> None:
    """It is a part of what was agreed to."""
    practice.settings.keep_after_end = 365
    practice.goes_down().comes_back(days=1)

    practice.at("Thu 14:00").session_ends(therapist).at("Thu 16:00")

    client.sees("What you agreed to has changed", "at most 365 days after the check-ins have ended")
