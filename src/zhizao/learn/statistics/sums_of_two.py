r"""Robust fits of totals that are sums of two unknowns, on the scale of logarithms.

The total of row i is :math:`\mu_i = a_{k(i)} + b_{r(i)} q_i` with unknowns
:math:`a, b > 0`; the loss is the sum of the soft absolute values of
:math:`\log \mu_i - y_i`. Each row has two unknowns only, so the matrix of the normal
equations is filled by counting, and an iteration costs hardly more than a pass over
the rows; a dense Jacobian of some thousand rows takes a hundred times as long.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_LEAST = 1e-6
_LEAST_TOTAL = 1e-9
_MOST_STEPS = 100
_NEAR = 1e-10
_LEAST_CURVED = 0.05


@dataclass(frozen=True, kw_only=True)
class SumOfTwo:
    """Rows of totals: their first and second unknown, what the second counts times, log total."""

    first: Ints
    n_first: int
    second: Ints
    n_second: int
    times: Floats
    log_total: Floats

    def expected(self, unknowns: Floats) -> Floats:
        """Return the total of each row; ``unknowns`` has the first ones before the second ones."""
        total = unknowns[self.first] + unknowns[self._second] * self.times
        return np.asarray(np.maximum(total, _LEAST_TOTAL))

    def information(self, unknowns: Floats, *, unit: Floats) -> Floats:
        """Return the sums over rows of the products of the slopes of log totals, in units."""
        slope_a = 1.0 / self.expected(unknowns)
        return self._products(slope_a, np.ones(slope_a.size)) * np.outer(unit, unit)

    def fitted(self, start: Floats, *, scale: float) -> Floats:
        """Return the unknowns at which the loss is least, from a start; none below a millionth of it.

        Newton's steps, damped where they do not pay (Levenberg 1944, Marquardt 1963), on the
        unknowns that are not held at their least value by the slope there.

        Parameters
        ----------
        start
            Where the search begins, all above 0.
        scale
            Errors of logarithms beyond it count by their size rather than by their square.

        Examples
        --------
        >>> sums = SumOfTwo(first=np.array([0, 0, 1, 1]), n_first=2, second=np.zeros(4, np.int64),
        ...     n_second=1, times=np.array([1.0, 5.0, 1.0, 5.0]), log_total=np.log([5.0, 13.0, 8.0, 16.0]))
        >>> sums.fitted(np.ones(3), scale=0.3).round(4).tolist()
        [3.0, 6.0, 2.0]
        """
        unit = np.maximum(start, _LEAST_TOTAL)
        least = _LEAST * unit
        x, damping = np.maximum(start, least), 1e-3
        error, loss = self._loss(x, scale=scale)
        for _ in range(_MOST_STEPS):
            slope_a = 1.0 / self.expected(x)
            z = (error / scale) ** 2
            pull = error / np.sqrt(1.0 + z)
            uphill = self._sums(slope_a * pull) * unit
            # log(sum) bends down, which counts where a total is foretold too large.
            curved = np.maximum((1.0 + z) ** -1.5 - pull, _LEAST_CURVED)
            bent = self._products(slope_a, curved) * np.outer(unit, unit)
            is_free = (x > least * (1.0 + 1e-9)) | (uphill < 0.0)
            if not is_free.any():
                break
            moved = x.copy()
            part = bent[np.ix_(is_free, is_free)]
            ridge = np.diag(part) + 1e-12 * max(float(np.diag(part).max()), 1e-300)
            gain = -np.inf
            while damping < 1e8:
                step = np.linalg.solve(part + np.diag(damping * ridge), -uphill[is_free])
                moved[is_free] = np.maximum(x[is_free] + step * unit[is_free], least[is_free])
                new_error, new_loss = self._loss(moved, scale=scale)
                gain = loss - new_loss
                if gain >= 0.0:
                    break
                damping *= 8.0
            if gain < 0.0:
                break
            is_near = float(np.max(np.abs(moved - x) / (np.abs(x) + least))) < _NEAR
            x, error, loss, damping = moved, new_error, new_loss, max(damping / 8.0, 1e-12)
            if is_near or gain <= 1e-15 * loss:
                break
        return x

    @cached_property
    def _second(self) -> Ints:
        return self.n_first + self.second

    @cached_property
    def _pair(self) -> Ints:
        return self.first * self.n_second + self.second

    def _loss(self, x: Floats, *, scale: float) -> tuple[Floats, float]:
        error = np.log(self.expected(x)) - self.log_total
        return error, float((np.sqrt(1.0 + (error / scale) ** 2) - 1.0).sum())

    def _sums(self, value: Floats) -> Floats:
        """Return the sums of a value over the rows of each unknown, by what it counts there."""
        return np.concatenate([
            np.bincount(self.first, value, self.n_first),
            np.bincount(self.second, value * self.times, self.n_second),
        ])  # fmt: skip

    def _products(self, slope_a: Floats, weight: Floats) -> Floats:
        squared = weight * slope_a**2
        n_a, n_b = self.n_first, self.n_second
        across = np.bincount(self._pair, squared * self.times, n_a * n_b).reshape(n_a, n_b)
        found = np.zeros((n_a + n_b, n_a + n_b))
        found[:n_a, n_a:], found[n_a:, :n_a] = across, across.T
        diagonal = np.arange(n_a + n_b)
        found[diagonal, diagonal] = np.concatenate([
            np.bincount(self.first, squared, n_a),
            np.bincount(self.second, squared * self.times**2, n_b),
        ])  # fmt: skip
        return found
