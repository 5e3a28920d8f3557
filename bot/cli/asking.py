"""Asking the operator. Questions go to standard error, so that standard output holds results alone."""

import getpass
import sys
from collections.abc import Callable
from typing import TypeVar

import click

from bot.operate import NotDone
from conversations.typed_times import NotUnderstood
from conversations.wording import operator as wording

Read = TypeVar("Read")


def is_a_person_there() -> bool:
    """Tell whether somebody types, rather than a file or another program."""
    return sys.stdin.isatty()


def ask(question: str) -> str:
    """Return one line from standard input. Raises NotDone if there is none."""
    if is_a_person_there():
        click.echo(question, nl=False, err=True)
    try:
        line = sys.stdin.readline()
    except UnicodeDecodeError:
        raise NotDone(wording.NO_ANSWER) from None
    if not line:
        raise NotDone(wording.NO_ANSWER)
    return line.rstrip("\r\n")


def ask_hidden(question: str) -> str:
    """Return one line that is not shown while it is typed."""
    return getpass.getpass(question, stream=sys.stderr) if is_a_person_there() else ask(question)


def ask_until(question: str, read: Callable[[str], Read], how: Callable[[str], str] = ask) -> Read:
    """Ask, and ask a person again until the answer can be read. Raises NotUnderstood if a program answers."""
    while True:
        try:
            return read(how(question))
        except NotUnderstood as problem:
            if not is_a_person_there():
                raise
            click.echo(str(problem), err=True)


def ask_lines(question: str) -> list[str]:
    """Return lines up to an empty one, or the end of standard input."""
    if is_a_person_there():
        click.echo(question, err=True)
    lines: list[str] = []
    for line in iter(sys.stdin.readline, ""):
        if not line.strip():
            break
        lines.append(line.strip())
    return lines


def confirm(question: str, *, given: bool) -> None:
    """Go on only if the operator has said so, by option or now. Raises NotDone."""
    if given:
        return
    try:
        answer = ask(f"{question} ")
    except NotDone:
        answer = ""
    if answer.strip().lower() not in {"y", "yes"}:
        raise NotDone(wording.NOT_CONFIRMED)
