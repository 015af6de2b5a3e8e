"""Judge records: count the faults, weigh them, say what they mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from zhizao._base.words import Lang, say
from zhizao.connect.faults.fault_words import SET_ASIDE, FaultWords, local_time, percent
from zhizao.connect.faults.find_faults import NEEDS, ROW_CODES, find_faults
from zhizao.connect.verdict import Fault, Text, Verdict, text
from zhizao.model.records import Records

COST: dict[str, float] = {
    "default_duration": 1.0,
    "missing_start": 1.0,
    "missing_end": 1.0,
    "negative_duration": 1.0,
    "unparsed_cell": 0.8,
    "zero_duration": 0.8,
    "shared_slot": 0.7,
    "resource_mismatch": 0.6,
    "near_duplicate": 0.6,
    "overlap_resource": 0.5,
    "coverage_jump": 0.5,
    "duplicate": 0.3,
    "overlap_operator": 0.3,
    "left_truncated": 0.3,
    "zero_quantity": 0.2,
    "overlap_order": 0.2,
    "right_truncated": 0.2,
    "mangled_cell": 0.2,
    "midnight_split": 0.1,
    "clock_shift": 0.3,
}
"""How much of a row's worth a fault takes away: 1 where its time is lost or false, about one half
where time is there but belongs to whom is unclear, less where sums over an order stay right. A
judgement, used only to put faults in an order."""

_UNUSABLE = (
    "duplicate",
    "negative_duration",
    "zero_duration",
    "default_duration",
    "missing_start",
    "missing_end",
)


_KEY_COLUMNS = {
    "resource": ("resource",),
    "start": ("start_at",),
    "product": ("product",),
    "quantity": ("good_quantity", "order_quantity"),
}
"""Columns without which the twin knows less, however sound the rows are."""


_MENDED = ("missing_start", "missing_end")
"""Faults that cost nothing where the other instant and the duration make up for them."""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A verdict with the flags of the rows that it rests on."""

    verdict: Verdict
    flags: pl.DataFrame
    is_aside: pl.Series


def judge(
    records: Records,
    *,
    time_zone: str = "UTC",
    cells: pl.DataFrame | None = None,
    notes: Sequence[Text] = (),
) -> Verdict:
    """Return the verdict on records as they were read, before rows were set aside.

    Parameters
    ----------
    records : Records
        All rows. Codes in ``faults`` that only a file's cells show
        (``duplicate``, ``mangled_cell``, ``unparsed_cell``) are believed.
    time_zone
        IANA name of the plant's zone.
    cells : DataFrame, optional
        Damaged cells: source, source_row, code, column, value.
    notes
        Sentences to add.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> at = datetime(2024, 1, 1, 8, tzinfo=UTC)
    >>> frame = pl.DataFrame({"order_id": ["A"], "operation": ["cut"], "start_at": [at], "end_at": [at]})
    >>> judge(Records.from_columns(frame)).fault("zero_duration").rows
    1
    """
    return judged(records.operations, time_zone=time_zone, cells=cells, notes=notes).verdict


def judged(
    operations: pl.DataFrame,
    *,
    time_zone: str,
    cells: pl.DataFrame | None = None,
    notes: Sequence[Text] = (),
    left_out: pl.DataFrame | None = None,
) -> Judged:
    """Return the verdict together with the flags of every row.

    ``left_out`` has source, source_row and reason of the file's rows that never
    became a row of records; duplicates among them are counted as such.
    """
    found = find_faults(operations, time_zone=time_zone)
    flags = found.flags
    is_aside = _is_set_aside(operations, flags)
    n_rows = operations.height
    scope = FaultWords(
        operations=operations,
        flags=flags,
        is_aside=is_aside,
        time_zone=time_zone,
        cells=cells,
        edge=found.edge,
    )
    faults = [scope.fault(code) for code in flags.columns if bool(flags[code].any())]
    n_left_out = 0 if left_out is None else left_out.height
    if left_out is not None and (left_out["reason"] == "duplicate").any():
        others = [fault for fault in faults if fault.code != "duplicate"]
        faults = [*others, scope.copied_events(left_out.filter(pl.col("reason") == "duplicate"))]
    looked_for = [code for code in ROW_CODES if code in flags.columns]
    if operations["start_at"].null_count() < n_rows:
        looked_for.append("clock_shift")
        if found.shift is not None:
            faults.append(scope.shift_fault(found.shift))
    repaired = operations["repaired"].list.len() > 0
    mended = {
        code: float((flags[code] & repaired).sum()) / max(n_rows, 1)
        for code in _MENDED
        if code in flags.columns
    }
    if {"near_duplicate", "duplicate"} <= set(flags.columns):  # one fault is named once
        both = flags["near_duplicate"] & flags["duplicate"]
        mended["near_duplicate"] = float(both.sum()) / max(n_rows, 1)
    costs = {f.code: COST[f.code] * (f.share - mended.get(f.code, 0.0)) for f in faults}
    faults.sort(key=lambda fault: (-costs[fault.code], fault.code))
    usable = ~is_aside
    for code in _UNUSABLE:
        if code in flags.columns:
            lost = flags[code] & ~repaired if code.startswith("missing") else flags[code]
            usable = usable & ~lost
    n_usable = int(usable.sum())
    instants = pl.concat([operations["start_at"], operations["end_at"]]).drop_nulls()
    span = [local_time(instants.min(), time_zone), local_time(instants.max(), time_zone)]
    n_orders = operations["order_id"].drop_nulls().n_unique()
    verdict = Verdict(
        headline=_headline(
            [fault for fault in faults if costs[fault.code] > 0.0],
            n_rows=n_rows,
            n_orders=n_orders,
            n_usable=n_usable,
            absent=_absent(operations),
        ),
        n_rows=n_rows,
        n_orders=n_orders,
        n_set_aside=int(is_aside.sum()) + n_left_out,
        n_usable=n_usable,
        usable_share=n_usable / max(n_rows, 1),
        first_at=span[0],
        last_at=span[1],
        time_zone=time_zone,
        faults=tuple(faults),
        not_found=tuple(c for c in looked_for if c not in {fault.code for fault in faults}),
        not_looked_for={
            code: tuple(n for n in NEEDS[code] if operations[n].null_count() == operations.height)
            for code in (*ROW_CODES, "clock_shift")
            if code not in looked_for
        },
        notes=tuple(notes),
    )
    return Judged(verdict=verdict, flags=flags, is_aside=is_aside)


def _is_set_aside(operations: pl.DataFrame, flags: pl.DataFrame) -> pl.Series:
    aside = operations["start_at"].is_null() & operations["end_at"].is_null()
    aside = aside | operations["operation"].is_null()
    aside = aside | (operations["order_id"].is_null() & (operations["kind"] == "run"))
    for code in SET_ASIDE:
        if code in flags.columns:
            aside = aside | flags[code]
    return aside


def _headline(
    faults: Sequence[Fault], *, n_rows: int, n_orders: int, n_usable: int, absent: Sequence[str]
) -> Text:
    top = faults[:3]

    def items(lang: Lang) -> str:
        def sound(key: str, **values: Any) -> str:
            return say("zhizao.connect", key, lang=lang, **values)

        named = [
            sound("item_shift", name=f.name.in_(lang), shift=round(f.parts["shift_h"]))
            if f.code == "clock_shift"
            else sound("item", name=f.name.in_(lang), rows=f.rows, share=percent(f.share))
            for f in top
        ]
        return sound("and").join(
            [*([sound("comma").join(named[:-1])] if named[:-1] else []), *named[-1:]]
        )

    if not top:
        costs = text("costs_none")
    elif len(top) == 1:
        costs = text("costs_one", items=items)
    else:
        costs = text("costs_many", n=text("three" if len(top) == 3 else "two"), items=items)

    def missed(lang: Lang) -> str:
        parts = [say("zhizao.connect", f"absent_{name}", lang=lang) for name in absent]
        return say("zhizao.connect", "semicolon", lang=lang).join(parts)

    return text(
        "headline",
        rows=n_rows,
        orders=n_orders,
        usable=n_usable / max(n_rows, 1),
        costs=costs,
        absent=text("absent", items=missed) if absent else "",
    )


def _absent(operations: pl.DataFrame) -> list[str]:
    """Return which key columns have no value in any row: no fault of a row shows that."""
    return [
        name
        for name, columns in _KEY_COLUMNS.items()
        if all(operations[c].null_count() == operations.height for c in columns)
    ]
