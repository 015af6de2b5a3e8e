"""What the commands share: options, JSON, tables, progress bars."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

PlantDir = Annotated[Path, typer.Argument(metavar="PLANT_DIR", help="the plant folder")]
AsJson = Annotated[bool, typer.Option("--json", help="print the result as JSON")]
Language = Annotated[Literal["en", "zh"], typer.Option("--lang", help="language of the output")]
Ladder = Annotated[
    Literal["auto", "always", "never"],
    typer.Option(
        "--ladder",
        help="choose history and richer parts by back-test: unless reports are very many, always, never",
    ),
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="equal seeds give equal results")]


def print_json(value: Any) -> None:
    """Print a value as JSON on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def print_line(text: str = "") -> None:
    """Print one line of plain text; it may hold brackets that are no markup."""
    _console().print(text, markup=False, highlight=False, soft_wrap=True)


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, title: str = "") -> None:
    """Print a table; columns that hold numbers are put to the right."""
    body = [list(map(str, row)) for row in rows]
    table = Table(title=title or None, title_justify="left", title_style="bold")
    for i, heading in enumerate(headings):
        is_number = bool(body) and all(_is_number(row[i]) for row in body)
        table.add_column(heading, justify="right" if is_number else "left", overflow="fold")
    for row in body:
        table.add_row(*[cell.replace("[", r"\[") for cell in row])
    _console().print(table)


class Bar:
    """A bar on a terminal: called with ``(done, total)``, perhaps told a result so far.

    Examples
    --------
    >>> bar = Bar()  # nobody looks: nothing is shown
    >>> bar(1, 2)
    >>> bar.tell("objective 12.0")
    """

    def __init__(self, progress: Progress | None = None, label: str = "") -> None:
        self._progress = progress
        self._label = label
        self._task = None if progress is None else progress.add_task(label, total=None)

    def __call__(self, done: int, total: int) -> None:
        """Show how much of a total is done."""
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, completed=done, total=total)

    def tell(self, text: str) -> None:
        """Show a result so far behind the label."""
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, description=f"{self._label} · {text}")


@contextmanager
def progress_bar(label: str) -> Iterator[Bar]:
    """Show a bar on standard error, fed by calls of ``(done, total)``.

    Where standard error is no terminal, one line says what is being done.
    """
    if not sys.stderr.isatty():
        sys.stderr.write(f"{label} …\n")
        yield Bar()
        return
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as progress:
        yield Bar(progress, label)


def number(value: float | None, *, digits: int = 1) -> str:
    """Return a number for a table; unknown is a dash.

    Examples
    --------
    >>> number(1234.56), number(None)
    ('1,234.6', '–')
    """
    return "–" if value is None or value != value else f"{value:,.{digits}f}"  # noqa: PLR0124


def _is_number(cell: str) -> bool:
    return bool(cell) and all(c in "0123456789.,+-–%≤≥ …" for c in cell)


def _console() -> Console:
    is_terminal = sys.stdout.isatty()
    return Console(width=None if is_terminal else 120)
