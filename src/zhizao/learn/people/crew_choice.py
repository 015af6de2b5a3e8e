"""Where the people of a crew look for work when they get free: where they are, or as listed.

A crew that is short leaves work waiting at several work centres at once. Who gets free
then chooses; and who is served first decides who waits, and whether a queue grows behind a
machine that is taken away. Two habits are told apart at the begins that came just after the
same person had ended other work, while lots waited at idle machines of at least two
work centres: people go to the first work centre of a fixed list, or stay where they
are while lots wait there and follow the list else. The list is the one that explains most
of the choices (Kemeny 1959); staying is believed only where it explains more of them than
chance does (McNemar 1947).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.learn.statistics.intervals import share_interval

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_JUST_S = 150.0
_ENOUGH = 30
_MOST_BEGINS = 20_000
_MOST_PERMUTED = 6
_CLEARLY = 1.96
_SURELY_THERE = 0.9


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A person who got free at one work centre and began at another, of those that waited."""

    here: str
    taken: str
    offered: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CrewChoice:
    """The habit of a crew and the choices that it explains.

    ``order`` has the work centres as the crew prefers them; ``hits`` of ``n``
    choices are those of the habit, ``hits_other`` those of the other one.
    """

    stays: bool
    order: tuple[str, ...]
    n: int
    hits: int
    hits_other: int

    @property
    def interval(self) -> tuple[float, float]:
        """Return the 95 % interval of the share of choices that are explained."""
        return share_interval(self.hits, self.n)


def crew_choices(
    mine: pl.DataFrame,
    waits: pl.DataFrame,
    *,
    centres: Mapping[str, str],
    capacities: Mapping[str, int],
) -> list[Choice]:
    """Return the choices of people who got free while lots waited at several work centres.

    Parameters
    ----------
    mine
        Reports of the crew: order_id, operation, resource, operator, start_s, stop_s, is_default.
    waits
        As from ``find_waits``, of the crew's operations.
    centres, capacities
        Work centre and places by resource.
    """
    mine = mine.with_columns(centre=pl.col("resource").replace_strict(centres, default=None))
    free, queues = _idle_places(mine, capacities), _queues(waits, centres)
    first = pl.col("start_s") == pl.col("start_s").min().over("order_id", "operation")
    begins = (
        mine.sort("operator", "start_s", "stop_s")
        .with_columns(
            freed_s=pl.col("stop_s").shift(1).over("operator"),
            here=pl.col("centre").shift(1).over("operator"),
        )
        .filter(
            first & ~pl.col("is_default") & (pl.col("start_s") >= pl.col("freed_s"))
            & (pl.col("start_s") - pl.col("freed_s") <= _JUST_S)
        )
    )  # fmt: skip
    begins = begins[:: max(1, begins.height // _MOST_BEGINS)]
    names = sorted(free.keys() & queues.keys())
    at_s = begins["start_s"].to_numpy()
    waits_there = [((free[c].at(at_s) > 0) & (queues[c].at(at_s) > 0)).tolist() for c in names]
    found = []
    for i, (here, taken) in enumerate(begins.select("here", "centre").iter_rows()):
        offered = {c for c, waits in zip(names, waits_there, strict=True) if waits[i]} | {taken}
        if len(offered) > 1:
            found.append(Choice(here=here, taken=taken, offered=tuple(sorted(offered))))
    return found


def learn_crew_choice(choices: Sequence[Choice], names: Sequence[str]) -> CrewChoice:
    """Return the habit that explains the choices; as listed where staying is not clearly better.

    Examples
    --------
    >>> stay = [Choice(here=c, taken=c, offered=("drill", "mill")) for c in ("drill", "mill") * 40]
    >>> learn_crew_choice(stay, ["drill", "mill"]).stays
    True
    """
    listed = _order([(c.taken, c.offered) for c in choices], names)
    away = [(c.taken, c.offered) for c in choices if c.here not in c.offered]
    # A few choices away from where one is say little of the order: the others' tie-break.
    staying = _order(away, listed)
    by_list = np.array([_first(listed, c.offered) == c.taken for c in choices], dtype=bool)
    by_staying = np.array(
        [(c.here if c.here in c.offered else _first(staying, c.offered)) == c.taken for c in choices],
        dtype=bool,
    )  # fmt: skip
    only_staying = int((by_staying & ~by_list).sum())
    only_list = int((by_list & ~by_staying).sum())
    gain = (only_staying - only_list) / max(1.0, float(only_staying + only_list)) ** 0.5
    stays = len(choices) >= _ENOUGH and gain > _CLEARLY
    hits = (int(by_list.sum()), int(by_staying.sum()))
    return CrewChoice(
        stays=stays, order=tuple(staying if stays else listed), n=len(choices),
        hits=hits[stays], hits_other=hits[not stays],
    )  # fmt: skip


@dataclass(frozen=True)
class _Count:
    """How many there are: those that have come less those that have gone before an instant."""

    n: int
    come_s: Floats
    gone_s: Floats

    def at(self, at_s: Floats) -> Ints:
        """Return how many there are at each instant; who comes then is there, who goes still is."""
        come = np.searchsorted(self.come_s, at_s, side="right")
        return np.asarray(self.n + come - np.searchsorted(self.gone_s, at_s, side="left"))


def _idle_places(mine: pl.DataFrame, capacities: Mapping[str, int]) -> dict[str, _Count]:
    """Return by work centre the places that nobody works at: work that ends at an instant is over."""
    found = {}
    for (centre,), rows in mine.filter(pl.col("stop_s") > pl.col("start_s")).group_by("centre"):
        n = sum(capacities.get(str(r), 1) for r in rows["resource"].unique().to_list())
        ends, starts = np.sort(rows["stop_s"].to_numpy()), np.sort(rows["start_s"].to_numpy())
        found[str(centre)] = _Count(n, ends, starts)
    return found


def _queues(waits: pl.DataFrame, centres: Mapping[str, str]) -> dict[str, _Count]:
    """Return by work centre the lots that surely wait: they were ready for longer than a delay lasts."""
    over = waits.filter("is_over").with_columns(
        centre=pl.col("resource").replace_strict(centres, default=None)
    )
    # Not the whole interval of those that queued: what is seen of the delay bounds the others.
    sure_s = pl.col("delay_s").quantile(_SURELY_THERE).over("operation")
    joined = over.with_columns(
        joined_s=pl.min_horizontal(
            pl.max_horizontal("queued_s", pl.col("ready_s") + sure_s), "start_s"
        )
    )
    return {
        str(centre): _Count(0, np.sort(rows["joined_s"].to_numpy()), np.sort(rows["start_s"].to_numpy()))
        for (centre,), rows in joined.drop_nulls("centre").group_by("centre")
    }  # fmt: skip


def _first(order: Sequence[str], offered: Sequence[str]) -> str:
    return min(offered, key=order.index)


def _order(taken: Sequence[tuple[str, tuple[str, ...]]], names: Sequence[str]) -> list[str]:
    """Return the names in the order that agrees with most pairwise choices; else as they come."""
    place = {name: i for i, name in enumerate(names)}
    wins = np.zeros((len(names), len(names)))
    for best, offered in taken:
        for other in offered:
            if other != best:
                wins[place[best], place[other]] += 1.0
    if len(names) <= _MOST_PERMUTED:
        above = np.triu(np.ones_like(wins), 1)
        best_order = max(
            permutations(range(len(names))), key=lambda p: float((wins[np.ix_(p, p)] * above).sum())
        )
        return [names[i] for i in best_order]
    met = np.maximum(wins.sum(axis=1) + wins.sum(axis=0), 1.0)
    share = (wins.sum(axis=1) + 0.5 * (wins.sum(axis=1) + wins.sum(axis=0) == 0)) / met
    return [names[i] for i in np.argsort(-share, kind="stable").tolist()]
