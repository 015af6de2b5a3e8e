"""The long run: when it stops, and what it says where it cannot know."""

from datetime import UTC, datetime

import pytest

from zhizao._base.errors import InputError
from zhizao.model.plant import (
    Demand,
    Plant,
    Product,
    Resource,
    ResourceOption,
    Routing,
    Step,
    TimeModel,
    WorkCentre,
)
from zhizao.twin.study import long_runs, steady_state
from zhizao.twin.study.long_runs import LEAST_WEEKS, N_REPLICATIONS, allowed, long_run
from zhizao.twin.study.results import LEAST_WORTH

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)


def station(load: float, *, per_week=168.0, demands=None) -> Plant:
    """Return an M/M/1 with a mean time in the plant of load / rate / (1 - load)."""
    step = Step(
        step=10,
        operation="serve",
        resources=(ResourceOption(resource="M"),),
        time=TimeModel(per_piece_min=168.0 * 60.0 * load / per_week, distribution="exponential"),
    )
    return Plant(
        name="station",
        work_centres=(WorkCentre(id="W"),),
        resources=(Resource(id="M", work_centre="W"),),
        products=(Product(id="P"),),
        routings=(Routing(product="P", steps=(step,)),),
        demands=(Demand(product="P", orders_per_week=per_week),) if demands is None else demands,
    )


def test_runs_are_made_longer_until_the_mean_is_known_as_well_as_asked():
    seen = []
    found = long_run(
        station(0.8), start_at=MONDAY, within=0.05, progress=lambda *at: seen.append(at)
    )
    first = found.studies[0]
    assert found.is_reached
    assert found.n_looks > 1
    assert found.weeks > LEAST_WEEKS
    i = first.interval
    assert max(i.high - i.mean, i.mean - i.low) <= allowed(i, within=0.05)
    assert first.interval.covers(4.0)  # 0.8 h / (1 - 0.8)
    assert first.n_independent >= LEAST_WORTH
    assert found.warnings() == ()
    assert [s.kpi for s in found.studies] == ["lead_time_mean_h", "wip_mean", "throughput_per_week"]
    assert found.studies[1].interval.covers(4.0)
    assert found.studies[2].interval.covers(168.0)
    totals = [total for _, total in seen]
    assert totals == sorted(totals)
    assert len(set(totals)) == found.n_looks
    assert seen[-1] == (totals[-1], totals[-1])


def test_the_last_look_is_the_steady_study_of_that_length():
    found = long_run(station(0.7), start_at=MONDAY, within=0.1, kpi="wip_mean", seed=3, n_threads=1)
    again = steady_state(
        station(0.7),
        start_at=MONDAY,
        weeks=found.weeks,
        kpi="wip_mean",
        n_replications=N_REPLICATIONS,
        seed=3,
        n_threads=2,
    )
    assert found.studies[0] == again


def test_a_plant_with_more_work_than_it_can_do_is_said_never_to_settle():
    found = long_run(station(1.2), start_at=MONDAY)
    assert not found.is_reached
    assert "mean lead time: no end of the warm-up" in found.warnings()[0]
    assert "平均交付周期" in found.warnings(lang="zh")[0]


def test_what_would_take_too_long_is_given_as_precisely_as_it_was_found(monkeypatch):
    monkeypatch.setattr(long_runs, "MOST_ORDERS", 5_000.0)
    found = long_run(station(0.5), start_at=MONDAY, within=0.0001)
    assert not found.is_reached
    assert found.weeks == pytest.approx(5_000 / 168)
    assert found.studies[0].interval.covers(1.0)
    assert "not to ± 0.0%" in found.warnings()[-1]
    assert "未达到" in found.warnings(lang="zh")[-1]


def test_wrong_wishes_are_told():
    with pytest.raises(InputError, match=r"within is 1\.5.*\n?.*n_replications is 1"):
        long_run(station(0.5), start_at=MONDAY, within=1.5, n_replications=1)
    with pytest.raises(InputError, match="kpi is 'wip', expected one of"):
        long_run(station(0.5), start_at=MONDAY, kpi="wip")
    with pytest.raises(InputError, match="'station' has no demand"):
        long_run(station(0.5, demands=()), start_at=MONDAY)
