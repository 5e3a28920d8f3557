"""Made-up people, sessions and check-ins: what a test does not name has a value that raises nothing."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from conversations import consent, questions, timing
from conversations.check_in import Card
from conversations.decision import Decision, ShowCard, Tell
from conversations.desk import Desk, Fresh
from conversations.history import ClientHistory, PastCheckIn
from conversations.message import Message, plain
from conversations.people import Account, Enrolment, EnrolmentState, Therapist
from conversations.practice import Practice
from conversations.reading import Overview
from conversations.record import ClientRecord
from conversations.sessions import Answer, CheckIn, CheckInState, Comment, Page, Session
from conversations.timing import QuietHours, Weekly

BERLIN = ZoneInfo("Europe/Berlin")
CLIENT, THERAPIST, STRANGER = 101, 201, 301
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

PRACTICE = Practice(
    name="Made-Up Practice",
    contact="Kim Made-Up, 020 0000 000",
    crisis_lines=("Made-up helpline: 0800 000 000",),
    bot_username="made_up_bot",
    zone=BERLIN,
    language="en",
    questions=questions.load(),
    quiet_hours=QuietHours(time(21), time(9)),
    digest_at=Weekly(0, time(8)),
)
QUESTIONS = tuple(question.id for question in PRACTICE.questions.questions)


def at(text: str) -> datetime:
    """Return a moment written in Berlin's time, such as "2026-03-05 16:00"."""
    return timing.resolve(datetime.fromisoformat(text), BERLIN)


NOW = at("2026-03-05 16:00")
"""A Thursday afternoon, two hours after the session that most tests are about."""


def account(chat_id: int = CLIENT) -> Account:
    """Return an account that is reachable and expects nothing."""
    return Account(chat_id)


def therapist(name: str = "Dr. Made-Up", chat_id: int | None = THERAPIST) -> Therapist:
    """Return a therapist who has enrolled, with the next digest on Monday 9 March at 08:00."""
    return Therapist(
        id="MADEUP-T",
        name=name,
        account=chat_id,
        zone=BERLIN,
        zone_is_set=True,
        digest_at=PRACTICE.digest_at,
        heads_up=True,
        next_digest_at=at("2026-03-09 08:00"),
        last_digest_at=at("2026-03-02 08:00"),
    )


def enrolment(
    state: EnrolmentState = EnrolmentState.ACTIVE, *, code: str = "MADEUP-E", alias: str = "Otter"
) -> Enrolment:
    """Return an enrolment with the dates that go with its state."""
    opened = state is not EnrolmentState.INVITED
    granted = state in {EnrolmentState.GRANTED, EnrolmentState.ACTIVE, EnrolmentState.WITHDRAWN}
    confirmed = state in {EnrolmentState.ACTIVE, EnrolmentState.WITHDRAWN}
    return Enrolment(
        code=code,
        therapist=therapist().id,
        alias=alias,
        state=state,
        invited_at=at("2026-02-02 10:00"),
        account=CLIENT if opened else None,
        opened_at=at("2026-02-02 11:00") if opened else None,
        asked_at=at("2026-02-02 11:00") if opened else None,
        terms=consent.terms(PRACTICE, therapist()) if granted else None,
        granted_at=at("2026-02-02 11:05") if granted else None,
        confirmed_at=at("2026-02-02 12:00") if confirmed else None,
    )


def session(name: str = "S1", ended: str = "2026-03-05 14:00", *, of: str = "MADEUP-E") -> Session:
    """Return a session that was logged when it ended."""
    return Session(name, of, None, at(ended), at(ended))


def check_in(
    ratings: str = "",
    *,
    state: CheckInState = CheckInState.ANSWERED,
    of: Session | None = None,
    page: Page | None = None,
    question: str | None = None,
    comments: tuple[str, ...] = (),
) -> CheckIn:
    """Return the check-in of a session; `ratings` is "5,4,-,1" in the order of the questions, "-" for skipped."""
    followed = of or session()
    due = followed.ended_at + 2 * HOUR
    given = zip(QUESTIONS, ratings.split(","), strict=False) if ratings else ()
    asked = state not in {CheckInState.PLANNED, CheckInState.DUE}
    closed = state not in {CheckInState.PLANNED, CheckInState.DUE, CheckInState.SENT, CheckInState.STARTED}
    return CheckIn(
        session=followed.id,
        enrolment=followed.enrolment,
        state=state,
        due_at=due,
        expires_at=followed.ended_at + 72 * HOUR,
        page=page or (Page.FINISHED if state is CheckInState.ANSWERED else Page.READY),
        question=question,
        sent_at=due if asked else None,
        closed_at=due + HOUR if closed else None,
        answers=tuple(Answer(asked, None if one == "-" else int(one), due) for asked, one in given),
        comments=tuple(Comment(text, due) for text in comments),
    )


def card(held: CheckIn | None = None, **changes: object) -> Card:
    """Return a card with all that decides what becomes of it; nothing stands in its way."""
    shown = held or check_in(state=CheckInState.SENT)
    whole = Card(
        shown, replace(session(), id=shown.session), enrolment(), account(), therapist(), PRACTICE, False, None
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def record(
    *ratings: str, state: EnrolmentState = EnrolmentState.ACTIVE, alias: str = "Otter", code: str = "MADEUP-E"
) -> ClientRecord:
    """Return a client with one answered check-in for each of `ratings`, a week apart, the last on 5 March 2026."""
    last = at("2026-03-05 14:00")
    ends = [last - 7 * DAY * number for number in range(len(ratings))][::-1]
    held = tuple(Session(f"{code}-{number}", code, None, end, end) for number, end in enumerate(ends, 1))
    check_ins = tuple(check_in(given, of=one) for given, one in zip(ratings, held, strict=True))
    return ClientRecord(enrolment(state, code=code, alias=alias), account(), held, check_ins)


def with_last(known: ClientRecord, **changes: object) -> ClientRecord:
    """Return the record with its last check-in changed."""
    *others, last = known.check_ins
    return replace(known, check_ins=(*others, replace(last, **changes)))  # type: ignore[arg-type]


def history(known: ClientRecord, *talked_about: tuple[str, str]) -> ClientHistory:
    """Return what a summary looks back on: the same as the record, without the life of the cards."""
    held = [one.ended_at for one in known.sessions if one.cancelled_at is None]
    check_ins = tuple(_past(one, known.session(one)) for one in known.check_ins)
    return ClientHistory(known.enrolment, known.account, check_ins, max(held, default=None), frozenset(talked_about))


def _past(held: CheckIn, followed: Session) -> PastCheckIn:
    return PastCheckIn(
        held.session,
        followed.ended_at,
        held.state,
        held.sent_at,
        held.counts,
        held.came_in_at,
        held.kept_private,
        {answer.question: answer.rating for answer in held.answers if answer.rating is not None},
        held.reason,
        held.wish,
        tuple(comment.text for comment in held.comments),
    )


def overview(*caseload: ClientRecord, **changes: object) -> Overview:
    """Return a therapist with all that has come of these clients' check-ins."""
    whole = Overview(therapist(), account(THERAPIST), tuple(history(one) for one in caseload), PRACTICE)
    return replace(whole, **changes)  # type: ignore[arg-type]


def desk(*caseload: ClientRecord, **changes: object) -> Desk:
    """Return a therapist's desk."""
    whole = Desk(therapist(), account(THERAPIST), caseload, (), PRACTICE, Fresh("FRESH-1", "made-up-secret"))
    return replace(whole, **changes)  # type: ignore[arg-type]


def said_to(chat_id: int, decision: Decision) -> str:
    """Return all texts that a decision says to one person, below each other."""
    return "\n\n".join(plain(one) for one in messages_to(chat_id, decision))


def messages_to(chat_id: int, decision: Decision) -> list[Message]:
    """Return all messages that a decision says to one person."""
    return [one.message for one in decision.say if isinstance(one, Tell | ShowCard) and one.to == chat_id]


def labels(message: Message) -> list[str]:
    """Return what the buttons of a message say, in order."""
    return [button.label for row in message.buttons for button in row]
