"""Plant: the factory in words.

All parts are tuples of small frozen records, one kind for each table of the
plant folder. ``check_plant`` (in ``checks``) looks at how the parts refer to
each other; a part by itself is checked where it is defined: times, calendars,
resources, routings, and here what joins them.
"""

from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from zhizao.model._noun import Instant, Name, NonNegative, Noun, Positive
from zhizao.model.plant_calendars import Calendar, CalendarException, Shift
from zhizao.model.plant_materials import Component, Output, Part
from zhizao.model.plant_resources import (
    Failure,
    Maintenance,
    Operator,
    Power,
    Resource,
    RuleName,
    Tool,
    Weights,
    WorkCentre,
)
from zhizao.model.plant_routings import Batch, Product, ResourceOption, Rework, Routing, Step
from zhizao.model.plant_tariffs import Tariff, TariffException, TariffPeriod
from zhizao.model.plant_times import Delay, DistributionName, Spread, TimeModel
from zhizao.model.plant_transports import Carrier, Transport

__all__ = [
    "Answer",
    "Batch",
    "Calendar",
    "CalendarException",
    "Carrier",
    "Component",
    "Delay",
    "Demand",
    "DistributionName",
    "Failure",
    "Maintenance",
    "Operator",
    "Output",
    "Part",
    "Plant",
    "Power",
    "Product",
    "Provenance",
    "Resource",
    "ResourceOption",
    "Rework",
    "Routing",
    "RuleName",
    "Setup",
    "Shift",
    "Spread",
    "Step",
    "Tariff",
    "TariffException",
    "TariffPeriod",
    "TimeModel",
    "Tool",
    "Transport",
    "Weights",
    "WipCap",
    "WorkCentre",
]


class Setup(Noun):
    """Minutes to change a work centre's resource from one family to another."""

    work_centre: Name = Field(description="work centre")
    from_family: Name | None = Field(description="family before; empty: any other, or none")
    to_family: Name | None = Field(description="family after; empty: any other")
    setup_min: NonNegative = Field(description="minutes")
    min_run_lots: int = Field(
        default=0,
        ge=0,
        description="lots of the family after that the resource runs before it may change again",
    )


class Demand(Noun):
    """How orders for a product come in, for runs beyond the known orders."""

    product: Name = Field(description="product")
    orders_per_week: NonNegative = Field(description="mean orders a week, Poisson in open time")
    quantities: tuple[Positive, ...] = Field(
        default=(1.0,), min_length=1, description="sample of order quantities, drawn evenly"
    )
    allowances_h: tuple[NonNegative, ...] = Field(
        default=(), description="sample of hours from release to due; empty: no due dates"
    )
    priority: int = Field(default=0, description="priority of these orders")
    week_factors: tuple[NonNegative, ...] = Field(
        default=(),
        description="factors on the rate in the weeks from factors_from_at on; outside them: 1",
    )
    factors_from_at: Instant | None = Field(
        default=None, description="begin of the first week of week_factors"
    )

    @model_validator(mode="after")
    def _factors_have_a_begin(self) -> "Demand":
        if bool(self.week_factors) != (self.factors_from_at is not None):
            raise ValueError(
                f"demand for '{self.product}' has only one of week_factors and factors_from_at, "
                "expected both or neither"
            )
        return self


class WipCap(Noun):
    """A cap on lots in the plant (CONWIP) or in a work centre (kanban).

    A lot is let into the plant when one leaves; into a work centre, where it waits and
    is worked on, when one is let into the next capped one or has gone on otherwise.
    """

    id: Name = Field(description="unique name")
    max_lots: int = Field(ge=1, description="lots there at most")
    product: Name | None = Field(default=None, description="only lots of it; empty: all lots")
    work_centre: Name | None = Field(
        default=None, description="lots in this work centre; empty: in the plant"
    )


class Provenance(Noun):
    """Where a value of the plant comes from."""

    where: str = Field(description="e.g. routings/P1/main/20/time/per_piece_min")
    source: Literal["learnt", "told", "assumed", "file"] = Field(description="kind of source")
    level: Literal["product", "family", "pooled", "resource", "plant"] = Field(
        description="whose records it comes from"
    )
    n: int = Field(ge=0, description="sample size")
    value: float | None = Field(default=None, description="the value itself, if a number")
    low: float | None = Field(default=None, description="lower end of its 95 % interval")
    high: float | None = Field(default=None, description="upper end of its 95 % interval")
    note: str = Field(default="", description="how it was obtained")


class Answer(Noun):
    """What a person says about something that the records cannot tell."""

    question: Name = Field(description="code of the question, e.g. capacity")
    about: str = Field(default="", description="whom it is about; empty: the whole plant")
    value: str = Field(min_length=1, description="the answer, in the form that the question takes")


class Plant(Noun):
    """The factory in words: everything that a twin or a schedule needs but the orders."""

    name: Name = Field(description="name of the plant")
    time_zone: str = Field(default="UTC", description="IANA name, e.g. Asia/Shanghai")
    currency: str = Field(default="CNY", pattern=r"^[A-Z]{3}$", description="ISO 4217 code")
    description: str = Field(default="", description="in words")
    work_centres: tuple[WorkCentre, ...] = Field(default=(), description="work centres")
    resources: tuple[Resource, ...] = Field(default=(), description="machines and places")
    operators: tuple[Operator, ...] = Field(default=(), description="people")
    calendars: tuple[Calendar, ...] = Field(default=(), description="calendars")
    products: tuple[Product, ...] = Field(default=(), description="products")
    routings: tuple[Routing, ...] = Field(default=(), description="routings")
    setups: tuple[Setup, ...] = Field(default=(), description="family to family")
    transports: tuple[Transport, ...] = Field(default=(), description="work centre to work centre")
    carriers: tuple[Carrier, ...] = Field(default=(), description="who carries lots")
    tools: tuple[Tool, ...] = Field(default=(), description="tools of limited number")
    maintenances: tuple[Maintenance, ...] = Field(default=(), description="planned maintenance")
    bom: tuple[Component, ...] = Field(default=(), description="what goes into products")
    parts: tuple[Part, ...] = Field(default=(), description="what is kept in stock")
    outputs: tuple[Output, ...] = Field(default=(), description="what else comes out of steps")
    wip_caps: tuple[WipCap, ...] = Field(default=(), description="caps on lots in the plant")
    demands: tuple[Demand, ...] = Field(default=(), description="how orders come in")
    release_calendar: Name | None = Field(
        default=None, description="calendar in which orders come in; empty: always"
    )
    tariffs: tuple[Tariff, ...] = Field(default=(), description="prices of electricity")
    tariff: Name | None = Field(
        default=None, description="tariff that it pays; empty: cost and carbon are not known"
    )
    provenances: tuple[Provenance, ...] = Field(default=(), description="where values come from")
    answers: tuple[Answer, ...] = Field(
        default=(), description="what a person told; learning uses it"
    )

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(
                f"time zone '{name}' is not known; give an IANA name such as 'Asia/Shanghai'"
            ) from error
        return name
