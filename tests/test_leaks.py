"""Nothing that people say, are called or keep secret ends in a log line, or readable on the disk."""

import logging
import signal
from pathlib import Path

import pytest

from bot import logs
from bot.config import Settings
from bot.demo.stage import settings_for
from bot.demo.telegram import PretendTelegram
from bot.telegram_api import TelegramApi
from tests.canaries import CLIENT, COMMENT, KEPT, PEOPLE, THERAPIST, decrypted, found_in, live, prepare, secrets_of
from tests.process import start


@pytest.fixture(scope="module")
def played(
    telegram: PretendTelegram, telegram_url: str, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Settings, Path]:
    """A practice in which something was said, and the folder with all that the real process left, killed at the end."""
    token, folder = "909090:MADE-UP-TOKEN-CANARY", tmp_path_factory.mktemp("played")
    world = telegram.world(token)
    settings = settings_for(folder, telegram_url, token, quiet_hours="none", check_in_delay="0s")
    link = prepare(settings)
    bot = start(settings, folder, log_level="DEBUG")
    try:
        live(world, world.person(9_100_001, THERAPIST), world.person(9_100_002, CLIENT), link)
    finally:
        bot.send_signal(signal.SIGKILL)
        bot.wait()
    return settings, folder


def test_no_log_line_says_who_or_what(played: tuple[Settings, Path]) -> None:
    """At DEBUG, with failures on the way, no log line has a token, a key, a name, an alias or an answer."""
    settings, folder = played
    logged = (folder / "log.txt").read_text()
    assert "an update can't be read and was parked" in logged
    assert "outcome unknown, will be sent again" in logged
    assert [secret for secret in (*secrets_of(settings), *PEOPLE) if secret in logged] == []


def test_nothing_can_be_read_on_the_disk_without_the_key(played: tuple[Settings, Path]) -> None:
    """The database and its write-ahead log, as a crash leaves them, hold no readable word."""
    _, folder = played
    files = [path.name for path in (folder / "data").iterdir() if path.stat().st_size]
    assert {"alliance.db", "alliance.db-wal"} <= set(files)
    assert found_in(folder / "data", PEOPLE) == []


def test_the_same_search_finds_every_word_that_is_kept_once_the_data_is_plain(played: tuple[Settings, Path]) -> None:
    """The search can find what is there: decrypted, the database has the canaries that it must keep, and no other."""
    settings, folder = played
    assert {word for _, word in found_in(decrypted(settings, folder / "plain"), PEOPLE)} == KEPT


def test_what_holds_a_secret_does_not_show_it(played: tuple[Settings, Path]) -> None:
    """Whoever prints the settings or the client of the Bot API, as a debugger does, sees neither token nor key."""
    settings, _ = played
    api = TelegramApi(settings.token, settings.telegram_api_url, in_flight=1)
    shown = f"{settings} {settings!r} {api} {api!r} {api.bot} {api.bot!r}"
    assert [secret for secret in secrets_of(settings) if secret in shown] == []


def test_a_library_that_logs_an_exception_does_not_quote_it(capfd: pytest.CaptureFixture[str]) -> None:
    """What a library's exception says is left out of the log, and secrets are struck out of everything."""
    logs.configure("DEBUG", ["made-up-secret"])
    try:
        raise ValueError(COMMENT)
    except ValueError:
        logging.getLogger("made.up").exception("it failed with made-up-secret")
    logged = capfd.readouterr().err
    assert "it failed with ***" in logged
    assert "ValueError" in logged
    assert COMMENT not in logged
