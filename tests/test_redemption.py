"""One link, many hands: a code that many open at once lets exactly one of them in."""

import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from bot import operate
from bot.handle import handle
from bot.house import House
from bot.store import Store
from bot.store.inbox import ReceivedUpdate
from conversations.people import EnrolmentState
from tests.conversations.made_up import BERLIN, NOW, PRACTICE
from tests.databases import opened

pytestmark = pytest.mark.engines("sqlite", "postgresql")

HANDS = range(9_300_001, 9_300_013)
THERAPIST = 9_300_000


@dataclass(frozen=True, slots=True)
class Shared:
    """A database that several processes could have open."""

    url: str

    def opened(self) -> House:
        """Open it once more, as another process would."""
        store = Store(opened(self.url))
        return House(store, PRACTICE, lambda: NOW)


@pytest.fixture
def shared(database_url: str) -> Shared:
    """An empty database."""
    made = Shared(database_url)
    house = made.opened()
    house.store.engine.migrate()
    house.store.engine.close()
    return made


def update_of(chat_id: int, text: str) -> ReceivedUpdate:
    """Return a message of somebody as it came."""
    person = {"id": chat_id, "is_bot": False, "first_name": "Made-Up"}
    message = {"message_id": 1, "date": 1, "chat": {"id": chat_id, "type": "private"}, "from": person, "text": text}
    return ReceivedUpdate(chat_id, json.dumps({"update_id": chat_id, "message": message}), chat_id, 0)


def open_at_once(shared: Shared, code: str) -> None:
    """Let everybody open a link at the same moment, each with a connection of their own."""
    ready = threading.Barrier(len(HANDS))

    def opens(chat_id: int) -> None:
        house = shared.opened()
        try:
            ready.wait()
            handle(update_of(chat_id, f"/start {code}"), house)
        finally:
            house.store.engine.close()

    with ThreadPoolExecutor(len(HANDS)) as pool:
        list(pool.map(opens, HANDS))  # raises what failed


def test_a_link_that_many_open_at_once_lets_in_exactly_one(shared: Shared) -> None:
    """Whoever commits first has it; all others are told that it does not work, and are asked nothing."""
    house = shared.opened()
    query = house.store.engine.query
    handle(update_of(THERAPIST, f"/start {operate.add_therapist('Dr. Made-Up', BERLIN, house)[-22:]}"), house)
    for number in range(5):
        handle(update_of(THERAPIST, f"/invite Alias {number}"), house)
        [newest] = query("SELECT body FROM outbox WHERE body LIKE '%start=%' ORDER BY id DESC LIMIT 1")
        found = re.search(r"start=([\w-]+)", newest["body"])
        assert found

        open_at_once(shared, found[1])

        with house.store.transaction() as transaction:
            [enrolment] = [one for one in transaction.people.all_enrolments() if one.alias == f"Alias {number}"]
        assert enrolment.state is EnrolmentState.OPENED
        asked = query("SELECT chat_id FROM outbox WHERE enrolment = :code", {"code": enrolment.code})
        assert [row["chat_id"] for row in asked] == [enrolment.account]
        refused = query("SELECT count(*) AS n FROM guesses")[0]["n"]
        assert refused == (number + 1) * (len(HANDS) - 1)
    house.store.engine.close()
