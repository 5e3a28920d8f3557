"""`alliance doctor`."""

from collections.abc import Iterator

import click

from bot import config, logs
from bot.app import machine_time
from bot.config import Misconfigured
from bot.doctor import Finding, Verdict, examine, unknown_names


@click.command()
def doctor() -> None:
    """Look for what is wrong, without disturbing a running bot.

    Each line begins with ok, look (worth a look) or bad (the bot does not work, or not for long). The exit code is 1
    if anything is bad.
    """
    verdicts = []
    for finding in _findings():
        click.echo(f"{finding.verdict:<4}  {finding.text}")
        verdicts.append(finding.verdict)
    if Verdict.BAD in verdicts:
        click.get_current_context().exit(1)


def _findings() -> Iterator[Finding]:
    """Look at the settings first: without them nothing else can be looked at."""
    yield from unknown_names()
    try:
        settings = config.load()
    except Misconfigured as problem:
        yield Finding(Verdict.BAD, str(problem))
        return
    logs.configure(settings.log_level, ())
    yield from examine(settings, machine_time().now)
