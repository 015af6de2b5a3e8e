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
from numpy.typing import NDArray

from zhizao.learn.durations.setups import LearntSetups
from zhizao.learn.durations.times import LEAST_WORK_S
from zhizao.learn.statistics.codes import coded, rows_of_codes, sorted_rows
from zhizao.learn.statistics.sums_of_two import SumOfTwo
from zhizao.model.plant import Provenance, Setup

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_OWN_RATE = 8
_ENOUGH = 40
_ENOUGH_OF_KIND = 10
_ENOUGH_OF_PAIR = 5
_MOST = 4000
_MOST_TOTALS = 2500
_FOLDS = 5
_SURE = 2.0
_LEAST_PART = 0.03
_SCALE = 0.3
_LEAST_LEFT = 0.2
_SAME = "same"
_COLUMNS = (
    "order_id", "operation", "pass", "product", "resource", "n_resources", "first_s", "last_s", "is_ended",
    "n_measured", "n_rows", "measured_s", "quantity",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class HiddenSetups:
    """Setups found inside totals, and what they took of each visit.

    ``families`` are those that the setups of a work centre go by, product →
    family; ``inside_s`` is by (order, operation, pass).
    """

    found: LearntSetups
    families: Mapping[str, Mapping[str, str]]
    inside_s: Mapping[tuple[str, str, int], float]


@dataclass(frozen=True)
class _Totals:
    """Totals of a work centre with what was made before; products by number."""

    keys: list[tuple[str, str, int]]
    log_s: Floats
    quantity: Floats
    product: Ints
    before: Ints
    rate: Ints
    products: list[str]
    n_rates: int

    def part(self, index: Ints) -> "_Totals":
        return _Totals(
            [], self.log_s[index], self.quantity[index], self.product[index], self.before[index],
            self.rate[index], self.products, self.n_rates,
        )  # fmt: skip


@dataclass(frozen=True)
class _Fit:
    """Seconds by kind of change, seconds per piece by rate, and the scale of the log residuals."""

    setup_s: Floats
    rate_s: Floats
    scale: float
    sums: SumOfTwo
    unit: Floats

    def error_s(self) -> Floats:
        """Return the standard errors of the setups."""
        made = np.concatenate([self.setup_s, self.rate_s])
        covariance = np.linalg.pinv(self.sums.information(made, unit=self.unit), hermitian=True)
        variance = np.maximum(np.diag(covariance), 0.0) * (self.scale * self.unit) ** 2
        return np.asarray(np.sqrt(variance)[: self.setup_s.size])

    def expected(self, totals: _Totals, kind: Ints) -> Floats:
        return np.asarray(self.setup_s[kind] + self.rate_s[totals.rate] * totals.quantity)


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
    sequence = _with_before(visits)
    none = next(iter(sequence.values())).clear() if sequence else visits.clear()
    for centre in sorted(set(centres.values()) - has_rows):
        members = [r for r, c in centres.items() if c == centre]
        if any(places.get(r, 1) > 1 for r in members):
            continue
        totals = _totals(pl.concat([sequence.get(r, none) for r in sorted(members)]))
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


def _with_before(visits: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return the visits of each resource in the order of their begin, each with the product before."""
    seen = visits.drop_nulls("resource").select(_COLUMNS)
    names, code = coded(seen["resource"])
    _, order = coded(seen["order_id"])
    rows = sorted_rows(code, seen["first_s"].to_numpy(), seen["last_s"].to_numpy(), order)
    counts = np.bincount(code, minlength=len(names))
    ends = np.cumsum(counts)
    ordered = seen[rows]
    parts = (
        (name, ordered.slice(end - n, n))
        for name, end, n in zip(names, ends.tolist(), counts.tolist(), strict=True)
    )
    return {name: own.with_columns(before=pl.col("product").shift(1)) for name, own in parts}


def _totals(rows: pl.DataFrame) -> _Totals | None:
    """Return the measured totals of products that were seen often enough for a rate of their own."""
    known = rows.drop_nulls("before").filter(
        pl.col("is_ended")
        & (pl.col("n_resources") == 1)
        & (pl.col("n_measured") == pl.col("n_rows"))
        & (pl.col("measured_s") > LEAST_WORK_S)
    )
    known = known.filter(pl.len().over("product", "operation") >= _OWN_RATE)
    known = known.sort("first_s", "order_id").tail(_MOST)
    if known.height < _ENOUGH or known["product"].n_unique() < 2:
        return None
    products = sorted({*known["product"].to_list(), *known["before"].to_list()})
    number = {p: i for i, p in enumerate(products)}
    pairs = known.select("product", "operation").rows()
    rates = {pair: i for i, pair in enumerate(dict.fromkeys(pairs))}
    return _Totals(
        keys=known.select("order_id", "operation", "pass").rows(),
        log_s=np.log(known["measured_s"].to_numpy()),
        quantity=np.maximum(known["quantity"].to_numpy(), 1e-9),
        product=np.array([number[p] for p in known["product"].to_list()]),
        before=np.array([number[p] for p in known["before"].to_list()]),
        rate=np.array([rates[pair] for pair in pairs]),
        products=products,
        n_rates=len(rates),
    )


@dataclass(frozen=True)
class _Kinds:
    """A way to tell kinds of change apart: groups of products, and which pairs share a setup.

    ``level``: 0 none, 1 same product or not, 2 same product, same family, or
    another family, 3 each pair of families.
    """

    level: int
    group: Ints

    def of(self, totals: _Totals) -> tuple[Ints, int]:
        """Return the kind of change of each total, and how many kinds there are; 0 is no change."""
        same = totals.product == totals.before
        if self.level == 0:
            return np.zeros(totals.product.size, dtype=np.int64), 1
        if self.level == 1:
            return np.where(same, 0, 1), 2
        before, after = self.group[totals.before], self.group[totals.product]
        if self.level == 2:
            return np.where(same, 0, np.where(before == after, 1, 2)), 3
        n = int(self.group.max()) + 1
        return np.where(same, 0, np.where(before == after, 1, 2 + before * n + after)), 2 + n * n


@dataclass(frozen=True)
class _Chosen:
    """The setups of one work centre."""

    family_of: dict[str, str]
    minutes: dict[tuple[str, str], tuple[float, float, int]]
    other: tuple[float, float, int]
    kind_s: Floats
    kinds: _Kinds
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

    def inside(self, totals: _Totals) -> dict[tuple[str, str, int], float]:
        """Return the seconds of setup inside each total, beyond those of no change."""
        kind, _ = self.kinds.of(totals)
        extra = np.maximum(self.kind_s[kind] - self.kind_s[0], 0.0)
        return dict(zip(totals.keys, extra.tolist(), strict=True))


def _choose(totals: _Totals, families: Mapping[str, str]) -> _Chosen | None:
    """Return the setups that pay on held-out totals; None if none do.

    Of very many totals a sample is looked at: it tells as much, in bounded time.
    """
    if totals.log_s.size > _MOST_TOTALS:
        drawn = np.random.default_rng(0).choice(totals.log_s.size, _MOST_TOTALS, replace=False)
        totals = totals.part(np.sort(drawn))
    alone = np.arange(len(totals.products))
    candidates: list[tuple[str, _Kinds | None]] = [("product", _Kinds(1, alone))]
    named = [families.get(p) for p in totals.products]
    if all(named) and 1 < len(set(named)) < len(named):
        numbers = {f: i for i, f in enumerate(dict.fromkeys(named))}
        group = np.array([numbers[f] for f in named])
        candidates += [("family", _Kinds(2, group)), ("pairs", _Kinds(3, group))]
    elif not any(named):
        candidates += [("found", None)]
    best, best_name = _Kinds(0, alone), "none"
    best_gain = _held_out(totals, best)
    for name, kinds in candidates:
        if kinds is not None and not _has_enough(totals, kinds):
            continue
        gain = _held_out(totals, kinds)
        better = gain - best_gain
        if better.sum() > _SURE * float(np.std(better)) * np.sqrt(better.size):
            best, best_name, best_gain = kinds or _grouped(totals), name, gain
    if best.level == 0:
        return None
    kind, n_kinds = best.of(totals)
    fit = _fit(totals, kind, n_kinds)
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


def _has_enough(totals: _Totals, kinds: _Kinds) -> bool:
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
    totals: _Totals,
    kinds: _Kinds,
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


def _held_out(totals: _Totals, kinds: _Kinds | None) -> Floats:
    """Return the log likelihood of each total by a fit to the others; ``None``: with groups found there."""
    n = totals.log_s.size
    order = np.random.default_rng(0).permutation(n)
    gain = np.empty(n)
    for fold in range(_FOLDS):
        held = np.sort(order[fold::_FOLDS])
        rest = np.sort(np.concatenate([order[f::_FOLDS] for f in range(_FOLDS) if f != fold]))
        train, test = totals.part(rest), totals.part(held)
        used = kinds or _grouped(train)
        kind, n_kinds = used.of(train)
        fit = _fit(train, kind, n_kinds)
        error = test.log_s - np.log(np.maximum(fit.expected(test, used.of(test)[0]), 1.0))
        # Student's t with 4 degrees of freedom: one stuck clock does not decide.
        gain[held] = -2.5 * np.log1p((error / fit.scale) ** 2 / 4.0) - np.log(fit.scale)
    return gain


def _fit(totals: _Totals, kind: Ints, n_kinds: int) -> _Fit:
    """Return setups and rates, none negative, by a robust fit of the logarithms."""
    seconds = np.exp(totals.log_s)
    each = seconds / totals.quantity
    per_piece = np.array(
        [
            float(np.median(each[mine])) if mine.size else 1.0
            for mine in rows_of_codes(totals.rate, totals.n_rates)
        ]
    )
    start = np.concatenate([np.full(n_kinds, 0.1 * float(np.median(seconds))), 0.9 * per_piece])
    start = np.maximum(start, 1e-9)
    sums = SumOfTwo(
        first=kind, n_first=n_kinds, second=totals.rate, n_second=totals.n_rates,
        times=totals.quantity, log_total=totals.log_s,
    )  # fmt: skip
    made = sums.fitted(start, scale=_SCALE)
    residual = np.log(sums.expected(made)) - totals.log_s
    scale = max(1.4826 * float(np.median(np.abs(residual))), 1e-3)
    return _Fit(made[:n_kinds], made[n_kinds:], scale, sums, start)


def _grouped(totals: _Totals) -> _Kinds:
    """Return groups of products that follow each other without loss.

    The mean loss of each pair of products (either way) is what its totals take
    beyond the product's own rate; pairs are cut in two where the squares
    between the halves are greatest, and groups joined while the mean loss
    between them is on the low side (average linkage).
    """
    n = len(totals.products)
    kinds = _Kinds(1, np.arange(n))
    kind, n_kinds = kinds.of(totals)
    fit = _fit(totals, kind, n_kinds)
    loss = np.exp(totals.log_s) - fit.rate_s[totals.rate] * totals.quantity - fit.setup_s[0]
    cap = np.quantile(np.abs(loss), 0.98)
    loss = np.clip(loss, -cap, cap)
    total, count = np.zeros((n, n)), np.zeros((n, n))
    np.add.at(total, (totals.before, totals.product), loss)
    np.add.at(count, (totals.before, totals.product), 1.0)
    total, count = total + total.T, count + count.T
    cut = _cut(total, count)
    groups = [[i] for i in range(n)]
    while len(groups) > 1:
        best, at = np.inf, (0, 0)
        for a in range(len(groups)):
            for b in range(a + 1, len(groups)):
                cells = np.ix_(groups[a], groups[b])
                if count[cells].sum() >= 2:
                    mean = total[cells].sum() / count[cells].sum()
                    if mean < best:
                        best, at = mean, (a, b)
        if best > cut:
            break
        groups[at[0]] += groups.pop(at[1])
    group = np.empty(n, dtype=np.int64)
    for i, members in enumerate(groups):
        group[members] = i
    return _Kinds(2, group)


def _cut(total: Floats, count: Floats) -> float:
    """Return the loss that parts the pairs of products best in two (Otsu's criterion)."""
    upper = np.triu(count, 1) > 0
    means, weights = (total[upper] / count[upper]), count[upper]
    order = np.argsort(means)
    means, weights = means[order], weights[order]
    best, cut = -1.0, -np.inf
    for i in range(1, means.size):
        low, high = weights[:i].sum(), weights[i:].sum()
        apart = float(
            np.average(means[i:], weights=weights[i:]) - np.average(means[:i], weights=weights[:i])
        )
        if low * high * apart**2 > best:
            best, cut = low * high * apart**2, float((means[i - 1] + means[i]) / 2)
    return cut
