"""Numbers computed from records, real or simulated, by the same code."""

from zhizao.kpi.energy import energy_by_order, energy_by_resource
from zhizao.kpi.flow import flow_kpis
from zhizao.kpi.kpi import Kpi, explain
from zhizao.kpi.load import busy_hours, open_hours
from zhizao.kpi.spans import lead_times, order_spans
from zhizao.kpi.wip import throughput_by_week, wip_curve, wip_mean

__all__ = [
    "Kpi",
    "busy_hours",
    "energy_by_order",
    "energy_by_resource",
    "explain",
    "flow_kpis",
    "lead_times",
    "open_hours",
    "order_spans",
    "throughput_by_week",
    "wip_curve",
    "wip_mean",
]
