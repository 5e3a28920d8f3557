"""What a button carries fits, comes back as it was, and nothing else is taken for it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations.buttons import Action, Verb, decode, encode
from conversations.sessions import Reason, Wish
from conversations.signals import SignalKind
from tests.conversations.made_up import QUESTIONS

CODE = "23456789"
"""As long as the codes that name enrolments and sessions."""
CARRIED = [
    *(Action(verb, CODE) for verb in Verb),
    *(Action(Verb.RATE, CODE, question, "5") for question in QUESTIONS),
    *(Action(verb, CODE, question) for verb in (Verb.SKIP, Verb.BACK) for question in QUESTIONS),
    *(Action(Verb.REASON, CODE, reason) for reason in Reason),
    *(Action(Verb.WISH, CODE, wish) for wish in Wish),
    *(Action(Verb.TALKED_ABOUT, CODE, kind) for kind in SignalKind),
    Action(Verb.PAUSE_FOR, "28"),
    Action(Verb.SET_HEADS_UP, "off"),
    Action(Verb.NEVER_MIND),
    Action(Verb.START, "ENDS-IN-X"),
]


@pytest.mark.parametrize("action", CARRIED, ids=encode)
def test_an_action_fits_a_button_and_comes_back(action: Action) -> None:
    """In at most 64 bytes, Telegram's limit."""
    assert len(encode(action).encode()) <= 64
    assert decode(encode(action)) == action


@pytest.mark.parametrize(
    "data",
    ["", ":", "nonsense", "start:a:b:c:d", "start:<b>", "start:ünï", "START:x", f"start:{'x' * 25}", "start: x"],
)
def test_what_the_bot_can_not_have_written_is_no_action(data: str) -> None:
    """Unknown verbs, too many words, odd characters, over-long words."""
    assert decode(data) is None


@pytest.mark.unmeasured
@settings(derandomize=True, database=None)
@given(st.text(max_size=80))
def test_any_data_is_decoded_or_refused(data: str) -> None:
    """Never an error; and whatever is decoded comes back the same when it is written again."""
    found = decode(data)
    assert found is None or decode(encode(found)) == found


def test_empty_words_at_the_end_take_no_room() -> None:
    """Those between others keep their place."""
    written = [encode(Action(Verb.START)), encode(Action(Verb.START, "S1")), encode(Action(Verb.START, "", "a"))]
    assert written == ["start", "start:S1", "start::a"]
