"""Tables in the documents say what the code says."""

import re
from pathlib import Path
from typing import get_args

from zhizao.connect.faults.find_faults import ROW_CODES
from zhizao.model import OPERATION_COLUMNS, Change

DOCS = Path(__file__).resolve().parents[2] / "docs"


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
