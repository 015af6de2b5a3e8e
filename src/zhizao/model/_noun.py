"""What all nouns share: frozen, keyword-only, unknown fields rejected."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class Noun(BaseModel):
    """Root of the nouns: immutable, validated, and closed to unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


Name = Annotated[str, Field(min_length=1, max_length=200)]
"""A name a person chose: any script, not empty."""

Share = Annotated[float, Field(ge=0.0, le=1.0)]
"""A fraction between 0 and 1."""

Positive = Annotated[float, Field(gt=0.0, allow_inf_nan=False)]
NonNegative = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]

Instant = AwareDatetime
"""A datetime with its time zone."""

__all__ = ["Instant", "Name", "NonNegative", "Noun", "Positive", "Share"]
