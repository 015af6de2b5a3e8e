"""Working times that changed for good, and how much of the history still tells.

A new fixture, a worn spindle, another material: from some day on a machine, or
a product at an operation, takes longer or shorter. Each is looked at by what
its totals take beyond what product and quantity explain. A change is believed
where it was seen in the first four fifths of the totals and the rest, which was
held out, is foretold better without what lies before it; then that is left
out. A machine that begins to be logged changes how many totals there are, not
how long they take, and is no change here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.learn.evidence.repeats import base_of
from zhizao.learn.statistics.codes import coded, rows_of_codes

Floats = NDArray[np.float64]
_ENOUGH = 60
_HELD_OUT = 0.2
_EDGE = 0.15
_SURE = 4.5
_PAYS = 2.0
_LEAST_CHANGE = 0.08
_MOST_CORRELATION = 0.9
_CAP = 3.0


@dataclass(frozen=True, kw_only=True)
class Drift:
    """A change of working times: who, since when (seconds), by what factor, from how many totals."""

    operation: str
    level: str
    name: str
    since_s: float
    factor: float
    n_before: int
    n_after: int

    def said(self, since: datetime) -> str:
        """Return the change as a note.

        Examples
        --------
        >>> drift = Drift(operation="cut", level="resource", name="M1", since_s=0.0, factor=1.25,
        ...               n_before=90, n_after=70)
        >>> drift.said(datetime(2024, 3, 12))
        'cut, M1: working times × 1.25 since 2024-03-12 (90 before, 70 after); older ones left out'
        """
        return (
            f"{base_of(self.operation)}, {self.name}: working times × {self.factor:.2f} since "
            f"{since:%Y-%m-%d} ({self.n_before} before, {self.n_after} after); older ones left out"
        )


def without_old_times(visits: pl.DataFrame) -> tuple[pl.DataFrame, tuple[Drift, ...]]:
    """Return the visits without those that a believed change has made old, and the changes.

    Parameters
    ----------
    visits
        As from ``visits_of``.

    Returns
    -------
    tuple
        Visits with ``n_measured`` 0 where they are old, so that they count as not
        measured, and the changes.
    """
    known = visits.with_row_index("row").filter(
        (pl.col("n_measured") == pl.col("n_rows"))
        & (pl.col("measured_s") > 0)
        & (pl.col("quantity") > 0)
    )
    old: set[int] = set()
    found: list[Drift] = []
    for (operation,), rows in known.sort("first_s").group_by("operation", maintain_order=True):
        if rows.height < _ENOUGH:
            continue
        residual = _unexplained(rows)
        for level, name, at in _groups(rows):
            split = _change(residual[at])
            if split is None:
                continue
            before, after = at[:split], at[split:]
            factor = float(np.exp(np.median(residual[after]) - np.median(residual[before])))
            if abs(np.log(factor)) < _LEAST_CHANGE:
                continue
            found.append(
                Drift(
                    operation=str(operation), level=level, name=name,
                    since_s=float(rows["first_s"][int(after[0])]), factor=factor,
                    n_before=before.size, n_after=after.size,
                )
            )  # fmt: skip
            old.update(rows["row"].gather(before).to_list())
    if not found:
        return visits, ()
    is_old = pl.int_range(pl.len()).is_in(sorted(old))
    changed = visits.with_columns(n_measured=pl.when(is_old).then(0).otherwise("n_measured"))
    return changed, tuple(found)


def _groups(rows: pl.DataFrame) -> Iterator[tuple[str, str, NDArray[np.int64]]]:
    """Yield the rows, in time order, of each machine, then of each product."""
    for level in ("resource", "product"):
        names, code = coded(rows[level].fill_null(""))
        for name, at in zip(names, rows_of_codes(code, len(names)), strict=True):
            if at.size >= _ENOUGH and name:
                yield level, name, at


def _unexplained(rows: pl.DataFrame) -> Floats:
    """Return what the logarithm of each total is beyond its product's usual one at its quantity."""
    logs = np.log(rows["measured_s"].to_numpy())
    size = np.log(rows["quantity"].to_numpy())
    products, code = coded(rows["product"])
    for mine in rows_of_codes(code, len(products)):
        x = size[mine] - size[mine].mean()
        spread = float((x**2).sum())
        # Times grow with the quantity, at most in step with it.
        slope = float(np.clip((x * logs[mine]).sum() / spread, 0.0, 1.0)) if spread > 1e-9 else 0.0
        logs[mine] -= slope * x
        logs[mine] -= np.median(logs[mine])
    return np.asarray(logs)


def _change(residual: Floats) -> int | None:
    """Return the first index after a change that pays on the rest held out; None if there is none."""
    n_seen = int(residual.size * (1 - _HELD_OUT))
    seen, rest = residual[:n_seen], residual[n_seen:]
    centre = float(np.median(residual))
    scale = max(1.4826 * float(np.median(np.abs(residual - centre))), 1e-6)
    capped = np.clip((seen - centre) / scale, -_CAP, _CAP)
    n = capped.size
    first, last = int(_EDGE * n), int((1 - _EDGE) * n)
    if last - first < 1:
        return None
    splits = np.arange(first, last)
    total = np.cumsum(capped)
    before = total[splits - 1] / splits
    after = (total[-1] - total[splits - 1]) / (n - splits)
    strength = np.abs(after - before) / np.sqrt(1 / splits + 1 / (n - splits))
    best = int(np.argmax(strength))
    split = int(splits[best])
    inside = np.concatenate([capped[:split] - before[best], capped[split:] - after[best]])
    spread = max(float(inside.std()), 1e-6)
    # Neighbours that are alike tell less than as many that are not.
    alike = float(np.clip((inside[1:] * inside[:-1]).mean() / spread**2, 0.0, _MOST_CORRELATION))
    if strength[best] < _SURE * spread * np.sqrt((1 + alike) / (1 - alike)):
        return None
    late = np.clip((rest - centre) / scale, -_CAP, _CAP)
    gain = (late - capped.mean()) ** 2 - (late - after[best]) ** 2
    error = float(gain.std()) * np.sqrt((1 + alike) / (1 - alike) / max(gain.size, 1))
    return split if float(gain.mean()) > _PAYS * error else None
