"""The learning curve: the same orders predicted from fewer weeks of the log."""

from collections.abc import Callable
from datetime import timedelta

import polars as pl
from benchmarks.levy.protocol import NAME, TIME_ZONE, Asked

from zhizao.learn.evidence.finished import finished_orders
from zhizao.learn.evidence.reports import known_reports
from zhizao.learn.evidence.visits import visits_of
from zhizao.learn.learnt import learn
from zhizao.learn.trust.baselines import Guess, PastOrders, remaining_at_stage
from zhizao.model.records import Records


def last_weeks(asked: Asked, *, weeks: int) -> Records:
    """Return the records that began in the last weeks before a cut-off, and what came after."""
    since = asked.cutoff - timedelta(weeks=weeks)
    table = asked.log.records.operations
    return Records(operations=table.filter(pl.coalesce("start_at", "end_at") >= since))


def twin_from(weeks: int) -> Callable[[Asked], dict[str, Guess]]:
    """Return a twin that has seen so many weeks; where the orders stand is known from all."""

    def predict(asked: Asked) -> dict[str, Guess]:
        learnt = learn(
            last_weeks(asked, weeks=weeks), asked.log.orders, name=NAME, time_zone=TIME_ZONE,
            until=asked.cutoff, seed=asked.seed,
            also_products=sorted(set(asked.known.visits["product"].to_list())),
        )  # fmt: skip
        return asked.by(learnt.plant)

    return predict


def remaining_from(weeks: int) -> Callable[[Asked], dict[str, Guess]]:
    """Return the mean remaining lead time at the stage, from so many weeks."""

    def predict(asked: Asked) -> dict[str, Guess]:
        reports = known_reports(
            last_weeks(asked, weeks=weeks), asked.log.orders, time_zone=TIME_ZONE, until=asked.cutoff
        )  # fmt: skip
        visits = visits_of(reports.table.with_columns(worked_s=pl.lit(0.0)))
        past = PastOrders.of(visits, finished_orders(visits, until_s=reports.until_s))
        now_s = asked.known.reports.until_s
        last = asked.known.visits.sort("last_s", "first_s").unique(
            "order_id", keep="last", maintain_order=True
        )
        stage = {o: s - now_s for o, s in last.select("order_id", "last_s").iter_rows()}
        return {
            f.order_id: remaining_at_stage(
                past, product=f.product, stage=f.stage, stage_s=stage[f.order_id], now_s=0.0
            )
            for f in asked.forecasts
        }

    return predict
