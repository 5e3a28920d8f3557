"""`alliance init`."""

import os
from pathlib import Path
from typing import IO

import click

from bot import config
from bot.cli.asking import ask_hidden, ask_lines, ask_until
from bot.operate import NotDone
from bot.set_up import (
    Answers,
    Places,
    check_places,
    checked_lines,
    checked_text,
    checked_token,
    default_key_file,
    read_answers,
    set_up,
)
from bot.store.sqlite import path_of
from conversations.typed_times import parse_zone
from conversations.wording import setting_up as wording


@click.command()
@click.option(
    "--from",
    "answers_file",
    type=click.File("rb"),
    metavar="FILE",
    help="Read the answers from a TOML file (- for standard input) with token, practice_name, contact, "
    "crisis_lines (a list) and time_zone.",
)
@click.option(
    "--key-file",
    type=click.Path(path_type=Path),
    help="Where to write the key, outside the data folder.  [default: ~/.config/alliance/database.key]",
)
def init(answers_file: IO[bytes] | None, key_file: Path | None) -> None:
    """Set up a practice in this folder: settings, crisis lines and a fresh database key.

    Asks for the bot's token, the name of the practice, a contact, crisis lines and the time zone. Overwrites nothing.
    """
    places = _places(key_file or default_key_file())
    check_places(places)
    answers = (
        read_answers(answers_file.read(), str(getattr(answers_file, "name", "<stdin>"))) if answers_file else _ask()
    )
    set_up(answers, places)
    for line in wording.set_up(str(places.env), str(places.crisis_lines), str(places.key)):
        click.echo(line)


def _places(key: Path) -> Places:
    env = Path(".env")
    if os.path.lexists(env):  # asked before the settings are read, which would come from there
        raise NotDone(wording.in_the_way(str(env)))
    return Places(env, Path("crisis-lines.toml"), key, path_of(config.load().database))


def _ask() -> Answers:
    return Answers(
        token=ask_until(wording.TOKEN_QUESTION, checked_token, ask_hidden),
        practice_name=ask_until(wording.NAME_QUESTION, checked_text),
        contact=ask_until(wording.CONTACT_QUESTION, checked_text),
        crisis_lines=checked_lines(ask_lines(wording.LINES_QUESTION)),
        time_zone=ask_until(wording.ZONE_QUESTION, parse_zone),
    )
