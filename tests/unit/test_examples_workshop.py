"""The example workshop is the truth that learning is measured against, so it is tested itself."""

import ast
import csv
import doctest
import importlib
import io
import json
import sys
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import simpy

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "examples" / "workshop"
DATA = ROOT / "src" / "zhizao" / "cli" / "example_data"
if str(ROOT / "examples") not in sys.path:
    sys.path.insert(0, str(ROOT / "examples"))

from workshop.config import EARLY, LATE, WORKSHOP, Shift, with_resource, with_shifts  # noqa: E402
from workshop.make import build  # noqa: E402
from workshop.model import simulate  # noqa: E402
from workshop.truth import measure  # noqa: E402

SEEDS = (7, 8, 9)
NIGHT = Shift(name="night", weekdays=(0, 1, 2, 3, 4), start_h=24.5, end_h=31.5)


@pytest.fixture(scope="module")
def history():
    return simulate(WORKSHOP, seed=7)


@pytest.fixture(scope="module")
def truth():
    return json.loads((DATA / "truth.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def rows():
    text = (DATA / "operations.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def visits_of(events):
    visits = defaultdict(list)
    for event in events:
        visits[event.order, event.step, event.visit].append(event)
    return visits


def mean_lead_h(config):
    return np.mean([measure(config, *simulate(config, seed=s))["lead_time_mean_h"] for s in SEEDS])


def test_the_model_is_independent_of_the_package():
    allowed = {"workshop", "numpy", "simpy", *sys.stdlib_module_names}
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in getattr(node, "names", [])] if isinstance(node, ast.Import) else []  # fmt: skip
            assert {name.split(".")[0] for name in names} <= allowed, path
    assert simpy.Environment


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("[a-z]*.py")))
def test_the_examples_in_the_docstrings_run(name):
    assert doctest.testmod(importlib.import_module(f"workshop.{name}")).failed == 0


def test_equal_seeds_give_equal_histories_and_others_do_not(history):
    events, orders = simulate(WORKSHOP, seed=7)
    assert events == history[0]
    assert orders == history[1]
    assert simulate(WORKSHOP, seed=8)[0] != events


def test_the_shipped_files_are_what_the_model_writes():
    files, _ = build(seed=7)
    for name, text in files.items():
        assert (DATA / name).read_text(encoding="utf-8") == text, name


def test_the_shipped_files_stay_under_a_mebibyte():
    assert sum(path.stat().st_size for path in DATA.iterdir()) <= 2**20


def test_a_completed_order_did_all_its_operations_one_after_the_other(history):
    events, orders = history
    visits = visits_of(events)
    completed = [order for order in orders if order.completed_s is not None]
    assert len(completed) > 500
    for order in completed:
        last_end_s = order.released_s
        for step in order.product.steps:
            visit = visits[order.id, step.number, 0]
            assert visit[0].start_s >= last_end_s
            assert [event.is_last for event in visit] == [False] * (len(visit) - 1) + [True]
            assert {event.kind for event in visit} >= {"setup", "run"}
            last_end_s = visit[-1].end_s
        assert order.completed_s == last_end_s


def test_pieces_are_only_lost_to_scrap(history):
    events, orders = history
    visits = visits_of(events)
    for order in orders:
        pieces = order.quantity
        for step in order.product.steps:
            visit = visits.get((order.id, step.number, 0))
            if visit is None:
                break
            assert visit[0].quantity == pieces >= 1
            pieces -= visit[0].scrap
            if step.work_centre == "QC":
                again = [v for (name, _, n), v in visits.items() if name == order.id and n]
                pieces -= sum(visit[0].scrap for visit in again)


def test_rework_returns_to_grinding_a_bounded_number_of_times(history):
    reworks = [event for event in history[0] if event.visit]
    assert {event.operation for event in reworks} == {"Grinding", "Final inspection"}
    assert {event.visit for event in reworks} <= set(range(1, WORKSHOP.max_reworks + 1))
    ground, inspected = (
        {(e.order, e.visit): e for e in reworks if e.operation == operation and e.is_last}
        for operation in ("Grinding", "Final inspection")
    )
    assert set(inspected) <= set(ground)
    assert any(event.scrap for event in ground.values())
    for key, event in inspected.items():
        assert event.quantity == ground[key].quantity - ground[key].scrap


@pytest.mark.parametrize("of", ["resource", "operator", "order"])
def test_nothing_and_nobody_is_at_two_things_at_once(history, of):
    groups = defaultdict(list)
    for event in history[0]:
        groups[getattr(event, of)].append((event.start_s, event.end_s))
    for spans in groups.values():
        assert all(before[1] <= after[0] for before, after in pairwise(sorted(spans)))


def test_a_machine_finishes_an_order_before_it_begins_the_next(history):
    groups = defaultdict(list)
    for event in sorted(history[0], key=lambda event: event.start_s):
        groups[event.resource].append(event)
    for events in groups.values():
        for before, after in pairwise(events):
            same = (before.order, before.step, before.visit) == (after.order, after.step, after.visit)  # fmt: skip
            assert same is not before.is_last


def test_nothing_is_worked_outside_the_shifts(history):
    shifts = {resource.name: resource.shifts for resource in WORKSHOP.resources}
    for event in history[0]:
        start_at = WORKSHOP.begins_at + timedelta(seconds=event.start_s)
        end_at = WORKSHOP.begins_at + timedelta(seconds=event.end_s)
        inside = []
        for shift in shifts[event.resource]:
            for midnight in (start_at, start_at - timedelta(days=1)):
                day = midnight.replace(hour=0, minute=0, second=0)
                is_open = day.weekday() in shift.weekdays and day not in WORKSHOP.holidays
                opens_at = day + timedelta(hours=shift.start_h)
                closes_at = day + timedelta(hours=shift.end_h)
                inside.append(is_open and opens_at <= start_at < end_at <= closes_at)
        assert any(inside), event


def test_the_times_that_happened_are_the_times_that_the_truth_states(history):
    products = {order.id: order.product for order in history[1]}
    speeds = {resource.name: resource.speed for resource in WORKSHOP.resources}
    factors = defaultdict(list)
    for (order, number, _), visit in visits_of(history[0]).items():
        if not visit[-1].is_last:
            continue
        step = next(step for step in products[order].steps if step.number == number)
        spent_s = sum(event.end_s - event.start_s for event in visit if event.kind == "run")
        stated_s = visit[0].quantity * step.piece_min * 60 / speeds[visit[0].resource]
        factors[step.work_centre, step.cv].append(spent_s / stated_s)
    assert len(factors) == 7
    for (_, cv), values in factors.items():
        assert np.mean(values) == pytest.approx(1, abs=4 * cv / np.sqrt(len(values)))
        assert np.std(values) == pytest.approx(cv, rel=0.15)


def test_the_workshop_is_busy_but_stable(truth):
    measured = truth["measured"]
    busy = [share["busy"] for share in measured["utilisation"].values()]
    assert 0.80 <= max(busy) <= 0.88
    assert 0.10 <= measured["late_share"] <= 0.30
    assert 48 <= measured["lead_time_mean_h"] <= 14 * 24
    assert 450 <= measured["orders_completed"] <= 700


def test_people_who_take_the_same_family_first_set_up_less():
    def setup_share(config):
        runs = [measure(config, *simulate(config, seed=seed)) for seed in SEEDS]
        return np.mean([run["utilisation"]["MILL-01"]["setup"] for run in runs])

    by_date_only = replace(WORKSHOP, rule=replace(WORKSHOP.rule, same_family_h=0.0))
    assert setup_share(WORKSHOP) < 0.95 * setup_share(by_date_only)


def test_a_change_keeps_the_orders_and_acts_where_it_is_made(history):
    changed = with_resource(WORKSHOP, like="LATHE-01", name="LATHE-04")
    events, orders = simulate(changed, seed=7)
    asked = [(o.id, o.product.name, o.quantity, o.released_s, o.promised_s) for o in orders]
    assert asked == [
        (o.id, o.product.name, o.quantity, o.released_s, o.promised_s) for o in history[1]
    ]
    before = measure(WORKSHOP, *history)["utilisation"]
    after = measure(changed, events, orders)["utilisation"]
    assert after["LATHE-01"]["busy"] < before["LATHE-01"]["busy"] - 0.05
    assert after["LATHE-04"]["busy"] > 0.3
    assert after["GRIND-01"]["run"] == pytest.approx(before["GRIND-01"]["run"], abs=0.02)


def test_a_night_shift_at_the_bottleneck_shortens_the_lead_time():
    changed = with_shifts(WORKSHOP, name="GRIND-01", shifts=(EARLY, LATE, NIGHT))
    assert mean_lead_h(changed) < mean_lead_h(WORKSHOP) - 5


EXACT = (
    "default_duration",
    "duplicate",
    "mangled_cell",
    "midnight_split",
    "missing_start",
    "near_duplicate",
    "negative_duration",
    "resource_mismatch",
    "unparsed_cell",
    "zero_duration",
    "zero_quantity",
)


@pytest.mark.parametrize("name", EXACT)
def test_the_rows_spoilt_on_purpose_are_the_rows_found(truth, name):
    assert truth["mess"][name]["rows"] == truth["by_definition"][name]["rows"]
    assert truth["mess"][name]["count"] == len(truth["mess"][name]["rows"]) > 0


@pytest.mark.parametrize("name", ["overlap_resource", "shared_slot"])
def test_the_rows_spoilt_on_purpose_are_among_the_rows_found(truth, name):
    spoilt, found = (set(truth[part][name]["rows"]) for part in ("mess", "by_definition"))
    assert spoilt
    assert spoilt <= found


def test_a_wrongly_entered_colleague_was_busy_elsewhere(truth, rows):
    found = set(truth["by_definition"]["overlap_operator"]["rows"])
    assert len(truth["mess"]["overlap_operator"]["rows"]) == 32
    for number in truth["mess"]["overlap_operator"]["rows"]:
        row = rows[number - 2]
        others = [
            n
            for n, other in enumerate(rows, start=2)
            if other["Operator"] == row["Operator"]
            and other["Machine"] != row["Machine"]
            and other["Start"] < row["End"]
            and row["Start"] < other["End"]
        ]
        assert others
        assert found & {number, *others}


def test_an_end_is_missing_by_mistake_or_because_work_goes_on(truth):
    mess = truth["mess"]
    both = mess["missing_end"]["rows"] + mess["open_at_end"]["rows"]
    assert sorted(both) == truth["by_definition"]["missing_end"]["rows"]


def test_plain_counts_of_the_file_agree_with_the_truth(truth, rows):
    counts = {name: entry["count"] for name, entry in truth["mess"].items()}
    copies = Counter(tuple(row.values()) for row in rows)
    assert sum(n - 1 for n in copies.values()) == counts["duplicate"]
    slots = Counter(
        tuple(row[name] for name in ("Work Order", "Operation", "Start", "End", "Operator"))
        for row in rows
        if row["Start"] and row["End"]
    )
    doubles = counts["duplicate"] + counts["near_duplicate"]
    assert sum(n - 1 for n in slots.values()) == doubles
    assert sum(row["Start"] == "" for row in rows) == counts["missing_start"]
    assert sum(row["Qty Good"] == "0" for row in rows) == counts["zero_quantity"]
    assert counts["zero_quantity"] / len(rows) == pytest.approx(0.25, abs=0.01)
    assert 2 * sum(row["End"].endswith("23:59:59") for row in rows) == counts["midnight_split"]
    assert sum(row["Start"] == row["End"] != "" for row in rows) == counts["zero_duration"]
    assert sum("-" in row["Qty Good"] for row in rows) == counts["mangled_cell"]
    named = [row["Operation"].split(" - ")[1] != row["Machine"] for row in rows]
    assert sum(named) == counts["resource_mismatch"]


def test_the_late_terminal_writes_nothing_before_its_day(truth, rows):
    jump = truth["mess"]["coverage_jump"]
    starts = [row["Start"] for row in rows if row["Machine"] == jump["resource"]]
    assert min(start for start in starts if start[:1] == "2") >= "2025-04-14"
    assert rows[jump["first_row"] - 2]["Machine"] == jump["resource"]
    assert jump["reports_never_written"] > 50


def test_truncated_orders_are_those_that_cross_the_edges_of_the_log(truth, history, rows):
    logged = {row["Work Order"] for row in rows}
    begins_s = WORKSHOP.at_s(WORKSHOP.log_begins_at)
    ends_s = WORKSHOP.at_s(WORKSHOP.log_ends_at)
    first_s = {}
    for event in sorted(history[0], key=lambda event: event.start_s):
        first_s.setdefault(event.order, event.start_s)
    left = {name for name in logged if first_s[name] < begins_s}
    right = {o.id for o in history[1] if o.id in logged and not (o.completed_s or 1e12) <= ends_s}
    assert set(truth["mess"]["left_truncated"]["orders"]) == left != set()
    assert set(truth["mess"]["right_truncated"]["orders"]) == right != set()


def test_the_truth_gives_back_the_times_that_the_mess_took(truth, rows):
    for name in ("missing_start", "default_duration", "negative_duration", "zero_duration"):
        for number in truth["mess"][name]["rows"]:
            start, end = truth["true_times"][str(number)]
            assert datetime.fromisoformat(start) < datetime.fromisoformat(end)
            assert rows[number - 2]["Start"] != start or rows[number - 2]["End"] != end


def test_the_order_table_knows_every_order_of_the_log(rows):
    with (DATA / "orders.csv").open(encoding="utf-8") as file:
        orders = {row["Work Order"]: row for row in csv.DictReader(file)}
    for row in rows:
        order = orders[row["Work Order"]]
        assert (row["Part No."], row["Order Qty"]) == (order["Part No."], order["Quantity"])
        assert order["Released"] < order["Promised"]
