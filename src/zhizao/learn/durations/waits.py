"""Waits between the steps of an order, split into queue and unexplained delay.

An order's reports are laid on the line that the twin will follow: one step
after the other (``lines``). In the wait between the end of a step and the begin
of the next, the last instant at which an eligible resource had an open, free
place is looked for: a lot that had been in the queue then would have been
started, so up to there the wait is no queue (Chapela-Campa & Dumas 2024). Where
that is just before the start, the wait is all delay. Else the lot joined the
queue unseen, at some time while all resources were busy, and only an interval of
the delay is known. To take its lower end for the delay would make all delays
too short, the more the fuller the shop is.

A lot whose work was broken off, over night or for another lot, left the queue when it was
first begun: its delay ended there. What it then lost is delay only as far as a resource
stood free beside it; else its place worked on others, which the twin knows as queueing.

The interval ends when a resource would have been free *without this lot*, not at its start:
when a lot is started depends on when it came, and a bound must not. What follows is
queueing and is left to the twin. A resource counts as free only when it has been idle for
longer than a change of lots takes: people need a few minutes to load the next.

Where no eligible resource is known, or none
was ever seen at work (a log without machines, or with ends alone), nothing can
be told to be queueing, and the whole wait is unexplained.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.learn.durations.interruptions import interruptions
from zhizao.learn.durations.own_work import OwnWork
from zhizao.learn.durations.times import LEAST_WORK_S
from zhizao.learn.open_time import OpenTime
from zhizao.learn.routes.lines import Clocks, lines
from zhizao.learn.routes.path import Path

Floats = NDArray[np.float64]
_USUAL = 0.5
_CHANGE_S = 600.0
"""Between two lots a machine is idle for some minutes though the next one waits beside it."""
_SAME_S = 60.0
_ENOUGH_SEEN = 30
_AT_ONCE = 100_000

WAIT_COLUMNS = (
    "order_id", "product", "operation", "resource", "quantity", "ready_s", "queued_s", "start_s",
    "delay_s", "most_s", "wall_s", "wall_most_s", "is_over", "is_whole",
)  # fmt: skip
"""Columns of the waits before one step of one order; instants in seconds from the origin.

The delay lies between ``delay_s`` and ``most_s``, in open seconds of the step's
calendar; they are equal where it was seen. ``wall_s`` and ``wall_most_s`` are the
same bounds in seconds of the wall clock. Where ``is_over`` is
false the lot was still waiting at the end of what is known (and ``most_s`` is
infinite). Where
``is_whole`` is true no eligible resource was ever seen at work: all of the
wait is delay, in open seconds of the plant.
"""


_OF_VISITS = frozenset({
    "order_id", "product", "operation", "pass", "first_s", "last_s", "worked_s", "n_rows",
    "resource", "quantity", "is_running", "streamed_s",
})  # fmt: skip
"""What is needed of visits; the rest is not laid on the line."""


@dataclass(frozen=True)
class Free:
    """Open spans with a free place, by resource."""

    spans: Mapping[str, Floats]

    def after_change(self, change_s: float) -> "Free":
        """Return the spans without their first seconds, in which lots are changed."""
        later = {r: s + np.array([change_s, 0.0]) for r, s in self.spans.items() if s.size}
        return Free({r: s[s[:, 1] > s[:, 0]] for r, s in later.items()})

    def without_unmeasured(self, worked: pl.DataFrame) -> "Free":
        """Return the spans beside which no report has a lost begin or end, or no length at all.

        Such a report says that the resource worked then, not how long: what seems to be
        idle time before or after it may be its work, while others waited for it.
        """
        spans = dict(self.spans)
        unsure = pl.col("is_lost") | (pl.col("stop_s") <= pl.col("start_s"))
        for (name,), rows in worked.filter(unsure).group_by("resource"):
            own = spans.get(str(name))
            if own is not None and own.size:
                at_s = np.sort(
                    np.concatenate([rows["start_s"].to_numpy(), rows["stop_s"].to_numpy()])
                )
                up_to = np.searchsorted(at_s, own[:, 1], side="right")
                spans[str(name)] = own[up_to == np.searchsorted(at_s, own[:, 0], side="left")]
        return Free(spans)

    def last_before(self, at_s: float, *, resource: str) -> float:
        """Return the last instant, not after ``at_s``, at which the resource had a free place."""
        return float(self.last_before_each(np.array([at_s]), resource=resource)[0])

    def last_before_each(self, at_s: Floats, *, resource: str) -> Floats:
        """Return the same for many instants."""
        spans = self.spans.get(resource)
        if spans is None or spans.size == 0:
            return np.full(at_s.shape, -np.inf)
        index = np.searchsorted(spans[:, 0], at_s, side="left") - 1
        return np.where(index < 0, -np.inf, np.minimum(spans[index, 1], at_s))

    def first_after_each(self, at_s: Floats, *, resource: str) -> Floats:
        """Return the first instants, not before ``at_s``, at which the resource has a free place."""
        spans = self.spans.get(resource)
        if spans is None or spans.size == 0:
            return np.full(at_s.shape, np.inf)
        index = np.searchsorted(spans[:, 1], at_s, side="right")
        begins = np.append(spans[:, 0], np.inf)
        return np.asarray(np.maximum(begins[index], at_s), dtype=np.float64)


def find_waits(
    visits: pl.DataFrame,
    *,
    paths: Mapping[str, Path],
    resources: Callable[[str, str], tuple[str, ...]],
    open_times: Mapping[str | None, OpenTime],
    free: Free,
    worked: pl.DataFrame,
    releases: Mapping[str, float],
    unfinished: set[str],
    until_s: float,
) -> pl.DataFrame:
    """Return the waits of all orders, with ``WAIT_COLUMNS``.

    Parameters
    ----------
    visits
        As from ``visits_of``.
    paths, resources
        Path by product; eligible resources of a product's operation.
    open_times, free
        Open time and free places by resource.
    worked
        Reports (order_id, resource, start_s, stop_s, is_lost): where a resource worked
        on the order itself it was free for this order.
    releases
        Stated release of orders; an order without one has no wait before its
        first step.
    unfinished
        Orders that are still in progress at ``until_s``: the step after their
        last one is waited for.
    """
    clocks = Clocks.of(open_times)
    free = free.without_unmeasured(worked).after_change(_CHANGE_S)
    usual_work_s = _usual_work(visits)
    visits = visits.select(pl.col(c) for c in visits.columns if c in _OF_VISITS)
    line = lines(visits, paths=paths, resources=resources, clocks=clocks, releases=releases)
    worked = worked.drop_nulls("resource")
    at_work = set(worked.filter(pl.col("stop_s") > pl.col("start_s"))["resource"].to_list())
    over = _over(
        line.filter(~pl.col("is_running")), clocks=clocks, free=free, worked=worked,
        at_work=at_work, usual_work_s=usual_work_s,
    )  # fmt: skip
    still = _still(
        line, paths=paths, resources=resources, clocks=clocks, free=free, at_work=at_work,
        unfinished=unfinished, until_s=until_s,
    )  # fmt: skip
    return _since_seen(pl.concat([over, still]), worked)


def _since_seen(waits: pl.DataFrame, worked: pl.DataFrame) -> pl.DataFrame:
    """Return the waits that began when their resource was seen already.

    What a resource did before the records begin is not known, nor the work that it had begun
    then; it only seems to be idle. Of orders from before, first steps are missing, and the wait
    since their release would be one long delay.
    """
    seen = (
        worked.group_by("resource")
        .agg(pl.col("start_s").min().alias("\0seen_s"), pl.len().alias("\0n"))
        .filter(pl.col("\0n") >= _ENOUGH_SEEN)
        .drop("\0n")
    )
    found = waits.join(seen, on="resource", how="left", maintain_order="left")
    is_before = pl.col("ready_s") < pl.col("\0seen_s")
    return found.filter(~is_before.fill_null(value=False)).drop("\0seen_s")


def next_step(path: Path, place: int) -> int | None:
    """Return the index of the next step that most orders do, or None at the end."""
    for i in range(place + 1, len(path.steps)):
        if path.steps[i].probability >= _USUAL:
            return i
    return None


def _over(
    legs: pl.DataFrame, *, clocks: Clocks, free: Free, worked: pl.DataFrame, at_work: set[str],
    usual_work_s: Mapping[str, float],
) -> pl.DataFrame:  # fmt: skip
    """Return the waits that have ended."""
    legs = legs.with_columns(leg=pl.int_range(pl.len()))
    broken = interruptions(legs, free=free, worked=worked, clocks=clocks)
    legs = (
        legs.join(broken, on="leg", how="left", maintain_order="left")
        .with_columns(
            start_s=pl.coalesce("begun_s", "start_s"),
            is_whole=~pl.col("options").list.eval(pl.element().is_in(at_work)).list.any(),
        )
        .with_columns(pl.col("is_whole").fill_null(value=True), pl.col("lost_s").fill_null(0.0))
    )
    ready, start = legs["ready_s"].to_numpy(), legs["start_s"].to_numpy()
    is_whole = legs["is_whole"].to_numpy()
    last, following = _free_around(legs, free=free, worked=worked)
    queued = np.where(is_whole, start, np.minimum(np.maximum(ready, last), start))
    plain = np.full(legs.height, clocks.number[None], dtype=np.int64)
    number = np.where(is_whole, plain, legs["clock"].to_numpy())
    delay = np.where(queued > ready, clocks.between(number, ready, queued), 0.0)
    # Only the end is known of some, so the work lies in the time before it.
    usual = legs["operation"].replace_strict(
        usual_work_s, default=LEAST_WORK_S, return_dtype=pl.Float64
    )
    is_end_only = is_whole & (legs["worked_s"].to_numpy() == 0)
    delay = np.where(is_end_only, np.maximum(0.0, delay - usual.to_numpy()), delay)
    # Without this lot the others would have been done earlier by its share of the work.
    share_s = -legs["worked_s"].to_numpy() / np.maximum(legs["options"].list.len().to_numpy(), 1)
    until = np.where(np.isfinite(following), following, start)
    until = np.maximum(clocks.moved(number, until, share_s), start)
    is_seen = is_whole | (start - queued <= _SAME_S)
    most = np.where(is_seen, delay, np.maximum(delay, clocks.between(number, ready, until)))
    wall = np.maximum(queued - ready, 0.0)
    wall_most = np.where(is_seen, wall, np.maximum(wall, until - ready))
    lost = legs["lost_s"].to_numpy()
    return legs.with_columns(
        queued_s=pl.Series(queued), delay_s=pl.Series(delay + lost), most_s=pl.Series(most + lost),
        wall_s=pl.Series(wall + lost), wall_most_s=pl.Series(wall_most + lost),
        is_over=pl.lit(value=True),
    ).select(WAIT_COLUMNS)  # fmt: skip


def _free_around(legs: pl.DataFrame, *, free: Free, worked: pl.DataFrame) -> tuple[Floats, Floats]:
    """Return by leg when a resource was last free up to its start, and when next after it."""
    # By numbers, and some at a time: each leg is taken once for each of its resources.
    used = [legs["options"].explode().drop_nulls(), worked["resource"]]
    resources = pl.Enum(pl.concat(used).unique().sort())
    orders = pl.Enum(pl.concat([legs["order_id"], worked["order_id"]]).unique().sort())
    own_work = OwnWork.of(worked, orders=orders, resources=resources)
    latest, earliest = np.full(legs.height, -np.inf), np.full(legs.height, np.inf)
    for some in legs.iter_slices(_AT_ONCE):
        choices = some.select(
            "leg", "start_s", order=pl.col("order_id").cast(orders).to_physical(),
            resource=pl.col("options").cast(pl.List(resources)),
        ).explode("resource")  # fmt: skip
        choices = choices.drop_nulls("resource").with_columns(
            pl.col("resource").to_physical(), row=pl.int_range(pl.len())
        )
        leg, start = choices["leg"].to_numpy(), choices["start_s"].to_numpy()
        order, resource = choices["order"].to_numpy(), choices["resource"].to_numpy()
        last = np.minimum(own_work.last_stop_s(order, resource, before_s=start), start)
        following = np.full(start.shape, np.inf)
        for number, rows in choices.group_by("resource").agg("row").iter_rows():
            name, at_s = resources.categories[number], start[rows]
            last[rows] = np.maximum(last[rows], free.last_before_each(at_s, resource=name))
            following[rows] = free.first_after_each(at_s, resource=name)
        np.maximum.at(latest, leg, last)
        np.minimum.at(earliest, leg, following)
    return latest, earliest


def _still(
    line: pl.DataFrame, *, paths: Mapping[str, Path],
    resources: Callable[[str, str], tuple[str, ...]], clocks: Clocks, free: Free,
    at_work: set[str], unfinished: set[str], until_s: float,
) -> pl.DataFrame:  # fmt: skip
    """Return the waits of orders that are neither over nor at work."""
    last = (
        line.group_by("order_id", maintain_order=True)
        .agg(
            pl.col("product", "end_s", "quantity").last(),
            # An extra visit may have come before the steps that it usually follows.
            pl.coalesce(pl.col("place").filter(~pl.col("is_extra")).last(), pl.col("place").last()),
            pl.col("is_running").any(),
        )
        .filter(
            pl.col("order_id").is_in(unfinished)
            & (pl.col("end_s") < until_s)
            & ~pl.col("is_running")
        )
    )
    found = []
    for row in last.iter_rows(named=True):
        path = paths[row["product"]]
        following = next_step(path, row["place"])
        if following is None:
            continue
        operation = path.steps[following].operation
        options = resources(row["product"], operation)
        first = options[0] if options else None
        is_whole = at_work.isdisjoint(options)
        # Since the last instant with a free place it may be in the queue.
        sure_s = until_s
        if not is_whole:
            sure_s = max(free.last_before(until_s, resource=r) for r in options)
        number = clocks.number.get(None if is_whole else first, clocks.number[None])
        delay_s = float(clocks.known[number].between(row["end_s"], sure_s))
        found.append(
            (
                row["order_id"], row["product"], operation, first, row["quantity"], row["end_s"],
                until_s, until_s, max(0.0, delay_s), np.inf, max(0.0, sure_s - row["end_s"]), np.inf,
                False, is_whole,
            )
        )  # fmt: skip
    return pl.DataFrame(found, schema=_SCHEMA, orient="row")


def _usual_work(visits: pl.DataFrame) -> dict[str, float]:
    """Return operation → mean of its measured totals, seconds; at least the least time."""
    measured = visits.filter(pl.col("n_measured") == pl.col("n_rows"))
    means = measured.group_by("operation").agg(pl.col("measured_s").mean())
    return {str(name): max(mean_s, LEAST_WORK_S) for name, mean_s in means.iter_rows()}


_TEXTS = ("order_id", "product", "operation", "resource")
_SCHEMA: dict[str, type[pl.DataType]] = {
    name: pl.String if name in _TEXTS else pl.Boolean if name.startswith("is_") else pl.Float64
    for name in WAIT_COLUMNS
}
