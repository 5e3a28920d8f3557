"""Promises, how hard each of them is tried, and what came of it.

A trial is played in batches, each from a seed of its own, so that a long run can be stopped and gone on with, and a
failure can be played again by itself.
"""

import fcntl
import json
import platform
import random
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path


class CannotTry(Exception):
    """This machine lacks what a trial needs; the message says what."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a batch came to. A batch that finds a promise broken raises instead."""

    counts: Mapping[str, int] = field(default_factory=dict)
    """Added up over all batches."""
    peaks: Mapping[str, float] = field(default_factory=dict)
    """Of these, the greatest counts."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is tried: so many batches, each of so many kills, sends, years or whatever the trial counts."""

    batches: int
    each: int


@dataclass(frozen=True, slots=True)
class Trial:
    """One promise and how it is tried."""

    name: str
    promise: str
    tried: str
    bar: str
    short: Size
    long: Size
    play: Callable[[random.Random, int, Path], Figures]
    """Given chance, the size of the batch and an empty folder. Raises AssertionError for a broken promise.

    Raises CannotTry where this machine lacks what it needs.
    """


@dataclass(frozen=True, slots=True)
class Played:
    """What came of one batch."""

    number: int
    date: str
    seconds: float
    counts: Mapping[str, int]
    peaks: Mapping[str, float]
    failure: str | None
    """None: the promise held."""


@dataclass(slots=True)
class Run:
    """A run of the campaign, kept in a file after every batch."""

    seed: int
    is_long: bool
    machine: str
    played: dict[str, list[Played]] = field(default_factory=dict)

    def size_of(self, trial: Trial) -> Size:
        """Return how much of a trial belongs to this run."""
        return trial.long if self.is_long else trial.short

    def missing(self, trial: Trial) -> Iterable[int]:
        """Return the batches that are still to be played, or played again: what was broken may have been mended."""
        done = {one.number for one in self.played.get(trial.name, []) if one.failure is None}
        return (number for number in range(1, self.size_of(trial).batches + 1) if number not in done)

    def play(self, trial: Trial, number: int) -> Played:
        """Play one batch and remember what came of it. Raises CannotTry, and remembers nothing."""
        begun = time.monotonic()
        found, failure = Figures(), None
        with tempfile.TemporaryDirectory(prefix="alliance-chaos-") as folder:
            try:
                found = trial.play(chance_of(self.seed, trial, number), self.size_of(trial).each, Path(folder))
            except CannotTry:
                raise
            except Exception as error:
                failure = _what_failed(error)
        seconds, today = round(time.monotonic() - begun, 1), f"{datetime.now(UTC):%Y-%m-%d}"
        played = Played(number, today, seconds, found.counts, found.peaks, failure)
        others = [one for one in self.played.get(trial.name, []) if one.number != number]
        self.played[trial.name] = [*others, played]
        return played

    def save(self, file: Path) -> None:
        """Write everything down, so that the run can be gone on with; also what another process has played of it."""
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if file.exists():
                self._add(load(file))
            draft = file.with_suffix(".part")
            draft.write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")
            draft.replace(file)

    def _add(self, other: "Run") -> None:
        for name, batches in other.played.items():
            own = {one.number: one for one in self.played.get(name, [])}
            news = [one for one in batches if one.number not in own or _is_mended(own[one.number], one)]
            own |= {one.number: one for one in news}
            self.played[name] = list(own.values())


def _is_mended(own: Played, other: Played) -> bool:
    return own.failure is not None and other.failure is None


def chance_of(seed: int, trial: Trial, number: int) -> random.Random:
    """Return the chance that a batch is played with."""
    return random.Random(f"{seed} {trial.name} {number}")


def _what_failed(error: Exception) -> str:
    """Return the error with the place in the trial where it showed, and the steps that led there, if it tells them."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    steps = "\n".join(["", *getattr(error, "__notes__", ())])[:4000]
    return f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}: {str(error)[:500]}{steps}"


def load(file: Path) -> Run:
    """Return a run as it was saved."""
    stored = json.loads(file.read_text(encoding="utf-8"))
    stored["played"] = {name: [Played(**one) for one in batches] for name, batches in stored["played"].items()}
    return Run(**stored)


def machine() -> str:
    """Describe the machine in a few words."""
    cores = len(_cores())
    return f"{cores} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"


def _cores() -> list[str]:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ["?"]
    return [line for line in lines if line.startswith("processor")]


def totals(batches: Iterable[Played]) -> tuple[dict[str, int], dict[str, float]]:
    """Return the counts of all batches added up, and the greatest of their peaks."""
    counts: Counter[str] = Counter()
    peaks: dict[str, float] = {}
    for batch in batches:
        for name, number in batch.counts.items():
            counts[name] += number
        for name, value in batch.peaks.items():
            peaks[name] = max(peaks.get(name, value), value)
    return dict(counts), peaks
