"""A plant as one workbook: a sheet for each table, 'plant' (key, value) and 'scenarios'."""

import io
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import fastexcel
import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from zhizao._base.errors import FileFault, InputError, PlantFileError, ScenarioError, nearest_name
from zhizao._base.files import write_files
from zhizao.model.files.escapes import CellError, escape, unescape
from zhizao.model.files.scenario_file import scenario_data, to_scenario
from zhizao.model.files.sheets import PLANT_KEYS, Book, PlantFile, Sheet, from_book, to_sheets
from zhizao.model.files.tables import TABLE, TABLES
from zhizao.model.scenario import Scenario

PLANT_SHEET = "plant"
SCENARIO_SHEET = "scenarios"
SCENARIO_HEADER = ("scenario", "description", "base", "change")
MAX_CELL = 32_767
"""Characters that a cell of a workbook can hold."""

_NUMBERS = frozenset({"number", "integer"})


class _ExactWorksheet(Worksheet):  # type: ignore[misc]
    """A worksheet that keeps all digits of a number; xlsxwriter itself keeps 16 of 17."""

    def _xml_number_element(self, number: float, attributes: Sequence[Any] = ()) -> None:
        text = "".join(f' {key}="{value}"' for key, value in attributes)
        self.fh.write(f"<c{text}><v>{float(number)!r}</v></c>")


def write_plant_workbook(plant_file: PlantFile, path: Path) -> None:
    """Write a workbook, whole or not at all; text is text, never a formula.

    Raises
    ------
    PlantFileError
        If the plant's parts do not fit each other.
    InputError
        If a cell is longer than a workbook allows.
    """
    values = {key: getattr(plant_file.plant, key) for key in PLANT_KEYS}
    pairs = [(key, escape(value)) for key, value in values.items() if value]
    sheets: dict[str, tuple[Sequence[str], Sequence[Sequence[str]]]] = {
        PLANT_SHEET: (("key", "value"), pairs),
        **{name: (s.header, [r for _, r in s.rows]) for name, s in to_sheets(plant_file).items()},
    }
    if plant_file.scenarios:
        sheets[SCENARIO_SHEET] = (
            SCENARIO_HEADER,
            [row for s in plant_file.scenarios for row in _scenario_rows(s)],
        )
    buffer = io.BytesIO()
    workbook = xlsxwriter.Workbook(buffer, {"in_memory": True})
    bold = workbook.add_format({"bold": True})
    for name, (header, rows) in sheets.items():
        worksheet = workbook.add_worksheet(name, _ExactWorksheet)
        worksheet.freeze_panes(1, 0)
        worksheet.set_column(0, len(header) - 1, 16)
        kinds = {c.name: c.kind for c in TABLE[name].columns} if name in TABLE else {}
        for x, title in enumerate(header):
            worksheet.write_string(0, x, title, bold)
        for y, cells in enumerate(rows, start=1):
            for x, text in enumerate(cells):
                if len(text) > MAX_CELL:
                    raise InputError(
                        f"Sheet '{name}', row {y + 1}, column '{header[x]}' has {len(text)} "
                        f"characters; a workbook's cell holds {MAX_CELL}. Write a folder instead."
                    )
                if kinds.get(header[x]) in _NUMBERS and text not in {"", "nan", "inf", "-inf"}:
                    worksheet.write_number(y, x, float(text))
                elif text:
                    worksheet.write_string(y, x, text)
    workbook.close()
    write_files(path.parent, {path.name: buffer.getvalue()})


def read_plant_workbook(path: Path) -> PlantFile:
    """Read a workbook as ``write_plant_workbook`` writes it; sheets may be absent.

    Raises
    ------
    PlantFileError
        With every fault of every sheet.
    """
    try:
        reader = fastexcel.read_excel(path.read_bytes())
        cells = {name: _read_cells(reader, name) for name in reader.sheet_names}
    except (OSError, fastexcel.FastExcelError) as error:
        rule = f"the file is not a workbook that can be read: {error}"
        raise PlantFileError([FileFault(file=path.name, rule=rule)]) from error
    known = [PLANT_SHEET, *TABLE, SCENARIO_SHEET]
    faults = [
        FileFault(
            file=path.name,
            value=name,
            rule=f"there is no such sheet; allowed are {', '.join(known)}",
            nearest=nearest_name(name, [k for k in known if k not in cells]),
        )
        for name in cells
        if name not in known
    ]
    sheets = {
        t.name: _sheet(_place(path, t.name), cells[t.name], faults=faults)
        for t in TABLES
        if t.name in cells
    }
    place = _place(path, PLANT_SHEET)
    keys = _plant_keys(place, cells.get(PLANT_SHEET), faults=faults)
    place_of_scenarios = _place(path, SCENARIO_SHEET)
    scenarios = _scenarios(place_of_scenarios, cells.get(SCENARIO_SHEET, []), faults=faults)
    return from_book(
        Book(
            plant_file=place,
            keys=keys,
            sheets={name: sheet for name, sheet in sheets.items() if sheet is not None},
            scenarios=tuple((place_of_scenarios, s) for s in scenarios),
            faults=tuple(faults),
            files={t.name: _place(path, t.name) for t in TABLES},
        )
    )


def _place(path: Path, sheet: str) -> str:
    return f"{path.name}, sheet '{sheet}'"


def _read_cells(reader: fastexcel.ExcelReader, name: str) -> list[tuple[str, ...]]:
    """Return all cells of a sheet as text, numbers in columns of numbers with all digits."""
    texts = _columns(reader, name, dtype="string")
    kinds = {c.name: c.kind for c in TABLE[name].columns} if name in TABLE else {}
    numbers = None
    for i, column in enumerate(texts):
        if not column or kinds.get((column[0] or "").strip()) not in _NUMBERS:
            continue
        if numbers is None:
            numbers = _columns(reader, name, dtype="float")
        texts[i] = [
            text if number is None or text in {"true", "false"} else repr(number)
            for text, number in zip(column, numbers[i], strict=True)
        ]
    return [tuple(text or "" for text in row) for row in zip(*texts, strict=True)]


def _columns(reader: fastexcel.ExcelReader, name: str, *, dtype: Any) -> list[list[Any]]:
    sheet = reader.load_sheet(name, header_row=None, skip_rows=0, dtypes=dtype)
    return [column.to_list() for column in sheet.to_polars().get_columns()]


def _sheet(place: str, rows: list[tuple[str, ...]], *, faults: list[FileFault]) -> Sheet | None:
    if not rows:
        faults.append(FileFault(file=place, rule="the sheet is empty; row 1 names the columns"))
        return None
    return Sheet(
        file=place,
        header=rows[0],
        rows=tuple(
            (number, cells)
            for number, cells in enumerate(rows[1:], start=2)
            if any(text.strip() for text in cells)
        ),
    )


def _plant_keys(
    place: str, rows: list[tuple[str, ...]] | None, *, faults: list[FileFault]
) -> dict[str, str]:
    if rows is None:
        faults.append(FileFault(file=place, rule="the sheet is missing; it has the plant's name"))
        return {}
    keys: dict[str, str] = {}
    for number, cells in enumerate(rows, start=1):
        key, text = (*cells, "", "")[:2]
        key, rule = key.strip(), None
        if not key or not text.strip() or (number == 1 and key == "key"):
            continue
        if key in keys:
            rule = "the key stands here twice"
        try:
            keys[key] = unescape(text)
        except CellError as error:
            rule = str(error)
        if rule:
            faults.append(FileFault(file=place, row=number, column=key, value=text, rule=rule))
    return keys


def _scenario_rows(scenario: Scenario) -> list[tuple[str, str, str, str]]:
    changes = [
        json.dumps(c, ensure_ascii=True, default=datetime.isoformat)
        for c in scenario_data(scenario).get("changes", [])
    ]
    head = (escape(scenario.name), escape(scenario.description), escape(scenario.base or ""))
    rows = [(*head, change) for change in changes or [""]]
    return [rows[0], *((row[0], "", "", row[3]) for row in rows[1:])]


def _scenarios(
    place: str, rows: list[tuple[str, ...]], *, faults: list[FileFault]
) -> list[Scenario]:
    """Return the scenarios of the sheet: one row a change, the first with base and description."""
    if not rows:
        return []
    header = [title.strip() for title in rows[0]]
    faults += [
        FileFault(
            file=place,
            row=1,
            column=title,
            rule=f"there is no such column; allowed are {', '.join(SCENARIO_HEADER)}",
            nearest=nearest_name(title, SCENARIO_HEADER),
        )
        for title in header
        if title and title not in SCENARIO_HEADER
    ]
    found: dict[str, dict[str, Any]] = {}
    for number, cells in enumerate(rows[1:], start=2):
        if not any(text.strip() for text in cells):
            continue
        texts = dict(zip(header, cells, strict=False))
        try:
            name, description, base = (
                unescape(texts.get(c, "")) for c in ("scenario", "description", "base")
            )
            change = json.loads(texts.get("change", "").strip() or "null")
        except (CellError, ValueError) as error:
            rule = f"expected a name, a text, a name and a change as JSON: {error}"
            faults.append(FileFault(file=place, row=number, rule=rule))
            continue
        data = found.setdefault(name, {"name": name, "changes": []})
        data |= {k: v for k, v in (("description", description), ("base", base)) if v}
        data["changes"] += [] if change is None else [change]
    scenarios = []
    for data in found.values():
        try:
            scenarios.append(to_scenario(data, source=f"scenario '{data['name']}'"))
        except ScenarioError as error:
            lines = str(error).splitlines()
            faults += [
                FileFault(file=place, rule=line.strip().removesuffix("."))
                for line in lines[1:] or lines
            ]
    return scenarios
