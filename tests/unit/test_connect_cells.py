from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from zhizao.connect.values.cells import parse_durations, parse_flags, parse_numbers
from zhizao.connect.values.instants import date_order_votes, parse_instants

AT = datetime(2012, 1, 29, 23, 24, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cell", "order"),
    [
        ("2012/01/29 23:24:00.000", "ymd"),
        ("2012-01-29T23:24:00Z", "ymd"),
        ("2012-01-30T07:24:00+08:00", "ymd"),
        ("2012-01-30 07:24:00+0800", "ymd"),
        ("2012年1月29日 23:24", "ymd"),
        ("2012年1月29日 下午11:24", "ymd"),
        ("2012年1月29日 23时24分", "ymd"),
        ("20120129232400", "ymd"),
        ("29.01.2012 23:24", "dmy"),
        ("29.1.12 23:24", "dmy"),
        ("29/01/2012 11:24 PM", "dmy"),
        ("1/29/2012 11:24:00 p.m.", "mdy"),
        ("29-Jan-2012 23:24", "dmy"),
        ("Jan 29, 2012 23:24", "mdy"),
        ("29. Januar 2012 23:24", "dmy"),
        ("29 de enero de 2012 23:24", "dmy"),
        ("1327879440", "ymd"),
        ("40937.975", "ymd"),
    ],
)
def test_an_instant_is_read_as_people_write_it(cell, order):
    cells = pl.Series([cell, None])
    parsed = parse_instants(cells, date_order=order, time_zone="UTC")
    assert parsed.to_list() == [AT, None]


@pytest.mark.parametrize(
    "cell", ["31.02.2012", "2012-13-01", "2012-01-01 25:00", "Start", "12", "1:30", ""]
)
def test_what_is_no_instant_is_null(cell):
    parsed = parse_instants(pl.Series([cell]), date_order="dmy", time_zone="UTC")
    assert parsed.to_list() == [None]


def test_an_instant_without_offset_is_local():
    cells = pl.Series(["2024-07-01 08:00"])
    parsed = parse_instants(cells, date_order="ymd", time_zone="Asia/Shanghai")
    assert parsed.to_list() == [datetime(2024, 7, 1, 0, 0, tzinfo=UTC)]


def test_a_skipped_hour_is_null_and_a_repeated_one_is_the_earlier():
    cells = pl.Series(["2024-03-31 02:30", "2024-10-27 02:30"])
    parsed = parse_instants(cells, date_order="ymd", time_zone="Europe/Berlin")
    assert parsed.to_list() == [None, datetime(2024, 10, 27, 0, 30, tzinfo=UTC)]


def test_midnight_may_be_written_as_24_hours():
    parsed = parse_instants(pl.Series(["2024-01-01 24:00"]), date_order="ymd", time_zone="UTC")
    assert parsed.to_list() == [datetime(2024, 1, 2, tzinfo=UTC)]


def test_typed_dates_are_local_midnights():
    parsed = parse_instants(
        pl.Series([date(2024, 1, 2)]), date_order="ymd", time_zone="Asia/Shanghai"
    )
    assert parsed.to_list() == [datetime(2024, 1, 1, 16, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("cells", "votes"),
    [
        (["29.01.2012", "01.02.2012"], (0, 1, 0)),
        (["01/29/2012", "01/02/2012"], (0, 0, 1)),
        (["2012-01-29"], (1, 0, 0)),
    ],
)
def test_values_vote_for_the_order_of_day_and_month(cells, votes):
    assert date_order_votes(pl.Series(cells)) == votes


@pytest.mark.parametrize(
    ("cell", "seconds"),
    [
        ("006:19", 22_740.0),
        ("1:02:03", 3723.0),
        ("00:54.9", 54.9),
        ("0 days 00:00:52", 52.0),
        ("2 days 01:00:00.5", 176_400.5),
        ("PT1H30M", 5400.0),
        ("1900-01-01 06:05:00", 108_300.0),
        ("90", 5400.0),
        ("soon", None),
    ],
)
def test_a_duration_is_read_as_programs_write_it(cell, seconds):
    assert parse_durations(pl.Series([cell]), unit="min").to_list() == [seconds]


def test_typed_durations_and_clock_times_are_seconds():
    cells = pl.Series([timedelta(hours=2)])
    assert parse_durations(cells, unit="min").to_list() == [7200.0]


@pytest.mark.parametrize(
    ("cell", "decimal", "number"),
    [
        ("1,234.5", ".", 1234.5),
        ("1.234,5", ",", 1234.5),
        ("1 234", ".", 1234.0),
        ("-3", ".", -3.0),
        ("1,5", ".", None),
        ("1.5", ",", None),
        ("10 pcs", ".", 10.0),
        ("1.250 St.", ",", 1250.0),
        ("5,000-", ",", -5.0),
        ("10 mm", ".", None),
        ("inf", ".", None),
        ("nan", ".", None),
    ],
)
def test_a_number_needs_its_decimal_sign(cell, decimal, number):
    assert parse_numbers(pl.Series([cell]), decimal=decimal).to_list() == [number]


def test_yes_and_no_are_read_in_four_languages():
    cells = pl.Series(["Y", "否", "ja", "sí", "0", None, "perhaps"])
    assert parse_flags(cells).to_list() == [True, False, True, True, False, None, None]
