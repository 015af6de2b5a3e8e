"""Tables of what does the work, and when: resources, people, tools, carriers, calendars, tariffs."""

from zhizao.model.files.columns import Column, Table, column_of
from zhizao.model.plant import (
    Calendar,
    CalendarException,
    Carrier,
    Maintenance,
    Operator,
    Resource,
    Shift,
    Tariff,
    TariffException,
    TariffPeriod,
    Tool,
    Transport,
    WorkCentre,
)

WORK_CENTRES = Table(
    name="work_centres",
    noun=WorkCentre,
    key=("work_centre",),
    columns=(
        column_of(WorkCentre, "id", name="work_centre"),
        column_of(WorkCentre, "dispatch"),
        column_of(WorkCentre, "buffer_lots", kind="integer"),
        column_of(WorkCentre, "idle_choice"),
        column_of(WorkCentre, "hot_lots"),
        column_of(WorkCentre, "weights/wait_h", name="weight_wait_h", kind="number"),
        column_of(WorkCentre, "weights/due_h", name="weight_due_h", kind="number"),
        column_of(WorkCentre, "weights/priority", name="weight_priority", kind="number"),
        column_of(WorkCentre, "weights/same_setup", name="weight_same_setup", kind="number"),
        column_of(WorkCentre, "weights/time_h", name="weight_time_h", kind="number"),
        column_of(
            WorkCentre,
            "weights/critical_ratio",
            name="weight_critical_ratio",
            kind="number",
        ),
        column_of(WorkCentre, "weights/age_h", name="weight_age_h", kind="number"),
    ),
)

RESOURCES = Table(
    name="resources",
    noun=Resource,
    key=("resource",),
    columns=(
        column_of(Resource, "id", name="resource"),
        column_of(Resource, "work_centre", refers="work_centre"),
        column_of(Resource, "capacity", kind="integer"),
        column_of(Resource, "speed", kind="number"),
        column_of(Resource, "calendar", refers="calendar"),
        column_of(Resource, "failure/mtbf_h", kind="number"),
        column_of(Resource, "failure/mttr_h", kind="number"),
        column_of(Resource, "failure/basis", name="failure_basis"),
        column_of(Resource, "failure/between", name="failure_between"),
        column_of(Resource, "failure/between_cv", name="failure_between_cv", kind="number"),
        column_of(Resource, "failure/repair", name="failure_repair"),
        column_of(Resource, "failure/repair_cv", name="failure_repair_cv", kind="number"),
        column_of(Resource, "short_stops_per_h", kind="number"),
        column_of(Resource, "short_stop_min", kind="number"),
        column_of(Resource, "initial_family", refers="family"),
        column_of(Resource, "load_min", kind="number"),
        column_of(Resource, "unload_min", kind="number"),
        column_of(Resource, "cascading_setup"),
        column_of(Resource, "setup_skill", refers="skill"),
        column_of(Resource, "repair_skill", refers="skill"),
        column_of(Resource, "power/busy_kw", kind="number"),
        column_of(Resource, "power/setup_kw", kind="number"),
        column_of(Resource, "power/idle_kw", kind="number"),
        column_of(Resource, "power/off_kw", kind="number"),
    ),
)

MAINTENANCE = Table(
    name="maintenance",
    noun=Maintenance,
    key=("maintenance",),
    columns=(
        column_of(Maintenance, "id", name="maintenance"),
        column_of(Maintenance, "resource", refers="resource"),
        column_of(Maintenance, "every_h", kind="number"),
        column_of(Maintenance, "every_lots", kind="integer"),
        column_of(Maintenance, "basis"),
        column_of(Maintenance, "first_h", kind="number"),
        column_of(Maintenance, "first_lots", kind="integer"),
        column_of(Maintenance, "mean_min", kind="number"),
        column_of(Maintenance, "distribution"),
        column_of(Maintenance, "cv", kind="number"),
        column_of(Maintenance, "quantiles", kind="numbers"),
        column_of(Maintenance, "skill", refers="skill"),
    ),
)

OPERATORS = Table(
    name="operators",
    noun=Operator,
    key=("operator",),
    columns=(
        column_of(Operator, "id", name="operator"),
        column_of(Operator, "skills", kind="names"),
        column_of(Operator, "count", kind="integer"),
        column_of(Operator, "calendar", refers="calendar"),
        column_of(Operator, "next_work"),
    ),
)

TOOLS = Table(
    name="tools",
    noun=Tool,
    key=("tool",),
    columns=(
        column_of(Tool, "id", name="tool"),
        column_of(Tool, "count", kind="integer"),
    ),
)

CALENDARS = Table(
    name="calendars",
    noun=Shift,
    columns=(
        column_of(Calendar, "id", name="calendar"),
        Column(
            name="kind",
            meaning="weekly: a shift of every week; open or closed: an exception; "
            "empty: the calendar has no times",
        ),
        column_of(Shift, "weekday", required=False),
        column_of(Shift, "start", kind="clock", required=False),
        column_of(Shift, "end", kind="clock", required=False),
        column_of(CalendarException, "start_at", name="from_at", kind="instant", required=False),
        column_of(CalendarException, "end_at", name="to_at", kind="instant", required=False),
    ),
)

TARIFFS = Table(
    name="tariffs",
    noun=TariffPeriod,
    columns=(
        column_of(Tariff, "id", name="tariff"),
        Column(
            name="kind",
            meaning="always: price outside all hours; weekly: hours of the week; "
            "span: from one instant to another",
            required=True,
        ),
        column_of(TariffPeriod, "weekdays", kind="names"),
        column_of(TariffPeriod, "start", kind="clock"),
        column_of(TariffPeriod, "end", kind="clock"),
        column_of(TariffException, "start_at", name="from_at", kind="instant", required=False),
        column_of(TariffException, "end_at", name="to_at", kind="instant", required=False),
        column_of(Tariff, "price_per_kwh", kind="number", required=False),
        column_of(Tariff, "carbon_kg_per_kwh", kind="number", required=False),
    ),
)

TRANSPORTS = Table(
    name="transports",
    noun=Transport,
    key=("from_work_centre", "to_work_centre"),
    columns=(
        column_of(Transport, "from_work_centre", refers="work_centre"),
        column_of(Transport, "to_work_centre", refers="work_centre"),
        column_of(Transport, "minutes", kind="number"),
        column_of(Transport, "carrier", refers="carrier"),
    ),
)

CARRIERS = Table(
    name="carriers",
    noun=Carrier,
    key=("carrier",),
    columns=(
        column_of(Carrier, "id", name="carrier"),
        column_of(Carrier, "count", kind="integer"),
        column_of(Carrier, "speed", kind="number"),
    ),
)
