import json

import pytest
from benchmarks.problems.shops import SIZES, make_shop
from benchmarks.scheduling.shop_solvers import ours, pyjobshop_model, timed
from benchmarks.scheduling.shops import main, tardiness

from zhizao.model.files.checks import check_plant
from zhizao.schedule.from_plant.build import from_plant


@pytest.mark.parametrize("n_operations", [40, 200, 2000])
def test_a_shop_has_no_faults_and_the_operations_asked_for(n_operations):
    shop = make_shop(n_operations, seed=3)
    assert check_plant(shop.plant, shop.orders) == ()
    assert n_operations <= shop.n_operations <= n_operations + 6
    assert shop.plant.setups
    assert shop.plant.operators
    assert {m.calendar for m in shop.plant.resources} == {"two-shifts", "six-days"}


def test_equal_seeds_give_equal_shops_and_others_do_not():
    first, again, other = (make_shop(200, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first.orders != other.orders


def test_the_largest_shop_is_made_at_once():
    assert len(make_shop(SIZES[-1], seed=1).plant.resources) > 100


def test_tardiness_counts_from_the_due_date_by_priority():
    shop = make_shop(40, seed=1)
    due_h = {o.id: (o.due_at - shop.now).total_seconds() / 3600 for o in shop.orders}
    late, early = shop.orders[0], shop.orders[1]
    done = {**due_h, late.id: due_h[late.id] + 2, early.id: due_h[early.id] - 5}
    total, n_late = tardiness(shop, done)
    assert total == pytest.approx(2 * (1 + late.priority))
    assert n_late == 1


def test_our_plan_is_never_worse_than_the_twins_dispatching(capsys):
    options = ["60", "--seconds", "2", "--threads", "1", "--seed", "4", "--json"]
    assert main(options) == 0
    mine, twins = json.loads(capsys.readouterr().out)
    assert (mine["solver"], twins["solver"]) == ("ours", "atcs")
    assert mine["tardiness_h"] <= twins["tardiness_h"]


def test_sequences_of_pyjobshop_are_timed_in_the_real_shop():
    pytest.importorskip("pyjobshop")
    shop = make_shop(40, seed=2)
    problem = from_plant(shop.plant, shop.orders, now=shop.now).problem
    result = pyjobshop_model(problem).solve(
        time_limit=120, display=False, num_workers=1, stop_after_first_solution=True
    )
    answer = timed(shop, problem, result.best.tasks)
    assert set(answer.done_h) == {order.id for order in shop.orders}
    assert answer.note.startswith("states ")
    mine = ours(shop, seconds=1.0, threads=1, seed=1)
    assert mine is not None
    assert tardiness(shop, mine.done_h)[0] <= tardiness(shop, answer.done_h)[0]


def test_a_shop_that_is_too_small_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["10"])
    assert "at least 40 operations" in capsys.readouterr().err
