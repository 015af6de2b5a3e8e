"""``zhizao convert``: a plant folder to one workbook, and back."""

from pathlib import Path
from typing import Annotated

import typer

from zhizao.cli._terminal import AsJson, print_json, print_line, progress_bar


def command(
    source: Annotated[Path, typer.Argument(metavar="FROM", help="a plant folder or an .xlsx")],
    target: Annotated[Path, typer.Argument(metavar="TO", help="an .xlsx or a plant folder")],
    as_json: AsJson = False,
) -> None:
    """Write a plant folder as one .xlsx, or an .xlsx as a folder; nothing is lost."""
    from zhizao.model import read_plant, write_plant

    with progress_bar("converting"):
        write_plant(read_plant(source), target)
    if as_json:
        print_json({"written": str(target)})
    else:
        print_line(f"→ {target}")
