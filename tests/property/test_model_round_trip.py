"""What is written is what is read: folder, workbook, scenario files."""

import tempfile
from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhizao.model import (
    AddOrder,
    Batch,
    Calendar,
    CalendarException,
    Carrier,
    ChangeCalendar,
    Component,
    Delay,
    Demand,
    Failure,
    Maintenance,
    Operator,
    Order,
    Output,
    Part,
    Plant,
    PlantFile,
    Power,
    Product,
    Provenance,
    Resource,
    ResourceOption,
    Rework,
    Routing,
    ScaleTimes,
    Scenario,
    SetFailure,
    Setup,
    Shift,
    Step,
    TakeDown,
    Tariff,
    TariffException,
    TariffPeriod,
    TimeModel,
    Tool,
    Transport,
    Weights,
    WipCap,
    WorkCentre,
    check_plant,
    read_plant,
    read_scenario,
    write_plant,
    write_scenario,
)
from zhizao.model.files.cells import parse_cell
from zhizao.model.files.escapes import escape, split, unescape

NASTY = [
    "=1+2", "+5", "-", "@home", "|", "a|b", "a@0.5", "\\", "a\\", "\\n", "a\\|b", ",", ";", '"',
    '"a",b', "'", "line\nbreak", "\r\n", "\t", " ", " lead", "trail ", "\u3000", "\xa0x", "车床 1",
    "001", "1.0", "1e5", "nan", "TRUE", "None", "_x0041_", "_x000D_", "\x00", "\x85", "\u2028",
    "\ufeff", "\ufffe", "🏭", "#N/A", "http://a.b", "{}", "%s", "2024-01-01", "ß", "e\u0301", "]]>",
]  # fmt: skip
names = st.sampled_from(NASTY) | st.text(
    st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8
)
texts = st.just("") | names
positive = st.floats(5e-324, 1.7e308, exclude_min=False)
non_negative = st.floats(0, 1.7e308)
share = st.floats(0, 1)
instants = st.datetimes(timezones=st.just(UTC))
clock = st.times().map(lambda t: f"{t:%H:%M}")
shifts = st.builds(
    Shift,
    weekday=st.sampled_from(["mon", "thu", "sun"]),
    start=clock,
    end=clock | st.just("24:00"),
)
distributions = st.sampled_from(["constant", "gamma", "lognormal"])
spreads = st.fixed_dictionaries({"distribution": distributions, "cv": non_negative}) | st.lists(
    non_negative, min_size=2, max_size=4
).map(lambda q: {"distribution": "empirical", "quantiles": tuple(sorted(q))})


def some(values, **kwargs):
    return st.lists(values, max_size=2, **kwargs).map(tuple)


def unique(values):
    return st.lists(values, unique=True, max_size=3)


@st.composite
def exceptions(draw):
    first, last = sorted(draw(st.lists(instants, min_size=2, max_size=2, unique=True)))
    return CalendarException(start_at=first, end_at=last, is_open=draw(st.booleans()))


carbon = st.none() | non_negative
prices = st.floats(allow_nan=False, allow_infinity=False)
periods = st.builds(
    TariffPeriod,
    weekdays=st.lists(st.sampled_from(["mon", "thu", "sun"]), max_size=2).map(tuple),
    start=clock,
    end=clock | st.just("24:00"),
    price_per_kwh=prices,
    carbon_kg_per_kwh=st.none(),
)


@st.composite
def tariff(draw, name):
    first, last = sorted(draw(st.lists(instants, min_size=2, max_size=2, unique=True)))
    known = draw(carbon)
    return Tariff(
        id=name,
        price_per_kwh=draw(prices),
        carbon_kg_per_kwh=known,
        periods=draw(some(periods)),
        exceptions=(
            TariffException(
                start_at=first,
                end_at=last,
                price_per_kwh=draw(prices),
                carbon_kg_per_kwh=None if known is None else draw(carbon),
            ),
        )
        * draw(st.integers(0, 1)),
    )


failures = st.builds(
    Failure,
    mtbf_h=positive,
    mttr_h=positive,
    basis=st.sampled_from(["busy", "calendar"]),
    between=distributions,
    between_cv=non_negative,
    repair=distributions,
    repair_cv=non_negative,
)

powers = st.builds(
    Power, busy_kw=non_negative, setup_kw=non_negative, idle_kw=non_negative, off_kw=non_negative
)
weights = st.builds(
    Weights, **dict.fromkeys(Weights.model_fields, st.floats(allow_nan=False, allow_infinity=False))
)
batches = st.lists(positive, min_size=2, max_size=2).flatmap(
    lambda pieces: st.builds(
        Batch,
        min_pieces=st.just(min(pieces)),
        max_pieces=st.just(max(pieces)),
        group=st.none() | names,
        max_wait_min=st.none() | non_negative,
    )
)


@st.composite
def work_centre(draw, name):
    rule = draw(st.sampled_from(["fifo", "edd", "atcs", "sequence", "weighted"]))
    return WorkCentre(
        id=name,
        dispatch=rule,
        buffer_lots=draw(st.none() | st.integers(0, 99)),
        hot_lots=draw(st.sampled_from(["as_others", "first"])),
        idle_choice=draw(st.sampled_from(["fastest", "least_setup", "listed"])),
        weights=draw(weights) if rule == "weighted" else None,
    )


@st.composite
def maintenance(draw, name, *, resource, skills):
    by_time = draw(st.booleans())
    return Maintenance(
        id=name,
        resource=resource,
        every_h=draw(positive) if by_time else None,
        every_lots=None if by_time else draw(st.integers(1, 99)),
        basis=draw(st.sampled_from(["busy", "calendar"])),
        first_h=draw(st.none() | non_negative) if by_time else None,
        first_lots=None if by_time else draw(st.none() | st.integers(1, 99)),
        mean_min=draw(non_negative),
        skill=draw(st.sampled_from([None, *skills])),
        **draw(spreads),
    )


@st.composite
def part(draw, name):
    reorders = draw(st.booleans())
    return Part(
        id=name,
        stock=draw(non_negative),
        reorder_point=draw(non_negative) if reorders else None,
        reorder_pieces=draw(positive) if reorders else None,
        lead_time_h=draw(non_negative),
        **draw(spreads),
    )


@st.composite
def orders_of(draw, products):
    found = []
    for name in draw(unique(names)) if products else []:
        release_at, due_at = sorted(draw(st.lists(instants, min_size=2, max_size=2)))
        found.append(
            Order(
                id=name,
                product=draw(st.sampled_from(products)),
                quantity=draw(positive),
                release_at=draw(st.sampled_from([None, release_at])),
                due_at=draw(st.sampled_from([None, due_at])),
                priority=draw(st.integers(-(10**12), 10**12)),
            )
        )
    return tuple(found)


@st.composite
def plant_files(draw):
    def one_of(allowed):
        return draw(st.sampled_from([None, *allowed]))

    def several(allowed):
        return draw(st.lists(st.sampled_from(allowed), max_size=2)) if allowed else []

    centres, resources = draw(unique(names)), draw(unique(names))
    products, calendars, families = (draw(unique(names)) for _ in range(3))
    resources = resources if centres else []
    operators = tuple(
        Operator(
            id=name,
            skills=tuple(draw(st.lists(names, max_size=2))),
            count=draw(st.integers(1, 9)),
            calendar=one_of(calendars),
        )
        for name in draw(unique(names))
    )
    skills = sorted({s for o in operators for s in o.skills})
    made = tuple(Product(id=p, family=one_of(families), description=draw(texts)) for p in products)
    families = sorted({p.family for p in made if p.family})

    carriers = draw(unique(names))
    tools = tuple(Tool(id=name, count=draw(st.integers(1, 9))) for name in draw(unique(names)))

    def step(number, numbers):
        after = draw(st.sampled_from([None, *[n for n in numbers if n > number]]))
        rework = Rework(
            probability=draw(share),
            to_step=draw(st.sampled_from([n for n in numbers if n <= number])),
            max_passes=draw(st.integers(1, 5)),
        )
        return Step(
            step=number,
            operation=draw(names),
            resources=tuple(
                ResourceOption(resource=r, speed=draw(st.just(1.0) | positive))
                for r in dict.fromkeys(several(resources))
            ),
            time=TimeModel(
                setup_min=draw(non_negative), per_piece_min=draw(non_negative), **draw(spreads)
            ),
            delay=Delay(mean_min=draw(non_negative), calendar=one_of(calendars), **draw(spreads)),
            family=one_of(families),
            probability=draw(share),
            scrap_share=draw(share),
            rework=draw(st.sampled_from([None, rework])),
            skills=tuple(several(skills)),
            interval_min=draw(st.none() | positive),
            batch=draw(st.none() | batches),
            lot_scrap_probability=draw(st.floats(0.0, 1.0)),
            interruption=draw(st.sampled_from(["resume", "must_fit", "overtime"])),
            operator_interruption=draw(st.sampled_from(["resume", "must_fit", "overtime"])),
            tools=tuple(several([t.id for t in tools])),
            same_resource_as=one_of([n for n in numbers if n < number]),
            drawn_with=(drawn_with := one_of([n for n in numbers if n < number])),
            dependence=draw(st.floats(-1.0, 1.0)) if drawn_with else 1.0,
            limit_to_step=after,
            limit_min=draw(positive) if after else None,
            transfer_pieces=draw(st.none() | positive),
        )

    def routings(product):
        variants = draw(unique(names))
        for variant in variants:
            numbers = sorted(
                draw(st.lists(st.integers(1, 99), min_size=1, max_size=2, unique=True))
            )
            yield Routing(
                product=product,
                variant=variant,
                share=1 / len(variants),
                steps=tuple(step(n, numbers) for n in numbers),
            )

    routed = tuple(r for p in products for r in routings(p))
    made_by = {p: [s.step for r in routed if r.product == p for s in r.steps] for p in products}
    parts = tuple(draw(part(name)) for name in draw(unique(names)))
    items = [p.id for p in parts if p.id not in products]
    # A product goes only into earlier ones: never into itself.
    bom = tuple(
        Component(
            product=product,
            component=component,
            pieces=draw(positive),
            step=one_of(made_by[product]),
        )
        for i, product in enumerate(products)
        for component in [*products[i + 1 :], *items][:2]
    )
    outputs = tuple(
        Output(product=product, step=step, output=item, pieces=draw(positive))
        for product in products
        for step in made_by[product][:1]
        for item in items[:1]
    )
    tariffs = tuple(draw(tariff(name)) for name in draw(unique(names)))
    pairs = [(c, a, b) for c in centres for a in [None, *families] for b in [None, *families]]
    plant = Plant(
        name=draw(names),
        time_zone=draw(st.sampled_from(["UTC", "Asia/Shanghai", "Europe/Berlin"])),
        description=draw(texts),
        work_centres=tuple(draw(work_centre(c)) for c in centres),
        resources=tuple(
            Resource(
                id=r,
                work_centre=draw(st.sampled_from(centres)),
                capacity=draw(st.integers(1, 9)),
                speed=draw(positive),
                calendar=one_of(calendars),
                failure=draw(st.none() | failures),
                initial_family=one_of(families),
                load_min=draw(non_negative),
                unload_min=draw(non_negative),
                setup_skill=one_of(skills),
                repair_skill=one_of(skills),
                power=draw(st.none() | powers),
            )
            for r in resources
        ),
        operators=operators,
        calendars=tuple(
            Calendar(id=c, shifts=draw(some(shifts)), exceptions=draw(some(exceptions())))
            for c in calendars
        ),
        products=made,
        routings=routed,
        setups=tuple(
            Setup(
                work_centre=c,
                from_family=a,
                to_family=b,
                setup_min=draw(non_negative),
                min_run_lots=draw(st.integers(0, 9)),
            )
            for c, a, b in pairs[:3]
        ),
        transports=tuple(
            Transport(
                from_work_centre=c,
                to_work_centre=centres[0],
                minutes=draw(non_negative),
                carrier=one_of(carriers),
            )
            for c in centres
        ),
        carriers=tuple(
            Carrier(id=name, count=draw(st.integers(1, 99)), speed=draw(positive))
            for name in carriers
        ),
        tools=tools,
        bom=bom,
        parts=parts,
        outputs=outputs,
        maintenances=tuple(
            draw(maintenance(f"m{r}", resource=r, skills=skills)) for r in resources
        ),
        wip_caps=tuple(
            WipCap(
                id=name,
                max_lots=draw(st.integers(1, 99)),
                product=one_of(products),
                work_centre=one_of(centres),
            )
            for name in draw(unique(names))
        ),
        demands=tuple(
            Demand(
                product=p,
                orders_per_week=draw(non_negative),
                quantities=tuple(draw(st.lists(positive, min_size=1, max_size=3))),
                allowances_h=draw(some(non_negative)),
                priority=draw(st.integers(-5, 5)),
            )
            for p in products
        ),
        release_calendar=one_of(calendars),
        tariffs=tariffs,
        tariff=one_of([t.id for t in tariffs]),
        provenances=draw(
            some(
                st.builds(
                    Provenance,
                    where=names,
                    source=st.sampled_from(["learnt", "told"]),
                    level=st.just("plant"),
                    n=st.integers(0, 9**9),
                    value=st.none() | st.floats(allow_nan=False),
                    note=texts,
                )
            )
        ),
    )
    scenario_names = draw(unique(names))
    scenarios = tuple(
        draw(scenarios_named(name, base=one_of(scenario_names))) for name in scenario_names
    )
    return PlantFile(plant=plant, orders=draw(orders_of(products)), scenarios=scenarios)


@st.composite
def changes(draw):
    first, last = sorted(draw(st.lists(instants, min_size=2, max_size=2)))
    order = Order(id=draw(names), product=draw(names), release_at=first, due_at=last)
    name = draw(names)
    return draw(
        st.sampled_from(
            [
                AddOrder(order=order),
                TakeDown(resource=name, from_at=first, to_at=last),
                ScaleTimes(factor=draw(non_negative), family=name),
                SetFailure(resource=name),
                SetFailure(resource=name, failure=draw(failures)),
                ChangeCalendar(
                    calendar=name, shifts=draw(some(shifts)), exceptions=draw(some(exceptions()))
                ),
                ChangeCalendar(calendar=name, shifts=()),
            ]
        )
    )


def scenarios_named(name, *, base):
    return st.builds(
        Scenario, name=st.just(name), description=texts, base=st.just(base), changes=some(changes())
    )


@settings(deadline=None, max_examples=40)
@given(plant_file=plant_files())
@pytest.mark.parametrize("name", ["plant", "plant.xlsx"])
def test_a_plant_that_is_written_is_read_back_equal(name, plant_file):
    assert check_plant(plant_file.plant, plant_file.orders) == ()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        write_plant(plant_file, path)
        assert read_plant(path) == plant_file
        write_plant(plant_file, path)  # a second time over the first
        assert read_plant(path) == plant_file


@settings(deadline=None, max_examples=60)
@given(scenario=names.flatmap(lambda name: scenarios_named(name, base=None)))
@pytest.mark.parametrize("suffix", [".toml", ".json"])
def test_a_scenario_that_is_written_is_read_back_equal(suffix, scenario):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"scenario{suffix}"
        write_scenario(scenario, path)
        assert read_scenario(path) == scenario


@settings(deadline=None, max_examples=200)
@given(text=names, others=st.lists(names, max_size=3))
def test_any_name_survives_a_cell_and_a_list(text, others):
    cell = escape(text)
    assert unescape(cell) == text
    assert cell[0] not in "=+-@"
    assert cell == cell.strip()
    assert "\n" not in cell
    joined = "|".join(escape(name, separators="|") for name in [text, *others])
    assert [unescape(part) for part in split(joined)] == [text, *others]
    assert parse_cell(joined, kind="names", zone=UTC) == (text, *others)
