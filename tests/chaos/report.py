"""The page about a run: docs/reliability.md, written by the campaign and by nobody else."""

from collections.abc import Iterable

from tests.chaos.campaign import Played, Run, Trial, totals

_HEAD = """# Nothing lost, nobody asked twice, no one let in

This page is written by `make chaos`; the figures are those of one run. The promises are tried on the real code: most
of them on the real process or over real HTTP, against the pretend Telegram of `bot/demo/`, with a clock that is turned.
"""
_TABLE = """| promise | trial | outcome | played |
| --- | --- | --- | --- |"""
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
    shown = list(trials)
    return "\n".join(
        [
            _HEAD,
            f"A {_kind(run)} run, played {_when(run)} with seed {run.seed}, on {run.machine}.\n",
            _TABLE,
            *(_row(run, trial) for trial in shown),
            "",
            *(_section(run, trial) for trial in shown),
            _AGAIN.format(seed=run.seed),
        ]
    )


def _kind(run: Run) -> str:
    return "long" if run.is_long else "short"


def _when(run: Run) -> str:
    return _days([batch for batches in run.played.values() for batch in batches])


def _days(batches: list[Played]) -> str:
    """Return the first and the last day on which something was played."""
    days = sorted({batch.date for batch in batches})
    return " to ".join(sorted({days[0], days[-1]})) if days else "never"


def _row(run: Run, trial: Trial) -> str:
    batches = _batches(run, trial)
    planned, minutes = run.size_of(trial).batches, sum(batch.seconds for batch in batches) / 60
    extent = f"{len(batches)} of {planned} batches, {minutes:.0f} min, {_days(batches)}"
    return f"| {trial.promise} | [{trial.name}](#{trial.name}) | {_outcome(batches, planned)} | {extent} |"


def _outcome(batches: list[Played], planned: int) -> str:
    failed = [str(batch.number) for batch in batches if batch.failure]
    if failed:
        return f"**broken in batch {', '.join(failed)}**"
    if len(batches) < planned:
        return "held so far" if batches else "not played"
    return "held"


def _section(run: Run, trial: Trial) -> str:
    return f"""## {trial.name}

{trial.promise}.

- **Tried:** {trial.tried}.
- **Bar:** {trial.bar}.
- **Found:** {_found(_batches(run, trial), run.size_of(trial).batches)}.
"""


def _found(batches: list[Played], planned: int) -> str:
    counts, peaks = totals(batches)
    figures = [f"{name.replace('_', ' ')}: {number:,}" for name, number in counts.items()]
    figures += [f"{name}: {value:,.4g}" for name, value in peaks.items()]
    return "; ".join([*figures, _outcome(batches, planned)])


def _batches(run: Run, trial: Trial) -> list[Played]:
    return run.played.get(trial.name, [])
