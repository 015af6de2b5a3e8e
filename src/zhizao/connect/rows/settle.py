"""Settle a drop: which rows are kept, which are set aside, and what is said about it."""

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import polars as pl

from zhizao.connect.faults.find_faults import code_lists
from zhizao.connect.faults.judge import judged
from zhizao.connect.mapping import Mapping
from zhizao.connect.rows.assemble import Assembled
from zhizao.connect.rows.orders import derive_orders, order_fields
from zhizao.connect.verdict import Text, Verdict, text
from zhizao.model.order import Order
from zhizao.model.records import OPERATION_SCHEMA, Records

_TOLD = re.compile(r"^'(.+?)' .*Check it\.$")
"""Notes of a mapping on columns whose names did not tell what they are."""


@dataclass(frozen=True, kw_only=True)
class Settled:
    """Records, orders, rows set aside and the verdict; every row of the files is in one of them."""

    records: Records
    orders: tuple[Order, ...]
    set_aside: pl.DataFrame
    verdict: Verdict


def settle(
    assembled: Sequence[Assembled],
    order_tables: Sequence[pl.DataFrame],
    mapping: Mapping,
    *,
    notes: Sequence[Text] = (),
) -> Settled:
    """Judge the rows of all files, and part those that are kept from those set aside.

    ``notes`` go into the verdict, after those on the rows.
    """
    wide = _joined(assembled)
    raw_rows = wide.select("source", "raw_rows")
    reported = order_fields(wide)
    operations = Records.from_columns(
        wide.select(name for name in OPERATION_SCHEMA if name in wide.columns)
    ).operations
    operations = _with_order_columns(operations, order_tables)
    left_out = pl.concat(
        part.left_out.with_columns(pl.lit(part.table.name).alias("source")) for part in assembled
    )
    result = judged(
        operations,
        time_zone=mapping.time_zone,
        cells=pl.concat(part.cells for part in assembled),
        notes=[*_notes(operations, left_out, mapping), *notes],
        left_out=left_out,
    )
    marked = operations.with_columns(code_lists(result.flags))
    aside = raw_rows.filter(result.is_aside).with_columns(_reasons(marked.filter(result.is_aside)))
    kept = marked.filter(~result.is_aside)
    with ThreadPoolExecutor(max_workers=1) as pool:
        set_aside = pool.submit(_set_aside, assembled, aside, left_out)
        orders = derive_orders(kept, order_tables, reported=reported.filter(~result.is_aside))
    return Settled(
        records=Records(operations=kept),
        orders=orders.orders,
        set_aside=set_aside.result(),
        verdict=result.verdict.model_copy(update={"notes": result.verdict.notes + orders.notes}),
    )


def _joined(assembled: Sequence[Assembled]) -> pl.DataFrame:
    """Return the rows of all files, with the codes that only cells show in ``faults``."""
    wide = pl.concat([part.operations for part in assembled], how="diagonal_relaxed")
    if "planned_duration" in wide.columns:
        wide = wide.rename({"planned_duration": "planned_s"})
    if "operation" not in wide.columns:
        wide = wide.with_columns(pl.lit(None, dtype=pl.String).alias("operation"))
    if len(assembled) > 1:  # exports whose periods overlap repeat rows across files
        apart = {
            "source",
            "source_row",
            "raw_rows",
            "is_duplicate",
            "is_mangled",
            "is_unparsed",
            "repaired",
        }
        compared = [name for name in wide.columns if name not in apart]
        first_source = pl.col("source").first().over(compared)
        copies = wide.select(
            pl.col("is_duplicate") | (pl.col("source") != first_source)
        ).to_series()
        wide = wide.with_columns(copies.alias("is_duplicate"))
    shown = wide.select(
        duplicate="is_duplicate", mangled_cell="is_mangled", unparsed_cell="is_unparsed"
    )
    return wide.with_columns(code_lists(shown))


def _with_order_columns(
    operations: pl.DataFrame, order_tables: Sequence[pl.DataFrame]
) -> pl.DataFrame:
    """Fill product, family and order quantity from the order tables where reports lack them."""
    if not order_tables:
        return operations
    names = ("product", "family", "order_quantity")
    stated = pl.concat(order_tables).drop_nulls("order_id").unique("order_id", keep="first")
    joined = operations.join(
        stated.select("order_id", *names),
        on="order_id",
        how="left",
        suffix="_stated",
        maintain_order="left",
    )
    return joined.with_columns(pl.coalesce(n, f"{n}_stated").alias(n) for n in names).select(
        operations.columns
    )


def _reasons(marked: pl.DataFrame) -> pl.Series:
    """Return why each row would be set aside; empty strings where nothing speaks against it."""
    no_time = pl.col("start_at").is_null() & pl.col("end_at").is_null()
    no_order = pl.col("order_id").is_null() & (pl.col("kind") == "run")
    grounds = [
        pl.when(pl.col("faults").list.contains(code)).then(pl.lit(code))
        for code in ("duplicate", "negative_duration")
    ]
    grounds += [
        pl.when(no_time & pl.col("faults").list.contains("unparsed_cell")).then(
            pl.lit("unparsed_cell")
        ),
        pl.when(no_time).then(pl.lit("missing_start missing_end")),
        pl.when(no_order).then(pl.lit("missing_order")),
        pl.when(pl.col("operation").is_null()).then(pl.lit("missing_operation")),
    ]
    return marked.select(
        pl.concat_str(grounds, separator=" ", ignore_nulls=True).alias("reasons")
    ).to_series()


def _set_aside(
    assembled: Sequence[Assembled], aside: pl.DataFrame, left_out: pl.DataFrame
) -> pl.DataFrame:
    """Return the original cells of every row that is not in the records."""
    exploded = aside.explode("raw_rows").select(
        "source", pl.col("raw_rows").cast(pl.Int64).alias("source_row"), "reasons"
    )
    listed = pl.concat(
        [exploded, left_out.select("source", "source_row", pl.col("reason").alias("reasons"))]
    )
    parts = []
    for part in assembled:
        clash = {"source", "source_row", "reasons"} & set(part.table.frame.columns)
        here = listed.filter(pl.col("source") == part.table.name)
        is_here = part.table.rows.is_in(here["source_row"].implode())
        frame, rows = part.table.frame.filter(is_here), part.table.rows.filter(is_here)
        if part.table.apart is not None:
            frame = pl.concat([frame, part.table.apart[0]], how="diagonal_relaxed")
            rows = rows.append(part.table.apart[1])
        cells = frame.select(pl.all().cast(pl.String))
        numbered = cells.rename({n: f"{n} (cell)" for n in clash}).with_columns(
            rows.alias("source_row")
        )
        parts.append(here.join(numbered, on="source_row", how="left").sort("source_row"))
    return pl.concat(parts, how="diagonal")


def _notes(operations: pl.DataFrame, left_out: pl.DataFrame, mapping: Mapping) -> list[Text]:
    notes = []
    if not mapping.time_zone_stated:
        notes.append(text("note_time_zone"))
    notes += _told_by_values(mapping)
    counts = dict(left_out["reason"].value_counts().rows())
    if n_markers := counts.get("marker", 0):
        names = ", ".join(sorted({m for table in mapping.tables for m in table.markers}))
        notes.append(text("note_marker", rows=n_markers, names=names))
    if n_other := counts.get("other_event", 0):
        notes.append(text("note_other_event", rows=n_other))
    if n_states := counts.get("machine_state", 0):
        notes.append(text("note_machine_state", rows=n_states))
    if n_tests := counts.get("test_order", 0):
        notes.append(text("note_test_order", rows=n_tests))
    if n_cancelled := counts.get("cancelled", 0):
        notes.append(text("note_cancelled", rows=n_cancelled))
    no_order = pl.col("order_id").is_null() & (pl.col("kind") == "run")
    if n_without := operations.filter(no_order | pl.col("operation").is_null()).height:
        notes.append(text("note_missing_order", rows=n_without))
    kinds = dict(operations["kind"].value_counts().rows())
    if kinds.get("setup") or kinds.get("down"):
        notes.append(text("note_setup", rows=kinds.get("setup", 0), down=kinds.get("down", 0)))
    return notes


def _told_by_values(mapping: Mapping) -> list[Text]:
    """Return notes on columns whose names did not tell what they are."""
    notes = []
    for table in mapping.tables:
        if told := [m.group(1) for note in table.notes if (m := _TOLD.match(note))]:
            named = ", ".join(f"'{name}'" for name in dict.fromkeys(told))
            notes.append(text("note_told_by_values", file=table.file, names=named))
    return notes
