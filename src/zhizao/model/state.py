"""The shop floor at one instant: where each lot in progress is."""

from typing import Literal

from pydantic import Field

from zhizao.model._noun import Instant, Name, NonNegative, Noun


class LotState(Noun):
    """A lot in progress, seen at the instant of its ``ShopState``."""

    order_id: Name = Field(description="order")
    variant: Name = Field(default="main", description="variant of the routing that it follows")
    step: int = Field(ge=1, description="step that it waits for or works on")
    status: Literal["delayed", "waiting", "running"] = Field(
        description="delayed: before the queue; waiting: in the queue; running: on a resource"
    )
    since_at: Instant = Field(
        description="when it became so: left the last step, joined the queue, started"
    )
    resource: Name | None = Field(default=None, description="running only: where")
    worked_min: NonNegative = Field(
        default=0.0, description="minutes already worked on this step, in open time"
    )


class ShopState(Noun):
    """All lots in progress at an instant, and what the resources are set up for."""

    at: Instant = Field(description="the instant")
    lots: tuple[LotState, ...] = Field(default=(), description="lots in progress")
    families: dict[Name, Name] = Field(
        default_factory=dict, description="resource → family that it is set up for"
    )
