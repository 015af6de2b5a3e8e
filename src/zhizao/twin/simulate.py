"""The front door: plant and orders → replications over threads → run."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import datetime
from functools import partial

from zhizao._base.progress import Progress
from zhizao._base.words import Lang
from zhizao.model.order import Order
from zhizao.model.plant import Plant
from zhizao.model.run import Run
from zhizao.model.state import ShopState
from zhizao.twin.checks.input_checks import check_span
from zhizao.twin.prepare import prepare_job, to_run
from zhizao.twin.replication import Job, Replication, run_replication
from zhizao.twin.study_drawn import DrawnJobs
from zhizao.twin.study_values import DrawnValues
from zhizao.twin.tables.sequences import Sequences


def simulate(
    plant: Plant,
    orders: Sequence[Order],
    *,
    start_at: datetime,
    end_at: datetime,
    state: ShopState | None = None,
    seed: int = 0,
    n_replications: int = 20,
    n_threads: int | None = None,
    draw_demand: bool = True,
    trace: bool = False,
    warm_up_s: float = 0.0,
    sequences: Sequences | None = None,
    drawn: DrawnValues | None = None,
    progress: Progress | None = None,
    lang: Lang = "en",
) -> Run:
    """Return what would happen in a plant from ``start_at`` to ``end_at``.

    Every random number is keyed by (seed, replication, order id, step and
    visit, purpose), so runs of two plants with the same seed are paired: a
    change in one place never shifts another's draws. Equal arguments give
    equal results on any number of threads.

    Parameters
    ----------
    plant
        The factory.
    orders
        Known orders. One without a release, or with one before ``start_at``
        that is not in ``state``, comes onto the floor at the start.
    start_at, end_at
        Span of the run, aware; what happens exactly at its end counts.
    state
        Lots in progress at ``start_at``; each names one of ``orders``. Times
        already worked or waited are respected: what is left is drawn on the
        condition that the total is longer.
    seed
        Any whole number from 0 to 2⁶⁴ - 1.
    n_replications
        Number of futures.
    n_threads
        Threads; None takes one for each core.
    draw_demand
        Whether orders beyond the known ones are drawn from the plant's
        demands, named ``PRODUCT~1`` and so on; they differ by replication.
    trace
        Whether the run gets records, one for each replication.
    warm_up_s
        Seconds after the start from which KPIs count.
    sequences
        Resource → (order id, step) in the order in which it is to do them,
        whatever its rule; it waits for the next one. An entry is passed over
        if the order skips the step or leaves the plant. What no sequence
        names follows when a resource's list is done, by the rule. A step that
        is done again (rework) is no longer in the sequence.
    drawn
        Sets of values in which the later replications live
        (``study_values.draw_values``); give ``n_replications`` as it says.
    progress
        Called with (replications done, replications) after each.
    lang
        Language of the run's warnings.

    Returns
    -------
    Run
        ``release_s`` is the stated release (before the start: negative), 0 for
        orders that state none, nan for lots in progress that state none. KPIs
        as ``zhizao.twin.indicators.flow_indicators`` says; utilisation is
        working and setup time divided by open time of a resource.

    Raises
    ------
    InputError
        With all faults: unknown names, a state that does not fit, a step that
        no open resource or operator can ever do in the span.

    Notes
    -----
    Pieces are scrapped by a binomial draw where the lot is a whole number of
    pieces, otherwise by the mean share. A slot of a resource (its capacity)
    fails on its own. Operators begin in their shifts and finish what they
    began. A step that must fit begins only if its drawn time ends before the
    closing, or is longer than every shift. Limits between steps are counted
    where the later step begins too late; their mean is in the warnings.

    Examples
    --------
    >>> from datetime import UTC, timedelta
    >>> from zhizao.model.plant import (
    ...     Product, Resource, ResourceOption, Routing, Step, TimeModel, WorkCentre,
    ... )
    >>> cut = Step(
    ...     step=10,
    ...     operation="cut",
    ...     resources=(ResourceOption(resource="saw"),),
    ...     time=TimeModel(per_piece_min=60.0),
    ... )
    >>> plant = Plant(
    ...     name="small",
    ...     work_centres=(WorkCentre(id="saws"),),
    ...     resources=(Resource(id="saw", work_centre="saws"),),
    ...     products=(Product(id="plank"),),
    ...     routings=(Routing(product="plank", steps=(cut,)),),
    ... )
    >>> monday = datetime(2024, 1, 1, tzinfo=UTC)
    >>> run = simulate(
    ...     plant,
    ...     [Order(id="A", product="plank"), Order(id="B", product="plank")],
    ...     start_at=monday,
    ...     end_at=monday + timedelta(days=1),
    ...     n_replications=1,
    ... )
    >>> run.completion_s / 3600
    array([[1., 2.]])
    """
    job = to_job(
        plant,
        orders,
        start_at=start_at,
        end_at=end_at,
        state=state,
        seed=seed,
        n_replications=n_replications,
        n_threads=n_threads,
        draw_demand=draw_demand,
        trace=trace,
        warm_up_s=warm_up_s,
        sequences=sequences,
    )
    done = replicate(
        partial(run_replication, job) if drawn is None else DrawnJobs(job, drawn).run,
        n_replications=n_replications,
        n_threads=n_threads,
        progress=progress,
    )
    return to_run(job, done, lang=lang)


def to_job(
    plant: Plant,
    orders: Sequence[Order],
    *,
    start_at: datetime,
    end_at: datetime,
    state: ShopState | None = None,
    seed: int = 0,
    n_replications: int = 1,
    n_threads: int | None = None,
    draw_demand: bool = True,
    trace: bool = False,
    warm_up_s: float = 0.0,
    sequences: Sequences | None = None,
) -> Job:
    """Check the arguments of ``simulate`` and return what its replications need."""
    check_span(
        start_at=start_at,
        end_at=end_at,
        seed=seed,
        n_replications=n_replications,
        n_threads=n_threads,
        warm_up_s=warm_up_s,
    )
    return prepare_job(
        plant,
        orders,
        start_at=start_at,
        end_at=end_at,
        state=state,
        seed=seed,
        draw_demand=draw_demand,
        trace=trace,
        warm_up_s=warm_up_s,
        sequences=sequences,
    )


def replicate(
    one: Callable[[int], Replication],
    *,
    n_replications: int,
    n_threads: int | None,
    progress: Progress | None,
) -> list[Replication]:
    """Run the replications over threads; their order in the result is fixed."""
    n_workers = min(n_threads or os.cpu_count() or 1, n_replications)
    if n_workers == 1:
        done = []
        for i in range(n_replications):
            done.append(one(i))
            if progress:
                progress(i + 1, n_replications)
        return done
    with ThreadPoolExecutor(max_workers=n_workers) as pool:
        futures = [pool.submit(one, i) for i in range(n_replications)]
        try:
            for n_done, future in enumerate(as_completed(futures), start=1):
                future.result()
                if progress:
                    progress(n_done, n_replications)
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return [future.result() for future in futures]
