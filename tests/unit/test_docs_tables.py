"""Tables in the documents say what the code says."""

import re
from pathlib import Path
from typing import get_args

from zhizao.connect.faults.find_faults import ROW_CODES
from zhizao.model import OPERATION_COLUMNS, Change

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
