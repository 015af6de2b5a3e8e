"""People's own shifts on small cases: who differs, who does not, who takes over from whom."""

from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from zhizao.learn.evidence.reports import Reports
from zhizao.learn.people.crew_shifts import PlantWeek, hands_over, learn_crew_shifts

DAY_H, WEEKS = 24.0, 20
PLANT_WEEK = PlantWeek(
    Reports(
        table=pl.DataFrame(),
        stops=pl.DataFrame(),
        origin=datetime(2024, 1, 1, tzinfo=UTC),  # a Monday
        until_s=WEEKS * 7 * 86_400.0,
        time_zone="UTC",
        releases={},
        orders=(),
    )
)


def _work(hours: dict[str, Callable[[int], tuple[float, float] | None]]) -> pl.DataFrame:
    """Return an hour's work after the other by each person, from and to hours that a day gives."""
    rows = []
    for name, of_day in hours.items():
        rng = np.random.default_rng(len(name))
        for day in range(7 * WEEKS):
            span = of_day(day) if day % 7 < 5 else None
            at = span[0] if span else 0.0
            while span and at < span[1] - 0.1:
                end = min(at + rng.uniform(0.5, 1.5), span[1])
                rows.append((name, (day * DAY_H + at) * 3600, (day * DAY_H + end) * 3600))
                at = end
    return pl.DataFrame(rows, schema=["operator", "start_s", "stop_s"], orient="row")


def _early(_: int) -> tuple[float, float]:
    return 6.0, 14.0


def _late(_: int) -> tuple[float, float]:
    return 14.0, 22.0


def test_people_of_the_early_and_the_late_shift_are_told_apart() -> None:
    found = learn_crew_shifts(_work({"Ann": _early, "Bo": _early, "Cilia": _late}), PLANT_WEEK)
    assert {s.names for s in found} == {("Ann", "Bo"), ("Cilia",)}
    assert all(s.differs for s in found)
    assert [s.hours for s in found] == pytest.approx([40.0, 40.0], abs=1.5)
    assert all(s.n_others_hours == 0 for s in found)
    assert all(s.low_h <= s.hours <= s.high_h for s in found)


def test_people_who_change_shifts_every_week_have_no_hours_of_their_own() -> None:
    def odd(day: int) -> tuple[float, float]:
        return _early(day) if day // 7 % 2 else _late(day)

    def even(day: int) -> tuple[float, float]:
        return _late(day) if day // 7 % 2 else _early(day)

    assert learn_crew_shifts(_work({"Ann": odd, "Bo": even}), PLANT_WEEK) == ()


def test_few_reports_are_no_reason_for_a_calendar() -> None:
    def once(day: int) -> tuple[float, float] | None:
        return (14.0, 22.0) if day == 2 else None

    assert learn_crew_shifts(_work({"Ann": _early, "Cilia": once}), PLANT_WEEK) == ()


def test_who_has_few_reports_belongs_to_those_in_whose_hours_they_fall() -> None:
    def once(day: int) -> tuple[float, float] | None:
        return (15.0, 20.0) if day == 2 else None

    found = learn_crew_shifts(_work({"Ann": _early, "Cilia": _late, "Di": once}), PLANT_WEEK)
    assert {s.names for s in found} == {("Ann",), ("Cilia", "Di")}


@pytest.mark.parametrize("is_handed", [True, False])
def test_what_is_begun_before_a_shift_ends_is_handed_over_or_worked_to_its_end(
    *, is_handed: bool
) -> None:
    shifts = learn_crew_shifts(_work({"Ann": _early, "Cilia": _late}), PLANT_WEEK)
    early = next(s for s in shifts if s.names == ("Ann",))
    calendar = PLANT_WEEK.calendar("early", early.flags)
    ends_h, rows = 14.0 if is_handed else 15.5, []
    for day in (0, 1, 2, 3, 7, 8, 9):
        first = ("Ann", f"o{day}", day * DAY_H + 13.0, day * DAY_H + ends_h)
        rows += [first, ("Cilia", f"o{day}", day * DAY_H + 14.0, day * DAY_H + 15.5)][
            : 1 + is_handed
        ]
    frame = pl.DataFrame(rows, schema=["operator", "order_id", "start_s", "stop_s"], orient="row")
    frame = frame.with_columns(pl.col("start_s", "stop_s") * 3600, operation=pl.lit("cut"))
    assert hands_over(frame, [(early, PLANT_WEEK.open_time(calendar))]) == is_handed
