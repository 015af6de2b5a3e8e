"""Links between operations: components and parts, overlap, time limits, buffers, maintenance crews."""

import itertools
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from zhizao.model import (
    Calendar,
    Maintenance,
    Operator,
    Order,
    Plant,
    Product,
    Resource,
    ResourceOption,
    Routing,
    Shift,
    Step,
    TimeModel,
    WorkCentre,
)
from zhizao.model.plant import Component, Output, Part
from zhizao.schedule import Stop, check_assignment, read_objective, schedule
from zhizao.schedule.assignment import Assignment
from zhizao.schedule.costs import costs_of
from zhizao.schedule.factory.dispatch import nominal_times
from zhizao.schedule.factory.factory_assignment import FactoryAssignment
from zhizao.schedule.factory.factory_bound import alone_bound
from zhizao.schedule.factory.solve_factory import solve_factory
from zhizao.schedule.links import Buffers, Joins, Limits, Overlaps
from zhizao.schedule.problem import NO_DUE, NONE, Problem
from zhizao.twin import simulate

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SHIFT = Calendar(id="day", shifts=tuple(Shift(weekday=d, start="06:00", end="14:00") for d in DAYS))


def flow_shop(durations, **more):
    """Jobs that go through the machines one after another."""
    n_jobs, n_machines = durations.shape
    n = durations.size
    return Problem(
        n_machines=n_machines,
        job_first=np.arange(n_jobs + 1) * n_machines,
        release=np.zeros(n_jobs, np.int64),
        due=more.pop("due", np.full(n_jobs, NO_DUE)),
        weight=np.ones(n_jobs),
        mode_first=np.arange(n + 1),
        mode_machine=np.tile(np.arange(n_machines), n_jobs).astype(np.int32),
        mode_duration=durations.ravel(),
        **more,
    )


def two_steps(**more):
    return flow_shop(np.array([[10, 10], [10, 10]]), **more)


def plain(start, end):
    return Assignment(mode=np.arange(4), start=np.array(start), end=np.array(end))


def kinds(problem, assignment):
    return {v.kind for v in check_assignment(problem, assignment)}


SOUND = ([0, 10, 10, 20], [10, 20, 20, 30])


def test_a_plan_that_begins_before_its_component_is_made_is_caught():
    one = {"before": np.array([1]), "after": np.array([2]), "is_asked": np.array([False])}
    assert kinds(two_steps(), plain(*SOUND)) == set()
    late = plain([0, 10, 20, 30], [10, 20, 30, 40])
    joined = two_steps(joins=Joins(lag=np.array([0]), **one))
    assert kinds(joined, late) == set()
    assert kinds(joined, plain(*SOUND)) == {"join"}
    assert kinds(two_steps(joins=Joins(lag=np.array([1]), **one)), late) == {"join"}


def test_what_is_ordered_when_asked_for_comes_its_lead_time_later():
    joins = Joins(
        before=np.array([1]), after=np.array([1]), lag=np.array([5]), is_asked=np.array([True])
    )
    problem = two_steps(joins=joins)
    assert kinds(problem, plain(*SOUND)) == {"join"}
    assert kinds(problem, plain([0, 15, 10, 25], [10, 25, 20, 35])) == set()


def test_pieces_that_go_on_early_let_the_next_operation_begin_but_not_end_early():
    overlaps = Overlaps(first=np.array([4, 10, 10, 10]), last=np.array([0, 6, 0, 0]))
    problem = two_steps(overlaps=overlaps)
    assert kinds(problem, plain([0, 6, 10, 20], [10, 16, 20, 30])) == set()
    assert kinds(two_steps(), plain([0, 6, 10, 20], [10, 16, 20, 30])) == {"order"}
    assert kinds(problem, plain([0, 3, 10, 20], [10, 16, 20, 30])) == {"order"}
    # The last pieces come at 10 and take 6: 14 is too early, and 18 is longer than anything.
    assert kinds(problem, plain([0, 4, 10, 20], [10, 14, 20, 30])) == {"duration"}
    assert kinds(problem, plain([0, 4, 10, 20], [10, 16, 20, 30])) == set()
    assert kinds(problem, plain([0, 4, 10, 20], [10, 18, 20, 30])) == {"duration"}


def test_a_lot_that_waits_too_long_is_caught():
    def limited(most):
        return two_steps(
            limits=Limits(before=np.array([2]), after=np.array([3]), most=np.array([most]))
        )

    late = plain([0, 10, 10, 23], [10, 20, 20, 33])
    assert kinds(limited(3), late) == set()
    assert kinds(limited(2), late) == {"limit"}


def with_hold(hold):
    start, end = np.array([0, 10, 10, 30]), np.array([10, 20, 20, 40])
    return FactoryAssignment(
        mode=np.arange(4),
        start=start,
        end=end,
        begin=start,
        setup=np.zeros(4, np.int64),
        place=np.zeros(4, np.int64),
        unit_of_need=np.zeros(0, np.int64),
        setup_unit=np.full(4, NONE),
        batch=np.arange(4),
        hold=np.array(hold),
        handed=end,
    )


def test_more_lots_than_a_buffer_takes_are_caught():
    def buffered(n):
        buffer = np.array([NONE, 0, NONE, 0], np.int32)
        return two_steps(buffers=Buffers(of_operation=buffer, n_lots=np.array([n])))

    assert kinds(buffered(1), with_hold([10, 20, 20, 40])) == set()
    assert kinds(buffered(0), with_hold([10, 20, 20, 40])) == {"buffer"}
    assert kinds(buffered(0), with_hold([10, 20, 30, 40])) == set()


def best_of(problem, objective, *, iterations=20_000):
    costs = costs_of(problem, read_objective(objective), ticks_per_hour=1.0)
    found = solve_factory(problem, costs=costs, stop=Stop(iterations=iterations), seed=1, threads=1)
    assert check_assignment(problem, found.assignment) == []
    assert alone_bound(problem, costs) <= found.objective + 1e-9
    return found.objective


@pytest.mark.parametrize("seed", range(3))
def test_flow_shops_without_waits_or_buffers_reach_the_best_permutation(seed):
    durations = np.random.default_rng(seed).integers(1, 20, (5, 3))
    inner = np.flatnonzero(np.arange(15) % 3)
    buffer = np.full(15, NONE, np.int32)
    buffer[inner] = (inner % 3) - 1
    no_wait = flow_shop(
        durations, limits=Limits(before=inner - 1, after=inner, most=np.zeros(len(inner), np.int64))
    )
    blocking = flow_shop(
        durations, buffers=Buffers(of_operation=buffer, n_lots=np.zeros(2, np.int64))
    )

    def no_wait_makespan(order):
        t, before = 0, None
        for j in order:
            if before is not None:
                ahead, own = np.cumsum(durations[before]), np.cumsum(durations[j])
                t += max(int(a - b) for a, b in zip(ahead, np.append(0, own), strict=False))
            before = j
        return t + int(durations[before].sum())

    def blocking_makespan(order):
        leaves = [0] * 4
        for j in order:
            t = leaves[0]
            for m in range(3):
                t = max(t + int(durations[j, m]), leaves[m + 1] if m < 2 else 0)
                leaves[m] = t
        return leaves[2]

    orders = list(itertools.permutations(range(5)))
    assert best_of(no_wait, "makespan") == min(map(no_wait_makespan, orders))
    assert best_of(blocking, "makespan") == min(map(blocking_makespan, orders))


@pytest.mark.parametrize("seed", range(3))
def test_assembly_with_overlap_reaches_the_optimum_of_cp_sat(seed):
    from ortools.sat.python import cp_model

    rng = np.random.default_rng(seed)
    durations = rng.integers(4, 20, (6, 2))
    due = np.array([NO_DUE, NO_DUE, NO_DUE, NO_DUE, *rng.integers(30, 60, 2)])
    before, after = np.array([1, 3, 5, 7]), np.array([8, 8, 10, 11])
    lag = rng.integers(0, 5, 4)
    first, last = durations.ravel().copy(), np.zeros(12, np.int64)
    first[[0, 4]], last[[1, 5]] = 3, 2
    problem = flow_shop(
        durations,
        due=due,
        joins=Joins(before=before, after=after, lag=lag, is_asked=np.zeros(4, bool)),
        overlaps=Overlaps(first=first, last=last),
    )
    model, horizon = cp_model.CpModel(), int(durations.sum()) + 50
    start = [model.new_int_var(0, horizon, "") for _ in range(12)]
    end = [model.new_int_var(0, horizon, "") for _ in range(12)]
    for m in range(2):
        model.add_no_overlap(
            [
                model.new_interval_var(start[i], model.new_int_var(0, horizon, ""), end[i], "")
                for i in range(m, 12, 2)
            ]
        )
    for i in range(12):
        work = start[i] + int(durations.ravel()[i])
        if i % 2 == 0:
            model.add(end[i] == work)
        else:
            model.add(start[i] >= start[i - 1] + int(first[i - 1]))
            model.add_max_equality(end[i], [work, end[i - 1] + int(last[i])])
    for a in range(4):
        model.add(start[after[a]] >= end[before[a]] + int(lag[a]))
    late = [model.new_int_var(0, horizon, "") for _ in range(2)]
    for a, j in enumerate((4, 5)):
        model.add(late[a] >= end[2 * j + 1] - int(due[j]))
    model.minimize(sum(late))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    assert solver.solve(model) == cp_model.OPTIMAL
    assert best_of(problem, "tardiness") == pytest.approx(solver.objective_value)


def at(hours):
    return MONDAY + timedelta(hours=hours)


def step(number, *names, minutes=60.0, **more):
    return Step(
        step=number,
        operation=f"op{number}",
        resources=tuple(ResourceOption(resource=n) for n in names),
        time=TimeModel(per_piece_min=minutes),
        **more,
    )


def plant(steps, *, resources=("A", "B", "C"), others=None, buffers=None, **more):
    others, buffers = others or {}, buffers or {}
    return Plant(
        name="P",
        work_centres=tuple(WorkCentre(id=f"W{r}", buffer_lots=buffers.get(r)) for r in resources),
        resources=tuple(
            Resource(id=r, work_centre=f"W{r}", **others.get(r, {})) for r in resources
        ),
        products=tuple(Product(id=p, family=f"F{p}") for p in steps),
        routings=tuple(Routing(product=p, steps=tuple(s)) for p, s in steps.items()),
        **more,
    )


def plan_of(a_plant, orders, **more):
    given = {"now": MONDAY, "seconds": None, "iterations": 500, "threads": 1, "lang": "en"}
    return schedule(a_plant, orders, **(given | more))


def hours(plan):
    return {
        (a.order_id, a.step): tuple(
            (t - MONDAY) / timedelta(hours=1) for t in (a.start_at, a.end_at)
        )
        for a in plan.assignments
    }


def agrees_with_the_twin(a_plant, orders, plan):
    """The twin that follows the plan begins and ends every operation when the plan says so."""
    assert plan.warnings == ()
    run = simulate(
        a_plant,
        orders,
        start_at=MONDAY,
        end_at=at(2000),
        n_replications=1,
        draw_demand=False,
        trace=True,
        sequences=plan.sequences,
    )
    table = run.records[0].operations
    done = {
        (row["order_id"], row["step"]): (row["start_at"], row["end_at"])
        for row in table.iter_rows(named=True)
    }
    for a in plan.assignments:
        start_at, end_at = done[a.order_id, a.step]
        assert abs(start_at - a.start_at) < timedelta(seconds=5), (a, start_at)
        assert abs(end_at - a.end_at) < timedelta(seconds=5), (a, end_at)
    return run


ASSEMBLY = plant(
    {
        "F": [step(10, "A"), step(20, "B", minutes=30)],
        "C": [step(10, "A", minutes=45), step(20, "C", minutes=20)],
    },
    bom=(
        Component(product="F", component="C", pieces=2, step=20),
        Component(product="F", component="screw", pieces=4),
    ),
    parts=(Part(id="screw", stock=4, reorder_point=4, reorder_pieces=12, lead_time_h=3),),
)
WANTED = [
    Order(id="F1", product="F", quantity=1, due_at=at(2)),
    Order(id="F2", product="F", quantity=2, due_at=at(9)),
    Order(id="C1", product="C", quantity=4),
    Order(id="C2", product="C", quantity=2),
]


def test_an_assembly_waits_for_its_components_and_parts_as_in_the_twin():
    plan = plan_of(ASSEMBLY, WANTED)
    when = hours(plan)
    makers = {(a.order_id, a.step): a.components_from for a in plan.assignments}
    assert makers["F1", 20] == ("C2",)
    assert makers["F2", 20] == ("C1",)
    assert when["F1", 20][0] >= when["C2", 20][1]
    assert when["F2", 20][0] >= when["C1", 20][1]
    assert when["F2", 10][0] >= 3.0
    agrees_with_the_twin(ASSEMBLY, WANTED, plan)


def test_tardiness_flows_from_an_assembly_to_its_components():
    many = [Order(id=f"X{i}", product="C", quantity=4, due_at=at(30)) for i in range(5)]
    plan = plan_of(ASSEMBLY, [*many, *WANTED], iterations=2000)
    whole = plan_of(ASSEMBLY, WANTED, iterations=2000)
    one, other = (next(o for o in p.orders if o.order_id == "F1").end_at for p in (plan, whole))
    assert one == other


def test_rules_see_when_a_component_is_needed():
    one = {"lag": np.array([0]), "is_asked": np.array([False])}
    joins = Joins(before=np.array([1]), after=np.array([2]), **one)
    nominal = nominal_times(two_steps(due=np.array([NO_DUE, 50]), joins=joins))
    assert nominal.due.tolist() == [50.0] * 4
    assert nominal.left.tolist() == [40.0, 30.0, 20.0, 10.0]


def test_an_order_that_never_gets_its_material_is_named_with_the_way_out():
    plan = plan_of(ASSEMBLY, WANTED[:3])
    (cause,) = plan.causes
    assert (cause.kind, cause.order_id, cause.step, cause.names) == ("material", "F2", 20, ("C",))
    assert "needs 4 of 'C', of which 2 are ever there" in cause.sentence
    assert plan_of(ASSEMBLY, WANTED[:3], material={("F2", 20): at(5)}).is_feasible


def test_why_late_names_the_component_and_the_part():
    slow = ASSEMBLY.model_copy(
        update={
            "parts": (
                Part(id="screw", stock=4, reorder_point=0, reorder_pieces=12, lead_time_h=30),
            )
        }
    )
    late = {w.order_id: w for w in plan_of(slow, WANTED).why_late}
    waits = {(w.kind, w.step): w for w in late["F2"].waits}
    assert waits["part", 10].items == ("screw",)
    assert waits["part", 10].hours == 30.0
    early = [WANTED[0].model_copy(update={"due_at": at(1.9)}), *WANTED[1:]]
    late = {w.order_id: w for w in plan_of(ASSEMBLY, early, objective="makespan").why_late}
    kinds_of = {w.kind: w for w in late["F1"].waits}
    if "component" in kinds_of:
        assert kinds_of["component"].items == ("C",)
        assert kinds_of["component"].orders == ("C2",)


def two_who_take_the_same(*, hours_before):
    """F asks for a C after 2 h, G after 1 h, and after some more where a long order goes first."""
    a_plant = plant(
        {
            "F": [step(10, "A", minutes=120), step(20, "B")],
            "G": [step(10, "D"), step(20, "E")],
            "C": [step(10, "C")],
            "X": [step(10, "D", minutes=60 * hours_before)],
        },
        resources=("A", "B", "C", "D", "E"),
        bom=(
            Component(product="F", component="C", step=20),
            Component(product="G", component="C", step=20),
        ),
        parts=(Part(id="C", stock=1),),
    )
    orders = [
        Order(id="F1", product="F", due_at=at(20)),
        Order(id="G1", product="G", due_at=at(20)),
        Order(id="C1", product="C", release_at=at(5)),
        Order(id="X1", product="X", due_at=at(hours_before), priority=100),
    ]
    return a_plant, orders


def test_a_plan_warns_where_stock_would_serve_another_before_the_one_it_is_meant_for():
    # G1 is to have the C in stock, F1 the one that is made by 6. With 0.5 h before it G1 asks at
    # 1.5, first. With 3 h before it, it asks at 4: F1 would have taken the C at 2.
    a_plant, orders = two_who_take_the_same(hours_before=0.5)
    plan = plan_of(a_plant, orders)
    assert (hours(plan)["G1", 20][0], hours(plan)["F1", 20][0]) == (1.5, 6.0)
    agrees_with_the_twin(a_plant, orders, plan)
    a_plant, orders = two_who_take_the_same(hours_before=3)
    plan = plan_of(a_plant, orders)
    assert (hours(plan)["G1", 20][0], hours(plan)["F1", 20][0]) == (4.0, 6.0)
    (warning,) = plan.warnings
    assert "1 operations would then wait" in warning
    assert warning.endswith(
        "G1. Keep for them what they are to take (components_from), or they begin later than planned."
    )
    # The twin, without reservations, holds G1 up.
    with pytest.raises(AssertionError, match="'G1'"):
        agrees_with_the_twin(a_plant, orders, plan.model_copy(update={"warnings": ()}))


def test_what_a_step_gives_besides_goes_into_other_products():
    p = plant(
        {"X": [step(10, "A"), step(20, "B")], "Y": [step(10, "C", minutes=10)]},
        bom=(Component(product="Y", component="chips", pieces=3),),
        outputs=(Output(product="X", step=10, output="chips", pieces=1.0),),
        parts=(Part(id="chips"),),
    )
    orders = [
        Order(id="Y1", product="Y", due_at=at(1)),
        Order(id="X1", product="X", quantity=2),
        Order(id="X2", product="X", quantity=2),
    ]
    plan = plan_of(p, orders)
    assert hours(plan)["Y1", 10][0] == 4.0
    agrees_with_the_twin(p, orders, plan)


def test_lots_that_go_on_in_parts_overlap_as_in_the_twin():
    p = plant(
        {
            "X": [
                step(10, "A", minutes=30, transfer_pieces=2),
                step(20, "B", minutes=20, transfer_pieces=2),
                step(30, "C", minutes=10),
            ]
        },
        others={"B": {"calendar": "day", "unload_min": 6.0}},
        calendars=(SHIFT,),
    )
    orders = [Order(id=f"O{i}", product="X", quantity=4 + i, due_at=at(8)) for i in range(4)]
    plan = plan_of(p, orders)
    when = hours(plan)
    assert any(when[o.id, 30][0] < when[o.id, 20][1] for o in orders)
    agrees_with_the_twin(p, orders, plan)


def test_time_limits_hold_in_the_plan_and_in_the_twin():
    p = plant(
        {
            "X": [
                step(10, "A", minutes=20, limit_to_step=20, limit_min=30),
                step(20, "B", minutes=60),
            ],
            "Y": [step(20, "B", minutes=90)],
        },
        others={"B": {"calendar": "day"}},
        calendars=(SHIFT,),
    )
    orders = [Order(id=f"O{i}", product="XXY"[i % 3], quantity=2, due_at=at(9)) for i in range(6)]
    plan = plan_of(p, orders)
    when = hours(plan)
    for o in orders:
        if o.product == "X":
            assert when[o.id, 20][0] - when[o.id, 10][1] <= 0.5 + 1e-9
    late = {w.kind for one in plan.why_late for w in one.waits}
    assert "limit" in late or "busy" in late


def test_a_full_buffer_blocks_the_machine_before_it_as_in_the_twin():
    p = plant(
        {"X": [step(10, "A", minutes=10), step(20, "B", minutes=40), step(30, "C", minutes=25)]},
        buffers={"B": 1, "C": 0},
    )
    orders = [Order(id=f"O{i}", product="X", quantity=1 + i % 2, due_at=at(i)) for i in range(6)]
    plan = plan_of(p, orders)
    when = hours(plan)
    starts = sorted(when[o.id, 10][0] for o in orders)
    assert starts[-1] > 6 * 20 / 60
    agrees_with_the_twin(p, orders, plan)


def test_maintenance_waits_for_its_operator_as_in_the_twin():
    p = plant(
        {"X": [step(10, "A", minutes=60)]},
        resources=("A",),
        calendars=(SHIFT,),
        operators=(Operator(id="fitter", skills=("fit",), calendar="day"),),
        maintenances=(Maintenance(id="oil", resource="A", every_lots=3, mean_min=60, skill="fit"),),
    )
    orders = [Order(id=f"O{i}", product="X", due_at=at(i)) for i in range(8)]
    plan = plan_of(p, orders)
    # The fourth lot waits for the maintenance that the fitter begins at six.
    assert sorted(s for s, _ in hours(plan).values())[:4] == [0.0, 1.0, 2.0, 7.0]
    agrees_with_the_twin(p, orders, plan)
