"""``zhizao learn``: the plant, from its records."""

from typing import Annotated

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

_N_SHOWN = 15
_HEADLINE = {
    "en": "Learnt {n_values:,} values of {n_products} products and {n_resources} resources "
    "from {n_orders} orders, {n_finished} of them finished.",
    "zh": "从 {n_orders} 张工单(其中 {n_finished} 张已完成)学得 {n_products} 种产品、"
    "{n_resources} 个资源的 {n_values:,} 个数值。",
}
_HEADINGS = {
    "en": ["value", "n", "estimate", "95 % low", "high", "whose records"],
    "zh": ["数值", "样本数", "估计", "95 % 下限", "上限", "数据层级"],
}
_BEST_KNOWN = {"en": "the best known values", "zh": "样本最多的数值"}
_OPEN = {"en": "What the records cannot tell:", "zh": "记录无法说明、需要询问班组长的问题:"}


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

    with progress_bar("learning") as progress:
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
        print_line(learnt.chosen.sentence(lang=lang))
    shown = sorted(plant.provenances, key=lambda p: -p.n)[:_N_SHOWN]
    print_table(
        _HEADINGS[lang],
        [
            (
                p.where,
                f"{p.n:,}",
                number(p.value, digits=2),
                number(p.low, digits=2),
                number(p.high, digits=2),
                p.level,
            )
            for p in shown
        ],
        title=_BEST_KNOWN[lang],
    )
    print_line(_OPEN[lang])
    for question in learnt.questions:
        asked, consequence = question.text(lang)
        print_line(f"? {asked}")
        print_line(f"  {consequence}")
    print_line(f"→ {plant_dir}/*.csv  {plant_dir}/provenance.csv  {plant_dir}/learnt.json")
