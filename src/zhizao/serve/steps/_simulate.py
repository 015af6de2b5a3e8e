"""A run of the plant from now, without any change."""

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from zhizao._base.errors import InputError
from zhizao._base.files import write_files
from zhizao._base.progress import Progress
from zhizao._base.words import Lang
from zhizao.model import Run, records_bytes
from zhizao.serve.steps._folder import open_folder
from zhizao.trial.folder import check_weeks, shop_now
from zhizao.twin import simulate as simulate_plant


def simulate(
    plant_dir: Path | str,
    *,
    weeks: float = 8.0,
    n_replications: int = 40,
    seed: int = 0,
    records_into: Path | str | None = None,
    lang: Lang = "en",
    progress: Progress | None = None,
) -> Run:
    """Simulate the plant of a folder from its last known instant.

    Parameters
    ----------
    plant_dir : path
        The plant folder.
    weeks : float
        How far ahead to look.
    n_replications : int
        Number of futures.
    seed : int
        Equal seeds give equal results.
    records_into : path, optional
        A Parquet file for the first future's records, in the schema of the
        plant's own.
    lang : {"en", "zh"}
        Language of the run's warnings.
    progress : callable, optional
        Called with (done, total).

    Raises
    ------
    InputError
        If the folder has faults or no routings yet.
    """
    folder = open_folder(plant_dir, with_records=False)
    plant_file = folder.plant_file
    check_weeks(weeks)
    if not plant_file.plant.routings:
        raise InputError(
            f"The plant in '{folder.path}' has no routings yet. "
            f"Learn it first: zhizao learn {folder.path}"
        )
    now = shop_now(plant_file.plant, plant_file.orders, folder.records)
    zone = ZoneInfo(plant_file.plant.time_zone)
    run = simulate_plant(
        plant_file.plant,
        now.orders,
        start_at=now.at.astimezone(zone),
        end_at=(now.at + timedelta(weeks=weeks)).astimezone(zone),
        state=now.state,
        seed=seed,
        n_replications=n_replications,
        trace=records_into is not None,
        progress=progress,
        lang=lang,
    )
    run = run.model_copy(update={"warnings": (*run.warnings, *now.warnings(lang=lang))})
    if records_into is not None:
        target = Path(records_into)
        write_files(target.parent, {target.name: records_bytes(run.records[0])})
    return run
