"""``zhizao trust``: how right the twin was about the plant's own past."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from zhizao._base.memory import keep_freed_memory
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
    from zhizao.learn import Score, Trust

_LABELS = {"en": "back-testing", "zh": "用过去检验中"}
_HEADINGS = {
    "en": ["forecast", "median error, h", "pinball, h", "done by P50, %", "P80, %", "P90, %"],
    "zh": ["预测方法", "误差中位数（小时）", "分位损失（小时）", "P50 覆盖率 %", "P80 %", "P90 %"],
}
_COMBINED = {"en": "combined forecast", "zh": "综合预测"}
_TWIN = {"en": "twin with its past", "zh": "孪生（经自身历史校正）"}
_AS_SIMULATED = {"en": "twin as simulated", "zh": "孪生（仅按仿真）"}
_DATES = {
    "en": "{n} orders in progress, when they will be done ({forecast}):",
    "zh": "{n} 张在制工单的完工日期({forecast}):",
}
_DATE_HEADINGS = {
    "en": ["order", "reported last", "half done by (P50)", "nine in ten by (P90)"],
    "zh": ["工单", "最近报工工序", "半数完工 (P50)", "九成完工 (P90)"],
}
_SHOWN_ORDERS = 10
_HELD = {
    "en": "It held (P90 kept, no plain method nearer) for {products} of {of_products} products and after {stages} of {of_stages} operations of which enough orders were completed.",
    "zh": "在完工工单足够多的范围内，预测成立（P90 守住且没有简单方法更准）：{of_products} 种产品中 {products} 种，{of_stages} 道工序中 {stages} 道。",
}
_CHOSEN = {
    "en": "How it was learnt, chosen at the first cut-off: {sentence}",
    "zh": "学习方式（在第一个时刻选定）：{sentence}",
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
    threads: Annotated[
        int, typer.Option("--threads", min=1, help="past instants side by side")
    ] = 2,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Predict past weeks from what was known then, and compare with what happened."""
    keep_freed_memory()
    from zhizao.serve.steps import trust

    with progress_bar(_LABELS[lang]) as progress:
        result = trust(
            plant_dir, n_cutoffs=cutoffs, n_replications=replications, seed=seed, ladder=ladder,
            threads=threads, progress=progress,
        )  # fmt: skip
    if as_json:
        print_json(result.model_dump(mode="json"))
        return
    print_line(result.sentence if lang == "en" else result.sentence_zh)
    if result.chosen is not None:
        sentence = result.chosen.sentence(lang=lang, between="\n  - ")
        print_line(_CHOSEN[lang].format(sentence=sentence))
    twins = [
        (_COMBINED[lang], result.combined),
        (_TWIN[lang], result),
        (_AS_SIMULATED[lang], result.as_simulated),
    ]
    rows = [_row(name, score) for name, score in twins if score is not None]
    print_table(_HEADINGS[lang], [*rows, *_baselines(result.baselines, lang)])
    if result.promises is not None:
        print_line(_TO_COME[lang].format(n=result.promises.orders_scored))
        print_table(
            _HEADINGS[lang],
            [_row(_TWIN[lang], result.promises), *_baselines(result.promises.baselines, lang)],
        )
    _print_held(result, lang)
    _print_dates(result, lang)
    print_line(f"→ {plant_dir}/trust.json")


def _print_held(result: "Trust", lang: Language) -> None:
    """Print for how many products and stages the forecast held; the report draws them."""
    said = {
        by: [h for h in result.held if h.by == by and h.is_held is not None]
        for by in ("product", "stage")
    }
    if not any(said.values()):
        return
    counts = {f"{by}s": sum(bool(h.is_held) for h in held) for by, held in said.items()}
    print_line(
        _HELD[lang].format(**counts, **{f"of_{by}s": len(held) for by, held in said.items()})
    )


def _print_dates(result: "Trust", lang: Language) -> None:
    """Print when the orders in progress will be done, the earliest first; the rest is in the file."""
    if not result.open_orders:
        return
    forecast = (_COMBINED if result.dates_from == "combined" else _TWIN)[lang]
    zone = ZoneInfo(result.time_zone)
    print_line(_DATES[lang].format(n=len(result.open_orders), forecast=forecast))
    print_table(
        _DATE_HEADINGS[lang],
        [
            [
                o.order_id,
                o.stage,
                *(
                    "–" if at is None else f"{at.astimezone(zone):%Y-%m-%d}"
                    for at in (o.p50_at, o.p90_at)
                ),
            ]
            for o in result.open_orders[:_SHOWN_ORDERS]
        ],
    )
    if len(result.open_orders) > _SHOWN_ORDERS:
        print_line("…")


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
