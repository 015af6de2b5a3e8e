"""Rework after an operation: the same chance for all products, as far as they differ by chance.

Of a product with ten orders a fifth of which come back, none or one may have done so; counted by
itself it would have no rework, or too much. So the chances of the products are pulled
towards the common one by empirical Bayes: the spread beyond what counting explains is the
prior's (beta-binomial by the method of moments; Kleinman 1973). Where it is large, as where one
product alone is done again, each keeps its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from zhizao.learn.routes.path import Path, PathStep
from zhizao.learn.routes.rework import LEAST_SHARE, MAX_PASSES, MOST_PROBABLE

_LEAST_LOOPS = 2


@dataclass(frozen=True, kw_only=True)
class Chance:
    """The chance of a detour after a pass; of so many passes; whether it is the common one.

    ``n`` are all products' passes where it is the common one, else the product's own: so the errors of
    all together are those of the total, whether they are drawn as one or apart.
    """

    probability: float
    n: int
    is_common: bool


def common_chances(counts: Mapping[str, tuple[int, int]]) -> dict[str, Chance]:
    """Return the chance of each product, pulled towards the common one.

    Parameters
    ----------
    counts
        Product → detours, and passes after which there could have been one.

    Examples
    --------
    >>> alike = common_chances({"a": (1, 10), "b": (1, 10), "c": (3, 20)})
    >>> [round(c.probability, 3) for c in alike.values()], alike["a"].n
    ([0.125, 0.125, 0.125], 40)
    >>> apart = common_chances({"a": (0, 400), "b": (120, 400)})
    >>> [round(c.probability, 3) for c in apart.values()]
    [0.001, 0.299]
    """
    known = {p: (m, n) for p, (m, n) in counts.items() if n > 0}
    total = sum(n for _, n in known.values())
    if total == 0:
        return {}
    mean = sum(m for m, _ in known.values()) / total
    within = mean * (1.0 - mean)
    apart = sum(n * (m / n - mean) ** 2 for m, n in known.values()) - (len(known) - 1) * within
    room = total - sum(n * n for _, n in known.values()) / total
    between = apart / room if room > 0 else 0.0
    if between <= 0.0:
        return {p: Chance(probability=mean, n=total, is_common=True) for p in known}
    prior = max(within / between - 1.0, 0.0)
    return {
        p: Chance(probability=(m + prior * mean) / (n + prior), n=n, is_common=False)
        for p, (m, n) in known.items()
    }


def with_common_rework(
    paths: Mapping[str, Path], visits: pl.DataFrame, *, is_over: pl.Expr
) -> dict[str, Path]:
    """Return the paths with chances of detours that take account of all products.

    Looked at are products with a path of their own, and for each operation the way back that
    most orders take; a product whose orders usually go back to another operation keeps its own.

    Parameters
    ----------
    paths
        By product.
    visits
        With labels; a ``pass`` above 0 is one in a loop.
    is_over
        Which orders are over: what follows the last visit of another is not known yet.
    """
    result = dict(paths)
    own = [p for p, path in paths.items() if path.level == "product"]
    if len(own) < 2 or not (visits["pass"] > 0).any():
        return result
    moves = _moves({p: paths[p] for p in own}, visits)
    ways = moves.group_by("operation_before", "operation").len()
    usual = ways.sort("len", "operation", descending=[True, False])
    target = usual.unique("operation_before", keep="first", maintain_order=True)
    is_last = pl.col("first_s") >= pl.col("first_s").max().over("order_id")
    passed = visits.filter(is_over | ~is_last).group_by("product", "operation").len("n_passes")
    for frm, to, n_moves in target.sort("operation_before").iter_rows():
        counts, most = _counts(frm, to, moves=moves, passed=passed, paths=paths)
        if n_moves < max(_LEAST_LOOPS, LEAST_SHARE * sum(n for _, n in counts.values())):
            continue
        for product, chance in common_chances(counts).items():
            path = result[product]
            result[product] = replace(
                path, steps=_with_detour(path, frm=frm, to=to, chance=chance, most=most)
            )
    return result


def _moves(paths: Mapping[str, Path], visits: pl.DataFrame) -> pl.DataFrame:
    """Return the begins of loops: order, product, operation from which, operation to which."""
    places = pl.DataFrame(
        [(p, o, i) for p, path in paths.items() for o, i in path.index.items()],
        schema={"product": pl.String, "operation": pl.String, "at": pl.Int64}, orient="row",
    )  # fmt: skip
    back = visits.filter(pl.col("pass") > 0)["order_id"].unique()
    return (
        visits.filter(pl.col("order_id").is_in(back.implode()))
        .join(places, on=["product", "operation"])
        .sort("order_id", "first_s", "last_s")
        .with_columns(pl.col("operation", "at").shift(1).over("order_id").name.suffix("_before"))
        .filter((pl.col("pass") > 0) & (pl.col("at_before") >= pl.col("at")))
        .select("order_id", "product", "operation_before", "operation")
    )


def _counts(
    frm: str, to: str, *, moves: pl.DataFrame, passed: pl.DataFrame, paths: Mapping[str, Path]
) -> tuple[dict[str, tuple[int, int]], int]:
    """Return product → detours and passes with a chance of one; and the most detours of an order."""
    able = [
        p
        for p, path in paths.items()
        if path.level == "product"
        and frm in path.index
        and path.index.get(to, len(path.index)) <= path.index[frm]
        and _goes_to(path.steps[path.index[frm]], path) in {None, to}
    ]
    here = moves.filter((pl.col("operation_before") == frm) & pl.col("product").is_in(able))
    per_order = here.group_by("product", "order_id").len()
    most = min(MAX_PASSES, max(per_order["len"].to_list(), default=1))
    detours = per_order.group_by("product").agg(
        pl.col("len").clip(upper_bound=most).sum().alias("n_detours"),
        # After its last detour a lot passes without another chance of one.
        (pl.col("len") - most + 1).clip(lower_bound=0).sum().alias("n_sure"),
    )
    own = passed.filter((pl.col("operation") == frm) & pl.col("product").is_in(able))
    joined = own.join(detours, on="product", how="left").fill_null(0).sort("product")
    return {
        str(r["product"]): (r["n_detours"], max(r["n_passes"] - r["n_sure"], r["n_detours"]))
        for r in joined.iter_rows(named=True)
    }, most


def _goes_to(step: PathStep, path: Path) -> str | None:
    return None if step.rework_to is None else path.steps[step.rework_to].operation


def _with_detour(
    path: Path, *, frm: str, to: str, chance: Chance, most: int
) -> tuple[PathStep, ...]:
    """Return the steps with the detour after one of them; none is added that is hardly ever made."""
    steps = list(path.steps)
    step = steps[path.index[frm]]
    if step.rework_to is not None or chance.probability >= LEAST_SHARE:
        steps[path.index[frm]] = replace(
            step, rework_to=path.index[to], rework_probability=min(chance.probability, MOST_PROBABLE),
            max_passes=most, rework_n=chance.n, is_rework_common=chance.is_common,
        )  # fmt: skip
    return tuple(steps)
