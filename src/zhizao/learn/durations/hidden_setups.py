"""Setups inside the first report after a change of product, where nobody wrote them down.

The total of an order at an operation is (setup of its kind of change) + rate ×
quantity, with a rate for each product. Whether the kind of change matters is
decided on held-out totals, from the plainest to the richest: no difference; the
same product or another; the same family or another, with families as the plant
names them or found here, as groups of products that follow each other without loss;
a setup for each pair of families. A richer one is taken where it predicts totals
that it has not seen better than chance would let it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from zhizao.learn.durations.change_fits import (
    fit_changes,
    groups_without_loss,
    held_out_likelihood,
)
from zhizao.learn.durations.change_totals import (
    ChangeKinds,
    ChangeTotals,
    Floats,
    Ints,
    totals_of_changes,
    with_product_before,
)
from zhizao.learn.durations.setups import LearntSetups
from zhizao.model.plant import Provenance, Setup

_ENOUGH_OF_KIND = 10
_ENOUGH_OF_PAIR = 5
_MOST_TOTALS = 2500
_SURE = 2.0
_LEAST_PART = 0.03
_LEAST_LEFT = 0.2
_SAME = "same"


@dataclass(frozen=True, kw_only=True)
class HiddenSetups:
    """Setups found inside totals, and what they took of each visit.

    ``families`` are those that the setups of a work centre go by, product →
    family; ``inside_s`` is by (order, operation, pass).
    """

    found: LearntSetups
    families: Mapping[str, Mapping[str, str]]
    inside_s: Mapping[tuple[str, str, int], float]


def learn_hidden_setups(
    visits: pl.DataFrame,
    *,
    centres: Mapping[str, str],
    families: Mapping[str, str],
    places: Mapping[str, int],
    has_rows: set[str],
) -> HiddenSetups:
    """Learn setups from the totals of visits, where they pay.

    Parameters
    ----------
    visits
        As from ``visits_of``, with ``is_ended``.
    centres, families, places
        Resource → work centre; product → family as the plant names it; places by resource.
    has_rows
        Work centres whose setups are reported as rows of their own.
    """
    setups: list[Setup] = []
    provenances: list[Provenance] = []
    by_centre: dict[str, dict[str, str]] = {}
    inside: dict[tuple[str, str, int], float] = {}
    sequence = with_product_before(visits)
    none = next(iter(sequence.values())).clear() if sequence else visits.clear()
    for centre in sorted(set(centres.values()) - has_rows):
        members = [r for r, c in centres.items() if c == centre]
        if any(places.get(r, 1) > 1 for r in members):
            continue
        totals = totals_of_changes(pl.concat([sequence.get(r, none) for r in sorted(members)]))
        if totals is None:
            continue
        chosen = _choose(totals, families)
        if chosen is None:
            continue
        setups += chosen.setups(centre)
        provenances += chosen.provenances(centre)
        by_centre[centre] = chosen.family_of
        inside |= chosen.inside(totals)
    return HiddenSetups(
        found=LearntSetups(setups=tuple(setups), provenances=tuple(provenances)),
        families=by_centre,
        inside_s=inside,
    )


def without_setups(
    visits: pl.DataFrame, inside_s: Mapping[tuple[str, str, int], float]
) -> pl.DataFrame:
    """Return the visits with their setups taken out of the time that was worked."""
    if not inside_s:
        return visits
    key = ["order_id", "operation", "pass"]
    rows = [(*k, taken_s) for k, taken_s in inside_s.items()]
    found = pl.DataFrame(
        rows, schema={**visits.select(key).schema, "taken_s": pl.Float64}, orient="row"
    )
    matched = visits.select(key).join(found, on=key, how="left", maintain_order="left")
    taken = matched["taken_s"].fill_null(0.0)
    return visits.with_columns(
        pl.max_horizontal(pl.col(name) - taken, pl.col(name) * _LEAST_LEFT).alias(name)
        for name in ("worked_s", "measured_s")
    )


@dataclass(frozen=True)
class _Chosen:
    """The setups of one work centre."""

    family_of: dict[str, str]
    minutes: dict[tuple[str, str], tuple[float, float, int]]
    other: tuple[float, float, int]
    kind_s: Floats
    kinds: ChangeKinds
    note: str

    def setups(self, centre: str) -> list[Setup]:
        """Return the setups beyond those that every lot has."""
        found = [
            Setup(work_centre=centre, from_family=None, to_family=None, setup_min=self.other[0])
        ]
        return found + [
            Setup(work_centre=centre, from_family=a, to_family=b, setup_min=m)
            for (a, b), (m, _, _) in sorted(self.minutes.items())
        ]

    def provenances(self, centre: str) -> list[Provenance]:
        """Return where they come from."""
        everything = {("*", "*"): self.other, **self.minutes}
        return [
            Provenance(
                where=f"setups/{centre}/{a}/{b}", source="learnt", level="pooled", n=n, value=m,
                low=max(0.0, m - 1.96 * e), high=m + 1.96 * e, note=self.note,
            )
            for (a, b), (m, e, n) in sorted(everything.items())
        ]  # fmt: skip

    def inside(self, totals: ChangeTotals) -> dict[tuple[str, str, int], float]:
        """Return the seconds of setup inside each total, beyond those of no change."""
        kind, _ = self.kinds.of(totals)
        extra = np.maximum(self.kind_s[kind] - self.kind_s[0], 0.0)
        return dict(zip(totals.keys, extra.tolist(), strict=True))


def _choose(totals: ChangeTotals, families: Mapping[str, str]) -> _Chosen | None:
    """Return the setups that pay on held-out totals; None if none do.

    Of very many totals a sample is looked at: it tells as much, in bounded time.
    """
    if totals.log_s.size > _MOST_TOTALS:
        drawn = np.random.default_rng(0).choice(totals.log_s.size, _MOST_TOTALS, replace=False)
        totals = totals.part(np.sort(drawn))
    alone = np.arange(len(totals.products))
    candidates: list[tuple[str, ChangeKinds | None]] = [("product", ChangeKinds(1, alone))]
    named = [families.get(p) for p in totals.products]
    if all(named) and 1 < len(set(named)) < len(named):
        numbers = {f: i for i, f in enumerate(dict.fromkeys(named))}
        group = np.array([numbers[f] for f in named])
        candidates += [("family", ChangeKinds(2, group)), ("pairs", ChangeKinds(3, group))]
    elif not any(named):
        candidates += [("found", None)]
    best, best_name = ChangeKinds(0, alone), "none"
    best_gain = held_out_likelihood(totals, best)
    for name, kinds in candidates:
        if kinds is not None and not _has_enough(totals, kinds):
            continue
        gain = held_out_likelihood(totals, kinds)
        better = gain - best_gain
        if better.sum() > _SURE * float(np.std(better)) * np.sqrt(better.size):
            best, best_name, best_gain = kinds or groups_without_loss(totals), name, gain
    if best.level == 0:
        return None
    kind, n_kinds = best.of(totals)
    fit = fit_changes(totals, kind, n_kinds)
    changes = kind > int(best.level > 1)
    mean_s = float(np.exp(totals.log_s).mean())
    counts = np.bincount(kind, minlength=n_kinds)
    extra = np.maximum(fit.setup_s - fit.setup_s[0], 0.0)
    beyond = np.arange(n_kinds) > int(best.level > 1)
    weight = np.where(beyond, counts, 0)
    other = float((extra * weight).sum() / max(weight.sum(), 1))
    error_s = fit.error_s()
    error = float(np.sqrt((error_s**2 * weight**2).sum()) / max(weight.sum(), 1))
    if other < max(_SURE * error, _LEAST_PART * mean_s) or changes.sum() < _ENOUGH_OF_KIND:
        return None
    family_of, minutes = _by_family(
        totals, best, name=best_name, named=named, kind=kind, extra=extra, error=error_s
    )
    sizes = {
        "product": "a change of product against none",
        "family": "a change of family against none",
        "pairs": "each pair of families apart",
        "found": f"families found by what follows without loss ({int(best.group.max()) + 1} of them)",
    }
    return _Chosen(
        family_of=family_of, minutes=minutes, other=(other / 60, error / 60, int(weight.sum())),
        kind_s=fit.setup_s, kinds=best,
        note="inside the first report after a change; pays on held-out totals: " + sizes[best_name],
    )  # fmt: skip


def _has_enough(totals: ChangeTotals, kinds: ChangeKinds) -> bool:
    kind, n_kinds = kinds.of(totals)
    counts = np.bincount(kind, minlength=n_kinds)
    if kinds.level == 3:
        group = kinds.group
        n = int(group.max()) + 1
        apart = counts[2:].reshape(n, n)[~np.eye(n, dtype=np.bool_)]
        return bool(n > 1 and apart.min() >= _ENOUGH_OF_PAIR)
    return bool(
        counts[1:].max() >= _ENOUGH_OF_KIND and counts[:1].sum() + counts[1] >= _ENOUGH_OF_KIND
    )


def _by_family(
    totals: ChangeTotals,
    kinds: ChangeKinds,
    *,
    name: str,
    named: Sequence[str | None],
    kind: Ints,
    extra: Floats,
    error: Floats,
) -> tuple[dict[str, str], dict[tuple[str, str], tuple[float, float, int]]]:
    """Return product → family and the minutes by pair of families that differ from the others.

    Inside a family the setup is the mean over the changes seen, those to the same product included.
    """
    labels = [
        str(named[i]) if name in {"family", "pairs"}
        else totals.products[i] if name == "product"
        else f"setup group {kinds.group[i] + 1}"
        for i in range(len(totals.products))
    ]  # fmt: skip
    family_of = dict(zip(totals.products, labels, strict=True))
    after = np.array([labels[i] for i in totals.product])
    before = np.array([labels[i] for i in totals.before])
    minutes: dict[tuple[str, str], tuple[float, float, int]] = {}
    for label in sorted(set(labels)):
        inside = (before == label) & (after == label)
        n = int(inside.sum())
        mean = float(extra[kind[inside]].mean()) if n else 0.0
        spread = float(error[kind[inside]].mean()) if n else 0.0
        minutes[label, label] = (mean / 60, spread / 60, n)
        if kinds.level == 3:
            for other in sorted(set(labels) - {label}):
                pair = (before == label) & (after == other)
                k = kind[pair][0]
                minutes[label, other] = (extra[k] / 60, error[k] / 60, int(pair.sum()))
    return family_of, minutes
