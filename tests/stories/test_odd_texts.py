"""Whatever people call themselves and whatever they write arrives as they wrote it."""

import json

import pytest

from tests.stories.practice import Practice

ODD = {
    "markup": '<b>Bo</b> & "Co" <3 &amp; </blockquote>',
    "emoji": "\N{FAMILY}\N{EMOJI MODIFIER FITZPATRICK TYPE-4}\N{ZERO WIDTH JOINER}\N{HEAVY BLACK HEART}",
    "right to left": "שלום \N{RIGHT-TO-LEFT OVERRIDE}evil",
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD.keys())
def test_odd_names_and_comments(practice: Practice, odd: str) -> None:
    """Names, aliases and comments with markup, hearts, emoji and right-to-left text are shown as they are."""
    therapist = practice.therapist(odd)
    alias = odd[:40]
    client = practice.someone(odd).starts(practice.invitation(therapist, alias)).sees(odd)
    client.taps("I agree")
    therapist.sees(f"{odd} has opened the invitation for {alias}").taps("Yes, it's them")
    practice.at("Thu 14:00").session_ends(therapist, alias).at("Thu 16:00")
    client.answers("Start", "Yes", "Yes", "Yes", "No", "Skip").sees(f"How should {odd} take this up?").taps("Skip")
    client.says(odd).sees("Saved.", f"You wrote:\n{odd}").taps("Done").taps("See my answers").sees(odd)
    therapist.says("/clients").taps(alias).sees(alias)
    practice.at("Mon 08:00")

    therapist.sees("No longer wants to come back", alias, "No (1 of 5)", odd)
    assert [f"Talked about it: {alias}"] == therapist.labels
    client.says("/mydata")
    assert client.last.document is not None
    assert [odd] == [one["text"] for one in json.loads(client.last.document[1])["enrolments"][0]["comments"]]


@pytest.mark.parametrize("letter", ["q", "<", "\N{PILE OF POO}"], ids=["letters", "markup", "emoji"])
def test_the_longest_comment_there_is(practice: Practice, letter: str) -> None:
    """A comment of 4,096 characters is saved, confirmed, told in short, and can be read in full."""
    longest = letter * (4096 if letter != "\N{PILE OF POO}" else 2048)
    therapist = practice.therapist()
    client = practice.client(therapist)
    practice.at("Thu 14:00").session_ends(therapist).at("Thu 16:00")
    client.answers("Start", "Yes", "Yes", "Yes", "Yes").says(longest).sees("Saved.", "Nobody reads", letter * 200, "…")
    client.says(longest).taps("Done").taps("See my answers")
    client.sees("What you answered:", "…", "You wrote more than fits here; /mydata has all of it.")
    practice.at("Mon 08:00")
    therapist.sees("Comments", "R", letter * 200, "…").taps("Read all: R")

    shown = [message.text for message in therapist.chat if message.text.startswith("What you asked to read.")]
    assert 2 * len(longest) == sum(text.count(letter) for text in shown) - sum(
        text.partition("Mar")[0].count(letter) for text in shown
    )


def test_an_alias_that_is_too_long(practice: Practice) -> None:
    """An alias has at most forty characters, on one line."""
    therapist = practice.therapist().says("/invite " + "x" * 41).sees("Please write a shorter name")
    therapist.says("/clients").sees("No clients yet.")
    therapist.says("/invite " + "\N{PILE OF POO}" * 40).sees("For " + "\N{PILE OF POO}" * 40)


def test_a_text_that_looks_like_a_command_is_one(practice: Practice) -> None:
    """A slash begins a command, wherever in a dialogue; the comment before it stays."""
    therapist = practice.therapist()
    client = practice.client(therapist)
    practice.at("Thu 14:00").session_ends(therapist).at("Thu 16:00")
    client.answers("Start", "Yes", "Yes", "Yes", "Yes").says("One.").says("/help").sees("What you can do here:")
    client.says("Two.").sees("Saved.", "Two.").taps("Done").taps("See my answers")
    client.sees_on_card("One.", "Two.")
