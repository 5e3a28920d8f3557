"""Every change of every clock against a table; and a process whose own clock jumps."""

import random
from pathlib import Path

from tests.chaos.campaign import Figures, Size, Trial
from tests.conversations.timing_campaign import (
    QUIET_HOURS_AROUND,
    local_times_around,
    ordinary_moments,
    quiet_hours_around,
    weekly_around,
)
from tests.conversations.timing_oracle import FIRST_YEAR, LAST_YEAR, histories

ALL = 10_000
"""More than there are."""


def play(chance: random.Random, clocks: int, _folder: Path) -> Figures:
    """Hold so many clocks against the table, at each of their changes and at three moments that are none."""
    changes, disagreements, known = 0, [], histories()
    chosen = chance.sample(known, min(clocks, len(known)))
    for history in chosen:
        ordinary = ordinary_moments(history, 3, range(FIRST_YEAR, LAST_YEAR), chance)
        changes += len(history.changes)
        for change in (*history.changes, *ordinary):
            disagreements += local_times_around(history.zone, change)
            disagreements += quiet_hours_around(history.zone, change, QUIET_HOURS_AROUND, chance)
            disagreements += weekly_around(history.zone, change)
    assert not disagreements, disagreements[:3]
    return Figures({"clocks": len(chosen), "changes": changes})


CLOCKS = Trial(
    "clocks",
    "On time on every day on which a clock changes",
    "every change of every zone from 2015 to 2040, three days around it, against an independent table; zones that "
    "always showed the same time are one clock",
    "no disagreement",
    short=Size(1, 12),
    long=Size(1, ALL),
    play=play,
)
