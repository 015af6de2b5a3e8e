"""Guess the mapping: names propose, values veto, and what is left is said."""

from collections.abc import Sequence

import polars as pl

from zhizao.connect.cells import parse_durations, parse_numbers
from zhizao.connect.clocks import is_clock
from zhizao.connect.guess_fields import INSTANTS, READABLE, FieldGuess
from zhizao.connect.guess_layouts import (
    grouped_columns,
    note_setup,
    settle_cancelled,
    settle_changes,
    settle_joined,
    settle_lifecycle,
    settle_machine,
    settle_named_events,
    settle_order,
    settle_resource,
    settle_site,
    settle_step,
    settle_table_name,
)
from zhizao.connect.guess_values import guess_duration_unit
from zhizao.connect.mapping import (
    FIELD_NAMES,
    FieldName,
    Mapping,
    StepColumns,
    TableMapping,
    Transition,
)
from zhizao.connect.raw import RawTable
from zhizao.connect.synonyms import field_scores, plain, unit_in_name, vocabulary
from zhizao.connect.table_names import DATE, NAME
from zhizao.connect.wide import find_steps

_ROWS_PER_NAME = 1.5
"""Rows that a name of an order or operation has on average, at least."""

_FILLED = 0.9
"""Share of rows in which such a name stands, at least."""

_SURE_KINDS = 0.95
"""Share of cells that must be words for work, changeover or stop to show it without a name."""

_UNIQUE_ORDERS = 0.95
"""Share of different order ids above which a table without operations lists orders."""


def guess_mapping(
    tables: RawTable | Sequence[RawTable], *, time_zone: str | None = None
) -> Mapping:
    r"""Guess which column means what, from names and values.

    Examples
    --------
    >>> from zhizao.connect.text_files import table_of_text
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
    settle_table_name(guess)
    settle_resource(guess)
    settle_site(guess)
    settle_order(guess)
    settle_joined(guess)
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
    is_orders = not steps and _is_order_table(guess)
    transitions: dict[str, Transition] = {}
    is_changes = False
    fill_down: tuple[str, ...] = ()
    if steps:
        _settle_wide(guess)
    elif is_orders:
        _settle_orders(guess)
    else:
        settle_lifecycle(guess)
        settle_named_events(guess)
        is_changes = settle_changes(guess)
        transitions = {} if is_changes else _settle_events(guess)
        if not transitions and not is_changes:
            _settle_dates(guess)
            _settle_instants(guess)
        _settle_quantity(guess)
        if not {"order_id", "order_operation"} & guess.columns.keys() and not is_changes:
            _order_from_values(guess)
        if "order_id" not in guess.columns and {"kind", "resource"} <= guess.columns.keys():
            guess.columns.setdefault(
                "operation", guess.columns.get("outcome", guess.columns["kind"])
            )
            guess.notes.append("No column names an order: the rows are states of machines.")
        if not {"operation", "order_operation"} & guess.columns.keys():
            _operation_from_values(guess)
        settle_machine(guess)
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
            "duration_unit": units["duration"] or _unit_by_values(guess),
            "planned_unit": units["planned_duration"] or "min",
            "setup_unit": units["setup_duration"] or units["duration"] or _unit_by_values(guess),
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
    sure = [name for name in guess.free() if guess.kind_share(name) >= _SURE_KINDS]
    if sure:
        guess.columns["kind"] = sure[0]
        guess.notes.append(f"'{sure[0]}' tells work from changeovers and stops, by its values.")


def _uses_dates(guess: FieldGuess) -> bool:
    return any(field in INSTANTS for field in guess.columns)


def _is_order_table(guess: FieldGuess) -> bool:
    columns = guess.columns
    if "order_id" not in columns or columns.keys() & {"operation", "resource", "lifecycle"}:
        return False
    ids = guess.table.frame[columns["order_id"]].drop_nulls()
    wanted = {"due_at", "order_quantity", "quantity", "release_at", "product"}
    return bool(columns.keys() & wanted) and ids.n_unique() >= _UNIQUE_ORDERS * len(ids)


def _settle_orders(guess: FieldGuess) -> None:
    columns = guess.columns
    for source, target in (
        ("quantity", "order_quantity"),
        ("start_at", "release_at"),
        ("end_at", "due_at"),
    ):
        if source in columns and target not in columns:
            columns[target] = columns.pop(source)
            if source != "quantity":
                guess.notes.append(f"'{columns[target]}' of the order table is read as {target}.")
    kept = {"order_id", "product", "family", "order_quantity", "due_at", "release_at", "priority"}
    guess.drop(*[field for field in list(columns) if field not in kept])


def _settle_events(guess: FieldGuess) -> dict[str, Transition]:
    """Return the transitions if a row is one event of an operation, else nothing."""
    columns = guess.columns
    if "lifecycle" not in columns:
        guess.drop("instance")
        return {}
    transitions = guess.named_events or guess.transitions(columns["lifecycle"])
    if "kind" not in columns and "setup" in guess.kinds(columns["lifecycle"]).values():
        columns["kind"] = columns["lifecycle"]  # SETUP_START beside RUN_START
    meanings = set(transitions.values())
    if "start_at" in columns and "end_at" in columns and len(meanings) == 1:
        guess.drop("lifecycle", "instance", "timestamp")
        return {}
    if "timestamp" not in columns:
        for field in ("end_at", "start_at"):
            if field in columns:
                columns["timestamp"] = columns.pop(field)
                break
        else:
            guess.drop("lifecycle", "instance")
            return {}
    guess.drop(
        "start_at", "end_at", "scheduled_at", why="start and end come from rows of their own"
    )
    return transitions


def _settle_dates(guess: FieldGuess) -> None:
    """Join clock times with the dates that stand in columns of their own."""
    columns = guess.columns
    dates = {field: columns[field] for field in ("start_at", "end_at") if field in columns}
    dates = {f: n for f, n in dates.items() if guess.is_date_only(n)}
    clocks = {
        n for n in guess.free() if guess.profiles[n].clock >= READABLE or is_clock(guess.sample[n])
    }
    stamp = columns.get("timestamp")
    common = dates.get("start_at") or columns.get("date")
    if common is None and stamp is not None and guess.is_date_only(stamp):
        common = stamp
    for field in ("start_at", "end_at"):
        scores = {
            name: field_scores(name).get(field, 0.0) for name in guess.free() if name in clocks
        }
        clock = max(scores, key=scores.__getitem__, default=None)
        date = dates.get(field) or common
        if clock is None or scores[clock] == 0.0 or date is None:
            continue
        columns[field.replace("_at", "_date")] = date
        columns[field] = clock
        if date == stamp:
            columns.pop("timestamp", None)
    columns.pop("date", None)
    if "end_date" in columns and columns["end_date"] == columns.get("start_date"):
        guess.notes.append(
            f"'{columns['end_date']}' is the date of start and end: an end that lies before its start is on the next day."
        )


def _settle_instants(guess: FieldGuess) -> None:
    """Find start and end by their values where the names did not tell."""
    columns = guess.columns
    free = [
        name
        for name in guess.free()
        if guess.profiles[name].instant >= READABLE and guess.profiles[name].number < READABLE
    ]
    if "start_at" not in columns and "end_at" not in columns and len(free) >= 2:
        pair = max(
            ((a, b) for a in free for b in free if a != b), key=lambda ab: _before(guess, *ab)
        )
        if _before(guess, *pair)[0] >= 0.9:
            columns["start_at"], columns["end_at"] = pair
            guess.notes.append(
                f"'{pair[0]}' and '{pair[1]}' are start and end by their values only."
            )
    elif "start_at" in columns and "end_at" not in columns and free:
        best = max(free, key=lambda name: _before(guess, columns["start_at"], name))
        if _before(guess, columns["start_at"], best)[0] >= 0.9:
            columns["end_at"] = best
            guess.notes.append(f"'{best}' is the end by its values only.")
    if "timestamp" in columns:
        stamp = columns.pop("timestamp")
        if "end_at" not in columns:
            columns["end_at"] = stamp
            guess.notes.append(
                f"'{stamp}' is the only clock time: it is read as the end of the operation."
            )


def _before(guess: FieldGuess, start: str, end: str) -> tuple[float, float]:
    """Return how often one column lies before another, and then how close they are."""
    gap = (guess.instants(end) - guess.instants(start)).dt.total_seconds().drop_nulls()
    if len(gap) == 0:
        return (0.0, 0.0)
    share = float((gap >= 0).sum()) / len(gap)
    return (share if bool((gap > 0).any()) else 0.0, -float(gap.abs().mean() or 0.0))  # type: ignore[arg-type]


def _settle_quantity(guess: FieldGuess) -> None:
    """Read a plain 'quantity' as the order's where it never changes within an order."""
    name = guess.columns.pop("quantity", None)
    if name is None:
        return
    order = guess.columns.get("order_id")
    target = "good_quantity"
    if order is not None:
        frame = guess.table.frame
        per_order = frame.group_by(order).agg(pl.col(name).n_unique().alias("n"), pl.len())
        several = per_order.filter(pl.col("len") > 1)
        if several.height >= 2 and several.select((pl.col("n") == 1).all()).item():
            target = "order_quantity"
    if target not in guess.columns:
        guess.columns[target] = name
        guess.notes.append(f"'{name}' is read as {target} by its values.")


def _names_in(guess: FieldGuess) -> list[tuple[int, str]]:
    """Return free text columns whose values come back, with how many different ones they have."""
    found = []
    for name in guess.free():
        profile = guess.profiles[name]
        is_text = max(profile.instant, profile.number, profile.duration) < READABLE
        comes_back = 2 <= profile.n_unique <= profile.n_cells / _ROWS_PER_NAME
        if is_text and comes_back and profile.n_cells > _FILLED * profile.n_rows:
            found.append((profile.n_unique, name))
    return sorted(found)


def _order_from_values(guess: FieldGuess) -> None:
    """Take the column with the most different numbered names as the order."""
    numbered = [
        (n_unique, name)
        for n_unique, name in _names_in(guess)
        if guess.sample[name].str.contains(r"\d").mean() == 1.0
    ]
    numbered = sorted(numbered + _numbers_of_one_length(guess))
    if numbered:
        guess.columns["order_id"] = numbered[-1][1]
        guess.notes.append(
            f"'{numbered[-1][1]}' is the order by its values only: numbered, and the most different ones. Check it."
        )


def _numbers_of_one_length(guess: FieldGuess) -> list[tuple[int, str]]:
    """Return free columns of whole numbers of one length that come back, as ids do and amounts do not."""
    found = []
    for name in guess.free():
        profile = guess.profiles[name]
        cells = guess.sample[name].drop_nulls().cast(pl.String)
        is_id = cells.str.contains(r"^\d{4,}$").all() and cells.str.len_chars().n_unique() == 1
        comes_back = 2 <= profile.n_unique <= profile.n_cells / _ROWS_PER_NAME
        is_filled = profile.n_cells > _FILLED * profile.n_rows
        if is_id and comes_back and is_filled and profile.instant < READABLE:
            found.append((profile.n_unique, name))
    return found


def _operation_from_values(guess: FieldGuess) -> None:
    """Take a text column whose values come back as the operation, the one with most values."""
    if names := _names_in(guess):
        if "resource" not in guess.columns and (pair := _machine_of_operation(guess, names)):
            guess.columns["resource"], guess.columns["operation"] = pair
            guess.notes.append(
                f"'{pair[1]}' is the operation and '{pair[0]}' its machine by their values only: "
                "each machine does one operation. Check it."
            )
            return
        guess.columns["operation"] = names[-1][1]
        guess.notes.append(
            f"'{names[-1][1]}' is the operation by its values only: they come back, and are many. Check it."
        )
    elif "resource" in guess.columns:
        guess.columns["operation"] = guess.columns["resource"]
        guess.notes.append("No column names the operation: the resource stands for it.")


def _machine_of_operation(
    guess: FieldGuess, names: list[tuple[int, str]]
) -> tuple[str, str] | None:
    """Return numbered names each of which goes with one of the names of another column, and that."""
    for n_machines, machine in reversed(names):
        if not guess.sample[machine].drop_nulls().cast(pl.String).str.contains(r"\d").all():
            continue
        for n_operations, operation in reversed(names):
            if operation == machine:
                continue
            pairs = guess.sample.select(machine, operation).drop_nulls().unique()
            if n_operations < n_machines == pairs.height:
                return machine, operation
    return None


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
    if durations.null_count() < len(durations):
        guess.notes.append(
            f"'{columns['duration']}' states no unit: minutes are assumed (duration_unit)."
        )
    elif parse_durations(guess.sample[columns["duration"]], unit="min").null_count() == len(
        durations
    ):
        guess.drop("duration")
    return "min"
