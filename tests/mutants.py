"""Mutation testing of `conversations/`: small faults are put in, one by one, and a pure test has to notice each.

`make mutants` runs mutmut and then writes `docs/mutation.md` from its results and from `survivors.toml`, where people
say why a fault that nobody notices may stay. A run that was stopped goes on where it was, and whatever survived is
tried again, since tests may have been added. For a run from the start, remove the folder `mutants` first.
"""

import ast
import json
import os
import platform
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum, auto
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parent.parent
MUTANTS = ROOT / "mutants"
PAGE = ROOT / "docs/mutation.md"
REASONS = Path(__file__).parent / "survivors.toml"
BAR = 90
"""Percent of the mutants that the tests must kill."""

_A_FEW = "conversations.commands.*"
"""The first call of mutmut makes all mutants, but must be given some to try."""
_SKIPPED = 34
"""mutmut's own code for a mutant that is not to be tried."""
_CONTEXT = 24
"""How many characters are shown on each side of a change, at least."""
_LONGEST = 100
"""How many characters of a change are shown at most."""


class Fate(Enum):
    """What became of a mutant."""

    KILLED = auto()
    SURVIVED = auto()
    WORDS = auto()
    """Only the words of a sentence were changed. Which words are right, no test can tell."""
    NOT_TRIED = auto()


_FATES = {
    0: Fate.SURVIVED,
    2: Fate.SURVIVED,  # the tests were interrupted
    5: Fate.SURVIVED,  # there were none
    33: Fate.SURVIVED,  # mutmut knew of none
    _SKIPPED: Fate.WORDS,
    None: Fate.NOT_TRIED,
}
"""By the exit code of the tests. With any other one they failed, or did not end."""


@dataclass(frozen=True)
class Mutant:
    """One fault that was put in."""

    name: str
    function: str
    original: ast.FunctionDef
    mutated: ast.FunctionDef
    exit_code: int | None

    @property
    def fate(self) -> Fate:
        """Return what became of it."""
        return _FATES.get(self.exit_code, Fate.KILLED)

    @property
    def module(self) -> str:
        """Return the module that holds the fault."""
        return self.name.rpartition(".")[0]

    @property
    def key(self) -> str:
        """Return what names this mutant for as long as its function stays as it is."""
        return f"{self.module}.{self.function}: {self.change}"

    @property
    def change(self) -> str:
        """Return what was changed, "before → after", with a little of what stands around it."""
        before, after = _flat(self.original), _flat(self.mutated)
        start = _in_common(before, after)
        end = min(_in_common(before[::-1], after[::-1]), len(before) - start, len(after) - start)
        low = before.rfind(" ", 0, max(0, start - _CONTEXT)) + 1
        rest = before[len(before) - end :]
        following = rest[: rest.find(" ", _CONTEXT)] if " " in rest[_CONTEXT:] else rest
        changed = (_shortened(text[start : len(text) - end]) for text in (before, after))
        return " → ".join(f"`{before[low:start]}{text}{following}`" for text in changed)

    @property
    def is_in_words(self) -> bool:
        """Tell whether only the words of a sentence differ."""
        changed = set(_strings(self.original)) - set(_strings(self.mutated))
        return (
            ".wording." in self.module
            and _without_strings(self.original) == _without_strings(self.mutated)
            and all(" " in text or text != text.lower() for text in changed)
        )


def _in_common(one: str, other: str) -> int:
    """Return how many characters at the start are the same."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _flat(function: ast.FunctionDef) -> str:
    """Return the arguments and the statements of a function in one line, without its docstring."""
    parts = [ast.unparse(part) for part in (function.args, *_body(function))]
    return " ".join(" ".join(parts).split())


def _body(function: ast.FunctionDef) -> list[ast.stmt]:
    return function.body[1:] if ast.get_docstring(function) else function.body


def _shortened(text: str) -> str:
    half = _LONGEST // 2
    return text if len(text) <= _LONGEST else f"{text[:half]} … {text[-half:]}"


def _strings(function: ast.FunctionDef) -> list[str]:
    return [node.value for node in ast.walk(function) if isinstance(node, ast.Constant) and isinstance(node.value, str)]


def _without_strings(function: ast.FunctionDef) -> str:
    class Blank(ast.NodeTransformer):
        def visit_Constant(self, node: ast.Constant) -> ast.Constant:
            return ast.Constant("") if isinstance(node.value, str) else node

    body = Blank().visit(ast.parse(ast.unparse(function))).body[0].body
    return "".join(ast.dump(statement) for statement in body)


def mutants() -> Iterator[Mutant]:
    """Yield every mutant that mutmut has made, with what became of it so far."""
    for results in sorted(MUTANTS.glob("conversations/**/*.meta")):
        codes: dict[str, int | None] = json.loads(results.read_text(encoding="utf-8"))["exit_code_by_key"]
        functions = _functions(ast.parse(results.with_suffix("").read_text(encoding="utf-8")))
        for name, code in codes.items():
            mangled = name.rpartition(".")[2]
            base = mangled.partition("__mutmut_")[0]
            function = base.removeprefix("xǁ").replace("ǁ", ".") if "ǁ" in base else base.removeprefix("x_")
            yield Mutant(name, function, functions[f"{base}__mutmut_orig"], functions[mangled], code)


def _functions(module: ast.Module) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in ast.walk(module) if isinstance(node, ast.FunctionDef)}


def run() -> None:
    """Make the mutants, set aside those that change only words, and try the others, one at a time."""
    # mutmut remembers which tests reach what by their ids, and a row put among a test's parameters shifts those
    (MUTANTS / "mutmut-stats.json").unlink(missing_ok=True)
    _mutmut(_A_FEW)
    again = {one.name: _SKIPPED if one.is_in_words else None for one in mutants() if one.fate is not Fate.KILLED}
    for results in MUTANTS.glob("conversations/**/*.meta"):
        data = json.loads(results.read_text(encoding="utf-8"))
        data["exit_code_by_key"] |= {name: again[name] for name in data["exit_code_by_key"] if name in again}
        results.write_text(json.dumps(data), encoding="utf-8")
    _mutmut()


def _mutmut(*names: str) -> None:
    subprocess.run([Path(sys.executable).parent / "mutmut", "run", "--max-children", "1", *names], cwd=ROOT, check=True)


@dataclass(frozen=True)
class Tally:
    """How many mutants there were, and how many of them the tests killed."""

    tried: int
    killed: int

    @property
    def rate(self) -> float:
        """Return the share that was killed, in percent."""
        return 100 * self.killed / self.tried if self.tried else 100.0


def tally(some: Iterable[Mutant]) -> Tally:
    """Count mutants; those that change only words are not counted."""
    fates = [one.fate for one in some if one.fate is not Fate.WORDS]
    return Tally(len(fates), fates.count(Fate.KILLED))


def reasons() -> dict[str, str]:
    """Return why a survivor may stay, by its key."""
    entries = tomllib.loads(REASONS.read_text(encoding="utf-8"))["reason"]
    return {key: entry["why"] for entry in entries for key in entry["mutants"]}


def page(made: list[Mutant], why: dict[str, str], today: date) -> str:
    """Return what `docs/mutation.md` should hold."""
    overall = tally(made)
    words = sum(one.fate is Fate.WORDS for one in made)
    inside, reached = statements()
    modules = sorted({one.module for one in made})
    rows = [(name, tally(one for one in made if one.module == name)) for name in modules]
    return PAGE_TEXT.format(
        date=today,
        mutmut=version("mutmut"),
        python=platform.python_version(),
        machine=f"{platform.system()} on {platform.machine()} with {os.cpu_count()} cores",
        rate=overall.rate,
        killed=overall.killed,
        tried=overall.tried,
        words=words,
        reached=reached,
        inside=inside,
        bar=BAR,
        rows="\n".join(
            f"| `{name.removeprefix('conversations.')}` | {one.tried} | {one.killed} | {one.tried - one.killed} | "
            f"{one.rate:.1f} % |"
            for name, one in rows
            if one.tried
        ),
        survivors=_survivors([one for one in made if one.fate is Fate.SURVIVED], why),
    )


def _survivors(some: list[Mutant], why: dict[str, str]) -> str:
    by_reason: dict[str, list[Mutant]] = {reason: [] for reason in why.values()}
    for one in some:
        by_reason.setdefault(why.get(one.key, NO_REASON), []).append(one)
    return "\n\n".join(
        f"**{reason}**\n\n" + "\n".join(f"- `{one.module}.{one.function}`: {one.change}" for one in found)
        for reason, found in by_reason.items()
        if found
    )


def statements() -> tuple[int, int]:
    """Count the statements within functions, and those that mutmut reaches: decorated functions it leaves alone."""
    functions = [
        node
        for file in (ROOT / "conversations").rglob("*.py")
        if file.name not in {"demo.py", "demo_page.py"}
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    ]
    return sum(map(_length, functions)), sum(_length(one) for one in functions if not one.decorator_list)


def _length(function: ast.FunctionDef) -> int:
    return sum(isinstance(node, ast.stmt) for statement in _body(function) for node in ast.walk(statement))


NO_REASON = "Not looked at yet."
PAGE_TEXT = """\
# Mutation testing

Small faults (mutants) are put into `conversations/`, one at a time: a comparison turned round, an argument left out, a
case dropped. For each, those tests of `tests/conversations/` run that reach the changed function. If one fails, the
mutant is killed; if none does, it has survived, and something that the code does is held by no test.

**{rate:.1f} % were killed: {killed} of {tried}.** The bar is {bar} %.

{date}, mutmut {mutmut}, Python {python}, {machine}.
This page is written by `make mutants`, from the results and `tests/survivors.toml`; nothing in it is typed by hand.

## Run it again

`make mutants` does all of it, with one worker, and fails below the bar. It may be stopped and called again: it goes on
where it was, and tries again whatever has survived. For a run from the start, remove the folder `mutants` first.
`mutmut show <name>` shows a mutant, `mutmut results` lists the names of those that survived.

## What is not tried

- {words} mutants that change only the words of a sentence in `conversations/wording/`: which words are right, no
  test can tell. The code that puts sentences together is tried like any other. The words around the demo
  (`demo.py`, `demo_page.py`) are left out as a whole.
- What mutmut can't reach: tables and patterns outside of functions, and functions with a decorator, which here are
  properties and one cached table. It reaches {reached} of the {inside} statements within functions.
- The stories, which go through the whole bot, and the campaign over all zones and years. They would kill
  more, but slowly; a rule that is decided in `conversations/` should be held by a test that stands next to it.

## By module

| module | mutants | killed | survived | rate |
| --- | ---: | ---: | ---: | ---: |
{rows}

## What has survived, and why it may

Each change is shown as before → after, with a little of what stands around it.

{survivors}
"""


def main() -> None:
    """Run it all, write the page, and fail below the bar."""
    run()
    made, why = list(mutants()), reasons()
    if any(one.fate is Fate.NOT_TRIED for one in made):
        sys.exit("Stopped before the end. Call it again to go on.")
    PAGE.write_text(page(made, why, datetime.now(UTC).date()), encoding="utf-8")
    for key in sorted(why.keys() - {one.key for one in made if one.fate is Fate.SURVIVED}):
        print(f"No longer survives, so it needs no reason: {key}")  # noqa: T201, this is a command
    if tally(made).rate < BAR:
        sys.exit(f"Fewer than {BAR} % of the mutants were killed. docs/mutation.md lists the others.")


if __name__ == "__main__":
    main()
