"""Section 3: the back-test, the plain baselines beside it, and where it holds."""

import math
from collections.abc import Sequence
from datetime import datetime
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from zhizao._base.units import SECONDS_PER_HOUR
from zhizao._base.words import Lang
from zhizao.learn import Band, OrderScore, Replay, Trust
from zhizao.serve.drawing.charts import BLUE, ORANGE, number
from zhizao.serve.report.plots import Curve, Point, band_chart, scatter_chart
from zhizao.serve.report.trust_forecasts import (
    method_rows,
    notes_on_forecasts,
    open_orders_of,
    orders_for_dates,
    promises_of,
    score_row,
)
from zhizao.serve.report.wording import Words

MIN_COMPLETED = 5
"""Fewer completed orders of a product say nothing about it."""

_SHOWN_RESOURCES = 8

SAFE_P90 = 0.8
"""A P90 that less than this share of orders keeps is not a promise."""


def trust_section(trust: Trust | None, *, time_zone: str, lang: Lang) -> dict[str, Any] | None:
    """Return what the page says of the back-test, or None where there is none.

    Parameters
    ----------
    trust : Trust or None
        From ``trust.json``.
    time_zone : str
        IANA name; instants are shown in it.
    lang : {"en", "zh"}
        Language.
    """
    if trust is None:
        return None
    words = Words(lang=lang)
    zone = ZoneInfo(time_zone)
    orders = orders_for_dates(trust)
    rely_on, rely_not, too_few = where_it_holds(orders, words)
    return {
        "sentence": trust.sentence_zh if lang == "zh" else trust.sentence,
        "intro": words(
            "trust_intro",
            n_cutoffs=len(trust.cutoffs),
            n_orders=trust.orders_scored,
            n_completed=trust.n_completed,
        ),
        "methods": method_rows(trust, words),
        "corrected": notes_on_forecasts(trust, words),
        "chosen": _chosen(trust, words),
        "promises": promises_of(trust, words),
        "open_orders": open_orders_of(trust, zone, words),
        "cutoffs": [
            score_row(c, f"{c.cutoff_at.astimezone(zone):%Y-%m-%d %H:%M}", str(c.orders_scored))
            for c in trust.cutoffs
        ],
        "scatter": _scatter(orders, words),
        "replay": _replay(trust.replay, zone, words) if trust.replay else None,
        "rely_on": rely_on,
        "rely_not": rely_not,
        "too_few": too_few,
    }


def _chosen(trust: Trust, words: Words) -> str:
    """Say how much history and which richer parts the twin was learnt with, and why."""
    if trust.chosen is None:
        return ""
    return words("chosen_at_first", sentence=trust.chosen.sentence(lang=words.lang))


def _hours(until: datetime | None, since: datetime) -> float:
    """Return hours from one instant to another; infinite where there is none."""
    return math.inf if until is None else (until - since).total_seconds() / SECONDS_PER_HOUR


def _scatter(orders: Sequence[OrderScore], words: Words) -> str:
    points = []
    for order in orders:
        predicted = _hours(order.p50_at, order.cutoff_at)
        actual = _hours(order.completed_at or order.censored_at, order.cutoff_at)
        high = _hours(order.p90_at, order.cutoff_at)
        if math.isfinite(predicted) and math.isfinite(actual):
            points.append(
                Point(
                    label=order.order_id,
                    predicted_h=predicted,
                    high_h=high if math.isfinite(high) else None,
                    actual_h=actual,
                    is_censored=order.completed_at is None,
                )
            )
    if not points:
        return ""
    return scatter_chart(
        points,
        title=words("scatter_title"),
        x_axis=words("scatter_x"),
        y_axis=words("scatter_y"),
        same=words("scatter_same"),
    )


def where_it_holds(orders: Sequence[OrderScore], words: Words) -> tuple[list[str], list[str], str]:
    """Return the products for which the forecast held, those for which not, and the rest.

    It holds for a product if at least ``MIN_COMPLETED`` of its scored orders
    were completed, at least ``SAFE_P90`` of them by their P90, and the median
    error is not above that of the better plain baseline on the same orders.
    Orders not completed by the end of the records are not looked at here.
    """
    by_product: dict[str, list[OrderScore]] = {}
    for order in orders:
        by_product.setdefault(order.product, [])
        if order.completed_at is not None:
            by_product[order.product].append(order)
    rely_on: list[str] = []
    rely_not: list[str] = []
    few: list[str] = []
    ranked = sorted(by_product.items(), key=lambda item: (-len(item[1]), item[0]))
    for product, done in ranked:
        if len(done) < MIN_COMPLETED:
            few.append(product)
            continue
        error = _median_error([(o.p50_at, o) for o in done])
        names = done[0].baseline_p50_at
        plain = min(
            (_median_error([(o.baseline_p50_at.get(m), o) for o in done]) for m in names),
            default=math.inf,
        )
        by_p90 = sum(
            o.p90_at is None or (o.completed_at is not None and o.completed_at <= o.p90_at)
            for o in done
        ) / len(done)
        is_good = by_p90 >= SAFE_P90 and math.isfinite(error) and error <= plain
        line = words(
            "holds_for",
            product=product,
            error=_finite(error),
            plain=_finite(plain),
            p90=f"{by_p90:.0%}",
            n=len(done),
        )
        (rely_on if is_good else rely_not).append(line)
    too_few = ""
    if few:
        names_shown = ", ".join(few[:8]) + (f" … +{len(few) - 8}" if len(few) > 8 else "")
        too_few = words("holds_too_few", n=len(few), minimum=MIN_COMPLETED, products=names_shown)
    return rely_on, rely_not, too_few


def _median_error(pairs: Sequence[tuple[datetime | None, OrderScore]]) -> float:
    return median(
        abs(_hours(predicted, o.cutoff_at) - _hours(o.completed_at, o.cutoff_at))
        for predicted, o in pairs
    )


def _finite(value: float) -> str:
    return number(value if math.isfinite(value) else None)


def _replay(replay: Replay, zone: ZoneInfo, words: Words) -> dict[str, Any]:
    facts = words(
        "replay_facts",
        start=f"{replay.start_at.astimezone(zone):%Y-%m-%d}",
        end=f"{replay.end_at.astimezone(zone):%Y-%m-%d}",
        n=replay.n_orders,
    )
    rows = [
        {
            "name": words(key),
            "actual": number(band.actual),
            "mean": number(band.mean),
            "band": "–" if band.low is None else f"{number(band.low)} … {number(band.high)}",
            "inside": _inside(band, words),
        }
        for key, band in (
            ("replay_throughput", replay.throughput_per_week),
            ("replay_wip", replay.wip_mean),
            ("replay_lead_time", replay.lead_time_median_h),
        )
    ]
    charts = []
    for bands, title, axis in (
        (replay.wip, words("replay_title"), words("replay_y")),
        (replay.completed, words("replay_done_title"), words("replay_done_y")),
    ):
        if len(replay.wip_days) > 1 and len(bands) == len(replay.wip_days):
            local = [d.astimezone(zone) for d in replay.wip_days]
            chart = _band_picture(local, bands, title=title, axis=axis, words=words)
            charts.append({"title": title, "chart": chart})
    return {
        "facts": facts,
        "rows": rows,
        "charts": charts,
        "bottlenecks": _bottlenecks(replay),
        "correlation": words("replay_rank", value=replay.bottleneck_rank_correlation)
        if replay.bottleneck_rank_correlation is not None
        else "",
    }


def _bottlenecks(replay: Replay) -> list[dict[str, str]]:
    return [
        {"resource": b.resource, "actual": f"{b.actual:.0%}", "predicted": f"{b.predicted:.0%}"}
        for b in replay.bottlenecks[:_SHOWN_RESOURCES]
    ]


def _inside(band: Band, words: Words) -> str:
    if band.actual is None or band.low is None or band.high is None:
        return "–"
    return words("yes" if band.low <= band.actual <= band.high else "no")


def _band_picture(
    days: Sequence[datetime], bands: Sequence[Band], *, title: str, axis: str, words: Words
) -> str:
    lows = [b.low if b.low is not None else 0.0 for b in bands]
    highs = [b.high if b.high is not None else 0.0 for b in bands]
    return band_chart(
        days,
        [
            Curve(
                label=words("replay_mean"), values=[b.mean for b in bands], tone=BLUE, dash="5 3"
            ),
            Curve(label=words("replay_actual"), values=[b.actual for b in bands], tone=ORANGE),
        ],
        title=title,
        y_axis=axis,
        band=(lows, highs),
        band_label=words("replay_band"),
    )
