"""What must hold: at the moment when Telegram accepts a message, and of the database at any time."""

import json
import re
from collections import Counter
from datetime import datetime, timedelta
from hashlib import sha256

from bot.demo.telegram import World
from bot.demo.telegram.arguments import Arguments
from bot.render import from_json
from bot.store.engine import Row
from bot.store.rows import moment, stamp
from conversations.wording import check_in as wording
from tests import invariants
from tests.chaos.simulator.answers import Answers
from tests.chaos.simulator.process import Process

ASKS = ("A short check-in is ready.", wording.REMINDER, wording.WAS_AWAY, " of 4")
_WORDS = re.compile(r"made-up-words-\d+\.")

_HANDLED = (
    "CREATE TABLE simulated_handled (number INTEGER, update_id INTEGER, received_at INTEGER) STRICT",
    "CREATE TRIGGER simulated_handling AFTER UPDATE OF state ON inbox WHEN NEW.state != 'waiting' "
    "BEGIN INSERT INTO simulated_handled VALUES (NEW.number, NEW.update_id, NEW.received_at); END",
)
"""Every handling that is committed leaves a trace here, which outlives the inbox's own."""

_ENDED = "min(coalesce(e.ended_at, t.removed_at), coalesce(t.removed_at, e.ended_at)) AS ended"
_OF = "JOIN therapists t ON t.id = e.therapist"


class Watch:
    """Looks on, and asserts."""

    def __init__(self, process: Process, world: World, answers: list[Answers]) -> None:
        self.process = process
        self.keep = timedelta(days=process.settings.keep_after_end)
        self.world = world
        self.answers = answers
        self.accepted: Counter[tuple[int, int, int]] = Counter()
        """How often Telegram has accepted a row of the outbox as a new message: by chat, row and time."""
        self.messages = 0
        self.transcript = sha256()
        """All that Telegram has accepted, and when."""
        self.handled = 0
        self._ended: dict[str, datetime] = {}
        """When the check-ins ended that a session belongs to."""

    def query(self, sql: str) -> list[Row]:
        """Look into the database."""
        return self.process.query(sql)

    def begin(self) -> None:
        """Let every handling be noted."""
        with self.process.view() as store:
            for statement in _HANDLED:
                store.engine.execute(statement)

    # messages

    def sees(self, method: str, chat_id: int, arguments: Arguments) -> None:
        """Judge what Telegram lets somebody read at this moment."""
        html = arguments.text("text") or arguments.text("caption") or ""
        self.transcript.update(f"{self.process.clock.now()} {method} {chat_id} {html}\n".encode())
        rows = self.query(f"SELECT * FROM outbox WHERE chat_id = {chat_id} AND state = 'claimed'")  # noqa: S608
        row = next((one for one in rows if from_json(one["body"]).html == html), None)
        if row is None:
            assert html == wording.MOVED_DOWN, f"something is said that is not in the outbox: {method}"
            return
        self.messages += 1
        if method != "editMessageText":
            self.accepted[chat_id, row["id"], row["queued_at"]] += 1
        self._follows_no_withdrawal(chat_id, row, html)
        self._tells_nothing_private(chat_id, row, html)
        if row["purpose"] == "check_in":
            self._may_be_asked(row)

    def _follows_no_withdrawal(self, chat_id: int, row: Row, html: str) -> None:
        enrolments = self.query(f"SELECT code, state FROM enrolments WHERE account = {chat_id}")  # noqa: S608
        stopped = {one["code"] for one in enrolments if one["state"] == "withdrawn"}
        is_about = row["enrolment"] or self._enrolment_of(row["session"])
        if is_about in stopped or (stopped and len(stopped) == len(enrolments)):
            assert row["purpose"] == "reply", f"{row['purpose']} follows a withdrawn consent"
            assert not any(words in html.partition("\n")[0] for words in ASKS), "somebody who stopped is asked"

    def _enrolment_of(self, session: str | None) -> str | None:
        found = self.query(f"SELECT enrolment FROM sessions WHERE id = '{session}'") if session else []  # noqa: S608
        return found[0]["enrolment"] if found else None

    def _tells_nothing_private(self, chat_id: int, row: Row, html: str) -> None:
        words = _WORDS.findall(html)
        shown = json.loads(row["shows"])
        if not words and not shown:
            return
        texts = ", ".join(f"'{one}'" for one in words)
        sessions = ", ".join(f"'{one}'" for one in shown)
        found = self.query(
            "SELECT c.kept_private, c.session, e.account, t.account AS reader FROM check_ins c "  # noqa: S608
            "JOIN enrolments e ON e.code = c.enrolment JOIN therapists t ON t.id = e.therapist "
            f"WHERE c.session IN ({sessions}) OR c.session IN (SELECT session FROM comments WHERE text IN ({texts}))"
        )
        for one in found:
            is_own = one["account"] == chat_id and one["session"] not in shown
            assert is_own or one["reader"] == chat_id, "somebody is shown what is not theirs"
            assert is_own or not one["kept_private"], "what is kept private is shown"

    def _may_be_asked(self, row: Row) -> None:
        found = self.query(
            "SELECT e.state, s.cancelled_at, a.unreachable_since, t.removed_at FROM check_ins c "  # noqa: S608
            "JOIN sessions s ON s.id = c.session JOIN enrolments e ON e.code = c.enrolment "
            "JOIN accounts a ON a.chat_id = e.account JOIN therapists t ON t.id = e.therapist "
            f"WHERE c.session = '{row['session']}'"
        )
        wanted = {"state": "active", "cancelled_at": None, "unreachable_since": None, "removed_at": None}
        assert found == [wanted], f"somebody is asked who must not be: {found}"

    # the database

    def checks(self, now: datetime) -> None:
        """Judge what is stored."""
        invariants.each_session_has_one_check_in(self.query)
        invariants.one_card_is_open_at_a_time(self.query, now)
        invariants.nobody_is_asked_twice_within_20_hours(self.query)
        invariants.what_was_shown_is_not_called_private(self.query)
        parked = self.query("SELECT why FROM inbox WHERE state = 'parked'")
        assert not parked, f"an update was given up: {parked}"
        self._may_be_gone(now)
        for one in self.answers:
            lost = one.lost(self.query)
            assert not lost, f"an acknowledged answer is lost: {lost}"
        self._what_counts_as_sent_has_arrived()
        # A rating typed too late is a comment; only what nobody writes twice tells that something was taken twice.
        twice = self.query("SELECT text FROM comments WHERE text LIKE 'made-up-%' GROUP BY text HAVING count(*) > 1")
        assert not twice, "a comment was taken twice"

    def _may_be_gone(self, now: datetime) -> None:
        """Let people forget what was purged in its time; whatever else is gone, they miss."""
        rows = self.query(f"SELECT s.id, {_ENDED} FROM sessions s JOIN enrolments e ON e.code = s.enrolment {_OF}")  # noqa: S608
        kept = {row["id"] for row in rows}
        purged = {one for one, ended in self._ended.items() if one not in kept and ended + self.keep <= now}
        for one in self.answers:
            one.were_purged(purged)
        self._ended = {row["id"]: moment(row["ended"]) for row in rows if row["ended"] is not None}

    def nothing_is_kept_too_long(self, now: datetime) -> None:
        """Judge a moment right after the bot has tidied up."""
        rows = self.query(f"SELECT {_ENDED} FROM enrolments e {_OF}")  # noqa: S608
        kept = [ended for row in rows if (ended := moment(row["ended"])) is not None and ended + self.keep < now]
        assert not kept, f"what ended long ago is still there: {kept}"

    def _what_counts_as_sent_has_arrived(self) -> None:
        sent = self.query(
            "SELECT chat_id, id, queued_at, purpose FROM outbox WHERE state = 'sent' "
            "AND (method = 'message' OR purpose = 'check_in')"
        )
        missing = [row for row in sent if not self.accepted[row["chat_id"], row["id"], row["queued_at"]]]
        assert not missing, f"a message counts as sent that never arrived: {missing[0]}"

    def is_whole(self) -> None:
        """Judge the file."""
        assert self.query("PRAGMA integrity_check") == [{"integrity_check": "ok"}], "the file is damaged"
        assert self.query("PRAGMA foreign_key_check") == [], "a row refers to nothing"

    def everything_was_handled_once(self) -> None:
        """Judge a moment at which nothing waits: what was handed out was handled, once. Then forget it."""
        assert not self.query("SELECT number FROM inbox WHERE state = 'waiting'"), "an update waits for ever"
        twice = self.query(
            "SELECT number FROM simulated_handled GROUP BY number, update_id, received_at HAVING count(*) > 1"
        )
        assert not twice, "an update was handled twice"
        handled = Counter(row["update_id"] for row in self.query("SELECT update_id FROM simulated_handled"))
        updates = self.world.state.updates
        expired = {update.update_id for update in updates.expired}
        missing = updates.handed_out - set(handled) - expired
        assert not missing, f"updates were lost: {missing}"
        again = [update_id for update_id, number in handled.items() if number > 1]
        assert not again, f"updates were handled twice: {again}"
        self.handled += len(handled)
        updates.handed_out.clear()
        updates.expired.clear()
        with self.process.view() as store:
            store.engine.execute("DELETE FROM simulated_handled")

    def little_was_said_twice(self) -> None:
        """Judge how often a message was repeated in a chat: at most once for each kill or unknown outcome."""
        repeated: Counter[int] = Counter()
        for (chat_id, _, _), number in self.accepted.items():
            repeated[chat_id] += number - 1
        doubts = self.process.kills + self.process.machine.failures
        for chat_id, number in repeated.items():
            most = doubts + self.process.network.unknown[chat_id]
            assert number <= most, f"{number} messages were repeated in a chat, for {most} unknown outcomes"

    @property
    def repeats(self) -> int:
        """Return how many messages were sent again that had arrived."""
        return sum(number - 1 for number in self.accepted.values())

    def everything_has_ended(self, now: datetime) -> None:
        """Judge the end of a year, when nothing has gone wrong for days."""
        waiting = self.query(
            "SELECT purpose, state, why FROM outbox WHERE state = 'claimed' "  # noqa: S608
            f"OR (state = 'queued' AND not_before <= {stamp(now)})"
        )
        assert not waiting, f"something waits for ever to be sent: {waiting}"
        invariants.every_check_in_has_ended(self.query)
