"""One job for each check-in, in APScheduler 3 with its SQLAlchemyJobStore; each job that fires stores a row.

python -m tests.bench.peers.scheduler FOLDER JOBS

Prints a line of JSON: the seconds to add all jobs, and the seconds until all have fired.
"""

import asyncio
import json
import sqlite3
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler

fired: list[int] = []
kept: list[sqlite3.Connection] = []


async def fire(number: int) -> None:
    """Store a row, as durably as the bot does."""
    with kept[0]:
        kept[0].execute("INSERT INTO fired (number) VALUES (?)", (number,))
    fired.append(number)


async def main() -> None:
    """Add, fire, and print how long that took."""
    folder, jobs = Path(sys.argv[1]), int(sys.argv[2])
    store = SQLAlchemyJobStore(url=f"sqlite:///{folder / 'jobs.db'}")
    defaults = {"misfire_grace_time": None, "coalesce": True}
    scheduler = AsyncIOScheduler(jobstores={"default": store}, timezone="UTC", job_defaults=defaults)
    scheduler.start(paused=True)
    now = datetime.now(UTC)
    with closing(sqlite3.connect(folder / "fired.db")) as connection:
        kept.append(connection)
        for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "CREATE TABLE fired (number INTEGER)"):
            connection.execute(statement)
        began = time.monotonic()
        for number in range(jobs):
            scheduler.add_job(fire, "date", run_date=now, args=(number,))
        added = time.monotonic()
        scheduler.resume()
        while len(fired) < jobs:
            await asyncio.sleep(0.01)
        done = time.monotonic()
        scheduler.shutdown()
    sys.stdout.write(json.dumps({"add": added - began, "fire": done - added}) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
