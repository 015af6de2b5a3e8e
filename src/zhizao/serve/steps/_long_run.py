"""What a plant comes to in the long run, if its demand goes on as it is."""

from datetime import UTC, datetime
from pathlib import Path

from zhizao._base.errors import InputError
from zhizao._base.progress import Progress
from zhizao.serve.steps._folder import OpenFolder, open_folder
from zhizao.trial.folder import last_instant
from zhizao.twin.study.long_runs import N_REPLICATIONS
from zhizao.twin.study.long_runs import long_run as study_long_run
from zhizao.twin.study.results import LongRun

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
"""Begin of the runs of a plant that has neither records nor releases."""


def long_run(
    plant_dir: Path | str,
    *,
    within: float = 0.05,
    kpi: str = "lead_time_mean_h",
    n_replications: int = N_REPLICATIONS,
    seed: int = 0,
    progress: Progress | None = None,
) -> LongRun:
    """Simulate the plant of a folder from empty until its long run is known.

    Parameters
    ----------
    plant_dir : path
        The plant folder.
    within : float
        Error that is allowed, as a share of the mean, between 0 and 1.
    kpi : str
        That is to be so precise; see ``zhizao.twin.study.long_run``.
    n_replications : int
        Runs, at least 2.
    seed : int
        Equal seeds give equal results.
    progress : callable, optional
        Called with (done, total) simulated weeks.

    Raises
    ------
    InputError
        If the folder has faults, no routings yet, or no demand.
    """
    folder = open_folder(plant_dir, with_records=False)
    plant = folder.plant_file.plant
    if not plant.routings:
        raise InputError(
            f"The plant in '{folder.path}' has no routings yet. "
            f"Learn it first: zhizao learn {folder.path}"
        )
    return study_long_run(
        plant,
        start_at=_begin(folder),
        within=within,
        kpi=kpi,
        n_replications=n_replications,
        seed=seed,
        progress=progress,
    )


def _begin(folder: OpenFolder) -> datetime:
    if folder.records is not None and folder.records.n_rows:
        return last_instant(folder.records)
    releases = [o.release_at for o in folder.plant_file.orders if o.release_at is not None]
    return min(releases, default=MONDAY)
