"""A plan of a folder's orders from now on, with its risk, its page and its tables."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from zhizao._base.errors import InputError
from zhizao._base.files import write_files
from zhizao._base.progress import Progress
from zhizao._base.words import Lang
from zhizao.model import Plant, Schedule
from zhizao.schedule import DEFAULT_OBJECTIVE, PlanRisk, plan_risk
from zhizao.schedule import schedule as schedule_plant
from zhizao.serve.plan import plan_files, plan_html
from zhizao.serve.steps._folder import open_folder
from zhizao.trial.folder import shop_now

PLAN_FOLDER = "plan"


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A plan, its risk where it was asked for, and where it was written."""

    plant: Plant
    plan: Schedule
    risk: PlanRisk | None
    folder: Path


def schedule(
    plant_dir: Path | str,
    *,
    until: datetime | None = None,
    objective: str = DEFAULT_OBJECTIVE,
    seconds: float = 30.0,
    threads: int = 2,
    seed: int = 0,
    quantile: float | None = None,
    n_futures: int = 100,
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
    objective, seconds, threads, seed, quantile
        As for ``zhizao.schedule.schedule``.
    n_futures : int
        Runs of the twin for the plan's risk; 0: none.
    lang : {"en", "zh"}
        Language of the page and the warnings.
    on_progress : callable, optional
        Called with (seconds, objective) at each better plan; True ends the search.
    progress : callable, optional
        Called with (done, total) as the twin runs the plan.

    Raises
    ------
    InputError
        If the folder has faults or no routings yet.
    """
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
    plan = schedule_plant(
        plant,
        orders,
        now=now.at,
        state=now.state,
        objective=objective,
        seconds=seconds,
        threads=threads,
        seed=seed,
        quantile=quantile,
        on_progress=on_progress,
        lang=lang,
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
    target = folder.path / PLAN_FOLDER
    html = plan_html(plan, plant, risk=risk, lang=lang).encode()
    contents = plan_files(plan, risk, time_zone=plant.time_zone) | {"plan.html": html}
    write_files(target, contents)
    return Planned(plant=plant, plan=plan, risk=risk, folder=target)
