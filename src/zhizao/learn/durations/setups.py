"""Family setups per work centre, where changeovers are reported as rows of their own."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import special

from zhizao.learn.durations.setup_groups import Changes, groups_that_pay
from zhizao.learn.evidence.reports import Reports
from zhizao.learn.open_time import OpenTime
from zhizao.learn.statistics.shrinkage import Shrunk, shrunk_means
from zhizao.model.plant import Provenance, Setup

Floats = NDArray[np.float64]
_ONE = "any product"
_RARE = 0.05
_HALF = 0.5
_ENOUGH_ROWS = 5
_ENOUGH_CHANGES = 3


@dataclass(frozen=True, kw_only=True)
class LearntSetups:
    """Setups and where they come from.

    ``families`` are those that setups of a work centre go by, product → family, where
    they are not the plant's own.
    """

    setups: tuple[Setup, ...] = ()
    provenances: tuple[Provenance, ...] = ()
    families: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def work_centres(self) -> set[str]:
        """Return the work centres that have setups."""
        return {s.work_centre for s in self.setups}

    def with_others(self, others: "LearntSetups") -> "LearntSetups":
        """Return these setups and others."""
        return LearntSetups(
            setups=(*self.setups, *others.setups),
            provenances=(*self.provenances, *others.provenances),
            families={**self.families, **others.families},
        )


def learn_setups(
    reports: Reports,
    *,
    centres: Mapping[str, str],
    families: Mapping[str, str],
    open_times: Mapping[str | None, OpenTime],
) -> LearntSetups:
    """Learn mean setup minutes by (work centre, family before, family after).

    Between two orders that follow each other on a resource lie the setup rows
    that began since the first one began; one that names an order is its own,
    and if that is a third order, the work on it is not known, so what was made
    before is not either. A change without any row took no setup. Where the plant names no
    families, groups of products are found between which changes take little, if
    they foretell minutes that were held out. Pairs of families differ only if a test says so
    (Kruskal & Wallis 1952), and their means are pulled towards the common one as far as they
    differ by chance. Nothing is learnt from fewer than five setups.

    Parameters
    ----------
    reports
        Known reports.
    centres, families
        Resource → work centre, product → family.
    open_times
        By resource.
    """
    rows = reports.stops.filter((pl.col("kind") == "setup") & pl.col("end_s").is_not_null())
    if rows.height < _ENOUGH_ROWS:
        return LearntSetups()
    changes: dict[str, list[tuple[str, str, float]]] = {}
    for (name,), own in rows.group_by("resource", maintain_order=True):
        resource = str(name)
        if resource in centres:
            open_time = open_times.get(resource) or open_times[None]
            found = _changes(reports.table.filter(pl.col("resource") == resource), own, open_time)
            changes.setdefault(centres[resource], []).extend(found)
    learnt = LearntSetups()
    for centre, seen in sorted(changes.items()):
        learnt = learnt.with_others(_of_centre(centre, seen, families))
    return learnt


def _changes(
    runs: pl.DataFrame, setups: pl.DataFrame, open_time: OpenTime
) -> list[tuple[str, str, float]]:
    """Return (product before, product after, minutes of setup rows) between orders on a resource."""
    runs = runs.sort("start_s")
    start = runs["start_s"].to_numpy()
    begun, ended = setups["start_s"].to_numpy(), setups["end_s"].to_numpy()
    minutes = open_time.worked(begun, ended) / 60.0
    of = setups["order_id"].fill_null("").to_list()
    # In the order of their begins, rows between two instants stand together.
    by_begin = np.argsort(begun, kind="stable")
    first = np.searchsorted(begun[by_begin], start, side="left").tolist()
    last = [*np.searchsorted(begun[by_begin], start, side="right").tolist(), begun.size]
    products, orders = runs["product"].to_list(), runs["order_id"].to_list()
    found = []
    for i in range(1, len(orders)):
        if orders[i] == orders[i - 1]:
            continue
        between = by_begin[first[i - 1] : last[i]].tolist()
        if any(of[k] not in {"", orders[i - 1], orders[i]} for k in between):
            continue
        # A lost begin of the work is estimated, and may lie before its setup.
        mine = [k for k in between if not of[k]]
        mine += [k for k in by_begin[first[i - 1] : last[i + 1]].tolist() if of[k] == orders[i]]
        taken_min = float(minutes[sorted(mine)].sum()) if mine else 0.0
        found.append((str(products[i - 1]), str(products[i]), taken_min))
    return found


def _of_centre(
    centre: str, seen: list[tuple[str, str, float]], families: Mapping[str, str]
) -> LearntSetups:
    """Return the setups of a work centre from its changes."""
    named = [c for c in seen if c[0] in families and c[1] in families]
    family_of: dict[str, str] = dict(families)
    how = "families as named"
    if not named:
        family_of, how = _found_families(seen)
        named = seen
    if not named:
        return LearntSetups()
    minutes: dict[tuple[str, str], list[float]] = {}
    for before, after, m in named:
        minutes.setdefault((family_of[before], family_of[after]), []).append(m)
    inside = {a: np.array(v) for (a, b), v in minutes.items() if a == b}
    across = {pair: np.array(v) for pair, v in minutes.items() if pair[0] != pair[1]}
    everything = np.concatenate([*(across or inside).values()])
    other = Shrunk(
        mean=float(everything.mean()), n=everything.size, trust=1.0,
        error=float(everything.std() / np.sqrt(everything.size)),
    )  # fmt: skip
    pairs = {pair: v for pair, v in across.items() if v.size >= _ENOUGH_CHANGES}
    chance = _chance(list(pairs.values()))
    depends = chance is not None and chance < _RARE
    said = "" if chance is None else (
        f"; which families follow each other {'matters' if depends else 'makes no difference beyond chance'} "
        f"(Kruskal–Wallis p = {chance:.2g})"
    )  # fmt: skip
    entries: list[tuple[str | None, str | None, Shrunk]] = [(None, None, other)]
    if inside:
        own = shrunk_means(inside)
        alike = np.concatenate([*inside.values()])
        pooled = Shrunk(
            mean=float(alike.mean()), n=alike.size, trust=0.0,
            error=float(alike.std() / np.sqrt(alike.size)),
        )  # fmt: skip
        used = sorted({f for p, f in family_of.items() if any(p in c[:2] for c in named)})
        entries += [(f, f, own.get(f, pooled)) for f in used]
    if depends:
        entries += [(a, b, s) for (a, b), s in sorted(shrunk_means(pairs).items())]
    is_own = family_of != dict(families)
    return LearntSetups(
        setups=tuple(
            Setup(work_centre=centre, from_family=a, to_family=b, setup_min=max(s.mean, 0.0))
            for a, b, s in entries
        ),
        provenances=tuple(
            Provenance(
                where=f"setups/{centre}/{a or '*'}/{b or '*'}", source="learnt",
                level="family" if a and s.trust > _HALF else "pooled", n=s.n, value=max(s.mean, 0.0),
                low=max(0.0, s.mean - 1.96 * s.error), high=max(s.mean + 1.96 * s.error, 0.0),
                note=f"minutes of setup rows between two orders; {how}{said}",
            )
            for a, b, s in entries
        ),
        families={centre: family_of} if is_own else {},
    )  # fmt: skip


def _found_families(seen: list[tuple[str, str, float]]) -> tuple[dict[str, str], str]:
    """Return product → family as the minutes of changes show it, and how it was found."""
    products = sorted({p for change in seen for p in change[:2]})
    number = {p: i for i, p in enumerate(products)}
    changes = Changes(
        before=np.array([number[a] for a, _, _ in seen], dtype=np.int64),
        after=np.array([number[b] for _, b, _ in seen], dtype=np.int64),
        minutes=np.array([m for _, _, m in seen]),
        n_products=len(products),
    )
    if len(products) < 2:
        return dict.fromkeys(products, _ONE), "one product"
    kind, group = groups_that_pay(changes)
    if kind == "one":
        return dict.fromkeys(products, _ONE), "which product follows makes no difference held out"
    if group is None:
        return {p: p for p in products}, "the same product or another, by minutes held out"
    n = int(group.max()) + 1
    return (
        {p: f"setup group {group[i] + 1}" for i, p in enumerate(products)},
        f"{n} families found by what follows without loss, by minutes held out",
    )


def _chance(samples: list[Floats]) -> float | None:
    """Return how likely such differences between pairs are by chance; None if it cannot be tested."""
    if len(samples) < 2:
        return None
    # Written out: loading scipy.stats takes longer than learning a small plant.
    different, place, alike = np.unique(
        np.concatenate(samples), return_inverse=True, return_counts=True
    )
    if different.size < 2:
        return None
    n = place.size
    rank = (np.cumsum(alike) - (alike - 1) / 2)[place]
    ends = np.cumsum([v.size for v in samples])
    squares = sum(float(r.sum()) ** 2 / r.size for r in np.split(rank, ends[:-1]))
    ties = 1 - float((alike.astype(np.float64) ** 3 - alike).sum()) / (float(n) ** 3 - n)
    statistic = (12 / (n * (n + 1)) * squares - 3 * (n + 1)) / ties
    return float(special.chdtrc(len(samples) - 1, statistic))
