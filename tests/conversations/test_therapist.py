"""A therapist's desk, always about the own caseload."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from conversations import invitations
from conversations.buttons import Action, Verb
from conversations.commands import Role, of
from conversations.decision import Decision, Purpose, ShowCard, TalkedAbout, Tell
from conversations.desk import Desk
from conversations.events import Commanded, Tapped, Wrote
from conversations.message import plain
from conversations.people import Account, Enrolment, EnrolmentState, Expectation, ExpectationKind, Invitation, Therapist
from conversations.reading import digest_fell_due, digest_so_far, digest_was_stopped
from conversations.record import ClientRecord
from conversations.sessions import CheckIn, CheckInState, Comment, Session
from conversations.therapist import CLIENTS_ON_PAGE, hear
from conversations.timing import resolve
from conversations.wording import caseload as caseload_wording
from conversations.wording import check_in as card_wording
from conversations.wording import client as client_wording
from conversations.wording import therapist as wording
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
    desk,
    enrolment,
    labels,
    messages_to,
    overview,
    record,
    said_to,
    session,
    therapist,
    with_last,
)

State = EnrolmentState
TOKYO = ZoneInfo("Asia/Tokyo")
OTTER = record("5,5,5,5")
LAST = OTTER.sessions[-1]
GONE = record("5,5,5,5", state=State.CLOSED, alias="Lynx", code="MADEUP-G")


def tap(verb: Verb, subject: str = "MADEUP-E", detail: str = "") -> Tapped:
    """Return a tap, about Otter where nothing else is said."""
    return Tapped(Action(verb, subject, detail))


def expecting(kind: ExpectationKind, subject: str = "") -> Account:
    """Return the therapist's account, which was asked for something."""
    return replace(account(THERAPIST), expects=Expectation(kind, subject))


def said(whole: Desk, event: Commanded | Wrote | Tapped) -> str:
    """Return what the therapist is told."""
    return said_to(THERAPIST, hear(whole, event, NOW))


@pytest.mark.parametrize(
    ("whole", "event", "says"),
    [
        (desk(), Commanded("clients", ""), "No clients yet."),
        (desk(OTTER, GONE), Commanded("clients", ""), "Otter: check-ins are on, last session Thu 5 Mar"),
        (desk(), tap(Verb.SHOW_CLIENTS), "No clients yet."),
        (desk(), Commanded("invite", ""), wording.NO_ALIAS),
        (desk(), Commanded("invite", "x" * 41), wording.ALIAS_TOO_LONG),
        (desk(OTTER), Commanded("invite", " otter "), "check-ins are on"),
        (desk(), Commanded("session", ""), "No clients yet."),
        (desk(OTTER), Commanded("session", "OTTER"), "Otter"),
        (desk(OTTER, GONE), Commanded("session", "Lynx"), caseload_wording.NOT_YOURS),
        (desk(), Commanded("settings", ""), "Summary: Mondays at 08:00"),
        (desk(), Tapped(None), client_wording.BUTTON_IS_OLD),
        (desk(OTTER), tap(Verb.OPEN_CLIENT), "Code: MADEUP-E"),
        (desk(OTTER), tap(Verb.OPEN_CLIENT, "SOMEBODY"), caseload_wording.NOT_YOURS),
        (desk(GONE), tap(Verb.OPEN_CLIENT, "MADEUP-G"), caseload_wording.NOT_YOURS),
        (desk(OTTER), tap(Verb.ENDED_AT), caseload_wording.SESSION_ENDED_WHEN),
        (desk(OTTER), tap(Verb.REMOVE_CLIENT), "Otter: they get no more check-ins"),
        (desk(OTTER), tap(Verb.AGREE), client_wording.BUTTON_IS_OLD),
        (desk(OTTER), tap(Verb.REVOKE_INVITATION), "Otter"),
        (desk(OTTER), tap(Verb.TALKED_ABOUT, LAST.id, "unsure"), "For Otter: this comes up again only if"),
        (desk(OTTER), tap(Verb.TALKED_ABOUT, LAST.id, "gone"), client_wording.BUTTON_IS_OLD),
        (desk(OTTER), tap(Verb.TALKED_ABOUT, "SOMETHING", "unsure"), caseload_wording.NOT_YOURS),
        (desk(OTTER), tap(Verb.READ_ALL, LAST.id), "nothing to read there"),
        (desk(), tap(Verb.CHOOSE_DIGEST_DAY), "On which day"),
        (desk(), tap(Verb.SET_DIGEST_DAY, "7"), client_wording.BUTTON_IS_OLD),
        (desk(), tap(Verb.SET_DIGEST_DAY, "X"), client_wording.BUTTON_IS_OLD),
        (desk(), tap(Verb.SET_HEADS_UP, "maybe"), client_wording.BUTTON_IS_OLD),
        (desk(), tap(Verb.ASK_DIGEST_HOUR), wording.DIGEST_WHEN),
        (desk(), tap(Verb.ASK_ZONE), "Which time zone are you in? I assume Europe/Berlin."),
        (desk(account=expecting(ExpectationKind.DIGEST_HOUR)), Wrote("soon"), wording.NOT_AN_HOUR),
        (desk(account=expecting(ExpectationKind.ZONE, "desk")), Wrote("Nowhere"), "That is not a time zone."),
        (desk(account=expecting(ExpectationKind.SESSION_END, "SOMEBODY")), Wrote("14:30"), caseload_wording.NOT_YOURS),
        (desk(OTTER, account=expecting(ExpectationKind.SESSION_END, "MADEUP-E")), Wrote("x"), "not a day and time"),
        (desk(GONE), Commanded("clients", ""), "No clients yet."),
        (desk(record(state=State.DECLINED)), tap(Verb.JUST_ENDED), caseload_wording.NOT_LIVE),
        (desk(OTTER), tap(Verb.UNDO_SESSION, "SOMETHING"), caseload_wording.NOT_YOURS),
    ],
)
def test_everything_at_the_desk_gets_an_answer(whole: Desk, event: Commanded | Wrote | Tapped, says: str) -> None:
    """Whatever is tapped or typed; somebody else's client looks like one who does not exist."""
    assert says in said(whole, event)


def test_a_long_caseload_comes_in_pages() -> None:
    """Each with its number, and a button for each client."""
    crowd = [record(alias=f"Made-up {number}", code=f"MADEUP-{number}") for number in range(CLIENTS_ON_PAGE + 1)]
    first, second = messages_to(THERAPIST, hear(desk(*crowd), Commanded("clients", ""), NOW))
    assert (first.blocks[0], second.blocks[0]) == ("Your clients, page 1 of 2:", "Your clients, page 2 of 2:")
    assert (len(labels(first)), labels(second)) == (CLIENTS_ON_PAGE, [f"Made-up {CLIENTS_ON_PAGE}"])


@pytest.mark.parametrize("event", [Commanded("invite", "Heron"), Wrote("  Heron ")])
def test_inviting_makes_a_link_that_works_once(event: Commanded | Wrote) -> None:
    """For a new and empty enrolment; the alias can also be typed when it was asked for."""
    decision = hear(desk(OTTER, account=expecting(ExpectationKind.ALIAS)), event, NOW)
    new = Enrolment("FRESH-1", "MADEUP-T", "Heron", State.INVITED, NOW)
    assert [one for one in decision.save if isinstance(one, Enrolment)] == [new]
    assert invitations.for_client(new, "made-up-secret", PRACTICE, NOW) in decision.save
    assert account(THERAPIST) in decision.save
    assert "https://t.me/made_up_bot?start=made-up-secret" in said_to(THERAPIST, decision)


OPEN_LINK = invitations.for_client(enrolment(State.INVITED), "older-made-up-secret", PRACTICE, NOW - DAY)


def test_inviting_again_takes_the_older_link_back() -> None:
    """As long as it was not opened, it is for the same enrolment."""
    other = Invitation("made-up-hash", None, "SOMEBODY", NOW + DAY)
    whole = desk(record(state=State.INVITED), invitations=(OPEN_LINK, other))
    decision = hear(whole, Commanded("invite", "Otter"), NOW)
    assert replace(OPEN_LINK, revoked_at=NOW) in decision.save
    assert [one for one in decision.save if isinstance(one, Enrolment)] == []
    assert other not in decision.save


def test_inviting_somebody_who_stopped_starts_empty() -> None:
    """The older enrolment is closed, and keeps its answers to itself."""
    decision = hear(desk(record(state=State.WITHDRAWN)), Commanded("invite", "Otter"), NOW)
    states = {one.code: one.state for one in decision.save if isinstance(one, Enrolment)}
    assert states == {"MADEUP-E": State.CLOSED, "FRESH-1": State.INVITED}


@pytest.mark.parametrize(
    ("links", "says"),
    [
        ((OPEN_LINK,), "Taken back.\n\nThe link for Otter no longer works."),
        ((), "There is no open link.\n\nThe link for Otter no longer works. /invite makes a new one."),
    ],
)
def test_a_link_can_be_taken_back(links: tuple[Invitation, ...], says: str) -> None:
    """If there is one."""
    decision = hear(desk(record(state=State.INVITED), invitations=links), tap(Verb.REVOKE_INVITATION), NOW)
    assert decision.save == tuple(replace(one, revoked_at=NOW) for one in links)
    assert said_to(THERAPIST, decision) == says


def test_a_link_that_was_opened_is_not_taken_back() -> None:
    """What has come of it is said instead."""
    assert said(desk(OTTER), tap(Verb.REVOKE_INVITATION)) == "There is no open link.\n\nFor Otter: check-ins are on."


@pytest.mark.parametrize("kind", [ExpectationKind.ALIAS, ExpectationKind.SESSION_END, ExpectationKind.DIGEST_HOUR])
def test_a_command_ends_an_earlier_prompt(kind: ExpectationKind) -> None:
    """A later text is meant for something else; a question for the zone stays."""
    assert hear(desk(account=expecting(kind)), Commanded("clients", ""), NOW).save == (account(THERAPIST),)
    assert hear(desk(account=expecting(ExpectationKind.ZONE, "desk")), Commanded("clients", ""), NOW).save == ()


@pytest.mark.parametrize(
    ("state", "typed", "ended", "says"),
    [
        (State.ACTIVE, None, NOW, "The check-in goes out at 18:00."),
        (State.ACTIVE, "13:30", NOW - 2.5 * HOUR, "The check-in goes out now."),
        (State.ACTIVE, "yesterday 14:30", NOW - 25.5 * HOUR, "The check-in goes out now."),
        (State.GRANTED, None, NOW, "A check-in goes out once they have agreed"),
        (State.ACTIVE, "2026-02-27 14:30", at("2026-02-27 14:30"), "nothing will be asked"),
    ],
)
def test_a_session_is_logged(state: State, typed: str | None, ended: datetime, says: str) -> None:
    """Just ended, or at a time that is typed; with what will follow, and a way to undo it."""
    whole = desk(record(state=state), account=expecting(ExpectationKind.SESSION_END, "MADEUP-E"))
    decision = hear(whole, Wrote(typed) if typed else tap(Verb.JUST_ENDED), NOW)
    assert [one for one in decision.save if isinstance(one, Session)] == [
        Session("FRESH-1", "MADEUP-E", None, ended, NOW)
    ]
    assert says in said_to(THERAPIST, decision)
    assert labels(messages_to(THERAPIST, decision)[-1]) == ["Undo"]


def test_a_check_in_of_tomorrow_is_announced_with_its_day() -> None:
    """After a late session."""
    told = said_to(THERAPIST, hear(desk(record()), tap(Verb.JUST_ENDED), at("2026-03-05 20:00")))
    assert "The check-in goes out on Friday 6 March, 09:00." in told


def test_a_double_tap_is_one_session() -> None:
    """The second is told of the first."""
    known = replace(record(), sessions=(session("S1", "2026-03-05 15:50"),))
    decision = hear(desk(known), tap(Verb.JUST_ENDED), NOW)
    assert decision.save == ()
    assert said_to(THERAPIST, decision).startswith("That one is logged already.")


@pytest.mark.parametrize(
    ("known", "says"),
    [
        (record(), "The check-in goes out at 18:00."),
        (replace(record(), account=replace(account(), paused_at=NOW)), "They have paused, so nothing will be asked."),
        (
            replace(record(), account=replace(account(), paused_at=NOW - DAY, paused_until=NOW + HOUR)),
            "The check-in goes out at 18:00.",
        ),
        (replace(record(), account=replace(account(), unreachable_since=NOW)), "The bot can't reach them"),
        (replace(record(), account=None), "The check-in goes out at 18:00."),
        (replace(record(), enrolment=replace(enrolment(), state=State.OPENED)), "once they have agreed again."),
        (record(state=State.GRANTED), "once they have agreed and you have confirmed them."),
    ],
)
def test_what_follows_a_session_is_no_more_than_can_be_said(known: ClientRecord, says: str) -> None:
    """Nobody is told that a check-in goes out to somebody who has paused."""
    assert says in said(desk(known), tap(Verb.JUST_ENDED))


def held(state: CheckInState, *, sent: bool = True) -> ClientRecord:
    """Return Otter with one session and its check-in."""
    return with_last(OTTER, state=state, sent_at=NOW if sent else None, closed_at=None)


@pytest.mark.parametrize(
    ("known", "line", "cards"),
    [
        (held(CheckInState.SENT), "Nothing will be asked about it.", 1),
        (held(CheckInState.DUE, sent=False), "Nothing will be asked about it.", 0),
        (replace(held(CheckInState.SENT), account=None), "Nothing will be asked about it.", 0),
        (OTTER, "The check-in was answered already; the answers stay.", 0),
    ],
)
def test_a_session_can_be_cancelled(known: ClientRecord, line: str, cards: int) -> None:
    """An open card is closed where it was sent; answers stay."""
    decision = hear(desk(known), tap(Verb.UNDO_SESSION, LAST.id), NOW)
    assert replace(LAST, cancelled_at=NOW) in decision.save
    assert said_to(THERAPIST, decision) == (f"Cancelled.\n\nSession with Otter, ended Thursday 5 March, 14:00. {line}")
    closed_card = card_wording.closed()
    assert plain(closed_card) == "This check-in is closed. There will be another one after your next session."
    shown = ShowCard(CLIENT, LAST.id, "MADEUP-E", closed_card, Purpose.REPLY)
    assert [one for one in decision.say if isinstance(one, ShowCard)] == [shown] * cards


def test_a_session_can_be_undone_once() -> None:
    """A second tap has nothing to cancel."""
    first = hear(desk(held(CheckInState.SENT)), tap(Verb.UNDO_SESSION, LAST.id), NOW)
    assert replace(LAST, cancelled_at=NOW) in first.save
    undone = replace(held(CheckInState.CANCELLED), sessions=(replace(LAST, cancelled_at=NOW),))
    again = hear(desk(undone), tap(Verb.UNDO_SESSION, LAST.id), NOW)
    assert again.save == ()
    assert said_to(THERAPIST, again) == (
        "That one is cancelled already.\n\nSession with Otter, ended Thursday 5 March, 14:00."
    )


@pytest.mark.parametrize(
    ("known", "warns"),
    [
        (OTTER, True),
        (with_last(OTTER, shown_at=NOW), False),
        (with_last(OTTER, kept_private=True), False),
        (held(CheckInState.SENT), False),
    ],
)
def test_removing_says_whether_something_is_still_to_be_read(known: ClientRecord, warns: bool) -> None:
    """Answers that were not shown yet are lost to the therapist with the client."""
    assert ("/digest shows them" in said(desk(known), tap(Verb.REMOVE_CLIENT))) is warns


def test_an_alias_that_is_too_long_is_asked_for_again() -> None:
    """The next text is taken for a shorter one."""
    decision = hear(desk(), Commanded("invite", "x" * 41), NOW)
    assert decision.save == (expecting(ExpectationKind.ALIAS),)


@pytest.mark.parametrize(
    ("known", "cancelled", "tells"),
    [
        (held(CheckInState.SENT), 1, True),
        (OTTER, 0, True),
        (record(state=State.WITHDRAWN), 0, False),
        (replace(record(state=State.INVITED), account=None), 0, False),
    ],
)
def test_removing_a_client_ends_what_is_open_and_tells_them(known: ClientRecord, cancelled: int, tells: bool) -> None:
    """If the work had not ended before."""
    decision = hear(desk(known), tap(Verb.CONFIRM_REMOVE), NOW)
    assert replace(known.enrolment, state=State.CLOSED, ended_at=NOW) in decision.save
    assert [one.closed_at for one in decision.save if isinstance(one, CheckIn)] == [NOW] * cancelled
    assert said_to(THERAPIST, decision) == "Removed.\n\nOtter is no longer on your list."
    assert ("Your check-ins have ended." in said_to(CLIENT, decision)) == tells


@pytest.mark.parametrize(
    ("changes", "shows"),
    [
        ({"comments": (Comment("Made-up words.", NOW),)}, True),
        ({"comments": (Comment("Made-up words.", NOW),), "kept_private": True}, False),
        ({}, False),
    ],
)
def test_only_what_may_be_shown_is_read_in_full(changes: dict[str, object], shows: bool) -> None:
    """And it counts as shown."""
    decision = hear(desk(with_last(OTTER, **changes)), tap(Verb.READ_ALL, LAST.id), NOW)
    assert ("Made-up words." in said_to(THERAPIST, decision)) == shows
    told = [(one.purpose, one.shows) for one in decision.say if isinstance(one, Tell)]
    assert told == [(Purpose.SHOWN, (LAST.id,)) if shows else (Purpose.REPLY, ())]


def test_talking_about_a_signal_is_stored() -> None:
    """For the check-in that raised it."""
    decision = hear(desk(OTTER), tap(Verb.TALKED_ABOUT, LAST.id, "unsure"), NOW)
    assert decision.save == (TalkedAbout(LAST.id, "unsure", NOW),)


MONDAY, NEXT_MONDAY = at("2026-03-09 08:00"), at("2026-03-16 08:00")


def test_a_digest_tells_what_came_in_since_the_last_one() -> None:
    """And sets the next; a first one tells from its own time on."""
    decision = digest_fell_due(overview(OTTER), MONDAY)
    last = therapist().last_digest_at
    told = replace(therapist(), next_digest_at=NEXT_MONDAY, last_digest_at=MONDAY, last_digest_since=last)
    assert decision.save == (told,)
    assert "1 asked, 1 answered" in said_to(THERAPIST, decision)
    sent = [(one.to, one.purpose, one.shows) for one in decision.say if isinstance(one, Tell)]
    assert sent == [(THERAPIST, Purpose.DIGEST, (LAST.id,))]
    [first] = digest_fell_due(overview(OTTER, therapist=replace(therapist(), last_digest_at=None)), MONDAY).save
    assert isinstance(first, Therapist)
    assert first.last_digest_since == MONDAY


def test_a_digest_waits_for_a_therapist_who_can_not_be_reached() -> None:
    """What came in is told by the first one after they are back."""
    away = replace(account(THERAPIST), unreachable_since=NOW)
    decision = digest_fell_due(overview(OTTER, account=away), MONDAY)
    assert decision == Decision((replace(therapist(), next_digest_at=NEXT_MONDAY),))


@pytest.mark.parametrize("again", [NOW, None])
@pytest.mark.parametrize("since", [at("2026-02-23 08:00"), None])
def test_a_digest_that_was_stopped_is_taken_back(again: datetime | None, since: datetime | None) -> None:
    """At once or by the next one, from where it had started."""
    desk_now = replace(therapist(), last_digest_since=since)
    [back] = digest_was_stopped(desk_now, compose_again_at=again).save
    expected_at, expected_since = again or desk_now.next_digest_at, since or desk_now.last_digest_at
    assert back == replace(desk_now, next_digest_at=expected_at, last_digest_at=expected_since)


@pytest.mark.parametrize(("chosen", "expected"), [("on", True), ("off", False)])
def test_nudges_can_be_turned_on_and_off(chosen: str, expected: bool) -> None:
    """The settings are shown as they are then, with the way back."""
    decision = hear(desk(), tap(Verb.SET_HEADS_UP, chosen), NOW)
    assert decision.save == (replace(therapist(), heads_up=expected),)
    assert labels(messages_to(THERAPIST, decision)[0])[-1] == f"Turn the nudge {'off' if expected else 'on'}"


@pytest.mark.parametrize(
    ("whole", "event", "expected"),
    [
        (desk(), tap(Verb.SET_DIGEST_DAY, "4"), at("2026-03-06 08:00")),
        (desk(), tap(Verb.SET_DIGEST_DAY, "1"), MONDAY + DAY),
        (desk(with_last(OTTER, shown_at=NOW)), tap(Verb.SET_DIGEST_DAY, "1"), MONDAY + DAY),
        (desk(OTTER), tap(Verb.SET_DIGEST_DAY, "1"), MONDAY),
        (desk(OTTER), tap(Verb.SET_DIGEST_DAY, "4"), at("2026-03-06 08:00")),
        (desk(account=expecting(ExpectationKind.DIGEST_HOUR)), Wrote("10:30"), at("2026-03-09 10:30")),
        (desk(OTTER, account=expecting(ExpectationKind.DIGEST_HOUR)), Wrote("10:30"), at("2026-03-09 10:30")),
        (desk(account=expecting(ExpectationKind.ZONE, "desk")), Wrote("Europe/Lisbon"), at("2026-03-09 09:00")),
        (desk(OTTER, therapist=replace(therapist(), next_digest_at=None)), tap(Verb.SET_DIGEST_DAY, "1"), MONDAY + DAY),
    ],
)
def test_the_digest_moves_but_never_past_the_day_that_clients_were_told(
    whole: Desk, event: Tapped | Wrote, expected: datetime
) -> None:
    """Day, hour and zone can be set; with answers that wait, the next comes on Monday 9 March at the latest."""
    decision = hear(whole, event, NOW)
    [changed] = [one for one in decision.save if isinstance(one, Therapist)]
    assert changed.next_digest_at == expected
    assert account(THERAPIST) in decision.save


def test_a_digest_that_comes_before_the_chosen_day_says_why() -> None:
    """Clients were told that day; the chosen one is named, too."""
    told = said(desk(OTTER), tap(Verb.SET_DIGEST_DAY, "1"))
    assert "The next summary comes on Monday 9 March, 08:00 (Europe/Berlin)." in told
    assert "After it: Tuesdays at 08:00." in told


def test_a_page_of_a_client_says_what_stands_in_the_way() -> None:
    """Paused, out of reach; and never an answer."""
    there = replace(account(), paused_at=NOW, unreachable_since=NOW)
    told = said(desk(replace(OTTER, account=there)), tap(Verb.OPEN_CLIENT))
    assert "Paused by the client." in told
    assert "The bot can't reach them." in told
    assert "Last check-in: answered, Thu 5 Mar" in told
    assert "Last session: none logged" in said(desk(record()), tap(Verb.OPEN_CLIENT))


@pytest.mark.parametrize(
    ("state", "button"), [(State.INVITED, "Take the link back"), (State.GRANTED, "Yes, it's them"), (State.ACTIVE, "")]
)
def test_a_page_offers_what_its_state_allows(state: State, button: str) -> None:
    """Take a link back, confirm, and always log a session."""
    [page] = messages_to(THERAPIST, hear(desk(record(state=state)), tap(Verb.OPEN_CLIENT), NOW))
    assert "Just ended" in labels(page)
    assert [one for one in ("Take the link back", "Yes, it's them") if one in labels(page)] == (
        [button] if button else []
    )


def test_a_planned_check_in_is_told_with_its_day() -> None:
    """A check-in that was due but never sent is told by when it was due."""
    due = check_in(state=CheckInState.PLANNED)
    known = replace(record(), sessions=(session(),), check_ins=(due,))
    assert "Last check-in: planned, Thu 5 Mar" in said(desk(known), tap(Verb.OPEN_CLIENT))


@pytest.mark.parametrize(
    ("event", "expects"),
    [
        (Commanded("invite", ""), Expectation(ExpectationKind.ALIAS)),
        (tap(Verb.ENDED_AT), Expectation(ExpectationKind.SESSION_END, "MADEUP-E")),
        (tap(Verb.ASK_DIGEST_HOUR), Expectation(ExpectationKind.DIGEST_HOUR)),
        (tap(Verb.ASK_ZONE), Expectation(ExpectationKind.ZONE, "desk")),
    ],
)
def test_what_is_asked_for_is_what_the_next_text_is_taken_for(event: Commanded | Tapped, expects: Expectation) -> None:
    """About the one client that it was asked for."""
    assert hear(desk(OTTER), event, NOW).save == (replace(account(THERAPIST), expects=expects),)


def test_a_session_that_was_logged_ends_the_prompt() -> None:
    """The next text is meant for something else."""
    whole = desk(OTTER, account=expecting(ExpectationKind.SESSION_END, "MADEUP-E"))
    assert account(THERAPIST) in hear(whole, Wrote("13:30"), NOW).save


def test_an_alias_is_one_line_of_at_most_forty_characters() -> None:
    """Spaces and line ends within it become one space."""
    decision = hear(desk(), Commanded("invite", "Made-up \n name"), NOW)
    assert [one.alias for one in decision.save if isinstance(one, Enrolment)] == ["Made-up name"]
    longest = hear(desk(), Commanded("invite", "x" * 40), NOW)
    assert [one.alias for one in longest.save if isinstance(one, Enrolment)] == ["x" * 40]


def test_a_link_is_handed_over_with_its_time() -> None:
    """Fourteen days, as the practice has set it."""
    assert "It works once, for 14 days." in said(desk(), Commanded("invite", "Heron"))


def test_removing_a_client_takes_their_open_link_back() -> None:
    """Nobody can open it afterwards."""
    known = record(state=State.INVITED)
    decision = hear(desk(known, invitations=(OPEN_LINK,)), tap(Verb.CONFIRM_REMOVE), NOW)
    assert replace(OPEN_LINK, revoked_at=NOW) in decision.save


def test_times_are_told_in_the_therapists_zone() -> None:
    """Whatever zone the practice is in; and a nudge is on or off."""
    there = replace(therapist(), zone=TOKYO, heads_up=False)
    told = said(desk(therapist=there), Commanded("settings", ""))
    assert "Asia/Tokyo, where it is 00:00" in told
    assert told.endswith("wants to be contacted: off")
    assert said(desk(), Commanded("settings", "")).endswith("wants to be contacted: on")
    twice = replace(record(), sessions=(session("S1", "2026-03-05 15:50"),))
    assert "ended Thursday 5 March, 23:50." in said(desk(twice, therapist=there), tap(Verb.JUST_ENDED))


def test_help_is_a_list() -> None:
    """One command on each line."""
    lines = plain(wording.help_now(PRACTICE)).splitlines()
    assert len([line for line in lines if line.startswith("/")]) == len(of(Role.THERAPIST))


@pytest.mark.parametrize(
    ("was_set", "typed", "is_set"),
    [(False, "Europe/Lisbon", True), (False, "Europe/Berlin", False), (True, "Europe/Berlin", True)],
)
def test_a_zone_counts_as_set_once_it_was_changed(was_set: bool, typed: str, is_set: bool) -> None:
    """One that was only assumed, and is typed again, is still the assumed one."""
    whole = desk(account=expecting(ExpectationKind.ZONE, "desk"), therapist=replace(therapist(), zone_is_set=was_set))
    [changed] = [one for one in hear(whole, Wrote(typed), NOW).save if isinstance(one, Therapist)]
    assert (changed.zone, changed.zone_is_set) == (ZoneInfo(typed), is_set)


MONDAY_IN_TOKYO = resolve(datetime.fromisoformat("2026-03-09 08:00"), TOKYO)


@pytest.mark.parametrize(
    ("told", "hour", "expected"),
    [
        (MONDAY_IN_TOKYO, "10:00", MONDAY_IN_TOKYO + 2 * HOUR),
        (MONDAY_IN_TOKYO - 20 * HOUR, "08:00", MONDAY_IN_TOKYO - 20 * HOUR),
    ],
)
def test_the_day_that_clients_were_told_is_a_day_of_the_therapist(
    told: datetime, hour: str, expected: datetime
) -> None:
    """Monday in Tokyo begins on Sunday afternoon in Europe."""
    there = replace(therapist(), zone=TOKYO, next_digest_at=told)
    whole = desk(OTTER, therapist=there, account=expecting(ExpectationKind.DIGEST_HOUR))
    decision = hear(whole, Wrote(hour), NOW)
    [changed] = [one for one in decision.save if isinstance(one, Therapist)]
    assert changed.next_digest_at == expected


def test_a_digest_that_comes_on_the_chosen_day_needs_no_explanation() -> None:
    """The day is that of the therapist's zone."""
    there = replace(therapist(), zone=TOKYO, next_digest_at=MONDAY_IN_TOKYO)
    whole = desk(therapist=there, account=expecting(ExpectationKind.DIGEST_HOUR))
    assert said(whole, Wrote("08:30")) == "Done. The next summary comes on Monday 9 March, 08:30 (Asia/Tokyo)."


def test_the_summary_so_far_tells_what_came_in_since_the_last_one() -> None:
    """At once, and it counts as shown; before the first one it is empty."""
    decision = digest_so_far(overview(OTTER), NOW)
    told = [one for one in decision.say if isinstance(one, Tell)]
    assert {(one.to, one.purpose) for one in told} == {(THERAPIST, Purpose.SHOWN)}
    assert "1 asked, 1 answered" in said_to(THERAPIST, decision)
    new = replace(therapist(), last_digest_at=None)
    assert "1 asked" not in said_to(THERAPIST, digest_so_far(overview(OTTER, therapist=new), NOW))


def test_comments_in_full_say_whose_they_are_and_of_when() -> None:
    """By alias and the day of the session, in the therapist's zone."""
    known = with_last(OTTER, comments=(Comment("Made-up words.", NOW),))
    late = replace(known, sessions=(replace(LAST, ended_at=at("2026-03-05 00:30")),))
    told = said(desk(late), tap(Verb.READ_ALL, LAST.id))
    assert "Otter" in told
    assert "Thu 5 Mar" in told


EVENING = at("2026-03-04 17:00")
"""In Tokyo it is Thursday already."""
IN_TOKYO = replace(therapist(), zone=TOKYO)


def test_a_caseload_has_a_line_for_each_client() -> None:
    """With the day of the last session that was held, as the therapist's own calendar has it."""
    called_off = replace(session("S2", "2026-03-05 14:00"), cancelled_at=NOW)
    otter = replace(record(), sessions=(session("S1", "2026-03-04 17:00"), called_off))
    heron = record(alias="Heron", code="MADEUP-F")
    told = said(desk(otter, heron, therapist=IN_TOKYO), Commanded("clients", ""))
    assert told == "Your clients:\n\nOtter: check-ins are on, last session Thu 5 Mar\nHeron: check-ins are on"


@pytest.mark.parametrize(
    ("changes", "day"),
    [
        ({"closed_at": EVENING}, "Thu 5 Mar"),
        ({"closed_at": None, "sent_at": EVENING - DAY}, "Wed 4 Mar"),
        ({"closed_at": None, "sent_at": None, "due_at": EVENING - 2 * DAY}, "Tue 3 Mar"),
    ],
)
def test_a_page_tells_when_something_last_happened_to_the_check_in(changes: dict[str, object], day: str) -> None:
    """Closed, sent or due: the last of these, in the therapist's zone."""
    known = with_last(OTTER, **changes)
    assert f"Last check-in: answered, {day}" in said(desk(known, therapist=IN_TOKYO), tap(Verb.OPEN_CLIENT))


def test_a_logged_session_is_told_in_the_therapists_zone() -> None:
    """Half past six on Friday in Tokyo is Thursday in Europe."""
    practice = replace(PRACTICE, quiet_hours=None)
    whole = desk(record(), therapist=IN_TOKYO, practice=practice)
    told = said_to(THERAPIST, hear(whole, tap(Verb.JUST_ENDED), at("2026-03-05 22:30")))
    assert told == ("Logged.\n\nSession with Otter, ended Friday 6 March, 06:30. The check-in goes out at 08:30.")
    later = said_to(THERAPIST, hear(whole, tap(Verb.JUST_ENDED), at("2026-03-05 14:30")))
    assert later.endswith("The check-in goes out on Friday 6 March, 00:30.")


def test_a_page_of_a_client_is_a_list_of_what_is_known() -> None:
    """Nothing stands in the way of this one; times are in the therapist's zone."""
    held_then_cancelled = (
        session("S1", "2026-03-04 17:00"),
        replace(session("S2", "2026-03-05 14:00"), cancelled_at=NOW),
    )
    known = replace(with_last(OTTER, closed_at=EVENING), sessions=held_then_cancelled)
    assert said(desk(known, therapist=IN_TOKYO), tap(Verb.OPEN_CLIENT)) == (
        "A client's page.\n\nOtter\nCode: MADEUP-E\nConsent: check-ins are on\n"
        "Last session: Thursday 5 March, 01:00\nLast check-in: answered, Thu 5 Mar"
    )
    assert said(desk(replace(record(), account=None)), tap(Verb.OPEN_CLIENT)).endswith("Last session: none logged")


@pytest.mark.parametrize("event", [tap(Verb.OPEN_CLIENT), Commanded("session", "Otter")])
def test_the_session_that_can_be_cancelled_is_named_in_the_therapists_zone(event: Tapped | Commanded) -> None:
    """Wednesday afternoon in Berlin is Thursday in Tokyo."""
    known = replace(OTTER, sessions=(replace(LAST, ended_at=EVENING),))
    [message] = messages_to(THERAPIST, hear(desk(known, therapist=IN_TOKYO), event, NOW))
    assert "Cancel the one of Thu 5 Mar" in labels(message)


def test_a_pause_that_is_over_is_not_told() -> None:
    """It ended by itself."""
    there = replace(account(), paused_at=NOW - DAY, paused_until=NOW)
    assert "Paused" not in said(desk(replace(OTTER, account=there)), tap(Verb.OPEN_CLIENT))


def test_the_welcome_names_the_first_summary_in_the_therapists_zone() -> None:
    """By day and hour."""
    assert "next on Monday 9 March, 16:00." in plain(wording.welcome(IN_TOKYO, PRACTICE))


def test_a_client_who_is_asked_anew_is_told_apart_from_a_new_one() -> None:
    """Both have an open question."""
    new, known = enrolment(State.OPENED), replace(enrolment(State.OPENED), confirmed_at=NOW)
    told = [said(desk(replace(record(), enrolment=one)), tap(Verb.OPEN_CLIENT)) for one in (new, known)]
    assert [caseload_wording.ASKED_ANEW in page for page in told] == [False, True]
