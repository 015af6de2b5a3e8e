"""A crew that is the bottleneck comes back from a simulated log; one that is ample does not."""

from datetime import UTC, datetime, timedelta
from typing import Literal

import numpy as np
import polars as pl
import pytest

from zhizao.learn import Learnt, learn
from zhizao.model import (
    Calendar,
    Operator,
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
from zhizao.twin import simulate

START = datetime(2024, 1, 1, tzinfo=UTC)
WEEKS = 20
NextWork = Literal["listed", "same_work_centre"]
NAMES = ("Ann", "Bo", "Cai", "Di", "Eve")


def _step(number: int, operation: str, *resources: str) -> Step:
    return Step(
        step=number,
        operation=operation,
        resources=tuple(ResourceOption(resource=r) for r in resources),
        time=TimeModel(setup_min=10, per_piece_min=4, distribution="lognormal", cv=0.2),
        skills=("machinist",),
    )


def _plant(people: int, *, stays: bool, mills_first: bool) -> Plant:
    next_work: NextWork = "same_work_centre" if stays else "listed"
    plant = Plant(
        name="shop",
        work_centres=(WorkCentre(id="lathes"), WorkCentre(id="mills")),
        resources=(
            Resource(id="lathe 1", work_centre="lathes", calendar="day"),
            Resource(id="lathe 2", work_centre="lathes", calendar="day"),
            Resource(id="mill 1", work_centre="mills", calendar="day"),
            Resource(id="mill 2", work_centre="mills", calendar="day"),
        ),
        operators=tuple(
            Operator(id=n, skills=("machinist",), next_work=next_work) for n in NAMES[:people]
        ),
        calendars=(
            Calendar(
                id="day",
                shifts=tuple(
                    Shift(weekday=d, start="06:00", end="22:00")  # type: ignore[arg-type]
                    for d in ("mon", "tue", "wed", "thu", "fri")
                ),
            ),
        ),
        products=(Product(id="A"),),
        routings=(
            Routing(
                product="A",
                steps=(
                    _step(10, "turn", "lathe 1", "lathe 2"),
                    _step(20, "mill", "mill 1", "mill 2"),
                ),
            ),
        ),
    )

    if not mills_first:
        return plant
    return plant.model_copy(update={"resources": plant.resources[::-1]})


def _learnt(people: int, *, stays: bool = False, mills_first: bool = False) -> Learnt:
    rng = np.random.default_rng(4)
    hours = np.sort(rng.uniform(0, WEEKS * 168, 50 * WEEKS))
    orders = [
        Order(
            id=f"o{i}", product="A", quantity=float(rng.integers(5, 25)),
            release_at=START + timedelta(hours=float(h)),
        )
        for i, h in enumerate(hours)
    ]  # fmt: skip
    run = simulate(
        _plant(people, stays=stays, mills_first=mills_first), orders, start_at=START, end_at=START + timedelta(weeks=WEEKS),
        n_replications=1, draw_demand=False, trace=True, seed=2,
    )  # fmt: skip
    return learn(_with_names(run.records[0], people), orders, name="shop")


def _with_names(records: Records, people: int) -> Records:
    """Write down who did what: at each begin, whoever has been idle the longest."""
    rows = records.operations.sort("start_at")
    idle_at = dict.fromkeys(NAMES[:people], START)
    named = []
    for start, end in rows.select("start_at", "end_at").iter_rows():
        name = min(idle_at, key=lambda n: idle_at[n])
        assert idle_at[name] <= start
        idle_at[name] = end or START + timedelta(weeks=WEEKS)
        named.append(name)
    return Records(operations=rows.with_columns(operator=pl.Series(named, dtype=pl.String)))


@pytest.fixture(scope="module")
def two() -> Learnt:
    return _learnt(2)


def test_a_crew_that_limits_comes_back_with_its_people(two: Learnt) -> None:
    assert sum(o.count for o in two.plant.operators) == 2
    assert all(s.skills for r in two.plant.routings for s in r.steps)


def test_waits_for_people_do_not_become_delays(two: Learnt) -> None:
    delays = [s.delay.mean_min for r in two.plant.routings for s in r.steps]
    # Without the crew they come to hours: the truth has no delay at all.
    assert max(delays) < 15.0


def test_the_number_of_people_has_its_evidence(two: Learnt) -> None:
    said = [
        p
        for p in two.plant.provenances
        if p.where.startswith("operators/") and p.where.endswith("/count")
    ]
    assert len(said) == 1
    assert said[0].low is not None
    assert said[0].high is not None
    assert said[0].low <= 2 <= said[0].high


@pytest.mark.parametrize("stays", [False, True])
@pytest.mark.parametrize("mills_first", [False, True])
def test_where_people_look_for_work_comes_back(*, stays: bool, mills_first: bool) -> None:
    plant = _learnt(2, stays=stays, mills_first=mills_first).plant
    assert [o.next_work for o in plant.operators] == ["same_work_centre" if stays else "listed"]
    said = [p for p in plant.provenances if p.where.endswith("/next_work")]
    assert len(said) == 1
    assert said[0].n >= 100
    assert said[0].low is not None
    assert said[0].low > 0.9
    if not stays:  # who stays with two work centres never needs the list
        first = plant.resources[0].id
        assert first == ("mill 1" if mills_first else "lathe 1")


def test_people_enough_for_all_machines_are_left_out() -> None:
    found = _learnt(5)
    assert found.plant.operators == ()
    assert not any(s.skills for r in found.plant.routings for s in r.steps)
