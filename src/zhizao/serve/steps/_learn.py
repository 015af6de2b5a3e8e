"""Step 2, learn: records → the plant's files, with provenance and open questions."""

import hashlib
import json
from dataclasses import replace as replaced
from pathlib import Path
from typing import Any

from zhizao._base.errors import InputError
from zhizao._base.memory import few_collections
from zhizao._base.progress import Progress, no_progress
from zhizao.learn import Chosen, Learnt, choose_recipe
from zhizao.learn import learn as learn_plant
from zhizao.model import PlantFile, write_plant
from zhizao.serve.steps._folder import open_folder, to_json
from zhizao.serve.steps._ladder import Ladder, most_reports_of

LEARNT_FILE = "learnt.json"
_KEPT_FROM_A_PERSON = ("name", "time_zone", "currency", "description", "answers")


@few_collections()
def learn(
    plant_dir: Path | str,
    *,
    replace: bool = False,
    seed: int = 0,
    ladder: Ladder = "auto",
    progress: Progress | None = None,
) -> Learnt:
    r"""Learn the plant from the records in its folder and write its files.

    How much history to learn from and which richer parts to keep is chosen by a
    back-test inside the records first (``zhizao.learn.choose_recipe``).

    A plant that a person wrote or corrected is not overwritten unless
    ``replace`` is given.

    Parameters
    ----------
    plant_dir : path
        A folder with ``records.parquet``.
    replace : bool
        Overwrite a plant that was not learnt, or was changed since.
    seed : int
        For the resampled intervals.
    ladder : {"auto", "always", "never"}
        Whether to choose by back-test: where the records are not too many, however many
        they are, or not at all.
    progress : callable, optional
        Called with (done, total).

    Raises
    ------
    InputError
        If the folder has no records, or holds a plant that a person wrote.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> head, row = "order,operation,machine,start,end", "A,cut,M1,2025-03-03 08:00,2025-03-03 09:00"
    >>> _ = (folder / "log.csv").write_text(f"{head}\n{row}\n")
    >>> from zhizao.serve.steps import drop
    >>> _ = drop(folder / "log.csv", into=folder / "plant", time_zone="Asia/Shanghai")
    >>> [step.operation for step in learn(folder / "plant", ladder="never").plant.routings[0].steps]
    ['cut']
    """
    folder = open_folder(plant_dir, with_records=True)
    assert folder.records is not None
    before = folder.plant_file.plant
    if (
        not replace
        and before.routings
        and _fingerprint(folder.plant_file) != _learnt_before(folder.path)
    ):
        raise InputError(
            f"The plant in '{folder.path}' was written or changed by a person since it was last "
            "learnt; learning would overwrite that. Copy the folder, or say --replace."
        )
    tell = progress or no_progress
    records, orders = folder.records, folder.plant_file.orders
    chosen = choose_recipe(
        records,
        orders,
        name=before.name,
        time_zone=before.time_zone,
        answers=before.answers,
        seed=seed,
        most_reports=most_reports_of(ladder),
        progress=lambda done, total: tell(10 * done // total, 20),
    )
    learnt = learn_plant(
        records,
        orders,
        name=before.name,
        time_zone=before.time_zone,
        answers=before.answers,
        seed=seed,
        chosen=chosen,
        progress=lambda done, total: tell(10 + 10 * done // total, 20),
    )
    plant = learnt.plant.model_copy(update={f: getattr(before, f) for f in _KEPT_FROM_A_PERSON})
    learnt = replaced(learnt, plant=plant)
    after = folder.plant_file.model_copy(update={"plant": plant})
    summary = {**learnt_summary(learnt), "fingerprint": _fingerprint(after)}
    write_plant(after, folder.path, others={LEARNT_FILE: to_json(summary)})
    return learnt


def learnt_summary(learnt: Learnt) -> dict[str, Any]:
    """Return what learning says besides the plant's own tables, as plain values for JSON."""
    plant = learnt.plant
    return {
        "n_orders": learnt.n_orders,
        "n_finished": learnt.n_finished,
        "n_products": len(plant.products),
        "n_resources": len(plant.resources),
        "n_routings": len(plant.routings),
        "n_values": len(plant.provenances),
        "silence_h": learnt.silence_h,
        "terminals": list(learnt.terminals),
        "questions": [q.model_dump(mode="json") for q in learnt.questions],
        "notes": list(learnt.notes),
        "chosen": None if learnt.chosen is None else _as_said(learnt.chosen),
    }


def _as_said(chosen: Chosen) -> dict[str, Any]:
    """Return what was chosen with the sentence about it, in both languages."""
    return {
        **chosen.model_dump(mode="json"),
        "sentence": chosen.sentence(lang="en"), "sentence_zh": chosen.sentence(lang="zh"),
    }  # fmt: skip


def _fingerprint(plant_file: PlantFile) -> str:
    """Return a hash of the plant's meaning, not of its files' bytes.

    Defaults are left out: a field that a later version adds changes no plant.
    """
    text = plant_file.plant.model_dump_json(
        exclude={*_KEPT_FROM_A_PERSON, "provenances"}, exclude_defaults=True
    )
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _learnt_before(folder: Path) -> str | None:
    path = folder / LEARNT_FILE
    if not path.is_file():
        return None
    try:
        summary = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return None  # a broken file proves nothing: the plant counts as a person's
    fingerprint = summary.get("fingerprint") if isinstance(summary, dict) else None
    return fingerprint if isinstance(fingerprint, str) else None
