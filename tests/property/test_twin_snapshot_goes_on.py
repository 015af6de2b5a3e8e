"""A run that is stopped and goes on equals one that was never stopped, to the last bit."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhizao._base.errors import InputError
from zhizao.model import (
    Batch,
    Calendar,
    Carrier,
    Component,
    Demand,
    Failure,
    Maintenance,
    Operator,
    Order,
    Part,
    Plant,
    Power,
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
    WipCap,
    WorkCentre,
)
from zhizao.twin import simulate
from zhizao.twin.snapshot import simulate_on, take_snapshot
from zhizao.twin.snapshot_file import read_snapshot, write_snapshot

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
DAYS = 14
WEEK = ("mon", "tue", "wed", "thu", "fri")
WINDOW = {"start_at": MONDAY, "end_at": MONDAY + timedelta(days=DAYS)}
FEATURES = (
    "calendar", "setups", "busy", "clock", "crew", "maintenance", "batch", "cascade", "scrap",
    "skills", "buffers", "cap", "material", "power", "demand", "limits", "stream", "carriers", "home", "cards", "stops", "hot",
)  # fmt: skip


def workshop(features, *, rule="fifo"):
    has = features.__contains__
    failure = None
    if has("busy") or has("clock"):
        failure = Failure(mtbf_h=6.0, mttr_h=2.0, basis="busy" if has("busy") else "calendar")

    def step(number, *resources, **fields):
        return Step(
            step=number,
            operation=f"op{number}",
            resources=tuple(ResourceOption(resource=r) for r in resources),
            time=TimeModel(per_piece_min=25.0, distribution="gamma", cv=0.7),
            skills=("run",) if has("skills") else (),
            operator_interruption="resume" if has("home") and number > 10 else "overtime",
            scrap_share=0.05 if has("scrap") else 0.0,
            **fields,
        )

    steps = (
        step(10, "M0", "M1", limit_to_step=20 if has("limits") else None,
             limit_min=60.0 if has("limits") else None,
             transfer_pieces=1.0 if has("stream") else None),
        step(
            20,
            "M2",
            batch=Batch(min_pieces=4, max_pieces=8, max_wait_min=240) if has("batch") else None,
            interval_min=20.0 if has("cascade") and not has("batch") else None,
            rework=Rework(probability=0.2, to_step=10) if has("scrap") else None,
        ),
        step(30, "M3"),
    )  # fmt: skip
    return Plant(
        name="p",
        work_centres=tuple(
            WorkCentre(id=f"W{i}", dispatch=rule, hot_lots="first" if has("hot") else "as_others", buffer_lots=2 if has("buffers") and i == 2 else None)
            for i in range(3)
        ),
        calendars=(
            Calendar(
                id="day", shifts=tuple(Shift(weekday=d, start="06:00", end="22:00") for d in WEEK)
            ),
        ),
        resources=tuple(
            Resource(
                id=f"M{i}",
                work_centre=f"W{max(0, i - 1)}",
                calendar="day" if has("calendar") and i != 2 else None,
                failure=failure,
                repair_skill="fix" if has("crew") else None,
                setup_skill="run" if has("skills") else None,
                short_stops_per_h=2.0 if has("stops") else 0.0,
                short_stop_min=3.0 if has("stops") else 0.0,
                power=Power(busy_kw=5.0, idle_kw=1.0, off_kw=0.5) if has("power") else None,
            )
            for i in range(4)
        ),
        operators=(
            Operator(id="o", skills=("run",), count=3),
            Operator(id="p", skills=("run", "fix"), calendar="day"),
        ),
        products=(Product(id="A", family="a"), Product(id="B", family="b")),
        routings=(Routing(product="A", steps=steps), Routing(product="B", steps=steps)),
        setups=(Setup(work_centre="W0", from_family=None, to_family=None, setup_min=20.0),)
        if has("setups")
        else (),
        maintenances=(Maintenance(id="m", resource="M3", every_h=9.0, mean_min=50.0, skill="run"),)
        if has("maintenance")
        else (),
        carriers=(Carrier(id="truck", count=2),) if has("carriers") else (),
        transports=tuple(
            Transport(from_work_centre=a, to_work_centre=b, minutes=45.0, carrier="truck")
            for a, b in (("W0", "W1"), ("W1", "W2"), ("W1", "W0"))
        )
        if has("carriers")
        else (),
        wip_caps=(
            *((WipCap(id="c", max_lots=9),) if has("cap") else ()),
            *((WipCap(id="w", max_lots=3, work_centre="W1"),) if has("cards") else ()),
        ),
        bom=(
            Component(product="A", component="B", pieces=0.5, step=30),
            Component(product="A", component="screw", pieces=3.0),
        )
        if has("material")
        else (),
        parts=(
            Part(
                id="screw", stock=20.0, reorder_point=12.0, reorder_pieces=30.0, lead_time_h=9.0,
                distribution="gamma", cv=0.5,
            ),
        )
        if has("material")
        else (),
        demands=(Demand(product="B", orders_per_week=25.0, quantities=(1.0, 2.0)),)
        if has("demand")
        else (),
    )  # fmt: skip


ORDERS = [
    Order(
        id=f"O{i}",
        product="AB"[i % 2],
        quantity=float(1 + i % 3),
        release_at=MONDAY + timedelta(hours=3.7 * i),
        due_at=MONDAY + timedelta(hours=3.7 * i + 30),
        priority=i % 3,
    )
    for i in range(40)
]


def assert_same(one, other):
    np.testing.assert_array_equal(one.completion_s, other.completion_s)
    assert one.kpi_samples.keys() == other.kpi_samples.keys()
    for name, samples in one.kpi_samples.items():
        np.testing.assert_array_equal(samples, other.kpi_samples[name], err_msg=name)
    for name, samples in one.order_samples.items():
        np.testing.assert_array_equal(samples, other.order_samples[name], err_msg=name)
    for records, others in zip(one.records, other.records, strict=True):
        assert records.operations.equals(others.operations)
    assert one.warnings == other.warnings


@settings(deadline=None, max_examples=40)
@given(
    features=st.sets(st.sampled_from(FEATURES), max_size=9),
    rule=st.sampled_from(["fifo", "edd", "same_setup", "atc"]),
    seed=st.integers(0, 2**32),
    hours=st.floats(0.0, DAYS * 24.0),
    trace=st.booleans(),
)
def test_a_run_that_goes_on_from_a_snapshot_equals_one_that_was_not_stopped(
    features, rule, seed, hours, trace
):
    plant = workshop(features, rule=rule)
    arguments = {
        **WINDOW,
        "seed": seed,
        "n_replications": 2,
        "trace": trace,
        "warm_up_s": 86400.0,
        "draw_demand": "demand" in features,
    }
    whole = simulate(plant, ORDERS, **arguments)
    snapshot = take_snapshot(plant, ORDERS, at=MONDAY + timedelta(hours=hours), **arguments)
    assert_same(simulate_on(snapshot), whole)
    assert_same(simulate_on(snapshot, n_threads=1), whole)  # the snapshot is as it was


def test_everything_together_goes_on():
    plant = workshop(set(FEATURES) - {"clock", "batch"}, rule="atc")
    arguments = {**WINDOW, "n_replications": 3, "trace": True, "seed": 8}
    whole = simulate(plant, ORDERS, **arguments)
    for hours in (0.0, 31.5, 100.0, 24.0 * DAYS):
        at = MONDAY + timedelta(hours=hours)
        assert_same(simulate_on(take_snapshot(plant, ORDERS, at=at, **arguments)), whole)


def test_a_fork_shares_the_past_and_not_the_future():
    plant = workshop({"busy", "demand"})
    at = MONDAY + timedelta(days=3)
    snapshot = take_snapshot(plant, ORDERS, at=at, n_replications=1, seed=1, **WINDOW)
    whole = simulate(plant, ORDERS, n_replications=1, seed=1, **WINDOW)
    forks = simulate_on(snapshot, seed=2, n_replications=5)
    past = whole.completion_s[0] <= 3 * 86400.0
    assert past.sum() > 5
    for completion in forks.completion_s:
        np.testing.assert_array_equal(completion[past], whole.completion_s[0][past])
    later = forks.completion_s[:, ~past]
    assert len(np.unique(later[:, -1])) == 5
    np.testing.assert_array_equal(
        forks.completion_s, simulate_on(snapshot, seed=2, n_replications=5).completion_s
    )


def test_more_futures_than_there_are_need_a_seed():
    snapshot = take_snapshot(workshop(()), ORDERS, at=MONDAY, n_replications=2, **WINDOW)
    with pytest.raises(InputError, match="or a seed for other futures"):
        simulate_on(snapshot, n_replications=3)


def test_a_snapshot_lies_within_its_run():
    with pytest.raises(InputError, match="expected an aware instant from"):
        take_snapshot(workshop(()), ORDERS, at=MONDAY - timedelta(days=1), **WINDOW)


def test_a_snapshot_in_a_file_goes_on_to_the_last_bit(tmp_path):
    plant = workshop(set(FEATURES) - {"clock", "batch"}, rule="atc")
    arguments = {**WINDOW, "n_replications": 2, "trace": True, "seed": 8, "warm_up_s": 3600.0}
    whole = simulate(plant, ORDERS, **arguments)
    for hours in (0.0, 50.0):
        at = MONDAY + timedelta(hours=hours)
        write_snapshot(take_snapshot(plant, ORDERS, at=at, **arguments), tmp_path / "s.npz")
        read = read_snapshot(tmp_path / "s.npz", plant, orders=ORDERS)
        assert_same(simulate_on(read), whole)
        assert_same(simulate_on(read, n_threads=1), whole)


def test_a_snapshot_of_something_else_is_refused_and_says_of_what(tmp_path, monkeypatch):
    plant, path = workshop({"setups"}), tmp_path / "s.npz"
    arguments = {**WINDOW, "n_replications": 1, "at": MONDAY + timedelta(hours=5)}
    write_snapshot(take_snapshot(plant, ORDERS, **arguments), path)
    with pytest.raises(InputError, match="taken with another plant; give what"):
        read_snapshot(path, workshop(()), orders=ORDERS)
    with pytest.raises(InputError, match="another plant, another orders"):
        read_snapshot(path, workshop(()), orders=ORDERS[1:])
    with pytest.raises(InputError, match="another sequences"):
        read_snapshot(path, plant, orders=ORDERS, sequences={"M0": [("O0", 10)]})
    monkeypatch.setattr("zhizao.twin.snapshot_file.source_hash", lambda _: "another")
    with pytest.raises(InputError, match="another version of the engine"):
        read_snapshot(path, plant, orders=ORDERS)


def test_a_file_that_is_no_snapshot_is_refused(tmp_path):
    with pytest.raises(InputError, match="There is no file"):
        read_snapshot(tmp_path / "none.npz", workshop(()), orders=ORDERS)
    (tmp_path / "text.npz").write_text("order;product", encoding="utf-8")
    with pytest.raises(InputError, match="is no snapshot"):
        read_snapshot(tmp_path / "text.npz", workshop(()), orders=ORDERS)
    np.savez(tmp_path / "other.npz", x=np.arange(3))
    with pytest.raises(InputError, match="is no snapshot"):
        read_snapshot(tmp_path / "other.npz", workshop(()), orders=ORDERS)
