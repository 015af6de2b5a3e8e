"""``zhizao schedule``: which resource does which operation when."""

import re
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
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
_SO_FAR = {"en": "objective so far", "zh": "当前目标值"}
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
            help="tardiness, late, makespan, setup, lead_time, moved, energy_cost, carbon; "
            "'a > b' by importance, 'a + 0.5 * b' weighted",
        ),
    ] = "tardiness > lead_time + setup",
    time: Annotated[str, typer.Option("--time", help="how long to search: 30s, 2min")] = "30s",
    gap: Annotated[
        float,
        typer.Option(
            "--gap", min=0.0, max=100.0, help="percent above the bound that is good enough to stop"
        ),
    ] = 0.0,
    iterations: Annotated[
        int | None,
        typer.Option("--iterations", min=0, help="moves of the search after which to stop"),
    ] = None,
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
    freeze: Annotated[
        str | None,
        typer.Option("--freeze", help="with --replan: what begins within this time stays: 2h"),
    ] = None,
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
    material: Annotated[
        Path | None,
        typer.Option(
            "--material", help="CSV with order_id, step, there_at: when material is there"
        ),
    ] = None,
    promise: Annotated[
        str | None,
        typer.Option(
            "--promise", help="PRODUCT=PIECES: when a further order of it can be promised"
        ),
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

        def on_progress(elapsed_s: float, value: float) -> None:
            search_bar(min(int(elapsed_s), int(seconds)), max(1, int(seconds)))
            search_bar.tell(f"{_SO_FAR[lang]} {value:,.4g}")

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
            iterations=iterations,
            gap=gap / 100.0,
            threads=threads,
            seed=seed,
            quantile=quantile,
            n_futures=futures,
            keep_close=replan,
            most_moved=move_limit / 100.0,
            frozen=timedelta(seconds=0.0 if freeze is None else read_seconds(freeze)),
            robust=robust,
            fix_order=fix,
            material=material,
            promised=None if promise is None else read_wish(promise),
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
    if planned.promise is not None:
        result["promise"] = {
            "planned_at": planned.promise.planned_at,
            "promised_at": planned.promise.promised_at,
            "probability": planned.promise.probability,
            "rush_at": planned.promise.rush_at,
            "rush_cost_h": planned.promise.rush_cost_h,
            "sentence": planned.promise.sentence(lang=lang, time_zone=planned.plant.time_zone),
        }
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
    for mark, sentences in _told(planned, lang=lang):
        for sentence in sentences:
            print_line(f"{mark} {sentence}")
    for warning in plan.warnings:
        print_line(f"! {warning}")


def _told(planned: "Planned", *, lang: "Lang") -> list[tuple[str, tuple[str, ...]]]:
    """Return a mark and sentences: of the difference, the choice, the fixes and the promise."""
    found: list[tuple[str, tuple[str, ...]]] = []
    if planned.difference is not None:
        found.append(("Δ", planned.difference.sentences(lang=lang)))
    if planned.robust is not None:
        found.append(("◇", planned.robust.sentences(lang=lang)))
    found.append(("→", tuple(one.sentence for one in planned.fixes)))
    if planned.promise is not None:
        zone = planned.plant.time_zone
        found.append(("◆", (planned.promise.sentence(lang=lang, time_zone=zone),)))
    return found


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


def read_wish(text: str) -> tuple[str, int]:
    """Return the product and the pieces that somebody asks for.

    Raises
    ------
    InputError
        If it is not a name, an equals sign and a whole number.

    Examples
    --------
    >>> read_wish("shaft=30")
    ('shaft', 30)
    """
    product, _, pieces = text.rpartition("=")
    if not product.strip() or not pieces.strip().isdigit():
        raise InputError(f"A promise is asked for '{text}', expected e.g. shaft=30.")
    return product.strip(), int(pieces)


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
