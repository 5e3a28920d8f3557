"""`alliance copy-database`."""

import click
import structlog

from bot import copying
from bot.cli.opening import load_settings
from conversations.wording import operator as wording

log = structlog.get_logger()


@click.command()
def copy_database() -> None:
    """Copy all data to another, empty database: from the file to a PostgreSQL server, or back. The bot must be stopped.

    Its address is ALLIANCE_COPY_TO, or in the file that ALLIANCE_COPY_TO_FILE names. Every row is read back and
    compared; either all arrive or none. The bot goes on with ALLIANCE_DATABASE_URL until that is changed.
    """
    copied = copying.copy_database(load_settings())
    log.info("copied", rows=sum(copied.values()))
    for line in wording.copied(copied):
        click.echo(line)
