"""Sessions, check-ins with their answers and comments, and the message that carries each card."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.store.engine import Engine, Row
from bot.store.rows import moment, stamp, update, upsert
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
class CheckIns:
    """The sessions and check-ins in the database."""

    engine: Engine

    def session(self, session_id: str) -> Session | None:
        """Return a session; None if there is none of that id."""
        rows = self.engine.query("SELECT * FROM sessions WHERE id = :id", {"id": session_id})
        return _session(rows[0]) if rows else None

    def sessions_of(self, enrolment: str) -> list[Session]:
        """Return the sessions of an enrolment, oldest first."""
        rows = self.engine.query(
            "SELECT * FROM sessions WHERE enrolment = :code ORDER BY ended_at, id", {"code": enrolment}
        )
        return [_session(row) for row in rows]

    def save_session(self, session: Session) -> None:
        """Store a session."""
        upsert(
            self.engine,
            "sessions",
            ("id",),
            {
                "id": session.id,
                "enrolment": session.enrolment,
                "started_at": stamp(session.started_at),
                "ended_at": stamp(session.ended_at),
                "logged_at": stamp(session.logged_at),
                "cancelled_at": stamp(session.cancelled_at),
            },
        )

    def check_in(self, session_id: str) -> CheckIn | None:
        """Return the check-in of a session; None if there is none."""
        key = {"key": session_id}
        rows = self.engine.query("SELECT * FROM check_ins WHERE session = :key", key)
        if not rows:
            return None
        answers = self.engine.query("SELECT * FROM answers WHERE session = :key ORDER BY at", key)
        comments = self.engine.query("SELECT * FROM comments WHERE session = :key ORDER BY number", key)
        return _check_in(rows[0], answers, comments)

    def check_ins_of(self, enrolment: str) -> list[CheckIn]:
        """Return the check-ins of an enrolment, in the order of the sessions."""
        values, where = {"key": enrolment}, "c.enrolment = :key"
        source = f"FROM check_ins c JOIN sessions s ON s.id = c.session WHERE {where}"
        rows = self.engine.query(f"SELECT c.* {source} ORDER BY s.ended_at, s.id", values)
        answers = _grouped(self.engine.query(f"SELECT a.* {_joined('answers a', where)} ORDER BY a.at", values))
        comments = _grouped(self.engine.query(f"SELECT a.* {_joined('comments a', where)} ORDER BY a.number", values))
        return [_check_in(row, answers[row["session"]], comments[row["session"]]) for row in rows]

    def last_sent_at(self, check_in: CheckIn) -> datetime | None:
        """Return when the enrolment was last sent another check-in; None: never."""
        rows = self.engine.query(
            "SELECT max(sent_at) AS at FROM check_ins WHERE enrolment = :enrolment AND session != :session",
            {"enrolment": check_in.enrolment, "session": check_in.session},
        )
        return moment(rows[0]["at"])

    def other_card_is_open(self, session_id: str, chat_id: int, now: datetime) -> bool:
        """Tell whether an account has another card that waits for answers."""
        rows = self.engine.query(
            "SELECT 1 FROM enrolments e JOIN check_ins c ON c.enrolment = e.code WHERE e.account = :chat_id "
            "AND c.session != :session AND c.state IN ('due', 'sent', 'started') AND c.expires_at > :now LIMIT 1",
            {"chat_id": chat_id, "session": session_id, "now": stamp(now)},
        )
        return bool(rows)

    def save_check_in(self, check_in: CheckIn) -> None:
        """Store a check-in, and what is new of its answers and comments."""
        known = self.check_in(check_in.session)
        if known is None:
            upsert(self.engine, "check_ins", ("session",), _columns(check_in))
        else:
            update(self.engine, "check_ins", ("session",), _columns(check_in), _columns(known))
        for answer in set(check_in.answers).difference(known.answers if known else ()):
            upsert(
                self.engine,
                "answers",
                ("session", "question"),
                {
                    "session": check_in.session,
                    "question": answer.question,
                    "rating": answer.rating,
                    "at": stamp(answer.at),
                },
            )
        self._save_comments(check_in.session, check_in.comments, known.comments if known else ())

    def _save_comments(self, session: str, comments: tuple[Comment, ...], known: tuple[Comment, ...]) -> None:
        if len(comments) < len(known):
            self.engine.execute(
                "DELETE FROM comments WHERE session = :session AND number >= :number",
                {"session": session, "number": len(comments)},
            )
        for number, comment in enumerate(comments):
            if comment not in known[number : number + 1]:
                upsert(
                    self.engine,
                    "comments",
                    ("session", "number"),
                    {"session": session, "number": number, "text": comment.text, "at": stamp(comment.at)},
                )

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
OPEN_CARDS = (
    "SELECT session FROM check_ins WHERE state IN ('planned', 'due', 'sent', 'started') AND expires_at > :now "
    "AND state IN ('sent', 'started') ORDER BY sent_at"
)


def _joined(table: str, where: str) -> str:
    return f"FROM check_ins c JOIN {table} ON a.session = c.session WHERE {where}"


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
