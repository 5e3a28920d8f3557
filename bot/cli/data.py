"""What is stored: handed out, or erased."""

import json
from pathlib import Path

import click
import structlog

from bot import operate
from bot.cli.asking import confirm
from bot.cli.opening import load_settings, opened
from bot.operate import NotDone
from bot.set_up import write_new
from bot.store.export import count_rows
from conversations.wording import failures
from conversations.wording import operator as wording

log = structlog.get_logger()


@click.command()
@click.argument("code", required=False)
@click.option("--all", "everything", is_flag=True, help="The data of everybody, with the aliases.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A new file, which only this account may read, instead of standard output.",
)
def export(code: str | None, output: Path | None, *, everything: bool) -> None:
    """Hand out all data of the client with CODE, or of everybody, as JSON. That it was done is logged.

    What a client keeps private is left out: it says that there are answers, not which. An export of one client leaves
    out the alias, which is the therapist's own word, so that it can be given to the client.
    """
    if (code is None) != everything:
        raise NotDone(wording.EXPORT_WHAT)
    if output is not None and output.exists():
        raise NotDone(failures.file_exists(str(output)))
    whose = code.upper() if code else None
    with opened(load_settings()) as house:
        found = operate.export(whose, house)
    rows, text = count_rows(found), json.dumps(found, ensure_ascii=False, indent=2) + "\n"
    log.info("exported", client=whose or "all", rows=rows)
    if output is None:
        click.echo(text.encode(), nl=False)
        return
    write_new(output, text)
    click.echo(wording.exported(rows, str(output)))


@click.command()
@click.argument("code")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def erase(code: str, *, yes: bool) -> None:
    """Erase all that is stored of the client with CODE, as /deletemydata does. That it was done is logged.

    Somebody who is the client of several therapists has a code with each of them; the others stay. The client and the
    therapist are told by the running bot.
    """
    code = code.upper()
    with opened(load_settings()) as house:
        if code not in operate.zones_by_code(house):
            raise NotDone(wording.no_such_client(code))
        confirm(wording.erase_question(code), given=yes)
        operate.erase(code, house)
    log.info("erased", client=code)
    click.echo(wording.erased(code))
