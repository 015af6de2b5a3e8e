"""Working times and waits: mean values and how they vary."""

from typing import Literal

from pydantic import Field, model_validator

from zhizao.model._noun import Name, NonNegative, Noun

DistributionName = Literal[
    "constant", "exponential", "gamma", "lognormal", "weibull", "uniform", "empirical"
]
"""Shapes of a positive random factor with mean 1; ``cv`` gives the spread."""


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
