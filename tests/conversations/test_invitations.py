"""Links that work once, for whom they are meant."""

from dataclasses import replace
from hashlib import sha256

import pytest

from conversations.commands import Role
from conversations.decision import ShowMenu, WrongGuess
from conversations.invitations import Opening, follow, for_client, for_therapist, link
from conversations.message import Message, plain
from conversations.people import EnrolmentState, Expectation, ExpectationKind, Invitation, Therapist
from conversations.wording import consent as wording
from tests.conversations.made_up import (
    CLIENT,
    DAY,
    NOW,
    PRACTICE,
    THERAPIST,
    account,
    at,
    enrolment,
    said_to,
    therapist,
)

INVITED = enrolment(EnrolmentState.INVITED)
FOR_CLIENT = for_client(INVITED, "made-up-secret", PRACTICE, NOW - DAY)
NEW = therapist(chat_id=None)
FOR_THERAPIST = for_therapist(NEW, "made-up-secret", PRACTICE, NOW - DAY)
NOT_VALID = plain(Message(wording.LINK_NOT_VALID))


def opened(**changes: object) -> Opening:
    """Return somebody who follows a client's link."""
    whole = Opening(account(), PRACTICE, FOR_CLIENT, therapist(), INVITED)
    return replace(whole, **changes)  # type: ignore[arg-type]


def test_only_the_hash_of_a_code_is_kept() -> None:
    """For 14 days; the link itself carries the code."""
    kept = sha256(b"made-up-secret").hexdigest()
    in_two_weeks = NOW + 14 * DAY
    for_otter = for_client(INVITED, "made-up-secret", PRACTICE, NOW)
    for_new = for_therapist(NEW, "made-up-secret", PRACTICE, NOW)
    assert for_otter == Invitation(kept, None, "MADEUP-E", in_two_weeks)
    assert for_new == Invitation(kept, "MADEUP-T", None, in_two_weeks)
    assert link(PRACTICE, "made-up-secret") == "https://t.me/made_up_bot?start=made-up-secret"


@pytest.mark.parametrize(
    "changes",
    [
        {"invitation": None, "therapist": None, "enrolment": None},
        {"therapist": replace(therapist(), removed_at=NOW)},
        {"invitation": replace(FOR_CLIENT, used_at=NOW, used_by=999)},
        {"invitation": replace(FOR_CLIENT, revoked_at=NOW)},
        {"invitation": replace(FOR_CLIENT, expires_at=NOW)},
        {"enrolment": enrolment(EnrolmentState.CLOSED)},
        {"invitation": replace(FOR_THERAPIST, expires_at=NOW), "therapist": NEW, "enrolment": None},
    ],
)
def test_links_that_do_not_work_all_get_the_same_answer(changes: dict[str, object]) -> None:
    """Unknown, used, revoked, expired, or of somebody who has gone: nobody learns which."""
    decision = follow(opened(**changes), NOW)
    assert (decision.save, said_to(CLIENT, decision)) == ((WrongGuess(CLIENT, NOW),), NOT_VALID)


def test_after_five_links_that_do_not_work_even_a_good_one_has_to_wait() -> None:
    """The answer is the same for any code, and nothing is counted further: the hour comes to an end."""
    fifth, sixth = follow(opened(guesses=4), NOW), follow(opened(guesses=5), NOW)
    assert said_to(CLIENT, fifth).startswith("A question before we begin.")
    assert (sixth.save, said_to(CLIENT, sixth)) == ((), plain(Message(wording.TOO_MANY_LINKS)))


@pytest.mark.parametrize(
    ("own_desk", "roles"), [(None, (Role.CLIENT,)), (therapist("Dr. Other", CLIENT), (Role.CLIENT, Role.THERAPIST))]
)
def test_a_clients_link_asks_for_consent(own_desk: Therapist | None, roles: tuple[Role, ...]) -> None:
    """And shows the menu for what they are."""
    decision = follow(opened(own_desk=own_desk), NOW)
    assert said_to(CLIENT, decision).startswith("A question before we begin.")
    assert decision.say[-1] == ShowMenu(CLIENT, roles)


def test_following_ones_own_link_again_repeats_the_question() -> None:
    """As long as it is open."""
    used = replace(FOR_CLIENT, used_at=NOW, used_by=CLIENT)
    decision = follow(opened(invitation=used, enrolment=enrolment(EnrolmentState.OPENED)), NOW)
    assert said_to(CLIENT, decision).startswith("A question before we begin.")
    assert decision.save == (replace(enrolment(EnrolmentState.OPENED), asked_at=NOW),)


@pytest.mark.parametrize("state", [EnrolmentState.GRANTED, EnrolmentState.ACTIVE])
def test_following_ones_own_link_after_agreeing_changes_nothing(state: EnrolmentState) -> None:
    """They are told that they have agreed."""
    used = replace(FOR_CLIENT, used_at=NOW, used_by=CLIENT)
    decision = follow(opened(invitation=used, enrolment=enrolment(state)), NOW)
    assert (decision.save, said_to(CLIENT, decision)) == ((), wording.AGREED_ALREADY)


def test_therapists_can_not_use_up_their_clients_links() -> None:
    """They are told to pass it on."""
    decision = follow(opened(account=account(THERAPIST)), NOW)
    assert "I have left it unused" in said_to(THERAPIST, decision)
    assert decision.save == ()


@pytest.mark.parametrize(("zone_is_set", "asks"), [(True, False), (False, True)])
@pytest.mark.parametrize(("is_client", "roles"), [(False, (Role.THERAPIST,)), (True, (Role.THERAPIST, Role.CLIENT))])
def test_a_therapists_link_enrols(zone_is_set: bool, asks: bool, is_client: bool, roles: tuple[Role, ...]) -> None:
    """With the date of the first summary, and a question for the zone if nobody has set it."""
    new = replace(NEW, zone_is_set=zone_is_set)
    decision = follow(opened(invitation=FOR_THERAPIST, therapist=new, enrolment=None, is_client=is_client), NOW)
    [enrolled] = [one for one in decision.save if isinstance(one, Therapist)]
    assert (enrolled.account, enrolled.next_digest_at) == (CLIENT, at("2026-03-09 08:00"))
    expects = Expectation(ExpectationKind.ZONE, "desk") if asks else None
    assert replace(account(), expects=expects) in decision.save
    assert said_to(CLIENT, decision).startswith("Welcome. You are enrolled.")
    assert ("I assume Europe/Berlin." in said_to(CLIENT, decision)) == asks
    assert ("Which time zone are you in?" in said_to(CLIENT, decision)) == asks
    assert decision.say[-1] == ShowMenu(CLIENT, roles)


def test_nobody_is_enrolled_twice() -> None:
    """The link stays unused."""
    decision = follow(opened(invitation=FOR_THERAPIST, therapist=NEW, enrolment=None, own_desk=therapist()), NOW)
    assert (decision.save, "You are enrolled already" in said_to(CLIENT, decision)) == ((), True)


def test_enrolling_uses_the_link_up_and_starts_afresh() -> None:
    """Even for somebody who had been removed or out of reach: the first summary tells what comes in from now on."""
    lost = replace(account(), unreachable_since=NOW - DAY)
    former = replace(NEW, next_digest_at=None, last_digest_at=NOW - DAY, clients_told_at=NOW - DAY)
    decision = follow(opened(account=lost, invitation=FOR_THERAPIST, therapist=former, enrolment=None), NOW)
    assert decision.save == (
        account(),
        replace(NEW, account=CLIENT, next_digest_at=at("2026-03-09 08:00"), last_digest_at=NOW),
        replace(FOR_THERAPIST, used_at=NOW, used_by=CLIENT),
    )
