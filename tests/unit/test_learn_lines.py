"""All orders laid out at once are each laid out as one alone; ends and lost times."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhizao.learn.evidence.finished import finished_orders
from zhizao.learn.evidence.lost_times import with_lost_times, without_lost_gaps
from zhizao.learn.open_time import OpenTime
from zhizao.learn.routes.lines import Clocks, legs_of, lines
from zhizao.learn.routes.path import Path, PathStep

OPERATIONS = ("cut", "drill", "weld")
INDEX = {o: i for i, o in enumerate(OPERATIONS)}
PATH = Path(
    product="P", level="product", n_orders=1, index=INDEX,
    steps=tuple(PathStep(operation=o, probability=1.0, n=1) for o in OPERATIONS),
)  # fmt: skip
DAYS = OpenTime.from_intervals(np.array([[d * 24.0 + 8, d * 24.0 + 16] for d in range(-5, 60)]))
ALWAYS = OpenTime.from_intervals(np.array([[-1000.0, 3000.0]]))
OPEN = {None: ALWAYS, "M-cut": DAYS, "M-drill": ALWAYS, "M-weld": DAYS}


def one_by_one(visits, release_s):
    """Lay out one order, slowly: the rules in the order in which they are written down."""
    main = sorted(
        (v for v in visits if v["pass"] == 0), key=lambda v: (INDEX[v["operation"]], v["first_s"])
    )
    for v in sorted((v for v in visits if v["pass"] > 0), key=lambda v: v["first_s"]):
        at = max((i for i, w in enumerate(main) if w["first_s"] <= v["first_s"]), default=-1)
        main.insert(at + 1, v)
    frontier, clock, found = -np.inf, release_s, []
    for v in main:
        clock_of = OPEN[f"M-{v['operation']}"]
        frontier = max(frontier, v["last_s"])
        ready = v["first_s"] if clock is None else clock
        if v["n_rows"] == 1 and v["first_s"] >= ready:
            start, end = v["first_s"], max(v["last_s"], frontier)
        else:
            end = max(clock_of.moved(ready, open_s=v["worked_s"]), frontier)
            start = min(max(clock_of.moved(end, open_s=-v["worked_s"]), ready), end)
        found.append((v["operation"], v["pass"], ready, start, end))
        clock = end
    return found


visit = st.tuples(
    st.sampled_from(OPERATIONS), st.integers(0, 1), st.integers(0, 400), st.integers(0, 40),
    st.integers(0, 30), st.integers(1, 2),
)  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(
    orders=st.lists(
        st.tuples(st.none() | st.integers(0, 100), st.lists(visit, min_size=1, max_size=5)),
        min_size=1, max_size=5,
    )
)  # fmt: skip
def test_orders_laid_out_together_are_as_each_alone(orders):
    rows, releases, expected = [], {}, []
    for i, (release, visits) in enumerate(orders):
        name = f"A{i}"
        if release is not None:
            releases[name] = float(release)
        mine, taken = [], set()
        for operation, number, first, length, worked, n_rows in visits:
            if first in taken or (operation, number) in {(v["operation"], v["pass"]) for v in mine}:
                continue
            taken.add(first)
            mine.append(
                {
                    "order_id": name, "product": "P", "operation": operation, "pass": number,
                    "resource": f"M-{operation}", "first_s": float(first),
                    "last_s": float(first + length), "worked_s": float(worked), "n_rows": n_rows,
                }
            )  # fmt: skip
        mine.sort(key=lambda v: v["first_s"])
        rows += mine
        expected += one_by_one(mine, releases.get(name))
    clocks = Clocks.of(OPEN)
    line = lines(
        pl.DataFrame(rows), paths={"P": PATH}, resources=lambda _p, o: (f"M-{o}",), clocks=clocks,
        releases=releases,
    )  # fmt: skip
    found = line.select("operation", "pass", "ready_s", "start_s", "end_s").rows()
    assert [f[:2] for f in found] == [e[:2] for e in expected]
    assert np.array([f[2:] for f in found]) == pytest.approx(np.array([e[2:] for e in expected]))
    assert [leg.end_s for leg in legs_of(line, clocks)] == [f[4] for f in found]


def test_a_step_is_ready_with_the_first_pieces_of_a_step_that_streams():
    row = {"order_id": "A", "product": "P", "pass": 0, "n_rows": 1}
    rows = [
        row | {"operation": o, "resource": f"M-{o}", "first_s": begin, "last_s": end,
               "worked_s": end - begin, "streamed_s": streamed}
        for o, begin, end, streamed in (
            ("cut", 9.0, 13.0, None), ("drill", 11.0, 14.0, 10.0), ("weld", 14.5, 15.0, None),
        )
    ]  # fmt: skip
    laid = {
        name: lines(
            visits, paths={"P": PATH}, resources=lambda _p, o: (f"M-{o}",), clocks=Clocks.of(OPEN),
            releases={"A": 8.0},
        ).select("ready_s", "start_s", "end_s").rows()
        for name, visits in (
            ("in parts", pl.DataFrame(rows)), ("whole", pl.DataFrame(rows).drop("streamed_s")),
        )
    }  # fmt: skip
    assert laid["in parts"] == [(8.0, 9.0, 13.0), (10.0, 11.0, 14.0), (14.0, 14.5, 15.0)]
    assert laid["whole"][:2] == [(8.0, 9.0, 13.0), (13.0, 13.0, 16.0)]


def order_visits(name, product, operations, *, at_s):
    return [
        {
            "order_id": name, "product": product, "operation": o, "pass": 0, "is_running": False,
            "first_s": at_s + 3600.0 * i, "last_s": at_s + 3600.0 * i + 1800, "n_measured": 1,
            "done": None, "quantity": 1.0,
        }
        for i, o in enumerate(operations)
    ]  # fmt: skip


def test_products_whose_routes_end_elsewhere_have_ends_of_their_own():
    rows = []
    for i in range(60):
        rows += order_visits(f"A{i:02}", "A", ("saw", "turn", "inspect"), at_s=i * 7200.0)
        if i % 3 == 0:
            rows += order_visits(f"B{i:02}", "B", ("saw", "grind"), at_s=i * 7200.0)
    schema = {"done": pl.Float64}
    found = finished_orders(
        pl.DataFrame(rows, schema_overrides=schema), until_s=60 * 7200.0 + 40 * 3600.0
    )
    assert found.terminals == {"inspect", "grind"}
    assert len(found.ids(complete=True)) == 80


def test_a_lost_begin_is_estimated_and_the_gap_before_it_is_not_idle():
    rows = [(f"A{i}", "cut", 3600.0 * i, 3600.0 * i + 3000, False, True) for i in range(40)]
    rows[7] = ("A7", "cut", 3600.0 * 7 + 3000, 3600.0 * 7 + 3000, True, False)
    columns = ["order_id", "operation", "start_s", "end_s", "is_default", "is_measured"]
    frame = pl.DataFrame(rows, schema=columns, orient="row")
    frame = frame.with_columns(resource=pl.lit("M"), operator=pl.lit(None, dtype=pl.String))
    table = with_lost_times(frame, until_s=200_000.0)
    lost = table.filter(pl.col("order_id") == "A7")
    assert lost["is_lost"].item()
    assert lost["is_default"].item()
    assert lost["end_s"].item() - lost["start_s"].item() == 3000
    assert table["is_lost"].sum() == 1
    stretched = without_lost_gaps(table.with_columns(stop_s="end_s")).filter("is_lost")
    assert stretched["start_s"].item() == pytest.approx(3600.0 * 7, abs=1)
