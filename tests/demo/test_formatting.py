"""Telegram's HTML and entities."""

from html import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.demo.telegram import Entity, Person
from bot.demo.telegram.entities import FormattedText
from bot.demo.telegram.html import parse_html

from .calling import Api


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("<strong>a</strong><em>b</em>", "ab", (Entity("bold", 0, 1), Entity("italic", 1, 1))),
        ("<u>a</u><ins>b</ins>", "ab", (Entity("underline", 0, 1), Entity("underline", 1, 1))),
        ("<s>a</s><strike>b</strike>", "ab", (Entity("strikethrough", 0, 1), Entity("strikethrough", 1, 1))),
        ("<del>a</del>", "a", (Entity("strikethrough", 0, 1),)),
        ('<span class="tg-spoiler">a</span>', "a", (Entity("spoiler", 0, 1),)),
        ("<tg-spoiler>a</tg-spoiler>", "a", (Entity("spoiler", 0, 1),)),
        (
            '<a href="https://example.org/?a=1&amp;b=2">x</a>',
            "x",
            (Entity("text_link", 0, 1, "https://example.org/?a=1&b=2"),),
        ),
        ("<a href='tg://user?id=5'>x</a>", "x", (Entity("text_mention", 0, 1, user_id=5),)),
        ("<a>x</a>", "x", ()),
        ("<code>a</code>", "a", (Entity("code", 0, 1),)),
        ("<pre>a</pre>", "a", (Entity("pre", 0, 1),)),
        ('<pre><code class="language-python">a</code></pre>', "a", (Entity("pre", 0, 1, language="python"),)),
        ("<blockquote>a</blockquote>", "a", (Entity("blockquote", 0, 1),)),
        ("<blockquote expandable>a</blockquote>", "a", (Entity("expandable_blockquote", 0, 1),)),
        ('<tg-emoji emoji-id="5">x</tg-emoji>', "x", (Entity("custom_emoji", 0, 1, custom_emoji_id="5"),)),
        ("<B>a<I>b</I></B>", "ab", (Entity("bold", 0, 2), Entity("italic", 1, 1))),
        ("😀<b>a</b>", "😀a", (Entity("bold", 2, 1),)),
        ("&lt;&gt;&amp;&quot;&#33;&#x21;&nbsp;& >", '<>&"!!&nbsp;& >', ()),
        ("<b></b>x", "x", ()),
        ("<code>/help</code> /stop", "/help /stop", (Entity("code", 0, 5), Entity("bot_command", 6, 5))),
        (" <b> a</b> ", "a", (Entity("bold", 0, 1),)),
    ],
)
def test_html_is_read_as_telegram_reads_it(
    api: Api, robin: Person, source: str, text: str, entities: tuple[Entity, ...]
) -> None:
    """Every tag of Telegram's list becomes its entity, with offsets in UTF-16 code units."""
    api.says(robin.user_id, source, parse_mode="HTML")

    assert (text, entities) == (robin.sees()[-1].text, robin.sees()[-1].entities)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("é<p>a</p>", 'Unsupported start tag "p" at byte offset 2'),
        ("<br>", 'Unsupported start tag "br" at byte offset 0'),
        ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b", 'Unclosed start tag "b" at byte offset 0'),
        ("<b>a</b", "Unclosed end tag at byte offset 4"),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("<b><i>a</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<tg-emoji>a</tg-emoji>", "Invalid custom emoji identifier specified"),
    ],
)
def test_broken_html_is_refused(api: Api, robin: Person, source: str, why: str) -> None:
    """400 says what can't be parsed, and where."""
    refusal = api.refusal("sendMessage", chat_id=robin.user_id, text=source, parse_mode="HTML")
    assert f"Bad Request: can't parse entities: {why}" == refusal


@given(st.text(st.characters(exclude_categories=["Cs"])))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_escaped_text_means_itself(text: str) -> None:
    """Whatever a person writes, escaped, is plain text in HTML."""
    assert FormattedText(text) == parse_html(escape(text))


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        ("see https://example.org/a.", (Entity("url", 4, 21),)),
        ("/help or 😀 /stop@a_bot", (Entity("bot_command", 0, 5), Entity("bot_command", 12, 11))),
        ("write to me@example.org", (Entity("email", 9, 14),)),
        ("ask @somebody #now", (Entity("mention", 4, 9), Entity("hashtag", 14, 4))),
        ("1/2 and a/b", ()),
    ],
)
def test_telegram_marks_what_it_finds(api: Api, robin: Person, text: str, entities: tuple[Entity, ...]) -> None:
    """Commands, links, addresses, mentions and hashtags are marked in what both sides send."""
    api.says(robin.user_id, text)
    robin.says(text)

    assert [entities, entities] == [seen.entities for seen in robin.sees()[-2:]]


def test_entities_can_be_given(api: Api, robin: Person) -> None:
    """Marks in the entities parameter are kept with what they refer to."""
    given_ones = [
        {"type": "bold", "offset": 0, "length": 2},
        {"type": "text_link", "offset": 0, "length": 1, "url": "https://example.org"},
        {"type": "pre", "offset": 1, "length": 1, "language": "python"},
        {"type": "text_mention", "offset": 0, "length": 1, "user": {"id": 5}},
        {"type": "custom_emoji", "offset": 0, "length": 1, "custom_emoji_id": "7"},
    ]
    result = api.call("sendMessage", chat_id=robin.user_id, text="ab", entities=given_ones)

    assert {"bold", "text_link", "pre", "text_mention", "custom_emoji"} == {one["type"] for one in result["entities"]}
    assert robin.sees()[-1].entities[0] == Entity("bold", 0, 2)


@pytest.mark.parametrize(
    "entity",
    [
        "bold",
        {"type": "bold"},
        {"type": "bold", "offset": 0, "length": 3},
        {"type": "loud", "offset": 0, "length": 1},
        {"type": "text_link", "offset": 0, "length": 1},
    ],
)
def test_broken_entities_are_refused(api: Api, robin: Person, entity: object) -> None:
    """400 for an entity that can't be read or reaches beyond the text."""
    refusal = api.refusal("sendMessage", chat_id=robin.user_id, text="ab", entities=[entity])
    assert refusal.startswith("Bad Request: can't parse entities: ")


def test_dates_in_entities_are_not_built(api: Api, robin: Person) -> None:
    """501 for the newest kind of entity."""
    entity = {"type": "date_time", "offset": 0, "length": 1, "unix_time": 0}
    refusal = api.refusal("sendMessage", chat_id=robin.user_id, text="ab", entities=[entity])
    assert refusal.startswith("Not Implemented: ")
