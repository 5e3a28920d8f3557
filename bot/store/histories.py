"""What has come of a therapist's check-ins, read with a few queries for the whole caseload: a summary is made of it."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType

from bot.store.engine import Engine, Row
from bot.store.rows import moment
from conversations.history import PastCheckIn
from conversations.sessions import CheckInState, Page, Reason, Wish, came_in_at, counts


@dataclass(frozen=True, slots=True)
class Histories:
    """The past of whole caseloads in the database. Everything is found by the enrolment's code."""

    engine: Engine

    def check_ins(self, therapist_id: str) -> Mapping[str, list[PastCheckIn]]:
        """Return the check-ins of all of a therapist's clients, in the order of the sessions."""
        comments: dict[str, list[Row]] = defaultdict(list)
        for row in self.engine.query(COMMENTS, {"therapist": therapist_id}):
            comments[row["session"]].append(row)
        found: dict[str, list[PastCheckIn]] = defaultdict(list)
        for row in self.engine.query(CHECK_INS, {"therapist": therapist_id}):
            found[row["enrolment"]].append(_past(row, comments.get(row["session"], [])))
        return found

    def last_sessions(self, therapist_id: str) -> dict[str, datetime]:
        """Return when the last session that stands ended; who had none is left out."""
        rows = self.engine.query(LAST_SESSIONS, {"therapist": therapist_id})
        return {row["enrolment"]: moment(row["at"]) for row in rows}

    def talked_about(self, therapist_id: str) -> Mapping[str, set[tuple[str, str]]]:
        """Return the sessions and kinds of the signals that the therapist has taken up."""
        found: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for row in self.engine.query(TALKED_ABOUT, {"therapist": therapist_id}):
            found[row["enrolment"]].add((row["session"], row["signal"]))
        return found


CHECK_INS = (
    "SELECT c.enrolment, c.session, s.ended_at, c.state, c.page, c.sent_at, c.closed_at, c.shown_at, c.heads_up_at, "
    "c.kept_private, c.reason, c.wish, "
    "(SELECT max(a.at) FROM answers a WHERE a.session = c.session) AS answered_at, "
    "(SELECT string_agg(a.question || ' ' || a.rating, ' ' ORDER BY a.at, a.question) FROM answers a "
    "WHERE a.session = c.session) AS ratings "
    "FROM enrolments e JOIN check_ins c ON c.enrolment = e.code JOIN sessions s ON s.id = c.session "
    "WHERE e.therapist = :therapist ORDER BY s.ended_at, s.id"
)
COMMENTS = (
    "SELECT m.session, m.text, m.at "
    "FROM enrolments e JOIN check_ins c ON c.enrolment = e.code JOIN comments m ON m.session = c.session "
    "WHERE e.therapist = :therapist ORDER BY m.number"
)
LAST_SESSIONS = (
    "SELECT s.enrolment, max(s.ended_at) AS at FROM enrolments e JOIN sessions s ON s.enrolment = e.code "
    "WHERE e.therapist = :therapist AND s.cancelled_at IS NULL GROUP BY s.enrolment"
)
TALKED_ABOUT = (
    "SELECT c.enrolment, t.session, t.signal "
    "FROM enrolments e JOIN check_ins c ON c.enrolment = e.code JOIN talked_about t ON t.session = c.session "
    "WHERE e.therapist = :therapist"
)


_STATES = {str(state): state for state in CheckInState}
_PAGES = {str(page): page for page in Page}
"""Looked up for every row: asking the enum itself takes several times as long."""


def _past(row: Row, comments: list[Row]) -> PastCheckIn:
    state, closed_at, ratings = _STATES[row["state"]], row["closed_at"], _ratings(row["ratings"])
    said_at = row["answered_at"]
    if comments:
        said_at = max(said_at or 0, *[comment["at"] for comment in comments])
    return PastCheckIn(
        row["session"],
        moment(row["ended_at"]),
        state,
        moment(row["sent_at"]),
        counts(state, _PAGES[row["page"]], closed_at, row["heads_up_at"], has_answers=bool(ratings or comments)),
        moment(came_in_at(said_at, closed_at, row["shown_at"])),
        bool(row["kept_private"]),
        ratings,
        Reason(row["reason"]) if row["reason"] else None,
        Wish(row["wish"]) if row["wish"] else None,
        tuple([comment["text"] for comment in comments]) if comments else (),
    )


@lru_cache(maxsize=2_000)  # there are few ways to answer, and many who answer
def _ratings(listed: str | None) -> Mapping[str, int]:
    """Return the ratings of "question rating question rating"; None: there are none."""
    words = iter((listed or "").split())
    return MappingProxyType({question: int(rating) for question, rating in zip(words, words, strict=True)})
