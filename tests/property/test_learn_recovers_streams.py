"""Lots that move on in parts come back from the records as they were; other overlaps do not."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from zhizao.learn import as_reported, learn, learn_reporting
from zhizao.learn.learnt import Learnt
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
N_ORDERS = 400
OPERATIONS = ("saw", "turn", "wash", "pack")
MINUTES = {
    "next step slower": (3.0, 4.0, 1.0, 0.5),
    "next step faster": (4.0, 2.0, 2.5, 0.5),
    "all alike": (3.0, 3.0, 3.0, 0.5),
}
"""Minutes per piece of each operation."""
DAYS = ("mon", "tue", "wed", "thu", "fri")
SHIFTS = tuple(Shift(weekday=d, start="06:00", end="22:00") for d in DAYS)


def _truth(
    minutes: tuple[float, ...],
    transfers: dict[str, float],
    *,
    setup_min: float = 0.0,
    calendar: str | None = None,
) -> Plant:
    steps = tuple(
        Step(
            step=10 * i, operation=o, resources=(ResourceOption(resource=o),),
            time=TimeModel(
                setup_min=setup_min, per_piece_min=each, distribution="lognormal", cv=0.1
            ),
            transfer_pieces=transfers.get(o),
        )
        for i, (o, each) in enumerate(zip(OPERATIONS, minutes, strict=True), start=1)
    )  # fmt: skip
    return Plant(
        name="truth",
        work_centres=tuple(WorkCentre(id=o) for o in OPERATIONS),
        resources=tuple(Resource(id=o, work_centre=o, calendar=calendar) for o in OPERATIONS),
        calendars=() if calendar is None else (Calendar(id=calendar, shifts=SHIFTS),),
        products=(Product(id="part"),),
        routings=(Routing(product="part", steps=steps),),
    )


def _orders(*, gap_h: float, pieces: tuple[float, ...], seed: int) -> list[Order]:
    rng = np.random.default_rng(seed)
    at = np.cumsum(rng.exponential(gap_h, N_ORDERS))
    return [
        Order(
            id=f"W{i:04}", product="part", quantity=float(rng.choice(pieces)),
            release_at=START + timedelta(hours=float(t)),
        )
        for i, t in enumerate(at)
    ]  # fmt: skip


def _lead_h(plant: Plant, orders: list[Order], *, seed: int) -> tuple[float, Records]:
    """Return the mean lead time of the orders and the records of the first replication."""
    last = max(o.release_at for o in orders if o.release_at)
    run = simulate(
        plant, orders, start_at=START, end_at=last + timedelta(days=30), n_replications=4,
        draw_demand=False, trace=True, seed=seed,
    )  # fmt: skip
    return run.estimate("lead_time_mean_h").mean, run.records[0]


def _written_and_learnt(records: Records, orders: list[Order]) -> Learnt:
    return learn(as_reported(records, learn_reporting(records), seed=1), orders, name="learnt")


def _transfers(plant: Plant) -> dict[str, float | None]:
    return {s.operation: s.transfer_pieces for s in plant.routings[0].steps}


@pytest.mark.parametrize("case", sorted(MINUTES))
@pytest.mark.parametrize("setup_min", [0.0, 30.0])
def test_transfer_batches_come_back_with_their_lead_times(case: str, setup_min: float) -> None:
    transfers = {"saw": 10.0, "turn": 10.0}
    pieces = (40.0,) if setup_min == 0.0 else (20.0, 40.0, 60.0)
    truth = _truth(MINUTES[case], transfers, setup_min=setup_min, calendar="two shifts")
    orders = _orders(gap_h=16.0, pieces=pieces, seed=1)
    true_h, records = _lead_h(truth, orders, seed=1)
    learnt = _written_and_learnt(records, orders)
    found = _transfers(learnt.plant)
    assert [found[o] for o in ("saw", "turn")] == pytest.approx([10.0, 10.0], rel=0.2)
    assert (found["wash"], found["pack"]) == (None, None)
    for step, minutes in zip(learnt.plant.routings[0].steps, MINUTES[case], strict=True):
        mean_min = step.time.setup_min + 40.0 * step.time.per_piece_min
        # Of a step that waited for pieces of nearly every lot, only the time per piece is seen well.
        assert mean_min == pytest.approx(setup_min + 40.0 * minutes, rel=0.08)
    # Of 4 × 400 orders with like lead times the mean is known to half a percent.
    found_h, _ = _lead_h(learnt.plant, orders, seed=2)
    assert found_h == pytest.approx(true_h, rel=0.03)
    by_where = {p.where: p for p in learnt.plant.provenances}
    said = by_where["routings/part/main/10/transfer_pieces"]
    assert said.source == "learnt"
    assert said.level == "product"
    assert said.value == found["saw"]
    assert said.low is not None
    assert said.high is not None
    assert said.low <= said.value <= said.high
    assert not [q for q in learnt.questions if q.code == "in_parts"]


def test_in_a_full_shop_queues_do_not_hide_what_streams() -> None:
    truth = _truth(MINUTES["next step slower"], {"saw": 10.0, "turn": 10.0}, setup_min=30.0)
    orders = _orders(gap_h=3.6, pieces=(20.0, 40.0, 60.0), seed=1)
    true_h, records = _lead_h(truth, orders, seed=1)
    learnt = _written_and_learnt(records, orders).plant
    assert _transfers(learnt)["saw"] == pytest.approx(10.0, rel=0.2)
    # At a load of 0.88, one percent of working time is some eight percent of queueing.
    assert _lead_h(learnt, orders, seed=2)[0] == pytest.approx(true_h, rel=0.06)


def test_products_stream_by_themselves_and_rare_ones_like_all() -> None:
    names = ("part", "whole", "rare")
    parts = _truth(MINUTES["all alike"], {"saw": 10.0})
    steps = parts.routings[0].steps
    whole = tuple(s.model_copy(update={"transfer_pieces": None}) for s in steps)
    truth = parts.model_copy(
        update={
            "products": tuple(Product(id=n) for n in names),
            "routings": tuple(
                Routing(product=n, steps=whole if n == "whole" else steps) for n in names
            ),
        }
    )
    plain = _orders(gap_h=6.0, pieces=(40.0,), seed=4)
    orders = [
        o.model_copy(update={"product": "rare" if i % 40 == 0 else names[i % 3 == 1]})
        for i, o in enumerate(plain)
    ]
    _, records = _lead_h(truth, orders, seed=4)
    learnt = _written_and_learnt(records, orders).plant
    found = {r.product: r.steps[0].transfer_pieces for r in learnt.routings}
    assert found == {"part": 10.0, "whole": None, "rare": 10.0}
    level = {p.where: p.level for p in learnt.provenances}
    assert level["routings/rare/main/10/transfer_pieces"] == "pooled"


def test_lots_in_progress_hide_nothing() -> None:
    truth = _truth(MINUTES["all alike"], {"saw": 10.0})
    orders = _orders(gap_h=4.0, pieces=(40.0,), seed=3)
    _, records = _lead_h(truth, orders, seed=3)
    until = orders[200].release_at
    learnt = learn(records, orders, name="half", until=until).plant
    assert _transfers(learnt) == {"saw": 10.0, "turn": None, "wash": None, "pack": None}


@pytest.mark.parametrize("seed", range(6))
def test_whole_lots_stream_nowhere(seed: int) -> None:
    truth = _truth(MINUTES["all alike"], {}, setup_min=15.0 * (seed % 2))
    orders = _orders(gap_h=(4.0, 8.0)[seed % 2], pieces=(20.0, 40.0, 60.0), seed=seed)
    _, records = _lead_h(truth, orders, seed=seed)
    assert not any(_transfers(_written_and_learnt(records, orders).plant).values())


@pytest.mark.parametrize("ahead_min", [0.0, 25.0])
@pytest.mark.parametrize("seed", range(3))
def test_branches_side_by_side_are_no_streaming(seed: int, ahead_min: float) -> None:
    """Either one begins first; or nearly always the same one, but it often ends last, too."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(200):
        day = START + timedelta(days=7 * (i // 10) + (i % 10) // 2, hours=7 + 4 * (i % 2))
        for operation, machine in (("cut", "M1"), ("turn", "M2")):
            late_min = ahead_min if operation == "turn" else 0.0
            begin = day + timedelta(minutes=late_min + float(rng.uniform(0, 20)))
            end = begin + timedelta(minutes=float(rng.uniform(60, 130)))
            rows.append((f"A{i}", "P", operation, machine, begin, end))
        begin = day + timedelta(hours=3)
        rows.append((f"A{i}", "P", "join", "M3", begin, begin + timedelta(minutes=20 + i % 5)))
    columns = ["order_id", "product", "operation", "resource", "start_at", "end_at"]
    records = Records.from_columns(pl.DataFrame(rows, schema=columns, orient="row"))
    learnt = learn(records, name="branches")
    assert not any(_transfers(learnt.plant).values())
    assert [q for q in learnt.questions if q.code in {"in_parts", "side_by_side"}]
