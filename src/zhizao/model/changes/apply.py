"""Apply a scenario: plant and orders → plant and orders, a pure function."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from zhizao._base.errors import InputError, ScenarioError, did_you_mean
from zhizao.model import scenario as changes
from zhizao.model._noun import Noun
from zhizao.model.changes import (
    change_calendars,
    change_energy,
    change_orders,
    change_resources,
    change_rework,
    change_times,
    change_transports,
)
from zhizao.model.changes.branch import Branch, ChangeError
from zhizao.model.order import Order
from zhizao.model.plant import Plant
from zhizao.model.scenario import Scenario

APPLIERS: dict[type[Noun], Callable[[Branch, Any], Branch]] = {
    changes.AddOrder: change_orders.add_order,
    changes.AddResource: change_resources.add_resource,
    changes.AddShift: change_calendars.add_shift,
    changes.ChangeCalendar: change_calendars.change_calendar,
    changes.ChangeCarrier: change_transports.change_carrier,
    changes.ChangeOrder: change_orders.change_order,
    changes.ChangeTariff: change_energy.change_tariff,
    changes.RemoveOrder: change_orders.remove_order,
    changes.RemoveResource: change_resources.remove_resource,
    changes.ScaleDemand: change_orders.scale_demand,
    changes.ScaleFailures: change_resources.scale_failures,
    changes.ScalePower: change_energy.scale_power,
    changes.ScaleRework: change_rework.scale_rework,
    changes.ScaleSetups: change_times.scale_setups,
    changes.ScaleSpeed: change_resources.scale_speed,
    changes.ScaleTimes: change_times.scale_times,
    changes.SetCalendar: change_calendars.set_calendar,
    changes.SetCarrier: change_transports.set_carrier,
    changes.SetDispatch: change_resources.set_dispatch,
    changes.SetFailure: change_resources.set_failure,
    changes.SetPower: change_energy.set_power,
    changes.SetSetup: change_times.set_setup,
    changes.SetTariff: change_energy.set_tariff,
    changes.TakeDown: change_calendars.take_down,
}
"""Type of change → the function that applies it; a new type gets one line here."""


def apply_scenario(
    plant: Plant,
    orders: Sequence[Order],
    scenario: Scenario,
    *,
    now: datetime,
    scenarios: Mapping[str, Scenario] | None = None,
) -> tuple[Plant, tuple[Order, ...]]:
    """Return the plant and the orders after all changes of a scenario and its bases.

    Provenances of values are kept as they are: they tell where the values of
    the unchanged plant come from.

    Parameters
    ----------
    plant, orders
        What is there; not changed.
    scenario : Scenario
        The branch; the changes of its base come first.
    now : datetime
        The instant from which orders count as orders to come, aware.
    scenarios : mapping of name to Scenario, optional
        Where bases are found.

    Raises
    ------
    ScenarioError
        If a base is missing or bases go round in a circle; or with every
        change that does not fit: scenario, number of the change, name, and the
        nearest known name. A change that fails is passed over to look for
        faults in the next ones.

    Examples
    --------
    >>> from datetime import UTC
    >>> from zhizao.model.plant import Resource, WorkCentre
    >>> from zhizao.model.scenario import ScaleSpeed
    >>> lathe = Resource(id="lathe", work_centre="turning")
    >>> plant = Plant(name="P", work_centres=(WorkCentre(id="turning"),), resources=(lathe,))
    >>> faster = Scenario(name="fast", changes=(ScaleSpeed(resource="lathe", factor=1.5),))
    >>> now = datetime(2024, 1, 1, tzinfo=UTC)
    >>> apply_scenario(plant, (), faster, now=now)[0].resources[0].speed
    1.5
    """
    if now.tzinfo is None:
        raise InputError(f"Datetime {now} has no time zone; give an aware one.")
    branch = Branch(plant=plant, orders=tuple(orders), now=now)
    faults = []
    for member in base_chain(scenario, scenarios=scenarios):
        for number, change in enumerate(member.changes, start=1):
            try:
                branch = APPLIERS[type(change)](branch, change)
            except ChangeError as error:
                place = f"Scenario '{member.name}', change {number} ({change.change})"
                faults.append(f"{place}: {str(error).rstrip('.')}.".replace("?.", "?"))
    if faults:
        raise ScenarioError("\n".join(faults))
    return branch.plant, branch.orders


def base_chain(
    scenario: Scenario, *, scenarios: Mapping[str, Scenario] | None = None
) -> tuple[Scenario, ...]:
    """Return a scenario and the scenarios that it builds on, the root first.

    Raises
    ------
    ScenarioError
        If a base is missing, or the bases go round in a circle.

    Examples
    --------
    >>> root = Scenario(name="root")
    >>> [s.name for s in base_chain(Scenario(name="a", base="root"), scenarios={"root": root})]
    ['root', 'a']
    """
    known = scenarios or {}
    chain = [scenario]
    while (base := chain[-1].base) is not None:
        if base in [s.name for s in chain]:
            circle = " → ".join([*(s.name for s in chain), base])
            raise ScenarioError(
                f"Scenario '{scenario.name}' builds on itself: {circle}. Change a base."
            )
        if base not in known:
            hint = did_you_mean(base, known)
            raise ScenarioError(
                f"Scenario '{chain[-1].name}' builds on '{base}', which is not there.{hint}"
            )
        chain.append(known[base])
    return tuple(reversed(chain))
