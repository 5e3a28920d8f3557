"""The process itself: run it, play it, or see what it would do."""

import asyncio
from datetime import timedelta
from importlib.metadata import version as version_of
from pathlib import Path

import click

from bot import app, config, logs
from bot.cli.opening import load_settings, opened
from bot.simulate import simulate as simulated
from conversations.wording import operator as wording


@click.command()
def run() -> None:
    """Run the bot until it is stopped by SIGTERM or SIGINT (Ctrl-C)."""
    app.run(config.load())


@click.command()
@click.option(
    "--keep",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Keep everything in a folder, and go on from there the next time.  [default: nothing is kept]",
)
@click.option("--play", "in_terminal", is_flag=True, help="Play one made-up week in the terminal instead.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Where the page answers.  [default: any free port]"
)
def demo(keep: Path | None, in_terminal: bool, port: int) -> None:
    """Try the whole thing in a browser, without a token or a network.

    The real bot, a pretend Telegram, two phones and a clock to turn. Everybody in it is made up.
    """
    # The demo is not loaded for any other command.
    if in_terminal:
        from bot.demo.play import play  # noqa: PLC0415

        play()
    else:
        from bot.demo.page.run import run as serve  # noqa: PLC0415

        serve(keep, port)


@click.command()
@click.option("--days", type=click.IntRange(1, 366), default=14, show_default=True, help="How far to look ahead.")
def simulate(days: int) -> None:
    """Show what would be sent to whom and when, sending nothing.

    The bot plays the coming days on a copy of the database in memory. People are taken to be silent: nobody writes,
    answers or logs a session.
    """
    with opened(load_settings()) as house:
        logs.configure("CRITICAL", ())  # what happens to the copy is no news
        sent = asyncio.run(simulated(house, timedelta(days=days)))
    for one in sent:
        click.echo(wording.would_send(one.at, one.zone, one.whom, one.what))
    click.echo(wording.simulated(len(sent), days))


@click.command()
def version() -> None:
    """Show the version."""
    click.echo(f"alliance-check-in {version_of('alliance-check-in')}")
