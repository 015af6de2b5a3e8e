"""What the steps share: a plant folder opened whole, and JSON results beside it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zhizao._base.errors import InputError
from zhizao.model import PlantFile, Records, read_plant, read_records

StepProgress = Callable[[int, int], None]
"""Called with (done, total)."""


@dataclass(frozen=True, kw_only=True)
class OpenFolder:
    """A plant folder: its files read, and its records where it has some."""

    path: Path
    plant_file: PlantFile
    records: Records | None


def open_folder(path: Path | str, *, with_records: bool) -> OpenFolder:
    """Read a plant folder.

    Raises
    ------
    InputError
        If there is no such folder, or its files have faults.
    RecordsError
        If ``with_records`` and there are none.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise InputError(
            f"There is no plant folder '{folder}'. Make one: zhizao drop FILE… --into {folder}"
        )
    has_records = (folder / "records.parquet").is_file()
    return OpenFolder(
        path=folder,
        plant_file=read_plant(folder),
        records=read_records(folder / "records.parquet") if with_records or has_records else None,
    )


def to_json(value: Any) -> str:
    """Return a value as the text of a JSON file."""
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def by_share(progress: StepProgress | None) -> Callable[[str, float], None] | None:
    """Return a callback of (what, share) that feeds one of (done, total)."""
    if progress is None:
        return None

    def update(_what: str, share: float) -> None:
        progress(round(100 * share), 100)

    return update


def by_text(progress: StepProgress | None, *, n_told: int) -> Callable[[str], None] | None:
    """Return a callback that is told ``n_told`` times what is being done."""
    if progress is None:
        return None
    count = iter(range(1, n_told + 1))

    def update(_what: str) -> None:
        progress(next(count, n_told), n_told)

    return update
