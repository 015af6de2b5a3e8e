"""What the steps share: a plant folder opened whole, and JSON results beside it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zhizao._base.errors import InputError
from zhizao.model import PlantFile, Records, read_plant, read_records


@dataclass(frozen=True, kw_only=True)
class OpenFolder:
    """A plant folder: its files read, and its records where it has some."""

    path: Path
    plant_file: PlantFile
    records: Records | None


def existing_folder(path: Path | str) -> Path:
    """Return a plant folder's path.

    Raises
    ------
    InputError
        If there is no such folder.
    """
    folder = Path(path)
    if folder.is_dir():
        return folder
    if folder.exists():
        raise InputError(f"'{folder}' is a file, expected the folder of a plant.")
    raise InputError(
        f"There is no plant folder '{folder}'. Make one: zhizao drop FILE… --into {folder}"
    )


def open_folder(path: Path | str, *, with_records: bool) -> OpenFolder:
    """Read a plant folder.

    Raises
    ------
    InputError
        If there is no such folder, or its files have faults.
    RecordsError
        If ``with_records`` and there are none.
    """
    folder = existing_folder(path)
    has_records = (folder / "records.parquet").is_file()
    return OpenFolder(
        path=folder,
        plant_file=read_plant(folder),
        records=read_records(folder / "records.parquet") if with_records or has_records else None,
    )


def to_json(value: Any) -> str:
    """Return a value as the text of a JSON file."""
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"
