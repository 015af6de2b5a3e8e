"""Conditions on which lot may go where and when: worked by hand, minute by minute."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from zhizao._base.errors import InputError
from zhizao.model.order import Order
from zhizao.model.plant import (
    Calendar,
    Maintenance,
    Operator,
    Plant,
    Product,
    Resource,
    ResourceOption,
    Routing,
    Setup,
    Shift,
    Step,
    TimeModel,
    Tool,
    Weights,
    WorkCentre,
)
from zhizao.twin import simulate

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
DAY = Calendar(
    id="day", shifts=tuple(Shift(weekday=d, start="00:00", end="02:00") for d in ("mon", "tue"))
)


def step(number, *resources, minutes=1.0, **fields):
    return Step(
        step=number,
        operation=f"op{number}",
        resources=tuple(ResourceOption(resource=r) for r in resources),
        time=TimeModel(per_piece_min=minutes),
        **fields,
    )


def plant(routings, *, centre=None, resources=None, **fields):
    names = dict.fromkeys(
        o.resource for steps in routings.values() for s in steps for o in s.resources
    )
    families = fields.pop("families", {})
    return Plant(
        name="small",
        work_centres=(centre or WorkCentre(id="W"),),
        resources=tuple(
            Resource(id=n, work_centre="W", **(resources or {}).get(n, {})) for n in names
        ),
        products=tuple(Product(id=p, family=families.get(p)) for p in routings),
        routings=tuple(Routing(product=p, steps=s) for p, s in routings.items()),
        **fields,
    )


def run(a_plant, *orders, days=3.0, **fields):
    return simulate(
        a_plant,
        orders,
        start_at=MONDAY,
        end_at=MONDAY + timedelta(days=days),
        n_replications=1,
        **fields,
    )


def order(name, product="P", *, quantity=10.0, at_min=0.0, due_min=None, priority=0):
    return Order(
        id=name,
        product=product,
        quantity=quantity,
        release_at=MONDAY + timedelta(minutes=at_min),
        due_at=None if due_min is None else MONDAY + timedelta(minutes=due_min),
        priority=priority,
    )


def minutes(a_run):
    return (a_run.completion_s[0] / 60.0).tolist()


def test_a_resource_runs_its_least_number_of_lots_before_it_changes_again():
    setups = (
        Setup(work_centre="W", from_family=None, to_family=None, setup_min=5, min_run_lots=2),
    )
    shop = plant(
        {"P": (step(10, "M"),), "Q": (step(10, "M"),)},
        families={"P": "red", "Q": "blue"},
        setups=setups,
        resources={"M": {"initial_family": "blue"}},
    )
    orders = [order("A"), order("B", "Q", at_min=1), order("C", at_min=40)]
    # A changes to red (5 + 10); blue B must wait for a second red lot, C, at 40.
    assert minutes(run(shop, *orders)) == [15.0, 65.0, 50.0]


def test_without_a_least_run_the_lot_that_came_first_goes_first():
    setups = (Setup(work_centre="W", from_family=None, to_family=None, setup_min=5),)
    shop = plant(
        {"P": (step(10, "M"),), "Q": (step(10, "M"),)},
        families={"P": "red", "Q": "blue"},
        setups=setups,
        resources={"M": {"initial_family": "blue"}},
    )
    orders = [order("A"), order("B", "Q", at_min=1), order("C", at_min=40)]
    assert minutes(run(shop, *orders)) == [15.0, 30.0, 55.0]


def test_setups_follow_the_family_of_the_step():
    setups = (Setup(work_centre="W", from_family=None, to_family=None, setup_min=5),)
    shop = plant(
        {"P": (step(10, "M", family="red"), step(20, "M", family="blue"), step(30, "M"))},
        families={"P": "red"},
        setups=setups,
        resources={"M": {"initial_family": "red"}},
    )
    assert minutes(run(shop, order("A"))) == [40.0]


def test_a_lot_returns_to_the_resource_that_did_the_earlier_step():
    shop = plant({"P": (step(10, "M", "N"), step(20, "M", "N", same_resource_as=10))})
    found = run(shop, order("A"), order("B"), order("C", quantity=30), trace=True)
    rows = found.records[0].operations.sort("order_id", "step")
    by_order = rows.group_by("order_id", maintain_order=True).agg("resource")["resource"].to_list()
    assert [len(set(names)) for names in by_order] == [1, 1, 1]
    assert by_order[0] != by_order[1]
    # C takes M when A leaves its first step; A then waits for M although N gets free.
    assert minutes(found) == [50.0, 20.0, 80.0]


def test_a_step_that_cannot_return_is_a_fault():
    shop = plant({"P": (step(10, "M", "N"), step(20, "M", same_resource_as=10))})
    with pytest.raises(InputError, match=r"does not list \['N'\]"):
        run(shop, order("A"))


def test_broken_limits_between_steps_are_counted():
    first = step(10, "M", limit_to_step=20, limit_min=15)
    shop = plant({"P": (first, step(20, "N", minutes=2.0))})
    # B and C leave M at 20 and 30 and begin at N at 30 and 50: 10 and 20 minutes later.
    found = run(shop, order("A"), order("B"), order("C"))
    assert minutes(found) == [30.0, 50.0, 70.0]
    assert [w for w in found.warnings if "broken 1.0 times" in w]


def test_a_limit_to_a_step_without_resource_is_counted():
    first = step(10, "M", limit_to_step=20, limit_min=15)
    waits = step(20, delay={"mean_min": 30})
    found = run(plant({"P": (first, waits)}), order("A"))
    assert [w for w in found.warnings if "broken 1.0 times" in w]


@pytest.mark.parametrize(
    ("interruption", "expected"),
    [("resume", 1440 + 60.0), ("must_fit", 1440 + 100.0), ("overtime", 180.0)],
)
def test_a_closing_interrupts_or_holds_back_or_is_overrun(interruption, expected):
    shop = plant(
        {"P": (step(10, "M", interruption=interruption),)},
        calendars=(DAY,),
        resources={"M": {"calendar": "day"}},
    )
    found = run(shop, order("A", quantity=80), order("B", quantity=100))
    assert minutes(found) == [80.0, expected]


def test_what_fits_no_shift_is_interrupted():
    shop = plant(
        {"P": (step(10, "M", interruption="must_fit"),)},
        calendars=(DAY,),
        resources={"M": {"calendar": "day"}},
    )
    assert minutes(run(shop, order("A", quantity=130))) == [1450.0]


def test_what_does_not_fit_lets_a_shorter_one_go_first():
    shop = plant(
        {"P": (step(10, "M", interruption="must_fit"),)},
        calendars=(DAY,),
        resources={"M": {"calendar": "day"}},
    )
    found = run(shop, order("A", quantity=80), order("B", quantity=60), order("C", quantity=40))
    assert minutes(found) == [80.0, 1500.0, 120.0]


def test_a_setup_needs_its_operator_only_while_it_lasts():
    setups = (Setup(work_centre="W", from_family=None, to_family=None, setup_min=20),)
    shop = plant(
        {"P": (step(10, "M"),), "Q": (step(10, "N"),)},
        families={"P": "red", "Q": "blue"},
        setups=setups,
        operators=(Operator(id="Li", skills=("fitter",)),),
        resources={"M": {"setup_skill": "fitter"}, "N": {"setup_skill": "fitter"}},
    )
    # Both need a change; the second begins when the first one's change is over.
    assert minutes(run(shop, order("A"), order("B", "Q"))) == [30.0, 50.0]


def test_maintenance_waits_for_its_operator():
    shop = plant(
        {"P": (step(10, "M", minutes=1.0),), "Q": (step(10, "N", skills=("fitter",)),)},
        operators=(Operator(id="Li", skills=("fitter",)),),
        maintenances=(
            Maintenance(
                id="oil", resource="M", every_h=500, first_h=0.5, mean_min=15, skill="fitter"
            ),
        ),
    )
    found = run(
        shop, order("B", "Q", quantity=50), order("A", at_min=35), order("C", "Q", at_min=52)
    )
    # Due at 30, begun at 50 when B sets Li free, until 65; C waits for Li as well.
    assert minutes(found) == [50.0, 75.0, 75.0]


def test_a_tool_of_limited_number_holds_lots_back():
    shop = plant(
        {"P": (step(10, "M", "N", "O", tools=("mould",)),)}, tools=(Tool(id="mould", count=2),)
    )
    assert minutes(run(shop, order("A"), order("B"), order("C"))) == [10.0, 10.0, 20.0]


def test_more_tools_needed_than_there_are_is_a_fault():
    shop = plant({"P": (step(10, "M", tools=("mould", "mould")),)}, tools=(Tool(id="mould"),))
    with pytest.raises(InputError, match="needs 2 pieces of 'mould', there are 1"):
        run(shop, order("A"))


def order_of_work(a_run, orders):
    return "".join(orders[i].id for i in np.argsort(a_run.completion_s[0]))


RULES = {
    # Blocker X until 10; then p, l and due decide. CR: A (100-10)/60, B (60-10)/20, C (35-10)/30.
    "cr": "XCAB",
    # ln p + slack / (2 p̄), p̄ = 110/3: A ln 60 + 30/73.3 = 4.50, B ln 20 + 30/73.3 = 3.405,
    # C ln 30 = 3.401; then B ln 20 = 3.00.
    "atc": "XCBA",
}


@pytest.mark.parametrize(("rule", "expected"), RULES.items())
def test_rules_that_look_at_the_clock(rule, expected):
    orders = [
        order("X", quantity=10),
        order("A", quantity=60, due_min=100, at_min=1),
        order("B", quantity=20, due_min=60, at_min=1),
        order("C", quantity=30, due_min=35, at_min=1),
    ]
    shop = plant({"P": (step(10, "M"),)}, centre=WorkCentre(id="W", dispatch=rule))
    found = run(shop, *orders)
    assert order_of_work(found, orders) == expected
    assert found.warnings == ()


def test_atcs_weighs_changes_of_setup_and_priorities():
    setups = (Setup(work_centre="W", from_family=None, to_family=None, setup_min=30),)
    orders = [
        order("X", quantity=10),
        order("B", "Q", quantity=20, due_min=60, at_min=1),
        order("A", quantity=21, due_min=61, at_min=1),
    ]
    fields = {"families": {"P": "red", "Q": "blue"}, "setups": setups}
    routings = {"P": (step(10, "M"),), "Q": (step(10, "M"),)}
    resources = {"M": {"initial_family": "red"}}

    def found(rule, urgent):
        shop = plant(
            routings, centre=WorkCentre(id="W", dispatch=rule), resources=resources, **fields
        )
        wanted = [o.model_copy(update={"priority": urgent if o.id == "B" else 0}) for o in orders]
        return order_of_work(run(shop, *wanted), wanted)

    assert found("atc", 0) == "XBA"
    assert found("atcs", 0) == "XAB"
    # The change costs 30 / (0.5 × 15) = 4; a weight of e⁴ = 55 makes up for it.
    assert found("atcs", 50) == "XAB"
    assert found("atcs", 70) == "XBA"


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ({"wait_h": 1}, "XABC"),
        ({"wait_h": -1}, "XCBA"),
        ({"due_h": 1}, "XCAB"),
        ({"priority": 1}, "XBAC"),
        ({"time_h": 1}, "XCBA"),
        ({"time_h": 1, "priority": 1}, "XBCA"),
        ({"same_setup": 1}, "XBAC"),
        ({"critical_ratio": 1}, "XCAB"),
    ],
)
def test_a_weighted_sum_takes_each_attribute(weights, expected):
    orders = [
        order("X", "Q"),
        order("A", quantity=50, due_min=90, at_min=1),
        order("B", "Q", quantity=40, at_min=2, priority=1),
        order("C", quantity=30, due_min=40, at_min=3),
    ]
    shop = plant(
        {"P": (step(10, "M"),), "Q": (step(10, "M"),)},
        families={"P": "red", "Q": "blue"},
        setups=(Setup(work_centre="W", from_family=None, to_family=None, setup_min=1),),
        resources={"M": {"initial_family": "blue"}},
        centre=WorkCentre(id="W", dispatch="weighted", weights=Weights(**weights)),
    )
    assert order_of_work(run(shop, *orders), orders) == expected


def test_an_order_released_earlier_goes_first_by_its_age_whenever_it_joined():
    """B is released before A, comes to M after it, and is older there."""
    orders = [
        order("X", quantity=60),
        order("A", quantity=10, at_min=8),
        order("B", "Q", quantity=10, at_min=2),
    ]
    routings = {"P": (step(10, "M"),), "Q": (step(5, "N"), step(10, "M"))}

    def found(**weights):
        centre = WorkCentre(id="W", dispatch="weighted", weights=Weights(**weights))
        shop = plant(routings, resources={"M": {}, "N": {}}, centre=centre)
        return "".join(o for o in order_of_work(run(shop, *orders), orders))

    assert found(wait_h=1) == "XAB"
    assert found(age_h=1) == "XBA"
    assert found(age_h=-1) == "XAB"


def test_a_lot_of_the_same_family_is_weighed_as_such_though_it_takes_some_setup_too():
    orders = [
        order("X", "Q"),
        order("A", quantity=50, at_min=1),
        order("B", "Q", quantity=40, at_min=2),
    ]
    setups = (
        Setup(work_centre="W", from_family=None, to_family=None, setup_min=30),
        Setup(work_centre="W", from_family="blue", to_family="blue", setup_min=2),
    )
    shop = plant(
        {"P": (step(10, "M"),), "Q": (step(10, "M"),)},
        families={"P": "red", "Q": "blue"},
        setups=setups,
        resources={"M": {"initial_family": "blue"}},
        centre=WorkCentre(id="W", dispatch="weighted", weights=Weights(same_setup=1)),
    )
    assert order_of_work(run(shop, *orders), orders) == "XBA"


def test_a_resource_waits_for_the_next_lot_of_its_sequence():
    shop = plant(
        {"P": (step(10, "M", "N"), step(20, "M"))}, centre=WorkCentre(id="W", dispatch="sequence")
    )
    sequences = {"M": [("B", 10), ("A", 20), ("B", 20)], "N": [("A", 10)]}
    orders = [order("A"), order("B", at_min=5), order("C", at_min=1)]
    found = run(shop, *orders, sequences=sequences, trace=True)
    # M waits for B until 5, works until 15; A from 15, B from 25. C is in no sequence: N, M at 35.
    assert minutes(found) == [25.0, 35.0, 45.0]
    assert found.warnings == ()


def test_an_entry_of_a_lot_that_is_lost_is_passed_over():
    shop = plant({"P": (step(10, "N", scrap_share=1.0), step(20, "M")), "Q": (step(20, "M"),)})
    found = run(shop, order("A"), order("B", "Q"), sequences={"M": [("A", 20), ("B", 20)]})
    assert minutes(found)[1] == 20.0


def test_faults_of_sequences_come_together():
    shop = plant({"P": (step(10, "M"), step(20, "N"))})
    sequences = {"M": [("A", 20), ("a", 10), ("A", 10)], "X": [], "N": [("A", 20), ("A", 20)]}
    with pytest.raises(InputError) as error:
        run(shop, order("A"), sequences=sequences)
    text = str(error.value)
    for part in (
        "the resource does not do that step of 'P'; expected one of [10]",
        "no such order is given. Did you mean 'A'?",
        "Sequence of 'X': the resource is not known",
        "Sequence of 'N', order 'A', step 20: given more than once",
    ):
        assert part in text


def test_a_rule_sequence_without_a_sequence_is_named():
    shop = plant({"P": (step(10, "M"),)}, centre=WorkCentre(id="W", dispatch="sequence"))
    assert [w for w in run(shop, order("A")).warnings if "no sequence was given" in w]


def test_people_and_sequences_are_the_same_in_every_replication():
    shop = plant(
        {"P": (step(10, "M", skills=("fitter",)), step(20, "N"))},
        operators=(Operator(id="Li", skills=("fitter",)),),
    )
    # Li works at the end of the run: the next replication must have her all the same.
    found = simulate(
        shop,
        [order("A"), order("B", quantity=500)],
        start_at=MONDAY,
        end_at=MONDAY + timedelta(minutes=60),
        n_replications=3,
        sequences={"N": [("A", 20), ("B", 20)]},
    )
    assert (found.completion_s[:, 0] / 60.0).tolist() == [20.0, 20.0, 20.0]
