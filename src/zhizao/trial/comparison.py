"""What a comparison says: data that can be shown, stored and read back."""

from typing import Any, Literal

from pydantic import Field

from zhizao._base.words import Lang, say
from zhizao.model._noun import Instant, Name, Noun
from zhizao.model.run import Estimate

SLIGHT_SHARE, SLIGHT_POINTS = 0.01, 0.005
"""Of the base, and of a share: differences below are called slight."""

Support = Literal["inside", "edge", "outside"]
"""Where a what-if lies: in the range that the records cover, at its edge, or beyond it."""


class SupportWarning(Noun):
    """A change that leaves the range which the records support, or another weakness."""

    code: Name = Field(description="key of words.toml without its prefix 'warn_'")
    level: Literal["note", "edge", "outside"] = Field(
        default="note", description="how far outside the records; note: about something else"
    )
    text: str = Field(description="in English, with numbers")
    text_zh: str = Field(description="in Chinese, with numbers")


class KpiDifference(Noun):
    """Scenario minus base of one KPI over paired replications."""

    kpi: Name = Field(description="key of KPI_UNITS")
    resource: Name | None = Field(default=None, description="for KPIs by resource")
    unit: str = Field(description="unit; empty for shares")
    base: float | None = Field(description="mean of the base")
    scenario: float | None = Field(description="mean of the scenario")
    difference: float | None = Field(description="mean of scenario minus base")
    low: float | None = Field(description="lower end of its 95 % interval")
    high: float | None = Field(description="upper end of its 95 % interval")
    chance: float | None = Field(
        default=None, description="half-width of that interval if the learnt values were exact"
    )
    data: float | None = Field(
        default=None, description="half-width that the errors of the learnt values alone would "
        "give; None: not in the interval, since no value has an error or too little is known"
    )  # fmt: skip
    n: int = Field(ge=0, description="pairs of replications in which both are known")
    reason: str | None = Field(
        default=None, description="why the difference is unknown: key of words.toml after 'reason_'"
    )

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out 0."""
        if self.low is None or self.high is None:
            return False
        return self.low > 0.0 or self.high < 0.0

    @property
    def is_slight(self) -> bool:
        """Whether the difference is under 1 % of the base, of shares under half a point.

        Nobody decides anything by so little, and what a twin simplifies is
        often more.
        """
        if self.difference is None or self.base is None:
            return False
        least = SLIGHT_POINTS if self.unit == "" else SLIGHT_SHARE * abs(self.base)
        return abs(self.difference) < least


class OrderDifference(Noun):
    """By how many hours an order is completed later (above 0) or earlier."""

    order_id: Name = Field(description="order")
    product: str = Field(default="", description="what it makes")
    difference_h: float = Field(description="mean of scenario minus base, hours")
    low: float | None = Field(description="lower end of its 95 % interval")
    high: float | None = Field(description="upper end of its 95 % interval")
    n: int = Field(ge=1, description="pairs of replications")
    n_unfinished: int = Field(
        ge=0, description="pairs in which it was not done by the end in base, scenario or both; "
        "there it counts as done at the end"
    )  # fmt: skip
    verdict: Literal["gains", "loses", "same", "unclear"] = Field(
        description="same: no replication differs; gains, loses: at a false discovery rate of 5 %"
    )


class ScenarioResult(Noun):
    """One scenario against the base."""

    name: Name = Field(description="scenario")
    description: str = Field(default="", description="why somebody would try it")
    kpis: tuple[KpiDifference, ...] = Field(description="in the order of KPI_UNITS")
    orders: tuple[OrderDifference, ...] = Field(description="the ones that lose most come first")
    gainers: int = Field(ge=0, description="orders that are completed earlier")
    losers: int = Field(ge=0, description="orders that are completed later")
    support: Support | None = Field(
        default=None, description="the worst of its warnings; inside: none; None: not judged"
    )
    warnings: tuple[SupportWarning, ...] = Field(default=(), description="what is not supported")
    sentence: str = Field(description="the result in one English sentence")
    sentence_zh: str = Field(description="the result in one Chinese sentence")

    def support_text(self, *, lang: Lang) -> str:
        """Return where the scenario lies relative to the records, in words."""
        return say(__package__, f"support_{self.support or 'unknown'}", lang=lang)

    def kpi(self, kpi: str, *, resource: str | None = None) -> KpiDifference:
        """Return the difference of a KPI.

        Raises
        ------
        KeyError
            If there is no such KPI.
        """
        for difference in self.kpis:
            if difference.kpi == kpi and difference.resource == resource:
                return difference
        raise KeyError(f"Scenario '{self.name}' has no KPI '{kpi}' (resource {resource}).")


class Base(Noun):
    """The plant as it is, over the same replications."""

    kpis: tuple[Estimate, ...] = Field(
        description="each with its 95 % interval: chance and, where drawn, the learnt values' errors"
    )
    n_orders: int = Field(ge=0, description="known orders and lots in progress")
    warnings: tuple[str, ...] = Field(default=(), description="of the twin, in English")


class Comparison(Noun):
    """Scenarios against the plant as it is, with the same random draws."""

    plant: Name = Field(description="name of the plant")
    start_at: Instant = Field(description="begin of the runs")
    end_at: Instant = Field(description="end of the runs")
    n_replications: int = Field(ge=1, description="pairs of futures")
    n_drawn_plants: int = Field(
        default=0, ge=0, description="sets of values drawn from the learnt ones' sampling errors"
    )
    n_drawn_values: int = Field(default=0, ge=0, description="values that were drawn")
    seed: int = Field(description="of the random draws")
    base: Base = Field(description="the plant as it is")
    scenarios: tuple[ScenarioResult, ...] = Field(description="in the order given")

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as plain values for JSON."""
        return self.model_dump(mode="json")
