"""Orders: from an order table where there is one, else from the reports."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from zhizao._base.errors import RecordsError
from zhizao.connect.verdict import Text, text
from zhizao.model.files.bulk import in_bulk
from zhizao.model.order import Order

UNKNOWN_PRODUCT = "unknown"
"""Product of an order that states none."""

_LONGEST_NAME = 200
_FIELDS = {
    "order_id": pl.String(),
    "product": pl.String(),
    "family": pl.String(),
    "order_quantity": pl.Float64(),
    "due_at": pl.Datetime("us", "UTC"),
    "release_at": pl.Datetime("us", "UTC"),
    "priority": pl.Int64(),
}


@dataclass(frozen=True, kw_only=True)
class DerivedOrders:
    """Orders, and what had to be assumed about them."""

    orders: tuple[Order, ...]
    notes: tuple[Text, ...]


def order_fields(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the order's own fields of a table, absent ones empty.

    Examples
    --------
    >>> order_fields(pl.DataFrame({"order_id": ["A"], "other": [1]})).columns[:3]
    ['order_id', 'product', 'family']
    """
    return frame.select(
        pl.col(name).cast(dtype) if name in frame.columns else pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in _FIELDS.items()
    )


def derive_orders(
    operations: pl.DataFrame, stated: Sequence[pl.DataFrame], *, reported: pl.DataFrame
) -> DerivedOrders:
    """Return one order for every order id.

    Parameters
    ----------
    operations : DataFrame
        Rows of the records schema that were kept.
    stated
        Rows of order tables, by :func:`order_fields`; they win.
    reported : DataFrame
        The order's fields as the reports state them.

    Raises
    ------
    RecordsError
        If an id or a product is longer than a name may be.
    """
    modes = (
        reported.filter(pl.col("product").is_not_null())
        .group_by("order_id", "product", maintain_order=True)
        .len()
        .sort("len", descending=True, maintain_order=True)
        .group_by("order_id", maintain_order=True)
        .agg(pl.col("product").first().alias("usual_product"), pl.len().alias("n_products"))
    )
    # What the first report says was known from then on; a later one may know the future.
    in_time = reported.with_columns(
        operations.select(pl.coalesce("start_at", "end_at").alias("at")).to_series()
    ).sort("at", nulls_last=True, maintain_order=True)
    by_report = in_time.group_by("order_id", maintain_order=True).agg(
        pl.col("order_quantity").max().alias("reported_quantity"),
        *(
            pl.col(name).first().alias(f"reported_{name}")
            for name in ("due_at", "release_at", "priority")
        ),
    )
    good = operations.group_by("order_id").agg(pl.col("good_quantity").max().alias("largest_good"))
    table = pl.concat(stated) if stated else order_fields(pl.DataFrame({"order_id": []}))
    table = table.drop_nulls("order_id").unique("order_id", keep="first", maintain_order=True)
    ids = pl.concat([table["order_id"], operations["order_id"].drop_nulls()]).unique(
        maintain_order=True
    )
    rows = ids.to_frame().join(table, on="order_id", how="left", maintain_order="left")
    for other in (modes, by_report, good):
        rows = rows.join(other, on="order_id", how="left", maintain_order="left")
    stated_quantity = pl.coalesce(
        pl.when(pl.col(name) > 0).then(name) for name in ("order_quantity", "reported_quantity")
    )
    rows = rows.select(
        "order_id",
        "n_products",
        pl.coalesce("product", "usual_product").alias("product"),
        pl.col("product").is_null().alias("is_product_reported"),
        stated_quantity.alias("stated_quantity"),
        pl.when(pl.col("largest_good") > 0).then("largest_good").alias("largest_good"),
        pl.when(pl.col("order_quantity") > 0)
        .then(pl.lit("stated"))
        .otherwise(pl.lit("reported"))
        .alias("source"),
        *(
            pl.coalesce(name, f"reported_{name}").alias(name)
            for name in ("due_at", "release_at", "priority")
        ),
    )
    _check_names(rows)
    is_early = (pl.col("due_at") < pl.col("release_at")).fill_null(value=False)
    notes = _notes(rows, n_early=int(rows.select(is_early.sum()).item()), has_table=bool(stated))
    final = rows.with_columns(
        pl.when(~is_early).then("release_at").alias("release_at"),
        pl.col("product").fill_null(UNKNOWN_PRODUCT),
        pl.coalesce("stated_quantity", "largest_good", pl.lit(1.0)).alias("quantity"),
        pl.col("priority").fill_null(0),
    )
    listed = final.select(
        "order_id", "product", "quantity", "release_at", "due_at", "priority", "source"
    )
    with in_bulk():
        orders = tuple(
            Order(id=i, product=p, quantity=q, release_at=r, due_at=d, priority=n, source=s)
            for i, p, q, r, d, n, s in zip(*(c.to_list() for c in listed), strict=True)
        )
    return DerivedOrders(orders=orders, notes=notes)


def _check_names(rows: pl.DataFrame) -> None:
    for name in ("order_id", "product"):
        long = rows.filter(pl.col(name).str.len_chars() > _LONGEST_NAME)[name]
        if len(long):
            raise RecordsError(
                f"{len(long):,} values of {name} are longer than {_LONGEST_NAME} characters, the first is "
                f"'{long[0][:60]}…'. Map a column with short names."
            )


def _notes(rows: pl.DataFrame, *, n_early: int, has_table: bool) -> tuple[Text, ...]:
    notes = []
    if not has_table:
        has_due = rows["due_at"].null_count() < rows.height
        notes.append(
            text("note_no_orders", due=text("note_release_only" if has_due else "note_due_too"))
        )
    if n_unknown := rows["product"].null_count():
        notes.append(text("note_product", orders=n_unknown))
    several = rows.filter(pl.col("is_product_reported") & (pl.col("n_products") > 1)).height
    if several:
        notes.append(text("note_products", orders=several))
    unstated = rows.filter(pl.col("stated_quantity").is_null())
    if unstated.height:
        ones = unstated["largest_good"].null_count()
        notes.append(text("note_quantity", orders=unstated.height, ones=ones))
    if n_early:
        notes.append(text("note_release", orders=n_early))
    return tuple(notes)
