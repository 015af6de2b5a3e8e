"""Operations that a routing has more than once: each occurrence is a step of its own.

A transport that every order takes four times is no rework. Where at least
half of the orders of a product come to an operation again, the second visit is
another step; only what goes beyond is a repeat. But where of those that came back about
as many come back once more, it is rework, however frequent. Inside the room such a step is
called by its label, the operation's name and the number of the occurrence; that of
an extra visit (``detours``) says that it is one.
"""

from collections.abc import Mapping, Sequence

import polars as pl

_REGULAR_SHARE = 0.5
_NEARLY_ALL, _AS_OFTEN, _ENOUGH_MORE = 0.95, 0.5, 5
"""Where fewer come back, and of those about as many once more, it is rework and no step."""

_OWN_ORDERS = 3
_MARK = "\x1f"
_EXTRA = "\x1e"


def base_of(label: str) -> str:
    """Return the operation that a label stands for.

    Examples
    --------
    >>> base_of("weld")
    'weld'
    """
    return label.partition(_MARK)[0].partition(_EXTRA)[0]


def label_of(operation: str, occurrence: int) -> str:
    """Return the label of an operation's n-th occurrence in a routing, counted from 0."""
    return operation if occurrence == 0 else f"{operation}{_MARK}{occurrence + 1}"


def occurrence_of(label: str) -> int:
    """Return which occurrence of its operation a label stands for, counted from 0.

    Examples
    --------
    >>> occurrence_of("weld"), occurrence_of(label_of("weld", 1)), occurrence_of(extra_label_of("weld", 2))
    (0, 1, 2)
    """
    number = label.replace(_EXTRA, _MARK).partition(_MARK)[2]
    return int(number) - 1 if number else 0


def extra_label_of(operation: str, occurrence: int) -> str:
    """Return the label of an extra visit, the n-th occurrence of its operation, counted from 0."""
    return f"{operation}{_EXTRA}{occurrence + 1}"


def is_extra(label: str) -> bool:
    """Return whether a label is that of an extra visit: rework without the steps between.

    Examples
    --------
    >>> is_extra("weld"), is_extra(label_of("weld", 1)), is_extra(extra_label_of("weld", 1))
    (False, False, True)
    """
    return _EXTRA in label


def is_extra_visit() -> pl.Expr:
    """Return whether the operation of a visit is the label of an extra one.

    Examples
    --------
    >>> pl.DataFrame({"operation": ["weld", extra_label_of("weld", 1)]}).select(is_extra_visit()).to_series().to_list()
    [False, True]
    """
    return pl.col("operation").str.contains(_EXTRA, literal=True)


def regular_occurrences(visits: pl.DataFrame, orders: set[str]) -> dict[tuple[str, str], int]:
    """Return how often each product's routing has each operation, at least once.

    Parameters
    ----------
    visits
        As from ``visits_of``.
    orders
        The orders that count as examples.

    Returns
    -------
    dict
        (product, operation) → occurrences; where a product has fewer than
        three examples, those of all products together.
    """
    examples = visits.filter(pl.col("order_id").is_in(orders))
    n_orders = dict(examples.group_by("product").agg(pl.col("order_id").n_unique()).iter_rows())
    pooled = _occurrences(examples.with_columns(product=pl.lit("")))
    own = _occurrences(examples)
    found = {}
    for product, operation in visits.select("product", "operation").unique().iter_rows():
        if n_orders.get(product, 0) >= _OWN_ORDERS:
            found[product, operation] = own.get((product, operation), 1)
        else:
            found[product, operation] = pooled.get(("", operation), 1)
    return found


def _occurrences(examples: pl.DataFrame) -> dict[tuple[str, str], int]:
    key = ["product", "operation"]
    counted = (
        examples.group_by(*key, "pass")
        .agg(pl.col("order_id").n_unique().alias("n"))
        .sort(*key, "pass")
    )
    by_key = counted.group_by(key, maintain_order=True).agg("n")
    return {(str(p), str(o)): _regular(n) for p, o, n in by_key.iter_rows()}


def _regular(n: Sequence[int]) -> int:
    """Return how many occurrences are steps, of the orders that came once, twice and so on.

    Examples
    --------
    >>> _regular([100, 100, 100]), _regular([100, 60, 2]), _regular([100, 60, 36, 22])
    (3, 2, 1)
    """
    for k in range(1, len(n)):
        n_more = n[k + 1] if k + 1 < len(n) else 0
        back, again = n[k] / n[k - 1], n_more / n[k]
        is_loop = n_more >= _ENOUGH_MORE and back < _NEARLY_ALL and again >= _AS_OFTEN * back
        if n[k] < _REGULAR_SHARE * n[0] or is_loop:
            return k
    return len(n)


def with_labels(visits: pl.DataFrame, occurrences: Mapping[tuple[str, str], int]) -> pl.DataFrame:
    """Return the visits under their labels; ``pass`` counts only what goes beyond the routing.

    Examples
    --------
    >>> visits = pl.DataFrame({"product": "P", "operation": "move", "pass": [0, 1, 2]})
    >>> labelled = with_labels(visits, {("P", "move"): 2})
    >>> [base_of(o) for o in labelled["operation"]], labelled["pass"].to_list()
    (['move', 'move', 'move'], [0, 0, 1])
    """
    known = pl.DataFrame(
        [(p, o, n) for (p, o), n in occurrences.items()],
        schema={"product": pl.String, "operation": pl.String, "n_regular": pl.Int64},
        orient="row",
    ).unique(["product", "operation"], keep="first")
    last = pl.col("n_regular").fill_null(1) - 1
    occurrence = pl.min_horizontal("pass", last)
    label = pl.when(occurrence > 0).then(
        pl.concat_str("operation", pl.lit(_MARK), (occurrence + 1).cast(pl.String))
    )
    labelled = visits.join(known, on=["product", "operation"], how="left", maintain_order="left")
    return labelled.with_columns(
        label.otherwise("operation").alias("operation"),
        pl.max_horizontal(pl.lit(0), pl.col("pass") - last).cast(pl.Int64).alias("pass"),
    ).drop("n_regular")
