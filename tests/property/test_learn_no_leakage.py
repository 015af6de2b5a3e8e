"""Nothing after a cut-off reaches a prediction: the future is poisoned, nothing moves."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from zhizao.connect import read_drop
from zhizao.learn import Chosen, choose_recipe, floor_at, learn, learnt, state
from zhizao.learn.trust import exams, forecast, ladder
from zhizao.learn.trust.baselines import Guess
from zhizao.learn.trust.forecast import Forecast, forecasts_at, forecasts_of, known_at
from zhizao.learn.trust.predictions import Correction, past_of
from zhizao.model import (
    Calendar,
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
WEEKS = 9
CUTOFF = START + timedelta(weeks=6, hours=11)
TIME = TimeModel(setup_min=60, per_piece_min=12, distribution="lognormal", cv=0.5)


def _plant() -> Plant:
    days = ("mon", "tue", "wed", "thu", "fri")
    steps = tuple(
        Step(step=10 * (i + 1), operation=o, resources=(ResourceOption(resource=r),), time=TIME)
        for i, (o, r) in enumerate([("saw", "saw 1"), ("weld", "robot"), ("paint", "booth")])
    )
    return Plant(
        name="poisoned",
        work_centres=tuple(WorkCentre(id=w) for w in ("saws", "robots", "booths")),
        resources=tuple(
            Resource(id=r, work_centre=w, calendar="day")
            for r, w in (("saw 1", "saws"), ("robot", "robots"), ("booth", "booths"))
        ),
        calendars=(
            Calendar(id="day", shifts=tuple(Shift(weekday=d, start="07:00", end="17:00") for d in days)),
        ),
        products=(Product(id="gate"), Product(id="fence")),
        routings=(Routing(product="gate", steps=steps), Routing(product="fence", steps=steps[:2])),
    )  # fmt: skip


@pytest.fixture(scope="module")
def log() -> tuple[Records, list[Order]]:
    return _log(110, most_pieces=20)


@pytest.fixture(scope="module")
def full_log() -> tuple[Records, list[Order]]:
    """Enough small orders for a choice."""
    return _log(200, most_pieces=6)


@pytest.fixture(scope="module")
def foreseen(log: tuple[Records, list[Order]]) -> dict[str, Forecast]:
    return _forecasts(*log)


@pytest.fixture(scope="module")
def chosen(full_log: tuple[Records, list[Order]]) -> Chosen:
    return choose_recipe(*full_log, name="x", until=CUTOFF)


def _log(n: int, *, most_pieces: int) -> tuple[Records, list[Order]]:
    rng = np.random.default_rng(5)
    orders = [
        Order(
            id=f"order {i}", product=("gate", "fence")[i % 2], quantity=float(rng.integers(2, most_pieces)),
            release_at=START + timedelta(hours=float(h)),
        )
        for i, h in enumerate(np.sort(rng.uniform(0, WEEKS * 168, n)))
    ]  # fmt: skip
    run = simulate(
        _plant(), orders, start_at=START, end_at=START + timedelta(weeks=WEEKS), n_replications=1,
        draw_demand=False, trace=True, seed=2,
    )  # fmt: skip
    return run.records[0], orders


def _poisoned(records: Records, orders: list[Order]) -> tuple[Records, list[Order]]:
    """Return the log with another future: rows, ends, quantities and orders after the cut-off."""
    at = pl.lit(CUTOFF)
    later = pl.col("start_at") > at
    ends_later = pl.col("end_at") > at
    rows = records.operations.with_columns(
        end_at=pl.when(ends_later).then(at + pl.duration(days=31)).otherwise("end_at"),
        good_quantity=pl.when(ends_later).then(9999.0).otherwise("good_quantity"),
        scrap_quantity=pl.when(ends_later).then(77.0).otherwise("scrap_quantity"),
        outcome=pl.when(ends_later).then(pl.lit("poison")).otherwise("outcome"),
    ).with_columns(
        resource=pl.when(later).then(pl.lit("machine from nowhere")).otherwise("resource"),
        operation=pl.when(later).then(pl.lit("poison - machine 9")).otherwise("operation"),
        product=pl.when(later & pl.col("order_id").is_null())
        .then(pl.lit("x"))
        .otherwise("product"),
        start_at=pl.when(later)
        .then(pl.col("start_at") + pl.duration(days=3))
        .otherwise("start_at"),
        end_at=pl.when(later).then(pl.col("end_at") + pl.duration(days=90)).otherwise("end_at"),
        faults=pl.when(later).then(pl.lit(["default_duration"])).otherwise("faults"),
    )
    extra = rows.filter(later).head(20).with_columns(
        order_id=pl.lit("order from the future"), lot_id=pl.lit("x"), product=pl.lit("novelty"),
        order_quantity=pl.lit(1e6),
    )  # fmt: skip
    changed = [
        o.model_copy(update={"quantity": 5000.0, "product": "novelty"})
        if o.release_at and o.release_at > CUTOFF
        else o
        for o in orders
    ]
    changed.append(Order(id="order from the future", product="novelty", quantity=1e6))
    return Records(
        operations=pl.concat([rows, extra]).sample(fraction=1.0, shuffle=True, seed=1)
    ), changed


def _forecasts(records: Records, orders: list[Order]) -> dict[str, Forecast]:
    found = forecasts_at(
        records, orders, CUTOFF, horizon_at=CUTOFF + timedelta(weeks=8), name="x", time_zone="UTC",
        seed=0, n_replications=10,
    )  # fmt: skip
    return {f.order_id: f for f in found}


def _same(a: dict[str, Forecast], b: dict[str, Forecast]) -> bool:
    return a.keys() == b.keys() and all(
        np.array_equal(guess.sample_s, b[order].guesses[method].sample_s)
        and guess.point_s == b[order].guesses[method].point_s
        for order, forecast in a.items()
        for method, guess in forecast.guesses.items()
    )


def test_a_poisoned_future_does_not_move_a_prediction(
    log: tuple[Records, list[Order]], foreseen: dict[str, Forecast]
) -> None:
    assert _same(foreseen, _forecasts(*_poisoned(*log)))


def test_a_poisoned_future_does_not_move_the_plant_or_the_state(
    log: tuple[Records, list[Order]],
) -> None:
    plants = [learn(r, o, name="x", until=CUTOFF).plant for r, o in (log, _poisoned(*log))]
    assert plants[0] == plants[1]
    floors = [floor_at(r, plants[0], CUTOFF, orders=o) for r, o in (log, _poisoned(*log))]
    assert floors[0] == floors[1]
    assert floors[0].state.lots


@pytest.mark.parametrize("room", [learnt, state, forecast])
def test_a_leak_is_noticed(
    log: tuple[Records, list[Order]],
    foreseen: dict[str, Forecast],
    monkeypatch: pytest.MonkeyPatch,
    room: Any,
) -> None:
    true = room.known_reports

    def leaking(*arguments: Any, until: Any, **rest: Any) -> Any:
        return true(*arguments, until=until + timedelta(days=2), **rest)

    monkeypatch.setattr(room, "known_reports", leaking)
    try:
        leaked = _forecasts(*_poisoned(*log))
    except ValueError:
        return  # the state lies after its instant: noticed as well
    assert not _same(foreseen, leaked)


EARLIER = tuple(CUTOFF - timedelta(hours=h) for h in (336, 168, 1))


def _combined(
    records: Records, orders: list[Order], *, leak: timedelta = timedelta(0)
) -> tuple[Correction, dict[str, Guess]]:
    """Return what earlier forecasts taught by the cut-off, and the combined forecasts then.

    With ``leak`` the outcomes of the earlier forecasts are those of so much later.
    """
    same: dict[str, Any] = {"name": "x", "time_zone": "UTC", "seed": 0}
    simulated: dict[str, Any] = {
        "horizon_at": CUTOFF + timedelta(weeks=8), "seed": 0, "n_replications": 10,
    }  # fmt: skip
    earlier = [
        (at, forecasts_at(records, orders, at, **same | simulated)) for at in EARLIER
    ]  # fmt: skip
    known = known_at(records, orders, CUTOFF, **same)
    outcomes = known.outcomes
    if leak:
        outcomes = known_at(records, orders, CUTOFF + leak, **same).outcomes
    correction = Correction.learn(past_of(earlier, outcomes, CUTOFF + leak))
    found = forecasts_of(known, records, **simulated)
    return correction, {f.order_id: correction.combined(f.guesses) for f in found}


@pytest.fixture(scope="module")
def combined(log: tuple[Records, list[Order]]) -> tuple[Correction, dict[str, Guess]]:
    return _combined(*log)


def test_a_poisoned_future_does_not_move_the_combined_forecast_nor_what_the_past_taught(
    log: tuple[Records, list[Order]], combined: tuple[Correction, dict[str, Guess]]
) -> None:
    correction, guesses = combined
    poisoned, again = _combined(*_poisoned(*log))
    assert poisoned == correction
    assert correction.twin_share != 0.5  # the past was long enough to teach something
    assert guesses.keys() == again.keys()
    for order, guess in guesses.items():
        np.testing.assert_array_equal(guess.sample_s, again[order].sample_s)
        assert guess.point_s == again[order].point_s


def test_outcomes_of_later_reaching_the_correction_are_noticed(
    log: tuple[Records, list[Order]], combined: tuple[Correction, dict[str, Guess]]
) -> None:
    leaked, _ = _combined(*_poisoned(*log), leak=timedelta(days=5))
    assert leaked != combined[0]


def test_a_poisoned_future_does_not_move_how_it_is_learnt(
    full_log: tuple[Records, list[Order]], chosen: Chosen
) -> None:
    """The inner choice of history and richer parts has its own cut-offs, all before this one."""
    again = choose_recipe(*_poisoned(*full_log), name="x", until=CUTOFF)
    assert chosen == again
    assert chosen.why_not == ""
    assert chosen.rungs or chosen.histories
    assert all(at < CUTOFF for at in chosen.cutoffs)
    plants = [
        learn(r, o, name="x", until=CUTOFF, chosen=c).plant
        for (r, o), c in zip((full_log, _poisoned(*full_log)), (chosen, again), strict=True)
    ]
    assert plants[0] == plants[1]


@pytest.mark.parametrize("room", [ladder, exams])
def test_a_leak_into_the_choice_is_noticed(
    full_log: tuple[Records, list[Order]],
    chosen: Chosen,
    monkeypatch: pytest.MonkeyPatch,
    room: Any,
) -> None:
    true = room.known_reports

    def leaking(*arguments: Any, until: Any, **rest: Any) -> Any:
        return true(*arguments, until=until + timedelta(days=5), **rest)

    monkeypatch.setattr(room, "known_reports", leaking)
    try:
        leaked = choose_recipe(*_poisoned(*full_log), name="x", until=CUTOFF)
    except ValueError:
        return  # the state lies after its instant: noticed as well
    assert chosen != leaked


def test_quantities_reported_later_do_not_reach_a_prediction_through_derived_orders(log, tmp_path):
    """A log file without an order table: the orders themselves are read from the reports."""
    records, _ = log
    columns = ["order_id", "product", "operation", "resource", "start_at", "end_at"]
    table = records.operations.select(*columns, "good_quantity")
    is_later = pl.col("start_at") > pl.lit(CUTOFF)
    poisoned = table.with_columns(
        pl.when(is_later).then(pl.col("good_quantity") * 50).otherwise("good_quantity")
    )
    assert not poisoned.equals(table)

    def forecasts(frame: pl.DataFrame, name: str) -> list[Forecast]:
        path = tmp_path / name
        frame.with_columns(pl.col("start_at", "end_at").dt.strftime("%Y-%m-%d %H:%M:%S")).write_csv(
            path
        )
        drop = read_drop([path], time_zone="UTC")
        assert {o.source for o in drop.orders} == {"reported"}
        return forecasts_at(
            drop.records, drop.orders, CUTOFF, horizon_at=START + timedelta(weeks=WEEKS + 4),
            name="poisoned", time_zone="UTC", seed=1, n_replications=5,
        )  # fmt: skip

    clean, changed = forecasts(table, "a.csv"), forecasts(poisoned, "b.csv")
    assert len(clean) > 3
    assert [f.order_id for f in clean] == [f.order_id for f in changed]
    for a, b in zip(clean, changed, strict=True):
        for method, guess in a.guesses.items():
            np.testing.assert_array_equal(guess.sample_s, b.guesses[method].sample_s)
