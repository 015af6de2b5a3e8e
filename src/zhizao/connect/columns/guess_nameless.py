"""Guess a table whose names of columns say nothing ('c1', 'c2'): values alone, and each guess is told."""

from itertools import combinations

import numpy as np
import polars as pl

from zhizao.connect.columns.guess_fields import READABLE, FieldGuess
from zhizao.connect.columns.guess_machines import at_once
from zhizao.connect.synonyms import field_scores
from zhizao.connect.values.cells import parse_numbers

_SURE = 0.95
_LEAST_SHARED = 0.5
_FILLED = 0.9


def is_nameless(guess: FieldGuess) -> bool:
    r"""Return whether no column of a table has a name that says what it is.

    Examples
    --------
    >>> from zhizao.connect.files.text_files import table_of_text
    >>> is_nameless(FieldGuess(table_of_text("c1,c2\nA,1\n", name="a.csv", encoding="utf-8")))
    True
    """
    return not any(field_scores(name) for name in guess.sample.columns)


def settle_nameless_places(guess: FieldGuess) -> None:
    """Take the two texts that tell most about each other as operation and machine.

    People change between both. The machine is the one whose rows overlap less.
    """
    columns = guess.columns
    if columns.keys() & {"operation", "resource"} or not {"order_id", "start_at", "end_at"} <= columns.keys():  # fmt: skip
        return
    texts = [name for name in guess.free() if _is_text(guess, name) and _changes(guess, name)]
    shared = {pair: _shared(guess, *pair) for pair in combinations(texts, 2)}
    best = max(shared, key=shared.__getitem__, default=None)
    if best is None or shared[best] < _LEAST_SHARED:
        return
    machine, operation = sorted(
        best, key=lambda name: (at_once(guess, name), -guess.profiles[name].n_unique)
    )
    columns["resource"], columns["operation"] = machine, operation
    guess.notes.append(f"'{machine}' is the resource by its values only. Check it.")
    guess.notes.append(f"'{operation}' is the operation by its values only. Check it.")


def settle_nameless_amounts(guess: FieldGuess) -> None:
    """Take what is one in each order as product and ordered pieces, and what changes as good and bad pieces."""
    columns = guess.columns
    if "order_id" not in columns:
        return
    fixed = [name for name in guess.free() if not _changes(guess, name)]
    products = [n for n in fixed if _is_text(guess, n) and guess.profiles[n].n_unique > 1]
    ordered = [n for n in fixed if _is_amount(guess, n)]
    made = sorted(
        (n for n in guess.free() if n not in fixed and _is_amount(guess, n)),
        key=lambda n: -float(parse_numbers(guess.sample[n], decimal=guess.decimal).sum()),
    )
    told = {
        "product": max(products, key=lambda n: guess.profiles[n].n_unique, default=None),
        "order_quantity": ordered[0] if len(ordered) == 1 else None,
        "good_quantity": made[0] if made and len(made) <= len(_MADE) else None,
        "scrap_quantity": made[1] if len(made) == len(_MADE) else None,
    }
    for field, name in told.items():
        if name is not None and field not in columns:
            columns[field] = name
            guess.notes.append(f"'{name}' is {field} by its values only. Check it.")


_MADE = ("good_quantity", "scrap_quantity")


def _is_text(guess: FieldGuess, name: str) -> bool:
    one = guess.profiles[name]
    is_filled = one.n_cells >= _FILLED * one.n_rows
    return is_filled and max(one.instant, one.number, one.duration) < READABLE and one.n_unique > 1


def _is_amount(guess: FieldGuess, name: str) -> bool:
    one = guess.profiles[name]
    return one.number >= _SURE and one.n_cells >= _FILLED * one.n_rows and one.n_unique > 1


def _changes(guess: FieldGuess, name: str) -> bool:
    """Return whether a column has several values in more than a few orders."""
    order = guess.columns["order_id"]
    pairs = guess.table.frame.select(order, name).drop_nulls()
    n_orders = pairs[order].n_unique()
    return pairs.unique().height > n_orders + (1.0 - _SURE) * n_orders


def _shared(guess: FieldGuess, a: str, b: str) -> float:
    """Return the mutual information of two columns as a share of the smaller entropy of the two."""
    counts = guess.sample.select(a, b).drop_nulls().group_by(a, b).len()
    if counts.height == 0:
        return 0.0

    def entropy(of: pl.Series) -> float:
        share = of.to_numpy() / of.sum()
        return float(-(share * np.log(share)).sum())

    both = entropy(counts["len"])
    alone = [entropy(counts.group_by(n).agg(pl.col("len").sum())["len"]) for n in (a, b)]
    return (sum(alone) - both) / max(min(alone), 1e-12)
