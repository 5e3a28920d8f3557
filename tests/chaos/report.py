"""The page about a run: docs/reliability.md, written by the campaign and by nobody else."""

from collections.abc import Iterable

from tests.chaos.campaign import Run, Trial, totals

_HEAD = """# Nothing lost, nobody asked twice, no one let in

This page is written by `make chaos`; the figures are those of one run. The promises are tried on the real code: most
of them on the real process or over real HTTP, against the pretend Telegram of `bot/demo/`, with a clock that is turned.
"""
_AGAIN = """## Run it again

- `make chaos`: a short run of about five minutes, with new chance each time. It fails if any promise is broken.
- `.venv/bin/python -m tests.chaos --long --write`: the long run, which writes this page. It can be stopped at any
  moment; `--resume` goes on, also in several processes at once, each with trials of its own (`--only`). What came of
  every batch is in [reliability.json](reliability.json).
- `.venv/bin/python -m tests.chaos --seed {seed} --only NAME --batch NUMBER`: one batch by itself, as it was played
  (with `--long` if it was part of a long run).
"""


def page(run: Run, trials: Iterable[Trial]) -> str:
    """Return the page about a run."""
    kind = "long" if run.is_long else "short"
    days = sorted({batch.date for batches in run.played.values() for batch in batches})
    when = " to ".join(sorted({days[0], days[-1]})) if days else "never"
    lines = [
        _HEAD,
        f"A {kind} run, played {when} with seed {run.seed}, on {run.machine}.\n",
        "| promise | how it is tried | bar | found |",
        "| --- | --- | --- | --- |",
    ]
    lines += [f"| {trial.promise} | {trial.tried} | {trial.bar} | {_found(run, trial)} |" for trial in trials]
    return "\n".join([*lines, "", _AGAIN.format(seed=run.seed)])


def _found(run: Run, trial: Trial) -> str:
    batches = run.played.get(trial.name, [])
    if not batches:
        return "not played in this run"
    counts, peaks = totals(batches)
    parts = [f"{number:,} {name}" for name, number in counts.items()]
    parts += [f"{name}: {value:,.4g}" for name, value in peaks.items()]
    failed = [str(batch.number) for batch in batches if batch.failure]
    parts.append(f"**broken in batch {', '.join(failed)}**" if failed else "held")
    planned, minutes = run.size_of(trial).batches, sum(batch.seconds for batch in batches) / 60
    extent = "" if len(batches) == planned else f"{len(batches)} of {planned} batches, "
    return f"{'; '.join(parts)} (`{trial.name}`, {extent}{minutes:.1f} min)"
