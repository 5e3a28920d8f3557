"""Measure the bot against its peers: `python -m tests.bench`. Each pair is measured in turn, in the same run."""

import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import click

from tests.bench import check_in
from tests.bench.check_in import AIOGRAM, OURS, PTB
from tests.chaos.campaign import machine

FIGURES, PAGE = Path("docs/performance.json"), Path("docs/performance.md")
HEAD = """# How fast it is

This page is written by `make bench`; the figures are those of one run. All of it over real HTTP, against the pretend
Telegram of `bot/demo/` in a process of its own. The bot's answers are durable and encrypted (`synchronous=FULL`); what
its peers hear, they keep in memory, or save once a minute. Measured in turn (A B C A B C), the median of each.
"""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two medians and how they compare."""

    work: str
    unit: str
    ours: float
    peer: str
    theirs: float
    bar: float
    """At most so many times what the peer takes."""

    @property
    def ratio(self) -> float:
        """Return ours in theirs."""
        return self.ours / self.theirs


@click.command()
@click.option("--clients", default=1000, show_default=True, help="How many are asked.")
@click.option("--rounds", default=5, show_default=True, help="How often each is measured.")
@click.option("--write", is_flag=True, help=f"Write {PAGE}.")
def main(*, clients: int, rounds: int, write: bool) -> None:
    """Measure, and print a table of ratios."""
    if not check_in.PEERS.exists():
        sys.exit(f"The peers are not installed at {check_in.PEERS}: 'make bench' does that.")
    pairs = _check_ins(clients, rounds)
    table = "\n".join(_table(pairs))
    click.echo(table)
    if write:
        about = f"{datetime.now(UTC):%Y-%m-%d}, {machine()}, {clients:,} clients, {rounds} rounds."
        FIGURES.write_text(json.dumps([asdict(pair) for pair in pairs], indent=1) + "\n", encoding="utf-8")
        PAGE.write_text(f"{HEAD}\n{about}\n\n{table}\n", encoding="utf-8")


def _check_ins(clients: int, rounds: int) -> list[Pair]:
    costs: dict[str, list[check_in.Cost]] = {OURS: [], PTB: [], AIOGRAM: []}
    for number in range(rounds):
        for bot, measured in costs.items():
            click.echo(f"round {number + 1} of {rounds}: {bot}", err=True)
            measured.append(check_in.measure(bot, clients))
    cpu = {bot: _median(measured, lambda one: one.cpu * 1000) for bot, measured in costs.items()}
    bars = {PTB: 0.5, AIOGRAM: 1.0}
    return [Pair("CPU for a finished check-in", "ms", cpu[OURS], peer, cpu[peer], bar) for peer, bar in bars.items()]


def _median(costs: Iterable[check_in.Cost], of: Callable[[check_in.Cost], float]) -> float:
    return median(of(cost) for cost in costs)


def _table(pairs: Iterable[Pair]) -> Iterable[str]:
    yield "| work | this bot | against | takes | ratio | bar |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for one in pairs:
        outcome = "held" if one.ratio <= one.bar else "**not yet**"
        yield (
            f"| {one.work} | {one.ours:.1f} {one.unit} | {one.peer} | {one.theirs:.1f} {one.unit} "
            f"| {one.ratio:.2f} | at most {one.bar}: {outcome} |"
        )


if __name__ == "__main__":
    main()
