"""How far to trust a twin: the numbers of a back-test, ready for JSON."""

from typing import Literal, TypeAlias

from pydantic import Field

from zhizao.learn.chosen import Chosen
from zhizao.model._noun import Instant, Name, Noun, Share

DatesFrom: TypeAlias = Literal["twin", "combined"]
"""Which forecast gives the dates of orders in progress."""


class Score(Noun):
    """Accuracy on a set of orders; ``None`` where too few completions were seen."""

    median_abs_error_h: float | None = Field(description="median absolute error of completion, h")
    coverage_p50: Share | None = Field(description="share of orders done by the predicted P50")
    coverage_p80: Share | None = Field(
        default=None, description="share of orders done by the predicted P80"
    )
    coverage_p90: Share | None = Field(description="share of orders done by the predicted P90")
    pinball_h: float | None = Field(
        default=None, description="mean pinball loss over P10 to P90, h; open orders: at least that"
    )


class OrderScore(Noun):
    """One order in progress at one cut-off."""

    order_id: Name = Field(description="order")
    product: str = Field(description="product")
    stage: str = Field(description="operation reported last at the cut-off")
    cutoff_at: Instant = Field(description="what was known then")
    p50_at: Instant | None = Field(description="predicted; empty: not within the horizon")
    p90_at: Instant | None = Field(description="predicted; empty: not within the horizon")
    completed_at: Instant | None = Field(description="actual; empty: not seen by the log's end")
    censored_at: Instant | None = Field(description="still open then; empty: completed")
    baseline_p50_at: dict[str, Instant | None] = Field(description="the plain baselines' P50")
    combined_p50_at: Instant | None = Field(default=None, description="the combined forecast's")
    combined_p90_at: Instant | None = Field(default=None, description="the combined forecast's")

    def for_dates(self, dates_from: DatesFrom) -> "OrderScore":
        """Return the same with the P50 and P90 of the forecast that dates come from."""
        if dates_from == "twin":
            return self
        return self.model_copy(
            update={"p50_at": self.combined_p50_at, "p90_at": self.combined_p90_at}
        )


class OpenOrder(Noun):
    """When an order that is in progress at the end of the log will be done."""

    order_id: Name = Field(description="order")
    product: str = Field(description="product")
    stage: str = Field(description="operation reported last")
    p50_at: Instant | None = Field(description="as likely before as after; empty: not foreseen")
    p90_at: Instant | None = Field(description="nine in ten are done by then; empty: not foreseen")


class Held(Noun):
    """How the forecast that gives the dates did for one product, or after one operation."""

    by: Literal["product", "stage"] = Field(description="what the orders have in common")
    name: str = Field(description="product, or operation reported last at the cut-off")
    orders_scored: int = Field(ge=1, description="forecasts")
    n_completed: int = Field(ge=0, description="of which completed by the end of the log")
    median_abs_error_h: float | None = Field(
        description="median absolute error, h, open orders counted; empty: most are open"
    )
    plain_h: float | None = Field(
        description="that of the plain method that is best on all orders, h"
    )
    kept_p90: Share | None = Field(
        description="share done by their P90, of those of which that is known"
    )
    is_held: bool | None = Field(description="it held; empty: too few completed orders to say")


class Combined(Score):
    """The combined forecast of the twin and of like orders, on the same orders."""

    coverage_p90_low: Share | None = Field(
        default=None, description="lower end of its 95 % interval, by a bootstrap over orders"
    )
    coverage_p90_high: Share | None = Field(default=None, description="upper end")
    twin_share: Share = Field(description="weight of the twin in it, by all of the past")
    late_stretch: float = Field(
        ge=1, description="factor by which the late half of a forecast is wider, by all of the past"
    )


class CutoffScore(Score):
    """Accuracy at one cut-off."""

    cutoff_at: Instant = Field(description="what was known then")
    orders_scored: int = Field(ge=0, description="orders in progress")
    n_completed: int = Field(ge=0, description="of which completed by the end of the log")
    baselines: dict[str, Score] = Field(description="the plain baselines on the same orders")


class Band(Noun):
    """Actual against predicted: mean and 80 % band over replications."""

    actual: float | None = Field(description="what happened")
    mean: float | None = Field(description="predicted mean")
    low: float | None = Field(description="10 % of the replications lie below")
    high: float | None = Field(description="10 % of the replications lie above")


class Bottleneck(Noun):
    """How busy a resource was in the held-out window, and how busy the twin said it would be."""

    resource: Name = Field(description="resource")
    actual: float = Field(ge=0, description="share of its open hours, reported")
    predicted: float = Field(ge=0, description="share of its open hours, simulated")


class Replay(Noun):
    """The held-out window again, with its real releases and quantities."""

    start_at: Instant = Field(description="begin of the window")
    end_at: Instant = Field(description="end of the log")
    n_orders: int = Field(ge=0, description="orders in progress or released in the window")
    throughput_per_week: Band = Field(description="orders completed per week")
    wip_mean: Band = Field(description="mean orders in progress")
    lead_time_median_h: Band = Field(description="of orders released and completed in the window")
    wip_days: tuple[Instant, ...] = Field(description="instants of the curve, daily")
    wip: tuple[Band, ...] = Field(description="orders in progress at those instants")
    completed: tuple[Band, ...] = Field(description="orders completed since the begin")
    bottlenecks: tuple[Bottleneck, ...] = Field(default=(), description="busiest resource first")
    bottleneck_rank_correlation: float | None = Field(
        default=None, description="Spearman's, over all resources that worked"
    )


class Promises(Score):
    """Orders that were still to come at a cut-off, predicted from their planned release."""

    orders_scored: int = Field(ge=0, description="orders, summed over cut-offs")
    n_completed: int = Field(ge=0, description="of which completed by the end of the log")
    n_unknown: int = Field(ge=0, description="orders of products that nobody knew then; not scored")
    baselines: dict[str, Score] = Field(description="plain baselines on the same orders")


class Trust(Score):
    """Result of a back-test; the scores are those of the twin with its past."""

    orders_scored: int = Field(ge=0, description="orders in progress, summed over cut-offs")
    n_completed: int = Field(ge=0, description="of which completed by the end of the log")
    baselines: dict[str, Score] = Field(description="plain baselines on the same orders")
    sentence: str = Field(description="what this means, whoever wins, English")
    sentence_zh: str = Field(description="the same, Chinese")
    coverage_p90_low: Share | None = Field(
        default=None, description="lower end of its 95 % interval, by a bootstrap over orders"
    )
    coverage_p90_high: Share | None = Field(default=None, description="upper end")
    as_simulated: Score | None = Field(
        default=None, description="the twin before its own past corrected its upper half"
    )
    hidden_delay_h: float = Field(
        default=0.0, ge=0, description="mean delay that the late half of a forecast gets more, h"
    )
    combined: Combined | None = Field(
        default=None, description="the twin and like orders together; empty: nothing to score"
    )
    dates_from: DatesFrom = Field(
        default="twin", description="forecast that dates of orders in progress are taken from"
    )
    open_orders: tuple[OpenOrder, ...] = Field(
        default=(), description="orders in progress at the end of the log, the earliest P50 first"
    )
    time_zone: str = Field(default="UTC", description="IANA name: the plant's, for dates")
    promises: Promises | None = Field(default=None, description="orders that were yet to come")
    cutoffs: tuple[CutoffScore, ...] = Field(description="by cut-off")
    orders: tuple[OrderScore, ...] = Field(description="by cut-off and order")
    held: tuple[Held, ...] = Field(
        default=(), description="where the forecast that gives the dates held: products, stages"
    )
    replay: Replay | None = Field(description="the held-out window again; empty: no window")
    chosen: Chosen | None = Field(
        default=None, description="how the twin was learnt at every cut-off, chosen at the first"
    )
