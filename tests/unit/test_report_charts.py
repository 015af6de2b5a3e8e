"""Charts put values where they belong and never let a name become markup."""

import itertools
import re
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta

import pytest

from zhizao.serve.drawing.charts import (
    Interval,
    Scale,
    bar_chart,
    interval_chart,
    number,
    share_bar,
    ticks,
)
from zhizao.serve.report.graph import Box, routing_graph
from zhizao.serve.report.plots import (
    Curve,
    Point,
    band_chart,
    scatter_chart,
    week_heat_map,
)
from zhizao.serve.report.steps_picture import steps_picture
from zhizao.serve.report.wording import Words

SVG = "{http://www.w3.org/2000/svg}"
EVIL = "</title><script>alert('x')</script>&\"工单\""
DAYS = [datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=d) for d in range(5)]


def every_chart(name: str) -> list[str]:
    """One picture of each kind, with ``name`` wherever a name can stand."""
    return [
        interval_chart([Interval(label=name, value=1, low=0, high=2)], title=name, axis=name),
        bar_chart([(name, 1.0, name)], title=name, axis=name),
        share_bar(0.3, title=name),
        scatter_chart(
            [
                Point(label=name, predicted_h=1, high_h=2, actual_h=3),
                Point(label=name, predicted_h=1, high_h=None, actual_h=3, is_censored=True),
            ],
            title=name,
            x_axis=name,
            y_axis=name,
            same=name,
        ),
        band_chart(
            DAYS,
            [Curve(label=name, values=[1, 2, None, 4, 5], tone="#000")],
            title=name,
            y_axis=name,
            band=([0] * 5, [6] * 5),
            band_label=name,
        ),
        week_heat_map([[0.5] * 24] * 7, days=[name] * 7, title=name),
        routing_graph(
            [
                Box(step=1, title=name, lines=(name, name)),
                Box(step=2, title=name, share=0.5, rework_to=1, rework_label=name),
            ],
            title=name,
        ),
        steps_picture({"drop"}, words=Words(lang="zh")),
    ]


def test_every_chart_is_well_formed_and_escapes_names():
    for picture in every_chart(EVIL):
        root = ET.fromstring(picture)
        assert not list(root.iter(f"{SVG}script"))
        assert "<script" not in picture


def test_no_chart_draws_outside_of_its_frame():
    for picture in every_chart("saw"):
        root = ET.fromstring(picture)
        width, height = float(root.get("width")), float(root.get("height"))
        for rect in root.iter(f"{SVG}rect"):
            assert float(rect.get("x", 0)) + float(rect.get("width")) <= width + 0.1
            assert float(rect.get("y", 0)) + float(rect.get("height")) <= height + 0.1
        for label in root.iter(f"{SVG}text"):
            if root.find(f".//{SVG}g[@transform]") is None:
                assert 0 <= float(label.get("x")) <= width
                assert 0 <= float(label.get("y")) <= height


def test_a_share_fills_that_share_of_the_bar_and_never_more():
    widths = [
        float(ET.fromstring(share_bar(s, width=200)).findall(f"{SVG}rect")[1].get("width"))
        for s in (0.0, 0.25, 1.0, 7.0)
    ]
    assert widths == [0.0, 50.0, 200.0, 200.0]


def test_bars_are_as_long_as_their_values():
    picture = bar_chart([("a", 50.0, ""), ("b", 25.0, ""), ("c", 0.0, "")], title="", axis="")
    widths = [float(r.get("width")) for r in ET.fromstring(picture).iter(f"{SVG}rect")]
    assert widths[0] == pytest.approx(2 * widths[1], abs=0.2)
    assert widths[2] == 0.0


def test_an_interval_lies_on_its_side_of_zero_and_around_its_value():
    picture = interval_chart(
        [Interval(label="a", value=-2, low=-3, high=-1), Interval(label="b", value=4)],
        title="",
        axis="h",
    )
    root = ET.fromstring(picture)
    ends = next(line for line in root.iter(f"{SVG}line") if line.get("stroke-width") == "3")
    low, high = float(ends.get("x1")), float(ends.get("x2"))
    first, second = (float(c.get("cx")) for c in root.iter(f"{SVG}circle"))
    zero = next(
        float(line.get("x1")) for line in root.iter(f"{SVG}line") if line.get("stroke") == "#1f2937"
    )
    assert low < first < high < zero < second
    assert first == pytest.approx((low + high) / 2, abs=0.1)
    assert (second - zero) == pytest.approx(2 * (zero - first), abs=0.2)


def test_a_point_on_the_diagonal_is_drawn_on_the_diagonal():
    picture = scatter_chart(
        [Point(label="a", predicted_h=30, high_h=None, actual_h=30)],
        title="",
        x_axis="",
        y_axis="",
        same="",
    )
    root = ET.fromstring(picture)
    point = root.find(f".//{SVG}circle")
    line = next(x for x in root.iter(f"{SVG}line") if x.get("stroke-dasharray"))
    x1, y1, x2, y2 = (float(line.get(k)) for k in ("x1", "y1", "x2", "y2"))
    x, y = float(point.get("cx")), float(point.get("cy"))
    assert (y - y1) / (x - x1) == pytest.approx((y2 - y1) / (x2 - x1), rel=1e-2)


def test_an_order_later_than_predicted_is_drawn_above_the_diagonal():
    def height(actual: float) -> float:
        points = [
            Point(label="a", predicted_h=30, high_h=None, actual_h=actual),
            Point(label="b", predicted_h=100, high_h=None, actual_h=100),
        ]
        picture = scatter_chart(points, title="", x_axis="", y_axis="", same="")
        return float(ET.fromstring(picture).find(f".//{SVG}circle").get("cy"))

    assert height(60) < height(30) < height(10)


def test_an_unknown_value_breaks_the_curve():
    picture = band_chart(
        DAYS, [Curve(label="a", values=[1, 2, None, 4, 5], tone="#000")], title="", y_axis=""
    )
    assert picture.count("<polyline") == 2


def test_ticks_are_round_and_cover_the_range():
    for first, last in ((0, 7.3), (-3.2, 11), (0, 0), (1e-4, 2e-4), (5, 5)):
        marks = ticks(first, last)
        assert marks[0] <= first
        assert marks[-1] >= last
        assert 2 <= len(marks) <= 9
        steps = {round(b - a, 9) for a, b in itertools.pairwise(marks)}
        assert len(steps) == 1


def test_a_scale_maps_its_ends_to_its_ends():
    scale = Scale(first=0, last=10, from_px=100, to_px=20)
    assert (scale(0), scale(10), scale(5)) == (100, 20, 60)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "–"), (float("nan"), "–"), (0, "0"), (12345.6, "12,346"), (-0.5, "−0.5"), (2.0, "2"), (99.95, "100"), (0.00001, "0.00001")],
)  # fmt: skip
def test_numbers_are_short_and_unknown_is_a_dash(value, shown):
    assert number(value) == shown


def test_a_routing_of_many_steps_wraps_and_has_an_arrow_between_each_two():
    boxes = [Box(step=10 * i, title=f"op {i}") for i in range(1, 13)]
    picture = routing_graph(boxes, title="P")
    places = [
        (float(r.get("x")), float(r.get("y"))) for r in ET.fromstring(picture).iter(f"{SVG}rect")
    ]
    assert picture.count("class='arrow'") == 11
    assert len(set(places)) == 12
    assert len({y for _, y in places}) == 3


def test_what_rests_on_little_is_drawn_apart_from_what_does_not():
    strong = routing_graph([Box(step=1, title="a")], title="")
    weak = routing_graph([Box(step=1, title="a", is_weak=True)], title="")
    assert re.findall(r"<rect[^>]*stroke='(#\w+)'", strong) != re.findall(
        r"<rect[^>]*stroke='(#\w+)'", weak
    )
