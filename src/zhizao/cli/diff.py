"""``zhizao diff``: what a scenario changes, or how two differ."""

from pathlib import Path
from typing import Annotated

import typer

from zhizao.cli._terminal import AsJson, Language, PlantDir, print_json, print_line, print_table


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
        print_json([d.model_dump(mode="json") for d in differences])
        return
    print_table(["what", "before", "after"], [[d.what, d.before, d.after] for d in differences])
    print_line(f"{len(differences)}")
