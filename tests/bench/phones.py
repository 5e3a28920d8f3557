"""Telegram and a thousand clients with it, in a process of their own: whoever is asked answers at once.

    python -m tests.bench.phones --token TOKEN [--clients 1000] [--latency 0.05]

Prints where Telegram is, and a line when the bot calls for the first time. Once all have finished their check-in,
prints a line of JSON: the seconds from the first message to the last, and how long each client waited for what came
next.
"""

import argparse
import json
import queue
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.demo.telegram import Fault, FaultKind, PretendTelegram, World
from bot.demo.telegram.server import Server
from bot.demo.telegram.state import Call, Membership
from tests.chaos.made_up import FIRST_CLIENT, THERAPIST

COMMENT = "I was glad that we talked about the move."


STEPS = ("Start", "1 of 4", "2 of 4", "3 of 4", "4 of 4", "comment", "Done", "finished")


@dataclass
class Client:
    """Somebody who answers. `step` is what the newest message must show before they do the next thing."""

    number: int
    steps: Iterator[str] = field(default_factory=lambda: iter(STEPS[1:]))
    step: str = STEPS[0]
    tapped_at: float | None = None


class Phones:
    """The clients' phones."""

    def __init__(self, world: World, clients: int) -> None:
        self.world = world
        self.clients = {number: Client(number) for number in range(FIRST_CLIENT, FIRST_CLIENT + clients)}
        self.waits: list[float] = []
        self._calls: queue.SimpleQueue[Call] = queue.SimpleQueue()
        self._record = world.state.record
        for number in (THERAPIST, *self.clients):
            world.person(number, "Robin")
            world.state.records[number].bot_is = Membership.MEMBER  # each has pressed Start long ago
        world.state.record = self._notice  # type: ignore[method-assign]

    def _notice(self, call: Call) -> None:
        self._record(call)
        if call.method == "getMe":
            _say("here it is")
        if call.ok and call.method in {"sendMessage", "editMessageText"}:
            self._calls.put(call)

    def play(self) -> dict[str, object]:
        """Answer until everybody has finished. Return what is printed."""
        begun, left = None, len(self.clients)
        while left:
            call = self._calls.get()
            begun = begun or time.monotonic()
            client = self.clients.get(call.chat_id or 0)
            if client is not None and self._acts(client):
                left -= 1
        assert begun is not None
        return {"seconds": time.monotonic() - begun, "waits": self.waits}

    def _acts(self, client: Client) -> bool:
        """Do what comes next, if the newest message is what it waits for. Return whether that was the last."""
        person = self.world.person(client.number)
        message = person.sees()[-1]
        buttons = [button for row in message.buttons for button in row]
        labels = [button.label for button in buttons]
        if client.step.endswith("of 4"):
            shown = client.step in message.text
        elif client.step == "finished":
            shown = "Done" not in labels
        else:
            shown = ("Done" if client.step == "comment" else client.step) in labels
        if not shown or not message.from_bot:
            return False
        if client.tapped_at is not None:
            self.waits.append(time.monotonic() - client.tapped_at)
        step, client.step = client.step, next(client.steps, "")
        client.tapped_at = time.monotonic()
        match step:
            case "finished":
                return True
            case "comment":
                person.says(COMMENT)
            case "Start" | "Done":
                person.taps(step, message)
            case _:
                person.taps_data(message.message_id, str(buttons[0].data))
        return False


def main() -> None:
    """Serve and play."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--token", required=True)
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds that every call takes")
    options = parser.parse_args()
    telegram = PretendTelegram()
    world = telegram.world(options.token)
    world.flood_limits = False  # in favour of the peers, which would lose what is refused
    phones = Phones(world, options.clients)
    if options.latency:
        world.order_fault(Fault(FaultKind.DELAY, times=10**9, seconds=options.latency))
    server = Server(telegram)
    threading.Thread(target=server.run, daemon=True).start()
    _say(server.url)
    _say(json.dumps(phones.play()))
    sys.stdin.read()  # until whoever started this has looked at what the bot took


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
