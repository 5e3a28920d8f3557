"""Reading what people and settings write about times: durations, quiet hours, zones, and when a session ended.

Pure, like `timing`: no clock is read. Whatever cannot be read raises `NotUnderstood`, whose message may be shown as it
is: one plain line that says what is wrong and what to write instead. It never repeats the input.
"""

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from conversations.timing import QuietHours, Weekly, local, resolve
from conversations.wording import typed_times as wording

LONGEST_DURATION = timedelta(days=3650)  # keeps every sum with a real date within what a datetime can hold
FURTHEST_BACK = timedelta(days=14)

_DAY = timedelta(days=1)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CLOCK = r"(?P<hour>[01]?[0-9]|2[0-3]):(?P<minute>[0-5][0-9])"
_DURATION = re.compile(r"(?:([0-9]{1,12})d)?(?:([0-9]{1,12})h)?(?:([0-9]{1,12})m)?(?:([0-9]{1,12})s)?")
_SECONDS = (86_400, 3_600, 60, 1)
_WHEN = re.compile(rf"(?:(?P<day>\S.*?),?[ t])?{_CLOCK}")
_ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_DOTTED_DATE = re.compile(r"([0-9]{1,2})\. ?([0-9]{1,2})(?:\. ?([0-9]{4})?)?")
_SLASHED_DATE = re.compile(r"[0-9]{1,4}/[0-9]{1,2}(/[0-9]{1,4})?")
_ISO_HAS_TIME = re.compile(r"[0-9][Tt ][0-9]")


class NotUnderstood(ValueError):
    """What was written cannot be read. The message is one plain line: what is wrong, and what to write instead."""


def parse_duration(text: str) -> timedelta:
    """Read "2h", "30m", "0s", "3d" or "1h30m": days, hours, minutes, seconds, in this order, at most ten years."""
    found = _DURATION.fullmatch("".join(text.split()).lower())
    if not found or not any(found.groups()):
        raise NotUnderstood(wording.NO_DURATION)
    seconds = sum(int(count or 0) * unit for count, unit in zip(found.groups(), _SECONDS, strict=True))
    if seconds > LONGEST_DURATION // timedelta(seconds=1):
        raise NotUnderstood(wording.too_long(LONGEST_DURATION.days))
    return timedelta(seconds=seconds)


def format_duration(duration: timedelta) -> str:
    """Write a duration of whole seconds, not negative, so that `parse_duration` reads the same: "1h30m", "3d", "0s"."""
    rest, parts = duration // timedelta(seconds=1), []
    for unit, seconds in zip("dhms", _SECONDS, strict=True):
        count, rest = divmod(rest, seconds)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def parse_quiet_hours(text: str) -> QuietHours | None:
    """Read "21:00-09:00", in local wall time, or "none"."""
    words = "".join(text.split()).lower().replace("\N{EN DASH}", "-")
    if words == "none":
        return None
    start, _, end = (_parse_clock(part) for part in words.partition("-"))
    if start is None or end is None:
        raise NotUnderstood(wording.NO_QUIET_HOURS)
    if start == end:
        raise NotUnderstood(wording.NO_QUIET_AT_ALL)
    return QuietHours(start, end)


def parse_weekly(text: str) -> Weekly:
    """Read a day of the week and a time, "mon 08:00" or "Monday 08:00", in local wall time."""
    day, _, clock = " ".join(text.split()).lower().partition(" ")
    weekday, at = _parse_weekday(day), _parse_clock(clock)
    if weekday is None or at is None:
        raise NotUnderstood(wording.NO_WEEKLY)
    return Weekly(weekday, at)


def parse_daily(text: str) -> time | None:
    """Read a time of day, "03:00", in local wall time, or "none"."""
    words = "".join(text.split()).lower()
    at = _parse_clock(words)
    if at is None and words != "none":
        raise NotUnderstood(wording.NO_DAILY)
    return at


def parse_zone(text: str) -> ZoneInfo:
    """Read the name of a time zone, "Europe/Berlin", or of its city if only one zone has it, in any case and spacing.

    Only names that the time zone database lists are ever opened.
    """
    names, wanted = _zone_names(), _zone_key(text)
    match names.get(wanted, ()):
        case (name,):
            return ZoneInfo(name)
        case ():
            places = [key for key, (name, *_) in names.items() if "/" in name and not name.startswith("Etc/")]
            close = get_close_matches(wanted, places, n=1, cutoff=0.8)
            example = names[close[0]][0] if close else "Europe/Berlin"
            raise NotUnderstood(wording.no_zone(example))
        case several:
            raise NotUnderstood(wording.several_zones(several))


def parse_past_moment(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """Read when a session ended, in local wall time, and return it in UTC.

    Understood are "14:30" and "tue 14:30" (the latest such time that is not after `now`), "today 14:30",
    "yesterday 14:30", "2026-03-05 14:30", "5.3.2026 14:30" and "5.3. 14:30" (day first). The moment is not after `now`
    and at most 14 days before it. A time that occurs twice or never is taken as in `resolve`.
    """
    found = _WHEN.fullmatch(" ".join(text.split()).lower())
    if not found:
        raise NotUnderstood(wording.NO_PAST_MOMENT)
    at = time(int(found["hour"]), int(found["minute"]))
    wall_now = local(now, zone).replace(tzinfo=None, fold=0)
    day, again_after = _parse_day(found["day"], wall_now.date())
    wall = datetime.combine(day, at)
    if again_after and resolve(wall, zone) > now:
        wall -= again_after
    # What is far off is refused just the same when it is brought nearer, and this keeps the year 9999 from overflowing.
    moment = resolve(min(max(wall, wall_now - 2 * FURTHEST_BACK), wall_now + FURTHEST_BACK), zone)
    if moment > now:
        raise NotUnderstood(wording.FUTURE)
    if now - moment > FURTHEST_BACK:
        raise NotUnderstood(wording.too_long_ago(FURTHEST_BACK.days))
    return moment


def parse_iso(text: str, zone: ZoneInfo) -> datetime:
    """Read a date and time in ISO 8601 and return it in UTC; without an offset it is local wall time in `zone`."""
    if not _ISO_HAS_TIME.search(text):  # a bare date would quietly mean midnight
        raise NotUnderstood(wording.NO_ISO)
    try:
        found = datetime.fromisoformat(text.strip())
        return found.astimezone(UTC) if found.tzinfo else resolve(found, zone)
    except (ValueError, OverflowError):
        raise NotUnderstood(wording.NO_ISO) from None


def _parse_clock(text: str) -> time | None:
    found = re.fullmatch(_CLOCK, text)
    return time(int(found["hour"]), int(found["minute"])) if found else None


def _parse_weekday(text: str) -> int | None:
    """Read a day's name, or its first three letters or more, as 0 (Monday) to 6."""
    word = text.rstrip(".,")
    return next((number for number, name in enumerate(_WEEKDAYS) if len(word) >= 3 and name.startswith(word)), None)


def _parse_day(text: str | None, today: date) -> tuple[date, timedelta | None]:
    """Read a day; the second value is how far back the same words name another one, should this one be ahead of now."""
    if text is None:
        return today, _DAY
    if text == "today":
        return today, None
    if text == "yesterday":
        return today - _DAY, None
    if (weekday := _parse_weekday(text)) is not None:
        return today - (today.weekday() - weekday) % 7 * _DAY, 7 * _DAY
    return _parse_date(text, today), None


def _parse_date(text: str, today: date) -> date:
    """Read "2026-03-05", "5.3.2026", or "5.3." as the one nearest to today."""
    if _SLASHED_DATE.fullmatch(text):
        raise NotUnderstood(wording.SLASHES)
    if found := _ISO_DATE.fullmatch(text):
        year, month, day = (int(part) for part in found.groups())
        years = [year]
    elif found := _DOTTED_DATE.fullmatch(text):
        day, month = int(found[1]), int(found[2])
        years = [int(found[3])] if found[3] else [today.year - 1, today.year, today.year + 1]
    else:
        raise NotUnderstood(wording.NO_PAST_MOMENT)
    dates = [date(year, month, day) for year in years if _exists(year, month, day)]
    if not dates:
        raise NotUnderstood(wording.NO_SUCH_DAY)
    return min(dates, key=lambda each: abs(each - today))


def _exists(year: int, month: int, day: int) -> bool:
    return 1 <= year <= 9999 and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]


def _zone_key(text: str) -> str:
    return re.sub(r"[\s_]", "", text).casefold()


@cache
def _zone_names() -> Mapping[str, tuple[str, ...]]:
    """Return the zones by what may be written for them: the whole name, or the city where no whole name is the same."""
    names = sorted(available_timezones() - {"Factory", "localtime"})
    by_city: dict[str, tuple[str, ...]] = {}
    for name in names:
        region, _, city = name.rpartition("/")
        if region != "Etc":  # there "GMT+2" lies two hours west: nobody who writes just that means it
            by_city[_zone_key(city)] = (*by_city.get(_zone_key(city), ()), name)
    return by_city | {_zone_key(name): (name,) for name in names}
