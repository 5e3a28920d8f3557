"""Answers to the questions of `timing`, by brute force: write down what the wall clock shows, step by step, and look.

Nothing here is shared with `timing`. There is no arithmetic with offsets and no folds or gaps: only a table of what
each zone shows at each step of UTC, in minutes since 1970.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FIRST_YEAR, LAST_YEAR = 2015, 2040
DAY = 24 * 60
COARSE = 15  # minutes; exact where the clock changes, and is asked about, on a quarter of an hour


@dataclass(frozen=True, slots=True)
class Change:
    """At `minute` (UTC, since 1970) the clock stops following `before` and shows `after` (local, since 1970)."""

    minute: int
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class ZoneHistory:
    """One zone for all those that show the same from `FIRST_YEAR` to `LAST_YEAR`."""

    zone: ZoneInfo
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class WallTable:
    """What the clock shows (`walls`, local minutes since 1970) at each of `moments` (UTC), one after the other."""

    moments: Sequence[datetime]
    walls: Sequence[int]
    first_shown: dict[int, int] = field(default_factory=dict)  # wall -> index of the first moment that shows it
    shown: list[int] = field(default_factory=list)  # the walls, ascending

    @classmethod
    def of(cls, zone: ZoneInfo, first: int, last: int, step: int) -> "WallTable":
        """Write down the minutes from `first` to before `last`, in UTC since 1970."""
        moments = [as_moment(minute) for minute in range(first, last, step)]
        table = cls(moments, [shown_at(moment, zone) for moment in moments])
        for index, wall in enumerate(table.walls):
            table.first_shown.setdefault(wall, index)
        table.shown.extend(sorted(table.first_shown))
        return table

    def resolve(self, wall: int) -> int:
        """Return the index of the first moment that shows `wall`, or the next wall time that is shown at all."""
        return self.first_shown[self.shown[bisect_left(self.shown, wall)]]

    def after_quiet_hours(self, start: int, end: int) -> list[int]:
        """Return for each moment the index of the first from there on that is not quiet; its length if none is."""
        quiet = _minutes_of_the_day(start % DAY, end % DAY)
        answers = []
        latest = len(self.walls)
        for index in range(len(self.walls) - 1, -1, -1):
            if self.walls[index] % DAY not in quiet:
                latest = index
            answers.append(latest)
        return answers[::-1]

    def weekly(self, weekday: int, minute_of_day: int) -> list[int]:
        """Return the indices of all occurrences between the first and the last wall time of the table."""
        days = range(self.shown[0] // DAY + 1, self.shown[-1] // DAY)
        # 1 January 1970 was a Thursday
        return [self.resolve(day * DAY + minute_of_day) for day in days if (day + 3) % 7 == weekday]


def histories() -> list[ZoneHistory]:
    """Return every zone of the database, without those that show the same as another."""
    different: dict[tuple[int, tuple[Change, ...]], ZoneHistory] = {}
    for name in sorted(available_timezones()):
        zone = ZoneInfo(name)
        start = shown_at(datetime(FIRST_YEAR, 1, 1, tzinfo=UTC), zone)
        changes = changes_of(zone)
        different.setdefault((start, changes), ZoneHistory(zone, changes))
    return list(different.values())


def as_moment(minute: int) -> datetime:
    """Return a minute since 1970 as a moment in UTC."""
    return EPOCH + minute * MINUTE


def as_minute(moment: datetime) -> int:
    """Return a moment in UTC as a minute since 1970."""
    return (moment - EPOCH) // MINUTE


def as_naive(wall: int) -> datetime:
    """Return a local minute since 1970 as a naive datetime."""
    return as_moment(wall).replace(tzinfo=None)


def as_time(wall: int) -> time:
    """Return the wall time of a local minute since 1970."""
    return time(wall % DAY // 60, wall % 60)


def shown_at(moment: datetime, zone: ZoneInfo) -> int:
    """Return what the clock shows, as a local minute since 1970."""
    wall = moment.astimezone(zone)
    return wall.toordinal() * DAY + wall.hour * 60 + wall.minute - EPOCH.toordinal() * DAY


_MIDNIGHTS = [
    as_naive(minute)
    for minute in range(
        as_minute(datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)), as_minute(datetime(LAST_YEAR + 1, 1, 2, tzinfo=UTC)), DAY
    )
]


def changes_of(zone: ZoneInfo) -> tuple[Change, ...]:
    """Find the days in which the clock has changed, then the hours, the quarters, and the minutes."""
    offsets = list(map(zone.utcoffset, _MIDNIGHTS))
    days = [_MIDNIGHTS[at] for at in range(1, len(_MIDNIGHTS)) if offsets[at] != offsets[at - 1]]
    minutes: set[int] = set()
    for day in days:
        # Between two local midnights, of which this is the second: in UTC at most 14 hours from there.
        midnight = as_minute(day.replace(tzinfo=UTC))
        for hour in _jumps(zone, range(midnight - DAY - 14 * 60, midnight + 14 * 60 + 1, 60)):
            for quarter in _jumps(zone, range(hour - 60, hour + 1, COARSE)):
                minutes.update(_jumps(zone, range(quarter - COARSE, quarter + 1)))
    return tuple(
        Change(minute, shown_at(as_moment(minute - 1), zone) + 1, shown_at(as_moment(minute), zone))
        for minute in sorted(minutes)
    )


@cache
def _minutes_of_the_day(start: int, end: int) -> set[int]:
    """Walk from `start` to before `end`, round the clock if need be."""
    minutes = set()
    while start != end:
        minutes.add(start)
        start = (start + 1) % DAY
    return minutes


def _jumps(zone: ZoneInfo, minutes: range) -> list[int]:
    """Return the minutes at which the clock does not show one step more than one step before."""
    walls = [shown_at(as_moment(minute), zone) for minute in minutes]
    return [minutes[at] for at in range(1, len(walls)) if walls[at] - walls[at - 1] != minutes.step]
