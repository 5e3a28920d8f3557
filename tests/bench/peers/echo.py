"""The least that python-telegram-bot can do: the same updates and calls, with nothing known or kept of anybody.

python -m tests.bench.peers.echo URL TOKEN CLIENTS
"""

import asyncio
import sys
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.constants import ParseMode
from telegram.ext import Application, CallbackQueryHandler, ContextTypes, MessageHandler, filters

from tests.bench.peers import survey

Context = ContextTypes.DEFAULT_TYPE


def _keyboard(*rows: tuple[tuple[str, str], ...]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(label, callback_data=data) for label, data in row] for row in rows]
    )


ASKING = {n: (survey.question(n), _keyboard(*survey.answers(n))) for n in (1, 2, 3, 4)}
ANSWERS = {"start": ASKING[1], "done": (survey.THANKS, None)} | {
    f"rate:{n}:{rating}": ASKING[n + 1] if n < 4 else (survey.COMMENT, _keyboard(survey.DONE))
    for n in ASKING
    for rating in range(1, 6)
}


async def _tapped(update: Update, _context: Context) -> None:
    assert update.callback_query is not None
    text, keyboard = ANSWERS[update.callback_query.data or ""]
    await update.callback_query.answer()
    await update.callback_query.edit_message_text(text, parse_mode=ParseMode.HTML, reply_markup=keyboard)


async def _wrote(update: Update, context: Context) -> None:
    assert update.message is not None
    chat = update.message.chat_id
    await update.message.reply_text(survey.SAVED, parse_mode=ParseMode.HTML, reply_markup=_keyboard(survey.DONE))
    await context.bot.delete_message(chat, update.message.message_id)


def main() -> None:
    """Ask every client, and answer."""
    url, token, clients = sys.argv[1:4]

    async def ask_all(application: Application[Any, Any, Any, Any, Any, Any]) -> None:
        async def ask() -> None:
            for number in range(int(clients)):
                keyboard = _keyboard(*((button,) for button in survey.START))
                await application.bot.send_message(survey.FIRST_CLIENT + number, survey.READY, reply_markup=keyboard)
                await asyncio.sleep(survey.SPACING)

        asking.append(asyncio.create_task(ask()))

    asking: list[asyncio.Task[None]] = []
    application = Application.builder().token(token).base_url(f"{url}/bot").post_init(ask_all).build()
    application.add_handler(CallbackQueryHandler(_tapped))
    application.add_handler(MessageHandler(filters.TEXT, _wrote))
    application.run_polling(timeout=30)


if __name__ == "__main__":
    main()
