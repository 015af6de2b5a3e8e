"""Trace of a replication → records with the plant's own schema."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.model.plant import Plant
from zhizao.model.records import INSTANT, Records
from zhizao.twin.kernels.tables import Table
from zhizao.twin.tables.floor_tables import FloorPlan

_KINDS = np.array(["run", "setup", "down", "down"], dtype=object)
_OUTCOMES = np.array([None, None, "breakdown", "maintenance"], dtype=object)
_DOWN_OPERATION = "down"


def to_records(
    trace: Table,
    *,
    lots: Table,
    lot_ids: Sequence[str],
    plan: FloorPlan,
    plant: Plant,
    start_at: datetime,
    horizon_s: float,
) -> Records:
    """Return what happened in a replication until ``horizon_s``, in order of start.

    One row for each operation from its start to its end, over breaks and
    breakdowns; changes of family and breakdowns have rows of their own.
    Instants are rounded to microseconds. An end after the run is null.
    """
    keep = np.flatnonzero(trace.start_s <= horizon_s)
    keep = keep[np.lexsort((keep, trace.start_s[keep]))]
    kind, lot, row, slot = (a[keep] for a in (trace.kind, trace.lot, trace.row, trace.slot))
    is_down = lot < 0
    ids = np.array([*lot_ids, None], dtype=object)
    products = np.array([*(p.id for p in plant.products), None], dtype=object)
    families = np.array([*plan.families, None], dtype=object)
    operations = np.array([*(s.operation for s in plan.steps), _DOWN_OPERATION], dtype=object)
    resources = np.array([*plan.slot_resource, None], dtype=object)
    steps = np.append(plan.floor.steps.number, 0)[row]
    end_s = trace.end_s[keep]
    is_run = kind == 0
    frame = pl.DataFrame(
        {
            "order_id": _names(ids, lot),
            "lot_id": _names(ids, lot),
            "product": _names(products, np.append(lots.product, -1)[lot]),
            "family": _names(families, np.append(plan.floor.steps.family, -1)[row]),
            "operation": _names(operations, row),
            "step": pl.Series(steps).set(pl.Series(is_down), None),
            "resource": _names(resources, slot),
            "kind": _names(_KINDS, kind),
            "scheduled_at": _instants(trace.joined_s[keep], start_at=start_at),
            "start_at": _instants(trace.start_s[keep], start_at=start_at),
            "end_at": _instants(np.where(end_s <= horizon_s, end_s, np.nan), start_at=start_at),
            "good_quantity": pl.Series(trace.good[keep]).fill_nan(None),
            "scrap_quantity": pl.Series(trace.scrap[keep]).fill_nan(None),
            "order_quantity": pl.Series(np.append(lots.quantity, np.nan)[lot]).fill_nan(None),
            "is_rework": pl.Series(trace.visit[keep] > 0).set(pl.Series(~is_run), None),
            "outcome": _names(_OUTCOMES, kind),
            "source": "twin",
        }
    )
    return Records.from_columns(frame)


def _names(names: NDArray[Any], index: NDArray[np.int64]) -> pl.Series:
    # From a list: polars cannot convert an array of objects that begins with None.
    return pl.Series(names[index].tolist(), dtype=pl.String)


def _instants(seconds: NDArray[np.float64], *, start_at: datetime) -> pl.Series:
    """Return instants, null where ``seconds`` is nan."""
    is_known = ~np.isnan(seconds)
    offset_us = np.rint(np.where(is_known, seconds, 0.0) * 1e6).astype(np.int64)
    origin = pl.Series([start_at]).dt.convert_time_zone("UTC").cast(INSTANT).cast(pl.Int64)[0]
    instants = pl.Series(offset_us + origin).cast(INSTANT)
    return instants.set(pl.Series(~is_known), None)
