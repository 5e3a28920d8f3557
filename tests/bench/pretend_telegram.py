"""How many calls a second the pretend Telegram carries in a process of its own.

    python tests/bench/pretend_telegram.py [--seconds 5] [--connections 8] [--clients 1]

Each client is a process that sends sendMessage over kept connections, with raw sockets: a full HTTP client would
measure itself. Prints the calls a second, and exits with 1 when they are fewer than `--least`.
"""

import argparse
import asyncio
import multiprocessing
import subprocess
import sys
import time
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

TOKEN = "4242:MADE-UP-TOKEN"
PERSON = 1001


def main() -> int:
    """Start the server, let the clients call it, print the figure."""
    options = _options()
    command = [sys.executable, "-m", "bot.demo.telegram", "--token", TOKEN, "--no-flood-limits"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            url = server.stdout.readline().strip()
            _post(f"{url}/pretend/{TOKEN}/people/{PERSON}/starts")
            rate = _measure(url, options.clients, options.connections, options.seconds)
        finally:
            server.terminate()
    sys.stdout.write(f"{rate:.0f} calls a second (sendMessage, {options.clients}x{options.connections} connections)\n")
    return 0 if rate >= options.least else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--clients", type=int, default=1)
    parser.add_argument("--least", type=float, default=1500)
    return parser.parse_args()


def _measure(url: str, clients: int, connections: int, seconds: float) -> float:
    with multiprocessing.Pool(clients) as pool:
        started = time.perf_counter()
        counts = pool.starmap(_call_for, [(url, connections, seconds)] * clients)
        return sum(counts) / (time.perf_counter() - started)


def _call_for(url: str, connections: int, seconds: float) -> int:
    return asyncio.run(_call_on_all(url, connections, seconds))


async def _call_on_all(url: str, connections: int, seconds: float) -> int:
    until = time.perf_counter() + seconds
    return sum(await asyncio.gather(*(_call_on_one(url, until) for _ in range(connections))))


async def _call_on_one(url: str, until: float) -> int:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    calls = 0
    while time.perf_counter() < until:
        writer.write(_request(calls))
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode("latin-1"))
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        await reader.readexactly(length)
        calls += 1
    writer.close()
    await writer.wait_closed()
    return calls


def _request(number: int) -> bytes:
    keyboard = '{"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}, {"text": "No", "callback_data": "n"}]]}'
    fields = {
        "chat_id": PERSON,
        "text": f"<b>Check-in {number}</b>: was it worth it?",
        "parse_mode": "HTML",
        "reply_markup": keyboard,
    }
    body = urlencode(fields).encode()
    head = (
        f"POST /bot{TOKEN}/sendMessage HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _post(url: str) -> None:
    request = Request(url, data=b"{}", method="POST")  # noqa: S310 - the address is our own
    with urlopen(request) as response:  # noqa: S310 - the address is our own
        response.read()


if __name__ == "__main__":
    sys.exit(main())
