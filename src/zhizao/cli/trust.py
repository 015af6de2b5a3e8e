"""``zhizao trust``: how right the twin was about the plant's own past."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from zhizao.cli._terminal import (
    AsJson,
    Ladder,
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
    from zhizao.learn import Score

_LABELS = {"en": "back-testing", "zh": "用过去检验中"}
_HEADINGS = {
    "en": ["forecast", "median error, h", "pinball, h", "done by P50, %", "P80, %", "P90, %"],
    "zh": ["预测方法", "误差中位数(小时)", "分位损失(小时)", "P50 覆盖率 %", "P80 %", "P90 %"],
}
_TWIN = {"en": "twin", "zh": "孪生"}
_AS_SIMULATED = {"en": "twin, before its past corrected it", "zh": "孪生（未经历史校正）"}
_CHOSEN = {
    "en": "How it was learnt, chosen at the first cut-off: {sentence}",
    "zh": "学习方式(在第一个时刻选定):{sentence}",
}
_TO_COME = {
    "en": "{n} orders yet to come, promised from their planned release:",
    "zh": "{n} 张尚未投产的工单，按计划投产时间承诺：",
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
    ladder: Ladder = "auto",
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Predict past weeks from what was known then, and compare with what happened."""
    from zhizao.serve.steps import trust

    with progress_bar(_LABELS[lang]) as progress:
        result = trust(
            plant_dir, n_cutoffs=cutoffs, n_replications=replications, seed=seed, ladder=ladder,
            progress=progress,
        )  # fmt: skip
    if as_json:
        print_json(result.model_dump(mode="json"))
        return
    print_line(result.sentence if lang == "en" else result.sentence_zh)
    if result.chosen is not None:
        print_line(_CHOSEN[lang].format(sentence=result.chosen.sentence(lang=lang)))
    before = [(_AS_SIMULATED[lang], result.as_simulated)] if result.as_simulated else []
    print_table(
        _HEADINGS[lang],
        [
            _row(_TWIN[lang], result),
            *(_row(*b) for b in before),
            *_baselines(result.baselines, lang),
        ],
    )
    if result.promises is not None:
        print_line(_TO_COME[lang].format(n=result.promises.orders_scored))
        print_table(
            _HEADINGS[lang],
            [_row(_TWIN[lang], result.promises), *_baselines(result.promises.baselines, lang)],
        )
    print_line(f"→ {plant_dir}/trust.json")


def _baselines(scores: "Mapping[str, Score]", lang: Language) -> list[list[str]]:
    from zhizao.learn import method_name

    return [_row(method_name(name, lang=lang), score) for name, score in scores.items()]


def _row(name: str, score: "Score") -> list[str]:
    shares = (score.coverage_p50, score.coverage_p80, score.coverage_p90)
    return [
        name,
        number(score.median_abs_error_h),
        number(score.pinball_h),
        *(number(None if share is None else 100 * share, digits=0) for share in shares),
    ]
