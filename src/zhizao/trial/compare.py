"""Scenarios against the plant as it is, each lived through the same futures."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from zhizao._base.errors import ScenarioError
from zhizao._base.progress import Progress
from zhizao.model.changes.apply import apply_scenario, base_chain
from zhizao.model.order import Order
from zhizao.model.plant import Plant
from zhizao.model.run import Estimate, Run
from zhizao.model.scenario import Scenario
from zhizao.model.state import LotState, ShopState
from zhizao.trial.comparison import Base, Comparison, ScenarioResult, SupportWarning
from zhizao.trial.differences import DrawnRuns, kpi_differences, order_differences
from zhizao.trial.drawn import in_branch
from zhizao.trial.known import Known
from zhizao.trial.runs import base_estimates, split
from zhizao.trial.sentence import scenario_sentence
from zhizao.trial.support import check_support
from zhizao.trial.support_window import check_window
from zhizao.trial.support_words import support_of, support_warning
from zhizao.trial.unexplained import MUCH, unexplained_share
from zhizao.twin import simulate
from zhizao.twin.study_values import DrawnValues, draw_values


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
    drawn = draw_values(plant, n_futures=n_replications, seed=seed) if n_replications > 1 else None
    n_all = n_replications if drawn is None else drawn.n_replications
    total = n_all * (1 + len(scenarios))

    def run(
        plant: Plant,
        orders: Sequence[Order],
        state: ShopState | None,
        position: int,
        drawn: DrawnValues | None,
    ) -> Run:
        def report(done: int, _total: int) -> None:
            assert progress is not None
            progress(position * n_all + done, total)

        return simulate(
            plant,
            orders,
            start_at=start_at,
            end_at=end_at,
            state=state,
            seed=seed,
            n_replications=n_all,
            n_threads=n_threads,
            draw_demand=draw_demand,
            drawn=drawn,
            progress=report if progress else None,
        )

    branches, chains = [], []
    for scenario in scenarios:
        others = {s.name: s for s in (*library, *scenarios) if s.name != scenario.name}
        branches.append(apply_scenario(plant, orders, scenario, now=start_at, scenarios=others))
        chains.append(base_chain(scenario, scenarios=others))
    base_run = run(plant, orders, state, 0, drawn)
    base, base_drawn = split(base_run, n_replications)
    kpis = base_estimates(base, base_drawn, n_sets=drawn.n_draws if drawn else 0)
    waits = _unexplained(plant, orders, kpis)
    empty = () if _has_work(base_run) else (support_warning("nothing_to_do"),)
    results = []
    for position, (scenario, chain, (new_plant, new_orders)) in enumerate(
        zip(scenarios, chains, branches, strict=True), start=1
    ):
        new_state, n_moved = _state_in(new_plant, new_orders, state)
        values = drawn and in_branch(drawn, chain, plant=plant, branch=new_plant)
        branch_run = run(new_plant, new_orders, new_state, position, values)
        branch, branch_drawn = split(branch_run, n_replications)
        again = None
        if drawn is not None and base_drawn is not None and branch_drawn is not None:
            again = DrawnRuns(base=base_drawn, branch=branch_drawn, n_sets=drawn.n_draws)
        warnings = check_support(plant, scenario, known=known, orders=orders, bases=chain[:-1])
        warnings += check_window(*chain, start_at=start_at, end_at=end_at)
        if any(s.changes for s in chain):
            warnings += waits
        if state is None:
            warnings += (support_warning("starts_empty"),)
        if n_moved:
            warnings += (support_warning("lots_moved", n=n_moved),)
        if not _has_work(branch_run):
            warnings += empty
        results.append(
            _result(scenario, base, branch, drawn=again, orders=orders, warnings=warnings)
        )
    return Comparison(
        plant=plant.name,
        start_at=start_at,
        end_at=end_at,
        n_replications=n_replications,
        n_drawn_plants=drawn.n_draws if drawn else 0,
        n_drawn_values=len(drawn.factors) if drawn else 0,
        seed=seed,
        base=Base(kpis=kpis, n_orders=len(base.order_ids), warnings=base.warnings),
        scenarios=tuple(results),
    )


def _has_work(run: Run) -> bool:
    """Return whether any order was in the plant in any replication."""
    return bool(run.order_ids) or bool((run.kpi_samples["wip_mean"] > 0.0).any())


def _unexplained(
    plant: Plant, orders: Sequence[Order], kpis: Sequence[Estimate]
) -> tuple[SupportWarning, ...]:
    lead_time_h = next(e.mean for e in kpis if e.kpi == "lead_time_mean_h")
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
    drawn: DrawnRuns | None,
    orders: Sequence[Order],
    warnings: tuple[SupportWarning, ...],
) -> ScenarioResult:
    kpis = kpi_differences(base, branch, drawn=drawn)
    products = {o.id: o.product for o in orders}
    differences = order_differences(base, branch, drawn=drawn, products=products)
    if scenario.changes and not _takes_effect(base, branch):
        warnings += (support_warning("no_effect"),)
    return ScenarioResult(
        name=scenario.name,
        description=scenario.description,
        kpis=kpis,
        orders=differences,
        gainers=sum(o.verdict == "gains" for o in differences),
        losers=sum(o.verdict == "loses" for o in differences),
        support=support_of(warnings),
        warnings=warnings,
        sentence=scenario_sentence(scenario.name, kpis, differences, lang="en"),
        sentence_zh=scenario_sentence(scenario.name, kpis, differences, lang="zh"),
    )


def _takes_effect(base: Run, branch: Run) -> bool:
    """Return whether any number differs in any replication."""
    return base.order_ids != branch.order_ids or any(
        kpi not in branch.kpi_samples
        or not np.array_equal(values, branch.kpi_samples[kpi], equal_nan=True)
        for kpi, values in base.kpi_samples.items()
    )
