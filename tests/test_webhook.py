"""The webhook: what Telegram hands over is on the disk before it is told so, whoever else knocks."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import aiohttp
import pytest
from structlog.testing import capture_logs
from telegram.error import BadRequest

from bot.config import Settings, webhook_secret
from bot.demo.stage import settings_for
from bot.demo.telegram import Person, PretendTelegram, World, delivery
from bot.receive import ADDRESS_REFUSED, TAPS_LIVE_FOR, AddressRefused
from bot.store import Store
from bot.store.marks import Mark
from bot.webhook import HURRY_EVERY, MOST_BYTES, SECRET_HEADER, Webhook
from tests.canaries import secrets_of
from tests.command_line import command_line, environment_of
from tests.process import ROOT
from tests.scripted import person, private_chat
from tests.stories.practice import MONDAY, Practice, practice_with


@pytest.fixture
def listen() -> str:
    """A free port on this machine."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture
def hooked(telegram: PretendTelegram, telegram_url: str, tmp_path: Path, token: str, listen: str) -> Iterator[Practice]:
    """A practice whose bot is handed what people say."""
    with practice_with(telegram, telegram_url, tmp_path, token, MONDAY, **_hook(listen)) as opened:
        yield opened


@pytest.fixture
def world(telegram: PretendTelegram, token: str) -> World:
    """The world of a bot that is a process of its own."""
    return telegram.world(token)


def _hook(listen: str) -> dict[str, str]:
    return {"webhook_url": f"http://{listen}/updates", "webhook_listen": listen}


def _robin(world: World) -> Person:
    """Somebody who has pressed Start."""
    robin = world.person(7_000_001, "Robin")
    robin.starts()
    return robin


Playing = Callable[[Callable[[], bool]], Awaitable[None]]
"""Lets the bot work until something has come true."""


def _played(practice: Practice, story: Callable[[Playing], Awaitable[None]]) -> None:
    """Play a story with the bot listening all the while."""

    async def play() -> None:
        async with _listening(practice) as until:
            await story(until)

    practice.runner.run(play())


@asynccontextmanager
async def _listening(practice: Practice) -> AsyncIterator[Playing]:
    serving = asyncio.create_task(practice.app.receiver.run(asyncio.sleep, lambda: None))

    async def until(is_so: Callable[[], bool]) -> None:
        assert await asyncio.to_thread(practice.world.wait_until, is_so), "it never came true"

    try:
        yield until
    finally:
        serving.cancel()
        await asyncio.wait([serving])
        await practice.app.receiver.finish()


def _waiting(store: Store) -> int:
    return store.look().inbox.waiting()


def test_what_is_handed_over_is_handled_and_the_spinner_stops_with_the_answer(hooked: Practice) -> None:
    """The tap needs no request of its own to stop its button's spinner: the answer carries it."""
    therapist = hooked.world.person(7_000_001, "Dr. Weber")

    async def story(until: Playing) -> None:
        therapist.starts("made-up-nonsense")
        await until(lambda: hooked.world.pending_updates == 0)
        await hooked.app.turn()
        therapist.forges(therapist.sees()[-1].message_id, "made-up")
        await until(lambda: hooked.world.pending_updates == 0)

    _played(hooked, story)
    assert hooked.world.unanswered_taps() == []
    assert [call.method for call in hooked.world.calls if call.method == "answerCallbackQuery"] == [
        "answerCallbackQuery"
    ]


def _text(update_id: int, chat_id: int) -> dict[str, Any]:
    said = {"message_id": 1, "date": 1, "chat": private_chat(chat_id), "from": person(chat_id), "text": "/help"}
    return {"update_id": update_id, "message": said}


async def _knocks(practice: Practice, body: bytes, secret: str | None, path: str = "/updates") -> int:
    headers = {} if secret is None else {SECRET_HEADER: secret}
    url = f"http://{practice.settings.webhook_listen}{path}"
    async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=headers) as answer:
        assert await answer.read() in (b"", b"Not Found")
        return answer.status


@pytest.mark.parametrize("secret", [None, "", "made-up", "sécret", "0" * 64])
def test_nobody_without_the_secret_is_heard(hooked: Practice, secret: str | None) -> None:
    """Whoever knows the address, but not the secret, is sent away, and nothing is stored."""

    async def story(until: Playing) -> None:
        await until(lambda: bool(hooked.world.state.webhook.url))
        assert await _knocks(hooked, json.dumps(_text(5, 101)).encode(), secret) == 403

    _played(hooked, story)
    assert _waiting(hooked.store) == 0


@pytest.mark.parametrize(
    ("body", "path", "status", "waiting"),
    [
        (json.dumps(_text(5, 101)).encode(), "/updates", 200, 1),
        (json.dumps(_text(5, 101)).encode(), "/elsewhere", 404, 0),
        (b"{", "/updates", 400, 0),
        (b"\xff", "/updates", 400, 0),
        (b"[" * 100_000, "/updates", 400, 0),
        (b"null", "/updates", 200, 0),
        (b'{"update_id": "5"}', "/updates", 200, 0),
        (b'"' + b"x" * (MOST_BYTES - 2) + b'"', "/updates", 200, 0),
        (b'"' + b"x" * (MOST_BYTES - 1) + b'"', "/updates", 413, 0),
    ],
    ids=["update", "path", "json", "bytes", "deep", "null", "number", "long", "too long"],
)
def test_only_an_update_is_taken(hooked: Practice, body: bytes, path: str, status: int, waiting: int) -> None:
    """What can't be an update is refused, or left out where a refusal would only bring it back."""
    secret = webhook_secret(hooked.settings.token)

    async def story(until: Playing) -> None:
        await until(lambda: bool(hooked.world.state.webhook.url))
        assert await _knocks(hooked, body, secret, path) == status

    _played(hooked, story)
    assert _waiting(hooked.store) == waiting


@pytest.mark.parametrize("path", ["/a%2Bb", "/a%20b", "/caf%C3%A9", "/a%2fb", "/a+b", "/"])
def test_the_path_of_the_address_may_be_written_in_any_way(
    telegram: PretendTelegram, telegram_url: str, tmp_path: Path, token: str, listen: str, *, path: str
) -> None:
    """What Telegram asks for is what was set, with the same percent signs."""
    hook = {"webhook_url": f"http://{listen}{path}", "webhook_listen": listen}
    with practice_with(telegram, telegram_url, tmp_path, token, MONDAY, **hook) as practice:
        someone = _robin(practice.world)

        async def story(until: Playing) -> None:
            someone.says("/help")
            await until(lambda: practice.world.pending_updates == 0)

        _played(practice, story)
        assert _waiting(practice.store) == 2


def test_an_update_that_can_not_be_stored_is_handed_over_again(hooked: Practice) -> None:
    """While nothing can be written Telegram is told so, and keeps it; then it comes again, and is there once."""
    someone = _robin(hooked.world)
    engine = hooked.store.engine

    async def story(until: Playing) -> None:
        await until(lambda: bool(hooked.world.state.webhook.url))
        engine.execute("PRAGMA query_only = ON")
        someone.says("/help")
        await until(lambda: hooked.world.state.webhook.last_error is not None)
        assert hooked.world.state.webhook.last_error is not None
        assert "503" in hooked.world.state.webhook.last_error[1]
        engine.execute("PRAGMA query_only = OFF")
        await until(lambda: hooked.world.pending_updates == 0)

    _played(hooked, story)
    assert _waiting(hooked.store) == 2  # /start and /help


@pytest.mark.parametrize("fails", [False, True])
def test_who_goes_away_before_an_update_is_stored_leaves_nobody_else_waiting(hooked: Practice, fails: bool) -> None:
    """What came in the same moment is stored together, and each is told by itself."""
    webhook = hooked.app.receiver
    assert isinstance(webhook, Webhook)

    async def story() -> None:
        if fails:
            hooked.store.engine.execute("PRAGMA query_only = ON")
        gone, stays = webhook._stored(_text(5, 101)), webhook._stored(_text(6, 102))
        gone.cancel()
        async with asyncio.timeout(5):
            with pytest.raises(Exception, match="readonly") if fails else nullcontext():
                await stays
        await webhook.finish()

    hooked.runner.run(story())
    hooked.store.engine.execute("PRAGMA query_only = OFF")
    assert _waiting(hooked.store) == (0 if fails else 2)


def test_nobody_is_asked_anything_while_telegram_holds_something_back(hooked: Practice) -> None:
    """A "stop" may be among it: the bot is current only when all has been handed over."""
    someone = _robin(hooked.world)
    receiver = hooked.app.receiver

    async def story(until: Playing) -> None:
        await until(lambda: bool(hooked.world.state.webhook.url))
        hooked.store.engine.execute("PRAGMA query_only = ON")
        someone.says("/stop")
        await until(lambda: hooked.world.state.webhook.last_error is not None)
        await receiver.step()
        assert not receiver.intake.is_current()
        hooked.store.engine.execute("PRAGMA query_only = OFF")
        await until(lambda: hooked.world.pending_updates == 0)
        await receiver.step()
        assert receiver.intake.is_current()

    _played(hooked, story)


def test_what_failed_holds_everything_up_until_it_is_here_and_telegram_is_asked_to_hurry(
    hooked: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be a "stop" that waits for Telegram's next try, however much others have handed over meanwhile."""
    monkeypatch.setattr(delivery.Pauses, "after_failure", lambda *_: 1000.0)
    stopping, other = _robin(hooked.world), hooked.world.person(7_000_002, "Alex")
    receiver, clock = hooked.app.receiver, hooked.stage.clock

    async def story(until: Playing) -> None:
        await until(lambda: hooked.world.pending_updates == 0)
        await receiver.step()
        assert receiver.intake.is_current()
        hooked.store.engine.execute("PRAGMA query_only = ON")
        stopping.says("/stop")
        await until(lambda: hooked.world.state.webhook.last_error is not None)
        hooked.store.engine.execute("PRAGMA query_only = OFF")
        for _ in range(3):
            clock.turn(timedelta(seconds=2))
            await receiver.step()
            assert not receiver.intake.is_current()
            other.starts()
            await until(lambda: hooked.world.pending_updates == 1)
        clock.turn(HURRY_EVERY)
        await receiver.step()
        await until(lambda: hooked.world.pending_updates == 0)
        await receiver.step()
        assert receiver.intake.is_current()

    _played(hooked, story)


def test_an_address_that_telegram_refuses_is_told_from_a_telegram_that_is_away(
    hooked: Practice,
) -> None:
    """No waiting helps: the line names the setting. It is no fault of the network."""
    port = BadRequest("Bad Request: bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    with (
        mock.patch.object(type(hooked.app.telegram), "set_webhook", mock.AsyncMock(side_effect=port)),
        pytest.raises(AddressRefused) as raised,
    ):
        hooked.runner.run(hooked.app.receiver.step())
    with capture_logs() as lines:
        hooked.app.receiver.intake.complain(raised.value)
    hooked.runner.run(hooked.app.receiver.finish())
    assert [(line["event"], line["log_level"]) for line in lines] == [(ADDRESS_REFUSED, "error")]
    assert not hooked.app.receiver.intake.is_current()


def test_a_webhook_that_somebody_takes_away_is_set_again(hooked: Practice) -> None:
    """What was said meanwhile is handed over then; `alliance doctor` learns that somebody was in the way."""
    someone = _robin(hooked.world)
    receiver = hooked.app.receiver

    async def story(until: Playing) -> None:
        await until(lambda: bool(hooked.world.state.webhook.url))
        await hooked.app.telegram.delete_webhook()
        someone.says("/help")
        assert hooked.world.pending_updates > 0
        await receiver.step()
        await until(lambda: hooked.world.pending_updates == 0)

    _played(hooked, story)
    assert _waiting(hooked.store) == 2


def test_a_gap_in_what_is_handed_over_is_noticed(hooked: Practice) -> None:
    """Telegram drops a tap after 150 s: after a longer gap what was asked is asked anew."""
    someone = _robin(hooked.world)

    async def story(until: Playing) -> None:
        someone.says("/help")
        await until(lambda: hooked.world.pending_updates == 0)
        hooked.stage.clock.turn(TAPS_LIVE_FOR + timedelta(seconds=1))
        someone.says("/privacy")
        await until(lambda: hooked.world.pending_updates == 0)

    _played(hooked, story)
    assert hooked.store.look().marks.get(Mark.AWAY) is not None


def test_the_secret_is_shown_by_nothing(hooked: Practice) -> None:
    """Neither by what receives nor by the settings, and a log line that quotes it has it struck out."""
    secret, shown = webhook_secret(hooked.settings.token), list[str]()

    async def story(until: Playing) -> None:
        await until(lambda: bool(hooked.world.state.webhook.url))
        shown.extend(repr(one) for one in (hooked.app, hooked.app.receiver, hooked.settings))

    _played(hooked, story)
    assert len(shown) == 3
    assert [one for one in shown if secret in one] == []
    assert secret in hooked.settings.secrets


# the process


def _start(folder: Path, settings: Settings) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "bot", "run"],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            **environment_of(settings),
            "ALLIANCE_LOG_LEVEL": "DEBUG",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def _running(folder: Path, settings: Settings) -> Iterator[None]:
    """Run the real process, then stop it cleanly."""
    with _start(folder, settings) as process:
        try:
            yield
        finally:
            arguments = Path(f"/proc/{process.pid}/cmdline").read_text()
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (0, ""), err
    assert "run" in arguments
    assert [secret for secret in secrets_of(settings) if secret in err or secret in arguments] == []


def test_switching_between_polling_and_webhook_loses_nothing(
    world: World, telegram_url: str, tmp_path: Path, listen: str
) -> None:
    """The bot sees to it itself; what was said in between is heard by the one that comes, each word once."""
    someone = _robin(world)
    for number, hook in enumerate(({}, _hook(listen), {})):
        someone.says("/privacy")
        with _running(tmp_path, settings_for(tmp_path, telegram_url, world.token, **hook)):
            assert world.wait_until(partial(_was_answered, someone, 2 * number + 1), 20)
            assert bool(world.state.webhook.url) is bool(hook)
            someone.says("/privacy")
            assert world.wait_until(partial(_was_answered, someone, 2 * number + 2), 20)
    assert world.forgotten == []


def test_what_telegram_puts_off_is_handed_over_at_the_start(
    world: World, telegram_url: str, tmp_path: Path, listen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the bot is down Telegram tries ever more rarely; nobody waits for its next try once the bot is back."""
    monkeypatch.setattr(delivery, "FIRST_PAUSE", 1000.0)
    monkeypatch.setattr(delivery, "LONGEST_PAUSE", 1000.0)
    someone = _robin(world)
    settings = settings_for(tmp_path, telegram_url, world.token, **_hook(listen))
    with _running(tmp_path, settings):
        assert world.wait_until(lambda: world.pending_updates == 0, 20)
    someone.says("/privacy")
    assert world.wait_until(lambda: world.state.webhook.last_error is not None, 20)
    with _running(tmp_path, settings):
        assert world.wait_until(partial(_was_answered, someone, 1), 20)


def _was_answered(someone: Person, times: int) -> bool:
    return times == sum("Your privacy here." in message.text for message in someone.sees() if message.from_bot)


def test_a_port_that_is_taken_is_one_clear_line(world: World, telegram_url: str, tmp_path: Path) -> None:
    """The bot does not start, and says which setting to change."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        settings = settings_for(tmp_path, telegram_url, world.token, **_hook(where))
        complaint = command_line(tmp_path, settings).types("run").complaint
    assert complaint == (
        f"Can't listen at {where}: Address already in use. Stop what listens there, "
        "or set ALLIANCE_WEBHOOK_LISTEN to another port."
    )


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a..b", "a" * 64])
def test_a_name_at_which_nobody_can_listen_is_one_clear_line(
    world: World, telegram_url: str, tmp_path: Path, host: str
) -> None:
    """With the setting to change."""
    hook = {"webhook_url": "https://bot.example.org/updates", "webhook_listen": f"{host}:8080"}
    settings = settings_for(tmp_path, telegram_url, world.token, **hook)
    assert command_line(tmp_path, settings).types("run").complaint == (
        f"Can't listen at {host}:8080: there is no such name. "
        "Set ALLIANCE_WEBHOOK_LISTEN to an address of this machine."
    )


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("webhook_url", "http://bot.example.org/updates", "must begin with https://"),
        ("webhook_url", "bot.example.org", "must begin with https://"),
        ("webhook_url", "https://bot.example.org/{x}", "no { or } in its path"),
        ("webhook_url", "https://bot.example.org/%7Bx%7D", "no { or } in its path"),
        ("webhook_listen", "8080", "must look like 127.0.0.1:8080"),
        ("webhook_listen", "127.0.0.1:70000", "must look like 127.0.0.1:8080"),
    ],
)
def test_an_impossible_address_is_refused(tmp_path: Path, name: str, value: str, why: str) -> None:
    """Before anything starts, with what to do."""
    with pytest.raises(ValueError, match=re.escape(why)):
        settings_for(tmp_path, "http://127.0.0.1:1", "1:MADE-UP-TOKEN", **{name: value})
