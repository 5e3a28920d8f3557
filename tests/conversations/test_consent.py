"""From the invitation to the withdrawal, as tables."""

from dataclasses import replace
from datetime import datetime

import pytest

from conversations.buttons import Verb
from conversations.consent import (
    Asked,
    answer,
    ask_again,
    confirm_pairing,
    end,
    fell_due,
    not_asked,
    open_invitation,
    pairing_was_away,
    repeat_question,
    terms,
    was_away,
)
from conversations.decision import Decision, Purpose, ShowCard, Tell
from conversations.invitations import for_client
from conversations.message import plain
from conversations.people import (
    Account,
    Choice,
    ConsentRecord,
    Enrolment,
    EnrolmentState,
    Expectation,
    ExpectationKind,
)
from conversations.sessions import CheckIn, CheckInState
from conversations.wording import check_in as card_wording
from conversations.wording import consent as wording
from tests.conversations.made_up import (
    CLIENT,
    DAY,
    HOUR,
    NOW,
    PRACTICE,
    THERAPIST,
    account,
    at,
    check_in,
    enrolment,
    said_to,
    therapist,
)

State = EnrolmentState


def asked(state: State = State.OPENED, **changes: object) -> Asked:
    """Return somebody who was asked for consent."""
    whole = Asked(enrolment(state), account(), therapist(), PRACTICE, "Robin Made-Up")
    return replace(whole, **changes)  # type: ignore[arg-type]


def saved(decision: Decision) -> Enrolment | None:
    """Return the enrolment that a decision saves; None if it saves none."""
    return next((one for one in decision.save if isinstance(one, Enrolment)), None)


@pytest.mark.parametrize(
    ("state", "verb", "becomes", "says"),
    [
        (State.OPENED, Verb.AGREE, State.GRANTED, "Thank you."),
        (State.OPENED, Verb.NO_THANKS, State.DECLINED, "You won't be asked again."),
        (State.OPENED, Verb.ASK_LATER, State.OPENED, wording.ASK_LATER),
        (State.GRANTED, Verb.AGREE, None, wording.AGREED_ALREADY),
        (State.ACTIVE, Verb.AGREE, None, wording.AGREED_ALREADY),
        (State.ACTIVE, Verb.NO_THANKS, None, wording.ANSWERED_ALREADY),
        (State.DECLINED, Verb.AGREE, None, "You said no, and that stands."),
        (State.DECLINED, Verb.NO_THANKS, None, wording.ANSWERED_ALREADY),
        (State.WITHDRAWN, Verb.AGREE, None, wording.ANSWERED_ALREADY),
        (State.WITHDRAWN, Verb.ASK_LATER, None, wording.ANSWERED_ALREADY),
    ],
)
def test_what_a_tap_below_the_question_does(state: State, verb: Verb, becomes: State | None, says: str) -> None:
    """A question is answered once; a no or a stop takes a new invitation to undo."""
    decision = answer(asked(state), verb, NOW)
    found = saved(decision)
    assert (found.state if found else None) == becomes
    assert says in said_to(CLIENT, decision)


GONE = replace(therapist(), removed_at=NOW - DAY)


def test_nobody_agrees_to_check_ins_with_a_therapist_who_has_left() -> None:
    """They learn that there are none, and whom to ask; a no is still taken."""
    decision = answer(asked(therapist=GONE), Verb.AGREE, NOW)
    assert decision.save == ()
    assert said_to(CLIENT, decision).startswith("Your check-ins have ended.\n\nDr. Made-Up no longer uses this bot.")
    assert PRACTICE.contact in said_to(CLIENT, decision)
    declined = saved(answer(asked(therapist=GONE), Verb.NO_THANKS, NOW))
    assert declined is not None
    assert declined.state is State.DECLINED


def test_nobody_is_asked_once_more_for_a_therapist_who_has_left() -> None:
    """The question that was put off is dropped."""
    put_off = replace(enrolment(State.OPENED), ask_again_at=NOW)
    decision = fell_due(asked(enrolment=put_off, therapist=GONE), NOW)
    assert decision == Decision((replace(put_off, ask_again_at=None),))


def test_a_no_to_changed_terms_ends_the_check_ins_and_withholds() -> None:
    """As a stop does; it is recorded as the no that it is."""
    known = replace(enrolment(State.OPENED), confirmed_at=NOW - DAY)
    unseen = replace(check_in("5,5,5,1"), session="UNSEEN")
    decision = answer(asked(enrolment=known, check_ins=(unseen,)), Verb.NO_THANKS, NOW)
    assert saved(decision) == replace(known, state=State.DECLINED, ended_at=NOW)
    assert [one.kept_private for one in decision.save if isinstance(one, CheckIn)] == [True]
    assert [one.choice for one in decision.save if isinstance(one, ConsentRecord)] == [Choice.DECLINED]
    assert said_to(CLIENT, decision).startswith(
        "That's all right.\n\nNo more check-ins about the work with Dr. Made-Up."
    )
    assert "had not been sent yet are withheld" in said_to(CLIENT, decision)


def test_an_agreement_is_recorded_with_the_exact_text() -> None:
    """And the therapist is asked who it is, by the name that Telegram shows."""
    decision = answer(asked(), Verb.AGREE, NOW)
    text = plain(wording.asked(enrolment(State.OPENED), therapist(), PRACTICE))
    expected = ConsentRecord("MADEUP-E", Choice.GRANTED, NOW, terms(PRACTICE, therapist()), "en", text)
    assert [one for one in decision.save if isinstance(one, ConsentRecord)] == [expected]
    assert "Robin Made-Up has opened the invitation for Otter and agreed. Is it them?" in said_to(THERAPIST, decision)


def test_without_a_therapist_to_ask_the_agreement_still_stands() -> None:
    """Nobody is asked who it is."""
    decision = answer(asked(therapist=therapist(chat_id=None)), Verb.AGREE, NOW)
    assert [one.to for one in decision.say if isinstance(one, Tell)] == [CLIENT]


def test_agreeing_to_changed_terms_needs_no_second_confirmation() -> None:
    """The therapist knows who it is."""
    known = replace(enrolment(State.OPENED), confirmed_at=NOW - DAY)
    decision = answer(asked(enrolment=known), Verb.AGREE, NOW)
    found = saved(decision)
    assert found is not None
    assert (found.state, found.terms) == (State.ACTIVE, terms(PRACTICE, therapist()))
    assert said_to(CLIENT, decision) == "Thank you. The check-ins go on."
    assert said_to(THERAPIST, decision) == ""


def test_asked_later_comes_a_day_later_outside_quiet_hours() -> None:
    """At night it waits for the morning."""
    for now, expected in ((NOW, NOW + DAY), (at("2026-03-05 22:00"), at("2026-03-07 09:00"))):
        found = saved(answer(asked(), Verb.ASK_LATER, now))
        assert found is not None
        assert found.ask_again_at == expected


@pytest.mark.parametrize(
    ("state", "now", "next_at", "asks"),
    [
        (State.OPENED, NOW, None, [(CLIENT, Purpose.CONSENT)]),
        (State.OPENED, at("2026-03-05 22:00"), at("2026-03-06 09:00"), []),
        (State.GRANTED, NOW, None, [(THERAPIST, Purpose.PAIRING)]),
        (State.GRANTED, at("2026-03-05 22:00"), None, [(THERAPIST, Purpose.PAIRING)]),
        (State.ACTIVE, NOW, None, []),
        (State.DECLINED, NOW, None, []),
    ],
)
def test_a_question_is_asked_again_once(
    state: State, now: datetime, next_at: datetime | None, asks: list[tuple[int, Purpose]]
) -> None:
    """If it is still open; a client is not asked at night."""
    waits = replace(enrolment(state), ask_again_at=NOW)
    decision = fell_due(asked(enrolment=waits), now)
    asked_at = now if (CLIENT, Purpose.CONSENT) in asks else waits.asked_at
    assert decision.save == (replace(waits, asked_at=asked_at, ask_again_at=next_at),)
    assert [(one.to, one.purpose) for one in decision.say if isinstance(one, Tell)] == asks


def test_the_question_waits_for_who_can_not_be_reached() -> None:
    """It is still due when they are back."""
    waits = replace(enrolment(State.OPENED), ask_again_at=NOW)
    there = replace(account(), unreachable_since=NOW)
    assert fell_due(asked(enrolment=waits, account=there), NOW) == Decision()


def test_who_is_asked_again_for_new_terms_is_told_why() -> None:
    """It may be the first that they read of it."""
    waits = replace(enrolment(State.OPENED), confirmed_at=NOW - DAY, ask_again_at=NOW)
    for terms_then, line in (("older", wording.CHANGED), (None, wording.restored(therapist()))):
        [told] = fell_due(asked(enrolment=replace(waits, terms=terms_then)), NOW).say
        assert isinstance(told, Tell)
        assert told.message.blocks[0] == line


@pytest.mark.parametrize(("purpose", "waits_for"), [(Purpose.CONSENT, State.OPENED), (Purpose.PAIRING, State.GRANTED)])
@pytest.mark.parametrize("state", State)
def test_a_question_that_could_not_be_said_is_due(state: State, purpose: Purpose, waits_for: State) -> None:
    """As long as somebody is to answer that very question; a promise to ask later stands."""
    unsaid = replace(enrolment(state), ask_again_at=NOW)
    assert not_asked(asked(state), purpose, NOW) == Decision((unsaid,) if state is waits_for else ())
    promised = replace(unsaid, ask_again_at=NOW + DAY)
    assert not_asked(asked(enrolment=promised), purpose, NOW) == Decision()


def test_an_invitation_is_used_up_when_it_is_opened() -> None:
    """By one account, which is asked at once."""
    link = for_client(enrolment(State.INVITED), "made-up-secret", PRACTICE, NOW - DAY)
    lost = replace(account(), unreachable_since=NOW)
    stale = replace(enrolment(State.INVITED), ask_again_at=NOW)
    decision = open_invitation(asked(enrolment=stale, account=lost), link, NOW)
    assert decision.save == (
        account(),
        replace(link, used_at=NOW, used_by=CLIENT),
        replace(enrolment(State.INVITED), state=State.OPENED, account=CLIENT, opened_at=NOW, asked_at=NOW),
    )
    assert said_to(CLIENT, decision).startswith("A question before we begin.")
    told = [(one.purpose, one.enrolment) for one in decision.say if isinstance(one, Tell)]
    assert told == [(Purpose.REPLY, "MADEUP-E")]


def test_changed_terms_reopen_the_question() -> None:
    """With a line that says so; it waits for the day."""
    decision = ask_again(enrolment(), account(), therapist(), PRACTICE, NOW)
    [told] = decision.say
    assert decision.save == (replace(enrolment(), state=State.OPENED, asked_at=NOW),)
    assert isinstance(told, Tell)
    assert (told.message.blocks[0], told.purpose) == (wording.CHANGED, Purpose.CONSENT)


def test_after_a_restore_without_its_journal_the_question_says_why() -> None:
    """Nobody knows any more what was agreed with this therapist."""
    [told] = ask_again(replace(enrolment(), terms=None), account(), therapist(), PRACTICE, NOW).say
    assert isinstance(told, Tell)
    assert told.message.blocks[0] == wording.restored(therapist())


def test_the_question_can_be_repeated() -> None:
    """As an answer to whoever asks for it."""
    decision = repeat_question(asked(), NOW)
    assert said_to(CLIENT, decision).startswith("A question before we begin.")
    assert [one.purpose for one in decision.say if isinstance(one, Tell)] == [Purpose.REPLY]
    assert decision.save == (replace(enrolment(State.OPENED), asked_at=NOW),)


def test_a_question_that_is_repeated_need_not_be_asked_by_the_clock() -> None:
    """If it was due; what they were promised for tomorrow comes."""
    due = replace(enrolment(State.OPENED), ask_again_at=NOW)
    assert repeat_question(asked(enrolment=due), NOW).save == (replace(due, asked_at=NOW, ask_again_at=None),)
    promised = replace(due, ask_again_at=NOW + HOUR)
    assert repeat_question(asked(enrolment=promised), NOW).save == (replace(promised, asked_at=NOW),)


@pytest.mark.parametrize(("again_at", "stands"), [("2026-03-06 09:00", False), ("2026-03-06 09:01", True)])
def test_a_question_that_is_repeated_at_night_does_not_come_again_in_the_morning(
    again_at: str, *, stands: bool
) -> None:
    """If it only waited for that; what was promised for later than the end of the night comes."""
    night = at("2026-03-05 22:00")
    waits = replace(enrolment(State.OPENED), ask_again_at=at(again_at))
    [repeated] = repeat_question(asked(enrolment=waits), night).save
    assert repeated == replace(waits, asked_at=night, ask_again_at=waits.ask_again_at if stands else None)


@pytest.mark.parametrize(
    ("changes", "repeats"),
    [
        ({"asked_at": NOW - HOUR}, True),
        ({"asked_at": NOW - 72 * HOUR}, True),
        ({"asked_at": NOW - 73 * HOUR}, False),
        ({"asked_at": NOW - HOUR, "ask_again_at": NOW + DAY}, False),
        ({"asked_at": None}, False),
    ],
)
def test_after_a_gap_only_a_fresh_question_is_repeated(changes: dict[str, object], repeats: bool) -> None:
    """Not one that was left open for days, nor one that was put off."""
    waits = replace(enrolment(State.OPENED), **changes)  # type: ignore[arg-type]
    told = [one for one in was_away(asked(enrolment=waits), NOW).say if isinstance(one, Tell)]
    assert [(one.message.blocks[0], one.purpose) for one in told] == [
        (card_wording.WAS_AWAY, Purpose.CONSENT)
    ] * repeats


def test_after_a_gap_the_therapist_is_asked_again_who_it_is() -> None:
    """By the alias; the name was never stored."""
    said = said_to(THERAPIST, pairing_was_away(asked(State.GRANTED, who="")))
    assert said.startswith(f"{card_wording.WAS_AWAY}\n\n")
    assert "Somebody has opened the invitation for Otter" in said
    due = replace(enrolment(State.GRANTED), ask_again_at=NOW)
    assert pairing_was_away(asked(enrolment=due)) == Decision()


@pytest.mark.parametrize(
    ("state", "verb", "becomes", "told_therapist", "told_client"),
    [
        (State.GRANTED, Verb.CONFIRM_PAIRING, State.ACTIVE, "Confirmed.", "All set."),
        (State.GRANTED, Verb.REFUSE_PAIRING, State.REFUSED, "Not paired.", "could not be confirmed"),
        (State.ACTIVE, Verb.REFUSE_PAIRING, None, "That is settled.\n\nOtter: check-ins are on.", ""),
        (State.WITHDRAWN, Verb.CONFIRM_PAIRING, None, "That is settled.\n\nOtter: stopped.", ""),
    ],
)
def test_what_the_therapists_word_on_a_pairing_does(
    state: State, verb: Verb, becomes: State | None, told_therapist: str, told_client: str
) -> None:
    """Once: a later tap changes nothing and says nothing to the client."""
    decision = confirm_pairing(asked(state), verb, NOW)
    found = saved(decision)
    assert (found.state if found else None) == becomes
    assert told_therapist in said_to(THERAPIST, decision)
    assert told_client in said_to(CLIENT, decision)


def test_stopping_ends_what_is_open_and_withholds_what_was_not_shown() -> None:
    """What was shown stays as it was; a card that never left is not closed in the chat."""
    shown = replace(check_in("5,5,5,5"), session="SHOWN", shown_at=NOW - DAY)
    unseen = replace(check_in("5,5,5,5"), session="UNSEEN")
    sent = replace(check_in(state=CheckInState.SENT), session="SENT")
    due = replace(check_in(state=CheckInState.DUE), session="DUE")
    expecting = replace(account(), expects=Expectation(ExpectationKind.CARD, "SENT"))
    decision = end(asked(State.ACTIVE, account=expecting, check_ins=(shown, unseen, sent, due)), Choice.WITHDRAWN, NOW)
    closed = {one.session: (one.state, one.kept_private) for one in decision.save if isinstance(one, CheckIn)}
    assert saved(decision) == replace(enrolment(), state=State.WITHDRAWN, ended_at=NOW)
    assert [one.closed_at for one in decision.save if isinstance(one, CheckIn) and one.session == "DUE"] == [NOW]
    assert closed == {
        "UNSEEN": (CheckInState.ANSWERED, True),
        "SENT": (CheckInState.CANCELLED, False),
        "DUE": (CheckInState.CANCELLED, False),
    }
    assert [one for one in decision.save if isinstance(one, Account)] == [account()]
    assert ShowCard(CLIENT, "SENT", "MADEUP-E", card_wording.ended(), Purpose.REPLY) == decision.say[-1]
    assert [one.session for one in decision.say if isinstance(one, ShowCard)] == ["SENT"]
    assert "had not been sent yet are withheld" in said_to(CLIENT, decision)


def test_stopping_leaves_other_expectations_alone() -> None:
    """What was asked about something else can still be answered; nothing to withhold is not mentioned."""
    expecting = replace(account(), expects=Expectation(ExpectationKind.ZONE))
    decision = end(asked(State.ACTIVE, account=expecting), Choice.WITHDRAWN, NOW)
    assert expecting in decision.save
    assert "No more check-ins about the work with Dr. Made-Up.\n" in said_to(CLIENT, decision)
    assert "withheld" not in said_to(CLIENT, decision)


def test_an_agreement_waits_for_the_therapists_word() -> None:
    """It is dated, is not asked for again, and the therapist is asked only as long as it waits."""
    put_off = replace(enrolment(State.OPENED), ask_again_at=NOW + DAY)
    decision = answer(asked(enrolment=put_off), Verb.AGREE, NOW)
    found = saved(decision)
    assert found is not None
    assert (found.granted_at, found.ask_again_at) == (NOW, None)
    told = [(one.purpose, one.enrolment) for one in decision.say if isinstance(one, Tell) and one.to == THERAPIST]
    assert told == [(Purpose.PAIRING, "MADEUP-E")]


def test_a_confirmed_pairing_is_dated_and_a_refused_one_forgets_the_account() -> None:
    """Nothing ties a stranger to a client's alias any more."""
    unsaid = replace(enrolment(State.GRANTED), ask_again_at=NOW)
    confirmed = saved(confirm_pairing(asked(enrolment=unsaid), Verb.CONFIRM_PAIRING, NOW))
    refused = saved(confirm_pairing(asked(enrolment=unsaid), Verb.REFUSE_PAIRING, NOW))
    assert confirmed == replace(enrolment(State.GRANTED), state=State.ACTIVE, confirmed_at=NOW)
    assert refused == replace(enrolment(State.GRANTED), state=State.REFUSED, account=None, ended_at=NOW)


@pytest.mark.parametrize("put_off", [None, NOW + DAY])
def test_a_no_and_a_stop_are_dated_recorded_and_never_asked_about_again(put_off: datetime | None) -> None:
    """Not even if the question had been put off."""
    text = plain(wording.asked(enrolment(), therapist(), PRACTICE))
    named = terms(PRACTICE, therapist())
    opened = replace(enrolment(State.OPENED), ask_again_at=put_off)
    assert answer(asked(enrolment=opened), Verb.NO_THANKS, NOW).save == (
        replace(opened, state=State.DECLINED, ask_again_at=None, ended_at=NOW),
        ConsentRecord("MADEUP-E", Choice.DECLINED, NOW, named, "en", text),
    )
    active = replace(enrolment(), ask_again_at=put_off)
    assert end(asked(enrolment=active), Choice.WITHDRAWN, NOW).save == (
        replace(active, state=State.WITHDRAWN, ask_again_at=None, ended_at=NOW),
        ConsentRecord("MADEUP-E", Choice.WITHDRAWN, NOW, named, "en", text),
        account(),
    )
