"""How orders come in: rate by product and week, quantities, allowances, release calendar."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao._base.units import SECONDS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_WEEK
from zhizao.learn.demand.demand_over_time import DemandOverTime, demand_over_time
from zhizao.learn.demand.known_weeks import all_known_from_s, ordinary_weeks
from zhizao.learn.evidence.closed_orders import missing_tail_s
from zhizao.learn.evidence.finished import Finished
from zhizao.learn.evidence.reports import Reports
from zhizao.learn.hours.calendars import shifts_of
from zhizao.learn.hours.local_week import local_time
from zhizao.learn.hours.release_week import ReleaseWeek, release_week, week_flags
from zhizao.learn.statistics.intervals import rate_interval, share_interval
from zhizao.model.calendar import WEEKDAYS, minutes_of_shift
from zhizao.model.order import Order
from zhizao.model.plant import Calendar, Demand, Provenance

Floats = NDArray[np.float64]

_MAX_SAMPLE = 200
_WEEKS_AHEAD = 26
_FEW_PRODUCTS = 3
_RELEASES = "releases"
_WARM_UP_SHARE = 0.15
_MAX_WARM_UP_S = 2 * SECONDS_PER_WEEK


@dataclass(frozen=True, kw_only=True)
class LearntDemand:
    """Demand by product, the release instants it was read from, and when orders come in.

    ``calendars`` are those that only releases follow; ``release_calendar`` is the name of
    the one that they do follow, None for always.
    """

    demands: tuple[Demand, ...]
    provenances: tuple[Provenance, ...]
    release_s: dict[str, float]
    calendars: tuple[Calendar, ...] = ()
    release_calendar: str | None = None


def release_instants(reports: Reports) -> dict[str, float]:
    """Return when each order was released: as stated, else its first report."""
    first = reports.table.group_by("order_id", maintain_order=True).agg(pl.col("start_s").min())
    return {str(o): reports.releases.get(str(o), float(s)) for o, s in first.iter_rows()} | {
        o: s for o, s in reports.releases.items() if s <= reports.until_s
    }


def learn_demand(
    reports: Reports,
    *,
    products: Mapping[str, str],
    quantities: Mapping[str, float],
    finished: Finished,
    plant_calendar: Calendar,
) -> LearntDemand:
    """Learn the orders per week of each product from releases after a warm-up.

    Orders seen first in the opening stretch of the log (15 % of it, at most two
    weeks) may have been released before it began, unless their release is stated;
    they would make the rate look too high. At the end of a log of closed orders the
    stretch is left out in which orders are missing because they were open.

    Parameters
    ----------
    reports
        Known reports.
    products, quantities
        Order → product and order → pieces.
    finished
        Which orders are over.
    plant_calendar
        When the plant works; releases may follow it, or a week of their own.
    """
    release_s = release_instants(reports)
    seen_s = float(reports.table["start_s"].min())  # type: ignore[arg-type]
    stated = len(reports.releases) >= 0.9 * len(release_s)
    begin_s = seen_s + min(_WARM_UP_SHARE * (reports.until_s - seen_s), _MAX_WARM_UP_S)
    if stated:
        begin_s = all_known_from_s(release_s, seen_s=seen_s)
    tail_s = missing_tail_s(finished, until_s=reports.until_s)
    end_s = max(reports.until_s - tail_s, begin_s)
    rates = _rates(release_s, products, families=_families(reports), begin_s=begin_s, end_s=end_s)
    calendars: tuple[Calendar, ...] = ()
    released_in: Calendar | None = plant_calendar
    found: ReleaseWeek | None = None
    if stated:
        found = _release_week(reports, rates.at_s, plant_calendar)
        released_in = {"always": None, "plant": plant_calendar}.get(found.kind)
        if found.kind == "own":
            released_in = Calendar(
                id=_RELEASES, shifts=shifts_of(found.is_open), exceptions=plant_calendar.exceptions
            )
            calendars = (released_in,)
    rates = rates.in_weeks(
        ordinary_weeks(
            reports, released_in, from_s=end_s - rates.n_weeks * SECONDS_PER_WEEK, to_s=end_s
        )
    )
    over_time, n_weeks = rates.over_time, rates.n_weeks
    by_product: dict[str, list[float]] = {p: [] for p in rates.names}
    for order, product in sorted(products.items()):
        by_product[product].append(quantities.get(order, 1.0))
    orders = {o.id: o for o in reports.orders}
    stated_orders: dict[str, list[Order]] = {}
    for order, product in products.items():
        if order in orders:
            stated_orders.setdefault(product, []).append(orders[order])
    demands, provenances = [], []
    for i, (product, n) in enumerate(zip(rates.names, rates.n_orders.tolist(), strict=True)):
        if n == 0:
            continue
        factors = over_time.factors(i, from_week=rates.whole_weeks, n_weeks=_WEEKS_AHEAD)
        demands.append(
            Demand(
                product=product, orders_per_week=float(rates.per_week[i]),
                week_factors=factors, factors_from_at=reports.instant(end_s) if factors else None,
                quantities=_sample(by_product[product]),
                allowances_h=_allowances(stated_orders.get(product, ())),
            )
        )  # fmt: skip
        low, high = rate_interval(n, float(rates.weeks[i]))
        value = float(rates.per_week[i])
        provenances.append(
            Provenance(
                where=f"demands/{product}/orders_per_week", source="learnt", level="product",
                n=n, value=value, low=min(low, value), high=max(high, value),
                note=("stated releases" if stated else "first reports after the warm-up")
                + (
                    f"; closed orders only: the last {tail_s / SECONDS_PER_DAY:.0f} days do not count"
                    if tail_s
                    else ""
                )
                + _said(over_time, n_weeks),
            )
        )  # fmt: skip
    if found is not None:
        low, high = share_interval(found.open_share * found.n, found.n)
        provenances.append(
            Provenance(
                where="release_calendar", source="learnt", level="plant", n=found.n,
                value=found.open_share, low=low, high=high,
                note=f"share of stated releases in its open time; best on weeks held out: {found.kind}",
            )
        )  # fmt: skip
    return LearntDemand(
        demands=tuple(demands), provenances=tuple(provenances), release_s=release_s,
        calendars=calendars, release_calendar=None if released_in is None else released_in.id,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Rates:
    """Orders by product, the weeks they came in (a season's by its mean week), the rates.

    ``at_s`` are the releases that count, in ``n_weeks``; ``whole_weeks`` were looked at
    one by one, the last of them ends with the stretch that counts.
    """

    names: list[str]
    n_orders: NDArray[np.int64]
    weeks: Floats
    per_week: Floats
    over_time: DemandOverTime
    whole_weeks: int
    n_weeks: float
    at_s: Floats

    def in_weeks(self, n_weeks: float) -> "_Rates":
        """Return the rates where the stretch that counts is worth so many weeks."""
        weeks = self.weeks * (n_weeks / self.n_weeks)
        return replace(
            self, weeks=weeks, n_weeks=n_weeks, per_week=pooled_rates(self.n_orders, weeks)
        )


def _families(reports: Reports) -> dict[str, str]:
    """Return product → family, where the plant has them."""
    known = reports.table.drop_nulls("family").unique("product", maintain_order=True)
    return {str(p): str(f) for p, f in known.select("product", "family").iter_rows()}


def _rates(
    release_s: Mapping[str, float], products: Mapping[str, str], *, families: Mapping[str, str],
    begin_s: float, end_s: float,
) -> _Rates:  # fmt: skip
    """Return the rates of the products from releases in a stretch of the log."""
    names = sorted(set(products.values()))
    row = {p: i for i, p in enumerate(names)}
    known = [(row[products[o]], at) for o, at in release_s.items() if o in products]
    at_s = np.array([at for _, at in known], dtype=np.float64)
    of = np.array([i for i, _ in known], dtype=np.int64)
    # Of less than a day of releases no weekly rate can be told.
    n_weeks = max(end_s - begin_s, SECONDS_PER_DAY) / SECONDS_PER_WEEK
    whole = int((end_s - begin_s) // SECONDS_PER_WEEK)
    inside = (at_s >= begin_s) & (at_s <= end_s)
    number = whole - 1 - np.floor((end_s - at_s) / SECONDS_PER_WEEK).astype(np.int64)
    is_whole = inside & (number >= 0)
    weekly = np.zeros((len(names), max(whole, 1)))
    np.add.at(weekly, (of[is_whole], number[is_whole]), 1.0)
    over_time = demand_over_time(weekly, families=[families.get(p, "") for p in names])
    if over_time.kind == "change":
        n_weeks = float(whole - over_time.from_week)
        inside &= at_s >= end_s - n_weeks * SECONDS_PER_WEEK
    n_orders = np.bincount(of[inside], minlength=len(names))
    weeks = np.full(len(names), n_weeks)
    if over_time.kind == "season":
        weeks *= np.array([over_time.expected(i, whole).mean() for i in range(len(names))])
    return _Rates(
        names=names, n_orders=n_orders, weeks=weeks, per_week=pooled_rates(n_orders, weeks),
        over_time=over_time, whole_weeks=whole, n_weeks=n_weeks, at_s=at_s[inside],
    )  # fmt: skip


def pooled_rates(n_orders: NDArray[np.int64], weeks: Floats) -> Floats:
    """Return orders a week, pulled towards each other as far as their differences may be chance.

    Gamma–Poisson: the spread of the products' rates beyond what counting explains is
    the prior's (method of moments). With fewer than three products nothing is pulled.

    Examples
    --------
    >>> pooled_rates(np.array([90, 100, 110]), np.full(3, 10.0)).round(1).tolist()
    [10.0, 10.0, 10.0]
    >>> pooled_rates(np.array([10, 100, 400]), np.full(3, 10.0)).round(1).tolist()
    [1.1, 10.0, 39.9]
    """
    rates = n_orders / weeks
    used = n_orders > 0
    if int(used.sum()) < _FEW_PRODUCTS:
        return np.asarray(rates)
    mean = float(n_orders[used].sum() / weeks[used].sum())
    chance = mean * float((1 / weeks[used]).mean())
    between = max(float(np.var(rates[used], ddof=1)) - chance, 1e-9 * mean**2)
    prior_weeks = mean / between
    return np.asarray(np.where(used, (n_orders + mean * prior_weeks) / (weeks + prior_weeks), 0.0))


def _said(over_time: DemandOverTime, n_weeks: float) -> str:
    """Return what the note says of changes in time."""
    what = {"total": "the total", "mix": "the mix", "both": "total and mix"}.get(over_time.part)
    if over_time.kind == "change":
        return f"; {what} changed, only the last {n_weeks:.0f} weeks count"
    if over_time.kind == "season":
        return f"; {what} swings with a period of {over_time.period_weeks:.1f} weeks"
    return ""


def _release_week(reports: Reports, at_s: Floats, plant_calendar: Calendar) -> ReleaseWeek:
    """Return when in the week orders are released."""
    day_min = 1440
    local = local_time(pl.Series(at_s, dtype=pl.Float64), reports)
    days = (local.dt.date() - local.dt.date().min()).dt.total_days().to_numpy()
    minute = (
        (local.dt.weekday().cast(pl.Int64) - 1) * day_min
        + local.dt.hour().cast(pl.Int64) * 60
        + local.dt.minute().cast(pl.Int64)
    ).to_numpy()
    first = int(minute[np.argmin(days)] // day_min) if at_s.size else 0
    spans = []
    for shift in plant_calendar.shifts:
        day = WEEKDAYS.index(shift.weekday) * day_min
        begin, end = minutes_of_shift(shift)
        spans.append((day + begin, day + end))
    return release_week((days + first) // 7, minute, plant=week_flags(spans))


def _sample(values: Sequence[float]) -> tuple[float, ...]:
    """Return the values; means of neighbours if there are many, which keeps the mean.

    Single order statistics would lose the largest, and with them a percent of the load.
    Whole numbers stay whole.
    """
    ordered = np.sort(np.asarray([v for v in values if v > 0] or [1.0], dtype=np.float64))
    if ordered.size > _MAX_SAMPLE:
        running = np.concatenate([[0.0], np.cumsum(ordered)])
        places = np.linspace(0.0, ordered.size, _MAX_SAMPLE + 1)
        sums = np.interp(places, np.arange(running.size), running) * _MAX_SAMPLE / ordered.size
        if bool((ordered == np.round(ordered)).all()):
            sums = np.floor(sums + 0.5 + 1e-9)
        ordered = np.sort(np.diff(sums))
    return tuple(ordered.tolist())


def _allowances(orders: Sequence[Order]) -> tuple[float, ...]:
    hours = [
        (o.due_at - o.release_at).total_seconds() / SECONDS_PER_HOUR
        for o in orders
        if o.due_at is not None and o.release_at is not None
    ]
    return tuple(v for v in _sample(hours)) if hours else ()
