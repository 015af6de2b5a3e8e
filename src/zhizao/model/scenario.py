"""Scenario: a named branch, a base and a list of typed changes.

Each change is data; ``apply_scenario`` (in ``apply``) is a pure function from
plant and orders to plant and orders.
"""

from typing import Annotated, Literal

from pydantic import Field

from zhizao.model._noun import Instant, Name, NonNegative, Noun, Positive
from zhizao.model.order import Order
from zhizao.model.plant import CalendarException, Carrier, Failure, Power, RuleName, Shift, Tariff


class AddResource(Noun):
    """Add a resource, as a twin of another or with its own numbers.

    With ``like``, it may do every step that the other may do, at the same
    speed, calendar and failures, unless stated otherwise.
    """

    change: Literal["add_resource"] = "add_resource"
    resource: Name = Field(description="name of the new resource")
    like: Name = Field(description="existing resource that it resembles")
    speed: Positive | None = Field(default=None, description="own speed")
    capacity: int | None = Field(default=None, ge=1, description="own capacity")
    calendar: Name | None = Field(default=None, description="own calendar")


class RemoveResource(Noun):
    """Take a resource out for good."""

    change: Literal["remove_resource"] = "remove_resource"
    resource: Name = Field(description="resource")


class ScaleSpeed(Noun):
    """Make a resource faster (factor above 1) or slower."""

    change: Literal["scale_speed"] = "scale_speed"
    resource: Name = Field(description="resource")
    factor: Positive = Field(description="new speed divided by old speed")


class TakeDown(Noun):
    """Take a resource down from one instant to another."""

    change: Literal["take_down"] = "take_down"
    resource: Name = Field(description="resource")
    from_at: Instant = Field(description="from")
    to_at: Instant = Field(description="to")


class SetCalendar(Noun):
    """Give resources another calendar, by name."""

    change: Literal["set_calendar"] = "set_calendar"
    resources: tuple[Name, ...] = Field(min_length=1, description="resources")
    calendar: Name = Field(description="existing calendar, or one defined by change_calendar")


class ChangeCalendar(Noun):
    """Replace the shifts of a calendar, or define a new calendar."""

    change: Literal["change_calendar"] = "change_calendar"
    calendar: Name = Field(description="calendar; a new name defines a new one")
    shifts: tuple[Shift, ...] = Field(description="all its shifts")
    exceptions: tuple[CalendarException, ...] | None = Field(
        default=None, description="all its exceptions; absent: as before"
    )


class AddShift(Noun):
    """Add shifts to the calendars of resources; only these resources are changed."""

    change: Literal["add_shift"] = "add_shift"
    resources: tuple[Name, ...] = Field(min_length=1, description="resources")
    shifts: tuple[Shift, ...] = Field(min_length=1, description="shifts to add")


class ScaleTimes(Noun):
    """Scale working times of the steps that match all the given names."""

    change: Literal["scale_times"] = "scale_times"
    factor: NonNegative = Field(description="new time divided by old time")
    product: Name | None = Field(default=None, description="only this product")
    family: Name | None = Field(default=None, description="only products of this family")
    operation: Name | None = Field(default=None, description="only this operation")
    part: Literal["all", "setup", "per_piece"] = Field(
        default="all",
        description="which part; 'setup' is that of batches, and a day or more once per lot, only "
        "where their operation is named",
    )


class ScaleRework(Noun):
    """Make rework more or less frequent: detours, and extra visits of an operation done before."""

    change: Literal["scale_rework"] = "scale_rework"
    factor: NonNegative = Field(description="new chance divided by old; 0: none")
    product: Name | None = Field(default=None, description="only this product")
    operation: Name | None = Field(
        default=None, description="only detours after this operation, and extra visits of it"
    )


class SetSetup(Noun):
    """Set one setup time between families."""

    change: Literal["set_setup"] = "set_setup"
    work_centre: Name = Field(description="work centre")
    from_family: Name | None = Field(default=None, description="family before; absent: any")
    to_family: Name | None = Field(default=None, description="family after; absent: any")
    setup_min: NonNegative = Field(description="minutes")


class ScaleSetups(Noun):
    """Scale the setup times between families."""

    change: Literal["scale_setups"] = "scale_setups"
    factor: NonNegative = Field(description="new setup divided by old setup")
    work_centre: Name | None = Field(default=None, description="only here; absent: everywhere")


class SetDispatch(Noun):
    """Set the queue rule of one work centre or of all."""

    change: Literal["set_dispatch"] = "set_dispatch"
    rule: RuleName = Field(description="rule")
    work_centre: Name | None = Field(default=None, description="only here; absent: everywhere")


class SetFailure(Noun):
    """Set or remove the breakdowns of a resource."""

    change: Literal["set_failure"] = "set_failure"
    resource: Name = Field(description="resource")
    failure: Failure | None = Field(default=None, description="absent: it no longer fails")


class ScaleFailures(Noun):
    """Make failures more or less frequent."""

    change: Literal["scale_failures"] = "scale_failures"
    factor: NonNegative = Field(description="new failures per hour divided by old; 0: none")
    resource: Name | None = Field(default=None, description="only this one; absent: all")


class SetTariff(Noun):
    """Let the plant pay another tariff, by name."""

    change: Literal["set_tariff"] = "set_tariff"
    tariff: Name | None = Field(
        default=None, description="existing tariff, or one defined by change_tariff; absent: none"
    )


class ChangeTariff(Noun):
    """Replace a tariff, or define a new one."""

    change: Literal["change_tariff"] = "change_tariff"
    tariff: Tariff = Field(description="the whole tariff; a new name defines a new one")


class ScalePower(Noun):
    """Scale the electric power of resources in all states."""

    change: Literal["scale_power"] = "scale_power"
    factor: NonNegative = Field(description="new power divided by old power")
    resource: Name | None = Field(default=None, description="only this one; absent: all")


class SetPower(Noun):
    """Set or remove the electric power of a resource."""

    change: Literal["set_power"] = "set_power"
    resource: Name = Field(description="resource")
    power: Power | None = Field(default=None, description="absent: it is not known any more")


class ChangeCarrier(Noun):
    """Replace a group of carriers, or define a new one."""

    change: Literal["change_carrier"] = "change_carrier"
    carrier: Carrier = Field(description="the whole group; a new name defines a new one")


class SetCarrier(Noun):
    """Say who carries on the transports between the given work centres."""

    change: Literal["set_carrier"] = "set_carrier"
    carrier: Name | None = Field(
        default=None,
        description="existing carrier, or one defined by change_carrier; "
        "absent: there is always somebody",
    )
    from_work_centre: Name | None = Field(default=None, description="only from here")
    to_work_centre: Name | None = Field(default=None, description="only to here")


class AddOrder(Noun):
    """Add an order."""

    change: Literal["add_order"] = "add_order"
    order: Order = Field(description="the order")


class ChangeOrder(Noun):
    """Change fields of an order; absent fields stay."""

    change: Literal["change_order"] = "change_order"
    order_id: Name = Field(description="order")
    quantity: Positive | None = Field(default=None, description="new quantity")
    release_at: Instant | None = Field(default=None, description="new release")
    due_at: Instant | None = Field(default=None, description="new due")
    priority: int | None = Field(default=None, description="new priority")


class RemoveOrder(Noun):
    """Cancel an order."""

    change: Literal["remove_order"] = "remove_order"
    order_id: Name = Field(description="order")


class ScaleDemand(Noun):
    """Scale how many orders come in.

    The demand's rate is multiplied. Of the known orders that are released
    after the run's start, an even share is repeated (named ``ID+1``) or left
    out.
    """

    change: Literal["scale_demand"] = "scale_demand"
    factor: NonNegative = Field(description="new number of orders divided by old")
    product: Name | None = Field(default=None, description="only this product; absent: all")


Change = Annotated[
    AddResource
    | RemoveResource
    | ScaleSpeed
    | TakeDown
    | SetCalendar
    | ChangeCalendar
    | AddShift
    | ScaleTimes
    | SetSetup
    | ScaleRework
    | ScaleSetups
    | SetDispatch
    | SetFailure
    | ScaleFailures
    | SetTariff
    | ChangeTariff
    | SetPower
    | ScalePower
    | ChangeCarrier
    | SetCarrier
    | AddOrder
    | ChangeOrder
    | RemoveOrder
    | ScaleDemand,
    Field(discriminator="change"),
]
"""Any change; the key ``change`` says which."""


class Scenario(Noun):
    """A named branch of the plant: what is changed, in order."""

    name: Name = Field(description="unique name")
    description: str = Field(default="", description="why somebody would try it")
    base: Name | None = Field(
        default=None, description="scenario that it builds on; empty: the plant as it is"
    )
    changes: tuple[Change, ...] = Field(default=(), description="applied one after the other")
