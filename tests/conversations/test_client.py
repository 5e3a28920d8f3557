"""A client's own affairs, and what somebody who is none is told."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from conversations.buttons import Action, Verb
from conversations.client import Client, hear
from conversations.commands import Role, of
from conversations.decision import EraseClient, ShowMenu, Tell, Unsend
from conversations.events import Commanded, PersonActed, SentSomethingElse, Tapped, Wrote
from conversations.message import Attachment, AttachmentKind, plain
from conversations.people import Account, Enrolment, EnrolmentState, Expectation, ExpectationKind, Therapist
from conversations.wording import client as wording
from tests.conversations.made_up import (
    BERLIN,
    CLIENT,
    DAY,
    NOW,
    PRACTICE,
    THERAPIST,
    account,
    at,
    check_in,
    enrolment,
    labels,
    messages_to,
    said_to,
    therapist,
)

State = EnrolmentState
ACTIVE = (enrolment(), therapist())
OTHER = (enrolment(code="MADEUP-F", alias="Heron"), therapist("Dr. Other"))
ASKS_ZONE = replace(account(), expects=Expectation(ExpectationKind.ZONE))


def client(*enrolments: tuple[Enrolment, Therapist], **changes: object) -> Client:
    """Return somebody with these enrolments."""
    whole = Client(account(), enrolments, is_therapist=False, practice=PRACTICE)
    return replace(whole, **changes)  # type: ignore[arg-type]


def tap(verb: Verb, subject: str = "") -> Tapped:
    """Return a tap."""
    return Tapped(Action(verb, subject))


STOP_OTHER = tap(Verb.CHOOSE_STOP, "MADEUP-F")


@pytest.mark.parametrize(
    ("who", "event", "says"),
    [
        (client(), Commanded("start", ""), "This bot works by invitation."),
        (client(is_therapist=True), Commanded("start", ""), "/clients"),
        (client(ACTIVE), Commanded("start", ""), "Dr. Made-Up: check-ins are on"),
        (client((enrolment(State.OPENED), therapist())), Commanded("start", ""), "A question before we begin."),
        (client(), Commanded("nonsense", ""), wording.NO_SUCH_COMMAND),
        (client(), Commanded("clients", ""), wording.ONLY_THERAPISTS),
        (client(is_therapist=True), Commanded("stop", ""), wording.ONLY_CLIENTS),
        (client(), Commanded("mydata", ""), "Nothing is stored of you as a client."),
        (client(is_therapist=True), Commanded("deletemydata", ""), "Nothing is stored of you as a client."),
        (client(), Commanded("privacy", ""), "What is stored"),
        (client(ACTIVE), Commanded("pause", ""), "For how long should I pause?"),
        (client(ACTIVE), Commanded("resume", ""), wording.NOT_PAUSED),
        (client(ACTIVE), Commanded("timezone", ""), "Your time zone is Europe/Berlin, where it is 16:00."),
        (client(ACTIVE), Commanded("timezone", "Asia/Tokyo"), "Your time zone is now Asia/Tokyo."),
        (client(ACTIVE), Commanded("timezone", "Nowhere"), "That is not a time zone."),
        (client(ACTIVE, account=ASKS_ZONE), Wrote("Asia/Tokyo"), "It is 00:00 there."),
        (client(ACTIVE), Wrote("Made-up words."), wording.FREE_TEXT_NOT_KEPT),
        (client(), Wrote("Made-up words."), "Nobody reads this chat live."),
        (client(ACTIVE), SentSomethingElse(), wording.NOT_TEXT),
        (client(ACTIVE), Tapped(None), wording.BUTTON_IS_OLD),
        (client(), tap(Verb.PAUSE_FOR, "7"), wording.BUTTON_IS_OLD),
        (client(), tap(Verb.NEVER_MIND), wording.NEVER_MIND),
        (client(ACTIVE), tap(Verb.NEVER_MIND), wording.NEVER_MIND),
        (client(ACTIVE), tap(Verb.SHOW_DIGEST), wording.BUTTON_IS_OLD),
        (client(ACTIVE), tap(Verb.PAUSE_FOR, "7"), "Paused until Thursday 12 March."),
        (client(ACTIVE), tap(Verb.PAUSE_FOR, "0"), "Paused until you send /resume."),
        (client(ACTIVE), tap(Verb.PAUSE_FOR, "6"), wording.BUTTON_IS_OLD),
        (client(ACTIVE), tap(Verb.RESUME), wording.NOT_PAUSED),
        (client((enrolment(State.DECLINED), therapist())), Commanded("stop", ""), "no check-ins to stop"),
        (client(ACTIVE), Commanded("stop", ""), "Do you want to stop?"),
        (client(ACTIVE, OTHER), Commanded("stop", ""), "Which check-ins do you want to stop?"),
        (client(ACTIVE, OTHER), tap(Verb.CHOOSE_STOP, "MADEUP-F"), "the work with Dr. Other"),
        (client(ACTIVE), tap(Verb.CHOOSE_STOP, "SOMEBODY"), "no check-ins to stop"),
        (client(ACTIVE), tap(Verb.CONFIRM_STOP, "SOMEBODY"), "no check-ins to stop"),
        (client(ACTIVE), tap(Verb.CONFIRM_STOP, "MADEUP-E"), "Stopped."),
        (client(ACTIVE), Commanded("deletemydata", ""), "Delete everything?"),
        (client(ACTIVE, is_therapist=True), Commanded("deletemydata", ""), "Your own desk as a therapist stays"),
    ],
)
def test_everything_gets_one_answer(who: Client, event: PersonActed, says: str) -> None:
    """From whoever it comes, and whether or not it is meant for them."""
    decision = hear(who, event, NOW)
    assert len(messages_to(CLIENT, decision)) == 1
    assert says in said_to(CLIENT, decision)


@pytest.mark.parametrize(
    ("is_client", "is_therapist", "shown"),
    [(False, False, ""), (True, False, "/stop"), (False, True, "/clients"), (True, True, "/stop /clients")],
)
def test_help_lists_what_somebody_can_do(is_client: bool, is_therapist: bool, shown: str) -> None:
    """By what they are; /help and the crisis lines for everybody."""
    who = client(*((ACTIVE,) if is_client else ()), is_therapist=is_therapist)
    said = said_to(CLIENT, hear(who, Commanded("help", ""), NOW))
    assert [one for one in ("/stop", "/clients") if one in said] == shown.split()
    assert "Made-up helpline" in said


@pytest.mark.parametrize(("days", "until"), [("14", NOW + 14 * DAY), ("0", None)])
def test_a_pause_has_an_end_or_none(days: str, until: datetime | None) -> None:
    """And resuming takes both away."""
    [paused] = hear(client(ACTIVE), tap(Verb.PAUSE_FOR, days), NOW).save
    assert paused == replace(account(), paused_at=NOW, paused_until=until)
    assert isinstance(paused, Account)
    for event in (Commanded("resume", ""), tap(Verb.RESUME)):
        resumed = hear(client(ACTIVE, account=paused), event, NOW)
        assert resumed.save == (account(),)
        assert said_to(CLIENT, resumed) == "Check-ins are on again."


@pytest.mark.parametrize(
    ("who", "event", "says"),
    [
        (client(ACTIVE), Commanded("stop", ""), "Do you want to stop?"),
        (client(ACTIVE, OTHER), Commanded("stop", ""), "Which check-ins do you want to stop?"),
        (client(ACTIVE, OTHER), STOP_OTHER, "Do you want to stop?"),
        (client(ACTIVE), Commanded("pause", ""), "For how long should I pause?"),
        (client(ACTIVE), Commanded("deletemydata", ""), "Delete everything"),
    ],
)
def test_who_may_be_leaving_is_remembered(who: Client, event: PersonActed, says: str) -> None:
    """From the question until they choose, so that no check-in comes between."""
    decision = hear(who, event, NOW)
    assert decision.save == (replace(account(), deciding_since=NOW),)
    assert says in said_to(CLIENT, decision)


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (tap(Verb.NEVER_MIND), wording.NEVER_MIND),
        (Commanded("resume", ""), wording.NOT_PAUSED),
        (tap(Verb.RESUME), wording.NOT_PAUSED),
        (tap(Verb.CONFIRM_STOP, "MADEUP-F"), "Stopped."),
    ],
)
def test_who_has_chosen_is_no_longer_left_alone(event: PersonActed, says: str) -> None:
    """Also with a stop: it ends the check-ins with one therapist, and others may go on."""
    decision = hear(client(ACTIVE, OTHER, account=replace(account(), deciding_since=NOW)), event, NOW)
    assert [one for one in decision.save if isinstance(one, Account)] == [account()]
    assert says in said_to(CLIENT, decision)


def test_who_resumes_has_chosen() -> None:
    """Whatever they were asked during the pause."""
    paused = replace(account(), paused_at=NOW - DAY, deciding_since=NOW)
    assert hear(client(ACTIVE, account=paused), tap(Verb.RESUME), NOW).save == (account(),)


def test_a_pause_is_a_choice() -> None:
    """And ends the deciding."""
    who = client(ACTIVE, account=replace(account(), deciding_since=NOW))
    assert hear(who, tap(Verb.PAUSE_FOR, "0"), NOW).save == (replace(account(), paused_at=NOW),)


def test_nothing_is_open_where_there_is_nothing_to_stop() -> None:
    """Somebody who has stopped already, or names what is not theirs, decides nothing."""
    assert hear(client((enrolment(State.DECLINED), therapist())), Commanded("stop", ""), NOW).save == ()
    assert hear(client(ACTIVE), tap(Verb.CHOOSE_STOP, "MADEUP-F"), NOW).save == ()
    assert hear(client(ACTIVE), tap(Verb.NEVER_MIND), NOW).save == ()


def test_a_zone_is_stored_and_no_longer_asked_for() -> None:
    """What can't be read changes nothing, and is asked for until it is."""
    asked = hear(client(ACTIVE), Commanded("timezone", ""), NOW)
    assert asked.save == (ASKS_ZONE,)
    stored = hear(client(ACTIVE, account=ASKS_ZONE), Wrote("Berlin"), NOW)
    assert stored.save == (replace(account(), zone=BERLIN),)
    assert hear(client(ACTIVE, account=ASKS_ZONE), Wrote("Nowhere"), NOW).save == ()


def test_another_command_ends_the_question_for_the_zone() -> None:
    """What is written days later may be about something else entirely; the new prompt stays."""
    asked = client(ACTIVE, account=ASKS_ZONE)
    assert hear(asked, Commanded("help", ""), NOW).save == (account(),)
    decision = hear(asked, Commanded("pause", ""), NOW)
    assert decision.save[-1] == replace(account(), deciding_since=NOW)
    assert hear(asked, Commanded("timezone", ""), NOW).save[-1] == ASKS_ZONE


def test_a_command_leaves_a_card_waiting_for_its_text() -> None:
    """Only the question for the zone is ended: what is written next is still an answer."""
    answering = replace(account(), expects=Expectation(ExpectationKind.CARD, "S1"))
    assert hear(client(ACTIVE, account=answering), Commanded("help", ""), NOW).save == ()


def test_a_text_that_is_no_zone_is_answered_with_help() -> None:
    """It may have been a cry for help: it was not kept, and who can be reached now is said."""
    said = said_to(CLIENT, hear(client(ACTIVE, account=ASKS_ZONE), Wrote("I can't go on."), NOW))
    assert "What you wrote was not kept." in said
    assert PRACTICE.crisis_lines[0] in said


@pytest.mark.parametrize(
    ("pairs", "says"),
    [
        ((ACTIVE,), "Check-ins are on again."),
        (((enrolment(EnrolmentState.WITHDRAWN), therapist()),), "There are no check-ins with anybody now."),
    ],
)
def test_the_end_of_a_pause_promises_no_more_than_there_is(
    pairs: tuple[tuple[Enrolment, Therapist], ...], says: str
) -> None:
    """Whoever has stopped meanwhile gets no check-ins."""
    paused = client(*pairs, account=replace(account(), paused_at=NOW - DAY))
    assert says in said_to(CLIENT, hear(paused, Commanded("resume", ""), NOW))


def test_who_has_no_check_ins_has_none_to_pause() -> None:
    """Nothing is asked, and nothing changes."""
    stopped = client((enrolment(EnrolmentState.WITHDRAWN), therapist()))
    assert hear(stopped, Commanded("pause", ""), NOW).save == ()
    assert said_to(CLIENT, hear(stopped, Commanded("pause", ""), NOW)) == "There are no check-ins to pause."


def test_what_waits_for_its_beginning_waits_no_more_once_the_therapist_has_left() -> None:
    """Whoever has agreed and was not confirmed learns that nothing comes; one who is only away is waited for."""
    left, away = replace(therapist(), removed_at=NOW), replace(therapist("Dr. Away"), clients_told_at=NOW)
    who = client((enrolment(EnrolmentState.GRANTED), left), (enrolment(), away))
    said = said_to(CLIENT, hear(who, Commanded("start", ""), NOW))
    assert "Dr. Made-Up: check-ins have ended\nDr. Away: check-ins are waiting" in said


@pytest.mark.parametrize("command", ["start", "mydata"])
@pytest.mark.parametrize(("until", "says"), [(None, "paused"), (NOW + DAY, "paused"), (NOW, "on")])
def test_a_pause_is_told_as_one(command: str, until: datetime | None, says: str) -> None:
    """Nobody reads that check-ins are on while they are not, nor that they are paused once it is over."""
    paused = client(ACTIVE, account=replace(account(), paused_at=NOW - DAY, paused_until=until))
    assert f"Dr. Made-Up: check-ins are {says}\n" in said_to(CLIENT, hear(paused, Commanded(command, ""), NOW))


def test_what_the_therapist_learns_is_said_before() -> None:
    """Of a pause, a stop, a deletion."""
    who = client(ACTIVE, OTHER)
    assert "Dr. Made-Up and Dr. Other see that you have paused." in said_to(
        CLIENT, hear(who, Commanded("pause", ""), NOW)
    )
    one = client(ACTIVE)
    assert "Dr. Made-Up sees that you have paused." in said_to(CLIENT, hear(one, Commanded("pause", ""), NOW))
    assert "Dr. Made-Up sees that you have stopped." in said_to(CLIENT, hear(one, Commanded("stop", ""), NOW))
    assert "is told that you have deleted it" in said_to(CLIENT, hear(one, Commanded("deletemydata", ""), NOW))


def test_stopping_one_of_two_leaves_the_other() -> None:
    """Only the check-ins of the one are withheld."""
    own = check_in("5,5,5,5")
    others = replace(own, session="S2", enrolment="MADEUP-F")
    decision = hear(client(ACTIVE, OTHER, check_ins=(own, others)), tap(Verb.CONFIRM_STOP, "MADEUP-F"), NOW)
    assert replace(others, kept_private=True) in decision.save
    [ended] = [one for one in decision.save if isinstance(one, Enrolment)]
    assert (ended.code, ended.state, ended.ended_at) == ("MADEUP-F", State.WITHDRAWN, NOW)


def test_stopping_is_asked_about_by_name() -> None:
    """One button for each therapist, and a way out."""
    [message] = messages_to(CLIENT, hear(client(ACTIVE, OTHER), Commanded("stop", ""), NOW))
    assert labels(message) == ["Dr. Made-Up", "Dr. Other", "Never mind"]


def test_what_is_stored_comes_in_words_and_as_a_document() -> None:
    """Counts of check-ins, and everything word for word."""
    held = (check_in("5,5,5,5", comments=("Made-up words.",)), replace(check_in("1"), kept_private=True))
    who = client(ACTIVE, check_ins=held, document="{}")
    [message] = messages_to(CLIENT, hear(who, Commanded("mydata", ""), NOW))
    assert message.attachment == Attachment(AttachmentKind.JSON_DOCUMENT, "{}")
    said = said_to(CLIENT, hear(who, Commanded("mydata", ""), NOW))
    assert "Since Monday 2 February 2026. Check-ins: 2, answered: 2, kept private: 1, comments: 1." in said


def test_erasing_tells_the_client_and_the_therapists_who_are_there() -> None:
    """Those who have gone, or whose work with the client had ended, hear nothing."""
    ended = (enrolment(State.DECLINED, code="MADEUP-G"), therapist("Dr. Ended", 777))
    removed = (enrolment(code="MADEUP-H"), replace(therapist("Dr. Removed", 888), removed_at=NOW))
    decision = hear(client(ACTIVE, ended, removed), tap(Verb.CONFIRM_ERASE), NOW)
    assert decision.save == (EraseClient(CLIENT),)
    assert decision.say[0] == Unsend(CLIENT)
    assert [one.to for one in decision.say if isinstance(one, Tell)] == [CLIENT, THERAPIST]
    assert "Otter has deleted everything" in said_to(THERAPIST, decision)
    assert said_to(CLIENT, decision).startswith("Everything that was stored of you as a client is deleted.")


@pytest.mark.parametrize(("is_therapist", "roles"), [(False, ()), (True, (Role.THERAPIST,))])
def test_the_menu_of_a_client_goes_with_the_rest(is_therapist: bool, roles: tuple[Role, ...]) -> None:
    """Somebody who is a therapist, too, keeps the commands of the desk."""
    decision = hear(client(ACTIVE, is_therapist=is_therapist), tap(Verb.CONFIRM_ERASE), NOW)
    assert ShowMenu(CLIENT, roles) in decision.say


def test_a_pause_ends_on_a_day_of_the_clients_own_zone() -> None:
    """It is Friday in Tokyo already."""
    there = replace(account(), zone=ZoneInfo("Asia/Tokyo"))
    said = said_to(CLIENT, hear(client(ACTIVE, account=there), tap(Verb.PAUSE_FOR, "7"), NOW))
    assert "Paused until Friday 13 March." in said


def test_what_is_stored_of_somebody_new_is_said_in_words() -> None:
    """Without a date where none is known, and without anybody."""
    unopened = (replace(enrolment(), opened_at=None), therapist())
    said = said_to(CLIENT, hear(client(unopened), Commanded("mydata", ""), NOW))
    assert "Dr. Made-Up: check-ins are on\n\nCheck-ins: 0, answered: 0" in said
    assert "No check-ins with anybody." not in said
    assert "No check-ins with anybody." in plain(wording.stored("{}", "", (), (), BERLIN))


def test_a_day_that_is_told_is_the_clients_own() -> None:
    """Half past midnight in Berlin is the day before in UTC."""
    early = (replace(enrolment(), opened_at=at("2026-02-03 00:30")), therapist())
    said = said_to(CLIENT, hear(client(early), Commanded("mydata", ""), NOW))
    assert "Since Tuesday 3 February 2026." in said


def test_only_therapists_are_told_that_their_desk_stays() -> None:
    """For anybody else the sentence would be a riddle."""
    assert "desk" not in said_to(CLIENT, hear(client(ACTIVE), Commanded("deletemydata", ""), NOW))


def test_help_is_a_list() -> None:
    """One command on each line, those for everybody at its end."""
    lines = said_to(CLIENT, hear(client(ACTIVE), Commanded("help", ""), NOW)).splitlines()
    commands = [line.split()[0] for line in lines if line.startswith("/")]
    assert commands == [f"/{one.name}" for role in (Role.CLIENT, Role.ANYBODY) for one in of(role)]


def test_each_of_several_therapists_has_a_line() -> None:
    """One who can't be reached is named as waiting; what has ended stays what it is."""
    away = replace(therapist("Dr. Away"), removed_at=NOW)
    who = client(ACTIVE, (enrolment(code="MADEUP-F"), away), (enrolment(State.DECLINED, code="MADEUP-G"), away))
    assert "Dr. Made-Up: check-ins are on\nDr. Away: check-ins have ended\nDr. Away: you said no" in said_to(
        CLIENT, hear(who, Commanded("start", ""), NOW)
    )
