"""Tables in the documents say what the code says."""

import re
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

from zhizao.connect.faults.find_faults import ROW_CODES
from zhizao.model import OPERATION_COLUMNS, Change
from zhizao.model.files.cells import format_cell
from zhizao.model.files.columns import Table
from zhizao.model.files.tables import TABLES

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


def test_the_records_document_has_every_column_with_its_meaning():
    text = (DOCS / "records.md").read_text(encoding="utf-8")
    for column in OPERATION_COLUMNS:
        assert f"| `{column.name}` | {column.unit} | {column.meaning} |" in text


def test_the_records_document_names_every_fault():
    text = (DOCS / "records.md").read_text(encoding="utf-8")
    assert [code for code in (*ROW_CODES, "clock_shift") if f"`{code}`" not in text] == []


def test_the_scenarios_document_names_every_change_and_field():
    text = (DOCS / "scenarios.md").read_text(encoding="utf-8")
    for change in get_args(get_args(Change)[0]):
        name = change.model_fields["change"].default
        assert re.search(rf"`{name}`", text), name
        for field in change.model_fields:
            assert field == "change" or f"`{field}`" in text, (name, field)


def test_every_file_of_the_code_that_the_documents_name_is_there():
    places = (ROOT, ROOT / "src" / "zhizao")
    documents = [*DOCS.glob("*.md"), *ROOT.glob("*.md")]
    named = {
        (document.name, path)
        for document in documents
        for path in re.findall(r"`((?:\w+/)+[\w*]+\.py)`", document.read_text(encoding="utf-8"))
        if "NAME" not in path
    }
    assert len(named) > 10
    assert sorted(n for n in named if not any([*place.glob(n[1])] for place in places)) == []


def rows_of_columns(table: Table) -> str:
    """The columns of a table as the document has them."""
    written = {
        "integer": "whole number",
        "clock": "clock time",
        "names": "names with `\\|` between them",
        "numbers": "numbers with `\\|` between them",
        "options": "`NAME`, or `NAME@SPEED` where it is not 1, with `\\|` between them",
    }
    lines = [
        f"## `{table.file}`",
        "",
        "| column | if empty | written as | meaning |",
        "|---|---|---|---|",
    ]
    for column in table.columns:
        kind = ", ".join(f"`{word}`" for word in column.allowed)
        kind = kind or written.get(column.kind, column.kind)
        if column.refers and column.kind == "text":
            kind = f"name ({column.refers.replace('_', ' ')})"
        empty = "**required**" if column.required else ""
        if column.default not in {None, ()}:
            zone = ZoneInfo("UTC")
            empty = f"`{format_cell(column.default, kind=column.kind, zone=zone)}`"
        meaning = column.meaning.replace("|", "\\|")
        lines.append(f"| `{column.name}` | {empty} | {kind} | {meaning} |")
    return "\n".join(lines)


def test_the_document_of_columns_has_every_column_of_every_table():
    text = (DOCS / "columns.md").read_text(encoding="utf-8")
    tables = [table for table in TABLES if table.name != "answers"]  # these stand in plant.toml
    assert [table.name for table in tables if rows_of_columns(table) not in text] == []
    assert re.findall(r"## `(.+)`", text) == [table.file for table in tables]
