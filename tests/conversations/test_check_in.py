"""What the passing of time does to a check-in, as a table: state, event, what stands in the way."""

from dataclasses import replace
from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest

from conversations.check_in import Card, Obstacle, TimePassed, advance, obstacle, plan, put_off_until
from conversations.decision import Decision, Purpose, ShowCard, Tell
from conversations.events import Delivered, Expired, FellDue, ReminderFellDue, Undeliverable, WasAway
from conversations.people import EnrolmentState
from conversations.sessions import CheckIn, CheckInState, Page
from conversations.timing import Weekly
from conversations.wording import check_in as wording
from tests.conversations.made_up import (
    BERLIN,
    CLIENT,
    DAY,
    HOUR,
    NOW,
    PRACTICE,
    account,
    at,
    card,
    check_in,
    enrolment,
    said_to,
    session,
    therapist,
)

EARLY_IN_TOKYO = {"zone": ZoneInfo("Asia/Tokyo"), "digest_at": Weekly(0, time(7))}
"""Monday at seven there is Sunday night in Berlin."""
NIGHT = at("2026-03-05 22:00")
MORNING = at("2026-03-06 09:00")
PLANNED = check_in(state=CheckInState.PLANNED)
DUE = check_in(state=CheckInState.DUE)
SENT = replace(check_in(state=CheckInState.SENT), reminder_at=NOW)
STARTED = replace(SENT, state=CheckInState.STARTED, page=Page.QUESTION, question="freely")

DECIDING = replace(account(), deciding_since=NOW)

IN_THE_WAY = [
    ({"enrolment": enrolment(EnrolmentState.WITHDRAWN)}, Obstacle.NO_CONSENT),
    ({"enrolment": enrolment(EnrolmentState.GRANTED)}, Obstacle.NOT_AGREED_YET),
    ({"session": replace(session(), cancelled_at=NOW)}, Obstacle.NO_SESSION),
    ({"therapist": therapist(chat_id=None)}, Obstacle.NOBODY_READS),
    ({"therapist": replace(therapist(), removed_at=NOW)}, Obstacle.NOBODY_READS),
    ({"therapist": replace(therapist(), clients_told_at=NOW)}, Obstacle.NOBODY_READS),
    ({"account": replace(account(), paused_at=NOW)}, Obstacle.PAUSED),
    ({"account": replace(account(), paused_at=NOW, paused_until=NOW + DAY)}, Obstacle.PAUSED),
    ({"account": replace(account(), paused_at=NOW - DAY, paused_until=NOW)}, None),
    ({"account": replace(account(), unreachable_since=NOW)}, Obstacle.UNREACHABLE),
    ({"last_sent_at": NOW - timedelta(hours=19, minutes=59)}, Obstacle.TOO_SOON),
    ({"last_sent_at": NOW - timedelta(hours=20)}, None),
    ({"account": DECIDING}, Obstacle.DECIDING),
    ({"account": replace(account(), deciding_since=NOW - DAY + HOUR)}, Obstacle.DECIDING),
    ({"account": replace(account(), deciding_since=NOW - DAY)}, None),
    ({"account": DECIDING, "enrolment": replace(enrolment(), terms="0/made-up-0/T")}, Obstacle.DECIDING),
    ({"enrolment": replace(enrolment(), terms="0/made-up-0/T")}, Obstacle.NEW_TERMS),
    ({"other_card_is_open": True}, Obstacle.OTHER_CARD),
    ({}, None),
]


@pytest.mark.parametrize(("changes", "expected"), IN_THE_WAY)
def test_everything_that_may_stand_in_the_way_is_found(changes: dict[str, object], expected: Obstacle | None) -> None:
    """One thing at a time, each at its boundary."""
    assert obstacle(card(PLANNED, **changes), NOW) == expected


def test_time_stands_in_the_way_at_its_boundaries() -> None:
    """Quiet hours from 21:00 until before 09:00; too late from the very moment of expiry."""
    nights = [at("2026-03-05 20:59"), at("2026-03-05 21:00"), at("2026-03-06 08:59"), MORNING]
    assert [obstacle(card(PLANNED), now) for now in nights] == [None, Obstacle.QUIET_HOURS, Obstacle.QUIET_HOURS, None]
    end = PLANNED.expires_at
    assert [obstacle(card(PLANNED), now) for now in (end - timedelta(minutes=1), end)] == [None, Obstacle.TOO_LATE]
    assert put_off_until(card(PLANNED), NIGHT) == MORNING


@pytest.mark.parametrize(
    ("ended", "logged", "expected"),
    [
        ("2026-03-05 14:00", "2026-03-05 14:00", (CheckInState.PLANNED, at("2026-03-05 16:00"), None)),
        ("2026-03-05 19:30", "2026-03-05 19:30", (CheckInState.PLANNED, MORNING, None)),
        ("2026-03-02 16:01", "2026-03-05 16:00", (CheckInState.PLANNED, NOW, None)),
        ("2026-03-02 16:00", "2026-03-05 16:00", (CheckInState.MISSED, NOW, NOW)),
    ],
)
def test_a_check_in_is_planned_for_two_hours_later(ended: str, logged: str, expected: tuple[object, ...]) -> None:
    """Outside quiet hours; at once when logged late; not at all when its 72 hours are over."""
    planned = plan(replace(session(ended=ended), logged_at=at(logged)), None, None, PRACTICE)
    assert (planned.state, planned.due_at, planned.closed_at) == expected
    assert planned.expires_at == at(ended) + 72 * HOUR


def test_a_check_in_ends_where_the_next_session_starts() -> None:
    """The earlier of that and 72 hours; in the client's zone where one is set."""
    assert plan(session(), BERLIN, NOW + DAY, PRACTICE).expires_at == NOW + DAY


def saved(decision: Decision) -> CheckIn | None:
    """Return the check-in that a decision saves; None if it saves none."""
    return next((one for one in decision.save if isinstance(one, CheckIn)), None)


TIME = [
    (PLANNED, FellDue(), {}, CheckInState.DUE, True),
    (PLANNED, FellDue(), {"other_card_is_open": True}, None, False),
    (PLANNED, FellDue(), {"account": DECIDING}, None, False),
    (PLANNED, FellDue(), {"enrolment": enrolment(EnrolmentState.GRANTED)}, None, False),
    (PLANNED, FellDue(), {"enrolment": enrolment(EnrolmentState.WITHDRAWN)}, CheckInState.CANCELLED, False),
    (PLANNED, FellDue(), {"account": replace(account(), unreachable_since=NOW)}, CheckInState.MISSED, False),
    (PLANNED, FellDue(), {"account": replace(account(), paused_at=NOW)}, CheckInState.CANCELLED, False),
    (PLANNED, Expired(), {}, CheckInState.MISSED, False),
    (PLANNED, Delivered(), {}, None, False),
    (PLANNED, Undeliverable(), {}, CheckInState.MISSED, False),
    (DUE, FellDue(), {}, None, False),
    (DUE, Undeliverable(), {}, CheckInState.MISSED, False),
    (DUE, Undeliverable(), {"enrolment": enrolment(EnrolmentState.WITHDRAWN)}, CheckInState.CANCELLED, False),
    (DUE, Expired(), {}, CheckInState.MISSED, False),
    (DUE, Delivered(), {}, CheckInState.SENT, False),
    (DUE, WasAway(), {}, None, False),
    (SENT, Delivered(), {}, None, False),
    (SENT, Undeliverable(), {}, None, False),
    (SENT, ReminderFellDue(), {}, CheckInState.SENT, True),
    (SENT, ReminderFellDue(), {"account": replace(account(), paused_at=NOW)}, CheckInState.SENT, False),
    (SENT, ReminderFellDue(), {"account": DECIDING}, None, False),
    (SENT, WasAway(), {"account": DECIDING}, None, False),
    (SENT, WasAway(), {}, None, True),
    (SENT, WasAway(), {"account": replace(account(), paused_at=NOW)}, None, False),
    (SENT, Expired(), {}, CheckInState.EXPIRED, True),
    (STARTED, WasAway(), {}, None, True),
    (STARTED, Expired(), {}, CheckInState.EXPIRED, True),
    (replace(STARTED, answers=check_in("5").answers), Expired(), {}, CheckInState.ANSWERED, True),
    *(
        (check_in(state=state), event, {}, None, False)
        for state in (CheckInState.ANSWERED, CheckInState.SKIPPED, CheckInState.EXPIRED, CheckInState.CANCELLED)
        for event in (FellDue(), Expired(), ReminderFellDue(), Delivered(), Undeliverable(), WasAway())
    ),
]


@pytest.mark.parametrize(("held", "event", "changes", "state", "shows"), TIME)
def test_what_time_does(
    held: CheckIn, event: TimePassed, changes: dict[str, object], state: CheckInState | None, shows: bool
) -> None:
    """None: nothing is saved. Whatever is over stays as it is."""
    decision = advance(card(held, **changes), event, NOW)
    found = saved(decision)
    assert (found.state if found else None) == state
    assert bool(decision.say) == shows


def test_at_night_due_check_ins_and_reminders_are_put_off() -> None:
    """Until 09:00, and nothing is said."""
    due = advance(card(PLANNED), FellDue(), NIGHT)
    reminder = advance(card(SENT), ReminderFellDue(), NIGHT)
    assert due == Decision((replace(PLANNED, due_at=MORNING),))
    assert reminder == Decision((replace(SENT, reminder_at=MORNING),))


def test_a_reminder_is_planned_once_it_has_arrived() -> None:
    """A day after it was sent, unless it ends before; and only when it arrives for the first time."""
    assert saved(advance(card(DUE), Delivered(), NOW)) == replace(
        DUE, state=CheckInState.SENT, sent_at=NOW, reminder_at=NOW + DAY
    )
    short = replace(DUE, expires_at=NOW + DAY)
    assert saved(advance(card(short), Delivered(), NOW)) == replace(short, state=CheckInState.SENT, sent_at=NOW)
    begun = replace(STARTED, sent_at=None)
    assert saved(advance(card(begun), Delivered(), NOW)) == replace(begun, sent_at=NOW, reminder_at=NOW + DAY)


@pytest.mark.parametrize(("event", "line"), [(ReminderFellDue(), wording.REMINDER), (WasAway(), wording.WAS_AWAY)])
def test_a_card_sent_anew_says_why(event: TimePassed, line: str) -> None:
    """Below what was said since, with everything that must hold for a check-in."""
    [shown] = advance(card(SENT), event, NOW).say
    assert isinstance(shown, ShowCard)
    assert (shown.message.blocks[0], shown.purpose, shown.anew) == (line, Purpose.CHECK_IN, True)


def test_changed_terms_are_asked_for_before_the_check_in() -> None:
    """The enrolment is open again, and the check-in waits."""
    decision = advance(card(PLANNED, enrolment=replace(enrolment(), terms="0/made-up-0/T")), FellDue(), NOW)
    assert saved(decision) is None
    [asked] = decision.say
    assert isinstance(asked, Tell)
    assert asked.purpose == Purpose.CONSENT


def test_an_expired_card_is_closed_only_where_it_was_sent() -> None:
    """One that never left is closed in silence; one with answers says that it is complete."""
    assert advance(card(DUE), Expired(), NOW).say == ()
    answered = advance(card(replace(STARTED, answers=check_in("5").answers)), Expired(), NOW)
    assert "This check-in is complete." in said_to(CLIENT, answered)
    assert said_to(CLIENT, advance(card(SENT), Expired(), NOW)).startswith(wording.ALREADY_CLOSED)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "Monday 9 March"),
        ({"next_digest_at": None}, "Monday 9 March"),
        ({"next_digest_at": NOW - HOUR}, "Monday 9 March"),
        ({"next_digest_at": NOW}, "Monday 9 March"),
        ({"next_digest_at": at("2026-03-16 08:00")}, "Monday 16 March"),
        ({"next_digest_at": at("2026-03-16 00:30")}, "Monday 16 March"),
        ({**EARLY_IN_TOKYO, "next_digest_at": None}, "Sunday 8 March"),
        ({**EARLY_IN_TOKYO, "next_digest_at": NOW - HOUR}, "Sunday 8 March"),
    ],
)
def test_the_client_is_told_the_day_of_the_next_digest(changes: dict[str, object], expected: str) -> None:
    """In the client's zone; one that should have come already counts as the next to come."""
    whole: Card = card(SENT, therapist=replace(therapist(), **changes))  # type: ignore[arg-type]
    assert whole.seen(NOW) == f"Dr. Made-Up is sent your answers on {expected} at the latest."


def test_no_day_is_promised_while_the_therapist_can_not_be_reached() -> None:
    """Who wants to be contacted learns whom else to ask."""
    said = card(SENT, therapist_is_unreachable=True).seen(NOW)
    assert said.startswith("Dr. Made-Up can't be reached through this bot right now")
    assert "can't say when your answers will be seen" in said
    assert PRACTICE.contact in said


def test_the_clients_own_zone_goes_before_that_of_the_practice() -> None:
    """Which is used as long as they have not chosen one."""
    tokyo = ZoneInfo("Asia/Tokyo")
    assert (card(SENT).zone, card(SENT, account=replace(account(), zone=tokyo)).zone) == (BERLIN, tokyo)


@pytest.mark.parametrize(
    "changes", [{"account": replace(account(), paused_at=NOW)}, {"account": replace(account(), unreachable_since=NOW)}]
)
def test_what_is_never_sent_is_closed_with_its_moment(changes: dict[str, object]) -> None:
    """Whatever the reason was."""
    found = saved(advance(card(PLANNED, **changes), FellDue(), NOW))
    assert found is not None
    assert found.closed_at == NOW


def test_a_reminder_keeps_to_the_clients_quiet_hours() -> None:
    """In the client's own zone; and there is only one."""
    tokyo = replace(account(), zone=ZoneInfo("Asia/Tokyo"))
    found = saved(advance(card(DUE, account=tokyo), Delivered(), NOW))
    assert found is not None
    assert found.reminder_at == at("2026-03-07 01:00")  # nine in the morning in Tokyo
    reminded = saved(advance(card(SENT), ReminderFellDue(), NOW))
    assert reminded == replace(SENT, reminder_at=None)


def test_a_check_in_that_falls_due_depends_on_all_that_may_stand_in_its_way() -> None:
    """It is asked about again when it is sent."""
    [shown] = advance(card(PLANNED), FellDue(), NOW).say
    assert isinstance(shown, ShowCard)
    assert (shown.to, shown.session, shown.enrolment) == (CLIENT, "S1", "MADEUP-E")
    assert (shown.purpose, shown.anew) == (Purpose.CHECK_IN, False)


def test_an_expired_card_is_closed_with_all_that_was_open() -> None:
    """What was answered counts as what it is; no question and no reminder is left."""
    begun = replace(STARTED, answers=check_in("5").answers)
    assert saved(advance(card(begun), Expired(), NOW)) == replace(
        begun, state=CheckInState.ANSWERED, page=Page.FINISHED, question=None, closed_at=NOW, reminder_at=None
    )
    decision = advance(card(SENT), Expired(), NOW)
    assert saved(decision) == replace(SENT, state=CheckInState.EXPIRED, closed_at=NOW, reminder_at=None)
    assert decision.say == (ShowCard(CLIENT, "S1", "MADEUP-E", wording.closed()),)


def test_a_card_speaks_of_the_therapist_and_of_the_clients_own_days() -> None:
    """How long it stays open, and when who is sent the answers."""
    assert "It stays open until Sunday 8 March, 14:00." in said_to(CLIENT, advance(card(PLANNED), FellDue(), NOW))
    answered = advance(card(replace(STARTED, answers=check_in("5").answers)), Expired(), NOW)
    assert "Dr. Made-Up is sent your answers on Monday 9 March at the latest." in said_to(CLIENT, answered)


@pytest.mark.parametrize("held", [PLANNED, DUE])
def test_what_could_not_be_delivered_is_closed_with_its_moment(held: CheckIn) -> None:
    """As missed, where nothing else stood in the way."""
    assert saved(advance(card(held), Undeliverable(), NOW)) == replace(held, state=CheckInState.MISSED, closed_at=NOW)
