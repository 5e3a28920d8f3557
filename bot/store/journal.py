"""The journal of what a restore must not undo: a small file of hashes, kept apart from the database.

Each line is a moment, a fact and a keyed hash of the code that it is about. Whoever has the file alone learns how many
people stopped and when, but not who: the hashes can't be told from noise without the key of the database.

A line is on the disk before the transaction that makes it true is committed, so whatever was confirmed to somebody is
in it. A line may be left of a transaction that then failed; replayed, it ends or withholds something that went on,
which is the safe side.
"""

import errno
import hmac
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bot.store.engine import Engine
from bot.store.marks import Mark, Marks
from conversations.lasting import Fact, Lasting
from conversations.wording import backups as wording

_TITLE = "alliance-journal-1"
_HASH_LENGTH = 64


class JournalUnusable(OSError):
    """The journal can't vouch for anything; `why` says it. As with a full disk, what needs it has to wait."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(why)
        self.path = path
        self.why = why


@dataclass(frozen=True, slots=True)
class Line:
    """A fact of the journal. `subject` is a hash, as of `JournalFile.hash_of`."""

    at: datetime
    fact: Fact
    subject: str


@dataclass(frozen=True, slots=True)
class JournalFile:
    """The file, with the key of its hashes."""

    path: Path
    key: bytes = field(repr=False)

    @classmethod
    def of(cls, path: Path, database_key: str) -> "JournalFile":
        """Return the journal of the database with that key, from which its own is derived."""
        return cls(path, hmac.digest(bytes.fromhex(database_key), _TITLE.encode(), "sha256"))

    def hash_of(self, subject: str) -> str:
        """Return what the journal says in place of a code."""
        return hmac.digest(self.key, subject.encode(), "sha256").hex()

    def begin(self, now: datetime) -> None:
        """Make an empty journal that only this account may read, all of it or nothing. Raises OSError."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        half = self.path.with_name(f".half-{self.path.name}")
        half.unlink(missing_ok=True)
        _write(half, f"{_TITLE} {_written(now)} {self.hash_of(_TITLE)}\n")
        half.rename(self.path)
        sync_folder(self.path.parent)

    def append(self, lines: Iterable[Lasting], now: datetime) -> None:
        """Add lines, and return when they are on the disk. Raises OSError."""
        _write(self.path, "".join(f"{_written(now)} {one.fact} {self.hash_of(one.subject)}\n" for one in lines))

    def begun_at(self) -> datetime:
        """Return when the journal was begun. Raises JournalUnusable."""
        return self._begun_at(self._content()[:200])

    def read(self) -> list[Line]:
        """Return all lines, oldest first. Raises JournalUnusable."""
        content = self._content()
        self._begun_at(content)
        return [self._line(text) for text in content.split("\n")[1:-1] if not _is_torn(text)]

    def vouched(self, begun_at: datetime | None) -> list[Line]:
        """Return all lines, if the journal was there when a backup was made that remembers it so.

        Raises JournalUnusable.
        """
        lines = self.read()
        if self.begun_at() != begun_at:
            raise JournalUnusable(self.path, wording.JOURNAL_IS_ANOTHER)
        return lines

    def _content(self) -> str:
        try:
            return self.path.read_text(encoding="ascii")
        except FileNotFoundError:
            raise JournalUnusable(self.path, wording.NO_JOURNAL) from None
        except (OSError, UnicodeDecodeError):
            raise JournalUnusable(self.path, wording.JOURNAL_UNREADABLE) from None

    def _begun_at(self, content: str) -> datetime:
        match content.partition("\n")[0].split(" "):
            case [title, at, check] if title == _TITLE:
                if not hmac.compare_digest(check, self.hash_of(_TITLE)):
                    raise JournalUnusable(self.path, wording.JOURNAL_OF_ANOTHER_KEY)
                with suppress(ValueError):
                    return _moment(at)
        raise JournalUnusable(self.path, wording.JOURNAL_BEGINS_DAMAGED)

    def _line(self, text: str) -> Line:
        try:
            at, fact, subject = text.split(" ")
            return Line(_moment(at), Fact(fact), subject)
        except ValueError:
            raise JournalUnusable(self.path, wording.JOURNAL_IS_DAMAGED) from None


def _write(path: Path, text: str) -> None:
    """Add to the end of a file. What a crash left there of a line that was confirmed to nobody stays by itself."""
    descriptor = os.open(path, os.O_CREAT | os.O_APPEND | os.O_RDWR, 0o600)
    try:
        size = os.fstat(descriptor).st_size
        torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        content = (b"\n" if torn else b"") + text.encode()
        if os.write(descriptor, content) != len(content):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_torn(text: str) -> bool:
    """Tell whether a line is only the beginning of one, as a crash leaves it."""
    words = text.split(" ")
    return len(words) < 3 or (len(words) == 3 and len(words[2]) < _HASH_LENGTH)


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def _moment(text: str) -> datetime:
    """Read a moment. Raises ValueError."""
    return datetime.fromisoformat(text).astimezone(UTC)


def sync_folder(folder: Path) -> None:
    """Make sure that a new name in a folder outlives a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@dataclass(frozen=True, slots=True)
class Journal:
    """The journal that goes with a database. Without a file, as for a copy that is only looked at, nothing is noted."""

    engine: Engine
    file: JournalFile | None = None

    def add(self, lines: list[Lasting], now: datetime) -> None:
        """Note facts for good, before the transaction that makes them true is committed. Raises OSError."""
        if self.file is None or not lines:
            return
        self.keep(now)
        self.file.append(lines, now)

    def keep(self, now: datetime) -> None:
        """Make sure that there is a journal, and let the database remember which one. Raises OSError.

        A backup carries this memory along. If the journal is lost, a new one has another beginning: it can't vouch for
        backups that were made before.
        """
        if self.file is None:
            return
        if not self.file.path.exists():
            self.file.begin(now)
        marks, begun_at = Marks(self.engine), self.file.begun_at()
        if marks.get(Mark.JOURNAL) != begun_at:
            marks.set(Mark.JOURNAL, begun_at)
