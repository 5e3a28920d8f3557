"""Consent: asked for, granted or declined, confirmed by the therapist, withdrawn.

invited -> opened -> granted | declined; granted -> active (the therapist confirms who it is) | refused; -> withdrawn.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from conversations import timing
from conversations.buttons import Verb
from conversations.decision import Decision, Purpose, Saved, ShowCard, Tell
from conversations.message import Message, plain
from conversations.people import (
    Account,
    Choice,
    ConsentRecord,
    Enrolment,
    EnrolmentState,
    Expectation,
    Invitation,
    Therapist,
)
from conversations.practice import Practice
from conversations.sessions import CheckIn
from conversations.wording import check_in as card_wording
from conversations.wording import client as client_wording
from conversations.wording import consent as wording
from conversations.wording import therapist as therapist_wording

ASK_LATER = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody who was asked for consent, or once answered."""

    enrolment: Enrolment
    account: Account
    therapist: Therapist
    practice: Practice
    who: str = ""
    """The name that Telegram shows of them: passed on to the therapist once, never stored."""
    check_ins: tuple[CheckIn, ...] = ()
    """Read only where a word ends them."""


def terms(practice: Practice, therapist: Therapist) -> str:
    """Name what is agreed to: the version of the text, the questions, who receives the answers, how long they stay."""
    questions = practice.questions
    kept = f"kept-{practice.keep_after_end.days}d"
    return f"{wording.TERMS_VERSION}/{questions.id}-{questions.version}/{therapist.id}/{kept}"


def open_invitation(asked: Asked, invitation: Invitation, now: datetime) -> Decision:
    """Use an invitation up, and ask for consent."""
    account = replace(asked.account, unreachable_since=None)
    opened = replace(
        _asked_now(asked.enrolment, now), state=EnrolmentState.OPENED, account=account.chat_id, opened_at=now
    )
    used = replace(invitation, used_at=now, used_by=account.chat_id)
    return Decision((account, used, opened), (_ask(replace(asked, enrolment=opened), Purpose.REPLY),))


def repeat_question(asked: Asked, now: datetime) -> Decision:
    """Ask once more, when somebody taps the link again or comes back to it."""
    by_now = timing.after_quiet_hours(
        now, _zone_of(asked), asked.practice.quiet_hours
    )  # what only waits for the morning
    asked_at = asked.enrolment.ask_again_at
    still_promised = asked_at if asked_at is not None and asked_at > by_now else None
    repeated = replace(_asked_now(asked.enrolment, now), ask_again_at=still_promised)
    return Decision((repeated,), (_ask(asked, Purpose.REPLY),))


def _asked_now(enrolment: Enrolment, now: datetime) -> Enrolment:
    return replace(enrolment, asked_at=now, ask_again_at=None)


def fell_due(asked: Asked, now: datetime) -> Decision:
    """Ask again: on the day after "ask me later", or what could not be said before."""
    match asked.enrolment.state:
        case EnrolmentState.OPENED if asked.therapist.removed_at is None:
            return _ask_by_day(asked, now)
        case EnrolmentState.GRANTED if asked.therapist.removed_at is None:
            return Decision((_not_to_ask_again(asked.enrolment),), _ask_who_it_is(asked))
        case _:
            return Decision((_not_to_ask_again(asked.enrolment),))


def _ask_by_day(asked: Asked, now: datetime) -> Decision:
    if asked.account.unreachable_since:
        return Decision()
    waits_until = timing.after_quiet_hours(now, _zone_of(asked), asked.practice.quiet_hours)
    if waits_until > now:
        return Decision((replace(asked.enrolment, ask_again_at=waits_until),))
    lines = (_why_anew(asked),) if asked.enrolment.is_asked_anew else ()
    return Decision((_asked_now(asked.enrolment, now),), (_ask(asked, Purpose.CONSENT, *lines),))


def _not_to_ask_again(enrolment: Enrolment) -> Enrolment:
    return replace(enrolment, ask_again_at=None)


def not_asked(asked: Asked, purpose: Purpose, now: datetime) -> Decision:
    """Ask the client or the therapist, who could not be reached, as soon as they can, if it still matters."""
    waits_for = {Purpose.CONSENT: EnrolmentState.OPENED, Purpose.PAIRING: EnrolmentState.GRANTED}[purpose]
    if asked.enrolment.state is not waits_for or asked.enrolment.ask_again_at is not None:
        return Decision()
    return Decision((replace(asked.enrolment, ask_again_at=now),))


def ask_again(
    enrolment: Enrolment, account: Account, therapist: Therapist, practice: Practice, now: datetime
) -> Decision:
    """Ask anew since the terms have changed, or nobody knows any more what was agreed; check-ins wait until then."""
    opened = replace(_asked_now(enrolment, now), state=EnrolmentState.OPENED)
    asked = Asked(opened, account, therapist, practice)
    return Decision((opened,), (_ask(asked, Purpose.CONSENT, _why_anew(asked)),))


def _why_anew(asked: Asked) -> str:
    return wording.restored(asked.therapist) if asked.enrolment.terms is None else wording.CHANGED


def was_away(asked: Asked, now: datetime) -> Decision:
    """Repeat a question whose answer may have been lost; not one that was left open for long, or put off."""
    asked_at, put_off = asked.enrolment.asked_at, asked.enrolment.ask_again_at is not None
    if put_off or asked_at is None or now - asked_at > asked.practice.lifetime:
        return Decision()
    return Decision(say=(_ask(asked, Purpose.CONSENT, card_wording.WAS_AWAY),))


def _ask(asked: Asked, purpose: Purpose, *lines: str) -> Tell:
    message = wording.asked(asked.enrolment, asked.therapist, asked.practice).above(*lines)
    code = asked.enrolment.code
    return Tell(asked.account.chat_id, message, purpose, enrolment=code, slot=f"consent:{code}")


def answer(asked: Asked, verb: Verb, now: datetime) -> Decision:
    """Decide what a tap below the consent text does."""
    match asked.enrolment.state, verb:
        case EnrolmentState.OPENED, Verb.AGREE if asked.therapist.removed_at:
            return Decision(say=(_tell(asked, client_wording.therapist_has_left(asked.therapist, asked.practice)),))
        case EnrolmentState.OPENED, Verb.AGREE:
            return _grant(asked, now)
        case EnrolmentState.OPENED, Verb.NO_THANKS if asked.enrolment.is_asked_anew:
            return end(asked, Choice.DECLINED, now)
        case EnrolmentState.OPENED, Verb.NO_THANKS:
            ended = replace(asked.enrolment, state=EnrolmentState.DECLINED, ask_again_at=None, ended_at=now)
            return Decision((ended, _record(asked, Choice.DECLINED, now)), (_tell(asked, wording.declined()),))
        case EnrolmentState.OPENED, Verb.ASK_LATER:
            at = timing.after_quiet_hours(now + ASK_LATER, _zone_of(asked), asked.practice.quiet_hours)
            return Decision(
                (replace(asked.enrolment, ask_again_at=at),), (_tell(asked, Message((wording.ASK_LATER,))),)
            )
        case ((EnrolmentState.GRANTED | EnrolmentState.ACTIVE), Verb.AGREE):
            return Decision(say=(_tell(asked, Message((wording.AGREED_ALREADY,))),))
        case EnrolmentState.DECLINED, Verb.AGREE:
            return Decision(say=(_tell(asked, wording.declined_stands()),))
        case _:
            return Decision(say=(_tell(asked, Message((wording.ANSWERED_ALREADY,))),))


def _grant(asked: Asked, now: datetime) -> Decision:
    known = asked.enrolment.confirmed_at is not None
    granted = replace(
        asked.enrolment,
        state=EnrolmentState.ACTIVE if known else EnrolmentState.GRANTED,
        terms=terms(asked.practice, asked.therapist),
        granted_at=now,
        ask_again_at=None,
    )
    record = _record(asked, Choice.GRANTED, now)
    if known:
        return Decision((granted, record), (_tell(asked, wording.agreed_again()),))
    thanks = _tell(asked, wording.waiting_for_confirmation(asked.therapist))
    return Decision((granted, record), (thanks, *_ask_who_it_is(replace(asked, enrolment=granted))))


def _ask_who_it_is(asked: Asked, *lines: str) -> tuple[Tell, ...]:
    if asked.therapist.account is None:
        return ()
    question, code = therapist_wording.pairing(asked.enrolment, asked.who).above(*lines), asked.enrolment.code
    return (Tell(asked.therapist.account, question, Purpose.PAIRING, enrolment=code, slot=f"pairing:{code}"),)


def pairing_was_away(asked: Asked) -> Decision:
    """Repeat the question to the therapist, whose tap may have been lost; not one that is to be asked anyhow."""
    if asked.enrolment.ask_again_at is not None:
        return Decision()
    return Decision(say=_ask_who_it_is(asked, card_wording.WAS_AWAY))


def confirm_pairing(asked: Asked, verb: Verb, now: datetime) -> Decision:
    """Decide what the therapist's word on a pairing does."""
    therapist = asked.therapist.account
    assert therapist is not None
    match asked.enrolment.state, verb:
        case EnrolmentState.GRANTED, Verb.CONFIRM_PAIRING:
            active = replace(asked.enrolment, state=EnrolmentState.ACTIVE, ask_again_at=None, confirmed_at=now)
            return Decision(
                (active,),
                (
                    Tell(therapist, therapist_wording.pairing_confirmed(active)),
                    _tell(asked, wording.confirmed(asked.therapist)),
                ),
            )
        case EnrolmentState.GRANTED, Verb.REFUSE_PAIRING:
            refused = replace(
                asked.enrolment, state=EnrolmentState.REFUSED, account=None, ask_again_at=None, ended_at=now
            )
            return Decision(
                (refused,),
                (
                    Tell(therapist, therapist_wording.pairing_refused(refused)),
                    _tell(asked, wording.not_confirmed()),
                ),
            )
        case _:
            return Decision(say=(Tell(therapist, therapist_wording.pairing_settled(asked.enrolment)),))


def end(asked: Asked, choice: Choice, now: datetime) -> Decision:
    """End an enrolment at the client's word: no more check-ins, and what was not yet shown is withheld."""
    state, confirms = _ENDINGS[choice]
    check_ins = asked.check_ins
    ended = replace(asked.enrolment, state=state, ask_again_at=None, ended_at=now)
    closed = tuple(changed for check_in in check_ins if (changed := _withheld(check_in, now)) != check_in)
    account = replace(asked.account, expects=_unless_about(asked.account.expects, check_ins))
    cards = tuple(
        ShowCard(asked.account.chat_id, one.session, one.enrolment, card_wording.ended(), Purpose.REPLY)
        for one in check_ins
        if one.is_open and one.sent_at
    )
    withheld = any(one.kept_private for one in closed)
    confirmation = _tell(asked, confirms(asked.therapist, withheld=withheld))
    saved: tuple[Saved, ...] = (ended, _record(asked, choice, now), *closed, account)
    return Decision(saved, (confirmation, *cards))


_ENDINGS = {
    Choice.DECLINED: (EnrolmentState.DECLINED, wording.declined_anew),
    Choice.WITHDRAWN: (EnrolmentState.WITHDRAWN, wording.stopped),
}


def _withheld(check_in: CheckIn, now: datetime) -> CheckIn:
    private = check_in.kept_private or (check_in.has_answers and check_in.shown_at is None)
    return replace(check_in.cancelled(now), kept_private=private)


def _unless_about(expects: Expectation | None, check_ins: tuple[CheckIn, ...]) -> Expectation | None:
    about_these = expects is not None and expects.subject in {one.session for one in check_ins}
    return None if about_these else expects


def _record(asked: Asked, choice: Choice, now: datetime) -> ConsentRecord:
    text = plain(wording.asked(asked.enrolment, asked.therapist, asked.practice))
    named = terms(asked.practice, asked.therapist)
    return ConsentRecord(asked.enrolment.code, choice, now, named, asked.practice.language, text)


def _zone_of(asked: Asked) -> ZoneInfo:
    return asked.account.zone or asked.practice.zone


def _tell(asked: Asked, message: Message) -> Tell:
    return Tell(asked.account.chat_id, message)
