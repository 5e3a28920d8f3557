"""Looking for what is wrong, without disturbing a running bot: nothing is fetched from Telegram, nothing is written."""

import fcntl
import os
import shutil
import stat
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import httpx

from bot import config
from bot.backups import backups
from bot.config import Misconfigured, Settings
from bot.databases import lock_file, open_store
from bot.handle import Failure
from bot.house import Clock
from bot.receive import SILENT_FOR
from bot.set_up import is_within
from bot.store import Store
from bot.store.engine import Engine, ServerFailed, StoreUnusable, is_on_server
from bot.store.journal import JournalFile, JournalUnusable
from bot.store.marks import Mark
from bot.store.outbox import Failed
from bot.store.sqlite import SqliteEngine, is_encrypted, path_of
from bot.troubles import of_server
from conversations.typed_times import parse_daily
from conversations.wording import backups as wording_of_backups
from conversations.wording import doctor as wording
from conversations.wording import failures

CLOCK_MAY_BE_OFF = timedelta(seconds=60)
TICKS_MAY_REST = timedelta(minutes=2)
CONFLICTS_LAST = timedelta(minutes=5)
LOOKS_BACK = timedelta(hours=48)
FAILURES = frozenset({Failure.REFUSED, Failure.TIRED})
"""Reasons for not sending that should not occur; what was no longer called for is none."""
LISTED = 10
"""How many failures of a kind are listed one by one."""
LITTLE_SPACE = 500_000_000
"""Bytes."""
NO_SPACE = 50_000_000
BACKUPS_BY_CLOCK = timedelta(hours=36)
"""How old the newest backup may be where one is made every day."""
BACKUPS_BY_HAND = timedelta(days=8)
_ANSWER_WITHIN = 15.0
_FOR_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class Verdict(StrEnum):
    """How a check ended."""

    OK = "ok"
    LOOK = "look"  # worth a look; the bot works
    BAD = "bad"  # the bot does not work, or not for long


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found, and what to do about it."""

    verdict: Verdict
    text: str


def _ok(text: str) -> Finding:
    return Finding(Verdict.OK, text)


def _look(text: str) -> Finding:
    return Finding(Verdict.LOOK, text)


def _bad(text: str) -> Finding:
    return Finding(Verdict.BAD, text)


def unknown_names() -> Iterator[Finding]:
    """Yield each slip of the finger in the name of a setting, which would pass unseen."""
    yield from (_look(wording.no_setting(name)) for name in config.unknown_names())


def examine(settings: Settings, clock: Clock) -> Iterator[Finding]:
    """Yield what each check finds. Each goes on where another fails."""
    yield _settings(settings)
    yield from _telegram(settings, clock)
    try:
        url = settings.database
        path = None if is_on_server(url) else path_of(url)
    except (Misconfigured, StoreUnusable) as problem:
        yield _bad(str(problem))
        return
    if path is None:
        yield from _server(settings, clock)
        return
    has_run = yield from _database(settings, path, clock)
    yield from _key_file(settings, path)
    yield from _backups(settings, clock(), has_run=has_run)
    folder = _existing(path.absolute().parent)
    yield space(shutil.disk_usage(folder).free, folder)


def _settings(settings: Settings) -> Finding:
    try:
        return _ok(wording.settings_are_fine(settings.practice("").name))
    except Misconfigured as problem:
        return _bad(str(problem))


def _telegram(settings: Settings, clock: Clock) -> Iterator[Finding]:
    """Ask the Bot API with calls that a running bot does not notice."""
    try:
        base = f"{settings.telegram_api_url.rstrip('/')}/bot{settings.token}"
    except Misconfigured as problem:
        yield _bad(str(problem))
        return
    try:
        with httpx.Client(timeout=_ANSWER_WITHIN) as http:
            answer = http.get(f"{base}/getMe")
            webhook = http.get(f"{base}/getWebhookInfo")
        if answer.status_code in {401, 404}:
            yield _bad(failures.TOKEN_REFUSED)
            return
        me, hook = _result(answer), _result(webhook)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        yield _bad(wording.telegram_unreachable(settings.telegram_api_url, type(error).__name__))
        return
    yield _ok(wording.telegram_answers(str(me.get("username")), settings.telegram_api_url))
    yield clock_of(answer.headers.get("Date"), clock())
    yield _webhook(settings.webhook_url, str(hook.get("url", "")))
    if settings.webhook_url and hook.get("last_error_date"):
        at = datetime.fromtimestamp(int(hook["last_error_date"]), UTC)
        yield _look(wording.handing_over_failed(clock() - at, str(hook.get("last_error_message", ""))))
    if hook.get("pending_update_count"):
        yield _look(wording.waiting_at_telegram(int(hook["pending_update_count"])))


def _webhook(wanted: str, found: str) -> Finding:
    """Compare where updates are to be handed over with where they are."""
    if found == wanted:
        return _ok(wording.webhook_is_set(wanted) if wanted else wording.NO_WEBHOOK)
    return _bad(wording.webhook_is_not_set(wanted) if wanted else wording.WEBHOOK)


def _result(answer: httpx.Response) -> dict[str, Any]:
    """Return what a call gave. Raises ValueError or HTTPError if it is no answer of a Bot API server."""
    answer.raise_for_status()
    found = answer.json()
    if not isinstance(found, dict) or not isinstance(found.get("result"), dict):
        raise ValueError
    return dict(found["result"])


def clock_of(date: str | None, now: datetime) -> Finding:
    """Compare the clock with the Date header of an answer; None if it had none."""
    try:
        told = parsedate_to_datetime(date or "")
    except ValueError:
        return _look(wording.NO_TIME_TOLD)
    off = now - (told if told.tzinfo else told.replace(tzinfo=UTC))
    if abs(off) > CLOCK_MAY_BE_OFF:
        return _bad(wording.clock_is_wrong(off))
    return _ok(wording.clock_is_right(off))


def _database(settings: Settings, path: Path, clock: Clock) -> Generator[Finding, None, bool]:
    """Look at the encrypted file. Return whether the bot has ever run on it, as far as that can be told."""
    if not path.exists():
        yield _look(wording.no_database(str(path)))
        return False
    if not is_encrypted(path):
        yield _bad(wording.not_encrypted(str(path)))
        return False
    try:
        store = open_store(settings)
    except (Misconfigured, StoreUnusable) as problem:
        yield _bad(str(problem))
        return False
    with closing(store.engine):
        yield _ok(wording.key_opens(str(path)))
        if not store.engine.is_current():
            yield _bad(wording.NOT_CURRENT)
            return False
        yield _ok(wording.IS_CURRENT)
        if isinstance(store.engine, SqliteEngine) and not store.engine.is_sound():
            yield _bad(failures.DAMAGED)
            return False
        since = _since(store, clock())
        yield process(since, runs=_is_locked(lock_file(path)))
        yield from _unreachable(store)
        yield from _failures(store, clock())
        return since.heard is not None


def _server(settings: Settings, clock: Clock) -> Iterator[Finding]:
    """Look at a database whose disk, backups and damage are looked after where its server is."""
    yield disk_of_server(settings)
    try:
        store = open_store(settings)
    except (Misconfigured, StoreUnusable) as problem:
        yield _bad(str(problem))
        return
    except ServerFailed as failed:
        yield _bad(of_server(failed))
        return
    with closing(store.engine):
        yield _ok(wording.SERVER_OPENS)
        try:
            yield from _on_server(store, clock())
        except ServerFailed as failed:
            yield _bad(of_server(failed))


def _on_server(store: Store, now: datetime) -> Iterator[Finding]:
    """Look at a database on a server that could be opened. Raises ServerFailed."""
    yield from _connection(store.engine)
    if not store.engine.is_current():
        yield _bad(wording.NOT_CURRENT)
        return
    yield _ok(wording.IS_CURRENT)
    yield copies(_since(store, now))
    yield from _unreachable(store)
    yield from _failures(store, now)


def _connection(engine: Engine) -> Iterator[Finding]:
    from bot.store.postgresql import PostgresqlEngine  # noqa: PLC0415, an extra: it is there, since it opened the engine

    if isinstance(engine, PostgresqlEngine):
        yield connection(is_encrypted=engine.is_connection_encrypted(), stays_here=engine.is_connected_here())


def connection(*, is_encrypted: bool, stays_here: bool) -> Finding:
    """Judge the connection to a server."""
    if is_encrypted:
        return _ok(wording.CONNECTION_IS_ENCRYPTED)
    return _ok(wording.CONNECTION_STAYS_HERE) if stays_here else _look(wording.CONNECTION_IS_OPEN)


def disk_of_server(settings: Settings) -> Finding:
    """Say whether somebody has seen to encryption at rest on a server, which can't be told from here."""
    is_encrypted = settings.database_disk_is_encrypted == "yes"
    return _ok(wording.DISK_IS_ENCRYPTED) if is_encrypted else _look(wording.DISK_MAY_BE_OPEN)


@dataclass(frozen=True, slots=True)
class Since:
    """How long ago the bot last did something; None: never."""

    heard: timedelta | None
    """From Telegram, by polling or as it looked after its webhook."""
    ticked: timedelta | None
    conflict: timedelta | None
    """Another program was in the way."""

    @property
    def is_fresh(self) -> bool:
        """Tell whether the bot hears what people say."""
        return self.heard is not None and self.heard <= SILENT_FOR


def _since(store: Store, now: datetime) -> Since:
    with store.transaction() as transaction:
        marks = [transaction.marks.get(mark) for mark in (Mark.POLLED, Mark.TICKED, Mark.CONFLICT)]
    return Since(*(None if mark is None else now - mark for mark in marks))


def process(since: Since, *, runs: bool) -> Finding:
    """Judge how the bot is, by what it has noted and by whether it holds its lock."""
    if runs and since.conflict is not None and since.conflict <= CONFLICTS_LAST:
        return _bad(wording.somebody_else_receives(since.conflict))
    match runs, since.heard:
        case _, timedelta() as heard if heard < -CLOCK_MAY_BE_OFF:
            return _look(wording.MARKS_AHEAD)
        case True, timedelta() as heard if since.is_fresh:
            return _ticking(heard, since.ticked)
        case True, heard:
            return _bad(wording.bot_is_deaf(heard))
        case False, timedelta() as heard:
            return _look(wording.heard_elsewhere(heard)) if since.is_fresh else _bad(wording.bot_is_stopped(heard))
        case _:
            return _look(wording.NEVER_RAN)


def copies(since: Since) -> Finding:
    """Judge how the copies on a server are, of which each may be on another machine."""
    match since.heard:
        case None:
            return _look(wording.NEVER_RAN)
        case heard if heard < -CLOCK_MAY_BE_OFF:
            return _look(wording.MARKS_AHEAD)
        case heard:
            return _ticking(heard, since.ticked) if since.is_fresh else _bad(wording.no_copy_hears(heard))


def _ticking(heard: timedelta, ticked: timedelta | None) -> Finding:
    if ticked is None or ticked > TICKS_MAY_REST:
        return _look(wording.bot_does_not_tick(ticked))
    return _ok(wording.bot_runs(heard, ticked))


def _unreachable(store: Store) -> Iterator[Finding]:
    with store.transaction() as transaction:
        number = transaction.people.unreachable_therapists()
    if number:
        yield _look(wording.therapists_unreachable(number))


def _is_locked(path: Path) -> bool:
    """Tell whether a running bot holds the lock; it is only tried, shared, and let go at once."""
    try:
        with path.open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _failures(store: Store, now: datetime) -> Iterator[Finding]:
    with store.transaction() as transaction:
        number, parked = transaction.inbox.parked(), transaction.inbox.parked_updates(LISTED)
        failed = [one for one in transaction.outbox.failed(now - LOOKS_BACK) if one.why in FAILURES]
        waiting = transaction.outbox.waiting()
    if number:
        yield _look(wording.parked(number))
        yield from (_look(wording.parked_update(one.number, one.at, one.why)) for one in parked)
        yield from _more(number)
    if failed:
        yield _look(wording.not_sent(Counter(one.why for one in failed)))
        yield from (_look(_failed_message(one)) for one in failed[:LISTED])
        yield from _more(len(failed))
    if not number and not failed:
        yield _ok(wording.NOTHING_FAILED)
    if waiting:
        yield _ok(wording.waiting_to_be_sent(waiting))


def _failed_message(one: Failed) -> str:
    return wording.failed_message(one.id, one.purpose, one.why, one.at, can_be_retried=one.can_be_retried)


def _more(number: int) -> Iterator[Finding]:
    if number > LISTED:
        yield _look(wording.and_more(number - LISTED))


def _key_file(settings: Settings, database: Path) -> Iterator[Finding]:
    key = settings.database_key_file
    private = ((key, "key"), (settings.telegram_token_file, "token"), (Path(".env"), "settings"), (database, "data"))
    for file, what in private:
        with suppress(OSError):
            if file is not None and stat.S_IMODE(file.stat().st_mode) & _FOR_OTHERS:
                yield _look(wording.readable_by_others(str(file), what))
    if key is not None and is_within(key, database.parent):
        yield _look(wording.key_in_data(str(key)))


def _backups(settings: Settings, now: datetime, *, has_run: bool) -> Iterator[Finding]:
    found = backups(settings.backup_dir)
    if path_of(settings.database).exists():
        yield age_of_backup(now - found[0].made_at if found else None, settings, has_run=has_run)
    yield from _journal_of(settings)


def _journal_of(settings: Settings) -> Iterator[Finding]:
    with suppress(Misconfigured, ValueError):
        yield _journal(JournalFile.of(settings.journal, settings.key))


def age_of_backup(age: timedelta | None, settings: Settings, *, has_run: bool) -> Finding:
    """Judge how old the newest backup is; None if there is none. Before the bot has run, nothing can be lost yet."""
    needed = _bad if has_run else _look
    if age is None:
        return needed(wording_of_backups.no_backup(str(settings.backup_dir)))
    if age > (BACKUPS_BY_CLOCK if parse_daily(settings.backup_at) else BACKUPS_BY_HAND):
        return needed(wording_of_backups.backup_too_old(age, str(settings.backup_dir)))
    return _ok(wording_of_backups.newest_backup(age))


def _journal(journal: JournalFile) -> Finding:
    if not journal.path.exists():
        return _look(wording_of_backups.journal_begins(str(journal.path)))
    try:
        lines = journal.read()
    except JournalUnusable as problem:
        return _bad(wording_of_backups.journal_unusable(str(journal.path), problem.why))
    if not os.access(journal.path, os.W_OK):
        return _bad(wording_of_backups.journal_unusable(str(journal.path), "it can't be written to"))
    return _ok(wording_of_backups.journal_is_kept(str(journal.path), len(lines)))


def _existing(folder: Path) -> Path:
    return next(one for one in (folder, *folder.parents) if one.exists())


def space(free: int, folder: Path) -> Finding:
    """Judge how many bytes are free for the data."""
    if free < NO_SPACE:
        return _bad(wording.space_runs_out(free, str(folder)))
    if free < LITTLE_SPACE:
        return _look(wording.space_runs_out(free, str(folder)))
    return _ok(wording.space_left(free, str(folder)))
