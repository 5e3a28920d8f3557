"""What is said when a time, a zone or a length of time can't be read: one plain line, with what to write instead."""

NO_DURATION = "That is not a length of time. Write it as 2h, 30m, 1h30m or 3d."
NO_QUIET_HOURS = "Those are not quiet hours. Write them as 21:00-09:00, or none."
NO_QUIET_AT_ALL = "Quiet hours cannot start and end at the same time. Write them as 21:00-09:00, or none."
NO_WEEKLY = "That is not a day of the week and a time. Write it as mon 08:00."
NO_DAILY = "That is not a time of day. Write it as 03:00, or none."
NO_PAST_MOMENT = "That is not a day and time. Write it as 14:30, yesterday 14:30, tue 14:30 or 2026-03-05 14:30."
NO_ISO = "That is not a date and time. Write it as 2026-03-05T14:30, or with an offset as 2026-03-05T14:30+01:00."
NO_SUCH_DAY = "There is no such day. Write day and month as in 5.3. 14:30, or 2026-03-05 14:30."
SLASHES = "A date with slashes can mean two days. Write the day first, with dots: 5.3. 14:30, or 2026-03-05 14:30."
FUTURE = "That is in the future. Write when the session ended, for example yesterday 14:30."


def too_long(days: int) -> str:
    """Say how long a length of time may be."""
    return f"That is too long. Write at most {days}d."


def too_long_ago(days: int) -> str:
    """Say how far back a session may lie."""
    return f"That is more than {days} days ago. Write a later day, for example yesterday 14:30."


def no_zone(example: str) -> str:
    """Say how a time zone is named."""
    return f"That is not a time zone. Write region and city, for example {example}."


def several_zones(names: tuple[str, ...]) -> str:
    """Say which time zones may be meant."""
    return f"Several time zones have that name. Write {' or '.join(names)}."
