"""Times, waits, delays, demand, rules, capacity and stability on small cases worked by hand."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from zhizao.learn.demand.arrivals import learn_demand
from zhizao.learn.dispatch.rule import learn_rules
from zhizao.learn.durations.delays import learn_delays
from zhizao.learn.durations.times import learn_times
from zhizao.learn.durations.waits import Free
from zhizao.learn.evidence.busy import Load
from zhizao.learn.evidence.finished import finished_orders
from zhizao.learn.evidence.reports import known_reports
from zhizao.learn.evidence.visits import visits_of
from zhizao.learn.open_time import OpenTime
from zhizao.learn.stability import hours_per_week, weekly_work_h, with_enough_capacity
from zhizao.learn.statistics.intervals import rate_interval, share_interval, survival_quantiles
from zhizao.learn.statistics.spreads import empirical_spread
from zhizao.model import (
    Calendar,
    Demand,
    Failure,
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

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)


def _visits(minutes: np.ndarray, quantity: np.ndarray, **columns: object) -> pl.DataFrame:
    n = minutes.size
    fields = {
        "order_id": [f"o{i:04}" for i in range(n)], "operation": "cut", "pass": 0, "product": "P",
        "resource": "M1", "n_resources": 1, "n_rows": 1, "n_measured": 1, "is_ended": True,
        "quantity": quantity, "worked_s": minutes * 60.0, "measured_s": minutes * 60.0,
    }  # fmt: skip
    return pl.DataFrame({**fields, **columns})


def test_setup_and_rate_are_found_and_never_negative() -> None:
    rng = np.random.default_rng(1)
    quantity = rng.integers(1, 100, 400).astype(float)
    minutes = (30.0 + 2.0 * quantity) * rng.lognormal(-0.02, 0.2, 400)
    model = learn_times(_visits(minutes, quantity)).fit("P", "cut").model
    assert model.per_piece_min == pytest.approx(2.0, rel=0.1)
    assert model.setup_min == pytest.approx(30.0, rel=0.25)
    falling = learn_times(_visits(200.0 - quantity, quantity)).fit("P", "cut").model
    assert falling.per_piece_min >= 0.0
    assert falling.setup_min >= 0.0


def test_a_stuck_clock_does_not_decide() -> None:
    quantity = np.tile([5.0, 10.0, 20.0], 20)
    minutes = 10.0 * quantity
    spoilt = minutes.copy()
    spoilt[:2] = 50_000.0
    clean, robust = (
        learn_times(_visits(m, quantity)).fit("P", "cut").mean_min for m in (minutes, spoilt)
    )
    assert robust == pytest.approx(clean, rel=0.1)


def test_times_without_any_measured_duration_are_called_defaults() -> None:
    visits = _visits(np.full(20, 60.0), np.arange(1.0, 21.0), n_measured=0)
    assert learn_times(visits).fit("P", "cut").only_defaults


def test_a_rare_product_is_drawn_towards_the_others() -> None:
    rng = np.random.default_rng(2)
    names = np.array(["A"] * 60 + ["B"] * 60 + ["rare"])
    level = np.array([50.0] * 60 + [100.0] * 60 + [400.0])
    minutes = level * rng.lognormal(0.0, 0.4, names.size)
    times = learn_times(_visits(minutes, np.full(names.size, 10.0), product=names))
    assert times.fit("A", "cut").mean_min == pytest.approx(54.0, rel=0.15)
    assert 70.0 < times.fit("rare", "cut").mean_min < minutes[-1]
    assert times.fit("rare", "cut").level == "pooled"


def test_a_machine_twice_as_quick_is_found_and_chance_is_not() -> None:
    rng = np.random.default_rng(3)
    machine = np.array(["quick", "slow", "same"] * 60)
    base = np.where(machine == "quick", 50.0, 100.0)
    minutes = base * rng.lognormal(0.0, 0.2, machine.size)
    speeds = learn_times(_visits(minutes, np.full(180, 10.0), resource=machine)).speeds
    ratio = speeds["cut", "quick"][0] / speeds["cut", "slow"][0]
    assert ratio == pytest.approx(2.0, rel=0.12)
    alone = learn_times(
        _visits(100.0 * rng.lognormal(0, 0.3, 180), np.full(180, 10.0), resource=machine)
    )
    assert alone.speeds == {}


def test_an_empirical_spread_keeps_mean_and_spread_of_skew_values() -> None:
    values = np.random.default_rng(4).lognormal(0.0, 0.8, 2000)
    fields = empirical_spread(values / values.mean())
    knots = np.array(fields["quantiles"])
    assert ((knots[1:] + knots[:-1]) / 2).mean() == pytest.approx(1.0)
    assert fields["cv"] == pytest.approx(np.std(values) / np.mean(values), rel=0.1)


def _wait(
    order: str,
    start: float,
    *,
    queued: float | None = None,
    delay: float = 0.0,
    over: bool = True,
    operation: str = "cut",
) -> dict[str, object]:
    queued = start if queued is None else queued
    return {
        "order_id": order, "product": "P", "operation": operation, "resource": "M", "quantity": 1.0,
        "ready_s": 0.0, "queued_s": queued, "start_s": start, "delay_s": delay,
        "most_s": delay if over else np.inf, "wall_s": delay,
        "wall_most_s": delay if over else np.inf, "is_over": over,
        "is_whole": False,
    }  # fmt: skip


def test_a_wait_that_is_not_over_makes_the_delay_longer_not_shorter() -> None:
    over = [_wait(f"o{i}", 0.0, delay=3600.0 * (i + 1)) for i in range(30)]
    still = [_wait(f"w{i}", 0.0, delay=3600.0 * 20, over=False) for i in range(10)]
    short, long = (
        learn_delays(pl.DataFrame(w), calendar_of=lambda _: "plant").fit("P", "cut").delay.mean_min
        for w in (over, over + still)
    )
    assert short == pytest.approx(60 * 15.5, rel=0.05)
    assert long > short


def test_the_queue_begins_after_the_last_free_place() -> None:
    free = Free({"M": np.array([[0.0, 10.0], [30.0, 35.0]])})
    assert free.last_before(50.0, resource="M") == 35.0
    assert free.last_before(32.0, resource="M") == 32.0
    assert free.last_before(30.0, resource="M") == 10.0
    assert free.last_before(5.0, resource="unknown") == -np.inf


def test_kaplan_meier_quantiles_without_censoring_are_plain_quantiles() -> None:
    values = np.array([4.0, 1.0, 3.0, 2.0])
    found = survival_quantiles(values, np.ones(4, dtype=bool), np.array([0.25, 0.5, 0.75, 1.0]))
    assert found.tolist() == [1.0, 2.0, 3.0, 4.0]


def test_kaplan_meier_agrees_with_a_worked_example() -> None:
    # Times 1, 2+, 3, 4+, 5: S(1) = 4/5, S(3) = 4/5 · 2/3, S(5) = 0.
    values, event = np.array([1.0, 2, 3, 4, 5]), np.array([True, False, True, False, True])
    assert survival_quantiles(values, event, np.array([0.19, 0.21, 0.46, 0.48])).tolist() == [
        1.0,
        3.0,
        3.0,
        5.0,
    ]


@pytest.mark.parametrize("n", [0, 3, 50])
def test_intervals_hold_their_estimate(n: int) -> None:
    low, high = rate_interval(n, 10.0)
    assert low <= n / 10.0 <= high
    low, high = share_interval(n, 50)
    assert low <= n / 50 <= high


def test_late_reports_that_overlap_do_not_make_a_second_place() -> None:
    start = np.arange(0.0, 100.0, 10.0)
    assert Load.of_spans(start, start + 10.5).capacity().places == 1
    assert Load.of_spans(start, start + 20.0).capacity().places == 2


def test_the_rule_that_names_the_picked_lot_is_learnt() -> None:
    rng = np.random.default_rng(5)
    waits, orders, waiting = [], [], []
    for i in range(200):
        due = float(rng.uniform(0, 1e6))
        waiting.append((f"o{i}", float(i * 100), due))
        orders.append(Order(id=f"o{i}", product="P", due_at=MONDAY + timedelta(seconds=due)))
        if i >= 4:
            waiting.sort(key=lambda w: w[2])
            name, queued, _ = waiting.pop(0)
            waits.append(_wait(name, i * 100 + 50.0, queued=queued))
    rules = learn_rules(
        pl.DataFrame(waits), work_centres={"M": "mills"}, resources=lambda _p, _o: ("M",), orders=orders,
        families={}, work_min=lambda _p, _o, q: q, origin=MONDAY,
    )  # fmt: skip
    assert rules.by_work_centre == {"mills": "edd"}


def test_demand_counts_releases_after_the_warm_up() -> None:
    starts = [MONDAY + timedelta(days=d) for d in range(0, 140, 2)]
    crowd = [MONDAY + timedelta(hours=h) for h in range(30)]
    frame = pl.DataFrame(
        {"order_id": [f"o{i}" for i in range(len(starts) + 30)], "product": "P", "operation": "cut", "resource": "M",
         "start_at": crowd + starts, "end_at": [s + timedelta(hours=1) for s in crowd + starts], "order_quantity": 3.0}
    )  # fmt: skip
    reports = known_reports(Records.from_columns(frame), time_zone="UTC")
    products = dict(reports.table.select("order_id", "product").iter_rows())
    visits = visits_of(reports.table.with_columns(worked_s=pl.lit(0.0)))
    demand = learn_demand(
        reports, products=products, quantities=dict.fromkeys(products, 3.0),
        finished=finished_orders(visits, until_s=reports.until_s),
        plant_calendar=Calendar(id="plant"),
    )  # fmt: skip
    assert demand.demands[0].orders_per_week == pytest.approx(3.5, rel=0.1)
    assert set(demand.demands[0].quantities) == {3.0}


def test_many_quantities_are_thinned_without_losing_the_large_ones() -> None:
    starts = [MONDAY + timedelta(hours=4 * h) for h in range(730)]
    drawn = np.random.default_rng(5).lognormal(np.log(60), 0.6, size=len(starts))
    values = np.maximum(1.0, np.round(drawn))
    frame = pl.DataFrame(
        {"order_id": [f"o{i}" for i in range(len(starts))], "product": "P", "operation": "cut", "resource": "M",
         "start_at": starts, "end_at": [s + timedelta(hours=1) for s in starts], "order_quantity": values}
    )  # fmt: skip
    reports = known_reports(Records.from_columns(frame), time_zone="UTC")
    facts = reports.table.select("order_id", "product", "quantity")
    visits = visits_of(reports.table.with_columns(worked_s=pl.lit(0.0)))
    demand = learn_demand(
        reports, products={o: p for o, p, _ in facts.iter_rows()},
        quantities={o: q for o, _, q in facts.iter_rows()},
        finished=finished_orders(visits, until_s=reports.until_s),
        plant_calendar=Calendar(id="plant"),
    )  # fmt: skip
    kept = np.array(demand.demands[0].quantities)
    assert kept.size < values.size
    # Rounding to whole numbers moves the sum of all by less than one.
    assert kept.mean() == pytest.approx(values.mean(), abs=1.0 / kept.size)
    assert kept.std() == pytest.approx(values.std(), rel=0.03)
    assert (kept == np.round(kept)).all()
    assert kept.min() >= 1.0


def _plant(per_week: float) -> Plant:
    step = Step(
        step=10, operation="cut", resources=(ResourceOption(resource="M"),), time=TimeModel(setup_min=60.0),
    )  # fmt: skip
    return Plant(
        name="x", work_centres=(WorkCentre(id="w"),), resources=(Resource(id="M", work_centre="w", calendar="c"),),
        calendars=(Calendar(id="c", shifts=(Shift(weekday="mon", start="08:00", end="18:00"),)),),
        products=(Product(id="P"),), routings=(Routing(product="P", steps=(step,)),),
        demands=(Demand(product="P", orders_per_week=per_week),),
    )  # fmt: skip


def test_a_calendar_that_is_too_short_is_widened_until_the_load_fits() -> None:
    same, none = with_enough_capacity(_plant(8.0), {("cut", "M"): 1.0})
    assert none == {}
    assert same == _plant(8.0)
    wide, loads = with_enough_capacity(_plant(40.0), {("cut", "M"): 1.0})
    assert loads == {"M": pytest.approx(4.0)}
    calendar = next(c for c in wide.calendars if c.id == wide.resources[0].calendar)
    assert weekly_work_h(wide, {("cut", "M"): 1.0})["M"] / hours_per_week(calendar) <= 0.98


def test_more_work_than_hours_in_a_week_needs_more_places() -> None:
    wide, _ = with_enough_capacity(_plant(400.0), {("cut", "M"): 1.0})
    assert wide.resources[0].capacity == 3


def test_a_capacity_has_a_sample_size_and_an_interval_that_holds_it():
    week_s = 604_800.0
    start = np.concatenate([w * week_s + np.arange(0.0, 36_000.0, 3600.0) for w in range(10)])
    length = np.where(start % (2 * week_s) < week_s, 3600.0, 7200.0)  # every other week overlaps
    found = Load.of_spans(start, start + length).capacity(seed=1)
    assert found.n == start.size
    assert found.low <= found.places <= found.high
    assert (found.low, found.high) == (2, 2)


def test_a_machine_that_is_free_after_everybody_has_gone_home_is_not_free() -> None:
    load = Load.of_spans(np.array([0.0]), np.array([7.0]))
    open_time = OpenTime.from_intervals(np.array([[0.0, 8.0], [20.0, 28.0]]))
    given = {"capacity": 1, "open_time": open_time, "from_s": 0.0, "to_s": 40.0}
    assert load.idle(**given).tolist() == [[7.0, 8.0], [20.0, 28.0]]
    assert load.idle(**given, edge_s=1.0).tolist() == [[21.0, 27.0]]


@pytest.mark.parametrize(("mttr_h", "is_enough"), [(2.0, True), (20.0, False)])
def test_breakdowns_count_to_the_load(*, mttr_h: float, is_enough: bool) -> None:
    step = Step(
        step=10, operation="cut", resources=(ResourceOption(resource="M1"),),
        time=TimeModel(setup_min=60.0),
    )  # fmt: skip
    shift = tuple(
        Shift(weekday=d, start="08:00", end="16:00")  # type: ignore[arg-type]
        for d in ("mon", "tue", "wed", "thu", "fri")
    )
    plant = Plant(
        name="p",
        work_centres=(WorkCentre(id="cut"),),
        resources=(
            Resource(
                id="M1", work_centre="cut", calendar="day",
                failure=Failure(mtbf_h=20.0, mttr_h=mttr_h),
            ),
        ),
        calendars=(Calendar(id="day", shifts=shift),),
        products=(Product(id="P"),),
        routings=(Routing(product="P", steps=(step,)),),
        demands=(Demand(product="P", orders_per_week=33.0, quantities=(1.0,)),),
    )  # fmt: skip
    # 33 h of work in 40; 33 / 20 breakdowns a week, of which 40 of 168 hours are open.
    load = (33.0 + 33.0 / 20.0 * mttr_h * 40.0 / 168.0) / 40.0
    _, widened = with_enough_capacity(plant, {("cut", "M1"): 1.0})
    assert widened == ({} if is_enough else {"M1": pytest.approx(load)})
