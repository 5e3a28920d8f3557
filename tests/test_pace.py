"""How fast the bot may speak, with a clock that is turned."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from bot.pace import Pace


class Clock:
    """Seconds that pass when somebody waits, or when they are told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        """Return the seconds."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Let them pass."""
        self.now += seconds


@given(st.lists(st.floats(0, 0.5), min_size=60, max_size=120))
def test_no_second_ever_sees_more_than_25_new_messages(pauses: list[float]) -> None:
    """However the messages come in, any window of one second holds at most 25 of them."""
    clock = Clock()
    pace = Pace(clock.monotonic, clock.sleep)
    sent = []
    for number, pause in enumerate(pauses):
        clock.now += pause / 10
        clock.now += pace.seconds_until_slot()
        pace.said(number)
        sent.append(clock.now)
    assert all(sum(begin <= other < begin + 1 for other in sent) <= 25 for begin in sent)


def test_a_full_second_is_never_free_by_rounding() -> None:
    """At these very numbers a second that is not over looked over to one sum, and not to the other."""
    clock = Clock()
    pace = Pace(clock.monotonic, clock.sleep)
    clock.now = 31.500024000000025
    for number in range(25):
        pace.said(number)
    clock.now = 32.55002400000002
    more = 0
    while pace.seconds_until_slot() == 0 and more < 100:
        pace.said(100 + more)
        more += 1
    assert more <= 25


def test_a_chat_rests_for_a_second_after_a_message() -> None:
    """A chat that was told something is left alone for a second; others are not."""
    clock = Clock()
    pace = Pace(clock.monotonic, clock.sleep)
    pace.said(1)
    assert pace.resting() == {1}
    asyncio.run(pace.sleep(1.0))
    assert pace.resting() == {1}
    asyncio.run(pace.sleep(pace.rests_for() or 0.0))
    assert pace.resting() == frozenset()
    assert pace.rests_for() is None


def test_patience_that_telegram_asked_for_is_not_cut_short() -> None:
    """A longer rest that was asked for stands, also when something shorter is asked for afterwards."""
    clock = Clock()
    pace = Pace(clock.monotonic, clock.sleep)
    pace.rest(1, 30.0)
    pace.said(1)
    asyncio.run(pace.sleep(29.0))
    assert pace.resting() == {1}
