"""Arguments as odd as they come: a refusal or a result, and never a mistake of the server."""

from contextlib import closing
from http.client import HTTPConnection
from itertools import product
from urllib.parse import urlencode, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.demo.telegram import Person, World
from bot.demo.telegram.methods import built_methods

from .calling import Api

ODD = [
    "",
    " ",
    "0",
    "-1",
    "1001",
    "1.5",
    "9" * 400,
    "null",
    "true",
    "{}",
    "[]",
    "[[]]",
    '[{"type": null}]',
    '{"type": []}',
    '{"type": "chat", "chat_id": 1001, "user_id": "x"}',
    '{"message_id": 1e400}',
    '{"inline_keyboard": [[{"text": "x", "callback_data": "\\ud800"}]]}',
    '{"inline_keyboard": {}}',
    '[{"type": "bold", "offset": 1e9, "length": true}]',
    '"text"',
    "\x00",
    "😀",
    "<b",
    "&#0;&#1114112;&#xD800;",
    "attach://x",
    "http://[",
    "https://example.org:99999",
]


@pytest.mark.parametrize("method", [name for name in built_methods() if name != "getUpdates"])
def test_odd_arguments_are_refused_or_heeded(api: Api, world: World, robin: Person, method: str) -> None:
    """Each parameter of each method takes each oddity, with otherwise good arguments."""
    message = api.says(robin.user_id, "Hi")
    good = {"chat_id": str(robin.user_id), "message_id": str(message), "text": "x", "parse_mode": "HTML"}
    heeded = built_methods()[method]
    others = {name: value for name, value in good.items() if name in heeded}

    with closing(HTTPConnection(urlsplit(api.url).netloc)) as connection:
        for name, odd in product(heeded, ODD):
            status = _status(connection, f"/bot{api.token}/{method}", {**others, name: odd})
            assert status in (200, 400, 403, 501), (name, odd)
    assert world.errors == []
    api.call("deleteWebhook")


@given(st.text(st.sampled_from("<>/&;\"'=ab iupre-#x1😀\n"), max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
def test_any_html_is_read_or_refused(api: Api, robin: Person, html: str) -> None:
    """Tags in any disorder are formatted text or a 400."""
    answer = api.post("sendMessage", {"chat_id": robin.user_id, "text": html, "parse_mode": "HTML"})

    assert answer.status_code in (200, 400)


def _status(connection: HTTPConnection, path: str, fields: dict[str, str]) -> int:
    # Thousands of calls: the standard library takes a third of the time.
    connection.request("POST", path, urlencode(fields), {"Content-Type": "application/x-www-form-urlencoded"})
    with connection.getresponse() as response:
        response.read()
        return response.status
