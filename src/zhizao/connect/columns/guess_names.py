"""Guess which column names the order, the operation and its machine where no title says so."""

import polars as pl

from zhizao.connect.columns.guess_fields import INSTANTS, READABLE, FieldGuess
from zhizao.connect.synonyms import field_scores

_ROWS_PER_NAME = 1.5
"""Rows that a name of an order or operation has on average, at least."""


_NO_NAMES = INSTANTS | {
    "good_quantity", "scrap_quantity", "hold_quantity", "order_quantity", "quantity", "duration",
    "planned_duration", "setup_duration", "lifecycle", "outcome", "is_cancelled", "is_rework",
}  # fmt: skip
"""What a column's name may say that no name of an order, operation or machine stands in."""

_SURE = 0.95
_FILLED = 0.9
"""Share of rows in which such a name stands, at least."""


def _names_in(guess: FieldGuess) -> list[tuple[int, str]]:
    """Return free text columns whose values come back, with how many different ones they have."""
    found = []
    for name in guess.free():
        profile = guess.profiles[name]
        is_text = max(profile.instant, profile.number, profile.duration) < READABLE
        comes_back = 2 <= profile.n_unique <= profile.n_cells / _ROWS_PER_NAME
        if _says_another(name):
            continue
        if is_text and comes_back and profile.n_cells > _FILLED * profile.n_rows:
            found.append((profile.n_unique, name))
    return sorted(found)


def _says_another(name: str) -> bool:
    """Return whether a column's name says that it holds amounts, times or reasons, not names."""
    return bool(field_scores(name).keys() & _NO_NAMES)


def order_from_values(guess: FieldGuess) -> None:
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


def operation_from_values(guess: FieldGuess) -> None:
    """Take a text column whose values come back as the operation, the one with most values.

    What never changes within an order, such as a product and its family, is none.
    """
    order = guess.columns.get("order_id")
    if names := [
        (n, name) for n, name in _names_in(guess) if order is None or _changes(guess, order, name)
    ]:
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
    """Return names nearly each of which goes with one of the fewer names of another column, and that."""
    for n_machines, machine in reversed(names):
        for n_operations, operation in reversed(names):
            if operation == machine or not 1 < n_operations < n_machines:
                continue
            pairs = (
                guess.sample.select(machine, operation)
                .drop_nulls()
                .group_by(machine, operation)
                .len()
            )
            usual = pairs.group_by(machine).agg(
                pl.col("len").max(), pl.col("len").sum().alias("all")
            )
            if float(usual["len"].sum()) >= _SURE * float(usual["all"].sum()):
                return machine, operation
    return None


def _changes(guess: FieldGuess, order: str, name: str) -> bool:
    """Return whether a column has several values in most orders with several rows."""
    per_order = (
        guess.table.frame.select(order, name).drop_nulls().group_by(order)
        .agg(pl.col(name).n_unique().alias("n"), pl.len()).filter(pl.col("len") > 1)
    )  # fmt: skip
    share = per_order.select((pl.col("n") > 1).mean()).item()
    return share is None or float(share) > 1.0 - _SURE
