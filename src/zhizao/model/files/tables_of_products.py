"""Tables of what is made, from what and how, and how much of it: products, routings, setups, orders."""

from zhizao.model.files.columns import Table, column_of
from zhizao.model.order import Order
from zhizao.model.plant import (
    Component,
    Demand,
    Output,
    Part,
    Product,
    Routing,
    Setup,
    Step,
    WipCap,
)

PRODUCTS = Table(
    name="products",
    noun=Product,
    key=("product",),
    columns=(
        column_of(Product, "id", name="product"),
        column_of(Product, "family"),
        column_of(Product, "description"),
    ),
)

ROUTINGS = Table(
    name="routings",
    noun=Step,
    key=("product", "variant", "step"),
    columns=(
        column_of(Routing, "product", refers="product"),
        column_of(Routing, "variant"),
        column_of(Routing, "share", kind="number"),
        column_of(Step, "step", kind="integer"),
        column_of(Step, "operation"),
        column_of(Step, "resources", kind="options", refers="resource"),
        column_of(Step, "family"),
        column_of(Step, "time/setup_min", kind="number"),
        column_of(Step, "time/per_piece_min", kind="number"),
        column_of(Step, "time/distribution", name="time_distribution"),
        column_of(Step, "time/cv", name="time_cv", kind="number"),
        column_of(Step, "time/quantiles", name="time_quantiles", kind="numbers"),
        column_of(Step, "delay/mean_min", name="delay_min", kind="number"),
        column_of(Step, "delay/distribution", name="delay_distribution"),
        column_of(Step, "delay/cv", name="delay_cv", kind="number"),
        column_of(Step, "delay/quantiles", name="delay_quantiles", kind="numbers"),
        column_of(Step, "delay/calendar", name="delay_calendar", refers="calendar"),
        column_of(Step, "probability", kind="number"),
        column_of(Step, "scrap_share", kind="number"),
        column_of(Step, "lot_scrap_probability", kind="number"),
        column_of(Step, "rework/probability", name="rework_probability", kind="number"),
        column_of(Step, "rework/to_step", name="rework_to_step", kind="integer"),
        column_of(Step, "rework/max_passes", name="rework_max_passes", kind="integer"),
        column_of(Step, "skills", kind="names", refers="skill"),
        column_of(Step, "interval_min", kind="number"),
        column_of(Step, "batch/min_pieces", name="batch_min_pieces", kind="number"),
        column_of(Step, "batch/max_pieces", name="batch_max_pieces", kind="number"),
        column_of(Step, "batch/group", name="batch_group"),
        column_of(Step, "batch/max_wait_min", name="batch_max_wait_min", kind="number"),
        column_of(Step, "interruption"),
        column_of(Step, "operator_interruption"),
        column_of(Step, "tools", kind="names", refers="tool"),
        column_of(Step, "same_resource_as", kind="integer"),
        column_of(Step, "limit_to_step", kind="integer"),
        column_of(Step, "limit_min", kind="number"),
        column_of(Step, "transfer_pieces", kind="number"),
        column_of(Step, "drawn_with", kind="integer"),
        column_of(Step, "dependence", kind="number"),
    ),
)

SETUPS = Table(
    name="setups",
    noun=Setup,
    key=("work_centre", "from_family", "to_family"),
    columns=(
        column_of(Setup, "work_centre", refers="work_centre"),
        column_of(Setup, "from_family", refers="family"),
        column_of(Setup, "to_family", refers="family"),
        column_of(Setup, "setup_min", kind="number"),
        column_of(Setup, "min_run_lots", kind="integer"),
    ),
)

BOM = Table(
    name="bom",
    noun=Component,
    key=("product", "component", "step"),
    columns=(
        column_of(Component, "product", refers="product"),
        column_of(Component, "component", refers="item"),
        column_of(Component, "pieces", kind="number"),
        column_of(Component, "step", kind="integer"),
    ),
)

PARTS = Table(
    name="parts",
    noun=Part,
    key=("part",),
    columns=(
        column_of(Part, "id", name="part"),
        column_of(Part, "stock", kind="number"),
        column_of(Part, "reorder_point", kind="number"),
        column_of(Part, "reorder_pieces", kind="number"),
        column_of(Part, "lead_time_h", kind="number"),
        column_of(Part, "distribution"),
        column_of(Part, "cv", kind="number"),
        column_of(Part, "quantiles", kind="numbers"),
    ),
)

OUTPUTS = Table(
    name="outputs",
    noun=Output,
    key=("product", "step", "output"),
    columns=(
        column_of(Output, "product", refers="product"),
        column_of(Output, "step", kind="integer"),
        column_of(Output, "output", refers="item"),
        column_of(Output, "pieces", kind="number"),
    ),
)

WIP_CAPS = Table(
    name="wip_caps",
    noun=WipCap,
    key=("wip_cap",),
    columns=(
        column_of(WipCap, "id", name="wip_cap"),
        column_of(WipCap, "max_lots", kind="integer"),
        column_of(WipCap, "product", refers="product"),
        column_of(WipCap, "work_centre", refers="work_centre"),
    ),
)

DEMANDS = Table(
    name="demands",
    noun=Demand,
    columns=(
        column_of(Demand, "product", refers="product"),
        column_of(Demand, "orders_per_week", kind="number"),
        column_of(Demand, "quantities", kind="numbers"),
        column_of(Demand, "allowances_h", kind="numbers"),
        column_of(Demand, "priority", kind="integer"),
        column_of(Demand, "week_factors", kind="numbers"),
        column_of(Demand, "factors_from_at", kind="instant"),
    ),
)

ORDERS = Table(
    name="orders",
    noun=Order,
    key=("order_id",),
    columns=(
        column_of(Order, "id", name="order_id"),
        column_of(Order, "product", refers="product"),
        column_of(Order, "quantity", kind="number"),
        column_of(Order, "release_at", kind="instant"),
        column_of(Order, "due_at", kind="instant"),
        column_of(Order, "priority", kind="integer"),
        column_of(Order, "source"),
    ),
)
