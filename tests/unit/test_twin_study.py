"""Studies: which replications they run, what they count, what they say about wrong input."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from zhizao._base.errors import InputError
from zhizao.model.order import Order
from zhizao.model.plant import (
    Delay,
    Demand,
    Plant,
    Product,
    Resource,
    ResourceOption,
    Routing,
    Step,
    TimeModel,
    WorkCentre,
)
from zhizao.twin import simulate
from zhizao.twin.indicators import OrderTimes
from zhizao.twin.simulate import to_job
from zhizao.twin.study import steady_state, terminating
from zhizao.twin.study.series import kpi_series, replication_times
from zhizao.twin.study.terminating_runs import BLOCK, N_FIRST, block_seed

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
WEEK = {"start_at": MONDAY, "end_at": MONDAY + timedelta(weeks=1)}


def station(*, per_week=100.0, scrap_share=0.0, delay=0.0, allowances_h=(3.0,)):
    step = Step(
        step=10,
        operation="serve",
        resources=(ResourceOption(resource="M"),),
        time=TimeModel(per_piece_min=60.0, distribution="exponential"),
        delay=Delay(mean_min=delay, distribution="exponential"),
        scrap_share=scrap_share,
    )
    return Plant(
        name="station",
        work_centres=(WorkCentre(id="W"),),
        resources=(Resource(id="M", work_centre="W"),),
        products=(Product(id="P"), Product(id="Q")),
        routings=tuple(Routing(product=p, steps=(step,)) for p in ("P", "Q")),
        demands=(
            Demand(product="P", orders_per_week=per_week, allowances_h=allowances_h),
            Demand(product="Q", orders_per_week=per_week / 10),
        ),
    )


def test_the_first_block_is_the_run_with_the_studys_seed():
    study = terminating(station(), [], **WEEK, half_width=1e9, seed=5, kpi="wip_mean", n_most=BLOCK)
    run = simulate(station(), [], **WEEK, seed=5, n_replications=BLOCK)
    assert study.n == BLOCK
    assert study.is_reached
    assert study.interval.mean == pytest.approx(run.kpi_samples["wip_mean"].mean(), rel=1e-12)


def test_a_study_never_stops_on_fewer_than_thirty_replications_unless_told():
    assert terminating(station(), [], **WEEK, half_width=1e9).n == N_FIRST == 30


def test_a_replication_is_the_same_however_many_are_run():
    few = terminating(station(), [], **WEEK, relative=0.001, seed=5, n_most=17)
    many = terminating(station(), [], **WEEK, relative=0.001, seed=5, n_most=30)
    assert (few.n, many.n) == (17, 30)
    blocks = [
        simulate(station(), [], **WEEK, seed=block_seed(5, block=b), n_replications=BLOCK)
        for b in range(3)
    ]
    samples = np.concatenate([b.kpi_samples["lead_time_mean_h"] for b in blocks])
    assert few.interval.mean == pytest.approx(samples[:17].mean(), rel=1e-12)
    assert many.interval.mean == pytest.approx(samples.mean(), rel=1e-12)


def test_a_study_stops_where_the_interval_is_narrow_enough():
    study = terminating(station(), [], **WEEK, relative=0.1, seed=1)
    assert study.is_reached
    assert study.interval.half_width <= 0.1 / 1.1 * study.interval.mean
    assert BLOCK < study.n < 1_000
    low, middle, high = (q.estimate for q in study.quantiles)
    assert low < middle < high


def test_a_study_that_does_not_get_there_says_so():
    study = terminating(station(), [], **WEEK, half_width=1e-6, n_most=20, warm_up_s=3600.0)
    assert not study.is_reached
    assert study.n == 20
    assert study.deleted_s == 3600.0


def test_what_runs_warn_of_is_in_the_study_once():
    orders = [Order(id="A", product="P")]
    plant = station(scrap_share=0.9)
    study = terminating(plant, orders, **WEEK, relative=0.01, n_most=20)
    assert any("piece" in w for w in study.warnings)
    assert len(set(study.warnings)) == len(study.warnings)


def test_an_unknown_kpi_is_named_with_the_nearest():
    with pytest.raises(InputError, match="Did you mean 'wip_mean'"):
        terminating(station(), [], **WEEK, kpi="wip_means")
    with pytest.raises(InputError, match="which has no series over time"):
        steady_state(station(), start_at=MONDAY, weeks=8, kpi="utilisation:M")


def test_what_cannot_be_studied_in_the_long_run_is_said():
    with pytest.raises(InputError, match=r"weeks is -1.*n_replications is 1"):
        steady_state(station(), start_at=MONDAY, weeks=-1, kpi="wip_mean", n_replications=1)
    with pytest.raises(InputError, match="no observation of 'lead_time_mean_h'"):
        steady_state(station(per_week=1e-6), start_at=MONDAY, weeks=1)


@pytest.mark.parametrize("scrap_share", [0.0, 0.4])
def test_series_have_the_means_that_the_run_has(scrap_share):
    """The orders are drawn by the demand; with scrap, some lots lose all their pieces."""
    plant = station(delay=300.0, scrap_share=scrap_share)
    run = simulate(plant, [], **WEEK, seed=3, n_replications=2)
    job = to_job(plant, [], **WEEK, seed=3)
    for i in range(2):
        times = replication_times(job, i)
        assert times.release_s.size > 20
        for kpi in ("lead_time_mean_h", "wip_mean", "throughput_per_week"):
            values = kpi_series(times, kpi, horizon_s=job.horizon_s).values
            assert values.mean() == pytest.approx(run.kpi_samples[kpi][i], rel=1e-9), kpi


def test_orders_count_in_the_order_of_completion_and_only_those_due_can_be_late():
    completion_s = np.array([7200.0, 5400.0, 1800.0, np.nan])
    times = OrderTimes(
        entry_s=np.zeros(4),
        release_s=np.array([0.0, 3600.0, 0.0, 0.0]),
        due_s=np.array([3600.0, np.inf, 3600.0, 0.0]),
        completion_s=completion_s,
        left_s=completion_s,
    )

    def series(kpi: str):
        return kpi_series(times, kpi, horizon_s=86400.0)

    assert series("lead_time_mean_h").values.tolist() == [0.5, 0.5, 2.0]
    assert series("tardiness_mean_h").values.tolist() == [0.0, 1.0]
    assert series("late_share").at_s.tolist() == [1800.0, 7200.0]
    assert series("throughput_per_week").values.tolist() == [21.0]


def test_a_steady_study_is_the_same_on_any_number_of_threads():
    one, two = (
        steady_state(station(), start_at=MONDAY, weeks=10, n_replications=4, n_threads=n)
        for n in (1, 2)
    )
    assert one == two


def test_what_is_deleted_is_counted_in_observations_and_hours():
    """The queue builds up from empty at high load; each half is cut where the other one says."""
    study = steady_state(
        station(per_week=145.0), start_at=MONDAY, weeks=40, kpi="wip_mean", n_replications=6, seed=4
    )
    first, second = study.n_deleted[0], study.n_deleted[-1]
    assert study.n_deleted == (first,) * 3 + (second,) * 3
    assert first != second
    assert min(first, second) >= 28
    assert study.deleted_h == 24.0 * (first + second) / 2
    assert study.n_kept == tuple(280 - n for n in study.n_deleted)


def test_at_least_the_first_tenth_of_the_shortest_replication_is_deleted():
    study = steady_state(station(per_week=20.0), start_at=MONDAY, weeks=40, n_replications=5)
    n_common = min(k + n for k, n in zip(study.n_kept, study.n_deleted, strict=True))
    assert study.warm_up.n_cut < min(study.n_deleted)
    assert min(study.n_deleted) == n_common // 10


def test_a_plant_that_never_settles_is_not_reached():
    study = steady_state(station(per_week=200.0), start_at=MONDAY, weeks=20, n_replications=4)
    assert not study.is_reached
    assert "no end of the warm-up" in study.warnings()[0]
    assert "预热期" in study.warnings(lang="zh")[0]


def test_a_study_whose_runs_are_short_for_their_queue_says_that_its_interval_may_miss():
    short = steady_state(station(per_week=150.0), start_at=MONDAY, weeks=12, n_replications=5)
    assert short.n_independent is not None
    assert short.n_independent < 20.0
    assert "worth only about" in short.warnings()[-1]
    enough = steady_state(station(per_week=20.0), start_at=MONDAY, weeks=60, n_replications=5)
    assert enough.warnings() == ()
