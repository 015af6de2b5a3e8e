"""Cells to numbers, durations, yes and no.

A cell that cannot be read becomes null; who calls compares with what was there
and reports it.
"""

from datetime import datetime
from typing import Literal

import polars as pl

from zhizao.connect.instants import named_parts
from zhizao.connect.synonyms import plain, vocabulary

DurationUnit = Literal["s", "min", "h", "d"]

_WITH_UNITS = (
    r"(?i)^(?:(?P<d>\d+(?:[.,]\d+)?)\s*(?:days?|d|tage?|天|日)[ ,]*)?"
    r"(?:(?P<h>\d+(?:[.,]\d+)?)\s*(?:hours?|hrs?|h|std|stunden?|小时|时|時間|시간|ч|час)\.?[ ,]*)?"
    r"(?:(?P<m>\d+(?:[.,]\d+)?)\s*(?:minutes?|minuten|mins?|m|分钟|分|분|мин)\.?[ ,]*)?"
    r"(?:(?P<s>\d+(?:[.,]\d+)?)\s*(?:seconds?|sekunden|secs?|sek|s|秒|초|сек)\.?)?$"
)
"""A duration with its units: '1h 30min', '90 min', '1,5 Std.'."""

_DAY_ZERO = datetime(1899, 12, 31)  # noqa: DTZ001 - a spreadsheet counts clock days from here

UNIT_S: dict[str, float] = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86_400.0}


def parse_numbers(column: pl.Series, *, decimal: str) -> pl.Series:
    """Return float64; thousands may be grouped; units behind a number are refused.

    Examples
    --------
    >>> parse_numbers(pl.Series(["1.234,5", "7", "a"]), decimal=",").to_list()
    [1234.5, 7.0, None]
    """
    if column.dtype.is_numeric() or column.dtype == pl.Boolean:
        number = column.cast(pl.Float64)
    elif column.dtype == pl.String:
        bare = column.str.replace_all(r"[\s\u00a0\u202f']", "")
        if decimal == ",":
            grouped = bare.str.contains(r"^[+-]?\d{1,3}(\.\d{3})+(,\d*)?$")
            plainly = bare.str.contains(r"^[+-]?\d*(,\d*)?$")
            ok = (grouped | plainly).fill_null(value=False)
            bare = bare.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
            bare = pl.select(pl.when(ok).then(bare)).to_series()
        else:
            grouped = bare.str.contains(r"^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$").fill_null(value=False)
            bare = pl.select(
                pl.when(grouped).then(bare.str.replace_all(",", "", literal=True)).otherwise(bare)
            ).to_series()
        number = bare.cast(pl.Float64, strict=False)
    else:
        return pl.Series(column.name, [None] * len(column), dtype=pl.Float64)
    finite = number.is_finite()
    return pl.select(pl.when(finite).then(number)).to_series().alias(column.name)


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
    clock = named_parts(
        column,
        r"^(?:(?P<d>\d+)\s*(?:days?|d|天)[ ,]*)?(?P<x>\d{1,4}):(?P<y>\d{1,2})(?::(?P<z>\d{1,2}))?(?P<f>[.,]\d+)?$",
    ).with_columns(pl.col("f").str.replace(",", ".", literal=True))
    iso = named_parts(
        column, r"^P(?:(?P<d>\d+)D)?T?(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>\d+(?:\.\d+)?)S)?$"
    )
    number = {c: pl.col(c).cast(pl.Float64) for c in "dxyzf"}
    three = number["x"] * 3600 + number["y"] * 60 + number["z"]
    short = pl.when(pl.col("f").is_not_null()).then(number["x"] * 60 + number["y"])  # mm:ss.f
    two = short.otherwise(number["x"] * 3600 + number["y"] * 60)
    of_clock = clock.select(
        number["d"].fill_null(0.0) * 86_400
        + pl.when(pl.col("z").is_not_null()).then(three).otherwise(two)
        + ("0" + pl.col("f")).cast(pl.Float64).fill_null(0.0)
    ).to_series()
    of_iso = _sum_of_units(iso)
    of_units = _sum_of_units(named_parts(column.str.strip_chars(), _WITH_UNITS))
    of_day = clock_days(column)
    of_number = parse_numbers(column, decimal=decimal) * UNIT_S[unit]
    return (
        pl.select(pl.coalesce(of_clock, of_iso, of_units, of_day, of_number))
        .to_series()
        .alias(column.name)
    )


def _sum_of_units(parts: pl.DataFrame) -> pl.Series:
    """Return seconds of days, hours, minutes and seconds; null where none of them is given."""
    numbers = parts.select(pl.all().str.replace(",", ".", literal=True).cast(pl.Float64))
    return numbers.select(
        pl.when(pl.any_horizontal(pl.all().is_not_null())).then(
            pl.sum_horizontal(
                pl.col(c).fill_null(0.0) * s
                for c, s in (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1))
            )
        )
    ).to_series()


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
