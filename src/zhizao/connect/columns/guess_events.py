"""Guess what a row reports: a whole operation, an event of one, a state of a machine, a booking taken back."""

import polars as pl

from zhizao.connect.columns.event_words import operation_of_event
from zhizao.connect.columns.guess_fields import FieldGuess
from zhizao.connect.mapping import Transition
from zhizao.connect.synonyms import plain, vocabulary
from zhizao.connect.values.instants import parse_instants

_SURE = 0.9
_MOST_WORDS = 40
_MOST_CANCELLED = 0.3
"""Share of rows up to which words such as 'void' can say that bookings were taken back."""

_MOST_EVENTS = 500
_TWO = 2
_STAMPS = ("timestamp", "end_at", "start_at")


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


def settle_two_events(guess: FieldGuess) -> None:
    """Find the column of two words that take turns at each place of an order: the first is the start."""
    columns = guess.columns
    field = one_clock(guess)
    if "lifecycle" in columns or "order_id" not in columns or field is None:
        return
    places = [columns[f] for f in ("operation", "resource", "step") if f in columns]
    at = guess.table.frame[columns[field]]
    when = parse_instants(at, date_order=guess.date_order, time_zone="UTC").alias("\0at")
    candidates = [columns[f] for f in ("outcome", "kind", "operation") if f in columns]
    for name in dict.fromkeys(candidates + guess.free()):
        key = [columns["order_id"], *(p for p in places if p != name)]
        if guess.profiles[name].n_unique != _TWO or len(key) < _TWO:
            continue
        rows = guess.table.frame.select(*key, pl.col(name).alias("\0word")).with_columns(when)
        turns = (
            rows.drop_nulls()
            .with_row_index("\0n")
            .sort("\0at", "\0n")
            .group_by(key, maintain_order=True)
            .agg(pl.col("\0word").first().alias("first"), pl.col("\0word").last().alias("last"), pl.len().alias("n"),
                 (pl.col("\0word") != pl.col("\0word").shift(1)).mean().alias("turns"))
        )  # fmt: skip
        first = turns["first"].mode()
        is_turn = (
            (pl.col("first") == first[0]) & (pl.col("last") != first[0]) & (pl.col("turns") == 1.0)
        )
        if len(first) == 1 and float(turns.select(is_turn.mean()).item() or 0.0) >= _SURE:
            last = next(v for v in rows["\0word"].drop_nulls().unique() if v != first[0])
            guess.drop(*[f for f in ("outcome", "kind", "operation") if columns.get(f) == name])
            columns["lifecycle"] = name
            guess.named_events = {str(first[0]): "start", str(last): "end"}
            guess.notes.append(
                f"'{name}' has '{first[0]}' and '{last}' by turns: read as start and end. Check it."
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


def settle_events(guess: FieldGuess) -> dict[str, Transition]:
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
