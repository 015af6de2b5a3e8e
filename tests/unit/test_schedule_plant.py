"""What planners get: plans of plants, causes, explanations, re-plans, promises, risks."""

from datetime import UTC, datetime, timedelta

import pytest

from zhizao._base.errors import InputError
from zhizao.model import (
    Batch,
    Calendar,
    CalendarException,
    Delay,
    LotState,
    Maintenance,
    Operator,
    Order,
    Plant,
    Product,
    Resource,
    ResourceOption,
    Routing,
    Setup,
    Shift,
    ShopState,
    Step,
    TimeModel,
    Tool,
    Transport,
    WorkCentre,
)
from zhizao.schedule import fixes, plan_difference, plan_risk, promise, replan, schedule
from zhizao.twin import simulate

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def at(hours):
    return MONDAY + timedelta(hours=hours)


def step(number, *names, minutes=60.0, **more):
    return Step(
        step=number,
        operation=f"op{number}",
        resources=tuple(ResourceOption(resource=n) for n in names),
        time=TimeModel(per_piece_min=minutes, **more.pop("spread", {})),
        **more,
    )


def plant(steps, *, resources=("A", "B"), others=None, **more):
    others = others or {}
    return Plant(
        name="P",
        work_centres=tuple(WorkCentre(id=f"W{r}") for r in resources),
        resources=tuple(
            Resource(id=r, work_centre=f"W{r}", **others.get(r, {})) for r in resources
        ),
        products=tuple(Product(id=p, family=f"F{p}") for p in steps),
        routings=tuple(Routing(product=p, steps=tuple(s)) for p, s in steps.items()),
        **more,
    )


def plan_of(a_plant, orders, **more):
    given = {"now": MONDAY, "seconds": None, "iterations": 300, "threads": 1}
    return schedule(a_plant, orders, **(given | more))


def times(plan):
    return {
        (a.order_id, a.step): (
            (a.start_at - MONDAY) / timedelta(hours=1),
            (a.end_at - MONDAY) / timedelta(hours=1),
        )
        for a in plan.assignments
    }


SHIFT = Calendar(id="day", shifts=tuple(Shift(weekday=d, start="06:00", end="14:00") for d in DAYS))


def test_a_plan_without_randomness_is_what_the_twin_does_with_its_sequences():
    p = plant(
        {
            "X": [step(10, "A", minutes=90), step(20, "B", minutes=60)],
            "Y": [step(10, "B", minutes=120), step(20, "A", minutes=45)],
        },
        others={"A": {"calendar": "day", "load_min": 5.0}, "B": {"initial_family": "FX"}},
        calendars=(SHIFT,),
        setups=(Setup(work_centre="WB", from_family=None, to_family=None, setup_min=20),),
        transports=(Transport(from_work_centre="WA", to_work_centre="WB", minutes=15),),
    )
    orders = [
        Order(
            id=f"O{i}",
            product="XY"[i % 2],
            quantity=1 + i % 3,
            release_at=at(i),
            due_at=at(10 + 3 * i),
        )
        for i in range(8)
    ]
    plan = plan_of(p, orders)
    run = simulate(
        p,
        orders,
        start_at=MONDAY,
        end_at=at(500),
        n_replications=1,
        draw_demand=False,
        sequences=plan.sequences,
    )
    for one in plan.orders:
        i = run.order_ids.index(one.order_id)
        planned_s = (one.end_at - MONDAY).total_seconds()
        assert run.completion_s[0, i] == pytest.approx(planned_s, abs=5.0)


def test_an_oven_takes_lots_together():
    oven = Batch(min_pieces=2, max_pieces=4, max_wait_min=300)
    p = plant({"X": [step(10, "A", minutes=0.0, batch=oven)]}, resources=("A",))
    p = p.model_copy(
        update={
            "routings": (
                Routing(
                    product="X",
                    steps=(
                        step(10, "A", batch=oven).model_copy(
                            update={"time": TimeModel(setup_min=120)}
                        ),
                    ),
                ),
            )
        }
    )
    orders = [Order(id=f"O{i}", product="X", quantity=2, due_at=at(2)) for i in range(4)]
    plan = plan_of(p, orders)
    assert sorted(a.batch for a in plan.assignments) == [1, 1, 2, 2]
    assert sorted(end for _, end in times(plan).values()) == [2, 2, 4, 4]


def test_operators_and_tools_are_shared_and_named():
    p = plant(
        {
            "X": [step(10, "A", skills=("weld",), tools=("jig",))],
            "Y": [step(10, "B", skills=("weld",))],
        },
        operators=(Operator(id="Li", skills=("weld",), calendar="day"),),
        tools=(Tool(id="jig"),),
        calendars=(SHIFT,),
    )
    plan = plan_of(p, [Order(id="1", product="X"), Order(id="2", product="Y", due_at=at(7))])
    assert times(plan) == {("2", 10): (6, 7), ("1", 10): (7, 8)}
    first = next(a for a in plan.assignments if a.order_id == "1")
    assert (first.operators, first.tools) == (("Li",), ("jig",))


def test_must_fit_waits_for_the_next_shift_and_overtime_goes_through():
    for interruption, expected in (
        ("must_fit", (30, 35)),
        ("overtime", (11, 16)),
        ("resume", (11, 32)),
    ):
        p = plant(
            {"X": [step(10, "A", minutes=300, interruption=interruption)]},
            resources=("A",),
            others={"A": {"calendar": "day"}},
            calendars=(SHIFT,),
        )
        plan = plan_of(p, [Order(id="1", product="X", release_at=at(11))])
        assert times(plan)["1", 10] == expected, interruption


def test_maintenance_lies_between_two_lots():
    p = plant(
        {"X": [step(10, "A")]},
        resources=("A",),
        maintenances=(Maintenance(id="M", resource="A", every_lots=2, mean_min=30),),
    )
    plan = plan_of(p, [Order(id=str(i), product="X") for i in range(3)])
    assert sorted(times(plan).values()) == [(0, 1), (1, 2), (2.5, 3.5)]


def test_lots_in_progress_stay_where_they_are():
    p = plant({"X": [step(10, "A", minutes=120), step(20, "B")]})
    state = ShopState(
        at=MONDAY,
        lots=(
            LotState(
                order_id="1",
                step=10,
                status="running",
                since_at=at(-1),
                resource="A",
                worked_min=60,
            ),
            LotState(order_id="2", step=20, status="waiting", since_at=at(-1)),
        ),
    )
    plan = plan_of(p, [Order(id=i, product="X") for i in "123"], state=state)
    found = times(plan)
    assert found["1", 10] == (0, 1)
    assert ("2", 10) not in found
    assert found["2", 20] == (0, 1)
    assert found["3", 10] == (1, 3)
    assert [a.order_id for a in plan.assignments if a.is_running] == ["1"]
    assert ("1", 10) not in plan.sequences["A"]


def test_material_delays_and_quantiles_are_respected():
    p = plant(
        {"X": [step(10, "A", delay=Delay(mean_min=30), spread={"distribution": "exponential"})]},
        resources=("A",),
    )
    orders = [Order(id="1", product="X")]
    assert times(plan_of(p, orders))["1", 10] == (0.5, 1.5)
    late = plan_of(p, orders, material={("1", 10): at(3)})
    assert times(late)["1", 10] == (3, 4)
    start, end = times(plan_of(p, orders, quantile=0.9))["1", 10]
    assert end - start == pytest.approx(2.3026, abs=1e-3)


def test_what_is_not_planned_is_named():
    p = plant(
        {
            "X": [
                step(10, "A", transfer_pieces=1.0),
                step(20, "B", probability=0.2, batch=Batch(min_pieces=1, max_pieces=2)),
            ]
        },
    )
    p = p.model_copy(
        update={"work_centres": (WorkCentre(id="WA"), WorkCentre(id="WB", buffer_lots=2))}
    )
    plan = plan_of(p, [Order(id="1", product="X")], lang="en")
    text = " ".join(plan.warnings)
    assert "routings/transfer_pieces" in text
    assert "work_centres/buffer_lots" in text
    assert "1 operations are left out" in text


def test_every_table_of_a_plant_is_accounted_for():
    planned = {"work_centres", "resources", "operators", "calendars", "products", "routings"}
    planned |= {"setups", "transports", "tools", "maintenances", "time_zone"}
    planned |= {"bom", "parts", "outputs", "tariffs", "tariff"}
    named = {"wip_caps", "demands", "carriers"}
    no_part_of_it = {"name", "currency", "description", "provenances", "answers"}
    with_demands = {"release_calendar"}
    assert set(Plant.model_fields) == planned | named | no_part_of_it | with_demands


def test_why_late_tells_material_from_other_delays():
    p = plant({"X": [step(10, "A", delay=Delay(mean_min=30.0))]})
    plan = plan_of(
        p, [Order(id="1", product="X", due_at=at(2))], material={("1", 10): at(5)}, lang="en"
    )
    (late,) = plan.why_late
    assert [(w.kind, w.hours) for w in late.waits] == [
        ("delay", 0.5),
        ("material", 4.5),
        ("work", 1.0),
    ]
    assert late.cause.kind == "material"
    assert "4.5 h for material" in late.sentence


@pytest.mark.parametrize(
    ("changes", "kind", "words"),
    [
        ({"others": {"A": {"calendar": "shut"}}}, "closed", "none of its resources"),
        ({"skills": ("weld",)}, "nobody", "weld"),
        ({"tools": ("jig", "jig")}, "nobody", "jig"),
    ],
)
def test_no_plan_is_a_value_with_its_causes(changes, kind, words):
    others = changes.pop("others", None)
    p = plant(
        {"X": [step(10, "A", **changes)]},
        resources=("A",),
        others=others,
        calendars=(Calendar(id="shut"),),
        tools=(Tool(id="jig"),),
    )
    plan = plan_of(p, [Order(id="1", product="X")])
    assert not plan.is_feasible
    assert [c.kind for c in plan.causes] == [kind]
    assert words in plan.causes[0].sentence
    assert plan.assignments == ()


def test_all_faults_of_orders_come_together():
    p = plant({"X": [step(10, "A")]})
    with pytest.raises(InputError, match=r"(?s)2 faults.*Did you mean 'X'.*more than once"):
        plan_of(
            p, [Order(id="1", product="x"), Order(id="2", product="X"), Order(id="2", product="X")]
        )


def busy_plant():
    return plant(
        {
            "X": [step(10, "A", minutes=60), step(20, "B", "C", minutes=90)],
            "Y": [step(10, "B", "C", minutes=45), step(20, "A", minutes=30)],
        },
        resources=("A", "B", "C"),
        calendars=(SHIFT,),
    )


def busy_orders(n=30, hours_apart=2.0):
    return [
        Order(
            id=f"O{i:02}", product="XY"[i % 2], quantity=1 + i % 4, due_at=at(8 + hours_apart * i)
        )
        for i in range(n)
    ]


def test_why_late_names_the_wait_and_adds_up():
    plan = plan_of(busy_plant(), busy_orders(hours_apart=1.0), iterations=500)
    assert plan.why_late
    orders = {o.order_id: o for o in plan.orders}
    for why in plan.why_late:
        assert why.order_id in why.sentence
        lead_h = (orders[why.order_id].end_at - MONDAY) / timedelta(hours=1)
        assert sum(w.hours for w in why.waits) == pytest.approx(lead_h, abs=1e-6)
        assert why.late_h == pytest.approx(orders[why.order_id].tardiness / timedelta(hours=1))
    blocked = next(w for w in plan.why_late if w.cause is not None and w.cause.kind == "busy")
    assert blocked.cause.resource in ("A", "B", "C")
    assert set(blocked.cause.orders) <= set(orders) - {blocked.order_id}
    assert plan.bound <= plan.value


def test_a_frozen_zone_stays_and_a_machine_that_is_down_moves_little_else():
    p, orders = busy_plant(), busy_orders()
    before = plan_of(p, orders, iterations=500)
    down = Calendar(
        id="down",
        shifts=tuple(Shift(weekday=d, start="00:00", end="24:00") for d in DAYS),
        exceptions=(CalendarException(start_at=at(20), end_at=at(26)),),
    )
    resources = tuple(
        r.model_copy(update={"calendar": "down"}) if r.id == "C" else r for r in p.resources
    )
    hit = p.model_copy(update={"resources": resources, "calendars": (down,)})
    new = replan(
        hit,
        [*orders, Order(id="RUSH", product="Y", due_at=at(12), priority=3)],
        before,
        now=MONDAY,
        seconds=2.0,
        threads=1,
        frozen=timedelta(hours=4),
        next_shift=timedelta(hours=16),
    )
    assert new.plan.is_feasible
    was = {(a.order_id, a.step): a for a in before.assignments}
    frozen = [a for a in new.plan.assignments if a.is_pinned]
    assert frozen
    for a in frozen:
        assert (a.resource, a.start_at) == (
            was[a.order_id, a.step].resource,
            was[a.order_id, a.step].start_at,
        )
    assert new.difference.n_counted > 15
    assert new.difference.moved_share <= 0.25
    assert new.difference.new_orders == ("RUSH",)
    assert any("RUSH" in s for s in new.difference.sentences())
    assert all(s for s in new.difference.sentences(lang="zh"))


def test_a_rush_order_moves_no_more_than_the_share_that_may_move():
    p, orders = busy_plant(), busy_orders()
    before = plan_of(p, orders, iterations=500)
    rush = Order(id="RUSH", product="Y", quantity=4, due_at=at(3), priority=9)
    moved, cost = [], []
    for most_moved in (0.0, 0.1, 1.0):
        new = replan(
            p,
            [*orders, rush],
            before,
            now=MONDAY,
            seconds=1.0,
            threads=1,
            most_moved=most_moved,
            next_shift=timedelta(hours=16),
        )
        assert new.difference.moved_share <= most_moved
        assert len(new.difference.moved) == new.plan.values["moved"]
        assert not any("no plan was found" in w for w in new.plan.warnings)
        moved.append(new.difference.moved_share)
        cost.append(new.plan.values["tardiness"])
    assert moved[0] == 0.0 < moved[-1]
    assert cost[-1] < cost[0]


def test_a_plan_says_when_more_had_to_move_than_may():
    p, orders = busy_plant(), busy_orders()
    before = plan_of(p, orders, iterations=500)
    soon = [a for a in before.assignments if a.start_at < at(8)]
    new = replan(
        p,
        orders,
        before,
        now=MONDAY,
        seconds=0.5,
        threads=1,
        most_moved=0.0,
        material={(a.order_id, a.step): a.start_at + timedelta(hours=2) for a in soon[:2]},
    )
    assert len(new.difference.moved) >= 2
    assert any(
        f"{len(new.difference.moved)} of {new.difference.n_counted}" in w for w in new.plan.warnings
    )
    assert new.plan.value < 1e5


def test_without_an_event_nothing_moves():
    p, orders = busy_plant(), busy_orders()
    before = plan_of(p, orders, iterations=500)
    again = plan_of(p, orders, previous=before, iterations=0)
    difference = plan_difference(before, again)
    assert difference.moved == ()
    assert difference.n_counted == len(before.assignments)
    assert "None of" in difference.sentences()[0]


def test_a_promise_leaves_all_other_orders_alone():
    p, orders = busy_plant(), busy_orders(12)
    before = plan_of(p, orders, iterations=500)
    asked = Order(id="NEW", product="X", quantity=2)
    found = promise(p, orders, asked, plan=before, n_futures=10, seconds=0.5, threads=1)
    assert plan_difference(before, found.plan).moved == ()
    assert found.planned_at <= found.promised_at
    # What was fixed to find the gaps is not fixed when others may be hurt.
    assert found.rush_at < found.planned_at
    assert any(move.before.order_id != "NEW" for move in found.rush.moved)
    assert not any(a.is_pinned for a in found.plan.assignments)
    assert "NEW" in found.sentence()
    assert "NEW" in found.sentence(lang="zh")


def test_the_risk_of_a_plan_is_that_of_its_times():
    p = plant({"X": [step(10, "A", spread={"distribution": "exponential"})]}, resources=("A",))
    orders = [Order(id="1", product="X", due_at=at(1)), Order(id="2", product="X", due_at=at(40))]
    plan = plan_of(p, orders)
    risk = plan_risk(p, orders, plan, n_futures=400, seed=3)
    by_id = {o.order_id: o for o in risk.orders}
    # An exponential time of mean 1 is at most 1 with 1 - 1/e; 400 runs: standard error 0.024.
    assert by_id["1"].on_time == pytest.approx(0.632, abs=4 * 0.024)
    assert by_id["2"].on_time > 0.99
    assert by_id["1"].p90_at > by_id["1"].p50_at
    assert risk.expected_late == pytest.approx(0.368, abs=0.1)


def test_fixes_are_planned_and_help_the_order():
    p, orders = busy_plant(), busy_orders(hours_apart=1.0)
    p = p.model_copy(
        update={"resources": tuple(r.model_copy(update={"calendar": "day"}) for r in p.resources)}
    )
    plan = plan_of(p, orders, iterations=500)
    worst = plan.why_late[0]
    found = fixes(p, orders, plan, worst.order_id, seconds=0.5, threads=1)
    assert found
    assert {f.kind for f in found} <= {"overtime", "alternative", "swap", "first"}
    for fix in found:
        assert fix.late_after_h < fix.late_before_h == worst.late_h
        assert worst.order_id in fix.sentence
        assert (fix.overtime_h > 0) == (fix.kind == "overtime")
    assert [f.late_after_h for f in found] == sorted(f.late_after_h for f in found)
    with pytest.raises(InputError, match="not late"):
        fixes(p, orders, plan, "nobody")


@pytest.mark.parametrize(("every_h", "leaves"), [((1.0, 2.0), False), ((1.0, 2.5), True)])
def test_maintenance_that_never_leaves_time_to_work_is_named_as_the_cause(every_h, leaves):
    # Each takes two hours: while one is done, the other is due again unless it has longer.
    rules = tuple(
        Maintenance(id=f"rule {i}", resource="A", every_h=h, basis="calendar", mean_min=120)
        for i, h in enumerate(every_h)
    )
    p = plant({"X": [step(10, "A")]}, resources=("A", "B")).model_copy(
        update={"maintenances": rules}
    )
    plan = plan_of(p, [Order(id="1", product="X"), Order(id="2", product="X", quantity=5)])
    assert plan.is_feasible == leaves
    if not leaves:
        (cause,) = plan.causes
        assert cause.names == ("A", "rule 0", "rule 1")
        assert "never leaves time" in cause.sentence


def test_a_swap_puts_an_order_before_the_one_that_it_waits_for_and_tells_its_price():
    p = plant({"X": [step(10, "A")]}, resources=("A",))
    # The first one counts four times as much, and is due an hour later.
    orders = [
        Order(id="heavy", product="X", quantity=3, due_at=at(4), priority=3),
        Order(id="light", product="X", quantity=2, due_at=at(3)),
    ]
    plan = plan_of(p, orders, iterations=200)
    assert [a.order_id for a in plan.assignments] == ["heavy", "light"]
    swap = next(
        f for f in fixes(p, orders, plan, "light", seconds=0.5, threads=1) if f.kind == "swap"
    )
    assert swap.swapped_with == "heavy"
    assert (swap.late_before_h, swap.late_after_h) == (2.0, 0.0)
    # Done at 5 instead of 3, an hour late, at its own weight of 4.
    assert swap.others_h == 4.0
    assert "heavy" in swap.sentence
