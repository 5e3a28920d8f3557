"""Webhooks: where updates are sent, with which secret, and what happens when they aren't taken."""

import json
import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from bot.demo.telegram import Person, World

from .calling import Api, Clock

SECRET = "made_up-secret"
ACTIVE = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"


@dataclass
class Receiver:
    """A bot's web server. It answers with the ordered statuses, then with 200."""

    url: str = ""
    statuses: "queue.SimpleQueue[int]" = field(default_factory=queue.SimpleQueue)
    received: "queue.SimpleQueue[tuple[str | None, dict[str, Any]]]" = field(default_factory=queue.SimpleQueue)
    answer: bytes = b""

    def next(self) -> tuple[str | None, dict[str, Any]]:
        """The next secret and update to arrive."""
        return self.received.get(timeout=10)

    def next_text(self) -> str:
        """The text of the next message to arrive."""
        return str(self.next()[1]["message"]["text"])


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            update = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            receiver.received.put((self.headers.get("X-Telegram-Bot-Api-Secret-Token"), update))
            self.send_response(200 if receiver.statuses.empty() else receiver.statuses.get())
            self.send_header("Content-Length", str(len(receiver.answer)))
            self.end_headers()
            self.wfile.write(receiver.answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(receiver)) as server:
        receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield receiver
        server.shutdown()
        thread.join()


def test_updates_are_sent_with_the_secret(api: Api, robin: Person, world: World, receiver: Receiver) -> None:
    """What waited and what comes is sent in order, each with the secret, and is then done."""
    robin.says("before")
    api.call("setWebhook", url=receiver.url, secret_token=SECRET)
    robin.says("after")

    (first_secret, first), (second_secret, second) = receiver.next(), receiver.next()
    assert (first_secret, second_secret) == (SECRET, SECRET)
    assert (first["message"]["text"], second["message"]["text"]) == ("before", "after")
    assert world.wait_until(lambda: world.pending_updates == 0)
    assert {first["update_id"], second["update_id"]} == world.handed_out
    api.call("deleteWebhook")


def test_an_update_is_sent_again_until_it_is_taken(
    api: Api, robin: Person, world: World, receiver: Receiver, clock: Clock
) -> None:
    """Anything but 2xx is a failure: the same update comes again, and the next one only after it."""
    for status in (500, 302, 404):
        receiver.statuses.put(status)
    api.call("setWebhook", url=receiver.url)
    robin.says("one")
    robin.says("two")

    assert [receiver.next_text() for _ in range(5)] == ["one", "one", "one", "one", "two"]
    assert world.wait_until(lambda: world.pending_updates == 0)
    info = api.call("getWebhookInfo")
    assert info["last_error_message"] == "Wrong response from the webhook: 404 Not Found"
    assert int(clock.time.timestamp()) == info["last_error_date"]
    assert (receiver.url, 0, 40) == (info["url"], info["pending_update_count"], info["max_connections"])
    api.call("deleteWebhook")


def test_a_webhook_that_is_not_there_is_tried_again(api: Api, robin: Person, world: World) -> None:
    """A refused connection is a failure like any other; the update waits."""
    api.call("setWebhook", url="http://127.0.0.1:9/nobody")
    robin.says("hello")

    assert world.wait_until(lambda: world.state.webhook.failures > 1)
    info = api.call("getWebhookInfo")
    assert info["last_error_message"] == "Connection failed: ConnectError"
    assert info["pending_update_count"] == 1
    api.call("deleteWebhook", drop_pending_updates=True)
    assert world.pending_updates == 0


def test_there_is_either_a_webhook_or_polling(api: Api, receiver: Receiver) -> None:
    """409 for getUpdates while a webhook is set."""
    api.call("setWebhook", url=receiver.url)
    assert api.refusal("getUpdates") == ACTIVE

    api.call("setWebhook", url="")
    assert api.updates() == []
    assert api.call("getWebhookInfo") == {"url": "", "has_custom_certificate": False, "pending_update_count": 0}


def test_setting_a_webhook_ends_a_poll(served_poll: "queue.SimpleQueue[str]", api: Api, receiver: Receiver) -> None:
    """409 for the poll that is under way."""
    api.call("setWebhook", url=receiver.url)

    assert served_poll.get(timeout=10) == "Conflict: terminated by setWebhook request"
    api.call("deleteWebhook")


@pytest.fixture
def served_poll(api: Api, world: World) -> Iterator["queue.SimpleQueue[str]"]:
    """A poll under way, and where its refusal arrives."""
    refusals: queue.SimpleQueue[str] = queue.SimpleQueue()
    thread = threading.Thread(target=lambda: refusals.put(api.refusal("getUpdates", timeout=20)))
    thread.start()
    assert world.wait_until(lambda: bool(world.state.listeners))
    yield refusals
    thread.join()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"url": "http://example.org/hook"}, "bad webhook: An HTTPS URL must be provided for webhook"),
        ({"url": "https://example.org:x/hook"}, "bad webhook: invalid address"),
        ({"url": "http://[127.0.0.1/hook"}, "bad webhook: invalid address"),
        ({"url": "hook"}, "bad webhook: invalid address"),
        ({"url": "ftp://127.0.0.1/hook"}, "bad webhook: invalid address"),
        ({"url": "https://example.org", "secret_token": "a b"}, "secret token contains unallowed characters"),
        ({"url": "https://example.org", "max_connections": 101}, "max_connections must be between 1 and 100"),
    ],
)
def test_an_impossible_webhook_is_refused(api: Api, arguments: dict[str, object], why: str) -> None:
    """400 for an address without https that isn't local, and for malformed settings."""
    assert f"Bad Request: {why}" == api.refusal("setWebhook", **arguments)


def test_pending_updates_can_be_dropped(api: Api, robin: Person, world: World, receiver: Receiver) -> None:
    """What waits is forgotten, and on record."""
    robin.says("old")
    api.call("setWebhook", url=receiver.url, drop_pending_updates=True)
    robin.says("new")

    assert receiver.next_text() == "new"
    assert [str(update.content["text"]) for update in world.forgotten] == ["/start", "old"]
    api.call("deleteWebhook")


def test_a_call_in_the_answer_is_not_passed_over(api: Api, robin: Person, world: World, receiver: Receiver) -> None:
    """Telegram carries out a call in the answer to a webhook; this server says that it can't."""
    receiver.answer = b'{"method": "sendMessage"}'
    api.call("setWebhook", url=receiver.url)
    robin.says("hello")

    assert world.wait_until(lambda: world.pending_updates == 0)
    api.call("deleteWebhook")
    assert world.errors == ["a call in the answer to a webhook is not built in the pretend Telegram"]
    world.errors.clear()


def test_a_mistake_in_sending_is_kept(
    api: Api, robin: Person, world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake of the server itself is on record, and the update waits."""
    monkeypatch.setattr("bot.demo.telegram.delivery._post", lambda *_: 1 / 0)
    api.call("setWebhook", url=receiver.url)
    robin.says("hello")

    assert world.wait_until(lambda: bool(world.errors))
    api.call("deleteWebhook")
    assert world.pending_updates == 1
    assert all("ZeroDivisionError" in error for error in world.errors)
    world.errors.clear()
