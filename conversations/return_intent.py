"""The client who no longer wants to come back: what is asked next, and when the therapist is nudged."""

from datetime import datetime, timedelta

from conversations.check_in import Card
from conversations.decision import Purpose, Tell
from conversations.sessions import CheckIn, Page, Wish
from conversations.wording import therapist as wording

NO_LONGER = 2
"""Ratings up to this one say that the client no longer wants to return."""
UNSURE = 3

TIME_TO_THINK = timedelta(minutes=10)
"""How long a nudge waits while the client is still choosing: a slip of the finger or "keep this private" stops it."""


def calls_for_follow_up(check_in: CheckIn, return_question: str) -> bool:
    """Tell whether to ask what it is about: after "no", "rather not" and "not sure"."""
    rating = check_in.rating(return_question)
    return rating is not None and rating <= UNSURE


def calls_for_heads_up(check_in: CheckIn, return_question: str) -> bool:
    """Tell whether the therapist is to be nudged, without a word about why."""
    if check_in.kept_private or check_in.shown_at or check_in.heads_up_at:
        return False
    rating = check_in.rating(return_question)
    return check_in.wish is Wish.CONTACT_ME or (rating is not None and rating <= NO_LONGER)


def heads_up(card: Card, now: datetime) -> tuple[Tell, ...]:
    """Return the nudge that the answers call for: at once when they are complete, else after time to think."""
    therapist = card.therapist
    wanted = therapist.heads_up and therapist.account is not None and therapist.is_there
    if not wanted or not calls_for_heads_up(card.check_in, card.practice.questions.return_question.id):
        return ()
    assert therapist.account is not None
    choosing = card.check_in.page in {Page.QUESTION, Page.REASON, Page.WISH}
    return (
        Tell(
            therapist.account,
            wording.heads_up(),
            Purpose.HEADS_UP,
            enrolment=card.enrolment.code,
            session=card.check_in.session,
            not_before=now + TIME_TO_THINK if choosing else now,
        ),
    )
