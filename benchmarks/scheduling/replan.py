"""Re-plan made-up shops after an event; print and keep how many operations of the next shift move.

python -m benchmarks.scheduling.replan [--operations 2000] [--seconds 5] [--threads 2]
                                       [--seed 1 2 3 4 5] [--event down rush late progress]
                                       [--bom] [--save]

The plan that people follow is made in ``--plan-seconds``. Then, four hours in or at once:
down: one resource of the three busiest is away for six hours. rush: an order of 30 pieces, priority 5,
due in a day. late: the material of twelve operations of the next shift comes eight hours late.
progress: four hours on, all is as planned, but every seventh of the lots at work has twice as much left.
``moved`` counts operations that the old plan begins within 12 h and that have another resource or begin
more than 30 minutes earlier or later; what the event itself forces to move is among them. ``forced`` is a
count that no plan can go below, as the difference of the plans says. A small shop is planned before, so
that no time goes to compiling. With ``--bom`` orders wait for others: into each piece of every third
product goes one of the product after it, at its second operation; what
the orders do not make of them is in stock.
"""

import argparse
import csv
import datetime as dt
import os
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from benchmarks.problems.shops import Shop, make_shop

from zhizao.model import Assignment, LotState, Order, Plant, Schedule, ShopState
from zhizao.model.plant import Calendar, CalendarException, Component, Part
from zhizao.schedule import replan, schedule

RESULTS = Path(__file__).resolve().parents[2] / "benchmarks" / "results" / "replan.csv"
SHIFT = timedelta(hours=12)
TOLERANCE = timedelta(minutes=30)
DOWN = timedelta(hours=6)
LATE = timedelta(hours=8)
PASSED = timedelta(hours=4)
N_LATE = 12
RUSH_PIECES = 30
EVERY_SLOW = 7
COLUMNS = (
    "date", "cores", "load", "shop", "event", "seed", "seconds", "threads", "wall_s", "counted",
    "forced", "moved", "moved_percent", "tardiness_before_h", "tardiness_after_h", "warned",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Event:
    """What is different from what the plan took for granted."""

    plant: Plant
    orders: tuple[Order, ...]
    now: datetime
    state: ShopState | None = None
    material: Mapping[tuple[str, int], datetime] | None = None


def with_bom(shop: Shop) -> Shop:
    """Return a shop in which every third product is assembled from the one after it."""
    names = [p.id for p in shop.plant.products]
    made = {name: sum(o.quantity for o in shop.orders if o.product == name) for name in names}
    steps = {r.product: r.steps for r in shop.plant.routings}
    pairs = list(zip(names[::3], names[1::3], strict=False))
    # What the orders do not make is in stock, so that every order gets all of its material; a
    # rush order, too.
    plant = shop.plant.model_copy(
        update={
            "name": f"{shop.plant.name}-bom",
            "bom": tuple(
                Component(product=whole, component=part, step=steps[whole][1].step)
                for whole, part in pairs
            ),
            "parts": tuple(
                Part(id=part, stock=float(RUSH_PIECES + max(0, made[whole] - made[part])))
                for whole, part in pairs
            ),
        }
    )
    return replace(shop, name=plant.name, plant=plant)


def down(shop: Shop, plan: Schedule, *, seed: int) -> Event:
    """One of the busiest resources is away for six hours."""
    soon = [a for a in plan.assignments if a.start_at < shop.now + SHIFT]
    busiest = Counter(a.resource for a in soon).most_common(3)
    name = busiest[seed % 3][0]
    machine = next(r for r in shop.plant.resources if r.id == name)
    its = next(c for c in shop.plant.calendars if c.id == machine.calendar)
    away = CalendarException(start_at=shop.now, end_at=shop.now + DOWN, is_open=False)
    own = Calendar(id="away", shifts=its.shifts, exceptions=(*its.exceptions, away))
    changed = machine.model_copy(update={"calendar": "away"})
    plant = shop.plant.model_copy(
        update={
            "calendars": (*shop.plant.calendars, own),
            "resources": tuple(changed if r.id == name else r for r in shop.plant.resources),
        }
    )
    return Event(plant=plant, orders=shop.orders, now=shop.now)


def rush(shop: Shop, _plan: Schedule, *, seed: int) -> Event:
    """An order comes that nobody expected."""
    product = shop.plant.products[seed % len(shop.plant.products)].id
    due_at = shop.now + timedelta(days=1)
    order = Order(id="RUSH", product=product, quantity=RUSH_PIECES, due_at=due_at, priority=5)
    return Event(plant=shop.plant, orders=(*shop.orders, order), now=shop.now)


def late(shop: Shop, plan: Schedule, *, seed: int) -> Event:
    """Material of some operations of the next shift comes later than planned."""
    soon = [a for a in plan.assignments if a.start_at < shop.now + SHIFT]
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(soon), min(N_LATE, len(soon)), replace=False).tolist()
    material = {(soon[k].order_id, soon[k].step): soon[k].start_at + LATE for k in chosen}
    return Event(plant=shop.plant, orders=shop.orders, now=shop.now, material=material)


def progress(shop: Shop, plan: Schedule, *, seed: int) -> Event:
    """Four hours on; some of the lots at work are slower than planned."""
    now = shop.now + PASSED
    of_order: dict[str, list[Assignment]] = {}
    for a in plan.assignments:
        of_order.setdefault(a.order_id, []).append(a)
    lots, orders = [], []
    for order in shop.orders:
        steps = sorted(of_order[order.id], key=lambda a: a.step)
        left = [a for a in steps if a.end_at > now]
        if not left:
            continue
        orders.append(order)
        first = left[0]
        if first.begin_at <= now < first.start_at:
            lots.append(_lot(first, "setup", first.begin_at, worked=now - first.begin_at))
            continue
        if first.begin_at > now:
            if first is not steps[0]:
                lots.append(_lot(first, "waiting", max(a.end_at for a in steps if a not in left)))
            continue
        worked = max(timedelta(), now - first.start_at)
        is_slow = len(lots) % EVERY_SLOW == seed % EVERY_SLOW
        rest = (first.end_at - now) * (2 if is_slow else 1)
        total = first.end_at - first.start_at
        lots.append(
            _lot(first, "running", first.start_at, worked=max(timedelta(), total - rest))
            if worked
            else _lot(first, "waiting", first.begin_at)
        )
    families = {
        a.resource: a.family
        for a in sorted(plan.assignments, key=lambda a: a.start_at)
        if a.start_at <= now and a.resource is not None and a.family is not None
    }
    state = ShopState(at=now, lots=tuple(lots), families=families)
    return Event(plant=shop.plant, orders=tuple(orders), now=now, state=state)


def _lot(
    a: Assignment, status: str, since_at: datetime, *, worked: timedelta = timedelta()
) -> LotState:
    return LotState.model_validate(
        {
            "order_id": a.order_id,
            "step": a.step,
            "status": status,
            "since_at": since_at,
            "resource": None if status == "waiting" else a.resource,
            "worked_min": worked / timedelta(minutes=1),
        }
    )


EVENTS: dict[str, Callable[..., Event]] = {
    "down": down,
    "rush": rush,
    "late": late,
    "progress": progress,
}


def main(arguments: list[str] | None = None) -> int:
    """Run the events; 1 if in any of them more than a tenth of the shift moves."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.scheduling.replan", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--operations", type=int, default=2_000)
    parser.add_argument("--plan-seconds", type=float, default=10.0)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--event", nargs="+", choices=tuple(EVENTS), default=list(EVENTS))
    parser.add_argument("--bom", action="store_true")
    parser.add_argument("--save", action="store_true")
    given = parser.parse_args(arguments)
    print(f"{'shop':<14}{'event':<10}{'counted':>8}{'forced':>8}{'moved':>7}{'%':>7}{'tardy h before':>16}{'after':>9}{'wall s':>8}")  # fmt: skip
    small = make_shop(40, seed=1)
    first = schedule(small.plant, small.orders, now=small.now, seconds=0.5)
    replan(small.plant, small.orders, first, now=small.now, seconds=0.5)
    shares = []
    for seed in given.seed:
        shop = make_shop(given.operations, seed=seed)
        shop = with_bom(shop) if given.bom else shop
        plan = schedule(
            shop.plant, shop.orders, now=shop.now,
            seconds=given.plan_seconds, threads=given.threads, seed=seed,
        )  # fmt: skip
        for name in given.event:
            event = EVENTS[name](shop, plan, seed=seed)
            begun_s = time.monotonic()
            new = replan(
                event.plant, event.orders, plan, now=event.now, state=event.state, material=event.material,
                next_shift=SHIFT, seconds=given.seconds, threads=given.threads, seed=seed,
            )  # fmt: skip
            wall_s = time.monotonic() - begun_s
            assert new.difference is not None, new.plan.causes
            shares.append(new.difference.moved_share)
            row = {
                "date": dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M"),
                "cores": os.cpu_count(),
                "load": round(os.getloadavg()[0], 1),
                "shop": shop.name,
                "event": name,
                "seed": seed,
                "seconds": given.seconds,
                "threads": given.threads,
                "wall_s": round(wall_s, 2),
                "counted": new.difference.n_counted,
                "forced": new.difference.n_forced,
                "moved": len(new.difference.moved),
                "moved_percent": round(100 * shares[-1], 2),
                "tardiness_before_h": round(plan.values["tardiness"], 1),
                "tardiness_after_h": round(new.plan.values["tardiness"], 1),
                "warned": new.plan.values["moved"] > 0.1 * new.plan.values["moved_of"],
            }
            print(f"{row['shop']:<14}{name:<10}{row['counted']:>8}{row['forced']:>8}{row['moved']:>7}{row['moved_percent']:>7}{row['tardiness_before_h']:>16}{row['tardiness_after_h']:>9}{row['wall_s']:>8}", flush=True)  # fmt: skip
            if given.save:
                _save(row)
    print(
        f"{len(shares)} events: mean {100 * np.mean(shares):.1f} %, most {100 * max(shares):.1f} %"
    )
    return int(max(shares) > 0.1)


def _save(row: dict[str, object]) -> None:
    is_new = not RESULTS.exists()
    with RESULTS.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=COLUMNS)
        if is_new:
            writer.writeheader()
        writer.writerow(row)


if __name__ == "__main__":
    raise SystemExit(main())
