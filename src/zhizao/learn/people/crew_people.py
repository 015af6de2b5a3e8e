"""People at work: how many there are at once, how many machines each tends, and when they are free."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.learn.evidence.busy import Load
from zhizao.learn.evidence.lost_times import without_lost_gaps
from zhizao.learn.statistics.codes import with_coded

Floats = NDArray[np.float64]
_BEYOND_SHARE = 0.01


def load_of(rows: pl.DataFrame) -> Load:
    """Return how many spans (start_s, stop_s) are going on."""
    return Load.of_spans(rows["start_s"].to_numpy(), rows["stop_s"].to_numpy())


def people_at_once(measured: pl.DataFrame) -> tuple[int, int]:
    """Return how many people are there at once, and how many of them were seen at work."""
    at_work = _most_at_once(load_of(blocks(measured, ["operator"])))
    n_names = measured["operator"].n_unique()
    return max(at_work, min(_present(measured), n_names)), at_work


def together(spans: Sequence[Floats]) -> Floats:
    """Return the spans that lie in one or more of several lists of disjoint spans, sorted.

    Examples
    --------
    >>> together([np.array([[0.0, 2.0], [5.0, 6.0]]), np.array([[1.0, 3.0]])]).tolist()
    [[0.0, 3.0], [5.0, 6.0]]
    """
    every = np.concatenate(list(spans))
    every = every[np.argsort(every[:, 0], kind="stable")]
    if len(spans) == 1 or every.shape[0] == 0:
        return every
    reach = np.maximum.accumulate(every[:, 1])
    first = np.flatnonzero(np.append(True, every[1:, 0] > reach[:-1]))
    return np.stack([every[first, 0], np.append(reach[first[1:] - 1], reach[-1])], axis=1)


def surely_busy(own: pl.DataFrame, tasks_each: int) -> pl.DataFrame:
    """Return the reports, those with a lost time stretched over the gap around them.

    Where each person does one thing at a time the gap is the person's, else the machine's.
    """
    if tasks_each > 1:
        return without_lost_gaps(own)
    by_person = own.with_columns(machine="resource", resource="operator")
    return without_lost_gaps(by_person).with_columns(resource="machine").select(own.columns)


def blocks(rows: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """Return spans by key, those that overlap or touch as one."""
    return (
        with_coded(rows.select(*key, "start_s", "stop_s"), *key)
        .sort(*key, "start_s")
        .with_columns(reach=pl.col("stop_s").cum_max().shift(1).over(key))
        .with_columns(
            block=(pl.col("start_s") >= pl.col("reach")).fill_null(value=True).cum_sum().over(key)
        )
        .group_by(*key, "block", maintain_order=True)
        .agg(pl.col("start_s").min(), pl.col("stop_s").max())
        .cast(dict.fromkeys(key, pl.String))
    )


def tasks_each_of(tasks: pl.DataFrame) -> int:
    """Return how many machines a person tends at once, in the median of people."""
    places = [
        Load.of_spans(own["start_s"].to_numpy(), own["stop_s"].to_numpy()).capacity().places
        for _, own in tasks.group_by("operator", maintain_order=True)
    ]
    return max(1, int(np.median(places)))


def _most_at_once(load: Load) -> int:
    """Return the number of people at work that is exceeded in hardly any of the busy time."""
    length, n = np.diff(load.at_s), load.n[:-1]
    busy = n > 0
    share = np.bincount(n[busy], weights=length[busy]) / length[busy].sum()
    beyond = 1.0 - np.cumsum(share)
    return int(np.argmax(beyond <= _BEYOND_SHARE))


def _present(measured: pl.DataFrame) -> int:
    """Return how many people are there at once: each from the first to the last report of a day."""
    days = (
        measured.with_columns(day=(pl.col("start_s") // 86_400))
        .group_by("operator", "day")
        .agg(pl.col("start_s").min(), pl.col("stop_s").max())
    )
    load = Load.of_spans(days["start_s"].to_numpy(), days["stop_s"].to_numpy())
    return load.capacity().places
