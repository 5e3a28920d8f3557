"""What most commands need: the settings, and the database with the practice."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from bot import config, logs
from bot.app import machine_time
from bot.config import Settings
from bot.databases import open_store
from bot.house import House
from bot.operate import NotDone
from bot.store import Store
from bot.store.engine import NoDatabase
from bot.telegram_api import TelegramApi
from conversations.wording import doctor as wording


def load_settings() -> Settings:
    """Return the settings, with logging set up. Raises Misconfigured."""
    settings = config.load()
    logs.configure(settings.log_level, settings.secrets)
    return settings


def now() -> datetime:
    """Return the time."""
    return machine_time().now()


@contextmanager
def opened(settings: Settings, bot_username: str = "", *, create: bool = False) -> Iterator[House]:
    """Open the practice for one command. Raises Misconfigured, StoreUnusable, or NotDone if migrations are missing."""
    practice = settings.practice(bot_username)
    store = _opened_or_made(settings) if create else open_store(settings)
    try:
        if not store.engine.is_current():
            raise NotDone(wording.NOT_CURRENT)
        yield House(store, practice, machine_time().now)
    finally:
        store.engine.close()


def _opened_or_made(settings: Settings) -> Store:
    try:
        return open_store(settings)
    except NoDatabase:
        store = open_store(settings, create=True)
        store.engine.migrate()
        return store


async def ask_username(settings: Settings) -> str:
    """Return the bot's user name. Raises errors of python-telegram-bot; a running bot does not notice."""
    telegram = TelegramApi(settings.token, settings.telegram_api_url, in_flight=1)
    try:
        return await telegram.open()
    finally:
        await telegram.close()
