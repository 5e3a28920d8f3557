"""Therapy sessions and the check-ins that follow them. Times are aware UTC datetimes."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

Moment = TypeVar("Moment", datetime, int)
"""Of one kind: aware datetimes, or milliseconds as they are stored."""


@dataclass(frozen=True, slots=True)
class Session:
    """A therapy session that took place, or will."""

    id: str
    enrolment: str
    started_at: datetime | None
    """None: not known."""
    ended_at: datetime
    logged_at: datetime
    cancelled_at: datetime | None = None
    """None: it stands."""


class CheckInState(StrEnum):
    """The life of a check-in. What may follow what is decided in `check_in.py`."""

    PLANNED = "planned"
    DUE = "due"  # queued to be sent
    SENT = "sent"
    STARTED = "started"
    ANSWERED = "answered"
    SKIPPED = "skipped"  # by the client
    EXPIRED = "expired"  # no answer in time
    MISSED = "missed"  # the bot was down, the client unreachable, or the session logged too late
    CANCELLED = "cancelled"  # no session after all, no consent, paused, nobody to read it


OPEN = frozenset({CheckInState.DUE, CheckInState.SENT, CheckInState.STARTED})


class Page(StrEnum):
    """What the card shows."""

    READY = "ready"
    QUESTION = "question"
    REASON = "reason"
    WISH = "wish"
    COMMENT = "comment"
    FINISHED = "finished"


class Reason(StrEnum):
    """What a wish not to return is about, in the founding texts' own terms."""

    NOT_LISTENED_TO = "listened"
    PAIN_NOT_SEEN = "pain"
    PROBLEM_NOT_UNDERSTOOD = "problem"
    DIFFERENT_GOALS = "goals"
    NOT_HELPING = "helping"
    NOT_SAFE = "safe"
    PRACTICAL = "practical"
    FINISHED = "finished"
    RATHER_NOT_SAY = "unsaid"


class Wish(StrEnum):
    """How the client would like it to be taken up."""

    BRING_UP = "bringup"
    CONTACT_ME = "contact"
    JUST_KNOW = "know"
    RAISE_MYSELF = "myself"
    KEEP_PRIVATE = "private"


@dataclass(frozen=True, slots=True)
class Answer:
    """A rating from 1 to 5, 5 best, or None for a question that was skipped."""

    question: str
    rating: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Comment:
    """Something the client wrote to go with the answers."""

    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CheckIn:
    """One invitation to answer, and the answers. There is one for each session, and it bears the session's id."""

    session: str
    enrolment: str
    state: CheckInState
    due_at: datetime
    expires_at: datetime
    page: Page = Page.READY
    question: str | None = None
    """Which question the card shows; None on any other page."""
    reminder_at: datetime | None = None
    """When to remind; None: not planned, or done."""
    sent_at: datetime | None = None
    started_at: datetime | None = None
    closed_at: datetime | None = None
    """When it was answered, skipped, missed, cancelled or expired; None: not yet. It stays while answers change."""
    reason: Reason | None = None
    wish: Wish | None = None
    kept_private: bool = False
    shown_at: datetime | None = None
    """When the therapist was first shown the answers; None: not yet."""
    heads_up_at: datetime | None = None
    """When the therapist was nudged; None: not."""
    answers: tuple[Answer, ...] = ()
    comments: tuple[Comment, ...] = ()

    @property
    def is_open(self) -> bool:
        """Tell whether it can be answered."""
        return self.state in OPEN

    @property
    def has_answers(self) -> bool:
        """Tell whether the client has said anything, skipped questions aside."""
        return bool(self.comments) or any(answer.rating is not None for answer in self.answers)

    @property
    def counts(self) -> bool:
        """Tell whether the therapist is told of the answers."""
        return counts(self.state, self.page, self.closed_at, self.heads_up_at, has_answers=self.has_answers)

    @property
    def came_in_at(self) -> datetime | None:
        """Return since when the answers count, or when something was added to what was shown; None: no answers."""
        moments = [answer.at for answer in self.answers] + [comment.at for comment in self.comments]
        return came_in_at(max(moments, default=None), self.closed_at, self.shown_at)

    def cancelled(self, now: datetime) -> "CheckIn":
        """Return the check-in cancelled if it was planned or open, else as it is; what was shown stays answered."""
        if not self.is_open and self.state is not CheckInState.PLANNED:
            return self
        if self.shown_at:
            return replace(
                self, state=CheckInState.ANSWERED, page=Page.FINISHED, question=None, closed_at=now, reminder_at=None
            )
        return replace(self, state=CheckInState.CANCELLED, closed_at=now, reminder_at=None)

    def rating(self, question: str) -> int | None:
        """Return the rating given to a question; None if there is none."""
        return next((answer.rating for answer in self.answers if answer.question == question), None)

    def with_answer(self, answer: Answer) -> "CheckIn":
        """Return the check-in with `answer` in place of an earlier one to the same question."""
        others = tuple(one for one in self.answers if one.question != answer.question)
        return replace(self, answers=(*others, answer))


def counts(state: CheckInState, page: Page, closed_at: object, heads_up_at: object, *, has_answers: bool) -> bool:
    """Tell whether a therapist is told of answers: they are finished, or but for the optional comment.

    After a nudge they count as they are, and answers that are being changed go on counting.
    """
    complete = page is Page.COMMENT or closed_at is not None or heads_up_at is not None
    return state is CheckInState.ANSWERED or (state is CheckInState.STARTED and complete and has_answers)


def came_in_at(said_at: Moment | None, closed_at: Moment | None, shown_at: Moment | None) -> Moment | None:
    """Return since when answers count, the last of which was `said_at`; None: there are none.

    If they were shown before they were finished, it is when something was added.
    """
    was_shown_open = shown_at is not None and closed_at is not None and shown_at <= closed_at
    return said_at if closed_at is None or was_shown_open else closed_at
