"""Step 4, try: scenarios against the plant as it is, in paired replications."""

from collections.abc import Sequence
from pathlib import Path

from zhizao._base.files import write_files
from zhizao._base.progress import Progress
from zhizao.serve.steps._folder import existing_folder, to_json
from zhizao.trial import Comparison
from zhizao.trial import try_scenarios as compare_in_folder

COMPARISON_FILE = "comparison.json"


def try_scenarios(
    plant_dir: Path | str,
    scenarios: Sequence[Path | str] | Path | str,
    *,
    weeks: float = 8.0,
    n_replications: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Comparison:
    """Compare scenarios with the plant as it is and write ``comparison.json``.

    Parameters
    ----------
    plant_dir : path
        The plant folder.
    scenarios : path, or several
        Scenario files, TOML or JSON.
    weeks : float
        How far ahead to look.
    n_replications : int, optional
        Random futures; each is lived through by every scenario. Absent: 40 to 200, by the
        plant's size.
    seed : int
        Equal seeds give equal results.
    progress : callable, optional
        Called with (done, total).

    Raises
    ------
    InputError
        If the folder or a scenario has faults.
    """
    folder = existing_folder(plant_dir)
    result = compare_in_folder(
        folder,
        scenarios,
        weeks=weeks,
        n_replications=n_replications,
        seed=seed,
        progress=progress,
    )
    write_files(folder, {COMPARISON_FILE: to_json(result.model_dump(mode="json"))})
    return result
