"""A warning where stock that serves who asks first would not keep to the plan."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import numpy as np

from zhizao._base.words import Lang, say
from zhizao.schedule.factory.factory_assignment import FactoryAssignment
from zhizao.schedule.from_plant.build import PlantProblem
from zhizao.schedule.from_plant.withdrawals import late_withdrawals
from zhizao.schedule.plan.missing import asked_at

_MOST_NAMES = 5


def served_later(
    told: PlantProblem,
    plan: FactoryAssignment,
    *,
    dated: Mapping[tuple[str, int], datetime],
    lang: Lang,
) -> tuple[str, ...]:
    """Return a warning that names the orders that a stock without reservations would hold up.

    ``dated``: (order, step) whose material is there at a known instant.
    """
    timing, steps = told.materials.timing, told.chains.steps
    if timing is None:
        return ()
    asks_at = np.array(
        [
            timing.asks_at[i] if one.first_of_order else asked_at(told, plan, i)
            for i, one in enumerate(steps)
        ],
        np.int64,
    )
    found = late_withdrawals(
        told.plant,
        steps,
        timing=replace(timing, asks_at=asks_at),
        begin=plan.begin,
        end=plan.end,
        dated=dated,
    )
    if not found:
        return ()
    names = list(dict.fromkeys(steps[one.operation].order.id for one in found))
    shown = ", ".join(names[:_MOST_NAMES]) + (", …" if len(names) > _MOST_NAMES else "")
    return (say(__package__, "served_later", lang=lang, n=len(found), orders=shown),)
