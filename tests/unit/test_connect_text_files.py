import pytest

from zhizao._base.errors import RecordsError
from zhizao.connect import read_table
from zhizao.connect.files.decode import decode
from zhizao.connect.files.text_files import table_of_text

ROWS = [["工单号", "工序", "Größe"], ["甲1", "车", "ß"], ["甲2", "铣", "é"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_unicode_encoding_and_delimiter_is_read(tmp_path, encoding, delimiter):
    path = tmp_path / "a.csv"
    path.write_bytes("\r\n".join(delimiter.join(row) for row in ROWS).encode(encoding))
    table = read_table(path)
    assert table.frame.columns == ROWS[0]
    assert [list(row) for row in table.frame.rows()] == ROWS[1:]
    assert table.rows.to_list() == [2, 3]


def test_chinese_in_gb18030_is_not_taken_for_western_text():
    text = "工单号,设备\nA,机床一\n"
    assert decode(text.encode("gb18030"), name="a.csv") == (text, "gb18030")


@pytest.mark.parametrize("text", ["Operación,Máquina\nñ,ó\n", "Maß;Größe\nä;ö\n"])
def test_western_text_is_not_taken_for_chinese(text):
    assert decode(text.encode("latin-1"), name="a.csv") == (text, "cp1252")


def test_one_stray_byte_in_utf8_is_an_error_and_not_another_encoding():
    data = "工单号,设备\n甲,乙\n".encode() + b"\xff,x\n"
    with pytest.raises(RecordsError, match=r"line 3.*two encodings"):
        decode(data, name="a.csv")


def test_ragged_rows_are_all_counted_and_named():
    text = "a,b\n1,2\n3\n4,5,6\n\n7,8\n"
    with pytest.raises(RecordsError, match=r"2 of 4 rows.*row 3 \(1 cells\), row 4 \(3 cells\)"):
        table_of_text(text, name="t.csv", encoding="utf-8")


def test_a_delimiter_inside_quotes_does_not_make_a_row_ragged():
    table = table_of_text('a,b\n"x,1","y\nz"\n', name="t.csv", encoding="utf-8")
    assert table.frame.rows() == [("x,1", "y\nz")]


def test_a_quote_inside_a_cell_is_kept():
    table = table_of_text('a,b\n5" pipe,"x"\n7,8\n', name="t.csv", encoding="utf-8")
    assert table.frame.rows() == [('5" pipe', "x"), ("7", "8")]


def test_empty_rows_count_but_are_left_out():
    table = table_of_text("a,b\n1,2\n\n,\n3,4\n", name="t.csv", encoding="utf-8")
    assert table.frame.rows() == [("1", "2"), ("3", "4")]
    assert table.rows.to_list() == [2, 5]


def test_a_hint_about_the_delimiter_is_skipped_and_counted():
    table = table_of_text("sep=;\na;b\n1;2\n", name="t.csv", encoding="utf-8")
    assert table.rows.to_list() == [3]


def test_names_of_columns_are_kept_apart():
    table = table_of_text("a,a,\n1,2,3\n", name="t.csv", encoding="utf-8")
    assert table.frame.columns == ["a", "a (2)", "column 3"]


def test_decimal_commas_do_not_win_over_semicolons():
    table = table_of_text("a;b\n1,5;2,5\n3,5;4,5\n", name="t.csv", encoding="utf-8")
    assert table.frame.columns == ["a", "b"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        (b"order,machine\n", "only a header"),
        (b"order,machine\nA,\x00\n", "NUL byte in line 2"),
        (b"order,machine\nA,\x07\n", "control byte 0x07 in line 2"),
        (b"hello world\nmore of it\n", "one column only"),
        (b"%PDF-1.7 and so on", "PDF"),
    ],
)
def test_a_file_that_is_no_table_says_why(tmp_path, content, says):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(RecordsError, match=says):
        read_table(path)


def test_two_gigabytes_of_zeros_fail_without_being_read(tmp_path):
    path = tmp_path / "zeros.csv"
    with path.open("wb") as file:
        file.truncate(2 * 10**9)
    with pytest.raises(RecordsError, match="zero bytes"):
        read_table(path)


def test_a_quote_that_is_never_closed_is_named():
    text = 'a,b\n1,"2\n' + "3,4\n" * 40_000
    with pytest.raises(RecordsError, match="quote"):
        table_of_text(text, name="t.csv", encoding="utf-8")


def test_a_folder_and_a_missing_file_are_named(tmp_path):
    (tmp_path / "b.csv").write_text("x,y\n1,2\n")
    with pytest.raises(RecordsError, match="is a folder"):
        read_table(tmp_path)
    with pytest.raises(RecordsError, match=r"no file.*b\.csv"):
        read_table(tmp_path / "a.csv")
