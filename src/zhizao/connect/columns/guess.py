"""Guess the mapping: names propose, values veto, and what is left is said."""

from collections.abc import Sequence

import polars as pl

from zhizao.connect.columns.guess_events import (
    note_setup,
    settle_cancelled,
    settle_changes,
    settle_events,
    settle_lifecycle,
    settle_named_events,
    settle_two_events,
)
from zhizao.connect.columns.guess_fields import INSTANTS, FieldGuess
from zhizao.connect.columns.guess_machines import (
    settle_machine,
    settle_resource,
    settle_site,
    settle_table_name,
)
from zhizao.connect.columns.guess_nameless import (
    is_nameless,
    settle_nameless_amounts,
    settle_nameless_places,
)
from zhizao.connect.columns.guess_names import operation_from_values, order_from_values
from zhizao.connect.columns.guess_orders import (
    grouped_columns,
    is_order_table,
    settle_joined,
    settle_operation,
    settle_order,
    settle_order_table,
    settle_product,
    settle_quantity,
    settle_step,
)
from zhizao.connect.columns.guess_times import settle_dates, settle_instants
from zhizao.connect.columns.guess_values import guess_duration_unit
from zhizao.connect.columns.table_names import DATE, NAME
from zhizao.connect.columns.wide import find_steps
from zhizao.connect.files.raw import RawTable
from zhizao.connect.mapping import (
    FIELD_NAMES,
    FieldName,
    Mapping,
    StepColumns,
    TableMapping,
    Transition,
)
from zhizao.connect.synonyms import plain, unit_in_name, vocabulary
from zhizao.connect.values.cells import parse_durations, parse_numbers

_SURE_KINDS = 0.95
"""Share of cells that must be words for work, changeover or stop to show it without a name."""


def guess_mapping(
    tables: RawTable | Sequence[RawTable], *, time_zone: str | None = None
) -> Mapping:
    r"""Guess which column means what, from names and values.

    Examples
    --------
    >>> from zhizao.connect.files.text_files import table_of_text
    >>> text = "工单号,工序,开始时间,结束时间\nA,车,2024-01-01 08:00,2024-01-01 09:00\n"
    >>> guess_mapping(table_of_text(text, name="a.csv", encoding="utf-8")).tables[0].columns
    {'order_id': '工单号', 'operation': '工序', 'start_at': '开始时间', 'end_at': '结束时间'}
    """
    listed = [tables] if isinstance(tables, RawTable) else list(tables)
    return Mapping(
        time_zone=time_zone or "UTC",
        time_zone_stated=time_zone is not None,
        tables=tuple(_guess_table(table) for table in listed),
    )


def _guess_table(table: RawTable) -> TableMapping:
    guess = FieldGuess(table)
    guess.drop("planned_end", why="it is a plan, not what happened")
    _kind_from_values(guess)
    _settle_names(guess)
    if (
        "order_operation" not in guess.columns
        and "order_id" not in guess.columns
        and "lot_id" in guess.columns
    ):
        guess.columns["order_id"] = guess.columns["lot_id"]
        guess.notes.append(f"'{guess.columns['lot_id']}' stands for the order: no column names it.")
    steps = _take_steps(guess)
    has_operation = {"operation", "order_operation"} & guess.columns.keys()
    if not steps and not has_operation and "step" in guess.columns:
        settle_step(guess)
    is_orders = not steps and is_order_table(guess)
    transitions: dict[str, Transition] = {}
    is_changes = False
    fill_down: tuple[str, ...] = ()
    if steps:
        _settle_wide(guess)
    elif is_orders:
        settle_order_table(guess)
    else:
        settle_lifecycle(guess)
        settle_named_events(guess)
        settle_two_events(guess)
        is_changes = settle_changes(guess)
        transitions = {} if is_changes else settle_events(guess)
        if not transitions and not is_changes:
            settle_dates(guess)
            settle_instants(guess)
        settle_quantity(guess)
        if not {"order_id", "order_operation"} & guess.columns.keys() and not is_changes:
            order_from_values(guess)
        if "order_id" not in guess.columns and {"kind", "resource"} <= guess.columns.keys():
            guess.columns.setdefault(
                "operation", guess.columns.get("outcome", guess.columns["kind"])
            )
            guess.notes.append("No column names an order: the rows are states of machines.")
        _settle_by_values(guess)
        settle_cancelled(guess)
        note_setup(guess)
        fill_down = grouped_columns(guess)
    if not guess.is_order_certain and _uses_dates(guess):
        guess.notes.append(
            "Day and month could be either way round in every date; "
            f"{'month' if guess.date_order == 'mdy' else 'day'}-first is assumed (date_order)."
        )
    units = {
        field: unit_in_name(guess.columns[field]) if field in guess.columns else None
        for field in ("duration", "planned_duration", "setup_duration")
    }
    values_unit = "min" if units["duration"] else _unit_by_values(guess)
    fields: list[FieldName] = [f for f in FIELD_NAMES if f in guess.columns]  # type: ignore[misc]
    return TableMapping.model_validate(
        {
            "file": table.name,
            "kind": "orders" if is_orders else "operations",
            "layout": "row_per_order"
            if steps
            else "row_per_event"
            if transitions
            else "row_per_change"
            if is_changes
            else "row_per_operation",
            "date_order": guess.date_order,
            "decimal": guess.decimal,
            "duration_unit": units["duration"] or values_unit,
            "planned_unit": units["planned_duration"] or "min",
            "setup_unit": units["setup_duration"] or units["duration"] or values_unit,
            "fill_down": fill_down,
            "columns": {field: guess.columns[field] for field in fields},
            "transitions": transitions,
            "kinds": guess.kinds(guess.columns["kind"]) if "kind" in guess.columns else {},
            "steps": steps,
            "markers": () if is_orders or steps else _markers(guess),
            "unmapped": tuple(
                n for n in guess.free() if n not in {NAME, DATE, *_columns_of(steps)}
            ),
            "notes": tuple(guess.notes),
        }
    )


def _settle_names(guess: FieldGuess) -> None:
    """Settle which columns name the machine, the order and the operation."""
    settle_table_name(guess)
    settle_resource(guess)
    settle_site(guess)
    settle_order(guess)
    settle_operation(guess)
    settle_joined(guess)


def _settle_by_values(guess: FieldGuess) -> None:
    """Settle operation, machine and product by their values where no name says them."""
    nameless = is_nameless(guess)
    if nameless:
        settle_nameless_places(guess)
    if not {"operation", "order_operation"} & guess.columns.keys():
        operation_from_values(guess)
    settle_machine(guess)
    settle_product(guess)
    if nameless:
        settle_nameless_amounts(guess)


def _columns_of(steps: Sequence[StepColumns]) -> set[str]:
    return {c for step in steps for c in step.columns()}


def _take_steps(guess: FieldGuess) -> tuple[StepColumns, ...]:
    """Return the columns of operations in a table with a row an order; no field has them then."""
    if "lifecycle" in guess.columns:
        return ()
    steps = find_steps(guess)
    if guess.columns.get("operation") not in {None, *_columns_of(steps)}:
        return ()
    taken = _columns_of(steps)
    guess.drop(*[field for field, name in guess.columns.items() if name in taken])
    return steps


def _settle_wide(guess: FieldGuess) -> None:
    """Keep what a row of a whole order can say besides the clock times of its operations."""
    kept = {"order_id", "lot_id", "product", "family", "order_quantity", "due_at", "release_at", "priority"}  # fmt: skip
    if "quantity" in guess.columns:
        guess.columns.setdefault("order_quantity", guess.columns.pop("quantity"))
    guess.drop(*[field for field in list(guess.columns) if field not in kept])
    guess.notes.append("Each row is an order; its operations stand side by side in columns.")


def _kind_from_values(guess: FieldGuess) -> None:
    """Find the column that tells changeovers and stops from work where its name did not."""
    if "kind" in guess.columns:
        if guess.columns.get("operation") == guess.columns["kind"]:
            guess.drop("operation")
        return
    outcome = guess.columns.get("outcome")
    looked = [*guess.free(), *([outcome] if outcome else [])]
    sure = [name for name in looked if guess.kind_share(name) >= _SURE_KINDS]
    sure = sure or [name for name in looked if guess.has_setups(name)]
    if sure:
        guess.drop(*(["outcome"] if sure[0] == outcome else []))
        guess.columns["kind"] = sure[0]
        guess.notes.append(f"'{sure[0]}' tells work from changeovers and stops, by its values.")


def _uses_dates(guess: FieldGuess) -> bool:
    return any(field in INSTANTS for field in guess.columns)


def _markers(guess: FieldGuess) -> tuple[str, ...]:
    """Return operations such as 'Start' that come at most once an order and take no time."""
    columns = guess.columns
    if "operation" not in columns or "order_id" not in columns:
        return ()
    frame = guess.table.frame
    names = frame[columns["operation"]].drop_nulls().cast(pl.String).unique().sort().to_list()
    found = []
    for value in names:
        if plain(value) not in vocabulary("words", "marker"):
            continue
        rows = frame.filter(pl.col(columns["operation"]).cast(pl.String) == value)
        once = rows[columns["order_id"]].n_unique() == rows.height
        if "start_at" in columns and "end_at" in columns:
            once = once and bool((rows[columns["start_at"]] == rows[columns["end_at"]]).all())
        if once:
            found.append(value)
    return tuple(found)


def _unit_by_column(guess: FieldGuess) -> str | None:
    """Return the unit of time that stands in every cell of the column behind that of durations."""
    names = guess.sample.columns
    behind = names[names.index(guess.columns["duration"]) + 1 :][:1]
    for name in behind:
        if name in guess.columns.values() or guess.profiles[name].n_unique != 1:
            continue
        if unit := unit_in_name(f"({guess.sample[name].drop_nulls()[0]})"):
            guess.notes.append(f"'{name}' states the unit of '{guess.columns['duration']}'.")
            return unit
    return None


def _unit_by_values(guess: FieldGuess) -> str:
    columns = guess.columns
    if "duration" not in columns:
        return "min"
    durations = parse_numbers(guess.sample[columns["duration"]], decimal=guess.decimal)
    if "start_at" in columns and "end_at" in columns:
        gap = (
            guess.instants(columns["end_at"]) - guess.instants(columns["start_at"])
        ).dt.total_seconds()
        return guess_duration_unit(durations, worked_s=gap.cast(pl.Float64))
    if unit := _unit_by_column(guess):
        return unit
    if durations.null_count() < len(durations):
        guess.notes.append(
            f"'{columns['duration']}' states no unit: minutes are assumed (duration_unit)."
        )
    elif parse_durations(guess.sample[columns["duration"]], unit="min").null_count() == len(
        durations
    ):
        guess.drop("duration")
    return "min"
