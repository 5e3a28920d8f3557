"""`python -m bot.demo.telegram --port N`: the pretend Telegram in a process of its own."""

import argparse
import gc
import sys
from contextlib import suppress

from .server import Server
from .world import PretendTelegram


def main() -> None:
    """Print the URL in one line, then serve until stopped by a signal."""
    parser = argparse.ArgumentParser(prog="python -m bot.demo.telegram", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--token", action="append", default=[], help="a bot to register; may be repeated")
    parser.add_argument("--no-flood-limits", action="store_true", help="for measurements: never answer 429")
    parser.add_argument("--latency", type=float, default=0, help="seconds by which each answer and update is late")
    options = parser.parse_args()
    telegram = PretendTelegram()
    for token in options.token:
        telegram.world(token).flood_limits = not options.no_flood_limits
    server = Server(telegram, options.port, options.latency)
    sys.stdout.write(f"{server.url}\n")
    sys.stdout.flush()
    _collect_rarely()
    with suppress(KeyboardInterrupt):
        server.run()


def _collect_rarely() -> None:
    # Messages are kept for good, so looking through them for garbage again and again finds nothing.
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)


if __name__ == "__main__":
    main()
