"""Part of section 3: the forecasts that were compared, which gives the dates, and these dates."""

from typing import Any
from zoneinfo import ZoneInfo

from zhizao.learn import Combined, OrderScore, Score, Trust, method_name
from zhizao.serve.drawing.charts import number
from zhizao.serve.report.wording import Words

_SHOWN_ORDERS = 40
_WIDER = 1.05
"""A factor that would be shown as 1.0 is not said."""
_LEAST_DELAY_H = 0.5
"""Nor is a delay that would be shown as 0 h."""


def method_rows(trust: Trust, words: Words) -> list[dict[str, Any]]:
    """Return a row for each forecast: the one that dates come from first, then the others."""
    twin: list[tuple[str, Score | None]] = [
        (words("method_combined"), trust.combined),
        (words("method_twin"), trust),
        (words("method_simulated"), trust.as_simulated),
    ]
    if trust.dates_from == "twin":
        twin = [twin[1], twin[2], twin[0]]
    plain = [(method_name(key, lang=words.lang), s) for key, s in trust.baselines.items()]
    scores = [(name, score) for name, score in (*twin, *plain) if score is not None]
    errors = [s.median_abs_error_h for _, s in scores if s.median_abs_error_h is not None]
    n = str(trust.orders_scored)
    return [
        score_row(score, name, n)
        | {"is_best": bool(errors) and score.median_abs_error_h == min(errors)}
        for name, score in scores
    ]


def score_row(score: Score, name: str, n: str) -> dict[str, str]:
    """Return the numbers of a forecast as they are shown."""
    return {
        "name": name,
        "at": name,
        "n": n,
        "error": number(score.median_abs_error_h),
        "pinball": number(score.pinball_h),
        "p50": _percent(score.coverage_p50),
        "p80": _percent(score.coverage_p80),
        "p90": _percent(score.coverage_p90),
    }


def notes_on_forecasts(trust: Trust, words: Words) -> str:
    """Say which forecast gives dates, what the plant's past changed in both, and how sure P90 is."""
    lines = []
    if trust.combined is not None:
        key = "combined_note" if trust.dates_from == "combined" else "combined_not_used"
        factor = trust.combined.late_stretch
        stretch = words("combined_stretch", factor=factor) if factor >= _WIDER else ""
        lines.append(words(key, share=100 * trust.combined.twin_share, stretch=stretch))
    dates = score_of_dates(trust)
    if dates.coverage_p90_low is not None and dates.coverage_p90_high is not None:
        lines.append(
            words(
                "p90_interval", low=100 * dates.coverage_p90_low, high=100 * dates.coverage_p90_high
            )
        )
    before = trust.as_simulated.coverage_p90 if trust.as_simulated else None
    after = trust.coverage_p90
    is_told = before != after and trust.hidden_delay_h >= _LEAST_DELAY_H
    if before is not None and after is not None and is_told:
        lines.append(
            words(
                "hidden_delay", before=100 * before, after=100 * after, delay=trust.hidden_delay_h
            )
        )
    return " ".join(lines)


def score_of_dates(trust: Trust) -> Trust | Combined:
    """Return the scores of the forecast that dates come from."""
    if trust.combined is not None and trust.dates_from == "combined":
        return trust.combined
    return trust


def orders_for_dates(trust: Trust) -> tuple[OrderScore, ...]:
    """Return the scored orders with the P50 and P90 of the forecast that dates come from."""
    return tuple(o.for_dates(trust.dates_from) for o in trust.orders)


def open_orders_of(trust: Trust, zone: ZoneInfo, words: Words) -> dict[str, Any] | None:
    """Return the dates of the orders in progress now; None where there are none."""
    if not trust.open_orders:
        return None
    rows = [
        {
            "order": o.order_id,
            "product": o.product,
            "stage": o.stage,
            "p50": "–" if o.p50_at is None else f"{o.p50_at.astimezone(zone):%Y-%m-%d}",
            "p90": "–" if o.p90_at is None else f"{o.p90_at.astimezone(zone):%Y-%m-%d}",
        }
        for o in trust.open_orders[:_SHOWN_ORDERS]
    ]
    title = words("open_orders", n=len(trust.open_orders))
    more = len(trust.open_orders) - len(rows)
    return {
        "title": title,
        "note": words(f"open_orders_{trust.dates_from}"),
        "rows": rows,
        "more": words("open_orders_more", n=more) if more else "",
    }


def promises_of(trust: Trust, words: Words) -> dict[str, Any] | None:
    """Return the forecasts of orders that were yet to come."""
    if trust.promises is None:
        return None
    n = str(trust.promises.orders_scored)
    rows = [score_row(trust.promises, words("method_twin"), n)]
    rows += [
        score_row(score, method_name(key, lang=words.lang), n)
        for key, score in trust.promises.baselines.items()
    ]
    facts = words("promises_facts", n=trust.promises.orders_scored, done=trust.promises.n_completed)
    if trust.promises.n_unknown:
        facts += " " + words("promises_unknown", n=trust.promises.n_unknown)
    return {"facts": facts, "rows": rows}


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"
