"""Section 2: the learnt plant, as pictures and tables."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import polars as pl

from zhizao._base.words import Lang
from zhizao.kpi import flow_kpis, order_spans
from zhizao.model.calendar import WEEKDAYS, minutes_of_shift
from zhizao.model.order import Order
from zhizao.model.plant import Calendar, Plant, Provenance, Routing, Step
from zhizao.model.records import Records
from zhizao.serve.drawing.charts import bar_chart, number
from zhizao.serve.report.graph import Box, routing_graph
from zhizao.serve.report.plots import week_heat_map
from zhizao.serve.report.wording import Words

MIN_SAMPLE = 5
N_PRODUCTS = 6
N_VARIANTS = 2
N_CALENDARS = 6
N_RESOURCES = 20


def plant_section(
    plant: Plant, orders: Sequence[Order], records: Records | None, *, lang: Lang
) -> dict[str, Any] | None:
    """Return what the page says of the plant, or None where no plant was learnt.

    Parameters
    ----------
    plant, orders, records
        Contents of the plant folder; records may be absent.
    lang : {"en", "zh"}
        Language.
    """
    if not plant.routings:
        return None
    words = Words(lang=lang)
    by_where = {p.where: p for p in plant.provenances}
    counts = _orders_by_product(orders, records)
    names = sorted({r.product for r in plant.routings}, key=lambda p: (-counts[p], p))
    return {
        "facts": words(
            "plant_facts",
            n_products=len(names),
            n_variants=len(plant.routings),
            n_resources=len(plant.resources),
            n_centres=len(plant.work_centres),
            n_calendars=len(plant.calendars),
            n_values=f"{len(plant.provenances):,}",
        ),
        "weak": _weak_facts(plant.provenances, words),
        "products": [
            _product(plant, name, counts[name], by_where, words) for name in names[:N_PRODUCTS]
        ],
        "n_more_products": max(0, len(names) - N_PRODUCTS),
        "calendars": _calendars(plant, words),
        "n_more_calendars": max(0, len(plant.calendars) - N_CALENDARS),
        "load": _load(plant, orders, records, words),
    }


def records_window(records: Records) -> tuple[datetime, datetime] | None:
    """Return the first and the last instant of the records, or None."""
    instants = pl.concat([records.operations[c] for c in ("start_at", "end_at", "scheduled_at")])
    first, last = instants.min(), instants.max()
    if isinstance(first, datetime) and isinstance(last, datetime) and last > first:
        return first, last
    return None


def _orders_by_product(orders: Sequence[Order], records: Records | None) -> Counter[str]:
    if records is not None:
        spans = order_spans(records, orders).drop_nulls("product")
        return Counter(dict(spans.group_by("product").len().iter_rows()))
    return Counter(o.product for o in orders)


def _weak_facts(provenances: Sequence[Provenance], words: Words) -> str:
    weak = sum(is_weak(p) for p in provenances)
    return (
        words("plant_weak", n_weak=f"{weak:,}", n=f"{len(provenances):,}", minimum=MIN_SAMPLE)
        if weak
        else ""
    )


def is_weak(provenance: Provenance) -> bool:
    """Return whether a value was assumed or rests on very few cases."""
    return provenance.source == "assumed" or (
        provenance.source == "learnt" and provenance.n < MIN_SAMPLE
    )


def _product(
    plant: Plant,
    product: str,
    n_orders: int,
    by_where: dict[str, Provenance],
    words: Words,
) -> dict[str, Any]:
    routings = sorted(
        (r for r in plant.routings if r.product == product), key=lambda r: (-r.share, r.variant)
    )
    return {
        "name": product,
        "n_orders": n_orders,
        "variants": [_variant(r, by_where, words) for r in routings[:N_VARIANTS]],
        "n_more_variants": max(0, len(routings) - N_VARIANTS),
    }


def _variant(routing: Routing, by_where: dict[str, Provenance], words: Words) -> dict[str, Any]:
    boxes, rows = [], []
    for step in routing.steps:
        root = f"routings/{routing.product}/{routing.variant}/{step.step}/"
        found = [p for where, p in by_where.items() if where.startswith(root)]
        times = [p for p in found if f"{p.where}/".startswith(f"{root}time/")]
        n = max((p.n for p in times), default=None)
        stands_on_little = any(is_weak(p) for p in times)
        resources = ", ".join(o.resource for o in step.resources) or words("no_resource")
        sample = words("sample", n=n) if n is not None else words("sample_unknown")
        boxes.append(
            Box(
                step=step.step,
                title=f"{step.step} {step.operation}",
                lines=(_time_text(step, words), f"{sample} · {resources}"),
                share=step.probability,
                is_weak=stands_on_little,
                rework_to=step.rework.to_step if step.rework else None,
                rework_label=words(
                    "rework", share=f"{step.rework.probability:.0%}", step=step.rework.to_step
                )
                if step.rework
                else "",
            )
        )
        rows.append(
            {
                "step": step.step,
                "operation": step.operation,
                "resources": resources,
                "time": _time_text(step, words),
                "interval": _interval_text(times),
                "n": "–" if n is None else n,
                "level": words(f"level_{times[0].level}") if times else "–",
                "share": f"{step.probability:.0%}",
                "scrap": f"{step.scrap_share:.1%}",
                "delay": number(step.delay.mean_min / 60),
                "is_weak": stands_on_little,
            }
        )
    title = words("routing_of", product=routing.product)
    return {
        "name": routing.variant,
        "share": f"{routing.share:.0%}",
        "graph": routing_graph(boxes, title=title),
        "rows": rows,
    }


def _time_text(step: Step, words: Words) -> str:
    time = step.time
    if time.setup_min and time.per_piece_min:
        return words("time_both", lot=number(time.setup_min), piece=number(time.per_piece_min))
    if time.per_piece_min:
        return words("time_piece", piece=number(time.per_piece_min))
    return words("time_lot", lot=number(time.setup_min))


def _interval_text(times: Sequence[Provenance]) -> str:
    shown = []
    for p in times:
        part = p.where.rpartition("/")[2]
        label = "" if part == "time" else f"{part}: "
        value = "" if p.value is None else f"{number(p.value)} min "
        if p.low is not None and p.high is not None:
            shown.append(f"{label}{value}({number(p.low)} … {number(p.high)})")
    return "; ".join(shown) or "–"


def _calendars(plant: Plant, words: Words) -> list[dict[str, Any]]:
    users: dict[str, list[str]] = {}
    for resource in plant.resources:
        if resource.calendar is not None:
            users.setdefault(resource.calendar, []).append(resource.id)
    ranked = sorted(plant.calendars, key=lambda c: (-len(users.get(c.id, ())), c.id))
    days = words("weekdays").split(" ")
    shown = []
    for calendar in ranked[:N_CALENDARS]:
        shares = open_share_by_hour(calendar)
        hours = sum(map(sum, shares))
        who = users.get(calendar.id, [])
        shown.append(
            {
                "name": (name := calendar_name(calendar.id, words)),
                "users": "" if who and calendar.id.endswith(who[0]) else _some(who),
                "hours": number(hours),
                "picture": week_heat_map(shares, days=days, title=name),
            }
        )
    return shown


def calendar_name(calendar_id: str, words: Words) -> str:
    """Return what a calendar is called on the page: ids that learning gives in its language.

    Examples
    --------
    >>> words = Words(lang="zh")
    >>> calendar_name("resource M1", words), calendar_name("night", words)
    ('资源 M1', 'night')
    """
    if calendar_id == "plant":
        return words("level_plant")
    for start, key in (("resource ", "calendar_resource"), ("work centre ", "calendar_centre")):
        if calendar_id.startswith(start):
            return words(key, name=calendar_id.removeprefix(start))
    return calendar_id


def _some(names: Sequence[str], *, n: int = 6) -> str:
    return ", ".join(names[:n]) + (f" … +{len(names) - n}" if len(names) > n else "")


def open_share_by_hour(calendar: Calendar) -> list[list[float]]:
    """Return the share of each hour of the week that a calendar's shifts cover.

    Returns
    -------
    list of 7 lists of 24 floats
        Monday first; exceptions are not in it.

    Examples
    --------
    >>> from zhizao.model.plant import Shift
    >>> shift = Shift(weekday="sun", start="23:30", end="01:00")
    >>> week = open_share_by_hour(Calendar(id="c", shifts=(shift,)))
    >>> week[6][23], week[0][0]
    (0.5, 1.0)
    """
    minutes = [[False] * 1440 for _ in WEEKDAYS]
    for shift in calendar.shifts:
        start_min, end_min = minutes_of_shift(shift)
        day = WEEKDAYS.index(shift.weekday)
        for minute in range(start_min, end_min):
            minutes[(day + minute // 1440) % 7][minute % 1440] = True
    return [[sum(day[h * 60 : h * 60 + 60]) / 60 for h in range(24)] for day in minutes]


def _load(
    plant: Plant, orders: Sequence[Order], records: Records | None, words: Words
) -> dict[str, Any] | None:
    window = records_window(records) if records is not None else None
    if records is None or window is None:
        return None
    kpis = flow_kpis(records, orders, plant=plant, start_at=window[0], end_at=window[1])
    rows = [
        (key.partition(":")[2], kpi.value, kpi.n)
        for key, kpi in kpis.items()
        if key.startswith("utilisation:") and kpi.value is not None
    ]
    rows.sort(key=lambda r: (-(r[1] or 0.0), r[0]))
    chart = bar_chart(
        [
            (name, 100 * (share or 0.0), words("load_note", share=f"{share:.0%}", n=n))
            for name, share, n in rows[:N_RESOURCES]
        ],
        title=words("load_title"),
        axis=words("load_axis"),
        last=100.0,
    )
    return {"chart": chart, "n_more": max(0, len(rows) - N_RESOURCES), "n": len(rows)}
