"""Working times that come in spells: long ones after long ones, on the same resource.

The twin draws each working time by itself. Where a dull tool, a bad charge of material or a
new hand makes many in a row long, queues grow longer than with independent draws. It is
noticed and said; what it costs depends on the load.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from zhizao.learn.durations.times import LEAST_WORK_S, LearntTimes
from zhizao.learn.evidence.repeats import base_of
from zhizao.learn.statistics.codes import coded

_ENOUGH = 60
_SURE = 3.0
_PLAIN = 0.2


@dataclass(frozen=True, kw_only=True)
class Spell:
    """An operation on a resource whose working times are alike from one lot to the next."""

    operation: str
    resource: str
    correlation: float
    n: int

    def said(self) -> str:
        """Return it in words."""
        return (
            f"{base_of(self.operation)} on {self.resource}: working times come in spells (correlation "
            f"{self.correlation:.2f} from one lot to the next, n = {self.n}); the twin draws each by itself"
        )


def find_spells(visits: pl.DataFrame, times: LearntTimes) -> tuple[Spell, ...]:
    """Return where the log residuals of neighbouring lots are correlated.

    Spearman's rank correlation at lag 1, beyond three standard errors and 0.2.

    Parameters
    ----------
    visits
        As from ``visits_of``, with ``is_ended``.
    times
        Working times as learnt.
    """
    known = visits.filter(
        pl.col("is_ended")
        & (pl.col("n_resources") == 1)
        & (pl.col("n_measured") == pl.col("n_rows"))
        & (pl.col("measured_s") > LEAST_WORK_S)
    ).drop_nulls("resource")
    found = []
    for (operation, resource), own in known.sort("first_s", "order_id").group_by(
        "operation", "resource", maintain_order=True
    ):
        if own.height < _ENOUGH:
            continue
        products, code = coded(own["product"])
        models = [times.fit(product, str(operation)).model for product in products]
        setup_min = np.array([m.setup_min for m in models])[code]
        per_piece_min = np.array([m.per_piece_min for m in models])[code]
        expected = setup_min + per_piece_min * own["quantity"].to_numpy()
        residual = np.log(own["measured_s"].to_numpy() / np.maximum(expected * 60.0, 1.0))
        ranks = pl.Series(residual).rank("average").to_numpy()
        if float(np.std(ranks)) == 0.0:
            continue
        r = float(np.corrcoef(ranks[:-1], ranks[1:])[0, 1])
        if r > max(_PLAIN, _SURE / np.sqrt(own.height)):
            found.append(
                Spell(operation=str(operation), resource=str(resource), correlation=r, n=own.height)
            )
    return tuple(found)
