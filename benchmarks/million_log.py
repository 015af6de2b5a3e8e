"""A large plant's log, made fast: 60 machines, 40 products, shifts, setups, stops, and dirt.

Every order takes ten of twenty work centres in its product's own order, first come first served,
each time on the machine of the centre that is free first. It is no model of anything that zhizao
assumes: one loop over arrivals at centres, with no code of the twin.
"""

import heapq
from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

STEPS, CENTRES, MACHINES_EACH, PRODUCTS, FAMILIES = 10, 20, 3, 40, 6
HOUR, WEEK = 3600.0, 7 * 86400.0
MONDAY = np.datetime64("2023-01-02T00:00:00", "ms")
LOAD = 0.82
"""Share of each centre's open time that its work takes."""
OPERATIONS = (
    "Sawing", "Turning", "Milling", "Drilling", "Grinding", "Honing", "Deburring", "Washing", "Bending", "Welding",
    "Straightening", "Hardening", "Plating", "Painting", "Pressing", "Fitting", "Wiring", "Testing", "Inspection", "Packing",
)  # fmt: skip
SETUP_LOGGED, SETUP_HIDDEN = 14, 8
"""Centres whose changes of family are rows of their own, or time inside the next report."""
SETUP_S = {SETUP_LOGGED: 1500.0, SETUP_HIDDEN: 900.0}
FAILING = (2, 11)
MEAN_WORK_BETWEEN_FAILURES_S, MEAN_REPAIR_S = 60 * HOUR, 1.5 * HOUR
OPERATORS = ("Ann", "Bo", "Chen", "Dora", "Emil", "Fatma", "Goran", "Hu")
NO_START, NO_END, ZERO_QUANTITY, TWICE, NO_TIME, UNREADABLE = (
    0.01,
    0.005,
    0.05,
    0.005,
    0.003,
    0.0005,
)


class Week:
    """A week's open hours, for adding work to an instant."""

    def __init__(self, days: int, begin_h: float, end_h: float) -> None:
        self.starts = [d * 86400.0 + begin_h * HOUR for d in range(days)]
        self.length = (end_h - begin_h) * HOUR
        self.before = [d * self.length for d in range(days)]
        self.open_s = days * self.length

    def worked(self, at_s: float) -> float:
        """Return the open seconds from 0 to an instant."""
        weeks, rest = divmod(at_s, WEEK)
        day = bisect_right(self.starts, rest) - 1
        if day < 0:
            return weeks * self.open_s
        into = min(rest - self.starts[day], self.length)
        return weeks * self.open_s + self.before[day] + into

    def instant(self, worked_s: float, *, is_end: bool) -> float:
        """Return when so many open seconds have passed; ends stay before a closed time."""
        weeks, rest = divmod(worked_s, self.open_s)
        day, into = divmod(rest, self.length)
        if is_end and into <= 0.0:
            day, into = day - 1, self.length
        if day < 0:
            weeks, day = weeks - 1, len(self.starts) - 1
        return weeks * WEEK + self.starts[int(day)] + into


ONE_LONG, TWO_SHIFTS = Week(5, 0.0, 24.0), Week(6, 6.0, 22.0)


@dataclass
class Rows:
    """Columns of reports, filled row by row; an order of -1 is none."""

    order: list[int] = field(default_factory=list)
    machine: list[int] = field(default_factory=list)
    kind: list[int] = field(default_factory=list)
    start_s: list[float] = field(default_factory=list)
    end_s: list[float] = field(default_factory=list)

    def add(self, order: int, machine: int, *, kind: int, start_s: float, end_s: float) -> None:
        self.order.append(order)
        self.machine.append(machine)
        self.kind.append(kind)
        self.start_s.append(start_s)
        self.end_s.append(end_s)


def week_of(centre: int) -> Week:
    return ONE_LONG if centre % 3 == 0 else TWO_SHIFTS


def write_log(into: Path, *, orders: int, seed: int) -> dict[str, int]:
    """Write ``operations.csv`` and ``orders.csv``; return how many rows each has."""
    rng = np.random.default_rng(seed)
    product = rng.integers(0, PRODUCTS, orders)
    quantity = np.maximum(1, np.round(np.exp(rng.normal(np.log(40.0), 0.6, orders)))).astype(int)
    weeks = orders * STEPS / (CENTRES * MACHINES_EACH) / 165.0
    released = np.sort(_in_open_time(rng.uniform(0.0, weeks, orders)))
    routes = np.array([rng.permutation(CENTRES)[:STEPS] for _ in range(PRODUCTS)])
    worked_s = _work(rng, product, quantity, routes, weeks=weeks)
    rows = _live(rng, released, product, routes, worked_s)
    due_s = released + 86400.0 * rng.integers(10, 31, orders)
    n_rows = _write_operations(into, rows, rng, product=product, quantity=quantity, due_s=due_s)
    _write_orders(into, product=product, quantity=quantity, released=released, due_s=due_s)
    return {"operations": n_rows, "orders": orders}


def _in_open_time(weeks: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return instants of releases, Monday to Saturday in two shifts."""
    return np.array([TWO_SHIFTS.instant(w * TWO_SHIFTS.open_s, is_end=False) for w in weeks])


def _work(
    rng: np.random.Generator,
    product: NDArray[np.int64],
    quantity: NDArray[np.int64],
    routes: NDArray[np.int64],
    *,
    weeks: float,
) -> NDArray[np.float64]:
    """Return seconds of work by order and step, such that each centre has its load."""
    minutes = rng.uniform(0.6, 1.6, (PRODUCTS, STEPS))
    noise = np.exp(rng.normal(0.0, 0.25, (len(product), STEPS)))
    work = minutes[product] * quantity[:, None] * noise
    centre = routes[product]
    for c in range(CENTRES):
        there = centre == c
        open_s = MACHINES_EACH * week_of(c).open_s * weeks
        setups_s = SETUP_S.get(c, 0.0) * (1 - 1 / FAMILIES) * there.sum()
        work[there] *= (LOAD * open_s - setups_s) / work[there].sum()
    return work


def _live(
    rng: np.random.Generator,
    released: NDArray[np.float64],
    product: NDArray[np.int64],
    routes: NDArray[np.int64],
    work_s: NDArray[np.float64],
) -> Rows:
    """Let the orders go through the centres; return what was reported."""
    rows = Rows()
    free = [[0.0] * MACHINES_EACH for _ in range(CENTRES)]
    family = [[-1] * MACHINES_EACH for _ in range(CENTRES)]
    to_failure = {c: list(rng.exponential(MEAN_WORK_BETWEEN_FAILURES_S, MACHINES_EACH)) for c in FAILING}  # fmt: skip
    route, work, kind_of = routes.tolist(), work_s.tolist(), product.tolist()
    queue = [(at, order, 0) for order, at in enumerate(released.tolist())]
    heapq.heapify(queue)
    while queue:
        ready, order, step = heapq.heappop(queue)
        made = kind_of[order]
        centre = route[made][step]
        machines = free[centre]
        which = machines.index(min(machines))
        week = week_of(centre)
        number = centre * MACHINES_EACH + which
        at = week.worked(max(ready, machines[which]))
        needs = work[order][step]
        group = made % FAMILIES
        if centre in SETUP_S and family[centre][which] != group:
            family[centre][which] = group
            if centre == SETUP_LOGGED:
                rows.add(order, number, kind=1, start_s=week.instant(at, is_end=False), end_s=week.instant(at + SETUP_S[centre], is_end=True))  # fmt: skip
                at += SETUP_S[centre]
            else:
                needs += SETUP_S[centre]
        end = week.instant(at + needs, is_end=True)
        rows.add(order, number, kind=0, start_s=week.instant(at, is_end=False), end_s=end)
        machines[which] = end
        if centre in to_failure:
            to_failure[centre][which] -= needs
            if to_failure[centre][which] <= 0.0:
                back = end + rng.exponential(MEAN_REPAIR_S)
                rows.add(-1, number, kind=2, start_s=end, end_s=back)
                machines[which] = back
                to_failure[centre][which] = rng.exponential(MEAN_WORK_BETWEEN_FAILURES_S)
        if step + 1 < STEPS:
            heapq.heappush(queue, (end + 600.0, order, step + 1))
    return rows


def _clock(instant_s: NDArray[np.float64]) -> pl.Series:
    """Return clock times as a plant's system writes them."""
    at = MONDAY + 1000 * np.round(instant_s).astype("timedelta64[ms]")
    return pl.Series(at).dt.strftime("%Y-%m-%d %H:%M:%S")


def _names(what: str, numbers: NDArray[np.int64]) -> pl.Series:
    return what + pl.Series(numbers).cast(pl.String).str.zfill(2)


def _write_operations(
    into: Path,
    rows: Rows,
    rng: np.random.Generator,
    *,
    product: NDArray[np.int64],
    quantity: NDArray[np.int64],
    due_s: NDArray[np.float64],
) -> int:
    order, machine, kind = np.array(rows.order), np.array(rows.machine), np.array(rows.kind)
    start_s, end_s = np.array(rows.start_s), np.array(rows.end_s)
    n, is_work, of_order = len(order), kind == 0, order >= 0
    is_zero = (rng.random(n) < ZERO_QUANTITY) | ~is_work
    scrap = rng.binomial(quantity[order], 0.01)
    end_s = np.where(rng.random(n) < NO_TIME, start_s, end_s)
    shift = (start_s // (8 * HOUR) % 2).astype(int)
    person = pl.Series(OPERATORS).gather(
        (shift * 4 + machine // MACHINES_EACH % 4).astype(np.uint32)
    )
    name = pl.Series(OPERATIONS).gather((machine // MACHINES_EACH).astype(np.uint32))
    kinds = pl.Series(["Production", "Setup", "Breakdown"]).gather(kind.astype(np.uint32))
    frame = pl.DataFrame(
        {
            "Order": _names("WO-", 100000 + order), "Part": _names("P-", product[order]),
            "Family": _names("F-", product[order] % FAMILIES), "Operation": name, "Activity": kinds,
            "Machine": name.str.to_uppercase() + "-" + pl.Series(machine % MACHINES_EACH + 1).cast(pl.String),
            "Start": _clock(start_s), "End": _clock(end_s), "Operator": person,
            "Good": np.where(is_zero, 0, quantity[order] - scrap), "Scrap": np.where(is_zero, 0, scrap),
            "Order quantity": quantity[order], "Due": _clock(due_s[order]).str.slice(0, 10),
            "_of_order": of_order, "_no_start": is_work & (rng.random(n) < NO_START),
            "_no_end": is_work & (rng.random(n) < NO_END), "_bad": is_work & (rng.random(n) < UNREADABLE),
            "_twice": rng.random(n) < TWICE, "_start_s": start_s,
        }
    )  # fmt: skip
    again = frame.filter("_twice")
    frame = pl.concat([frame, again]).sort("_start_s", "Machine", "Order", maintain_order=True)
    orders_own = ("Order", "Part", "Family", "Good", "Scrap", "Order quantity", "Due")
    frame = frame.with_columns(
        pl.when("_no_start").then(None).otherwise("Start").alias("Start"),
        pl.when("_bad")
        .then(pl.lit("n/a"))
        .when(pl.col("_no_end") & ~pl.col("_no_start"))
        .then(None)
        .otherwise("End")
        .alias("End"),
        *(pl.when("_of_order").then(c).otherwise(None).alias(c) for c in orders_own),
    )
    frame.select(c for c in frame.columns if not c.startswith("_")).write_csv(
        into / "operations.csv"
    )
    return frame.height


def _write_orders(
    into: Path,
    *,
    product: NDArray[np.int64],
    quantity: NDArray[np.int64],
    released: NDArray[np.float64],
    due_s: NDArray[np.float64],
) -> None:
    pl.DataFrame(
        {
            "Order": _names("WO-", 100000 + np.arange(len(product))), "Part": _names("P-", product),
            "Quantity": quantity, "Released": _clock(released), "Due": _clock(due_s).str.slice(0, 10),
        }
    ).write_csv(into / "orders.csv")  # fmt: skip
