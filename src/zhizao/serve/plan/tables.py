"""A plan as tables: CSV, Parquet and a workbook for people, JSON for programs."""

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

import polars as pl

from zhizao.model import Schedule

if TYPE_CHECKING:  # a plan that was made needs no planner to be shown
    from zhizao.schedule import PlanRisk


def plan_table(plan: Schedule, *, time_zone: str) -> pl.DataFrame:
    """Return the operations of a plan, one a row, in the order of their begins.

    Instants are in the plant's time zone.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> empty = Schedule(plant="P", made_at=datetime(2024, 1, 1, tzinfo=UTC))
    >>> plan_table(empty, time_zone="UTC").height
    0
    """
    instant = pl.Datetime("us", time_zone)
    rows = [
        {
            "resource": a.resource,
            "place": a.place,
            "order_id": a.order_id,
            "step": a.step,
            "operation": a.operation,
            "setup_start_at": a.setup_start_at,
            "start_at": a.start_at,
            "end_at": a.end_at,
            "family": a.family,
            "operators": ", ".join(a.operators) or None,
            "setup_operator": a.setup_operator,
            "tools": ", ".join(a.tools) or None,
            "batch": a.batch,
            "components_from": ", ".join(a.components_from) or None,
            "is_pinned": a.is_pinned,
            "is_running": a.is_running,
        }
        for a in plan.assignments
    ]
    return _frame(rows, _OPERATION_COLUMNS, instant=instant)


def order_table(plan: Schedule, risk: "PlanRisk | None", *, time_zone: str) -> pl.DataFrame:
    """Return what a plan promises, one order a row, with its risk where it is known."""
    instant = pl.Datetime("us", time_zone)
    risks = {r.order_id: r for r in risk.orders} if risk else {}
    why = {w.order_id: w.sentence for w in plan.why_late}
    rows = [
        {
            "order_id": o.order_id,
            "product": o.product,
            "release_at": o.release_at,
            "due_at": o.due_at,
            "planned_at": o.end_at,
            "late_h": o.tardiness.total_seconds() / 3600.0 if o.due_at else None,
            "on_time_probability": risks[o.order_id].on_time if o.order_id in risks else None,
            "p90_at": risks[o.order_id].p90_at if o.order_id in risks else None,
            "weight": o.weight,
            "why_late": why.get(o.order_id),
        }
        for o in plan.orders
    ]
    return _frame(rows, _ORDER_COLUMNS, instant=instant)


_OPERATION_COLUMNS: tuple[tuple[str, Any], ...] = (
    ("resource", pl.String()),
    ("place", pl.Int64()),
    ("order_id", pl.String()),
    ("step", pl.Int64()),
    ("operation", pl.String()),
    ("setup_start_at", None),
    ("start_at", None),
    ("end_at", None),
    ("family", pl.String()),
    ("operators", pl.String()),
    ("setup_operator", pl.String()),
    ("tools", pl.String()),
    ("batch", pl.Int64()),
    ("components_from", pl.String()),
    ("is_pinned", pl.Boolean()),
    ("is_running", pl.Boolean()),
)

_ORDER_COLUMNS: tuple[tuple[str, Any], ...] = (
    ("order_id", pl.String()),
    ("product", pl.String()),
    ("release_at", None),
    ("due_at", None),
    ("planned_at", None),
    ("late_h", pl.Float64()),
    ("on_time_probability", pl.Float64()),
    ("p90_at", None),
    ("weight", pl.Float64()),
    ("why_late", pl.String()),
)


def _frame(
    rows: Sequence[dict[str, Any]],
    columns: Sequence[tuple[str, Any]],
    *,
    instant: pl.Datetime,
) -> pl.DataFrame:
    """Return rows as a table; columns without a type are instants, turned to the time zone."""
    utc = pl.Datetime("us", "UTC")
    series = [
        pl.Series(name, [row[name] for row in rows], dtype=kind)
        if kind is not None
        else pl.Series(name, [row[name] for row in rows], dtype=utc, strict=False).cast(instant)
        for name, kind in columns
    ]
    return pl.DataFrame(series)


def plan_files(plan: Schedule, risk: "PlanRisk | None", *, time_zone: str) -> dict[str, bytes]:
    """Return the files of a plan: plan.csv, orders.csv, plan.parquet, plan.xlsx, plan.json."""
    operations = plan_table(plan, time_zone=time_zone)
    orders = order_table(plan, risk, time_zone=time_zone)
    parquet, workbook = BytesIO(), BytesIO()
    operations.write_parquet(parquet)
    _write_workbook(workbook, operations=operations, orders=orders)
    return {
        "plan.csv": _csv(operations),
        "orders.csv": _csv(orders),
        "plan.parquet": parquet.getvalue(),
        "plan.xlsx": workbook.getvalue(),
        "plan.json": plan.model_dump_json(indent=1).encode() + b"\n",
    }


def _csv(table: pl.DataFrame) -> bytes:
    """Return a table as CSV that spreadsheets open as UTF-8."""
    return b"\xef\xbb\xbf" + table.write_csv(datetime_format="%Y-%m-%dT%H:%M:%S%:z").encode()


def _write_workbook(target: BytesIO, *, operations: pl.DataFrame, orders: pl.DataFrame) -> None:
    import xlsxwriter  # noqa: PLC0415 - only a workbook needs it

    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        for name, table in (("plan", operations), ("orders", orders)):
            local = table.with_columns(pl.col(pl.Datetime).dt.replace_time_zone(None))
            local.write_excel(
                book, worksheet=name, autofit=True, dtype_formats={pl.Datetime: "yyyy-mm-dd hh:mm"}
            )
