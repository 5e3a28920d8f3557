"""The campaign itself: it can fail, it can be stopped and gone on with, and its failures can be played again."""

import random
import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.chaos.campaign import CannotTry, Figures, Run, Size, Trial, load
from tests.chaos.report import page


def _play(chance: random.Random, each: int, folder: Path) -> Figures:
    """Break the promise by chance, about every second time."""
    assert list(folder.iterdir()) == []
    drawn = chance.random()
    assert drawn < 0.5, f"made-up failure {drawn}"
    return Figures({"tries": each}, {"greatest": chance.random()})


TRIAL = Trial("made-up", "It holds", "by chance", "0 broken", Size(20, 3), Size(40, 3), _play)


def _new_run() -> Run:
    return Run(seed=7, is_long=False, machine="made up")


def test_a_broken_promise_is_found_and_played_again_from_its_seed() -> None:
    """Some batches break and some hold; each does the same again, in another run of that seed."""
    first, second = _new_run(), _new_run()
    for number in first.missing(TRIAL):
        first.play(TRIAL, number)
    failures = {one.number: one.failure for one in first.played[TRIAL.name]}

    for number in failures:
        second.play(TRIAL, number)

    assert {one.number: one.failure for one in second.played[TRIAL.name]} == failures
    assert {failure is None for failure in failures.values()} == {True, False}
    assert all("made-up failure" in failure for failure in failures.values() if failure)


def test_a_run_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    """What was played is not played again, and its figures count."""
    run, file = _new_run(), tmp_path / "run.json"
    for number in (1, 2, 3):
        run.play(TRIAL, number)
    run.save(file)

    again = load(file)

    held = {one.number for one in run.played[TRIAL.name] if one.failure is None}
    assert again == run
    assert held
    assert set(again.missing(TRIAL)) == set(range(1, 21)) - held


def test_several_processes_play_one_run(tmp_path: Path) -> None:
    """Neither takes away what the other has found."""
    one, other, file = _new_run(), _new_run(), tmp_path / "run.json"
    one.play(TRIAL, 1)
    one.save(file)
    other.play(TRIAL, 2)
    other.save(file)
    one.play(TRIAL, 3)
    one.save(file)

    assert sorted(batch.number for batch in load(file).played[TRIAL.name]) == [1, 2, 3]


def test_what_was_broken_is_played_again_once_it_is_mended(tmp_path: Path) -> None:
    """And another process, which still remembers the failure, does not bring it back."""
    one, other, file = _new_run(), _new_run(), tmp_path / "run.json"
    broken = next(number for number in range(1, 21) if one.play(TRIAL, number).failure)
    one.save(file)
    other.save(file)
    mended = replace(TRIAL, play=lambda *_: Figures({"tries": 3}))

    one.play(mended, broken)
    one.save(file)
    other.save(file)

    [played] = [batch for batch in load(file).played[TRIAL.name] if batch.number == broken]
    assert played.failure is None
    assert broken not in list(load(file).missing(TRIAL))


def test_what_can_not_be_tried_here_is_neither_held_nor_broken() -> None:
    """It stays to be played, on a machine that has what it needs."""

    def play(*_: object) -> Figures:
        raise CannotTry("made up")

    run = _new_run()
    with pytest.raises(CannotTry, match="made up"):
        run.play(replace(TRIAL, play=play), 1)
    assert run.played == {}


@pytest.mark.parametrize(("broken", "said"), [(None, "held so far"), ("made-up failure", "**broken in batch 1**")])
def test_the_page_says_what_was_found(broken: str | None, said: str) -> None:
    """With the figures, the seed and the machine, and a part of a run is not called the whole."""
    run = _new_run()
    run.played[TRIAL.name] = []
    trial = Trial(
        "made-up", "It holds", "by chance", "0 broken", Size(2, 3), Size(4, 3), lambda *_: Figures({"tries": 3})
    )
    played = run.play(trial, 1)
    if broken:
        run.played[trial.name] = [type(played)(1, "2026-03-02", 1.0, {}, {}, broken)]

    written = page(run, [trial])

    assert said in written
    assert re.search(r"1 of 2 batches, 0 min, \d{4}-\d\d-\d\d \|", written)
    assert ("tries: 3" in written) == (broken is None)
    assert "seed 7" in written
    assert "made up" in written
