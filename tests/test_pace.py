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
    assert all(later - begin >= 1 for begin, later in zip(sent, sent[25:], strict=False))


def test_nothing_new_waits_long_for_its_turn() -> None:
    """While thousands wait, the next message, such as a reply, may go within a twentieth of a second."""
    clock = Clock()
    pace = Pace(clock.monotonic, clock.sleep)
    waits = []
    for number in range(200):
        waits.append(pace.seconds_until_slot())
        clock.now += waits[-1]
        pace.said(number)
    assert max(waits) < 0.05
    assert 24 < 199 / (clock.now - 100.0) < 25


def test_after_a_pause_messages_do_not_come_all_at_once() -> None:
    """What was not said for a minute does not count: the next messages are spaced like all others."""
    clock = Clock()
    pace = Pace(clock.monotonic, clock.sleep)
    pace.said(0)
    clock.now += 60
    waits = []
    for number in range(1, 4):
        waits.append(pace.seconds_until_slot())
        clock.now += waits[-1]
        pace.said(number)
    assert waits[0] == 0
    assert min(waits[1:]) > 0.02


def test_a_chat_rests_for_a_second_after_a_message() -> None:
    """A chat that was told something gets no other message for a second; others do."""
    clock = Clock()
    pace = Pace(clock.monotonic, clock.sleep)
    pace.said(1)
    assert pace.told() == {1}
    asyncio.run(pace.sleep(1.0))
    assert pace.told() == {1}
    asyncio.run(pace.sleep(pace.rests_for() or 0.0))
    assert pace.told() == frozenset()
    assert pace.rests_for() is None


def test_patience_that_telegram_asked_for_is_not_cut_short() -> None:
    """A longer rest that was asked for stands, also when something shorter is asked for afterwards."""
    clock = Clock()
    pace = Pace(clock.monotonic, clock.sleep)
    pace.rest(1, 30.0)
    pace.rest(1, 3.0)
    asyncio.run(pace.sleep(29.0))
    assert pace.resting() == {1}


def test_who_was_told_something_is_not_asked_to_wait_for_more() -> None:
    """A new message leaves the chat open to edits; a refusal of Telegram's does not."""
    clock = Clock()
    pace = Pace(clock.monotonic, clock.sleep)
    pace.said(1)
    pace.rest(2, 3.0)
    assert pace.told() == {1}
    assert pace.resting() == {2}
