"""Every order's visits on the line that the twin will follow: one step after the other.

Where steps overlap in reality, a step ends when it and all before it have
ended, and the work is counted back from there; but where the step before is known
to hand pieces on before it ends (``streams``), a step is ready with the first of them.
All orders are laid out at once: first everybody's first visit, then everybody's second,
and so on.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.learn.evidence.repeats import occurrence_of
from zhizao.learn.open_time import OpenTime
from zhizao.learn.routes.path import Path

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_USUAL = 0.5
"""A repeated operation that fewer orders come to is no step of all, but an extra visit."""


@dataclass(frozen=True, kw_only=True)
class Leg:
    """One visit on the line that the twin follows: ready, start and end, seconds."""

    visit: dict[str, Any]
    options: tuple[str, ...]
    open_time: OpenTime
    ready_s: float
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Clocks:
    """The open times of resources; each row of a table names one by its number."""

    known: tuple[OpenTime, ...]
    number: Mapping[str | None, int]

    @classmethod
    def of(cls, open_times: Mapping[str | None, OpenTime]) -> "Clocks":
        """Return the open times, equal ones once."""
        known: list[OpenTime] = []
        place: dict[int, int] = {}
        number = {}
        for name, open_time in open_times.items():
            if id(open_time) not in place:
                place[id(open_time)] = len(known)
                known.append(open_time)
            number[name] = place[id(open_time)]
        return cls(tuple(known), number)

    def numbers(self, names: pl.Series) -> Ints:
        """Return the number of each name's open time; the plant's where it has none."""
        given = {name: n for name, n in self.number.items() if name is not None}
        found = names.replace_strict(given, default=self.number[None], return_dtype=pl.Int64)
        return found.fill_null(self.number[None]).to_numpy()

    def each(self, numbers: Ints) -> Iterator[tuple[OpenTime, Ints]]:
        """Yield each open time with the rows that it belongs to."""
        for n in np.unique(numbers).tolist():
            yield self.known[n], np.flatnonzero(numbers == n)

    def moved(self, numbers: Ints, at_s: Floats, open_s: Floats) -> Floats:
        """Return instants moved by open seconds, each in its own open time."""
        result = at_s.copy()
        for open_time, rows in self.each(numbers):
            result[rows] = open_time.moved_each(at_s[rows], open_s[rows])
        return result

    def between(self, numbers: Ints, from_s: Floats, to_s: Floats) -> Floats:
        """Return the open seconds between instants, each in its own open time."""
        result = np.zeros_like(from_s)
        for open_time, rows in self.each(numbers):
            result[rows] = open_time.between(from_s[rows], to_s[rows])
        return result


def lines(
    visits: pl.DataFrame,
    *,
    paths: Mapping[str, Path],
    resources: Callable[[str, str], tuple[str, ...]],
    clocks: Clocks,
    releases: Mapping[str, float],
) -> pl.DataFrame:
    """Return the orders' visits as the twin would do them, one after the other.

    A visit ends when it and all before it have ended and its work has had
    time since it was ready; it starts its worked time earlier. Without a
    stated release the order is ready at its first report.

    Parameters
    ----------
    visits
        As from ``visits_of``, an order's together; with ``streamed_s``, when the first
        pieces from the step before were there, where steps stream.
    paths, resources
        Path by product; eligible resources of a product's operation.
    clocks
        Open times by resource.
    releases
        Order → stated release, seconds.

    Returns
    -------
    polars.DataFrame
        The visits in the order of their path (repeats and extra visits where they
        happened), with order_number, place (in the path), is_extra, options (eligible
        resources, or the one it was on), clock, ready_s, start_s, end_s.
    """
    visits = _with_places(visits, paths=paths, resources=resources)
    visits = visits.with_columns(clock=pl.Series(clocks.numbers(visits["first_option"])))
    visits = visits[_in_path_order(visits)]
    order = visits["order_number"].to_numpy()
    starts = np.flatnonzero(np.diff(order, prepend=-1))
    counts = np.diff(np.append(starts, order.size))
    names = visits["order_id"].gather(starts)
    released = names.replace_strict(releases, default=None, return_dtype=pl.Float64)
    clock_s = released.fill_null(np.nan).to_numpy().copy()
    frontier_s = np.full(starts.size, -np.inf)
    first, last, worked = (visits[c].to_numpy() for c in ("first_s", "last_s", "worked_s"))
    is_one = visits["n_rows"].to_numpy() == 1
    number = visits["clock"].to_numpy()
    streamed_s = (
        visits["streamed_s"].fill_null(np.nan).to_numpy()
        if "streamed_s" in visits.columns
        else np.full(order.size, np.nan)
    )
    ready_s, start_s, end_s = np.zeros(order.size), np.zeros(order.size), np.zeros(order.size)
    for k in range(int(counts.max(initial=0))):
        of = np.flatnonzero(counts > k)
        row = starts[of] + k
        frontier = np.maximum(frontier_s[of], last[row])
        ready = np.where(np.isnan(clock_s[of]), first[row], clock_s[of])
        streamed = np.minimum(streamed_s[row], first[row])
        ready = np.where(np.isnan(streamed), ready, streamed)
        is_plain = is_one[row] & (first[row] >= ready)
        end = np.maximum(clocks.moved(number[row], ready, worked[row]), frontier)
        begin = np.maximum(clocks.moved(number[row], end, -worked[row]), ready)
        start_s[row] = np.where(is_plain, first[row], np.minimum(begin, end))
        end_s[row] = np.where(is_plain, np.maximum(last[row], frontier), end)
        ready_s[row] = ready
        frontier_s[of], clock_s[of] = frontier, end_s[row]
    return visits.with_columns(
        ready_s=pl.Series(ready_s), start_s=pl.Series(start_s), end_s=pl.Series(end_s)
    )


def legs_of(line: pl.DataFrame, clocks: Clocks) -> list[Leg]:
    """Return one order's rows of ``lines`` as legs."""
    return [
        Leg(
            visit=row, options=tuple(row["options"]), open_time=clocks.known[row["clock"]],
            ready_s=row["ready_s"], start_s=row["start_s"], end_s=row["end_s"],
        )
        for row in line.iter_rows(named=True)
    ]  # fmt: skip


def _with_places(
    visits: pl.DataFrame,
    *,
    paths: Mapping[str, Path],
    resources: Callable[[str, str], tuple[str, ...]],
) -> pl.DataFrame:
    """Return the visits with order_number, place, options and the first option."""
    key = ["product", "operation"]
    pairs = visits.select(key).unique(maintain_order=True)
    places, extra, options = [], [], []
    for product, operation in pairs.iter_rows():
        path = paths[product]
        place = path.index.get(operation, len(path.index))
        places.append(place)
        is_rare = place < len(path.steps) and path.steps[place].probability < _USUAL
        extra.append(is_rare and occurrence_of(operation) > 0)
        options.append(list(resources(product, operation)))
    known = pairs.with_columns(
        place=pl.Series(places, dtype=pl.Int64),
        is_extra=pl.Series(extra, dtype=pl.Boolean),
        options=pl.Series(options, dtype=pl.List(pl.String)),
    )
    on_own = pl.when(pl.col("resource").is_null()).then(pl.lit([], dtype=pl.List(pl.String)))
    return visits.join(known, on=key, how="left", maintain_order="left").with_columns(
        order_number=pl.col("order_id").rle_id().cast(pl.Int64),
        first_option=pl.coalesce(pl.col("options").list.first(), "resource"),
        options=pl.when(pl.col("options").list.len() > 0)
        .then("options")
        .otherwise(on_own.otherwise(pl.concat_list("resource"))),
    )


def _in_path_order(visits: pl.DataFrame) -> Ints:
    """Return the rows of each order as its path has them; repeats stand where they happened."""
    order, place, number = (visits[c].to_numpy() for c in ("order_number", "place", "pass"))
    first = visits["first_s"].to_numpy()
    again = (number > 0) | visits["is_extra"].to_numpy()
    rows = np.lexsort(
        (np.where(again, 0.0, first), np.where(again, first, place), again, order)
    ).astype(np.int64)
    if not again.any():
        return rows
    starts = np.flatnonzero(np.diff(order[rows], prepend=-1))
    ends = np.append(starts[1:], order.size)
    has_again = np.add.reduceat(again[rows].astype(np.int64), starts) > 0
    for begin, end in zip(starts[has_again].tolist(), ends[has_again].tolist(), strict=True):
        rows[begin:end] = _with_repeats(rows[begin:end].tolist(), again=again, first=first)
    return rows


def _with_repeats(rows: Sequence[int], *, again: NDArray[np.bool_], first: Floats) -> list[int]:
    """Return one order's rows with each repeat after the last that had begun by then."""
    laid = [r for r in rows if not again[r]]
    for r in rows:
        if again[r]:
            at = max((i for i, v in enumerate(laid) if first[v] <= first[r]), default=-1)
            laid.insert(at + 1, r)
    return laid
