"""Blocked and back; a therapist who stays away or is removed."""

from dataclasses import replace

import pytest

from conversations.decision import CancelQueue, Decision, Purpose, Tell
from conversations.events import Left, Returned, StayedAway
from conversations.invitations import for_client
from conversations.presence import Presence, change, remove
from conversations.wording import client as wording
from tests.conversations.made_up import CLIENT, DAY, NOW, PRACTICE, THERAPIST, account, enrolment, said_to, therapist

AWAY = replace(account(THERAPIST), unreachable_since=NOW - 7 * DAY)
CLIENTS = (enrolment(), replace(enrolment(), code="NOBODY", account=None))


def test_whoever_blocks_the_bot_is_unreachable_and_their_queue_is_dropped() -> None:
    """Since the first time it was noticed."""
    first = change(Presence(account()), Left(), NOW)
    assert first == Decision((replace(account(), unreachable_since=NOW),), (CancelQueue(CLIENT),))
    assert change(Presence(AWAY), Left(), NOW).save == (AWAY,)


def test_whoever_comes_back_is_reachable() -> None:
    """Without a word, unless clients were told that a therapist is away."""
    assert change(Presence(AWAY, therapist(), CLIENTS), Returned(), NOW) == Decision((account(THERAPIST),))
    told = replace(therapist(), clients_told_at=NOW - DAY)
    back = change(Presence(AWAY, told, CLIENTS), Returned(), NOW)
    assert back.save == (account(THERAPIST), therapist())
    assert said_to(CLIENT, back) == "Check-ins are on again.\n\nDr. Made-Up can be reached again."


def test_clients_are_told_of_a_therapist_who_stays_away() -> None:
    """Each in a notice that depends on their consent."""
    decision = change(Presence(AWAY, therapist(), CLIENTS), StayedAway(), NOW)
    assert decision.save == (replace(therapist(), clients_told_at=NOW),)
    assert decision.say == (Tell(CLIENT, wording.therapist_is_away(therapist()), Purpose.NOTICE, enrolment="MADEUP-E"),)


@pytest.mark.parametrize("there", [Presence(account(THERAPIST), therapist(), CLIENTS), Presence(AWAY)])
def test_nobody_is_told_of_one_who_is_there(there: Presence) -> None:
    """Nor of somebody without a desk."""
    assert change(there, StayedAway(), NOW) == Decision()


def test_removing_a_therapist_ends_links_and_digests() -> None:
    """And tells the clients."""
    link = for_client(enrolment(), "made-up-secret", PRACTICE, NOW)
    decision = remove(Presence(account(THERAPIST), therapist(), CLIENTS), (link,), PRACTICE, NOW)
    gone = replace(therapist(), removed_at=NOW, next_digest_at=None)
    assert decision.save == (gone, replace(link, revoked_at=NOW))
    assert said_to(CLIENT, decision).startswith("Your check-ins have ended.\n\nDr. Made-Up no longer uses this bot.")
