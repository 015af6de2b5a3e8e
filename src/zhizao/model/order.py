"""Order: what is wanted."""

from typing import Literal

from pydantic import Field, model_validator

from zhizao.model._noun import Instant, Name, Noun, Positive


class Order(Noun):
    """A customer's or the plant's own order for a quantity of one product.

    An instant that nobody stated is ``None``; it is never invented here.
    """

    id: Name = Field(description="unique name of the order")
    product: Name = Field(description="product that is made, as in products.csv")
    quantity: Positive = Field(default=1.0, description="pieces ordered")
    release_at: Instant | None = Field(
        default=None, description="when work on it may begin; empty: as soon as the run begins"
    )
    due_at: Instant | None = Field(default=None, description="when it is promised")
    priority: int = Field(default=0, description="higher goes first where the rule asks for it")
    source: Literal["stated", "reported"] = Field(
        default="stated",
        description="reported: product and quantity were read from the reports, nobody stated them",
    )

    @model_validator(mode="after")
    def _release_before_due(self) -> "Order":
        if self.release_at and self.due_at and self.due_at < self.release_at:
            raise ValueError(
                f"order '{self.id}' is due {self.due_at} before its release {self.release_at}"
            )
        return self
