"""Whatever a table's delimiter, encoding and order of columns: it reads back equal."""

import csv
import io
import tempfile
from pathlib import Path

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from zhizao.connect import (
    Mapping,
    TableMapping,
    mapping_of_toml,
    mapping_toml,
    read_drop,
    read_table,
)
from zhizao.connect.mapping import FIELD_NAMES

LETTERS = st.sampled_from(list("abcXYZ019 -_.,;|\t\"'/äéñß工序车床机台甲乙"))
CELL = st.text(LETTERS, min_size=1, max_size=12).map(str.strip).filter(bool)
NAMES = st.lists(CELL, min_size=2, max_size=6, unique=True)
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"])
DELIMITERS = st.sampled_from([",", ";", "\t", "|"])


@st.composite
def tables(draw):
    names = draw(NAMES)
    width = len(names)
    row = st.lists(CELL, min_size=width, max_size=width)
    return names, draw(st.lists(row, min_size=1, max_size=8))


@given(
    table=tables(),
    encoding=ENCODINGS,
    delimiter=DELIMITERS,
    line_end=st.sampled_from(["\n", "\r\n"]),
)
@settings(deadline=None, max_examples=150)
def test_quoted_text_reads_back_equal(table, encoding, delimiter, line_end):
    names, rows = table
    if encoding == "gb18030":  # a few letters are letters in other old encodings as well
        names = ["工单号", "设备", *(n for n in names if n not in {"工单号", "设备"})]
        rows = [["A1", "机床", *row] for row in rows]
        assume(len(names) == len(rows[0]))
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator=line_end, quoting=csv.QUOTE_ALL)
    writer.writerows([names, *rows])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_bytes(buffer.getvalue().encode(encoding))
        read = read_table(path)
    assert read.frame.columns == names
    assert [list(row) for row in read.frame.rows()] == rows
    assert read.rows.to_list() == list(range(2, len(rows) + 2))


COLUMNS = {
    "order_id": ["order id", "工单号", "Auftrag", "Orden"],
    "operation": ["operation", "工序", "Arbeitsgang", "Operación"],
    "resource": ["machine", "设备", "Maschine", "Máquina"],
    "operator": ["operator", "操作员", "Mitarbeiter", "Operario"],
    "start_at": ["start", "开始时间", "Beginn", "Inicio"],
    "end_at": ["end", "结束时间", "Ende", "Fin"],
    "good_quantity": ["good qty", "合格数量", "Gutmenge", "Piezas buenas"],
    "scrap_quantity": ["scrap", "报废数量", "Ausschuss", "Merma"],
}
ENCODING_OF = ["utf-8", "gb18030", "latin-1", "cp1252"]


@given(
    order=st.permutations(list(COLUMNS)),
    language=st.integers(0, 3),
    delimiter=DELIMITERS,
    starts=st.lists(st.integers(0, 2000), min_size=3, max_size=12, unique=True),
    plain_utf8=st.booleans(),
)
@settings(deadline=None, max_examples=25)
def test_records_are_the_same_in_every_language_and_order_of_columns(
    order, language, delimiter, starts, plain_utf8
):
    base = 1_704_067_200  # 2024-01-01 UTC
    lines = [[COLUMNS[field][language] for field in order]]
    for number, hour in enumerate(sorted(starts)):
        start = base + hour * 3600
        cells = {
            "order_id": f"A{number % 3}",
            "operation": "cut",
            "resource": "M1",
            "operator": "W1",
            "start_at": _clock(start),
            "end_at": _clock(start + 1800),
            "good_quantity": str(number),
            "scrap_quantity": "0",
        }
        lines.append([cells[field] for field in order])
    encoding = "utf-8" if plain_utf8 else ENCODING_OF[language]
    text = "\n".join(delimiter.join(line) for line in lines) + "\n"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_bytes(text.encode(encoding))
        drop = read_drop([path])
    operations = drop.records.operations
    assert drop.set_aside.height == 0
    assert operations["order_id"].to_list() == [f"A{n % 3}" for n in range(len(starts))]
    assert operations["start_at"].dt.epoch("s").to_list() == [
        base + h * 3600 for h in sorted(starts)
    ]
    assert (operations["end_at"] - operations["start_at"]).dt.total_minutes().to_list() == [
        30
    ] * len(starts)
    assert operations["good_quantity"].to_list() == [float(n) for n in range(len(starts))]
    assert operations["resource"].unique().to_list() == ["M1"]
    assert operations["operator"].unique().to_list() == ["W1"]


def _clock(seconds):
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, tz=UTC).strftime("%Y-%m-%d %H:%M")


TEXT = st.text(max_size=20)


@given(
    file=TEXT,
    columns=st.dictionaries(st.sampled_from(FIELD_NAMES), TEXT, max_size=5),
    transitions=st.dictionaries(TEXT, st.sampled_from(["scheduled", "start", "end"]), max_size=3),
    lists=st.lists(TEXT, max_size=3),
    kind=st.sampled_from(["operations", "orders"]),
    decimal=st.sampled_from([".", ","]),
    stated=st.booleans(),
)
@settings(deadline=None, max_examples=100)
def test_a_mapping_survives_its_text(file, columns, transitions, lists, kind, decimal, stated):
    ordered = {field: columns[field] for field in FIELD_NAMES if field in columns}
    table = TableMapping(
        file=file,
        kind=kind,
        decimal=decimal,
        columns=ordered,
        transitions=transitions,
        markers=tuple(lists),
        notes=tuple(lists),
        unmapped=tuple(lists),
    )
    mapping = Mapping(time_zone="Asia/Shanghai", time_zone_stated=stated, tables=(table, table))
    assert mapping_of_toml(mapping_toml(mapping)) == mapping


def test_delimiters_within_quotes_make_no_line_a_title(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('"0";"00"\n",";",,"\n";,";",,"\n')
    read = read_table(path)
    assert read.frame.columns == ["0", "00"]
    assert read.rows.to_list() == [2, 3]
