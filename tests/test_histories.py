"""What a summary looks back on: read with few queries, and the same as what is read one client at a time."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.house import House
from bot.lookup import Lookup
from bot.store import Store
from conversations.decision import TalkedAbout
from conversations.people import Account
from conversations.sessions import Answer, CheckIn, CheckInState, Comment, Page, Reason, Session, Wish
from conversations.signals import SignalKind
from tests.conversations.made_up import NOW, PRACTICE, enrolment, history, therapist
from tests.databases import opened

pytestmark = pytest.mark.engines("sqlite", "postgresql")

ME = replace(therapist(), id="MADEUP-T")
CODES = ("MADEUP-A", "MADEUP-B", "MADEUP-C")
CHECK_INS = 80
"""Of each client: enough for every state, page and moment to meet every other."""


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """An empty database."""
    engine = opened(database_url)
    engine.migrate()
    yield Store(engine)
    engine.close()


def any_session(chance: random.Random, code: str, number: int) -> Session:
    """Return a session, cancelled now and then; two may end in the same moment."""
    ended = NOW - timedelta(days=chance.randrange(300))
    return Session(f"{code}-{number}", code, None, ended, ended, NOW if chance.random() < 0.2 else None)


def any_check_in(chance: random.Random, session: Session) -> CheckIn:
    """Return a check-in that may be in any state at all, also such as no dialogue leads to."""

    def some_time() -> timedelta:
        return timedelta(minutes=chance.randrange(5000))

    def at_times() -> list[None]:
        return [None] * chance.randrange(2)

    def moment() -> object:
        return None if at_times() else session.ended_at + some_time()

    answers = tuple(
        Answer(question.id, chance.choice((None, 1, 2, 3, 4, 5)), session.ended_at + some_time())
        for question in PRACTICE.questions.questions
        if chance.random() < 0.8
    )
    texts = tuple(
        Comment(f"Made-up words {number}.", session.ended_at + some_time())
        for number in range(chance.choice((0, 0, 1, 2)))
    )
    whole = CheckIn(
        session.id,
        session.enrolment,
        chance.choice(list(CheckInState)),
        session.ended_at,
        session.ended_at + some_time(),
        chance.choice(list(Page)),
        answers=answers,
        comments=texts,
        kept_private=chance.random() < 0.2,
        reason=chance.choice((None, *Reason)),
        wish=chance.choice((None, *Wish)),
    )
    return replace(whole, **{name: moment() for name in ("sent_at", "closed_at", "shown_at", "heads_up_at")})  # type: ignore[arg-type]


def fill(store: Store, chance: random.Random) -> None:
    """Store three clients of one therapist, the last without a session, and one of another."""
    with store.transaction() as transaction:
        for one in (ME, replace(ME, id="MADEUP-OTHER", account=202)):
            transaction.people.save_account(Account(one.account or 0))
            transaction.people.save_therapist(one)
        transaction.people.save_account(Account(101))
        for code, at in (*((code, ME.id) for code in CODES), ("MADEUP-D", "MADEUP-OTHER")):
            transaction.people.save_enrolment(replace(enrolment(code=code), therapist=at))
        for code in (*CODES[:2], "MADEUP-D"):
            for number in range(CHECK_INS):
                session = any_session(chance, code, number)
                transaction.check_ins.save_sessions([session])
                if chance.random() < 0.9:
                    transaction.check_ins.save_check_ins([any_check_in(chance, session)])
                    if chance.random() < 0.2:
                        talked = TalkedAbout(session.id, chance.choice(list(SignalKind)), NOW)
                        transaction.check_ins.save_talked_about(talked)


def test_a_whole_caseload_is_read_as_each_client_would_be(store: Store) -> None:
    """Whatever state a check-in is in: what counts, since when, and what was rated, in the same order."""
    fill(store, random.Random(5))
    with store.transaction() as transaction:
        lookup = Lookup(transaction, House(store, PRACTICE, lambda: NOW), NOW)
        found = lookup.histories(ME.id)
        whole = transaction.check_ins.check_ins_of(CODES)
        records = lookup.records(transaction.people.enrolments_with(ME.id))
        one_by_one = [history(replace(one, check_ins=tuple(whole[one.enrolment.code]))) for one in records]
    assert [replace(one, talked_about=frozenset()) for one in found] == one_by_one
    assert [len(one.check_ins) > 50 for one in found] == [True, True, False]
    rated = [list(check_in.ratings.items()) for one in found for check_in in one.check_ins]
    assert rated == [list(check_in.ratings.items()) for one in one_by_one for check_in in one.check_ins]


def matters_still(check_in: CheckIn, newest: Session, about: str) -> bool:
    """Tell whether something may still depend on a check-in."""
    is_unread = check_in.shown_at is None and check_in.state is CheckInState.ANSWERED
    is_under_way = check_in.closed_at is None or check_in.is_open or check_in.state is CheckInState.PLANNED
    return is_under_way or is_unread or check_in.session in {newest.id, about}


def test_at_a_desk_only_what_is_not_settled_is_read(store: Store) -> None:
    """And all sessions, and what a button is about. Of a client without a session there is nothing."""
    fill(store, random.Random(7))
    with store.transaction() as transaction:
        lookup = Lookup(transaction, House(store, PRACTICE, lambda: NOW), NOW)
        enrolments, whole = transaction.people.enrolments_with(ME.id), transaction.check_ins.check_ins_of(CODES)
        without = {one.enrolment.code: one for one in lookup.records(enrolments)}
        left_out = [one for one in whole["MADEUP-A"] if one not in without["MADEUP-A"].check_ins]
        about = left_out[-1].session
        records = {one.enrolment.code: one for one in lookup.records(enrolments, about)}
    for code in CODES[:2]:
        newest = records[code].sessions[-1]
        assert records[code].check_ins == tuple(one for one in whole[code] if matters_still(one, newest, about))
        assert len(records[code].sessions) == CHECK_INS
    assert len(records["MADEUP-A"].check_ins) == len(without["MADEUP-A"].check_ins) + 1
    assert len(left_out) > 10
    assert (records["MADEUP-C"].sessions, records["MADEUP-C"].check_ins) == ((), ())


def test_where_a_session_is_logged_only_what_it_may_cut_short_is_read(store: Store) -> None:
    """With what was said in it: it is stored again."""
    fill(store, random.Random(9))
    with store.transaction() as transaction:
        lookup = Lookup(transaction, House(store, PRACTICE, lambda: NOW), NOW)
        enrolments, whole = transaction.people.enrolments_with(ME.id), transaction.check_ins.check_ins_of(CODES)
        records = {one.enrolment.code: one for one in lookup.records_to_log(enrolments)}
    for code in CODES[:2]:
        ahead = tuple(one for one in whole[code] if one.is_open or one.state is CheckInState.PLANNED)
        assert 10 < len(ahead) < CHECK_INS
        assert records[code].check_ins == ahead
        assert len(records[code].sessions) == CHECK_INS
    assert records["MADEUP-C"].check_ins == ()


def test_what_was_talked_about_is_found_with_its_client(store: Store) -> None:
    """And nobody else's."""
    fill(store, random.Random(6))
    with store.transaction() as transaction:
        transaction.check_ins.save_talked_about(TalkedAbout("MADEUP-A-0", SignalKind.UNSURE, NOW))
        lookup = Lookup(transaction, House(store, PRACTICE, lambda: NOW), NOW)
        first, second, third = lookup.histories(ME.id)
    assert ("MADEUP-A-0", "unsure") in first.talked_about
    assert {session.rpartition("-")[0] for session, _ in second.talked_about} == {"MADEUP-B"}
    assert third.talked_about == frozenset()
