"""Setters on small cases: too few, enough, or people who do other work as well."""

import heapq
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from zhizao.learn import learn
from zhizao.learn.evidence.reports import Reports, known_reports
from zhizao.learn.open_time import OpenTime
from zhizao.learn.people.setters import LearntSetters, learn_setters
from zhizao.model import Order, Records

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
MACHINES = [f"M{i}" for i in range(1, 5)]


def _records(n_setters: int, *, n: int = 400, do_runs: bool = False) -> Records:
    """Return setups and runs of four machines that always have work, set up by some people."""
    rng = np.random.default_rng(7)
    free = [(0.0, f"setter {i}") for i in range(n_setters)]
    machines = [(float(i) / 10, m) for i, m in enumerate(MACHINES)]
    rows = []
    for i in range(n):
        idle_from, machine = heapq.heappop(machines)
        free_from, who = heapq.heappop(free)
        begin = max(idle_from, free_from)
        ready = begin + float(rng.uniform(0.5, 1.5))
        end = ready + float(rng.uniform(2.0, 6.0))
        rows.append(("setup", f"o{i}", "set up", machine, who, begin, ready))
        rows.append(
            ("run", f"o{i}", "press", machine, who if do_runs else f"of {machine}", ready, end)
        )
        heapq.heappush(free, (ready, who))
        heapq.heappush(machines, (end, machine))
    columns = ["kind", "order_id", "operation", "resource", "operator", "start_at", "end_at"]
    frame = pl.DataFrame(rows, schema=columns, orient="row").with_columns(
        product=pl.lit("P"),
        start_at=pl.Series([MONDAY + timedelta(hours=r[5]) for r in rows]),
        end_at=pl.Series([MONDAY + timedelta(hours=r[6]) for r in rows]),
    )
    return Records.from_columns(frame)


def _reports(n_setters: int, *, do_runs: bool = False) -> Reports:
    return known_reports(_records(n_setters, do_runs=do_runs), time_zone="UTC")


def _learn(reports: Reports) -> LearntSetters:
    always: dict[str | None, OpenTime] = {None: OpenTime.from_intervals(np.array([[0.0, 1e9]]))}
    return learn_setters(reports, centres=dict.fromkeys(MACHINES, "press"), open_times=always)


def test_one_setter_for_four_machines_is_found_with_the_machines() -> None:
    found = _learn(_reports(1))
    (group,) = found.groups
    assert group.resources == tuple(MACHINES)
    assert [(o.count, o.skills) for o in found.operators()] == [(1, (group.name,))]
    assert {found.skill(m) for m in MACHINES} == {group.name}
    assert found.skill("other") is None
    assert group.n_crowded == 0
    assert group.expected > 100


def test_two_setters_are_counted_as_two() -> None:
    (group,) = _learn(_reports(2)).groups
    assert group.people == 2


@pytest.mark.parametrize(("n_setters", "do_runs"), [(3, False), (4, False), (1, True)])
def test_people_enough_or_with_other_work_are_no_setters_that_limit(
    *, n_setters: int, do_runs: bool
) -> None:
    assert _learn(_reports(n_setters, do_runs=do_runs)).groups == ()


def test_a_machine_is_free_only_while_somebody_could_set_it_up() -> None:
    reports = _reports(1)
    spans = np.array([[0.0, reports.until_s]])
    open_time = OpenTime.from_intervals(np.array([[-1e7, 1e9]]))
    free = _learn(reports).free("M1", spans, from_s=0.0, to_s=reports.until_s, open_time=open_time)
    setups = reports.stops.sort("start_s")
    taken = float((setups["end_s"] - setups["start_s"]).sum())
    assert float(np.diff(free, axis=1).sum()) == pytest.approx(reports.until_s - taken, rel=1e-6)


def test_the_plant_has_the_setters_and_its_machines_need_them() -> None:
    plant = learn(_records(1), name="presses").plant
    (operator,) = plant.operators
    assert operator.count == 1
    assert {r.setup_skill for r in plant.resources} == set(operator.skills)
    (said,) = [p for p in plant.provenances if p.where == f"operators/{operator.id}/count"]
    assert said.value == 1


def test_a_wait_for_the_setter_beside_an_idle_machine_is_no_delay() -> None:
    records = _records(1)
    setups = records.operations.filter(pl.col("kind") == "setup")
    orders = [
        Order(id=name, product="P", release_at=begun - timedelta(hours=6))
        for name, begun in setups.select("order_id", "start_at").iter_rows()
    ]
    (routing,) = learn(records, orders, name="presses").plant.routings
    assert [step.delay.mean_min for step in routing.steps] == [0.0]
