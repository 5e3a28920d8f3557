"""The trials that play without sockets: alike from the same seed, and able to find what is broken."""

import random
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from unittest import mock

import pytest

from bot.store.check_ins import CheckIns
from bot.updates import Unparsable
from conversations.sessions import CheckIn
from tests.chaos.simulator.year import Broken, play_year
from tests.chaos.trials import bad_input, power_loss

SPAN = timedelta(days=12)


@pytest.mark.unmeasured
def test_a_simulated_practice_plays_alike_from_the_same_seed(tmp_path: Path) -> None:
    """Every message at the same moment, with every fault; another seed is another story."""
    folders = [tmp_path / name for name in ("first", "second", "other")]
    for folder in folders:
        folder.mkdir()
    first, second, other = (
        play_year(seed, folder, SPAN) for seed, folder in zip(("a", "a", "b"), folders, strict=True)
    )
    assert first.watch.messages > 0
    assert second.figures() == first.figures()
    assert second.watch.transcript.hexdigest() == first.watch.transcript.hexdigest()
    assert other.watch.transcript.hexdigest() != first.watch.transcript.hexdigest()


@pytest.mark.unmeasured
def test_a_simulated_practice_finds_an_answer_that_is_not_stored(tmp_path: Path) -> None:
    """Clients remember what they were shown to be taken."""
    save = CheckIns.save_check_in

    def forget(check_ins: CheckIns, check_in: CheckIn) -> None:
        save(check_ins, check_in)
        check_ins.engine.execute("DELETE FROM answers WHERE rating = 4")

    with mock.patch.object(CheckIns, "save_check_in", forget), pytest.raises(Broken, match="answer is lost"):
        play_year("a", tmp_path, timedelta(days=40))


@pytest.mark.unmeasured
def test_a_disk_that_lost_what_was_synced_is_told_from_one_that_did_not(tmp_path: Path) -> None:
    """A log that is cut before what a commit has waited for loses something, and that shows."""
    moments = power_loss.record(random.Random(1), tmp_path).moments
    before, after = next(pair for pair in pairwise(moments[-50:]) if pair[0].content != pair[1].content)
    power_loss.check(after.files, before, after, tmp_path)
    power_loss.check(before.files, before, after, tmp_path)
    with pytest.raises(AssertionError, match="is lost"):
        power_loss.check(moments[0].files, before, after, tmp_path)


@pytest.mark.parametrize(
    ("place", "broken", "found"),
    [
        ("bot.receive.has_number", lambda _update: True, "update_id|subscriptable|indices|attribute"),
        ("bot.updates._is_id", lambda value: type(value) is int, "too large"),
    ],
)
def test_bad_input_finds_what_would_stop_the_bot(place: str, broken: object, found: str, tmp_path: Path) -> None:
    """Without the checks of what comes, one update ends it all."""
    with mock.patch(place, broken), pytest.raises(Exception, match=found):
        bad_input.play(random.Random(1), 3000, tmp_path)


def test_bad_input_finds_words_in_the_log(tmp_path: Path) -> None:
    """An error that quotes what somebody wrote is noticed."""
    with (
        mock.patch.object(Unparsable, "__str__", return_value=bad_input.CANARY),
        pytest.raises(AssertionError, match="words are in the log"),
    ):
        bad_input.play(random.Random(1), 200, tmp_path)
