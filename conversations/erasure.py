"""Erasing at an operator's command. What a client does in the chat, /deletemydata, is in `client.py`."""

from conversations.decision import Decision, EraseClient, EraseEnrolment, Said, Tell, Unsend
from conversations.people import LIVE, Enrolment, Therapist
from conversations.wording import caseload as caseload_wording
from conversations.wording import client as client_wording


def erase(enrolment: Enrolment, therapist: Therapist, *, has_others: bool) -> Decision:
    """Erase an enrolment; where the account has no other one, everything that is stored of it as a client.

    The client is told, and so is the therapist, since the client vanishes from the caseload.
    """
    news = _news(enrolment, therapist)
    if enrolment.account is None:
        return Decision((EraseEnrolment(enrolment.code),), news)
    if has_others:
        told = Tell(enrolment.account, client_wording.enrolment_erased(therapist))
        return Decision((EraseEnrolment(enrolment.code),), (told, *news))
    told = Tell(enrolment.account, client_wording.erased())
    return Decision((EraseClient(enrolment.account),), (Unsend(enrolment.account), told, *news))


def forget(enrolment: Enrolment, *, has_others: bool, is_therapist: bool) -> Decision:
    """Erase an enrolment without a word: long after its end, or once more after a restore.

    With it goes the account, unless it has other enrolments or is a therapist's.
    """
    if enrolment.account is None or has_others or is_therapist:
        return Decision((EraseEnrolment(enrolment.code),))
    return Decision((EraseClient(enrolment.account),))


def _news(enrolment: Enrolment, therapist: Therapist) -> tuple[Said, ...]:
    reads = therapist.account is not None and therapist.removed_at is None
    if enrolment.state not in LIVE or not reads:
        return ()
    assert therapist.account is not None
    return (Tell(therapist.account, caseload_wording.enrolment_erased(enrolment)),)
