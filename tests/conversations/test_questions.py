"""Question sets: what is read, and what is said about one that lacks something."""

import pytest

from conversations.questions import UnusableQuestionSet, load, parse

WHOLE = """
id = "made-up"
version = 2
owner = "Made-up owners"
licence = "MIT"
scoring = "none"
questions = [
    {id = "a", about = "bond", text = "A?", short = "A", labels = ["5", "4", "3", "2", "1"]},
    {id = "b", about = "tasks", text = "B?", short = "B", labels = ["5", "4", "3", "2", "0"], asks_about_return = true},
]
"""


def test_a_whole_set_is_read() -> None:
    """With its owner, licence and version, and the question whether the client wants to return."""
    found = parse(WHOLE)
    assert (found.id, found.version, found.owner, found.licence, found.scoring) == (
        "made-up", 2, "Made-up owners", "MIT", "none",
    )  # fmt: skip
    assert [question.id for question in found.questions] == ["a", "b"]
    assert [(question.about, question.short) for question in found.questions] == [("bond", "A"), ("tasks", "B")]
    assert found.return_question.id == "b"
    assert found.question("gone") is None


def test_the_bots_own_set_has_the_four_questions() -> None:
    """In the words of the founding texts, the last about going back."""
    own = load()
    assert [question.text for question in own.questions] == [
        "Do I feel comfortable talking to my therapist?",
        "Am I able to talk freely in sessions?",
        "Do I feel relieved after I've been there?",
        "Do I want to go back?",
    ]
    assert own.return_question.labels == ("Yes", "I think so", "Not sure", "Rather not", "No")


@pytest.mark.parametrize(
    ("was", "becomes", "expected"),
    [
        ('id = "made-up"', "id = ", "is not valid TOML"),
        ('id = "made-up"', "", "has no 'id'"),
        ("version = 2", "", "has no 'version'"),
        ("owner =", "owned =", "has no 'owner'"),
        ('licence = "MIT"', 'licence = ""', "has no 'licence'"),
        ("scoring =", "score =", "has no 'scoring'"),
        ("questions =", "asked =", "has no 'questions'"),
        ('text = "A?", ', "", "A question has no 'text'"),
        ('about = "bond", ', "", "A question has no 'about'"),
        (', "1"]', "]", "Question 'a' needs five labels, best first; it has 4"),
        (", asks_about_return = true", "", "Exactly one question must have asks_about_return = true"),
        ('short = "A"', 'short = "A", asks_about_return = true', "Exactly one question"),
        ('{id = "a"', '{id = "b"', "Two questions have the same id"),
    ],
)
def test_a_set_that_lacks_something_is_refused_with_what_to_do(was: str, becomes: str, expected: str) -> None:
    """One line that names what is missing."""
    assert was in WHOLE
    with pytest.raises(UnusableQuestionSet, match=expected):
        parse(WHOLE.replace(was, becomes, 1))


@pytest.mark.parametrize(("name", "fits"), [("x" * 16, True), ("x" * 17, False), ("Free", False), ("a b", False)])
def test_an_id_has_to_fit_into_buttons_and_lists(name: str, fits: bool) -> None:
    """Short, and without spaces or colons."""
    named = WHOLE.replace('{id = "a"', f'{{id = "{name}"', 1)
    assert named != WHOLE
    if fits:
        assert parse(named).question(name) is not None
    else:
        with pytest.raises(UnusableQuestionSet, match=f"The id '{name}' can't be used. Take small letters"):
            parse(named)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("5", 5),
        ("4", 4),
        ("3", 3),
        ("2", 2),
        (" 1. ", 1),
        ("4X", None),
        ("yes", 5),
        ("RATHER NOT", 2),
        ("not sure.", 3),
        ("0", None),
        ("6", None),
        ("", None),
    ],
)
def test_a_rating_can_be_typed(typed: str, expected: int | None) -> None:
    """As a number or in the words of a label, whatever the case; nothing else is guessed at."""
    assert load().return_question.rating(typed) == expected


def test_a_rating_is_shown_in_the_words_of_its_label() -> None:
    """5 is the best and comes first."""
    assert [load().return_question.label(rating) for rating in (5, 3, 1)] == ["Yes", "Not sure", "No"]
