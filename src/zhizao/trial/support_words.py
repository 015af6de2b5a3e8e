"""Warnings about support: their words, and how far outside the records each one says to be."""

from collections.abc import Iterable
from typing import Any, Literal

from zhizao._base.words import say
from zhizao.trial.comparison import Support, SupportWarning

LEVELS: dict[str, Literal["edge", "outside"]] = {
    "capacity_not_seen": "edge",
    "carriers_not_recorded": "outside",
    "demand_edge": "edge",
    "demand_outside": "outside",
    "demand_unknown": "outside",
    "down_not_recorded": "edge",
    "failures_not_recorded": "outside",
    "few_orders": "outside",
    "fewer_resources": "edge",
    "hours_never_worked": "outside",
    "hours_not_here": "edge",
    "more_resources_than_seen": "edge",
    "no_records": "outside",
    "quantity_outside": "outside",
    "resource_never_seen": "outside",
    "rework_not_learnt": "outside",
    "rework_not_seen": "edge",
    "rule_not_seen": "edge",
    "setups_not_recorded": "outside",
    "speed_outside": "outside",
    "times_outside": "outside",
    "weak_values": "edge",
}
"""What is done by known machines, people and orders in a way that no record shows is at the
edge; what no record measures at all is outside. Codes that are not here are notes."""


def support_warning(code: str, **values: Any) -> SupportWarning:
    """Return the warning of a code in both languages.

    Examples
    --------
    >>> warning = support_warning("few_orders", product="P1", n=2)
    >>> warning.code, warning.level
    ('few_orders', 'outside')
    """
    key = f"warn_{code}"
    return SupportWarning(
        code=code,
        level=LEVELS.get(code, "note"),
        text=say(__package__, key, lang="en", **values),
        text_zh=say(__package__, key, lang="zh", **values),
    )


def support_of(warnings: Iterable[SupportWarning]) -> Support:
    """Return where a what-if with these warnings lies: as its worst one says.

    Examples
    --------
    >>> support_of([])
    'inside'
    >>> support_of([support_warning("few_orders", product="P1", n=2)])
    'outside'
    """
    levels = {w.level for w in warnings}
    return "outside" if "outside" in levels else "edge" if "edge" in levels else "inside"
