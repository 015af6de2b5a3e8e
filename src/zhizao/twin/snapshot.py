"""Stop a run in the middle, keep its state, and let copies of it go on."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from zhizao._base.errors import InputError
from zhizao._base.words import Lang
from zhizao.model.order import Order
from zhizao.model.plant import Plant
from zhizao.model.run import Run
from zhizao.model.state import ShopState
from zhizao.twin.checks.input_checks import check_span
from zhizao.twin.kernels.tables import Shop
from zhizao.twin.prepare import prepare_job, to_run
from zhizao.twin.replication import (
    Job,
    Replication,
    Sizes,
    first_sizes,
    go_on,
    play,
    replication_key_of,
    result_of,
)
from zhizao.twin.simulate import replicate
from zhizao.twin.tables.sequences import Sequences
from zhizao.twin.tables.shop_tables import copy_shop


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """The state of replications at an instant: arrays that are copied when a run goes on.

    ``shops`` and ``sizes`` have one entry a replication. ``digests``: of what it was taken of.
    """

    job: Job
    at_s: float
    shops: tuple[Shop, ...]
    sizes: tuple[Sizes, ...]
    draw_demand: bool
    digests: dict[str, str]


def digests_of(
    plant: Plant,
    *,
    orders: Sequence[Order],
    state: ShopState | None,
    sequences: Sequences | None,
) -> dict[str, str]:
    """Return digests of what a run is made of, by which a file knows what it was taken of."""
    texts = {
        "plant": plant.model_dump_json(),
        "orders": json.dumps([o.model_dump_json() for o in orders]),
        "state": state.model_dump_json() if state is not None else "",
        "sequences": json.dumps(
            {name: [list(entry) for entry in s] for name, s in sorted((sequences or {}).items())}
        ),
    }
    return {
        name: hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
        for name, text in texts.items()
    }


def take_snapshot(
    plant: Plant,
    orders: Sequence[Order],
    *,
    start_at: datetime,
    at: datetime,
    end_at: datetime,
    state: ShopState | None = None,
    seed: int = 0,
    n_replications: int = 20,
    draw_demand: bool = True,
    trace: bool = False,
    warm_up_s: float = 0.0,
    sequences: Sequences | None = None,
) -> Snapshot:
    """Simulate until an instant and return the state then, everything in progress included.

    What happens exactly at that instant has happened. A snapshot is of the run
    until ``end_at``, no further: work that has begun was timed until then.

    Parameters
    ----------
    at
        From ``start_at`` to ``end_at``, aware.
    plant, orders, start_at, end_at, state, seed, n_replications, draw_demand, trace, \
    warm_up_s, sequences
        As for ``simulate``.

    Raises
    ------
    InputError
        As ``simulate`` does, and if ``at`` is not within the run.

    Examples
    --------
    >>> from datetime import UTC, timedelta
    >>> from zhizao.model.plant import Product, Routing, Step, TimeModel
    >>> rest = Step(step=1, operation="rest", time=TimeModel(setup_min=90.0))
    >>> plant = Plant(
    ...     name="small",
    ...     products=(Product(id="P"),),
    ...     routings=(Routing(product="P", steps=(rest,)),),
    ... )
    >>> monday = datetime(2024, 1, 1, tzinfo=UTC)
    >>> snapshot = take_snapshot(
    ...     plant,
    ...     [Order(id="A", product="P")],
    ...     start_at=monday,
    ...     at=monday + timedelta(hours=1),
    ...     end_at=monday + timedelta(hours=8),
    ...     n_replications=1,
    ... )
    >>> simulate_on(snapshot).completion_s / 3600
    array([[1.5]])
    """
    check_span(
        start_at=start_at,
        end_at=end_at,
        seed=seed,
        n_replications=n_replications,
        n_threads=None,
        warm_up_s=warm_up_s,
    )
    if at.tzinfo is None or not start_at <= at <= end_at:
        raise InputError(
            f"The snapshot is at {at}, expected an aware instant from {start_at} to {end_at}."
        )
    job = prepare_job(
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
    job = replace(job, is_line=False)
    at_s = (at - start_at).total_seconds()
    played = [play(job, i, until_s=at_s, sizes=first_sizes(job)) for i in range(n_replications)]
    return Snapshot(
        job=job,
        at_s=at_s,
        shops=tuple(shop for shop, _ in played),
        sizes=tuple(sizes for _, sizes in played),
        draw_demand=draw_demand,
        digests=digests_of(plant, orders=orders, state=state, sequences=sequences),
    )


def simulate_on(
    snapshot: Snapshot,
    *,
    seed: int | None = None,
    n_replications: int | None = None,
    n_threads: int | None = None,
    lang: Lang = "en",
) -> Run:
    """Let copies of a snapshot go on to the end of the run; the snapshot stays as it is.

    Parameters
    ----------
    snapshot
        From ``take_snapshot``.
    seed
        None: the run goes on as it would have, equal to the last bit to one
        that was never stopped. A number forks it: what was drawn before stays
        (the end of work in progress, orders announced), all else is drawn anew.
    n_replications
        None: as many as the snapshot has. More need a ``seed``: they begin
        with the snapshot's replications over again.
    n_threads, lang
        As for ``simulate``.

    Returns
    -------
    Run
        From the snapshot's own start; its KPIs count from the warm-up on.
    """
    n_shops = len(snapshot.shops)
    n = n_shops if n_replications is None else n_replications
    if n < 1 or (n > n_shops and seed is None):
        raise InputError(
            f"n_replications is {n}, expected 1 … {n_shops}, or a seed for other futures."
        )
    done = replicate(
        partial(_go_on_from, snapshot, seed), n_replications=n, n_threads=n_threads, progress=None
    )
    job = snapshot.job if seed is None else replace(snapshot.job, seed=seed)
    return to_run(job, done, lang=lang)


def _go_on_from(snapshot: Snapshot, seed: int | None, replication: int) -> Replication:
    job = snapshot.job
    first = replication % len(snapshot.shops)
    shop, sizes = copy_shop(snapshot.shops[first]), snapshot.sizes[first]
    while True:
        shop = shop._replace(until_s=job.horizon_s)
        if seed is not None:
            shop = shop._replace(key=replication_key_of(seed, replication))
        longer = go_on(job, shop, sizes=sizes)
        if longer is None:
            return result_of(job, shop)
        # Tables cannot grow in the middle of a run: it is played again with longer ones.
        shop, sizes = play(job, first, until_s=snapshot.at_s, sizes=longer)
