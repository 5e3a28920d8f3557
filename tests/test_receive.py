"""What goes wrong with an update never holds up another, and never loses one."""

import asyncio
import json
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from structlog.testing import capture_logs
from telegram.error import Conflict

from bot import handle
from bot.backlog import handle_next
from bot.polling import Poller
from bot.receive import SOMEBODY_ELSE_RECEIVES
from bot.store.inbox import TRIES, NewUpdate
from bot.store.marks import Mark
from bot.updates import parse
from conversations.decide import Subject, decide
from conversations.decision import Decision
from conversations.events import Event, Wrote
from tests.databases import opened
from tests.scripted import open_script, person, private_chat
from tests.stories.practice import Practice

pytestmark = pytest.mark.engines("sqlite", "postgresql")


def _fails_on(word: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let the decision on a text fail; return the list that counts how often."""
    failures: list[str] = []

    def failing(subject: Subject, event: Event, now: datetime) -> Decision:
        if event == Wrote(word):
            failures.append(word)
            raise RuntimeError(word)
        return decide(subject, event, now)

    monkeypatch.setattr(handle, "decide", failing)
    return failures


def test_whoever_has_just_said_something_speaks(practice: Practice) -> None:
    """For some seconds: while thousands are due, those who answer are left half of the time."""
    intake = practice.stage.app.receiver.intake
    assert not intake.somebody_speaks()

    practice.someone().starts()
    assert intake.somebody_speaks()

    practice.later(seconds=11)
    assert not intake.somebody_speaks()


def test_an_update_that_always_fails_is_parked_and_the_person_is_asked_to_try_again(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After five failures it is parked; what the same person says afterwards waits for that, and is then heard."""
    someone = practice.someone().starts()
    failures = _fails_on("poison", monkeypatch)
    someone.says("poison").says("/help")
    practice.later(minutes=5)
    assert len(failures) == TRIES
    texts = [message.text for message in someone.chat]
    assert "was not handled" in texts[-2]
    assert "What you can do here" in texts[-1]
    with practice.stored() as transaction:
        assert (transaction.inbox.waiting(), transaction.inbox.parked()) == (0, 1)


def test_an_update_that_fails_does_not_hold_up_other_people(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one person's update is tried again, others are answered."""
    someone, other = practice.someone().starts(), practice.someone("Alex").starts()
    _fails_on("poison", monkeypatch)
    someone.says("poison")
    other.says("/help").sees("What you can do here")


def test_an_update_that_can_not_be_read_is_parked_at_once(practice: Practice) -> None:
    """Whoever sent it gets a friendly line, if that can be told; the next update is handled."""
    someone = practice.someone().starts()
    unreadable = '{"update_id": 1, "message": {"chat": {"id": %d}, "date": "never"}}'
    with practice.stored() as transaction:
        transaction.inbox.add(
            1,
            [
                NewUpdate(1, unreadable % someone.phone.user_id, someone.phone.user_id),
                NewUpdate(2, "[]", None),
                NewUpdate(3, "not JSON", None),
            ],
            practice.now,
        )
    practice.later(seconds=2)
    someone.sees("was not handled")
    with practice.stored() as transaction:
        assert (transaction.inbox.waiting(), transaction.inbox.parked()) == (0, 3)


@pytest.mark.engines("sqlite")
def test_a_full_disk_costs_no_attempt_and_loses_nothing(practice: Practice) -> None:
    """While the disk is full the update waits, however often it is tried; once there is room, it is handled."""
    someone = practice.someone().starts()
    engine = practice.store.engine
    with practice.stored() as transaction:
        text = '{"update_id":5,"message":{"message_id":9,"date":1,"chat":{"id":%d,"type":"private"},"from":{"id":%d,'
        text += '"is_bot":false,"first_name":"Sam"},"text":"%s"}}'
        number = someone.phone.user_id
        transaction.inbox.add(1, [NewUpdate(5, text % (number, number, "/privacy"), number)], practice.now)
    pages = engine.query("PRAGMA page_count")[0]["page_count"]
    engine.query(f"PRAGMA max_page_count = {pages}")
    _fill(practice)
    for _ in range(TRIES + 1):
        with pytest.raises(Exception, match="full"):
            handle_next(practice.app.house)
    engine.query("PRAGMA max_page_count = 1000000")
    practice.later(seconds=2)
    someone.sees("Your privacy here.")


def _fill(practice: Practice) -> None:
    """Use up what is left of the disk, where the answer would be queued."""
    filling = (
        "INSERT INTO outbox (chat_id, purpose, priority, method, state, not_before, queued_at, settled_at, why) "
        "VALUES (1, 'reply', 0, 'message', 'failed', 0, 0, 0, :filling)"
    )

    def fill() -> None:
        while True:
            practice.store.engine.execute(filling, {"filling": "x" * 500})

    with pytest.raises(Exception, match="full"):
        fill()


def test_what_comes_after_a_quiet_week_is_heard_whatever_its_number(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Telegram's ids begin anew then: also one just below the last is neither lost nor taken for confirmed."""
    someone = practice.someone().starts()
    newest = max(practice.world.handed_out)
    practice.later(days=8)
    monkeypatch.setattr(random, "randint", lambda _least, _most: newest - 5)

    someone.says("/help").sees("What you can do here")
    someone.says("/privacy").sees("Your privacy here.")
    assert practice.world.pending_updates == 0


def test_the_greatest_number_is_confirmed_whatever_the_order(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch out of order, or an older update that comes once more, moves nothing back."""
    offsets = []

    async def updates(offset: int, _allowed: tuple[str, ...], _timeout: int) -> list[dict[str, int]]:
        offsets.append(offset)
        return [{"update_id": number} for number in batches.pop(0)]

    batches = [[7, 9, 8], [4], [], [10], []]
    monkeypatch.setattr(practice.app.telegram, "updates", updates)
    for _ in range(len(batches)):
        practice.runner.run(practice.app.receiver.step())
    assert offsets == [0, 10, 10, 10, 11]


_BOT = {"id": 1000, "is_bot": True, "first_name": "Made-up bot"}
_SAID = {"message_id": 1, "date": 1, "chat": private_chat(102), "from": person(101)}


@pytest.mark.parametrize(
    "update",
    [
        {"message": {**_SAID, "text": "/deletemydata"}},
        {"callback_query": {"id": "1", "from": person(101), "chat_instance": "1", "data": "erase", "message": _SAID}},
        {
            "my_chat_member": {
                **_SAID,
                "old_chat_member": {"user": _BOT, "status": "member"},
                "new_chat_member": {"user": _BOT, "status": "kicked", "until_date": 0},
            }
        },
    ],
    ids=["text", "tap", "block"],
)
def test_nobody_acts_in_the_private_chat_of_somebody_else(update: dict[str, Any]) -> None:
    """Telegram gives a private chat the id of its person. An update that says otherwise is nobody's word."""
    assert parse(json.dumps({"update_id": 1, **update})) is None


def test_a_text_with_a_nul_is_stored_on_either_engine(database_url: str) -> None:
    """PostgreSQL can't hold one, and the words around it count."""
    script = open_script(opened(database_url))
    script.enrols_therapist(201, "Dr. Weber")
    code = script.enrols(101, 201, "R")
    script.taps(201, f"ended:{code}")
    script.turns(timedelta(hours=3))
    script.ticks()
    script.delivers()
    [session] = script.query("SELECT id FROM sessions")
    for data in ("start:{}", "rate:{}:return:1", "wish:{}:know"):
        script.taps(101, data.format(session["id"]))
    script.says(101, "before\x00after")
    assert script.query("SELECT text FROM comments") == [{"text": "before\ufffdafter"}]
    script.close()


async def _polls(practice: Practice, *updates: object) -> None:
    """Let one poll bring these updates."""
    with mock.patch.object(type(practice.app.telegram), "updates", mock.AsyncMock(return_value=list(updates))):
        await practice.app.receiver.step()


@pytest.mark.parametrize(
    "odd", [None, 5, "text", [], {}, {"update_id": "7"}, {"update_id": True}, {"update_id": 2**64}]
)
def test_an_update_without_a_number_is_left_out_and_holds_up_nothing(practice: Practice, odd: object) -> None:
    """It can't be stored or acknowledged; what came with it is."""
    someone = practice.someone().starts()
    words = {"message_id": 1, "date": 1, "chat": {"id": someone.phone.user_id, "type": "private"}}
    practice.runner.run(_polls(practice, odd, {"update_id": 7, "message": {**words, "text": "/help"}}))
    with practice.stored() as transaction:
        assert transaction.inbox.waiting() == 1


@pytest.mark.parametrize("odd", [2**64, -(10**300), 1e999, "5", None, [], True])
def test_an_update_from_a_chat_that_cannot_be_is_parked_and_holds_up_nothing(practice: Practice, odd: object) -> None:
    """A number that the database can't take is no chat."""
    someone = practice.someone().starts()
    message = {"message_id": 1, "date": 1, "chat": {"id": odd, "type": "private"}, "text": "made up"}
    practice.runner.run(_polls(practice, {"update_id": 7, "message": message}))
    practice.later(minutes=2)
    someone.says("/help").sees("What you can do here")
    with practice.stored() as transaction:
        assert transaction.inbox.waiting() == 0


class _LeadsUntilAsked:
    """A copy that loses the lead while it waits for Telegram, and has it again when it is looked for."""

    term = 1

    def __init__(self, *leads: bool) -> None:
        self._leads = list(leads)

    def holds(self) -> bool:
        """Tell whether it leads, as was said before."""
        return self._leads.pop(0)

    def seek(self, woken: Callable[[], object]) -> None:
        """Seek nothing."""

    def leave(self) -> None:
        """Leave nothing."""


@pytest.mark.parametrize(
    ("leads", "is_said"), [((True, False, False, False), False), ((True, True, True, False), True)]
)
def test_a_poll_that_another_copy_ends_by_leading_is_no_conflict(
    practice: Practice, leads: tuple[bool, ...], is_said: bool
) -> None:
    """Telegram ends the older of two polls; whose it is tells whether a stranger has the token."""
    api = practice.app.telegram

    async def stops(_seconds: float) -> None:
        raise asyncio.CancelledError

    async def polls() -> None:
        poller = Poller(practice.app.house, api, _LeadsUntilAsked(*leads))
        with (
            mock.patch.object(type(api), "updates", mock.AsyncMock(side_effect=Conflict("terminated by other"))),
            pytest.raises(asyncio.CancelledError),
        ):
            await poller.run(stops, lambda: None)

    with capture_logs() as lines:
        practice.runner.run(polls())
    assert [line["event"] for line in lines] == [SOMEBODY_ELSE_RECEIVES] * is_said
    assert (practice.store.look().marks.get(Mark.CONFLICT) is not None) is is_said
