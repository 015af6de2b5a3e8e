"""Which resources can do an operation, in the order in which they are used."""

from dataclasses import dataclass

import polars as pl

from zhizao.learn.evidence.repeats import base_of
from zhizao.learn.statistics.intervals import share_interval
from zhizao.model.plant import Provenance

_OWN_VISITS = 12
_MIN_EVEN_SHARE = 0.2


@dataclass(frozen=True, kw_only=True)
class Eligibility:
    """Resources by operation and by (product, operation), most used first."""

    by_operation: dict[str, tuple[str, ...]]
    by_product: dict[tuple[str, str], tuple[str, ...]]
    provenances: tuple[Provenance, ...]

    def resources(self, product: str, operation: str) -> tuple[str, ...]:
        """Return the resources that can do an operation of a product."""
        name = base_of(operation)
        return self.by_product.get((product, name), self.by_operation.get(name, ()))


def learn_eligibility(rows: pl.DataFrame) -> Eligibility:
    """Learn which resources did which operation.

    A resource counts if it did at least a fifth of what an even split of the
    operation's order totals would give it: the twin would use a machine that
    stood in once as if it were always there. A product has its own list if it was seen at
    least twelve times at the operation and uses fewer resources than others.

    Parameters
    ----------
    rows
        Reports with order_id, product, operation, resource.

    Examples
    --------
    >>> rows = pl.DataFrame({"order_id": ["A", "B", "C"], "product": "P", "operation": "cut",
    ...                      "resource": ["M1", "M2", "M1"]})
    >>> learn_eligibility(rows).by_operation
    {'cut': ('M1', 'M2')}
    """
    seen = rows.drop_nulls("resource").unique(["order_id", "product", "operation", "resource"])
    by_operation: dict[str, tuple[str, ...]] = {}
    provenances = []
    shares = _shares(seen, ["operation"])
    for (name,), found in shares.group_by("operation", maintain_order=True):
        total = int(found["n"].sum())
        kept = found.filter(pl.col("n") >= _MIN_EVEN_SHARE * total / found.height)
        by_operation[str(name)] = tuple(kept["resource"].to_list())
        for resource, n in kept.select("resource", "n").iter_rows():
            low, high = share_interval(n, total)
            provenances.append(
                Provenance(
                    where=f"operations/{name}/resources/{resource}", source="learnt", level="resource",
                    n=total, value=n / total, low=low, high=high,
                    note="share of order totals of the operation done there",
                )
            )  # fmt: skip
    by_product = {}
    for (product, name), found in _shares(seen, ["product", "operation"]).group_by(
        "product", "operation", maintain_order=True
    ):
        allowed = by_operation.get(str(name), ())
        own = tuple(r for r in found["resource"].to_list() if r in allowed)
        if int(found["n"].sum()) >= _OWN_VISITS and own and len(own) < len(allowed):
            by_product[str(product), str(name)] = own
    return Eligibility(
        by_operation=by_operation, by_product=by_product, provenances=tuple(provenances)
    )


def _shares(seen: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    return (
        seen.group_by([*key, "resource"])
        .agg(pl.len().alias("n"))
        .sort([*key, "n", "resource"], descending=[False] * len(key) + [True, False])
    )


def work_centres(rows: pl.DataFrame) -> dict[str, str]:
    """Return resource → work centre: the operation that it did most often.

    Resources that mainly do the same operation stand together and share a
    queue rule.
    """
    counted = (
        rows.drop_nulls("resource")
        .unique(["order_id", "operation", "resource"])
        .group_by("resource", "operation")
        .len()
        .sort(["resource", "len", "operation"], descending=[False, True, False])
        .unique("resource", keep="first", maintain_order=True)
    )
    return dict(counted.select("resource", "operation").iter_rows())
