"""What people and settings write about times, and the lines that answer what cannot be read."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations.timing import QuietHours, Weekly
from conversations.typed_times import (
    FURTHEST_BACK,
    LONGEST_DURATION,
    NotUnderstood,
    format_duration,
    parse_daily,
    parse_duration,
    parse_iso,
    parse_past_moment,
    parse_quiet_hours,
    parse_weekly,
    parse_zone,
)

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)  # a Tuesday, 15:00 in Berlin
SECOND = timedelta(seconds=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def answer_to(parse: Callable[[str], object], text: str) -> str:
    with pytest.raises(NotUnderstood) as caught:
        parse(text)
    return str(caught.value)


# --- durations ---


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2h", timedelta(hours=2)),
        ("30m", timedelta(minutes=30)),
        ("0s", timedelta(0)),
        ("3d", timedelta(days=3)),
        ("1h30m", timedelta(minutes=90)),
        (" 1 H 30 M ", timedelta(minutes=90)),
        ("90m", timedelta(minutes=90)),
        ("1d2h3m4s", timedelta(days=1, hours=2, minutes=3, seconds=4)),
        ("3650d", LONGEST_DURATION),
    ],
)
def test_a_duration_is_numbers_with_units(text: str, expected: timedelta) -> None:
    """Days, hours, minutes and seconds, in this order, each at most once."""
    assert parse_duration(text) == expected


@pytest.mark.parametrize("text", ["", "2", "h", "-2h", "1.5h", "30m1h", "1h1h", "2 hours", "٢h", "9" * 5000 + "h"])
def test_what_is_no_duration_is_answered_with_examples(text: str) -> None:
    """The line shows how to write one."""
    expected = "That is not a length of time. Write it as 2h, 30m, 1h30m or 3d."
    assert answer_to(parse_duration, text) == expected


@pytest.mark.parametrize("text", ["3651d", "3650d1s", "999999999999d"])
def test_a_duration_beyond_ten_years_is_refused(text: str) -> None:
    """No sum with such a duration can leave the calendar."""
    assert answer_to(parse_duration, text) == "That is too long. Write at most 3650d."


@pytest.mark.parametrize(
    ("duration", "expected"),
    [
        (timedelta(0), "0s"),
        (timedelta(hours=2), "2h"),
        (timedelta(minutes=90), "1h30m"),
        (timedelta(hours=72), "3d"),
        (timedelta(days=1, seconds=5), "1d5s"),
    ],
)
def test_a_duration_is_written_in_its_largest_units(duration: timedelta, expected: str) -> None:
    """Each duration has one spelling."""
    assert format_duration(duration) == expected


@settings(derandomize=True)
@given(st.integers(0, LONGEST_DURATION // SECOND))
def test_a_written_duration_is_read_as_the_same(seconds: int) -> None:
    """`parse_duration` undoes `format_duration`."""
    assert parse_duration(format_duration(seconds * SECOND)) == seconds * SECOND


# --- quiet hours and weekly times ---


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("21:00-09:00", QuietHours(time(21), time(9))),
        (" 9:30 - 17:00 ", QuietHours(time(9, 30), time(17))),
        ("21:00\N{EN DASH}09:00", QuietHours(time(21), time(9))),
        ("none", None),
        ("None ", None),
    ],
)
def test_quiet_hours_are_two_times_or_none(text: str, expected: QuietHours | None) -> None:
    """From and to, in the wall time of whoever they protect."""
    assert parse_quiet_hours(text) == expected


@pytest.mark.parametrize("text", ["", "21:00", "21-9", "25:00-09:00", "21:00-24:00", "21:00-09:00-10:00", "-", "no"])
def test_what_are_no_quiet_hours_is_answered_with_an_example(text: str) -> None:
    """The line shows both ways to write them."""
    assert answer_to(parse_quiet_hours, text) == "Those are not quiet hours. Write them as 21:00-09:00, or none."


@pytest.mark.parametrize(
    ("text", "expected"), [("03:00", time(3)), (" 3:00 ", time(3)), ("23 : 59", time(23, 59)), ("None", None)]
)
def test_a_time_of_day_is_one_or_none(text: str, expected: time | None) -> None:
    """As for backups, in local wall time."""
    assert parse_daily(text) == expected


@pytest.mark.parametrize("text", ["", "3", "24:00", "03:60", "3 pm", "nones"])
def test_what_is_no_time_of_day_is_answered_with_an_example(text: str) -> None:
    """One plain line."""
    assert answer_to(parse_daily, text) == "That is not a time of day. Write it as 03:00, or none."


def test_quiet_hours_from_a_time_to_itself_are_refused() -> None:
    """They could mean never or always."""
    expected = "Quiet hours cannot start and end at the same time. Write them as 21:00-09:00, or none."
    assert answer_to(parse_quiet_hours, "08:00-8:00") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mon 08:00", Weekly(0, time(8))),
        ("Monday 8:00", Weekly(0, time(8))),
        ("  SUN   23:59", Weekly(6, time(23, 59))),
        ("Thurs, 07:15", Weekly(3, time(7, 15))),
        ("wed. 12:00", Weekly(2, time(12))),
    ],
)
def test_a_weekly_time_is_a_day_and_a_time(text: str, expected: Weekly) -> None:
    """The day by its name or at least three letters of it, in any case."""
    assert parse_weekly(text) == expected


@pytest.mark.parametrize("text", ["", "mon", "08:00", "mo 08:00", "mondays 08:00", "mon 8", "mon 24:00", "08:00 mon"])
def test_what_is_no_weekly_time_is_answered_with_an_example(text: str) -> None:
    """The line shows how to write one."""
    assert answer_to(parse_weekly, text) == "That is not a day of the week and a time. Write it as mon 08:00."


# --- zones ---


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        (" Europe / Berlin ", "Europe/Berlin"),
        ("berlin", "Europe/Berlin"),
        ("New York", "America/New_York"),
        ("america/argentina/buenos aires", "America/Argentina/Buenos_Aires"),
        ("port-au-prince", "America/Port-au-Prince"),
        ("utc", "UTC"),
        ("etc/gmt+2", "Etc/GMT+2"),
    ],
)
def test_a_zone_is_known_by_its_name_or_its_city(text: str, expected: str) -> None:
    """Neither case nor spaces matter."""
    assert parse_zone(text).key == expected


def test_every_zone_is_known_by_its_whole_name() -> None:
    """No city hides a whole name."""
    names = sorted(available_timezones() - {"Factory", "localtime"})
    assert [parse_zone(name.upper()).key for name in names] == names


@pytest.mark.parametrize(
    ("text", "example"),
    [
        ("berln", "Europe/Berlin"),
        ("Europe/Berlim", "Europe/Berlin"),
        ("new yrok", "America/New_York"),
        ("", "Europe/Berlin"),
        ("../../etc/passwd", "Europe/Berlin"),
        ("/usr/share/zoneinfo/Europe/Berlin", "Europe/Berlin"),
        ("Europe/../Europe/Berlin", "Europe/Berlin"),
        ("Factory", "Europe/Berlin"),
        ("localtime", "Europe/Berlin"),
        ("CEST", "Europe/Berlin"),
        ("gmt+2", "Europe/Berlin"),
        ("Europe/Berlin\0", "Europe/Berlin"),
        ("x" * 4096, "Europe/Berlin"),
    ],
)
def test_what_is_no_zone_is_answered_with_a_close_example(text: str, example: str) -> None:
    """The nearest name there is, and never a file outside the database."""
    assert answer_to(parse_zone, text) == (f"That is not a time zone. Write region and city, for example {example}.")


def test_a_city_of_several_zones_is_answered_with_their_names() -> None:
    """Whoever wrote it chooses."""
    expected = "Several time zones have that name. Write Canada/Eastern or US/Eastern."
    assert answer_to(parse_zone, "Eastern") == expected


# --- when a session ended ---


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("14:30", "2026-03-10 13:30"),
        ("15:00", "2026-03-10 14:00"),
        ("15:01", "2026-03-09 14:01"),
        ("9:05", "2026-03-10 08:05"),
        ("today 14:30", "2026-03-10 13:30"),
        ("Yesterday 14:30", "2026-03-09 13:30"),
        ("yesterday 23:00", "2026-03-09 22:00"),
        ("tue 14:30", "2026-03-10 13:30"),
        ("Tuesday 15:30", "2026-03-03 14:30"),
        ("wed 15:30", "2026-03-04 14:30"),
        ("mon, 14:30", "2026-03-09 13:30"),
        ("2026-03-05 14:30", "2026-03-05 13:30"),
        ("2026-3-5T14:30", "2026-03-05 13:30"),
        ("5.3. 14:30", "2026-03-05 13:30"),
        ("05.03. 14:30", "2026-03-05 13:30"),
        ("5.3 14:30", "2026-03-05 13:30"),
        ("5. 3. 14:30", "2026-03-05 13:30"),
        ("5.3.2026 14:30", "2026-03-05 13:30"),
        ("5.3. 2026,  14:30", "2026-03-05 13:30"),
        ("24.2. 15:00", "2026-02-24 14:00"),
    ],
)
def test_a_past_moment_is_read_in_local_time(text: str, expected: str) -> None:
    """The latest such time that is not ahead, in the wall time of the zone."""
    assert parse_past_moment(text, NOW, BERLIN) == utc(expected)


@pytest.mark.parametrize(
    ("text", "now", "expected"),
    [
        # a day without a year is the nearest, across New Year
        ("28.12. 14:30", "2027-01-03 12:00", "2026-12-28 13:30"),
        ("29.2. 14:30", "2028-03-01 12:00", "2028-02-29 13:30"),
        # 02:30 was skipped
        ("2:30", "2026-03-29 10:00", "2026-03-29 01:00"),
        # 02:30 comes twice: the first
        ("2:30", "2026-10-25 00:45", "2026-10-25 00:30"),
        ("2:30", "2026-10-25 10:00", "2026-10-25 00:30"),
        # at 02:15 for the second time, 02:45 has already been
        ("2:45", "2026-10-25 01:15", "2026-10-25 00:45"),
        # just after midnight in Berlin the day before still is today in UTC
        ("23:50", "2026-03-09 23:10", "2026-03-09 22:50"),
        ("today 00:05", "2026-03-09 23:10", "2026-03-09 23:05"),
    ],
)
def test_a_past_moment_near_the_edges_of_the_calendar(text: str, now: str, expected: str) -> None:
    """New Year, leap days, midnight and both changes of the clocks."""
    assert parse_past_moment(text, utc(now), BERLIN) == utc(expected)


@pytest.mark.parametrize(
    "text", ["today 15:01", "2026-03-10 15:01", "11.3. 14:30", "11.3.2026 14:30", "9999-12-31 23:59", "1.9. 14:30"]
)
def test_a_moment_that_is_still_ahead_is_refused(text: str) -> None:
    """A session that has not ended cannot have ended."""
    expected = "That is in the future. Write when the session ended, for example yesterday 14:30."
    assert answer_to(lambda typed: parse_past_moment(typed, NOW, BERLIN), text) == expected


@pytest.mark.parametrize(
    "text", ["24.2. 14:59", "2026-02-24 14:59", "5.3.2025 14:30", "0001-01-01 00:00", "10.9. 14:30"]
)
def test_a_moment_more_than_two_weeks_back_is_refused(text: str) -> None:
    """What is typed so late is more likely a slip than a session to ask about."""
    expected = "That is more than 14 days ago. Write a later day, for example yesterday 14:30."
    assert answer_to(lambda typed: parse_past_moment(typed, NOW, BERLIN), text) == expected


@pytest.mark.parametrize("text", ["05/03 14:30", "5/3/2026 14:30", "25/03 14:30", "05/03/26 14:30"])
def test_a_date_with_slashes_is_refused_as_ambiguous(text: str) -> None:
    """5 March and 3 May are written alike."""
    expected = "A date with slashes can mean two days. Write the day first, with dots: 5.3. 14:30, or 2026-03-05 14:30."
    assert answer_to(lambda typed: parse_past_moment(typed, NOW, BERLIN), text) == expected


@pytest.mark.parametrize(
    "text", ["31.2. 14:30", "29.2. 14:30", "2026-13-01 14:30", "0.3. 14:30", "2026-03-00 14:30", "0000-01-01 14:30"]
)
def test_a_day_that_does_not_exist_is_refused(text: str) -> None:
    """The line says so instead of taking a neighbouring day."""
    expected = "There is no such day. Write day and month as in 5.3. 14:30, or 2026-03-05 14:30."
    assert answer_to(lambda typed: parse_past_moment(typed, NOW, BERLIN), text) == expected


@pytest.mark.parametrize(
    "text", ["", "14", "14:3", "24:00", "2:30 pm", "just now", "tomorrow 14:30", "5.3.", "5 March 14:30", "14:30 tue"]
)
def test_what_is_no_past_moment_is_answered_with_examples(text: str) -> None:
    """The line shows the ways to write one."""
    expected = "That is not a day and time. Write it as 14:30, yesterday 14:30, tue 14:30 or 2026-03-05 14:30."
    assert answer_to(lambda typed: parse_past_moment(typed, NOW, BERLIN), text) == expected


@settings(derandomize=True)
@given(
    st.datetimes(datetime.fromisoformat("2015-01-01"), datetime.fromisoformat("2040-12-31")),
    st.timedeltas(timedelta(0), timedelta(days=13)),
    st.sampled_from(["Europe/Berlin", "Africa/Cairo", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Chatham"]),
    st.sampled_from(["%Y-%m-%d %H:%M", "%d.%m. %H:%M", "%d.%m.%Y %H:%M"]),
)
def test_a_moment_written_down_is_read_back(now: datetime, ago: timedelta, name: str, spelling: str) -> None:
    """Every full spelling of a past minute shows the same on the wall when it is read."""
    zone = ZoneInfo(name)
    written = (now.replace(tzinfo=UTC) - ago).astimezone(zone).strftime(spelling)
    assert parse_past_moment(written, now.replace(tzinfo=UTC), zone).astimezone(zone).strftime(spelling) == written


@settings(derandomize=True)
@given(st.datetimes(datetime.fromisoformat("2015-01-01"), datetime.fromisoformat("2040-12-31")), st.times())
def test_a_bare_time_is_always_within_the_last_day(now: datetime, at: time) -> None:
    """It is never refused, and at most a day and a change of clocks ago."""
    moment = parse_past_moment(f"{at:%H:%M}", now.replace(tzinfo=UTC), BERLIN)
    assert timedelta(0) <= now.replace(tzinfo=UTC) - moment <= timedelta(hours=26)


# --- ISO 8601 ---


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-05T14:30", "2026-03-05 13:30"),
        ("2026-03-05 14:30", "2026-03-05 13:30"),
        (" 2026-03-05T14:30:15 ", "2026-03-05 13:30:15"),
        ("2026-03-05T14:30Z", "2026-03-05 14:30"),
        ("2026-03-05T14:30-05:00", "2026-03-05 19:30"),
        ("20260305T143000+0100", "2026-03-05 13:30"),
        ("2026-03-29T02:30", "2026-03-29 01:00"),
        ("2026-10-25T02:30", "2026-10-25 00:30"),
    ],
)
def test_iso_times_are_local_unless_they_say_otherwise(text: str, expected: str) -> None:
    """With an offset they are what they say, without one they are wall time in the zone."""
    assert parse_iso(text, BERLIN) == utc(expected)


@pytest.mark.parametrize(
    "text",
    ["", "2026-03-05", "14:30", "2026-03-05T25:00", "2026-02-30T14:30", "0001-01-01T00:00", "9999-12-31T23:59-05:00"],
)
def test_what_is_no_iso_time_is_answered_with_examples(text: str) -> None:
    """A bare date is refused too: it would quietly mean midnight."""
    expected = "That is not a date and time. Write it as 2026-03-05T14:30, or with an offset as 2026-03-05T14:30+01:00."
    assert answer_to(lambda typed: parse_iso(typed, BERLIN), text) == expected


# --- anything at all ---


def read_past_moment(text: str) -> datetime:
    return parse_past_moment(text, NOW, BERLIN)


def read_iso(text: str) -> datetime:
    return parse_iso(text, BERLIN)


@pytest.mark.parametrize(
    "parse", [parse_duration, parse_daily, parse_quiet_hours, parse_weekly, parse_zone, read_past_moment, read_iso]
)
@settings(derandomize=True)
@given(text=st.text() | st.text("0123456789:.-/ +TZdhmsyetrau"))
def test_whatever_is_typed_is_read_or_answered_in_one_line(parse: Callable[[str], object], text: str) -> None:
    """Nothing but `NotUnderstood` is raised, and its message is one line that ends in a full stop."""
    answer = "Understood."
    try:
        parse(text)
    except NotUnderstood as refused:
        answer = str(refused)
    assert answer.splitlines() == [answer]
    assert answer.endswith(".")


@settings(derandomize=True)
@given(text=st.text("0123456789:.- ", max_size=18))
def test_a_past_moment_is_never_ahead_and_never_too_far_back(text: str) -> None:
    """Whatever is understood lies in the two weeks before now."""
    try:
        moment = read_past_moment(text)
    except NotUnderstood:
        return
    assert NOW - FURTHEST_BACK <= moment <= NOW


def test_a_day_without_a_year_is_the_nearest_also_ahead() -> None:
    """On New Year's Eve the first of January is tomorrow, not a year ago."""
    with pytest.raises(NotUnderstood, match="That is in the future"):
        parse_past_moment("1.1. 14:30", utc("2026-12-31 12:00"), BERLIN)


def test_a_zone_that_nobody_lives_in_is_no_example() -> None:
    """What is close to "Etc/Zulu" is answered with a place."""
    with pytest.raises(NotUnderstood, match="for example Europe/Berlin"):
        parse_zone("Etc/Zuluu")
