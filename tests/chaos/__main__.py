"""Try the promises: `python -m tests.chaos`. Ends with code 1 if any is broken."""

import sys
from pathlib import Path
from random import SystemRandom

import click

from bot import logs
from tests.chaos.campaign import CannotTry, Run, Trial, load, machine, totals
from tests.chaos.report import page
from tests.chaos.trials import TRIALS

SHORT, LONG = Path(".chaos/short.json"), Path("docs/reliability.json")
"""What came of the last run of each length, batch by batch."""
PAGE = Path("docs/reliability.md")


@click.command()
@click.option("--long", "is_long", is_flag=True, help="Try everything as hard as the bars say. Takes hours.")
@click.option("--resume", is_flag=True, help="Go on with the last run of that length.")
@click.option("--seed", type=int, help="Play with this chance instead of a new one.")
@click.option("--only", multiple=True, type=click.Choice([trial.name for trial in TRIALS]), help="Only this trial.")
@click.option("--batch", type=int, help="Only the batch of this number.")
@click.option("--write", is_flag=True, help=f"Write {PAGE} at the end.")
def main(
    *, is_long: bool, resume: bool, seed: int | None, only: tuple[str, ...], batch: int | None, write: bool
) -> None:
    """Try the promises."""
    logs.configure("CRITICAL", ())  # what goes wrong on purpose is no news
    file = LONG if is_long else SHORT
    run = load(file) if resume else _new_run(seed, file, is_long=is_long)
    click.echo(f"Seed {run.seed}.")
    chosen = [trial for trial in TRIALS if not only or trial.name in only]
    held = [_play(run, trial, file, batch) for trial in chosen]
    if write:
        PAGE.write_text(page(run, TRIALS), encoding="utf-8")
    sys.exit(0 if all(held) else 1)


def _new_run(seed: int | None, file: Path, *, is_long: bool) -> Run:
    file.unlink(missing_ok=True)
    drawn = SystemRandom().randrange(10**8) if seed is None else seed
    return Run(drawn, is_long, machine())


def _play(run: Run, trial: Trial, file: Path, batch: int | None) -> bool:
    """Play what is missing of a trial. Return whether the promise held."""
    click.echo(f"{trial.name}: {trial.promise}")
    for number in [batch] if batch else list(run.missing(trial)):
        try:
            played = run.play(trial, number)
        except CannotTry as why:
            click.echo(f"  not tried: {why}")
            break
        run.save(file)
        if played.failure:
            click.echo(f"  batch {number} of seed {run.seed} is broken: {played.failure}")
    batches = run.played.get(trial.name, [])
    counts, peaks = totals(batches)
    figures = [f"{value} {name}" for name, value in counts.items()] + [
        f"{name} {value:.4g}" for name, value in peaks.items()
    ]
    click.echo(f"  {', '.join(figures)} in {sum(one.seconds for one in batches):.0f} s")
    return not any(one.failure for one in batches)


if __name__ == "__main__":
    main()
