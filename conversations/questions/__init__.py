"""Question sets: data files that say what is asked, who owns the words, and under which licence."""

import re
import tomllib
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Any

BEST = 5
_ID = re.compile(r"[a-z0-9-]{1,16}")
"""It is part of what a button carries, and stands in lists."""


class UnusableQuestionSet(ValueError):
    """A question set lacks something; the message says what, and what to write."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question, answered with one of five labels, best first."""

    id: str
    about: str
    """What of the working alliance it is about: bond, goals or tasks (Bordin 1979), or the alliance as a whole."""
    text: str
    short: str
    labels: tuple[str, str, str, str, str]
    asks_about_return: bool

    def label(self, rating: int) -> str:
        """Return the words for a rating of 1 to 5, 5 best."""
        return self.labels[BEST - rating]

    def rating(self, typed: str) -> int | None:
        """Return the rating that somebody typed, as a number or in the words of a label; None if it is neither."""
        text = typed.strip().rstrip(".").casefold()
        if text in {"1", "2", "3", "4", "5"}:
            return int(text)
        labels = [label.casefold() for label in self.labels]
        return BEST - labels.index(text) if text in labels else None


@dataclass(frozen=True)
class QuestionSet:
    """The questions of a check-in, in order."""

    id: str
    version: int
    owner: str
    licence: str
    scoring: str
    questions: tuple[Question, ...]

    @cached_property
    def return_question(self) -> Question:
        """Return the question whether the client wants to go back."""
        return next(question for question in self.questions if question.asks_about_return)

    def question(self, question_id: str) -> Question | None:
        """Return the question of that id; None if this set has none."""
        return next((question for question in self.questions if question.id == question_id), None)


def load() -> QuestionSet:
    """Return the bot's own four questions."""
    return parse(files(__package__).joinpath("alliance.toml").read_text(encoding="utf-8"))


def parse(toml: str) -> QuestionSet:
    """Return the question set written in `toml`. Raises UnusableQuestionSet if something is missing."""
    try:
        data = tomllib.loads(toml)
    except tomllib.TOMLDecodeError as error:
        raise UnusableQuestionSet(f"The question set is not valid TOML: {error}") from error
    for key in ("id", "version", "owner", "licence", "scoring", "questions"):
        if not data.get(key):
            raise UnusableQuestionSet(f"The question set has no {key!r}. Add it: each set must say who owns its words.")
    questions = tuple(_question(entry) for entry in data["questions"])
    if sum(question.asks_about_return for question in questions) != 1:
        raise UnusableQuestionSet("Exactly one question must have asks_about_return = true.")
    if len({question.id for question in questions}) != len(questions):
        raise UnusableQuestionSet("Two questions have the same id. Give each its own.")
    return QuestionSet(data["id"], data["version"], data["owner"], data["licence"], data["scoring"], questions)


def _question(entry: dict[str, Any]) -> Question:
    for key in ("id", "about", "text", "short", "labels"):
        if not entry.get(key):
            raise UnusableQuestionSet(f"A question has no {key!r}. Add it.")
    if not _ID.fullmatch(str(entry["id"])):
        raise UnusableQuestionSet(f"The id {entry['id']!r} can't be used. Take small letters, digits and hyphens.")
    labels = tuple(entry["labels"])
    if len(labels) != BEST:
        raise UnusableQuestionSet(f"Question {entry['id']!r} needs five labels, best first; it has {len(labels)}.")
    return Question(
        entry["id"],
        entry["about"],
        entry["text"],
        entry["short"],
        labels,
        bool(entry.get("asks_about_return", False)),
    )
