"""How long the real bot takes, with a million stored answers, from its start to its first poll.

    python tests/bench/start_up.py [--answers 1000000] [--most 10]

Fills a database in a temporary folder, starts `alliance run` on it against a pretend Telegram, and waits for its first
getUpdates. Prints the figures, and exits with 1 when the bot takes longer than `--most` seconds.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.app import open_store
from bot.config import Settings
from bot.demo.stage import settings_for
from bot.demo.telegram import PretendTelegram, World, serve
from bot.store import Store
from bot.store.rows import stamp
from bot.store.sqlite import path_of
from tests.process import start

TOKEN = "4242:MADE-UP-TOKEN"
QUESTIONS = ("comfortable", "free", "relieved", "return")
CLIENTS = 2_000


def main() -> int:
    """Fill, start, measure."""
    options = _options()
    telegram = PretendTelegram()
    with tempfile.TemporaryDirectory() as name, serve(telegram) as url:
        world, folder = telegram.world(TOKEN), Path(name)
        settings = settings_for(folder, url, TOKEN)
        _say(f"filling took {_fill(settings, options.answers):.1f} s")
        _say(f"{options.answers} answers in {path_of(settings.database).stat().st_size / 1e6:.0f} MB")
        seconds = min(_seconds_to_first_poll(settings, world, folder) for _ in range(options.starts))
        _say(f"first poll {seconds:.1f} s after the start")
    return 0 if seconds <= options.most else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=int, default=1_000_000)
    parser.add_argument("--starts", type=int, default=3, help="of which the fastest counts")
    parser.add_argument("--most", type=float, default=10, help="seconds")
    return parser.parse_args()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _fill(settings: Settings, answers: int) -> float:
    """Store so many answers, as years of a large practice would leave them. Return how long that took."""
    began = time.monotonic()
    store = open_store(settings, create=True)
    store.engine.migrate()
    with store.engine.atomic():
        _add_people(store)
        _add_check_ins(store, answers // len(QUESTIONS))
    store.engine.close()
    return time.monotonic() - began


def _add_people(store: Store) -> None:
    store.engine.execute(
        "INSERT INTO therapists (id, name, account, zone, zone_is_set, digest_weekday, digest_hour, heads_up, "
        "next_digest_at) VALUES ('T', 'Dr. Made-Up', 1, 'UTC', 1, 0, '08:00', 1, :next)",
        {"next": stamp(datetime.now(UTC) + timedelta(days=7))},
    )
    for number in range(CLIENTS):
        store.engine.execute("INSERT INTO accounts (chat_id) VALUES (:chat)", {"chat": 1_000 + number})
        store.engine.execute(
            "INSERT INTO enrolments (code, therapist, alias, state, invited_at, account) "
            "VALUES (:code, 'T', :alias, 'active', 0, :account)",
            {"code": f"C{number}", "alias": f"Alias {number}", "account": 1_000 + number},
        )


def _add_check_ins(store: Store, number: int) -> None:
    ended = stamp(datetime.now(UTC) - timedelta(days=30))
    run_all = store.engine.execute_many
    run_all(
        "INSERT INTO sessions (id, enrolment, ended_at, logged_at) VALUES (:id, :code, :at, :at)",
        ({"id": f"S{one:07d}", "code": f"C{one % CLIENTS}", "at": ended - one * 1000} for one in range(number)),
    )
    run_all(
        "INSERT INTO check_ins (session, enrolment, state, due_at, expires_at, page, kept_private, sent_at, closed_at) "
        "VALUES (:id, :code, 'answered', :at, :at, 'closed', 0, :at, :at)",
        ({"id": f"S{one:07d}", "code": f"C{one % CLIENTS}", "at": ended - one * 1000} for one in range(number)),
    )
    run_all(
        "INSERT INTO answers (session, question, rating, at) VALUES (:id, :question, 4, :at)", _answers(number, ended)
    )


def _answers(number: int, at: int) -> Iterator[dict[str, object]]:
    for one in range(number):
        for question in QUESTIONS:
            yield {"id": f"S{one:07d}", "question": question, "at": at}


def _seconds_to_first_poll(settings: Settings, world: World, folder: Path) -> float:
    before = _polls(world)
    began = time.monotonic()
    bot = start(settings, folder)
    try:
        if not world.wait_until(lambda: _polls(world) > before, seconds=120):
            raise RuntimeError((folder / "log.txt").read_text())
        return time.monotonic() - began
    finally:
        bot.terminate()
        bot.wait()


def _polls(world: World) -> int:
    return sum(call.method == "getUpdates" for call in list(world.calls))


if __name__ == "__main__":
    sys.exit(main())
