"""What goes into products and comes out of them: bill of materials, parts, outputs."""

from pydantic import Field, model_validator

from zhizao.model._noun import Name, NonNegative, Noun, Positive
from zhizao.model.plant_times import Spread


class Component(Noun):
    """Pieces of a part, or of another product, that go into each piece of a product."""

    product: Name = Field(description="product")
    component: Name = Field(description="part, or product that is made, which goes into it")
    pieces: Positive = Field(default=1.0, description="pieces for each piece of the product")
    step: int | None = Field(
        default=None, ge=1, description="step that they are needed for; empty: the first one"
    )


class Part(Spread):
    """What is kept in stock: bought, or a product that is made for it.

    Where ``reorder_point`` is given, ``reorder_pieces`` are ordered each time
    that the pieces in stock and on order, less those that lots wait for, come
    down to it; they are there after the lead time.
    """

    id: Name = Field(description="unique name; or a product's, for what of it is in stock")
    stock: NonNegative = Field(default=0.0, description="pieces at the start")
    reorder_point: NonNegative | None = Field(
        default=None, description="pieces at which more are ordered; empty: never"
    )
    reorder_pieces: Positive | None = Field(default=None, description="pieces ordered at a time")
    lead_time_h: NonNegative = Field(
        default=0.0, description="mean hours from order to stock, round the clock"
    )

    @model_validator(mode="after")
    def _rule_is_whole(self) -> "Part":
        if (self.reorder_point is None) != (self.reorder_pieces is None):
            raise ValueError(
                f"part '{self.id}' has only one of reorder_point and reorder_pieces, "
                "expected both or neither"
            )
        return self


class Output(Noun):
    """Pieces that a step of a product gives besides the product: taken apart, split off."""

    product: Name = Field(description="product")
    step: int = Field(ge=1, description="step at whose end they are there")
    output: Name = Field(description="part or product that they are, to stock")
    pieces: Positive = Field(default=1.0, description="pieces for each good piece of the lot")
