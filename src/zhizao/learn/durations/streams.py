"""Lot streaming: steps whose pieces go on to the next one before the whole lot is done.

Two steps that follow each other on a product's path stream where, for sure, many of its
orders were in both at once, the same one nearly always begins first and ends first. How many
pieces go on at a time is read from how much of the first step's work was done when the second
one began, best where the second one's resource had stood idle: then no queue hid when the
pieces came. The second step cannot end before the last pieces have come, so its report may be
longer than its work; how long it works itself follows from when the two ended. Only
operations that were reported at one go can tell: pauses between reports would look alike.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.learn.durations.stream_cases import (
    ENOUGH_CASES,
    Cases,
    by_names,
    last_stops,
    overlap_often,
    that_overlap,
)
from zhizao.learn.durations.time_shapes import TimeShape, best_time_shape
from zhizao.learn.evidence.repeats import is_extra, is_extra_visit
from zhizao.learn.routes.lines import Clocks
from zhizao.learn.routes.path import Path
from zhizao.model.plant import Provenance

Floats = NDArray[np.float64]
_AT_ONE_GO = 0.8
_MOST_OF_LOT = 0.8
"""Beyond this share of a lot, hardly anything of the overlap is left."""
_LOW_QUANTILE = 0.25
"""Where a queue nearly always hides when the pieces came: few of them waited little."""
_MOST_SIZES = 400
_Z95 = 1.96
_NEVER = np.nan


@dataclass(frozen=True, kw_only=True)
class Stream:
    """Pieces that go on at a time, the interval of their number, and what says so.

    ``share`` of ``n`` orders were in both steps at once. ``shape`` is the first step's time
    against the pieces: what does not depend on them comes before the first ones.
    """

    pieces: float
    low: float
    high: float
    n: int
    share: float
    level: str
    following: str
    is_hidden: bool
    shape: TimeShape

    def batches(self, quantity: Floats) -> Floats:
        """Return the even transfer batches of lots.

        Examples
        --------
        >>> one = Stream(
        ...     pieces=10.0, low=9.0, high=11.0, n=50, share=0.9, level="product",
        ...     following="turn", is_hidden=False, shape=TimeShape(0.5, 40.0))
        >>> one.batches(np.array([8.0, 40.0, 41.0])).tolist()
        [1.0, 4.0, 5.0]
        >>> one.first_share(np.array([40.0])).tolist()
        [0.625]
        """
        return np.asarray(np.maximum(1.0, np.ceil(quantity / self.pieces - 1e-9)))

    def first_share(self, quantity: Floats) -> Floats:
        """Return the share of a lot's work after which its first pieces go on."""
        before = self.shape.share / self.shape.of(quantity)
        return np.asarray(before + (1.0 - before) / self.batches(quantity))

    def provenance(self, where: str) -> Provenance:
        """Return where the number of pieces comes from."""
        how = "a low quartile, its resource was hardly ever idle" if self.is_hidden else "median"
        return Provenance(
            where=where, source="learnt", level=self.level, n=self.n, value=self.pieces,
            low=self.low, high=self.high,
            note=f"{self.share:.0%} of the orders were in '{self.following}' before this step had "
            f"ended; pieces done when it began ({how})",
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class LearntStreams:
    """Streaming steps by (product, operation)."""

    found: Mapping[tuple[str, str], Stream] = field(default_factory=dict)

    def fit(self, product: str, operation: str) -> Stream | None:
        """Return how an operation of a product streams to the next one; None where it does not."""
        return self.found.get((product, operation))

    def pairs(self) -> set[tuple[str, str]]:
        """Return the pairs of operations that overlap since all from one to the other stream."""
        found = set()
        for product, first in self.found:
            stream = self.fit(product, first)
            while stream is not None:
                found.add((first, stream.following))
                stream = self.fit(product, stream.following)
        return found


def learn_streams(
    visits: pl.DataFrame,
    rows: pl.DataFrame,
    *,
    orders: set[str],
    paths: Mapping[str, Path],
    clocks: Clocks,
    is_hindered: Callable[[str], bool],
) -> tuple[LearntStreams, pl.DataFrame]:
    """Learn which steps stream; return the visits with what it says of them, too.

    Parameters
    ----------
    visits
        As from ``visits_of``.
    rows
        Reports with resource, start_s and stop_s: when resources were idle.
    orders
        The orders that count as examples.
    paths
        Path by product.
    clocks
        Open times by resource.
    is_hindered
        Whether an operation is one that the twin does not let stream (batches, hand-overs).

    Returns
    -------
    tuple[LearntStreams, polars.DataFrame]
        The streams, and the visits: as given where none was found, else with ``streamed_s``
        (when the first pieces were there, seconds; null where the step before does not
        stream) and ``own_work_s`` (what of its time a visit worked itself).
    """
    asked = _pairs(paths, is_hindered)
    if not asked:
        return LearntStreams(), visits
    table = visits.with_row_index("row").with_columns(
        streamed_s=pl.lit(None, dtype=pl.Float64), own_work_s=pl.col("worked_s")
    )
    # Asked once: a set of many orders is dear to hand over.
    alone = table.filter(
        (pl.col("pass") == 0) & ~is_extra_visit() & ~pl.col("is_running")
    ).with_columns(is_example=pl.col("order_id").is_in(orders))
    asked = that_overlap(asked, alone)
    if not asked:
        return LearntStreams(), visits
    by_operation = by_names(alone, "operation")
    idle_s = last_stops(rows)
    own = table["own_work_s"].to_numpy().copy()
    streamed = np.full(table.height, _NEVER)
    found: dict[tuple[str, str], Stream] = {}
    # In the order of the paths: where a step streams, its own work is known before the next one's.
    for (first, second), products in asked.items():
        both = _joined(by_operation, first, second, products=products)
        if both.is_empty():
            continue
        case = Cases.of(both, clocks=clocks, own_work=own, idle_s=idle_s)
        example = both["is_example"].to_numpy()
        product = both["product"].to_numpy()
        by_product = _by_product(
            case, products, product=product, is_example=example, following=second
        )
        for name, stream in by_product.items():
            found[name, first] = stream
            some = case.some(product == name)
            batches = stream.batches(some.quantity)
            is_over = batches > 1.0
            at = clocks.moved(some.clock, some.begin, some.work * stream.first_share(some.quantity))
            streamed[some.second_row[is_over]] = at[is_over]
            own[some.second_row[is_over]] = some.own_work(batches, clocks)[is_over]
    if not found:
        return LearntStreams(), visits
    told = visits.with_columns(
        streamed_s=pl.Series(streamed).fill_nan(None), own_work_s=pl.Series(own)
    )
    return LearntStreams(found=found), told


def _by_product(
    case: Cases, products: Sequence[str], *, product: NDArray[np.object_],
    is_example: NDArray[np.bool_], following: str,
) -> dict[str, Stream]:  # fmt: skip
    """Return how two steps stream: by each product's orders where enough, else by all orders."""
    pooled = _fit(case.some(is_example), level="pooled", following=following)
    found = {}
    for name in products:
        own = case.some(is_example & (product == name))
        is_enough = own.quantity.size >= ENOUGH_CASES
        stream = _fit(own, level="product", following=following) if is_enough else pooled
        if stream is not None:
            found[name] = stream
    return found


def with_own_work(visits: pl.DataFrame) -> pl.DataFrame:
    """Return the visits with the time that they worked, without waits for pieces."""
    if "own_work_s" not in visits.columns:
        return visits
    lost = pl.col("worked_s") - pl.col("own_work_s")
    return visits.with_columns(
        worked_s=pl.col("own_work_s"),
        measured_s=pl.when(lost == 0.0).then("measured_s").otherwise("own_work_s"),
    ).drop("own_work_s", "streamed_s")


def _pairs(
    paths: Mapping[str, Path], is_hindered: Callable[[str], bool]
) -> dict[tuple[str, str], list[str]]:
    """Return the pairs of steps that might stream, and the products whose paths have them."""
    found: dict[tuple[str, str], list[str]] = {}
    for product, path in sorted(paths.items()):
        if path.variants:  # what follows a step depends on the road
            continue
        for one, other in pairwise(path.steps):
            if (
                one.rework_to is None
                and other.probability >= 1.0
                and not (is_extra(one.operation) or is_extra(other.operation))
                and not (is_hindered(one.operation) or is_hindered(other.operation))
            ):
                found.setdefault((one.operation, other.operation), []).append(product)
    places: dict[str, int] = {}
    for path in paths.values():
        for operation, place in path.index.items():
            places[operation] = max(places.get(operation, 0), place)
    return dict(sorted(found.items(), key=lambda item: (places[item[0][0]], item[0])))


def _joined(
    by_operation: Mapping[str, pl.DataFrame], first: str, second: str, *, products: list[str]
) -> pl.DataFrame:
    """Return one row for each order that did both, where both are known to the minute."""
    if first not in by_operation or second not in by_operation:
        return pl.DataFrame()
    columns = (
        "row", "resource", "first_s", "last_s", "worked_s", "n_rows", "n_measured", "n_resources",
    )  # fmt: skip
    one = by_operation[first].filter(pl.col("product").is_in(products))
    both = one.select("order_id", "product", "quantity", "is_example", *columns).join(
        by_operation[second].select("order_id", *columns), on="order_id", suffix="_next",
        maintain_order="left",
    )  # fmt: skip
    is_known = (
        (pl.col("n_rows") == 1) & (pl.col("n_rows_next") == 1)
        & (pl.col("n_measured") == 1) & (pl.col("n_measured_next") == 1)
        & (pl.col("worked_s") > 0) & (pl.col("worked_s_next") > 0)
    )  # fmt: skip
    known = both.filter(is_known)
    if known.height < max(ENOUGH_CASES, _AT_ONE_GO * both.height):
        return pl.DataFrame()
    return known if overlap_often(known) else pl.DataFrame()


def _fit(case: Cases, *, level: str, following: str) -> Stream | None:
    """Return the number of pieces that explains the cases best; None where whole lots go on."""
    if not case.streams():
        return None
    used = case.clear()
    is_hidden = used is case and not case.is_idle.all()
    shape = best_time_shape(np.log(np.maximum(case.work, 1.0)), case.quantity)
    pieces, quantity = used.pieces(shape), used.quantity
    n, share = quantity.size, float((used.begin_next < used.end).mean())
    at = _LOW_QUANTILE if is_hidden else 0.5
    sizes = np.unique(np.round(np.geomspace(1.0, max(quantity.max(), 2.0), _MOST_SIZES)))
    even = quantity / np.maximum(1.0, np.ceil(quantity / sizes[:, None] - 1e-9))
    apart = pieces - even
    loss = np.where(apart > 0.0, at * apart, (at - 1.0) * apart).sum(axis=1)
    best = int(np.argmin(loss))  # of equal ones the smallest
    size = float(sizes[best])
    if size > _MOST_OF_LOT * float(np.median(quantity)):
        return None
    ordered = np.sort(pieces / even[best]) * size
    half = _Z95 * np.sqrt(at * (1.0 - at) / ordered.size)
    low, high = np.quantile(ordered, [max(0.0, at - half), min(1.0, at + half)]).tolist()
    return Stream(
        pieces=size, low=min(low, size), high=max(high, size), n=n, share=share, level=level,
        following=following, is_hidden=is_hidden, shape=shape,
    )  # fmt: skip
