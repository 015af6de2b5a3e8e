"""Rules that people follow at a queue, read from what they took."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from zhizao.learn.dispatch.choice import plain_scores, weigh
from zhizao.learn.dispatch.picks import picks_of
from zhizao.learn.dispatch.rule import learn_rules
from zhizao.model import Order, Weights

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
FAMILIES = {"A": "red", "B": "blue", "C": "green"}


def queue_of(score, *, n=600, seed=1, waiting_lots=5):
    """Return waits at one machine whose next lot is the one with the greatest score.

    The score sees hours waited, hours until due, priority, same family as before, and hours;
    None: the oldest order goes first. Orders were released up to two days before they came here.
    """
    rng = np.random.default_rng(seed)
    released = 3600.0 * np.arange(n) - np.random.default_rng(seed + 1).uniform(0, 48 * 3600, n)
    waiting, waits, orders = [], [], []
    before, now = None, 0.0
    for i in range(n):
        product = str(rng.choice(list(FAMILIES)))
        due = now + float(rng.uniform(0, 20 * 3600))
        priority = int(rng.integers(0, 3))
        quantity = float(rng.integers(1, 120))
        orders.append(
            Order(
                id=f"o{i:04}", product=product, due_at=MONDAY + timedelta(seconds=due),
                release_at=MONDAY + timedelta(seconds=released[i]), priority=priority,
            )
        )  # fmt: skip
        waiting.append((f"o{i:04}", product, now + 1.0, due, priority, quantity))
        now += 3600.0
        if i < waiting_lots:
            continue
        values = (
            [-released[int(o[1:])] for o, *_ in waiting]
            if score is None
            else [
                score((now - q) / 3600, (d - now) / 3600, p, FAMILIES[m] == before, c / 60)
                for _, m, q, d, p, c in waiting
            ]
        )
        name, product, queued, _, _, quantity = waiting.pop(int(np.argmax(values)))
        before = FAMILIES[product]
        waits.append((name, product, quantity, queued, now, True))
    waits += [(name, m, c, q, now, False) for name, m, q, _, _, c in waiting]
    columns = ["order_id", "product", "quantity", "queued_s", "start_s", "is_over"]
    frame = pl.DataFrame(waits, schema=columns, orient="row")
    more = {"operation": "cut", "resource": "M", "delay_s": 0.0, "is_whole": False}
    return frame.with_columns(
        pl.col("queued_s").alias("ready_s"), **{k: pl.lit(v) for k, v in more.items()}
    ), orders


def learnt_rules(score, *, families=FAMILIES, setup_families=None, **given):
    waits, orders = queue_of(score, **given)
    return learn_rules(
        waits, work_centres={"M": "mill"}, resources=lambda _p, _o: ("M",), orders=orders,
        families=families, setup_families=setup_families or {},
        work_min=lambda _p, _o, quantity: quantity, origin=MONDAY,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "score"),
    [
        ("fifo", lambda wait, due, priority, same, time: wait),
        ("edd", lambda wait, due, priority, same, time: -due),
        ("spt", lambda wait, due, priority, same, time: -time),
    ],
)
def test_a_plain_rule_is_called_by_its_name(rule, score):
    found = learnt_rules(score)
    assert found.by_work_centre == {"mill": rule}
    assert found.weights == {}


def test_who_takes_the_oldest_order_weighs_nothing_but_its_age():
    for n in (80, 600):  # too few picks to weigh all attributes, and enough
        found = learnt_rules(None, n=n)
        assert found.by_work_centre == {"mill": "weighted"}
        assert found.weights["mill"].age_h == 1.0
        assert found.weights["mill"].model_copy(update={"age_h": 0.0}) == Weights()
        assert found.provenances[0].value == 1.0


def test_age_counts_from_the_first_wait_where_no_release_is_known():
    waits, orders = queue_of(None, n=80)
    before = waits.with_columns(
        resource=pl.lit("S"),
        is_over=pl.lit(value=True),
        queued_s=pl.Series(
            [(o.release_at - MONDAY).total_seconds() for o in sorted(orders, key=lambda o: o.id)]
        ).gather(waits["order_id"].str.slice(1).cast(pl.Int64)),
    ).with_columns(start_s=pl.col("queued_s") + 60.0)
    found = learn_rules(
        pl.concat([waits, before]), work_centres={"M": "mill", "S": "saw"},
        resources=lambda _p, _o: ("M", "S"), families={}, origin=MONDAY,
        orders=[o.model_copy(update={"release_at": None}) for o in orders],
        work_min=lambda _p, _o, quantity: quantity,
    )  # fmt: skip
    assert found.weights["mill"].age_h == 1.0


def test_people_who_weigh_due_dates_against_setups_have_weights():
    found = learnt_rules(lambda wait, due, priority, same, time: -due + 6.0 * same)
    assert found.by_work_centre == {"mill": "weighted"}
    weights = found.weights["mill"]
    assert weights.same_setup / weights.due_h == pytest.approx(6.0, rel=0.25)
    assert abs(weights.time_h) < 0.5 * weights.due_h


def test_families_that_only_the_setups_show_are_kept_together_too():
    found = learnt_rules(
        lambda wait, due, priority, same, time: -due + 6.0 * same,
        families={}, setup_families={"mill": FAMILIES},
    )  # fmt: skip
    assert found.by_work_centre == {"mill": "weighted"}
    weights = found.weights["mill"]
    assert weights.same_setup / weights.due_h == pytest.approx(6.0, rel=0.25)


def test_priority_first_then_the_oldest_is_found():
    found = learnt_rules(lambda wait, due, priority, same, time: 100.0 * priority + wait)
    rule = found.by_work_centre["mill"]
    assert rule in {"priority", "weighted"}
    assert found.provenances[0].value > 0.9


def test_picks_by_chance_are_not_explained():
    rng = np.random.default_rng(3)
    found = learnt_rules(lambda wait, due, priority, same, time: rng.random(), n=500)
    assert found.unexplained == ("mill",)
    assert found.weights == {}


def test_held_out_picks_are_later_than_those_fitted_to():
    waits, orders = queue_of(lambda wait, due, priority, same, time: -due + 6.0 * same)
    due = {o.id: (o.due_at - MONDAY).total_seconds() for o in orders}
    released = {o.id: (o.release_at - MONDAY).total_seconds() for o in orders}
    picks = picks_of(
        waits, resources=lambda _p, _o: ("M",), due_s=due,
        released_s=released, priority={o.id: o.priority for o in orders}, families=FAMILIES,
        work_min=lambda _p, _o, quantity: quantity, most=10_000, rng=np.random.default_rng(0),
    )  # fmt: skip
    found = weigh(picks, ["fifo", "edd", "spt", "priority", "same_setup"])
    assert found.n_held_out == picks.n - int(picks.n * 0.6)
    assert found.is_better
    assert found.share > found.plain_share
    assert picks.hits(plain_scores(picks)["edd"]).size == picks.n
