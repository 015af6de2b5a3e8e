"""Work on a lot that was broken off and taken up again: what of the pause was no queueing.

In the evening a lot is left on its machine half done, and in the morning its people
take up another one first. Laid on one line its work begins late (``lines``), but it did not
wait in a queue till then, nor was anything delayed: its place worked on others.
"""

from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.learn.routes.lines import Clocks

Floats = NDArray[np.float64]
_SAME_S = 60.0

INTERRUPTION_SCHEMA = {"leg": pl.Int64, "begun_s": pl.Float64, "lost_s": pl.Float64}
"""Columns of ``interruptions``."""


class HasFreePlaces(Protocol):
    """Where and when resources have free places."""

    def last_before_each(self, at_s: Floats, *, resource: str) -> Floats:
        """Return the last instants, not after others, at which a resource had a free place."""
        ...


def interruptions(
    legs: pl.DataFrame, *, free: HasFreePlaces, worked: pl.DataFrame, clocks: Clocks
) -> pl.DataFrame:
    """Return the legs that were begun before the instant at which their line begins them.

    Parameters
    ----------
    legs
        Rows of ``lines`` with ``leg``, their number.
    free
        Free places by resource.
    worked
        Reports with order_id, resource, start_s and stop_s.
    clocks
        Open times by resource.

    Returns
    -------
    polars.DataFrame
        leg, begun_s (when the first report began, seconds) and lost_s (open seconds of the pauses
        between its reports up to the last instant at which a resource was free; each counts).
    """
    early = legs.filter(
        (pl.col("n_rows") > 1)
        & (pl.col("first_s") < pl.col("start_s") - _SAME_S)
        & (pl.col("first_s") >= pl.col("ready_s"))
    ).select("leg", "order_id", "options", "clock", "first_s", "last_s")
    if early.is_empty():
        return pl.DataFrame(schema=INTERRUPTION_SCHEMA)
    pieces = (
        early.explode("options")
        .join(
            worked.select("order_id", "stop_s", options="resource", piece_s="start_s"),
            on=["order_id", "options"],
        )
        .filter((pl.col("piece_s") >= pl.col("first_s")) & (pl.col("stop_s") <= pl.col("last_s")))
        .sort("leg", "piece_s", "stop_s")
        .with_columns(before_s=pl.col("stop_s").cum_max().shift(1).over("leg"))
        .filter(pl.col("piece_s") > pl.col("before_s"))
        .select("leg", "clock", "before_s", "piece_s")
        .with_row_index("pause")
    )
    last = pieces["before_s"].to_numpy().copy()
    choices = pieces.join(early.select("leg", "options"), on="leg").explode("options")
    for (resource,), own in choices.group_by("options", maintain_order=True):
        found = free.last_before_each(own["piece_s"].to_numpy(), resource=str(resource))
        np.maximum.at(last, own["pause"].to_numpy(), found)
    lost = clocks.between(pieces["clock"].to_numpy(), pieces["before_s"].to_numpy(), last)
    by_leg = pieces.with_columns(lost_s=pl.Series(lost)).group_by("leg").agg(pl.col("lost_s").sum())
    return (
        early.select("leg", begun_s="first_s")
        .join(by_leg, on="leg", how="left", maintain_order="left")
        .with_columns(pl.col("lost_s").fill_null(0.0))
    )
