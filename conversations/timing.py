"""When things happen: due times, reminders, expiry, quiet hours and the weekly digest.

Pure functions of zone, times and rules: nothing here reads a clock. Moments go in and come out as aware datetimes in
UTC, since Python's arithmetic on two times of one zone is arithmetic on the wall clock, and wrong by an hour across a
change of the clocks. Local times become moments in `resolve` alone. What people type is read in `typed_times`.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` (inclusive) to `end` (exclusive), in local wall time; may wrap midnight.

    If both are the same, there are no quiet hours.
    """

    start: time
    end: time

    def cover(self, wall: time) -> bool:
        """Say whether a wall time lies in these hours."""
        if self.start <= self.end:
            return self.start <= wall < self.end
        return wall >= self.start or wall < self.end


@dataclass(frozen=True, slots=True)
class Weekly:
    """Once a week in local wall time; `weekday` 0 is Monday, as in `date.weekday`."""

    weekday: int
    at: time


def local(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment in `zone`, for showing. Do no arithmetic with it."""
    return _in_utc(moment).astimezone(zone)


def resolve(local: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment in UTC of a naive local time.

    A time that a change of the clocks skips becomes the first moment after the gap; of a time that occurs twice, this
    is the first. Both are the first moment at which the clock on the wall shows `local` or later.
    """
    first = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if _wall(first, zone) == local:
        return first
    # In a gap, fold=0 counts with the offset before the change and so lands after it; fold=1 the reverse (PEP 495).
    return _change_of_offset(local.replace(tzinfo=zone, fold=1).astimezone(UTC), first, zone)


def after_quiet_hours(moment: datetime, zone: ZoneInfo, quiet: QuietHours | None) -> datetime:
    """Return the first moment, not before `moment`, whose own wall time is outside the quiet hours.

    Mostly that is `moment` itself or the next local `end`. It may be a change of the clocks: one that skips `end` lets
    them end there, and one that turns the clock back to before `start` interrupts them.
    """
    moment = _in_utc(moment)
    while quiet is not None and quiet.cover((wall := _wall(moment, zone)).time()):
        # Strictly later in every round; at most a day later, so that it meets one change at the most.
        end = moment + (datetime.combine(wall, quiet.end) - wall) % _DAY
        changed = _offset(end, zone) != _offset(moment, zone)
        moment = _change_of_offset(moment, end, zone) if changed else end
    return moment


def due(
    ended_at: datetime, logged_at: datetime, delay: timedelta, zone: ZoneInfo, quiet: QuietHours | None
) -> datetime:
    """Return when to ask: `delay` after the session's end or when it was logged, the later, outside quiet hours."""
    return after_quiet_hours(max(_in_utc(ended_at) + delay, _in_utc(logged_at)), zone, quiet)


def reminder(sent_at: datetime, after: timedelta, zone: ZoneInfo, quiet: QuietHours | None) -> datetime:
    """Return when to remind: `after` the check-in was sent, outside quiet hours."""
    return after_quiet_hours(_in_utc(sent_at) + after, zone, quiet)


def expiry(ended_at: datetime, lifetime: timedelta, next_session_start: datetime | None) -> datetime:
    """Return when a check-in expires: `lifetime` after its session ended or when the next one starts, the earlier."""
    expires = _in_utc(ended_at) + lifetime
    return expires if next_session_start is None else min(expires, _in_utc(next_session_start))


def next_weekly(after: datetime, weekly: Weekly, zone: ZoneInfo) -> datetime:
    """Return the first occurrence strictly after `after`.

    Every calendar week has exactly one: a time that occurs twice counts once, and one that is skipped (even with its
    whole day) counts when the gap ends.
    """
    after = _in_utc(after)
    today = _wall(after, zone).date()
    # Earlier days need no look: `resolve` gives the first moment that shows such a time or later.
    day = today + timedelta(days=(weekly.weekday - today.weekday()) % 7)
    occurrence = resolve(datetime.combine(day, weekly.at), zone)
    if occurrence > after:
        return occurrence
    return resolve(datetime.combine(day + timedelta(days=7), weekly.at), zone)


def last_daily(before: datetime, at: time, zone: ZoneInfo) -> datetime:
    """Return the last time, not after `before`, that it was `at` in `zone`; a skipped time counts as in `resolve`."""
    before = _in_utc(before)
    today = _wall(before, zone).date()
    occurrence = resolve(datetime.combine(today, at), zone)
    return occurrence if occurrence <= before else resolve(datetime.combine(today - _DAY, at), zone)


def _in_utc(moment: datetime) -> datetime:
    """Return the same moment in UTC. Unlike `astimezone`, a naive time is refused, not taken for the machine's own."""
    return _EPOCH + (moment - _EPOCH)


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return what the clock on the wall shows, as a naive datetime."""
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    """Return local time minus UTC at a moment in UTC."""
    return _wall(moment, zone) - moment.replace(tzinfo=None)


def _change_of_offset(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment of the one change of offset in (before, after]: zoneinfo does not tell, so it is sought."""
    offset = _offset(before, zone)
    # Changes fall on whole seconds: rounding both down keeps the change between them.
    low, high = before.replace(microsecond=0), after.replace(microsecond=0)
    while high - low > _SECOND:
        middle = low + (high - low) // _SECOND // 2 * _SECOND
        if _offset(middle, zone) == offset:
            low = middle
        else:
            high = middle
    return high
