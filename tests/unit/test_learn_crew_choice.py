"""Where people look for work when they get free: told from what they took, of what waited."""

import numpy as np
import polars as pl
import pytest

from zhizao.learn.people.crew_choice import Choice, crew_choices, learn_crew_choice

NAMES = ("drill", "mill", "turn")


def _choices(n: int, *, stay_share: float, order: tuple[str, ...], seed: int) -> list[Choice]:
    """Return choices of people who stay so often where they can, and follow the order else."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(n):
        here = str(rng.choice(NAMES))
        size = int(rng.integers(2, 4))
        offered = tuple(sorted(str(c) for c in rng.choice(NAMES, size, replace=False)))
        stays = here in offered and rng.random() < stay_share
        taken = here if stays else min(offered, key=order.index)
        found.append(Choice(here=here, taken=taken, offered=offered))
    return found


@pytest.mark.parametrize("order", [("turn", "mill", "drill"), ("mill", "drill", "turn")])
def test_people_who_stay_are_told_from_those_who_follow_a_list(order: tuple[str, ...]) -> None:
    stay = learn_crew_choice(_choices(300, stay_share=0.95, order=order, seed=1), NAMES)
    follow = learn_crew_choice(_choices(300, stay_share=0.0, order=order, seed=2), NAMES)
    assert stay.stays
    assert not follow.stays
    assert stay.order == follow.order == order
    assert follow.hits == follow.n == 300
    assert stay.hits > stay.hits_other


def test_a_few_choices_are_not_enough_to_believe_that_people_stay() -> None:
    few = learn_crew_choice(_choices(10, stay_share=1.0, order=NAMES, seed=3), NAMES)
    assert not few.stays
    low, high = few.interval
    assert high - low > 0.2


def test_many_work_centres_are_put_in_order_by_their_share_of_wins() -> None:
    names = tuple(f"c{i}" for i in range(9))
    order = names[::-1]
    rng = np.random.default_rng(5)
    choices = []
    for _ in range(900):
        pair = tuple(sorted(str(c) for c in rng.choice(names, 2, replace=False)))
        choices.append(Choice(here="c0", taken=min(pair, key=order.index), offered=pair))
    assert learn_crew_choice(choices, names).order == order


def _rows() -> pl.DataFrame:
    """Ann cuts A until 10, then cuts B though D waits at the drill; Bo drills C until 12."""
    return pl.DataFrame(
        {
            "order_id": ["A", "B", "C", "D"],
            "operation": ["cut", "cut", "drill", "drill"],
            "resource": ["M1", "M1", "M2", "M3"],
            "operator": ["Ann", "Ann", "Bo", "Bo"],
            "start_s": [0.0, 1000.0, 0.0, 1200.0],
            "stop_s": [1000.0, 2000.0, 1200.0, 1900.0],
            "is_default": False,
        }
    )


def _waits(joined_d_s: float) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "operation": ["cut", "drill"],
            "resource": ["M1", "M3"],
            "ready_s": [100.0, joined_d_s],
            "queued_s": [100.0, joined_d_s],
            "start_s": [1000.0, 1200.0],
            "delay_s": 0.0,
            "is_over": True,
        }
    )


def test_a_choice_is_seen_where_a_lot_waited_at_an_idle_machine_elsewhere() -> None:
    centres, places = {"M1": "cuts", "M2": "drills", "M3": "drills"}, {"M1": 1, "M2": 1, "M3": 1}
    seen = crew_choices(_rows(), _waits(500.0), centres=centres, capacities=places)
    assert seen == [Choice(here="cuts", taken="cuts", offered=("cuts", "drills"))]
    later = crew_choices(_rows(), _waits(1100.0), centres=centres, capacities=places)
    assert later == []
