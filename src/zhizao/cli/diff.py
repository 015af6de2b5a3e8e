"""``zhizao diff``: what a scenario changes, or how two differ."""

from pathlib import Path
from typing import Annotated

import typer

from zhizao.cli._terminal import AsJson, Language, PlantDir, print_json, print_line

_NONE = {"en": "No difference.", "zh": "没有差异。"}


def command(
    plant_dir: PlantDir,
    scenario: Annotated[
        list[Path],
        typer.Option("--scenario", help="one: against the plant as it is; two: against each other"),
    ],
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Show what a scenario changes in the plant, or how two scenarios differ."""
    from zhizao.serve.steps import diff_scenarios

    differences = diff_scenarios(plant_dir, scenario, lang=lang)
    if as_json:
        print_json([{"what": d.what, "before": d.before, "after": d.after} for d in differences])
        return
    for difference in differences:
        print_line(difference.line)
    if not differences:
        print_line(_NONE[lang])
