"""Arguments as odd as they come: a refusal or a result, and never a mistake of the server."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.demo.telegram import Person, World
from bot.demo.telegram.catalogue import known_method
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
    """Each parameter of each method takes each oddity, with and without otherwise good arguments."""
    known = known_method(method)
    assert known is not None
    good = {
        "chat_id": str(robin.user_id),
        "message_id": str(api.says(robin.user_id, "Hi")),
        "text": "x",
        "parse_mode": "HTML",
    }

    for name in known.parameters:
        for odd in ODD:
            for others in ({}, {key: good[key] for key in good.keys() & known.parameters}):
                answer = api.post(method, {**others, name: odd})
                assert answer.status_code in (200, 400, 403, 501), (name, odd, answer.text)
    api.call("deleteWebhook")
    assert world.errors == []


@given(st.text(st.sampled_from("<>/&;\"'=ab iupre-#x1😀\n"), max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)
def test_any_html_is_read_or_refused(api: Api, robin: Person, html: str) -> None:
    """Tags in any disorder are formatted text or a 400."""
    answer = api.post("sendMessage", {"chat_id": robin.user_id, "text": html, "parse_mode": "HTML"})

    assert answer.status_code in (200, 400)
