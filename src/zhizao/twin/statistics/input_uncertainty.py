"""How much of what is not known comes from the learnt values, and how much from simulating.

Simulating more narrows one and never the other. A learnt value was estimated
from few records; simulating with several values that the records allow just as
well (a bootstrap of the records) shows what that does to the answer.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from zhizao._base.errors import InputError
from zhizao.twin.statistics.drawn_inputs import on_each_side
from zhizao.twin.statistics.interval import LEVEL, Interval, student_factor, t_interval
from zhizao.twin.statistics.samples import share_fault, stop_on_faults

N_FEW_INPUTS = 10
"""With fewer sets of learnt values their variance is known only within a factor of three or more
either way (chi-squared with 8 degrees of freedom or fewer), so the interval is wide or lucky."""


_N_BETWEEN, _N_WITHIN = 200, 16
"""Slices of the two chi-squared distributions: half-widths are within 0.1 % of those of 100,000
slices, from 3 rows on (measured)."""


@dataclass(frozen=True, kw_only=True)
class UncertaintySplit:
    """The variance of an answer, split into its two sources.

    Attributes
    ----------
    verdict : str
        ``too_few``: fewer than two sets of learnt values or two replications
        of each, nothing can be split. ``few_inputs``: fewer than 10 sets, the
        input part is hardly known. ``not_apart``: the input part cannot be
        told from noise (its interval reaches 0): more replications of each set
        would show it if it is there. ``apart``: it is there.
    mean : float
        Mean of all samples.
    input_deviation : float or None
        Standard deviation of the answer due to the learnt values, in the
        samples' unit. More records narrow it, more replications do not.
    noise_deviation : float or None
        Standard deviation from one replication to the next.
    input_share : float or None
        Part of the total interval's variance that is due to the learnt values,
        0 to 1.
    ratio_low, ratio_high : float or None
        Interval of input variance over noise variance of one replication.
    noise_only : Interval
        For the mean *if the learnt values were true*: simulation noise alone.
    total : Interval
        For the plant's true mean: learnt values and noise together. Wider
        than need be where the input part is far below the noise of a row's mean.
    n_inputs, n_replications : int
        Shape of the samples.
    """

    verdict: Literal["too_few", "few_inputs", "not_apart", "apart"]
    mean: float
    input_deviation: float | None
    noise_deviation: float | None
    input_share: float | None
    ratio_low: float | None
    ratio_high: float | None
    noise_only: Interval
    total: Interval
    n_inputs: int
    n_replications: int


def split_uncertainty(samples: ArrayLike, *, level: float = LEVEL) -> UncertaintySplit:
    r"""Split the variance of simulated answers into learnt values and noise.

    The balanced random-effects model :math:`Y_{ij} = \mu + B_i + e_{ij}` with
    b sets of learnt values (rows) and r replications (columns) gives, from the
    mean squares between and within rows,
    :math:`\hat\sigma_e^2 = MS_w` and
    :math:`\hat\sigma_B^2 = \max(0, (MS_b - MS_w)/r)`. Since learnt values
    scatter around the truth as their draws scatter around them, the grand mean
    misses the plant's *true* mean by a normal error with variance
    :math:`V = \sigma_B^2 (1 + 1/b) + \sigma_e^2/(b r)`: the mean of one more
    row is predicted. The half-width is that of the generalised prediction
    interval: :math:`V` is replaced by its generalised pivotal quantity, in which
    :math:`r\sigma_B^2 + \sigma_e^2` is :math:`(b-1) MS_b/\chi^2_{b-1}`,
    :math:`\sigma_e^2` is :math:`b(r-1) MS_w/\chi^2_{b(r-1)}` and
    :math:`\sigma_B^2` is not negative, and the error is as probable as the level
    says over both distributions, by quadrature. So it needs no decision
    whether the two parts are apart. :math:`\hat\sigma_B^2` counts on each side
    with twice that side's share of the squared deviations of the rows, where
    that is more than 1.

    Parameters
    ----------
    samples : array-like of shape (n_inputs, n_replications)
        Row i is simulated with the i-th bootstrap of the learnt values; any
        unit. Rows are independent of each other, so a replication does *not*
        share its random numbers across rows.
    level : float, default 0.95
        Between 0 and 1.

    Raises
    ------
    InputError
        If there are not two dimensions, no samples, or a value is ``nan`` or
        infinite: the split needs as many known replications of every row.

    Notes
    -----
    The interval does not correct the bias of a nonlinear answer (a queue near
    saturation); ``benchmarks/bench_coverage.py`` measures it on such a case.

    References
    ----------
    E. Song, B. L. Nelson, C. D. Pegden (2014), WSC, 162-176 (random-effects
    model of input uncertainty); R. R. Barton, H. Lam, E. Song (2018), WSC,
    1635-1646 (bootstrap, total interval without the noise counted twice);
    S. R. Searle, G. Casella, C. E. McCulloch, *Variance Components* (1992),
    section 3.5 (estimators; exact interval of the ratio from F); T.-Y. Lin,
    C.-T. Liao (2008), J. Stat. Plan. Inference 138(10), 3164-3175 (prediction
    intervals for balanced random models by generalised pivots).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> rows = 10.0 + rng.normal(0.0, 2.0, (40, 1)) + rng.normal(0.0, 1.0, (40, 10))
    >>> s = split_uncertainty(rows)
    >>> s.verdict, round(s.input_deviation, 1), round(s.noise_deviation, 1)
    ('apart', 1.8, 0.9)
    >>> s.total.half_width > 10 * s.noise_only.half_width
    True
    """
    stop_on_faults([share_fault("level", level)])
    array = np.asarray(samples, dtype=np.float64)
    if array.ndim != 2 or array.size == 0:
        raise InputError(
            f"samples has shape {array.shape}, expected (n_inputs, n_replications), not empty"
        )
    n_bad = int((~np.isfinite(array)).sum())
    if n_bad:
        raise InputError(
            f"samples holds {n_bad} values that are nan or infinite among {array.size}; "
            "leave out the replications (columns) or sets of learnt values (rows) that have them"
        )
    b, r = array.shape
    if b < 2 or r < 2:
        return _unsplit(array, level=level)
    row_means = array.mean(axis=1)
    mean = float(row_means.mean())
    within = float(((array - row_means[:, None]) ** 2).sum()) / (b * (r - 1))
    between = r * float(((row_means - mean) ** 2).sum()) / (b - 1)
    input_variance = max(0.0, (between - within) / r)
    low, high = _ratio_interval(between, within, n_inputs=b, n_replications=r, level=level)
    is_apart = within == 0.0 or (low is not None and low > 0.0)
    total_variance = input_variance * (1 + 1 / b) + within / (b * r)
    return UncertaintySplit(
        verdict="few_inputs" if b < N_FEW_INPUTS else "apart" if is_apart else "not_apart",
        mean=mean,
        input_deviation=input_variance**0.5,
        noise_deviation=within**0.5,
        input_share=input_variance * (1 + 1 / b) / total_variance if total_variance else None,
        ratio_low=low,
        ratio_high=high,
        noise_only=_around(mean, within / (b * r), n_freedom=b * (r - 1), n=b * r, level=level),
        total=_total(row_means - mean, between, within, mean=mean, n_each=r, level=level),
        n_inputs=b,
        n_replications=r,
    )


def _unsplit(array: NDArray[np.float64], *, level: float) -> UncertaintySplit:
    """Return what is known where the two sources cannot be told apart."""
    b, r = array.shape
    mean = float(array.mean())
    unknown = Interval(mean=mean, low=None, high=None, half_width=None, n=b, level=level)
    return UncertaintySplit(
        verdict="too_few",
        mean=mean,
        input_deviation=None,
        noise_deviation=float(array.std(ddof=1)) if b == 1 and r > 1 else None,
        input_share=None,
        ratio_low=None,
        ratio_high=None,
        noise_only=t_interval(array[0], level=level) if b == 1 else unknown,
        total=unknown,
        n_inputs=b,
        n_replications=r,
    )


def _ratio_interval(
    between: float, within: float, *, n_inputs: int, n_replications: int, level: float
) -> tuple[float | None, float | None]:
    """Return the exact interval of input over noise variance, cut at 0."""
    if within == 0.0:
        return (None, None)
    tail = (1.0 - level) / 2.0
    freedom = (n_inputs - 1, n_inputs * (n_replications - 1))
    ratio = between / within
    high_factor = float(special.fdtri(*freedom, 1.0 - tail))
    low_factor = float(special.fdtri(*freedom, tail))
    return (
        max(0.0, (ratio / high_factor - 1.0) / n_replications),
        max(0.0, (ratio / low_factor - 1.0) / n_replications),
    )


def _total(
    away: NDArray[np.float64],
    between: float,
    within: float,
    *,
    mean: float,
    n_each: int,
    level: float,
) -> Interval:
    """Return the interval for the true mean, longer on the side where the sets have a tail."""
    b = away.size
    half = predicted_half_width(between, within, n_inputs=b, n_replications=n_each, level=level)
    inputs = max(0.0, between - within) / n_each * (1 + 1 / b)
    noise = within / (b * n_each)
    below, above = on_each_side(np.array([inputs]), away[:, None])
    whole = inputs + noise
    low = mean - half * (float(below[0] + noise) / whole) ** 0.5 if whole else mean
    high = mean + half * (float(above[0] + noise) / whole) ** 0.5 if whole else mean
    return Interval(mean=mean, low=low, high=high, half_width=(high - low) / 2.0, n=b, level=level)


def predicted_half_width(
    between: float, within: float, *, n_inputs: int, n_replications: int, level: float
) -> float:
    """Return the half-width of the generalised prediction interval; see `split_uncertainty`.

    Parameters
    ----------
    between, within : float
        Mean squares between and within rows, in squared units.
    n_inputs, n_replications : int
        Rows and columns, at least 2 each.
    level : float
        Between 0 and 1.

    Examples
    --------
    Without noise it is Student's for the mean of one more row:

    >>> round(predicted_half_width(1.0, 0.0, n_inputs=10, n_replications=4, level=0.95), 2)
    1.19
    >>> round(2.262 * (1 / 4 * (1 + 1 / 10)) ** 0.5, 2)
    1.19
    """
    if between <= 0.0 and within <= 0.0:
        return 0.0
    b, r = n_inputs, n_replications
    rows = (b - 1) * between / _chi_squared(b - 1, _N_BETWEEN)[:, None]
    own = b * (r - 1) * within / _chi_squared(b * (r - 1), _N_WITHIN)[None, :]
    deviation = np.sqrt(np.maximum(rows - own, 0.0) / r * (1 + 1 / b) + own / (b * r))
    low, high = 0.0, float(deviation.max()) * float(special.ndtri((1.0 + level) / 2.0))
    while high - low > 1e-9 * high:
        middle = (low + high) / 2.0
        known = deviation > 0.0
        error = np.divide(middle, deviation, out=np.full_like(deviation, np.inf), where=known)
        if float((2.0 * special.ndtr(error) - 1.0).mean()) < level:
            low = middle
        else:
            high = middle
    return high


def _chi_squared(n_freedom: int, n: int) -> NDArray[np.float64]:
    """Return the middles of ``n`` equal slices of the chi-squared distribution."""
    levels = (np.arange(n) + 0.5) / n
    quantiles: NDArray[np.float64] = 2.0 * special.gammaincinv(n_freedom / 2.0, levels)
    return quantiles


def _around(mean: float, variance: float, *, n_freedom: int, n: int, level: float) -> Interval:
    half = student_factor(n_freedom, level=level) * variance**0.5
    return Interval(mean=mean, low=mean - half, high=mean + half, half_width=half, n=n, level=level)
