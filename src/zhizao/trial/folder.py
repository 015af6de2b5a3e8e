"""A plant folder and scenario files in, a comparison out."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from zhizao._base.errors import InputError
from zhizao._base.progress import Progress
from zhizao.learn import floor_at
from zhizao.model import (
    INSTANT,
    Order,
    Plant,
    Records,
    ShopState,
    read_plant,
    read_records,
    read_scenario,
)
from zhizao.trial.compare import compare
from zhizao.trial.comparison import Comparison
from zhizao.trial.known import known_from_records

DEFAULT_WEEKS = 8.0


def try_scenarios(
    plant_dir: Path,
    scenario_paths: Sequence[Path],
    *,
    weeks: float = DEFAULT_WEEKS,
    n_replications: int = 40,
    seed: int = 0,
    n_threads: int | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Compare scenario files with the plant of a folder as it is.

    The runs begin at the last instant of the records, with the lots that were
    in progress then; without records at the first release of an order, with an
    empty shop. Further orders come in as the plant's demand says.

    Parameters
    ----------
    plant_dir : Path
        Plant folder; its own scenarios may be named as a base.
    scenario_paths : sequence of Path
        Scenario files, TOML or JSON.
    weeks : float
        Length of the runs.
    n_replications : int
        Pairs of futures.
    seed : int
        Equal seeds give equal results.
    n_threads : int, optional
        Threads of the twin; no result depends on it.
    progress : callable, optional
        Called with (done, total).

    Raises
    ------
    InputError
        If the folder, the records or a scenario have faults, no plant was
        learnt or written yet, or nothing says when the runs begin.
    """
    if weeks <= 0:
        raise InputError(f"The runs last {weeks} weeks, expected more than 0.")
    plant_file = read_plant(plant_dir)
    plant = plant_file.plant
    if not plant.routings:
        raise InputError(
            f"The plant in '{plant_dir}' has no routings yet. Learn it first: "
            f"zhizao learn {plant_dir}"
        )
    scenarios = [read_scenario(path) for path in scenario_paths]
    records_path = Path(plant_dir) / "records.parquet"
    records = read_records(records_path) if records_path.is_file() else None
    start_at, state, open_orders = shop_now(plant, plant_file.orders, records)
    return compare(
        plant,
        open_orders,
        scenarios,
        start_at=start_at,
        end_at=start_at + timedelta(weeks=weeks),
        state=state,
        seed=seed,
        n_replications=n_replications,
        n_threads=n_threads,
        known=None
        if records is None
        else known_from_records(records, plant_file.orders, plant=plant),
        library=[s for s in plant_file.scenarios if s.name not in {t.name for t in scenarios}],
        progress=progress,
    )


def shop_now(
    plant: Plant, orders: Sequence[Order], records: Records | None
) -> tuple[datetime, ShopState | None, tuple[Order, ...]]:
    """Return the instant from which to look ahead, the lots there, and the open orders.

    An order is open if it is in progress, or if no report names it yet.

    Raises
    ------
    InputError
        If there are neither records nor orders with a release.
    """
    if records is None or records.n_rows == 0:
        releases = [o.release_at for o in orders if o.release_at is not None]
        if not releases:
            raise InputError(
                f"Plant '{plant.name}' has neither records nor an order with a release: nothing "
                "says when the runs begin. Drop records, or give an order its release_at."
            )
        return min(releases), None, tuple(orders)
    now = last_instant(records)
    floor = floor_at(records, plant, now, orders=orders)
    reported = set(records.operations["order_id"].drop_nulls().unique().to_list())
    in_progress = {o.id for o in floor.orders}
    to_come = tuple(o for o in orders if o.id not in reported and o.id not in in_progress)
    return now, floor.state, floor.orders + to_come


def last_instant(records: Records) -> datetime:
    """Return the last instant that any report names.

    Raises
    ------
    InputError
        If no report has an instant.
    """
    columns = ("scheduled_at", "start_at", "end_at")
    last = pl.concat([records.operations[c].cast(INSTANT) for c in columns]).max()
    if not isinstance(last, datetime):
        raise InputError("No report in the records has an instant; nothing says when now is.")
    return last
