"""KPIs against a minute-by-minute count that shares no code with them."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhizao.kpi import busy_hours, order_spans, wip_curve, wip_mean
from zhizao.model.plant import Calendar, Plant, Resource, Shift, WorkCentre
from zhizao.model.records import Records

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
N_HOURS = 48

report = st.tuples(
    st.sampled_from(["A", "B", "C"]),
    st.sampled_from(["R1", "R2"]),
    st.integers(-5, N_HOURS + 4),
    st.integers(1, 30),
)


def to_records(rows: list[tuple[str, str, int, int]]) -> Records:
    return Records.from_columns(
        pl.DataFrame(
            {
                "order_id": [r[0] for r in rows],
                "operation": "x",
                "resource": [r[1] for r in rows],
                "start_at": [MONDAY + timedelta(hours=r[2]) for r in rows],
                "end_at": [MONDAY + timedelta(hours=r[2] + r[3]) for r in rows],
            }
        )
    )


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(report, min_size=1, max_size=15), capacity=st.integers(1, 3))
def test_busy_hours_agree_with_counting_hour_by_hour(rows, capacity):
    plant = Plant(
        name="p",
        work_centres=(WorkCentre(id="W"),),
        calendars=(
            Calendar(
                id="day",
                shifts=(
                    Shift(weekday="mon", start="06:00", end="14:00"),
                    Shift(weekday="tue", start="12:00", end="20:00"),
                ),
            ),
        ),
        resources=(
            Resource(id="R1", work_centre="W", capacity=capacity, calendar="day"),
            Resource(id="R2", work_centre="W"),
        ),
    )
    found = busy_hours(
        to_records(rows), start_at=MONDAY, end_at=MONDAY + timedelta(hours=N_HOURS), plant=plant
    )
    hours = dict(found.select("resource", "busy_h").iter_rows())
    open_r1 = {h for h in range(N_HOURS) if 6 <= h < 14 or 36 <= h < 44}
    for resource, places, opened in (("R1", capacity, open_r1), ("R2", 1, range(N_HOURS))):
        expected = sum(
            min(places, sum(r[1] == resource and r[2] <= h < r[2] + r[3] for r in rows))
            for h in opened
        )
        assert hours.get(resource, 0.0) == pytest.approx(expected)


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(report, min_size=1, max_size=15))
def test_the_wip_curve_and_its_mean_agree_with_counting_hour_by_hour(rows):
    spans = order_spans(to_records(rows))
    window = {"start_at": MONDAY, "end_at": MONDAY + timedelta(hours=N_HOURS)}
    begin = {o: min(r[2] for r in rows if r[0] == o) for o, *_ in rows}
    end = {o: max(r[2] + r[3] for r in rows if r[0] == o) for o, *_ in rows}
    counts = [sum(begin[o] <= h < end[o] for o in begin) for h in range(N_HOURS)]
    curve = wip_curve(spans, every=timedelta(hours=1), **window)
    assert curve["wip"].to_list() == counts
    assert wip_mean(spans, **window) == pytest.approx(sum(counts) / N_HOURS)
