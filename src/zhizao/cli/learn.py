"""``zhizao learn``: the plant, from its records."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

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
    from zhizao.model import Plant, Provenance, Routing

_LABELS = {"en": "learning", "zh": "学习中"}
_ENOUGH_ROWS = 15
"""Of the table of times: a product is shown whole, and no further one from here on."""
_HEADLINE = {
    "en": "Learnt {n_values:,} values of {n_products} products and {n_resources} resources "
    "from {n_orders} orders, {n_finished} of them finished.",
    "zh": "从 {n_orders} 张工单（其中 {n_finished} 张已完成）学得 {n_products} 种产品、"
    "{n_resources} 个资源的 {n_values:,} 个数值。",
}
_HEADINGS = {
    "en": ["product", "step", "operation", "min a lot", "95 % low", "high", "n", "whose records"],
    "zh": ["产品", "工步", "工序", "每批分钟", "95 % 下限", "上限", "样本数", "数据层级"],
}
_TIMES = {
    "en": "Working times at the usual quantity, of the products with the most records",
    "zh": "通常批量下的作业时间（记录最多的产品）",
}
_OPEN = {"en": "What the records cannot tell:", "zh": "记录无法说明、需要询问班组长的问题："}


def command(
    plant_dir: PlantDir,
    replace: Annotated[
        bool, typer.Option("--replace", help="overwrite a plant that a person wrote or changed")
    ] = False,
    seed: Seed = 0,
    ladder: Ladder = "auto",
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Learn routings, times, calendars, resources and demand; list what stays open."""
    keep_freed_memory()
    from zhizao.serve.steps import learn, learnt_summary

    with progress_bar(_LABELS[lang]) as progress:
        learnt = learn(plant_dir, replace=replace, seed=seed, ladder=ladder, progress=progress)
    plant = learnt.plant
    if as_json:
        provenances = [p.model_dump(mode="json") for p in plant.provenances]
        print_json({**learnt_summary(learnt), "provenances": provenances})
        return
    print_line(
        _HEADLINE[lang].format(
            n_values=len(plant.provenances),
            n_orders=learnt.n_orders,
            n_finished=learnt.n_finished,
            n_products=len(plant.products),
            n_resources=len(plant.resources),
        )
    )
    if learnt.chosen is not None:
        print_line(learnt.chosen.sentence(lang=lang, between="\n  - "))
    print_table(_HEADINGS[lang], _time_rows(plant), title=_TIMES[lang])
    print_line(_OPEN[lang])
    for question in learnt.questions:
        asked, consequence = question.text(lang)
        print_line(f"? {asked}")
        print_line(f"  {consequence}")
    print_line(f"→ {plant_dir}/*.csv  {plant_dir}/provenance.csv  {plant_dir}/learnt.json")


def _time_rows(plant: "Plant") -> list[list[str]]:
    """Return rows of the steps' working times, of as many products as make a table."""
    by_where = {p.where: p for p in plant.provenances}
    found = [[*_timed_steps(routing, by_where)] for routing in plant.routings]
    found.sort(key=lambda steps: -sum(p.n for _, p in steps))
    rows: list[list[str]] = []
    for steps in found:
        if len(rows) >= _ENOUGH_ROWS:
            break
        for names, p in steps:
            values = (number(v, digits=1) for v in (p.value, p.low, p.high))
            rows.append([*names, *values, f"{p.n:,}", p.level])
    return rows


def _timed_steps(
    routing: "Routing", by_where: "dict[str, Provenance]"
) -> "Iterator[tuple[tuple[str, str, str], Provenance]]":
    """Yield (product and variant, step, operation) and what the step's time rests on."""
    name = (
        routing.product if routing.variant == "main" else f"{routing.product} / {routing.variant}"
    )
    for step in routing.steps:
        where = f"routings/{routing.product}/{routing.variant}/{step.step}/time"
        if where in by_where:
            yield (name, str(step.step), step.operation), by_where[where]
