"""Whose orders say which optional steps of a product come together."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import polars as pl

from zhizao.learn.evidence.finished import Finished
from zhizao.learn.evidence.repeats import base_of, is_extra
from zhizao.learn.routes.path import Path
from zhizao.learn.routes.together import Counts, Pair, counts_of, dependent_pairs, ties_of

_OWN_TIES = 30
"""Orders from which on a product's own say which of its steps come together."""


def with_ties(
    paths: Mapping[str, Path],
    visits: Mapping[str, pl.DataFrame],
    finished: Finished,
    *,
    families: Mapping[str, str],
) -> dict[str, Path]:
    """Return the paths with what comes together: seen in the product's own orders, or others'.

    A path that was read from other products' orders has the ties that those have all together.
    One with some orders of its own has those within the products of its family, or of all, and
    one with many has its own.

    Parameters
    ----------
    paths
        Product → path.
    visits
        Product → its orders' visits.
    finished
        Who has passed what.
    families
        Product → family, where known.
    """
    none = next(iter(visits.values())).clear()

    @cache
    def counted(product: str) -> Counts:
        names = [s.operation for s in paths[product].steps]
        return counts_of(visits.get(product, none), finished, names)

    @cache
    def pairs(level: str, group: str) -> tuple[Pair, ...]:
        members = [p for p in paths if group in {"", families.get(p)}]
        if level == "product":
            return dependent_pairs([counted(p) for p in members if paths[p].level == level])
        rows = pl.concat([visits[p] for p in members if p in visits] or [none])
        names = next(paths[p] for p in members if paths[p].level == level).steps
        return dependent_pairs([counts_of(rows, finished, [s.operation for s in names])])

    found = {}
    for product, path in paths.items():
        family = families.get(product, "")
        level = path.level
        if level != "product":
            known = pairs(level, family if level == "family" else "")
        elif path.n_orders >= _OWN_TIES:
            known = dependent_pairs([counted(product)])
        else:
            known = pairs(level, family)
            level = "family" if family else "pooled"
        found[product] = replace(path, ties=ties_of(known, _free(path), level=level))
    return found


def _free(path: Path) -> list[str]:
    """Return the optional steps on which no road depends."""
    roads = frozenset[str]().union(*(v.takes | v.without for v in path.variants))
    return [
        s.operation
        for s in path.steps
        if 0.0 < s.probability < 1.0
        and (base_of(s.operation) if is_extra(s.operation) else s.operation) not in roads
    ]
