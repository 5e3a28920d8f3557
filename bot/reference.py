"""Pages that are written from the code: `.env.example`, the settings and the commands. `make docs` renews them."""

from collections.abc import Iterator
from pathlib import Path

import click
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from bot.cli import alliance
from bot.config import PREFIX, Settings
from bot.diagrams import check_in_diagram, consent_diagram

ROOT = Path(__file__).parent.parent
RENEW = "Run 'make docs' to renew it."


def pages() -> dict[Path, str]:
    """Return what each generated file should hold, by its path within the project."""
    return {
        Path(".env.example"): env_example(),
        Path("docs/settings.md"): settings_page(),
        Path("docs/cli.md"): commands_page(),
        Path("docs/design.md"): design_page(),
    }


def main() -> None:
    """Write all pages."""
    for path, text in pages().items():
        (ROOT / path).parent.mkdir(exist_ok=True)
        (ROOT / path).write_text(text, encoding="utf-8")


def env_example() -> str:
    """Return every setting with its default, as it could stand in `.env`."""
    head = (
        "# Every setting with its default. 'alliance init' writes a .env with those that have none.\n"
        "# To change one, copy its line into .env without the # in front.\n"
    )
    return head + "".join(
        f"\n# {field.description}\n# {PREFIX}{name.upper()}={default_of(field)}\n"
        for name, field in Settings.model_fields.items()
    )


def settings_page() -> str:
    """Return a page with a table of the settings."""
    rows = "".join(
        f"| `{PREFIX}{name.upper()}` | {_code(default_of(field))} | {field.description} |\n"
        for name, field in Settings.model_fields.items()
    )
    return (
        "# Settings\n\n"
        "Environment variables, or lines in `.env` in the folder where the bot is started. The environment wins.\n"
        "A line of `.env` that can't be read is refused; `alliance doctor` names settings that don't exist.\n"
        "A setting's `…_FILE` wins over the setting itself, also over one in the environment.\n"
        f"This page is written from the code. {RENEW}\n\n"
        "| setting | default | what it is |\n| --- | --- | --- |\n" + rows
    )


def design_page() -> str:
    """Return the design page, with the two lives drawn from the decisions; the rest of it is written by hand."""
    page = (ROOT / "docs/design.md").read_text(encoding="utf-8")
    for name, diagram in (("consent", consent_diagram()), ("check-in", check_in_diagram())):
        before, _, rest = page.partition(f"<!-- generated: {name} -->")
        _, _, after = rest.partition("<!-- end -->")
        drawn = f"\n\n```mermaid\n{diagram}\n```\n\n"
        page = f"{before}<!-- generated: {name} -->{drawn}<!-- end -->{after}"
    return page


def default_of(field: FieldInfo) -> str:
    """Return a default as it would be written; empty for none."""
    default = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
    return "" if default is None else str(default)


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def commands_page() -> str:
    """Return a page with the help of every command."""
    parts = [
        "# Commands\n\n"
        "`python -m bot` is the same as `alliance`. Secrets and aliases are never arguments. Every failure is one line "
        "on standard error with a non-zero exit code.\n"
        f"This page is written from the code. {RENEW}\n"
    ]
    parts += [f"\n## `{name}`\n\n```\n{text}\n```\n" for name, text in _helps(alliance, "alliance", None)]
    return "".join(parts)


def _helps(command: click.Command, name: str, parent: click.Context | None) -> Iterator[tuple[str, str]]:
    """Yield each command with its help, at a width that does not depend on the terminal."""
    info_name = name if parent is None else command.name
    context = click.Context(command, parent, info_name, terminal_width=100, **command.context_settings)
    yield name, command.get_help(context)
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            found = command.get_command(context, child)
            if found is not None:
                yield from _helps(found, f"{name} {child}", context)


if __name__ == "__main__":
    main()
