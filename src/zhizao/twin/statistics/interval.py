"""A mean of independent replications and how well it is known."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from zhizao.twin.statistics.samples import as_samples, share_fault, stop_on_faults

LEVEL = 0.95


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A mean with the ends of its confidence interval, in the samples' unit.

    ``mean`` is ``None`` where no value is known; ``low``, ``high`` and
    ``half_width`` are ``None`` with fewer than two known values, since one
    value says nothing about its own error.
    """

    mean: float | None
    low: float | None
    high: float | None
    half_width: float | None
    n: int
    n_unknown: int = 0
    level: float = LEVEL

    def covers(self, value: float) -> bool:
        """Return whether the interval is known and holds ``value``.

        Examples
        --------
        >>> mean_interval([1.0, 2.0, 3.0]).covers(2.5)
        True
        """
        return self.low is not None and self.high is not None and self.low <= value <= self.high


def mean_interval(samples: ArrayLike, *, level: float = LEVEL) -> Interval:
    r"""Return the mean of replications with its Student t interval.

    :math:`\bar X \pm t_{n-1,\,(1+\text{level})/2}\; S/\sqrt n`. It covers as
    often as it says for normal samples, and less often for few, skewed ones
    (``benchmarks/bench_coverage.py`` measures by how much).

    Parameters
    ----------
    samples : array-like of shape (n_replications,)
        One independent value per replication, any unit. ``nan`` is unknown:
        it is left out and counted in ``n_unknown``. A mean over the known ones
        is biased if being unknown depends on the value.
    level : float, default 0.95
        Between 0 and 1.

    Raises
    ------
    InputError
        If ``samples`` is not one-dimensional or holds an infinite value, or
        ``level`` is out of range.

    References
    ----------
    A. M. Law, *Simulation Modeling and Analysis*, 5th ed. (2015), section
    9.4.1, equation (9.1).

    Examples
    --------
    >>> i = mean_interval([1.20, 1.50, 1.68, 1.89, 0.95, 1.49, 1.58, 1.55, 0.50, 1.09], level=0.9)
    >>> round(i.mean, 2), round(i.half_width, 2), i.n
    (1.34, 0.24, 10)
    >>> mean_interval([3.0]).low is None
    True
    """
    stop_on_faults([share_fault("level", level)])
    array = as_samples(samples, name="samples")
    known = array[~np.isnan(array)]
    return t_interval(known, level=level, n_unknown=array.size - known.size)


def t_interval(known: NDArray[np.float64], *, level: float, n_unknown: int = 0) -> Interval:
    """Return the t interval of checked samples; see `mean_interval`.

    Parameters
    ----------
    known : float64 array of shape (n,)
        Finite values.
    level : float
        Between 0 and 1.
    n_unknown : int
        Carried into the result.

    Examples
    --------
    >>> t_interval(np.array([1.0, 1.0]), level=0.95).half_width
    0.0
    """
    n = int(known.size)
    if n == 0:
        return Interval(
            mean=None, low=None, high=None, half_width=None, n=0, n_unknown=n_unknown, level=level
        )
    # The mean of equal numbers is that number: summing 0.1 thrice is not 0.3.
    mean = float(known[0] + (known - known[0]).mean())
    if n == 1:
        return Interval(
            mean=mean, low=None, high=None, half_width=None, n=1, n_unknown=n_unknown, level=level
        )
    deviation = float(np.sqrt(((known - mean) ** 2).sum() / (n - 1)))
    half = student_factor(n - 1, level=level) * deviation / n**0.5
    return Interval(
        mean=mean,
        low=mean - half,
        high=mean + half,
        half_width=half,
        n=n,
        n_unknown=n_unknown,
        level=level,
    )


def student_factor(n_freedom: float, *, level: float) -> float:
    """Return the two-sided quantile of Student's t distribution.

    Parameters
    ----------
    n_freedom : float
        Degrees of freedom, above 0.
    level : float
        Share between minus and plus the factor.

    Examples
    --------
    >>> round(student_factor(9, level=0.95), 3)
    2.262
    """
    return float(special.stdtrit(n_freedom, (1.0 + level) / 2.0))
