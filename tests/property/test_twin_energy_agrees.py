"""The meters in the kernel and the energy counted from its records agree, feature by feature."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from zhizao.kpi import energy_by_order, energy_by_resource, flow_kpis
from zhizao.model import (
    Batch,
    Calendar,
    Failure,
    Maintenance,
    Order,
    Plant,
    Power,
    Product,
    Resource,
    ResourceOption,
    Routing,
    Setup,
    Shift,
    Step,
    Tariff,
    TariffPeriod,
    TimeModel,
    WorkCentre,
)
from zhizao.twin import simulate

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
WEEK = ("mon", "tue", "wed", "thu", "fri")
WINDOW = {"start_at": MONDAY, "end_at": MONDAY + timedelta(days=9)}
DAY = Calendar(id="day", shifts=tuple(Shift(weekday=d, start="08:00", end="16:30") for d in WEEK))
TARIFF = Tariff(
    id="T",
    price_per_kwh=0.6,
    carbon_kg_per_kwh=0.5,
    periods=(
        TariffPeriod(weekdays=WEEK, start="10:00", end="13:00", price_per_kwh=1.3),
        TariffPeriod(start="22:00", end="06:00", price_per_kwh=-0.1, carbon_kg_per_kwh=0.3),
    ),
)
FEATURES = (
    "calendar", "setups", "busy", "clock", "maintenance", "overtime", "batch", "cascade",
    "loading", "places", "plain",
)  # fmt: skip


def random_plant(rng, features):
    has = features.__contains__
    failure = None
    if has("busy") or has("clock"):
        failure = Failure(
            mtbf_h=float(rng.uniform(2, 9)),
            mttr_h=float(rng.uniform(0.3, 3)),
            basis="busy" if has("busy") else "calendar",
        )
    names = ["M0", "M1"]
    resources = tuple(
        Resource(
            id=name,
            work_centre="W",
            capacity=2 if has("places") else 1,
            calendar="day" if has("calendar") else None,
            failure=failure,
            load_min=7.0 if has("loading") else 0.0,
            unload_min=3.0 if has("loading") else 0.0,
            power=Power(
                busy_kw=float(rng.uniform(5, 9)),
                setup_kw=float(rng.uniform(2, 5)),
                idle_kw=float(rng.uniform(1, 2)),
                off_kw=float(rng.uniform(0, 1)),
            ),
        )
        for name in names
    )
    steps = [
        Step(
            step=10 * (k + 1),
            operation=f"op{k}",
            resources=(ResourceOption(resource=name),),
            time=TimeModel(per_piece_min=float(rng.uniform(20, 60)), distribution="gamma", cv=0.5),
            interruption="overtime" if has("overtime") else "resume",
            batch=Batch(min_pieces=3, max_pieces=6, max_wait_min=200) if has("batch") else None,
            interval_min=15.0 if has("cascade") else None,
        )
        for k, name in enumerate(names)
    ]
    families = ("a", "b") if has("setups") else (None, None)
    plant = Plant(
        name="p",
        work_centres=(WorkCentre(id="W"),),
        calendars=(DAY,),
        resources=resources,
        products=tuple(Product(id=p, family=f) for p, f in zip("AB", families, strict=True)),
        setups=(Setup(work_centre="W", from_family=None, to_family=None, setup_min=25.0),)
        if has("setups")
        else (),
        maintenances=(
            Maintenance(
                id="m", resource="M0", every_h=11.0, mean_min=40.0, distribution="gamma", cv=1
            ),
        )
        if has("maintenance")
        else (),
        routings=tuple(Routing(product=p, steps=tuple(steps)) for p in "AB"),
        tariffs=(TARIFF,),
        tariff="T",
    )
    orders = [
        Order(
            id=f"O{i}",
            product=str(rng.choice(["A", "B"])),
            quantity=float(rng.integers(1, 4)),
            release_at=MONDAY + timedelta(seconds=round(float(rng.uniform(0, 5 * 86400)), 3)),
        )
        for i in range(30)
    ]
    return plant, orders


def compare(plant, orders, *, seed, window=WINDOW):
    run = simulate(
        plant, orders, n_replications=1, seed=seed, trace=True, draw_demand=False, **window
    )
    records = run.records[0]
    counted = flow_kpis(records, orders, plant=plant, **window)
    energy = [k for k in run.kpi_samples if "energy" in k or "carbon" in k]
    assert len(energy) == 10
    for name in energy:
        value = run.kpi_samples[name][0]
        if np.isnan(value):
            assert counted[name].reason == "nothing_done", name
        else:
            assert counted[name].value == pytest.approx(value, rel=1e-6), name
    by_order = energy_by_order(records, plant=plant, **window)
    by_resource = energy_by_resource(records, plant=plant, **window)
    for measure, samples in run.order_samples.items():
        found = dict(by_order.select("order_id", measure).iter_rows())
        expected = dict(zip(run.order_ids, samples[0].tolist(), strict=True))
        for order, value in expected.items():
            assert found.get(order, 0.0) == pytest.approx(value, rel=1e-6, abs=1e-6), order
    # What orders used is what the resources used for work and setups.
    hours = by_resource.select("busy_h", "setup_h").to_numpy()
    kw = np.array([(r.power.busy_kw, r.power.setup_kw) for r in plant.resources])
    total = run.order_samples["energy_kwh"].sum()
    assert total == pytest.approx(float((hours * kw).sum()), rel=1e-6)


@pytest.mark.parametrize("feature", FEATURES)
@settings(deadline=None, max_examples=8)
@given(seed=st.integers(0, 2**32 - 1))
def test_energy_of_records_equals_the_meters(feature, seed):
    plant, orders = random_plant(np.random.default_rng(seed), {feature})
    compare(plant, orders, seed=seed)


COMBINED = [f for f in FEATURES if f != "places"]


def is_comparable(features):
    # Lots enter a cascading place in its open time only: overtime is not simulated there.
    return not any(pair <= features for pair in ({"busy", "clock"}, {"cascade", "overtime"}))


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 2**32 - 1),
    features=st.sets(st.sampled_from(COMBINED), min_size=2, max_size=5).filter(is_comparable),
)
# The window ends in a maintenance that a breakdown joined later: the breakdown went on, and the
# maintenance was taken for a report whose end is missing.
@example(seed=222, features={"clock", "setups", "maintenance", "calendar", "loading"})
# A breakdown while one lot enters and one before it goes on was taken off the work twice.
@example(seed=0, features={"cascade", "busy"})
@example(seed=0, features={"cascade", "clock"})
def test_energy_of_records_equals_the_meters_with_features_together(seed, features):
    plant, orders = random_plant(np.random.default_rng(seed), features)
    compare(plant, orders, seed=seed)


NOT_PASSED = [f for f in FEATURES if f != "cascade"]
"""Whether a lot that others passed is still in a cascading place, records do not say."""


@settings(deadline=None, max_examples=30)
@given(
    seed=st.integers(0, 2**32 - 1),
    features=st.one_of(
        st.sampled_from(NOT_PASSED).map(lambda f: {f}),
        st.sets(
            st.sampled_from([f for f in COMBINED if f != "cascade"]), min_size=2, max_size=5
        ).filter(is_comparable),
    ),
    hours=st.floats(20.0, 130.0),
)
# Two lots of a batch, and the older of two lots in two places, while later ones have ended.
@example(seed=23, features={"batch"}, hours=44.2706)
@example(seed=11, features={"places"}, hours=26.0018)
def test_energy_of_what_goes_on_at_the_end_equals_the_meters(seed, features, hours):
    plant, orders = random_plant(np.random.default_rng(seed), features)
    window = {"start_at": MONDAY, "end_at": MONDAY + timedelta(seconds=round(3600.0 * hours))}
    compare(plant, orders, seed=seed, window=window)
