"""A plant folder: ``plant.toml``, a CSV file for each table, ``scenarios/*.toml``."""

import csv
import io
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import tomli_w

from zhizao._base.errors import FileFault, ScenarioError
from zhizao._base.files import write_files
from zhizao._base.seeds import stable_key
from zhizao.model.files.checks import PLANT_FILE
from zhizao.model.files.escapes import escape
from zhizao.model.files.scenario_file import read_scenario, scenario_text
from zhizao.model.files.sheets import PLANT_KEYS, Book, PlantFile, Sheet, from_book, to_sheets
from zhizao.model.files.tables import TABLE, TABLES

SCENARIO_FOLDER = "scenarios"
ANSWERS = "answers"

OtherFiles = Mapping[str, bytes | str] | Callable[[], Mapping[str, bytes | str]]
"""Files beside the plant's own, name → content; or what gives them, asked when those are ready."""

_MAX_CELL = 10_000_000
_BOM = "\ufeff"
"""Without it, spreadsheets on Chinese Windows read UTF-8 as GBK."""


def read_plant_folder(folder: Path) -> PlantFile:
    """Read a plant folder; files other than ``plant.toml`` may be absent.

    Raises
    ------
    PlantFileError
        With every fault of every file.
    """
    faults: list[FileFault] = []
    keys = _read_toml(folder / PLANT_FILE, faults=faults)
    sheets = {}
    for table in TABLES:
        path = folder / table.file
        if path.is_file():
            sheet = _read_csv(path, faults=faults)
            if sheet is not None:
                sheets[table.name] = sheet
    if ANSWERS in keys:
        told = _answers_sheet(keys.pop(ANSWERS), faults=faults)
        if ANSWERS in sheets:
            rule = f"answers stand here and in {PLANT_FILE}; keep one of them"
            faults.append(FileFault(file=sheets[ANSWERS].file, rule=rule))
        sheets[ANSWERS] = told
    scenarios = []
    for path in scenario_paths(folder):
        try:
            scenarios.append((f"{SCENARIO_FOLDER}/{path.name}", read_scenario(path)))
        except ScenarioError as error:
            faults += _scenario_faults(path, error)
    return from_book(
        Book(
            plant_file=PLANT_FILE,
            keys=keys,
            sheets=sheets,
            scenarios=tuple(scenarios),
            faults=tuple(faults),
        )
    )


def plant_files(plant_file: PlantFile, *, folder: Path | None = None) -> dict[str, str]:
    """Return the files of a plant folder, name → text; a table without rows has none.

    A scenario keeps the file that it already has in ``folder``; otherwise its
    file is named after it.

    Raises
    ------
    PlantFileError
        If the plant's parts do not fit each other.

    Examples
    --------
    >>> from zhizao.model.plant import Plant
    >>> print(plant_files(PlantFile(plant=Plant(name="P")))["plant.toml"], end="")
    name = "P"
    time_zone = "UTC"
    currency = "CNY"
    """
    values = {key: getattr(plant_file.plant, key) for key in PLANT_KEYS}
    head = {k: v for k, v in values.items() if v}
    answers = [a.model_dump(exclude_defaults=True) for a in plant_file.plant.answers]
    # A person writes answers next to the plant's name, where there is nothing to line up.
    blocks = [tomli_w.dumps(head), *(f"\n[[{ANSWERS}]]\n{tomli_w.dumps(a)}" for a in answers)]
    files = {PLANT_FILE: "".join(blocks)}
    for name, sheet in to_sheets(plant_file).items():
        if name != ANSWERS:
            files[sheet.file] = _csv_text(sheet)
    paths = _scenario_names(folder) if folder else {}
    for scenario in plant_file.scenarios:
        name = paths.get(scenario.name) or f"{SCENARIO_FOLDER}/{_file_stem(scenario.name)}.toml"
        files[name] = scenario_text(scenario, suffix=Path(name).suffix)
    return files


def write_plant_folder(
    plant_file: PlantFile, folder: Path, *, others: OtherFiles | None = None
) -> None:
    """Write a plant folder: all files are prepared, then put in place.

    The CSV of a table that is empty now is removed. Other files are left
    alone, and so are scenarios that are not among ``plant_file.scenarios``:
    those are removed by removing their file.
    """
    files = plant_files(plant_file, folder=folder)
    write_files(folder, {**files, **((others() if callable(others) else others) or {})})
    for table in TABLES:
        if table.file not in files:
            (folder / table.file).unlink(missing_ok=True)


def scenario_paths(folder: Path) -> list[Path]:
    """Return the scenario files of a plant folder, sorted by name."""
    inside = folder / SCENARIO_FOLDER
    return sorted(
        p
        for p in (inside.iterdir() if inside.is_dir() else ())
        if p.suffix.lower() in {".toml", ".json"} and not p.name.startswith(".")
    )


def _scenario_names(folder: Path) -> dict[str, str]:
    names = {}
    for path in scenario_paths(folder):
        try:
            names[read_scenario(path).name] = f"{SCENARIO_FOLDER}/{path.name}"
        except ScenarioError:
            continue  # a broken file is nobody's; it is told about when the folder is read
    return names


def _file_stem(name: str) -> str:
    """Return a file name for a scenario; names that are not plain get a key, to stay apart."""
    plain = re.sub(r"[^\w-]+", "_", name)[:40].strip("_")
    if plain == name.lower() and plain:
        return plain
    return f"{plain}-{stable_key(name):016x}".lstrip("-")


def _scenario_faults(path: Path, error: ScenarioError) -> list[FileFault]:
    file = f"{SCENARIO_FOLDER}/{path.name}"
    lines = str(error).splitlines()
    found = lines[1:] or lines
    rules = (line.strip().removeprefix(f"{path}: ").removesuffix(".") for line in found)
    return [FileFault(file=file, rule=rule) for rule in rules]


def _read_toml(path: Path, *, faults: list[FileFault]) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        rule = 'the file is missing; it needs at least the line name = "…"'
    except OSError as error:
        rule = f"the file cannot be read: {error.strerror}"
    except UnicodeDecodeError:
        rule = "the file is not text in UTF-8; save it as UTF-8"
    except tomllib.TOMLDecodeError as error:
        rule = f"the file is not TOML: {error}"
    faults.append(FileFault(file=path.name, rule=rule))
    return {}


def _answers_sheet(given: object, *, faults: list[FileFault]) -> Sheet:
    """Return the answers of ``plant.toml`` as a table; values may be numbers or tables of them."""
    columns = tuple(c.name for c in TABLE[ANSWERS].columns)
    rows = []
    entries = given if isinstance(given, list) else [given]
    for number, entry in enumerate(entries, start=1):
        stray = sorted(set(entry) - set(columns)) if isinstance(entry, dict) else ["?"]
        if stray:
            rule = f"answer {number} has {', '.join(stray)}; write [[answers]] with {', '.join(columns)}"
            faults.append(FileFault(file=PLANT_FILE, column=ANSWERS, rule=rule))
            continue
        rows.append((number, tuple(escape(_said(entry.get(c, ""))) for c in columns)))
    return Sheet(file=PLANT_FILE, header=columns, rows=tuple(rows))


def _said(value: object) -> str:
    """Return an answer as text: ``{a = 1, b = 2}`` is a=1; b=2."""
    if isinstance(value, dict):
        return "; ".join(f"{k}={_said(v)}" for k, v in value.items())
    if isinstance(value, list):
        return ", ".join(_said(v) for v in value)
    return str(value)


def _read_csv(path: Path, *, faults: list[FileFault]) -> Sheet | None:
    """Return the sheet in a CSV file, or None and why it is none."""
    try:
        data = path.read_bytes()
    except OSError as error:
        faults.append(FileFault(file=path.name, rule=f"the file cannot be read: {error.strerror}"))
        return None
    try:
        rows = _csv_rows(data)
    except _NotCsvError as error:
        faults.append(FileFault(file=path.name, row=error.row, rule=str(error)))
        return None
    return Sheet(
        file=path.name,
        header=rows[0],
        rows=tuple(
            (number, cells)
            for number, cells in enumerate(rows[1:], start=2)
            if any(text.strip() for text in cells)
        ),
    )


class _NotCsvError(ValueError):
    """Bytes that are not a table; the text is the rule that they break."""

    def __init__(self, rule: str, *, row: int | None = None) -> None:
        super().__init__(rule)
        self.row = row


def _csv_rows(data: bytes) -> list[tuple[str, ...]]:
    if data.startswith(b"PK\x03\x04"):
        raise _NotCsvError("the file is a workbook, not a CSV; save it as 'CSV UTF-8'")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        rule = "the file is not text in UTF-8; save it from the spreadsheet as 'CSV UTF-8'"
        raise _NotCsvError(rule, row=data.count(b"\n", 0, error.start) + 1) from error
    if "\0" in text:
        raise _NotCsvError("the file is not a CSV: it has zero bytes; save it as 'CSV UTF-8'")
    rows: list[tuple[str, ...]] = []
    limit = csv.field_size_limit(_MAX_CELL)
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), strict=True):
            rows.append(tuple(cells))  # noqa: PERF401 - the count says where it broke
    except csv.Error as error:
        raise _NotCsvError(f"the file is not a CSV: {error}", row=len(rows) + 1) from error
    finally:
        csv.field_size_limit(limit)
    if not rows or not any(title.strip() for title in rows[0]):
        raise _NotCsvError("the first row is empty; it names the columns", row=1)
    if len(rows[0]) == 1:
        found = next((s for s in (";", "\t") if s in rows[0][0]), None)
        if found:
            raise _NotCsvError(f"columns are separated by {found!r}; save it with commas", row=1)
    return rows


def _csv_text(sheet: Sheet) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(sheet.header)
    writer.writerows(cells for _, cells in sheet.rows)
    return _BOM + out.getvalue()
