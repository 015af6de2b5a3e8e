"""What works on lots: work centres and their rules, resources, operators, tools."""

from typing import Literal, TypeAlias

from pydantic import Field, model_validator

from zhizao.model._noun import Name, NonNegative, Noun, Positive
from zhizao.model.plant_times import DistributionName, Spread

RuleName = Literal[
    "fifo",
    "edd",
    "spt",
    "lpt",
    "slack",
    "priority",
    "same_setup",
    "cr",
    "atc",
    "atcs",
    "weighted",
    "sequence",
]
"""Dispatch rules; ties go to the lot that came first, then to the order's name."""


class Weights(Noun):
    """How much each attribute of a waiting lot counts under the rule ``weighted``.

    The lot with the largest sum goes next. Attributes: hours waited in the
    queue; hours until due (counted as negative, nearer is more; none: 10,000
    hours); priority; 1 if no change of family is needed; hours of the step
    at the routing's times (counted as negative, shorter is more); the critical
    ratio as in the rule ``cr`` (counted as negative, smaller is more); hours since the
    order's release (since it came, where no release is known).
    """

    wait_h: float = Field(default=0.0, allow_inf_nan=False, description="per hour waited")
    due_h: float = Field(default=0.0, allow_inf_nan=False, description="per hour nearer to due")
    priority: float = Field(default=0.0, allow_inf_nan=False, description="per step of priority")
    same_setup: float = Field(
        default=0.0, allow_inf_nan=False, description="for a lot that needs no change of family"
    )
    time_h: float = Field(
        default=0.0, allow_inf_nan=False, description="per hour that the step is shorter"
    )
    critical_ratio: float = Field(
        default=0.0, allow_inf_nan=False, description="per unit that the critical ratio is smaller"
    )
    age_h: float = Field(
        default=0.0, allow_inf_nan=False, description="per hour since the order's release"
    )


IdleChoice: TypeAlias = Literal["fastest", "least_setup", "listed"]
CascadingSetup: TypeAlias = Literal["empty", "beside"]
"""Which of several idle resources takes a lot."""


class WorkCentre(Noun):
    """Resources that share one queue rule."""

    id: Name = Field(description="unique name")
    dispatch: RuleName = Field(default="fifo", description="which waiting lot goes next")
    buffer_lots: int | None = Field(
        default=None,
        ge=0,
        description="lots that may wait in front of it; a resource whose lot finds no place "
        "stays blocked with it; empty: unlimited",
    )
    hot_lots: Literal["as_others", "first"] = Field(
        default="as_others",
        description="first: lots of higher priority go first, the rule decides among equal ones; "
        "as_others: only the rule decides",
    )
    weights: Weights | None = Field(default=None, description="of the rule 'weighted'")
    idle_choice: IdleChoice = Field(
        default="fastest",
        description="which of several idle resources takes a lot: the fastest, of equal ones the "
        "one idle for longest; the one with the shortest change of setup; or the first listed",
    )

    @model_validator(mode="after")
    def _weights_belong_to_the_rule(self) -> "WorkCentre":
        if self.dispatch == "weighted" and self.weights is None:
            raise ValueError(
                f"work centre '{self.id}' has the rule 'weighted' but no weights; give some"
            )
        if self.dispatch != "weighted" and self.weights is not None:
            raise ValueError(
                f"work centre '{self.id}' has weights; only the rule 'weighted' takes them, "
                f"found '{self.dispatch}'"
            )
        return self


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


class Power(Noun):
    """Electric power of a resource in each state, for each lot's place of its capacity."""

    busy_kw: NonNegative = Field(description="kilowatts while it works")
    setup_kw: NonNegative = Field(default=0.0, description="kilowatts during a change of family")
    idle_kw: NonNegative = Field(default=0.0, description="kilowatts while open, without work")
    off_kw: NonNegative = Field(default=0.0, description="kilowatts while closed or down")


class Resource(Noun):
    """A machine or place that works on lots."""

    id: Name = Field(description="unique name")
    work_centre: Name = Field(description="its work centre")
    capacity: int = Field(default=1, ge=1, description="lots it works on at the same time")
    speed: Positive = Field(default=1.0, description="1 = the routing's times; 2 = half of them")
    calendar: Name | None = Field(default=None, description="its calendar; empty: always open")
    failure: Failure | None = Field(default=None, description="breakdowns; empty: none")
    short_stops_per_h: NonNegative = Field(
        default=0.0, description="short stops for each hour of work, too short to be reported"
    )
    short_stop_min: NonNegative = Field(
        default=0.0, description="mean minutes of a short stop, exponential; they count as work"
    )
    initial_family: Name | None = Field(
        default=None, description="family it is set up for at the start; empty: none"
    )
    load_min: NonNegative = Field(
        default=0.0, description="minutes on the resource before each lot or batch"
    )
    unload_min: NonNegative = Field(
        default=0.0, description="minutes on the resource after each lot or batch"
    )
    cascading_setup: CascadingSetup = Field(
        default="empty",
        description="where steps have interval_min: a change of family begins when the resource is "
        "empty, and the interval to the next lot after it; or it goes on beside the lot before, "
        "and the interval counts from its beginning",
    )
    setup_skill: Name | None = Field(
        default=None, description="a change of family needs one operator with it; empty: nobody"
    )
    repair_skill: Name | None = Field(
        default=None, description="a repair needs one operator with it; empty: nobody"
    )
    power: Power | None = Field(default=None, description="electric power; empty: not known")

    @model_validator(mode="after")
    def _short_stops_have_a_length(self) -> "Resource":
        if (self.short_stops_per_h > 0.0) != (self.short_stop_min > 0.0):
            raise ValueError(
                f"resource '{self.id}' has only one of short_stops_per_h and short_stop_min, "
                "expected both or neither"
            )
        return self


class Maintenance(Spread):
    """Planned maintenance of a resource, begun between two lots.

    Of a resource with several places, each place has its own.
    """

    id: Name = Field(description="unique name")
    resource: Name = Field(description="resource")
    every_h: Positive | None = Field(
        default=None, description="hours from the end of one to when the next is due"
    )
    every_lots: int | None = Field(
        default=None, ge=1, description="lots (or batches) from one to the next"
    )
    basis: Literal["busy", "calendar"] = Field(
        default="calendar", description="hours count while it works, or always"
    )
    first_h: NonNegative | None = Field(
        default=None, description="hours from the start to the first; empty: every_h"
    )
    first_lots: int | None = Field(
        default=None,
        ge=1,
        description="lots (or batches) from the start to the first; empty: every_lots",
    )
    mean_min: NonNegative = Field(description="mean minutes of open time that it takes")
    skill: Name | None = Field(
        default=None, description="it needs one operator with it; empty: nobody"
    )

    @model_validator(mode="after")
    def _is_counted_in_one_way(self) -> "Maintenance":
        if (self.every_h is None) == (self.every_lots is None):
            found = "neither" if self.every_h is None else "both"
            raise ValueError(
                f"maintenance '{self.id}' has {found} of every_h and every_lots, "
                "expected exactly one"
            )
        if self.first_h is not None and self.every_h is None:
            raise ValueError(
                f"maintenance '{self.id}' has first_h, which needs every_h; found every_lots"
            )
        if self.first_lots is not None and self.every_lots is None:
            raise ValueError(
                f"maintenance '{self.id}' has first_lots, which needs every_lots; found every_h"
            )
        return self


class Operator(Noun):
    """A person or a group of equal people."""

    id: Name = Field(description="unique name, or a pseudonym")
    skills: tuple[Name, ...] = Field(default=(), description="what they can do")
    count: int = Field(default=1, ge=1, description="people in the group")
    calendar: Name | None = Field(default=None, description="when they work; empty: always")
    next_work: Literal["listed", "same_work_centre"] = Field(
        default="listed",
        description="where they look for work when they get free: at the resources as listed, or"
        " first at the work centre where they were, then as listed",
    )


class Tool(Noun):
    """A tool, fixture or mould of which there is a limited number."""

    id: Name = Field(description="unique name")
    count: int = Field(default=1, ge=1, description="pieces that there are")
