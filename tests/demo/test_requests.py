"""How a call may come, and what is no call."""

import socket
from urllib.parse import quote, urlsplit

import pytest

from bot.demo.telegram import Person, World

from .calling import Api

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


def test_a_call_comes_in_four_ways(api: Api, robin: Person) -> None:
    """A query, a form, an upload and JSON mean the same."""
    address = f"{api.url}/bot{api.token}/sendMessage"
    arguments = {"chat_id": str(robin.user_id), "text": "12345"}
    part = {name: (None, value) for name, value in arguments.items()}

    answers = [
        api.client.get(address, params=arguments),
        api.client.post(address, data=arguments),
        api.client.post(address, files=part),
        api.client.post(address, json={"chat_id": robin.user_id, "text": "12345", "parse_mode": None}),
        api.client.post(address, params=arguments),
    ]

    assert [answer.status_code for answer in answers] == [200] * 5
    assert [seen.text for seen in robin.sees()[1:]] == ["12345"] * 5


def test_method_names_are_case_insensitive(api: Api) -> None:
    """As documented: getme is getMe."""
    assert api.call("getMe") == api.call("getme")


def test_an_unknown_method_is_not_found(api: Api, world: World) -> None:
    """404, on record."""
    assert api.refusal("sendMessages", chat_id=1) == "Not Found"
    assert api.refusal("do_api_request") == "Not Found"
    assert [(call.method, call.status) for call in world.calls] == [("sendMessages", 404), ("do_api_request", 404)]


@pytest.mark.parametrize("method", ["sendPoll", "sendMediaGroup", "banChatMember", "editMessageMedia"])
def test_a_method_that_is_not_built_is_named(api: Api, method: str) -> None:
    """501 for what Telegram has and this server hasn't."""
    assert api.refusal(method) == f"Not Implemented: the method {method} is not built in the pretend Telegram"


@pytest.mark.parametrize("name", ["txt", "reply_to_message_id", "read_timeout"])
def test_an_unknown_parameter_is_refused(api: Api, robin: Person, name: str) -> None:
    """400 names it, where Telegram would pass over it."""
    refusal = api.refusal("sendMessage", chat_id=robin.user_id, text="Hi", **{name: "x"})
    assert f'Bad Request: unknown parameter "{name}" of sendMessage' == refusal


def test_an_upload_that_no_parameter_takes_is_refused(api: Api, robin: Person) -> None:
    """400 also for a part with a file."""
    refusal = api.refusal("sendMessage", chat_id=robin.user_id, text="Hi", file=("a.txt", b"a"))
    assert refusal == 'Bad Request: unknown parameter "file" of sendMessage'


def test_a_parameter_that_is_not_built_is_named(api: Api, robin: Person) -> None:
    """501 for a parameter of Telegram's that does nothing here."""
    refusal = api.refusal("sendMessage", chat_id=robin.user_id, text="Hi", message_thread_id=5)
    assert refusal == (
        "Not Implemented: the parameter message_thread_id of sendMessage is not built in the pretend Telegram"
    )


@pytest.mark.parametrize(
    ("token", "status", "description"),
    [
        ("99:UNKNOWN-TOKEN", 401, "Unauthorized"),
        ("UNKNOWN", 404, "Not Found"),
        ("0:UNKNOWN", 404, "Not Found"),
        ("99:ÜNKNOWN", 404, "Not Found"),
    ],
)
def test_an_unknown_token_is_refused(api: Api, token: str, status: int, description: str) -> None:
    """401 for what could be a token, 404 for what could not."""
    answer = api.client.get(f"{api.url}/bot{quote(token)}/getMe")
    assert (status, {"ok": False, "error_code": status, "description": description}) == (
        answer.status_code,
        answer.json(),
    )


@pytest.mark.parametrize("path", ["", "bot", "bot1:TOKEN", "bot1:TOKEN/", "bot1:TOKEN/getMe/x", "nothing"])
def test_any_other_address_is_not_found(api: Api, path: str) -> None:
    """404, in JSON."""
    answer = api.client.get(f"{api.url}/{path}")
    assert (answer.status_code, answer.json()["description"]) == (404, "Not Found")


@pytest.mark.parametrize("http_method", ["PUT", "DELETE", "PATCH"])
def test_only_get_and_post_are_calls(api: Api, http_method: str) -> None:
    """405 for other HTTP methods."""
    answer = api.client.request(http_method, f"{api.url}/bot{api.token}/getMe")
    assert (answer.status_code, answer.json()["description"]) == (405, "Method Not Allowed")


@pytest.mark.parametrize(
    ("content_type", "body", "why"),
    [
        (JSON, b"{", "can't parse request as JSON object"),
        (JSON, b"[]", "can't parse request as JSON object"),
        (JSON, b"[" * 100_000, "can't parse request as JSON object"),
        (JSON, b"\xff\xfe{", "can't parse request as JSON object"),
        (JSON, b'{"chat_id": 1001, "text": "\\ud800"}', "strings must be encoded in UTF-8"),
        (FORM, b"chat_id=1001&text=%ff", "strings must be encoded in UTF-8"),
        (FORM, b"chat_id=1001&text=\xff", "strings must be encoded in UTF-8"),
        ("text/plain", b"hello", "unsupported content type 'text/plain'"),
        ("multipart/form-data", b"hello", "can't parse multipart form: Missing boundary in multipart."),
        ("multipart/form-data; boundary=x", b"hello", "can't parse multipart form: "),
        (FORM, b"chat_id=1001&text=x&reply_markup=" + b"[" * 100_000, 'can\'t parse parameter "reply_markup" as JSON'),
        (
            FORM,
            b"chat_id=1001&text=x&disable_notification=perhaps",
            'parameter "disable_notification" must be a boolean',
        ),
        (FORM, b"chat_id=1001&text=x&entities={}", 'parameter "entities" must be a JSON list'),
        (FORM, b"chat_id=" + b"9" * 5000 + b"&text=x", "chat not found"),
    ],
)
def test_what_cannot_be_read_is_refused(api: Api, robin: Person, content_type: str, body: bytes, why: str) -> None:
    """400 says what is wrong with the request; nothing is sent."""
    address = f"{api.url}/bot{api.token}/sendMessage"
    answer = api.client.post(address, content=body, headers={"Content-Type": content_type})

    assert answer.status_code == 400
    assert answer.json()["description"].startswith(f"Bad Request: {why}")
    assert len(robin.sees()) == 1


def test_a_request_that_is_too_large_is_refused(api: Api, robin: Person) -> None:
    """413 for more than an upload may have, and the server goes on."""
    refusal = api.refusal("sendDocument", chat_id=robin.user_id, document=("a.bin", b"0" * (52 * 1024 * 1024)))

    assert refusal == "Request Entity Too Large"
    api.says(robin.user_id, "Still here")


def test_a_flag_is_read_in_all_its_spellings(api: Api, robin: Person) -> None:
    """true, 1 and yes are yes; false, 0 and no are no."""
    for spelling in ("true", "True", "1", "yes", "false", "0", "no"):
        api.says(robin.user_id, spelling, disable_notification=spelling)

    assert [seen.silent for seen in robin.sees()[1:]] == [True, True, True, True, False, False, False]


def test_what_hung_up_half_way_is_on_record(api: Api, world: World) -> None:
    """A body that breaks off is a call without an answer."""
    address = urlsplit(api.url)
    head = f"POST /bot{api.token}/sendMessage HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\nContent-Length: 99\r\n\r\n"
    with socket.create_connection((str(address.hostname), address.port or 0)) as connection:
        connection.sendall(head.encode() + b"chat_id=1")

    assert world.wait_until(lambda: world.calls_made == 1)
    assert (world.calls[0].status, world.calls[0].description) == (0, "hung up before the call was complete")
