"""`alliance doctor`."""

import click

from bot import config, logs
from bot.app import machine_time
from bot.doctor import Verdict, examine


@click.command()
def doctor() -> None:
    """Look for what is wrong, without disturbing a running bot.

    Each line begins with ok, look (worth a look) or bad (the bot does not work, or not for long). The exit code is 1
    if anything is bad.
    """
    settings = config.load()
    logs.configure(settings.log_level, ())
    verdicts = []
    for finding in examine(settings, machine_time().now):
        click.echo(f"{finding.verdict:<4}  {finding.text}")
        verdicts.append(finding.verdict)
    if Verdict.BAD in verdicts:
        click.get_current_context().exit(1)
