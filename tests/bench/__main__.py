"""Measure the bot against its peers: `python -m tests.bench`. Each pair is measured in turn, in the same run."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from tests.bench import check_in
from tests.bench.bots import PEERS
from tests.bench.figures import Line, Measured, Row, load, merge, page, table
from tests.chaos.campaign import machine

FIGURES, PAGE = Path("docs/performance.json"), Path("docs/performance.md")
PTB, AIOGRAM = "python-telegram-bot, ConversationHandler + PicklePersistence", "aiogram 3, memory FSM"
ECHO = "python-telegram-bot that does nothing else"

ROWS = (
    Row(
        "check-in",
        "All clients are asked, and each answers as soon as the bot lets them: Start, four answers, a comment, Done. "
        "The CPU is that of the bot's process from its first call on; the time is what a client waits in one check-in "
        "all in all, the median of all clients. All begin 24 check-ins a second at most; this bot keeps to that pace, "
        "and to one new message a second in each chat, with its replies too. aiogram keeps what it hears in memory, "
        "python-telegram-bot in memory and once a minute in a file. The one that does nothing else knows nobody and "
        "keeps nothing: it makes the same calls for the same updates.",
        check_in.measure,
        {"clients": 1000, "rounds": 5},
        {"clients": 20, "rounds": 1},
        (
            Line("CPU for a finished check-in", "ms", "cpu ours", PTB, "cpu ptb", most=0.5),
            Line("CPU for a finished check-in", "ms", "cpu ours", AIOGRAM, "cpu aiogram", most=1.0),
            Line("time for a finished check-in", "s", "lasts ours", PTB, "lasts ptb", most=0.5),
            Line("time for a finished check-in", "s", "lasts ours", AIOGRAM, "lasts aiogram", most=1.0),
            Line("from the first message to the last of all", "s", "seconds ours", AIOGRAM, "seconds aiogram"),
            Line("CPU for the same updates and calls", "ms", "cpu ours", ECHO, "cpu echo", most=1.0),
            Line("calls for a finished check-in", "calls", "calls ours", ECHO, "calls echo"),
        ),
    ),
)


@click.command()
@click.option("--only", multiple=True, type=click.Choice([row.name for row in ROWS]), help="Measure only this row.")
@click.option("--quick", is_flag=True, help="A size that takes seconds; nothing is kept.")
@click.option("--write", is_flag=True, help=f"Write {PAGE} afterwards.")
@click.option("--page", "only_page", is_flag=True, help=f"Write {PAGE} of what is kept, and measure nothing.")
def main(*, only: tuple[str, ...], quick: bool, write: bool, only_page: bool) -> None:
    """Measure, and print a table of ratios. What is found is kept row by row in docs/performance.json."""
    if quick and (write or only_page):
        raise click.UsageError("what --quick finds is not worth a page")
    if not PEERS.exists():
        sys.exit(f"The peers are not installed at {PEERS}: 'make bench' does that.")
    measured = {} if only_page else dict(_measured(row, quick=quick) for row in ROWS if not only or row.name in only)
    kept = measured if quick else load(FIGURES)
    click.echo("\n".join(table(ROWS, kept)))
    if write or only_page:
        PAGE.write_text(page(ROWS, kept), encoding="utf-8")


def _measured(row: Row, *, quick: bool) -> tuple[str, Measured]:
    """Measure a row, and keep what is found unless it is only tried."""
    size = row.quick if quick else row.size
    click.echo(f"{datetime.now(UTC):%H:%M:%S} {row.name}", err=True)
    found = Measured(f"{datetime.now(UTC):%Y-%m-%d}", machine(), size, row.measure(**size))
    if not quick:
        merge(FIGURES, row.name, found)
    return row.name, found


if __name__ == "__main__":
    main()
