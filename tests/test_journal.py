"""The journal: on the disk before anything is confirmed, and nothing in it that says who."""

import os
import stat
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock

import pytest

from bot import queue
from bot.store import journal as journals
from bot.store.journal import JournalFile, JournalUnusable, Line
from conversations.lasting import Fact, Lasting
from conversations.people import EnrolmentState
from tests.command_line import command_line
from tests.stories.practice import Practice, Someone

NOW = datetime(2026, 3, 2, 12, 0, 0, 123_456, tzinfo=UTC)
MS = datetime(2026, 3, 2, 12, 0, 0, 123_000, tzinfo=UTC)


@pytest.fixture
def journal(tmp_path: Path) -> JournalFile:
    """A journal that was just begun."""
    begun = JournalFile.of(tmp_path / "apart" / "journal.txt", "a" * 64)
    begun.begin(NOW)
    return begun


@pytest.fixture
def client(practice: Practice, therapist: Someone) -> Someone:
    """R, who has agreed."""
    return practice.client(therapist)


def test_what_was_noted_is_read_back(journal: JournalFile) -> None:
    """In the order in which it happened."""
    journal.append([Lasting(Fact.WITHDRAWN, "MADEUP-E"), Lasting(Fact.PRIVATE, "MADEUP-S")], NOW)
    journal.append([Lasting(Fact.ERASED, "MADEUP-E")], NOW)

    assert journal.read() == [
        Line(MS, Fact.WITHDRAWN, journal.hash_of("MADEUP-E")),
        Line(MS, Fact.PRIVATE, journal.hash_of("MADEUP-S")),
        Line(MS, Fact.ERASED, journal.hash_of("MADEUP-E")),
    ]
    assert journal.begun_at() == MS


def test_a_journal_says_nothing_of_whom(journal: JournalFile) -> None:
    """The same code gives another hash under another key, and neither is the plain hash that anybody could try out."""
    journal.append([Lasting(Fact.WITHDRAWN, "MADEUP-E")], NOW)
    other = JournalFile.of(journal.path, "b" * 64)

    assert b"MADEUP" not in journal.path.read_bytes()
    assert other.hash_of("MADEUP-E") != journal.hash_of("MADEUP-E")
    assert stat.S_IMODE(journal.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(journal.path.parent.stat().st_mode) == 0o700
    with pytest.raises(JournalUnusable, match="another key"):
        other.read()
    assert repr(journal.key) not in repr(journal)


def test_every_torn_end_is_passed_over(journal: JournalFile) -> None:
    """Wherever a crash cuts a line short, what was whole before it and what comes after it is read."""
    journal.append([Lasting(Fact.WITHDRAWN, "FIRST")], NOW)
    whole = journal.path.read_bytes()
    journal.append([Lasting(Fact.ERASED, "CUT")], NOW)
    cut = journal.path.read_bytes()
    for end in range(len(whole), len(cut)):
        journal.path.write_bytes(cut[:end])
        journal.append([Lasting(Fact.CLOSED, "LAST")], NOW)

        found = [(line.fact, line.subject) for line in journal.read()]
        assert found[0] == (Fact.WITHDRAWN, journal.hash_of("FIRST"))
        assert found[-1] == (Fact.CLOSED, journal.hash_of("LAST"))
        assert len(found) == (3 if end == len(cut) - 1 else 2)  # only the end of the line was missing


def test_a_crash_at_the_beginning_leaves_no_journal(tmp_path: Path) -> None:
    """It is there with its first line, or not at all."""
    journal = JournalFile.of(tmp_path / "journal.txt", "a" * 64)
    with mock.patch.object(os, "fsync", side_effect=OSError("made up")), pytest.raises(OSError, match="made up"):
        journal.begin(NOW)
    assert not journal.path.exists()

    journal.begin(NOW)
    assert journal.read() == []


def test_nothing_is_confirmed_before_it_is_noted(practice: Practice, client: Someone) -> None:
    """While the journal can't be written, a stop waits in the inbox; it is heard as soon as it can."""
    client.says("/stop")
    full = mock.patch.object(journals, "_write", side_effect=OSError("made up"))
    with full, pytest.raises(OSError, match="made up"):
        client.taps("Yes, stop")
    assert practice.enrolment().state is EnrolmentState.ACTIVE
    with practice.stored() as transaction:
        assert transaction.inbox.waiting() == 1
    client.sees_nowhere("Stopped.")

    practice.settles()

    assert practice.enrolment().state is EnrolmentState.WITHDRAWN
    client.sees("Stopped.")


def test_what_was_noted_before_a_crash_is_noted_again(practice: Practice, client: Someone) -> None:
    """A line without its transaction does no harm: the tap is handled again, and both lines mean the same."""
    client.says("/stop")
    crash = mock.patch.object(queue, "_save", side_effect=OSError("made up"))
    with crash, pytest.raises(OSError, match="made up"):
        client.taps("Yes, stop")
    practice.settles()

    lines = JournalFile.of(practice.settings.journal, practice.settings.key).read()
    assert [line.fact for line in lines] == [Fact.WITHDRAWN] * 2
    assert practice.enrolment().state is EnrolmentState.WITHDRAWN


def test_a_journal_elsewhere(practice: Practice, client: Someone, tmp_path: Path) -> None:
    """The setting says where it is."""
    assert client
    elsewhere = tmp_path / "elsewhere" / "kept.txt"
    shell = command_line(tmp_path, practice.settings, practice.stage.clock.now, ALLIANCE_JOURNAL_FILE=str(elsewhere))

    assert shell.types("erase", practice.enrolment().code, "--yes").exit_code == 0

    assert [line.fact for line in JournalFile.of(elsewhere, practice.settings.key).read()] == [Fact.ERASED]


def test_a_journal_of_another_key_is_one_line(practice: Practice, client: Someone, tmp_path: Path) -> None:
    """Nothing is erased, since that could not be noted; the line says what to do."""
    assert client
    JournalFile.of(practice.settings.journal, "e" * 64).begin(NOW)
    shell = command_line(tmp_path, practice.settings, practice.stage.clock.now)

    printed = shell.types("erase", practice.enrolment().code, "--yes")

    assert printed.complaint.startswith(f"The journal at {practice.settings.journal} can't be used: it belongs to")
    assert practice.enrolment().state is EnrolmentState.ACTIVE


def test_answers_shared_again_are_noted(practice: Practice, therapist: Someone, client: Someone) -> None:
    """The last word counts, whichever it is; taps that change nothing of that are not noted."""
    practice.check_in(therapist, client, "Tue", "Yes", "Yes", "Yes", "Yes")
    client.taps("Keep private").taps("Share after all")

    lines = JournalFile.of(practice.settings.journal, practice.settings.key).read()

    assert [line.fact for line in lines] == [Fact.PRIVATE, Fact.SHARED]
