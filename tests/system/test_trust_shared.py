"""Learning and the back-test on real plants' logs, end to end."""

import time
from pathlib import Path

import polars as pl
import pytest

from zhizao.connect import Drop, read_drop
from zhizao.learn import Learnt, Trust, backtest, learn
from zhizao.model import PlantFile, check_plant, read_plant, write_plant

pytestmark = [pytest.mark.system, pytest.mark.shared]


@pytest.fixture(scope="module")
def levy(shared_data: Path) -> Drop:
    return read_drop([shared_data / "levy" / "Production_Data.csv"])


@pytest.fixture(scope="module")
def levy_learnt(levy: Drop) -> Learnt:
    return learn(levy.records, levy.orders, name="levy")


@pytest.fixture(scope="module")
def levy_trust(levy: Drop) -> tuple[Trust, float]:
    begin = time.process_time()
    trust = backtest(levy.records, levy.orders, name="levy", n_replications=60)
    return trust, time.process_time() - begin


@pytest.fixture(scope="module")
def factory(shared_data: Path) -> Drop:
    return read_drop([shared_data / "fischertechnik" / "sample_data.csv"])


def test_levy_machines_are_alternatives_of_one_operation(levy_learnt: Learnt) -> None:
    operations = {s.operation for r in levy_learnt.plant.routings for s in r.steps}
    assert "Turning & Milling" in operations
    assert not [o for o in operations if "Machine 4" in o]
    turning = next(
        s
        for r in levy_learnt.plant.routings
        for s in r.steps
        if s.operation == "Turning & Milling" and len(s.resources) >= 5
    )
    assert "Machine 4 - Turning & Milling" in {o.resource for o in turning.resources}


def test_levy_desks_take_several_orders_and_machines_one(levy_learnt: Learnt) -> None:
    capacity = {r.id: r.capacity for r in levy_learnt.plant.resources}
    assert capacity["Quality Check 1"] >= 3
    assert capacity["Machine 4 - Turning & Milling"] == 1


def test_levy_quality_desk_works_from_sunday_to_friday_by_day(levy_learnt: Learnt) -> None:
    desk = next(r for r in levy_learnt.plant.resources if r.id == "Quality Check 1")
    calendar = next(c for c in levy_learnt.plant.calendars if c.id == desk.calendar)
    assert {s.weekday for s in calendar.shifts} == {"sun", "mon", "tue", "wed", "thu", "fri"}
    assert all(s.start >= "06:30" for s in calendar.shifts)
    assert all(s.end <= "14:00" for s in calendar.shifts if s.weekday == "fri")


def test_levy_plant_has_no_faults_and_survives_its_folder(
    levy: Drop, levy_learnt: Learnt, tmp_path: Path
) -> None:
    assert check_plant(levy_learnt.plant, levy.orders) == ()
    write_plant(PlantFile(plant=levy_learnt.plant), tmp_path / "plant")
    assert read_plant(tmp_path / "plant").plant == levy_learnt.plant


def test_levy_says_what_the_records_cannot_tell(levy_learnt: Learnt) -> None:
    codes = {q.code for q in levy_learnt.questions}
    assert {"due_dates", "releases", "failures", "default_durations", "operators"} <= codes
    packing = next(q for q in levy_learnt.questions if q.code == "default_durations")
    assert "Packing" in packing.about


def test_levy_trust_scores_the_orders_in_progress(levy_trust: tuple[Trust, float]) -> None:
    trust, seconds = levy_trust
    assert trust.orders_scored > 250
    assert trust.n_completed < trust.orders_scored
    assert trust.median_abs_error_h is not None
    # Competitive with the best plain method: no more than a quarter worse.
    best = min(b.median_abs_error_h for b in trust.baselines.values() if b.median_abs_error_h)
    assert trust.median_abs_error_h <= 1.25 * best
    assert trust.coverage_p50 is not None
    assert trust.coverage_p90 is not None
    assert trust.coverage_p50 < trust.coverage_p90
    assert len(trust.cutoffs) == 6
    assert seconds < 120


def test_levy_replay_has_the_real_throughput_in_reach(levy_trust: tuple[Trust, float]) -> None:
    replay = levy_trust[0].replay
    assert replay is not None
    flow = replay.throughput_per_week
    assert flow.actual is not None
    assert flow.mean == pytest.approx(flow.actual, rel=0.25)
    wip = replay.wip_mean
    assert wip.actual is not None
    assert wip.mean == pytest.approx(wip.actual, rel=0.25)


def test_fischertechnik_transports_are_steps_and_not_rework(factory: Drop) -> None:
    learnt = learn(factory.records, factory.orders, name="factory")
    routing = next(r for r in learnt.plant.routings if r.product == "WF_101")
    usual = [s.operation for s in routing.steps if s.probability > 0.5]
    assert usual.count("/vgr/pick_up_and_transport") == 4
    extra = [s for s in routing.steps if s.probability < 0.25]
    assert {s.operation for s in extra} <= {"/vgr/pick_up_and_transport"}
    assert all(s.rework is None for s in routing.steps)
    assert "no_week" in {q.code for q in learnt.questions}


def test_fischertechnik_trust_runs_and_speaks(factory: Drop) -> None:
    # What is tried on its past is not tried here: all steps run on this log in test_thread_shared.
    trust = backtest(
        factory.records, factory.orders, name="factory", n_cutoffs=3, n_replications=30, most_reports=0
    )  # fmt: skip
    assert trust.orders_scored > 0
    assert " min" in trust.sentence
    assert trust.sentence_zh


def test_rows_in_another_order_learn_the_same_plant(levy: Drop, levy_learnt: Learnt) -> None:
    shuffled = levy.records.operations.sample(fraction=1.0, shuffle=True, seed=3)
    again = learn(type(levy.records)(operations=shuffled), levy.orders, name="levy")
    provenances = [
        (p.where, round(p.value, 6)) for p in levy_learnt.plant.provenances if p.value is not None
    ]
    found = [(p.where, round(p.value, 6)) for p in again.plant.provenances if p.value is not None]
    assert isinstance(shuffled, pl.DataFrame)
    assert found == provenances
