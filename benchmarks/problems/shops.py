"""Made-up shops whose orders are late: family setups, weekly calendars, operators, parallel machines.

The product's own nouns: a Plant and Orders, so that its front door is used. Equal seeds and sizes
give equal shops. Nothing is random when the shop runs: times are constant. The load is about 85 %
of the machines' open time, and dispatching leaves a third of the orders late or so.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from zhizao.model import Order
from zhizao.model.plant import (
    Calendar,
    Operator,
    Plant,
    Product,
    Resource,
    ResourceOption,
    Routing,
    Setup,
    Shift,
    Step,
    TimeModel,
    WorkCentre,
)

NOW = datetime(2024, 1, 1, 6, tzinfo=UTC)
"""A Monday, at the begin of the early shift."""

SIZES = (200, 2_000, 20_000)
FAMILIES = tuple("ABCDEF")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
MEAN_OPERATION_H = 1.75
"""Work and setup of an operation."""
OPEN_H_A_WEEK = 110.0
LOAD = 0.85


@dataclass(frozen=True, kw_only=True)
class Shop:
    """A plant, what is wanted of it, and when planning begins."""

    name: str
    plant: Plant
    orders: tuple[Order, ...]
    now: datetime
    n_operations: int


def make_shop(n_operations: int, *, seed: int) -> Shop:
    """Return a shop with that many operations (up to six more, to end an order)."""
    rng = np.random.default_rng([seed, n_operations])
    n_machines = max(8, round(0.6 * n_operations**0.55))
    n_centres = round(4 + 2 * np.log10(n_operations / 50))
    weeks = n_operations * MEAN_OPERATION_H / (n_machines * LOAD * OPEN_H_A_WEEK)
    centres = [f"WC{c + 1}" for c in range(n_centres)]
    paths = _paths(centres, n_products=10 + n_operations // 200, rng=rng)
    machines_of = _machines(n_machines, centres, paths, rng=rng)
    products, routings = _products(machines_of, paths, rng=rng)
    orders, n_made = _orders(routings, n_operations=n_operations, weeks=weeks, rng=rng)
    plant = Plant(
        name=f"shop-{n_operations}-{seed}",
        work_centres=tuple(WorkCentre(id=c, dispatch="atcs") for c in centres),
        resources=tuple(machine for members in machines_of.values() for machine in members),
        operators=_operators(machines_of),
        calendars=_calendars(),
        products=tuple(products),
        routings=tuple(routings.values()),
        setups=tuple(_setups(centres, rng=rng)),
    )
    return Shop(
        name=plant.name, plant=plant, orders=tuple(orders), now=NOW, n_operations=n_made
    )  # fmt: skip


def _calendars() -> tuple[Calendar, ...]:
    """Return two shifts a day, round the clock to Saturday, and the crews' three shifts."""

    def week(name: str, start: str, end: str, *, saturday: bool) -> Calendar:
        days = (*WEEKDAYS, "sat") if saturday else WEEKDAYS
        return Calendar(
            id=name, shifts=tuple(Shift(weekday=day, start=start, end=end) for day in days)
        )

    return (
        week("two-shifts", "06:00", "22:00", saturday=False),
        week("six-days", "00:00", "24:00", saturday=True),
        week("early", "06:00", "14:00", saturday=True),
        week("late", "14:00", "22:00", saturday=True),
        week("night", "22:00", "06:00", saturday=False),
    )


def _paths(
    centres: list[str], *, n_products: int, rng: np.random.Generator
) -> list[list[tuple[str, float]]]:
    """Return each product's centres with minutes a piece; never one centre twice in a row."""
    paths = []
    for _ in range(n_products):
        length = int(rng.integers(3, min(7, len(centres) + 1) + 1))
        path: list[tuple[str, float]] = []
        while len(path) < length:
            centre = str(rng.choice(centres))
            if not path or path[-1][0] != centre:
                path.append((centre, round(float(rng.uniform(1.0, 8.0)), 1)))
        paths.append(path)
    return paths


def _machines(
    n_machines: int,
    centres: list[str],
    paths: list[list[tuple[str, float]]],
    *,
    rng: np.random.Generator,
) -> dict[str, list[Resource]]:
    """Return each centre's machines, about as many as its work needs.

    Every second centre works two shifts on weekdays, the others round the clock on six days.
    """
    calendars = ["two-shifts" if c % 2 else "six-days" for c in range(len(centres))]
    open_h = {"two-shifts": 80.0, "six-days": 144.0}
    need = np.array(
        [
            sum(minutes for path in paths for at, minutes in path if at == centre)
            / open_h[calendar]
            for centre, calendar in zip(centres, calendars, strict=True)
        ]
    )
    counts = np.maximum(1, np.round(n_machines * need / need.sum())).astype(int)
    return {
        centre: [
            Resource(
                id=f"{centre}-{i + 1}",
                work_centre=centre,
                speed=round(float(rng.uniform(0.8, 1.2)), 2),
                calendar=calendars[c],
                initial_family=str(rng.choice(FAMILIES)),
            )
            for i in range(counts[c])
        ]
        for c, centre in enumerate(centres)
    }


def _operators(machines_of: dict[str, list[Resource]]) -> tuple[Operator, ...]:
    """Return crews for two of three centres: fewer people than machines, fewest at night."""
    crews = []
    for c, (centre, machines) in enumerate(machines_of.items()):
        if c % 3 == 2:
            continue
        for shift, share in (("early", 0.8), ("late", 0.8), ("night", 0.5)):
            count = max(1, round(share * len(machines)))
            crews.append(
                Operator(
                    id=f"{centre}-{shift}", skills=(f"runs-{centre}",), count=count, calendar=shift
                )
            )
    return tuple(crews)


def _products(
    machines_of: dict[str, list[Resource]],
    paths: list[list[tuple[str, float]]],
    *,
    rng: np.random.Generator,
) -> tuple[list[Product], dict[str, Routing]]:
    """Return products with a family (every family at least once), and their routings."""
    products, routings = [], {}
    for p, path in enumerate(paths):
        name = f"P{p + 1}"
        family = FAMILIES[p] if p < len(FAMILIES) else str(rng.choice(FAMILIES))
        products.append(Product(id=name, family=family))
        steps = tuple(
            _step(10 * (i + 1), centre, minutes, machines_of, rng=rng)
            for i, (centre, minutes) in enumerate(path)
        )
        routings[name] = Routing(product=name, steps=steps)
    return products, routings


def _step(
    number: int,
    centre: str,
    minutes: float,
    machines_of: dict[str, list[Resource]],
    *,
    rng: np.random.Generator,
) -> Step:
    """Return an operation on most of a centre's machines."""
    machines = [m for m in machines_of[centre] if rng.random() < 0.8] or machines_of[centre][:1]
    c = list(machines_of).index(centre)
    return Step(
        step=number,
        operation=f"{centre}-work",
        resources=tuple(ResourceOption(resource=m.id) for m in machines),
        time=TimeModel(per_piece_min=minutes),
        skills=() if c % 3 == 2 else (f"runs-{centre}",),
        interruption="must_fit" if c == 1 else "resume",
    )


def _setups(centres: list[str], *, rng: np.random.Generator) -> list[Setup]:
    """Return minutes between families: along a line of families, dearer against its direction."""
    setups = []
    for centre in centres:
        scale = float(rng.choice([5.0, 10.0, 25.0]))
        line = rng.permutation(len(FAMILIES))
        for i, source in enumerate(FAMILIES):
            for j, target in enumerate(FAMILIES):
                if i != j:
                    step = int(line[j] - line[i])
                    minutes = scale * (1 + 0.6 * step if step > 0 else 2 - 0.9 * step)
                    setups.append(
                        Setup(
                            work_centre=centre,
                            from_family=source,
                            to_family=target,
                            setup_min=round(minutes),
                        )
                    )
    return setups


def _orders(
    routings: dict[str, Routing], *, n_operations: int, weeks: float, rng: np.random.Generator
) -> tuple[list[Order], int]:
    """Return orders until their operations are enough; half are released later."""
    orders, n_made = [], 0
    names = list(routings)
    while n_made < n_operations:
        product = str(rng.choice(names))
        steps = routings[product].steps
        quantity = int(rng.integers(5, 36))
        work_h = sum(s.time.per_piece_min * quantity for s in steps) / 60
        later = rng.random() < 0.5
        release = NOW + timedelta(minutes=int(later * rng.uniform(0, 0.6 * weeks) * 7 * 24 * 60))
        allowance_h = float(rng.uniform(0.5, 2.0)) * work_h + 168 * weeks * float(
            rng.uniform(0, 0.4)
        )
        orders.append(
            Order(
                id=f"O{len(orders) + 1:05}",
                product=product,
                quantity=quantity,
                release_at=release,
                due_at=release + timedelta(minutes=round(allowance_h * 60)),
                priority=int(rng.choice([0, 1, 3], p=[0.6, 0.3, 0.1])),
            )
        )
        n_made += len(steps)
    return orders, n_made
