"""Telegram and a thousand clients with it, in a process of their own, who do as they are told from outside.

    python -m tests.bench.phones --token TOKEN [--first 8000001] [--clients 1000] [--latency 0.05] [--flood-limits]

Prints where Telegram is. Then each line on standard input is a command, and what came of it is printed as one line of
JSON once it is done; `told` below is the other side of that.
"""

import argparse
import json
import queue
import select
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bot.demo.telegram import PretendTelegram, SeenMessage, World
from bot.demo.telegram.server import Server
from bot.demo.telegram.state import Call, Membership
from tests.chaos.made_up import FIRST_CLIENT, THERAPIST
from tests.process import ROOT

TOKEN = "4242:MADE-UP-TOKEN"
COMMENT = "I was glad that we talked about the move."
PATIENCE = 900.0
"""Seconds. Nothing that is measured takes longer, unless a bot has ended."""
STEPS = ("Start", "1 of 4", "2 of 4", "3 of 4", "4 of 4", "comment", "Done", "finished")


@dataclass
class Client:
    """Somebody who answers. `step` is what the newest message must show before they do the next thing."""

    number: int
    steps: Iterator[str] = field(default_factory=lambda: iter(STEPS[1:]))
    step: str = STEPS[0]
    began_at: float | None = None
    acted_at: float | None = None


class Phones:
    """The clients' phones. Times are seconds that never go back."""

    def __init__(self, world: World, numbers: range, latency: float) -> None:
        self.world = world
        self._latency = latency
        self.clients = {number: Client(number) for number in numbers}
        self.waits: list[float] = []
        """How long each client waited for what comes next."""
        self.lasted: list[float] = []
        """How long each check-in took, from Start to the last line."""
        self.sent: list[float] = []
        self.calls: Counter[str] = Counter()
        self.refused = 0
        self.met, self.polled = threading.Event(), threading.Event()
        self._calls: queue.SimpleQueue[tuple[Call, float]] = queue.SimpleQueue()
        self._record = world.state.record
        for number in (THERAPIST, *self.clients):
            world.person(number, "Robin")
            world.state.records[number].bot_is = Membership.MEMBER  # each has pressed Start long ago
        world.state.record = self._notice  # type: ignore[method-assign]

    def _notice(self, call: Call) -> None:
        self._record(call)
        now = time.monotonic()
        self.calls[call.method] += 1
        self.refused += not call.ok
        if call.method == "getMe":
            self.met.set()
        if call.method == "getUpdates":
            self.polled.set()
        if call.ok and call.method == "sendMessage":
            self.sent.append(now)
        if call.ok and call.method in {"sendMessage", "editMessageText"}:
            self._calls.put((call, now + self._latency))  # on the screen when the call has come to its end

    def play(self) -> dict[str, object]:
        """Let everybody answer as soon as they can, until all have finished."""
        begun, left, at = None, len(self.clients), 0.0
        while left:
            call, at = self._calls.get()
            begun = begun or at
            client = self.clients.get(call.chat_id or 0)
            message = self._awaited(client) if client else None
            if client and message:
                self._notes(client, at)
                left -= client.step == "finished"
                self._does(client, message)
        assert begun is not None
        return {"seconds": at - begun, "lasted": self.lasted, "waits": self.waits, "calls": self.calls}

    def gather(self) -> None:
        """Wait until everybody has been asked."""
        left = set(self.clients)
        while left:
            call, _ = self._calls.get()
            left -= {one for one in (call.chat_id or 0,) if one in left and self._awaited(self.clients[one])}

    def wave(self, spacing: float) -> list[float]:
        """Let everybody do the next thing, so many seconds apart, and wait for what comes of it; return how long."""
        self.waits = []
        left = iter(self.clients.values())
        due, client = time.monotonic(), next(left, None)
        while len(self.waits) < len(self.clients):
            while client and due <= time.monotonic():
                message = self._awaited(client)
                assert message is not None
                self._does(client, message)
                due, client = due + spacing, next(left, None)
            self._look(max(0.0, due - time.monotonic()) if client else None)
        return self.waits

    def _look(self, seconds: float | None) -> None:
        """Wait at most so long for a call, and see whether it brings what its client waits for."""
        try:
            call, at = self._calls.get(timeout=seconds)
        except queue.Empty:
            return
        client = self.clients.get(call.chat_id or 0)
        if client and client.acted_at is not None and self._awaited(client):
            self._notes(client, at)

    def say(self, comments: list[str]) -> None:
        """Let everybody write so many messages without waiting for an answer."""
        for client in self.clients.values():
            for comment in comments:
                self.world.person(client.number).says(comment)

    def _awaited(self, client: Client) -> SeenMessage | None:
        """Return the newest message if it is what a client waits for."""
        message = self.world.person(client.number).sees()[-1]
        labels = [button.label for row in message.buttons for button in row]
        if client.step.endswith("of 4"):
            shown = client.step in message.text
        elif client.step == "finished":
            shown = "Done" not in labels
        else:
            shown = ("Done" if client.step == "comment" else client.step) in labels
        return message if shown and message.from_bot else None

    def _notes(self, client: Client, at: float) -> None:
        if client.acted_at is not None:
            self.waits.append(at - client.acted_at)
            client.acted_at = None
        if client.step == "finished" and client.began_at is not None:
            self.lasted.append(at - client.began_at)

    def _does(self, client: Client, message: SeenMessage) -> None:
        """Do what comes next."""
        person = self.world.person(client.number)
        step, client.step = client.step, next(client.steps, "")
        client.acted_at = time.monotonic()
        match step:
            case "finished":
                return
            case "comment":
                person.says(COMMENT)
            case "Start" | "Done":
                client.began_at = client.began_at or client.acted_at
                person.taps(step, message)
            case _:
                person.taps_data(message.message_id, str(message.buttons[0][0].data))

    def obeys(self, command: str, given: list[str]) -> object:
        """Do as told, and return what came of it."""
        match command, given:
            case "meet", []:
                return self.met.wait()
            case "be-polled", []:
                return self.polled.wait()
            case "play", []:
                return self.play()
            case "gather", []:
                self.gather()
            case "wave", [spacing]:
                return self.wave(float(spacing))
            case "say", comments:
                self.say(comments)
            case "tell", []:
                return {"sent": self.sent, "refused": self.refused}
            case _:
                raise ValueError(command)
        return None


@dataclass(frozen=True, slots=True)
class Told:
    """Clients in a process of their own, and where their Telegram is."""

    process: subprocess.Popen[str]
    url: str

    def tell(self, *words: str) -> None:
        """Tell them to do something: a command of `Phones.obeys`. What came of it is to be heard."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(words) + "\n")
        self.process.stdin.flush()

    def hear(self) -> object:
        """Wait until what they were told first is done, and return what came of it. RuntimeError if it never is."""
        assert self.process.stdout is not None
        is_done, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
        line = self.process.stdout.readline() if is_done else ""
        if not line:
            raise RuntimeError("a bot, or its clients, do not go on")
        return json.loads(line)

    def do(self, *words: str) -> object:
        """Tell them to do something, and wait for what comes of it."""
        self.tell(*words)
        return self.hear()


@contextmanager
def told(clients: int, *options: str, first: int = FIRST_CLIENT) -> Iterator[Told]:
    """Start a pretend Telegram with so many clients."""
    command = [sys.executable, "-m", "tests.bench.phones", "--token", TOKEN, "--first", str(first)]
    with subprocess.Popen(
        [*command, "--clients", str(clients), *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as phones:
        try:
            assert phones.stdout is not None
            yield Told(phones, phones.stdout.readline().strip())
        finally:
            phones.kill()


def main() -> None:
    """Serve and obey."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--token", required=True)
    parser.add_argument("--first", type=int, default=FIRST_CLIENT)
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds that every call takes")
    parser.add_argument("--flood-limits", action="store_true", help="refuse what is too much; else the peers lose it")
    options = parser.parse_args()
    telegram = PretendTelegram()
    world = telegram.world(options.token)
    world.flood_limits = options.flood_limits
    phones = Phones(world, range(options.first, options.first + options.clients), options.latency)
    server = Server(telegram, latency=options.latency)
    threading.Thread(target=server.run, daemon=True).start()
    _say(server.url)
    for line in sys.stdin:
        command, *given = json.loads(line)
        _say(json.dumps(phones.obeys(command, given)))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
