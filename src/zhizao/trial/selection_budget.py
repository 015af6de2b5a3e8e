"""How to share a fixed number of runs among scenarios so that the best is found most surely."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from zhizao._base.errors import InputError


@dataclass(frozen=True, kw_only=True)
class OcbaAllocation:
    """Replications to run next, and how sure the choice would then be.

    Attributes
    ----------
    n_more : tuple of int
        Per system in the order given; their sum is the budget.
    best_index : int
        The system with the best mean so far.
    probability_correct : float
        Bonferroni's lower bound of the probability that it is the best, with
        all replications run, *if the given means and variances were the true
        ones*. An approximation: nothing is guaranteed.
    """

    n_more: tuple[int, ...]
    best_index: int
    probability_correct: float


def allocate_ocba(
    means: ArrayLike,
    variances: ArrayLike,
    budget: int,
    *,
    best: Literal["lowest", "highest"],
    n_done: ArrayLike | None = None,
    delta: float = 0.0,
) -> OcbaAllocation:
    r"""Share a budget of replications among systems by OCBA.

    With b the best so far and :math:`\delta_i` the lead of b over i, all
    replications together should stand in the ratios
    :math:`N_i \propto \sigma_i^2/\delta_i^2` for :math:`i \ne b`, and
    :math:`N_b = \sigma_b \sqrt{\sum_{i \ne b} N_i^2/\sigma_i^2}`. Use it in
    turns: run, estimate anew, share the next part.

    Parameters
    ----------
    means, variances : array-like of shape (k,)
        Estimated mean and variance of one replication of each of at least two
        systems; any unit and its square.
    budget : int
        Replications to share now, at least 0.
    best : {'lowest', 'highest'}
        Which mean is wanted.
    n_done : array-like of shape (k,), optional
        Replications that each system already has; they count as given.
    delta : float, default 0
        Leads below this count as this, in the unit of the means, so that a
        near tie does not take everything. With 0, an exact tie does.

    Raises
    ------
    InputError
        If shapes differ, a value is ``nan`` or out of range.

    Notes
    -----
    Derived for independent systems: with common random numbers it still
    allots sensibly, but `select_best_kn` makes use of them.

    References
    ----------
    C.-H. Chen, J. Lin, E. Yücesan, S. E. Chick (2000), Discrete Event Dyn.
    Syst. 10(3), 251-270: theorem 1; APCS-B: section 3.

    Examples
    --------
    >>> allocate_ocba([1.0, 2.0, 3.0], [1.0, 1.0, 1.0], 100, best="lowest").n_more
    (45, 44, 11)
    """
    m, v, done = _checked(means, variances, budget, n_done=n_done, delta=delta)
    leads = m - m.min() if best == "lowest" else m.max() - m
    best_index = int(leads.argmin())
    leads = np.maximum(leads, delta)
    weights = _weights(leads, v, best_index=best_index)
    n_more = _shares(weights, done, budget=budget)
    return OcbaAllocation(
        n_more=tuple(int(n) for n in n_more),
        best_index=best_index,
        probability_correct=_probability(leads, v, done + n_more, best_index=best_index),
    )


def _checked(
    means: ArrayLike, variances: ArrayLike, budget: int, *, n_done: ArrayLike | None, delta: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    m = np.asarray(means, dtype=np.float64)
    v = np.asarray(variances, dtype=np.float64)
    done = np.zeros(m.shape, np.int64) if n_done is None else np.asarray(n_done, dtype=np.int64)
    faults: list[str] = []
    if m.ndim != 1 or m.size < 2 or v.shape != m.shape or done.shape != m.shape:
        faults.append(
            f"means, variances and n_done have shapes {m.shape}, {v.shape} and {done.shape}, "
            "expected one and the same length of at least 2"
        )
    if not np.isfinite(m).all():
        faults.append("means hold nan or infinite values; run every system at least once")
    if not np.isfinite(v).all() or (v < 0.0).any():
        faults.append("variances hold nan, infinite or negative values; run every system twice")
    if (done < 0).any():
        faults.append("n_done holds negative counts")
    if budget < 0:
        faults.append(f"budget is {budget}, expected at least 0 replications")
    if not (np.isfinite(delta) and delta >= 0.0):
        faults.append(f"delta is {delta:g}, expected a finite number of at least 0")
    if faults:
        raise InputError("; ".join(faults))
    return m, v, done


def _weights(
    leads: NDArray[np.float64], variances: NDArray[np.float64], *, best_index: int
) -> NDArray[np.float64]:
    """Return the shares of all replications, shape (k,), summing to 1."""
    others = np.arange(leads.size) != best_index
    is_tied = others & (leads == 0.0)
    # In the limit of a lead that goes to 0, only the tied systems and the best count.
    counted = is_tied if (is_tied & (variances > 0.0)).any() else others & ~is_tied
    nearest = leads[counted].min(initial=np.inf)
    # Nearness is 1 for the hardest to tell from the best, so that no lead is too small to square.
    nearness = np.divide(nearest, leads, out=np.ones(leads.size), where=leads > 0.0)
    weights = np.where(counted, variances * nearness**2, 0.0)
    squares = np.where(counted, variances * nearness**4, 0.0).sum()
    weights[best_index] = (variances[best_index] * squares) ** 0.5
    if weights[best_index] == 0.0 and not weights[others].any():
        # The others do not vary: only the best one's own mean is in doubt, or nothing is.
        weights[best_index] = variances[best_index]
    total = weights.sum()
    return weights / total if total > 0.0 else np.full(leads.size, 1.0 / leads.size)


def _shares(
    weights: NDArray[np.float64], done: NDArray[np.int64], *, budget: int
) -> NDArray[np.int64]:
    """Return whole numbers that bring all replications nearest to the weights."""
    wanting = np.ones(weights.size, dtype=np.bool_)
    ideal = np.zeros(weights.size)
    while True:
        # Who already has more than its share gets none; the rest share what is left.
        total = float(done[wanting].sum() + budget)
        ideal = np.where(wanting, weights / max(weights[wanting].sum(), 1e-300) * total, 0.0) - done
        is_over = wanting & (ideal < 0.0)
        if not is_over.any():
            break
        wanting &= ~is_over
    ideal = np.where(wanting, ideal, 0.0)
    if not ideal.any():
        ideal = weights * budget
    whole = np.floor(ideal).astype(np.int64)
    missing = budget - int(whole.sum())
    order = np.argsort(whole - ideal, kind="stable")
    whole[order[:missing]] += 1
    return whole


def _probability(
    leads: NDArray[np.float64],
    variances: NDArray[np.float64],
    n: NDArray[np.int64],
    *,
    best_index: int,
) -> float:
    """Return 1 - sum of P(i seems better than b), at least 0."""
    of_mean = np.where(n > 0, variances / np.maximum(n, 1), np.inf)
    others = np.arange(leads.size) != best_index
    deviation = np.sqrt(of_mean[others] + of_mean[best_index])
    lead = leads[others]
    z = np.divide(lead, deviation, out=np.where(lead > 0.0, np.inf, 0.0), where=deviation > 0.0)
    return max(0.0, 1.0 - float(special.ndtr(-z).sum()))
