"""The tables of a plant folder, as data: columns, how cells are written, what they refer to.

Readers, writers, checks and documentation all follow ``TABLES``. Meanings of
columns are those of the nouns' fields.
"""

from dataclasses import dataclass

from zhizao.model._noun import Noun
from zhizao.model.cells import CellKind
from zhizao.model.order import Order
from zhizao.model.plant import (
    Answer,
    Calendar,
    CalendarException,
    Carrier,
    Component,
    Demand,
    Maintenance,
    Operator,
    Output,
    Part,
    Product,
    Provenance,
    Resource,
    Routing,
    Setup,
    Shift,
    Step,
    Tariff,
    TariffException,
    TariffPeriod,
    Tool,
    Transport,
    WipCap,
    WorkCentre,
)


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a table.

    ``path`` leads from the noun to the value. ``refers`` names the group of
    names to which every name in the cell must belong (see ``references``). An
    empty cell means the field's default, or ``None`` where ``empty_is_none``.
    """

    name: str
    meaning: str
    kind: CellKind = "text"
    path: tuple[str, ...] = ()
    refers: str | None = None
    required: bool = False
    empty_is_none: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Table:
    """One table: a CSV file of the plant folder or a sheet of the workbook; each is itself only.

    ``noun`` is what a row makes; where several rows make one part, it is what
    a row adds to it. The values in the columns of ``key`` occur together once.
    """

    name: str
    columns: tuple[Column, ...]
    noun: type[Noun]
    key: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        """Name of the file in a plant folder."""
        return f"{self.name}.csv"


def _column(
    noun: type[Noun],
    path: str,
    *,
    name: str | None = None,
    kind: CellKind = "text",
    refers: str | None = None,
    required: bool | None = None,
) -> Column:
    """Return a column for a field of a noun; ``path`` has a ``/`` for each part in a part."""
    parts = tuple(path.split("/"))
    owner = noun
    for part in parts[:-1]:
        annotation = owner.model_fields[part].annotation
        members = (annotation, *getattr(annotation, "__args__", ()))
        owner = next(m for m in members if isinstance(m, type) and issubclass(m, Noun))
    field = owner.model_fields[parts[-1]]
    takes_none = type(None) in getattr(field.annotation, "__args__", ())
    return Column(
        name=name or parts[-1],
        meaning=field.description or "",
        kind=kind,
        path=parts,
        refers=refers,
        required=field.is_required() and len(parts) == 1 and not takes_none
        if required is None
        else required,
        empty_is_none=field.is_required() and takes_none,
    )


_CALENDAR_COLUMNS = (
    _column(Calendar, "id", name="calendar"),
    Column(
        name="kind",
        meaning="weekly: a shift of every week; open or closed: an exception; "
        "empty: the calendar has no times",
    ),
    _column(Shift, "weekday", required=False),
    _column(Shift, "start", kind="clock", required=False),
    _column(Shift, "end", kind="clock", required=False),
    _column(CalendarException, "start_at", name="from_at", kind="instant", required=False),
    _column(CalendarException, "end_at", name="to_at", kind="instant", required=False),
)


TABLES: tuple[Table, ...] = (
    Table(
        name="work_centres",
        noun=WorkCentre,
        key=("work_centre",),
        columns=(
            _column(WorkCentre, "id", name="work_centre"),
            _column(WorkCentre, "dispatch"),
            _column(WorkCentre, "buffer_lots", kind="integer"),
            _column(WorkCentre, "idle_choice"),
            _column(WorkCentre, "hot_lots"),
            _column(WorkCentre, "weights/wait_h", name="weight_wait_h", kind="number"),
            _column(WorkCentre, "weights/due_h", name="weight_due_h", kind="number"),
            _column(WorkCentre, "weights/priority", name="weight_priority", kind="number"),
            _column(WorkCentre, "weights/same_setup", name="weight_same_setup", kind="number"),
            _column(WorkCentre, "weights/time_h", name="weight_time_h", kind="number"),
            _column(
                WorkCentre,
                "weights/critical_ratio",
                name="weight_critical_ratio",
                kind="number",
            ),
        ),
    ),
    Table(
        name="resources",
        noun=Resource,
        key=("resource",),
        columns=(
            _column(Resource, "id", name="resource"),
            _column(Resource, "work_centre", refers="work_centre"),
            _column(Resource, "capacity", kind="integer"),
            _column(Resource, "speed", kind="number"),
            _column(Resource, "calendar", refers="calendar"),
            _column(Resource, "failure/mtbf_h", kind="number"),
            _column(Resource, "failure/mttr_h", kind="number"),
            _column(Resource, "failure/basis", name="failure_basis"),
            _column(Resource, "failure/between", name="failure_between"),
            _column(Resource, "failure/between_cv", name="failure_between_cv", kind="number"),
            _column(Resource, "failure/repair", name="failure_repair"),
            _column(Resource, "failure/repair_cv", name="failure_repair_cv", kind="number"),
            _column(Resource, "short_stops_per_h", kind="number"),
            _column(Resource, "short_stop_min", kind="number"),
            _column(Resource, "initial_family", refers="family"),
            _column(Resource, "load_min", kind="number"),
            _column(Resource, "unload_min", kind="number"),
            _column(Resource, "cascading_setup"),
            _column(Resource, "setup_skill", refers="skill"),
            _column(Resource, "repair_skill", refers="skill"),
            _column(Resource, "power/busy_kw", kind="number"),
            _column(Resource, "power/setup_kw", kind="number"),
            _column(Resource, "power/idle_kw", kind="number"),
            _column(Resource, "power/off_kw", kind="number"),
        ),
    ),
    Table(
        name="maintenance",
        noun=Maintenance,
        key=("maintenance",),
        columns=(
            _column(Maintenance, "id", name="maintenance"),
            _column(Maintenance, "resource", refers="resource"),
            _column(Maintenance, "every_h", kind="number"),
            _column(Maintenance, "every_lots", kind="integer"),
            _column(Maintenance, "basis"),
            _column(Maintenance, "first_h", kind="number"),
            _column(Maintenance, "first_lots", kind="integer"),
            _column(Maintenance, "mean_min", kind="number"),
            _column(Maintenance, "distribution"),
            _column(Maintenance, "cv", kind="number"),
            _column(Maintenance, "quantiles", kind="numbers"),
            _column(Maintenance, "skill", refers="skill"),
        ),
    ),
    Table(
        name="operators",
        noun=Operator,
        key=("operator",),
        columns=(
            _column(Operator, "id", name="operator"),
            _column(Operator, "skills", kind="names"),
            _column(Operator, "count", kind="integer"),
            _column(Operator, "calendar", refers="calendar"),
            _column(Operator, "next_work"),
        ),
    ),
    Table(
        name="tools",
        noun=Tool,
        key=("tool",),
        columns=(
            _column(Tool, "id", name="tool"),
            _column(Tool, "count", kind="integer"),
        ),
    ),
    Table(
        name="products",
        noun=Product,
        key=("product",),
        columns=(
            _column(Product, "id", name="product"),
            _column(Product, "family"),
            _column(Product, "description"),
        ),
    ),
    Table(
        name="routings",
        noun=Step,
        key=("product", "variant", "step"),
        columns=(
            _column(Routing, "product", refers="product"),
            _column(Routing, "variant"),
            _column(Routing, "share", kind="number"),
            _column(Step, "step", kind="integer"),
            _column(Step, "operation"),
            _column(Step, "resources", kind="options", refers="resource"),
            _column(Step, "family"),
            _column(Step, "time/setup_min", kind="number"),
            _column(Step, "time/per_piece_min", kind="number"),
            _column(Step, "time/distribution", name="time_distribution"),
            _column(Step, "time/cv", name="time_cv", kind="number"),
            _column(Step, "time/quantiles", name="time_quantiles", kind="numbers"),
            _column(Step, "delay/mean_min", name="delay_min", kind="number"),
            _column(Step, "delay/distribution", name="delay_distribution"),
            _column(Step, "delay/cv", name="delay_cv", kind="number"),
            _column(Step, "delay/quantiles", name="delay_quantiles", kind="numbers"),
            _column(Step, "delay/calendar", name="delay_calendar", refers="calendar"),
            _column(Step, "probability", kind="number"),
            _column(Step, "scrap_share", kind="number"),
            _column(Step, "lot_scrap_probability", kind="number"),
            _column(Step, "rework/probability", name="rework_probability", kind="number"),
            _column(Step, "rework/to_step", name="rework_to_step", kind="integer"),
            _column(Step, "rework/max_passes", name="rework_max_passes", kind="integer"),
            _column(Step, "skills", kind="names", refers="skill"),
            _column(Step, "interval_min", kind="number"),
            _column(Step, "batch/min_pieces", name="batch_min_pieces", kind="number"),
            _column(Step, "batch/max_pieces", name="batch_max_pieces", kind="number"),
            _column(Step, "batch/group", name="batch_group"),
            _column(Step, "batch/max_wait_min", name="batch_max_wait_min", kind="number"),
            _column(Step, "interruption"),
            _column(Step, "operator_interruption"),
            _column(Step, "tools", kind="names", refers="tool"),
            _column(Step, "same_resource_as", kind="integer"),
            _column(Step, "limit_to_step", kind="integer"),
            _column(Step, "limit_min", kind="number"),
            _column(Step, "transfer_pieces", kind="number"),
            _column(Step, "drawn_with", kind="integer"),
            _column(Step, "dependence", kind="number"),
        ),
    ),
    Table(
        name="setups",
        noun=Setup,
        key=("work_centre", "from_family", "to_family"),
        columns=(
            _column(Setup, "work_centre", refers="work_centre"),
            _column(Setup, "from_family", refers="family"),
            _column(Setup, "to_family", refers="family"),
            _column(Setup, "setup_min", kind="number"),
            _column(Setup, "min_run_lots", kind="integer"),
        ),
    ),
    Table(name="calendars", noun=Shift, columns=_CALENDAR_COLUMNS),
    Table(
        name="tariffs",
        noun=TariffPeriod,
        columns=(
            _column(Tariff, "id", name="tariff"),
            Column(
                name="kind",
                meaning="always: price outside all hours; weekly: hours of the week; "
                "span: from one instant to another",
                required=True,
            ),
            _column(TariffPeriod, "weekdays", kind="names"),
            _column(TariffPeriod, "start", kind="clock"),
            _column(TariffPeriod, "end", kind="clock"),
            _column(TariffException, "start_at", name="from_at", kind="instant", required=False),
            _column(TariffException, "end_at", name="to_at", kind="instant", required=False),
            _column(Tariff, "price_per_kwh", kind="number", required=False),
            _column(Tariff, "carbon_kg_per_kwh", kind="number", required=False),
        ),
    ),
    Table(
        name="transports",
        noun=Transport,
        key=("from_work_centre", "to_work_centre"),
        columns=(
            _column(Transport, "from_work_centre", refers="work_centre"),
            _column(Transport, "to_work_centre", refers="work_centre"),
            _column(Transport, "minutes", kind="number"),
            _column(Transport, "carrier", refers="carrier"),
        ),
    ),
    Table(
        name="carriers",
        noun=Carrier,
        key=("carrier",),
        columns=(
            _column(Carrier, "id", name="carrier"),
            _column(Carrier, "count", kind="integer"),
            _column(Carrier, "speed", kind="number"),
        ),
    ),
    Table(
        name="bom",
        noun=Component,
        key=("product", "component", "step"),
        columns=(
            _column(Component, "product", refers="product"),
            _column(Component, "component", refers="item"),
            _column(Component, "pieces", kind="number"),
            _column(Component, "step", kind="integer"),
        ),
    ),
    Table(
        name="parts",
        noun=Part,
        key=("part",),
        columns=(
            _column(Part, "id", name="part"),
            _column(Part, "stock", kind="number"),
            _column(Part, "reorder_point", kind="number"),
            _column(Part, "reorder_pieces", kind="number"),
            _column(Part, "lead_time_h", kind="number"),
            _column(Part, "distribution"),
            _column(Part, "cv", kind="number"),
            _column(Part, "quantiles", kind="numbers"),
        ),
    ),
    Table(
        name="outputs",
        noun=Output,
        key=("product", "step", "output"),
        columns=(
            _column(Output, "product", refers="product"),
            _column(Output, "step", kind="integer"),
            _column(Output, "output", refers="item"),
            _column(Output, "pieces", kind="number"),
        ),
    ),
    Table(
        name="wip_caps",
        noun=WipCap,
        key=("wip_cap",),
        columns=(
            _column(WipCap, "id", name="wip_cap"),
            _column(WipCap, "max_lots", kind="integer"),
            _column(WipCap, "product", refers="product"),
            _column(WipCap, "work_centre", refers="work_centre"),
        ),
    ),
    Table(
        name="demands",
        noun=Demand,
        columns=(
            _column(Demand, "product", refers="product"),
            _column(Demand, "orders_per_week", kind="number"),
            _column(Demand, "quantities", kind="numbers"),
            _column(Demand, "allowances_h", kind="numbers"),
            _column(Demand, "priority", kind="integer"),
            _column(Demand, "week_factors", kind="numbers"),
            _column(Demand, "factors_from_at", kind="instant"),
        ),
    ),
    Table(
        name="provenance",
        noun=Provenance,
        columns=(
            _column(Provenance, "where"),
            _column(Provenance, "source"),
            _column(Provenance, "level"),
            _column(Provenance, "n", kind="integer"),
            _column(Provenance, "value", kind="number"),
            _column(Provenance, "low", kind="number"),
            _column(Provenance, "high", kind="number"),
            _column(Provenance, "note"),
        ),
    ),
    Table(
        name="answers",
        noun=Answer,
        key=("question", "about"),
        columns=(
            _column(Answer, "question"),
            _column(Answer, "about"),
            _column(Answer, "value"),
        ),
    ),
    Table(
        name="orders",
        noun=Order,
        key=("order_id",),
        columns=(
            _column(Order, "id", name="order_id"),
            _column(Order, "product", refers="product"),
            _column(Order, "quantity", kind="number"),
            _column(Order, "release_at", kind="instant"),
            _column(Order, "due_at", kind="instant"),
            _column(Order, "priority", kind="integer"),
            _column(Order, "source"),
        ),
    ),
)
"""All tables, in the order in which a person would fill them."""

TABLE: dict[str, Table] = {table.name: table for table in TABLES}
"""The same, by name."""
