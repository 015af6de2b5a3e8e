"""The page of a plan: figures, Gantt chart, late orders with their causes, risks."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from zhizao._base.words import Lang, say
from zhizao.model import Plant, Schedule
from zhizao.serve.drawing import page_style
from zhizao.serve.drawing.charts import svg
from zhizao.serve.plan.gantt import (
    HEAD_PX,
    LABEL_PX,
    ROW_PX,
    axis_of,
    gantt_svg,
    labels_svg,
    rows_of,
)

if TYPE_CHECKING:  # a plan that was made needs no planner to be shown
    from zhizao.schedule import PlanRisk

_MOST_ROWS = 30
_SURE = 0.9

_STYLE = """
body { max-width: none; padding: 10px 20px 40px; }
h2 { margin-top: 22px; }
td.why { max-width: 110ch; }
p { max-width: 140ch; }
"""


def plan_html(
    plan: Schedule,
    plant: Plant,
    *,
    risk: "PlanRisk | None" = None,
    told: Sequence[str] = (),
    lang: Lang = "en",
) -> str:
    """Return a plan as one self-contained page.

    ``told``: sentences on what the plan changes, what would make an order earlier, and the like.

    Examples
    --------
    >>> from datetime import UTC
    >>> plan = Schedule(plant="柳州 <1>", made_at=datetime(2024, 1, 1, tzinfo=UTC))
    >>> "柳州 &lt;1&gt;" in plan_html(plan, Plant(name="柳州 <1>"))
    True
    """
    words = _Words(lang)
    zone = ZoneInfo(plant.time_zone)
    title = words("title", plant=plan.plant)
    made = words(
        "made",
        at=f"{plan.made_at.astimezone(zone):%Y-%m-%d %H:%M}",
        objective=plan.objective,
        seconds=plan.seconds,
        solver=plan.solver,
    )
    body = [f"<header><h1>{escape(title)}</h1><span class='quiet'>{escape(made)}</span></header>"]
    if plan.causes:
        causes = _list(c.sentence for c in plan.causes)
        body.append(f"<div class='warn'><p>{escape(words('infeasible'))}</p>{causes}</div>")
    else:
        body.append(_kpis(plan, risk, words))
        if told:
            body.append(f"<h2>{escape(words('told'))}</h2>{_list(told)}")
        body.append(plan_chart(plan, plant, lang=words.lang))
        body += [_late(plan, words, zone), _risk(plan, risk, words, zone)]
    if plan.warnings:
        body.append(f"<h2>{escape(words('not_respected'))}</h2>{_list(plan.warnings)}")
    return (
        f"<!doctype html><html lang='{lang}'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{escape(title)}</title><style>{page_style()}{_STYLE}</style></head>"
        f"<body>{''.join(body)}</body></html>\n"
    )


class _Words:
    def __init__(self, lang: Lang) -> None:
        self.lang = lang

    def __call__(self, key: str, **values: object) -> str:
        return say(__package__, key, lang=self.lang, **values)


def kpi_lines(plan: Schedule, risk: "PlanRisk | None", *, lang: Lang) -> list[tuple[str, str]]:
    """Return the plan's figures: (value, what it is), in the order of their importance."""
    words = _Words(lang)
    values = plan.values
    lines = [
        (f"{len(plan.orders):,}", words("kpi_orders")),
        (f"{values.get('late_orders', 0.0):,.0f}", words("kpi_late")),
    ]
    if risk is not None:
        lines.append((f"{risk.expected_late:,.1f}", words("kpi_expected_late")))
    lines += [
        (f"{values.get('tardiness', 0.0):,.1f}", words("kpi_tardiness")),
        (f"{values.get('setup', 0.0):,.1f}", words("kpi_setup")),
        (f"{values.get('makespan', 0.0):,.1f}", words("kpi_makespan")),
    ]
    for name, key in (("energy_cost", "kpi_energy_cost"), ("carbon", "kpi_carbon")):
        if name in values and name in plan.objective:
            lines.append((f"{values[name]:,.0f}", words(key)))
    if "moved" in values:
        lines.append(
            (f"{values['moved']:,.0f}", words("kpi_moved", n=f"{values['moved_of']:,.0f}"))
        )
    if plan.value is not None:
        lines.append((f"{plan.value:,.4g}", words("kpi_value", objective=plan.objective)))
    if plan.bound is not None:
        lines.append((f"{plan.bound:,.4g}", words("kpi_bound")))
    if plan.gap is not None:
        lines.append((f"{100.0 * plan.gap:.0f} %", words("kpi_gap")))
    return lines


def _kpis(plan: Schedule, risk: "PlanRisk | None", words: _Words) -> str:
    items = "".join(
        f"<li><b>{escape(value)}</b><span>{escape(what)}</span></li>"
        for value, what in kpi_lines(plan, risk, lang=words.lang)
    )
    return f"<ul class='kpis'>{items}</ul>"


def plan_chart(plan: Schedule, plant: Plant, *, lang: Lang) -> str:
    """Return the Gantt chart of a plan as HTML, its names escaped, with its legend."""
    words = _Words(lang)
    title = words("chart")
    labels, bars = labels_svg(rows_of(plan, plant), title=title), _bars(plan, plant, words)
    return (
        f"<div class='gantt'><div class='names'>{labels}</div><div class='bars'>{bars}</div></div>"
        f"<p class='quiet'>{escape(words('legend'))}</p>"
    )


def plan_picture(plan: Schedule, plant: Plant, *, lang: Lang) -> str:
    """Return the Gantt chart of a plan as one SVG picture, for documents.

    Examples
    --------
    >>> from datetime import UTC
    >>> empty = Schedule(plant="P", made_at=datetime(2024, 1, 1, tzinfo=UTC))
    >>> plan_picture(empty, Plant(name="P"), lang="en").count("<svg")
    4
    """
    words = _Words(lang)
    title, rows = words("chart"), rows_of(plan, plant)
    body = (
        f"<rect width='100%' height='100%' fill='white'/>{labels_svg(rows, title=title)}"
        f"<svg x='{LABEL_PX}'>{_bars(plan, plant, words)}</svg>"
    )
    width, height = LABEL_PX + axis_of(plan).width_px, HEAD_PX + ROW_PX * len(rows) + 4
    return svg(body, width=width, height=height, title=words("title", plant=plan.plant)) + "\n"


def _bars(plan: Schedule, plant: Plant, words: _Words) -> str:
    names = {key: words(f"word_{key}") for key in ("due", "setup", "late", "running", "fixed")}
    return gantt_svg(plan, plant, title=words("chart"), words=names)


def _late(plan: Schedule, words: _Words, zone: ZoneInfo) -> str:
    head = f"<h2>{escape(words('late_title'))}</h2>"
    if not plan.why_late:
        return head + f"<p>{escape(words('none_late'))}</p>"
    orders = {o.order_id: o for o in plan.orders}
    rows = [
        (
            w.order_id,
            _instant(orders[w.order_id].due_at, zone),
            _instant(orders[w.order_id].end_at, zone),
            f"{w.late_h:,.1f}",
            w.sentence,
        )
        for w in plan.why_late[:_MOST_ROWS]
    ]
    keys = ("col_order", "col_due", "col_planned", "col_late_h", "col_why")
    return head + _table([words(k) for k in keys], rows) + _more(len(plan.why_late), words)


def _risk(plan: Schedule, risk: "PlanRisk | None", words: _Words, zone: ZoneInfo) -> str:
    if risk is None or not plan.orders:
        return ""
    doubtful = sorted(
        (o for o in risk.orders if o.on_time is not None and o.on_time < _SURE),
        key=lambda o: (o.on_time or 0.0, o.order_id),
    )
    rows = [
        (
            o.order_id,
            _instant(o.due_at, zone),
            _instant(o.planned_at, zone),
            _instant(o.p90_at, zone),
            f"{100.0 * (o.on_time or 0.0):.0f} %",
        )
        for o in doubtful[:_MOST_ROWS]
    ]
    keys = ("col_order", "col_due", "col_planned", "col_p90", "col_on_time")
    table = _table([words(k) for k in keys], rows) + _more(len(doubtful), words)
    note = f"<p class='quiet'>{escape(words('risk_note', n=risk.n_futures, strict=risk.strictly_late))}</p>"
    return f"<h2>{escape(words('risk_title'))}</h2>{note}{table if rows else ''}"


def _more(n: int, words: _Words) -> str:
    if n <= _MOST_ROWS:
        return ""
    return f"<p class='quiet'>{escape(words('more', n=n - _MOST_ROWS))}</p>"


def _instant(at: datetime | None, zone: ZoneInfo) -> str:
    return "–" if at is None else f"{at.astimezone(zone):%m-%d %H:%M}"


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(h)}</th>" for h in headings)
    body = "".join(
        "<tr>" + "".join(f"<td class='why'>{escape(cell)}</td>" for cell in row) + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _list(lines: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"
