"""Who is in the digest, in which part, in which order, and what is counted."""

from dataclasses import replace

import pytest

from conversations.digest import Digest, Section, compose
from conversations.people import EnrolmentState
from conversations.record import ClientRecord
from conversations.sessions import CheckInState, Comment, Wish
from tests.conversations.made_up import PRACTICE, at, history, record, therapist, with_last

SINCE, MONDAY = at("2026-03-02 08:00"), at("2026-03-09 08:00")


def composed(*caseload: ClientRecord) -> Digest:
    """Return the digest of Monday 9 March."""
    return compose(therapist(), tuple(history(one) for one in caseload), PRACTICE, SINCE, MONDAY)


def named(alias: str, *ratings: str, state: EnrolmentState = EnrolmentState.ACTIVE) -> ClientRecord:
    """Return a client of that alias."""
    return record(*ratings, state=state, alias=alias, code=f"MADEUP-{alias}")


def test_the_parts_come_in_order_and_clients_by_alias() -> None:
    """Whoever no longer wants to return is first; within a part the alias decides, whatever its case."""
    found = composed(
        with_last(named("z-quiet", "5,5,5,5"), closed_at=SINCE),
        named("y-steady", "5,5,5,5"),
        with_last(named("x-wrote", "5,5,5,5"), comments=(Comment("Made-up words.", MONDAY),)),
        named("w-silent", state=EnrolmentState.INVITED),
        named("v-low", "2,5,5,5"),
        named("u-changed", "5,5,5,5", "3,5,5,5"),
        named("t-unsure", "5,5,5,3"),
        with_last(named("s-contact", "5,5,5,5"), wish=Wish.CONTACT_ME),
        named("B-leaving", "5,5,5,2"),
        named("a-leaving", "5,5,5,1"),
    )
    assert [(entry.history.enrolment.alias, entry.section) for entry in found.entries] == [
        ("a-leaving", Section.NO_LONGER_WANTS_TO_RETURN),
        ("B-leaving", Section.NO_LONGER_WANTS_TO_RETURN),
        ("s-contact", Section.ASKED_TO_BE_CONTACTED),
        ("t-unsure", Section.UNSURE),
        ("u-changed", Section.CHANGED),
        ("v-low", Section.LOW_ANSWER),
        ("w-silent", Section.SILENCE),
        ("x-wrote", Section.COMMENTS),
        ("y-steady", Section.STEADY),
        ("z-quiet", Section.NOTHING_NEW),
    ]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (EnrolmentState.ACTIVE, True),
        (EnrolmentState.CLOSED, False),
        (EnrolmentState.REFUSED, False),
        (EnrolmentState.WITHDRAWN, False),
        (EnrolmentState.DECLINED, False),
    ],
)
def test_who_has_gone_is_not_listed(state: EnrolmentState, expected: bool) -> None:
    """Removed and refused never are; those who stopped long ago only with something open."""
    old = record(state=state)
    assert bool(composed(old).entries) == expected


def test_an_open_signal_of_somebody_who_stopped_is_still_told() -> None:
    """What was shown before they stopped stays to be talked about."""
    known = with_last(record("5,5,5,1", state=EnrolmentState.WITHDRAWN), shown_at=SINCE)
    assert [entry.section for entry in composed(known).entries] == [Section.NO_LONGER_WANTS_TO_RETURN]


def test_counts_are_of_the_time_since_the_last_digest() -> None:
    """Asked, answered, and of these kept private; what was asked before the last digest is not counted."""
    private = with_last(named("Lynx", "1,1,1,1"), kept_private=True)
    expired = with_last(named("Heron", "5,5,5,5"), state=CheckInState.EXPIRED)
    found = composed(named("Otter", "5,5,5,5", "5,5,5,5"), private, expired)
    assert (found.asked, found.answered, found.kept_private) == (3, 2, 1)


def test_what_is_kept_private_is_in_no_entry() -> None:
    """An entry tells only that it was answered and kept private."""
    [entry] = composed(with_last(record("5,5,5,5", "1,1,1,1"), kept_private=True, wish=Wish.CONTACT_ME)).entries
    assert (entry.section, entry.told, entry.shows, entry.kept_private) == (Section.NOTHING_NEW, (), (), 1)


def test_an_entry_shows_what_it_cites() -> None:
    """The check-in that raised a signal, and up to three before it."""
    known = record(*["5,5,5,5"] * 5, "5,5,5,1")
    [entry] = composed(known).entries
    assert entry.told == history(known).check_ins[-1:]
    assert sorted(entry.shows) == [one.session for one in known.check_ins[-4:]]


def test_an_entry_tells_at_most_six_check_ins() -> None:
    """The latest, so that it always fits one message."""
    known = record(*["5,5,5,5"] * 8)
    everything = compose(therapist(), (history(known),), PRACTICE, at("2025-12-01 08:00"), MONDAY)
    assert everything.entries[0].told == history(known).check_ins[-6:]


def test_a_check_in_answered_at_the_last_digest_is_old() -> None:
    """What came in at the very moment of the last digest was told by it."""
    known = with_last(record("5,5,5,5"), closed_at=SINCE)
    assert composed(known).answered == 0


@pytest.mark.parametrize(("ended", "listed"), [("2026-03-05 12:00", [Section.SILENCE]), ("2026-03-01 12:00", [])])
def test_who_stopped_is_told_once(ended: str, listed: list[Section]) -> None:
    """By the first digest after it."""
    known = record(state=EnrolmentState.WITHDRAWN)
    stopped = replace(known, enrolment=replace(known.enrolment, ended_at=at(ended)))
    assert [entry.section for entry in composed(stopped).entries] == listed
