"""The operator's command line: `alliance`, also `python -m bot`."""

import io
import sys

import click

from bot.cli import archive, copying, data, doctoring, people, process, retrying, sessions, setting_up
from bot.cli.failures import explain


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def alliance() -> None:
    """Run a Telegram bot for short check-ins between therapy sessions."""


for _command in (
    setting_up.init,
    process.run,
    process.demo,
    doctoring.doctor,
    retrying.retry,
    people.therapist,
    sessions.session,
    process.simulate,
    archive.backup,
    archive.restore,
    copying.copy_database,
    data.export,
    data.erase,
    process.version,
):
    alliance.add_command(_command)


def main() -> None:
    """Carry out what the command line says, and exit. Every failure is one line on standard error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a name must not fail on a terminal that lacks a letter
    try:
        code = alliance.main(prog_name="alliance", standalone_mode=False)
    except Exception as error:
        failure = explain(error)
        click.echo(failure.text, err=True)
        code = failure.exit_code
    sys.exit(code)
