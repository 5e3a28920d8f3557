"""Webhooks: where updates are sent, with which secret, and what happens when they aren't taken."""

import json
import queue
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from bot.demo.telegram import Fault, FaultKind, Person, Update, World
from bot.demo.telegram.delivery import Pauses

from .calling import NOON, Api, Clock

TOKEN = "4242:MADE-UP-TOKEN"
LATENCY = 0.25
"""Seconds."""
SECRET = "made_up-secret"
ACTIVE = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
MULTIPART = "multipart/form-data; boundary=x"
THREE_PARTS = 3 * b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' + b"--x--\r\n"


@dataclass(frozen=True)
class Reply:
    """What a bot's web server answers. Status 0 ends the connection without an answer."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def _reply(kind: str, body: bytes) -> Reply:
    return Reply(200, body, {"Content-Type": kind})


@dataclass
class Receiver:
    """A bot's web server. It gives the ordered answers, then 200, each as soon as it may."""

    url: str = ""
    replies: "queue.SimpleQueue[Reply]" = field(default_factory=queue.SimpleQueue)
    received: "queue.SimpleQueue[tuple[str | None, dict[str, Any]]]" = field(default_factory=queue.SimpleQueue)
    may_answer: threading.Event = field(default_factory=threading.Event)
    refuses_taps: bool = False
    under_way: "set[object]" = field(default_factory=set)
    most_under_way: int = 0
    connections: "set[object]" = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answers(self, *statuses: int) -> None:
        """Order the next answers."""
        for status in statuses:
            self.replies.put(Reply(status))

    def calls(self, *calls: dict[str, object]) -> None:
        """Order the next answers, each with a call."""
        for call in calls:
            self.replies.put(_reply("application/json", json.dumps(call).encode()))

    def next(self) -> tuple[str | None, dict[str, Any]]:
        """The next secret and update to arrive."""
        return self.received.get(timeout=10)

    def next_text(self) -> str:
        """The text of the next message to arrive, or the data of the next tap."""
        update = self.next()[1]
        return str(update["message"]["text"] if "message" in update else update["callback_query"]["data"])

    def take(self, secret: str | None, update: dict[str, Any], connection: object) -> Reply:
        """Take an update in, and say what to answer."""
        with self.lock:
            self.connections.add(connection)
            self.under_way.add(connection)
            self.most_under_way = max(self.most_under_way, len(self.under_way))
        self.received.put((secret, update))
        self.may_answer.wait(timeout=10)
        with self.lock:
            self.under_way.remove(connection)
        if self.refuses_taps and "callback_query" in update:
            return Reply(500)
        return Reply() if self.replies.empty() else self.replies.get()


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            update = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            reply = receiver.take(self.headers.get("X-Telegram-Bot-Api-Secret-Token"), update, self.client_address)
            self.close_connection = reply.status == 0
            if reply.status != 0:
                with suppress(ConnectionError):  # a webhook that is set otherwise hangs up
                    self._answer(reply)

        def _answer(self, reply: Reply) -> None:
            self.send_response(reply.status)
            for name, value in {**reply.headers, "Content-Length": str(len(reply.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    receiver.may_answer.set()
    with _listening(receiver):
        yield receiver
        receiver.may_answer.set()


@contextmanager
def _listening(receiver: Receiver, port: int = 0) -> Iterator[None]:
    with ThreadingHTTPServer(("127.0.0.1", port), _handler(receiver)) as server:
        receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield
        server.shutdown()
        thread.join()


@pytest.fixture
def sasha(world: World) -> Person:
    """Somebody else, whose Start has been fetched."""
    sasha = world.person(1002, "Sasha")
    sasha.starts()
    world.state.updates.forget_all()
    return sasha


@pytest.fixture
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.demo.telegram.delivery.FIRST_PAUSE", 0.01)


@pytest.fixture
def _endless_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever comes again does so for another reason than that a pause is over."""
    monkeypatch.setattr("bot.demo.telegram.delivery.FIRST_PAUSE", 3600)
    monkeypatch.setattr("bot.demo.telegram.delivery.LONGEST_PAUSE", 3600)


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


@pytest.mark.usefixtures("_short_pauses")
def test_an_update_is_sent_again_until_it_is_taken(
    api: Api, robin: Person, world: World, receiver: Receiver, clock: Clock
) -> None:
    """Anything but 2xx is a failure, no answer too: the same update comes again, and the next one only after it."""
    receiver.answers(500, 302, 0, 404, 204)
    api.call("setWebhook", url=receiver.url)
    robin.says("one")
    robin.says("two")

    assert [receiver.next_text() for _ in range(6)] == ["one"] * 5 + ["two"]
    assert world.wait_until(lambda: world.pending_updates == 0)
    info = api.call("getWebhookInfo")
    assert info["last_error_message"] == "Wrong response from the webhook: 404 Not Found"
    assert int(clock.time.timestamp()) == info["last_error_date"]
    assert (receiver.url, 0, 40) == (info["url"], info["pending_update_count"], info["max_connections"])
    api.call("deleteWebhook")


@pytest.mark.usefixtures("_short_pauses")
def test_a_webhook_that_is_not_there_is_tried_again(api: Api, robin: Person, world: World) -> None:
    """A refused connection is a failure like any other: the update waits until somebody listens."""
    receiver = Receiver()
    receiver.may_answer.set()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        api.call("setWebhook", url=f"http://127.0.0.1:{port}/hook")
        robin.says("hello")
        assert world.wait_until(lambda: world.state.webhook.last_error is not None)
        info = api.call("getWebhookInfo")
        assert info["last_error_message"] == "Connection failed: ClientConnectorError"
        assert info["pending_update_count"] == 1

    with _listening(receiver, port):
        assert receiver.next_text() == "hello"
        assert world.wait_until(lambda: world.pending_updates == 0)
        api.call("deleteWebhook")


def test_pauses_double_up_to_a_draw() -> None:
    """None after the first failure, then two seconds, four and so on, cut at between one minute and two."""
    pauses = Pauses()

    assert [pauses.after_failure(0) for _ in range(6)] == [0, 2, 4, 8, 16, 32]
    assert all(60 <= pauses.after_failure(0) <= 120 for _ in range(20))


def test_a_bot_may_ask_for_patience() -> None:
    """Retry-After decides about one pause, of an hour at most, and doubles none."""
    pauses = Pauses()

    assert [pauses.after_failure(seconds) for seconds in (7, 0, 3601, 0)] == [7, 2, 3600, 4]


@pytest.mark.usefixtures("_endless_pauses")
def test_retry_after_is_heeded(api: Api, robin: Person, world: World, receiver: Receiver) -> None:
    """The first failure is tried again at once, the second when the bot wishes, instead of much later."""
    receiver.answers(500)
    receiver.replies.put(Reply(429, headers={"Retry-After": "1"}))
    api.call("setWebhook", url=receiver.url)
    robin.says("hello")

    assert [receiver.next_text() for _ in range(3)] == ["hello"] * 3
    assert world.wait_until(lambda: world.pending_updates == 0)
    api.call("deleteWebhook")


def test_chats_are_delivered_side_by_side(
    api: Api, robin: Person, sasha: Person, world: World, receiver: Receiver
) -> None:
    """Nobody waits for the answer to somebody else's update, and of one chat one after the other is sent."""
    receiver.may_answer.clear()
    api.call("setWebhook", url=receiver.url)
    for text in ("one", "two"):
        robin.says(text)
    sasha.says("me too")

    assert {receiver.next_text() for _ in range(2)} == {"one", "me too"}
    assert api.call("getWebhookInfo")["pending_update_count"] == 3
    receiver.may_answer.set()
    assert receiver.next_text() == "two"
    assert world.wait_until(lambda: world.pending_updates == 0)
    assert receiver.most_under_way == 2
    api.call("deleteWebhook")


def test_there_are_no_more_connections_than_wanted(api: Api, world: World, receiver: Receiver) -> None:
    """max_connections is how many updates are under way at most; connections are kept for the next."""
    receiver.may_answer.clear()
    api.call("setWebhook", url=receiver.url, max_connections=3)
    people = [world.person(6000 + number) for number in range(10)]
    for person in people:
        person.starts()

    first = [receiver.next()[1]["message"]["from"]["id"] for _ in range(3)]
    receiver.may_answer.set()
    others = [receiver.next()[1]["message"]["from"]["id"] for _ in range(7)]
    assert sorted(first + others) == [person.user_id for person in people]
    assert world.wait_until(lambda: world.pending_updates == 0)
    assert (receiver.most_under_way, len(receiver.connections)) == (3, 3)
    api.call("deleteWebhook")


@pytest.mark.usefixtures("_endless_pauses")
def test_a_text_may_overtake_a_tap(api: Api, robin: Person, world: World, receiver: Receiver) -> None:
    """A tap that fails holds up no text of its person; all that waits is tried when the webhook is set otherwise."""
    api.says(robin.user_id, "Well?", [("Yes", "y")])
    receiver.refuses_taps = True
    api.call("setWebhook", url=receiver.url)
    robin.taps("Yes")
    robin.says("hello")

    assert sorted(receiver.next_text() for _ in range(3)) == ["hello", "y", "y"]
    assert world.wait_until(lambda: world.pending_updates == 1)
    receiver.refuses_taps = False
    api.call("setWebhook", url=receiver.url, max_connections=7)
    assert receiver.next_text() == "y"
    assert world.wait_until(lambda: world.pending_updates == 0)
    api.call("deleteWebhook")


@pytest.mark.usefixtures("_endless_pauses")
def test_a_webhook_set_in_the_same_way_stays_as_it_was(
    api: Api, robin: Person, world: World, receiver: Receiver
) -> None:
    """Telegram then only answers that it is set already: what failed goes on waiting."""
    receiver.answers(500, 503, 200)
    api.call("setWebhook", url=receiver.url, secret_token=SECRET)
    robin.says("hello")
    failed = "Wrong response from the webhook: 503 Service Unavailable"
    assert world.wait_until(lambda: (world.state.webhook.last_error or ("", ""))[1] == failed)

    api.call("setWebhook", url=receiver.url, secret_token=SECRET, allowed_updates=["message"])
    info = api.call("getWebhookInfo")
    assert (failed, ["message"]) == (info["last_error_message"], info["allowed_updates"])
    api.call("setWebhook", url=receiver.url, secret_token="another")
    assert [receiver.next()[0] for _ in range(3)] == [SECRET, SECRET, "another"]
    assert world.wait_until(lambda: world.pending_updates == 0)
    api.call("deleteWebhook")


@pytest.mark.usefixtures("_endless_pauses")
def test_an_update_that_expires_makes_way(
    api: Api, robin: Person, world: World, receiver: Receiver, clock: Clock
) -> None:
    """Taps are dropped after 150 seconds, and what waits behind them is sent."""
    api.says(robin.user_id, "Well?", [("Yes", "y"), ("No", "n")])
    receiver.answers(500, 500)
    api.call("setWebhook", url=receiver.url)
    robin.taps("Yes")
    assert [receiver.next_text() for _ in range(2)] == ["y", "y"]

    clock.turn(seconds=150)
    robin.taps("No")
    api.call("setWebhook", url=receiver.url, max_connections=7)
    assert receiver.next_text() == "n"
    assert world.wait_until(lambda: world.pending_updates == 0)
    assert [update.content["data"] for update in world.expired] == ["y"]
    api.call("deleteWebhook")


def test_what_is_under_way_stays_when_the_webhook_goes(api: Api, robin: Person, receiver: Receiver) -> None:
    """Without an answer in time the bot gets it once more."""
    receiver.may_answer.clear()
    api.call("setWebhook", url=receiver.url)
    robin.says("hello")
    _, update = receiver.next()

    api.call("deleteWebhook")
    assert api.updates() == [update]


def test_a_webhook_may_get_an_update_twice(api: Api, robin: Person, world: World, receiver: Receiver) -> None:
    """What was accepted can be repeated, as what was fetched can, and what is under way then comes again."""
    api.call("setWebhook", url=receiver.url)
    robin.says("one")
    assert receiver.next_text() == "one"
    assert world.wait_until(lambda: world.pending_updates == 0)
    receiver.may_answer.clear()
    robin.says("two")
    robin.says("three")
    assert receiver.next_text() == "two"

    assert world.repeat_updates(1.0, random.Random(1)) == 1
    receiver.may_answer.set()
    assert sorted(receiver.next_text() for _ in range(3)) == ["one", "three", "two"]
    assert world.wait_until(lambda: world.pending_updates == 0)
    api.call("deleteWebhook")


def test_latency_is_added_to_calls_and_updates(late_api: Api, receiver: Receiver) -> None:
    """An answer and an update come no earlier than so many seconds later; what people do takes no time."""
    before = time.monotonic()
    late_api.call("setWebhook", url=receiver.url)
    answered = time.monotonic()
    late_api.client.post(f"{late_api.url}/pretend/{TOKEN}/people/1001/starts", json={}).raise_for_status()
    assert receiver.next_text() == "/start"
    assert min(answered - before, time.monotonic() - answered) >= LATENCY


@pytest.fixture
def late_api() -> Iterator[Api]:
    """A server in a process of its own, as slow as a bad network."""
    command = [sys.executable, "-m", "bot.demo.telegram", "--token", TOKEN, "--latency", str(LATENCY)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process, httpx.Client(timeout=20) as client:
        assert process.stdout is not None
        yield Api(process.stdout.readline().strip(), TOKEN, client)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 0


def test_each_update_has_its_queue(api: Api, robin: Person, world: World) -> None:
    """Messages wait by chat, whatever became of them; taps by person; membership by chat; what is unknown alone."""
    group = world.group(-50, "Team")
    group.adds_bot(robin)
    number = robin.says("hello")
    robin.edits(number, "hello again")
    api.says(-50, "Well?", [("Yes", "y")])
    group.taps(robin, "Yes")
    robin.blocks()

    waiting = [update for _, update in world.state.updates.since(0)]
    assert [(update.kind, update.queue) for update in waiting] == [
        ("my_chat_member", (5, -50)),
        ("message", (0, -50)),
        ("message", (0, 1001)),
        ("edited_message", (0, 1001)),
        ("callback_query", (3, 1001)),
        ("my_chat_member", (5, 1001)),
    ]
    assert Update(1, "poll", {}, NOON).queue != Update(2, "poll", {}, NOON).queue


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


@pytest.mark.parametrize(
    "reply",
    [
        _reply("application/json", b'{"method": "sendMessage", "chat_id": 1001, "text": "Hi"}'),
        _reply("application/json; charset=utf-8", b'{"method": "sendmessage", "chat_id": "1001", "text": "Hi"}'),
        _reply("application/x-www-form-urlencoded", b"method=sendMessage&chat_id=1001&text=Hi"),
        _reply(MULTIPART, THREE_PARTS % (b"method", b"sendMessage", b"chat_id", b"1001", b"text", b"Hi")),
    ],
)
def test_a_call_in_the_answer_is_carried_out(
    api: Api, robin: Person, world: World, receiver: Receiver, reply: Reply
) -> None:
    """Like any other, and on record, in whichever way it comes."""
    receiver.replies.put(reply)
    api.call("setWebhook", url=receiver.url)
    robin.says("hello")

    assert world.wait_until(lambda: _calls(world) == [("sendMessage", 1001, 200, "")])
    assert robin.sees()[-1].text == "Hi"
    assert world.wait_until(lambda: world.pending_updates == 0)
    api.call("deleteWebhook")


def test_a_tap_is_answered_in_the_answer(api: Api, robin: Person, world: World, receiver: Receiver) -> None:
    """The button stops spinning without a call of the bot's own, and the notice is shown."""
    api.says(robin.user_id, "Well?", [("Yes", "y")])
    callback_id = robin.taps("Yes")
    receiver.calls({"method": "answerCallbackQuery", "callback_query_id": callback_id, "text": "Saved"})
    api.call("setWebhook", url=receiver.url)

    assert world.wait_until(lambda: robin.toasts == ["Saved"])
    assert world.unanswered_taps() == []
    assert world.wait_until(lambda: ("answerCallbackQuery", robin.user_id, 200, "") in _calls(world))
    api.call("deleteWebhook")


@pytest.mark.parametrize(
    "method", ["setWebhook", "deletewebhook", "close", "logOut", "getMe", "GETUPDATES", "getNothing", ""]
)
def test_some_calls_are_ignored_in_an_answer(
    api: Api, robin: Person, world: World, receiver: Receiver, method: str
) -> None:
    """Those that ask for something, and those that would change the webhook or end the bot: they leave no trace."""
    receiver.calls({"method": method}, {"method": "sendChatAction", "chat_id": 1001, "action": "typing"})
    api.call("setWebhook", url=receiver.url)
    robin.says("one")
    robin.says("two")

    assert world.wait_until(lambda: bool(_calls(world)))
    assert _calls(world) == [("sendChatAction", 1001, 200, "")]
    assert api.call("getWebhookInfo")["url"] == receiver.url
    api.call("deleteWebhook")


@pytest.mark.parametrize(
    "reply",
    [
        _reply("text/plain", b'{"method": "sendMessage"}'),
        _reply("application/json", b"null"),
        _reply("application/json", b'{"method": "sendMessage"'),
        _reply("application/json", b'{"ok": true}'),
        _reply("multipart/form-data", b"x"),
    ],
)
def test_most_answers_hold_no_call(api: Api, robin: Person, world: World, receiver: Receiver, reply: Reply) -> None:
    """Whatever a bot says with its 200 is fine, and what can't be read as a call is none."""
    receiver.replies.put(reply)
    receiver.calls({"method": "sendChatAction", "chat_id": 1001, "action": "typing"})
    api.call("setWebhook", url=receiver.url)
    robin.says("one")
    robin.says("two")

    assert world.wait_until(lambda: bool(_calls(world)))
    assert _calls(world) == [("sendChatAction", 1001, 200, "")]
    api.call("deleteWebhook")


def test_a_refused_call_in_an_answer_is_on_record(api: Api, robin: Person, world: World, receiver: Receiver) -> None:
    """The bot isn't told, and the update counts as accepted; faults strike as they strike any call."""
    world.order_fault(Fault(FaultKind.TOO_MANY_REQUESTS, "sendMessage", times=1))
    message = {"method": "sendMessage", "chat_id": 1001, "text": "Hi"}
    receiver.calls(message, {"method": "sendNothing"}, {**message, "txt": "Hi"}, {**message, "text": ""})
    api.call("setWebhook", url=receiver.url)
    for number in range(4):
        robin.says(f"{number}")

    assert world.wait_until(lambda: len(_calls(world)) == 4)
    assert _calls(world) == [
        ("sendMessage", 1001, 429, "Too Many Requests: retry after 1"),
        ("sendNothing", None, 404, "Not Found"),
        ("sendMessage", 1001, 400, 'Bad Request: unknown parameter "txt" of sendMessage'),
        ("sendMessage", 1001, 400, "Bad Request: message text is empty"),
    ]
    assert world.wait_until(lambda: world.pending_updates == 0)
    assert len(robin.sees()) == 5
    api.call("deleteWebhook")


def test_a_mistake_in_a_call_in_an_answer_is_kept(
    api: Api, robin: Person, world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake of the server itself is on record, and the deliveries go on."""
    monkeypatch.setattr(world.state.files, "keep", lambda *_: 1 / 0)
    document = THREE_PARTS % (b"method", b"sendDocument", b"chat_id", b"1001", b'document"; filename="a.txt', b"a")
    receiver.replies.put(_reply(MULTIPART, document))
    api.call("setWebhook", url=receiver.url)
    robin.says("one")
    robin.says("two")

    assert [receiver.next_text(), receiver.next_text()] == ["one", "two"]
    assert world.wait_until(lambda: _calls(world) == [("sendDocument", None, 500, "Internal Server Error")])
    assert "ZeroDivisionError" in world.errors.pop()
    api.call("deleteWebhook")


def _calls(world: World) -> list[tuple[str, int | None, int, str]]:
    """The calls but for those of the test itself."""
    calls = [call for call in list(world.calls) if not call.method.endswith(("Webhook", "WebhookInfo"))]
    return [(call.method, call.chat_id, call.status, call.description) for call in calls]


@pytest.mark.usefixtures("_endless_pauses")
def test_a_mistake_in_sending_is_kept(
    api: Api, robin: Person, world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake of the server itself is on record, and the update waits."""
    monkeypatch.setattr(world.state.updates, "hand_out", lambda *_: 1 / 0)
    api.call("setWebhook", url=receiver.url)
    robin.says("hello")

    assert world.wait_until(lambda: len(world.errors) == 2)
    assert api.call("getWebhookInfo")["last_error_message"] == "ZeroDivisionError in the pretend Telegram"
    api.call("deleteWebhook")
    assert world.pending_updates == 1
    assert all("ZeroDivisionError" in error for error in world.errors)
    world.errors.clear()
