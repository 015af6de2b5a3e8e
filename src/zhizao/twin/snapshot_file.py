"""Snapshots in a file: all arrays of all replications, and what they were taken of.

A snapshot goes on to the last bit only in the plant and the engine that it was taken in.
So the file carries digests of what was given and of the kernels' sources, and is refused
where they differ.
"""

import json
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhizao._base.compiled.cache_folder import source_hash
from zhizao._base.errors import InputError
from zhizao.model.order import Order
from zhizao.model.plant import Plant
from zhizao.model.state import ShopState
from zhizao.twin.kernels.tables import Shop
from zhizao.twin.prepare import prepare_job
from zhizao.twin.replication import Job, Sizes, play
from zhizao.twin.snapshot import Snapshot, digests_of
from zhizao.twin.tables.sequences import Sequences

FORMAT = 1
"""Number of the file's layout."""

_KERNELS = tuple(sorted((Path(__file__).parent / "kernels").glob("*.py")))
_WHAT = {
    "plant": "plant",
    "orders": "orders",
    "state": "state at the start",
    "sequences": "sequences",
}


def write_snapshot(snapshot: Snapshot, path: Path | str) -> None:
    """Write a snapshot to a file (.npz), so that it can go on another day.

    Parameters
    ----------
    snapshot
        From ``take_snapshot``.
    path
        File to write; one that is there is replaced.
    """
    job = snapshot.job
    about = {
        "format": FORMAT,
        "engine": source_hash(_KERNELS),
        "digests": snapshot.digests,
        "start_at": job.start_at.isoformat(),
        "end_at": job.end_at.isoformat(),
        "at_s": snapshot.at_s,
        "seed": job.seed,
        "draw_demand": snapshot.draw_demand,
        "trace": job.trace,
        "warm_up_s": job.warm_up_s,
        "sizes": [asdict(s) for s in snapshot.sizes],
    }
    arrays: dict[str, Any] = {"about": np.array(json.dumps(about))}
    for i, shop in enumerate(snapshot.shops):
        for name, value in shop._asdict().items():
            arrays[f"{i}/{name}"] = np.asarray(value)
    with Path(path).open("wb") as file:
        np.savez_compressed(file, **arrays)


def read_snapshot(
    path: Path | str,
    plant: Plant,
    *,
    orders: Sequence[Order],
    state: ShopState | None = None,
    sequences: Sequences | None = None,
) -> Snapshot:
    """Return a snapshot that was written to a file, ready for ``simulate_on``.

    Parameters
    ----------
    path
        File that ``write_snapshot`` wrote.
    plant, orders, state, sequences
        What the snapshot was taken of.

    Raises
    ------
    InputError
        If the file is no snapshot, was written by another version of the engine, or was
        taken of something else; it says of what.

    Examples
    --------
    >>> import tempfile
    >>> from datetime import UTC, timedelta
    >>> from zhizao.model.plant import Product, Routing, Step, TimeModel
    >>> from zhizao.twin.snapshot import simulate_on, take_snapshot
    >>> rest = Step(step=1, operation="rest", time=TimeModel(setup_min=90.0))
    >>> plant = Plant(
    ...     name="small",
    ...     products=(Product(id="P"),),
    ...     routings=(Routing(product="P", steps=(rest,)),),
    ... )
    >>> orders = [Order(id="A", product="P")]
    >>> monday = datetime(2024, 1, 1, tzinfo=UTC)
    >>> one_h, day = timedelta(hours=1), timedelta(days=1)
    >>> snapshot = take_snapshot(
    ...     plant,
    ...     orders,
    ...     start_at=monday,
    ...     at=monday + one_h,
    ...     end_at=monday + day,
    ...     n_replications=1,
    ... )
    >>> file = Path(tempfile.mkdtemp()) / "one hour.npz"
    >>> write_snapshot(snapshot, file)
    >>> simulate_on(read_snapshot(file, plant, orders=orders)).completion_s / 3600
    array([[1.5]])
    """
    about, arrays = _contents(Path(path))
    given = digests_of(plant, orders=orders, state=state, sequences=sequences)
    others = [_WHAT[name] for name, digest in given.items() if about["digests"][name] != digest]
    if others:
        raise InputError(
            f"Snapshot '{path}' was taken with another {', another '.join(others)}; "
            "give what it was taken of, or take it again."
        )
    job = prepare_job(
        plant,
        orders,
        start_at=datetime.fromisoformat(about["start_at"]),
        end_at=datetime.fromisoformat(about["end_at"]),
        state=state,
        seed=about["seed"],
        draw_demand=about["draw_demand"],
        trace=about["trace"],
        warm_up_s=about["warm_up_s"],
        sequences=sequences,
    )
    job = replace(job, is_line=False)
    sizes = tuple(Sizes(**s) for s in about["sizes"])
    return Snapshot(
        job=job,
        at_s=about["at_s"],
        shops=tuple(_shop(job, i, sizes=s, arrays=arrays) for i, s in enumerate(sizes)),
        sizes=sizes,
        draw_demand=about["draw_demand"],
        digests=given,
    )


def _contents(path: Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return what a file says of itself and its arrays; refuse what is no snapshot of ours."""
    no_snapshot = f"File '{path}' is no snapshot; expected one that write_snapshot wrote."
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except FileNotFoundError as error:
        raise InputError(f"There is no file '{path}'; write one with write_snapshot.") from error
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(no_snapshot) from error
    try:
        about = json.loads(str(arrays.pop("about")))
        number, engine = about["format"], about["engine"]
    except (KeyError, ValueError, TypeError) as error:
        raise InputError(no_snapshot) from error
    if number != FORMAT or engine != source_hash(_KERNELS):
        raise InputError(
            f"Snapshot '{path}' was written by another version of the engine, in which its run "
            "would go on; take it again with this one."
        )
    return about, arrays


def _shop(job: Job, replication: int, *, sizes: Sizes, arrays: dict[str, NDArray[Any]]) -> Shop:
    """Return the state of a replication; types are those of one that has not begun."""
    fresh, _ = play(job, replication, until_s=-1.0, sizes=sizes)
    found: dict[str, Any] = {}
    for name, like in fresh._asdict().items():
        value = arrays[f"{replication}/{name}"]
        if isinstance(like, np.recarray):
            found[name] = value.view(type=np.recarray, dtype=like.dtype)
        elif isinstance(like, np.ndarray):
            found[name] = value
        else:
            found[name] = type(like)(value)
    return fresh._replace(**found)
