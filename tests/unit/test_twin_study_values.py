"""Drawn values: their sampling errors, and the tables of a run with them."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from zhizao.model.plant import (
    Calendar,
    Delay,
    Demand,
    Failure,
    Plant,
    Product,
    Provenance,
    Resource,
    ResourceOption,
    Rework,
    Routing,
    Setup,
    Shift,
    Step,
    TimeModel,
    WorkCentre,
)
from zhizao.twin import simulate
from zhizao.twin.study_drawn import stretched
from zhizao.twin.study_values import DrawnValues, draw_values, posterior_factors

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
DAYS = ("mon", "tue", "wed", "thu", "fri")
Z95 = 1.959963984540054


def learnt(where, *, value, error, n=50, level="product", source="learnt") -> Provenance:
    return Provenance(
        where=where, source=source, level=level, n=n, value=value,
        low=max(0.0, value - Z95 * error), high=value + Z95 * error,
    )  # fmt: skip


def shop(*, scale=None, hours="16:00", provenances=()) -> Plant:
    """Return a shop of two machines; ``scale``: place of a value → factor on it."""
    scale = scale or {}

    def f(where: str) -> float:
        return scale.get(where, 1.0)

    def step(product: str, number: int, resource: str, **more) -> Step:
        where = f"routings/{product}/main/{number}"
        time = f(f"{where}/time")
        return Step(
            step=number, operation=f"op {number}", resources=(ResourceOption(resource=resource),),
            time=TimeModel(setup_min=10 * time, per_piece_min=6 * time, distribution="gamma", cv=0.5),
            delay=Delay(mean_min=30 * f(f"{where}/delay/mean_min"), distribution="exponential"),
            probability=0.5 * f(f"{where}/probability") if number == 20 else 1.0,
            scrap_share=0.05 * f(f"{where}/scrap_share"),
            **more,
        )  # fmt: skip

    def rework(product: str) -> Rework:
        where = f"routings/{product}/main/30/rework/probability"
        return Rework(probability=0.2 * f(where), to_step=10)

    return Plant(
        name="shop",
        work_centres=(WorkCentre(id="saws", dispatch="atc"), WorkCentre(id="mills")),
        calendars=(
            Calendar(
                id="day", shifts=tuple(Shift(weekday=d, start="08:00", end=hours) for d in DAYS)
            ),
        ),
        resources=(
            Resource(
                id="saw", work_centre="saws",
                failure=Failure(
                    mtbf_h=20 * f("resources/saw/failure/mtbf_h"),
                    mttr_h=1 * f("resources/saw/failure/mttr_h"),
                ),
            ),
            Resource(id="mill", work_centre="mills", calendar="day"),
        ),
        products=(Product(id="P", family="red"), Product(id="Q/R", family="blue")),
        routings=tuple(
            Routing(
                product=p,
                steps=(
                    step(p, 10, "saw"), step(p, 20, "mill"), step(p, 30, "saw", rework=rework(p)),
                ),
            )
            for p in ("P", "Q/R")
        ),
        setups=(
            Setup(work_centre="mills", from_family="red", to_family="blue",
                  setup_min=40 * f("setups/mills/red/blue")),
            Setup(work_centre="mills", from_family="blue", to_family="red", setup_min=20),
        ),
        demands=tuple(
            Demand(
                product=p, orders_per_week=12 * f(f"demands/{p}/orders_per_week"),
                quantities=(4.0, 8.0), allowances_h=(48.0,),
            )
            for p in ("P", "Q/R")
        ),
        provenances=provenances,
    )  # fmt: skip


SCALES = {
    "routings/P/main/10/time": 1.3,
    "routings/Q/R/main/20/time": 0.8,
    "routings/Q/R/main/20/delay/mean_min": 2.0,
    "routings/P/main/20/probability": 1.4,
    "routings/P/main/30/rework/probability": 0.5,
    "routings/P/main/30/scrap_share": 3.0,
    "resources/saw/failure/mtbf_h": 0.5,
    "resources/saw/failure/mttr_h": 2.0,
    "setups/mills/red/blue": 1.5,
    "demands/Q/R/orders_per_week": 1.2,
}
WINDOW = {"start_at": MONDAY, "end_at": MONDAY + timedelta(weeks=4), "seed": 11}


def one_set(factors) -> DrawnValues:
    return DrawnValues(
        factors={where: np.array([f]) for where, f in factors.items()}, quantities={},
        n_draws=1, n_each=3, n_futures=3,
    )  # fmt: skip


@pytest.mark.parametrize("where", [*SCALES, "all"])
def test_tables_with_drawn_values_are_those_of_a_plant_that_has_the_values(where):
    scale = SCALES if where == "all" else {where: SCALES[where]}
    drawn = one_set(scale)
    found = simulate(shop(), [], drawn=drawn, n_replications=6, **WINDOW)
    built = simulate(shop(scale=scale), [], n_replications=3, **WINDOW)
    plain = simulate(shop(), [], n_replications=3, **WINDOW)
    for kpi, values in built.kpi_samples.items():
        np.testing.assert_allclose(found.kpi_samples[kpi][:3], plain.kpi_samples[kpi], rtol=0)
        np.testing.assert_allclose(found.kpi_samples[kpi][3:], values, rtol=1e-9)
    changed = [
        k for k, v in built.kpi_samples.items() if not np.array_equal(v, plain.kpi_samples[k])
    ]
    assert changed


def test_drawn_hours_are_those_of_a_calendar_with_longer_shifts():
    drawn = one_set({"calendars/day/hours_per_week": 1.25})
    found = simulate(shop(), [], drawn=drawn, n_replications=6, **WINDOW)
    built = simulate(shop(hours="18:00"), [], n_replications=3, **WINDOW)
    for kpi, values in built.kpi_samples.items():
        np.testing.assert_allclose(found.kpi_samples[kpi][3:], values, rtol=1e-9)


def test_spans_that_grow_end_where_the_next_one_begins():
    spans = np.array([[0.0, 8.0], [10.0, 18.0]])
    assert stretched(spans, 2.0, end_s=30.0).tolist() == [[0.0, 10.0], [10.0, 26.0]]
    assert stretched(spans, 0.5, end_s=30.0).tolist() == [[0.0, 4.0], [10.0, 14.0]]
    assert stretched(np.empty((0, 2)), 0.5, end_s=30.0).shape == (0, 2)


def test_drawn_values_do_not_depend_on_the_number_of_threads():
    provenances = tuple(learnt(w, value=1.0, error=0.2) for w in SCALES)
    plant = shop(provenances=provenances)
    drawn = draw_values(plant, n_futures=4)
    runs = [
        simulate(plant, [], drawn=drawn, n_replications=drawn.n_replications, n_threads=n, **WINDOW)
        for n in (1, 2)
    ]
    for kpi, values in runs[0].kpi_samples.items():
        np.testing.assert_array_equal(values, runs[1].kpi_samples[kpi])


def many(provenance: Provenance, monkeypatch, n=4_000):
    monkeypatch.setattr("zhizao.twin.study_values._MOST_DRAWS", n)
    drawn = draw_values(shop(provenances=(provenance,)), n_futures=2 * n)
    return None if drawn is None else drawn.factor(provenance.where)


def known_with(where: str, error: float) -> Provenance:
    low, high = 10.0 - Z95 * error * 10, 10.0 + Z95 * error * 10
    return Provenance(
        where=where, source="learnt", level="product", n=9, value=10.0, low=low, high=high
    )


@pytest.mark.parametrize("error", [0.05, 0.3, 0.5])
def test_learnt_means_scatter_around_drawn_ones_as_their_interval_says(error, monkeypatch):
    factors = many(known_with("routings/P/main/10/time", error), monkeypatch)
    assert (factors > 0).all()
    # Slices of the distribution are drawn once each: closer than the root of their number.
    assert (1 / factors).mean() == pytest.approx(1.0, abs=0.002)
    assert (1 / factors).std() == pytest.approx(error, rel=0.01)


@pytest.mark.parametrize("error", [0.05, 0.3, 0.8])
def test_drawn_rates_scatter_around_the_learnt_one_as_its_interval_says(error, monkeypatch):
    factors = many(known_with("demands/P/orders_per_week", error), monkeypatch)
    assert (factors > 0).all()
    assert factors.mean() == pytest.approx(1.0, abs=0.002)
    assert factors.std() == pytest.approx(error, rel=0.02)


def test_a_mean_of_very_few_cases_counts_as_one_of_four(monkeypatch):
    few = many(known_with("routings/P/main/10/time", 0.9), monkeypatch)
    four = many(known_with("routings/P/main/10/time", 0.5), monkeypatch)
    np.testing.assert_allclose(few, four)


def test_an_interval_even_in_the_logarithm_is_taken_as_such(monkeypatch):
    error = 0.3
    even = Provenance(
        where="resources/saw/failure/mtbf_h", source="learnt", level="resource", n=9, value=10.0,
        low=10 * np.exp(-Z95 * error), high=10 * np.exp(Z95 * error),
    )  # fmt: skip
    assert (1 / many(even, monkeypatch)).std() == pytest.approx(error, rel=0.01)


@pytest.mark.parametrize("n_records", [5, 20, 100])
def test_the_true_mean_of_exponential_durations_lies_anywhere_in_the_drawn_ones(n_records):
    """Given the records, the truth is below a drawn quantile as often as it says: exactly."""
    n_trials = 4_000
    means = np.random.default_rng(n_records).gamma(n_records, size=n_trials) / n_records
    for level in (0.025, 0.5, 0.975):
        ends = means * posterior_factors(np.array([level]), error=n_records**-0.5, is_rate=False)
        slack = 4 * (level * (1 - level) / n_trials) ** 0.5  # four standard errors
        assert (ends >= 1.0).mean() == pytest.approx(level, abs=slack)


def test_each_slice_of_a_values_distribution_is_drawn_once():
    drawn = draw_values(shop(provenances=(known_with("setups/mills/red/blue", 0.2),)), n_futures=40)
    ends = posterior_factors(np.linspace(0.0, 1.0, 21)[1:-1], error=0.2, is_rate=False)
    slices = np.searchsorted(ends, drawn.factor("setups/mills/red/blue"))
    assert sorted(slices) == list(range(20))


def test_drawn_shares_scatter_as_those_of_so_many_cases_and_stay_shares(monkeypatch):
    where = "routings/P/main/20/probability"
    factors = many(learnt(where, value=0.9, error=0.05, n=36), monkeypatch)
    shares = 0.9 * factors
    assert shares.max() <= 1.0
    assert shares.std() == pytest.approx((0.9 * 0.1 / 37) ** 0.5, rel=0.1)
    assert shares.mean() == pytest.approx(0.9, abs=0.004)


@pytest.mark.parametrize(
    "known",
    [
        learnt("routings/P/main/20/probability", value=1.0, error=0.05),
        learnt("routings/P/main/10/time", value=10.0, error=1.0, source="told"),
        learnt("routings/P/main/10/time", value=10.0, error=1.0, n=0),
        learnt("routings/P/main/10/time", value=10.0, error=0.0),
        learnt("routings/X/main/10/time", value=10.0, error=1.0),
        learnt("resources/saw/capacity", value=1.0, error=1.0),
    ],
)
def test_values_without_a_sampling_error_are_not_drawn(known):
    assert draw_values(shop(provenances=(known,)), n_futures=10) is None


def test_values_of_one_pooled_estimate_share_its_error_and_others_do_not():
    pooled = [
        learnt(f"routings/{p}/main/10/time", value=10.0, error=1.0, level="pooled")
        for p in ("P", "Q/R")
    ]
    own = learnt("routings/P/main/30/time", value=10.0, error=1.0)
    other = learnt("routings/Q/R/main/30/time", value=10.0, error=1.0)
    drawn = draw_values(shop(provenances=(*pooled, own, other)), n_futures=40)
    first, second = (drawn.factor(p.where) for p in pooled)
    np.testing.assert_array_equal(first, second)
    assert abs(np.corrcoef(drawn.factor(own.where), drawn.factor(other.where))[0, 1]) < 0.7
    assert not np.array_equal(drawn.factor(own.where), drawn.factor(other.where))


def test_repairs_that_were_learnt_for_all_machines_together_share_one_error():
    two = shop().model_copy(
        update={
            "resources": tuple(
                r.model_copy(update={"failure": Failure(mtbf_h=20, mttr_h=1)})
                for r in shop().resources
            ),
            "provenances": tuple(
                learnt(f"resources/{r}/failure/mttr_h", value=1.0, error=0.1, level="pooled")
                for r in ("saw", "mill")
            ),
        }
    )
    drawn = draw_values(two, n_futures=10)
    np.testing.assert_array_equal(
        drawn.factor("resources/saw/failure/mttr_h"), drawn.factor("resources/mill/failure/mttr_h")
    )


def test_order_quantities_are_resampled_with_the_demand():
    known = learnt("demands/P/orders_per_week", value=12.0, error=1.0, n=10)
    drawn = draw_values(shop(provenances=(known,)), n_futures=40)
    samples = drawn.quantities["P"]
    assert samples.shape == (20, 2)
    assert set(np.unique(samples)) <= {4.0, 8.0}
    assert (np.diff(samples, axis=1) >= 0).all()
    assert "Q/R" not in drawn.quantities


def test_what_a_scenario_states_is_not_drawn():
    known = learnt("setups/mills/red/blue", value=40.0, error=4.0)
    drawn = draw_values(shop(provenances=(known,)), n_futures=10)
    assert drawn.factor(known.where) is not None
    stated = drawn.for_branch(stated=frozenset({known.where}))
    assert stated.factor(known.where) is None
