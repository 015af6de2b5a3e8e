"""True loops, single extra visits, both, or none: each comes back from the records as it was."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from zhizao.learn import learn
from zhizao.model import (
    Order,
    Plant,
    Product,
    Provenance,
    Records,
    Resource,
    ResourceOption,
    Rework,
    Routing,
    ScaleRework,
    Scenario,
    Step,
    TimeModel,
    WorkCentre,
    apply_scenario,
)
from zhizao.twin import simulate

START = datetime(2024, 1, 1, tzinfo=UTC)
N_ORDERS = 800
GAP_H = 2.0
WINDOW = timedelta(hours=GAP_H * N_ORDERS + 400)
LOOP, EXTRA = 0.25, 0.3
QUANTITY = 10.0
CV = 0.3
OPERATIONS = ("cut", "drill", "weld", "check", "paint", "pack")
CASES = {"loops": (LOOP, 0.0), "extras": (0.0, EXTRA), "both": (LOOP, EXTRA), "none": (0.0, 0.0)}


def _time(minutes: float) -> TimeModel:
    return TimeModel(per_piece_min=minutes / QUANTITY, distribution="lognormal", cv=CV)


def _step(number: int, operation: str, *, minutes: float, **more: object) -> Step:
    fields = {"resources": (ResourceOption(resource=operation),), "time": _time(minutes), **more}
    return Step(step=number, operation=operation, **fields)


def _truth(loop: float, extra: float) -> Plant:
    """Checks that fail send the lot back to the drill; paint may send it to cut, once, for little work."""
    steps = [
        _step(10, "cut", minutes=60),
        _step(20, "drill", minutes=40),
        _step(30, "weld", minutes=50, probability=0.7),
        _step(40, "check", minutes=20),
        _step(50, "paint", minutes=30),
        _step(60, "cut", minutes=15, probability=extra),
        _step(70, "pack", minutes=20),
    ]
    if loop:
        rework = Rework(probability=loop, to_step=20, max_passes=3)
        steps[3] = steps[3].model_copy(update={"rework": rework})
    return Plant(
        name="truth",
        work_centres=tuple(WorkCentre(id=o) for o in OPERATIONS),
        resources=tuple(Resource(id=o, work_centre=o) for o in OPERATIONS),
        products=(Product(id="part"),),
        routings=(
            Routing(product="part", steps=tuple(s for s in steps if s.probability > 0.0)),
        ),
    )  # fmt: skip


def _orders() -> list[Order]:
    at = np.cumsum(np.random.default_rng(5).exponential(GAP_H, N_ORDERS))
    return [
        Order(
            id=f"W{i:04}", product="part", quantity=QUANTITY,
            release_at=START + timedelta(hours=float(t)),
        )
        for i, t in enumerate(at)
    ]  # fmt: skip


def _simulated(plant: Plant, *, seed: int) -> Records:
    run = simulate(
        plant, _orders(), start_at=START, end_at=START + WINDOW, n_replications=1,
        draw_demand=False, trace=True, seed=seed,
    )  # fmt: skip
    return run.records[0]


def _visits(records: Records) -> Counter[str]:
    """Return how often each operation was done; the twin writes one row for each visit."""
    rows = records.operations.filter(records.operations["kind"] == "run")
    return Counter(rows["operation"].to_list())


@pytest.mark.parametrize("case", sorted(CASES))
def test_ways_back_come_back_as_they_were(case: str) -> None:
    loop, extra = CASES[case]
    truth = _truth(loop, extra)
    records = _simulated(truth, seed=3)
    learnt = learn(records, _orders(), name="learnt").plant
    steps = learnt.routings[0].steps
    n_passes = N_ORDERS * (1.0 + loop + loop**2)
    names = [s.operation for s in steps]
    assert names == [s.operation for s in truth.routings[0].steps]
    for step, true in zip(steps, truth.routings[0].steps, strict=True):
        error = np.sqrt(true.probability * (1.0 - true.probability) / N_ORDERS)
        assert step.probability == pytest.approx(true.probability, abs=4.0 * error + 0.01)
        if true.rework is None:
            assert step.rework is None
            continue
        assert step.rework is not None
        assert steps[[s.step for s in steps].index(step.rework.to_step)].operation == "drill"
        error = np.sqrt(loop * (1.0 - loop) / n_passes)
        assert step.rework.probability == pytest.approx(loop, abs=4.0 * error)
    if extra:
        minutes = QUANTITY * steps[5].time.per_piece_min + steps[5].time.setup_min
        assert minutes == pytest.approx(15.0, rel=4.0 * CV / np.sqrt(extra * N_ORDERS))


def test_rework_of_most_lots_is_no_second_step() -> None:
    truth = _truth(0.6, 0.0)
    learnt = learn(_simulated(truth, seed=3), _orders(), name="learnt").plant
    steps = learnt.routings[0].steps
    assert [s.operation for s in steps] == [s.operation for s in truth.routings[0].steps]
    assert steps[3].rework is not None
    assert steps[3].rework.max_passes == 3
    # Chances are those of lots that were in the plant for less than three detours.
    n_chances = N_ORDERS * (1.0 + 0.6 + 0.6**2)
    error = np.sqrt(0.6 * 0.4 / n_chances)
    assert steps[3].rework.probability == pytest.approx(0.6, abs=4.0 * error)


@pytest.mark.parametrize("case", sorted(CASES))
def test_visits_and_lead_times_are_those_of_the_plant(case: str) -> None:
    truth = _truth(*CASES[case])
    learnt = learn(_simulated(truth, seed=3), _orders(), name="learnt").plant
    counts = [[_visits(_simulated(p, seed=s)) for s in range(11, 15)] for p in (truth, learnt)]
    for operation in OPERATIONS:
        mean, found = (np.mean([c[operation] for c in many]) for many in counts)
        # The shares learnt and the visits drawn have about the same error each.
        assert found == pytest.approx(mean, abs=4.0 * np.sqrt(0.6 * N_ORDERS * 2.0))
    leads = [
        simulate(
            p, _orders(), start_at=START, end_at=START + WINDOW, n_replications=8,
            draw_demand=False, seed=7,
        ).estimate("lead_time_mean_h").mean
        for p in (truth, learnt)
    ]  # fmt: skip
    assert leads[1] == pytest.approx(leads[0], rel=0.06)  # detours for extra visits: 0.19 and 0.29


def _provenance(plant: Plant, where: str) -> Provenance:
    return next(p for p in plant.provenances if p.where == where)


def test_an_extra_visit_says_that_it_is_rework() -> None:
    learnt = learn(_simulated(_truth(0.0, EXTRA), seed=3), _orders(), name="learnt").plant
    extra = _provenance(learnt, "routings/part/main/60/probability")
    assert extra.note.startswith("rework")
    assert extra.low is not None
    assert extra.high is not None
    assert extra.low < EXTRA < extra.high
    assert not _provenance(learnt, "routings/part/main/10/probability").note.startswith("rework")


@pytest.mark.parametrize("case", ["loops", "extras", "both"])
def test_half_the_rework_saves_as_much_work_as_in_the_plant(case: str) -> None:
    truth = _truth(*CASES[case])
    learnt = learn(_simulated(truth, seed=3), _orders(), name="learnt").plant
    halved = Scenario(name="half the rework", changes=(ScaleRework(factor=0.5),))
    saved = []
    for plant in (truth, learnt):
        branch, _ = apply_scenario(plant, (), halved, now=START)
        pairs = [
            (_visits(_simulated(plant, seed=s)), _visits(_simulated(branch, seed=s)))
            for s in range(21, 24)
        ]
        saved.append(float(np.mean([before.total() - after.total() for before, after in pairs])))
    # Three visits of each of about a hundred detours, drawn with about the error of their number.
    assert saved[0] > 100.0
    assert saved[1] == pytest.approx(saved[0], abs=4.0 * 3.0 * np.sqrt(N_ORDERS * LOOP / 3.0 * 2.0))
