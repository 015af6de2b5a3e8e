"""What is made and how: products, routings, steps."""

from typing import Literal

from pydantic import Field, model_validator

from zhizao.model._noun import Name, NonNegative, Noun, Positive, Share
from zhizao.model.plant_times import Delay, TimeModel


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


class Batch(Noun):
    """Lots that a resource works on together, as one.

    A resource may begin with ``max_pieces`` at once, or with ``min_pieces`` if
    no more fit, or when the first lot has waited for ``max_wait_min``. A lot
    that alone has more than ``max_pieces`` goes alone.
    """

    min_pieces: Positive = Field(description="pieces with which it may begin")
    max_pieces: Positive = Field(description="pieces that it takes at most")
    group: Name | None = Field(
        default=None,
        description="steps with the same group go together; empty: only this product and step",
    )
    max_wait_min: NonNegative | None = Field(
        default=None, description="minutes after which fewer may begin; empty: never"
    )

    @model_validator(mode="after")
    def _some_number_fits(self) -> "Batch":
        if self.max_pieces < self.min_pieces:
            raise ValueError(
                f"a batch takes at most {self.max_pieces:g} pieces, "
                f"expected at least its min_pieces of {self.min_pieces:g}"
            )
        return self


class Step(Noun):
    """One operation of a routing."""

    step: int = Field(ge=1, description="position; steps are done in increasing order")
    operation: Name = Field(description="operation")
    resources: tuple[ResourceOption, ...] = Field(
        default=(),
        description="eligible resources, preferred first; empty: nobody is needed, no queue",
    )
    family: Name | None = Field(
        default=None, description="family that its setups go by; empty: the product's"
    )
    time: TimeModel = Field(default=TimeModel(), description="working time")
    delay: Delay = Field(
        default=Delay(), description="unexplained wait before the lot joins the queue of the step"
    )
    probability: Share = Field(default=1.0, description="share of lots that do this step")
    drawn_with: int | None = Field(
        default=None,
        ge=1,
        description="step with which this optional one comes together; empty: by itself",
    )
    dependence: float = Field(
        default=1.0,
        ge=-1.0,
        le=1.0,
        description="how closely: 1 together as far as the shares allow, 0 by itself, "
        "-1 instead of each other",
    )
    scrap_share: Share = Field(default=0.0, description="mean share of pieces lost here")
    lot_scrap_probability: Share = Field(
        default=0.0, description="chance that the whole lot is lost here"
    )
    rework: Rework | None = Field(default=None, description="detour after this step")
    skills: tuple[Name, ...] = Field(
        default=(), description="each needs one operator during the whole operation"
    )
    interval_min: Positive | None = Field(
        default=None,
        description="the next lot may enter so many minutes after this one entered; "
        "empty: when this one has left",
    )
    batch: Batch | None = Field(default=None, description="lots worked on together; empty: alone")
    interruption: Literal["resume", "must_fit", "overtime"] = Field(
        default="resume",
        description="at a closing: go on at the next opening; begin only what ends before it; "
        "or end in overtime what was begun",
    )
    operator_interruption: Literal["resume", "must_fit", "overtime"] = Field(
        default="overtime",
        description="when a shift of its operators ends: pause until operators with the skills "
        "are there; begin only what ends before it; or end in overtime what was begun",
    )
    tools: tuple[Name, ...] = Field(
        default=(), description="one of each is needed during the whole operation"
    )
    same_resource_as: int | None = Field(
        default=None, ge=1, description="earlier step whose resource must do this one too"
    )
    limit_to_step: int | None = Field(
        default=None, ge=1, description="later step that must begin within limit_min"
    )
    limit_min: Positive | None = Field(
        default=None, description="minutes allowed from the end of this step to that beginning"
    )
    transfer_pieces: Positive | None = Field(
        default=None, description="pieces that go on to the next step at a time; empty: the lot"
    )

    @model_validator(mode="after")
    def _names_other_steps(self) -> "Step":
        if (self.limit_to_step is None) != (self.limit_min is None):
            raise ValueError(
                f"step {self.step} has only one of limit_to_step and limit_min, "
                "expected both or neither"
            )
        if self.limit_to_step is not None and self.limit_to_step <= self.step:
            raise ValueError(
                f"step {self.step} has the limit_to_step {self.limit_to_step}, "
                f"expected a step after {self.step}"
            )
        if self.same_resource_as is not None and self.same_resource_as >= self.step:
            raise ValueError(
                f"step {self.step} has the same_resource_as {self.same_resource_as}, "
                f"expected a step before {self.step}"
            )
        if self.drawn_with == self.step:
            raise ValueError(f"step {self.step} is drawn_with itself, expected another step")
        if self.drawn_with is None and self.dependence != 1.0:
            raise ValueError(
                f"step {self.step} has the dependence {self.dependence:g}, but no drawn_with; "
                "give the step on which it depends"
            )
        return self


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
            for name, number in (
                ("same_resource_as", s.same_resource_as),
                ("limit_to_step", s.limit_to_step),
                ("drawn_with", s.drawn_with),
            ):
                if number is not None and number not in numbers:
                    raise ValueError(
                        f"step {s.step} of '{self.product}' ({self.variant}) has the {name} "
                        f"{number}, expected one of {numbers}"
                    )
        self._stop_on_circle()
        return self

    def _stop_on_circle(self) -> None:
        """Complain about steps that are drawn with each other in a circle."""
        drawn_with = {s.step: s.drawn_with for s in self.steps}
        for first in drawn_with:
            way = [first]
            while (following := drawn_with[way[-1]]) is not None and following not in way:
                way.append(following)
            if following == first:
                said = " → ".join(map(str, [*way, first]))
                raise ValueError(
                    f"steps of '{self.product}' ({self.variant}) are drawn_with each other in a "
                    f"circle, {said}; leave one of them empty"
                )
