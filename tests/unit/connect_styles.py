"""One month of work and what every way to write it down must give back; no tests here."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from zhizao.connect import Drop, read_drop

Job = dict[str, Any]
MONDAY = datetime(2024, 3, 4, 6)  # noqa: DTZ001 - clock times without a zone, as files have them
OPERATIONS = (("Sawing", "Saw", 10), ("Milling", "Mill", 20), ("Deburring", "Bench", 30), ("Packing", "Pack", 40))  # fmt: skip


def _jobs() -> list[Job]:
    jobs = []
    for i in range(36):
        at = MONDAY + timedelta(hours=11 * i)
        for k, (operation, machine, number) in enumerate(OPERATIONS):
            minutes = 30 + 7 * ((3 * i + k) % 5) + 60 * (k == 1)
            end = at + timedelta(minutes=minutes)
            jobs.append(
                {"order": str(100100 + i), "product": f"P{i % 3}", "operation": operation, "number": number,
                 "machine": f"{machine} {1 + i % 2}", "worker": f"Name {(i + k) % 6}", "start": at, "end": end,
                 "good": 10 + i % 4, "minutes": minutes}
            )  # fmt: skip
            at = end + timedelta(minutes=15)
    return sorted(jobs, key=lambda job: (job["start"], job["order"]))


JOBS = _jobs()


def written(
    folder: Path, header: Sequence[Any] | None, rows: Sequence[Sequence[Any]], *,
    name: str = "log.csv", delimiter: str = ",", encoding: str = "utf-8",
) -> Path:  # fmt: skip
    """Write delimited text; None is an empty cell."""
    lines = [
        delimiter.join("" if cell is None else str(cell) for cell in row)
        for row in ([header] if header else []) + list(rows)
    ]
    path = folder / name
    path.write_bytes(("\n".join(lines) + "\n").encode(encoding))
    return path


def dropped(*paths: Path) -> Drop:
    """Read files with nothing told."""
    return read_drop(paths)


def _same(found: datetime | None, job: datetime, tolerance_s: float) -> bool:
    return found is not None and abs((found - job).total_seconds()) <= tolerance_s


def check(
    drop: Drop, *, order: Callable[[Job], str] = lambda job: str(job["order"]),
    operation: Callable[[Job], str] = lambda job: str(job["operation"]),
    has_start: bool = True, has_machine: bool = True, tolerance_s: float = 0.0,
) -> None:  # fmt: skip
    """Assert that the records hold every job with its times and machine, and no other work."""
    found = drop.records.operations.filter(pl.col("kind") == "run").select(
        "order_id", "operation", "start_at", "end_at", "resource"
    )
    assert found.height == len(JOBS), drop.mapping.tables
    by_key = {(row[0], row[1]): row[2:] for row in found.iter_rows()}
    for job in JOBS:
        start, end, resource = by_key[order(job), operation(job)]
        assert _same(end, job["end"].replace(tzinfo=UTC), tolerance_s)
        assert not has_start or _same(start, job["start"].replace(tzinfo=UTC), tolerance_s)
        assert not has_machine or resource == job["machine"]
