"""How days and hours are written for people, in their own zone."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def weekday(number: int) -> str:
    """Return the name of a day of the week, 0 for Monday."""
    return _DAYS[number]


def day(moment: datetime, zone: ZoneInfo) -> str:
    """Return for example "Monday 9 March"."""
    local = moment.astimezone(zone)
    return f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]}"


def short_day(moment: datetime, zone: ZoneInfo) -> str:
    """Return for example "Mon 9 Mar"."""
    local = moment.astimezone(zone)
    return f"{_DAYS[local.weekday()][:3]} {local.day} {_MONTHS[local.month - 1][:3]}"


def full_day(moment: datetime, zone: ZoneInfo) -> str:
    """Return for example "Monday 9 March 2026"."""
    return f"{day(moment, zone)} {moment.astimezone(zone).year}"


def hour(moment: datetime, zone: ZoneInfo) -> str:
    """Return for example "08:00"."""
    return f"{moment.astimezone(zone):%H:%M}"


def day_and_hour(moment: datetime, zone: ZoneInfo) -> str:
    """Return for example "Monday 9 March, 08:00"."""
    return f"{day(moment, zone)}, {hour(moment, zone)}"


def after(delay: timedelta) -> str:
    """Return for example "about 2 hours after"; "right after" for no delay."""
    minutes = int(delay.total_seconds() // 60)
    if minutes < 1:
        return "right after"
    if minutes == 1:
        return "about a minute after"
    if minutes % 60:
        return f"about {minutes} minutes after"
    return "about an hour after" if minutes == 60 else f"about {minutes // 60} hours after"


def how_many_days(span: timedelta) -> str:
    """Return for example "180 days"."""
    return "1 day" if span.days == 1 else f"{span.days} days"
