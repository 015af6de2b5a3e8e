"""``zhizao try``: scenarios against the plant as it is."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhizao._base.words import say
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

if TYPE_CHECKING:
    from zhizao.trial.comparison import KpiDifference

_LABELS = {"en": "trying", "zh": "试验中"}
_HEADINGS = {
    "en": [
        "KPI",
        "unit",
        "as it is",
        "with the change",
        "difference",
        "95 % low",
        "high",
        "± chance",
        "± data",
    ],
    "zh": ["指标", "单位", "现状", "改动后", "差异", "95 % 下限", "上限", "± 随机", "± 数据"],
}


def command(
    plant_dir: PlantDir,
    scenario: Annotated[
        list[Path],
        typer.Option("--scenario", help="a scenario file (TOML or JSON); repeat for more"),
    ],
    weeks: Annotated[float, typer.Option("--weeks", min=0.1, help="how far ahead to look")] = 8.0,
    replications: Annotated[
        int | None,
        typer.Option(
            "--replications",
            min=2,
            help="random futures, shared by all scenarios; 40 to 200 by the plant's size if absent",
        ),
    ] = None,
    seed: Seed = 0,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Compare scenarios with the plant as it is, each in the same random futures."""
    from zhizao.serve.steps import try_scenarios

    with progress_bar(_LABELS[lang]) as progress:
        result = try_scenarios(
            plant_dir,
            scenario,
            weeks=weeks,
            n_replications=replications,
            seed=seed,
            progress=progress,
        )
    if as_json:
        print_json(result.model_dump(mode="json"))
        return
    for trial in result.scenarios:
        print_line(trial.sentence if lang == "en" else trial.sentence_zh)
        print_table(
            _HEADINGS[lang],
            [
                [
                    _kpi_name(k, lang=lang),
                    say("zhizao.model", f"unit_{k.unit or 'share'}", lang=lang),
                    number(k.base, digits=3),
                    number(k.scenario, digits=3),
                    number(k.difference, digits=3),
                    number(k.low, digits=3),
                    number(k.high, digits=3),
                    number(k.chance, digits=3),
                    number(k.data, digits=3),
                ]
                for k in trial.kpis
            ],
            title=trial.name,
        )
        print_line(trial.support_text(lang=lang))
        for warning in trial.warnings:
            print_line(f"! {warning.text if lang == 'en' else warning.text_zh}")
    print_line(f"→ {plant_dir}/comparison.json")


def _kpi_name(difference: "KpiDifference", *, lang: Language) -> str:
    name = say("zhizao.model", f"kpi_{difference.kpi}", lang=lang)
    return name if difference.resource is None else f"{name} {difference.resource}"
