"""``zhizao simulate``: what would happen from now on."""

from pathlib import Path
from typing import Annotated

import typer

from zhizao.cli._terminal import (
    AsJson,
    Language,
    PlantDir,
    Seed,
    number,
    print_json,
    print_line,
    print_table,
    progress_bar,
)

_LABELS = {"en": "simulating", "zh": "模拟中"}
_HEADINGS = {
    "en": ["KPI", "unit", "resource", "mean", "95 % low", "high"],
    "zh": ["指标", "单位", "资源", "均值", "95 % 下限", "上限"],
}


def command(
    plant_dir: PlantDir,
    weeks: Annotated[float, typer.Option("--weeks", help="how far ahead to look")] = 8.0,
    replications: Annotated[int, typer.Option("--replications", min=2, help="random futures")] = 40,
    seed: Seed = 0,
    records_into: Annotated[
        Path | None,
        typer.Option("--records-into", help="a Parquet file for the first future's records"),
    ] = None,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Simulate the plant as it is, from the last instant of its records."""
    from zhizao._base.words import say
    from zhizao.model import KPI_UNITS
    from zhizao.serve.steps import simulate

    with progress_bar(_LABELS[lang]) as progress:
        run = simulate(
            plant_dir,
            weeks=weeks,
            n_replications=replications,
            seed=seed,
            records_into=records_into,
            lang=lang,
            progress=progress,
        )
    if as_json:
        print_json(run.to_dict())
        return
    print_table(
        _HEADINGS[lang],
        [
            (
                say("zhizao.model", f"kpi_{e.kpi}", lang=lang),
                say("zhizao.model", f"unit_{KPI_UNITS[e.kpi] or 'share'}", lang=lang),
                e.resource or "",
                number(e.mean, digits=3),
                number(e.low, digits=3),
                number(e.high, digits=3),
            )
            for e in run.estimates
        ],
        title=f"{run.plant}: {run.start_at:%Y-%m-%d %H:%M} … {run.end_at:%Y-%m-%d %H:%M} ({run.start_at.tzinfo})",
    )
    for warning in run.warnings:
        print_line(f"! {warning}")
