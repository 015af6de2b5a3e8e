"""A plant file as sheets of text cells, and back: what a CSV folder and a workbook share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError, field_validator

from zhizao._base.errors import FileFault, PlantFileError, nearest_name
from zhizao.model._noun import Noun
from zhizao.model.files.bulk import in_bulk
from zhizao.model.files.cells import format_cell, parse_cell
from zhizao.model.files.checks import check_rows, check_tables
from zhizao.model.files.columns import Column, Table
from zhizao.model.files.escapes import CellError
from zhizao.model.files.row import Row, Rows
from zhizao.model.files.rows import from_rows, to_rows
from zhizao.model.files.tables import TABLES
from zhizao.model.order import Order
from zhizao.model.plant import Plant
from zhizao.model.rules import sentence
from zhizao.model.scenario import Scenario

PLANT_KEYS = ("name", "time_zone", "currency", "description", "release_calendar", "tariff")
"""Fields of the plant that are in no table."""

_SAMPLE = 1_000
"""So many rows tell whether a column repeats its values."""


class PlantFile(Noun):
    """All that a plant folder or a plant's workbook says: plant, orders, scenarios."""

    plant: Plant = Field(description="the factory")
    orders: tuple[Order, ...] = Field(default=(), description="what is wanted")
    scenarios: tuple[Scenario, ...] = Field(default=(), description="branches, sorted by name")

    @field_validator("scenarios")
    @classmethod
    def _sorted_by_name(cls, scenarios: tuple[Scenario, ...]) -> tuple[Scenario, ...]:
        return tuple(sorted(scenarios, key=lambda s: s.name))


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One table as text; ``rows`` are (number as in a spreadsheet, cells)."""

    file: str
    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


@dataclass(frozen=True, kw_only=True)
class Book:
    """A plant file as it was read: the plant's own keys, sheets, scenarios, faults so far."""

    plant_file: str
    keys: Mapping[str, Any]
    sheets: Mapping[str, Sheet]
    scenarios: tuple[tuple[str, Scenario], ...] = ()
    """(file, scenario)."""
    faults: tuple[FileFault, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    """Name of a table → how its file is called in messages, where it has no sheet."""


def to_sheets(plant_file: PlantFile) -> dict[str, Sheet]:
    """Return the tables that have rows, as text.

    Raises
    ------
    PlantFileError
        If the plant's parts do not fit each other: it could not be read back.
    """
    with in_bulk():
        return _sheets(plant_file)


def _sheets(plant_file: PlantFile) -> dict[str, Sheet]:
    plant = plant_file.plant
    tables = to_rows(plant, plant_file.orders)
    faults = check_tables(plant, tables)
    faults += tuple(_scenario_faults([("scenarios", s) for s in plant_file.scenarios]))
    if faults:
        raise PlantFileError(faults)
    zone = ZoneInfo(plant.time_zone)
    sheets = {}
    for name, rows in tables.items():
        if rows.rows:
            columns = rows.table.columns
            # Column by column: what a column repeats, such as a product's name, is written once.
            texts = [
                _texts([r.values.get(c.name) for r in rows.rows], column=c, zone=zone)
                for c in columns
            ]
            cells = zip(*texts, strict=True)
            sheets[name] = Sheet(
                file=rows.file,
                header=tuple(c.name for c in columns),
                rows=tuple(enumerate(cells, start=2)),
            )
    return sheets


def _texts(values: list[Any], *, column: Column, zone: tzinfo) -> list[str]:
    """Return the values of a column as the texts of its cells."""
    kind = column.kind
    if kind not in {"text", "instant"} or len(set(values[:_SAMPLE])) > _SAMPLE / 2:
        return [format_cell(v, kind=kind, zone=zone) for v in values]
    known = {v: format_cell(v, kind=kind, zone=zone) for v in set(values)}
    return [known[v] for v in values]


def from_book(book: Book) -> PlantFile:
    """Return the plant file that a book holds.

    Raises
    ------
    PlantFileError
        With every fault of every sheet.
    """
    with in_bulk():
        return _plant_file(book)


def _plant_file(book: Book) -> PlantFile:
    faults = list(book.faults)
    plant, plant_faults = _plant(book)
    faults += plant_faults
    zone = ZoneInfo(plant.time_zone)
    tables = {}
    for table in TABLES:
        sheet = book.sheets.get(table.name)
        if sheet is None:
            tables[table.name] = Rows(table=table, file=book.files.get(table.name, table.file))
        else:
            tables[table.name], sheet_faults = _parse(table, sheet, zone=zone)
            faults += sheet_faults
    parts, row_faults = from_rows(tables)
    faults += row_faults
    faults += check_rows(
        tables,
        release_calendar=plant.release_calendar,
        tariff=plant.tariff,
        plant_file=book.plant_file,
    )
    faults += _scenario_faults(book.scenarios)
    if faults:
        order = {rows.file: i for i, rows in enumerate(tables.values())}
        raise PlantFileError(sorted(faults, key=lambda f: (order.get(f.file, -1), f.row or 0)))
    orders = parts.pop("orders")
    return PlantFile(
        plant=plant.model_copy(update=parts),
        orders=orders,
        scenarios=tuple(scenario for _, scenario in book.scenarios),
    )


def _plant(book: Book) -> tuple[Plant, list[FileFault]]:
    """Return the plant without its parts; wrong fields are left at their defaults."""
    file = book.plant_file
    faults = [
        FileFault(
            file=file,
            column=key,
            rule=f"there is no such key; allowed are {', '.join(PLANT_KEYS)}",
            nearest=nearest_name(key, PLANT_KEYS),
        )
        for key in book.keys
        if key not in PLANT_KEYS
    ]
    given = {k: v for k, v in book.keys.items() if k in PLANT_KEYS}
    try:
        return Plant(**given), faults
    except ValidationError as error:
        # Where the whole file is missing, that has been said and its keys need no mention.
        is_told = any(f.file == file for f in book.faults)
        for e in error.errors():
            key = str(e["loc"][0])
            value = given.get(key)
            if not is_told:
                text = None if value is None else str(value)
                faults.append(FileFault(file=file, column=key, value=text, rule=sentence(e)))
            given.pop(key, None)
        given.setdefault("name", "?")
        return Plant(**given), faults


def _parse(table: Table, sheet: Sheet, *, zone: tzinfo) -> tuple[Rows, list[FileFault]]:
    header = [h.strip() for h in sheet.header]
    missing = {c.name for c in table.columns if c.required and c.name not in header}
    faults = _header_faults(table, sheet, header)
    position = {name: i for i, name in reversed(list(enumerate(header)))}
    columns = [(c, position.get(c.name, len(header))) for c in table.columns]
    columns = [(c, i) for c, i in columns if i < len(header) or c.required]
    is_named = all(header)
    parsed: dict[str, dict[str, tuple[Any, str | None]]] = {c.name: {} for c, _ in columns}
    rows = []
    for number, cells in sheet.rows:
        if not is_named or len(cells) > len(header):
            faults += _stray_cells(sheet, header, number, cells)
        values: dict[str, Any] = {}
        texts: dict[str, str] = {}
        faulty = set(missing)
        n_cells = min(len(cells), len(header))
        for c, i in columns:
            text = cells[i].strip() if i < n_cells else ""
            if not text and not c.required:
                continue
            texts[c.name] = text
            known = parsed[c.name]  # a product's name, a day: most columns repeat themselves
            if text not in known:
                known[text] = _parse_cell(c, text, zone=zone)
            value, rule = known[text]
            if value is not None:
                values[c.name] = value
            if rule and c.name not in faulty:
                faulty.add(c.name)
                faults.append(
                    FileFault(
                        file=sheet.file, row=number, column=c.name, value=text or None, rule=rule
                    )
                )
        rows.append(Row(row=number, values=values, texts=texts, faulty=faulty))
    return Rows(table=table, file=sheet.file, rows=tuple(rows)), faults


def _header_faults(table: Table, sheet: Sheet, header: list[str]) -> list[FileFault]:
    names = [c.name for c in table.columns]
    missing = [c.name for c in table.columns if c.required and c.name not in header]
    faults = []
    for i, name in enumerate(header):
        rule = None
        if name and name not in names:
            rule = f"there is no such column; allowed are {', '.join(names)}"
        elif name in header[:i] and name:
            rule = "the column stands here twice"
        if rule:
            nearest = nearest_name(name, [n for n in names if n not in header])
            faults.append(
                FileFault(file=sheet.file, row=1, column=name, rule=rule, nearest=nearest)
            )
    faults += [
        FileFault(file=sheet.file, row=1, column=name, rule="the column is missing")
        for name in missing
    ]
    return faults


def _parse_cell(column: Column, text: str, *, zone: tzinfo) -> tuple[Any, str | None]:
    """Return the value of a cell, or the rule that it breaks."""
    try:
        value = parse_cell(text, kind=column.kind, zone=zone)
    except CellError as error:
        return None, str(error)
    is_missing = value is None and column.required
    return value, "a value is required here" if is_missing else None


def _stray_cells(
    sheet: Sheet, header: list[str], number: int, cells: tuple[str, ...]
) -> list[FileFault]:
    """Complain about cells that stand under no column name."""
    return [
        FileFault(
            file=sheet.file,
            row=number,
            value=text.strip(),
            rule=f"cell {i + 1} of the row stands under no column name",
        )
        for i, text in enumerate(cells)
        if text.strip() and (i >= len(header) or not header[i])
    ]


def _scenario_faults(scenarios: Any) -> list[FileFault]:
    names = [scenario.name for _, scenario in scenarios]
    faults = []
    for i, (file, s) in enumerate(scenarios):
        if s.name in names[:i]:
            rule = "another scenario has the same name; each occurs once"
            faults.append(FileFault(file=file, column="name", value=s.name, rule=rule))
        if s.base is not None and s.base not in names:
            faults.append(
                FileFault(
                    file=file,
                    column="base",
                    value=s.base,
                    rule="expected the name of another scenario",
                    nearest=nearest_name(s.base, names),
                )
            )
    return faults
