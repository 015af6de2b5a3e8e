"""Setups and rates that fit totals, how well they predict others, and groups of products without loss."""

from dataclasses import dataclass

import numpy as np

from zhizao.learn.durations.change_totals import ChangeKinds, ChangeTotals, Floats, Ints
from zhizao.learn.statistics.codes import rows_of_codes
from zhizao.learn.statistics.sums_of_two import SumOfTwo

_FOLDS = 5
_SCALE = 0.3


@dataclass(frozen=True)
class ChangeFit:
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

    def expected(self, totals: ChangeTotals, kind: Ints) -> Floats:
        """Return the seconds that each total is expected to take."""
        return np.asarray(self.setup_s[kind] + self.rate_s[totals.rate] * totals.quantity)


def fit_changes(totals: ChangeTotals, kind: Ints, n_kinds: int) -> ChangeFit:
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
    return ChangeFit(made[:n_kinds], made[n_kinds:], scale, sums, start)


def held_out_likelihood(totals: ChangeTotals, kinds: ChangeKinds | None) -> Floats:
    """Return the log likelihood of each total by a fit to the others; ``None``: with groups found there."""
    n = totals.log_s.size
    order = np.random.default_rng(0).permutation(n)
    gain = np.empty(n)
    for fold in range(_FOLDS):
        held = np.sort(order[fold::_FOLDS])
        rest = np.sort(np.concatenate([order[f::_FOLDS] for f in range(_FOLDS) if f != fold]))
        train, test = totals.part(rest), totals.part(held)
        used = kinds or groups_without_loss(train)
        kind, n_kinds = used.of(train)
        fit = fit_changes(train, kind, n_kinds)
        error = test.log_s - np.log(np.maximum(fit.expected(test, used.of(test)[0]), 1.0))
        # Student's t with 4 degrees of freedom: one stuck clock does not decide.
        gain[held] = -2.5 * np.log1p((error / fit.scale) ** 2 / 4.0) - np.log(fit.scale)
    return gain


def groups_without_loss(totals: ChangeTotals) -> ChangeKinds:
    """Return groups of products that follow each other without loss.

    The mean loss of each pair of products (either way) is what its totals take
    beyond the product's own rate; pairs are cut in two where the squares
    between the halves are greatest, and groups joined while the mean loss
    between them is on the low side (average linkage).
    """
    n = len(totals.products)
    kinds = ChangeKinds(1, np.arange(n))
    kind, n_kinds = kinds.of(totals)
    fit = fit_changes(totals, kind, n_kinds)
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
    return ChangeKinds(2, group)


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
