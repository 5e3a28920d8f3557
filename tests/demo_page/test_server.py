"""The page's server, over HTTP."""

import http.client
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from bot.demo.page.guard import POLICY
from bot.demo.page.home import Home, passing_home
from tests.demo_page.serving import serving


@pytest.fixture
def http_client(address: str) -> Iterator[httpx.Client]:
    """A client that asks a fresh demo as the page does."""
    with asking(address) as client:
        yield client


@pytest.fixture(scope="module")
def untouched() -> Iterator[httpx.Client]:
    """A client of one demo for all tests that change nothing in it."""
    with passing_home() as home, serving(home) as address, asking(address) as client:
        yield client
        assert texts(scene(client), 502) == []
        assert scene(client)["clients"] == [502]


def asking(address: str) -> httpx.Client:
    """Return a client that asks as the page does."""
    return httpx.Client(base_url=address, headers={"Origin": address.rstrip("/")}, trust_env=False, timeout=30)


def scene(client: httpx.Client) -> dict[str, Any]:
    """Return the first thing that a page is told."""
    with client.stream("GET", "/events") as response:
        for line in response.iter_lines():
            if line.startswith("data: "):
                return dict(json.loads(line.removeprefix("data: ")))
    raise AssertionError("nothing was told")


def messages(told: dict[str, Any], who: int) -> list[dict[str, Any]]:
    """Return the messages on a phone, oldest first."""
    [phone] = [phone for phone in told["phones"] if phone["who"] == who]
    return list(phone["changed"])


def texts(told: dict[str, Any], who: int) -> list[str]:
    """Return the texts on a phone, oldest first."""
    return [message["text"] for message in messages(told, who)]


def act(client: httpx.Client, **action: object) -> httpx.Response:
    """Ask for something."""
    return client.post("/actions", json=action)


def test_every_answer_carries_the_strict_headers(untouched: httpx.Client) -> None:
    """The page may load from itself only, be framed by nobody, and is stored nowhere; refusals say so, too."""
    for path in ("/", "/words", "/static/main.js", "/nothing"):
        headers = untouched.get(path).headers
        assert headers["content-security-policy"] == POLICY
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
    assert "unsafe" not in POLICY
    assert "http" not in POLICY


@pytest.mark.parametrize("host", ["example.org", "127.0.0.1", "127.0.0.1:1", "localhost.example.org", ""])
def test_another_host_is_refused(untouched: httpx.Client, host: str) -> None:
    """A name that somebody else's server gives to this machine opens nothing."""
    address = untouched.base_url
    connection = http.client.HTTPConnection(address.host, address.port, timeout=20)
    connection.putrequest("GET", "/events", skip_host=True)
    connection.putheader("Host", host)
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 403
    assert b"this machine only" in answer.read()
    connection.close()


def test_localhost_is_this_machine(untouched: httpx.Client) -> None:
    """The page answers under either name."""
    assert untouched.get("/", headers={"Host": f"localhost:{untouched.base_url.port}"}).status_code == 200


@pytest.mark.parametrize("origin", [None, "null", "http://example.org", "https://127.0.0.1", "http://localhost:1"])
def test_an_order_from_another_page_is_refused(untouched: httpx.Client, origin: str | None) -> None:
    """What another site's page asks for is not done."""
    with httpx.Client(base_url=untouched.base_url, trust_env=False, timeout=20) as client:
        headers = {"Origin": origin} if origin else {}
        assert client.post("/actions", json={"do": "enters"}, headers=headers).status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"enters"',
        b"null",
        b"\xff",
        b"[" * 50_000,
        b'{"do": "dances"}',
        b'{"do": ["enters"]}',
        b'{"do": "says", "who": 501}',
        b'{"do": "says", "who": "501", "text": "/help"}',
        b'{"do": "says", "who": 501, "text": "\\ud800"}',
        b'{"do": "taps", "who": 502, "message": 1, "row": 0}',
        b'{"do": "turns"}',
        b'{"do": "turns", "to": "yesterday"}',
        b'{"do": "turns", "hours": 0}',
        b'{"do": "turns", "hours": 673}',
        b'{"do": "turns", "hours": true}',
        b'{"do": "turns", "hours": 1.5}',
        b'{"do": "blocks", "who": 502, "blocked": 1}',
        b'{"do": "enters", "padding": "' + b"x" * 70_000 + b'"}',
    ],
)
def test_what_cant_be_read_is_a_clear_400(untouched: httpx.Client, body: bytes) -> None:
    """Bad JSON, unknown actions and wrong values get one sentence and change nothing."""
    answer = untouched.post("/actions", content=body)
    assert answer.status_code == 400
    assert answer.json()["error"].endswith(".")


@pytest.mark.parametrize(
    "action",
    [
        {"do": "says", "who": 999, "text": "hello"},
        {"do": "says", "who": 502, "text": "hello"},
        {"do": "says", "who": 501, "text": " "},
        {"do": "says", "who": 501, "text": "x" * 4097},
        {"do": "taps", "who": 501, "message": 999, "row": 0, "column": 0},
        {"do": "taps", "who": 501, "message": 2, "row": 0, "column": 0},
        {"do": "taps", "who": 501, "message": 2, "row": -1, "column": 0},
        {"do": "opens", "who": 502, "message": 2},
        {"do": "session_ends", "who": 502},
    ],
)
def test_what_nobody_could_do_is_refused_with_a_reason(untouched: httpx.Client, action: dict[str, object]) -> None:
    """A button that is gone, a person who isn't there, a text that no app would send: one sentence, nothing done."""
    answer = act(untouched, **action)
    assert answer.status_code == 409
    assert answer.json()["error"].endswith(".")


def test_a_page_is_told_everything_at_first(untouched: httpx.Client) -> None:
    """The first event holds the clock, the phones and their messages; an opened link shows as a bare command."""
    told = scene(untouched)
    assert told["whole"]
    assert told["clock"]["day"] == "Monday 2 March 2026"
    assert texts(told, 501)[0] == "/start"
    assert texts(told, 501)[1].startswith("Welcome. You are enrolled.")
    assert [phone["name"] for phone in told["phones"]] == ["Dr. Weber", "Robin"]


def test_later_a_page_is_told_what_is_new(http_client: httpx.Client) -> None:
    """After that, an event holds the messages that were added or changed."""
    with http_client.stream("GET", "/events") as response:
        lines = (line for line in response.iter_lines() if line)
        next(lines)
        assert act(http_client, do="says", who=501, text="/help").status_code == 200
        news: list[str] = []
        while not news:
            told = json.loads(next(lines).removeprefix("data: "))
            news = texts(told, 501)
    assert not told["whole"]
    assert news[0] == "/help"
    assert len(news) == 2


def test_pictures_and_documents_are_served_as_what_they_are(http_client: httpx.Client) -> None:
    """The QR picture is a picture; stored data is a document to save, never a page to show."""
    act(http_client, do="says", who=501, text="/invite R")
    [phone] = [phone for phone in scene(http_client)["phones"] if phone["who"] == 501]
    [invitation] = [message for message in phone["changed"] if message["picture"]]
    picture = http_client.get(invitation["picture"])
    assert picture.headers["content-type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG")
    act(http_client, do="opens", who=502, message=invitation["id"])
    act(http_client, do="says", who=502, text="/mydata")
    [phone] = [phone for phone in scene(http_client)["phones"] if phone["who"] == 502]
    [document] = [message["document"] for message in phone["changed"] if message["document"]]
    answer = http_client.get(document["href"])
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.json()["account"]["chat_id"] == 502
    assert http_client.get("/files/502/1").status_code == 409


def test_what_is_behind_can_be_read_at_any_time(http_client: httpx.Client) -> None:
    """The consent, the outbox and what is stored of a client, with nothing about anybody else."""
    assert http_client.get("/behind/502").json()["consent"] == []
    act(http_client, do="says", who=501, text="/invite R")
    [phone] = [phone for phone in scene(http_client)["phones"] if phone["who"] == 501]
    act(http_client, do="opens", who=502, message=phone["changed"][-1]["id"])
    found = http_client.get("/behind/502").json()
    assert [one["words"] for one in found["consent"] if one["now"]] == ["opened the link, has not answered yet"]
    assert [(row["to"], row["purpose"], row["state"]) for row in found["outbox"]] == [
        ("Robin", "menu of commands", "sent"),
        ("Robin", "answer", "sent"),
    ]
    assert found["stored"]["enrolments"][0]["state"] == "opened"
    assert http_client.get("/behind/999").status_code == 409


def enrol(client: httpx.Client) -> None:
    """Bring Robin up to the first session."""
    act(client, do="says", who=501, text="/invite R")
    act(client, do="opens", who=502, message=messages(scene(client), 501)[-1]["id"])
    act(client, do="taps", who=502, message=messages(scene(client), 502)[-1]["id"], row=0, column=0)
    pairing = next(one for one in messages(scene(client), 501) if "Is it them?" in one["text"])
    act(client, do="taps", who=501, message=pairing["id"], row=0, column=0)


def test_what_falls_due_happens_at_its_own_time(http_client: httpx.Client) -> None:
    """Turned to Monday at once, the clock stops for the check-in, its reminder, its end, and the summary."""
    enrol(http_client)
    act(http_client, do="session_ends", who=502)
    act(http_client, do="turns", to="monday")
    told = scene(http_client)
    last = messages(told, 502)[-1]
    assert (last["day"], last["time"]) == ("Tuesday 3 March 2026", "11:00")
    assert last["text"].startswith("This check-in is closed.")
    assert last["edited"]
    assert (told["clock"]["day"], told["clock"]["hour"]) == ("Monday 9 March 2026", "08:00")
    assert messages(told, 501)[-1]["time"] == "08:00"


def test_times_are_those_of_the_person(http_client: httpx.Client) -> None:
    """A client who lives elsewhere reads the hours of their own zone; the therapist's stay."""
    enrol(http_client)
    act(http_client, do="says", who=502, text="/timezone")
    act(http_client, do="says", who=502, text="America/New_York")
    told = scene(http_client)
    assert [(phone["zone"], phone["time"]) for phone in told["phones"]] == [
        ("Europe/Berlin", "09:00"),
        ("America/New_York", "03:00"),
    ]
    assert messages(told, 502)[-1]["time"] == "03:00"


def test_a_block_is_shown_on_the_phone(http_client: httpx.Client) -> None:
    """Somebody blocks the bot and unblocks it again."""
    act(http_client, do="blocks", who=501, blocked=True)
    assert scene(http_client)["phones"][0]["blocked"]
    act(http_client, do="blocks", who=501, blocked=False)
    assert not scene(http_client)["phones"][0]["blocked"]


def test_starting_over_forgets_everything(http_client: httpx.Client) -> None:
    """The clock, the people and their messages are as on the first day."""
    before = scene(http_client)
    act(http_client, do="enters")
    act(http_client, do="starts", who=503)
    act(http_client, do="turns", hours=100)
    act(http_client, do="starts_over")
    after = scene(http_client)
    assert after["clients"] == [502]
    assert after["clock"]["day"] == before["clock"]["day"]
    assert len(texts(after, 501)) == len(texts(before, 501))


def test_a_kept_demo_goes_on_where_it_was(kept_home: Home) -> None:
    """The clock, the phones with all messages, and what the bot knows are there the next time; old buttons work."""
    with serving(kept_home) as address, asking(address) as client:
        act(client, do="says", who=501, text="/invite R")
        act(client, do="enters")
        act(client, do="turns", hours=5)
        before = scene(client)
    with serving(kept_home) as address, asking(address) as client:
        after = scene(client)
        assert after == {**before, "done": 0}
        invitation = after["phones"][0]["changed"][-1]
        assert client.get(invitation["picture"]).content.startswith(b"\x89PNG")
        assert act(client, do="opens", who=502, message=invitation["id"]).status_code == 200
        assert "A question before we begin." in texts(scene(client), 502)[-1]


def test_a_phone_shows_that_the_bot_is_typing_while_it_works(http_client: httpx.Client) -> None:
    """From what somebody does until the answer is there, their chat says so; then it does not any more."""
    told: list[bool] = []
    with http_client.stream("GET", "/events") as events, ThreadPoolExecutor(1) as beside:
        lines = (line for line in events.iter_lines() if line.startswith("data: "))
        next(lines)
        beside.submit(act, http_client, do="says", who=501, text="/clients")
        for line in lines:
            scene_now = json.loads(line.removeprefix("data: "))
            told.append(501 in scene_now["typing"])
            if told[-2:] == [True, False]:
                break
    assert told == sorted(told, reverse=True)
