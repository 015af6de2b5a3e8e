"""``zhizao demo``: all steps on the embedded example.

The records of the example were produced by an independent model and spoilt as
real ones are (``examples/workshop`` in the repository); the truth lies beside
them in ``truth.json``.
"""

import shutil
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated

import typer

from zhizao._base.errors import InputError
from zhizao.cli._terminal import AsJson, Language, Seed, print_json, print_line, progress_bar

_NAME = "Lakeside Gearworks 湖畔齿轮"
_TIME_ZONE = "Asia/Shanghai"
_MARKER = "example.txt"
_STEPS = {
    "en": ("1 drop: reading the records", "2 learn: learning the plant", "3 trust: predicting past weeks", "4 try: trying three changes", "5 schedule: planning the open orders"),
    "zh": ("1 导入：读取记录", "2 学习：学习工厂", "3 信任：预测过去几周", "4 试验：试三个方案", "5 排程：为未完工单排程"),
}  # fmt: skip
_REPORT = {"en": "The report: {path}", "zh": "报告：{path}"}
_PLAN = {"en": "The plan:   {path}", "zh": "排程：{path}"}
_THREADS = 2
_N_ITERATIONS = 100_000
"""Of the plan's search: under a second, and the same plan on every machine."""


def command(
    into: Annotated[Path, typer.Option("--into", help="folder for the example plant")] = Path(
        "demo"
    ),
    seed: Seed = 0,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Run all steps on the embedded example and say what a manager would want to know."""
    from zhizao.serve.report import five_sentences
    from zhizao.serve.steps import drop, learn, report, schedule, trust, try_scenarios

    _check_folder(into)
    labels = _STEPS[lang]
    with as_file(files("zhizao.cli") / "example_data") as example:
        with progress_bar(labels[0]) as progress:
            tables = [example / "operations.csv", example / "orders.csv"]
            drop(tables, into=into, time_zone=_TIME_ZONE, name=_NAME, progress=progress)
        (into / _MARKER).write_text("made by zhizao demo; the next demo may overwrite it\n")
        scenarios = sorted((example / "scenarios").glob("*.toml"))
        (into / "scenarios").mkdir(exist_ok=True)
        for scenario in scenarios:
            shutil.copyfile(scenario, into / "scenarios" / scenario.name)
    with progress_bar(labels[1]) as progress:
        learn(into, replace=True, seed=seed, progress=progress)
    with progress_bar(labels[2]) as progress:
        trust(into, seed=seed, threads=_THREADS, progress=progress)
    with progress_bar(labels[3]) as progress:
        copies = [into / "scenarios" / scenario.name for scenario in scenarios]
        try_scenarios(into, copies, seed=seed, progress=progress)
    with progress_bar(labels[4]) as progress:
        planned = schedule(
            into, seconds=None, iterations=_N_ITERATIONS, seed=seed, lang=lang, progress=progress
        )
    plan_path = planned.folder / "plan.html"
    paths = [report(into, lang="en"), report(into, lang="zh")]
    sentences = five_sentences(into, lang=lang)
    path = paths[0] if lang == "en" else paths[1]
    if as_json:
        print_json(
            {"sentences": sentences, "reports": [str(p) for p in paths], "plan": str(plan_path)}
        )
        return
    for number, sentence in enumerate(sentences, start=1):
        print_line(f"{number}. {sentence}")
    print_line()
    print_line(_REPORT[lang].format(path=path.resolve()))
    print_line(_PLAN[lang].format(path=plan_path.resolve()))


def _check_folder(into: Path) -> None:
    """Refuse to overwrite a plant that is not an earlier demo's."""
    if into.is_dir() and any(into.iterdir()) and not (into / _MARKER).is_file():
        raise InputError(
            f"The folder '{into}' holds something that no demo made; "
            "give an empty or new folder with --into."
        )
