"""The survey in python-telegram-bot's own ConversationHandler, with PicklePersistence.

python -m tests.bench.peers.ptb URL TOKEN CLIENTS FILE one-by-one|concurrent
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.constants import ParseMode
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    ContextTypes,
    ConversationHandler,
    MessageHandler,
    PicklePersistence,
    filters,
)

from tests.bench.peers import survey

Context = ContextTypes.DEFAULT_TYPE
Handler = Callable[[Update, Context], Awaitable[int]]
COMMENT = 5


def _keyboard(*rows: tuple[tuple[str, str], ...]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(label, callback_data=data) for label, data in row] for row in rows]
    )


async def _show(update: Update, text: str, keyboard: InlineKeyboardMarkup | None = None) -> None:
    assert update.callback_query is not None
    await update.callback_query.answer()
    await update.callback_query.edit_message_text(text, parse_mode=ParseMode.HTML, reply_markup=keyboard)


async def _start(update: Update, _context: Context) -> int:
    await _show(update, survey.question(1), _keyboard(*survey.answers(1)))
    return 1


def _rates(number: int) -> Handler:
    async def rates(update: Update, context: Context) -> int:
        assert update.callback_query is not None
        assert update.callback_query.data is not None
        assert update.callback_query.message is not None
        assert context.user_data is not None
        context.user_data[f"rating {number}"] = int(update.callback_query.data.rpartition(":")[2])
        if number < 4:
            await _show(update, survey.question(number + 1), _keyboard(*survey.answers(number + 1)))
            return number + 1
        context.user_data["card"] = update.callback_query.message.message_id
        await _show(update, survey.COMMENT, _keyboard(survey.DONE))
        return COMMENT

    return rates


async def _comments(update: Update, context: Context) -> int:
    assert update.message is not None
    assert context.user_data is not None
    context.user_data["comment"] = update.message.text
    await update.message.reply_text(survey.SAVED, parse_mode=ParseMode.HTML, reply_markup=_keyboard(survey.DONE))
    await context.bot.delete_message(update.message.chat_id, context.user_data["card"])
    return COMMENT


async def _ends(update: Update, _context: Context) -> int:
    await _show(update, survey.THANKS)
    return ConversationHandler.END


def main() -> None:
    """Ask every client, and answer."""
    url, token, clients, file, way = sys.argv[1:6]

    async def ask_all(application: Application[Any, Any, Any, Any, Any, Any]) -> None:
        async def ask() -> None:
            for number in range(int(clients)):
                chat = survey.FIRST_CLIENT + number
                keyboard = _keyboard(*((button,) for button in survey.START))
                await application.bot.send_message(chat, survey.READY, reply_markup=keyboard)
                await asyncio.sleep(survey.SPACING)

        asking.append(asyncio.create_task(ask()))

    asking: list[asyncio.Task[None]] = []
    builder = Application.builder().token(token).base_url(f"{url}/bot").persistence(PicklePersistence(file))
    application = builder.post_init(ask_all).concurrent_updates(way == "concurrent").build()
    states: dict[object, list[Any]] = {n: [CallbackQueryHandler(_rates(n), pattern="rate")] for n in (1, 2, 3, 4)}
    states[COMMENT] = [MessageHandler(filters.TEXT, _comments), CallbackQueryHandler(_ends, pattern="done")]
    entry = CallbackQueryHandler(_start, pattern="start")
    application.add_handler(ConversationHandler([entry], states, [], name="survey", persistent=True))
    application.run_polling(timeout=30)


if __name__ == "__main__":
    main()
