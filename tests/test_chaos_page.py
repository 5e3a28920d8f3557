"""The published figures are those that the campaign has stored."""

from tests.chaos.__main__ import LONG, PAGE
from tests.chaos.campaign import load
from tests.chaos.report import page
from tests.chaos.trials import TRIALS


def test_the_page_of_figures_is_written_from_the_stored_run() -> None:
    """Nothing on it is typed by hand, and it describes the trials as they are."""
    renew = ".venv/bin/python -m tests.chaos --long --resume --only forgeries --write"

    assert PAGE.read_text(encoding="utf-8") == page(load(LONG), TRIALS), f"{PAGE} is not current. Run {renew}"
