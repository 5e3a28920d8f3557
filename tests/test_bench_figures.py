"""What the bench makes of what it measures: percentiles, medians, bars, and the page."""

from pathlib import Path

import pytest

from tests.bench.__main__ import FIGURES, PAGE, ROWS
from tests.bench.figures import Line, Measured, Row, load, medians, merge, page, percentile, table
from tests.bench.sending import most_in_a_second
from tests.process import ROOT

TOGETHER = Line("work", "ms", "cpu ours", "a peer", "cpu peer", most=0.5)
ALONE = Line("pace", "a second", "pace", least=24, most=25)
FOUND = Measured("2026-11-22", "a machine", {"clients": 1000}, {"cpu ours": 3.0, "cpu peer": 5.0, "pace": 24.5})


def _row(name: str, *lines: Line) -> Row:
    return Row(name, "In turn.", dict, {}, {}, lines)


def test_a_percentile_is_the_least_value_that_a_share_does_not_exceed() -> None:
    """95 of 100 waits are no longer than the 95th percentile; a single one is every percentile of itself."""
    waits = [float(number) for number in range(100, 0, -1)]

    assert [percentile(waits, share) for share in (0.0, 0.5, 0.95, 1.0)] == [1, 50, 95, 100]
    assert percentile([7.0], 0.95) == 7
    with pytest.raises(ValueError, match="nothing was measured"):
        percentile([], 0.5)


def test_rounds_come_to_the_median_of_each_figure() -> None:
    """One round that was disturbed changes nothing."""
    assert medians([{"a": 1.0, "b": 9.0}, {"a": 50.0, "b": 8.0}, {"a": 2.0, "b": 7.0}]) == {"a": 2.0, "b": 8.0}


@pytest.mark.parametrize(("ours", "held"), [(2.5, True), (2.6, False)])
def test_a_comparison_is_held_to_its_ratio(ours: float, held: bool) -> None:
    """At most half of what the peer takes, and not a figure of its own."""
    assert TOGETHER.held({"cpu ours": ours, "cpu peer": 5.0}) is held


@pytest.mark.parametrize(("pace", "held"), [(23.9, False), (24.0, True), (25.0, True), (25.1, False)])
def test_a_figure_without_a_peer_is_held_to_its_own_bar(pace: float, held: bool) -> None:
    """Too fast is as wrong as too slow."""
    assert ALONE.held({"pace": pace}) is held


def test_measuring_one_row_leaves_the_others(tmp_path: Path) -> None:
    """Each row keeps its own date and size."""
    later = Measured("2026-12-01", "another machine", {"rounds": 5}, {"pace": 24.0})
    merge(tmp_path / "kept.json", "one", FOUND)
    merge(tmp_path / "kept.json", "two", FOUND)
    merge(tmp_path / "kept.json", "one", later)

    assert load(tmp_path / "kept.json") == {"one": later, "two": FOUND}


def test_the_table_tells_what_is_held_what_is_missed_and_what_was_never_measured() -> None:
    """Nothing that misses its bar is left out."""
    unknown = Line("rest", "MB", "memory", most=150)
    rows = (_row("one", TOGETHER, ALONE), _row("two", unknown))

    assert list(table(rows, {"one": FOUND}))[2:] == [
        "| work | 3 ms | a peer | 5 ms | 0.60 | at most 0.5: **not yet** |",
        "| pace | 24.5 a second |  |  |  | 24 to 25 a second: held |",
        "| rest | not measured yet |  | | | at most 150 MB |",
    ]


def test_the_page_says_of_each_row_when_and_how_it_was_measured() -> None:
    """A row has its own date, machine and size; one without figures says so."""
    written = page((_row("one", ALONE), _row("two", TOGETHER)), {"one": FOUND})

    assert "## one\n\nIn turn.\n\n2026-11-22, a machine: 1,000 clients." in written
    assert written.endswith("## two\n\nIn turn.\n\nNot measured yet.\n")


def test_the_page_is_what_was_measured() -> None:
    """It is not written by hand: `python -m tests.bench --page` writes it anew from the figures that are kept."""
    assert (ROOT / PAGE).read_text(encoding="utf-8") == page(ROWS, load(ROOT / FIGURES))


def test_the_fullest_second_begins_anywhere() -> None:
    """Four messages around the turn of a second are in one; what is a whole second later is not."""
    assert most_in_a_second([0.0, 0.7, 0.9, 1.1, 1.6, 1.7]) == 4
    assert most_in_a_second([0.0, 1.0, 2.0]) == 1
