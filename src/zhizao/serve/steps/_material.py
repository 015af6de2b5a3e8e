"""A file of material that comes at known instants: order_id, step, there_at."""

import csv
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from zhizao._base.errors import InputError, did_you_mean
from zhizao.model import Order, Plant

_COLUMNS = ("order_id", "step", "there_at")


def read_material(
    path: Path, *, plant: Plant, orders: Sequence[Order]
) -> dict[tuple[str, int], datetime]:
    """Return when the material of operations is there.

    Parameters
    ----------
    path : path
        CSV with the columns order_id, step and there_at (ISO 8601; without a time zone, in the
        plant's).
    plant, orders
        Of which the operations are.

    Raises
    ------
    InputError
        With all faults of the file.
    """
    if not path.is_file():
        raise InputError(f"There is no file '{path}' of material.")
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        lacks = [c for c in _COLUMNS if c not in (reader.fieldnames or ())]
        if lacks:
            raise InputError(f"'{path}' has no column {', '.join(lacks)}; expected {_COLUMNS}.")
        rows = list(reader)
    product_of = {o.id: o.product for o in orders}
    steps_of = {r.product: {s.step for s in r.steps} for r in plant.routings}
    zone = ZoneInfo(plant.time_zone)
    found: dict[tuple[str, int], datetime] = {}
    faults = []
    for line, row in enumerate(rows, start=2):
        name, step, at = (str(row[column] or "").strip() for column in _COLUMNS)
        if name not in product_of:
            hint = did_you_mean(name, product_of)
            faults.append(f"line {line}: '{name}' is no open order.{hint}")
        elif not step.isdigit() or int(step) not in steps_of.get(product_of[name], set()):
            steps = ", ".join(map(str, sorted(steps_of.get(product_of[name], set()))))
            faults.append(f"line {line}: order '{name}' has no step '{step}', expected {steps}")
        else:
            try:
                there_at = datetime.fromisoformat(at)
            except ValueError:
                faults.append(f"line {line}: there_at is '{at}', expected e.g. 2025-04-01T14:00")
                continue
            if there_at.tzinfo is None:
                there_at = there_at.replace(tzinfo=zone)
            found[name, int(step)] = there_at
    if faults:
        raise InputError(f"'{path}': " + "; ".join(faults))
    return found
