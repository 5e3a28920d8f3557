"""Sessions, check-ins with their answers and comments, and the message that carries each card."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.store.engine import Engine, Row
from bot.store.rows import few_among, moment, rows_of, stamp, update_all, upsert, upsert_all
from conversations.decision import TalkedAbout
from conversations.sessions import (
    Answer,
    CheckIn,
    CheckInState,
    Comment,
    Page,
    Reason,
    Session,
    Wish,
)

Place = tuple[int, str]
"""When something falls due, and the session it is about: where a look through thousands goes on."""
BEGINNING: Place = (0, "")


@dataclass(frozen=True, slots=True)
class Others:
    """What is known of the other check-ins of somebody who is to be asked."""

    card_is_open: bool
    """Whether their account has another card that waits for answers."""
    last_sent_at: datetime | None
    """When the same enrolment was last sent another check-in; None: never."""


@dataclass(frozen=True, slots=True)
class _Said:
    """Rows of answers and comments by session; where there are none, there is no session."""

    answers: dict[str, list[Row]]
    comments: dict[str, list[Row]]

    def check_in(self, row: Row) -> CheckIn:
        """Return the check-in of a row, with what was said."""
        session = row["session"]
        return _check_in(row, self.answers.get(session, []), self.comments.get(session, []))


@dataclass(frozen=True, slots=True)
class CheckIns:
    """The sessions and check-ins in the database."""

    engine: Engine

    def session(self, session_id: str) -> Session | None:
        """Return a session; None if there is none of that id."""
        return self.sessions((session_id,)).get(session_id)

    def sessions(self, ids: Sequence[str]) -> dict[str, Session]:
        """Return sessions by their ids; what there is none of is left out."""
        return {row["id"]: _session(row) for row in rows_of(self.engine, "sessions", "id", ids)}

    def sessions_of(self, enrolments: Sequence[str]) -> dict[str, list[Session]]:
        """Return the sessions of each enrolment, oldest first."""
        found: dict[str, list[Session]] = {code: [] for code in enrolments}
        for row in rows_of(self.engine, "sessions", "enrolment", enrolments, order="ended_at, id"):
            found[row["enrolment"]].append(_session(row))
        return found

    def save_sessions(self, sessions: Sequence[Session]) -> None:
        """Store sessions."""
        columns = [
            {
                "id": session.id,
                "enrolment": session.enrolment,
                "started_at": stamp(session.started_at),
                "ended_at": stamp(session.ended_at),
                "logged_at": stamp(session.logged_at),
                "cancelled_at": stamp(session.cancelled_at),
            }
            for session in sessions
        ]
        upsert_all(self.engine, "sessions", ("id",), columns)

    def check_in(self, session_id: str) -> CheckIn | None:
        """Return the check-in of a session; None if there is none."""
        return self.check_ins((session_id,)).get(session_id)

    def check_ins(self, sessions: Sequence[str]) -> dict[str, CheckIn]:
        """Return check-ins by their sessions; what there is none of is left out."""
        said = self._said(sessions)
        return {row["session"]: said.check_in(row) for row in self._rows(sessions)}

    def kept_private(self, sessions: Sequence[str]) -> set[str]:
        """Return those of some check-ins that are kept private."""
        return {row["session"] for row in self._rows(sessions) if row["kept_private"]}

    def _rows(self, sessions: Sequence[str]) -> list[Row]:
        return rows_of(self.engine, "check_ins", "session", sessions)

    def _said(self, sessions: Sequence[str]) -> "_Said":
        return _Said(
            _grouped(rows_of(self.engine, "answers", "session", sessions, order="at, question")),
            _grouped(rows_of(self.engine, "comments", "session", sessions, order="number")),
        )

    def check_ins_of(self, enrolments: Sequence[str]) -> dict[str, list[CheckIn]]:
        """Return the check-ins of each enrolment, in the order of the sessions."""
        found: dict[str, list[CheckIn]] = {code: [] for code in enrolments}
        for marks, values in few_among(enrolments):
            said = _Said(
                _grouped(self.engine.query(ANSWERS_OF.format(enrolments=marks), values)),
                _grouped(self.engine.query(COMMENTS_OF.format(enrolments=marks), values)),
            )
            for row in self.engine.query(CHECK_INS_OF.format(enrolments=marks), values):
                found[row["enrolment"]].append(said.check_in(row))
        return found

    def unsettled_of(self, enrolments: Sequence[str], about: str = "") -> dict[str, list[CheckIn]]:
        """Return, in the order of the sessions, the check-ins of each enrolment on which something may still depend.

        These are what is not closed or was opened again, answers that were not shown, the newest, and that of the
        session `about`. A year of others lies behind them.
        """
        found: dict[str, list[CheckIn]] = {code: [] for code in enrolments}
        for marks, values in few_among(enrolments):
            self._add(self.engine.query(UNSETTLED_OF.format(enrolments=marks), {**values, "about": about}), found)
        return found

    def ahead_of(self, enrolments: Sequence[str]) -> dict[str, list[CheckIn]]:
        """Return, in the order of the sessions, the check-ins of each enrolment that are planned or open."""
        found: dict[str, list[CheckIn]] = {code: [] for code in enrolments}
        for marks, values in few_among(enrolments):
            self._add(self.engine.query(AHEAD_OF.format(enrolments=marks), values), found)
        return found

    def _add(self, rows: list[Row], found: dict[str, list[CheckIn]]) -> None:
        said = self._said([row["session"] for row in rows])
        for row in rows:
            found[row["enrolment"]].append(said.check_in(row))

    def others_of(self, sessions: Sequence[str], now: datetime) -> dict[str, Others]:
        """Return what is known of the other check-ins of those whom some check-ins ask, by session."""
        return {
            row["session"]: Others(bool(row["card_is_open"]), moment(row["last_sent_at"]))
            for marks, values in few_among(sessions)
            for row in self.engine.query(OTHERS.format(sessions=marks), {**values, "now": stamp(now)})
        }

    def save_check_ins(self, check_ins: Sequence[CheckIn]) -> None:
        """Store check-ins, and what is new of their answers and comments."""
        columns = {one.session: _columns(one) for one in check_ins}
        known, said = {row["session"]: row for row in self._rows(list(columns))}, self._said(list(columns))
        new = [row for session, row in columns.items() if session not in known]
        upsert_all(self.engine, "check_ins", ("session",), new)
        update_all(self.engine, "check_ins", "session", ((columns[session], row) for session, row in known.items()))
        for one in check_ins:
            self._save_answers(one, said.answers.get(one.session, []))
            self._save_comments(one, said.comments.get(one.session, []))

    def _save_answers(self, check_in: CheckIn, known: list[Row]) -> None:
        answers = [
            {"session": check_in.session, "question": one.question, "rating": one.rating, "at": stamp(one.at)}
            for one in check_in.answers
        ]
        new = [row for row in answers if row not in known]
        upsert_all(self.engine, "answers", ("session", "question"), new)

    def _save_comments(self, check_in: CheckIn, known: list[Row]) -> None:
        if len(check_in.comments) < len(known):
            self.engine.execute(
                "DELETE FROM comments WHERE session = :session AND number >= :number",
                {"session": check_in.session, "number": len(check_in.comments)},
            )
        comments = [
            {"session": check_in.session, "number": number, "text": one.text, "at": stamp(one.at)}
            for number, one in enumerate(check_in.comments)
        ]
        new = [row for row in comments if row not in known]
        upsert_all(self.engine, "comments", ("session", "number"), new)

    def save_talked_about(self, talked: TalkedAbout) -> None:
        """Store that a signal was taken up."""
        upsert(
            self.engine,
            "talked_about",
            ("session", "signal"),
            {"session": talked.session, "signal": talked.signal, "at": stamp(talked.at)},
        )

    def mark_shown(self, sessions: Iterable[str], now: datetime) -> tuple[str, ...]:
        """Store when answers were first shown to the therapist. Return those that were not shown before."""
        marked = []
        for session in sessions:
            changed = self.engine.execute(
                "UPDATE check_ins SET shown_at = :now WHERE session = :session AND shown_at IS NULL",
                {"session": session, "now": stamp(now)},
            )
            marked += [session] if changed else []
        return tuple(marked)

    def unmark_shown(self, sessions: Iterable[str]) -> None:
        """Store that answers were not shown after all, since Telegram refused the message."""
        for session in sessions:
            self.engine.execute("UPDATE check_ins SET shown_at = NULL WHERE session = :session", {"session": session})

    def due(self, now: datetime, after: Place, most: int) -> list[Place]:
        """Return the next check-ins whose time has come."""
        return self._places(CHECK_INS_DUE, now, after, most)

    def reminders_due(self, now: datetime, after: Place, most: int) -> list[Place]:
        """Return the next check-ins to remind of."""
        return self._places(REMINDERS_DUE, now, after, most)

    def expired(self, now: datetime, after: Place, most: int) -> list[Place]:
        """Return the next check-ins whose time to answer has passed."""
        return self._places(CHECK_INS_EXPIRED, now, after, most)

    def _places(self, sql: str, now: datetime, after: Place, most: int) -> list[Place]:
        at, session = after
        values = {"now": stamp(now), "after": at, "session": session, "most": most}
        return [(row["at"], row["session"]) for row in self.engine.query(sql, values)]

    def open_cards(self, now: datetime) -> list[str]:
        """Return the check-ins that were sent and wait for answers."""
        return self._sessions(OPEN_CARDS, now)

    def under_way(self, now: datetime) -> list[str]:
        """Return the check-ins that are open, or planned and due by now."""
        return self._sessions(CHECK_INS_UNDER_WAY, now)

    def all_sessions(self) -> list[str]:
        """Return every check-in, by its session."""
        return [row["session"] for row in self.engine.query("SELECT session FROM check_ins")]

    def next_at(self, now: datetime) -> datetime | None:
        """Return when the next check-in falls due, is reminded of or expires after `now`; None if none does."""
        rows = self.engine.query(
            "SELECT min(at) AS at FROM (SELECT due_at AS at FROM check_ins WHERE state = 'planned' AND due_at > :now "
            "UNION ALL SELECT reminder_at FROM check_ins WHERE reminder_at > :now UNION ALL SELECT expires_at "
            "FROM check_ins WHERE state IN ('planned', 'due', 'sent', 'started') AND expires_at > :now) AS moments",
            {"now": stamp(now)},
        )
        return moment(rows[0]["at"])

    def _sessions(self, sql: str, now: datetime) -> list[str]:
        return [row["session"] for row in self.engine.query(sql, {"now": stamp(now)})]

    def card_message(self, session_id: str) -> int | None:
        """Return the message that carries a card; None: not sent yet, as far as is known."""
        rows = self.engine.query("SELECT message_id FROM cards WHERE session = :session", {"session": session_id})
        return rows[0]["message_id"] if rows else None

    def set_card_message(self, session_id: str, message_id: int) -> None:
        """Store which message carries a card."""
        upsert(self.engine, "cards", ("session",), {"session": session_id, "message_id": message_id})

    def forget_card_message(self, session_id: str) -> None:
        """Store that the message which carried a card is gone."""
        self.engine.execute("DELETE FROM cards WHERE session = :session", {"session": session_id})


CHECK_INS_OF = (
    "SELECT c.* FROM check_ins c JOIN sessions s ON s.id = c.session WHERE c.enrolment IN ({enrolments}) "
    "ORDER BY s.ended_at, s.id"
)
UNSETTLED_OF = (
    "SELECT c.* FROM check_ins c JOIN sessions s ON s.id = c.session WHERE c.enrolment IN ({enrolments}) "
    "AND (c.closed_at IS NULL OR c.state IN ('planned', 'due', 'sent', 'started') "
    "OR (c.shown_at IS NULL AND c.state = 'answered') OR c.session = :about "
    "OR c.session IN (SELECT (SELECT newest.id FROM sessions newest WHERE newest.enrolment = e.code "
    "ORDER BY newest.ended_at DESC, newest.id DESC LIMIT 1) FROM enrolments e WHERE e.code IN ({enrolments}))) "
    "ORDER BY s.ended_at, s.id"
)
AHEAD_OF = (
    "SELECT c.* FROM check_ins c JOIN sessions s ON s.id = c.session WHERE c.enrolment IN ({enrolments}) "
    "AND c.state IN ('planned', 'due', 'sent', 'started') ORDER BY s.ended_at, s.id"
)
ANSWERS_OF = (
    "SELECT a.* FROM check_ins c JOIN answers a ON a.session = c.session WHERE c.enrolment IN ({enrolments}) "
    "ORDER BY a.at, a.question"
)
COMMENTS_OF = (
    "SELECT a.* FROM check_ins c JOIN comments a ON a.session = c.session WHERE c.enrolment IN ({enrolments}) "
    "ORDER BY a.number"
)
OTHERS = (
    "SELECT c.session, "
    "(SELECT max(o.sent_at) FROM check_ins o WHERE o.enrolment = c.enrolment AND o.session != c.session) "
    "AS last_sent_at, "
    "EXISTS (SELECT 1 FROM enrolments mine JOIN enrolments e ON e.account = mine.account "
    "JOIN check_ins o ON o.enrolment = e.code WHERE mine.code = c.enrolment AND o.session != c.session "
    "AND o.state IN ('due', 'sent', 'started') AND o.expires_at > :now) AS card_is_open "
    "FROM check_ins c WHERE c.session IN ({sessions})"
)
CHECK_INS_DUE = (
    "SELECT session, due_at AS at FROM check_ins WHERE state = 'planned' AND due_at <= :now "
    "AND (due_at, session) > (:after, :session) ORDER BY due_at, session LIMIT :most"
)
REMINDERS_DUE = (
    "SELECT session, reminder_at AS at FROM check_ins WHERE reminder_at <= :now "
    "AND (reminder_at, session) > (:after, :session) ORDER BY reminder_at, session LIMIT :most"
)
CHECK_INS_EXPIRED = (
    "SELECT session, expires_at AS at FROM check_ins WHERE state IN ('planned', 'due', 'sent', 'started') "
    "AND expires_at <= :now AND (expires_at, session) > (:after, :session) ORDER BY expires_at, session LIMIT :most"
)
CHECK_INS_UNDER_WAY = (
    "SELECT session FROM check_ins WHERE state IN ('planned', 'due', 'sent', 'started') "
    "AND (state != 'planned' OR due_at <= :now) ORDER BY session"
)
# The states are named twice: the first list is that of the partial index on `expires_at`, which is used only then.
OPEN_CARDS = (
    "SELECT session FROM check_ins WHERE state IN ('planned', 'due', 'sent', 'started') AND expires_at > :now "
    "AND state IN ('sent', 'started') ORDER BY sent_at"
)


def _grouped(rows: list[Row]) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["session"]].append(row)
    return groups


def _session(row: Row) -> Session:
    return Session(
        id=row["id"],
        enrolment=row["enrolment"],
        started_at=moment(row["started_at"]),
        ended_at=moment(row["ended_at"]),
        logged_at=moment(row["logged_at"]),
        cancelled_at=moment(row["cancelled_at"]),
    )


def _check_in(row: Row, answers: list[Row], comments: list[Row]) -> CheckIn:
    return CheckIn(
        session=row["session"],
        enrolment=row["enrolment"],
        state=CheckInState(row["state"]),
        due_at=moment(row["due_at"]),
        expires_at=moment(row["expires_at"]),
        page=Page(row["page"]),
        question=row["question"],
        reminder_at=moment(row["reminder_at"]),
        sent_at=moment(row["sent_at"]),
        started_at=moment(row["started_at"]),
        closed_at=moment(row["closed_at"]),
        reason=Reason(row["reason"]) if row["reason"] else None,
        wish=Wish(row["wish"]) if row["wish"] else None,
        kept_private=bool(row["kept_private"]),
        shown_at=moment(row["shown_at"]),
        heads_up_at=moment(row["heads_up_at"]),
        answers=tuple(Answer(one["question"], one["rating"], moment(one["at"])) for one in answers),
        comments=tuple(Comment(one["text"], moment(one["at"])) for one in comments),
    )


def _columns(check_in: CheckIn) -> Row:
    return {
        "session": check_in.session,
        "enrolment": check_in.enrolment,
        "state": check_in.state,
        "due_at": stamp(check_in.due_at),
        "expires_at": stamp(check_in.expires_at),
        "page": check_in.page,
        "question": check_in.question,
        "reminder_at": stamp(check_in.reminder_at),
        "sent_at": stamp(check_in.sent_at),
        "started_at": stamp(check_in.started_at),
        "closed_at": stamp(check_in.closed_at),
        "reason": check_in.reason,
        "wish": check_in.wish,
        "kept_private": int(check_in.kept_private),
        "shown_at": stamp(check_in.shown_at),
        "heads_up_at": stamp(check_in.heads_up_at),
    }
