"""Guess which column is the order, which its operation, and what belongs to the order alone."""

import polars as pl

from zhizao.connect.columns.guess_fields import READABLE, FieldGuess
from zhizao.connect.synonyms import EXACT, field_scores, plain, vocabulary

_SURE = 0.9
_UNIQUE_ORDERS = 0.95
"""Share of different order ids above which a table without operations lists orders."""

_LEAST_EMPTY = 0.3
"""Share of rows without an order, at least, for an order to stand above a group of rows."""

_FEW = 3.0
_MOST_OPERATIONS = 0.5
_SINGLE = 1.05
_SEVERAL = 1.5
_EVENTS_EACH = 3.2
"""Rows of a piece at a place, at most: arrival, begin and end, and some rework."""
_ONE_PER_ORDER = ("order_id", "lot_id", "product", "family", "order_quantity", "due_at", "release_at", "priority", "order_operation")  # fmt: skip


def settle_order(guess: FieldGuess) -> None:
    """Take the column that groups operations as the order, where several columns are named like one."""
    columns = guess.columns
    taken = columns.get("order_id")
    if taken is None:
        _settle_order_named_operation(guess)
        _settle_order_named_product(guess)
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


def _settle_order_named_operation(guess: FieldGuess) -> None:
    """Take 'OP' as the order where its values are many and another column names few operations.

    It is short for an operation in English and for a production order in Portuguese.
    """
    columns = guess.columns
    taken = columns.get("operation")
    if taken is None or "lot_id" in columns:
        return
    for other in guess.free():
        is_operation = field_scores(other).get("operation", 0.0) > 0.0
        n_taken, n_other = (guess.profiles[n].n_unique for n in (taken, other))
        if is_operation and guess.profiles[other].number < READABLE and n_taken > _FEW * n_other:
            columns["order_id"], columns["operation"] = taken, other
            guess.notes.append(f"'{taken}' is the order by its values: '{other}' names operations.")
            return


def _settle_order_named_product(guess: FieldGuess) -> None:
    """Take 'part id' as the order where each of its values comes once to each place.

    In a simulated run, and where pieces have numbers, the piece is what moves.
    """
    columns = guess.columns
    taken = columns.get("product")
    place = columns.get("operation", columns.get("resource"))
    if taken is None or place is None or columns.keys() & {"order_id", "lot_id", "order_operation"}:
        return
    rows = guess.table.frame.select(taken, place).drop_nulls()
    n_taken = rows[taken].n_unique()
    n_events = rows.height / max(rows.unique().height, 1)
    if n_taken < _FEW or rows.height < _SEVERAL * n_taken or n_events > _EVENTS_EACH:
        return
    columns["order_id"] = columns.pop("product")
    guess.notes.append(f"'{taken}' is the order: each comes once to each place.")
    for other in guess.free():
        is_said = "product" in field_scores(other) or plain(other) in vocabulary("words", "type")
        pairs = guess.table.frame.select(taken, other).drop_nulls().unique()
        if is_said and 1 < guess.profiles[other].n_unique < n_taken == pairs.height:
            columns["product"] = other
            return


def settle_operation(guess: FieldGuess) -> None:
    """Take the column with names as the operation where another one has its numbers or codes."""
    columns = guess.columns
    taken = columns.get("operation")
    if taken is None:
        return
    is_number = guess.profiles[taken].number >= _SURE
    if not is_number and not _is_coded(guess, taken):
        return
    named = sorted(
        (-score, name) for name in guess.free() if (score := _operation_score(guess, name)) > 0.0
    )
    for _, name in named:
        pairs = guess.table.frame.select(taken, name).drop_nulls().unique()
        is_name_of_it = 1 < pairs.height == pairs[taken].n_unique() and not _is_coded(guess, name)
        if is_number or is_name_of_it:
            columns["operation"] = name
            if is_number:
                columns.setdefault("step", taken)
            guess.notes.append(f"'{name}' names the operation, '{taken}' has its numbers or codes.")
            return


def _operation_score(guess: FieldGuess, name: str) -> float:
    """Return how well a column's name says that its texts, several and in most rows, are operations."""
    profile = guess.profiles[name]
    is_text = max(profile.instant, profile.number, profile.duration) < READABLE
    if not is_text or profile.n_unique == 1 or profile.n_cells < _SURE * profile.n_rows:
        return 0.0
    return field_scores(name).get("operation", 0.0)


def _is_coded(guess: FieldGuess, name: str) -> bool:
    """Return whether all cells of a column have a digit, as codes do."""
    return bool(guess.sample[name].drop_nulls().cast(pl.String).str.contains(r"\d").all())


def settle_product(guess: FieldGuess) -> None:
    """Take a column called a type as the product where each order has one of a few, and no other says it."""
    columns = guess.columns
    order = columns.get("order_id")
    if order is None or "product" in columns:
        return
    for name in guess.free():
        profile = guess.profiles[name]
        if (
            plain(name) not in vocabulary("words", "type")
            or profile.n_cells < _SURE * profile.n_rows
        ):
            continue
        pairs = guess.table.frame.select(order, name).drop_nulls().unique()
        n_orders = pairs[order].n_unique()
        if 2 <= profile.n_unique < n_orders == pairs.height:
            columns["product"] = name
            guess.notes.append(
                f"'{name}' is the product by its values: each order has one of them."
            )
            return


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
        column
        for column in dict.fromkeys(guess.columns[f] for f in _ONE_PER_ORDER if f in guess.columns)
        if not (frame[column].is_not_null() & order.is_null()).any()
    ]
    names = ", ".join(f"'{n}'" for n in found)
    guess.notes.append(
        f"Empty cells of {names} mean what stands above them: a group of rows has one order."
    )
    return tuple(found)


def is_order_table(guess: FieldGuess) -> bool:
    """Return whether a table lists orders, each once, and reports no work."""
    columns = guess.columns
    if "order_id" not in columns or columns.keys() & {"operation", "resource", "lifecycle"}:
        return False
    ids = guess.table.frame[columns["order_id"]].drop_nulls()
    wanted = {"due_at", "order_quantity", "quantity", "release_at", "product"}
    return bool(columns.keys() & wanted) and ids.n_unique() >= _UNIQUE_ORDERS * len(ids)


def settle_order_table(guess: FieldGuess) -> None:
    """Read quantity, start and end of an order table as what was ordered and when; drop the rest."""
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


def settle_quantity(guess: FieldGuess) -> None:
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
