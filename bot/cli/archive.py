"""`alliance backup` and `alliance restore`."""

from pathlib import Path

import click
import structlog

from bot import backups
from bot.backups import Archive
from bot.cli.asking import confirm
from bot.cli.opening import load_settings, opened
from conversations.wording import backups as wording

log = structlog.get_logger()


@click.command()
def backup() -> None:
    """Copy the database to the folder of backups, encrypted with its key. The bot may run.

    The copy is read back before it gets its name. The newest are kept, older ones are deleted. 'alliance run' makes one
    every day by itself.
    """
    settings = load_settings()
    archive = Archive.of(settings)
    with opened(settings) as house:
        made = backups.back_up(archive, house.store, house.clock())
    log.info("backed up", rows=made.rows, removed=made.removed)
    click.echo(wording.backed_up(str(made.backup.path), made.rows, made.removed, archive.keep))
