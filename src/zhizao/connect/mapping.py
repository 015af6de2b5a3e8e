"""Mapping: which column of a file means what; guessed, shown, corrected, kept.

It is a value; ``mapping_toml`` has the text that a person edits.
"""

from collections.abc import Collection
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from zhizao._base.errors import MappingError, did_you_mean
from zhizao.connect.values.cells import DurationUnit
from zhizao.connect.values.instants import DateOrder

FieldName = Literal[
    "order_id", "lot_id", "product", "family", "operation", "step", "resource", "site", "operator",
    "scheduled_at", "start_at", "end_at", "start_date", "end_date", "timestamp", "lifecycle", "instance",
    "duration", "planned_duration", "good_quantity", "scrap_quantity", "hold_quantity", "order_quantity",
    "is_rework", "outcome", "kind", "setup_duration", "setup_start_at", "setup_end_at", "is_cancelled", "order_operation", "due_at", "release_at", "priority",
]  # fmt: skip
"""What a column can mean."""

FIELD_NAMES: tuple[str, ...] = get_args(FieldName)

_REQUIRED: tuple[FieldName, ...] = ("order_id", "operation")

Transition = Literal["scheduled", "start", "pause", "resume", "end"]
RowMeaning = Literal["run", "setup", "down", "idle"]

MEANINGS: dict[str, str] = {
    "order_id": "the order (工单)",
    "lot_id": "the lot that moves as one (批次)",
    "product": "what is made (产品)",
    "family": "group of the product (产品族)",
    "operation": "the operation (工序)",
    "step": "its position in the routing",
    "resource": "machine or place (资源)",
    "site": "plant of the machine, where several have machines of one name",
    "operator": "person (操作员)",
    "scheduled_at": "when it was asked for or ready",
    "start_at": "when the work began",
    "end_at": "when the work ended",
    "start_date": "date of the start, where 'start_at' is a clock time only",
    "end_date": "date of the end, where 'end_at' is a clock time only",
    "timestamp": "when the event of this row happened",
    "lifecycle": "which event: see 'transitions'",
    "instance": "ties the events of one operation together",
    "duration": "how long it took",
    "planned_duration": "how long it should take",
    "good_quantity": "pieces reported good",
    "scrap_quantity": "pieces rejected",
    "hold_quantity": "pieces held for a decision",
    "order_quantity": "pieces that the order asks for",
    "is_rework": "flag of rework",
    "outcome": "report type, result or reason",
    "kind": "work, changeover, stop or idle: see 'kinds'",
    "setup_duration": "how long the setup before it took, within start and end",
    "setup_start_at": "when the setup before it began",
    "setup_end_at": "when the setup before it ended",
    "is_cancelled": "flag or word that the booking was taken back",
    "order_operation": "order and operation in one cell, apart by a sign",
    "due_at": "when the order is promised (交期)",
    "release_at": "when work on the order may begin",
    "priority": "priority of the order",
}
"""What each field is, in the words of ``mapping.toml``."""


class StepColumns(BaseModel):
    """The columns of one operation in a table with a row an order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    operation: str = Field(min_length=1, description="name of the operation")
    start_at: str | None = Field(default=None, description="column of its start")
    end_at: str | None = Field(default=None, description="column of its end")
    start_clock: str | None = Field(
        default=None, description="column of the clock time of its start, where that is a date"
    )
    end_clock: str | None = Field(
        default=None, description="column of the clock time of its end, where that is a date"
    )
    name: str | None = Field(
        default=None, description="column that names the operation, where orders differ in it"
    )
    resource: str | None = Field(default=None, description="column of its machine")
    operator: str | None = Field(default=None, description="column of its operator")
    good_quantity: str | None = Field(default=None, description="column of its good pieces")
    scrap_quantity: str | None = Field(default=None, description="column of its rejected pieces")

    def columns(self) -> tuple[str, ...]:
        """Return the columns that are named.

        Examples
        --------
        >>> StepColumns(operation="cut", end_at="cut end").columns()
        ('cut end',)
        """
        named = (self.start_at, self.end_at, self.start_clock, self.end_clock, self.name, self.resource, self.operator, self.good_quantity, self.scrap_quantity)  # fmt: skip
        return tuple(c for c in named if c)


class TableMapping(BaseModel):
    """How one file, or one sheet of it, is read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str = Field(
        description="name of the file, without its folder; 'FILE [SHEET]' for one sheet of several"
    )
    kind: Literal["operations", "orders"] = Field(
        default="operations", description="reports of operations, or a table of orders"
    )
    layout: Literal["row_per_operation", "row_per_event", "row_per_change", "row_per_order"] = (
        Field(
            default="row_per_operation",
            description="whether a row is a whole operation, one event of it, a change of a machine's state, "
            "or a whole order",
        )
    )
    date_order: DateOrder = Field(default="ymd", description="order of year, month and day")
    decimal: Literal[".", ","] = Field(default=".", description="sign before the decimals")
    duration_unit: DurationUnit = Field(default="min", description="unit of plain numbers")
    planned_unit: DurationUnit = Field(default="min", description="unit of plain numbers")
    setup_unit: DurationUnit = Field(default="min", description="unit of plain numbers")
    fill_down: tuple[str, ...] = Field(
        default=(), description="columns whose empty cells mean what stands above them"
    )
    columns: dict[FieldName, str] = Field(description="field to column of the file")
    transitions: dict[str, Transition] = Field(
        default_factory=dict, description="value of the lifecycle column to its meaning"
    )
    kinds: dict[str, RowMeaning] = Field(
        default_factory=dict, description="value of the kind column to its meaning"
    )
    steps: tuple[StepColumns, ...] = Field(
        default=(), description="columns of each operation, where a row is a whole order"
    )
    markers: tuple[str, ...] = Field(
        default=(), description="values of the operation column that mark an order's ends; not work"
    )
    unmapped: tuple[str, ...] = Field(default=(), description="columns that are not read")
    notes: tuple[str, ...] = Field(default=(), description="what was assumed and why")


class Mapping(BaseModel):
    """How all files of a drop are read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    time_zone: str = Field(default="UTC", description="IANA time zone of clock times without one")
    time_zone_stated: bool = Field(
        default=False, description="false: nobody stated one and UTC is assumed"
    )
    tables: tuple[TableMapping, ...] = Field(description="one for each file")


def fitting_part(mapping: Mapping, columns: Collection[str]) -> TableMapping | None:
    """Return the part of a mapping whose columns are all there, the one that names most of them.

    Examples
    --------
    >>> few, many = {"order_id": "a"}, {"order_id": "a", "operation": "b"}
    >>> parts = [TableMapping(file="", columns=columns) for columns in (few, many)]
    >>> fitting_part(Mapping(tables=parts), ["a", "b", "c"]) == parts[1]
    True
    """
    fitting = [p for p in mapping.tables if p.columns and set(p.columns.values()) <= set(columns)]
    return max(fitting, key=lambda part: len(part.columns), default=None)


def missing_fields(table: TableMapping) -> tuple[str, ...]:
    """Return the fields without which a table does not report operations.

    Examples
    --------
    >>> missing_fields(TableMapping(file="a.csv", columns={"operation": "op"}))
    ('order_id', 'start_at or end_at')
    """
    missing: list[str] = [field for field in _REQUIRED if field not in table.columns]
    if "order_operation" in table.columns:
        missing = []
    if {"kind", "resource"} <= table.columns.keys() and "order_id" in missing:
        missing.remove("order_id")  # states of machines belong to no order
    if table.layout == "row_per_order":
        missing = [field for field in missing if field != "operation"]
        missing += [] if table.steps else ["steps"]
    elif table.layout == "row_per_event":
        missing += [field for field in ("lifecycle", "timestamp") if field not in table.columns]
    elif table.layout == "row_per_change":
        missing += [field for field in ("kind", "timestamp") if field not in table.columns]
    elif not {"start_at", "end_at"} & table.columns.keys():
        missing.append("start_at or end_at")
    return tuple(missing)


def check_columns(table: TableMapping, columns: list[str]) -> None:
    """Raise if the mapping names a column that the file does not have.

    Raises
    ------
    MappingError
        With every such column, its nearest name, and the file's columns.

    Examples
    --------
    >>> check_columns(TableMapping(file="a.csv", columns={"operation": "op"}), ["op"])
    """
    named: list[tuple[str, str]] = [*table.columns.items()]
    for step in table.steps:
        named += [(f"steps.{step.operation}", c) for c in step.columns()]
    faults = [
        f"{field} = '{column}': '{table.file}' has no such column.{did_you_mean(column, columns)}"
        for field, column in named
        if column not in columns
    ]
    if faults:
        listed = "\n  ".join(faults)
        raise MappingError(
            f"The mapping does not fit '{table.file}':\n  {listed}\nIts columns are: {', '.join(columns)}."
        )
