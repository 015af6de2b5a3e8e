"""Guess layouts that values show: events, states, groups under one order, bookings taken back."""

import polars as pl

from zhizao.connect.columns.event_words import operation_of_event
from zhizao.connect.columns.guess_fields import READABLE, FieldGuess
from zhizao.connect.columns.table_names import DATE, NAME
from zhizao.connect.files.raw import BLOCK_DATE
from zhizao.connect.synonyms import EXACT, field_scores, plain, vocabulary

_SURE = 0.9
_MOST_WORDS = 40
_LEAST_EMPTY = 0.3
"""Share of rows without an order, at least, for an order to stand above a group of rows."""

_MOST_CANCELLED = 0.3
"""Share of rows up to which words such as 'void' can say that bookings were taken back."""

_MOST_EVENTS = 500
_MOST_AT_ONCE = 0.2
"""Share of rows that begin while another one of a machine goes on, at most."""

_MOST_MACHINES = 300
_FEW = 3.0
_MOST_OPERATIONS = 0.5
_SINGLE = 1.05
_SEVERAL = 1.5
_STAMPS = ("timestamp", "end_at", "start_at")
_ONE_PER_ORDER = ("order_id", "lot_id", "product", "family", "order_quantity", "due_at", "release_at", "priority", "order_operation")  # fmt: skip


def one_clock(guess: FieldGuess) -> str | None:
    r"""Return the field of the only clock time of a table; None if it has several, or a duration.

    Examples
    --------
    >>> from zhizao.connect.files.text_files import table_of_text
    >>> text = "order,station,scan time\nA,cut,2024-01-01 08:00\n"
    >>> one_clock(FieldGuess(table_of_text(text, name="a.csv", encoding="utf-8")))
    'timestamp'
    """
    found = [field for field in _STAMPS if field in guess.columns]
    return found[0] if len(found) == 1 and "duration" not in guess.columns else None


def settle_lifecycle(guess: FieldGuess) -> None:
    """Find the column that says start or end by its values, where a row has one clock time."""
    if "lifecycle" in guess.columns or "order_id" not in guess.columns or not one_clock(guess):
        return
    for name in [
        guess.columns[f] for f in ("outcome", "kind") if f in guess.columns
    ] + guess.free():
        profile = guess.profiles[name]
        if not 2 <= profile.n_unique <= _MOST_WORDS:
            continue
        known = guess.transitions(name)
        said = int(guess.sample[name].cast(pl.String).is_in(list(known)).sum())
        if {"start", "end"} <= set(known.values()) and said >= _SURE * max(profile.n_cells, 1):
            guess.drop(*[f for f in ("outcome", "kind") if guess.columns.get(f) == name])
            guess.columns["lifecycle"] = name
            guess.notes.append(f"'{name}' says start or end, by its values.")
            return


def settle_table_name(guess: FieldGuess) -> None:
    """Take the name of a table as the machine or the date of its rows, where no column says it."""
    columns = guess.columns
    names = guess.sample.columns
    if BLOCK_DATE in names and "date" not in columns:
        columns["date"] = BLOCK_DATE
        guess.notes.append("The date that stands alone above a group of rows is that of its rows.")
    elif DATE in names and "date" not in columns:
        columns["date"] = DATE
        guess.notes.append("The name of the table is the date of its rows.")
    if NAME not in names or "resource" in columns or not {"start_at", "end_at"} <= columns.keys():
        return
    if _at_once(guess, NAME) <= _MOST_AT_ONCE:
        columns["resource"] = NAME
        guess.notes.append(
            "The name of the table is the resource: no column names one, and hardly any of its rows overlap."
        )


def _at_once(guess: FieldGuess, name: str) -> float:
    """Return the share of rows that begin while another one with the same value of a column goes on."""
    start, end = (guess.instants(guess.columns[f]) for f in ("start_at", "end_at"))
    spans = pl.DataFrame({"start": start, "end": end, "of": guess.sample[name]}).drop_nulls()
    before = pl.col("end").cum_max().shift(1).over("of")
    share = spans.sort("start", "end").select((pl.col("start") < before).mean()).item()
    return float(share or 0.0)


def settle_step(guess: FieldGuess) -> None:
    """Take the step as the operation where no column names that, or the text that goes with it."""
    step = guess.columns["step"]
    for name in guess.free():
        profile = guess.profiles[name]
        if max(profile.instant, profile.number, profile.duration) >= READABLE:
            continue
        pairs = guess.table.frame.select(step, name).drop_nulls().unique()
        if 1 < pairs.height == pairs[step].n_unique() and profile.n_unique > 1:
            guess.columns["operation"] = name
            guess.notes.append(f"'{name}' names the operation: each '{step}' has one of its texts.")
            return
    guess.columns["operation"] = guess.columns.pop("step")
    guess.notes.append(f"'{step}' names the operation; there is no other name of it.")


def settle_machine(guess: FieldGuess) -> None:
    """Find the resource by its values where no column is named like one.

    Each value does one operation, an operation is done by several, and hardly any two rows of
    a value overlap, as those of a machine.
    """
    columns = guess.columns
    if "resource" in columns or not {"operation", "start_at", "end_at"} <= columns.keys():
        return
    if "start_date" in columns:  # the clock times alone do not tell what overlaps
        return
    operation = columns["operation"]
    for name in guess.free():
        profile = guess.profiles[name]
        is_text = max(profile.instant, profile.number, profile.duration) < READABLE
        if not is_text or profile.n_cells < _SURE * profile.n_rows:
            continue
        pairs = guess.sample.select(name, operation).drop_nulls().unique()
        is_machine = guess.profiles[operation].n_unique < pairs.height == profile.n_unique
        if (
            is_machine
            and profile.n_unique <= _MOST_MACHINES
            and _at_once(guess, name) <= _MOST_AT_ONCE
        ):
            columns["resource"] = name
            guess.notes.append(
                f"'{name}' is the resource by its values only: each does one operation at a time. Check it."
            )
            return


def settle_site(guess: FieldGuess) -> None:
    """Tell machines of one name apart by the plant that they stand in."""
    resource = guess.columns.get("resource")
    if resource is None:
        return
    for name in guess.free():
        is_site = plain(name) in vocabulary("words", "site")
        if not is_site or not 2 <= guess.profiles[name].n_unique <= _MOST_WORDS:
            continue
        pairs = guess.table.frame.select(name, resource).drop_nulls().unique()
        if pairs.height > pairs[resource].n_unique():
            guess.columns["site"] = name
            guess.notes.append(
                f"'{resource}' has the same names in several of '{name}': they are kept apart."
            )
            return


def settle_order(guess: FieldGuess) -> None:
    """Take the column that groups operations as the order, where several columns are named like one."""
    columns = guess.columns
    taken = columns.get("order_id")
    if taken is None:
        return
    for other in guess.free():
        if field_scores(other).get("order_id", 0.0) < EXACT:
            continue
        pairs = guess.table.frame.select(taken, other).drop_nulls().unique()
        n_taken, n_other = pairs[taken].n_unique(), pairs[other].n_unique()
        if n_taken == 0 or n_other == 0:
            continue
        if not {"operation", "order_operation"} & columns.keys():
            spread = pairs.height / n_taken >= _FEW and pairs.height / n_other > 1.0
            if spread and n_taken <= _MOST_OPERATIONS * n_other:
                columns["operation"], columns["order_id"] = taken, other
                guess.notes.append(f"'{taken}' names the operations of '{other}', by its values.")
                return
        elif "operation" in columns and pairs.height == n_taken and n_other < n_taken:
            operation = columns["operation"]
            done = guess.table.frame.select(taken, other, operation).drop_nulls().unique()
            if done.height <= _SINGLE * n_taken and done.height >= _SEVERAL * n_other:
                columns["order_id"] = other
                guess.notes.append(
                    f"'{other}' is the order: each '{taken}' is a single operation of one."
                )
                return


def settle_named_events(guess: FieldGuess) -> None:
    """Find operations whose names say that they begin or end: 'Sawing started'."""
    columns = guess.columns
    if "lifecycle" in columns or not {"order_id", "operation"} <= columns.keys():
        return
    if not one_clock(guess):
        return
    name = columns["operation"]
    values = [str(v) for v in guess.table.frame[name].drop_nulls().unique(maintain_order=True)]
    found = {value: operation_of_event(value) for value in values[:_MOST_EVENTS]}
    events = {value: event for value, event in found.items() if event is not None}
    begun = {operation for operation, role in events.values() if role == "start"}
    ended = {operation for operation, role in events.values() if role == "end"}
    if len(events) < _SURE * len(values) or len(begun & ended) < _SURE * len(begun | ended):
        return
    columns["lifecycle"] = name
    guess.named_events = {value: role for value, (_, role) in events.items()}
    guess.notes.append(f"'{name}' names an operation and whether it begins or ends.")


def settle_changes(guess: FieldGuess) -> bool:
    """Return whether each row begins a state of a machine that lasts until its next row."""
    columns = guess.columns
    field = one_clock(guess)
    if (
        field in {None, "end_at"}
        or "kind" not in columns
        or "resource" not in columns
        or "lifecycle" in columns
    ):
        return False
    kinds = set(guess.kinds(columns["kind"]).values())
    if "order_id" in columns and not ("run" in kinds and kinds & {"idle", "down"}):
        return False
    if "order_id" not in columns and len(kinds) < 2:
        return False
    columns["timestamp"] = columns.pop(str(field))
    guess.notes.append(
        f"'{columns['timestamp']}' is the only clock time: each state lasts until the next row of its resource."
    )
    return True


def settle_cancelled(guess: FieldGuess) -> None:
    """Find the column whose words say that a booking was taken back, where no flag says so."""
    if "is_cancelled" in guess.columns:
        return
    candidates = [
        guess.columns[f] for f in ("outcome", "kind") if f in guess.columns
    ] + guess.free()
    for name in candidates:
        if guess.profiles[name].n_unique > _MOST_WORDS:
            continue
        values = guess.table.frame[name].drop_nulls().cast(pl.String).unique()
        said = [v for v in values if plain(v) in vocabulary("words", "cancelled")]
        n_said = int(guess.table.frame[name].cast(pl.String).is_in(said).sum())
        if 0 < n_said <= _MOST_CANCELLED * guess.table.frame.height:
            guess.columns["is_cancelled"] = name
            guess.columns.setdefault("outcome", name)
            guess.notes.append(f"'{name}' says which bookings were cancelled, by its values.")
            return


def note_setup(guess: FieldGuess) -> None:
    """Say how a column of setup times is read."""
    if name := guess.columns.get("setup_duration"):
        guess.notes.append(
            f"'{name}' is the setup at the start of each row, within its start and end."
        )


def settle_joined(guess: FieldGuess) -> None:
    """Find the column that holds an order and an operation, where one of them has no column."""
    columns = guess.columns
    if "order_operation" in columns:
        if {"order_id", "operation"} <= columns.keys():
            guess.drop("order_operation")
        return
    if "order_id" in columns and {"operation", "step"} & columns.keys():
        return
    candidates = [columns["order_id"]] if "order_id" in columns else guess.free()
    for name in candidates:
        if guess.profiles[name].clock >= READABLE or guess.joined_share(name) < _SURE:
            continue
        if columns.get("order_id") == name:
            parts = guess.sample[name].cast(pl.String).str.extract(r"[/|_:\\ ]\s*(\d{2,4})$", 1)
            if parts.null_count() > (1.0 - _SURE) * len(parts):
                continue
            columns.pop("order_id")
        columns["order_operation"] = name
        guess.notes.append(f"'{name}' holds order and operation, apart by its last sign.")
        return


def settle_resource(guess: FieldGuess) -> None:
    """Take the single machine as the resource where a column names it beside its group."""
    taken = guess.columns.get("resource")
    if taken is None:
        return
    for name in guess.free():
        profile, group = guess.profiles[name], guess.profiles[taken]
        is_named = field_scores(name).get("resource", 0.0) >= EXACT
        if (
            not is_named
            or profile.n_cells < _SURE * profile.n_rows
            or profile.n_unique <= group.n_unique
        ):
            continue
        pairs = guess.sample.select(name, taken).drop_nulls().unique()
        if pairs[name].n_unique() == pairs.height:
            guess.columns["resource"] = name
            guess.notes.append(
                f"'{name}' is the resource; '{taken}' is the group that it belongs to."
            )
            return


def grouped_columns(guess: FieldGuess) -> tuple[str, ...]:
    """Return the columns that are filled only in the first row of each order's group."""
    field = "order_id" if "order_id" in guess.columns else "order_operation"
    name = guess.columns.get(field)
    if name is None or field == "order_operation":
        return ()
    frame = guess.table.frame
    order = frame[name]
    if order.is_null().mean() < _LEAST_EMPTY or order.is_null()[0]:  # type: ignore[operator]
        return ()
    work = [
        guess.columns[f]
        for f in ("operation", "start_at", "end_at", "timestamp")
        if f in guess.columns
    ]
    is_work = frame.select(pl.all_horizontal(pl.col(work).is_not_null())).to_series()
    named = order.drop_nulls()
    if not work or float(is_work.mean()) < _SURE or named.n_unique() < len(named):  # type: ignore[arg-type]
        return ()
    if not (is_work & order.is_not_null()).any():
        return ()
    found = [
        guess.columns[f]
        for f in _ONE_PER_ORDER
        if f in guess.columns
        and not (frame[guess.columns[f]].is_not_null() & order.is_null()).any()
    ]
    names = ", ".join(f"'{n}'" for n in found)
    guess.notes.append(
        f"Empty cells of {names} mean what stands above them: a group of rows has one order."
    )
    return tuple(found)
