"""The shop floor at one instant: where each lot in progress is."""

from typing import Literal

from pydantic import Field

from zhizao.model._noun import Instant, Name, NonNegative, Noun


class LotState(Noun):
    """A lot in progress, seen at the instant of its ``ShopState``."""

    order_id: Name = Field(description="order")
    variant: Name = Field(default="main", description="variant of the routing that it follows")
    step: int = Field(ge=1, description="step that it waits for or works on")
    status: Literal["delayed", "waiting", "setup", "running"] = Field(
        description="delayed: before the queue; waiting: in the queue; setup: on a resource that "
        "is changed over for it from the family in ``families``; running: worked on"
    )
    since_at: Instant = Field(
        description="when it became so: left the last step, joined the queue, started"
    )
    resource: Name | None = Field(default=None, description="setup and running: where")
    done: tuple[int, ...] | None = Field(
        default=None,
        description="steps that it has done, of which the optional ones tell what may come with "
        "them; none: not known",
    )
    worked_min: NonNegative = Field(
        default=0.0,
        description="minutes already worked on this step, or on its setup, in open time",
    )


class DownState(Noun):
    """A resource under repair at the instant of its ``ShopState``; once for each place down."""

    resource: Name = Field(description="resource; its breakdowns are stated")
    since_at: Instant = Field(description="when its repair began")


class ShopState(Noun):
    """All lots in progress at an instant, what resources are set up for, which are down."""

    at: Instant = Field(description="the instant")
    lots: tuple[LotState, ...] = Field(default=(), description="lots in progress")
    down: tuple[DownState, ...] = Field(default=(), description="repairs going on")
    families: dict[Name, Name] = Field(
        default_factory=dict, description="resource → family that it is set up for"
    )
