"""Several replicas of the real process on one database, killed while people answer; the database is restarted, too.

Everybody taps and writes several things in a row without waiting. Telegram hands over the taps and the texts of a chat
in two queues, one of which may overtake the other when something fails; so it is within each of them that the order
must hold. "Applied twice" is an update that changes something a second time: it never happens. A message may be said
twice if nobody can know whether Telegram has taken it: it was under way when the replica that sends was killed, or when
the database, or the connection that holds the lead, went away before that could be recorded.
"""

import random
import re
import signal
import socket
import subprocess
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from itertools import cycle, islice
from pathlib import Path

from bot.deliver import IN_FLIGHT
from bot.demo.stage import settings_for
from bot.demo.telegram import Fault, FaultKind, PretendTelegram, World, serve
from bot.store import Store
from bot.store.engine import Row
from bot.store.lead import LOCK
from tests.chaos.balancer import HOST, Balancer, balance, free_port
from tests.chaos.campaign import CannotTry, Figures, Size, Trial
from tests.chaos.crowd import EACH_SAYS, PATIENCE, Crowd
from tests.chaos.made_up import FIRST_CLIENT, seed_due, session_of
from tests.databases import KEY, NoServer, Server, Stop, opened
from tests.databases import serve as serve_databases
from tests.process import start

REPLICAS = 3
UPDATES_FOR_A_KILL = 100
UPDATES_FOR_A_RESTART = 2000
UPDATES_FOR_A_CUT = 400
LONGEST_FAIL_OVER = 10.0
"""Seconds from the kill of the replica that sends until another one does."""
LONGEST_AWAY = 3.0
"""Seconds for which the database is away, besides what stopping and starting it takes."""
SEND_TAKES = 0.1
"""Seconds from when Telegram has a message to when it carries it out, where a kill is aimed at that."""
LONGEST_TALK = 5.0
"""Seconds between two troubles."""
NEVER = datetime.min.replace(tzinfo=UTC)

LEADS = re.compile(r"timestamp='([^']+)' .*event='leads from now on'")
_OF_OTHERS, _OF_THE_LEADER, _INSIDE_A_SEND = "kills of others", "kills of the one that sends", "of these inside a send"
_RESTARTS = {Stop.IMMEDIATE: "restarts of PostgreSQL as after a crash", Stop.FAST: "restarts after a clean stop"}
_CUT_LEAD, _CUT_OTHER = "connections ended that hold the lead", "other connections ended"
_COUNTED = (_OF_OTHERS, _OF_THE_LEADER, _INSIDE_A_SEND, _CUT_LEAD, _CUT_OTHER, *_RESTARTS.values())
_IN_THIS_DATABASE = "JOIN pg_database d ON d.datname = current_database() AND d.oid ="
_HOLDS_THE_LEAD = (
    f"SELECT pid FROM pg_locks l {_IN_THIS_DATABASE} l.database "  # noqa: S608, numbers of ours
    f"WHERE locktype = 'advisory' AND classid = {LOCK}"
)
_OTHERS_CONNECTED = (
    f"SELECT pid FROM pg_stat_activity a {_IN_THIS_DATABASE} a.datid "  # noqa: S608
    f"WHERE pid != pg_backend_pid() AND pid NOT IN ({_HOLDS_THE_LEAD}) ORDER BY pid"
)
_SAID = frozenset({"sendMessage", "editMessageText"})


# the replicas


@dataclass(frozen=True)
class _Replica:
    """A process, with a folder of its own."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def leads_since(self) -> datetime | None:
        """Return when it has begun to lead; None: never."""
        self.check()
        found = LEADS.findall(self.log.read_text(encoding="utf-8"))
        return datetime.fromisoformat(found[-1]) if found else None

    def check(self) -> None:
        assert self.process.poll() is None, f"a replica stopped by itself, with code {self.process.returncode}"

    def listens(self) -> bool:
        self.check()
        with suppress(OSError), socket.create_connection((HOST, self.port)):
            return True
        return False

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@dataclass
class _Service:
    """The replicas behind their balancer."""

    folder: Path
    api_url: str
    token: str
    database: str
    balancer: Balancer
    running: list[_Replica] = field(default_factory=list)
    started: int = 0

    def start_one(self) -> None:
        self.started += 1
        folder, port = self.folder / f"replica{self.started}", free_port()
        folder.mkdir()
        settings = settings_for(
            folder,
            self.api_url,
            self.token,
            database_url=self.database,
            database_key=KEY,
            quiet_hours="none",
            check_in_delay="0s",
            webhook_url=f"{self.balancer.url}/updates",
            webhook_listen=f"{HOST}:{port}",
        )
        self.running.append(_Replica(start(settings, folder), port, folder / "log.txt"))
        self.balancer.ports = tuple(one.port for one in self.running)

    def kill(self, replica: _Replica) -> None:
        replica.check()
        replica.kill()
        self.running.remove(replica)
        self.balancer.ports = tuple(one.port for one in self.running)

    def last_words(self) -> list[str]:
        """Return the last lines of every replica's log, for a broken promise to show."""
        return [line for one in self.running for line in one.log.read_text(encoding="utf-8").splitlines()[-4:]]

    def all_listen(self) -> bool:
        return all(one.listens() for one in self.running)

    def who_leads(self, since: datetime) -> _Replica | None:
        """Return who has begun to lead last; None if nobody has since then, or they were killed meanwhile."""
        led = [(at, number) for number, one in enumerate(self.running) if (at := one.leads_since()) and at > since]
        return self.running[max(led)[1]] if led else None

    def stop(self) -> None:
        """Stop all, cleanly."""
        for one in self.running:
            one.process.send_signal(signal.SIGTERM)
        codes = [one.process.wait(PATIENCE) for one in self.running]
        assert codes == [0] * len(codes), "a replica did not stop cleanly"


# what happens to them


@dataclass
class _Played:
    """One batch."""

    service: _Service
    crowd: Crowd
    server: Server
    chance: random.Random
    counts: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(_COUNTED, 0)))
    fail_overs: list[float] = field(default_factory=list)
    recoveries: list[float] = field(default_factory=list)
    silences: list[float] = field(default_factory=list)
    """Seconds until something is said again after a connection was ended that does not hold the lead."""
    troubled_at: datetime = NEVER
    """When whoever led was last killed, or lost the database."""

    def leader(self) -> _Replica:
        """Wait until somebody leads."""
        _wait(lambda: self.service.who_leads(self.troubled_at) is not None, "nobody leads")
        leader = self.service.who_leads(self.troubled_at)
        assert leader is not None
        return leader

    def kill_another(self) -> None:
        """Kill one that does not lead, and start a new one in its place."""
        leader = self.leader()
        self.service.kill(self.chance.choice([one for one in self.service.running if one is not leader]))
        self.counts[_OF_OTHERS] += 1
        self.service.start_one()

    def kill_leader(self) -> None:
        """Kill whoever leads, and start a new one in its place, while people talk on."""
        leader = self.leader()
        self.troubled_at = datetime.now(UTC)  # before: another may lead before the killed one is seen to be gone
        self.service.kill(leader)
        self.counts[_OF_THE_LEADER] += 1
        self.service.start_one()
        self.fail_overs.append(self._seconds_until_sent(self.troubled_at))
        assert self.fail_overs[-1] <= LONGEST_FAIL_OVER, f"nothing was sent for {self.fail_overs[-1]:.1f} s"

    def kill_inside_a_send(self) -> None:
        """Kill whoever leads while a message is under way."""
        self.leader()
        self._wait_inside_a_send()
        self.kill_leader()

    def _wait_inside_a_send(self) -> None:
        """Wait until Telegram has a message and the bot does not know yet. If nothing is to be said, give up."""
        world = self.crowd.world
        world.order_fault(Fault(FaultKind.DELAY, self.chance.choice(sorted(_SAID)), seconds=SEND_TAKES))
        for _ in range(20):
            self.crowd.says_something()
            if world.wait_until(lambda: not world.outstanding_faults, seconds=0.1):
                self.counts[_INSIDE_A_SEND] += 1
                break
        time.sleep(self.chance.random() * SEND_TAKES)

    def cut_lead(self) -> None:
        """End the connection that holds the lead: whoever led goes on living, and may lead again, or another does."""
        self.leader()
        self.troubled_at = datetime.now(UTC)
        [holder] = _rows(self.service.database, _HOLDS_THE_LEAD)
        self._end_connection(holder["pid"])
        self.counts[_CUT_LEAD] += 1
        self.fail_overs.append(self._seconds_until_sent(self.troubled_at))
        assert self.fail_overs[-1] <= LONGEST_FAIL_OVER, f"nothing was sent for {self.fail_overs[-1]:.1f} s"

    def cut_another(self) -> None:
        """End any other connection: no process is the worse for it."""
        self.leader()
        others = _rows(self.service.database, _OTHERS_CONNECTED)
        self._end_connection(self.chance.choice(others)["pid"])
        self.counts[_CUT_OTHER] += 1
        self.silences.append(self._seconds_until_sent(datetime.now(UTC)))

    def _end_connection(self, pid: int) -> None:
        _rows(self.service.database, f"SELECT pg_terminate_backend({int(pid)}) AS ended")

    def restart_database(self, how: Stop) -> None:
        """Stop the database for a while, while people talk on."""
        self.server.stop(how)
        self.crowd.talks(len(self.crowd.queues) + UPDATES_FOR_A_KILL, self.chance.uniform(0, LONGEST_AWAY))
        self.troubled_at = datetime.now(UTC)
        self.server.start()
        self.counts[_RESTARTS[how]] += 1
        self.recoveries.append(self._seconds_until_sent(datetime.now(UTC)))

    def _seconds_until_sent(self, since: datetime) -> float:
        """Let people talk until another replica leads and says something to somebody. Return how long it took."""
        said_at: list[datetime] = []

        def says() -> bool:
            self.crowd.says_something()
            leader = self.service.who_leads(self.troubled_at)
            led_at = leader.leads_since() if leader else None
            if led_at:
                said_at.extend(_said_at(self.crowd.world, max(led_at, since)))
            return bool(said_at)

        _wait(says, "nobody sends any more", every=0.1)
        return (min(said_at) - since).total_seconds()


def _said_at(world: World, since: datetime) -> list[datetime]:
    """Return when something was said to somebody since then."""
    with world.state.lock:
        return [call.at for call in world.calls if call.at > since and call.method in _SAID]


def _wait(is_so: Callable[[], bool], otherwise: str, every: float = 0.05) -> None:
    """Wait for something to come true, asked again and again after so many seconds."""
    end = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < end, otherwise
        time.sleep(every)


def play(chance: random.Random, updates: int, folder: Path) -> Figures:
    """Let people say so much while replicas are killed and the database is restarted; see what became of it."""
    telegram = PretendTelegram()
    with _database_server() as server, serve(telegram) as url, balance() as balancer:
        world = telegram.world(f"{chance.randrange(1000, 9999)}:MADE-UP-TOKEN")
        crowd = Crowd(world, chance)
        crowd.gathers(updates // EACH_SAYS)
        service = _Service(folder, url, world.token, server.database(), balancer)
        played = _Played(service, crowd, server, chance)
        try:
            _seed(service, updates // EACH_SAYS)
            for _ in range(REPLICAS):
                service.start_one()
            _play(played, updates)
            service.stop()
        except AssertionError as broken:
            raise AssertionError("\n".join([str(broken), *service.last_words()])) from broken
        finally:
            for replica in service.running:
                replica.kill()
        outages = len(played.fail_overs) + len(played.recoveries)
        counts = {**played.counts, **_what_came_of_it(service.database, crowd, outages)}
        peaks = {
            "longest fail-over, s": max(played.fail_overs, default=0.0),
            "longest silence after a restart of PostgreSQL, s": max(played.recoveries, default=0.0),
            "longest silence after another connection ended, s": max(played.silences, default=0.0),
        }
        return Figures(counts, peaks)


@contextmanager
def _database_server() -> Iterator[Server]:
    try:
        with serve_databases() as server:
            yield server
    except NoServer as why:
        raise CannotTry(str(why)) from None


def _seed(service: _Service, clients: int) -> None:
    settings = settings_for(service.folder, service.api_url, service.token, quiet_hours="none", check_in_delay="0s")
    engine = opened(service.database)
    now = datetime.now(UTC)
    numbers = range(FIRST_CLIENT, FIRST_CLIENT + clients)
    seed_due(Store(engine), settings.practice("made_up_bot"), numbers, now, ended_at=now)
    engine.close()


def troubles(played: _Played, updates: int) -> list[Callable[[], None]]:
    """Return what is done to the service while people say so much, in any order."""
    restarts, stops = max(1, updates // UPDATES_FOR_A_RESTART), played.chance.sample(list(Stop), len(Stop))
    kills = cycle((played.kill_another, played.kill_leader, played.kill_another, played.kill_inside_a_send))
    mixed: list[Callable[[], None]] = list(islice(kills, updates // UPDATES_FOR_A_KILL))
    mixed.extend(partial(played.restart_database, how) for how in islice(cycle(stops), restarts))
    cuts = played.chance.sample((played.cut_lead, played.cut_another), 2)
    mixed.extend(islice(cycle(cuts), updates // UPDATES_FOR_A_CUT))
    played.chance.shuffle(mixed)
    return mixed


def _play(played: _Played, updates: int) -> None:
    """Let the troubles come one after the other, while people talk; then let everything come to rest."""
    mixed = troubles(played, updates)
    _wait(played.crowd.is_asked, "nobody is asked anything")
    for number, trouble in enumerate(mixed, start=1):
        _wait(played.service.all_listen, "a replica does not start")  # it can't without the database
        played.crowd.talks(updates * number / (len(mixed) + 1), at_most=LONGEST_TALK)
        trouble()
    _wait(played.service.all_listen, "a replica does not start")
    played.crowd.finishes()
    _wait(lambda: played.crowd.world.pending_updates == 0, "Telegram still has updates")
    _wait(partial(_nothing_waits, played.service.database), "updates or messages still wait")


# what came of it


def _rows(address: str, sql: str) -> list[Row]:
    engine = opened(address)
    try:
        return engine.query(sql)
    finally:
        engine.close()


def _nothing_waits(address: str) -> bool:
    return not _rows(
        address,
        "SELECT state FROM inbox WHERE state = 'waiting' UNION SELECT state FROM outbox "
        "WHERE state = 'claimed' OR state = 'queued'",
    )


def _what_came_of_it(address: str, crowd: Crowd, outages: int) -> dict[str, int]:
    """See that everything was handled once and in order, and that little was said twice. Return the figures."""
    _handed_over_in_order(address, crowd)
    _last_ratings_count(address, crowd)
    refused = sum(call.status == HTTPStatus.TOO_MANY_REQUESTS for call in list(crowd.world.calls))
    return {
        "chats": len(crowd.talkers),
        "updates": len(crowd.queues),
        "comments": _comments_in_order(address, crowd),
        "messages said twice": _said_twice(address, crowd, outages),
        "refused with 429": refused,
    }


def _handed_over_in_order(address: str, crowd: Crowd) -> None:
    rows = _rows(address, "SELECT update_id, state FROM inbox ORDER BY number")
    assert Counter(row["state"] for row in rows).keys() <= {"handled"}, "updates were parked"
    assert len(crowd.world.handed_out) == len(crowd.queues), "Telegram has dropped updates"
    queue_of = dict(zip(sorted(crowd.world.handed_out), crowd.queues, strict=True))  # they are numbered as said
    assert sorted(row["update_id"] for row in rows) == sorted(queue_of), "updates were lost"
    came: dict[tuple[int, str], list[int]] = defaultdict(list)
    for row in rows:
        came[queue_of[row["update_id"]]].append(row["update_id"])
    assert all(numbers == sorted(numbers) for numbers in came.values()), "updates were stored out of order"


def _comments_in_order(address: str, crowd: Crowd) -> int:
    rows = _rows(address, "SELECT session, text FROM comments ORDER BY session, number")
    stored: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        stored[row["session"]].append(row["text"])
    for one in crowd.talkers:
        taken = stored[session_of(one.phone.user_id)]
        assert set(taken) >= set(one.comments), "comments were lost"
        assert len(taken) == len(one.comments), "a comment was taken twice"
        assert taken == one.comments, "comments were taken out of order"
    return len(rows)


def _last_ratings_count(address: str, crowd: Crowd) -> None:
    rows = _rows(address, "SELECT session, question, rating FROM answers")
    stored = {(row["session"], row["question"]): row["rating"] for row in rows}
    tapped = {
        (session_of(one.phone.user_id), question): ratings[-1]
        for one in crowd.talkers
        for question, ratings in one.ratings.items()
    }
    assert stored == tapped, "ratings were lost, or counted out of order"


def _said_twice(address: str, crowd: Crowd, outages: int) -> int:
    """Return how many messages the bot does not know of: these it has sent again."""
    rows = _rows(address, "SELECT chat_id, count(DISTINCT message_id) AS n FROM outbox GROUP BY chat_id")
    known = {row["chat_id"]: row["n"] for row in rows}
    twice = [len(one.phone.notifications) - known[one.phone.user_id] for one in crowd.talkers]
    assert max(twice) <= outages, f"{max(twice)} messages were said twice in a chat"
    assert sum(twice) <= outages * IN_FLIGHT, f"{sum(twice)} messages were said twice"
    return sum(twice)


REPLICAS_TRIAL = Trial(
    "replicas",
    "Three replicas lose nothing, do nothing twice and keep the order of each chat",
    "three real processes behind a load balancer, on one PostgreSQL, by webhook: killed at random and inside a send, "
    "and started anew, while people tap and write several things in a row without waiting; PostgreSQL is stopped, as "
    "in a crash and cleanly, and started again, and ends single connections, of the one that sends and of others; "
    "20,000 updates in 2,000 chats, 200 kills, 10 restarts, 50 connections ended",
    "0 lost, 0 applied twice, 0 out of order among the taps and among the texts of a chat; another replica sends "
    "within 10 s of a kill; in a chat at most one message said twice for each time that the one that sends is killed "
    f"or loses its lead, or the database restarted, and at most {IN_FLIGHT} in all chats",
    short=Size(1, 400),
    long=Size(5, 4000),
    play=play,
)
