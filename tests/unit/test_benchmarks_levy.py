"""The benchmark of completion forecasts: its variants change one thing, its oracles know what they say."""

import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.levy.history import last_weeks, remaining_from, twin_from  # noqa: E402
from benchmarks.levy.oracles import (  # noqa: E402
    KnownWork,
    expected_error_h,
    like_orders_of_all,
)
from benchmarks.levy.protocol import Answers, Asked, Log, ask  # noqa: E402
from benchmarks.levy.variants import ABLATIONS  # noqa: E402

from zhizao.learn.trust.baselines import MEDIAN, Guess  # noqa: E402
from zhizao.learn.trust.forecast import TWIN, Forecast  # noqa: E402
from zhizao.model.plant import (  # noqa: E402
    Calendar,
    Delay,
    Demand,
    Plant,
    Product,
    Resource,
    ResourceOption,
    Rework,
    Routing,
    Shift,
    Step,
    TimeModel,
    WorkCentre,
)

START = datetime(2024, 1, 1, tzinfo=UTC)
UNTIL = START + timedelta(days=40, minutes=30)


@pytest.fixture(scope="module")
def log_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Orders every 5 hours: one hour of cutting, 6 or 18 hours of nothing, two hours of drilling."""
    rng = np.random.default_rng(0)
    rows = []
    for i in range(240):
        at = START + timedelta(hours=5 * i)
        drill = at + timedelta(hours=1 + float(rng.choice([6.0, 18.0])))
        for operation, machine, begin, hours in (("cut", "M1", at, 1), ("drill", f"M{2 + i % 9}", drill, 2)):  # fmt: skip
            end = begin + timedelta(hours=hours)
            rows.append((f"W{i:03}", "P", operation, machine, begin, end, 10))
    names = ["order_id", "product", "operation", "resource", "start_at", "end_at", "good_quantity"]
    path = tmp_path_factory.mktemp("levy") / "log.csv"
    pl.DataFrame(rows, schema=names, orient="row").with_columns(
        pl.col("start_at", "end_at").dt.strftime("%Y-%m-%d %H:%M:%S")
    ).write_csv(path)
    return path


@pytest.fixture(scope="module")
def log(log_file: Path) -> Log:
    return Log.read(log_file, until=UNTIL)


@pytest.fixture(scope="module")
def asked(log: Log) -> list[Asked]:
    return ask(log, n_cutoffs=4, seed=0, n_replications=20)


def test_nothing_after_until_is_in_the_log(log: Log) -> None:
    table = log.records.operations
    assert table["start_at"].max() < UNTIL
    assert table["end_at"].drop_nulls().max() < UNTIL
    assert table["end_at"].null_count() > 0


def test_who_knows_the_work_errs_only_by_the_wait(asked: list[Asked], log: Log) -> None:
    known = Answers.of(asked, KnownWork(log, seed=0))
    errors_h = {round(abs(p.end_s - p.point_s) / 3600.0) for p in known.predictions if p.is_done}
    assert len(known.predictions) > 5
    assert errors_h <= {0, 6, 12}  # a wait is 6 or 18 hours, and the median one of the two


def test_like_orders_of_the_past_do_not_know_the_future(asked: list[Asked]) -> None:
    first = asked[0]
    past = {f.order_id: f.guesses[MEDIAN] for f in first.forecasts}
    every = like_orders_of_all(first)
    assert past.keys() == every.keys()
    assert all(past[o].sample_s.size < every[o].sample_s.size for o in past)


def test_the_error_that_a_forecast_expects_is_its_own_spread(asked: list[Asked]) -> None:
    guess = Guess(sample_s=np.array([0.0, 3600.0, 18000.0]), point_s=3600.0)
    forecast = Forecast(order_id="W1", product="P", stage="cut", guesses={TWIN: guess})
    assert expected_error_h([replace(asked[0], forecasts=[forecast])], TWIN) == 1.0


def test_fewer_weeks_are_fewer_records_before_the_cutoff(asked: list[Asked]) -> None:
    rows = last_weeks(asked[-1], weeks=1).operations
    assert rows["start_at"].min() >= asked[-1].cutoff - timedelta(weeks=1)
    answers = Answers.of(asked[-1:], twin_from(1))
    assert len(answers.orders) == len(asked[-1].forecasts) > 0
    assert len(Answers.of(asked[-1:], remaining_from(1)).orders) == len(answers.orders)


def test_a_method_is_as_good_as_itself(asked: list[Asked]) -> None:
    twin = Answers.of(asked, lambda one: {f.order_id: f.guesses[TWIN] for f in one.forecasts})
    assert twin.ratio_interval(twin, seed=1) == (1.0, 1.0)


def _plant() -> Plant:
    def routing(product: str, wait_min: float) -> Routing:
        step = Step(
            step=10, operation="cut", resources=(ResourceOption(resource="M"),),
            time=TimeModel(per_piece_min=2.0, distribution="lognormal", cv=0.5),
            delay=Delay(mean_min=wait_min, distribution="exponential", calendar="day"),
            rework=Rework(probability=0.2, to_step=10),
        )  # fmt: skip
        return Routing(product=product, steps=(step,))

    day = Calendar(id="day", shifts=tuple(Shift(weekday=d, start="08:00", end="20:00") for d in ("mon", "tue")))  # type: ignore[arg-type]  # fmt: skip
    return Plant(
        name="p", calendars=(day,), products=(Product(id="A"), Product(id="B")),
        work_centres=(WorkCentre(id="W", dispatch="spt"),),
        resources=(Resource(id="M", work_centre="W", calendar="day"),),
        routings=(routing("A", 60.0), routing("B", 120.0)),
        demands=(Demand(product="A", orders_per_week=3.0),),
    )  # fmt: skip


def _waits(plant: Plant) -> list[float]:
    return [s.delay.mean_min for r in plant.routings for s in r.steps]


def test_each_ablation_changes_the_plant_and_only_in_what_it_names() -> None:
    plant = _plant()
    changed = {name: change(plant) for name, change in ABLATIONS.items()}
    assert all(other != plant for other in changed.values())
    assert _waits(changed["without unexplained waits"]) == [0.0, 0.0]
    assert _waits(changed["waits by operation, not by product"]) == [90.0, 90.0]
    # Open 24 of 168 hours: a minute of open time is seven on the clock.
    assert _waits(changed["without calendars as worked (round the clock)"]) == [420.0, 840.0]
    assert {
        name for name, other in changed.items() if other.routings == plant.routings
    } == {"without the queue rule (first come, first served)", "without orders yet to come"}  # fmt: skip
