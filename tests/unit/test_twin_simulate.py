"""The twin's front door: threads, pairing, work in progress, trace, faults."""

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from zhizao._base.errors import InputError
from zhizao.model.calendar import open_intervals
from zhizao.model.order import Order
from zhizao.model.plant import (
    Calendar,
    Delay,
    Demand,
    Failure,
    Operator,
    Plant,
    Product,
    Resource,
    ResourceOption,
    Rework,
    Routing,
    Setup,
    Shift,
    Step,
    TimeModel,
    Transport,
    WorkCentre,
)
from zhizao.model.run import KPI_UNITS
from zhizao.model.state import LotState, ShopState
from zhizao.twin import simulate

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
WEEK = timedelta(days=7)
DAY = Calendar(
    id="day",
    shifts=tuple(
        Shift(weekday=d, start="08:00", end="16:00") for d in ("mon", "tue", "wed", "thu", "fri")
    ),
)


def step(number, *resources, minutes=30.0, **fields):
    return Step(
        step=number,
        operation=f"op{number}",
        resources=tuple(ResourceOption(resource=r) for r in resources),
        time=fields.pop("time", TimeModel(per_piece_min=minutes)),
        **fields,
    )


def plant(*steps, resources=None, **fields):
    names = dict.fromkeys(o.resource for s in steps for o in s.resources)
    return Plant(
        name="small",
        work_centres=fields.pop("work_centres", (WorkCentre(id="W"),)),
        resources=resources or tuple(Resource(id=n, work_centre="W") for n in names),
        products=fields.pop("products", (Product(id="P"),)),
        routings=fields.pop("routings", None) or (Routing(product="P", steps=steps),),
        **fields,
    )


def rich_plant(**changes):
    """A plant with nearly everything in it."""
    gamma = TimeModel(setup_min=10, per_piece_min=15, distribution="gamma", cv=0.5)
    steps = (
        step(10, "saw", "saw2", time=gamma, scrap_share=0.05),
        step(
            20,
            delay=Delay(mean_min=30, distribution="lognormal", cv=1, calendar="day"),
            probability=0.5,
        ),
        step(30, "mill", minutes=5, rework=Rework(probability=0.2, to_step=10)),
    )
    fields = {
        "resources": (
            Resource(
                id="saw", work_centre="saws", calendar="day", failure=Failure(mtbf_h=20, mttr_h=2)
            ),
            Resource(
                id="saw2",
                work_centre="saws",
                speed=1.5,
                calendar="day",
                failure=Failure(mtbf_h=20, mttr_h=2, basis="calendar"),
            ),
            Resource(id="mill", work_centre="mills", capacity=2),
        ),
        "work_centres": (
            WorkCentre(id="saws", dispatch="edd"),
            WorkCentre(id="mills", dispatch="same_setup"),
        ),
        "products": (Product(id="P", family="red"), Product(id="Q", family="blue")),
        "routings": (
            Routing(product="P", steps=steps, share=0.7),
            Routing(product="P", variant="short", steps=steps[:1], share=0.3),
            Routing(product="Q", steps=steps),
        ),
        "setups": (
            Setup(work_centre="mills", from_family="red", to_family="blue", setup_min=15),
            Setup(work_centre="mills", from_family=None, to_family=None, setup_min=5),
        ),
        "transports": (Transport(from_work_centre="saws", to_work_centre="mills", minutes=7),),
        "demands": (
            Demand(product="P", orders_per_week=20, quantities=(1, 3), allowances_h=(24, 96)),
            Demand(product="Q", orders_per_week=20, quantities=(2,)),
        ),
        "calendars": (DAY,),
        "release_calendar": "day",
    }
    return plant(**(fields | changes))


def orders(n, **fields):
    return [Order(id=f"O{i}", product="P", quantity=2, **fields) for i in range(n)]


def test_one_and_two_threads_give_the_same_bits():
    runs = [
        simulate(
            rich_plant(),
            orders(5),
            start_at=MONDAY,
            end_at=MONDAY + 4 * WEEK,
            n_replications=6,
            n_threads=n,
            trace=True,
        )
        for n in (1, 2)
    ]
    assert runs[0].completion_s.tobytes() == runs[1].completion_s.tobytes()
    for kpi, samples in runs[0].kpi_samples.items():
        assert samples.tobytes() == runs[1].kpi_samples[kpi].tobytes()
    assert all(
        a.operations.equals(b.operations)
        for a, b in zip(runs[0].records, runs[1].records, strict=True)
    )


def test_replications_and_seeds_differ():
    runs = [
        simulate(
            rich_plant(), orders(5), start_at=MONDAY, end_at=MONDAY + WEEK, n_replications=2, seed=s
        )
        for s in (0, 1)
    ]
    values = {runs[s].completion_s[i].tobytes() for s in (0, 1) for i in (0, 1)}
    assert len(values) == 4


def durations(run, operation="op10"):
    rows = run.records[0].operations.filter(kind="run", operation=operation).drop_nulls("end_at")
    return {
        r["order_id"]: (r["end_at"] - r["start_at"]).total_seconds()
        for r in rows.iter_rows(named=True)
    }


def exponential(minutes=30.0):
    return TimeModel(per_piece_min=minutes, distribution="exponential")


def test_another_order_does_not_change_the_draws_of_the_others():
    base = plant(step(10, "M", time=exponential()), step(20, "N", time=exponential()))
    span = {"start_at": MONDAY, "end_at": MONDAY + 4 * WEEK, "n_replications": 1, "trace": True}
    before = simulate(base, orders(6), **span)
    urgent = Order(id="urgent", product="P")
    after = simulate(base, [urgent, *orders(6)], **span)
    for operation in ("op10", "op20"):
        old, new = durations(before, operation), durations(after, operation)
        assert old == pytest.approx({k: v for k, v in new.items() if k != "urgent"}, abs=3e-6)


def test_a_faster_machine_scales_its_own_times_and_leaves_the_others():
    steps = (step(10, "M", time=exponential()), step(20, "N", time=exponential()))
    span = {"start_at": MONDAY, "end_at": MONDAY + 4 * WEEK, "n_replications": 1, "trace": True}
    before = simulate(plant(*steps), orders(6), **span)
    fast = (Resource(id="M", work_centre="W", speed=2.0), Resource(id="N", work_centre="W"))
    after = simulate(plant(*steps, resources=fast), orders(6), **span)
    assert durations(after, "op20") == pytest.approx(durations(before, "op20"), abs=3e-6)
    halved = {k: v / 2 for k, v in durations(before).items()}
    assert durations(after) == pytest.approx(halved, abs=3e-6)


def test_another_rate_of_demand_moves_the_same_orders():
    def drawn(rate):
        one = plant(
            step(10, "M", time=exponential(1.0)),
            demands=(Demand(product="P", orders_per_week=rate),),
        )
        run = simulate(
            one, [], start_at=MONDAY, end_at=MONDAY + 2 * WEEK, n_replications=1, trace=True
        )
        rows = run.records[0].operations.filter(kind="run")
        return {
            r["order_id"]: (r["scheduled_at"] - MONDAY).total_seconds()
            for r in rows.iter_rows(named=True)
        }, durations(run)

    (slow, slow_times), (fast, fast_times) = drawn(20), drawn(40)
    assert len(fast) > len(slow) > 10
    assert all(fast[name] == pytest.approx(at / 2, abs=1e-5) for name, at in slow.items())
    common = set(slow_times) & set(fast_times)
    assert all(slow_times[name] == pytest.approx(fast_times[name], abs=3e-6) for name in common)


def test_demand_comes_in_the_open_time_of_the_release_calendar():
    run = simulate(
        rich_plant(), [], start_at=MONDAY, end_at=MONDAY + 20 * WEEK, n_replications=1, trace=True
    )
    first = run.records[0].operations.filter(step=10, kind="run", is_rework=False)["scheduled_at"]
    assert set(first.dt.hour().to_list()) <= set(range(8, 16))
    assert set(first.dt.weekday().to_list()) == {1, 2, 3, 4, 5}
    # Poisson: 40 orders a week for 20 weeks, within 4 standard deviations.
    assert abs(len(first) - 800) < 4 * math.sqrt(800)


def state(*lots, **fields):
    return ShopState(at=MONDAY, lots=lots, **fields)


def lot(status, *, hours_ago=1.0, step=10, name="O0", **fields):
    return LotState(
        order_id=name,
        step=step,
        status=status,
        since_at=MONDAY - timedelta(hours=hours_ago),
        **fields,
    )


def run_state(one, *lots, n_orders=1, n=1, **fields):
    return simulate(
        one,
        orders(n_orders),
        state=state(*lots),
        start_at=MONDAY,
        end_at=MONDAY + 8 * WEEK,
        n_replications=n,
        **fields,
    )


def test_a_running_lot_needs_only_the_rest_of_a_constant_time():
    run = run_state(plant(step(10, "M")), lot("running", resource="M", worked_min=45.0))
    assert run.completion_s[0, 0] == pytest.approx(15 * 60)


def test_a_running_lot_keeps_its_resource_and_others_wait():
    one = plant(step(10, "M"))
    run = run_state(one, lot("running", resource="M", worked_min=20.0), n_orders=2)
    assert run.completion_s[0] == pytest.approx([40 * 60, 100 * 60])


def test_what_was_worked_does_not_matter_to_an_exponential_time():
    one = plant(step(10, "M", time=exponential(60.0)))
    run = run_state(one, lot("running", resource="M", worked_min=300.0), n=400)
    left = run.completion_s[:, 0] / 3600
    # Mean 2 h for two pieces, standard error 2 / √400.
    assert abs(left.mean() - 2.0) < 4 * 2.0 / 20
    assert abs(left.std() - 2.0) < 0.4


def test_a_lot_worked_on_for_long_needs_more_than_it_needs_on_average_if_times_vary_much():
    times = TimeModel(per_piece_min=30.0, distribution="lognormal", cv=1.5)
    run = run_state(
        plant(step(10, "M", time=times)), lot("running", resource="M", worked_min=180.0), n=100
    )
    fresh = run_state(plant(step(10, "M", time=times)), n=100)
    assert (run.completion_s >= 0).all()
    assert np.median(run.completion_s) > np.median(fresh.completion_s)


def test_a_lot_beyond_its_model_ends_at_once_and_the_run_says_so():
    run = run_state(plant(step(10, "M")), lot("running", resource="M", worked_min=100.0))
    assert run.completion_s[0, 0] == 0.0
    assert any("longer than their time model" in w for w in run.warnings)


def test_a_waiting_lot_that_was_worked_on_needs_the_rest():
    run = run_state(plant(step(10, "M")), lot("waiting", worked_min=50.0))
    assert run.completion_s[0, 0] == pytest.approx(10 * 60)


def test_waiting_lots_go_in_the_order_of_since_at():
    run = run_state(
        plant(step(10, "M")),
        lot("waiting", name="O0", hours_ago=1),
        lot("waiting", name="O1", hours_ago=3),
        n_orders=3,
    )
    assert run.completion_s[0] / 3600 == pytest.approx([2.0, 1.0, 3.0])


def test_a_delayed_lot_waits_for_the_rest_of_its_delay():
    delayed = step(10, "M", delay=Delay(mean_min=90.0))
    run = run_state(plant(delayed), lot("delayed", hours_ago=1.0))
    assert run.completion_s[0, 0] == pytest.approx((30 + 60) * 60)


def test_a_delay_in_a_calendar_counts_open_time_only():
    delayed = step(10, "M", delay=Delay(mean_min=90.0, calendar="day"))
    # Friday 15:00 to Monday 00:00: one open hour is over, half an hour is left from 08:00.
    run = run_state(plant(delayed, calendars=(DAY,)), lot("delayed", hours_ago=57.0))
    assert run.completion_s[0, 0] == pytest.approx((8 * 60 + 30 + 60) * 60)


def test_a_resource_is_set_up_for_the_family_of_the_state():
    one = plant(
        step(10, "M"),
        products=(Product(id="P", family="red"), Product(id="Q", family="blue")),
        setups=(Setup(work_centre="W", from_family="blue", to_family="red", setup_min=25),),
    )
    span = {"start_at": MONDAY, "end_at": MONDAY + WEEK, "n_replications": 1}
    assert simulate(one, orders(1), **span).completion_s[0, 0] == 3600.0
    set_up = simulate(one, orders(1), state=state(families={"M": "blue"}), **span)
    assert set_up.completion_s[0, 0] == 3600.0 + 25 * 60


def test_orders_from_before_the_start_come_at_the_start_and_keep_their_release():
    early = MONDAY - timedelta(hours=10)
    run = simulate(
        plant(step(10, "M")),
        orders(1, release_at=early),
        start_at=MONDAY,
        end_at=MONDAY + WEEK,
        n_replications=1,
    )
    assert run.release_s[0, 0] == -36_000.0
    assert run.completion_s[0, 0] == 3600.0
    assert run.estimate("lead_time_mean_h").mean == pytest.approx(11.0)


def test_lots_in_progress_without_release_are_not_in_the_lead_time():
    run = run_state(plant(step(10, "M")), lot("waiting"))
    assert math.isnan(run.release_s[0, 0])
    assert run.estimate("lead_time_mean_h").mean is None
    assert run.estimate("throughput_per_week").mean == pytest.approx(1 / 8)


def test_open_orders_past_due_count_as_late():
    due = MONDAY + timedelta(hours=2)
    run = simulate(
        plant(step(10, "M", minutes=45.0)),
        orders(3, due_at=due),
        start_at=MONDAY,
        end_at=MONDAY + timedelta(hours=4),
        n_replications=1,
    )
    # Done after 1.5 h and 3 h, and open at 4 h: tardy by 0, 1 and so far 2 hours.
    assert run.estimate("late_share").mean == pytest.approx(2 / 3)
    assert run.estimate("tardiness_mean_h").mean == pytest.approx(1.0)


def test_two_operations_that_need_the_same_person_do_not_overlap():
    one = plant(
        step(10, "M", "N", skills=("weld",)),
        operators=(Operator(id="Li", skills=("weld",), calendar="day"),),
        calendars=(DAY,),
    )
    run = simulate(one, orders(2), start_at=MONDAY, end_at=MONDAY + WEEK, n_replications=1)
    assert run.completion_s[0] / 3600 == pytest.approx([9.0, 10.0])
    assert any("finish the operation" in w for w in run.warnings)


def test_an_operator_on_shift_later_starts_the_lot_then():
    one = plant(
        step(10, "M", skills=("weld", "check")),
        operators=(
            Operator(id="Li", skills=("weld", "check")),
            Operator(id="Wu", skills=("check",), calendar="day"),
        ),
        calendars=(DAY,),
    )
    run = simulate(one, orders(1), start_at=MONDAY, end_at=MONDAY + WEEK, n_replications=1)
    assert run.completion_s[0, 0] / 3600 == pytest.approx(9.0)


def test_a_lot_that_loses_all_pieces_is_not_completed():
    run = simulate(
        plant(step(10, "M", scrap_share=1.0)),
        orders(2),
        start_at=MONDAY,
        end_at=MONDAY + WEEK,
        n_replications=2,
    )
    assert np.isnan(run.completion_s).all()
    assert run.estimate("wip_mean").mean == pytest.approx(3 / 168)
    assert any("lost all their pieces" in w for w in run.warnings)


def test_detours_are_bounded():
    one = plant(step(10, "M", rework=Rework(probability=1.0, to_step=10, max_passes=4)))
    run = simulate(one, orders(1), start_at=MONDAY, end_at=MONDAY + WEEK, n_replications=1)
    assert run.completion_s[0, 0] == 5 * 3600.0


def test_variants_and_optional_steps_come_in_their_shares():
    one = plant(
        routings=(
            Routing(
                product="P",
                variant="a",
                share=0.25,
                steps=(step(10, "M", minutes=1), step(20, "M", minutes=1, probability=0.4)),
            ),
            Routing(product="P", variant="b", share=0.75, steps=(step(30, "M", minutes=1),)),
        ),
        resources=(Resource(id="M", work_centre="W"),),
    )
    run = simulate(
        one, orders(4000), start_at=MONDAY, end_at=MONDAY + 8 * WEEK, n_replications=1, trace=True
    )
    n = dict(run.records[0].operations["step"].value_counts().iter_rows())
    assert abs(n[10] - 1000) < 4 * math.sqrt(4000 * 0.25 * 0.75)
    assert abs(n[20] - 0.4 * n[10]) < 4 * math.sqrt(n[10] * 0.24)
    assert n[30] == 4000 - n[10]


def overlap_s(a, b, spans):
    return sum(max(0.0, min(b, e) - max(a, s)) for s, e in spans)


def busy_s(rows, spans, horizon):
    """Return the open time that a resource's rows cover, less that of its breakdowns."""
    down = [(r["start"], r["end"]) for r in rows if r["kind"] == "down"]
    total = 0.0
    for r in rows:
        if r["kind"] != "down":
            end = min(r["end"], horizon)
            total += overlap_s(r["start"], end, spans)
            for a, b in down:
                from_, to = max(a, r["start"]), min(b, end)
                total -= overlap_s(from_, to, spans) if to > from_ else 0.0
    return total


def rows_in_seconds(records, horizon):
    rows = list(records.operations.iter_rows(named=True))
    for r in rows:
        r["start"] = (r["start_at"] - MONDAY).total_seconds()
        r["end"] = (r["end_at"] - MONDAY).total_seconds() if r["end_at"] else horizon + 1
    return rows


@pytest.mark.parametrize("warm_up_s", [0.0, 5 * 86400.0])
def test_utilisation_and_completions_recomputed_from_the_trace_are_the_same(warm_up_s):
    one, end_at = rich_plant(), MONDAY + 4 * WEEK
    horizon = (end_at - MONDAY).total_seconds()
    run = simulate(
        one,
        orders(5),
        start_at=MONDAY,
        end_at=end_at,
        n_replications=3,
        trace=True,
        warm_up_s=warm_up_s,
    )
    for i, records in enumerate(run.records):
        rows = rows_in_seconds(records, horizon)
        for resource in one.resources:
            calendar = DAY if resource.calendar else None
            spans = open_intervals(calendar, time_zone="UTC", start_at=MONDAY, end_at=end_at)
            spans = [(max(s, warm_up_s), e) for s, e in spans if e > warm_up_s]
            busy = busy_s([r for r in rows if r["resource"] == resource.id], spans, horizon)
            open_s = sum(e - s for s, e in spans) * resource.capacity
            found = run.kpi_samples[f"utilisation:{resource.id}"][i]
            assert found == pytest.approx(busy / open_s, rel=1e-6)
        # An order is completed at the end of its last row.
        last = {r["order_id"]: r for r in rows if r["kind"] == "run"}
        for name, completion in zip(run.order_ids, run.completion_s[i], strict=True):
            if not math.isnan(completion):
                assert last[name]["end"] == pytest.approx(completion, abs=2e-6)


def test_flow_kpis_recomputed_from_the_trace_are_the_same():
    one = plant(
        step(5, minutes=0.1),  # needs nobody, so that each order has a row at its release
        step(10, "M", time=exponential(20.0)),
        step(20, "N", time=exponential(20.0)),
        demands=(Demand(product="P", orders_per_week=300, allowances_h=(3.0,)),),
    )
    warm_up, horizon = 2 * 86400.0, 4 * 604_800.0
    run = simulate(
        one,
        [],
        start_at=MONDAY,
        end_at=MONDAY + 4 * WEEK,
        n_replications=2,
        trace=True,
        warm_up_s=warm_up,
    )
    for i, records in enumerate(run.records):
        release, done = {}, {}
        for r in records.operations.iter_rows(named=True):
            if r["step"] == 5:
                release[r["order_id"]] = (r["scheduled_at"] - MONDAY).total_seconds()
            elif r["step"] == 20 and r["end_at"]:
                done[r["order_id"]] = (r["end_at"] - MONDAY).total_seconds()
        counted = [n for n, at in done.items() if at >= warm_up]
        samples = {kpi: run.kpi_samples[kpi][i] for kpi in KPI_UNITS if kpi in run.kpi_samples}
        assert samples["throughput_per_week"] == pytest.approx(
            len(counted) / (horizon - warm_up) * 604_800.0
        )
        lead = [done[n] - release[n] for n in counted]
        assert samples["lead_time_mean_h"] == pytest.approx(np.mean(lead) / 3600, abs=1e-6)
        tardy = [max(0.0, v - 3 * 3600) for v in lead]
        tardy += [
            horizon - at - 3 * 3600
            for n, at in release.items()
            if n not in done and horizon > at + 3 * 3600
        ]
        assert samples["tardiness_mean_h"] == pytest.approx(np.mean(tardy) / 3600, abs=1e-6)
        assert samples["late_share"] == pytest.approx(np.mean([t > 1e-6 for t in tardy]))
        present = sum(
            max(0.0, min(done.get(n, horizon), horizon) - max(at, warm_up))
            for n, at in release.items()
        )
        assert samples["wip_mean"] == pytest.approx(present / (horizon - warm_up), rel=1e-6)


def test_the_trace_says_what_happened_in_the_plants_own_words():
    one = plant(
        step(10, "M"),
        products=(Product(id="P", family="red"),),
        setups=(Setup(work_centre="W", from_family=None, to_family="red", setup_min=12),),
    )
    run = simulate(
        one, orders(1), start_at=MONDAY, end_at=MONDAY + WEEK, n_replications=1, trace=True
    )
    setup, work = run.records[0].operations.iter_rows(named=True)
    assert (setup["kind"], setup["start_at"], setup["end_at"]) == (
        "setup",
        MONDAY,
        MONDAY + timedelta(minutes=12),
    )
    assert work["start_at"] == setup["end_at"]
    assert work["end_at"] == MONDAY + timedelta(minutes=72)
    wanted = {
        "order_id": "O0", "lot_id": "O0", "product": "P", "family": "red", "operation": "op10", "step": 10,
        "resource": "M", "kind": "run", "scheduled_at": MONDAY, "good_quantity": 2.0, "scrap_quantity": 0.0,
        "order_quantity": 2.0, "is_rework": False, "source": "twin",
    }  # fmt: skip
    assert {k: work[k] for k in wanted} == wanted


def test_a_run_without_orders_has_unknown_lead_times_and_no_rows():
    failing = (
        Resource(id="M", work_centre="W", failure=Failure(mtbf_h=5, mttr_h=1, basis="calendar")),
    )
    run = simulate(
        plant(step(10, "M"), resources=failing),
        [],
        start_at=MONDAY,
        end_at=MONDAY + WEEK,
        n_replications=2,
        trace=True,
    )
    assert run.estimate("lead_time_mean_h").mean is None
    assert run.estimate("wip_mean").mean == 0.0
    assert set(run.records[0].operations["kind"]) == {"down"}


def test_progress_is_told_after_each_replication():
    told = []
    simulate(
        plant(step(10, "M")),
        orders(1),
        start_at=MONDAY,
        end_at=MONDAY + WEEK,
        n_replications=3,
        progress=lambda *n: told.append(n),
    )
    assert told == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize(
    ("one", "given", "fields", "message"),
    [
        (plant(step(10, "M")), [Order(id="A", product="X")], {}, "product 'X' is not known"),
        (plant(step(10, "M")), orders(1) * 2, {}, "given 2 times"),
        (
            plant(step(10, "M")),
            orders(1),
            {"state": state(lot("waiting", step=11))},
            r"step 11 .* expected one of \[10\]",
        ),
        (
            plant(step(10, "M")),
            orders(1),
            {"state": state(lot("waiting", name="o0"))},
            "Did you mean 'O0'",
        ),
        (
            plant(step(10, "M")),
            orders(2),
            {"state": state(*(lot("running", name=n, resource="M") for n in ("O0", "O1")))},
            "at most its capacity 1",
        ),
        (
            plant(step(10, "M")),
            orders(1),
            {"state": ShopState(at=MONDAY - WEEK)},
            "expected the run's start",
        ),
        (
            plant(
                step(10, "M"),
                resources=(Resource(id="M", work_centre="W", calendar="never"),),
                calendars=(Calendar(id="never"),),
            ),
            orders(1),
            {},
            r"none of its resources \('M'\) opens",
        ),
        (
            plant(step(10, "M", skills=("weld",)), operators=(Operator(id="Li", skills=("cut",)),)),
            orders(1),
            {},
            "weld",
        ),
        (
            plant(step(10, "M"), resources=(Resource(id="M", work_centre="V"),)),
            orders(1),
            {},
            "found 'V'",
        ),
        (plant(step(10, "M")), orders(1), {"end_at": MONDAY}, "expected after its start"),
        (plant(step(10, "M")), orders(1), {"n_replications": 0}, "n_replications is 0"),
        (plant(step(10, "M")), orders(1), {"warm_up_s": 1e9}, "warm_up_s"),
    ],
)
def test_what_cannot_be_simulated_is_said_before_the_run(one, given, fields, message):
    arguments = {"start_at": MONDAY, "end_at": MONDAY + WEEK, "n_replications": 1} | fields
    with pytest.raises(InputError, match=message):
        simulate(one, given, **arguments)


def test_all_faults_come_together():
    with pytest.raises(InputError) as caught:
        simulate(
            plant(step(10, "M")),
            [Order(id="A", product="X"), Order(id="B", product="Y")],
            start_at=MONDAY,
            end_at=MONDAY + WEEK,
        )
    assert "'X'" in str(caught.value)
    assert "'Y'" in str(caught.value)
