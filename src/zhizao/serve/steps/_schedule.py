"""A plan of a folder's orders from now on, with its risk, its page and its tables."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypedDict
from zoneinfo import ZoneInfo

from zhizao._base.errors import InputError, did_you_mean
from zhizao._base.files import write_files
from zhizao._base.progress import Progress
from zhizao._base.words import Lang
from zhizao.model import Plant, Schedule, ShopState
from zhizao.schedule import (
    DEFAULT_OBJECTIVE,
    Fix,
    PlanDifference,
    PlanRisk,
    RobustPlan,
    fixes,
    plan_risk,
    replan,
    robust_schedule,
)
from zhizao.schedule import schedule as schedule_plant
from zhizao.serve.plan import plan_files, plan_html
from zhizao.serve.steps._folder import open_folder
from zhizao.trial.folder import shop_now

PLAN_FOLDER = "plan"


class _Asked(TypedDict):
    """What each way to plan takes."""

    now: datetime
    state: ShopState | None
    objective: str
    threads: int
    seed: int
    on_progress: Callable[[float, float], bool | None] | None
    lang: Lang


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A plan, its risk where it was asked for, and where it was written."""

    plant: Plant
    plan: Schedule
    risk: PlanRisk | None
    folder: Path
    difference: PlanDifference | None = None
    """Against the plan that lay in the folder, where the new one was to stay close to it."""
    fixes: tuple[Fix, ...] = ()
    """What would make the order earlier that was asked about."""
    robust: RobustPlan | None = None
    """What the plan was chosen from, where it was chosen by its risk."""


def schedule(
    plant_dir: Path | str,
    *,
    until: datetime | None = None,
    objective: str = DEFAULT_OBJECTIVE,
    seconds: float | None = 30.0,
    iterations: int | None = None,
    threads: int = 2,
    seed: int = 0,
    quantile: float | None = None,
    n_futures: int = 100,
    keep_close: bool = False,
    most_moved: float = 0.1,
    robust: bool = False,
    fix_order: str | None = None,
    lang: Lang = "en",
    on_progress: Callable[[float, float], bool | None] | None = None,
    progress: Progress | None = None,
) -> Planned:
    """Plan the orders of a folder from its last known instant and write ``plan/``.

    Parameters
    ----------
    plant_dir : path
        The plant folder.
    until : datetime, optional
        Only orders that are released by then; without a time zone, in the plant's.
    objective, seconds, iterations, threads, seed, quantile
        As for ``zhizao.schedule.schedule``; a close or a robust plan is stopped by seconds.
    n_futures : int
        Runs of the twin for the plan's risk; 0: none.
    keep_close : bool
        Begin from the folder's ``plan/plan.json`` and move little of the next shift.
    most_moved : float
        Then: share of the next shift's operations that may move, 0 to 1.
    robust : bool
        Make several plans and choose the one whose orders are late least often in the twin.
    fix_order : str, optional
        A late order: also plan what would make it earlier, with a tenth of the seconds each.
    lang : {"en", "zh"}
        Language of the page and the warnings.
    on_progress : callable, optional
        Called with (seconds, objective) at each better plan; True ends the search.
    progress : callable, optional
        Called with (done, total) as the twin runs the plan.

    Raises
    ------
    InputError
        If the folder has faults or no routings yet; if a plan is to be both close and robust,
        or either without seconds.
    """
    if keep_close and robust:
        raise InputError(
            "A re-plan stays close to one plan; a robust plan is chosen from several. Leave out "
            "--replan or --robust."
        )
    if not 0.0 <= most_moved <= 1.0:
        raise InputError(
            f"Of the next shift's operations {most_moved:.0%} may move, expected 0 to 100 %."
        )
    if seconds is None and (keep_close or robust or fix_order is not None):
        raise InputError(
            "A re-plan, a robust plan and what would make an order earlier need seconds to search."
        )
    folder = open_folder(plant_dir, with_records=False)
    plant = folder.plant_file.plant
    if not plant.routings:
        raise InputError(
            f"The plant in '{folder.path}' has no routings yet. "
            f"Learn it first: zhizao learn {folder.path}"
        )
    now = shop_now(plant, folder.plant_file.orders, folder.records)
    started = {lot.order_id for lot in now.state.lots} if now.state else set()
    if until is not None and until.tzinfo is None:
        until = until.replace(tzinfo=ZoneInfo(plant.time_zone))
    orders = [
        o
        for o in now.orders
        if until is None or o.id in started or o.release_at is None or o.release_at <= until
    ]
    known = [o.id for o in orders]
    if fix_order is not None and fix_order not in known:
        raise InputError(
            f"Order '{fix_order}' is not among the {len(known)} open orders."
            + did_you_mean(fix_order, known)
        )
    asked = _Asked(
        now=now.at,
        state=now.state,
        objective=objective,
        threads=threads,
        seed=seed,
        on_progress=on_progress,
        lang=lang,
    )
    difference, choice = None, None
    if keep_close and seconds is not None:
        previous = _previous(folder.path / PLAN_FOLDER / "plan.json")
        new = replan(plant, orders, previous, seconds=seconds, most_moved=most_moved, **asked)
        plan, difference = new.plan, new.difference
    elif robust and seconds is not None:
        choice = robust_schedule(
            plant,
            orders,
            seconds=seconds,
            quantile=quantile,
            n_futures=max(2, n_futures),
            progress=progress,
            **asked,
        )
        plan = choice.plan
    else:
        plan = schedule_plant(
            plant, orders, seconds=seconds, iterations=iterations, quantile=quantile, **asked
        )
    warnings = (*plan.warnings, *now.warnings(lang=lang))
    plan = plan.model_copy(update={"warnings": warnings})
    risk = None
    if n_futures > 0 and plan.is_feasible and plan.orders:
        risk = plan_risk(
            plant,
            orders,
            plan,
            state=now.state,
            n_futures=n_futures,
            seed=seed,
            n_threads=threads,
            progress=progress,
            lang=lang,
        )
    found: tuple[Fix, ...] = ()
    if fix_order is not None and seconds is not None:
        found = fixes(
            plant,
            orders,
            plan,
            fix_order,
            state=now.state,
            objective=objective,
            seconds=max(1.0, seconds / 10.0),
            threads=threads,
            seed=seed,
            lang=lang,
        )
    target = folder.path / PLAN_FOLDER
    html = plan_html(plan, plant, risk=risk, lang=lang).encode()
    contents = plan_files(plan, risk, time_zone=plant.time_zone) | {"plan.html": html}
    write_files(target, contents)
    return Planned(
        plant=plant,
        plan=plan,
        risk=risk,
        folder=target,
        difference=difference,
        fixes=found,
        robust=choice,
    )


def _previous(path: Path) -> Schedule:
    """Read the plan that lies in a folder.

    Raises
    ------
    InputError
        If there is none, or it is not a plan.
    """
    if not path.is_file():
        raise InputError(f"There is no plan at '{path}' to stay close to; plan without --replan.")
    try:
        return Schedule.model_validate_json(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"'{path}' is not a plan: {error}") from error
