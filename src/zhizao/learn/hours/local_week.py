"""Begins, ends and slots of measured work by the plant's local day and week, each once.

A log has millions of them: they are sorted and laid on the week as numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.learn.evidence.reports import Reports
from zhizao.learn.statistics.codes import Ints, coded, first_rows, rows_of_codes

Floats = NDArray[np.float64]
_DAY_MIN = 1440
_MINUTE_US = 60_000_000
_DAY_US = _DAY_MIN * _MINUTE_US
_A_MONDAY = 4
"""Days since 1970-01-01 of the first Monday."""
_FIRST_WEEKDAY = 3
"""1970-01-01 was a Thursday; Monday is 0."""
_FIRST_DAY = date(1970, 1, 1)


@dataclass(frozen=True, kw_only=True)
class WorkInstants:
    """Instants at which work began or ended: local day (since 1970), week, minute of the week."""

    of: dict[str, Ints]
    day: Ints
    week: Ints
    minute: Ints

    def dates(self) -> set[date]:
        """Return the days on which work began or ended."""
        return {_FIRST_DAY + timedelta(days=d) for d in np.unique(self.day).tolist()}


@dataclass(frozen=True, kw_only=True)
class WorkSlots:
    """Reports with local week, start_min and duration_min, and where those of a resource lie."""

    table: pl.DataFrame
    places: dict[str, tuple[int, int]]

    def of(self, members: Sequence[str]) -> pl.DataFrame:
        """Return the reports of some resources."""
        known = [self.places[m] for m in members if m in self.places]
        parts = [self.table.slice(first, n) for first, n in known]
        return pl.concat(parts) if parts else self.table.clear()


def work_instants(reports: Reports) -> WorkInstants:
    """Return each begin and end of measured work once, by local week and minute."""
    measured = reports.table.filter(~pl.col("is_default"))
    if measured.is_empty():
        measured = reports.table
    names, code = coded(measured["resource"].fill_null(""))
    has_end = np.flatnonzero(measured["end_s"].is_not_null().to_numpy())
    at_s = np.concatenate([measured["start_s"].to_numpy(), measured["end_s"].to_numpy()[has_end]])
    code = np.concatenate([code, code[has_end]])
    kept = first_rows(code, at_s)
    day, minute = _local_days(at_s[kept], reports)
    weekday = (day + _FIRST_WEEKDAY) % 7
    first_weekday = (int(day.min()) + _FIRST_WEEKDAY) % 7
    return WorkInstants(
        of=dict(zip(names, rows_of_codes(code[kept], len(names)), strict=True)),
        day=day,
        week=(day - day.min() + first_weekday) // 7,
        minute=weekday * _DAY_MIN + minute,
    )


def _local_days(at_s: Floats, reports: Reports) -> tuple[Ints, Ints]:
    """Return the local day since 1970 and the minute of the day of seconds from the origin."""
    local = local_time(pl.Series(at_s), reports).dt.replace_time_zone(None)
    at_us = local.to_physical().to_numpy()
    day = at_us // _DAY_US
    return day, (at_us - day * _DAY_US) // _MINUTE_US


def local_time(at_s: pl.Series, reports: Reports) -> pl.Series:
    """Return seconds from the reports' origin as local datetimes of the plant."""
    origin = pl.lit(reports.origin)
    frame = pl.DataFrame({"s": at_s}).select(
        (origin + pl.duration(microseconds=(pl.col("s") * 1e6).round(0).cast(pl.Int64)))
        .dt.convert_time_zone(reports.time_zone)
        .alias("local")
    )
    return frame["local"]


def work_slots(reports: Reports) -> WorkSlots:
    """Return each slot of measured work of a resource once, by resource."""
    measured = reports.table.filter(~pl.col("is_default") & pl.col("end_s").is_not_null())
    names, code = coded(measured["resource"].fill_null(""))
    start_s, end_s = measured["start_s"].to_numpy(), measured["end_s"].to_numpy()
    kept = first_rows(code, start_s, end_s)
    day, minute = _local_days(start_s[kept], reports)
    weekday = (day + _FIRST_WEEKDAY) % 7
    counts = np.bincount(code[kept], minlength=len(names))
    firsts = np.cumsum(counts) - counts
    return WorkSlots(
        table=pl.DataFrame(
            {
                "duration_min": (end_s[kept] - start_s[kept]) / 60,
                "week": (day - weekday - _A_MONDAY) // 7,
                "start_min": (weekday * _DAY_MIN + minute).astype(np.float64),
            }
        ),
        places=dict(zip(names, zip(firsts.tolist(), counts.tolist(), strict=True), strict=True)),
    )
