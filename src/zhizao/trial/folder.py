"""A plant folder and scenario files in, a comparison out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from zhizao._base.errors import InputError
from zhizao._base.files import as_paths
from zhizao._base.progress import Progress
from zhizao._base.words import Lang, say
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
from zhizao.trial.futures import usual_futures
from zhizao.trial.known import known_from_records

DEFAULT_WEEKS = 8.0
_MOST_WEEKS = 521.0
_NAMES_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class ShopNow:
    """From where to look ahead; ``older`` orders were never reported and are left out."""

    at: datetime
    state: ShopState | None
    orders: tuple[Order, ...]
    older: tuple[str, ...] = ()

    def warnings(self, *, lang: Lang) -> tuple[str, ...]:
        """Return what was left out, in words."""
        if not self.older:
            return ()
        more = "" if len(self.older) <= _NAMES_SHOWN else ", …"
        names = ", ".join(self.older[:_NAMES_SHOWN]) + more
        return (say(__package__, "older_orders", lang=lang, n=len(self.older), names=names),)


def try_scenarios(
    plant_dir: Path | str,
    scenario_paths: Sequence[Path | str] | Path | str,
    *,
    weeks: float = DEFAULT_WEEKS,
    n_replications: int | None = None,
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
    plant_dir : path
        Plant folder; its own scenarios may be named as a base.
    scenario_paths : path, or several
        Scenario files, TOML or JSON.
    weeks : float
        Length of the runs.
    n_replications : int, optional
        Pairs of futures; absent: by the plant's size, see ``usual_futures``.
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
    check_weeks(weeks)
    plant_file = read_plant(plant_dir)
    plant = plant_file.plant
    if not plant.routings:
        raise InputError(
            f"The plant in '{plant_dir}' has no routings yet. Learn it first: "
            f"zhizao learn {plant_dir}"
        )
    scenarios = [read_scenario(path) for path in as_paths(scenario_paths)]
    records_path = Path(plant_dir) / "records.parquet"
    records = read_records(records_path) if records_path.is_file() else None
    now = shop_now(plant, plant_file.orders, records)
    comparison = compare(
        plant,
        now.orders,
        scenarios,
        start_at=now.at,
        end_at=now.at + timedelta(weeks=weeks),
        state=now.state,
        seed=seed,
        n_replications=usual_futures(plant, now.orders, weeks=weeks)
        if n_replications is None
        else n_replications,
        n_threads=n_threads,
        known=None
        if records is None
        else known_from_records(records, plant_file.orders, plant=plant),
        library=[s for s in plant_file.scenarios if s.name not in {t.name for t in scenarios}],
        progress=progress,
    )
    warnings = (*comparison.base.warnings, *now.warnings(lang="en"))
    base = comparison.base.model_copy(update={"warnings": warnings})
    return comparison.model_copy(update={"base": base})


def check_weeks(weeks: float) -> None:
    """Raise an error for a length of runs that cannot be simulated.

    Raises
    ------
    InputError
        If it is not above 0 and at most ten years.

    Examples
    --------
    >>> check_weeks(8.0)
    """
    if not 0.0 < weeks <= _MOST_WEEKS:
        raise InputError(
            f"The runs last {weeks} weeks, expected more than 0 and at most {_MOST_WEEKS:g}."
        )


def shop_now(plant: Plant, orders: Sequence[Order], records: Records | None) -> ShopNow:
    """Return from where to look ahead: the instant, the lots there, the open orders.

    An order is open if it is in progress, or if no report names it yet and it is
    not so old that it must have been closed without a report: released (or,
    where that is unknown, due) before the records begin.

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
        return ShopNow(at=min(releases), state=None, orders=tuple(orders))
    now = last_instant(records)
    floor = floor_at(records, plant, now, orders=orders)
    reported = set(records.operations["order_id"].drop_nulls().unique().to_list())
    in_progress = {o.id for o in floor.orders}
    first = first_instant(records)
    unreported = [o for o in orders if o.id not in reported and o.id not in in_progress]
    to_come = tuple(o for o in unreported if not _is_older(o, first))
    return ShopNow(
        at=now,
        state=floor.state,
        orders=floor.orders + to_come,
        older=tuple(o.id for o in unreported if _is_older(o, first)),
    )


def _is_older(order: Order, first: datetime) -> bool:
    known = order.release_at or order.due_at
    return known is not None and known < first


def first_instant(records: Records) -> datetime:
    """Return the first instant that any report names.

    Raises
    ------
    InputError
        If no report has an instant.
    """
    return _edge_instant(records, last=False)


def last_instant(records: Records) -> datetime:
    """Return the last instant that any report names.

    Raises
    ------
    InputError
        If no report has an instant.
    """
    return _edge_instant(records, last=True)


def _edge_instant(records: Records, *, last: bool) -> datetime:
    columns = ("scheduled_at", "start_at", "end_at")
    instants = pl.concat([records.operations[c].cast(INSTANT) for c in columns])
    edge = instants.max() if last else instants.min()
    if not isinstance(edge, datetime):
        raise InputError("No report in the records has an instant; nothing says when now is.")
    return edge
