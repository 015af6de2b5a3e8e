"""Which learnt value is off: each against the workshop that wrote the log."""

from collections import defaultdict
from itertools import pairwise
from typing import NamedTuple

from benchmarks.truth.describe import HOUR_S, Centre, Product, Shop
from benchmarks.truth.engine import Windows
from benchmarks.truth.workshops import all_steps

from zhizao.model import Plant, Step

_DAY_MIN = 24 * 60


class Value(NamedTuple):
    """A value that is true of the workshop beside the one that was learnt."""

    what: str
    true: float | str
    learnt: float | str | None


def explain(shop: Shop, plant: Plant) -> list[Value]:
    """Return the values by centre, averaged over its machines or steps."""
    found: list[Value] = []
    resources = {r.id: r for r in plant.resources}
    rules = {w.id: w.dispatch for w in plant.work_centres}
    hours = {c.id: _weekly_hours([(s.weekday, s.start, s.end) for s in c.shifts]) for c in plant.calendars}  # fmt: skip
    for centre in shop.centres:
        known = [resources[m.name] for m in centre.machines if m.name in resources]
        name = centre.name
        if not known:
            found.append(Value(f"{name}: machines", len(centre.machines), 0))
            continue
        groups = {r.work_centre for r in known}
        found += [
            Value(f"{name}: rule", centre.rule, "/".join(sorted(rules[g] for g in groups))),
            Value(f"{name}: lots at once", centre.oven.most_lots if centre.oven else 1, max(r.capacity for r in known)),
            Value(f"{name}: open h/week", _mean([Windows(m.shifts).weekly_s / HOUR_S for m in centre.machines]),
                  _mean([hours.get(r.calendar or "", 168.0) for r in known])),
            Value(f"{name}: groups of machines", 1, len(groups)),
        ]  # fmt: skip
        fails = [m.failure for m in centre.machines if m.failure]
        if fails:
            learnt = [r.failure.mtbf_h for r in known if r.failure]
            found.append(
                Value(
                    f"{name}: h between failures",
                    fails[0].mean_busy_h,
                    _mean(learnt) if learnt else None,
                )
            )
        found += _times(shop, plant, centre, groups=groups)
    rate = sum(d.orders_per_week for d in plant.demands)
    found.append(Value("demand: orders/week", shop.orders_per_week, rate))
    wanted = {o.product: o.orders_per_week for o in plant.demands}
    for product in shop.products:
        true = shop.orders_per_week * product.share
        found.append(Value(f"demand {product.name}", true, wanted.get(product.name)))
    routings = {r.product: r for r in plant.routings}
    for product in shop.products:
        true_route = " + ".join(
            " > ".join(s.operation for s in route) for route in (*product.branches, product.steps)
        )
        known_route = routings.get(product.name)
        learnt_route = " > ".join(_named(s) for s in known_route.steps) if known_route else None
        found.append(Value(f"route {product.name}", true_route, learnt_route))
    n_operators = sum(o.count for o in plant.operators)
    if shop.crews:
        found.append(Value("crew: people", sum(shop.crews.values()), n_operators))
    return found


def _named(step: Step) -> str:
    share = "" if step.probability > 0.99 else f" ({step.probability:.0%})"
    back = f" (back to {step.rework.to_step}: {step.rework.probability:.0%})" if step.rework else ""
    return f"{step.operation}{share}{back}"


def _wait_before_min(shop: Shop, product: Product, operation: str) -> float:
    """Return the mean minutes that a lot truly loses on its way to an operation."""
    for route in (*product.branches, product.steps):
        for before, step in pairwise(route):
            if step.operation == operation:
                centre = shop.centre(before.centre)
                return shop.transport_min + centre.wait_share * centre.wait_mean_h * 60
    return shop.transport_min if product.branches else 0.0


def _times(shop: Shop, plant: Plant, centre: Centre, *, groups: set[str]) -> list[Value]:
    """Compare setup, working and waiting times and detours of the steps of a centre."""
    values: dict[str, list[tuple[float, float]]] = defaultdict(list)
    routings = {r.product: r for r in plant.routings}
    setup = [s.setup_min for s in plant.setups if s.work_centre in groups]
    for product, step in all_steps(shop):
        if step.centre != centre.name or product.name not in routings:
            continue
        learnt = [
            s
            for s in routings[product.name].steps
            if s.operation.casefold() == step.operation.casefold()
        ]
        values["steps found"].append((1, len(learnt)))
        if not learnt:
            continue
        one, quantity = learnt[0], product.median_quantity
        run_min = centre.oven.minutes if centre.oven else step.piece_min * quantity
        speed = _mean([m.speed for m in centre.machines])
        values["run min/lot"].append((run_min / speed, one.time.per_piece_min * quantity))
        fixed_min = (
            centre.setup_same_product_min,
            centre.setup_same_family_min,
            centre.setup_other_min,
        )
        values["setup min/lot (true: mean of the three kinds)"].append(
            (_mean(list(fixed_min)), one.time.setup_min + (_mean(setup) if setup else 0.0))
        )
        total = run_min / speed + _mean(list(fixed_min))
        now = one.time.setup_min + one.time.per_piece_min * quantity
        values["all min/lot"].append((total, now + (_mean(setup) if setup else 0.0)))
        values["cv"].append((step.cv, _cv(one.time.quantiles) or one.time.cv))
        values["delay before, min"].append(
            (_wait_before_min(shop, product, step.operation), one.delay.mean_min)
        )
        values["rework share"].append(
            (step.rework_share, one.rework.probability if one.rework else 0.0)
        )
    return [
        Value(f"{centre.name}: {what}", _mean([t for t, _ in pairs]), _mean([v for _, v in pairs]))
        for what, pairs in values.items()
        if what != "steps found" or any(t != v for t, v in pairs)
    ]


def _cv(quantiles: tuple[float, ...]) -> float:
    if not quantiles:
        return 0.0
    middle = _mean(list(quantiles))
    return float(_mean([(q - middle) ** 2 for q in quantiles]) ** 0.5 / middle)


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _weekly_hours(shifts: list[tuple[str, str, str]]) -> float:
    total = 0
    for _, start, end in shifts:
        begin = int(start[:2]) * 60 + int(start[3:])
        over = int(end[:2]) * 60 + int(end[3:])
        total += (over - begin) if over > begin else over - begin + _DAY_MIN
    return total / 60
