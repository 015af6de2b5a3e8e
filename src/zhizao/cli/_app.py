"""The list of commands, and what happens to errors."""

import json
import sys

import typer

from zhizao._base.errors import InputError, ZhizaoError
from zhizao.cli import convert, demo, diff, drop, learn, report, simulate, trust, try_

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

app.command("drop")(drop.command)
app.command("learn")(learn.command)
app.command("trust")(trust.command)
app.command("try")(try_.command)
app.command("simulate")(simulate.command)
app.command("report")(report.command)
app.command("diff")(diff.command)
app.command("convert")(convert.command)
app.command("demo")(demo.command)


def main() -> None:
    """Run the command line and leave with its exit code."""
    try:
        app()
    except ZhizaoError as error:
        _show(error)
        sys.exit(2 if isinstance(error, InputError) else 1)
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
        sys.exit(130)


def _show(error: ZhizaoError) -> None:
    if "--json" in sys.argv:
        report = {"error": {"kind": type(error).__name__, "message": str(error)}}
        sys.stdout.write(json.dumps(report, ensure_ascii=False, indent=2) + "\n")
    sys.stderr.write(f"error: {error}\n")
