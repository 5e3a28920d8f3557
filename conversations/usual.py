"""What is usual for each client and for a whole caseload before a session, from one pass over all answers."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from math import lcm, sqrt

from conversations.history import ClientHistory, PastCheckIn

SCALE = lcm(*range(1, 13))
"""Makes a whole number of the mean of up to twelve ratings, so that sums of means are exact."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How many check-ins there are, the mean of their means, and its sample standard deviation."""

    number: int
    mean: float
    deviation: float


@dataclass(frozen=True, slots=True)
class Course:
    """Means in their order, with what the first of them add up to: their number, sum and sum of squares, scaled."""

    sums: tuple[tuple[int, int, int], ...]

    @classmethod
    def of(cls, means: Iterable[int | None]) -> "Course":
        """Return the course of scaled means; None where no rating was given."""
        sums = [(0, 0, 0)]
        for mean in means:
            number, total, squares = sums[-1]
            sums.append(sums[-1] if mean is None else (number + 1, total + mean, squares + mean * mean))
        return cls(tuple(sums))

    def first(self, places: int) -> Spread | None:
        """Return the spread of the first so many; None if there are too few for a deviation."""
        number, total, squares = self.sums[places]
        if number < 2:
            return None
        variance = (number * squares - total * total) / (number * (number - 1))
        return Spread(number, total / (number * SCALE), sqrt(variance) / SCALE)


@dataclass(frozen=True, slots=True)
class Usual:
    """The courses of a caseload."""

    own: dict[str, Course]
    """Each client's, by enrolment."""
    times: tuple[datetime, ...]
    """When the sessions of all check-ins with a mean ended, earliest first."""
    together: Course

    @classmethod
    def of(cls, caseload: tuple[ClientHistory, ...]) -> "Usual":
        """Look at a caseload once."""
        means = {history.enrolment.code: [scaled_mean(one) for one in history.answered] for history in caseload}
        dated = sorted(
            (check_in.ended_at, mean)
            for history in caseload
            for check_in, mean in zip(history.answered, means[history.enrolment.code], strict=True)
            if mean is not None
        )
        return cls(
            {code: Course.of(of_client) for code, of_client in means.items()},
            tuple(ended_at for ended_at, _ in dated),
            Course.of(mean for _, mean in dated),
        )

    def for_client(self, history: ClientHistory, check_in: PastCheckIn) -> Spread | None:
        """Return what was usual for the client before a check-in; None if there is too little to tell."""
        return self.own[history.enrolment.code].first(history.place(check_in))

    def for_caseload(self, ended_at: datetime) -> Spread | None:
        """Return what was usual for the caseload before a moment; None if there is too little to tell."""
        return self.together.first(bisect_left(self.times, ended_at))


def scaled_mean(check_in: PastCheckIn) -> int | None:
    """Return the mean of the ratings that were given, times SCALE; None if there are none."""
    ratings = check_in.ratings.values()
    return SCALE * sum(ratings) // len(ratings) if ratings else None
