"""The true workshop: machines, products, routings, shifts, failures and habits.

Everything that a twin should learn from the log is stated here and nowhere
else. A change to the workshop is another ``Config`` (``dataclasses.replace`` or
``with_resource`` and ``with_shifts``), simulated with the same seed.
"""

from dataclasses import dataclass, replace
from datetime import datetime

MINUTE_S = 60
HOUR_S = 3600
DAY_S = 24 * HOUR_S
WEEK_S = 7 * DAY_S


@dataclass(frozen=True, kw_only=True)
class Shift:
    """Hours worked on some weekdays; ``end_h`` above 24 runs into the next day."""

    name: str
    weekdays: tuple[int, ...]  # 0 is Monday
    start_h: float
    end_h: float


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Stops of a machine: exponential in busy hours, lognormal repairs in shift hours."""

    mean_busy_h: float
    mean_repair_h: float
    repair_cv: float = 0.6


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One machine, bench or desk. It works on one order at a time."""

    name: str
    work_centre: str
    shifts: tuple[Shift, ...]
    operators: tuple[str, ...]  # two of them swap early and late every week
    speed: float = 1.0
    failure: Failure | None = None


@dataclass(frozen=True, kw_only=True)
class Step:
    """An operation of a routing; its time is pieces x piece_min x noise / speed."""

    number: int
    operation: str
    work_centre: str
    piece_min: float
    scrap: float = 0.0
    cv: float = 0.25
    noise: str = "lognormal"  # or "gamma"; either has mean 1
    not_on: tuple[str, ...] = ()  # resources of the work centre that cannot do it


@dataclass(frozen=True, kw_only=True)
class Product:
    """A part number, how often and in which quantities it is ordered, and its routing."""

    name: str
    family: str
    share: float
    median_quantity: float
    allowance_days: float
    steps: tuple[Step, ...]
    rework_share: float = 0.0  # chance that QC sends pieces back to grinding


@dataclass(frozen=True, kw_only=True)
class Wait:
    """Clock time that some orders lose after a work centre and nobody writes down."""

    share: float
    mean_h: float
    cv: float = 0.8


@dataclass(frozen=True, kw_only=True)
class QueueRule:
    """What people pick: the least of promised date minus the hours granted below."""

    same_family_h: float
    rush_h: float


@dataclass(frozen=True, kw_only=True)
class Config:
    """The whole workshop. Instants are local clock times of ``time_zone``."""

    name: str
    name_zh: str
    time_zone: str
    begins_at: datetime
    log_begins_at: datetime
    log_ends_at: datetime
    ends_at: datetime
    holidays: tuple[datetime, ...]
    orders_per_day: tuple[float, ...]  # Monday to Sunday
    release_h: tuple[float, float]
    rush_share: float
    resources: tuple[Resource, ...]
    products: tuple[Product, ...]
    setup_min: dict[str, dict[str, dict[str, float]]]  # centre, from family, to family
    same_product_setup_min: dict[str, float]  # centre; the only setup where no matrix is given
    setup_cv: float
    waits: dict[str, Wait]
    transport_min: float
    max_reworks: int
    rework_quantity: tuple[float, float]  # share of the pieces, uniform
    rule: QueueRule

    def at_s(self, instant: datetime) -> int:
        """Return the seconds from the beginning of the model to a local clock time.

        Examples
        --------
        >>> WORKSHOP.at_s(datetime(2025, 2, 4))
        86400
        """
        return round((instant - self.begins_at).total_seconds())


def with_resource(config: Config, *, like: str, name: str, speed: float | None = None) -> Config:
    """Return the workshop with one more resource, a copy of ``like``.

    Examples
    --------
    >>> len(with_resource(WORKSHOP, like="LATHE-01", name="LATHE-04").resources)
    12
    """
    model = next(resource for resource in config.resources if resource.name == like)
    extra = replace(
        model,
        name=name,
        speed=model.speed if speed is None else speed,
        operators=tuple(f"Temp {name} {i + 1}" for i in range(len(model.operators))),
    )
    return replace(config, resources=(*config.resources, extra))


def with_shifts(config: Config, *, name: str, shifts: tuple[Shift, ...]) -> Config:
    """Return the workshop with other shifts at one resource.

    Examples
    --------
    >>> changed = with_shifts(WORKSHOP, name="GRIND-01", shifts=(EARLY,))
    >>> [r.shifts[0].name for r in changed.resources if r.name == "GRIND-01"]
    ['early']
    """
    changed = (replace(r, shifts=shifts) if r.name == name else r for r in config.resources)
    return replace(config, resources=tuple(changed))


WEEKDAYS = (0, 1, 2, 3, 4)
EARLY = Shift(name="early", weekdays=WEEKDAYS, start_h=7.5, end_h=16.0)
LATE = Shift(name="late", weekdays=WEEKDAYS, start_h=16.0, end_h=24.5)
SATURDAY = Shift(name="saturday", weekdays=(5,), start_h=7.5, end_h=12.0)
TWO_SHIFTS = (EARLY, LATE, SATURDAY)
ONE_SHIFT = (EARLY, SATURDAY)


def _step(number: int, operation: str, piece_min: float, *not_on: str) -> Step:
    centre, scrap, cv, noise = {
        "Sawing": ("SAW", 0.0, 0.15, "lognormal"),
        "Turning": ("TURN", 0.008, 0.22, "lognormal"),
        "Rough turning": ("TURN", 0.004, 0.22, "lognormal"),
        "Finish turning": ("TURN", 0.008, 0.22, "lognormal"),
        "Milling": ("MILL", 0.010, 0.28, "lognormal"),
        "Deburring": ("DEBURR", 0.0, 0.35, "gamma"),
        "Grinding": ("GRIND", 0.006, 0.25, "lognormal"),
        "Final inspection": ("QC", 0.010, 0.40, "gamma"),
        "Packing": ("PACK", 0.0, 0.30, "gamma"),
    }[operation]
    return Step(
        number=number,
        operation=operation,
        work_centre=centre,
        piece_min=piece_min,
        scrap=scrap,
        cv=cv,
        noise=noise,
        not_on=not_on,
    )


def _routing(*operations: tuple[str, float] | tuple[str, float, str]) -> tuple[Step, ...]:
    return tuple(_step(10 * (i + 1), *operation) for i, operation in enumerate(operations))


def _product(name: str, family: str, *steps: tuple[str, float] | tuple[str, float, str], share: float, median: float, days: float, rework: float = 0.0) -> Product:  # fmt: skip
    return Product(
        name=name,
        family=family,
        share=share,
        median_quantity=median,
        allowance_days=days,
        rework_share=rework,
        steps=_routing(*steps),
    )


_PRODUCTS = (
    _product("SH-110", "Shaft", ("Sawing", 1.3), ("Turning", 7.6), ("Grinding", 5.9), ("Final inspection", 2.4), ("Packing", 1.2), share=0.17, median=40, days=5.5, rework=0.06),
    _product("SH-125", "Shaft", ("Sawing", 1.5), ("Turning", 8.8), ("Milling", 6.2), ("Grinding", 6.5), ("Final inspection", 3.0), ("Packing", 1.2), share=0.12, median=35, days=6.3, rework=0.08),
    _product("SH-140", "Shaft", ("Sawing", 2.3), ("Rough turning", 7.0, "LATHE-03"), ("Finish turning", 8.2, "LATHE-03"), ("Milling", 9.0), ("Deburring", 2.9), ("Grinding", 8.8), ("Final inspection", 4.7), ("Packing", 2.2), share=0.07, median=22, days=8.0, rework=0.10),
    _product("GR-20", "Gear", ("Sawing", 0.9), ("Turning", 5.1), ("Milling", 7.0), ("Deburring", 2.1), ("Final inspection", 2.0), ("Packing", 0.8), share=0.18, median=50, days=5.5),
    _product("GR-32", "Gear", ("Sawing", 1.1), ("Turning", 6.4), ("Milling", 9.3), ("Deburring", 2.6), ("Grinding", 6.0), ("Final inspection", 3.0), ("Packing", 1.1), share=0.14, median=35, days=7.1, rework=0.08),
    _product("GR-48", "Gear", ("Sawing", 1.8), ("Turning", 9.4, "LATHE-03"), ("Milling", 12.4, "MILL-02"), ("Deburring", 3.9), ("Grinding", 8.2), ("Final inspection", 4.3), ("Packing", 1.6), share=0.06, median=20, days=7.6, rework=0.12),
    _product("FL-60", "Flange", ("Sawing", 1.1), ("Turning", 7.0), ("Final inspection", 1.9), ("Packing", 0.9), share=0.15, median=45, days=3.8),
    _product("FL-80", "Flange", ("Turning", 9.4), ("Milling", 7.9), ("Deburring", 2.3), ("Final inspection", 2.7), ("Packing", 1.4), share=0.11, median=30, days=5.0),
)  # fmt: skip

_RESOURCES = (
    Resource(name="SAW-01", work_centre="SAW", shifts=ONE_SHIFT, operators=("Zhou Min",)),
    Resource(name="LATHE-01", work_centre="TURN", shifts=TWO_SHIFTS, operators=("Zhang Wei", "Li Na"), failure=Failure(mean_busy_h=90.0, mean_repair_h=2.5)),
    Resource(name="LATHE-02", work_centre="TURN", shifts=TWO_SHIFTS, operators=("Wang Fang", "Liu Yang"), failure=Failure(mean_busy_h=90.0, mean_repair_h=2.5)),
    Resource(name="LATHE-03", work_centre="TURN", shifts=TWO_SHIFTS, operators=("Chen Jie", "Yang Li"), speed=0.75, failure=Failure(mean_busy_h=60.0, mean_repair_h=4.0)),
    Resource(name="MILL-01", work_centre="MILL", shifts=TWO_SHIFTS, operators=("Zhao Lei", "Huang Yan"), failure=Failure(mean_busy_h=80.0, mean_repair_h=3.0)),
    Resource(name="MILL-02", work_centre="MILL", shifts=TWO_SHIFTS, operators=("Wu Qiang", "Xu Jing"), speed=0.7, failure=Failure(mean_busy_h=45.0, mean_repair_h=3.5)),
    Resource(name="GRIND-01", work_centre="GRIND", shifts=TWO_SHIFTS, operators=("Sun Tao", "Ma Chao"), failure=Failure(mean_busy_h=75.0, mean_repair_h=3.0)),
    Resource(name="DEBURR-01", work_centre="DEBURR", shifts=ONE_SHIFT, operators=("Zhu Hua",)),
    Resource(name="QC-01", work_centre="QC", shifts=ONE_SHIFT, operators=("Hu Ping",)),
    Resource(name="QC-02", work_centre="QC", shifts=ONE_SHIFT, operators=("Guo Lin",)),
    Resource(name="PACK-01", work_centre="PACK", shifts=ONE_SHIFT, operators=("He Bin",)),
)  # fmt: skip

WORKSHOP = Config(
    name="Lakeside Gearworks",
    name_zh="湖畔齿轮",
    time_zone="Asia/Shanghai",
    begins_at=datetime(2025, 2, 3),  # noqa: DTZ001  the plant writes clock times without a zone
    log_begins_at=datetime(2025, 3, 3),  # noqa: DTZ001
    log_ends_at=datetime(2025, 7, 18, 15, 0),  # noqa: DTZ001
    ends_at=datetime(2025, 8, 18),  # noqa: DTZ001
    holidays=(datetime(2025, 5, 1),),  # noqa: DTZ001
    orders_per_day=(6.8, 5.4, 5.2, 5.0, 4.6, 0.0, 0.0),
    release_h=(7.5, 16.0),
    rush_share=0.06,
    resources=_RESOURCES,
    products=_PRODUCTS,
    setup_min={
        "TURN": {
            "Shaft": {"Shaft": 22.0, "Gear": 55.0, "Flange": 65.0},
            "Gear": {"Shaft": 50.0, "Gear": 20.0, "Flange": 45.0},
            "Flange": {"Shaft": 70.0, "Gear": 50.0, "Flange": 25.0},
        },
        "MILL": {
            "Shaft": {"Shaft": 25.0, "Gear": 75.0, "Flange": 60.0},
            "Gear": {"Shaft": 80.0, "Gear": 30.0, "Flange": 70.0},
            "Flange": {"Shaft": 55.0, "Gear": 75.0, "Flange": 25.0},
        },
    },
    same_product_setup_min={
        "SAW": 8.0,
        "TURN": 10.0,
        "MILL": 12.0,
        "GRIND": 25.0,
        "DEBURR": 5.0,
        "QC": 10.0,
        "PACK": 5.0,
    },
    setup_cv=0.25,
    waits={
        "SAW": Wait(share=0.35, mean_h=5.0),
        "TURN": Wait(share=0.20, mean_h=4.0),
        "MILL": Wait(share=0.20, mean_h=6.0),
        "GRIND": Wait(share=0.15, mean_h=3.0),
        "QC": Wait(share=0.30, mean_h=8.0),
    },
    transport_min=15.0,
    max_reworks=2,
    rework_quantity=(0.15, 0.40),
    rule=QueueRule(same_family_h=48.0, rush_h=72.0),
)
"""The workshop as it is."""
