"""Plant and orders → all that replications need; replications → the run."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from zhizao._base.words import Lang
from zhizao.model.order import Order
from zhizao.model.plant import Plant
from zhizao.model.run import Run
from zhizao.model.state import ShopState
from zhizao.twin.checks.cautions import cautions
from zhizao.twin.checks.input_checks import check_references
from zhizao.twin.checks.reach_checks import check_reachable
from zhizao.twin.indicators import estimates_of
from zhizao.twin.line import is_line
from zhizao.twin.replication import Job, Replication
from zhizao.twin.tables.energy_tables import energy_window
from zhizao.twin.tables.floor_tables import to_floor
from zhizao.twin.tables.lot_tables import stream_table, to_demand_streams, to_known_lots
from zhizao.twin.tables.sequences import Sequences, numbered_sequences, planned_resources
from zhizao.twin.tables.shop_tables import start_families, start_repairs


def prepare_job(
    plant: Plant,
    orders: Sequence[Order],
    *,
    start_at: datetime,
    end_at: datetime,
    state: ShopState | None,
    seed: int,
    draw_demand: bool,
    trace: bool,
    warm_up_s: float,
    sequences: Sequences | None,
) -> Job:
    """Return what all replications need, checked; arguments as those of ``simulate``.

    Raises
    ------
    InputError
        With all faults.
    """
    check_references(plant, orders=orders, state=state, start_at=start_at)
    numbered = numbered_sequences(plant, orders=orders, sequences=sequences or {})
    plan = to_floor(plant, start_at=start_at, end_at=end_at, sequences=numbered)
    check_reachable(plan, plant, orders=orders, draw_demand=draw_demand)
    known = to_known_lots(plan, plant, orders=orders, state=state, start_at=start_at)
    streams = (
        to_demand_streams(plan, plant, start_at=start_at, end_at=end_at) if draw_demand else ()
    )
    release_calendar = plan.calendar_numbers[plant.release_calendar]
    stream_rows, stream_numbers = stream_table(streams, calendar=release_calendar)
    return Job(
        plant=plant,
        plan=plan,
        known=known,
        stream_rows=stream_rows,
        stream_numbers=stream_numbers,
        n_expected=sum(
            s.rate_per_s * float((np.ptp(s.intervals_s, axis=1) * s.factors).sum()) for s in streams
        ),
        release_calendar=release_calendar,
        is_line=is_line(plant, orders, state=state, draw_demand=draw_demand),
        slot_family=start_families(plan, plant, state=state),
        slot_repair_s=start_repairs(plan, plant, state=state, start_at=start_at),
        planned=planned_resources(plant, n_orders=len(orders), sequences=numbered),
        streams=streams,
        sequenced=frozenset(numbered),
        start_at=start_at,
        end_at=end_at,
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


def to_run(job: Job, done: Sequence[Replication], *, lang: Lang) -> Run:
    """Return the run that replications make."""
    kpi_samples = {kpi: np.array([r.kpis[kpi] for r in done]) for kpi in done[0].kpis}
    return Run(
        plant=job.plant.name,
        seed=job.seed,
        start_at=job.start_at,
        end_at=job.end_at,
        n_replications=len(done),
        order_ids=job.known.order_ids,
        release_s=np.tile(job.known.release_s, (len(done), 1)),
        completion_s=np.stack([r.completion_s for r in done]),
        kpi_samples=kpi_samples,
        order_samples={
            name: np.stack([r.order_samples[name] for r in done]) for name in done[0].order_samples
        },
        estimates=estimates_of(kpi_samples),
        warnings=cautions(
            job.plan,
            job.plant,
            lots=job.known.lots,
            streams=job.streams,
            mean_lost=float(np.mean([r.n_lost for r in done])),
            mean_short=float(np.mean([r.n_short for r in done])),
            mean_violations=float(np.mean([r.n_violations for r in done])),
            sequenced=job.sequenced,
            lang=lang,
        ),
        records=tuple(r.records for r in done if r.records is not None),
    )
