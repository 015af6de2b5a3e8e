"""Best known makespans from the ``best_known*.csv`` files near an instance; classes of names."""

import csv
import re
from pathlib import Path

LEVELS = 3
"""Folders upwards from the instance that may hold the tables."""


def best_known(path: Path) -> float | None:
    """Return the best known makespan of an instance file, or None."""
    path = path.resolve()
    for folder in list(path.parents)[:LEVELS]:
        for table in sorted(folder.glob("best_known*.csv")):
            with table.open(encoding="utf-8", newline="") as file:
                for row in csv.DictReader(file):
                    if (folder / row["file"]).resolve() == path:
                        return float(row.get("best_makespan") or row["best_known_makespan"])
    return None


def class_of(path: Path) -> str:
    """Return the class of an instance: its name without the number, or its folder's name.

    dmu41 to dmu80 are another class than dmu01 to dmu40: their jobs visit one half of the machines
    before the other, which makes them harder.
    """
    name = path.stem
    matched = re.fullmatch(r"(.*?)[_-]?(\d+)", name)
    if matched is None:
        return name
    prefix, number = matched[1], int(matched[2])
    if prefix == "dmu":
        return "dmu01-40" if number <= 40 else "dmu41-80"
    return prefix or path.parent.name
