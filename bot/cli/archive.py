"""`alliance backup` and `alliance restore`."""

from pathlib import Path

import click
import structlog

from bot import backups
from bot import restore as restoring
from bot.backups import Archive
from bot.cli.asking import confirm
from bot.cli.opening import load_settings, now, opened
from bot.config import Settings
from bot.restore import Plan
from bot.store.sqlite import path_of
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


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--check", is_flag=True, help="Only look: open the backup, read all of it, and say what would follow.")
@click.option("--replace", is_flag=True, help="Take the place of a database, which is kept under a dated name.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def restore(file: Path | None, *, check: bool, replace: bool, yes: bool) -> None:
    """Put the backup in FILE, or the newest one, in the place of the database. The bot must be stopped.

    Nobody is asked about what was due before: it is marked missed. Who stopped or was erased since the backup is
    stopped or erased again, as the journal tells; without the journal all clients are asked for consent again.

    A nightly drill is: alliance restore --check
    """
    settings = load_settings()
    if not check:
        restoring.check_place(settings, replace=replace)
    file = file or restoring.newest(settings)
    _show(restoring.look_into(file, settings, now()), settings)
    if check:
        click.echo(wording.CHECKED)
        return
    confirm(wording.RESTORE_QUESTION, given=yes)
    _, kept = restoring.restore(file, settings, now(), replace=replace)
    log.info("restored")
    click.echo(wording.restored(str(path_of(settings.database)), str(kept) if kept else None))


def _show(plan: Plan, settings: Settings) -> None:
    aftermath = plan.aftermath
    click.echo(wording.is_whole(str(plan.file), plan.made_at, settings.practice("").zone, plan.rows))
    for line in wording.what_follows(
        no_journal=aftermath.no_journal,
        journal=str(settings.journal),
        replayed=aftermath.replayed,
        doubted=aftermath.doubted,
        missed=aftermath.missed,
        unsent=aftermath.unsent,
    ):
        click.echo(line)
