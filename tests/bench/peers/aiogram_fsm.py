"""The survey in aiogram 3, with its memory FSM: nothing it hears outlives the process.

python -m tests.bench.peers.aiogram_fsm URL TOKEN CLIENTS
"""

import asyncio
import sys
from typing import Any

from aiogram import Bot, Dispatcher, Router
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.enums import ParseMode
from aiogram.exceptions import TelegramRetryAfter
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message

from tests.bench.peers import survey

router = Router()


class Asked(StatesGroup):
    """What the card shows."""

    first = State()
    second = State()
    third = State()
    fourth = State()
    comment = State()


QUESTIONS = (Asked.first, Asked.second, Asked.third, Asked.fourth)


def _keyboard(*rows: tuple[tuple[str, str], ...]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        inline_keyboard=[[InlineKeyboardButton(text=label, callback_data=data) for label, data in row] for row in rows]
    )


async def _show(query: CallbackQuery, text: str, keyboard: InlineKeyboardMarkup | None = None) -> None:
    assert isinstance(query.message, Message)
    await query.answer()
    await query.message.edit_text(text, parse_mode=ParseMode.HTML, reply_markup=keyboard)


@router.callback_query(lambda query: query.data == "start")
async def _start(query: CallbackQuery, state: FSMContext) -> None:
    await _show(query, survey.question(1), _keyboard(*survey.answers(1)))
    await state.set_state(Asked.first)


@router.callback_query(Asked.first)
@router.callback_query(Asked.second)
@router.callback_query(Asked.third)
@router.callback_query(Asked.fourth)
async def _rates(query: CallbackQuery, state: FSMContext) -> None:
    assert query.data is not None
    assert query.message is not None
    _, number, rating = query.data.split(":")
    if number != "4":
        await state.update_data({f"rating {number}": int(rating)})
        await _show(query, survey.question(int(number) + 1), _keyboard(*survey.answers(int(number) + 1)))
        await state.set_state(QUESTIONS[int(number)])
        return
    await state.update_data({f"rating {number}": int(rating), "card": query.message.message_id})
    await _show(query, survey.COMMENT, _keyboard(survey.DONE))
    await state.set_state(Asked.comment)


@router.message(Asked.comment)
async def _comments(message: Message, state: FSMContext) -> None:
    data = await state.update_data(comment=message.text)
    await message.answer(survey.SAVED, parse_mode=ParseMode.HTML, reply_markup=_keyboard(survey.DONE))
    assert message.bot is not None
    await message.bot.delete_message(message.chat.id, data["card"])


@router.callback_query(Asked.comment)
async def _ends(query: CallbackQuery, state: FSMContext) -> None:
    await _show(query, survey.THANKS)
    await state.clear()


async def _wait_when_told(make_request: Any, bot: Bot, method: Any) -> Any:  # noqa: ANN401, aiogram types them loosely
    """Make a request again when Telegram refuses what is too much, after as many seconds as it says."""
    while True:
        try:
            return await make_request(bot, method)
        except TelegramRetryAfter as refusal:
            await asyncio.sleep(refusal.retry_after)


async def main() -> None:
    """Ask every client, and answer."""
    url, token, clients = sys.argv[1:4]
    bot = Bot(token, session=AiohttpSession(api=TelegramAPIServer.from_base(url)))
    bot.session.middleware(_wait_when_told)

    async def ask() -> None:
        for number in range(int(clients)):
            keyboard = _keyboard(*((button,) for button in survey.START))
            await bot.send_message(survey.FIRST_CLIENT + number, survey.READY, reply_markup=keyboard)
            await asyncio.sleep(survey.SPACING)

    dispatcher: Any = Dispatcher()
    dispatcher.include_router(router)
    asking = asyncio.create_task(ask())
    await dispatcher.start_polling(bot, polling_timeout=30)
    await asking


if __name__ == "__main__":
    asyncio.run(main())
