"""Lots of the demand live in rows that are used again: what is seen of them, and what is not."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from zhizao.model.plant import (
    Demand,
    Plant,
    Product,
    Resource,
    ResourceOption,
    Rework,
    Routing,
    Step,
    TimeModel,
    WorkCentre,
)
from zhizao.twin import replication, simulate

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
TIME = TimeModel(per_piece_min=60.0, distribution="exponential")


def two_steps(*, orders_per_week=70.0):
    """Return a plant of two stations, the second with rework and scrap."""
    first = Step(step=10, operation="a", resources=(ResourceOption(resource="M"),), time=TIME)
    second = Step(
        step=20,
        operation="b",
        resources=(ResourceOption(resource="N"), ResourceOption(resource="O")),
        time=TIME,
        scrap_share=0.1,
        rework=Rework(probability=0.2, to_step=10, max_passes=2),
    )
    return Plant(
        name="two",
        work_centres=(WorkCentre(id="W", dispatch="edd"),),
        resources=tuple(Resource(id=name, work_centre="W") for name in ("M", "N", "O")),
        products=(Product(id="P"), Product(id="Q")),
        routings=tuple(Routing(product=p, steps=(first, second)) for p in ("P", "Q")),
        demands=tuple(
            Demand(
                product=p,
                orders_per_week=orders_per_week / 2,
                quantities=(1.0, 2.0),
                allowances_h=(24.0, 96.0),
            )
            for p in ("P", "Q")
        ),
    )


def run(plant, *, weeks=20, trace=False):
    return simulate(
        plant,
        [],
        start_at=MONDAY,
        end_at=MONDAY + timedelta(weeks=weeks),
        n_replications=2,
        n_threads=1,
        warm_up_s=7 * 86400.0,
        seed=5,
        trace=trace,
    )


def assert_equal_kpis(found, expected):
    for kpi, samples in expected.kpi_samples.items():
        np.testing.assert_array_equal(found.kpi_samples[kpi], samples, err_msg=kpi)


def test_many_lots_take_few_rows(monkeypatch):
    rows = []
    inner = replication.empty_shop

    def noted(*args, **kwargs):
        shop = inner(*args, **kwargs)
        rows.append(shop.lots.size)
        return shop

    monkeypatch.setattr(replication, "empty_shop", noted)
    found = run(two_steps(), weeks=200)
    assert found.kpi_samples["throughput_per_week"].min() > 50
    assert max(rows) <= 2 * replication.LEAST_ROWS


@pytest.mark.parametrize("least", [1, 3])
def test_the_number_of_rows_at_first_changes_nothing(monkeypatch, least):
    expected = run(two_steps())
    monkeypatch.setattr(replication, "LEAST_ROWS", least)
    assert_equal_kpis(run(two_steps()), expected)


def test_a_trace_which_keeps_every_lot_changes_nothing():
    plant = two_steps()
    found = run(plant, trace=True)
    assert_equal_kpis(found, run(plant))
    ids = found.records[0].operations["order_id"].drop_nulls().unique().to_list()
    numbers = sorted(int(i.partition("~")[2]) for i in ids if i.startswith("P~"))
    assert set(range(1, 500)) <= set(numbers)


def test_lots_in_the_plant_at_the_end_count_as_late_and_as_wip():
    """Twice what one machine can do: the plant fills up."""
    found = run(two_steps(orders_per_week=336.0), weeks=10)
    assert found.kpi_samples["wip_mean"].min() > 300
    assert found.kpi_samples["late_share"].min() > 0.5
