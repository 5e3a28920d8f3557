"""Local times, quiet hours and weekly occurrences around a clock's change, held against the table."""

import random
from itertools import permutations
from zoneinfo import ZoneInfo

from conversations.timing import QuietHours, Weekly, after_quiet_hours, next_weekly, resolve
from tests.conversations.timing_oracle import (
    COARSE,
    DAY,
    Change,
    WallTable,
    ZoneHistory,
    as_minute,
    as_moment,
    as_naive,
    as_time,
    shown_at,
)

FAR = 12 * DAY
"""Minutes: more than any of the tables reaches."""
QUIET_HOURS_AROUND = 20
"""How many quiet hours can begin and end around one change."""

Disagreement = tuple[object, ...]
"""The zone, what was asked, what the table says, and what the code says."""


def ordinary_moments(history: ZoneHistory, number: int, years: range, chance: random.Random) -> list[Change]:
    """Return moments around which nothing changes, to be asked about like a change.

    Near a change the tables would not do: they begin, end and step as that change needs it, which is asked for itself.
    """
    first, last = (as_minute(as_moment(0).replace(year=year)) for year in (years[0], years[-1] + 1))
    found: list[Change] = []
    while len(found) < number:
        minute = chance.randrange(first, last, COARSE)
        if all(abs(minute - change.minute) > FAR for change in history.changes):
            wall = shown_at(as_moment(minute), history.zone)
            found.append(Change(minute, wall, wall))
    return found


def _step_for(change: Change) -> int:
    """All clocks change on a quarter of an hour, but for Antarctica/Casey at one minute past three times."""
    return 1 if change.minute % COARSE else COARSE


def _walls_around(change: Change) -> list[int]:
    """Wall times before, at the edges of, in the middle of, and after what is skipped or repeated."""
    low, high = sorted((change.before, change.after))
    middle = low + max((high - low) // 2, COARSE)
    return [low - 60, low, middle, max(high, middle + COARSE), high + 90]


def local_times_around(zone: ZoneInfo, change: Change) -> list[Disagreement]:
    """Every minute that is skipped or repeated, those just before and after, and the hours of three days."""
    disagreements: list[Disagreement] = []
    low, high = sorted((change.before, change.after))
    days, minutes = DAY * 3 // 2, 5
    asked_by_step = (
        (_step_for(change), days, range(change.before - days, change.before + days, 60)),
        (1, minutes, range(low - minutes, high + minutes)),
    )
    for step, reach, asked in asked_by_step:
        # the table reaches further, so that no time is missing from it only because it begins or ends there
        margin = reach + high - low + COARSE
        table = WallTable.of(zone, change.minute - margin, change.minute + margin, step)
        for wall in asked:
            expected, actual = table.moments[table.resolve(wall)], resolve(as_naive(wall), zone)
            if expected != actual:
                disagreements.append((zone.key, as_naive(wall), expected, actual))
    return disagreements


def quiet_hours_around(zone: ZoneInfo, change: Change, most: int, chance: random.Random) -> list[Disagreement]:
    """The usual night, and so many by chance of the quiet hours that can begin and end around a change."""
    disagreements: list[Disagreement] = []
    reach, step = DAY * 3 // 2, _step_for(change)
    table = WallTable.of(zone, change.minute - reach, change.minute + reach + 28 * 60, step)
    far, near = range(0, 2 * reach, 6 * 60), range(reach - 120, reach + 120, COARSE)
    indices = [distance // step for distance in (*far, *near)]
    around = list(permutations(_walls_around(change), 2))
    for start, end in [(21 * 60, 9 * 60), *chance.sample(around, most)]:
        hours = QuietHours(as_time(start), as_time(end))
        answers = table.after_quiet_hours(start, end)
        for index in indices:
            expected = table.moments[answers[index]]
            actual = after_quiet_hours(table.moments[index], zone, hours)
            if expected != actual:
                disagreements.append((zone.key, hours, table.moments[index], expected, actual))
    return disagreements


def weekly_around(zone: ZoneInfo, change: Change) -> list[Disagreement]:
    """On the day of the change, the day before and the day after, asked from a day before to a day after."""
    disagreements: list[Disagreement] = []
    step, first = _step_for(change), change.minute - 2 * DAY
    table = WallTable.of(zone, first, change.minute + 10 * DAY, step)
    asked = [change.minute + distance for distance in (-DAY, -60, -15, 0, 15, 60, DAY)]
    for wall in _walls_around(change)[1:4]:
        for day in (wall // DAY - 1, wall // DAY, wall // DAY + 1):
            weekly = Weekly((day + 3) % 7, as_time(wall))
            occurrences = table.weekly(weekly.weekday, wall % DAY)
            for minute in asked:
                expected = table.moments[min(at for at in occurrences if at > (minute - first) // step)]
                actual = next_weekly(as_moment(minute), weekly, zone)
                if expected != actual:
                    disagreements.append((zone.key, weekly, as_moment(minute), expected, actual))
    return disagreements
