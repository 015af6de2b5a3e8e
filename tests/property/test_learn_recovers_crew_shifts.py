"""People who are there in other hours than their machines come back with their own calendar."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

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
ZONE = "Asia/Shanghai"
WEEKS = 20
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat")
EARLY, LATE, BOTH = ("07:00", "15:00"), ("15:00", "23:00"), ("07:00", "23:00")


def _calendar(name: str, hours: tuple[str, str], n_days: int = 5) -> Calendar:
    start, end = hours
    shifts = tuple(Shift(weekday=d, start=start, end=end) for d in DAYS[:n_days])  # type: ignore[arg-type]
    return Calendar(id=name, shifts=shifts)


def _step(number: int, operation: str) -> Step:
    return Step(
        step=number,
        operation=operation,
        resources=tuple(ResourceOption(resource=f"{operation} {i}") for i in (1, 2)),
        time=TimeModel(setup_min=10, per_piece_min=2, distribution="lognormal", cv=0.2),
        skills=("machinist",),
    )


def _plant(operators: tuple[Operator, ...]) -> Plant:
    names = [f"{operation} {i}" for operation in ("turn", "mill") for i in (1, 2)]
    return Plant(
        name="shop",
        time_zone=ZONE,
        work_centres=(WorkCentre(id="turn"), WorkCentre(id="mill")),
        resources=tuple(Resource(id=r, work_centre=r[:4], calendar="both") for r in names),
        operators=operators,
        calendars=(
            _calendar("both", BOTH, 6),
            _calendar("early", EARLY),
            _calendar("late", LATE, 6),
        ),
        products=(Product(id="A"),),
        routings=(Routing(product="A", steps=(_step(10, "turn"), _step(20, "mill"))),),
    )


def _on_shift(operator: Operator, at: datetime, plant: Plant) -> bool:
    local = at.astimezone(ZoneInfo(ZONE))
    calendar = next(c for c in plant.calendars if c.id == (operator.calendar or "both"))
    day, clock = DAYS[local.weekday()] if local.weekday() < 6 else "sun", f"{local:%H:%M}"
    return any(s.weekday == day and s.start <= clock < s.end for s in calendar.shifts)


def _learnt(operators: tuple[Operator, ...], *, per_week: float, seed: int) -> Learnt:
    rng = np.random.default_rng(seed)
    plant = _plant(operators)
    orders = [
        Order(
            id=f"o{i}", product="A", quantity=float(rng.integers(10, 40)),
            release_at=START + timedelta(hours=float(h)),
        )
        for i, h in enumerate(np.sort(rng.uniform(0, WEEKS * 168, int(per_week * WEEKS))))
    ]  # fmt: skip
    run = simulate(
        plant, orders, start_at=START, end_at=START + timedelta(weeks=WEEKS), n_replications=1,
        draw_demand=False, trace=True, seed=seed,
    )  # fmt: skip
    return learn(_with_names(run.records[0], plant), orders, name="shop", time_zone=ZONE)


def _with_names(records: Records, plant: Plant) -> Records:
    """Write down who did what: at each begin, whoever of the shift has been idle the longest."""
    rows = records.operations.sort("start_at")
    people = [(f"{o.id} {i}", o) for o in plant.operators for i in range(o.count)]
    idle_at = {name: START for name, _ in people}
    named = []
    for start, end in rows.select("start_at", "end_at").iter_rows():
        there = [n for n, o in people if idle_at[n] <= start and _on_shift(o, start, plant)]
        name = min(there, key=lambda n: idle_at[n])
        idle_at[name] = end or START + timedelta(weeks=WEEKS)
        named.append(name)
    return Records(operations=rows.with_columns(operator=pl.Series(named, dtype=pl.String)))


def _hours(learnt: Learnt, calendar: str) -> dict[str, tuple[float, float]]:
    """Return weekday → first and last hour of a calendar."""
    found: dict[str, list[float]] = {}
    shifts = next(c for c in learnt.plant.calendars if c.id == calendar).shifts
    for s in shifts:
        hours = [int(t[:2]) + int(t[3:]) / 60 for t in (s.start, s.end)]
        found.setdefault(s.weekday, []).extend(hours)
    return {day: (min(h), max(h)) for day, h in found.items()}


@pytest.mark.parametrize("seed", [1, 2])
def test_two_crews_on_different_shifts_come_back_with_their_hours(seed: int) -> None:
    early = Operator(id="e", skills=("machinist",), count=3, calendar="early")
    late = Operator(id="l", skills=("machinist",), count=1, calendar="late")
    learnt = _learnt((early, late), per_week=55.0, seed=seed)
    people = sorted(learnt.plant.operators, key=lambda o: -o.count)
    assert [o.count for o in people] == [3, 1]
    for operator, hours, days in ((people[0], (7, 15), DAYS[:5]), (people[1], (15, 23), DAYS)):
        assert operator.calendar is not None
        found = _hours(learnt, operator.calendar)
        assert set(found) == set(days)
        for first, last in found.values():
            assert first == pytest.approx(hours[0], abs=0.51)
            assert last == pytest.approx(hours[1], abs=1.01)
        where = f"calendars/{operator.calendar}/hours_per_week"
        said = next(p for p in learnt.plant.provenances if p.where == where)
        assert said.source == "learnt"
        assert said.n > 200
        assert said.low is not None
        assert said.high is not None
        assert said.low <= 8.0 * len(days) + 1.0
        assert said.high >= 8.0 * len(days) - 3.0


def test_people_who_are_there_in_the_same_hours_stay_without_a_calendar() -> None:
    all_day = Operator(id="a", skills=("machinist",), count=2)
    learnt = _learnt((all_day,), per_week=50.0, seed=4)
    assert [(o.count, o.calendar) for o in learnt.plant.operators] == [(2, None)]
