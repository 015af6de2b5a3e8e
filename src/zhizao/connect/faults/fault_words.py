"""One fault in words: its counts, its worst parts, a few rows, what was done."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from zhizao.connect.faults.find_clock_faults import ClockShift
from zhizao.connect.verdict import Example, Fault, Text, Treatment, text

SET_ASIDE = ("duplicate", "negative_duration")
"""Faults whose rows never reach the records."""

_Values = tuple[dict[str, Any], dict[str, float]]
"""What a sentence needs, and the parts that stand in the fault."""

_N_EXAMPLES = 3
_N_NAMED = 3
_BY_PART = {"overlap_resource": "resource", "overlap_operator": "operator"}
_LEAST_IN_PART = 20
_SHOWN = ("order_id", "operation", "resource", "operator", "start_at", "end_at", "good_quantity")


def local_time(instant: Any, time_zone: str) -> str | None:
    """Return an instant as local ISO 8601, or None if it is none.

    Examples
    --------
    >>> local_time(None, "UTC") is None
    True
    """
    if not isinstance(instant, datetime):
        return None
    return instant.astimezone(ZoneInfo(time_zone)).isoformat(timespec="seconds")


def percent(share: float) -> str:
    """Return a share for people.

    Examples
    --------
    >>> percent(0.381), percent(0.0044), percent(0.0002)
    ('38%', '0.4%', '< 0.1%')
    """
    if 0.0 < share < 0.01:
        return f"{share:.1%}" if share >= 0.001 else "< 0.1%"
    return f"{share:.0%}"


def _length(length: timedelta) -> Text:
    seconds = length.total_seconds()
    if seconds >= 86_400:
        return text("day", n=round(seconds / 86_400))
    return text("hour", n=seconds / 3600) if seconds >= 3600 else text("minute", n=seconds / 60)


@dataclass(frozen=True, kw_only=True)
class FaultWords:
    """What a fault's sentence draws on: all rows, their flags, their damaged cells, the window's edge."""

    operations: pl.DataFrame
    flags: pl.DataFrame
    is_aside: pl.Series
    time_zone: str
    cells: pl.DataFrame | None
    edge: timedelta

    @cached_property
    def _told(self) -> pl.DataFrame:
        """The columns that sentences and examples draw on."""
        return self.operations.select("source", "source_row", "repaired", *_SHOWN)

    def fault(self, code: str) -> Fault:
        """Return the fault of a code that some row shows."""
        flag = self.flags[code]
        rows = self._told.filter(flag)
        n_orders = rows["order_id"].drop_nulls().n_unique()
        values, parts = self._values(code, rows)
        n_aside = int((flag & self.is_aside).sum())
        n_repaired = int(rows["repaired"].list.contains(code.replace("missing_", "") + "_at").sum())
        treatment: Treatment = "kept"
        if code in SET_ASIDE or n_aside == rows.height:
            treatment = "set aside"
        if n_repaired == rows.height:
            treatment = "repaired"
        return Fault(
            code=code,
            name=text(f"name_{code}"),
            rows=rows.height,
            share=rows.height / self.operations.height,
            orders=n_orders or None,
            parts=parts,
            effect=text(f"effect_{code}"),
            treatment=treatment,
            done=text(
                f"done_{code}",
                rows=rows.height,
                orders=n_orders,
                aside=n_aside,
                repaired=n_repaired,
                **values,
            ),
            examples=self._examples(code, rows),
        )

    def copied_events(self, copies: pl.DataFrame) -> Fault:
        """Return the fault of rows that repeat another, with events that never became a row."""
        n_flagged = int(self.flags["duplicate"].sum())
        total = n_flagged + copies.height
        shown = copies.head(_N_EXAMPLES).select("source", "source_row").rows()
        return Fault(
            code="duplicate",
            name=text("name_duplicate"),
            rows=total,
            share=total / (self.operations.height + copies.height),
            effect=text("effect_duplicate"),
            treatment="set aside",
            done=text("done_duplicate", rows=total),
            examples=tuple(Example(source=s, source_row=r, cells={}) for s, r in shown),
        )

    def shift_fault(self, shift: ClockShift) -> Fault:
        """Return the fault of a clock that is shifted as a whole."""
        hour, minute = divmod(round(shift.centre_h * 60), 60)
        return Fault(
            code="clock_shift",
            name=text("name_clock_shift"),
            rows=shift.n_rows,
            share=shift.n_rows / self.operations.height,
            parts={"shift_h": float(shift.shift_h), "centre_h": shift.centre_h},
            effect=text("effect_clock_shift"),
            treatment="kept",
            done=text(
                "done_clock_shift",
                centre=f"{hour % 24:02d}:{minute:02d}",
                zone=self.time_zone,
                shift=shift.shift_h,
            ),
        )

    def _values(self, code: str, rows: pl.DataFrame) -> _Values:
        """Return what the sentence of a code needs beyond counts, and the fault's parts."""
        if code in _BY_PART:
            return self._by_part(_BY_PART[code], self.flags[code])
        tell: dict[str, Callable[[pl.DataFrame], _Values]] = {
            "near_duplicate": self._of_near_duplicates,
            "left_truncated": self._of_edges,
            "right_truncated": self._of_edges,
            "default_duration": self._of_defaults,
            "coverage_jump": self._of_resources,
            "resource_mismatch": self._of_pairs,
            "mangled_cell": lambda _: self._of_cells("mangled_cell"),
            "unparsed_cell": lambda _: self._of_cells("unparsed_cell"),
        }
        return tell[code](rows) if code in tell else ({}, {})

    def _of_near_duplicates(self, _: pl.DataFrame) -> _Values:
        exact = int((self.flags["near_duplicate"] & self.flags["duplicate"]).sum())
        return {"exact": exact}, {"exact_rows": float(exact)}

    def _of_edges(self, _: pl.DataFrame) -> _Values:
        return {"edge": _length(self.edge)}, {"edge_h": self.edge.total_seconds() / 3600}

    def _of_defaults(self, rows: pl.DataFrame) -> _Values:
        clock = rows["start_at"].dt.convert_time_zone(self.time_zone).dt.strftime("%H:%M:%S")
        clocks = clock.value_counts(sort=True).rows()
        minutes = (rows["end_at"] - rows["start_at"]).dt.total_seconds() / 60
        lengths = minutes.drop_nulls().value_counts(sort=True).head(_N_NAMED).rows()
        said = {
            "clocks": ", ".join(str(at) for at, _ in clocks[:_N_NAMED]),
            "lengths": ", ".join(f"{length:g} min" for length, _ in lengths),
        }
        return said, {str(at): float(n) for at, n in clocks}

    def _of_resources(self, rows: pl.DataFrame) -> _Values:
        counts = rows["resource"].value_counts(sort=True).rows()
        return {"resources": ", ".join(name for name, _ in counts)}, {
            name: float(n) for name, n in counts
        }

    def _of_pairs(self, rows: pl.DataFrame) -> _Values:
        pairs = rows.group_by("operation", "resource").len()
        ordered = pairs.sort("len", "operation", "resource", descending=True).rows()
        named = [f"{operation} → {resource}: {n}" for operation, resource, n in ordered]
        return {"pairs": "; ".join(named[:_N_NAMED])}, {
            f"{o} → {r}": float(n) for o, r, n in ordered
        }

    def _of_cells(self, code: str) -> _Values:
        if self.cells is None:
            return {"cells": "?"}, {}
        hit = self.cells.filter(pl.col("code") == code)
        shown = hit.head(_N_NAMED).select("column", "value").rows()
        return {"cells": "; ".join(f"{column} = '{value}'" for column, value in shown)}, {
            str(column): float(n) for column, n in hit["column"].value_counts(sort=True).rows()
        }

    def _by_part(self, column: str, flag: pl.Series) -> _Values:
        shares = (
            self.operations.select(column, flag.alias("hit"))
            .drop_nulls(column)
            .group_by(column)
            .agg(pl.col("hit").mean(), pl.len().alias("n"))
            .sort("hit", "n", column, descending=True)
        )
        worst = shares.filter(pl.col("n") >= min(_LEAST_IN_PART, int(str(shares["n"].max()))))
        named = [f"{name} {share:.0%}" for name, share, _ in worst.head(_N_NAMED).rows()]
        return {"worst": ", ".join(named)}, {
            str(name): float(share) for name, share, _ in shares.rows()
        }

    def _examples(self, code: str, rows: pl.DataFrame) -> tuple[Example, ...]:
        examples = []
        for row in rows.head(_N_EXAMPLES).iter_rows(named=True):
            shown = {
                name: local_time(row[name], self.time_zone) or str(row[name])
                for name in _SHOWN
                if row[name] is not None
            }
            if self.cells is not None and code in {"mangled_cell", "unparsed_cell"}:
                hit = self.cells.filter(
                    (pl.col("code") == code)
                    & (pl.col("source") == row["source"])
                    & (pl.col("source_row") == row["source_row"])
                )
                shown |= dict(hit.select("column", "value").rows())
            examples.append(
                Example(source=row["source"], source_row=row["source_row"], cells=shown)
            )
        return tuple(examples)
