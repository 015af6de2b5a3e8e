"""``zhizao learn``: the plant, from its records."""

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


def command(
    plant_dir: PlantDir,
    replace: Annotated[
        bool, typer.Option("--replace", help="overwrite a plant that a person wrote or changed")
    ] = False,
    seed: Seed = 0,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Learn routings, times, calendars, resources and demand; list what stays open."""
    from zhizao.serve.steps import learn

    with progress_bar("learning") as progress:
        learnt = learn(plant_dir, replace=replace, seed=seed, progress=progress)
    if as_json:
        print_json(learnt.model_dump(mode="json"))
        return
    print_line(learnt.headline(lang=lang))
    print_table(
        ["value", "n", "estimate", "95 % low", "high", "whose records"],
        [
            [p.where, str(p.n), number(p.value, digits=2), number(p.low, digits=2), number(p.high, digits=2), p.level]
            for p in learnt.largest_provenances(20)
        ],
    )
    for question in learnt.questions:
        print_line(f"? {question.text(lang=lang)}")
    print_line()
    print_line(f"→ {plant_dir}/*.csv, {plant_dir}/provenance.csv")
