"""The front door: plant and orders → replications over threads → run."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import datetime
from functools import partial

import numpy as np

from zhizao._base.progress import Progress
from zhizao._base.words import Lang
from zhizao.model.order import Order
from zhizao.model.plant import Plant
from zhizao.model.run import Run
from zhizao.model.state import ShopState
from zhizao.twin.cautions import cautions
from zhizao.twin.energy_tables import energy_window
from zhizao.twin.floor_tables import to_floor
from zhizao.twin.indicators import estimates_of
from zhizao.twin.input_checks import check_reachable, check_references, check_span
from zhizao.twin.line import is_line
from zhizao.twin.lot_tables import stream_table, to_demand_streams, to_known_lots
from zhizao.twin.replication import Job, Replication, run_replication
from zhizao.twin.sequences import Sequences, numbered_sequences, planned_resources
from zhizao.twin.shop_tables import start_families


def simulate(
    plant: Plant,
    orders: Sequence[Order],
    *,
    start_at: datetime,
    end_at: datetime,
    state: ShopState | None = None,
    seed: int = 0,
    n_replications: int = 20,
    n_threads: int | None = None,
    draw_demand: bool = True,
    trace: bool = False,
    warm_up_s: float = 0.0,
    sequences: Sequences | None = None,
    progress: Progress | None = None,
    lang: Lang = "en",
) -> Run:
    """Return what would happen in a plant from ``start_at`` to ``end_at``.

    Every random number is keyed by (seed, replication, order id, step and
    visit, purpose), so runs of two plants with the same seed are paired: a
    change in one place never shifts another's draws. Equal arguments give
    equal results on any number of threads.

    Parameters
    ----------
    plant
        The factory.
    orders
        Known orders. One without a release, or with one before ``start_at``
        that is not in ``state``, comes onto the floor at the start.
    start_at, end_at
        Span of the run, aware; what happens exactly at its end counts.
    state
        Lots in progress at ``start_at``; each names one of ``orders``. Times
        already worked or waited are respected: what is left is drawn on the
        condition that the total is longer.
    seed
        Any whole number from 0 to 2⁶⁴ - 1.
    n_replications
        Number of futures.
    n_threads
        Threads; None takes one for each core.
    draw_demand
        Whether orders beyond the known ones are drawn from the plant's
        demands, named ``PRODUCT~1`` and so on; they differ by replication.
    trace
        Whether the run gets records, one for each replication.
    warm_up_s
        Seconds after the start from which KPIs count.
    sequences
        Resource → (order id, step) in the order in which it is to do them,
        whatever its rule; it waits for the next one. An entry is passed over
        if the order skips the step or leaves the plant. What no sequence
        names follows when a resource's list is done, by the rule. A step that
        is done again (rework) is no longer in the sequence.
    progress
        Called with (replications done, replications) after each.
    lang
        Language of the run's warnings.

    Returns
    -------
    Run
        ``release_s`` is the stated release (before the start: negative), 0 for
        orders that state none, nan for lots in progress that state none. KPIs
        as ``zhizao.twin.indicators.flow_indicators`` says; utilisation is
        working and setup time divided by open time of a resource.

    Raises
    ------
    InputError
        With all faults: unknown names, a state that does not fit, a step that
        no open resource or operator can ever do in the span.

    Notes
    -----
    Pieces are scrapped by a binomial draw where the lot is a whole number of
    pieces, otherwise by the mean share. A slot of a resource (its capacity)
    fails on its own. Operators begin in their shifts and finish what they
    began. A step that must fit begins only if its drawn time ends before the
    closing, or is longer than every shift. Limits between steps are counted
    where the later step begins too late; their mean is in the warnings.

    Examples
    --------
    >>> from datetime import UTC, timedelta
    >>> from zhizao.model.plant import (
    ...     Product, Resource, ResourceOption, Routing, Step, TimeModel, WorkCentre,
    ... )
    >>> cut = Step(
    ...     step=10,
    ...     operation="cut",
    ...     resources=(ResourceOption(resource="saw"),),
    ...     time=TimeModel(per_piece_min=60.0),
    ... )
    >>> plant = Plant(
    ...     name="small",
    ...     work_centres=(WorkCentre(id="saws"),),
    ...     resources=(Resource(id="saw", work_centre="saws"),),
    ...     products=(Product(id="plank"),),
    ...     routings=(Routing(product="plank", steps=(cut,)),),
    ... )
    >>> monday = datetime(2024, 1, 1, tzinfo=UTC)
    >>> run = simulate(
    ...     plant,
    ...     [Order(id="A", product="plank"), Order(id="B", product="plank")],
    ...     start_at=monday,
    ...     end_at=monday + timedelta(days=1),
    ...     n_replications=1,
    ... )
    >>> run.completion_s / 3600
    array([[1., 2.]])
    """
    check_span(
        start_at=start_at,
        end_at=end_at,
        seed=seed,
        n_replications=n_replications,
        n_threads=n_threads,
        warm_up_s=warm_up_s,
    )
    check_references(plant, orders=orders, state=state, start_at=start_at)
    numbered = numbered_sequences(plant, orders=orders, sequences=sequences or {})
    plan = to_floor(plant, start_at=start_at, end_at=end_at, sequences=numbered)
    check_reachable(plan, plant, orders=orders, draw_demand=draw_demand)
    known = to_known_lots(plan, plant, orders=orders, state=state, start_at=start_at)
    streams = (
        to_demand_streams(plan, plant, start_at=start_at, end_at=end_at) if draw_demand else ()
    )
    stream_rows, stream_numbers = stream_table(
        streams, calendar=plan.calendar_numbers[plant.release_calendar]
    )
    job = Job(
        plant=plant,
        plan=plan,
        known=known,
        stream_rows=stream_rows,
        stream_numbers=stream_numbers,
        n_expected=sum(s.rate_per_s * float(np.ptp(s.intervals_s, axis=1).sum()) for s in streams),
        is_line=is_line(plant, orders, state=state, draw_demand=draw_demand),
        slot_family=start_families(plan, plant, state=state),
        planned=planned_resources(plant, n_orders=len(orders), sequences=numbered),
        start_at=start_at,
        horizon_s=(end_at - start_at).total_seconds(),
        warm_up_s=warm_up_s,
        energy=energy_window(
            plant,
            [plan.open_intervals[plan.calendar_numbers[r.calendar]] for r in plant.resources],
            start_at=start_at,
            end_at=end_at,
            warm_up_s=warm_up_s,
        ),
        seed=seed,
        trace=trace,
    )
    done = _replicate(job, n_replications=n_replications, n_threads=n_threads, progress=progress)
    kpi_samples = {kpi: np.array([r.kpis[kpi] for r in done]) for kpi in done[0].kpis}
    return Run(
        plant=plant.name,
        seed=seed,
        start_at=start_at,
        end_at=end_at,
        n_replications=n_replications,
        order_ids=known.order_ids,
        release_s=np.tile(known.release_s, (n_replications, 1)),
        completion_s=np.stack([r.completion_s for r in done]),
        kpi_samples=kpi_samples,
        order_samples={
            name: np.stack([r.order_samples[name] for r in done]) for name in done[0].order_samples
        },
        estimates=estimates_of(kpi_samples),
        warnings=cautions(
            plan,
            plant,
            lots=known.lots,
            streams=streams,
            mean_lost=float(np.mean([r.n_lost for r in done])),
            mean_short=float(np.mean([r.n_short for r in done])),
            mean_violations=float(np.mean([r.n_violations for r in done])),
            sequenced=frozenset(numbered),
            lang=lang,
        ),
        records=tuple(r.records for r in done if r.records is not None),
    )


def _replicate(
    job: Job,
    *,
    n_replications: int,
    n_threads: int | None,
    progress: Progress | None,
) -> list[Replication]:
    """Run the replications over threads; their order in the result is fixed."""
    n_workers = min(n_threads or os.cpu_count() or 1, n_replications)
    one = partial(run_replication, job)
    if n_workers == 1:
        done = []
        for i in range(n_replications):
            done.append(one(i))
            if progress:
                progress(i + 1, n_replications)
        return done
    with ThreadPoolExecutor(max_workers=n_workers) as pool:
        futures = [pool.submit(one, i) for i in range(n_replications)]
        try:
            for n_done, future in enumerate(as_completed(futures), start=1):
                future.result()
                if progress:
                    progress(n_done, n_replications)
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return [future.result() for future in futures]
