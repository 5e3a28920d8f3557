"""Measure the bot against its peers: `python -m tests.bench`. Each pair is measured in turn, in the same run."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from tests.bench import call, check_in, crowd, digests, due, growth, sending, start_up
from tests.bench.bots import PEERS
from tests.bench.figures import Line, Measured, Row, Size, load, merge, page, table
from tests.chaos.campaign import machine

FIGURES, PAGE = Path("docs/performance.json"), Path("docs/performance.md")
PTB, AIOGRAM = "python-telegram-bot, ConversationHandler + PicklePersistence", "aiogram 3, memory FSM"
ECHO = "python-telegram-bot that does nothing else"
ONE_BY_ONE, CONCURRENT = "python-telegram-bot, one after the other", "python-telegram-bot, concurrent_updates=True"
SCHEDULER = "APScheduler 3, SQLAlchemyJobStore"
DUE = (
    "{} sessions have just ended, each of another client who has answered once before. They are logged as from an "
    "operator's file; then the bot is started, and its own ticks queue a check-in for each, while it sends as many as "
    "it may. The time is that of both. A task beside them tells for how long the event loop stood still. The peer adds "
    "a date job for each, in SQLite, and lets them fire into a function that stores a row. It is measured with fewer, "
    "and its time multiplied: each job takes commits of its own."
)

ROWS = (
    Row(
        "check-in",
        "All clients are asked, and each answers as soon as the bot lets them: Start, four answers, a comment, Done. "
        "The CPU is that of the bot's process from its first call on; the time is what a client waits in one check-in "
        "all in all, the median of all clients. All begin 24 check-ins a second at most; this bot keeps to that pace "
        "with its replies too, and to one new message a second in each chat, as Telegram wants it: whoever has written "
        "a comment before their card is a second old waits for the rest of that second. The peers send what they like. "
        "aiogram keeps what it hears in memory, python-telegram-bot in memory and once a minute in a file. The one "
        "that does nothing else knows nobody and keeps nothing: it makes the same calls for the same updates.",
        check_in.measure,
        {"clients": 1000, "rounds": 5},
        {"clients": 20, "rounds": 1},
        (
            Line("CPU for a finished check-in", "ms", "cpu ours", PTB, "cpu ptb", most=0.5),
            Line("CPU for a finished check-in", "ms", "cpu ours", AIOGRAM, "cpu aiogram", most=1.0),
            Line("time for a finished check-in", "s", "lasts ours", PTB, "lasts ptb", most=0.5),
            Line("time for a finished check-in", "s", "lasts ours", AIOGRAM, "lasts aiogram", most=1.0),
            Line("from a tap to what comes next, median", "ms", "next ours", AIOGRAM, "next aiogram"),
            Line("from the first message to the last of all", "s", "seconds ours", AIOGRAM, "seconds aiogram"),
            Line("CPU for the same updates and calls", "ms", "cpu ours", ECHO, "cpu echo", most=1.0),
            Line("calls for a finished check-in", "calls", "calls ours", ECHO, "calls echo"),
        ),
    ),
    Row(
        "limits",
        "The same where Telegram refuses what is too much, as the real one does: 30 new messages in any second, and of "
        "one chat five in five seconds. Who is refused is told for how long to wait, and does. The time for a check-in "
        "is that from the first message to the last of all, in equal parts.",
        check_in.within_limits,
        {"clients": 500, "rounds": 5},
        {"clients": 20, "rounds": 1},
        (
            Line(
                "time for a finished check-in of many, within limits",
                "ms",
                "each ours",
                AIOGRAM,
                "each aiogram",
                most=1.0,
            ),
            Line("calls that were refused meanwhile", "calls", "refused ours", AIOGRAM, "refused aiogram"),
            Line("CPU for a finished check-in, within limits", "ms", "cpu ours", AIOGRAM, "cpu aiogram"),
        ),
    ),
    Row(
        "call",
        "A message with five buttons is sent to the pretend Telegram again and again, one at a time and 24 side by "
        "side, which is as many as the bot has under way at once. Each way is a change to the one before: "
        "python-telegram-bot as it comes, on httpx; its requests over aiohttp; on uvloop; and as the bot does it, "
        "which hands over JSON and makes no objects of the answer. 256 side by side is what comes of it where nothing "
        "bounds the library.",
        call.measure,
        {"calls": 1536, "rounds": 5},
        {"calls": 256, "rounds": 1},
        (
            Line("CPU for a call, one at a time", "ms", "as_json 1", "python-telegram-bot, httpx", "httpx 1"),
            Line("the same, 24 side by side", "ms", "as_json 24", "python-telegram-bot, httpx", "httpx 24"),
            Line("of that, aiohttp in place of httpx", "ms", "aiohttp 24", "httpx", "httpx 24"),
            Line("of that, uvloop in place of asyncio", "ms", "uvloop 24", "asyncio", "aiohttp 24"),
            Line("of that, JSON in place of objects", "ms", "as_json 24", "the library's objects", "uvloop 24"),
            Line("24 side by side in place of 256", "ms", "httpx 24", "httpx, 256 side by side", "httpx 256"),
        ),
    ),
    Row(
        "crowd",
        "Everybody has a card. Then all tap in the same moment, wait for what comes next, tap again, and so on from "
        "Start to the last answer, five times; every call to Telegram takes 50 ms. The bots take turns, wave by wave, "
        "and the median of the waves' 95th percentiles counts. At the end everybody writes three messages without "
        "waiting, and what this bot has stored is looked through for their order.",
        crowd.all_at_once,
        {"clients": 1000, "ms_of_latency": 50},
        {"clients": 20, "ms_of_latency": 50},
        (
            Line("all answer at once, p95 to the next question", "s", "p95 ours", ONE_BY_ONE, "p95 ptb", most=0.1),
            Line("all answer at once, p95 to the next question", "s", "p95 ours", CONCURRENT, "p95 ptb_concurrent"),
            Line("chats in which the order was not kept", "chats", "disordered ours", most=0),
        ),
    ),
    Row(
        "steady",
        "Clients answer one after the other, 30 a second, with 50 ms for every call. No bot can be faster than two "
        "calls: the one that brings the answer, and the edit that shows the next question. Everybody answers five "
        "times, and the median of the five 95th percentiles counts. Telegram lets a bot make one poll at a time, so "
        "with polling an answer that has just missed one waits for it to come and the next one to go: 50 ms more. "
        "Who needs less lets Telegram hand answers over to a webhook, which is measured beside it.",
        crowd.steady,
        {"clients": 300, "ms_of_latency": 50, "answers_a_second": 30},
        {"clients": 60, "ms_of_latency": 50, "answers_a_second": 30},
        (
            Line(
                "30 answers a second by webhook, p95 to the next question",
                "ms",
                "p95 ours_by_webhook",
                "two calls",
                "floor",
                most=1.5,
            ),
            Line("the same by polling", "ms", "p95 ours", "two calls", "floor", most=1.5),
        ),
    ),
    Row(
        "growth",
        "The same number of clients is asked in practices of 100, 1,000, 10,000 and 100,000 enrolments, one practice "
        "after the other in every round. Whoever is asked has answered weekly for a year, and so has every 20th of the "
        "others; the rest have answered once, last week. Consents, cards, comments, and the ids of the last two days' "
        "messages are there too. Nobody is asked twice, so each round asks others. The memory is the most that the "
        "running process has held at any time.",
        growth.measure,
        {"enrolments": 100_000, "asked": 60, "rounds": 5},
        {"enrolments": 5_000, "asked": 5, "rounds": 1},
        (
            Line("CPU for a check-in at 10,000 enrolments", "ms", "cpu 1/10", "at 1,000", "cpu 1/100", most=1.15),
            Line("CPU for a check-in at 100,000 enrolments", "ms", "cpu 1/1", "at 1,000", "cpu 1/100", most=1.15),
            Line("memory at 100,000 enrolments", "MB", "memory 1/1", most=150),
            Line("memory at 100,000 enrolments", "MB", "memory 1/1", "at 100", "memory 1/1000", most=1.15),
        ),
    ),
    Row(
        "due",
        DUE.format("10,000"),
        due.measure,
        {"check_ins": 10_000, "jobs_of_the_peer": 1_000, "rounds": 5},
        {"check_ins": 100, "jobs_of_the_peer": 50, "rounds": 1},
        (
            Line(
                "10,000 check-ins due at once, planned and queued",
                "s",
                "seconds ours",
                SCHEDULER,
                "seconds scheduler",
                most=0.1,
            ),
            Line("of that, planned", "s", "plan ours", SCHEDULER, "add scheduler"),
            Line("the event loop stood still meanwhile, longest", "ms", "gap ours", most=100),
        ),
    ),
    Row(
        "due-100000",
        DUE.format("100,000"),
        due.measure,
        {"check_ins": 100_000, "jobs_of_the_peer": 1_000, "rounds": 1},
        {"check_ins": 200, "jobs_of_the_peer": 50, "rounds": 1},
        (
            Line(
                "100,000 check-ins due at once, planned and queued",
                "s",
                "seconds ours",
                SCHEDULER,
                "seconds scheduler",
                most=0.1,
            ),
            Line("of that, planned", "s", "plan ours", SCHEDULER, "add scheduler"),
            Line("the event loop stood still meanwhile, longest", "ms", "gap ours", most=100),
        ),
    ),
    Row(
        "start-up",
        "From `alliance run` to its first poll, in turn on an empty database and on one in which as many answers are "
        "stored: every client has answered four questions a week for a year.",
        start_up.measure,
        {"answers": 1_000_000, "rounds": 5},
        {"answers": 20_000, "rounds": 1},
        (
            Line("start-up on 1,000,000 answers", "s", "full", most=2),
            Line("start-up on 1,000,000 answers", "s", "full", "on none", "empty"),
        ),
    ),
    Row(
        "digests",
        "Therapists with 30 clients each, all of whom have answered every week for a year. A digest is timed from the "
        "moment a tick takes it up to its place in the outbox, on the disk; after each, the same sessions, check-ins "
        "and answers are read with one indexed query, from the same file over the same connection, and nothing is made "
        "of them. That query brings the columns of a check-in along with each of its answers; one for the answers "
        "alone takes less, and the bar is not held against that. Each therapist's digest is composed several times, "
        "always as a week after the one before. A round that takes too long ends early.",
        digests.measure,
        {"digests": 1000, "therapists": 50, "seconds_a_round": 20, "rounds": 5},
        {"digests": 1, "therapists": 1, "seconds_a_round": 1, "rounds": 1},
        (
            Line(
                "a digest of 30 clients with 52 weeks each, on average",
                "ms",
                "each ours",
                "one indexed read",
                "each read",
                most=3,
            ),
            Line("the longest of them", "ms", "longest ours", most=50),
            Line("digests composed in that time", "of 1,000", "composed"),
        ),
    ),
    Row(
        "sending",
        "Everybody's check-in is due at once. The pretend Telegram refuses what is too much, as the real one does: 30 "
        "new messages in any second. What is counted is what it was sent.",
        sending.measure,
        {"clients": 2000},
        {"clients": 100},
        (
            Line("new messages a second, sustained", "a second", "a second", least=24, most=25),
            Line("new messages in the fullest second", "messages", "most", most=sending.TELEGRAM_ALLOWS),
            Line("calls that were refused", "calls", "refused", most=0),
        ),
    ),
)


@click.command()
@click.option("--only", multiple=True, type=click.Choice([row.name for row in ROWS]), help="Measure only this row.")
@click.option("--quick", is_flag=True, help="A size that takes seconds; nothing is kept.")
@click.option("--write", is_flag=True, help=f"Write {PAGE} afterwards.")
@click.option("--page", "only_page", is_flag=True, help=f"Write {PAGE} of what is kept, and measure nothing.")
def main(*, only: tuple[str, ...], quick: bool, write: bool, only_page: bool) -> None:
    """Measure, and print a table of ratios. What is found is kept row by row in docs/performance.json."""
    if quick and (write or only_page):
        raise click.UsageError("what --quick finds is not worth a page")
    if not PEERS.exists() and not only_page:
        sys.exit(f"The peers are not installed at {PEERS}: 'make bench' does that.")
    chosen = [row for row in ROWS if not only or row.name in only]
    tried: dict[str, Measured] = {}
    for row in () if only_page else chosen:
        click.echo(f"{datetime.now(UTC):%H:%M:%S} {row.name}", err=True)
        if quick:
            tried[row.name] = _measured(row, row.quick)
        else:
            merge(FIGURES, row.name, _measured(row, row.size))
    click.echo("\n".join(table(chosen, tried) if quick else table(ROWS, load(FIGURES))))
    if write or only_page:
        PAGE.write_text(page(ROWS, load(FIGURES)), encoding="utf-8")


def _measured(row: Row, size: Size) -> Measured:
    return Measured(f"{datetime.now(UTC):%Y-%m-%d}", machine(), size, row.measure(**size))


if __name__ == "__main__":
    main()
