"""The event loop against an independent, slow shop in SimPy, feature by feature."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhizao._base.seeds import stable_key
from zhizao.model.calendar import open_intervals
from zhizao.model.order import Order
from zhizao.model.plant import (
    Calendar,
    Failure,
    Plant,
    Product,
    Resource,
    ResourceOption,
    Routing,
    Setup,
    Shift,
    Step,
    TimeModel,
    Transport,
    WorkCentre,
)
from zhizao.twin import simulate
from zhizao.twin.kernels.draws import OPTIONAL, uniform
from zhizao.twin.replication import replication_key_of

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "oracles"))
from simpy_shop import run_shop

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
DAYS = 21
SEED = 0
RULES = ["fifo", "edd", "spt", "lpt", "slack", "priority", "same_setup"]
WEEK = ("mon", "tue", "wed", "thu", "fri")
DAY = Calendar(id="day", shifts=tuple(Shift(weekday=d, start="08:00", end="16:30") for d in WEEK))
SPLIT = Calendar(
    id="split",
    shifts=tuple(
        Shift(weekday=d, start=a, end=b)
        for d in WEEK
        for a, b in (("06:00", "09:45"), ("10:00", "14:00"), ("22:00", "02:00"))
    ),
)
CALENDARS = {c.id: c for c in (DAY, SPLIT)}
FAMILIES = ["red", "green", "blue"]


def random_transports(rng):
    return {(a, b): float(rng.uniform(0.0, 12e3)) for a in ("W0", "W1") for b in ("W0", "W1")}


def random_choices(rng, n_steps):
    """Return what optional steps say of themselves; each comes with one that was picked before it."""
    found, picked = [{}] * n_steps, []
    for k in rng.permutation(n_steps).tolist():
        if rng.random() < 0.75:
            choice = {"probability": float(rng.uniform(0.05, 0.95))}
            if picked and rng.random() < 0.8:
                choice["drawn_with"] = 10 * (int(rng.choice(picked)) + 1)
                choice["dependence"] = float(rng.choice([-1.0, 1.0, rng.uniform(-1.0, 1.0)]))
            found[k] = choice
            picked.append(k)
    return found


def plain_choice(order_id, number, choice):
    """Return what the oracle is told of an optional step, with the random number that it owns."""
    if not choice:
        return None
    own = uniform(replication_key_of(SEED, 0), np.uint64(stable_key(order_id)), number, 0, OPTIONAL)
    partner = choice.get("drawn_with")
    return (
        choice["probability"],
        own,
        None if partner is None else partner // 10 - 1,
        choice.get("dependence", 1.0),
    )


def random_plant(
    rng,
    *,
    rule="fifo",
    hot=False,
    speeds=False,
    calendars=False,
    alternatives=False,
    setups=False,
    fails=None,
    listed=(),
    transports=False,
    optional=False,
):
    """Return a plant and its orders, and the same as the oracle's plain dicts."""
    names = [f"M{i}" for i in range(int(rng.integers(2, 5)))]
    centres = {name: f"W{i % 2}" for i, name in enumerate(names)}
    resources, plain_resources = [], []
    for name in names:
        calendar = str(rng.choice(list(CALENDARS))) if calendars and rng.random() < 0.7 else None
        speed = float(rng.uniform(0.5, 2.0)) if speeds else 1.0
        slots = int(rng.integers(1, 3))
        failure = None
        if fails:
            failure = Failure(
                mtbf_h=float(rng.uniform(2.0, 9.0)),
                mttr_h=float(rng.uniform(0.3, 3.0)),
                basis=fails,
                between="constant",
                repair="constant",
            )
        family = str(rng.choice(FAMILIES)) if setups and rng.random() < 0.5 else None
        resources.append(
            Resource(
                id=name,
                work_centre=centres[name],
                speed=speed,
                capacity=slots,
                calendar=calendar,
                failure=failure,
                initial_family=family,
            )
        )
        spans = open_intervals(
            CALENDARS[calendar] if calendar else None,
            time_zone="UTC",
            start_at=MONDAY,
            end_at=MONDAY + timedelta(days=DAYS),
        )
        plain_resources.append(
            {
                "name": name,
                "speed": speed,
                "slots": slots,
                "open": [tuple(map(float, s)) for s in spans] if calendar else None,
                "rule": rule,
                "hot": hot,
                "centre": centres[name],
                "family": family,
                "listed": centres[name] in listed,
                "fails": (fails, failure.mtbf_h * 3600, failure.mttr_h * 3600) if fails else None,
            }
        )
    # Each family has a product, so that setups and initial families name known ones.
    products = [Product(id=f"any {f}", family=f) for f in FAMILIES]
    routings, orders, lots = [], [], []
    for i in range(int(rng.integers(4, 25))):
        steps, plain_steps = [], []
        n_steps = int(rng.integers(1, 4)) + 4 * optional
        choices = random_choices(rng, n_steps) if optional else [{}] * n_steps
        for k in range(n_steps):
            n_options = int(rng.integers(1, len(names) + 1)) if alternatives else 1
            chosen = [str(n) for n in rng.choice(names, size=n_options, replace=False)]
            options = [(n, float(rng.uniform(0.5, 2.0)) if speeds else 1.0) for n in chosen]
            minutes = float(rng.uniform(5.0, 400.0))
            steps.append(
                Step(
                    step=10 * (k + 1),
                    operation=f"op{k}",
                    resources=tuple(ResourceOption(resource=n, speed=v) for n, v in options),
                    time=TimeModel(per_piece_min=minutes),
                    **choices[k],
                )
            )
            plain_steps.append(
                {
                    "options": options,
                    "work": minutes * 60.0,
                    "choice": plain_choice(f"O{i}", 10 * (k + 1), choices[k]),
                }
            )
        release = float(rng.choice([0.0, rng.uniform(0.0, 5.0 * 86400)]))
        release = round(release, 6)  # datetimes have microseconds
        due = round(release + float(rng.uniform(0.0, 5.0 * 86400)), 6)
        priority = int(rng.integers(0, 3))
        family = str(rng.choice(FAMILIES)) if setups else None
        products.append(Product(id=f"P{i}", family=family))
        routings.append(Routing(product=f"P{i}", steps=tuple(steps)))
        orders.append(
            Order(
                id=f"O{i}",
                product=f"P{i}",
                release_at=MONDAY + timedelta(seconds=release),
                due_at=MONDAY + timedelta(seconds=due),
                priority=priority,
            )
        )
        # What the twin gets back from the datetime, to the last bit.
        exact = [(a - MONDAY).total_seconds() for a in (orders[-1].release_at, orders[-1].due_at)]
        lots.append(
            {
                "release": exact[0],
                "due": exact[1],
                "priority": priority,
                "family": family,
                "steps": plain_steps,
            }
        )
    setup_rows, plain_setups = [], {}
    if setups:
        names_or_any = [*FAMILIES, None]
        for centre in ("W0", "W1"):
            plain_setups[centre] = {}
            for a in names_or_any:
                for b in names_or_any:
                    if rng.random() < 0.4:
                        minutes = float(rng.uniform(1.0, 90.0))
                        setup_rows.append(
                            Setup(work_centre=centre, from_family=a, to_family=b, setup_min=minutes)
                        )
                        plain_setups[centre][a, b] = minutes * 60.0
    plain_transports = random_transports(rng) if transports else {}
    plant = Plant(
        name="random",
        transports=tuple(
            Transport(from_work_centre=a, to_work_centre=b, minutes=s / 60.0)
            for (a, b), s in plain_transports.items()
        ),
        work_centres=tuple(
            WorkCentre(
                id=c,
                dispatch=rule,
                hot_lots="first" if hot else "as_others",
                idle_choice="listed" if c in listed else "fastest",
            )
            for c in ("W0", "W1")
        ),
        resources=tuple(resources),
        calendars=tuple(CALENDARS.values()),
        products=tuple(products),
        routings=tuple(routings),
        setups=tuple(setup_rows),
    )
    return plant, orders, plain_resources, lots, plain_setups, plain_transports


def assert_same(seed, **features):
    plant, orders, resources, lots, setups, transports = random_plant(
        np.random.default_rng(seed), **features
    )
    run = simulate(
        plant,
        orders,
        start_at=MONDAY,
        end_at=MONDAY + timedelta(days=DAYS),
        seed=SEED,
        n_replications=1,
        trace=True,
    )
    expected = run_shop(resources, lots, setups=setups, transports=transports, until=DAYS * 86400.0)
    np.testing.assert_allclose(
        run.completion_s[0] / 3600.0, np.array(expected["completion"]) / 3600.0, rtol=0, atol=1e-9
    )
    assert np.isfinite(run.completion_s).any()
    rows = run.records[0].operations.filter(kind="run").drop_nulls("end_at")
    done = {
        (int(r["order_id"][1:]), r["step"] // 10 - 1): (r["resource"], r["end_at"])
        for r in rows.iter_rows(named=True)
    }
    assert len(done) == len(expected["starts"])
    for key, (resource, _, end) in expected["starts"].items():
        assert done[key][0] == resource
        assert abs((done[key][1] - MONDAY).total_seconds() - end) < 2e-6


SEEDS = st.integers(0, 2**32)


@settings(deadline=None, max_examples=12)
@given(seed=SEEDS)
def test_fifo_queues_agree(seed):
    assert_same(seed)


@settings(deadline=None, max_examples=12)
@given(seed=SEEDS, rule=st.sampled_from(RULES[:-1]))
def test_alternative_resources_with_speeds_agree_under_every_rule(seed, rule):
    assert_same(seed, rule=rule, speeds=True, alternatives=True)


@settings(deadline=None, max_examples=40)
@given(seed=SEEDS, rule=st.sampled_from(RULES[:-1]), calendars=st.booleans())
def test_hot_lots_go_first_under_every_rule(seed, rule, calendars):
    assert_same(seed, rule=rule, hot=True, speeds=True, alternatives=True, calendars=calendars)


@settings(deadline=None, max_examples=12)
@given(seed=SEEDS, rule=st.sampled_from(["fifo", "edd"]), speeds=st.booleans())
def test_the_first_idle_resource_of_a_list_agrees(seed, rule, speeds):
    assert_same(seed, rule=rule, speeds=speeds, alternatives=True, calendars=True, listed=("W0",))


@settings(deadline=None, max_examples=12)
@given(seed=SEEDS, rule=st.sampled_from(["fifo", "edd"]))
def test_work_is_interrupted_by_closings_and_resumed(seed, rule):
    assert_same(seed, rule=rule, speeds=True, alternatives=True, calendars=True)


@settings(deadline=None, max_examples=20)
@given(
    seed=SEEDS,
    rule=st.sampled_from(["fifo", "edd"]),
    fails=st.sampled_from([None, "busy", "calendar"]),
    everything=st.booleans(),
)
def test_lots_are_brought_to_the_work_centre_that_takes_them(seed, rule, fails, everything):
    assert_same(
        seed, rule=rule, fails=fails, transports=True, alternatives=True, speeds=everything,
        calendars=everything, setups=everything,
    )  # fmt: skip


@settings(deadline=None, max_examples=12)
@given(seed=SEEDS, rule=st.sampled_from(["fifo", "same_setup"]), calendars=st.booleans())
def test_setups_between_families_agree(seed, rule, calendars):
    assert_same(seed, rule=rule, setups=True, alternatives=True, calendars=calendars)


@settings(deadline=None, max_examples=12)
@given(seed=SEEDS, basis=st.sampled_from(["busy", "calendar"]), calendars=st.booleans())
def test_failures_agree(seed, basis, calendars):
    assert_same(seed, fails=basis, alternatives=True, speeds=True, calendars=calendars)


@settings(deadline=None, max_examples=25)
@given(seed=SEEDS, rule=st.sampled_from(["fifo", "edd", "spt"]), calendars=st.booleans())
def test_optional_steps_that_come_together_agree(seed, rule, calendars):
    assert_same(seed, rule=rule, optional=True, alternatives=True, calendars=calendars)


@settings(deadline=None, max_examples=12)
@given(seed=SEEDS, rule=st.sampled_from(RULES), basis=st.sampled_from(["busy", "calendar"]))
def test_everything_together_agrees(seed, rule, basis):
    assert_same(
        seed, rule=rule, speeds=True, alternatives=True, calendars=True, setups=True, fails=basis
    )


def test_the_oracle_knows_a_hand_worked_case():
    resource = {
        "name": "M", "speed": 2.0, "slots": 1, "open": [(0.0, 100.0), (200.0, 1000.0)],
        "rule": "fifo", "centre": "W", "family": None, "fails": None,
    }  # fmt: skip
    lot = {"release": 0.0, "due": 0.0, "priority": 0, "family": None}
    lots = [{**lot, "steps": [{"options": [("M", 1.0)], "work": w}]} for w in (120.0, 140.0)]
    found = run_shop([resource], lots, until=1000.0)
    # 60 s of work, then 40 s to the closing and 30 s after the opening.
    assert found["completion"] == pytest.approx([60.0, 230.0])
