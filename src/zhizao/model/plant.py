"""Plant: the factory in words.

All parts are tuples of small frozen records, one kind for each table of the
plant folder. ``check_plant`` (in ``checks``) looks at how the parts refer to
each other; a part by itself is checked here.
"""

from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from zhizao.model._noun import Instant, Name, NonNegative, Noun, Positive, Share

DistributionName = Literal[
    "constant", "exponential", "gamma", "lognormal", "weibull", "uniform", "empirical"
]
"""Shapes of a positive random factor with mean 1; ``cv`` gives the spread."""

RuleName = Literal["fifo", "edd", "spt", "lpt", "slack", "priority", "same_setup"]
"""Dispatch rules; ties go to the lot that came first, then to the order's name."""


class Spread(Noun):
    """How a mean value varies: a random factor with mean 1."""

    distribution: DistributionName = Field(default="constant", description="shape of the factor")
    cv: NonNegative = Field(default=0.0, description="standard deviation divided by the mean")
    quantiles: tuple[NonNegative, ...] = Field(
        default=(),
        description="empirical only: factors at equally spaced probabilities 0 … 1, mean 1",
    )

    @model_validator(mode="after")
    def _shape_has_its_numbers(self) -> "Spread":
        if self.distribution == "empirical" and len(self.quantiles) < 2:
            raise ValueError(
                f"an empirical factor has {len(self.quantiles)} quantiles, expected >= 2"
            )
        if self.distribution != "empirical" and self.quantiles:
            raise ValueError(
                f"a {self.distribution} factor has quantiles; only 'empirical' takes them"
            )
        if list(self.quantiles) != sorted(self.quantiles):
            raise ValueError("the quantiles of an empirical factor must not decrease")
        return self


class TimeModel(Spread):
    """Working time of one operation of a lot.

    ``(setup_min + per_piece_min × quantity) × factor / (speeds)`` minutes of
    open time of the resource.
    """

    setup_min: NonNegative = Field(default=0.0, description="minutes once per lot")
    per_piece_min: NonNegative = Field(default=0.0, description="minutes per piece")


class Delay(Spread):
    """A wait that no resource explains: material, transport, paper, a lorry."""

    mean_min: NonNegative = Field(default=0.0, description="mean minutes")
    calendar: Name | None = Field(
        default=None, description="calendar in which the minutes pass; empty: round the clock"
    )


class Shift(Noun):
    """A weekly interval in the plant's local time."""

    weekday: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] = Field(
        description="day on which it begins"
    )
    start: str = Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="local time, HH:MM")
    end: str = Field(
        pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$",
        description="local time, HH:MM or 24:00; not after start: it ends on the next day",
    )


class CalendarException(Noun):
    """A span in which a calendar is open or closed whatever the week says."""

    start_at: Instant = Field(description="begin")
    end_at: Instant = Field(description="end")
    is_open: bool = Field(default=False, description="true: worked; false: closed")

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> "CalendarException":
        if self.end_at <= self.start_at:
            raise ValueError(f"exception ends {self.end_at}, not after its start {self.start_at}")
        return self


class Calendar(Noun):
    """When a resource, an operator or a release works. Shifts may overlap; they are joined."""

    id: Name = Field(description="unique name")
    shifts: tuple[Shift, ...] = Field(default=(), description="weekly shifts")
    exceptions: tuple[CalendarException, ...] = Field(
        default=(), description="spans that overrule the week; a later one overrules an earlier one"
    )


class WorkCentre(Noun):
    """Resources that share one queue rule."""

    id: Name = Field(description="unique name")
    dispatch: RuleName = Field(default="fifo", description="which waiting lot goes next")


class Failure(Noun):
    """Breakdowns of a resource."""

    mtbf_h: Positive = Field(description="mean hours between failures")
    mttr_h: Positive = Field(description="mean hours of a repair, round the clock")
    basis: Literal["busy", "calendar"] = Field(
        default="busy", description="hours between failures count while it works, or always"
    )
    between: DistributionName = Field(default="exponential", description="shape of time between")
    between_cv: NonNegative = Field(default=1.0, description="spread of time between")
    repair: DistributionName = Field(default="exponential", description="shape of repairs")
    repair_cv: NonNegative = Field(default=1.0, description="spread of repairs")


class Resource(Noun):
    """A machine or place that works on lots."""

    id: Name = Field(description="unique name")
    work_centre: Name = Field(description="its work centre")
    capacity: int = Field(default=1, ge=1, description="lots it works on at the same time")
    speed: Positive = Field(default=1.0, description="1 = the routing's times; 2 = half of them")
    calendar: Name | None = Field(default=None, description="its calendar; empty: always open")
    failure: Failure | None = Field(default=None, description="breakdowns; empty: none")
    initial_family: Name | None = Field(
        default=None, description="family it is set up for at the start; empty: none"
    )


class Operator(Noun):
    """A person or a group of equal people."""

    id: Name = Field(description="unique name, or a pseudonym")
    skills: tuple[Name, ...] = Field(default=(), description="what they can do")
    count: int = Field(default=1, ge=1, description="people in the group")
    calendar: Name | None = Field(default=None, description="when they work; empty: always")


class Product(Noun):
    """What is made."""

    id: Name = Field(description="unique name")
    family: Name | None = Field(default=None, description="group with the same setups")
    description: str = Field(default="", description="in words")


class ResourceOption(Noun):
    """A resource that can do a step."""

    resource: Name = Field(description="resource")
    speed: Positive = Field(default=1.0, description="factor on top of the resource's own speed")


class Rework(Noun):
    """A detour that returns: after this step, go back with some probability."""

    probability: Share = Field(description="chance after each pass")
    to_step: int = Field(ge=1, description="step to go back to, not after this one")
    max_passes: int = Field(default=3, ge=1, description="at most so many detours per lot")


class Step(Noun):
    """One operation of a routing."""

    step: int = Field(ge=1, description="position; steps are done in increasing order")
    operation: Name = Field(description="operation")
    resources: tuple[ResourceOption, ...] = Field(
        default=(),
        description="eligible resources, preferred first; empty: nobody is needed, no queue",
    )
    time: TimeModel = Field(default=TimeModel(), description="working time")
    delay: Delay = Field(
        default=Delay(), description="unexplained wait before the lot joins the queue of the step"
    )
    probability: Share = Field(default=1.0, description="share of lots that do this step")
    scrap_share: Share = Field(default=0.0, description="mean share of pieces lost here")
    rework: Rework | None = Field(default=None, description="detour after this step")
    skills: tuple[Name, ...] = Field(
        default=(), description="each needs one operator during the whole operation"
    )


class Routing(Noun):
    """How a product is made; several variants are chosen by their shares."""

    product: Name = Field(description="product")
    variant: Name = Field(default="main", description="name of the alternative")
    share: Share = Field(default=1.0, description="share of the product's orders made this way")
    steps: tuple[Step, ...] = Field(min_length=1, description="in increasing order of step")

    @model_validator(mode="after")
    def _steps_increase(self) -> "Routing":
        numbers = [s.step for s in self.steps]
        if numbers != sorted(set(numbers)):
            raise ValueError(
                f"routing of '{self.product}' ({self.variant}) has steps {numbers}, "
                "expected increasing numbers without repetition"
            )
        for s in self.steps:
            if s.rework and (s.rework.to_step not in numbers or s.rework.to_step > s.step):
                raise ValueError(
                    f"step {s.step} of '{self.product}' ({self.variant}) goes back to step "
                    f"{s.rework.to_step}, expected one of {[n for n in numbers if n <= s.step]}"
                )
        return self


class Setup(Noun):
    """Minutes to change a work centre's resource from one family to another."""

    work_centre: Name = Field(description="work centre")
    from_family: Name | None = Field(description="family before; empty: any other, or none")
    to_family: Name | None = Field(description="family after; empty: any other")
    setup_min: NonNegative = Field(description="minutes")


class Transport(Noun):
    """Minutes from one work centre to another."""

    from_work_centre: Name = Field(description="from")
    to_work_centre: Name = Field(description="to")
    minutes: NonNegative = Field(description="minutes, round the clock")


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
    demands: tuple[Demand, ...] = Field(default=(), description="how orders come in")
    release_calendar: Name | None = Field(
        default=None, description="calendar in which orders come in; empty: always"
    )
    provenances: tuple[Provenance, ...] = Field(default=(), description="where values come from")

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
