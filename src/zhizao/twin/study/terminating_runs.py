"""As many runs of one span as an answer needs, and how well it is then known."""

from collections.abc import Callable, Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from zhizao._base.errors import InputError, did_you_mean
from zhizao._base.seeds import stable_key
from zhizao.model.order import Order
from zhizao.model.plant import Plant
from zhizao.model.run import Run
from zhizao.model.state import ShopState
from zhizao.twin.simulate import simulate
from zhizao.twin.statistics import Interval, quantile_interval, until_half_width
from zhizao.twin.study.results import TerminatingStudy

BLOCK = 10
"""Replications simulated at once. Each block has a seed of its own, so that the i-th replication
of a study is the same however many there are: studies of two plants stay paired."""

N_FIRST = 3 * BLOCK
"""Replications before the first look; see ``statistics.until_half_width``."""


def terminating(
    plant: Plant,
    orders: Sequence[Order],
    *,
    start_at: datetime,
    end_at: datetime,
    kpi: str = "lead_time_mean_h",
    relative: float | None = None,
    half_width: float | None = None,
    level: float = 0.95,
    probabilities: Sequence[float] = (0.1, 0.5, 0.9),
    n_most: int = 1_000,
    state: ShopState | None = None,
    seed: int = 0,
    n_threads: int | None = None,
    draw_demand: bool = True,
    warm_up_s: float = 0.0,
    progress: Callable[[int, Interval], None] | None = None,
) -> TerminatingStudy:
    """Simulate a span again and again until a KPI's mean is known well enough.

    Parameters
    ----------
    plant, orders, start_at, end_at, state, seed, n_threads, draw_demand, warm_up_s
        As for ``simulate``.
    kpi
        Key of ``Run.kpi_samples``, such as ``lead_time_mean_h`` or
        ``utilisation:SAW``.
    relative
        Error that is allowed, as a share of the mean; 0.05 if ``half_width``
        is not given either.
    half_width
        Error that is allowed, in the KPI's unit; give one of the two.
    level
        Of all intervals.
    probabilities
        Quantiles over futures, between 0 and 1.
    n_most
        Most replications, at least 10.
    progress
        Called with (replications, interval) at each look.

    Raises
    ------
    InputError
        As ``simulate`` and ``statistics.until_half_width`` raise it, and if
        runs have no such KPI.

    Examples
    --------
    >>> from datetime import UTC, timedelta
    >>> from zhizao.model.plant import Product, Routing, Step, TimeModel
    >>> rest = Step(
    ...     step=10,
    ...     operation="rest",
    ...     time=TimeModel(per_piece_min=60.0, distribution="uniform", cv=0.1),
    ... )
    >>> plant = Plant(
    ...     name="small",
    ...     products=(Product(id="P"),),
    ...     routings=(Routing(product="P", steps=(rest,)),),
    ... )
    >>> monday = datetime(2024, 1, 1, tzinfo=UTC)
    >>> study = terminating(
    ...     plant,
    ...     [Order(id="A", product="P")],
    ...     start_at=monday,
    ...     end_at=monday + timedelta(days=1),
    ... )
    >>> study.is_reached, study.interval.covers(1.0)
    (True, True)
    """
    if relative is None and half_width is None:
        relative = 0.05
    warnings: dict[str, None] = {}

    def simulate_block(block: int) -> NDArray[np.float64]:
        run = simulate(
            plant,
            orders,
            start_at=start_at,
            end_at=end_at,
            state=state,
            seed=block_seed(seed, block=block),
            n_replications=BLOCK,
            n_threads=n_threads,
            draw_demand=draw_demand,
            warm_up_s=warm_up_s,
        )
        warnings.update(dict.fromkeys(run.warnings))
        return _samples(run, kpi)

    samples = np.empty(0)

    def run_more(first: int, count: int) -> NDArray[np.float64]:
        nonlocal samples
        while samples.size < first + count:
            samples = np.concatenate([samples, simulate_block(samples.size // BLOCK)])
        return samples[first : first + count]

    found = until_half_width(
        run_more,
        half_width=half_width,
        relative=relative,
        level=level,
        n_first=min(N_FIRST, n_most),
        n_most=n_most,
        progress=progress,
    )
    return TerminatingStudy(
        kpi=kpi,
        interval=found.interval,
        quantiles=tuple(
            quantile_interval(samples[: found.n], p, level=level) for p in probabilities
        ),
        n=found.n,
        n_looks=found.n_looks,
        is_reached=found.is_reached,
        deleted_s=warm_up_s,
        warnings=tuple(warnings),
    )


def block_seed(seed: int, *, block: int) -> int:
    """Return the seed of a block of replications; block 0 has the study's own.

    Examples
    --------
    >>> block_seed(7, block=0), block_seed(7, block=1) == block_seed(8, block=1)
    (7, False)
    """
    return seed if block == 0 else stable_key(f"{seed}/{block}")


def _samples(run: Run, kpi: str) -> NDArray[np.float64]:
    if kpi not in run.kpi_samples:
        hint = did_you_mean(kpi, run.kpi_samples)
        raise InputError(f"kpi is '{kpi}', expected one of {list(run.kpi_samples)}.{hint}")
    return run.kpi_samples[kpi]
