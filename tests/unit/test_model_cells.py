"""Text of a cell and value."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from zhizao.model.files.cells import format_cell, parse_cell
from zhizao.model.files.escapes import CellError, escape, split, unescape

SHANGHAI = ZoneInfo("Asia/Shanghai")


def parse(text, kind):
    return parse_cell(text, kind=kind, zone=SHANGHAI)


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("车床 1", "车床 1"),
        ("=1", "\\=1"),
        ("a=1", "a=1"),
        ("a|b", "a\\|b"),
        (" a ", "\\sa\\s"),
        ("a\nb", "a\\nb"),
        ("\\n", "\\\\n"),
        ("\u3000a", "\\u3000a"),
        ("\x85", "\\u0085"),
        ("@@", "\\@@"),
        ("\U000e0001x\U0010ffff", "\U000e0001x\\U0010ffff"),
    ],
)
def test_a_text_is_escaped_only_where_it_would_be_misread(text, cell):
    assert escape(text, separators="|") == cell
    assert unescape(cell) == text


@pytest.mark.parametrize("cell", ["a\\x", "a\\", "\\ud800", "\\U00110000", "C:\\dir"])
def test_a_backslash_without_meaning_is_told(cell):
    with pytest.raises(CellError):
        unescape(cell)


def test_a_list_is_split_at_its_separators_only():
    assert split(r"a|b\|c|\\|d") == ["a", r"b\|c", "\\\\", "d"]
    assert split("") == []
    assert split("a|") == ["a", ""]
    assert split("a\\") == ["a\\"]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("", "number", None),
        ("  ", "text", None),
        (" 2.50 ", "number", 2.5),
        ("3.0", "integer", 3),
        ("-12", "integer", -12),
        ("99999999999999999999", "integer", 99999999999999999999),
        ("8:00", "clock", "08:00"),
        ("08:00:00", "clock", "08:00"),
        ("1899-12-31 08:30:00", "clock", "08:30"),
        ("24:00", "clock", "24:00"),
        ("1|2.5", "numbers", (1.0, 2.5)),
        ("welding | 电工", "names", ("welding", "电工")),
        (r"M\@1@0.5|M2", "options", (("M@1", 0.5), ("M2", 1.0))),
        (r"M\\@0.5", "options", (("M\\", 0.5),)),
        ("2024-01-31T08:00:00+00:00", "instant", datetime(2024, 1, 31, 8, tzinfo=UTC)),
        ("2024-01-31T08:00Z", "instant", datetime(2024, 1, 31, 8, tzinfo=UTC)),
        ("2024/1/31 8:00", "instant", datetime(2024, 1, 31, 8, tzinfo=SHANGHAI)),
        ("2024-01-31 08:00:00", "instant", datetime(2024, 1, 31, 8, tzinfo=SHANGHAI)),
    ],
)
def test_cells_are_read_as_people_and_spreadsheets_write_them(text, kind, value):
    assert parse(text, kind) == value


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("1,5", "number"),
        ("1_000", "number"),
        ("5 min", "number"),
        ("2.5", "integer"),
        ("1_0", "integer"),
        ("inf", "integer"),
        ("2024-01-31", "instant"),
        ("2024-02-30 08:00", "instant"),
        ("31.1.2024 08:00", "instant"),
        ("a||b", "names"),
        ("1|x", "numbers"),
        ("M1@", "options"),
        ("@0.5", "options"),
        ("M1@1@2", "options"),
    ],
)
def test_cells_that_are_not_of_their_kind_are_told(text, kind):
    with pytest.raises(CellError):
        parse(text, kind)


@pytest.mark.parametrize("value", [0.1 + 0.2, 5e-324, 1.7976931348623157e308, 1e22, 5.0, -0.0])
def test_a_number_keeps_all_its_digits(value):
    text = format_cell(value, kind="number", zone=UTC)
    assert parse(text, "number") == value
    assert not text.endswith(".0")


def test_an_instant_is_written_in_the_local_time_of_the_plant():
    at = datetime(2024, 1, 31, tzinfo=UTC)
    assert format_cell(at, kind="instant", zone=SHANGHAI) == "2024-01-31T08:00:00+08:00"
    first = datetime.min.replace(tzinfo=UTC)
    assert parse(format_cell(first, kind="instant", zone=ZoneInfo("Etc/GMT+9")), "instant") == first
