"""Scenarios against the plant as it is, each lived through the same futures."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from zhizao._base.errors import ScenarioError
from zhizao._base.progress import Progress
from zhizao._base.units import SECONDS_PER_HOUR
from zhizao.model.apply import apply_scenario
from zhizao.model.order import Order
from zhizao.model.plant import Plant
from zhizao.model.run import KPI_UNITS, Run
from zhizao.model.scenario import Scenario
from zhizao.model.state import LotState, ShopState
from zhizao.trial.comparison import (
    Base,
    Comparison,
    KpiDifference,
    OrderDifference,
    ScenarioResult,
    SupportWarning,
)
from zhizao.trial.known import Known
from zhizao.trial.paired import clear_columns, mean_intervals, paired_difference
from zhizao.trial.sentence import scenario_sentence
from zhizao.trial.support import check_support, support_warning
from zhizao.trial.unexplained import MUCH, unexplained_share
from zhizao.twin import simulate


def compare(
    plant: Plant,
    orders: Sequence[Order],
    scenarios: Sequence[Scenario],
    *,
    start_at: datetime,
    end_at: datetime,
    state: ShopState | None = None,
    seed: int = 0,
    n_replications: int = 40,
    n_threads: int | None = None,
    draw_demand: bool = True,
    known: Known | None = None,
    library: Sequence[Scenario] = (),
    progress: Progress | None = None,
) -> Comparison:
    """Simulate the plant and each scenario with the same draws, and compare.

    Parameters
    ----------
    plant : Plant
        The plant as it is.
    orders : sequence of Order
        Known orders that are not done at ``start_at``.
    scenarios : sequence of Scenario
        What to try, each against the plant as it is.
    start_at, end_at : datetime
        Begin and end of the runs; time-zone aware.
    state : ShopState, optional
        Lots in progress at ``start_at``; empty shop if absent.
    seed : int
        Equal seeds give equal results.
    n_replications : int
        Pairs of futures; one gives no interval.
    n_threads : int, optional
        Threads of the twin; all processors if absent. No result depends on it.
    draw_demand : bool
        Let further orders come in as the plant's demand says.
    known : Known, optional
        What the records have seen, for the warnings.
    library : sequence of Scenario
        Further scenarios that may be named as a base.
    progress : callable, optional
        Called with (done, total) replications of all runs.

    Raises
    ------
    ScenarioError
        If two scenarios have the same name, or a change does not fit.

    Notes
    -----
    An order that is not done by ``end_at`` counts as done then, in base and
    scenario alike; its difference is thus too small, and it is flagged.
    """
    _check_names(scenarios)
    total = n_replications * (1 + len(scenarios))

    def run(plant: Plant, orders: Sequence[Order], state: ShopState | None, position: int) -> Run:
        def report(done: int, _total: int) -> None:
            assert progress is not None
            progress(position * n_replications + done, total)

        return simulate(
            plant,
            orders,
            start_at=start_at,
            end_at=end_at,
            state=state,
            seed=seed,
            n_replications=n_replications,
            n_threads=n_threads,
            draw_demand=draw_demand,
            progress=report if progress else None,
        )

    branches = []
    for scenario in scenarios:
        others = {s.name: s for s in (*library, *scenarios) if s.name != scenario.name}
        branches.append(apply_scenario(plant, orders, scenario, now=start_at, scenarios=others))
    base = run(plant, orders, state, 0)
    waits = _unexplained(plant, orders, base)
    results = []
    for position, (scenario, (new_plant, new_orders)) in enumerate(
        zip(scenarios, branches, strict=True), start=1
    ):
        new_state, n_moved = _state_in(new_plant, new_orders, state)
        branch = run(new_plant, new_orders, new_state, position)
        warnings = check_support(plant, scenario, known=known)
        if scenario.changes or scenario.base:
            warnings += waits
        if state is None:
            warnings += (support_warning("starts_empty"),)
        if n_moved:
            warnings += (support_warning("lots_moved", n=n_moved),)
        results.append(_result(scenario, base, branch, orders=orders, warnings=warnings))
    return Comparison(
        plant=plant.name,
        start_at=start_at,
        end_at=end_at,
        n_replications=n_replications,
        seed=seed,
        base=Base(kpis=base.estimates, n_orders=len(base.order_ids), warnings=base.warnings),
        scenarios=tuple(results),
    )


def _unexplained(plant: Plant, orders: Sequence[Order], base: Run) -> tuple[SupportWarning, ...]:
    lead_time_h = base.estimate("lead_time_mean_h").mean
    if lead_time_h is None:
        return ()
    share = unexplained_share(plant, orders, lead_time_h=lead_time_h)
    if share is None or share < MUCH:
        return ()
    return (support_warning("unexplained_waits", share=f"{share:.0%}", lead_time_h=lead_time_h),)


def _check_names(scenarios: Sequence[Scenario]) -> None:
    names = [s.name for s in scenarios]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise ScenarioError(f"Scenarios {twice} are given more than once; each needs its own name.")


def _state_in(
    plant: Plant, orders: Sequence[Order], state: ShopState | None
) -> tuple[ShopState | None, int]:
    """Return the state as the changed plant can have it, and how many lots had to move.

    A lot of a cancelled order leaves; a lot on a removed resource starts its
    step anew; a lot at a step that its routing no longer has is kept, for the
    twin to refuse with its own message.
    """
    if state is None:
        return None, 0
    order_ids = {o.id for o in orders}
    resources = {r.id for r in plant.resources}
    lots: list[LotState] = []
    n_moved = 0
    for lot in state.lots:
        if lot.order_id not in order_ids:
            n_moved += 1
        elif lot.resource is not None and lot.resource not in resources:
            n_moved += 1
            back = {"status": "waiting", "resource": None, "worked_min": 0.0}
            lots.append(lot.model_copy(update=back))
        else:
            lots.append(lot)
    families = {r: f for r, f in state.families.items() if r in resources}
    return state.model_copy(update={"lots": tuple(lots), "families": families}), n_moved


def _result(
    scenario: Scenario,
    base: Run,
    branch: Run,
    *,
    orders: Sequence[Order],
    warnings: tuple[SupportWarning, ...],
) -> ScenarioResult:
    kpis = kpi_differences(base, branch)
    differences = order_differences(base, branch, products={o.id: o.product for o in orders})
    return ScenarioResult(
        name=scenario.name,
        description=scenario.description,
        kpis=kpis,
        orders=differences,
        gainers=sum(o.verdict == "gains" for o in differences),
        losers=sum(o.verdict == "loses" for o in differences),
        warnings=warnings,
        sentence=scenario_sentence(scenario.name, kpis, differences, lang="en"),
        sentence_zh=scenario_sentence(scenario.name, kpis, differences, lang="zh"),
    )


def kpi_differences(base: Run, branch: Run) -> tuple[KpiDifference, ...]:
    """Return the paired difference of every KPI of two runs.

    A KPI that one run does not have, or that no pair of replications knows,
    has ``None`` and a reason.
    """
    keys = list(dict.fromkeys([*base.kpi_samples, *branch.kpi_samples]))
    order = list(KPI_UNITS)
    keys.sort(key=lambda k: order.index(k.partition(":")[0]))
    return tuple(_kpi_difference(key, base, branch) for key in keys)


def _kpi_difference(key: str, base: Run, branch: Run) -> KpiDifference:
    kpi, _, resource = key.partition(":")
    unknown = np.full(base.n_replications, np.nan)
    before = base.kpi_samples.get(key, unknown)
    after = branch.kpi_samples.get(key, unknown)
    pair = paired_difference(before, after)
    reason = None
    if pair.difference is None:
        reason = _why_unknown(key, base, branch)
    return KpiDifference(
        kpi=kpi,
        resource=resource or None,
        unit=KPI_UNITS[kpi],
        base=pair.base if pair.base is not None else _mean(before),
        scenario=pair.scenario if pair.scenario is not None else _mean(after),
        difference=pair.difference,
        low=pair.low,
        high=pair.high,
        n=pair.n,
        reason=reason,
    )


def _mean(values: NDArray[np.float64]) -> float | None:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else None


def _why_unknown(key: str, base: Run, branch: Run) -> str:
    if key not in branch.kpi_samples:
        code = "only_in_base"
    elif key not in base.kpi_samples:
        code = "only_in_scenario"
    elif key in ("tardiness_mean_h", "late_share"):
        code = "no_due_dates"
    elif key.startswith("utilisation"):
        code = "no_open_time"
    else:
        code = "nothing_done"
    return code


def order_differences(
    base: Run, branch: Run, *, products: dict[str, str] | None = None
) -> tuple[OrderDifference, ...]:
    """Return by how much each order of both runs is later or earlier.

    Parameters
    ----------
    base, branch : Run
        With the same replications and the same window.
    products : dict, optional
        Order → product, for the table.

    Returns
    -------
    tuple of OrderDifference
        The order that loses most comes first.
    """
    end_s = (base.end_at - base.start_at).total_seconds()
    branch_column = {order_id: j for j, order_id in enumerate(branch.order_ids)}
    shared = [(i, branch_column[o]) for i, o in enumerate(base.order_ids) if o in branch_column]
    if not shared:
        return ()
    before = base.completion_s[:, [i for i, _ in shared]]
    after = branch.completion_s[:, [j for _, j in shared]]
    n_unfinished = (np.isnan(before) | np.isnan(after)).sum(axis=0)
    change_h = (
        np.nan_to_num(after, nan=end_s) - np.nan_to_num(before, nan=end_s)
    ) / SECONDS_PER_HOUR
    mean, low, high = mean_intervals(change_h)
    is_clear = clear_columns(change_h)
    is_same = (change_h == 0.0).all(axis=0)
    n = change_h.shape[0]
    found = []
    for column, (i, _) in enumerate(shared):
        order_id = base.order_ids[i]
        verdict = _verdict(mean[column], is_same=is_same[column], is_clear=is_clear[column])
        found.append(
            OrderDifference(
                order_id=order_id,
                product=(products or {}).get(order_id, ""),
                difference_h=float(mean[column]),
                low=float(low[column]) if n > 1 else None,
                high=float(high[column]) if n > 1 else None,
                n=n,
                n_unfinished=int(n_unfinished[column]),
                verdict=verdict,
            )
        )
    return tuple(sorted(found, key=lambda o: (-o.difference_h, o.order_id)))


def _verdict(
    mean_h: float, *, is_same: bool, is_clear: bool
) -> Literal["gains", "loses", "same", "unclear"]:
    if is_same:
        return "same"
    if not is_clear:
        return "unclear"
    return "gains" if mean_h < 0 else "loses"
