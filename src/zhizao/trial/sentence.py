"""The result of a scenario in one sentence, in either language.

Which KPIs it names is fixed in advance: picking the one with the clearest
difference would flatter every scenario.
"""

from collections.abc import Sequence

from zhizao._base.words import Lang, say
from zhizao.trial.comparison import KpiDifference, OrderDifference

_NAMED = ("lead_time_mean_h", "throughput_per_week", "late_share")
_UNIT_KEYS = {"h": "unit_h", "orders/week": "unit_orders_week", "": "unit_points"}


def scenario_sentence(
    name: str,
    kpis: Sequence[KpiDifference],
    orders: Sequence[OrderDifference],
    *,
    lang: Lang = "en",
) -> str:
    """Return what a scenario changes, by how much, and who loses.

    Parameters
    ----------
    name : str
        Scenario.
    kpis : sequence of KpiDifference
        Lead time, throughput and share of late orders are named; the last one
        only where it is known.
    orders : sequence of OrderDifference
        The one that loses most comes first.

    Examples
    --------
    >>> change = KpiDifference(kpi="lead_time_mean_h", unit="h", base=50, scenario=40,
    ...                        difference=-10, low=-12, high=-8, n=20)
    >>> scenario_sentence("second saw", [change], [])
    'second saw: mean lead time falls by 10.0 h from 50.0 h (95 % interval 8.0 to 12.0); no known order is clearly earlier or later.'
    """
    by_kpi = {k.kpi: k for k in kpis if k.resource is None}
    named = [by_kpi[kpi] for kpi in _NAMED if kpi in by_kpi]
    clauses = [_clause(k, lang) for k in named if k.difference is not None or k.kpi != "late_share"]
    return say(
        __package__,
        "sentence",
        lang=lang,
        name=name,
        clauses=say(__package__, "separator", lang=lang).join(clauses),
        orders=_orders(orders, lang),
    )


def _clause(difference: KpiDifference, lang: Lang) -> str:
    kpi = say(__package__, f"kpi_{difference.kpi}", lang=lang)
    if difference.difference is None or difference.low is None or difference.high is None:
        return say(__package__, "clause_unknown", lang=lang, kpi=kpi)
    if difference.low == difference.high == 0.0:
        return say(__package__, "clause_equal", lang=lang, kpi=kpi, n=difference.n)
    scale = 100.0 if difference.unit == "" else 1.0
    unit = say(__package__, _UNIT_KEYS[difference.unit], lang=lang)
    low, high = scale * difference.low, scale * difference.high
    widest = max(abs(low), abs(high))
    digits = 1 if widest >= 0.5 else 2 if widest >= 0.05 else 3
    parts = _parts(difference, scale=scale, digits=digits, lang=lang)
    if not difference.is_clear:
        ends = {"low": f"{low:+.{digits}f}", "high": f"{high:+.{digits}f}"}
        return say(__package__, "clause_same", lang=lang, kpi=kpi, unit=unit, parts=parts, **ends)
    if difference.is_slight:
        ends = {"low": f"{low:+.{digits}f}", "high": f"{high:+.{digits}f}"}
        base = _with_unit(difference, scale, unit)
        return say(
            __package__, "clause_slight", lang=lang, kpi=kpi, unit=unit, base=base, parts=parts, **ends
        )  # fmt: skip
    sizes = sorted((abs(low), abs(high)))
    return say(
        __package__,
        "clause_falls" if high < 0 else "clause_rises",
        lang=lang,
        kpi=kpi,
        unit=unit,
        base=_with_unit(difference, scale, unit),
        size=f"{abs(scale * difference.difference):.{digits}f}",
        low=f"{sizes[0]:.{digits}f}",
        high=f"{sizes[1]:.{digits}f}",
        parts=parts,
    )


def _parts(difference: KpiDifference, *, scale: float, digits: int, lang: Lang) -> str:
    """Return how much of the interval is chance, where the learnt values' errors are in it."""
    if difference.chance is None or difference.data is None:
        return ""
    return say(
        __package__,
        "clause_parts",
        lang=lang,
        chance=f"{scale * difference.chance:.{digits}f}",
        data=f"{scale * difference.data:.{digits}f}",
    )


def _with_unit(difference: KpiDifference, scale: float, unit: str) -> str:
    value = f"{scale * (difference.base or 0.0):.1f}"
    return f"{value} %" if difference.unit == "" else f"{value} {unit}"


def _orders(orders: Sequence[OrderDifference], lang: Lang) -> str:
    gainers = sum(o.verdict == "gains" for o in orders)
    losers = [o for o in orders if o.verdict == "loses"]
    if not gainers and not losers:
        return say(__package__, "orders_none", lang=lang)
    text = say(
        __package__,
        "orders_changed",
        lang=lang,
        n=len(orders),
        gainers=gainers,
        losers=len(losers),
    )
    if losers:
        worst = max(losers, key=lambda o: o.difference_h)
        hours = f"{worst.difference_h:.1f}"
        text += say(__package__, "orders_worst", lang=lang, order=worst.order_id, hours=hours)
    return text
