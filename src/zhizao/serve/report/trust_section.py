"""Section 3: the back-test, the plain baselines beside it, and where it holds."""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from zhizao._base.units import SECONDS_PER_HOUR
from zhizao._base.words import Lang
from zhizao.learn import Band, Held, OrderScore, Replay, Trust, best_method, method_name
from zhizao.serve.drawing.charts import BLUE, ORANGE, Pair, number, pair_chart
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

_SHOWN_RESOURCES = 8

_SHOWN_GROUPS = 12


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
        "held": where_it_held(trust, words),
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


def where_it_held(trust: Trust, words: Words) -> dict[str, Any] | None:
    """Return the pictures of products and stages for which the forecast held, and the rest.

    See ``zhizao.learn.Held``. None for a back-test that did not ask.
    """
    if not trust.held:
        return None
    best = best_method(trust.baselines)
    plain = method_name(best, lang=words.lang) if best else ""
    pictures, notes = [], []
    for by in ("product", "stage"):
        own = [h for h in trust.held if h.by == by]
        said = [h for h in own if h.is_held is not None]
        few = [h.name for h in own if h.is_held is None]
        if said:
            title = words(f"held_by_{by}", n=sum(bool(h.is_held) for h in said), of=len(said))
            chart = _held_chart(said[:_SHOWN_GROUPS], title=title, words=words)
            more = len(said) - _SHOWN_GROUPS
            pictures.append(
                {
                    "title": title,
                    "chart": chart,
                    "more": words("more_rows", n=more) if more > 0 else "",
                }
            )
        if few:
            shown = ", ".join(few[:8]) + (f" … +{len(few) - 8}" if len(few) > 8 else "")
            notes.append(words(f"held_few_{by}", n=len(few), names=shown))
    return {"rule": words("held_rule", plain=plain), "pictures": pictures, "notes": notes}


def _held_chart(held: Sequence[Held], *, title: str, words: Words) -> str:
    rows = [
        Pair(
            label=h.name,
            value=h.median_abs_error_h or 0.0,
            other=h.plain_h,
            note=words("held_note", p90=100 * (h.kept_p90 or 0.0), n=h.orders_scored),
            is_good=bool(h.is_held),
        )
        for h in held
    ]
    return pair_chart(
        rows,
        title=title,
        axis=words("held_axis"),
        value=words("held_forecast"),
        other=words("held_plain"),
    )


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
