"""What the report is made of: the files of a plant folder, those that exist."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from zhizao._base.errors import InputError
from zhizao.connect import Verdict
from zhizao.learn import Trust
from zhizao.model import PlantFile, Records, Schedule, read_plant, read_records
from zhizao.trial import Comparison

_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True, kw_only=True)
class Material:
    """Contents of a plant folder; ``None`` where a step was not taken yet."""

    folder: str
    plant_file: PlantFile
    records: Records | None
    verdict: Verdict | None
    learnt: dict[str, Any] | None
    trust: Trust | None
    comparison: Comparison | None
    plan: Schedule | None = None


def read_material(folder: Path) -> Material:
    """Read a plant folder.

    Raises
    ------
    InputError
        If there is no such folder, or one of its files has faults.
    """
    if not folder.is_dir():
        raise InputError(
            f"There is no plant folder '{folder}'. Make one: zhizao drop FILE… --into {folder}"
        )
    records = folder / "records.parquet"
    return Material(
        folder=str(folder),
        plant_file=read_plant(folder),
        records=read_records(records) if records.is_file() else None,
        verdict=_read_model(folder / "verdict.json", Verdict, command="drop"),
        learnt=_read_json(folder / "learnt.json"),
        trust=_read_model(folder / "trust.json", Trust, command="trust"),
        comparison=_read_model(folder / "comparison.json", Comparison, command="try"),
        plan=_read_model(folder / "plan" / "plan.json", Schedule, command="schedule"),
    )


def _read_json(path: Path) -> dict[str, Any] | None:
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise InputError(
            f"'{path}' is not JSON in UTF-8: {error}. Take its step again to write it anew."
        ) from error
    if not isinstance(content, dict):
        raise InputError(
            f"'{path}' holds a {type(content).__name__}, expected an object. Take its step again."
        )
    return content


def _read_model(path: Path, model: type[_Model], *, command: str) -> _Model | None:
    content = _read_json(path)
    if content is None:
        return None
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise InputError(
            f"'{path}' is not as this version writes it: {error}. "
            f"Run zhizao {command} again to write it anew."
        ) from error
