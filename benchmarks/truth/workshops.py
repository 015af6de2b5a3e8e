"""Workshops of different shapes. What a twin should learn of them is stated here.

Each is loaded to about the named share of its bottleneck's hours, so that
queues, and not touch times alone, decide what a change does.
"""

from collections.abc import Callable, Iterator

from benchmarks.truth.describe import (
    HOUR_S,
    LATE,
    ONE_SHIFT,
    TWO_SHIFTS,
    Away,
    Centre,
    Failure,
    Machine,
    Oven,
    Product,
    Shift,
    Shop,
    Step,
)
from benchmarks.truth.engine import Windows

SECOND_SHIFT = (LATE,)


def machines(
    prefix: str,
    count: int,
    *,
    shifts: tuple[Shift, ...] = TWO_SHIFTS,
    failure: Failure | None = None,
    speeds: tuple[float, ...] = (),
) -> tuple[Machine, ...]:
    """Return machines PREFIX-01, PREFIX-02 …"""
    return tuple(
        Machine(
            name=f"{prefix}-{i + 1:02d}",
            shifts=shifts,
            failure=failure,
            speed=speeds[i] if speeds else 1.0,
        )
        for i in range(count)
    )


def steps(*named: tuple[str, str, float], cv: float = 0.2) -> tuple[Step, ...]:
    """Return steps from (operation, centre, minutes a piece)."""
    return tuple(Step(operation=o, centre=c, piece_min=m, cv=cv) for o, c, m in named)


def visits_of(route: tuple[Step, ...]) -> list[float]:
    """Return how often each step of a route is done on average, for small rework shares."""
    visits = [1.0] * len(route)
    for i, step in enumerate(route):
        again = step.rework_share * (1 + step.rework_share)
        for j in range(step.rework_to, i + 1):
            visits[j] += again if step.rework_share else 0.0
    return visits


def load_of(shop: Shop, centre: Centre) -> float:
    """Return the working hours that an order brings to a centre, by the centre's weekly hours."""
    hours = 0.0
    setup_min = centre.setup_same_family_min * 0.4 + centre.setup_other_min * 0.6
    if centre.rule == "same_family":
        setup_min = centre.setup_same_family_min * 0.75 + centre.setup_other_min * 0.25
    for product in shop.products:
        for route in (product.steps, *product.branches):
            for step, visits in zip(route, visits_of(route), strict=True):
                if step.centre == centre.name:
                    minutes = setup_min + step.piece_min * product.median_quantity
                    hours += product.share * visits * minutes / 60
    open_h = sum(
        Windows(m.shifts).weekly_s
        / HOUR_S
        * m.speed
        / (1 + (m.failure.mean_repair_h / m.failure.mean_busy_h if m.failure else 0.0))
        for m in centre.machines
    )
    return hours / open_h


def loaded(shop: Shop, load: float) -> Shop:
    """Return the shop with as many orders as load its bottleneck so far."""
    return shop.with_rate(load / load_of(shop, shop.centre(shop.bottleneck)))


def flow_line() -> Shop:
    """Five stations in a row, four similar products, first come first served."""
    stations = ("Cutting", "Bending", "Welding", "Painting", "Packing")
    speeds = (2.0, 2.6, 5.6, 2.4, 1.5)
    sizes = {"BR-1": 0.8, "BR-2": 0.95, "BR-3": 1.1, "BR-4": 1.3}
    return loaded(
        Shop(
            name="flow_line",
            about="five stations in a row",
            centres=tuple(
                Centre(name=s.upper(), machines=machines(s.upper(), 2 if s == "Welding" else 1))
                for s in stations
            ),
            products=tuple(
                Product(
                    name=n,
                    family="Bracket",
                    share=0.25,
                    median_quantity=40,
                    steps=steps(
                        *((s, s.upper(), m * k) for s, m in zip(stations, speeds, strict=True))
                    ),
                    allowance_days=5,
                )
                for n, k in sizes.items()
            ),
            orders_per_week=0,
            bottleneck="WELDING",
            removed="WELDING-02",
            other_rule="spt",
            mix={"BR-4": 1.5, "BR-1": 0.5},
        ),
        0.84,
    )


def job_shop() -> Shop:
    """Six centres, eight products with routes of their own, earliest due date first."""
    routes = {
        "JS-A": ("Sawing", "Turning", "Milling", "Grinding"),
        "JS-B": ("Sawing", "Milling", "Drilling", "Inspection"),
        "JS-C": ("Turning", "Drilling", "Milling", "Inspection"),
        "JS-D": ("Sawing", "Turning", "Grinding", "Inspection"),
        "JS-E": ("Milling", "Turning", "Drilling", "Grinding", "Inspection"),
        "JS-F": ("Sawing", "Drilling", "Turning"),
        "JS-G": ("Turning", "Grinding", "Milling", "Inspection"),
        "JS-H": ("Sawing", "Milling", "Grinding", "Drilling", "Inspection"),
    }
    minutes = {
        "Sawing": 2.0, "Turning": 5.5, "Milling": 7.5, "Drilling": 3.0, "Grinding": 3.5, "Inspection": 2.0,
    }  # fmt: skip
    number = {"Turning": 2, "Milling": 2}
    return loaded(
        Shop(
            name="job_shop",
            about="eight routes through six centres, earliest due date first",
            centres=tuple(
                Centre(
                    name=c.upper(),
                    machines=machines(c.upper(), number.get(c, 1)),
                    rule="edd",
                    setup_same_product_min=10,
                    setup_same_family_min=15,
                    setup_other_min=25,
                )
                for c in minutes
            ),
            products=tuple(
                Product(
                    name=name,
                    family=f"F{i % 3 + 1}",
                    share=1 / len(routes),
                    median_quantity=20 + 4 * (i % 4),
                    steps=steps(*((o, o.upper(), minutes[o] * (0.8 + 0.06 * i)) for o in route)),
                    allowance_days=6 + i % 4,
                )
                for i, (name, route) in enumerate(routes.items())
            ),
            orders_per_week=0,
            bottleneck="MILLING",
            removed="TURNING-02",
            other_rule="fifo",
            mix={"JS-E": 1.6, "JS-F": 0.4},
        ),
        0.83,
    )


def _presses(*, is_logged: bool) -> Shop:
    families = ("Black", "White", "Clear")
    return loaded(
        Shop(
            name="setups_logged" if is_logged else "setups_hidden",
            about="colour changes on presses, reported "
            + ("as rows of their own" if is_logged else "inside the first report"),
            centres=(
                Centre(
                    name="PRESS",
                    machines=machines("PRESS", 3),
                    rule="same_family",
                    setup_same_product_min=8,
                    setup_same_family_min=20,
                    setup_other_min=110,
                ),
                Centre(name="TRIM", machines=machines("TRIM", 2)),
                Centre(name="PACK", machines=machines("PACK", 1)),
            ),
            products=tuple(
                Product(
                    name=f"{family[0]}{i + 1}",
                    family=family,
                    share=1 / 6,
                    median_quantity=300,
                    steps=steps(
                        ("Moulding", "PRESS", 0.55 + 0.1 * i),
                        ("Trimming", "TRIM", 0.22),
                        ("Packing", "PACK", 0.08),
                    ),
                    allowance_days=6,
                )
                for family in families
                for i in range(2)
            ),
            orders_per_week=0,
            bottleneck="PRESS",
            removed="TRIM-02",
            other_rule="fifo",
            mix={"B1": 1.7, "W1": 0.3},
            logs_setups=is_logged,
        ),
        0.85,
    )


def setups_logged() -> Shop:
    """Presses where colour changes cost hours; the terminal asks for setups."""
    return _presses(is_logged=True)


def setups_hidden() -> Shop:
    """The same presses; a changeover is part of the first report after it."""
    return _presses(is_logged=False)


def _breaking(*, is_logged: bool) -> Shop:
    weak = Failure(mean_busy_h=22, mean_repair_h=6)
    return loaded(
        Shop(
            name="failures_logged" if is_logged else "failures_hidden",
            about="old forging presses that break down, stops "
            + ("logged with a reason" if is_logged else "hidden inside long reports"),
            centres=(
                Centre(name="HEAT", machines=machines("HEAT", 1)),
                Centre(name="FORGE", machines=machines("FORGE", 2, failure=weak)),
                Centre(name="CLEAN", machines=machines("CLEAN", 1)),
                Centre(name="CHECK", machines=machines("CHECK", 1, shifts=ONE_SHIFT)),
            ),
            products=tuple(
                Product(
                    name=name,
                    family="Forging",
                    share=share,
                    median_quantity=60,
                    steps=steps(
                        ("Heating", "HEAT", 0.9 * k),
                        ("Forging", "FORGE", 2.9 * k),
                        ("Cleaning", "CLEAN", 1.1 * k),
                        ("Checking", "CHECK", 0.5 * k),
                    ),
                    allowance_days=7,
                )
                for name, share, k in (("FG-1", 0.4, 0.8), ("FG-2", 0.35, 1.0), ("FG-3", 0.25, 1.4))
            ),
            orders_per_week=0,
            bottleneck="FORGE",
            removed="FORGE-02",
            other_rule="spt",
            mix={"FG-3": 1.5, "FG-1": 0.6},
            logs_stops=is_logged,
        ),
        0.82,
    )


def failures_logged() -> Shop:
    """Breakdowns with rows of their own."""
    return _breaking(is_logged=True)


def failures_hidden() -> Shop:
    """Breakdowns that only make some reports long."""
    return _breaking(is_logged=False)


def shared_operators() -> Shop:
    """Seven machines, four people: the crew is the bottleneck, not the machines."""
    return loaded(
        Shop(
            name="shared_operators",
            about="seven machines and a crew of four",
            centres=(
                Centre(name="LATHE", machines=machines("LATHE", 3), crew="Crew"),
                Centre(name="MILL", machines=machines("MILL", 2), crew="Crew"),
                Centre(name="DRILL", machines=machines("DRILL", 2), crew="Crew"),
                Centre(name="WASH", machines=machines("WASH", 1)),
            ),
            crews={"Crew": 4},
            products=tuple(
                Product(
                    name=name,
                    family=family,
                    share=0.25,
                    median_quantity=30,
                    steps=steps(
                        ("Turning", "LATHE", 5.0 * k), ("Milling", "MILL", 3.0 * k),
                        ("Drilling", "DRILL", 2.6 / k), ("Washing", "WASH", 1.0),
                    ),
                    allowance_days=6,
                )
                for name, family, k in (
                    ("SO-1", "Pin", 0.8), ("SO-2", "Pin", 1.0), ("SO-3", "Hub", 1.1), ("SO-4", "Hub", 1.3),
                )
            ),
            orders_per_week=0,
            bottleneck="LATHE",
            removed="DRILL-02",
            other_rule="spt",
            mix={"SO-4": 1.6, "SO-1": 0.4},
        ),
        0.54,
    )  # fmt: skip


def rework() -> Shop:
    """A fifth of the lots comes back from inspection to grinding."""

    def route(k: float) -> tuple[Step, ...]:
        first = steps(("Turning", "TURN", 3.6 * k), ("Grinding", "GRIND", 4.2 * k))
        check = Step(
            operation="Inspection", centre="QC", piece_min=1.4, rework_share=0.2, rework_to=1
        )
        return (*first, check, *steps(("Packing", "PACK", 0.7)))

    return loaded(
        Shop(
            name="rework",
            about="a fifth of the lots is ground again",
            centres=(
                Centre(name="TURN", machines=machines("TURN", 2)),
                Centre(name="GRIND", machines=machines("GRIND", 2)),
                Centre(name="QC", machines=machines("QC", 1), wait_share=0.3, wait_mean_h=6),
                Centre(name="PACK", machines=machines("PACK", 1)),
            ),
            products=tuple(
                Product(
                    name=n, family="Valve", share=1 / 3, median_quantity=35, steps=route(k), allowance_days=6,
                )
                for n, k in (("VA-1", 0.8), ("VA-2", 1.0), ("VA-3", 1.2))
            ),
            orders_per_week=0,
            bottleneck="GRIND",
            removed="TURN-02",
            other_rule="spt",
            mix={"VA-3": 1.5, "VA-1": 0.5},
        ),
        0.83,
    )  # fmt: skip


def oven() -> Shop:
    """Heat treatment for up to six lots at once, started with three or after a day."""
    return loaded(
        Shop(
            name="oven",
            about="heat treatment in batches between two machining steps",
            centres=(
                Centre(name="TURN", machines=machines("TURN", 2)),
                Centre(
                    name="OVEN",
                    machines=machines("OVEN", 1),
                    oven=Oven(most_lots=6, least_lots=3, patience_h=24, minutes=420),
                    setup_same_product_min=0,
                    setup_same_family_min=0,
                    setup_other_min=0,
                ),
                Centre(name="GRIND", machines=machines("GRIND", 2)),
            ),
            products=tuple(
                Product(
                    name=n,
                    family="Gear",
                    share=1 / 3,
                    median_quantity=40,
                    steps=steps(
                        ("Turning", "TURN", 4.0 * k), ("Hardening", "OVEN", 0.0), ("Grinding", "GRIND", 4.6 * k),
                        cv=0.15,
                    ),
                    allowance_days=7,
                )
                for n, k in (("GE-1", 0.8), ("GE-2", 1.0), ("GE-3", 1.25))
            ),
            orders_per_week=0,
            bottleneck="GRIND",
            removed="TURN-02",
            other_rule="spt",
            mix={"GE-3": 1.5, "GE-1": 0.5},
        ),
        0.8,
    )  # fmt: skip


def seasonal() -> Shop:
    """Garden and heating parts: the mix swings over sixteen weeks and moves the load."""
    return loaded(
        Shop(
            name="seasonal",
            about="a mix that swings from one centre to another",
            centres=(
                Centre(name="PUNCH", machines=machines("PUNCH", 2)),
                Centre(name="WELD", machines=machines("WELD", 2)),
                Centre(name="COAT", machines=machines("COAT", 1)),
            ),
            products=tuple(
                Product(
                    name=name,
                    family=family,
                    share=0.25,
                    median_quantity=50,
                    season=0.5,
                    season_phase=phase,
                    steps=steps(("Punching", "PUNCH", p), ("Welding", "WELD", w), ("Coating", "COAT", 1.1)),
                    allowance_days=7,
                )
                for name, family, phase, p, w in (
                    ("GA-1", "Garden", 0.0, 3.4, 1.6), ("GA-2", "Garden", 0.0, 2.8, 1.8),
                    ("HE-1", "Heating", 0.5, 1.4, 3.6), ("HE-2", "Heating", 0.5, 1.6, 3.0),
                )
            ),
            orders_per_week=0,
            bottleneck="WELD",
            removed="PUNCH-02",
            other_rule="spt",
            mix={"GA-1": 0.5, "HE-1": 1.5},
        ),
        0.78,
    )  # fmt: skip


def assembly() -> Shop:
    """Frame and drive are made side by side under one order and meet in assembly."""
    return loaded(
        Shop(
            name="assembly",
            about="two branches of an order meet in assembly",
            centres=(
                Centre(name="CUT", machines=machines("CUT", 1)),
                Centre(name="WELD", machines=machines("WELD", 2)),
                Centre(name="TURN", machines=machines("TURN", 2)),
                Centre(name="ASSEMBLY", machines=machines("ASM", 3, shifts=ONE_SHIFT)),
                Centre(name="TEST", machines=machines("TEST", 1, shifts=ONE_SHIFT)),
            ),
            products=tuple(
                Product(
                    name=name,
                    family="Pump",
                    share=1 / 3,
                    median_quantity=8,
                    branches=(
                        steps(("Cutting", "CUT", 7 * k), ("Frame welding", "WELD", 22 * k)),
                        steps(("Shaft turning", "TURN", 24 / k)),
                    ),
                    steps=steps(("Assembling", "ASSEMBLY", 26 * k), ("Testing", "TEST", 6.0)),
                    allowance_days=8,
                )
                for name, k in (("PU-1", 0.85), ("PU-2", 1.0), ("PU-3", 1.2))
            ),
            orders_per_week=0,
            bottleneck="ASSEMBLY",
            removed="TURN-02",
            other_rule="spt",
            added_shift=SECOND_SHIFT,
            mix={"PU-3": 1.5, "PU-1": 0.5},
        ),
        0.82,
    )


def reentrant() -> Shop:
    """Lots return to the same printing centre three times, with other steps between."""

    def route(k: float) -> tuple[Step, ...]:
        return steps(
            ("Print layer 1", "PRINT", 1.1 * k), ("Cure 1", "CURE", 0.6),
            ("Print layer 2", "PRINT", 1.3 * k), ("Cure 2", "CURE", 0.6),
            ("Print layer 3", "PRINT", 1.0 * k), ("Cure 3", "CURE", 0.7), ("Test", "TEST", 0.9),
        )  # fmt: skip

    return loaded(
        Shop(
            name="reentrant",
            about="three visits to the same printers",
            centres=(
                Centre(name="PRINT", machines=machines("PRINT", 3), setup_same_product_min=15),
                Centre(name="CURE", machines=machines("CURE", 2)),
                Centre(name="TEST", machines=machines("TEST", 1)),
            ),
            products=tuple(
                Product(
                    name=n,
                    family="Panel",
                    share=s,
                    median_quantity=60,
                    steps=route(k),
                    allowance_days=8,
                )
                for n, s, k in (("PA-1", 0.5, 0.9), ("PA-2", 0.3, 1.1), ("PA-3", 0.2, 1.4))
            ),
            orders_per_week=0,
            bottleneck="PRINT",
            removed="CURE-02",
            other_rule="spt",
            mix={"PA-3": 1.6, "PA-1": 0.7},
        ),
        0.83,
    )


def unequal() -> Shop:
    """A new fast centre and two old slow ones share the bottleneck."""
    return loaded(
        Shop(
            name="unequal",
            about="bottleneck of one fast machine and two slow ones",
            centres=(
                Centre(name="SAW", machines=machines("SAW", 1)),
                Centre(
                    name="MACHINING",
                    machines=machines("CNC", 3, speeds=(1.5, 0.8, 0.7)),
                    rule="edd",
                    setup_same_product_min=20,
                    setup_same_family_min=25,
                    setup_other_min=40,
                ),
                Centre(name="DEBURR", machines=machines("DEBURR", 1)),
            ),
            products=tuple(
                Product(
                    name=name,
                    family=family,
                    share=0.25,
                    median_quantity=30,
                    steps=(
                        *steps(("Sawing", "SAW", 1.5)),
                        Step(
                            operation="Machining",
                            centre="MACHINING",
                            piece_min=9 * k,
                            not_on=("CNC-03",) if name == "UN-4" else (),
                        ),
                        *steps(("Deburring", "DEBURR", 1.8)),
                    ),
                    allowance_days=days,
                )
                for name, family, k, days in (
                    ("UN-1", "Plate", 0.7, 4), ("UN-2", "Plate", 0.9, 6), ("UN-3", "Block", 1.1, 7), ("UN-4", "Block", 1.4, 8),
                )
            ),
            orders_per_week=0,
            bottleneck="MACHINING",
            removed="CNC-03",
            other_rule="fifo",
            mix={"UN-4": 1.5, "UN-1": 0.5},
        ),
        0.84,
    )  # fmt: skip


def mixed_shifts() -> Shop:
    """Machining in two shifts; saw, inspection and packing in one; approval takes a day or so."""
    return loaded(
        Shop(
            name="mixed_shifts",
            about="one-shift desks around two-shift machines",
            centres=(
                Centre(name="SAW", machines=machines("SAW", 1, shifts=ONE_SHIFT)),
                Centre(name="TURN", machines=machines("TURN", 2)),
                Centre(
                    name="QC",
                    machines=machines("QC", 2, shifts=ONE_SHIFT),
                    wait_share=0.4,
                    wait_mean_h=12,
                ),
                Centre(name="PACK", machines=machines("PACK", 1, shifts=ONE_SHIFT)),
            ),
            products=tuple(
                Product(
                    name=name,
                    family="Shaft",
                    share=1 / 3,
                    median_quantity=40,
                    steps=steps(
                        ("Sawing", "SAW", 0.9),
                        ("Turning", "TURN", 3.4 * k),
                        ("Inspection", "QC", 2.5 * k),
                        ("Packing", "PACK", 0.8),
                    ),
                    allowance_days=6,
                )
                for name, k in (("MX-1", 0.8), ("MX-2", 1.0), ("MX-3", 1.2))
            ),
            orders_per_week=0,
            bottleneck="QC",
            removed="TURN-02",
            other_rule="spt",
            added_shift=SECOND_SHIFT,
            mix={"MX-3": 1.5, "MX-1": 0.5},
        ),
        0.86,
    )


def planner_released() -> Shop:
    """A board line: the planner lets an order in when another one is done."""
    return loaded(
        Shop(
            name="planner_released",
            about="a line that holds seven orders; the planner lets one in when one is done",
            centres=(
                Centre(name="PRINT", machines=machines("PRINT", 1)),
                Centre(
                    name="PLACE",
                    machines=machines("PLACE", 2),
                    setup_same_product_min=10,
                    setup_same_family_min=20,
                    setup_other_min=45,
                ),
                Centre(name="REFLOW", machines=machines("REFLOW", 1)),
                Centre(name="TEST", machines=machines("TEST", 2)),
            ),
            products=tuple(
                Product(
                    name=f"BD-{i + 1}",
                    family="2L" if i % 2 else "4L",
                    share=0.2,
                    median_quantity=60,
                    steps=steps(
                        ("Printing", "PRINT", 0.4 * k),
                        ("Placing", "PLACE", 1.1 * k),
                        ("Reflow", "REFLOW", 0.4 * k),
                        ("Testing", "TEST", 0.7 * k),
                    ),
                    allowance_days=8,
                )
                for i, k in enumerate((0.7, 0.85, 1.0, 1.15, 1.3))
            ),
            orders_per_week=0,
            bottleneck="PLACE",
            removed="TEST-02",
            other_rule="spt",
            mix={"BD-5": 1.5, "BD-1": 0.5},
            most_orders=7,
        ),
        0.97,
    )


def setters() -> Shop:
    """Six moulding machines that run by themselves, and one setter."""
    return loaded(
        Shop(
            name="setters",
            about="one setter for six machines; setups are rows with a name",
            centres=(
                Centre(
                    name="MOULD",
                    machines=machines("MOULD", 6),
                    setup_same_product_min=15,
                    setup_same_family_min=40,
                    setup_other_min=80,
                    setters="Setter",
                ),
                Centre(name="TRIM", machines=machines("TRIM", 2)),
                Centre(name="PACK", machines=machines("PACK", 1)),
            ),
            crews={"Setter": 1},
            products=tuple(
                Product(
                    name=f"{family}{i + 1}",
                    family=family,
                    share=1 / 6,
                    median_quantity=400,
                    steps=steps(
                        ("Moulding", "MOULD", 0.75 + 0.1 * i),
                        ("Trimming", "TRIM", 0.12),
                        ("Packing", "PACK", 0.05),
                    ),
                    allowance_days=6,
                )
                for family in ("Cap", "Lid", "Cup")
                for i in range(2)
            ),
            orders_per_week=0,
            bottleneck="MOULD",
            removed="MOULD-06",
            other_rule="spt",
            mix={"Cap2": 1.7, "Cup1": 0.3},
            logs_setups=True,
        ),
        0.74,
    )


def subcontractor() -> Shop:
    """Valves that are plated elsewhere: a van on Tuesdays and Fridays, back after days."""
    plating = ("Plating", "PLATER", 0.0)
    return loaded(
        Shop(
            name="subcontractor",
            about="plated elsewhere for about four days, fetched on Tuesdays and Fridays",
            centres=(
                Centre(
                    name="TURN",
                    machines=machines("TURN", 2),
                    setup_same_family_min=20,
                    setup_other_min=45,
                ),
                Centre(name="MILL", machines=machines("MILL", 3, shifts=ONE_SHIFT)),
                Centre(
                    name="PLATER",
                    machines=(),
                    away=Away(weekdays=(1, 4), pick_up_h=10, mean_days=4, cv=0.3),
                ),
                Centre(name="GRIND", machines=machines("GRIND", 1)),
                Centre(name="PACK", machines=machines("PACK", 1, shifts=ONE_SHIFT)),
            ),
            products=tuple(
                Product(
                    name=f"VA-{i + 1}",
                    family="Brass" if i % 2 else "Steel",
                    share=0.25,
                    median_quantity=50,
                    steps=steps(
                        ("Turning", "TURN", 3.2 * k),
                        ("Milling", "MILL", 1.9 * k),
                        *(() if i == 3 else (plating,)),
                        ("Grinding", "GRIND", 1.4 * k),
                        ("Packing", "PACK", 0.5),
                    ),
                    allowance_days=14,
                )
                for i, k in enumerate((0.8, 0.95, 1.1, 1.25))
            ),
            orders_per_week=0,
            bottleneck="TURN",
            removed="MILL-03",
            other_rule="edd",
            mix={"VA-4": 1.6, "VA-1": 0.4},
        ),
        0.83,
    )


WORKSHOPS: dict[str, Callable[[], Shop]] = {
    make.__name__: make
    for make in (
        flow_line, job_shop, setups_logged, setups_hidden, failures_logged, failures_hidden,
        shared_operators, rework, oven, seasonal, assembly, reentrant, unequal, mixed_shifts,
        planner_released, setters, subcontractor,
    )
}  # fmt: skip


def all_steps(shop: Shop) -> Iterator[tuple[Product, Step]]:
    """Yield every (product, step) of a shop."""
    for product in shop.products:
        for route in (*product.branches, product.steps):
            for step in route:
                yield product, step
