"""``zhizao trust``: how right the twin was about the plant's own past."""

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

_HEADINGS = {
    "en": ["forecast", "median error, h", "done by P50, %", "done by P90, %"],
    "zh": ["预测方法", "误差中位数(小时)", "P50 覆盖率 %", "P90 覆盖率 %"],
}
_TWIN = {"en": "twin", "zh": "孪生"}
_BASELINES_ZH = {
    "mean remaining lead time at that stage": "该阶段的平均剩余周期",
    "whole past orders resampled": "历史整单重抽样",
}


def command(
    plant_dir: PlantDir,
    cutoffs: Annotated[
        int, typer.Option("--cutoffs", min=1, help="past instants to predict from")
    ] = 6,
    replications: Annotated[
        int, typer.Option("--replications", min=2, help="random futures from each")
    ] = 50,
    seed: Seed = 0,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Predict past weeks from what was known then, and compare with what happened."""
    from zhizao.serve.steps import trust

    with progress_bar("back-testing") as progress:
        result = trust(
            plant_dir, n_cutoffs=cutoffs, n_replications=replications, seed=seed, progress=progress
        )
    if as_json:
        print_json(result.model_dump(mode="json"))
        return
    print_line(result.sentence if lang == "en" else result.sentence_zh)
    rows = [(_TWIN[lang], result), *result.baselines.items()]
    print_table(
        _HEADINGS[lang],
        [
            [
                name if lang == "en" else _BASELINES_ZH.get(name, name),
                number(score.median_abs_error_h),
                number(None if score.coverage_p50 is None else 100 * score.coverage_p50, digits=0),
                number(None if score.coverage_p90 is None else 100 * score.coverage_p90, digits=0),
            ]
            for name, score in rows
        ],
    )
    print_line(f"→ {plant_dir}/trust.json")
