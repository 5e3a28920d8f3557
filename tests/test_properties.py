"""What holds over any sequence of events: people tap, write, block and erase, time passes, messages get lost."""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from functools import partial
from itertools import count

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from structlog.testing import capture_logs

from bot import operate
from bot.handle import Claimed
from bot.render import Body, from_json
from bot.store.outbox import Method
from bot.store.rows import moment
from conversations.buttons import Verb
from conversations.commands import COMMANDS, Command
from conversations.decision import Purpose
from conversations.message import length
from conversations.people import EnrolmentState
from conversations.record import may_be_shown
from conversations.sessions import Reason, Wish
from conversations.wording.check_in import ALREADY_CLOSED
from tests import invariants
from tests.conversations.made_up import BERLIN, QUESTIONS
from tests.databases import Server, opened
from tests.scripted import Outcome, Said, Script, codes_in_order, open_script

ALIASES = {201: ("Otter", "Heron", "Lynx"), 202: ("Maple", "Birch", "Cedar")}
"""By therapist; none is part of anything else that is said."""
THERAPISTS = tuple(ALIASES)
CLIENTS = (101, 102, 103)
PEOPLE = (*CLIENTS, *THERAPISTS, 301)

TYPED = ("1", "5", "Not sure", "14:30", "yesterday 10:00", "08:00", "Europe/Lisbon", "America/New_York", "🦦" * 4096)
ARGUMENTS = ("", "Otter", "Maple", "Nobody", "Asia/Tokyo", "x" * 64, "made-up-secret-0")
SPANS = (
    timedelta(minutes=11),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=13),
    timedelta(days=1),
    timedelta(days=8),
)
KNOWN_ALARM = "a therapist can't be reached for a week: clients were told, check-ins wait"

people, clients, therapists = (st.sampled_from(group) for group in (PEOPLE, CLIENTS, THERAPISTS))
how_far_back = st.integers(0, 6)
"""Mostly newest things matter, and sometimes older ones."""
at_once = st.sampled_from((True, True, True, False))
"""Whether what is to be said goes out before the next event."""


class AnyEvents(RuleBasedStateMachine):
    """Any sequence of events, on the real store, handling and ticks."""

    def __init__(self, opened: Callable[[], Script] = open_script) -> None:
        super().__init__()
        self.open = ExitStack()
        self.open.enter_context(codes_in_order())
        self.logged = self.open.enter_context(capture_logs())
        self.script: Script = opened()
        self.script.watch = self.watches
        self.words = count(1)
        self.own: set[int] = set()
        """Rows of the outbox that answer what their reader did."""

    def teardown(self) -> None:
        """Let a week pass, with everybody reachable, and see that nothing stays open."""
        for _ in range(28):
            self.script.turns(timedelta(hours=6))
            self.script.ticks()
            self.script.delivers()
        invariants.every_check_in_has_ended(self.script.query)
        self.no_therapist_is_left_unasked()
        self.nothing_failed()
        self.script.close()
        self.open.close()

    def no_therapist_is_left_unasked(self) -> None:
        """Who waits to be confirmed was shown to their therapist, or will be when that one is back."""
        waiting = self.script.query(
            "SELECT e.code FROM enrolments e JOIN therapists t ON t.id = e.therapist WHERE e.state = 'granted' "
            "AND e.ask_again_at IS NULL AND t.removed_at IS NULL AND NOT EXISTS "
            "(SELECT 1 FROM outbox o WHERE o.enrolment = e.code AND o.purpose = 'pairing' AND o.body IS NOT NULL)"
        )
        asked = {data for one in self.script.said for _, data in one.buttons}
        assert [row for row in waiting if f"{Verb.CONFIRM_PAIRING}:{row['code']}" not in asked] == []

    # events

    @initialize()
    def two_desks(self) -> None:
        """Two therapists, with a client each, and somebody who sees both; each client has been asked."""
        for chat_id, name in zip(THERAPISTS, ("Dr. Alpha", "Dr. Beta"), strict=True):
            self.script.enrols_therapist(chat_id, name)
        for client, therapist, alias in ((101, 201, "Otter"), (102, 202, "Maple"), (101, 202, "Birch")):
            code = self.script.enrols(client, therapist, alias)
            self.script.taps(therapist, f"ended:{code}")
        self.time_passes(timedelta(hours=3), True)

    @rule(therapist=therapists, number=st.integers(0, 2), sends=at_once)
    def invites(self, therapist: int, number: int, sends: bool) -> None:
        self.acts(therapist, lambda: self.script.says(therapist, f"/invite {ALIASES[therapist][number]}"), sends)

    @rule(person=people, back=how_far_back, sends=at_once)
    def follows_a_link(self, person: int, back: int, sends: bool) -> None:
        links = [one.text.partition("start=")[2].split()[0] for one in self.script.said if "start=" in one.text]
        code = links[-1 - back % len(links)] if links else "made-up-nonsense"
        self.acts(person, lambda: self.script.says(person, f"/start {code}"), sends)

    @rule(client=clients, therapist=therapists, number=st.integers(0, 2))
    def enrols(self, client: int, therapist: int, number: int) -> None:
        self.invites(therapist, number, True)
        self.follows_a_link(client, 0, True)
        self.taps_newest(client, Verb.AGREE, True)
        self.taps_newest(therapist, Verb.CONFIRM_PAIRING, True)

    @rule(client=clients, therapist=therapists, number=st.integers(0, 2), comes_back=st.booleans())
    def agrees_while_the_therapist_is_away(self, client: int, therapist: int, number: int, comes_back: bool) -> None:
        """Nobody can be asked then who it is."""
        self.invites(therapist, number, True)
        self.follows_a_link(client, 0, True)
        self.taps_newest(client, Verb.AGREE, False)
        self.blocks(therapist, comes_back)

    @rule(therapist=therapists, back=how_far_back)
    def logs_a_session(self, therapist: int, back: int) -> None:
        code = self.some_enrolment(back) or "NOBODY"
        self.acts(therapist, lambda: self.script.taps(therapist, f"{Verb.JUST_ENDED}:{code}"), True)

    @rule(back=how_far_back, span=st.sampled_from((timedelta(hours=3), timedelta(hours=12), timedelta(hours=26))))
    def meets(self, back: int, span: timedelta) -> None:
        """A session ends, is logged by whoever held it, and time passes."""
        code = self.some_enrolment(back)
        with self.script.stored() as transaction:
            enrolment = transaction.people.enrolment(code or "")
            therapist = transaction.people.therapist(enrolment.therapist) if enrolment else None
        if code and therapist and therapist.account:
            self.script.taps(therapist.account, f"ended:{code}")
            self.time_passes(span, True)

    @rule(back=how_far_back, hours=st.integers(0, 80), long=st.integers(0, 2))
    def imports_a_session(self, back: int, hours: int, long: int) -> None:
        code = self.some_enrolment(back)
        ended = self.script.now[0] - timedelta(hours=hours)
        started = ended - timedelta(hours=long) if long else None
        if code:
            operate.add_sessions([operate.Ended(code, ended, started)], self.script.house)

    def some_enrolment(self, back: int) -> str | None:
        """Return the code of an enrolment, the newest or one before it; None if all are erased."""
        codes = [row["code"] for row in self.script.query("SELECT code FROM enrolments ORDER BY invited_at, code")]
        return codes[-1 - back % len(codes)] if codes else None

    @rule(person=people, back=how_far_back, verb=st.sampled_from(Verb), sends=at_once)
    def taps_newest_of(self, person: int, back: int, verb: Verb, sends: bool) -> None:
        self.taps_newest(person, verb, sends, back)

    def taps_newest(self, person: int, verb: Verb, sends: bool, back: int = 0) -> None:
        found = [
            (one, data)
            for one in self.script.to(person)
            for _, data in one.buttons
            if data.partition(":")[0] == verb.value
        ]
        if found:
            shown, data = found[-1 - back % len(found)]
            self.acts(person, lambda: self.script.taps(person, data, shown.message_id), sends)

    @rule(person=people, back=st.integers(0, 40), button=st.integers(0, 12), sends=at_once)
    def taps_anything(self, person: int, back: int, button: int, sends: bool) -> None:
        """A button on any message, stale or somebody else's."""
        with_buttons = [one for one in self.script.said if one.buttons]
        shown = with_buttons[-1 - back % len(with_buttons)]
        _, data = shown.buttons[button % len(shown.buttons)]
        self.acts(person, lambda: self.script.taps(person, data, shown.message_id), sends)

    @rule(
        back=st.integers(0, 2),
        ratings=st.lists(st.integers(1, 5), min_size=4, max_size=4),
        reason=st.sampled_from((None, *Reason)),
        wish=st.sampled_from((None, *Wish)),
        writes=st.booleans(),
        sends=at_once,
    )
    def answers(  # noqa: PLR0917, hypothesis passes them by name
        self, back: int, ratings: list[int], reason: Reason | None, wish: Wish | None, writes: bool, sends: bool
    ) -> None:
        """A whole check-in in a row, from whatever page it is at."""
        cards = self.script.query(
            "SELECT c.session, e.account FROM check_ins c JOIN enrolments e ON e.code = c.enrolment "
            "WHERE c.sent_at IS NOT NULL AND c.closed_at IS NULL ORDER BY c.sent_at"
        )
        if not cards:
            return
        session, client = cards[-1 - back % len(cards)].values()
        steps = [f"start:{session}"]
        steps += [f"rate:{session}:{question}:{rating}" for question, rating in zip(QUESTIONS, ratings, strict=True)]
        steps += [f"reason:{session}:{reason}"] if reason else []
        steps += [f"wish:{session}:{wish}"] if wish else []
        for data in steps:
            self.acts(client, partial(self.script.taps, client, data), sends)
        if writes:
            self.writes(client, sends)
        self.acts(client, lambda: self.script.taps(client, f"done:{session}"), sends)

    @rule(person=people, sends=at_once)
    def writes(self, person: int, sends: bool) -> None:
        """Words that nobody else ever writes."""
        text = f"made-up words <{next(self.words)}>"
        self.acts(person, lambda: self.script.says(person, text), sends)

    @rule(person=people, text=st.sampled_from((None, *TYPED)), sends=at_once)
    def types(self, person: int, text: str | None, sends: bool) -> None:
        """Something that may have been asked for; None is a voice message."""
        say = partial(self.script.says, person, text) if text else partial(self.script.sends_voice, person)
        self.acts(person, say, sends)

    @rule(person=people, command=st.sampled_from(COMMANDS), argument=st.sampled_from(ARGUMENTS), sends=at_once)
    def commands(self, person: int, command: Command, argument: str, sends: bool) -> None:
        own = argument if argument not in {alias for group in ALIASES.values() for alias in group} else ""
        if command.name in {"session", "invite"} and person in THERAPISTS:
            own = ALIASES[person][0] if argument else ""
        self.acts(person, lambda: self.script.says(person, f"/{command.name} {own}"), sends)

    @rule(client=clients, confirms=st.sampled_from((Verb.CONFIRM_STOP, Verb.CONFIRM_ERASE, Verb.PAUSE_FOR)))
    def leaves(self, client: int, confirms: Verb) -> None:
        """Stop, erase or pause, with the confirmation."""
        command = {Verb.CONFIRM_STOP: "stop", Verb.CONFIRM_ERASE: "deletemydata", Verb.PAUSE_FOR: "pause"}[confirms]
        self.acts(client, lambda: self.script.says(client, f"/{command}"), True)
        self.taps_newest(client, confirms, True)

    @rule(back=st.integers(0, 2), verb=st.sampled_from((Verb.KEEP_PRIVATE, Verb.SHARE, Verb.CHANGE, Verb.CONFIRM_STOP)))
    def thinks_again(self, back: int, verb: Verb) -> None:
        """Somebody who has answered withholds it, shares it, changes it, or stops altogether."""
        answered = self.script.query(
            "SELECT c.session, e.code, e.account FROM check_ins c JOIN enrolments e ON e.code = c.enrolment "
            "WHERE c.state = 'answered' AND e.account IS NOT NULL ORDER BY c.closed_at, c.session"
        )
        if answered:
            session, code, client = answered[-1 - back % len(answered)].values()
            about = code if verb is Verb.CONFIRM_STOP else session
            self.acts(client, lambda: self.script.taps(client, f"{verb}:{about}"), True)

    @rule(back=st.integers(0, 2), verb=st.sampled_from((Verb.KEEP_PRIVATE, Verb.CHANGE, Verb.CONFIRM_STOP)))
    def thinks_again_at_the_last_moment(self, back: int, verb: Verb) -> None:
        """While a digest with the answers is already on its way."""
        self.monday_comes(0, False)
        self.thinks_again(back, verb)

    @rule(person=people, comes_back=st.booleans())
    def blocks(self, person: int, comes_back: bool) -> None:
        self.script.blocks(person)
        if comes_back:
            self.script.unblocks(person)

    @rule()
    def is_reported_twice(self) -> None:
        """Telegram hands out an update again: nothing happens."""
        before = self.whole_database()
        self.script.repeats()
        assert self.whole_database() == before

    @rule(span=st.sampled_from(SPANS), ticks=st.sampled_from((True, True, False)), sends=at_once)
    def time_passes(self, span: timedelta, ticks: bool, sends: bool = True) -> None:
        """Time passes; without ticks and sending it is a downtime."""
        self.script.turns(span)
        if ticks:
            self.script.ticks()
        if ticks and sends:
            self.script.delivers()

    @rule(days=st.integers(0, 1), sends=at_once)
    def monday_comes(self, days: int, sends: bool) -> None:
        """The next digests are due, and sometimes another day has passed."""
        dues = self.script.query("SELECT min(next_digest_at) AS at FROM therapists WHERE next_digest_at IS NOT NULL")
        if dues[0]["at"] is not None:
            span = max(moment(dues[0]["at"]) - self.script.now[0], timedelta(0)) + timedelta(days=days)
            self.time_passes(span, True, sends)

    @rule(outcomes=st.lists(st.sampled_from(Outcome), max_size=4), ticks=st.booleans())
    def the_post_goes_out(self, outcomes: list[Outcome], ticks: bool) -> None:
        """Some of what waits is sent, and not all of it arrives."""
        if ticks:
            self.script.ticks()
        self.script.delivers(iter(outcomes))

    @rule(sends=at_once)
    def the_bot_was_away(self, sends: bool) -> None:
        self.script.was_away()
        if sends:
            self.script.delivers()

    @rule(therapist=therapists, really=st.sampled_from((False, False, False, True)))
    def the_operator_removes_a_therapist(self, therapist: int, really: bool) -> None:
        with self.script.stored() as transaction:
            found = transaction.people.therapist_of(therapist)
        if found and really:
            operate.remove_therapist(found.id, self.script.house)

    # what leads on happens more often than what only disturbs
    meets_2, meets_3, meets_4 = meets, meets, meets
    answers_2, answers_3, answers_4 = answers, answers, answers
    monday_comes_2, monday_comes_3, thinks_again_2, taps_newest_of_2 = (
        monday_comes,
        monday_comes,
        thinks_again,
        taps_newest_of,
    )

    def acts(self, person: int, act: Callable[[], None], sends: bool) -> None:
        """Let somebody act: they get an answer, and whatever they are told at once is theirs."""
        self.script.now[0] += timedelta(seconds=1)  # the same answer to the same act is told apart by its time
        before = self.queued(person)
        self.script.blocked.discard(person)
        act()
        answers = {row_id for row_id, content in self.queued(person).items() if before.get(row_id) != content}
        assert answers, "somebody got no answer"
        self.own |= answers
        if sends:
            self.script.delivers()

    def queued(self, person: int) -> dict[int, tuple[object, ...]]:
        rows = self.script.query(
            f"SELECT id, body, queued_at, not_before FROM outbox WHERE chat_id = {person} AND state = 'queued'"  # noqa: S608
        )
        return {row["id"]: (row["body"], row["queued_at"]) for row in rows}

    def whole_database(self) -> list[object]:
        tables = self.script.house.store.engine.tables()
        return [self.script.query(f"SELECT * FROM {table}") for table in tables]  # noqa: S608

    # what holds for every message, at the moment when it is sent

    def watches(self, claimed: Claimed, script: Script) -> None:
        row, body = claimed.row, from_json(claimed.row.body)
        if row.method not in {Method.MESSAGE, Method.CARD}:
            return
        said = Said(row.chat_id, 0, body, claimed)
        self.fits(said, body)
        self.tells_nothing_of_others(said)
        self.follows_no_withdrawal(claimed)
        if row.purpose is Purpose.CHECK_IN:
            self.may_be_asked(claimed, script.now[0])
        if row.purpose is Purpose.CONSENT:
            assert not self.is_night(row.chat_id)

    def fits(self, said: Said, body: Body) -> None:
        """Telegram takes it."""
        assert 0 < length(said.text) <= (1024 if body.attachment else 4096)
        assert all(len(data.encode()) <= 64 for _, data in said.buttons)
        assert len(said.buttons) <= 100

    def tells_nothing_of_others(self, said: Said) -> None:
        """Only therapists see aliases, names and answers: those of their own clients, and nothing kept private."""
        row, reader = said.claimed.row, said.chat_id
        others = [alias for chat_id, group in ALIASES.items() if chat_id != reader for alias in group]
        assert [alias for alias in others if alias in said.text] == []
        with self.script.stored() as transaction:
            desk = transaction.people.therapist_of(reader)
            own = {one.account for one in transaction.people.enrolments_with(desk.id)} if desk else set()
            assert [
                one
                for one in PEOPLE
                if f"Made-Up-{one}" in said.text and (row.purpose is not Purpose.PAIRING or one not in own)
            ] == []
            comments = self.script.query("SELECT session, text FROM comments WHERE text LIKE 'made-up words%'")
            told = {one["session"] for one in comments if one["text"] in said.text}
            for session in {*told, *row.shows}:
                check_in = transaction.check_ins.check_in(session)
                assert check_in
                enrolment = transaction.people.enrolment(check_in.enrolment)
                assert enrolment
                own_words = enrolment.account == reader and session not in row.shows
                is_desk = desk is not None and enrolment.therapist == desk.id
                assert own_words or (is_desk and may_be_shown(check_in))
                if not own_words and enrolment.state is EnrolmentState.WITHDRAWN:
                    assert check_in.shown_at
                    assert enrolment.ended_at
                    assert check_in.shown_at <= enrolment.ended_at

    def follows_no_withdrawal(self, claimed: Claimed) -> None:
        """After a client has stopped, they hear only answers to what they do themselves."""
        row = claimed.row
        with self.script.stored() as transaction:
            enrolments = transaction.people.enrolments_of(row.chat_id)
            check_in = transaction.check_ins.check_in(row.session) if row.session else None
            is_desk = transaction.people.therapist_of(row.chat_id) is not None
        stopped = {one.code for one in enrolments if one.state is EnrolmentState.WITHDRAWN}
        if (row.enrolment or (check_in.enrolment if check_in else None)) in stopped:
            assert row.purpose is Purpose.REPLY
            assert row.session is None or Said(0, 0, from_json(row.body), claimed).text == ALREADY_CLOSED
        if stopped and stopped == {one.code for one in enrolments} and not is_desk:
            assert row.id in self.own

    def may_be_asked(self, claimed: Claimed, now: datetime) -> None:
        """A check-in goes only to somebody who agreed, is not paused, and whose therapist reads it; never at night."""
        row = claimed.row
        assert row.session
        with self.script.stored() as transaction:
            check_in = transaction.check_ins.check_in(row.session)
            session = transaction.check_ins.session(row.session)
            account = transaction.people.account(row.chat_id)
            enrolment = transaction.people.enrolment(row.enrolment or "")
            assert check_in
            assert session
            assert account
            assert enrolment
            therapist = transaction.people.therapist(enrolment.therapist)
            assert therapist
        choices = self.script.query(f"SELECT choice FROM consents WHERE enrolment = '{enrolment.code}' ORDER BY id")  # noqa: S608
        assert choices[-1]["choice"] == "granted"
        assert enrolment.confirmed_at
        assert enrolment.account == row.chat_id
        assert not account.is_paused(now)
        assert account.unreachable_since is None
        assert therapist.account
        assert therapist.removed_at is None
        assert therapist.clients_told_at is None
        assert session.cancelled_at is None
        assert check_in.is_open
        assert now < check_in.expires_at
        assert not self.is_night(row.chat_id)

    def is_night(self, chat_id: int) -> bool:
        with self.script.stored() as transaction:
            account = transaction.people.account(chat_id)
        wall = self.script.now[0].astimezone(account.zone if account and account.zone else BERLIN)
        return wall.hour >= 21 or wall.hour < 9

    # what holds after every event

    @invariant()
    def nothing_failed(self) -> None:
        """Every update is handled at the first try, and no tick fails."""
        assert self.script.query("SELECT why FROM inbox WHERE attempts > 0 OR state != 'handled'") == []
        assert [one for one in self.logged if one["log_level"] == "error" and one["event"] != KNOWN_ALARM] == []

    @invariant()
    def what_always_holds(self) -> None:
        """One check-in for a session, one open card, 20 hours between two; nothing shown is called private."""
        invariants.each_session_has_one_check_in(self.script.query)
        invariants.one_card_is_open_at_a_time(self.script.query, self.script.now[0])
        invariants.nobody_is_asked_twice_within_20_hours(self.script.query)
        invariants.what_was_shown_is_not_called_private(self.script.query)


ALWAYS_ALIKE = settings(
    max_examples=50,
    stateful_step_count=40,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestAnyEvents = pytest.mark.unmeasured(AnyEvents.TestCase)
TestAnyEvents.settings = ALWAYS_ALIKE


@pytest.mark.unmeasured
def test_any_events_on_postgresql(server: Server) -> None:
    """Fewer of them, on the other engine."""

    def on_server() -> AnyEvents:
        return AnyEvents(lambda: open_script(opened(server.database())))

    fewer = settings(ALWAYS_ALIKE, max_examples=5)
    run_state_machine_as_test(on_server, settings=fewer)  # type: ignore[arg-type] # it takes what makes one
