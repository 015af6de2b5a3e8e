"""Section 5: the plan that lies in the folder: its figures, its chart, who is late and why."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from zhizao._base.words import Lang
from zhizao.model import Plant, Schedule
from zhizao.serve.plan import kpi_lines, plan_chart
from zhizao.serve.report.wording import Words

N_LATE = 5


def plan_section(plan: Schedule | None, plant: Plant, *, lang: Lang) -> dict[str, Any] | None:
    """Return what the page says of a plan, or None where there is none.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> plan = Schedule(plant="P", made_at=datetime(2024, 1, 1, tzinfo=UTC), objective="late")
    >>> section = plan_section(plan, Plant(name="P"), lang="en")
    >>> section["facts"]
    'Made from 2024-01-01 00:00 on; objective: late.'
    """
    if plan is None:
        return None
    words = Words(lang=lang)
    zone = ZoneInfo(plant.time_zone)
    orders = {o.order_id: o for o in plan.orders}
    late = [
        {
            "order": why.order_id,
            "due": _local(orders[why.order_id].due_at, zone),
            "planned": _local(orders[why.order_id].end_at, zone),
            "why": why.sentence,
        }
        for why in plan.why_late[:N_LATE]
        if why.order_id in orders
    ]
    facts = words(
        "plan_facts", at=f"{plan.made_at.astimezone(zone):%Y-%m-%d %H:%M}", objective=plan.objective
    )
    causes = [cause.sentence for cause in plan.causes]
    return {
        "facts": facts,
        "causes": causes,
        "figures": [] if causes else kpi_lines(plan, None, lang=lang),
        "chart": "" if causes else plan_chart(plan, plant, lang=lang),
        "late": late,
        "n_more": max(0, len(plan.why_late) - N_LATE),
    }


def _local(at: datetime | None, zone: ZoneInfo) -> str:
    return "–" if at is None else f"{at.astimezone(zone):%m-%d %H:%M}"
