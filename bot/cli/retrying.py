"""`alliance retry`."""

import click
import structlog

from bot import operate
from bot.cli.opening import load_settings, opened
from bot.operate import NotDone
from conversations.wording import operator as wording

log = structlog.get_logger()


@click.command()
@click.option(
    "--update", "update", type=click.IntRange(min=1), metavar="NUMBER", help="Only the update of that number."
)
@click.option("--message", "message", type=click.IntRange(min=1), metavar="NUMBER", help="Only that message.")
def retry(update: int | None, message: int | None) -> None:
    """Try again what was set aside: updates that could not be handled, and messages that could not be sent.

    'alliance doctor' lists both with their numbers. Without an option all are tried again. Whether a message may still
    be said is asked once more before it is sent. What could not be sent is kept for two days, updates for 30 days. That
    it was done is logged.
    """
    if update is not None and message is not None:
        raise NotDone(wording.RETRY_WHAT)
    with opened(load_settings()) as house:
        if update is not None:
            retried = operate.retry_update(update, house)
        elif message is not None:
            retried = operate.retry_message(message, house)
        else:
            retried = operate.retry_all(house)
    log.info("retried", updates=retried.updates, messages=retried.messages)
    click.echo(wording.retried(retried.updates, retried.messages))
