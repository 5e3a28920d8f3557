"""Hypothesis' state machine over whole dialogues, with chance of its own for every batch."""

import random
from pathlib import Path

from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.chaos.campaign import Figures, Size, Trial
from tests.test_properties import AnyEvents

STEPS = 40


def play(chance: random.Random, dialogues: int, _folder: Path) -> Figures:
    """Play that many dialogues of many steps each; what holds is in `tests/test_properties.py`."""
    machine = seed(chance.getrandbits(64))(type("SeededEvents", (AnyEvents,), {}))
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=dialogues,
            stateful_step_count=STEPS,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    return Figures({"dialogues": dialogues, "steps at most": dialogues * STEPS})


ANY_DIALOGUE = Trial(
    "any_dialogue",
    "Any dialogue keeps every promise",
    "hypothesis' state machine over whole dialogues: people tap, type, stop, block, erase in any order, time passes, "
    "messages get lost; the store, the handling and the ticks are the real ones",
    "20,000 dialogues of 40 steps; no promise broken, nothing fails",
    short=Size(1, 25),
    long=Size(40, 500),
    play=play,
)
