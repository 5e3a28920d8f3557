"""What clients have been shown to be taken: from then on it must be in the database."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.demo.telegram import SeenMessage
from bot.store.engine import Row
from conversations import questions

ASKED = tuple(question.id for question in questions.load().questions)
REASON, WISH, COMMENT, FINISHED = range(len(ASKED), len(ASKED) + 4)
_PAGES = {"start": -1, "reason": REASON, "wish": WISH, "done": COMMENT, "see": FINISHED, "hide": FINISHED}

Ratings = set[int | None]


def place_of(message: SeenMessage) -> tuple[str, int] | None:
    """Return the session that a card is about and which page it shows; None for any other message."""
    for row in message.buttons:
        for button in row:
            verb, subject, detail, *_ = f"{button.data}::".split(":")
            if verb == "rate":
                return subject, ASKED.index(detail)
            if verb in _PAGES:
                return subject, _PAGES[verb]
    return None


@dataclass
class Answers:
    """What one client has answered, as far as they know."""

    client: int
    given: dict[tuple[str, str], Ratings] = field(default_factory=lambda: defaultdict(set))
    """Tapped or typed, and nothing seen of it yet."""
    taken: dict[tuple[str, str], Ratings] = field(default_factory=dict)
    """The next question was shown. More than one rating: the client was impatient, and the last one heard counts."""
    written: dict[str, str] = field(default_factory=dict)
    """Comments on their way, with the session that they are about."""
    saved: dict[str, str] = field(default_factory=dict)
    """Comments that were said to be saved."""
    going_back: dict[str, int] = field(default_factory=dict)
    """The page from which the client went back in a session, while the card still shows it."""

    def rates(self, session: str, question: str, rating: int | None) -> None:
        """Note an answer that was just given."""
        self.given[session, question].add(rating)

    def types(self, session: str, question: str, rating: int) -> None:
        """Note a rating that was just typed: for what the card shows, or for what it is about to show."""
        about_to_show = [self.going_back.get(session, 0) - 1]
        if (session, question) in self.given:  # tapped a moment ago: the card may have moved on when this is read
            about_to_show.append(ASKED.index(question) + 1)
        for page in about_to_show:
            if 0 <= page < len(ASKED):
                self._may_be_about(session, ASKED[page], rating)
        self.rates(session, question, rating)

    def _may_be_about(self, session: str, question: str, rating: int) -> None:
        """Allow a rating for a question that was answered before, whether or not something was seen of that."""
        for noted in (self.given, self.taken):
            if (session, question) in noted:
                noted[session, question].add(rating)

    def goes_back(self, session: str, page: int) -> None:
        """Note that the client wants to see the question before."""
        self.going_back[session] = page

    def writes(self, session: str, text: str) -> None:
        """Note a comment that was just sent."""
        self.written[text] = session

    def looks(self, chat: list[SeenMessage]) -> None:
        """Note what the chat shows to be taken."""
        newest: dict[str, int] = {}
        for message in chat:
            if message.from_bot:
                self._reads(message.text)
                place = place_of(message)
                if place is not None:
                    newest[place[0]] = place[1]
        self.going_back = {one: page for one, page in self.going_back.items() if newest.get(one) == page}
        for (session, question), ratings in list(self.given.items()):
            at, shown = ASKED.index(question), newest.get(session)
            followed = shown == at + 1 if at + 1 < len(ASKED) else shown in {REASON, COMMENT}
            if followed:
                self.taken[session, question] = ratings
                del self.given[session, question]

    def _reads(self, text: str) -> None:
        if text.startswith("Saved."):
            for words in [words for words in self.written if words in text]:
                self.saved[words] = self.written.pop(words)

    def removes_comments(self, session: str) -> None:
        """Note that the client takes back what they wrote."""
        for notes in (self.written, self.saved):
            for words in [words for words, about in notes.items() if about == session]:
                del notes[words]

    def erases(self) -> None:
        """Note that the client wants everything erased."""
        for notes in (self.given, self.taken, self.written, self.saved):
            notes.clear()

    def were_purged(self, sessions: set[str]) -> None:
        """Note that what belongs to these sessions has been kept for as long as it was to be."""
        for ratings in (self.given, self.taken):
            for key in [key for key in ratings if key[0] in sessions]:
                del ratings[key]
        for session in sessions:
            self.removes_comments(session)

    def lost(self, query: Callable[[str], list[Row]]) -> list[object]:
        """Return what was shown to be taken and is not stored."""
        stored = {
            (row["session"], row["question"]): row["rating"]
            for row in query(
                "SELECT a.session, a.question, a.rating FROM answers a JOIN check_ins c ON c.session = a.session "  # noqa: S608
                f"JOIN enrolments e ON e.code = c.enrolment WHERE e.account = {self.client}"
            )
        }
        answers: list[object] = [
            (key, ratings, stored.get(key, "nothing"))
            for key, ratings in self.taken.items()
            if stored.get(key, "nothing") not in ratings | self.given.get(key, set())
        ]
        texts = [row["text"] for row in query("SELECT text FROM comments")]
        return answers + [words for words in self.saved if texts.count(words) != 1]
