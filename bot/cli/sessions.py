"""`alliance session`."""

from typing import IO

import click

from bot import operate, session_file
from bot.cli.opening import load_settings, opened
from bot.operate import NotDone
from bot.session_file import Written, understand
from conversations.session_log import Outcome
from conversations.wording import operator as wording


@click.group()
def session() -> None:
    """Log sessions in the place of therapists."""


@session.command()
@click.argument("code")
@click.option("--ended-at", required=True, metavar="TIME", help="When it ended, or will end: 2026-03-05 14:30.")
@click.option("--started-at", default="", metavar="TIME", help="When it began, if that is known.")
def add(code: str, ended_at: str, started_at: str) -> None:
    """Log a session of the client with CODE.

    Times are ISO 8601, in the therapist's time zone unless they have an offset.
    """
    with opened(load_settings()) as house:
        zones = operate.zones_by_code(house)
        ended = understand(Written(code, started_at, ended_at), zones, house.clock())
        [outcome] = operate.add_sessions([ended], house)
    told = wording.session_added(outcome, ended.code, ended.ended_at, zones[ended.code])
    if outcome is Outcome.ENDED:
        raise NotDone(told)
    click.echo(told)


@session.command("import")
@click.argument("file", type=click.File("rb"))
def import_(file: IO[bytes]) -> None:
    """Log all sessions of a CSV file, or none of them if any line is wrong.

    The first line names the columns code, start and end, in any order; start may be empty. Commas or semicolons part
    them. Times are as in 'session add'. FILE may be - for standard input.
    """
    content = file.read()
    with opened(load_settings()) as house:
        sessions, bad = session_file.read(content, operate.zones_by_code(house), house.clock())
        for line in bad:
            click.echo(wording.bad_line(line.number, line.why), err=True)
        if bad:
            raise NotDone(wording.NOTHING_IMPORTED)
        if not sessions:
            raise NotDone(wording.NO_ROWS)
        outcomes = operate.add_sessions(list(sessions.values()), house)
    click.echo(wording.imported(outcomes))
