"""The server itself: it starts, stops, survives, and can be a process of its own."""

import asyncio
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import httpx
import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, ContextTypes

from bot.demo.telegram import Person, PretendTelegram, World, serve

from .calling import Api

YES = InlineKeyboardButton("Yes", callback_data="y")
PlainApplication: TypeAlias = "Application[Any, Any, Any, Any, Any, Any]"
TOKEN = "4242:MADE-UP-TOKEN"


def test_a_bot_made_with_the_library_talks_to_people(
    api: Api, world: World, robin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """python-telegram-bot polls, answers and edits as it would at Telegram."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    robin.starts("hello")

    async def run() -> None:
        application = _application(api)
        async with application:
            await application.start()
            assert application.updater is not None
            await application.updater.start_polling(timeout=5)
            await _until(world, lambda: robin.sees()[-1].labels() == ["Yes"])
            robin.taps("Yes")
            await _until(world, lambda: robin.sees()[-1].text == "Thank you" and robin.toasts == ["Saved"])
            await application.updater.stop()
            await application.stop()

    asyncio.run(run())

    assert [seen.text for seen in robin.sees()] == ["/start", "/start hello", "Thank you"]
    assert (world.pending_updates, world.unanswered_taps()) == (0, [])
    assert {200} == {call.status for call in world.calls}


def test_polls_end_when_the_server_stops() -> None:
    """A long poll under way keeps nobody waiting."""
    telegram = PretendTelegram()
    world = telegram.world(TOKEN)
    results: list[object] = []
    with httpx.Client(timeout=20) as client:
        with serve(telegram) as url:
            poll = threading.Thread(target=lambda: results.append(Api(url, TOKEN, client).updates(timeout=50)))
            poll.start()
            assert world.wait_until(lambda: bool(world.state.listeners))
        poll.join(timeout=10)

    assert results == [[]]


def test_a_world_outlives_its_server() -> None:
    """After an outage the same people are there, on another server."""
    telegram = PretendTelegram()
    robin = telegram.world(TOKEN).person(1001)
    with serve(telegram):
        robin.starts()
    robin.says("Are you there?")

    with serve(telegram) as url, httpx.Client() as client:
        updates = Api(url, TOKEN, client).updates()

    assert [update["message"]["text"] for update in updates] == ["/start", "Are you there?"]


def test_a_mistake_of_the_server_is_told_and_kept(
    api: Api, world: World, robin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A JSON 500 without a traceback for the client, and the traceback for the test."""
    monkeypatch.setattr(world.state.files, "by_id", lambda _: 1 / 0)

    assert api.refusal("getFile", file_id="x") == "Internal Server Error"
    assert "ZeroDivisionError" in world.errors.pop()
    api.says(robin.user_id, "Still here")


@pytest.mark.parametrize("junk", [b"\x00\xff" * 100, b"GET\r\n\r\n", b"POST /bot HTTP/1.1\r\n", b""])
def test_junk_does_no_harm(api: Api, junk: bytes) -> None:
    """What isn't HTTP ends its connection and nothing else."""
    address = urlsplit(api.url)
    with socket.create_connection((str(address.hostname), address.port or 0)) as connection:
        connection.sendall(junk)

    assert api.call("getMe")["is_bot"]


def test_many_threads_call_at_once(api: Api, world: World, robin: Person) -> None:
    """Every call is answered and on record, and every message has its own number."""
    numbers: list[int] = []

    def talk() -> None:
        numbers.extend(api.says(robin.user_id, "Hello") for _ in range(25))

    threads = [threading.Thread(target=talk) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(set(numbers)), len(world.calls), world.calls_made) == (200, 200, 200)


@pytest.mark.parametrize("token", ["", "4242", "abc:def", "4242:a b"])
def test_a_token_has_a_form(token: str) -> None:
    """A world for what can't be a token is a mistake of the test."""
    with pytest.raises(ValueError, match="a token is a number"):
        PretendTelegram().world(token)


def test_a_process_of_its_own_is_played_over_http(served_process: str) -> None:
    """The server runs alone, and its worlds can be played over HTTP."""
    with httpx.Client(base_url=f"{served_process}/pretend/{TOKEN}") as control:
        api = Api(served_process, TOKEN, control)
        _control(control, "people/1001/starts", {})
        api.says(1001, "Well?", [("Yes", "y"), ("No", "n")])
        _control(control, "people/1001/taps", {"label": "No"})
        _control(control, "people/1001/taps", {"message_id": 2, "data": "y"})
        _control(control, "people/1001/says", {"text": "Bye"})

        seen = control.get("people/1001/sees", params={"last": 2}).json()["messages"]
        assert [message["text"] for message in seen] == ["Well?", "Bye"]
        assert [[button["label"] for button in row] for row in seen[0]["buttons"]] == [["Yes", "No"]]
        assert [control.get("about").json()[name] for name in ("pending_updates", "calls_made", "errors")] == [4, 1, []]


def test_the_clock_and_faults_are_set_over_http(served_process: str) -> None:
    """A turned clock lets updates expire; an ordered fault strikes; flood limits go off."""
    with httpx.Client(base_url=f"{served_process}/pretend/{TOKEN}") as control:
        api = Api(served_process, TOKEN, control)
        _control(control, "people/1002/starts", {"payload": "abc"})
        _control(control, "clock", {"advance": 86400})
        _control(control, "settings", {"flood_limits": False})
        _control(control, "faults", {"kind": "TOO_MANY_REQUESTS", "method": "sendMessage", "retry_after": 3})

        assert api.updates() == []
        assert api.refusal("sendMessage", chat_id=1002, text="x") == "Too Many Requests: retry after 3"
        assert _control(control, "clock", {"now": "2026-03-02T12:00:00+00:00"})["now"].startswith("2026-03-02T12:00")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("people/1003/dances", {}),
        ("people/1003/says", {}),
        ("people/1003/says", {"text": "before Start"}),
        ("people/1003/taps", {"label": "Yes"}),
        ("faults", {"kind": "NONE"}),
        ("faults", {}),
        ("clock", {"now": "2026-03-02T12:00:00"}),
        ("settings", {}),
    ],
)
def test_mistakes_in_control_are_told(served_process: str, path: str, body: dict[str, object]) -> None:
    """400 says what was wrong."""
    answer = httpx.post(f"{served_process}/pretend/{TOKEN}/{path}", json=body)
    assert answer.status_code == 400
    assert answer.json()["mistake"]


@pytest.fixture(scope="module")
def served_process() -> Iterator[str]:
    """The server in a process of its own."""
    command = [sys.executable, "-m", "bot.demo.telegram", "--token", TOKEN]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 0


def _control(client: httpx.Client, path: str, body: dict[str, object]) -> dict[str, str]:
    answer = client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def _application(api: Api) -> PlainApplication:
    builder = Application.builder().token(api.token)
    application = builder.base_url(f"{api.url}/bot").base_file_url(f"{api.url}/file/bot").build()
    application.add_handler(CommandHandler("start", _ask))
    application.add_handler(CallbackQueryHandler(_thank))
    return application


async def _ask(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
    assert update.message is not None
    await update.message.reply_text("Well?", reply_markup=InlineKeyboardMarkup.from_button(YES))


async def _thank(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
    assert update.callback_query is not None
    await update.callback_query.answer("Saved")
    await update.callback_query.edit_message_text("Thank you")


async def _until(world: World, is_so: Callable[[], bool]) -> None:
    assert await asyncio.to_thread(world.wait_until, is_so)
