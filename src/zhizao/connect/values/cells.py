"""Cells to numbers, durations, yes and no.

A cell that cannot be read becomes null; who calls compares with what was there
and reports it.
"""

import re
from datetime import datetime
from functools import cache
from typing import Literal

import polars as pl

from zhizao.connect.synonyms import plain, vocabulary
from zhizao.connect.values.distinct import cells_of

DurationUnit = Literal["s", "min", "h", "d"]

_WITH_UNITS = (
    r"(?i)^(?:(?P<d>\d+(?:[.,]\d+)?)\s*(?:days?|d|tage?|天|日)[ ,]*)?"
    r"(?:(?P<h>\d+(?:[.,]\d+)?)\s*(?:hours?|hrs?|h|std|stunden?|小时|时|時間|시간|ч|час)\.?[ ,]*)?"
    r"(?:(?P<m>\d+(?:[.,]\d+)?)\s*(?:minutes?|minuten|mins?|m|分钟|分|분|мин)\.?[ ,]*)?"
    r"(?:(?P<s>\d+(?:[.,]\d+)?)\s*(?:seconds?|sekunden|secs?|sek|s|秒|초|сек)\.?)?$"
)
"""A duration with its units: '1h 30min', '90 min', '1,5 Std.'."""

_CLOCK = (
    r"^(?:(?P<d>\d+)\s*(?:days?|d|天)[ ,]*)?"
    r"(?P<x>\d{1,4}):(?P<y>\d{1,2})(?::(?P<z>\d{1,2}))?(?P<f>[.,]\d+)?$"
)
_ISO = r"^P(?:(?P<d>\d+)D)?T?(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>\d+(?:\.\d+)?)S)?$"

_DAY_ZERO = datetime(1899, 12, 31)  # noqa: DTZ001 - a spreadsheet counts clock days from here

_LOOKED_AT = 500
"""Cells, spread over a column, that show whether units stand behind its numbers."""

UNIT_S: dict[str, float] = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86_400.0}


def parse_numbers(column: pl.Series, *, decimal: str) -> pl.Series:
    """Return float64; thousands may be grouped, and pieces have a unit; other units are refused.

    Examples
    --------
    >>> parse_numbers(pl.Series(["1.234,5", "7", "a"]), decimal=",").to_list()
    [1234.5, 7.0, None]
    """
    if column.dtype.is_numeric() or column.dtype == pl.Boolean:
        number = column.cast(pl.Float64)
    elif column.dtype == pl.String:
        number = cells_of(column).each(lambda cells: _number_cells(cells, decimal=decimal))
    else:
        return pl.Series(column.name, [None] * len(column), dtype=pl.Float64)
    is_odd = ~number.is_finite()
    return (number.set(is_odd, None) if is_odd.any() else number).alias(column.name)


def _number_cells(cells: pl.Series, *, decimal: str) -> pl.Series:
    """Return text as float64, each cell by itself."""
    if cells.gather_every(max(len(cells) // _LOOKED_AT, 1)).str.contains(r"\d\s*[^\d\s]+$").any():
        cells = without_units(cells)
    bare = pl.col("t").str.replace_all(r"[\s\u00a0\u202f']", "")
    plain = pl.col("bare")
    if decimal == ",":
        is_grouped = plain.str.contains(r"^[+-]?\d{1,3}(\.\d{3})+(,\d*)?$")
        is_plain = plain.str.contains(r"^[+-]?\d*(,\d*)?$")
        pointed = plain.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
        read: pl.Expr = pl.when((is_grouped | is_plain).fill_null(value=False)).then(pointed)
    else:
        is_grouped = plain.str.contains(r"^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$").fill_null(value=False)
        ungrouped = plain.str.replace_all(",", "", literal=True)
        read = pl.when(is_grouped).then(ungrouped).otherwise(plain)
    frame = cells.to_frame("t").lazy().select(bare.alias("bare"))
    return frame.select(read.cast(pl.Float64, strict=False).alias("t")).collect().to_series()


def without_units(cells: pl.Series) -> pl.Series:
    """Return text cells without the unit of pieces behind a number, and with a sign behind it in front.

    Examples
    --------
    >>> without_units(pl.Series(["12 Stk", "1.250 St.", "3件", "5,000-", "12 mm"])).to_list()
    ['12', '1.250', '3', '-5,000', '12 mm']
    """
    number = cells.str.extract(_behind_numbers(), 1)
    negative = "-" + cells.str.extract(r"^(\d[\d.,]*)-$", 1)
    return pl.select(pl.coalesce(number, negative, cells).alias(cells.name)).to_series()


@cache
def _behind_numbers() -> str:
    """Return a pattern of a number with a unit of pieces behind it."""
    units = sorted(vocabulary("words", "piece_unit"), key=len, reverse=True)
    accented = ["stück", "pç", "pçs", "pièce", "pièces", "cái"]  # cells keep their accents
    return rf"(?i)^([+-]?\d[\d.,\s']*?)\s*(?:{'|'.join(map(re.escape, [*units, *accented]))})\.?$"


def parse_durations(column: pl.Series, *, unit: DurationUnit, decimal: str = ".") -> pl.Series:
    """Return seconds: clock forms, '0 days 00:00:52', '1h 30min', ISO 8601, or numbers in ``unit``.

    Examples
    --------
    >>> parse_durations(pl.Series(["006:19", "0 days 00:00:52", "90"]), unit="min").to_list()
    [22740.0, 52.0, 5400.0]
    """
    if isinstance(column.dtype, pl.Duration):
        return column.dt.total_microseconds().cast(pl.Float64) / 1e6
    if column.dtype == pl.Time:
        return column.cast(pl.Int64).cast(pl.Float64) / 1e9
    if column.dtype.is_numeric():
        return column.cast(pl.Float64) * UNIT_S[unit]
    if column.dtype != pl.String:
        return pl.Series(column.name, [None] * len(column), dtype=pl.Float64)
    return cells_of(column).each(lambda cells: _duration_cells(cells, unit=unit, decimal=decimal))


def _duration_cells(cells: pl.Series, *, unit: DurationUnit, decimal: str) -> pl.Series:
    """Return text as seconds, each cell by itself."""
    text = pl.col("t")
    number = {c: pl.col("clock").struct.field(c).cast(pl.Float64) for c in "dxyz"}
    fraction = pl.col("clock").struct.field("f").str.replace(",", ".", literal=True)
    three = number["x"] * 3600 + number["y"] * 60 + number["z"]
    short = pl.when(fraction.is_not_null()).then(number["x"] * 60 + number["y"])  # mm:ss.f
    two = short.otherwise(number["x"] * 3600 + number["y"] * 60)
    of_clock = (
        number["d"].fill_null(0.0) * 86_400
        + pl.when(number["z"].is_not_null()).then(three).otherwise(two)
        + ("0" + fraction).cast(pl.Float64).fill_null(0.0)
    )
    parts = {
        "clock": text.str.extract_groups(_CLOCK),
        "iso": text.str.extract_groups(_ISO),
        "units": text.str.strip_chars().str.extract_groups(_WITH_UNITS),
    }
    read = (
        cells.to_frame("t")
        .lazy()
        .with_columns(groups.alias(name) for name, groups in parts.items())
        .select(pl.coalesce(of_clock, _sum_of_units("iso"), _sum_of_units("units")))
        .collect()
        .to_series()
    )
    others = parse_numbers(cells, decimal=decimal) * UNIT_S[unit]
    return pl.select(pl.coalesce(read, clock_days(cells), others)).to_series().alias(cells.name)


def _sum_of_units(parts: str) -> pl.Expr:
    """Return seconds of days, hours, minutes and seconds; null where none of them is given."""
    number = {
        name: pl.col(parts).struct.field(name).str.replace(",", ".", literal=True).cast(pl.Float64)
        for name in "dhms"
    }
    seconds = pl.sum_horizontal(
        number[c].fill_null(0.0) * s for c, s in (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1))
    )
    return pl.when(pl.any_horizontal(n.is_not_null() for n in number.values())).then(seconds)


def clock_days(column: pl.Series) -> pl.Series:
    """Return seconds of durations that a spreadsheet shows as dates around 1900.

    Examples
    --------
    >>> clock_days(pl.Series(["1900-01-01 06:05:00", "2024-01-01 00:00:00"])).to_list()
    [108300.0, None]
    """
    day = column.str.extract(r"^((?:1899|1900)[-/]\d{2}[-/]\d{2} \d{2}:\d{2}:\d{2})(?:\.0+)?$")
    at = day.str.replace_all("/", "-", literal=True).str.to_datetime(
        "%Y-%m-%d %H:%M:%S", strict=False
    )
    return (at - _DAY_ZERO).dt.total_seconds().cast(pl.Float64)


def parse_flags(column: pl.Series) -> pl.Series:
    """Return booleans; an empty cell is null.

    Examples
    --------
    >>> parse_flags(pl.Series(["Y", "否", None])).to_list()
    [True, False, None]
    """
    if column.dtype == pl.Boolean:
        return column
    text = column.cast(pl.String)
    yes, no = vocabulary("words", "yes"), vocabulary("words", "no")
    truth: dict[str, bool | None] = {}
    for value in text.drop_nulls().unique().to_list():
        word = plain(value.removesuffix(".0")) or value
        truth[value] = True if word in yes else False if word in no else None
    return text.replace_strict(truth, default=None, return_dtype=pl.Boolean)
