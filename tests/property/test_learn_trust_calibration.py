"""On a plant that is a twin's equal the back-test is calibrated and beats the baselines."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from zhizao.learn import Trust, backtest, choose_recipe
from zhizao.model import (
    Calendar,
    Delay,
    Order,
    Plant,
    Product,
    Records,
    Resource,
    ResourceOption,
    Routing,
    Shift,
    Step,
    TimeModel,
    WorkCentre,
)
from zhizao.twin import simulate

START = datetime(2024, 1, 1, tzinfo=UTC)
WEEKS = 40
DAYS = ("mon", "tue", "wed", "thu", "fri")


def _step(number: int, operation: str, resource: str, delay_h: float) -> Step:
    return Step(
        step=number,
        operation=operation,
        resources=(ResourceOption(resource=resource),),
        time=TimeModel(setup_min=40, per_piece_min=9, distribution="lognormal", cv=0.5),
        delay=Delay(
            mean_min=60 * delay_h, distribution="exponential", cv=1.0, calendar="day"
        ) if delay_h else Delay(),
    )  # fmt: skip


PLANT = Plant(
    name="waits",
    work_centres=tuple(WorkCentre(id=w) for w in ("saws", "robots", "booths")),
    resources=(
        Resource(id="saw 1", work_centre="saws", calendar="day"),
        Resource(id="robot", work_centre="robots", calendar="day"),
        Resource(id="booth", work_centre="booths", calendar="day"),
    ),
    calendars=(
        Calendar(id="day", shifts=tuple(Shift(weekday=d, start="07:00", end="17:00") for d in DAYS)),
    ),
    products=(Product(id="gate"), Product(id="fence")),
    routings=(
        Routing(
            product="gate",
            steps=(_step(10, "saw", "saw 1", 0), _step(20, "weld", "robot", 25), _step(30, "paint", "booth", 20)),
        ),
        Routing(product="fence", steps=(_step(10, "saw", "saw 1", 0), _step(20, "paint", "booth", 8))),
    ),
)  # fmt: skip


Log = tuple[Records, list[Order]]


@pytest.fixture(scope="module")
def log() -> Log:
    rng = np.random.default_rng(9)
    orders = [
        Order(
            id=f"order {i}", product=("gate", "fence")[i % 2], quantity=float(rng.integers(2, 30)),
            release_at=START + timedelta(hours=float(h)),
        )
        for i, h in enumerate(np.sort(rng.uniform(0, WEEKS * 168, 600)))
    ]  # fmt: skip
    end = START + timedelta(weeks=WEEKS)
    run = simulate(
        PLANT, orders, start_at=START, end_at=end, n_replications=1, draw_demand=False, trace=True,
        seed=4,
    )  # fmt: skip
    return run.records[0], orders


@pytest.fixture(scope="module")
def trust(log: Log) -> Trust:
    return backtest(*log, name="waits", n_cutoffs=6, n_replications=60)


def test_how_it_is_learnt_is_chosen_from_what_was_known_at_the_first_cutoff(
    trust: Trust, log: Log
) -> None:
    chosen = choose_recipe(*log, name="waits", until=trust.cutoffs[0].cutoff_at)
    assert trust.chosen == chosen
    assert chosen.why_not == ""
    assert max(chosen.cutoffs) < trust.cutoffs[0].cutoff_at
    assert chosen.recipe.history_days is None


def test_the_twin_beats_every_plain_method(trust: Trust) -> None:
    assert trust.orders_scored >= 80
    assert trust.median_abs_error_h is not None
    best = min(b.median_abs_error_h for b in trust.baselines.values() if b.median_abs_error_h)
    assert trust.median_abs_error_h < best


def test_coverage_is_what_it_says_within_sampling_error(trust: Trust) -> None:
    n = trust.orders_scored
    assert trust.coverage_p90 is not None
    assert trust.coverage_p50 is not None
    # Orders of one cut-off share their queues, so fewer count than were scored: half of them.
    assert abs(trust.coverage_p90 - 0.9) <= 3 * np.sqrt(0.09 / (n / 2))
    assert abs(trust.coverage_p50 - 0.5) <= 3 * np.sqrt(0.25 / (n / 2))


def test_the_combined_forecast_leaves_a_good_twin_nearly_as_it_is(trust: Trust) -> None:
    n = trust.orders_scored
    combined = trust.combined
    assert combined is not None
    assert combined.twin_share > 0.6
    assert combined.pinball_h is not None
    assert trust.pinball_h is not None
    assert combined.pinball_h <= 1.1 * trust.pinball_h
    assert all(combined.pinball_h < b.pinball_h for b in trust.baselines.values() if b.pinball_h)
    assert combined.coverage_p90 is not None
    assert abs(combined.coverage_p90 - 0.9) <= 3 * np.sqrt(0.09 / (n / 2))
    assert trust.open_orders
    at = [o.p50_at for o in trust.open_orders if o.p50_at]
    assert at == sorted(at)
    assert all(o.p50_at <= o.p90_at for o in trust.open_orders if o.p50_at and o.p90_at)


def test_every_forecast_counts_for_its_product_and_its_stage(trust: Trust) -> None:
    groups = {by: [h for h in trust.held if h.by == by] for by in ("product", "stage")}
    assert {h.name for h in groups["product"]} == {"gate", "fence"}
    for by, held in groups.items():
        assert sum(h.orders_scored for h in held) == trust.orders_scored, by
        assert sum(h.n_completed for h in held) == trust.n_completed, by
    for one in groups["product"]:
        assert one.kept_p90 is not None
        assert abs(one.kept_p90 - 0.9) <= 3 * np.sqrt(0.09 / (one.orders_scored / 2)), one.name
        assert one.is_held == (one.median_abs_error_h <= one.plain_h), one.name


def test_the_replayed_window_lies_near_what_happened(trust: Trust) -> None:
    assert trust.replay is not None
    flow = trust.replay.throughput_per_week
    assert flow.actual is not None
    assert flow.mean == pytest.approx(flow.actual, rel=0.15)
    assert len(trust.replay.wip) == len(trust.replay.wip_days) == len(trust.replay.completed)


def test_a_trust_goes_through_json_unchanged(trust: Trust) -> None:
    assert Trust.model_validate_json(trust.model_dump_json()) == trust


def test_the_sentence_names_the_winner_in_both_languages(trust: Trust) -> None:
    assert "better than the best plain method" in trust.sentence
    assert "优于" in trust.sentence_zh
