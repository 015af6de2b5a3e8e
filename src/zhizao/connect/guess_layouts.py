"""Guess layouts that values show: events, states, groups under one order, bookings taken back."""

import polars as pl

from zhizao.connect.guess_fields import READABLE, FieldGuess
from zhizao.connect.synonyms import EXACT, field_scores, plain, vocabulary

_SURE = 0.9
_MOST_WORDS = 40
_LEAST_EMPTY = 0.3
"""Share of rows without an order, at least, for an order to stand above a group of rows."""

_MOST_CANCELLED = 0.3
"""Share of rows up to which words such as 'void' can say that bookings were taken back."""

_STAMPS = ("timestamp", "end_at", "start_at")
_ONE_PER_ORDER = ("order_id", "lot_id", "product", "family", "order_quantity", "due_at", "release_at", "priority", "order_operation")  # fmt: skip


def one_clock(guess: FieldGuess) -> str | None:
    r"""Return the field of the only clock time of a table; None if it has several, or a duration.

    Examples
    --------
    >>> from zhizao.connect.text_files import table_of_text
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
        if guess.joined_share(name) < _SURE:
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


def compact_clock(guess: FieldGuess, name: str) -> bool:
    """Return whether a column holds clock times such as 081500."""
    cells = guess.sample[name].drop_nulls().cast(pl.String)
    fits = cells.str.contains(r"^(?:[01]?\d|2[0-3])[0-5]\d[0-5]\d$")
    return len(cells) > 0 and int(fits.sum()) >= READABLE * len(cells)
