"""The list of commands, and what happens to errors."""

import json
import sys
from typing import Annotated

import typer

from zhizao import __version__
from zhizao._base.errors import InputError, ZhizaoError
from zhizao.cli import (
    convert,
    demo,
    diff,
    drop,
    learn,
    long_run,
    report,
    schedule,
    simulate,
    trust,
    try_,
)
from zhizao.cli._terminal import print_line

app = typer.Typer(
    name="zhizao",
    help=(
        "zhizao 智造: give it a plant's work-order records, get a twin with a measured accuracy, "
        "and try any change on it."
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _show_version(asked: bool) -> None:
    if asked:
        print_line(f"zhizao {__version__}")
        raise typer.Exit


@app.callback()
def _before_any_command(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="the version"),
    ] = False,
) -> None:
    """Take what comes before the name of a command."""


app.command("drop", short_help="records in, with a verdict on the data")(drop.command)
app.command("learn", short_help="a twin from the records")(learn.command)
app.command("trust", short_help="how right it was about past weeks")(trust.command)
app.command("try", short_help="scenarios against the plant as it is")(try_.command)
app.command("simulate", short_help="what would happen from now on")(simulate.command)
app.command("long-run", short_help="what the demand comes to in the long run")(long_run.command)
app.command("schedule", short_help="which resource does what when")(schedule.command)
app.command("report", short_help="one page to read or print")(report.command)
app.command("diff", short_help="what a scenario changes")(diff.command)
app.command("convert", short_help="folder to workbook and back")(convert.command)
app.command("demo", short_help="all steps on the embedded example")(demo.command)


_STOPPED = 130
"""Exit code of shells for what Ctrl-C ended."""
_STOPPED_LINE = "stopped; the step that ran has written nothing\n"


def main() -> None:
    """Run the command line and leave with its exit code."""
    try:
        app()
    except ZhizaoError as error:
        _show(error)
        sys.exit(2 if isinstance(error, InputError) else 1)
    except KeyboardInterrupt:
        sys.stderr.write(_STOPPED_LINE)
        sys.exit(_STOPPED)
    except SystemExit as leaving:
        if leaving.code == _STOPPED:  # typer ends so at Ctrl-C, without a word
            sys.stderr.write(_STOPPED_LINE)
        raise


def _show(error: ZhizaoError) -> None:
    if "--json" in sys.argv:
        report = {"error": {"kind": type(error).__name__, "message": str(error)}}
        sys.stdout.write(json.dumps(report, ensure_ascii=False, indent=2) + "\n")
    sys.stderr.write(f"error: {error}\n")
