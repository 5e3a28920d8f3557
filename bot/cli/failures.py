"""Any error as one line that says what is wrong and what to do."""

import errno
from dataclasses import dataclass

import click
from sqlcipher3 import dbapi2 as sqlcipher
from telegram.error import InvalidToken, TelegramError

from bot.app import Ended
from bot.config import Misconfigured
from bot.databases import CannotRun
from bot.logs import where
from bot.operate import NotDone
from bot.store.engine import ServerFailed, StoreUnusable, Trouble, trouble_of
from bot.store.journal import JournalUnusable
from bot.troubles import of_server
from conversations.typed_times import NotUnderstood
from conversations.wording import backups as wording_of_backups
from conversations.wording import failures as wording

FAILED = 1
MISUSED = 2
A_BUG = 70
"""The exit code for what should never happen: EX_SOFTWARE."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What to print, and the exit code."""

    text: str
    exit_code: int = FAILED


def explain(error: Exception) -> Failure:
    """Return what to say of an error. What it says itself is only repeated where this project wrote it."""
    match error:
        case click.exceptions.NoArgsIsHelpError():
            return Failure(error.format_message(), MISUSED)
        case click.UsageError():
            path = error.ctx.command_path if error.ctx else "alliance"
            return Failure(f"{_one_line(error.format_message())} See '{path} --help'.", MISUSED)
        case click.ClickException():
            return Failure(_one_line(error.format_message()), error.exit_code)
        case click.Abort():
            return Failure(wording.STOPPED)
        case Misconfigured() | StoreUnusable() | CannotRun() | NotDone() | NotUnderstood():
            return Failure(_one_line(str(error)))
        case Ended():
            return Failure(wording.part_ended(error.part, error.where), A_BUG)
        case InvalidToken():
            return Failure(wording.TOKEN_REFUSED)
        case TelegramError():
            return Failure(wording.telegram_failed(type(error).__name__))
        case ServerFailed():
            return Failure(of_server(error))
        case sqlcipher.Error():
            return Failure(_of_file_database(error))
        case JournalUnusable():
            return Failure(wording_of_backups.journal_unusable(str(error.path), error.why))
        case OSError(errno=errno.ENOSPC | errno.EDQUOT):
            return Failure(wording.DISK_FULL)
        case OSError():
            return Failure(_one_line(_of_file(error)))
        case _:
            return Failure(wording.bug(where(error)), A_BUG)


def _of_file_database(error: Exception) -> str:
    match trouble_of(error):
        case Trouble.LOCKED:
            return wording.DATABASE_LOCKED
        case Trouble.FULL:
            return wording.DISK_FULL
        case Trouble.READ_ONLY:
            return wording.READ_ONLY
        case Trouble.FAILING:
            return wording.DISK_FAILS
        case Trouble.DAMAGED:
            return wording.DAMAGED
        case _:
            return wording.database_failed(type(error).__name__)


def _of_file(error: OSError) -> str:
    match error.errno:
        case errno.ENOSPC:
            return wording.DISK_FULL
        case errno.EROFS:
            return wording.READ_ONLY
        case _:
            return wording.file_failed(str(error.filename or "A file"), error.strerror or "failed")


def _one_line(text: str) -> str:
    return " ".join(text.split())
