"""``zhizao report``: one page to read or to print."""

from pathlib import Path
from typing import Annotated

import typer

from zhizao.cli._terminal import (
    AsJson,
    Language,
    PlantDir,
    print_json,
    print_line,
    progress_bar,
)

_LABELS = {"en": "writing the page", "zh": "生成报告"}


def command(
    plant_dir: PlantDir,
    out: Annotated[Path | None, typer.Option("--out", help="the HTML file to write")] = None,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Write one self-contained page: verdict, plant, trust, comparison."""
    from zhizao.serve.steps import report

    with progress_bar(_LABELS[lang]):
        path = report(plant_dir, lang=lang, out=out)
    if as_json:
        print_json({"report": str(path)})
    else:
        print_line(f"→ {path}")
