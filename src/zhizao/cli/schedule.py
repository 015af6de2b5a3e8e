"""``zhizao schedule``: which resource does which operation when."""

import re
from contextlib import ExitStack
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from zhizao._base.errors import InputError
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
    from zhizao._base.progress import Progress as ProgressCall
    from zhizao._base.words import Lang
    from zhizao.model import Schedule
    from zhizao.schedule import RobustPlan
    from zhizao.serve.steps import Planned

_SECONDS = {"s": 1.0, "min": 60.0, "m": 60.0, "h": 3600.0, "": 1.0}
_HEADINGS = {
    "en": ["order", "due", "planned", "hours late", "why"],
    "zh": ["工单", "交期", "计划完成", "晚（小时）", "原因"],
}
_LABELS = {
    "en": ("planning; Ctrl-C keeps the best plan so far", "running the plan in the twin"),
    "zh": ("排程中；Ctrl-C 保留当前最好的结果", "在孪生中运行该排程"),
}
_WROTE = {"en": "Written: {path}", "zh": "已写入：{path}"}
_MOST_LATE = 10


def command(
    plant_dir: PlantDir,
    until: Annotated[
        datetime | None,
        typer.Option("--until", help="only orders that are released by then"),
    ] = None,
    objective: Annotated[
        str,
        typer.Option(
            "--objective",
            help="tardiness, late, makespan, setup, lead_time, energy_cost, carbon; "
            "'a > b' by importance, 'a + 0.5 * b' weighted",
        ),
    ] = "tardiness > lead_time + setup",
    time: Annotated[str, typer.Option("--time", help="how long to search: 30s, 2min")] = "30s",
    threads: Annotated[int, typer.Option("--threads", min=1, help="searches side by side")] = 2,
    quantile: Annotated[
        float | None,
        typer.Option("--quantile", help="plan with working times at this probability, not means"),
    ] = None,
    futures: Annotated[
        int, typer.Option("--futures", min=0, help="runs of the twin for the plan's risk; 0: none")
    ] = 100,
    replan: Annotated[
        bool, typer.Option("--replan", help="stay close to the plan that lies in plan/")
    ] = False,
    move_limit: Annotated[
        float,
        typer.Option(
            "--move-limit",
            min=0.0,
            max=100.0,
            help="with --replan: percent of the next shift's operations that may move",
        ),
    ] = 10.0,
    robust: Annotated[
        bool,
        typer.Option(
            "--robust", help="make several plans; take the one that is late least often in the twin"
        ),
    ] = False,
    fix: Annotated[
        str | None,
        typer.Option("--fix", help="a late order: also plan what would make it earlier"),
    ] = None,
    seed: Seed = 0,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Plan the open orders from the last instant of the records; write plan/ with page and tables."""
    from zhizao.serve.steps import schedule

    seconds = read_seconds(time)
    labels = _LABELS[lang]
    with ExitStack() as shown:
        search_bar = shown.enter_context(progress_bar(labels[0]))
        twin_bars: list[ProgressCall] = []

        def on_progress(elapsed_s: float, _objective: float) -> None:
            search_bar(int(elapsed_s), max(1, int(seconds)))

        def progress(done: int, total: int) -> None:
            if not twin_bars:
                shown.close()
                twin_bars.append(shown.enter_context(progress_bar(labels[1])))
            twin_bars[0](done, total)

        planned = schedule(
            plant_dir,
            until=until,
            objective=objective,
            seconds=seconds,
            threads=threads,
            seed=seed,
            quantile=quantile,
            n_futures=futures,
            keep_close=replan,
            most_moved=move_limit / 100.0,
            robust=robust,
            fix_order=fix,
            lang=lang,
            on_progress=on_progress,
            progress=progress,
        )
    if as_json:
        print_json(_to_json(planned, lang=lang))
        return
    _print_plan(planned, lang=lang)
    print_line(_WROTE[lang].format(path=(planned.folder / "plan.html").resolve()))


def _to_json(planned: "Planned", *, lang: "Lang") -> dict[str, Any]:
    plan, risk = planned.plan, planned.risk
    result = plan.model_dump(mode="json") | {"gap": plan.gap}
    if risk is not None:
        result["risk"] = [
            {"order_id": o.order_id, "on_time": o.on_time, "p50_at": o.p50_at, "p90_at": o.p90_at}
            for o in risk.orders
        ]
    if planned.difference is not None:
        moved = planned.difference
        result["difference"] = moved.sentences(lang=lang)
        result["moves"] = {
            "counted": moved.n_counted,
            "moved": len(moved.moved),
            "forced": moved.n_forced,
        }
    if planned.robust is not None:
        result["robust"] = _to_choice(planned.robust, lang=lang)
    result["fixes"] = [one.sentence for one in planned.fixes]
    return result


def _to_choice(choice: "RobustPlan", *, lang: "Lang") -> dict[str, Any]:
    return {
        "sentences": choice.sentences(lang=lang),
        "candidates": [
            {
                "kind": c.kind,
                "amount": c.amount,
                "work_centre": c.work_centre,
                "value": c.plan.value,
                "strictly_late": c.strictly_late,
                "freely_late": c.freely_late,
                "is_chosen": c is choice.chosen,
            }
            for c in choice.candidates
        ],
    }


def _print_plan(planned: "Planned", *, lang: "Lang") -> None:
    from zhizao.serve.plan import kpi_lines

    plan = planned.plan
    for cause in plan.causes:
        print_line(f"✗ {cause.sentence}")
    if plan.is_feasible:
        for value, what in kpi_lines(plan, planned.risk, lang=lang):
            print_line(f"{value:>10}  {what}")
        _print_late(plan, zone=planned.plant.time_zone, lang=lang)
    if planned.difference is not None:
        for sentence in planned.difference.sentences(lang=lang):
            print_line(f"Δ {sentence}")
    if planned.robust is not None:
        for sentence in planned.robust.sentences(lang=lang):
            print_line(f"◇ {sentence}")
    for one in planned.fixes:
        print_line(f"→ {one.sentence}")
    for warning in plan.warnings:
        print_line(f"! {warning}")


def _print_late(plan: "Schedule", *, zone: str, lang: str) -> None:
    if not plan.why_late:
        return
    local = ZoneInfo(zone)
    orders = {o.order_id: o for o in plan.orders}
    rows = []
    for why in plan.why_late[:_MOST_LATE]:
        order = orders[why.order_id]
        due = "–" if order.due_at is None else f"{order.due_at.astimezone(local):%m-%d %H:%M}"
        ends = f"{order.end_at.astimezone(local):%m-%d %H:%M}"
        rows.append([why.order_id, due, ends, number(why.late_h), why.sentence])
    print_table(_HEADINGS[lang], rows)


def read_seconds(text: str) -> float:
    """Return the seconds that a duration names.

    Raises
    ------
    InputError
        If it is not a number followed by s, min or h.

    Examples
    --------
    >>> read_seconds("30s"), read_seconds("2min")
    (30.0, 120.0)
    """
    match = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*(s|min|m|h|)\s*", text)
    if match is None:
        raise InputError(f"The time to search is '{text}', expected e.g. 30s, 2min or 1h.")
    return float(match[1]) * _SECONDS[match[2]]
