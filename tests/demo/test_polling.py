"""getUpdates: offsets, batches, long polls, and how long updates are kept."""

import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from bot.demo.telegram import Person, World

from .calling import Api, Clock

TWO_POLLERS = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"


def test_updates_wait_until_confirmed(api: Api, robin: Person, world: World) -> None:
    """The same updates come again until an offset above them is given."""
    for text in ("one", "two", "three"):
        robin.says(text)

    first = api.updates()
    assert first == api.updates()
    assert _texts(api.updates(offset=first[2]["update_id"])) == ["three"]
    assert api.updates(offset=first[2]["update_id"] + 1) == []
    assert (0, {one["update_id"] for one in first}) == (world.pending_updates, world.handed_out)


def test_update_ids_are_consecutive(api: Api, robin: Person) -> None:
    """From a number that is above 0, each is one more than the last."""
    for _ in range(5):
        robin.says("hello")

    ids = [update["update_id"] for update in api.updates()]
    assert list(range(ids[0], ids[0] + 5)) == ids
    assert ids[0] > 0


def test_offset_minus_one_gives_the_last_and_forgets_the_others(api: Api, robin: Person, world: World) -> None:
    """A negative offset counts from the end; what is before is gone, and on record."""
    for text in ("one", "two", "three"):
        robin.says(text)

    assert _texts(api.updates(offset=-1)) == ["three"]
    assert _texts(api.updates()) == ["three"]
    assert [str(update.content["text"]) for update in world.forgotten] == ["/start", "one", "two"]


def test_a_batch_has_at_most_100_updates(api: Api, robin: Person) -> None:
    """The rest comes after the first hundred are confirmed; a limit makes batches smaller."""
    for number in range(105):
        robin.says(f"{number}")

    batch = api.updates()
    assert (len(batch), len(api.updates(limit=2))) == (100, 2)
    assert _texts(api.updates(offset=batch[-1]["update_id"] + 1)) == ["100", "101", "102", "103", "104"]


@pytest.mark.parametrize("arguments", [{"limit": 0}, {"limit": 101}, {"timeout": -1}, {"offset": "last"}])
def test_impossible_wishes_are_refused(api: Api, arguments: dict[str, object]) -> None:
    """400 where Telegram would take something else for what was asked."""
    assert api.refusal("getUpdates", **arguments).startswith("Bad Request: ")


def test_a_long_poll_ends_when_something_happens(api: Api, robin: Person) -> None:
    """A poll that waits returns what another thread causes."""
    with ThreadPoolExecutor() as others:
        poll = others.submit(api.updates, timeout=20)
        others.submit(robin.says, "hello")

        assert _texts(poll.result(timeout=10)) == ["hello"]


def test_a_long_poll_may_end_with_nothing(api: Api) -> None:
    """When the time is over, the list is empty."""
    assert api.updates(timeout=1) == []


def test_the_older_of_two_pollers_is_ended(api: Api, robin: Person, world: World) -> None:
    """409 for the first; the second gets the updates."""
    with ThreadPoolExecutor() as others:
        first = others.submit(api.refusal, "getUpdates", timeout=20)
        assert world.wait_until(lambda: bool(world.state.listeners))
        second = others.submit(api.updates, timeout=20)

        assert first.result(timeout=10) == TWO_POLLERS
        robin.says("hello")
        assert _texts(second.result(timeout=10)) == ["hello"]


def test_a_poll_that_hung_up_is_handed_nothing(api: Api, robin: Person, world: World) -> None:
    """An update goes to someone who is there."""
    with httpx.Client(timeout=0.05) as impatient, pytest.raises(httpx.ReadTimeout):
        Api(api.url, api.token, impatient).updates(timeout=20)
    assert world.wait_until(lambda: world.calls_made == 1)

    robin.says("hello")
    assert set() == world.handed_out
    assert _texts(api.updates()) == ["hello"]


def test_messages_are_kept_for_24_hours(api: Api, robin: Person, clock: Clock, world: World) -> None:
    """An update that nobody fetched for a day is gone, and on record."""
    robin.says("old")
    clock.turn(hours=1)
    robin.says("new")

    clock.turn(hours=23, seconds=-1)
    assert _texts(api.updates()) == ["old", "new"]
    clock.turn(seconds=1)
    assert _texts(api.updates()) == ["new"]
    assert [str(update.content["text"]) for update in world.expired] == ["old"]


def test_taps_are_kept_for_150_seconds(api: Api, robin: Person, clock: Clock, world: World) -> None:
    """A tap that nobody fetched for 150 seconds is gone, and messages aren't."""
    api.says(robin.user_id, "Well?", [("Yes", "y")])
    robin.taps("Yes")
    robin.says("hello")

    clock.turn(seconds=149)
    assert [list(update)[1] for update in api.updates()] == ["callback_query", "message"]
    clock.turn(seconds=1)
    assert _texts(api.updates()) == ["hello"]
    assert [update.kind for update in world.expired] == ["callback_query"]


def test_after_a_quiet_week_update_ids_begin_anew(api: Api, robin: Person, clock: Clock) -> None:
    """The next identifier is random; the one after it consecutive again."""
    robin.says("before")
    before = api.updates(offset=-1)[0]["update_id"]
    clock.turn(days=6, hours=23)
    robin.says("just in time")
    assert before + 1 == api.updates(offset=-1)[0]["update_id"]

    clock.turn(days=7)
    robin.says("after")
    robin.says("and again")
    after, again = (update["update_id"] for update in api.updates(offset=-2))
    assert before + 2 != after
    assert after + 1 == again


def test_an_offset_from_before_a_quiet_week_loses_nothing(
    api: Api, robin: Person, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When identifiers begin anew below the bot's offset, it still gets what comes."""
    robin.says("before")
    offset = api.updates(offset=-1)[0]["update_id"] + 1
    monkeypatch.setattr("bot.demo.telegram.updates.random.randint", lambda _lowest, _highest: max(1, offset - 1000))
    clock.turn(days=7)
    robin.says("after")

    assert _texts(api.updates(offset=offset)) == ["after"]


def test_only_allowed_updates_come(api: Api, robin: Person, world: World) -> None:
    """The kinds asked for are remembered; others are withheld, and on record."""
    api.updates(allowed_updates=["message"])
    robin.blocks()
    robin.starts()

    assert [list(update)[1] for update in api.updates()] == ["message"]
    assert [update.kind for update in world.withheld] == ["my_chat_member", "my_chat_member"]
    assert api.call("getWebhookInfo")["allowed_updates"] == ["message"]
    api.updates(allowed_updates=[])
    robin.blocks()
    assert "my_chat_member" in api.updates()[-1]
    assert api.refusal("getUpdates", allowed_updates=[1]).startswith("Bad Request: ")


def test_there_is_one_queue_for_all_threads(api: Api, world: World) -> None:
    """People in many threads lose nothing."""
    people = [world.person(5000 + number) for number in range(8)]

    def talk(number: int) -> None:
        people[number].starts()
        for count in range(20):
            people[number].says(f"{count}")

    threads = [threading.Thread(target=talk, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    seen: list[int] = []
    while batch := api.updates(offset=seen[-1] + 1 if seen else 0):
        seen += [update["update_id"] for update in batch]
    assert list(range(seen[0], seen[0] + 8 * 21)) == seen


def _texts(updates: list[dict[str, dict[str, str]]]) -> list[str]:
    return [update["message"]["text"] for update in updates]
