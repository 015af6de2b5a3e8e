"""How the parts of a plant refer to each other: unknown names, duplicates, shares."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from zhizao._base.errors import FileFault, nearest_name
from zhizao.model.files.columns import Column
from zhizao.model.files.material_checks import material_faults
from zhizao.model.files.row import Row, Rows, Tables
from zhizao.model.files.rows import to_rows
from zhizao.model.files.tables import TABLES
from zhizao.model.order import Order
from zhizao.model.plant import Plant

PLANT_FILE = "plant.toml"

_OWNERS: dict[str, tuple[str, str]] = {
    "item": ("parts", "part"),
    "work_centre": ("work_centres", "work_centre"),
    "resource": ("resources", "resource"),
    "calendar": ("calendars", "calendar"),
    "product": ("products", "product"),
    "family": ("products", "family"),
    "skill": ("operators", "skills"),
    "tool": ("tools", "tool"),
    "carrier": ("carriers", "carrier"),
    "tariff": ("tariffs", "tariff"),
}
"""Group of names → the table and the column that own them."""

_SHARE_TOLERANCE = 0.01
"""Shares that people round to two digits still add up to 1."""


def check_plant(plant: Plant, orders: Sequence[Order] = ()) -> tuple[FileFault, ...]:
    """Return what is wrong between the parts of a plant and its orders.

    The same rules as for files. Files and rows are those that ``write_plant``
    would write; a row counts as a spreadsheet does, with the header as row 1.

    Parameters
    ----------
    plant : Plant
        A plant, from a file or made in memory.
    orders : sequence of Order
        Its orders.

    Returns
    -------
    tuple of FileFault
        Empty if nothing is wrong.

    Examples
    --------
    >>> from zhizao.model.plant import Resource, WorkCentre
    >>> plant = Plant(
    ...     name="P",
    ...     work_centres=(WorkCentre(id="turning"),),
    ...     resources=(Resource(id="lathe", work_centre="turnign"),),
    ... )
    >>> print(check_plant(plant)[0])  # doctest: +NORMALIZE_WHITESPACE
    resources.csv, row 2, column 'work_centre': found 'turnign';
    expected a work centre of work_centres.csv. Did you mean 'turning'?
    """
    return check_tables(plant, to_rows(plant, orders))


def check_tables(plant: Plant, tables: Tables) -> tuple[FileFault, ...]:
    """Return what is wrong between the rows of a plant, as from ``to_rows``."""
    faults = check_rows(tables, release_calendar=plant.release_calendar, tariff=plant.tariff)
    for name, column, keys in (
        ("calendars", "calendar", [c.id for c in plant.calendars]),
        ("tariffs", "tariff", [tariff.id for tariff in plant.tariffs]),
        ("routings", "variant", [(r.product, r.variant) for r in plant.routings]),
    ):
        for key, n in Counter[Any](keys).items():
            if n > 1:
                text = key if isinstance(key, str) else " / ".join(key)
                faults.append(
                    FileFault(
                        file=tables[name].file,
                        column=column,
                        value=text,
                        rule=f"expected once, but there are {n} of it",
                    )
                )
    return tuple(faults)


def check_rows(
    tables: Tables,
    *,
    release_calendar: str | None,
    tariff: str | None,
    plant_file: str = PLANT_FILE,
) -> list[FileFault]:
    """Return the faults between rows of tables; ``plant_file`` names where the plant's own are."""
    names = {group: list(dict.fromkeys(_names(tables, group))) for group in _OWNERS}
    faults: list[FileFault] = []
    for table in TABLES:
        rows = tables[table.name]
        faults += _duplicates(rows)
        for column in table.columns:
            if column.refers is not None:
                faults += _unknown_names(tables, rows, column, allowed=names[column.refers])
    faults += material_faults(tables)
    faults += _repeated_resources(tables["routings"])
    faults += _shares(tables["routings"])
    for key, name, group in (
        ("release_calendar", release_calendar, "calendar"),
        ("tariff", tariff, "tariff"),
    ):
        if name is not None and name not in names[group]:
            faults.append(
                FileFault(
                    file=plant_file,
                    column=key,
                    value=name,
                    rule=_rule(tables, group),
                    nearest=nearest_name(name, names[group]),
                )
            )
    return faults


def _names(tables: Tables, group: str) -> Iterator[str]:
    table, column = _OWNERS[group]
    for row in tables[table].rows:
        yield from _listed(row.values.get(column))
    if group == "item":
        for row in tables["products"].rows:
            yield from _listed(row.values.get("product"))
    if group == "family":
        for row in tables["routings"].rows:
            yield from _listed(row.values.get("family"))


def _listed(value: Any) -> Iterable[str]:
    """Return the names in a cell: of one name, a list of names, or options."""
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,)
    return [v if isinstance(v, str) else v[0] for v in value]


def _rule(tables: Tables, group: str) -> str:
    table, column = _OWNERS[group]
    what = "part or product" if group == "item" else group.replace("_", " ")
    where = tables[table].file
    if group == "item":
        where += f" or {tables['products'].file}"
    if group in {"family", "skill"}:
        where += f" (column '{column}')"
    article = "an" if what[0] in "aeiou" else "a"
    return f"expected {article} {what} of {where}"


def _unknown_names(
    tables: Tables, rows: Rows, column: Column, *, allowed: Sequence[str]
) -> Iterator[FileFault]:
    assert column.refers is not None
    known = set(allowed)
    rule = _rule(tables, column.refers)
    plain = known | {None}
    for row in rows.rows:
        value = row.values.get(column.name)
        if isinstance(value, str | None) and value in plain:
            continue
        for name in _listed(value):
            if name not in known:
                yield FileFault(
                    file=rows.file,
                    row=row.row,
                    column=column.name,
                    value=name,
                    rule=rule,
                    nearest=nearest_name(name, allowed),
                )


def _duplicates(rows: Rows) -> Iterator[FileFault]:
    key = rows.table.key
    if not key:
        return
    first: dict[tuple[Any, ...], Row] = {}
    for row in rows.rows:
        if row.faulty and row.faulty.intersection(key):
            continue
        found = tuple([_key_value(row, column) for column in key])
        before = first.setdefault(found, row)
        if before is not row:
            columns = " and ".join(f"'{column}'" for column in key)
            rule = f"row {before.row} has the same {columns}; each occurs once"
            yield rows.fault(row, rule, column=key[-1])


def _key_value(row: Row, column: str) -> Any:
    return row.values.get(column, "main" if column == "variant" else None)


def _repeated_resources(rows: Rows) -> Iterator[FileFault]:
    for row in rows.rows:
        for name, n in Counter(_listed(row.values.get("resources"))).items():
            if n > 1:
                yield rows.fault(row, f"'{name}' stands here {n} times", column="resources")


def _shares(rows: Rows) -> Iterator[FileFault]:
    """Complain about a product whose variants' shares do not add up to 1."""
    first: dict[Any, Row] = {}
    shares: dict[Any, dict[Any, float]] = {}
    for row in rows.rows:
        if row.faulty.intersection({"product", "variant", "share"}):
            return
        product = row.values.get("product")
        first.setdefault(product, row)
        by_variant = shares.setdefault(product, {})
        by_variant.setdefault(_key_value(row, "variant"), row.values.get("share", 1.0))
    for product, by_variant in shares.items():
        total = math.fsum(by_variant.values())
        if abs(total - 1.0) > _SHARE_TOLERANCE:
            rule = (
                f"the shares of the {len(by_variant)} variants of '{product}' add up to "
                f"{total:.4g}, expected 1"
            )
            yield rows.fault(first[product], rule, column="share")
