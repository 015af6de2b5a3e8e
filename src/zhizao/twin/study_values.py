"""Plants that the records allow just as well: learnt values drawn from their sampling errors.

A learnt value has an interval because it rests on so many cases: the true one
may lie anywhere in it. Here true values are drawn that go with the records (from
their posterior distribution), as factors on the learnt ones, so that they can be
applied to any scenario of the plant, too.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy import special

from zhizao._base.seeds import stable_key
from zhizao.model.plant import Plant, Provenance

_Z95 = 1.959963984540054
_LEAST_DRAWS, _MOST_DRAWS = 5, 20
"""With noise as large as the effect of the values, 20 sets of 4 tell it better than 40 of 2."""

_LEAST_SHAPE = 0.25
"""Of the gamma distribution: a relative error above 2 is hardly an estimate."""

_LEAST_CASES = 4.0
"""That a mean duration counts as resting on: what fewer say has no upper end, and a plant with such
values would stand still."""


@dataclass(frozen=True, kw_only=True)
class DrawnValues:
    """Sets of learnt values, each drawn from the values' sampling errors.

    Attributes
    ----------
    factors : mapping
        Place of a value (``Provenance.where``) → drawn over learnt value,
        shape (n_draws,).
    quantities : mapping
        Product → bootstrapped samples of its order quantities, each sorted,
        shape (n_draws, n_quantities).
    n_draws : int
        Sets of values.
    n_each : int
        Replications that live in each set.
    n_futures : int
        Replications with the learnt values, which come first. The k-th of the
        others lives in set k // n_each, with the random numbers of replication
        k % n_futures, so that the two can be compared.
    like : mapping
        Resource or calendar that a scenario adds → the one of the plant whose
        errors it shares.
    stated : frozenset
        Places of values that a scenario states itself: they are not drawn.
    """

    factors: Mapping[str, NDArray[np.float64]]
    quantities: Mapping[str, NDArray[np.float64]]
    n_draws: int
    n_each: int
    n_futures: int
    like: Mapping[str, str] = field(default_factory=dict)
    stated: frozenset[str] = frozenset()

    @property
    def n_replications(self) -> int:
        """Replications with the learnt values and in all sets."""
        return self.n_futures + self.n_draws * self.n_each

    def factor(self, where: str) -> NDArray[np.float64] | None:
        """Return the factors of a value, or None if it is not drawn."""
        return None if where in self.stated else self.factors.get(where)

    def for_branch(
        self, *, like: Mapping[str, str] | None = None, stated: frozenset[str] = frozenset()
    ) -> "DrawnValues":
        """Return the same sets for a scenario that adds resources or states values."""
        return replace(self, like=like or {}, stated=stated)


def draw_values(plant: Plant, *, n_futures: int, seed: int = 0) -> DrawnValues | None:
    r"""Draw sets of values that the records allow as well as the learnt ones.

    Given n exponential durations with mean :math:`m`, the true mean has the
    posterior distribution of :math:`m n / G_n`, with :math:`G_n` gamma of shape
    n, under the reference prior: it is skewed to the right twice as much as the
    mean of another sample would be, and its quantiles cover the truth exactly.
    So a mean duration (a working time, a delay, a setup, a time between
    failures or of repair) with relative error :math:`e` is drawn as
    :math:`m k / G_k` with :math:`k = e^{-2}`; a rate, and weekly hours, as
    :math:`m G_k / k`; a share with :math:`n` cases from the beta distribution
    with mean :math:`m` and parameters that sum to :math:`n`. The relative error
    is that of the 95 % interval :math:`(l, h)`, :math:`(h-l)/3.92 m`, or
    :math:`\ln(h/l)/3.92` where that is smaller, as it is for intervals that are
    even in the logarithm. The sets are a Latin hypercube: each value takes
    each of as many equal slices of its distribution once. Order quantities are
    resampled. A share of 0 or 1 stays.

    Parameters
    ----------
    plant : Plant
        With provenances; only values that were learnt and have an interval are
        drawn. Values of one pooled estimate get one error.
    n_futures : int
        Replications with the learnt values; about twice as many more live in
        the sets, of which there are half as many, 5 to 20.
    seed : int
        Each value's draws are keyed by the seed and its place.

    Returns
    -------
    DrawnValues or None
        None where no value has a sampling error.

    Notes
    -----
    Working times, delays, demand, shares of steps, detours and scrap, setups,
    times between failures and of repairs, and weekly hours of calendars are
    drawn. Not drawn, and so not in any interval: places of resources, dispatch
    rules, batches, people, maintenance, shapes of distributions, which step
    follows which.

    References
    ----------
    S. E. Chick (2001), Oper. Res. 49(5), 744-758; F. Zouaoui, J. R. Wilson
    (2003), IIE Trans. 35(9), 781-792 (posterior draws of input values); M. D.
    McKay, R. J. Beckman, W. J. Conover (1979), Technometrics 21(2), 239-245
    (Latin hypercube); R. R. Barton, B. L. Nelson, W. Xie (2014), INFORMS J.
    Comput. 26(1), 74-87.

    Examples
    --------
    >>> from zhizao.model.plant import Demand, Product
    >>> known = Provenance(
    ...     where="demands/P/orders_per_week", source="learnt", level="product",
    ...     n=100, value=10.0, low=8.14, high=12.16)
    >>> plant = Plant(
    ...     name="p", products=(Product(id="P"),), provenances=(known,),
    ...     demands=(Demand(product="P", orders_per_week=10.0),))
    >>> drawn = draw_values(plant, n_futures=40)
    >>> drawn.factor("demands/P/orders_per_week").shape, drawn.n_each
    ((20,), 4)
    """
    n_draws = min(_MOST_DRAWS, max(_LEAST_DRAWS, n_futures // 2))
    places = dict(_places(plant))
    factors = {}
    for provenance in plant.provenances:
        if provenance.where in places and _has_error(provenance):
            source = _source(provenance, places[provenance.where])
            rng = np.random.default_rng([seed, stable_key(source)])
            drawn = _factors(provenance, latin_slices(rng, n_draws))
            if drawn is not None:
                factors[provenance.where] = drawn
    if not factors:
        return None
    n_orders = {p.where: p.n for p in plant.provenances}
    quantities = {}
    for d in plant.demands:
        where = f"demands/{d.product}/orders_per_week"
        if where in factors and len(set(d.quantities)) > 1:
            rng = np.random.default_rng([seed, stable_key(f"{where}/quantities")])
            quantities[d.product] = _resampled(
                np.array(d.quantities), n=n_orders[where], n_draws=n_draws, rng=rng
            )
    return DrawnValues(
        factors=factors,
        quantities=quantities,
        n_draws=n_draws,
        n_each=max(2, -(-2 * n_futures // n_draws)),
        n_futures=n_futures,
    )


def _places(plant: Plant) -> Iterator[tuple[str, str]]:
    """Return the place of each value that can be drawn, and whose pooled estimate it may have."""
    for routing in plant.routings:
        for step in routing.steps:
            where = f"routings/{routing.product}/{routing.variant}/{step.step}"
            for part in ("time", "delay/mean_min", "probability", "rework/probability"):
                yield f"{where}/{part}", f"{step.operation}/{part}"
            yield f"{where}/scrap_share", f"{step.operation}/scrap_share"
    for r in plant.resources:
        for part in ("failure/mtbf_h", "failure/mttr_h"):
            yield f"resources/{r.id}/{part}", part
    other = [setup_place(s.work_centre, s.from_family, s.to_family) for s in plant.setups]
    other += [f"demands/{d.product}/orders_per_week" for d in plant.demands]
    other += [f"calendars/{c.id}/hours_per_week" for c in plant.calendars]
    yield from ((where, where) for where in other)


def setup_place(work_centre: str, from_family: str | None, to_family: str | None) -> str:
    """Return the place of a setup time.

    Examples
    --------
    >>> setup_place("saws", None, "red")
    'setups/saws/*/red'
    """
    return f"setups/{work_centre}/{from_family or '*'}/{to_family or '*'}"


def _has_error(p: Provenance) -> bool:
    is_known = p.source == "learnt" and p.n > 0 and p.value is not None and p.value > 0.0
    return is_known and p.low is not None and p.high is not None and p.high > p.low


def _source(p: Provenance, group: str) -> str:
    """Return what tells estimates apart: values of one pooled estimate have the same numbers."""
    if p.level in {"pooled", "family"}:
        return f"{group}:{p.n}:{p.value}:{p.low}:{p.high}"
    return p.where


def _factors(p: Provenance, u: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Return drawn over learnt values at the given probabilities."""
    assert p.value is not None
    assert p.low is not None
    assert p.high is not None
    if p.where.endswith(("/probability", "/scrap_share")):
        if p.value >= 1.0:
            return None
        share: NDArray[np.float64] = special.betaincinv(p.value * p.n, (1.0 - p.value) * p.n, u)
        return share / p.value
    error = (p.high - p.low) / (2.0 * _Z95 * p.value)
    if p.low > 0.0:
        error = min(error, float(np.log(p.high / p.low)) / (2.0 * _Z95))
    return posterior_factors(u, error=error, is_rate=p.where.endswith("_per_week"))


def posterior_factors(
    u: NDArray[np.float64], *, error: float, is_rate: bool
) -> NDArray[np.float64]:
    """Return true over learnt values at the given probabilities; see ``draw_values``.

    Parameters
    ----------
    u : float64 array
        Probabilities, between 0 and 1.
    error : float
        Relative standard error of the learnt value, above 0. That of a duration
        counts as 0.5 at most, that of a rate as 2.
    is_rate : bool
        Whether it counts cases in a time; else it is a mean duration.

    Examples
    --------
    >>> ends = np.array([0.025, 0.5, 0.975])
    >>> posterior_factors(ends, error=0.2, is_rate=False).round(2)
    array([0.7 , 1.01, 1.55])
    >>> posterior_factors(ends, error=0.2, is_rate=True).round(2)
    array([0.65, 0.99, 1.43])
    """
    factors: NDArray[np.float64]
    if is_rate:
        shape = max(_LEAST_SHAPE, error**-2.0)
        factors = special.gammaincinv(shape, u) / shape
    else:
        shape = max(_LEAST_CASES, error**-2.0)
        factors = shape / special.gammainccinv(shape, u)
    return factors


def latin_slices(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    """Return one probability in each of ``n`` equal slices of 0 to 1, in random order.

    Examples
    --------
    >>> np.sort(np.floor(4 * latin_slices(np.random.default_rng(1), 4)))
    array([0., 1., 2., 3.])
    """
    return (rng.permutation(n) + rng.random(n)) / n


def _resampled(
    values: NDArray[np.float64], *, n: int, n_draws: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return bootstrap samples of ``n`` cases, each as so many order statistics as values."""
    drawn = np.sort(rng.choice(values, size=(n_draws, max(n, 1))), axis=1)
    levels = (np.arange(values.size) + 0.5) / values.size
    return drawn[:, (levels * drawn.shape[1]).astype(np.int64)]
