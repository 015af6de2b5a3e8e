"""Clock times in a column of their own, beside a date: 06:30, 063000, 630, 6,5 or seconds of the day."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zhizao.connect.values.clock_words import with_plain_clocks

Floats = NDArray[np.float64]

HALVES = "(?:上午|下午|午前|午後|오전|오후)"
_OF_1899 = r"^1899-12-3[01] "
_DAY_S = 86_400
_HALF = r"^\d{1,2}[.,]\d{2}$"
_MOST_DAYS = 7_300
"""Days from which numbers spread too far to be days of a spreadsheet: no log covers twenty years."""

_LOOKED_AT = 500
_SERIAL_DAY = r"^([2-7]\d{4})(?:[.,]0+)?$"
_NUMBER = r"^\d{1,6}(?:[.,]\d+)?$"


def clock_times(column: pl.Series) -> pl.Series:
    """Return clock times as text that can follow a date; null where a cell is none.

    A number of hours, of hours and minutes, of hours, minutes and seconds, of seconds of
    the day or of days: what fits every number of the column, the first of these.

    Examples
    --------
    >>> clock_times(pl.Series(["63000", "143000"])).to_list()
    ['06:30:00', '14:30:00']
    >>> clock_times(pl.Series(["6,5", "14,75"])).to_list()
    ['06:30:00', '14:45:00']
    >>> clock_times(pl.Series(["630", "1445", "0"])).to_list()
    ['06:30:00', '14:45:00', '00:00:00']
    >>> clock_times(pl.Series(["06:30 PM"])).to_list()
    ['06:30 PM']
    """
    text = with_plain_clocks(column.cast(pl.String).str.replace(_OF_1899, ""))
    number = (
        text.str.extract(f"({_NUMBER[1:-1]})$")
        .filter(text.str.contains(_NUMBER).fill_null(value=False))
        .str.replace(",", ".", literal=True)
        .cast(pl.Float64, strict=False)
    )
    if number.null_count():
        return text
    if len(number) == 0:
        return text
    seconds = _seconds(number.to_numpy(), text.drop_nulls())
    if seconds is None:
        return text
    is_number = text.str.contains(_NUMBER).fill_null(value=False).to_numpy()
    whole = np.full(len(text), np.nan)
    whole[is_number] = seconds
    frame = pl.DataFrame({"s": pl.Series(whole, nan_to_null=True).cast(pl.Int64), "t": text})
    parts = [pl.col("s") // 3600, pl.col("s") // 60 % 60, pl.col("s") % 60]
    shown = pl.concat_str([p.cast(pl.String).str.zfill(2) for p in parts], separator=":")
    return frame.select(pl.coalesce(shown, "t").alias(column.name)).to_series()


def _seconds(number: Floats, text: pl.Series) -> Floats | None:
    """Return seconds of the day of the numbers of a column; None if no way to read fits them all."""
    if not (number == np.round(number)).all():
        return _of_decimals(number, text)
    hour, minute, second = number // 10_000, number // 100 % 100, number % 100
    found = None
    if (number <= 24).all() and (text.str.len_chars() <= 2).all():
        found = number * 3600
    elif (number <= 2400).all() and (second < 60).all():
        found = minute * 3600 + second * 60
    elif (number < 240_000).all() and (second < 60).all() and (minute < 60).all():
        found = hour * 3600 + minute * 60 + second
    elif (number <= _DAY_S).all():
        found = number
    return None if found is None else np.asarray(found)


def _of_decimals(number: Floats, text: pl.Series) -> Floats | None:
    """Return seconds of shares of a day, of hours and minutes apart by a point, or of hours."""
    if (number < 1.0).all():
        return np.asarray(np.round(number * _DAY_S))
    minutes = np.round((number - np.floor(number)) * 100)
    if (number < 25.0).all() and text.str.contains(_HALF).all() and (minutes < 60).all():
        return np.asarray(np.floor(number) * 3600 + minutes * 60)
    return np.asarray(np.round(number * 3600)) if (number <= 24.0).all() else None


def is_clock(column: pl.Series) -> bool:
    """Return whether all cells of a column can be read as clock times.

    Examples
    --------
    >>> is_clock(pl.Series(["6,5", "7"])), is_clock(pl.Series(["A1", "7"]))
    (True, False)
    """
    cells = clock_times(column.drop_nulls())
    return len(cells) > 0 and bool(
        cells.str.contains(
            rf"^{HALVES}?\s*(?:[01]?\d|2[0-4])[:hH时時시]\s?[0-5]\d分?(?::[0-5]\d)?(?:\.\d+)?(?:\s*[AaPp][Mm]|\s*{HALVES})?$"
        ).all()
    )


def are_seconds_of_day(column: pl.Series) -> bool:
    """Return whether whole numbers are clock times although they could be days of a spreadsheet.

    As days they would lie decades apart: nine of ten of 21600 … 79200 cover a century and more.

    Examples
    --------
    >>> are_seconds_of_day(pl.Series(["21600", "50000", "79210"]))
    True
    >>> are_seconds_of_day(pl.Series(["45355", "45356", "45399"]))
    False
    """
    number = column.drop_nulls().cast(pl.String).cast(pl.Float64, strict=False)
    if len(number) == 0 or number.null_count() or not (number == number.round()).all():
        return False
    low, high = number.quantile(0.05), number.quantile(0.95)
    return low is not None and high is not None and high - low > _MOST_DAYS and is_clock(column)


def with_date(clock: pl.Series, date: pl.Series) -> pl.Series:
    """Return clock times, each with the date from another column before it; days of a spreadsheet are dates.

    Examples
    --------
    >>> with_date(pl.Series(["0.25", "0.5"]), pl.Series(["45355", "45356"])).to_list()
    ['2024-03-04 06:00:00', '2024-03-05 12:00:00']
    >>> with_date(pl.Series(["6:30"]), pl.Series(["04.03.2024"])).to_list()
    ['04.03.2024 6:30']
    """
    day = date.cast(pl.String).str.extract(r"^(\S+)")
    if day.drop_nulls().head(_LOOKED_AT).str.contains(_SERIAL_DAY).all():
        number = day.str.extract(_SERIAL_DAY, 1).cast(pl.Int64)
        since = pl.DataFrame({"d": number}).select(pl.date(1899, 12, 30) + pl.duration(days="d"))
        day = since.to_series().dt.strftime("%Y-%m-%d")
    return (day + " " + clock_times(clock)).alias(clock.name)
