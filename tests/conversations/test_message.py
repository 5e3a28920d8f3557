"""Texts as Telegram counts and shows them."""

import pytest

from conversations import message as module
from conversations.message import Heading, Message, Quote, Section, length, plain, shortened, split


@pytest.mark.parametrize(("text", "expected"), [("", 0), ("abc", 3), ("ü", 1), ("🦦", 2), ("👩‍👩‍👧", 8)])
def test_length_is_counted_in_utf_16_units(text: str, expected: int) -> None:
    """An emoji counts twice or more."""
    assert length(text) == expected


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("ab cd", 4, "ab…"),
        ("🦦🦦", 4, "🦦🦦"),
        ("🦦🦦🦦", 4, "🦦…"),
        ("a🦦🦦", 4, "a🦦…"),
    ],
)
def test_a_shortened_text_fits_and_tears_no_character(text: str, limit: int, expected: str) -> None:
    """With an ellipsis where something is left out."""
    assert shortened(text, limit) == expected
    assert length(expected) <= limit


def test_blocks_are_a_line_apart_and_closer_below_a_title_or_by_a_quote() -> None:
    """As a phone shows them."""
    laid = plain(Message(("One.", Section("Part"), Heading("Otter"), "Two.", Quote("Three."), "Four.", "Five.")))
    assert laid == "One.\n\nPart\nOtter\nTwo.\nThree.\nFour.\n\nFive."


def test_lines_can_be_put_above_and_below() -> None:
    """The message stays what it is otherwise."""
    assert Message(("b",)).above("a").below("c") == Message(("a", "b", "c"))


@pytest.mark.parametrize("text", ["x", "🦦" * 50, "a🦦" * 40, "words and words " * 20])
def test_a_split_text_loses_nothing_and_each_part_fits(text: str) -> None:
    """No part is empty, none is over the limit."""
    parts = list(split(text, 20))
    assert "".join(parts).replace(" ", "") == text.replace(" ", "")
    assert [part for part in parts if not 0 < length(part) <= 20] == []
    assert module.words(Quote(text)) == text
