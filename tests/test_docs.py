"""Pages that are written from the code are current."""

from pathlib import Path
from unittest import mock

import pytest
from dotenv import dotenv_values

from bot import reference
from bot.config import PREFIX, Settings
from bot.reference import RENEW, ROOT, pages


@pytest.mark.parametrize("path", pages(), ids=str)
def test_a_page_is_what_the_code_says(path: Path) -> None:
    """`.env.example`, the settings and the commands are not written by hand."""
    found = (ROOT / path).read_text(encoding="utf-8") if (ROOT / path).exists() else ""

    assert found == pages()[path], f"{path} is not current. {RENEW}"


def test_renewing_writes_all_pages(tmp_path: Path) -> None:
    """What `make docs` does, in another folder: pages are made anew, and the design page gets its drawings back."""
    hand_written = (ROOT / "docs/design.md").read_text(encoding="utf-8").replace("stateDiagram", "stale")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/design.md").write_text(hand_written, encoding="utf-8")

    with mock.patch.object(reference, "ROOT", tmp_path):
        reference.main()

    assert {path: (tmp_path / path).read_text(encoding="utf-8") for path in pages()} == pages()


def test_the_example_lists_every_setting_with_its_default(tmp_path: Path) -> None:
    """Taken as it is, without the marks in front of each line, it changes nothing."""
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    (tmp_path / "example").write_text("\n".join(line.removeprefix("# ") for line in lines if PREFIX in line))

    example = {name.removeprefix(PREFIX).lower(): value for name, value in dotenv_values(tmp_path / "example").items()}

    assert list(example) == list(Settings.model_fields)
    given = {name: value for name, value in example.items() if value}
    assert Settings.model_validate(given) == Settings.model_validate({})


def test_the_example_as_it_stands_sets_nothing() -> None:
    """A copy of it is a .env with no setting: every line is a remark."""
    assert dotenv_values(ROOT / ".env.example") == {}
