"""Schedule: what is decided."""

from pydantic import Field, model_validator

from zhizao.model._noun import Instant, Name, Noun


class Assignment(Noun):
    """One operation of an order on a resource, from start to end."""

    order_id: Name = Field(description="order")
    step: int = Field(ge=1, description="step of the routing")
    operation: Name = Field(description="operation")
    resource: Name = Field(description="resource")
    start_at: Instant = Field(description="planned start")
    end_at: Instant = Field(description="planned end")
    is_pinned: bool = Field(default=False, description="a person fixed it")

    @model_validator(mode="after")
    def _ends_not_before_it_starts(self) -> "Assignment":
        if self.end_at < self.start_at:
            raise ValueError(
                f"order '{self.order_id}' step {self.step} ends {self.end_at} "
                f"before its start {self.start_at}"
            )
        return self


class Schedule(Noun):
    """What is decided: operation → resource, start, end, with objective and bound."""

    plant: Name = Field(description="name of the plant")
    made_at: Instant = Field(description="the instant it starts from")
    assignments: tuple[Assignment, ...] = Field(default=(), description="in order of start")
    objective: str = Field(default="", description="name of what was optimised")
    value: float | None = Field(default=None, description="the objective's value")
    bound: float | None = Field(default=None, description="no schedule can be better than this")
