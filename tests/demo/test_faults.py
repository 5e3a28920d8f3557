"""Faults that a test can order, and flood limits."""

import httpx
import pytest

from bot.demo.telegram import Fault, FaultKind, Person, World

from .calling import Api, Clock


def test_a_flood_can_be_ordered(api: Api, robin: Person, world: World) -> None:
    """429 with retry_after for the ordered number of calls; nothing is sent."""
    world.order_fault(Fault(FaultKind.TOO_MANY_REQUESTS, "sendMessage", times=2, retry_after=7))

    for _ in range(2):
        answer = api.post("sendMessage", {"chat_id": robin.user_id, "text": "Hello"})
        assert (answer.status_code, answer.json()["parameters"]) == (429, {"retry_after": 7})
        assert answer.json()["description"] == "Too Many Requests: retry after 7"
    api.says(robin.user_id, "Hello")
    assert [seen.text for seen in robin.sees()] == ["/start", "Hello"]


def test_a_server_error_can_be_ordered(api: Api, robin: Person, world: World) -> None:
    """A 502 that isn't JSON; nothing is sent."""
    world.order_fault(Fault(FaultKind.SERVER_ERROR))

    answer = api.post("sendMessage", {"chat_id": robin.user_id, "text": "Hello"})

    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html")
    assert "502 Bad Gateway" in answer.text
    assert len(robin.sees()) == 1


def test_an_internal_error_can_be_ordered(api: Api, robin: Person, world: World) -> None:
    """Telegram's own 500, in JSON; nothing is sent."""
    world.order_fault(Fault(FaultKind.INTERNAL_ERROR))

    answer = api.post("sendMessage", {"chat_id": robin.user_id, "text": "Hello"})

    assert answer.status_code == 500
    assert answer.json() == {"ok": False, "error_code": 500, "description": "Internal Server Error"}
    assert len(robin.sees()) == 1


def test_silence_can_be_ordered(api: Api, robin: Person, world: World) -> None:
    """A client with little patience gives up, and the message is never sent."""
    world.order_fault(Fault(FaultKind.HANG, seconds=0.2))

    with httpx.Client(timeout=0.05) as impatient, pytest.raises(httpx.ReadTimeout):
        Api(api.url, api.token, impatient).says(robin.user_id, "Hello")

    assert world.wait_until(lambda: [call.description for call in world.calls] == ["fault: no answer"])
    assert len(robin.sees()) == 1


def test_a_dropped_connection_can_be_ordered(api: Api, robin: Person, world: World) -> None:
    """The connection ends and nothing is done; the next call works."""
    world.order_fault(Fault(FaultKind.DROP))

    with pytest.raises(httpx.RemoteProtocolError):
        api.post("sendMessage", {"chat_id": robin.user_id, "text": "Hello"})

    assert len(robin.sees()) == 1
    api.says(robin.user_id, "Hello")
    assert [(call.status, call.description) for call in world.calls] == [(0, "fault: dropped"), (200, "")]


def test_a_lost_reply_can_be_ordered(api: Api, robin: Person, world: World) -> None:
    """The message is sent, but the bot doesn't learn of it."""
    world.order_fault(Fault(FaultKind.REPLY_LOST))

    with pytest.raises(httpx.RemoteProtocolError):
        api.post("sendMessage", {"chat_id": robin.user_id, "text": "Hello"})

    assert robin.sees()[-1].text == "Hello"
    assert [(call.status, call.description) for call in world.calls] == [(0, "fault: reply lost (200)")]


def test_a_delay_can_be_ordered(api: Api, robin: Person, world: World) -> None:
    """A slow answer: a client with little patience gives up, yet the message is sent."""
    world.order_fault(Fault(FaultKind.DELAY, seconds=0.2))

    with httpx.Client(timeout=0.05) as impatient, pytest.raises(httpx.ReadTimeout):
        Api(api.url, api.token, impatient).says(robin.user_id, "Hello")

    assert world.wait_until(lambda: robin.sees()[-1].text == "Hello")


def test_a_fault_concerns_its_method_and_chat(api: Api, robin: Person, world: World) -> None:
    """Other calls go through, also the answer to another person's tap; what is left over can be asked for."""
    other = world.person(1002)
    other.starts()
    for person in (robin, other):
        api.says(person.user_id, "Well?", [("Yes", "y")])
    fault = Fault(FaultKind.TOO_MANY_REQUESTS, "answerCallbackQuery", robin.user_id)
    world.order_fault(fault)

    api.says(robin.user_id, "Hello")
    api.call("answerCallbackQuery", callback_query_id=other.taps("Yes"))
    assert [fault] == world.outstanding_faults
    assert api.refusal("answerCallbackQuery", callback_query_id=robin.taps("Yes")).startswith("Too Many Requests")
    assert world.outstanding_faults == []


def test_a_chat_takes_a_short_burst(api: Api, robin: Person, world: World, clock: Clock) -> None:
    """Five new messages at once, then one a second; what was refused doesn't count, edits neither."""
    world.flood_limits = True
    message = [api.says(robin.user_id, f"{number}") for number in range(5)][-1]

    answer = api.post("sendMessage", {"chat_id": robin.user_id, "text": "6"})
    assert (answer.status_code, answer.json()["parameters"]) == (429, {"retry_after": 5})
    api.call("editMessageText", chat_id=robin.user_id, message_id=message, text="edited")
    clock.turn(seconds=4, milliseconds=500)
    assert api.refusal("sendMessage", chat_id=robin.user_id, text="6") == "Too Many Requests: retry after 1"
    clock.turn(milliseconds=500)
    api.says(robin.user_id, "6")


def test_a_bot_sends_30_messages_a_second(api: Api, world: World, clock: Clock) -> None:
    """The thirty-first of a second is refused, to whomever it goes."""
    world.flood_limits = True
    for number in range(31):
        world.person(7000 + number).starts()
    for number in range(30):
        api.says(7000 + number, "Hello")

    assert api.refusal("sendMessage", chat_id=7030, text="Hello") == "Too Many Requests: retry after 1"
    clock.turn(seconds=1)
    api.says(7030, "Hello")


def test_a_group_takes_20_messages_a_minute(api: Api, robin: Person, world: World, clock: Clock) -> None:
    """The twenty-first of a minute is refused until the first is a minute old."""
    world.flood_limits = True
    world.group(-50, "Team").adds_bot(robin)
    for _ in range(20):
        api.says(-50, "Hello")
        clock.turn(seconds=1)

    assert api.refusal("sendMessage", chat_id=-50, text="Hello") == "Too Many Requests: retry after 40"
