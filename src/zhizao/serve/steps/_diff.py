"""What a scenario changes in a plant, or how two scenarios differ."""

from collections.abc import Sequence
from pathlib import Path

from zhizao._base.errors import InputError
from zhizao._base.files import as_paths
from zhizao._base.words import Lang
from zhizao.model import Difference, apply_scenario, read_scenario, scenario_diff
from zhizao.serve.steps._folder import open_folder
from zhizao.trial.folder import shop_now


def diff_scenarios(
    plant_dir: Path | str, scenarios: Sequence[Path | str] | Path | str, *, lang: Lang = "en"
) -> tuple[Difference, ...]:
    r"""Return how one scenario differs from the plant, or how two differ.

    Raises
    ------
    InputError
        If there are not one or two scenarios, or one does not fit the plant.

    Examples
    --------
    >>> import tempfile
    >>> from datetime import UTC, datetime
    >>> from zhizao.model import Order, Plant, PlantFile, Product, Resource, WorkCentre, write_plant
    >>> folder = Path(tempfile.mkdtemp())
    >>> plant = Plant(
    ...     name="P",
    ...     work_centres=(WorkCentre(id="mills"),),
    ...     resources=(Resource(id="M1", work_centre="mills"),),
    ...     products=(Product(id="bolt"),),
    ... )
    >>> order = Order(id="A", product="bolt", release_at=datetime(2025, 3, 3, tzinfo=UTC))
    >>> write_plant(PlantFile(plant=plant, orders=(order,)), folder)
    >>> change = '{change = "scale_speed", resource = "M1", factor = 2.0}'
    >>> _ = (folder / "faster.toml").write_text(f'name = "faster"\nchanges = [{change}]\n')
    >>> print(diff_scenarios(folder, folder / "faster.toml")[0])
    resource M1, speed: 1 → 2
    """
    paths = as_paths(scenarios)
    if len(paths) not in {1, 2}:
        raise InputError(f"{len(paths)} scenarios were given, expected one or two.")
    folder = open_folder(plant_dir, with_records=False)
    plant_file = folder.plant_file
    now = shop_now(plant_file.plant, plant_file.orders, folder.records).at
    library = {s.name: s for s in plant_file.scenarios}
    sides = [
        apply_scenario(
            plant_file.plant, plant_file.orders, read_scenario(path), now=now, scenarios=library
        )
        for path in paths
    ]
    before, after = sides if len(sides) == 2 else ((plant_file.plant, plant_file.orders), sides[0])
    return scenario_diff(*before, *after, lang=lang)
