"""What a workshop is made of: plain data that says nothing about how it is simulated.

Minutes and hours as a foreman says them; the engine turns them into seconds.
Nothing here, nor in the engine, imports zhizao: that is the point.
"""

from dataclasses import dataclass, field, replace

MINUTE_S = 60.0
HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
WEEK_S = 7 * DAY_S


@dataclass(frozen=True, kw_only=True)
class Shift:
    """Hours on some weekdays (0 is Monday); ``end_h`` above 24 runs into the next day."""

    weekdays: tuple[int, ...]
    start_h: float
    end_h: float


WORKDAYS = (0, 1, 2, 3, 4)
EARLY = Shift(weekdays=WORKDAYS, start_h=7, end_h=15)
LATE = Shift(weekdays=WORKDAYS, start_h=15, end_h=23)
SATURDAY = Shift(weekdays=(5,), start_h=7, end_h=15)
ONE_SHIFT = (EARLY,)
TWO_SHIFTS = (EARLY, LATE)


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Stops: exponential in busy hours; repairs lognormal, round the clock."""

    mean_busy_h: float
    mean_repair_h: float
    repair_cv: float = 0.8


@dataclass(frozen=True, kw_only=True)
class Machine:
    """One machine; it works on one lot at a time."""

    name: str
    shifts: tuple[Shift, ...] = TWO_SHIFTS
    speed: float = 1.0
    failure: Failure | None = None


@dataclass(frozen=True, kw_only=True)
class Oven:
    """A centre that works on several orders at once, for a fixed time."""

    most_lots: int
    least_lots: int
    patience_h: float
    minutes: float


@dataclass(frozen=True, kw_only=True)
class Away:
    """A subcontractor: a van takes all lots on some days; they come back on a working morning."""

    weekdays: tuple[int, ...]
    pick_up_h: float
    mean_days: float
    cv: float
    back_h: float = 9.0


@dataclass(frozen=True, kw_only=True)
class Centre:
    """Machines with a common queue; setup minutes by what was made before."""

    name: str
    machines: tuple[Machine, ...]
    rule: str = "fifo"  # fifo, edd, spt, same_family
    setup_same_product_min: float = 10.0
    setup_same_family_min: float = 10.0
    setup_other_min: float = 10.0
    crew: str | None = None
    setters: str | None = None  # who sets up, and nothing else
    oven: Oven | None = None
    away: Away | None = None  # no machines of one's own
    wait_share: float = 0.0  # of lots that then lose time that nobody writes down
    wait_mean_h: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Step:
    """One operation of a routing."""

    operation: str
    centre: str
    piece_min: float
    cv: float = 0.2
    rework_share: float = 0.0
    rework_to: int = 0  # position in the routing to go back to
    not_on: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Product:
    """A part number. ``branches`` run side by side before ``steps`` begin."""

    name: str
    family: str
    share: float
    median_quantity: float
    steps: tuple[Step, ...]
    branches: tuple[tuple[Step, ...], ...] = ()
    quantity_cv: float = 0.5
    allowance_days: float = 7.0
    season: float = 0.0  # amplitude of the swing of its demand, below 1
    season_phase: float = 0.0  # in periods


@dataclass(frozen=True, kw_only=True)
class Shop:
    """The whole workshop, how it writes its log, and what is changed in the trials."""

    name: str
    about: str
    centres: tuple[Centre, ...]
    products: tuple[Product, ...]
    orders_per_week: float
    bottleneck: str
    other_rule: str
    mix: dict[str, float]  # product: factor on its demand
    removed: str | None = None  # a machine of a centre that has several
    added_shift: tuple[Shift, ...] = (SATURDAY,)  # for the machines of the bottleneck
    crews: dict[str, int] = field(default_factory=dict)  # and setters
    most_orders: int | None = None  # in the plant: the planner lets one in when one is done
    transport_min: float = 15.0
    season_weeks: float = 16.0
    setup_cv: float = 0.2
    logs_setups: bool = False  # as rows of their own; else inside the first report
    logs_stops: bool = False  # as rows of their own; else hidden inside reports
    logs_families: bool = True
    logs_due: bool = True

    def centre(self, name: str) -> Centre:
        """Return a centre by name."""
        return next(c for c in self.centres if c.name == name)

    def with_rate(self, orders_per_week: float) -> "Shop":
        """Return the same shop with other demand."""
        return replace(self, orders_per_week=orders_per_week)
