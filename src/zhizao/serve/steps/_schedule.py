"""A plan of a folder's orders from now on, with its risk, its page and its tables."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypedDict
from zoneinfo import ZoneInfo

from zhizao._base.errors import InputError, did_you_mean
from zhizao._base.files import write_files
from zhizao._base.progress import Progress
from zhizao._base.words import Lang
from zhizao.model import Order, Plant, Schedule, ShopState
from zhizao.schedule import (
    DEFAULT_OBJECTIVE,
    Fix,
    PlanDifference,
    PlanRisk,
    Promise,
    RobustPlan,
    fixes,
    plan_risk,
    promise,
    replan,
    robust_schedule,
)
from zhizao.schedule import schedule as schedule_plant
from zhizao.serve.plan import plan_files, plan_html, plan_picture
from zhizao.serve.steps._folder import open_folder
from zhizao.serve.steps._material import read_material
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
    promise: Promise | None = None
    """What can be promised for a further order, where that was asked for."""

    def told(self, *, lang: Lang = "en") -> tuple[str, ...]:
        """Return in words what the plan changes, gains, and what could be done beside it."""
        found: tuple[str, ...] = ()
        if self.difference is not None:
            found += self.difference.sentences(lang=lang)
        if self.robust is not None:
            found += self.robust.sentences(lang=lang)
        found += tuple(one.sentence for one in self.fixes)
        if self.promise is not None:
            found += (self.promise.sentence(lang=lang, time_zone=self.plant.time_zone),)
        return found


def schedule(
    plant_dir: Path | str,
    *,
    until: datetime | None = None,
    objective: str = DEFAULT_OBJECTIVE,
    seconds: float | None = 30.0,
    iterations: int | None = None,
    gap: float = 0.0,
    threads: int = 2,
    seed: int = 0,
    quantile: float | None = None,
    n_futures: int = 100,
    keep_close: bool = False,
    most_moved: float = 0.1,
    frozen: timedelta = timedelta(),
    robust: bool = False,
    fix_order: str | None = None,
    material: Path | None = None,
    promised: tuple[str, int] | None = None,
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
    objective, seconds, iterations, gap, threads, seed, quantile
        As for ``zhizao.schedule.schedule``; a close or a robust plan is stopped by seconds.
    n_futures : int
        Runs of the twin for the plan's risk; 0: none.
    keep_close : bool
        Begin from the folder's ``plan/plan.json`` and move little of the next shift.
    most_moved : float
        Then: share of the next shift's operations that may move, 0 to 1.
    frozen : timedelta
        Then: what the folder's plan begins within this time stays.
    robust : bool
        Make several plans and choose the one whose orders are late least often in the twin.
    fix_order : str, optional
        A late order: also plan what would make it earlier, with a tenth of the seconds each.
    material : path, optional
        CSV with order_id, step, there_at: when the material of operations is there.
    promised : tuple, optional
        A product and a number of pieces: when a further order of it can be promised.
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
    _check_wishes(
        keep_close=keep_close,
        most_moved=most_moved,
        robust=robust,
        seconds=seconds,
        needs_seconds=fix_order is not None or promised is not None,
        has_material=material is not None,
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
    dated = None
    if material is not None:
        dated = read_material(material, plant=plant, orders=orders)
    new_order = None
    if promised is not None:
        new_order = _new_order(plant, orders, product=promised[0], quantity=promised[1], lang=lang)
    plan, difference, choice = _made(
        plant,
        orders,
        asked,
        previous_at=folder.path / PLAN_FOLDER / "plan.json" if keep_close else None,
        robust=robust,
        seconds=seconds,
        iterations=iterations,
        gap=gap,
        most_moved=most_moved,
        frozen=frozen,
        quantile=quantile,
        n_futures=n_futures,
        dated=dated,
        progress=progress,
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
    answer = None
    if new_order is not None and seconds is not None and plan.is_feasible:
        answer = promise(
            plant,
            orders,
            new_order,
            plan=plan,
            state=now.state,
            n_futures=max(2, n_futures),
            objective=objective,
            seconds=max(1.0, seconds / 10.0),
            threads=threads,
            seed=seed,
            lang=lang,
        )
    planned = Planned(
        plant=plant,
        plan=plan,
        risk=risk,
        folder=folder.path / PLAN_FOLDER,
        difference=difference,
        fixes=found,
        robust=choice,
        promise=answer,
    )
    html = plan_html(plan, plant, risk=risk, told=planned.told(lang=lang), lang=lang).encode()
    contents = plan_files(plan, risk, time_zone=plant.time_zone) | {"plan.html": html}
    contents["plan.svg"] = plan_picture(plan, plant, lang=lang).encode()
    write_files(planned.folder, contents)
    return planned


def _check_wishes(
    *,
    keep_close: bool,
    most_moved: float,
    robust: bool,
    seconds: float | None,
    needs_seconds: bool,
    has_material: bool,
) -> None:
    if keep_close and robust:
        raise InputError(
            "A re-plan stays close to one plan; a robust plan is chosen from several. Leave out "
            "--replan or --robust."
        )
    if not 0.0 <= most_moved <= 1.0:
        raise InputError(
            f"Of the next shift's operations {most_moved:.0%} may move, expected 0 to 100 %."
        )
    if seconds is None and (keep_close or robust or needs_seconds):
        raise InputError(
            "A re-plan, a robust plan, a promise and what would make an order earlier need seconds "
            "to search."
        )
    if robust and has_material:
        raise InputError(
            "A robust plan knows no dates of material. Leave out --robust or --material."
        )


def _made(
    plant: Plant,
    orders: list[Order],
    asked: _Asked,
    *,
    previous_at: Path | None,
    robust: bool,
    seconds: float | None,
    iterations: int | None,
    gap: float,
    most_moved: float,
    frozen: timedelta,
    quantile: float | None,
    n_futures: int,
    dated: dict[tuple[str, int], datetime] | None,
    progress: Progress | None,
) -> tuple[Schedule, PlanDifference | None, RobustPlan | None]:
    """Return a plan; against what it was changed, or from what it was chosen."""
    if previous_at is not None and seconds is not None:
        new = replan(
            plant,
            orders,
            _previous(previous_at),
            seconds=seconds,
            most_moved=most_moved,
            frozen=frozen,
            material=dated,
            **asked,
        )
        return new.plan, new.difference, None
    if robust and seconds is not None:
        choice = robust_schedule(
            plant,
            orders,
            seconds=seconds,
            quantile=quantile,
            n_futures=max(2, n_futures),
            progress=progress,
            **asked,
        )
        return choice.plan, None, choice
    plan = schedule_plant(
        plant,
        orders,
        seconds=seconds,
        iterations=iterations,
        gap=gap,
        quantile=quantile,
        material=dated,
        **asked,
    )
    return plan, None, None


def _new_order(
    plant: Plant, orders: list[Order], *, product: str, quantity: int, lang: Lang
) -> Order:
    """Return the order that is asked about.

    Raises
    ------
    InputError
        If there is no such product, or nothing is wanted.
    """
    names = {r.product for r in plant.routings}
    if product not in names:
        hint = did_you_mean(product, names)
        raise InputError(f"No routing makes '{product}'; no date can be promised for it.{hint}")
    if quantity < 1:
        raise InputError(f"{quantity} pieces of '{product}' are asked for, expected at least 1.")
    taken = {o.id for o in orders}
    name = f"{product} × {quantity}" if lang == "zh" else f"{quantity} x {product}"
    while name in taken:
        name += "+"
    return Order(id=name, product=product, quantity=quantity)


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
