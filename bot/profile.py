"""How the bot presents itself in Telegram: its descriptions, and the menu for those who are nobody's client yet."""

import structlog
from telegram import BotCommandScopeAllPrivateChats
from telegram.error import TelegramError

from bot.telegram_api import TelegramApi
from conversations.commands import menu
from conversations.practice import Practice
from conversations.wording import profile as wording

log = structlog.get_logger()


async def present(telegram: TelegramApi, practice: Practice) -> None:
    """Set descriptions and the common menu. The bot works without them, so a failure is only noted."""
    bot = telegram.bot
    commands = [(command.name, command.description) for command in menu(())]
    try:
        await bot.set_my_commands(commands, scope=BotCommandScopeAllPrivateChats())
        await bot.set_my_description(wording.description(practice))
        await bot.set_my_short_description(wording.short_description(practice))
    except TelegramError as error:
        log.warning("the bot's description was not set", error=type(error).__name__)
