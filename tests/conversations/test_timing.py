"""Due times, quiet hours and weekly occurrences, with examples, properties, and every change of every clock."""

import random
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations.timing import (
    QuietHours,
    Weekly,
    after_quiet_hours,
    due,
    expiry,
    last_daily,
    local,
    next_weekly,
    reminder,
    resolve,
)
from tests.conversations.timing_campaign import local_times_around, ordinary_moments, quiet_hours_around, weekly_around
from tests.conversations.timing_oracle import FIRST_YEAR, LAST_YEAR, Change, as_moment, changes_of, histories

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = QuietHours(time(21), time(9))
HOUR = timedelta(hours=1)

ODD_ZONES = [
    ZoneInfo(name)
    for name in (
        "Africa/Cairo",
        "Africa/Casablanca",
        "Africa/El_Aaiun",
        "America/Sao_Paulo",
        "Antarctica/Casey",
        "Antarctica/Troll",
        "Asia/Beirut",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "Europe/Berlin",
        "Pacific/Chatham",
    )
]
zones = st.sampled_from(ODD_ZONES)
wall_times = st.times()
walls = st.datetimes(datetime.fromisoformat("2015-01-01"), datetime.fromisoformat("2040-12-31"))
moments = walls.map(lambda wall: wall.replace(tzinfo=UTC))
quiet_hours = st.builds(QuietHours, wall_times, wall_times)
durations = st.timedeltas(timedelta(0), timedelta(days=10))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def naive(text: str) -> datetime:
    return datetime.fromisoformat(text)


def quiet(text: str) -> QuietHours:
    start, end = (time.fromisoformat(part) for part in text.split("-"))
    return QuietHours(start, end)


# --- resolve and local ---


@pytest.mark.parametrize(
    ("zone", "wall", "expected"),
    [
        ("Europe/Berlin", "2026-07-01 09:00", "2026-07-01 07:00"),
        ("Europe/Berlin", "2026-03-29 02:30", "2026-03-29 01:00"),
        ("Europe/Berlin", "2026-03-29 02:30:59.5", "2026-03-29 01:00"),
        ("Europe/Berlin", "2026-10-25 02:30", "2026-10-25 00:30"),
        ("America/Sao_Paulo", "2018-11-04 00:00", "2018-11-04 03:00"),
        ("Africa/Cairo", "2026-04-24 00:15", "2026-04-23 22:00"),
        ("Asia/Beirut", "2026-03-29 00:59", "2026-03-28 22:00"),
        ("Australia/Lord_Howe", "2026-10-04 02:15", "2026-10-03 15:30"),
        ("Antarctica/Troll", "2026-03-29 01:30", "2026-03-29 01:00"),
        ("Antarctica/Casey", "2020-10-04 01:00", "2020-10-03 16:01"),
        ("Africa/Casablanca", "2026-02-15 02:30", "2026-02-15 01:30"),
        ("Pacific/Apia", "2011-12-30 12:00", "2011-12-30 10:00"),
    ],
)
def test_a_local_time_is_the_first_moment_that_shows_it_or_later(zone: str, wall: str, expected: str) -> None:
    """A skipped time becomes the end of the gap, and of a time that occurs twice the first is meant."""
    assert resolve(naive(wall), ZoneInfo(zone)) == utc(expected)


def test_the_fold_of_a_naive_time_does_not_matter() -> None:
    """Whoever passes the second of two equal times still gets the first."""
    assert resolve(naive("2026-10-25 02:30").replace(fold=1), BERLIN) == utc("2026-10-25 00:30")


def test_a_moment_is_shown_in_its_zone() -> None:
    """What is shown carries the zone's own clock and offset."""
    assert local(utc("2026-07-01 07:00"), BERLIN).isoformat() == "2026-07-01T09:00:00+02:00"


def test_a_naive_moment_is_refused() -> None:
    """A moment without an offset is a mistake, not a time on this machine."""
    with pytest.raises(TypeError):
        local(naive("2026-07-01 07:00"), BERLIN)


@settings(derandomize=True)
@given(walls, zones)
def test_resolving_and_showing_are_inverse(wall: datetime, zone: ZoneInfo) -> None:
    """What is shown for a resolved time is that time, or later in a gap, where one microsecond earlier shows less."""
    moment = resolve(wall, zone)
    shown = local(moment, zone).replace(tzinfo=None)
    assert shown >= wall
    if shown != wall:
        assert local(moment - timedelta(microseconds=1), zone).replace(tzinfo=None) < wall


# --- quiet hours ---


@pytest.mark.parametrize(
    ("zone", "hours", "moment", "expected"),
    [
        ("Europe/Berlin", "21:00-09:00", "2026-07-01 18:59", "2026-07-01 18:59"),
        ("Europe/Berlin", "21:00-09:00", "2026-07-01 19:00", "2026-07-02 07:00"),
        ("Europe/Berlin", "21:00-09:00", "2026-07-02 06:59", "2026-07-02 07:00"),
        ("Europe/Berlin", "21:00-09:00", "2026-07-02 07:00", "2026-07-02 07:00"),
        ("Europe/Berlin", "21:00-09:00", "2026-03-28 20:30:10.5", "2026-03-29 07:00"),
        ("Europe/Berlin", "21:00-09:00", "2026-10-24 19:30", "2026-10-25 08:00"),
        ("Europe/Berlin", "12:00-14:00", "2026-07-01 10:00", "2026-07-01 12:00"),
        ("Europe/Berlin", "12:00-14:00", "2026-07-01 12:00", "2026-07-01 12:00"),
        ("Europe/Berlin", "12:00-12:00", "2026-07-01 10:00", "2026-07-01 10:00"),
        # the end is skipped: over as soon as the gap is
        ("Europe/Berlin", "22:00-02:30", "2026-03-29 00:30", "2026-03-29 01:00"),
        # start and end are both skipped: no quiet hours that day
        ("Europe/Berlin", "02:10-02:50", "2026-03-29 01:00", "2026-03-29 01:00"),
        # the end occurs twice: over at the first, quiet again at 02:00, and over at the second
        ("Europe/Berlin", "22:00-02:30", "2026-10-25 00:15", "2026-10-25 00:30"),
        ("Europe/Berlin", "22:00-02:30", "2026-10-25 00:45", "2026-10-25 00:45"),
        ("Europe/Berlin", "22:00-02:30", "2026-10-25 01:15", "2026-10-25 01:30"),
        # the start occurs twice: 02:45 falls back to 02:00, which is not quiet
        ("Europe/Berlin", "02:30-08:00", "2026-10-25 00:45", "2026-10-25 01:00"),
        ("Europe/Berlin", "02:30-08:00", "2026-10-25 01:45", "2026-10-25 07:00"),
        ("America/Sao_Paulo", "21:00-00:30", "2018-11-04 02:00", "2018-11-04 03:00"),
        ("Australia/Lord_Howe", "21:00-02:15", "2026-10-03 15:00", "2026-10-03 15:30"),
        ("Antarctica/Troll", "21:00-02:30", "2026-03-29 00:59", "2026-03-29 01:00"),
        # the day that was left out: from the night before straight into the night after
        ("Pacific/Apia", "21:00-09:00", "2011-12-30 08:00", "2011-12-30 19:00"),
    ],
)
def test_what_falls_into_quiet_hours_is_put_off_to_their_end(zone: str, hours: str, moment: str, expected: str) -> None:
    """The first moment from there on whose own wall time is not quiet."""
    assert after_quiet_hours(utc(moment), ZoneInfo(zone), quiet(hours)) == utc(expected)


def test_without_quiet_hours_nothing_is_put_off() -> None:
    """Any moment stays as it is."""
    assert after_quiet_hours(utc("2026-07-01 01:00"), BERLIN, None) == utc("2026-07-01 01:00")


def test_a_moment_given_in_a_zone_is_answered_in_utc() -> None:
    """The answer is in UTC, so that what is added to it later is not added to the wall clock."""
    assert after_quiet_hours(local(utc("2026-07-01 12:00"), BERLIN), BERLIN, NIGHT).tzinfo is UTC


@settings(derandomize=True)
@given(moments, zones, quiet_hours)
def test_putting_off_twice_changes_nothing(moment: datetime, zone: ZoneInfo, hours: QuietHours) -> None:
    """The answer is not before the moment, not quiet, at most a day and a change of clocks later, and stays."""
    answer = after_quiet_hours(moment, zone, hours)
    assert moment <= answer <= moment + timedelta(hours=27)
    assert hours.cover(local(answer, zone).time()) is False
    assert after_quiet_hours(answer, zone, hours) == answer


@settings(derandomize=True)
@given(moments, zones, quiet_hours, st.floats(0, 1, exclude_max=True))
def test_nothing_between_the_moment_and_the_answer_is_allowed(
    moment: datetime, zone: ZoneInfo, hours: QuietHours, part: float
) -> None:
    """Every moment before the answer is quiet."""
    answer = after_quiet_hours(moment, zone, hours)
    between = moment + (answer - moment) * part
    assert hours.cover(local(between, zone).time()) is (between < answer)


# --- due, reminder, expiry ---


@pytest.mark.parametrize(
    ("ended", "logged", "expected"),
    [
        ("2026-07-01 10:00", "2026-07-01 10:05", "2026-07-01 12:00"),
        ("2026-07-01 10:00", "2026-07-01 15:00", "2026-07-01 15:00"),
        ("2026-07-01 17:00", "2026-07-01 17:00", "2026-07-02 07:00"),
        ("2026-07-01 10:00", "2026-07-01 22:00", "2026-07-02 07:00"),
        ("2026-03-28 18:00", "2026-03-28 18:00", "2026-03-29 07:00"),
    ],
)
def test_a_check_in_is_due_after_the_delay_or_when_logged(ended: str, logged: str, expected: str) -> None:
    """Two hours after the session, or at once if it was logged later, and never at night."""
    assert due(utc(ended), utc(logged), 2 * HOUR, BERLIN, NIGHT) == utc(expected)


def test_a_delay_is_counted_in_real_hours_across_a_change_of_clocks() -> None:
    """Two hours after 01:30 is 04:30 on the wall when the clock jumps from two to three."""
    ended = local(utc("2026-03-29 00:30"), BERLIN)
    assert due(ended, ended, 2 * HOUR, BERLIN, None) == utc("2026-03-29 02:30")


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("2026-07-01 10:00", "2026-07-02 10:00"),
        ("2026-10-24 18:30", "2026-10-25 18:30"),
        ("2026-03-28 19:30", "2026-03-30 07:00"),
    ],
)
def test_a_reminder_comes_a_day_later_outside_quiet_hours(sent: str, expected: str) -> None:
    """A day is 24 hours, and what then falls into the night waits for the morning."""
    assert reminder(utc(sent), 24 * HOUR, BERLIN, NIGHT) == utc(expected)


@pytest.mark.parametrize(
    ("next_session", "expected"),
    [(None, "2026-07-04 10:00"), ("2026-07-03 10:00", "2026-07-03 10:00"), ("2026-07-08 10:00", "2026-07-04 10:00")],
)
def test_a_check_in_expires_at_the_next_session_at_the_latest(next_session: str | None, expected: str) -> None:
    """72 hours after its session, or when the next one starts, whichever is earlier."""
    start = utc(next_session) if next_session else None
    assert expiry(utc("2026-07-01 10:00"), 72 * HOUR, start) == utc(expected)


@settings(derandomize=True)
@given(moments, moments, durations, zones, st.none() | quiet_hours)
def test_due_is_never_early_and_never_in_quiet_hours(
    ended: datetime, logged: datetime, delay: timedelta, zone: ZoneInfo, hours: QuietHours | None
) -> None:
    """A check-in waits for the delay, for the session to be logged, and for the end of the night."""
    answer = due(ended, logged, delay, zone, hours)
    assert answer >= max(ended + delay, logged)
    assert after_quiet_hours(answer, zone, hours) == answer


# --- the weekly digest ---


@pytest.mark.parametrize(
    ("zone", "weekly", "after", "expected"),
    [
        ("Europe/Berlin", Weekly(0, time(8)), "2026-07-05 12:00", "2026-07-06 06:00"),
        ("Europe/Berlin", Weekly(0, time(8)), "2026-07-06 05:59:59", "2026-07-06 06:00"),
        ("Europe/Berlin", Weekly(0, time(8)), "2026-07-06 06:00", "2026-07-13 06:00"),
        ("Europe/Berlin", Weekly(0, time(8)), "2026-03-23 07:00", "2026-03-30 06:00"),
        ("Europe/Berlin", Weekly(6, time(2, 30)), "2026-03-28 12:00", "2026-03-29 01:00"),
        ("Europe/Berlin", Weekly(6, time(2, 30)), "2026-03-29 01:00", "2026-04-05 00:30"),
        # 02:30 occurs twice: not again at the second
        ("Europe/Berlin", Weekly(6, time(2, 30)), "2026-10-25 00:30", "2026-11-01 01:30"),
        ("Europe/Berlin", Weekly(6, time(2, 30)), "2026-10-25 01:00", "2026-11-01 01:30"),
        # Thursday evening in New York is Friday in UTC
        ("America/New_York", Weekly(3, time(23)), "2026-07-10 00:00", "2026-07-10 03:00"),
        # a Friday that was left out
        ("Pacific/Apia", Weekly(4, time(8)), "2011-12-29 12:00", "2011-12-30 10:00"),
        ("Pacific/Apia", Weekly(4, time(8)), "2011-12-30 10:00", "2012-01-05 18:00"),
    ],
)
def test_the_digest_comes_at_its_next_hour(zone: str, weekly: Weekly, after: str, expected: str) -> None:
    """The first occurrence strictly after the given moment."""
    assert next_weekly(utc(after), weekly, ZoneInfo(zone)) == utc(expected)


@settings(derandomize=True, max_examples=50)
@given(moments, zones, st.builds(Weekly, st.integers(0, 6), wall_times))
def test_every_week_has_exactly_one_digest(after: datetime, zone: ZoneInfo, weekly: Weekly) -> None:
    """Following one occurrence to the next visits the same weekday of every week of half a year, once."""
    visited = []
    for _ in range(26):
        after = next_weekly(after, weekly, zone)
        visited.append(local(after, zone).date())
    first = visited[0]
    assert visited == [first + timedelta(days=7 * week) for week in range(26)]
    assert first.weekday() == weekly.weekday


@pytest.mark.parametrize(
    ("zone", "at", "before", "expected"),
    [
        ("Europe/Berlin", time(3), "2026-03-02T02:00", "2026-03-02T02:00"),
        ("Europe/Berlin", time(3), "2026-03-02T01:59", "2026-03-01T02:00"),
        ("Europe/Berlin", time(2, 30), "2026-03-29T01:00", "2026-03-29T01:00"),  # skipped: when the gap ends
        ("Europe/Berlin", time(2, 30), "2026-10-25T01:30", "2026-10-25T00:30"),  # twice: the first of the two
        ("Asia/Tokyo", time(4), "2026-03-01T20:00", "2026-03-01T19:00"),  # already the next day there
        ("Pacific/Apia", time(3), "2011-12-30T10:30", "2011-12-30T10:00"),  # after a day that was left out
    ],
)
def test_the_last_daily_time(zone: str, at: time, before: str, expected: str) -> None:
    """Each local day has one, also where the clocks change."""
    assert last_daily(utc(before), at, ZoneInfo(zone)) == utc(expected)


# --- changes of every clock, against the table; `make chaos` asks about all of them ---


@pytest.fixture(scope="module")
def windows() -> list[tuple[ZoneInfo, Change]]:
    """Three changes of every clock, and a moment that is none."""
    chance, years = random.Random(20260305), range(FIRST_YEAR, LAST_YEAR)
    found = []
    for history in histories():
        some = chance.sample(history.changes, min(3, len(history.changes)))
        found += [(history.zone, change) for change in (*some, *ordinary_moments(history, 1, years, chance))]
    return found


def test_the_table_knows_every_change_of_a_well_known_clock() -> None:
    """The last Sundays of March and October at 01:00 UTC, so that what follows does not pass by looking at nothing."""
    last_sundays = [
        max(day for day in (datetime(year, month, day, 1, tzinfo=UTC) for day in range(25, 32)) if day.weekday() == 6)
        for year in range(FIRST_YEAR, LAST_YEAR + 1)
        for month in (3, 10)
    ]
    assert [as_moment(change.minute) for change in changes_of(BERLIN)] == last_sundays


@pytest.mark.unmeasured
def test_local_times_around_changes_are_resolved_as_in_the_table(windows: list[tuple[ZoneInfo, Change]]) -> None:
    """What is skipped or repeated, and the hours around it."""
    assert [found for zone, change in windows for found in local_times_around(zone, change)] == []


@pytest.mark.unmeasured
def test_quiet_hours_around_changes_end_as_in_the_table(windows: list[tuple[ZoneInfo, Change]]) -> None:
    """The usual night, and six by chance of the quiet hours that can begin and end around a change."""
    chance = random.Random(20260306)
    assert [found for zone, change in windows for found in quiet_hours_around(zone, change, 6, chance)] == []


@pytest.mark.unmeasured
def test_weekly_occurrences_around_changes_are_those_in_the_table(windows: list[tuple[ZoneInfo, Change]]) -> None:
    """On the day of the change, the day before and the day after."""
    assert [found for zone, change in windows for found in weekly_around(zone, change)] == []
