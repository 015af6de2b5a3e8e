"""The KPIs of a run, computed from records instead of by the twin.

The definitions are the twin's (``KPI_UNITS`` in ``zhizao.model.run``), so that
a simulated run written as records gives the same numbers through this door.
"""

from collections.abc import Iterable
from datetime import datetime

import polars as pl

from zhizao._base.errors import InputError
from zhizao._base.units import SECONDS_PER_HOUR, SECONDS_PER_WEEK
from zhizao.kpi.energy import energy_kpis
from zhizao.kpi.kpi import Kpi
from zhizao.kpi.load import busy_hours, open_hours
from zhizao.kpi.spans import lead_times, order_spans
from zhizao.kpi.wip import wip_mean
from zhizao.model.order import Order
from zhizao.model.plant import Plant
from zhizao.model.records import INSTANT, Records
from zhizao.model.run import KPI_UNITS


def flow_kpis(
    records: Records,
    orders: Iterable[Order] = (),
    *,
    start_at: datetime,
    end_at: datetime,
    plant: Plant | None = None,
) -> dict[str, Kpi]:
    """Return throughput, lead time, tardiness, lateness, WIP, utilisation, energy.

    Parameters
    ----------
    records : Records
        What happened, from the plant or from the twin.
    orders : iterable of Order
        Known orders: releases and due dates.
    start_at, end_at : datetime
        Window; time-zone aware.
    plant : Plant, optional
        Routings (which operation is the last), capacities and calendars;
        without it utilisation is unknown. Its powers and tariff: energy, cost
        and carbon, which are left out where no resource states its power.

    Returns
    -------
    dict
        Key of ``KPI_UNITS`` → ``Kpi``; utilisation as ``utilisation:RESOURCE``.

    Raises
    ------
    InputError
        If the window is empty.

    Notes
    -----
    Throughput and lead time are those of the orders done in the window.
    Tardiness and lateness also count orders that are open at its end and past
    due by then, with the tardiness that they have then. Work in progress is a
    time average. Utilisation is working and setup time divided by open time.

    Examples
    --------
    >>> from datetime import UTC
    >>> day = lambda d: datetime(2024, 1, d, tzinfo=UTC)
    >>> records = Records.from_columns(pl.DataFrame({
    ...     "order_id": ["A"], "operation": ["cut"], "start_at": [day(1)], "end_at": [day(2)],
    ... }))
    >>> flow_kpis(records, start_at=day(1), end_at=day(15))["throughput_per_week"].value
    0.5
    """
    if end_at <= start_at:
        raise InputError(f"The window ends {end_at}, not after its start {start_at}.")
    spans = order_spans(records, orders, plant=plant)
    window = {"start_at": start_at, "end_at": end_at}
    kpis = _order_kpis(spans, **window) | _utilisations(records, plant, **window)
    if plant is not None:
        n_done = kpis["throughput_per_week"].n
        kpis |= energy_kpis(records, plant=plant, n_done=n_done, **window)
    return kpis


def _order_kpis(spans: pl.DataFrame, *, start_at: datetime, end_at: datetime) -> dict[str, Kpi]:
    done = spans.filter((pl.col("completed_at") >= start_at) & (pl.col("completed_at") <= end_at))
    times = lead_times(done)
    due_h = _tardiness(spans, start_at=start_at, end_at=end_at)
    n_guessed = done.filter(~pl.col("is_release_stated")).height
    guessed = (("release_is_first_start", n_guessed),) if n_guessed else ()
    n_no_due = done["due_at"].null_count()
    no_due = (("some_without_due", n_no_due),) if n_no_due else ()
    n_weeks = (end_at - start_at).total_seconds() / SECONDS_PER_WEEK
    n_present = spans.filter(
        (pl.col("release_at") < end_at)
        & (pl.col("completed_at").is_null() | (pl.col("completed_at") > start_at))
    ).height
    wip = wip_mean(spans, start_at=start_at, end_at=end_at)
    lead_h, late = times["lead_time_h"].mean(), (due_h > 0.0).mean()
    why_no_due = "no_due_dates" if done.height else "nothing_done"
    return {
        "throughput_per_week": _kpi("throughput_per_week", done.height / n_weeks, done.height),
        "lead_time_mean_h": _kpi(
            "lead_time_mean_h", lead_h, times.height, reason="nothing_done", caveats=guessed
        ),
        "tardiness_mean_h": _kpi(
            "tardiness_mean_h", due_h.mean(), due_h.len(), reason=why_no_due, caveats=no_due
        ),
        "late_share": _kpi("late_share", late, due_h.len(), reason=why_no_due, caveats=no_due),
        "wip_mean": _kpi("wip_mean", wip, n_present, caveats=guessed),
    }


def _tardiness(spans: pl.DataFrame, *, start_at: datetime, end_at: datetime) -> pl.Series:
    """Hours late of orders done in the window, and of those open and past due at its end."""
    is_done = (pl.col("completed_at") >= start_at) & (pl.col("completed_at") <= end_at)
    is_open_late = (
        (pl.col("completed_at").is_null() | (pl.col("completed_at") > end_at))
        & (pl.col("release_at") <= end_at)
        & (pl.col("due_at") < end_at)
    )
    seen_until = pl.min_horizontal("completed_at", pl.lit(end_at).cast(INSTANT))
    late_us = (seen_until - pl.col("due_at")).dt.total_microseconds().clip(lower_bound=0)
    judged = spans.filter(pl.col("due_at").is_not_null() & (is_done | is_open_late))
    return judged.select(late_us / (SECONDS_PER_HOUR * 1e6)).to_series()


def _kpi(
    name: str,
    value: object,
    n: int,
    *,
    reason: str = "",
    caveats: tuple[tuple[str, int], ...] = (),
) -> Kpi:
    known = float(value) if isinstance(value, int | float) else None
    return Kpi(
        value=known,
        unit=KPI_UNITS[name],
        n=n,
        reason=reason if known is None else None,
        caveats=caveats if known is not None else (),
    )


def _utilisations(
    records: Records, plant: Plant | None, *, start_at: datetime, end_at: datetime
) -> dict[str, Kpi]:
    busy = busy_hours(records, start_at=start_at, end_at=end_at, plant=plant)
    rows = {row["resource"]: row for row in busy.iter_rows(named=True)}
    opened: dict[str, float] = {}
    if plant is not None:
        opened = dict(open_hours(plant, start_at=start_at, end_at=end_at).iter_rows())
    kpis = {}
    for resource in sorted(rows.keys() | opened.keys()):
        row = rows.get(resource, {"busy_h": 0.0, "n_reports": 0, "n_running": 0, "n_unmeasured": 0})
        open_h = opened.get(resource)
        counts = (
            ("still_running", row["n_running"]),
            ("unmeasured_reports", row["n_unmeasured"]),
        )
        kpis[f"utilisation:{resource}"] = Kpi(
            value=row["busy_h"] / open_h if open_h else None,
            unit=KPI_UNITS["utilisation"],
            n=row["n_reports"],
            reason=None if open_h else ("no_calendar" if open_h is None else "never_open"),
            caveats=tuple((key, n) for key, n in counts if n and open_h),
        )
    return kpis
