"""Routings: an ordered main path for each product, with optional steps and bounded rework."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import polars as pl

from zhizao.learn.evidence.finished import Finished
from zhizao.learn.evidence.repeats import base_of, is_extra, occurrence_of
from zhizao.learn.routes.common_rework import with_common_rework
from zhizao.learn.routes.passed import passed_steps
from zhizao.learn.routes.path import Path, PathStep
from zhizao.learn.routes.rework import Detour, begun_in_detours, rework_of
from zhizao.learn.routes.sequence import sequence_of
from zhizao.learn.routes.ties import with_ties
from zhizao.learn.routes.variants import learn_variants

_OWN_ORDERS = 3
_MIN_SHARE = 0.02
_PRIOR_ORDERS = 2.0


def learn_paths(
    visits: pl.DataFrame, finished: Finished, *, products: Sequence[str], families: dict[str, str]
) -> dict[str, Path]:
    """Learn a path for every product: its own, its family's, or the pooled one.

    A product with at least three orders seen from beginning to end has its own
    path. With fewer, it takes the path of its family or of all, with the
    shares pulled towards its own orders, and every operation it was seen with.

    Parameters
    ----------
    visits
        As from ``visits_of``.
    finished
        Which orders count as complete examples.
    products
        Every product that needs a routing.
    families
        Product → family, where known.
    """
    whole = visits.filter(pl.col("order_id").is_in(finished.ids(complete=True)))
    if whole.is_empty():
        whole = visits.filter(pl.col("order_id").is_in(finished.ids()))
    if whole.is_empty():
        whole = visits
    n_by_product = dict(whole.group_by("product").agg(pl.col("order_id").n_unique()).iter_rows())

    # Most plants need none of these: every product has orders enough of its own.
    @cache
    def everything() -> Path:
        return _path_of(visits, product="", level="pooled", keep_all=True)

    @cache
    def pooled() -> Path:
        return _counted(_path_of(whole, product="", level="pooled"), visits, finished)

    @cache
    def of_family(family: str) -> Path:
        members = [p for p, f in families.items() if f == family]
        rows = whole.filter(pl.col("product").is_in(members))
        if rows["order_id"].n_unique() < _OWN_ORDERS:
            return pooled()
        path = _path_of(rows, product="", level="family")
        return _counted(path, visits.filter(pl.col("product").is_in(members)), finished)

    none = visits.clear()
    all_of, whole_of = _by_product(visits), _by_product(whole)
    paths = {}
    for product in products:
        own = all_of.get(product, none)
        if n_by_product.get(product, 0) >= _OWN_ORDERS:
            rows = whole_of[product]
            path = _counted(_path_of(rows, product=product, level="product"), own, finished)
            first = rows.filter(pl.col("pass") == 0)
            regular = [s.operation for s in path.steps if not is_extra(s.operation)]
            path = replace(path, variants=learn_variants(first, regular))
        else:
            family = families.get(product)
            base = pooled() if family is None else of_family(family)
            path = _mixed(base, own, finished, product)
        paths[product] = _with_seen(path, own, everything)
    is_over = pl.col("order_id").is_in(finished.names().implode())
    paths = with_common_rework(paths, visits, is_over=is_over)
    return with_ties(paths, all_of, finished, families=families)


def _by_product(visits: pl.DataFrame) -> dict[str, pl.DataFrame]:
    parts = visits.partition_by("product", as_dict=True, maintain_order=True)
    return {str(product): own for (product,), own in parts.items()}


def _path_of(rows: pl.DataFrame, *, product: str, level: str, keep_all: bool = False) -> Path:
    """Return the path of some orders' visits."""
    n_orders = rows["order_id"].n_unique()
    main = rows.filter(pl.col("pass") == 0)
    n_by_operation = dict(main.group_by("operation").len().iter_rows())
    least = 0.0 if keep_all else _MIN_SHARE * n_orders
    names = _in_order(
        main.filter(
            pl.col("operation").is_in(
                [o for o, n in n_by_operation.items() if n >= least and not is_extra(o)]
            )
        )
    )
    extras = [o for o, n in n_by_operation.items() if n >= least and is_extra(o)]
    names = _with_extras(names, extras, main)
    rework = rework_of(rows, names, is_over=pl.lit(value=True))
    steps = [
        _step(name, n_by_operation[name] / n_orders, n=n_orders, detour=rework.get(name))
        for name in names
    ]
    return Path(
        product=product, level=level, n_orders=n_orders, steps=tuple(steps), index=_index(names)
    )


def _step(operation: str, probability: float, *, n: int, detour: Detour | None) -> PathStep:
    if detour is None:
        return PathStep(operation=operation, probability=probability, n=n)
    return PathStep(
        operation=operation, probability=probability, n=n, rework_to=detour.to,
        rework_probability=detour.probability, max_passes=detour.max_passes,
    )  # fmt: skip


def _index(names: Sequence[str]) -> dict[str, int]:
    return {name: i for i, name in enumerate(names)}


def _in_order(main: pl.DataFrame) -> list[str]:
    """Return operations by median relative position, neighbours swapped where most orders say so."""
    middle = main.select((pl.col("first_s") + pl.col("last_s")) / 2).to_series().to_numpy()
    sequence = sequence_of(main["order_id"], main["operation"], middle)
    ordered = (
        pl.DataFrame({"operation": main["operation"], "position": sequence.position})
        .group_by("operation")
        .agg(pl.col("position").median().alias("median"), pl.col("position").mean())
        .sort("median", "position", "operation")
    )
    names: list[str] = ordered["operation"].to_list()
    number = {name: i for i, name in enumerate(sequence.operations)}
    own = [number[name] for name in names]
    wins = sequence.wins[np.ix_(own, own)]
    order = list(range(len(names)))
    for _ in range(len(order)):
        swapped = False
        for i in range(len(order) - 1):
            a, b = order[i], order[i + 1]
            if wins[b, a] > wins[a, b]:
                order[i], order[i + 1] = b, a
                swapped = True
        if not swapped:
            break
    return [names[i] for i in order]


def _with_extras(names: list[str], extras: Sequence[str], main: pl.DataFrame) -> list[str]:
    """Return the steps with extra visits after the last step that orders usually had begun then.

    Extra visits of several operations at one place stand in the order in which orders made them.
    """
    if not extras:
        return names
    places = pl.DataFrame({"operation": names, "at": range(len(names))})
    begun = (
        main.join(places, on="operation", how="left")
        .sort("order_id", "first_s", "last_s")
        .with_columns(pl.col("at").cum_max().forward_fill().over("order_id"))
        .filter(pl.col("operation").is_in(list(extras)))
        .group_by("operation")
        .agg(pl.col("at").median())
    )
    after = {operation: int(at or 0) for operation, at in begun.iter_rows()}
    index = _index(names)
    latest: dict[str, int] = {}
    for name in names:
        latest[base_of(name)] = index[name]
    for extra in sorted(extras, key=occurrence_of):
        base = base_of(extra)
        latest[base] = after[extra] = max(after[extra], latest.get(base, 0))
    first = _index(_in_order(main.filter(pl.col("operation").is_in(list(extras)))))
    by_place = sorted(extras, key=lambda e: (after[e], first[e]))
    for base in {base_of(e) for e in extras}:  # the second extra visit is after the first
        own = [i for i, e in enumerate(by_place) if base_of(e) == base]
        ordered = sorted((by_place[i] for i in own), key=occurrence_of)
        for i, extra in zip(own, ordered, strict=True):
            by_place[i] = extra
    laid = []
    for i, name in enumerate(names):
        laid += [name, *(e for e in by_place if after[e] == i)]
    return laid


def _counted(path: Path, visits: pl.DataFrame, finished: Finished) -> Path:
    """Return the path with shares of steps and detours among all orders that have passed them."""
    names = [s.operation for s in path.steps]
    counted = passed_steps(visits, finished, names)
    rework = rework_of(visits, names, is_over=pl.col("order_id").is_in(finished.names().implode()))
    late = begun_in_detours(visits, path.index, rework)
    steps = []
    for s in path.steps:
        did, passed = counted[s.operation]
        did -= late.get(s.operation, 0)
        share, n = (min(1.0, did / passed), passed) if did else (s.probability, s.n)
        steps.append(_step(s.operation, share, n=n, detour=rework.get(s.operation)))
    return replace(path, steps=tuple(steps))


def _mixed(base: Path, own: pl.DataFrame, finished: Finished, product: str) -> Path:
    """Return a path with the base's order and shares between the base's and the product's."""
    counted = passed_steps(own, finished, [s.operation for s in base.steps])
    steps = []
    for s in base.steps:
        did, passed = counted[s.operation]
        share = (did + _PRIOR_ORDERS * s.probability) / (passed + _PRIOR_ORDERS)
        steps.append(replace(s, probability=share, n=s.n + passed))
    return Path(
        product=product, level=base.level, n_orders=base.n_orders, steps=tuple(steps),
        index=base.index,
    )  # fmt: skip


def _with_seen(path: Path, own: pl.DataFrame, everything: Callable[[], Path]) -> Path:
    """Return the path with every operation that the product was ever seen with.

    Unfinished orders may show operations that no finished one did; they stand
    where they stand in the order of all operations.
    """
    n_by_operation = dict(own.filter(pl.col("pass") == 0).group_by("operation").len().iter_rows())
    n_own = max(1, own["order_id"].n_unique())
    steps = list(path.steps)
    targets = [None if s.rework_to is None else path.steps[s.rework_to].operation for s in steps]
    for name in sorted(set(n_by_operation) - set(path.index)):
        place = everything().index[name]
        at = sum(everything().index[s.operation] < place for s in steps)
        if is_extra(name):
            own_places = [i for i, s in enumerate(steps) if base_of(s.operation) == base_of(name)]
            at = max([at, *(i + 1 for i in own_places)])
        probability = n_by_operation[name] / (
            max(n_own, path.n_orders if path.level == "product" else n_own) + _PRIOR_ORDERS
        )
        steps.insert(at, PathStep(operation=name, probability=min(1.0, probability), n=n_own))
        targets.insert(at, None)
    index = _index([s.operation for s in steps])
    fixed = tuple(
        PathStep(
            operation=s.operation, probability=s.probability, n=s.n,
            rework_to=None if t is None or index[t] > index[s.operation] else index[t],
            rework_probability=s.rework_probability, max_passes=s.max_passes,
        )
        for s, t in zip(steps, targets, strict=True)
    )  # fmt: skip
    return replace(path, steps=fixed, index=index)
