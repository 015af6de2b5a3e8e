"""Schedule: what is decided."""

from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field, model_validator

from zhizao.model._noun import Instant, Name, Noun


class Assignment(Noun):
    """One operation of an order on a resource, from start to end."""

    order_id: Name = Field(description="order")
    step: int = Field(ge=1, description="step of the routing")
    operation: Name = Field(description="operation")
    resource: Name | None = Field(default=None, description="resource; empty: none is needed")
    place: int = Field(default=1, ge=1, description="which of the resource's places")
    setup_start_at: Instant | None = Field(
        default=None, description="begin of the setup before it; empty: none"
    )
    start_at: Instant = Field(description="planned start")
    end_at: Instant = Field(description="planned end")
    operators: tuple[Name, ...] = Field(default=(), description="who does it")
    setup_operator: Name | None = Field(default=None, description="who sets up; empty: nobody")
    tools: tuple[Name, ...] = Field(default=(), description="tools that it holds")
    family: Name | None = Field(default=None, description="family that its setup goes by")
    batch: int | None = Field(default=None, description="number of its batch; empty: alone")
    components_from: tuple[Name, ...] = Field(
        default=(), description="orders whose pieces go into it; their completion is before it"
    )
    is_pinned: bool = Field(default=False, description="it was fixed before the plan was made")
    is_running: bool = Field(default=False, description="it is in progress")

    @model_validator(mode="after")
    def _ends_not_before_it_starts(self) -> "Assignment":
        if self.end_at < self.start_at:
            raise ValueError(
                f"order '{self.order_id}' step {self.step} ends {self.end_at} "
                f"before its start {self.start_at}"
            )
        return self

    @property
    def begin_at(self) -> datetime:
        """When its resource begins with it: with the setup, if there is one."""
        return self.setup_start_at or self.start_at


class PlannedOrder(Noun):
    """What a schedule promises for an order."""

    order_id: Name = Field(description="order")
    product: Name = Field(description="product")
    release_at: Instant | None = Field(default=None, description="release; empty: not stated")
    due_at: Instant | None = Field(default=None, description="when it is promised")
    end_at: Instant = Field(description="planned completion")
    weight: float = Field(default=1.0, description="what an hour late counts")

    @property
    def tardiness(self) -> timedelta:
        """How much later than due; 0 if in time or without a due date."""
        if self.due_at is None:
            return timedelta()
        return max(timedelta(), self.end_at - self.due_at)


WaitKind = Literal[
    "release",
    "delay",
    "material",
    "component",
    "part",
    "busy",
    "people",
    "limit",
    "kept",
    "closed",
    "setup",
    "work",
]
"""Before its release (or now); carrying and other delays; material was not there; other orders
make what goes into it; bought parts were not there; its resource was at work on other orders;
people or tools were elsewhere; it is put off so that the next step follows soon enough; it stays
where the plan before had it; no shift; setups; its own work in open time."""


class Wait(Noun):
    """A part of the time that an order takes, and what it is spent on."""

    kind: WaitKind = Field(description="what the time is spent on")
    step: int = Field(ge=1, description="step that it comes before, or that works")
    resource: Name | None = Field(default=None, description="resource")
    hours: float = Field(ge=0.0, description="hours")
    orders: tuple[Name, ...] = Field(
        default=(), description="busy: with these orders; component: these orders make it"
    )
    items: tuple[Name, ...] = Field(default=(), description="component and part: what was missing")


class WhyLate(Noun):
    """Why an order is late: its waits from release to completion, and the cause."""

    order_id: Name = Field(description="order")
    late_h: float = Field(description="hours late")
    alone_late_h: float = Field(description="hours late if no other order were there")
    waits: tuple[Wait, ...] = Field(default=(), description="in order of time")
    cause: Wait | None = Field(default=None, description="the longest wait; empty: its own work")
    sentence: str = Field(description="in words")


class Cause(Noun):
    """One reason why there is no schedule; without any of the set there might be one."""

    kind: Literal["closed", "nobody", "pins", "order", "time", "material"] = Field(
        description="kind"
    )
    order_id: Name | None = Field(default=None, description="order that cannot be planned")
    step: int | None = Field(default=None, description="its step")
    names: tuple[str, ...] = Field(default=(), description="resources, skills or orders")
    sentence: str = Field(description="in words")


class Schedule(Noun):
    """What is decided: operation → resource, start, end, with objective and bound."""

    plant: Name = Field(description="name of the plant")
    made_at: Instant = Field(description="the instant it starts from")
    assignments: tuple[Assignment, ...] = Field(default=(), description="in order of start")
    orders: tuple[PlannedOrder, ...] = Field(default=(), description="in order of completion")
    objective: str = Field(default="", description="name of what was optimised")
    values: dict[str, float] = Field(
        default_factory=dict,
        description="aims and their values: hours, orders, operations, kWh, money, kg",
    )
    value: float | None = Field(default=None, description="the objective's value")
    bound: float | None = Field(default=None, description="no schedule can be better than this")
    solver: str = Field(default="", description="what found it")
    seconds: float = Field(default=0.0, ge=0.0, description="how long it was searched")
    why_late: tuple[WhyLate, ...] = Field(default=(), description="of each late order, worst first")
    warnings: tuple[str, ...] = Field(default=(), description="what it does not respect")
    causes: tuple[Cause, ...] = Field(default=(), description="why there is none; empty: there is")

    @property
    def is_feasible(self) -> bool:
        """Whether there is a schedule."""
        return not self.causes

    @property
    def gap(self) -> float | None:
        """(value - bound) / value: how far from the best it may be; None: not known."""
        if self.value is None or self.bound is None:
            return None
        if self.value <= self.bound:
            return 0.0
        return (self.value - self.bound) / self.value if self.value > 0.0 else None

    @property
    def sequences(self) -> dict[str, list[tuple[str, int]]]:
        """Resource → (order, step) in the order in which it begins them.

        Examples
        --------
        >>> from datetime import UTC
        >>> at = datetime(2024, 1, 1, tzinfo=UTC)
        >>> one = Assignment(
        ...     order_id="A", step=10, operation="cut", resource="saw", start_at=at, end_at=at
        ... )
        >>> Schedule(plant="P", made_at=at, assignments=(one,)).sequences
        {'saw': [('A', 10)]}
        """
        found: dict[str, list[tuple[str, int]]] = {}
        for a in sorted(self.assignments, key=lambda a: (a.begin_at, a.start_at, a.end_at)):
            if a.resource is not None and not a.is_running:
                found.setdefault(a.resource, []).append((a.order_id, a.step))
        return found
