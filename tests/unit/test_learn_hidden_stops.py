"""Breakdowns inside long reports, on logs whose truth is known."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from zhizao.learn import floor_at, learn
from zhizao.learn.durations.hidden_stops import HiddenStops, learn_hidden_stops, round_the_clock_h
from zhizao.learn.durations.long_totals import CAUSES, Totals, fit_mixture, plain_log_likelihood
from zhizao.learn.open_time import OpenTime
from zhizao.model import Records

HOUR = 3600.0
MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
ALWAYS: dict[str | None, OpenTime] = {None: OpenTime.from_intervals(np.array([[0.0, 1e9]]))}
BETWEEN_H, REPAIR_H, REPAIR_CV = 22.0, 5.0, 0.7


def lognormal(rng, n, *, cv):
    spread = np.sqrt(np.log1p(cv**2))
    return np.exp(spread * rng.standard_normal(n) - spread**2 / 2)


def work_of(rng, n):
    """Return quantities and working hours of lots: 5 minutes a piece, a fifth more or less."""
    quantity = np.maximum(1.0, np.round(36.0 * lognormal(rng, n, cv=0.5)))
    return quantity, quantity / 12.0 * lognormal(rng, n, cv=0.2)


def with_stops(rng, work_h):
    number = rng.poisson(work_h / BETWEEN_H)
    return work_h + np.array([
        (REPAIR_H * lognormal(rng, int(k), cv=REPAIR_CV)).sum() for k in number
    ])  # fmt: skip


def visits_of(quantity, total_h, *, is_believed=True):
    n = quantity.size
    return pl.DataFrame({
        "order_id": [f"A{i}" for i in range(n)], "operation": "forge", "pass": np.zeros(n, dtype=np.int64),
        "product": "P", "resource": [f"M{i % 2 + 1}" for i in range(n)], "quantity": quantity,
        "measured_s": total_h * HOUR, "n_measured": 1, "n_rows": 1, "n_resources": 1,
        "is_ended": True, "is_believed": is_believed,
    })  # fmt: skip


def learnt(quantity, total_h, **given) -> HiddenStops:
    return learn_hidden_stops(
        visits_of(quantity, total_h, is_believed=given.get("is_believed", True)),
        centres={"M1": "forge", "M2": "forge"}, places={"M1": 1, "M2": 1},
        has_rows=given.get("has_rows", ()), open_times=ALWAYS,
    )  # fmt: skip


def test_stops_inside_reports_are_breakdowns_with_their_rate_and_their_repairs():
    rng = np.random.default_rng(1)
    n_found, between, repair = 0, [], []
    for _ in range(10):
        quantity, work_h = work_of(rng, 700)
        found = learnt(quantity, with_stops(rng, work_h))
        if not found.by_resource:
            continue
        n_found += 1
        failure = found.by_resource["M1"]
        assert failure == found.by_resource["M2"]
        assert failure.basis == "busy"
        between.append(failure.mtbf_h)
        repair.append(failure.mttr_h)
    assert n_found >= 8
    # About a hundred stops each: 10 % a log, 3.5 % over ten; short ones pass for slow work.
    assert np.mean(between) == pytest.approx(BETWEEN_H, rel=0.15)
    assert np.mean(repair) == pytest.approx(REPAIR_H, rel=0.15)


def test_what_stops_take_is_taken_out_of_the_working_times():
    rng = np.random.default_rng(2)
    quantity, work_h = work_of(rng, 900)
    total_h = with_stops(rng, work_h)
    found = learnt(quantity, total_h)
    taken_h = sum(found.inside_s.values()) / HOUR
    true_h = float((total_h - work_h).sum())
    assert taken_h == pytest.approx(true_h, rel=0.08)
    added = np.array([found.inside_s.get((f"A{i}", "forge", 0), 0.0) for i in range(900)]) / HOUR
    plainly = total_h - work_h > 5.0
    # What cannot be known is the spread of the work beside it: a fifth of it.
    off_h = np.abs(added - (total_h - work_h))[plainly]
    assert float(off_h.mean()) < 0.2 * float(work_h[plainly].mean())


def test_work_and_stops_together_take_what_the_reports_took():
    rng = np.random.default_rng(9)
    quantity, work_h = work_of(rng, 900)
    total_h = with_stops(rng, work_h)
    found = learnt(quantity, total_h)
    failure = found.by_resource["M1"]
    left_h = float(total_h.sum()) - sum(found.inside_s.values()) / HOUR
    assert left_h * (1.0 + failure.mttr_h / failure.mtbf_h) == pytest.approx(
        float(total_h.sum()), rel=0.002
    )


def test_ordinary_spread_and_slow_lots_and_extras_are_no_breakdowns():
    rng = np.random.default_rng(3)
    n_found = dict.fromkeys(("work", "slow", "extra"), 0)
    for _ in range(8):
        quantity, work_h = work_of(rng, 600)
        is_some = rng.random(600) < 0.12
        made = {
            "work": work_h,
            "slow": work_h * np.where(is_some, 2.5 * lognormal(rng, 600, cv=0.3), 1.0),
            "extra": work_h + np.where(is_some, 5.0 * lognormal(rng, 600, cv=0.7), 0.0),
        }
        for cause, total_h in made.items():
            n_found[cause] += bool(learnt(quantity, total_h).by_resource)
    assert n_found["work"] == 0
    # Of 24 logs each with these slow lots and extras, which last as long as repairs, one had
    # breakdowns: two of eight would be plainly more.
    assert n_found["slow"] <= 1
    assert n_found["extra"] <= 1


def test_clocks_that_may_have_been_left_running_are_no_breakdowns():
    rng = np.random.default_rng(4)
    quantity, work_h = work_of(rng, 700)
    total_h = with_stops(rng, work_h)
    assert learnt(quantity, total_h).by_resource
    assert not learnt(quantity, total_h, is_believed=False).by_resource
    assert not learnt(quantity, total_h, has_rows=["M2"]).by_resource


def test_of_many_totals_the_cause_is_sought_among_some_and_the_stops_are_read_of_all():
    rng = np.random.default_rng(8)
    quantity, work_h = work_of(rng, 8000)
    total_h = with_stops(rng, work_h)
    found = learnt(quantity, total_h)
    assert found.by_resource["M1"].mtbf_h == pytest.approx(BETWEEN_H, rel=0.12)
    assert sum(found.inside_s.values()) / HOUR == pytest.approx(
        float((total_h - work_h).sum()), rel=0.05
    )


def test_a_likelier_answer_is_one_with_the_true_cause():
    rng = np.random.default_rng(5)
    quantity, work_h = work_of(rng, 1500)
    expected = quantity / 12.0 * HOUR
    group = np.zeros(1500, dtype=np.int64)
    is_some = rng.random(1500) < 0.12
    made = {
        "slow": work_h * np.where(is_some, 2.5 * lognormal(rng, 1500, cv=0.3), 1.0),
        "extra": work_h + np.where(is_some, 5.0 * lognormal(rng, 1500, cv=0.7), 0.0),
        "stop": with_stops(rng, work_h),
    }
    for true, total_h in made.items():
        totals = Totals(total_s=total_h * HOUR, expected_s=expected, group=group)
        fits = {cause: fit_mixture(totals, cause) for cause in CAUSES}
        scores = {cause: fit.log_likelihood for cause, fit in fits.items() if fit is not None}
        assert max(scores, key=scores.__getitem__) == true
        assert scores[true] > plain_log_likelihood(totals) + 50.0


def test_a_repair_that_goes_on_at_night_lasts_longer_than_it_takes_of_the_day():
    days = np.array([[24.0 * d + 7.0, 24.0 * d + 23.0] for d in range(120)]) * HOUR
    open_time = OpenTime.from_intervals(days)
    rng = np.random.default_rng(6)
    begin = rng.integers(0, 90, 40_000) * 24.0 + 7.0 + 16.0 * rng.random(40_000)
    repair_h = 6.0 * lognormal(rng, 40_000, cv=0.8)
    taken_h = float(open_time.between(begin * HOUR, (begin + repair_h) * HOUR).mean()) / HOUR
    assert taken_h < 5.3
    assert round_the_clock_h(taken_h, cv=0.8, open_time=open_time) == pytest.approx(6.0, rel=0.03)
    assert round_the_clock_h(6.0, cv=0.8, open_time=ALWAYS[None]) == pytest.approx(6.0, rel=0.01)


def one_machine(rng, n=700):
    """Return quantities, the whole hours of lots that follow each other, and their records."""
    quantity, work_h = work_of(rng, n)
    total_h = with_stops(rng, work_h)
    at, rows = MONDAY, []
    for i, (pieces, hours) in enumerate(zip(quantity, total_h, strict=True)):
        end = at + timedelta(hours=float(hours))
        rows.append((f"A{i}", "P", "forge", "M1", at, end, float(pieces), float(pieces)))
        at = end + timedelta(hours=float(rng.exponential(1.5)))
    columns = [
        "order_id", "product", "operation", "resource", "start_at", "end_at", "good_quantity", "order_quantity",
    ]  # fmt: skip
    return Records.from_columns(pl.DataFrame(rows, schema=columns, orient="row")), work_h, total_h


def test_a_plant_whose_machine_stops_inside_its_reports_has_breakdowns_and_short_work():
    records, _, _ = one_machine(np.random.default_rng(7))
    plant = learn(records, name="p").plant
    failure = plant.resources[0].failure
    assert failure is not None
    assert failure.mtbf_h == pytest.approx(BETWEEN_H, rel=0.3)
    time = plant.routings[0].steps[0].time
    assert time.setup_min + time.per_piece_min * 36.0 == pytest.approx(180.0, rel=0.05)
    said = [p for p in plant.provenances if p.where.endswith("M1/failure/mtbf_h")]
    assert len(said) == 1
    assert "long reports hide" in (said[0].note or "")


def test_a_machine_on_which_a_lot_stays_far_too_long_is_under_repair_now():
    records, work_h, total_h = one_machine(np.random.default_rng(7))
    plant = learn(records, name="p").plant
    begins = records.operations["start_at"]
    # Of a report longer than nearly all, the end was lost; this one is only long for its pieces.
    is_usual = total_h < np.quantile(total_h, 0.97)
    longest = int(np.argmax(np.where(is_usual, (total_h - work_h) / work_h, 0.0)))
    at = begins[longest] + timedelta(hours=float(total_h[longest]) - 0.5)
    state = floor_at(records, plant, at).state
    assert [d.resource for d in state.down] == ["M1"]
    assert begins[longest] < state.down[0].since_at < at
    lot = next(one for one in state.lots if one.status == "running")
    assert lot.worked_min < 60.0 * 1.5 * float(work_h[longest])
    ordinary = int(np.flatnonzero(total_h == work_h)[300])
    soon = begins[ordinary] + timedelta(hours=0.8 * float(total_h[ordinary]))
    assert floor_at(records, plant, soon).state.down == ()
