"""KPIs of records on cases small enough to do by hand."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from zhizao._base.errors import InputError
from zhizao._base.words import catalogue
from zhizao.kpi import (
    busy_hours,
    explain,
    flow_kpis,
    lead_times,
    order_spans,
    throughput_by_week,
    wip_curve,
)
from zhizao.model.order import Order
from zhizao.model.plant import Calendar, Plant, Resource, Routing, Shift, Step, WorkCentre
from zhizao.model.records import Records

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)


def hour(h: float) -> datetime:
    return MONDAY + timedelta(hours=h)


def reports(*rows: tuple[str | None, str, str | None, float | None, float | None]) -> Records:
    """Rows of order, operation, resource, start hour, end hour; product P."""
    instants = pl.Datetime("us", "UTC")
    return Records.from_columns(
        pl.DataFrame(
            {
                "order_id": pl.Series([r[0] for r in rows], dtype=pl.String),
                "product": "P",
                "operation": [r[1] for r in rows],
                "resource": pl.Series([r[2] for r in rows], dtype=pl.String),
                "start_at": pl.Series(
                    [None if r[3] is None else hour(r[3]) for r in rows], dtype=instants
                ),
                "end_at": pl.Series(
                    [None if r[4] is None else hour(r[4]) for r in rows], dtype=instants
                ),
            }
        )
    )


PLANT = Plant(
    name="two machines",
    work_centres=(WorkCentre(id="W"),),
    calendars=(
        Calendar(
            id="day",
            shifts=tuple(Shift(weekday=d, start="08:00", end="16:00") for d in ("mon", "tue")),
        ),
    ),
    resources=(
        Resource(id="saw", work_centre="W", calendar="day"),
        Resource(id="oven", work_centre="W", capacity=2, calendar="day"),
    ),
    routings=(
        Routing(
            product="P",
            steps=(
                Step(step=10, operation="cut"),
                Step(step=20, operation="bake"),
                Step(step=30, operation="touch up", probability=0.2),
            ),
        ),
    ),
)
WINDOW = {"start_at": MONDAY, "end_at": MONDAY + timedelta(days=7)}


def test_an_order_is_done_only_after_an_operation_with_which_its_routing_can_end():
    records = reports(
        ("half", "cut", "saw", 8, 9),
        ("baked", "cut", "saw", 9, 10),
        ("baked", "bake", "oven", 10, 12),
        ("touched", "bake", "oven", 10, 12),
        ("touched", "touch up", None, 12, 13),
    )
    spans = order_spans(records, plant=PLANT)
    done = dict(spans.select("order_id", "completed_at").iter_rows())
    assert done == {"half": None, "baked": hour(12), "touched": hour(13)}


def test_without_a_routing_the_last_report_that_ended_completes_the_order():
    records = reports(
        ("a", "cut", "saw", 8, 9), ("b", "cut", "saw", 9, 10), ("b", "bake", None, 11, None)
    )
    done = dict(order_spans(records).select("order_id", "completed_at").iter_rows())
    assert done == {"a": hour(9), "b": None}


def test_a_stated_release_counts_before_the_first_start_and_an_order_without_reports_is_in_progress():
    orders = [
        Order(id="a", product="P", release_at=hour(2), due_at=hour(10)),
        Order(id="new", product="P", release_at=hour(3)),
    ]
    spans = order_spans(reports(("a", "bake", "oven", 8, 12)), orders, plant=PLANT)
    assert spans["order_id"].to_list() == ["a", "new"]
    assert spans["completed_at"].to_list() == [hour(12), None]
    assert lead_times(spans).select("lead_time_h", "tardiness_h").rows() == [(10.0, 2.0)]


def test_the_six_kpis_of_a_hand_made_week():
    orders = [
        Order(id="a", product="P", release_at=hour(0), due_at=hour(10)),
        Order(id="b", product="P", release_at=hour(0), due_at=hour(100)),
        Order(id="c", product="P", release_at=hour(84)),
    ]
    records = reports(
        ("a", "cut", "saw", 8, 10),
        ("a", "bake", "oven", 10, 12),
        ("b", "cut", "saw", 9, 11),
        ("b", "bake", "oven", 11, 34),
    )
    kpis = flow_kpis(records, orders, plant=PLANT, **WINDOW)
    values = {name: kpi.value for name, kpi in kpis.items()}
    assert values["throughput_per_week"] == 2.0
    assert values["lead_time_mean_h"] == (12 + 34) / 2
    assert values["tardiness_mean_h"] == 1.0
    assert values["late_share"] == 0.5
    assert values["wip_mean"] == pytest.approx((12 + 34 + 84) / 168)
    # The saw works 8–11 once; the oven 10–12 and, within its shifts, 11–16 and 8–10 (32–34).
    assert values["utilisation:saw"] == pytest.approx(3 / 16)
    assert values["utilisation:oven"] == pytest.approx((2 + 5 + 2) / 32)
    assert kpis["lead_time_mean_h"].n == 2


def test_an_open_order_that_is_past_due_is_late_and_one_that_is_not_yet_due_does_not_count():
    orders = [
        Order(id="open", product="P", release_at=hour(0), due_at=hour(160)),
        Order(id="later", product="P", release_at=hour(0), due_at=hour(170)),
        Order(id="after", product="P", release_at=hour(0), due_at=hour(100)),
    ]
    records = reports(("after", "bake", "oven", 160, 200))
    kpis = flow_kpis(records, orders, plant=PLANT, **WINDOW)
    assert kpis["tardiness_mean_h"].value == (8 + 68) / 2
    assert kpis["late_share"].value == 1.0
    assert kpis["late_share"].n == 2
    assert kpis["throughput_per_week"].value == 0.0


def test_overlaps_count_once_on_a_resource_with_one_place_and_up_to_its_capacity_elsewhere():
    records = reports(
        *[("a", "x", place, 8, 12) for place in ("saw", "oven") for _ in range(3)],
        ("a", "x", "saw", 11, 13),
    )
    busy = busy_hours(records, plant=PLANT, **WINDOW)
    assert dict(busy.select("resource", "busy_h").iter_rows()) == {"saw": 5.0, "oven": 8.0}


def test_the_last_report_of_a_resource_without_an_end_is_still_at_work():
    records = reports(
        ("a", "x", "saw", 8, 9), ("a", "x", "saw", 32, None), ("a", "x", "oven", 8, None)
    )
    assert busy_hours(records, plant=PLANT, **WINDOW).rows() == [
        ("oven", 16.0, 1, 1, 0),
        ("saw", 9.0, 2, 1, 0),
    ]
    kpi = flow_kpis(records, plant=PLANT, **WINDOW)["utilisation:saw"]
    assert kpi.caveats == (("still_running", 1),)


def test_reports_without_duration_are_counted_but_not_as_time():
    records = reports(
        ("a", "x", "saw", 8, None), ("a", "x", "saw", None, 9), ("a", "x", "saw", 9, 9)
    )
    assert busy_hours(records, **WINDOW).row(0) == ("saw", 0.0, 0, 0, 3)
    kpi = flow_kpis(records, plant=PLANT, **WINDOW)["utilisation:saw"]
    assert kpi.value == 0.0
    assert kpi.caveats == (("unmeasured_reports", 3),)


def test_what_is_unknown_has_a_reason_in_both_languages():
    kpis = flow_kpis(reports(("a", "bake", "oven", 8, 12)), **WINDOW)
    assert kpis["tardiness_mean_h"].value is None
    assert kpis["tardiness_mean_h"].reason == "no_due_dates"
    assert kpis["utilisation:oven"].reason == "no_calendar"
    assert kpis["lead_time_mean_h"].caveats == (("release_is_first_start", 1),)
    for kpi in kpis.values():
        for lang in ("en", "zh"):
            assert len(explain(kpi, lang=lang)) == bool(kpi.reason) + len(kpi.caveats)


def test_no_records_at_all_give_zero_throughput_and_unknown_times():
    kpis = flow_kpis(reports(), plant=PLANT, **WINDOW)
    assert kpis["throughput_per_week"].value == 0.0
    assert kpis["lead_time_mean_h"].reason == "nothing_done"
    assert kpis["wip_mean"].value == 0.0
    assert kpis["utilisation:saw"].value == 0.0


def test_an_empty_window_is_refused():
    with pytest.raises(InputError, match="not after its start"):
        flow_kpis(reports(), start_at=MONDAY, end_at=MONDAY)


def test_weeks_without_completions_are_zero_and_an_unfinished_week_is_marked():
    spans = order_spans(reports(("a", "x", None, 8, 12), ("b", "x", None, 8, 400)))
    weeks = throughput_by_week(spans, start_at=MONDAY, end_at=MONDAY + timedelta(days=18))
    assert weeks["n_done"].to_list() == [1, 0, 1]
    assert weeks["is_whole"].to_list() == [True, True, False]


def test_the_wip_curve_on_a_grid_shows_the_value_that_holds_there():
    spans = order_spans(reports(("a", "x", None, 1, 30), ("b", "x", None, 20, 60)))
    curve = wip_curve(
        spans, start_at=MONDAY, end_at=MONDAY + timedelta(days=3), every=timedelta(days=1)
    )
    assert curve["wip"].to_list() == [0, 2, 1]


def test_every_sentence_of_the_room_has_both_languages():
    for key, sentence in catalogue("zhizao.kpi").items():
        assert set(sentence) == {"en", "zh"}, key
        assert ("{n}" in sentence["en"]) == ("{n}" in sentence["zh"]), key
