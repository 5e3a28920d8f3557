"""`alliance therapist`."""

import asyncio

import click

from bot import operate
from bot.cli.asking import ask, confirm
from bot.cli.opening import ask_username, load_settings, opened
from bot.config import LANGUAGES
from bot.operate import NotDone, OnTheList
from conversations.typed_times import parse_zone
from conversations.wording import operator as wording

LONGEST_NAME = 60


@click.group()
def therapist() -> None:
    """Add, list and remove therapists."""


@therapist.command()
@click.option("--timezone", metavar="ZONE", help="Their time zone, such as Europe/Berlin; otherwise they are asked.")
@click.option("--language", default="en", show_default=True, help="The language in which the bot speaks to them.")
def add(timezone: str | None, language: str) -> None:
    """Add a therapist. The link that enrols them once is the last line of standard output.

    The name, as clients will see it, comes from a prompt or from standard input.
    """
    zone = parse_zone(timezone) if timezone is not None else None
    if language not in LANGUAGES:
        raise NotDone(wording.no_such_language(language, LANGUAGES))
    settings = load_settings()
    settings.practice("")
    name = checked_name(ask(wording.THERAPIST_QUESTION))
    username = asyncio.run(ask_username(settings))
    with opened(settings, username, create=True) as house:
        link = operate.add_therapist(name, zone, house)
    click.echo(wording.SEND_THIS_LINK)
    click.echo(link)


def checked_name(text: str) -> str:
    """Return a name of 1 to 60 characters. Raises NotDone."""
    name = " ".join(text.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise NotDone(wording.NO_NAME)
    return name


@therapist.command("list")
def list_() -> None:
    """List therapists: code, name, state, number of active clients, next digest."""
    with opened(load_settings()) as house:
        found = operate.therapists(house)
    for one in found:
        click.echo(_row(one))
    if not found:
        click.echo(wording.NO_THERAPISTS, err=True)


def _row(one: OnTheList) -> str:
    next_digest = one.therapist.next_digest_at
    return wording.therapist_row(
        one.therapist.id,
        one.therapist.name,
        _state(one),
        one.active_clients,
        wording.next_digest(next_digest, one.therapist.zone) if next_digest else wording.NO_DIGEST,
    )


def _state(one: OnTheList) -> str:
    if one.therapist.account is None:
        return wording.link_not_used(is_open=one.link_is_open)
    if one.therapist.clients_told_at is not None:
        return wording.CLIENTS_WERE_TOLD
    if one.unreachable_since is not None:
        return wording.unreachable_since(one.unreachable_since, one.therapist.zone)
    return wording.ENROLLED


@therapist.command()
@click.argument("code")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def remove(code: str, *, yes: bool) -> None:
    """Remove the therapist with CODE: links die, digests end, clients are told that their check-ins have ended."""
    code = code.upper()
    with opened(load_settings()) as house:
        found = next((one.therapist for one in operate.therapists(house) if one.therapist.id == code), None)
        if found is None:
            raise NotDone(wording.no_such_therapist(code))
        confirm(wording.remove_question(found.name), given=yes)
        operate.remove_therapist(code, house)
    click.echo(wording.removed(code))
