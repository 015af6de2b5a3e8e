"""Section 4: what was tried, what it changes, who loses, what supports it."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from zhizao._base.words import Lang, say
from zhizao.serve.drawing.charts import BLUE, GREY, ORANGE, Interval, interval_chart, number
from zhizao.serve.report.wording import Words
from zhizao.trial import Comparison, KpiDifference, OrderDifference, ScenarioResult

_PANELS = ("lead_time_mean_h", "throughput_per_week", "tardiness_mean_h", "late_share", "wip_mean")
_ENERGY_PANELS = ("energy_kwh_per_week", "energy_cost_per_week", "carbon_kg_per_week")
_BETTER_SIGN = {
    "lead_time_mean_h": -1,
    "throughput_per_week": 1,
    "tardiness_mean_h": -1,
    "late_share": -1,
    "energy_kwh_per_week": -1,
    "energy_cost_per_week": -1,
    "carbon_kg_per_week": -1,
    "energy_kwh_per_order": -1,
}
"""Work in progress and utilisation are neither good nor bad by themselves."""

_UNIT_KEYS = {
    "h": "unit_h",
    "orders/week": "unit_orders_week",
    "orders": "unit_orders",
    "kWh/week": "unit_kwh_week",
    "currency/week": "unit_currency_week",
    "kg/week": "unit_kg_week",
    "kWh/order": "unit_kwh_order",
}
N_ORDERS = 8
N_RESOURCES = 10


def try_section(
    comparison: Comparison | None, *, time_zone: str, lang: Lang
) -> dict[str, Any] | None:
    """Return what the page says of a comparison, or None where there is none.

    Parameters
    ----------
    comparison : Comparison or None
        From ``comparison.json``.
    time_zone : str
        IANA name; dates are shown in it.
    lang : {"en", "zh"}
        Language.
    """
    if comparison is None or not comparison.scenarios:
        return None
    words = Words(lang=lang)
    zone = ZoneInfo(time_zone)
    panels = [
        panel
        for kpi in (*_PANELS, *_ENERGY_PANELS)
        if (panel := _panel(comparison.scenarios, kpi, words))
    ]
    return {
        "intro": words(
            "try_intro",
            n=comparison.n_replications,
            start=f"{comparison.start_at.astimezone(zone):%Y-%m-%d}",
            end=f"{comparison.end_at.astimezone(zone):%Y-%m-%d}",
        ),
        "data": words(
            "try_data", n_plants=comparison.n_drawn_plants, n_values=comparison.n_drawn_values
        )
        if comparison.n_drawn_plants
        else words("try_no_data"),
        "panels": [p for p in panels if p["chart"]],
        "unknown": [p["caption"] for p in panels if not p["chart"]],
        "scenarios": [_scenario(s, words) for s in comparison.scenarios],
    }


def _panel(scenarios: Sequence[ScenarioResult], kpi: str, words: Words) -> dict[str, str] | None:
    found = [(s.name, d) for s in scenarios for d in s.kpis if d.kpi == kpi and d.resource is None]
    if not found:
        return None
    name = words(f"kpi_{kpi}")
    known = [(label, d) for label, d in found if d.difference is not None]
    if not known:
        code = found[0][1].reason or "nothing_done"
        reason = say("zhizao.trial", f"reason_{code}", lang=words.lang)
        return {"caption": words("try_unknown", kpi=name, reason=reason), "chart": ""}
    is_share = known[0][1].unit == ""
    scale = 100.0 if is_share else 1.0
    unit = words("unit_percent" if is_share else _UNIT_KEYS[known[0][1].unit])
    rows = [
        Interval(
            label=label,
            value=scale * (d.difference or 0.0),
            low=None if d.low is None else scale * d.low,
            high=None if d.high is None else scale * d.high,
            tone=_tone(d),
        )
        for label, d in known
    ]
    base = known[0][1].base
    caption = words(
        "try_base", kpi=name, base=number(None if base is None else scale * base), unit=unit
    )
    axis = words("try_axis", unit=words("unit_points") if is_share else unit)
    return {"caption": caption, "chart": interval_chart(rows, title=caption, axis=axis)}


def _tone(difference: KpiDifference) -> str:
    sign = _BETTER_SIGN.get(difference.kpi)
    if (
        not difference.is_clear
        or difference.is_slight
        or sign is None
        or difference.difference is None
    ):
        return GREY
    return BLUE if sign * difference.difference > 0 else ORANGE


def _scenario(scenario: ScenarioResult, words: Words) -> dict[str, Any]:
    losers = [o for o in scenario.orders if o.verdict == "loses"]
    gainers = [o for o in reversed(scenario.orders) if o.verdict == "gains"]
    busy = [d for d in scenario.kpis if d.kpi == "utilisation" and d.difference is not None]
    busy.sort(key=lambda d: -abs(d.difference or 0.0))
    gain_lose = "" if scenario.orders else words("try_orders_none")
    if losers or gainers:
        gain_lose = words(
            "try_gain_lose",
            gainers=scenario.gainers,
            losers=scenario.losers,
            n=len(scenario.orders),
        )
    return {
        "name": scenario.name,
        "description": scenario.description,
        "sentence": scenario.sentence_zh if words.lang == "zh" else scenario.sentence,
        "support": scenario.support_text(lang=words.lang),
        "gain_lose": gain_lose,
        "tables": [
            {
                "title": words(key, n=min(N_ORDERS, len(orders))),
                "rows": [_order(o, words) for o in orders[:N_ORDERS]],
            }
            for key, orders in (("try_most_later", losers), ("try_most_earlier", gainers))
            if orders
        ],
        "utilisation": [_resource(d) for d in busy[:N_RESOURCES] if d.is_clear],
        "numbers": [_kpi_row(d, words) for d in scenario.kpis if d.resource is None],
        "warnings": [w.text_zh if words.lang == "zh" else w.text for w in scenario.warnings],
    }


def _order(order: OrderDifference, words: Words) -> dict[str, str]:
    return {
        "order": order.order_id,
        "product": order.product,
        "change": signed(order.difference_h),
        "interval": _ends(order.low, order.high),
        "unfinished": words("unfinished_of", n=order.n_unfinished, total=order.n)
        if order.n_unfinished
        else "–",
    }


def _resource(difference: KpiDifference) -> dict[str, str]:
    def percent(value: float | None) -> float | None:
        return None if value is None else 100 * value

    return {
        "resource": difference.resource or "",
        "base": number(percent(difference.base)),
        "scenario": number(percent(difference.scenario)),
        "change": signed(percent(difference.difference)),
        "interval": _ends(percent(difference.low), percent(difference.high)),
    }


def _kpi_row(difference: KpiDifference, words: Words) -> dict[str, str]:
    scale = 100.0 if difference.unit == "" else 1.0
    unit = words(_UNIT_KEYS.get(difference.unit, "unit_percent"))

    def scaled(value: float | None) -> float | None:
        return None if value is None else scale * value

    return {
        "kpi": f"{words(f'kpi_{difference.kpi}')} ({unit})",
        "base": number(scaled(difference.base)),
        "scenario": number(scaled(difference.scenario)),
        "change": signed(scaled(difference.difference)),
        "interval": _ends(scaled(difference.low), scaled(difference.high)),
        "chance": number(scaled(difference.chance)),
        "data": number(scaled(difference.data)),
    }


def signed(value: float | None) -> str:
    """Return a number with its sign; unknown is a dash.

    Examples
    --------
    >>> signed(2.5), signed(-2.5), signed(0.0), signed(None)
    ('+2.5', '−2.5', '0', '–')
    """
    shown = number(value)
    return f"+{shown}" if value is not None and value > 0 else shown


def _ends(low: float | None, high: float | None) -> str:
    return "–" if low is None or high is None else f"{signed(low)} … {signed(high)}"
