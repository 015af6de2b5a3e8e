"""How long the work itself takes: without waits for pieces, old habits, hidden setups and stops.

Each of these is looked for in what the one before it left.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from zhizao.learn.durations.batches import LearntBatches
from zhizao.learn.durations.drift import Drift, without_old_times
from zhizao.learn.durations.failures import LearntFailures
from zhizao.learn.durations.hidden_setups import HiddenSetups, learn_hidden_setups, without_setups
from zhizao.learn.durations.hidden_stops import HiddenStops, learn_hidden_stops
from zhizao.learn.durations.setups import LearntSetups
from zhizao.learn.durations.streams import with_own_work
from zhizao.learn.durations.times import LearntTimes, learn_times
from zhizao.learn.evidence.finished import Finished
from zhizao.learn.evidence.long_reports import with_believed
from zhizao.learn.evidence.visits import COMPLETE_SHARE
from zhizao.learn.open_time import OpenTime


@dataclass(frozen=True, kw_only=True)
class WorkAlone:
    """Working times, and the setups, stops and changes of habit that reports hid.

    ``visits`` are those outside batches, with the work alone in their times.
    """

    visits: pl.DataFrame
    times: LearntTimes
    drifts: tuple[Drift, ...]
    setups: HiddenSetups
    stops: HiddenStops


def learn_work_alone(
    visits: pl.DataFrame,
    rows: pl.DataFrame,
    *,
    finished: Finished,
    places: Mapping[str, int],
    centres: Mapping[str, str],
    families: Mapping[str, str],
    open_times: Mapping[str | None, OpenTime],
    batches: LearntBatches,
    setups: LearntSetups,
    failures: LearntFailures,
) -> WorkAlone:
    """Learn working times, and what else the times of visits hold.

    Parameters
    ----------
    visits, rows
        As from ``learn_streams``, and the reports that they are made of.
    finished
        Which orders are.
    places, centres, open_times
        By resource.
    families
        By product.
    batches
        Their operations hide neither setups nor stops.
    setups, failures
        As reported: where rows tell, nothing is hidden.
    """
    ended, drifts = without_old_times(
        with_believed(
            _with_ended(with_own_work(visits), finished), rows, places=places, open_times=open_times
        )
    )
    together = list(batches.fits)
    alone = ended.filter(~pl.col("operation").is_in(together)) if together else ended
    hidden = learn_hidden_setups(
        alone, centres=centres, families=families, places=places, has_rows=setups.work_centres()
    )
    stops = learn_hidden_stops(
        without_setups(alone, hidden.inside_s), centres=centres, places=places,
        has_rows=failures.by_resource, open_times=open_times,
    )  # fmt: skip
    times = learn_times(batches.one_each(_without(ended, hidden, stops)))
    return WorkAlone(
        visits=_without(alone, hidden, stops), times=times, drifts=tuple(drifts), setups=hidden,
        stops=stops,
    )  # fmt: skip


def _with_ended(visits: pl.DataFrame, finished: Finished) -> pl.DataFrame:
    """Mark the visits whose work is over as far as one can know."""
    is_last = pl.col("first_s") >= pl.col("first_s").max().over("order_id")
    is_complete = pl.col("done").is_not_null() & (
        pl.col("done") >= COMPLETE_SHARE * pl.col("quantity")
    )
    over = (
        pl.col("order_id").is_in(finished.ids())
        | is_complete
        | (pl.col("done").is_null() & ~is_last)
    )
    return visits.with_columns(is_ended=~pl.col("is_running") & over)


def _without(visits: pl.DataFrame, setups: HiddenSetups, stops: HiddenStops) -> pl.DataFrame:
    """Return the visits without the setups and the stops that their time holds."""
    return without_setups(without_setups(visits, setups.inside_s), stops.inside_s)
