"""The tables of a plant folder, as data: columns, how cells are written, what they refer to.

Readers, writers, checks and documentation all follow ``TABLES``. Meanings of
columns are those of the nouns' fields.
"""

from zhizao.model.files.columns import Table
from zhizao.model.files.tables_of_products import (
    BOM,
    DEMANDS,
    ORDERS,
    OUTPUTS,
    PARTS,
    PRODUCTS,
    ROUTINGS,
    SETUPS,
    WIP_CAPS,
)
from zhizao.model.files.tables_of_resources import (
    CALENDARS,
    CARRIERS,
    MAINTENANCE,
    OPERATORS,
    RESOURCES,
    TARIFFS,
    TOOLS,
    TRANSPORTS,
    WORK_CENTRES,
)
from zhizao.model.files.tables_of_sources import ANSWERS, PROVENANCE

TABLES: tuple[Table, ...] = (
    WORK_CENTRES,
    RESOURCES,
    MAINTENANCE,
    OPERATORS,
    TOOLS,
    PRODUCTS,
    ROUTINGS,
    SETUPS,
    CALENDARS,
    TARIFFS,
    TRANSPORTS,
    CARRIERS,
    BOM,
    PARTS,
    OUTPUTS,
    WIP_CAPS,
    DEMANDS,
    PROVENANCE,
    ANSWERS,
    ORDERS,
)
"""All tables, in the order in which a person would fill them."""

TABLE: dict[str, Table] = {table.name: table for table in TABLES}
"""The same, by name."""
