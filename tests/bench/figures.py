"""What is measured, what it is held to, and the page that tells both."""

import json
import math
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

Figures = Mapping[str, float]
"""What a measurement found, each by its name."""
Size = Mapping[str, int]
"""How much is measured: so many clients, rounds or whatever the row counts."""

HEAD = """# How fast it is

This page is written by `make bench`; each row says when and how it was measured. What is said and heard goes over real
HTTP, to and from the pretend Telegram of `bot/demo/` in a process of its own. What the bot hears is durable and
encrypted (`synchronous=FULL`). Where two are compared, they were measured in turn (A B A B) in the same run, and the
median of all rounds counts."""

TRIED = """## What was tried

What took the most came first. Each is a commit; the row that it names, measured before and after, says what it gave.

- aiohttp in place of httpx, uvloop, JSON in place of the library's objects, few calls side by side: [call](#call) has
  each by itself.
- What came of one message and the claim of the next go to the disk together, and a few updates too
  ([check-in](#check-in), [crowd](#crowd)).
- In a transaction nothing is read twice; of a check-in only what is new is written, and a tap reads what its answer
  depends on, no more of the caseload ([check-in](#check-in), [growth](#growth)).
- What was made while starting is left out when memory is looked through for what can go ([check-in](#check-in)).
- What is due is looked for a few at a time, with rests in between only while somebody answers ([due](#due)).
- Those few are read, decided and written together, with as many statements for forty clients as for one. A file's
  sessions are logged in the same way, with ids in the order of the index. Lists are filled up to a few lengths, and
  every statement stays prepared: else the newest would be prepared again each time ([due](#due)).
- A file's sessions are planned without reading what has been answered and closed; what fell due is decided as soon as
  the bot has caught up ([due](#due)).
- Edits do not wait for the second between two new messages in a chat; while no new message may go, none is looked for
  ([check-in](#check-in)).
- A digest reads its caseload with four queries, and makes a tuple of each check-in ([digests](#digests)).
- Tried and dropped: after a write, to forget what was read of that table alone. With thousands of sessions in one
  transaction the search for what to forget took longer than reading it again.
- Not tried: orjson and HTTP/2. In a profile of check-ins that fall due, what is left is spread over many small things;
  the largest is SQLite bringing its indexes up to date."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table: one figure of a row, by its name, and what it is held to."""

    work: str
    unit: str
    ours: str
    against: str = ""
    """Whom or what it is compared with; empty: nothing."""
    theirs: str | None = None
    """The figure of the other side. None: there is none, and what is held to the bar is the figure itself."""
    least: float | None = None
    most: float | None = None
    """The bar, of the ratio if there is another side. Neither given: told to complete the picture."""

    def held(self, figures: Figures) -> bool:
        """Tell whether the bar is held."""
        value = self.value(figures)
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)

    def value(self, figures: Figures) -> float:
        """Return what is held to the bar: ours in theirs, or ours."""
        return figures[self.ours] / (figures[self.theirs] if self.theirs else 1.0)


@dataclass(frozen=True, slots=True)
class Row:
    """Something to measure, and how that is done. `measure` takes the size by name."""

    name: str
    how: str
    measure: Callable[..., Figures]
    size: Size
    quick: Size
    """A size that takes seconds, to try the bench itself."""
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """What was found for a row."""

    date: str
    machine: str
    size: Size
    figures: Figures


def percentile(values: Iterable[float], share: float) -> float:
    """Return the least of the values that a share of them, 0 to 1, does not exceed. ValueError if there are none."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("nothing was measured")
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def medians(rounds: Sequence[Figures]) -> Figures:
    """Return the median of each figure over all rounds."""
    return {name: median(one[name] for one in rounds) for name in rounds[0]}


def load(path: Path) -> dict[str, Measured]:
    """Return what was found before, by the name of the row."""
    if not path.exists():
        return {}
    return {name: Measured(**kept) for name, kept in json.loads(path.read_text(encoding="utf-8")).items()}


def merge(path: Path, name: str, measured: Measured) -> None:
    """Keep what was found for one row; what is kept of the others stays."""
    kept = load(path) | {name: measured}
    rows = {name: asdict(kept[name]) for name in sorted(kept)}
    path.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def page(rows: Sequence[Row], kept: Mapping[str, Measured]) -> str:
    """Return the page."""
    parts = [HEAD, "\n".join(table(rows, kept)), TRIED, *(_about(row, kept.get(row.name)) for row in rows)]
    return "\n\n".join(parts) + "\n"


def table(rows: Sequence[Row], kept: Mapping[str, Measured]) -> Iterable[str]:
    """Yield the lines of the table, those of rows that were never measured, too."""
    yield "| work | this bot | against | takes | ratio | bar |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for row in rows:
        figures = kept[row.name].figures if row.name in kept else {}
        for line in row.lines:
            yield _in_table(line, figures)


def _in_table(line: Line, figures: Figures) -> str:
    needed = {line.ours, line.theirs or line.ours}
    if not needed <= figures.keys():
        return f"| {line.work} | not measured yet | {line.against} | | | {_bar(line)} |"
    theirs = f"{_number(figures[line.theirs])} {line.unit}" if line.theirs else ""
    ratio = f"{line.value(figures):.2f}" if line.theirs else ""
    bar, verdict = _bar(line), "held" if line.held(figures) else "**not yet**"
    return (
        f"| {line.work} | {_number(figures[line.ours])} {line.unit} | {line.against} | {theirs} | {ratio} "
        f"| {f'{bar}: {verdict}' if bar else ''} |"
    )


def _bar(line: Line) -> str:
    unit = "" if line.theirs else f" {line.unit}"
    match line.least, line.most:
        case None, None:
            return ""
        case None, most:
            return f"at most {most:g}{unit}"
        case least, None:
            return f"at least {least:g}{unit}"
        case least, most:
            return f"{least:g} to {most:g}{unit}"


def _number(value: float) -> str:
    """Return a figure in three digits or so."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _about(row: Row, measured: Measured | None) -> str:
    when = "Not measured yet."
    if measured is not None:
        size = ", ".join(f"{number:,} {what.replace('_', ' ')}" for what, number in measured.size.items())
        when = f"{measured.date}, {measured.machine}: {size}."
    return f"## {row.name}\n\n{textwrap.fill(row.how, 120)}\n\n{textwrap.fill(when, 120)}"
