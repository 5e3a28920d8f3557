"""What Telegram may answer to a message, and what becomes of it."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from unittest import mock

import pytest
from sqlcipher3 import dbapi2 as sqlcipher
from telegram.error import TelegramError

from bot import handle, ticks
from bot.backlog import handle_some
from bot.deliver import TOKEN_PAUSE
from bot.demo.telegram import Fault, FaultKind
from bot.handle import LEASE, Claimed, Failure
from bot.house import House
from bot.render import from_json
from bot.store.outbox import Method
from conversations.sending import Verdict, Waiting, judge
from tests.databases import opened
from tests.scripted import Script, open_script
from tests.stories.practice import Practice

pytestmark = pytest.mark.engines("sqlite", "postgresql")


def test_a_token_that_is_refused_stops_all_sending_and_marks_nobody(practice: Practice) -> None:
    """For a minute nothing is tried, then all is sent; nobody counts as unreachable, and nothing is lost."""
    someone, other = practice.someone().starts(), practice.someone("Alex").starts()
    practice.later(minutes=1)
    began = practice.now
    practice.world.order_fault(Fault(FaultKind.TOKEN_REFUSED, "sendMessage", times=2))
    someone.phone.says("/help")
    other.phone.says("/help")
    practice.stage.settle()
    tried = [call for call in practice.world.calls if call.method == "sendMessage" and call.at >= began]
    refused_at = tried[0].at
    until = refused_at + timedelta(seconds=TOKEN_PAUSE)
    assert {call.status for call in tried if call.at < until} == {401}  # one, or both if both were under way
    someone.sees("What you can do here")
    other.sees("What you can do here")
    with practice.stored() as transaction:
        assert transaction.outbox.failed_since(practice.now.replace(year=2000)) == []


def test_a_message_that_telegram_refuses_for_good_is_given_up_and_holds_up_nothing(practice: Practice) -> None:
    """A 400 that no repetition can mend ends that one message; the next one is sent."""
    therapist = practice.therapist()
    someone = practice.someone().starts()
    # More than Telegram takes, as only a fault of the bot could queue it.
    with practice.stored() as transaction:
        transaction.people.engine.execute(
            "UPDATE therapists SET name = :name WHERE account = :account",
            {"name": "x" * 5000, "account": therapist.phone.user_id},
        )
    code = practice.invitation(therapist, "R")
    someone.starts(code)
    someone.says("/privacy").sees("Your privacy here.")
    with practice.stored() as transaction:
        assert transaction.outbox.failed_since(practice.now.replace(year=2000)) == [("refused by Telegram", 1)]


def test_nothing_is_claimed_right_after_a_long_pause(practice: Practice) -> None:
    """Whether this copy still leads is asked first: another one may send by then."""
    someone = practice.someone().starts()
    practice.later(minutes=1)
    practice.world.order_fault(Fault(FaultKind.TOKEN_REFUSED, "sendMessage"))
    someone.phone.says("/help")
    deliverer = practice.app.deliverer

    async def plays() -> None:
        await practice.app.receiver.step()
        handle_some(practice.app.house)
        for _ in range(3):
            if not deliverer._halted_for:
                await deliverer.step()
        assert deliverer._halted_for
        began = practice.now
        assert await deliverer.step()
        assert practice.now - began >= timedelta(seconds=TOKEN_PAUSE)

    practice.runner.run(plays())
    assert practice.store.engine.query("SELECT state FROM outbox WHERE settled_at IS NULL") == [{"state": "queued"}]


def test_a_card_is_edited_at_once_and_the_next_message_comes_a_second_later(practice: Practice) -> None:
    """Whoever taps as soon as a card is there does not wait for the pace that Telegram wants of new messages."""
    client, began = practice.client(therapist := practice.therapist()), len(practice.world.calls)
    practice.session_ends(therapist)
    due_at = ticks.next_at(practice.app.house)
    assert due_at is not None
    practice.stage.turn_to(due_at)
    client.answers("Start", "Yes", "Yes", "Yes", "Yes").says("Made-up words.").sees("Saved.")

    calls = [call for call in list(practice.world.calls)[began:] if call.chat_id == client.phone.user_id]
    card, moved_down = (call.at for call in calls if call.method == "sendMessage")
    edits = [call.at for call in calls if call.method == "editMessageText"]
    assert len(edits) == 5
    assert edits[-1] - card < timedelta(seconds=1) <= moved_down - card


@pytest.mark.unmeasured
@pytest.mark.engines("sqlite")  # a day of tries, in which the engine makes no difference
def test_an_outcome_that_stays_unknown_for_a_day_is_given_up(practice: Practice) -> None:
    """A reply that can't be delivered for a day is not tried for ever."""
    someone = practice.someone().starts()
    seen = len(someone.chat)
    practice.world.order_fault(Fault(FaultKind.SERVER_ERROR, "sendMessage", times=1000))
    someone.says("/help")
    practice.later(hours=25)
    someone.sees_nothing_new(seen)
    with practice.stored() as transaction:
        assert transaction.outbox.failed_since(practice.now.replace(year=2000)) == [("tried for a day", 1)]
        assert transaction.outbox.waiting() == 0


def test_a_message_that_cannot_be_judged_holds_up_nobody(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others are told meanwhile, and it is said as soon as the fault is mended; after a day it is set aside."""
    someone, other = practice.someone().starts(), practice.someone("Alex").starts()
    seen = len(someone.chat)

    def fails_for_someone(waiting: Waiting, now: datetime) -> Verdict:
        if waiting.chat_id == someone.phone.user_id:
            raise RuntimeError("a made-up fault")
        return judge(waiting, now)

    with monkeypatch.context() as faulty:
        faulty.setattr(handle, "judge", fails_for_someone)
        someone.phone.says("/help")
        other.says("/help").sees("What you can do here")
        someone.sees_nothing_new(seen)
    practice.later(minutes=6)
    someone.sees("What you can do here")

    with monkeypatch.context() as faulty:
        faulty.setattr(handle, "judge", fails_for_someone)
        someone.says("/help")
        practice.stage.be_away_until(practice.now + timedelta(hours=25))
    with practice.stored() as transaction:
        assert transaction.outbox.failed_since(practice.now.replace(year=2000)) == [("tried for a day", 1)]
        assert transaction.outbox.waiting() == 0


def test_a_card_that_a_kill_left_under_way_does_not_turn_it_back(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Telegram had taken it, and the client has gone on before it would be sent once more."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    practice.at("Thu 14:00").session_ends(therapist)
    monkeypatch.setattr(handle, "is_unknown", lambda *_: None)  # as after a kill, what came of it is not recorded
    practice.fails(FaultKind.REPLY_LOST, "sendMessage", client).at("Thu 16:00")
    client.taps("Start").sees("1 of 4")
    practice.later(seconds=2 * handle.LEASE.total_seconds())
    assert "1 of 4" in client.card.text
    with practice.stored() as transaction:
        assert transaction.outbox.waiting() == 0
        assert transaction.outbox.failed_since(practice.now - timedelta(hours=1)) == [("a later page was sent", 1)]


def test_a_card_that_was_tapped_has_arrived_whatever_is_known_of_it(practice: Practice) -> None:
    """Telegram's answer was lost, and the client tapped before it was sent once more: it counts as asked."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    practice.at("Thu 14:00").session_ends(therapist)
    practice.fails(FaultKind.REPLY_LOST, "sendMessage", client).at("Thu 16:00")
    tapped_at = practice.now
    client.taps("Start").sees("1 of 4")
    practice.later(minutes=1)
    [check_in] = practice.check_ins("R")
    assert check_in.sent_at == tapped_at
    assert check_in.reminder_at == tapped_at + timedelta(hours=24)


@pytest.mark.parametrize(
    "fault",
    [sqlcipher.OperationalError("database or disk is full"), RuntimeError("a fault of the bot")],
    ids=["of the machine", "of the bot"],
)
def test_an_outcome_that_can_not_be_recorded_at_once_is_not_said_twice(
    practice: Practice, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    """When the disk fills up between a message and the record of it, the record waits for room."""
    someone = practice.someone().starts()
    seen, record, failures = len(someone.chat), handle.was_sent, iter(range(20))

    def fail(claimed: Claimed, message_id: int | None, house: House) -> None:
        if next(failures, None) is not None:
            raise fault
        record(claimed, message_id, house)

    monkeypatch.setattr(handle, "was_sent", fail)
    someone.phone.says("/help")
    while next(failures, None) is not None:
        with suppress(sqlcipher.OperationalError):  # the running bot tries again a second later
            practice.stage.settle()
    practice.stage.settle()
    someone.sees_nothing_new(seen + 1)
    with practice.stored() as transaction:
        assert transaction.outbox.waiting() == 0


def test_who_stops_does_not_wait_for_a_machine_that_lets_nothing_be_recorded(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each try may take seconds. What came of the message stays unknown, and it is said once more after the start."""
    someone = practice.someone().starts()
    tries: list[Claimed] = []

    def fail(claimed: Claimed, _message_id: int | None, _house: House) -> None:
        tries.append(claimed)
        raise sqlcipher.OperationalError("database or disk is full")

    monkeypatch.setattr(handle, "was_sent", fail)
    someone.phone.says("/help")
    with suppress(sqlcipher.OperationalError):
        practice.stage.settle()
    tries.clear()
    practice.runner.run(practice.app.deliverer.finish())
    assert len(tries) == 1


def test_an_answer_that_cannot_be_read_is_an_unknown_outcome(practice: Practice) -> None:
    """A page in place of JSON, as a proxy sends it, says nothing about the message: it is sent again."""
    someone = practice.someone().starts()
    practice.later(minutes=1)
    unreadable = TelegramError("Invalid server response")
    with mock.patch.object(type(practice.app.telegram), "send", mock.AsyncMock(side_effect=unreadable)):
        someone.phone.says("/help")
        practice.settles()
    practice.later(minutes=1)
    someone.sees("What you can do here")


THERAPIST, CLIENT = 201, 101


def _asked(database_url: str) -> Script:
    """A practice in which a check-in waits to be sent."""
    script = open_script(opened(database_url))
    script.enrols_therapist(THERAPIST, "Dr. Weber")
    script.taps(THERAPIST, f"ended:{script.enrols(CLIENT, THERAPIST, 'R')}")
    script.delivers()
    script.turns(timedelta(hours=3))
    script.ticks()
    return script


def _claimed_by(owner: str, script: Script) -> Claimed:
    """Claim what is to be said first."""
    with script.stored() as transaction:
        [row] = transaction.outbox.next(script.now[0], 1)
        claimed = handle.claim(row, owner, transaction, script.house)
    assert claimed is not None
    return claimed


def test_a_card_that_another_copy_has_sent_since_is_taken_away_and_not_the_current_one(database_url: str) -> None:
    """A copy that was cut off from the database knows late that its own arrived; the client is further by then."""
    script = _asked(database_url)
    cut_off = _claimed_by("cut off", script)
    script.turns(LEASE + timedelta(seconds=1))
    handle.was_sent(_claimed_by("took over", script), 9002, script.house)
    [session] = script.query("SELECT id FROM sessions")
    script.taps(CLIENT, f"start:{session['id']}", 9002)
    script.delivers()
    handle.was_sent(cut_off, 9001, script.house)
    retiring = _claimed_by("took over", script)
    assert (retiring.row.method, from_json(retiring.row.body).message_ids) == (Method.RETIRE, (9001,))
    with script.stored() as transaction:
        assert transaction.check_ins.card_message(session["id"]) == 9002
    script.close()


@pytest.mark.parametrize(
    "late",
    [
        lambda claimed, house: handle.was_sent(claimed, 9001, house),
        lambda claimed, house: handle.was_refused(claimed, Failure.UNREACHABLE, house),
        lambda claimed, house: handle.was_refused(claimed, Failure.REFUSED, house),
        handle.is_unknown,
        lambda claimed, house: handle.must_wait(claimed, 5.0, house),
    ],
    ids=["sent", "unreachable", "refused", "unknown", "wait"],
)
def test_what_comes_late_of_a_message_that_another_copy_is_sending_changes_nothing_of_it(
    database_url: str, late: Callable[[Claimed, House], None]
) -> None:
    """It is that one's to say what became of it."""
    script = _asked(database_url)
    cut_off = _claimed_by("cut off", script)
    script.turns(LEASE + timedelta(seconds=1))
    takes_over = _claimed_by("took over", script)
    late(cut_off, script.house)
    with script.stored() as transaction:
        assert transaction.outbox.is_claimed_by(takes_over.row.id, "took over")
        account = transaction.people.account(CLIENT)
        assert account is not None
        assert account.unreachable_since is None
    script.close()
