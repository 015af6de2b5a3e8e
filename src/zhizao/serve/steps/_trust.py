"""Step 3, trust: the back-test on the plant's own past weeks."""

from pathlib import Path

from zhizao._base.files import write_files
from zhizao._base.memory import few_collections
from zhizao._base.progress import Progress
from zhizao.learn import Trust, backtest
from zhizao.serve.steps._folder import open_folder, to_json
from zhizao.serve.steps._ladder import Ladder, most_reports_of

TRUST_FILE = "trust.json"


@few_collections()
def trust(
    plant_dir: Path | str,
    *,
    n_cutoffs: int = 6,
    n_replications: int = 50,
    seed: int = 0,
    ladder: Ladder = "auto",
    threads: int = 1,
    progress: Progress | None = None,
) -> Trust:
    """Back-test the twin and write ``trust.json``.

    At each cut-off the plant is learnt anew from what was known then, so the
    result does not depend on the plant files in the folder. ``ladder`` as for
    ``learn``: the choice is made at the first cut-off and kept. ``threads``: cut-offs side
    by side, each in a process of its own; the result is the same. A script that asks for more
    than one must begin its work below ``if __name__ == "__main__":``.

    Raises
    ------
    InputError
        If the folder has no records, or too few to hold some out.
    """
    folder = open_folder(plant_dir, with_records=True)
    assert folder.records is not None
    plant = folder.plant_file.plant
    result = backtest(
        folder.records,
        folder.plant_file.orders,
        name=plant.name,
        time_zone=plant.time_zone,
        n_cutoffs=n_cutoffs,
        n_replications=n_replications,
        seed=seed,
        most_reports=most_reports_of(ladder),
        n_processes=threads,
        progress=progress,
    )
    write_files(folder.path, {TRUST_FILE: to_json(result.model_dump(mode="json"))})
    return result
