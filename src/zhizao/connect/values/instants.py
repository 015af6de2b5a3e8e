"""Cells to instants: dates and clock times as people and programs write them.

A cell that cannot be read becomes null; who calls compares with what was there
and reports it.
"""

from datetime import datetime
from typing import Literal

import polars as pl

from zhizao.connect.values.clock_words import with_plain_clocks
from zhizao.connect.values.distinct import cells_of
from zhizao.connect.values.month_names import with_month_numbers
from zhizao.model.records import INSTANT

DateOrder = Literal["ymd", "dmy", "mdy"]

_DATE_PARTS = (
    r"^(?P<a>\d{1,4})\s*[-/.年년]\s*(?P<b>\d{1,2})\s*[-/.月월]\s*(?P<c>\d{1,4})[日일]?"
    r"(?:[T ,]*(?P<half1>上午|下午|午前|午後|오전|오후|[AaPp]\.?[Mm]\.?)?\s*(?P<H>\d{1,2})[:hH时時시]\s*(?P<M>\d{1,2})[分분]?\s*(?::?(?P<S>\d{1,2})[秒초]?)?"
    r"(?:[.,](?P<f>\d{1,9}))?\s*(?P<half2>[AaPp]\.?[Mm]\.?|上午|下午|午前|午後|오전|오후)?\s*(?P<z>Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?$"
)
_COMPACT = r"^(?P<a>(?:19|20)\d{2})(?P<b>\d{2})(?P<c>\d{2})(?:[T ]?(?P<H>\d{2}):?(?P<M>\d{2}):?(?P<S>\d{2})?)?$"

_FAST = ("%Y-%m-%d %H:%M:%S%.f", "%Y/%m/%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f")

_REPEATED = 4
"""So often on average a text occurs before it pays to look each different one up."""
_LONG_YEAR = r"^\d{4}"
_FIRST_YEAR = 1000
_YEAR_DIGITS = 3
_OF_TAIWAN = (100, 199)
"""Years since 1911, as Taiwan counts them: 113 is 2024. Two digits are the end of a Western year."""

_OF_THAILAND = (2493, 2642)
"""Years since 543 before Christ, as Thailand counts them: 2567 is 2024."""

_EXCEL_EPOCH = pl.datetime(1899, 12, 30)
_EXCEL_DAYS = (20_000, 80_000)  # 1954 to 2119
_LOW_SHARE = 0.05
_MOST_DAYS = 7_300
_EPOCH_S = (3.0e8, 4.1e9)  # 1979 to 2099


def named_parts(text: pl.Series, pattern: str) -> pl.DataFrame:
    r"""Return the named groups of a pattern as columns; all null where it does not match.

    Examples
    --------
    >>> named_parts(pl.Series(["7:30", "x"]), r"^(?P<h>\d+):(?P<m>\d+)$").rows()
    [('7', '30'), (None, None)]
    """
    return text.to_frame("t").select(pl.col("t").str.extract_groups(pattern)).unnest("t")


def parse_instants(column: pl.Series, *, date_order: DateOrder, time_zone: str) -> pl.Series:
    """Return instants in UTC; a cell without its own offset is local time of ``time_zone``.

    A local time that the clocks skipped in spring becomes null; one that came
    twice in autumn is read as the earlier.

    Examples
    --------
    >>> cells = pl.Series(["29.01.2012 23:24", "x"])
    >>> parse_instants(cells, date_order="dmy", time_zone="UTC").to_list()[1] is None
    True
    """
    dtype = column.dtype
    if dtype == pl.String:
        return _from_text(column, date_order=date_order, time_zone=time_zone)
    if isinstance(dtype, pl.Datetime) and dtype.time_zone is not None:
        return column.dt.convert_time_zone("UTC").cast(INSTANT)
    if isinstance(dtype, pl.Datetime | pl.Date):
        return _localised(column.cast(pl.Datetime("us")), time_zone)
    if dtype.is_numeric():
        return _from_numbers(column.cast(pl.Float64), time_zone)
    return pl.Series(column.name, [None] * len(column), dtype=INSTANT)


def _from_text(column: pl.Series, *, date_order: DateOrder, time_zone: str) -> pl.Series:
    parsed = pl.Series(column.name, [None], dtype=INSTANT).new_from_index(0, len(column))
    odd, local = column, _fast(column)
    if local is not None:
        parsed = _localised(local, time_zone)
        if local.null_count() == column.null_count():
            return parsed
        odd = column.set(local.is_not_null(), None)
    # What is repeated, such as a day, is read once.
    known = cells_of(odd)
    different = odd.unique(maintain_order=True) if known.place is None else known.values
    if _REPEATED * len(different) <= len(odd):
        read = _by_parts(different, date_order=date_order, time_zone=time_zone)
        others = (
            odd.replace_strict(different, read, return_dtype=INSTANT)
            if known.place is None
            else read.gather(known.place)
        )
    else:
        others = _by_parts(odd, date_order=date_order, time_zone=time_zone)
    parsed = pl.select(pl.coalesce(parsed, others)).to_series()
    if parsed.null_count() > column.null_count():  # days or seconds since an epoch, as text
        number = (
            column.set(parsed.is_not_null(), None)
            .str.extract(
                r"^(\d{5}(?:[.,]\d+)?|\d{10}(?:[.,]\d+)?|\d{13}(?:[.,]\d+)?|\d{16}|\d{19})$"
            )
            .str.replace(",", ".", literal=True)
        )
        counted = _from_numbers(number.cast(pl.Float64), time_zone)
        parsed = pl.select(pl.coalesce(parsed, counted)).to_series()
    return parsed.alias(column.name)


def _by_parts(column: pl.Series, *, date_order: DateOrder, time_zone: str) -> pl.Series:
    """Return instants written in any usual way."""
    text = with_month_numbers(with_plain_clocks(column))
    parts = named_parts(text, _DATE_PARTS)
    compact = named_parts(text, _COMPACT)
    parts = parts.with_columns(
        pl.coalesce(pl.col(name), compact[name]).alias(name) for name in "abcHMS"
    )
    return _assembled(parts, date_order=date_order, time_zone=time_zone)


def _fast(column: pl.Series) -> pl.Series | None:
    """Return naive datetimes, null where not read, if one usual format reads the first cells."""
    head = column.drop_nulls().head(50)
    for form in _FAST:
        if not head.str.contains(_LONG_YEAR).all():  # the parser takes '04/03/24' for the year 4
            return None
        if head.str.to_datetime(form, strict=False).null_count() == 0 and len(head):
            # Without fractions of a second, as nearly always, it reads at four times the speed.
            whole = form.removesuffix("%.f")
            parsed = column.str.to_datetime(whole, strict=False, time_unit="us")
            if parsed.null_count() == column.null_count() and _are_long_years(parsed):
                return parsed
            parsed = column.str.to_datetime(form, strict=False, time_unit="us")
            if parsed.null_count() == column.null_count() and _are_long_years(parsed):
                return parsed
            # A year of two digits may also be a day: then all cells are read in one way.
            is_sure = column.str.contains(_LONG_YEAR)
            return parsed.set(~is_sure.fill_null(value=True), None)
    return None


def _are_long_years(parsed: pl.Series) -> bool:
    """Return whether no year has less than four digits."""
    first = parsed.min()
    return not isinstance(first, datetime) or first.year >= _FIRST_YEAR


def _assembled(parts: pl.DataFrame, *, date_order: DateOrder, time_zone: str) -> pl.Series:
    year_first = pl.col("a").str.len_chars() >= _YEAR_DIGITS
    day, month = ("a", "b") if date_order == "dmy" else ("b", "a")
    if date_order == "ymd":  # 'year first' is stated: a two-digit first number is the year
        year = pl.col("a")
        month_part, day_part = pl.col("b"), pl.col("c")
    else:
        year = pl.when(year_first).then("a").otherwise("c")
        month_part = pl.when(year_first).then("b").otherwise(month)
        day_part = pl.when(year_first).then("c").otherwise(day)
    long_year = _western(pl.when(year.str.len_chars() == 2).then("20" + year).otherwise(year))
    half = pl.coalesce("half1", "half2").str.to_lowercase().str.replace_all(".", "", literal=True)
    hour = pl.col("H").cast(pl.Int64)
    clock_hour = (
        pl.when(half.is_in(["pm", "下午", "午後", "오후"]))
        .then(hour % 12 + 12)
        .when(half.is_in(["am", "上午", "午前", "오전"]))
        .then(hour % 12)
        .otherwise(hour)
        .fill_null(0)
    )
    is_midnight = (clock_hour == 24) & (pl.col("M").cast(pl.Int64) == 0)
    shown_hour = pl.when(is_midnight).then(0).otherwise(clock_hour).cast(pl.String).str.zfill(2)
    stamp = (
        pl.concat_str(
            long_year,
            pl.lit("-"),
            month_part.str.zfill(2),
            pl.lit("-"),
            day_part.str.zfill(2),
            pl.lit(" "),
            shown_hour,
            pl.lit(":"),
            pl.col("M").fill_null("0").str.zfill(2),
            pl.lit(":"),
            pl.col("S").fill_null("0").str.zfill(2),
        )
        .str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us")
        .alias("stamp")
    )
    fraction_us = (
        (("0." + pl.col("f")).cast(pl.Float64).fill_null(0.0) * 1e6).round().cast(pl.Int64)
    )
    sign = pl.when(pl.col("z").str.starts_with("-")).then(-1).otherwise(1)
    digits = pl.col("z").str.replace_all(r"[^\d]", "").str.zfill(4)
    offset_s = sign * (
        digits.str.slice(0, 2).cast(pl.Int64) * 3600 + digits.str.slice(2, 2).cast(pl.Int64) * 60
    )
    built = parts.select(
        stamp
        + pl.duration(microseconds=fraction_us)
        + pl.duration(days=is_midnight.fill_null(value=False).cast(pl.Int64)),
        offset_s=pl.when(pl.col("z").is_not_null()).then(offset_s),
    )
    local = _localised(built["stamp"], time_zone)
    if built["offset_s"].null_count() == built.height:
        return local
    exact = built.select(
        (pl.col("stamp") - pl.duration(seconds=pl.col("offset_s"))).dt.replace_time_zone("UTC")
    ).to_series()
    return pl.select(pl.coalesce(exact, local)).to_series().cast(INSTANT)


def _western(year: pl.Expr) -> pl.Expr:
    """Return years as the Gregorian calendar counts them, also those of Taiwan and of Thailand."""
    number = year.cast(pl.Int64, strict=False)
    return (
        pl.when(number.is_between(*_OF_TAIWAN))
        .then((number + 1911).cast(pl.String))
        .when(number.is_between(*_OF_THAILAND))
        .then((number - 543).cast(pl.String))
        .otherwise(year)
    )


def _localised(local: pl.Series, time_zone: str) -> pl.Series:
    zoned = local.dt.replace_time_zone(time_zone, ambiguous="earliest", non_existent="null")
    return zoned.dt.convert_time_zone("UTC").cast(INSTANT)


def _from_numbers(number: pl.Series, time_zone: str) -> pl.Series:
    """Read days since 1899-12-30, as a spreadsheet counts, or seconds, or parts of them, since 1970."""
    frame = number.to_frame("n")
    value = pl.col("n")
    is_day = value.is_between(*_EXCEL_DAYS)
    low, high = (
        frame.filter(is_day)["n"].quantile(q) or 0.0 for q in (_LOW_SHARE, 1.0 - _LOW_SHARE)
    )
    if high - low > _MOST_DAYS:  # minutes of a simulated run, ids: no log covers twenty years
        is_day = pl.lit(value=False)
    serial = frame.select(
        pl.when(is_day).then(
            # six decimals of a day are a tenth of a second: whole seconds are meant
            _EXCEL_EPOCH + pl.duration(seconds=(value * 86_400.0).round())
        )
    ).to_series()
    micros = (
        pl.when(value.is_between(*_EPOCH_S))
        .then(value * 1e6)
        .when((value / 1e3).is_between(*_EPOCH_S))
        .then(value * 1e3)
        .when((value / 1e6).is_between(*_EPOCH_S))
        .then(value)
        .when((value / 1e9).is_between(*_EPOCH_S))
        .then(value / 1e3)
    )
    epoch = frame.select(micros.round().cast(pl.Int64).cast(INSTANT)).to_series()
    return pl.select(
        pl.coalesce(_localised(serial.cast(pl.Datetime("us")), time_zone), epoch)
    ).to_series()


def date_order_votes(column: pl.Series) -> tuple[int, int, int]:
    """Return how many cells put the year first, can only be day-first, can only be month-first.

    Examples
    --------
    >>> date_order_votes(pl.Series(["29.01.2012", "01.02.2012"]))
    (0, 1, 0)
    """
    if column.dtype != pl.String:
        return (0, 0, 0)
    parts = named_parts(with_month_numbers(with_plain_clocks(column)), _DATE_PARTS).select(
        n=pl.col("a").str.len_chars(), a=pl.col("a").cast(pl.Int64), b=pl.col("b").cast(pl.Int64)
    )
    short = pl.col("n") <= 2
    votes = parts.select(
        (pl.col("n") == 4).sum().alias("y"),
        (short & (pl.col("a") > 12)).sum().alias("d"),
        (short & (pl.col("b") > 12)).sum().alias("m"),
    ).row(0)
    return (int(votes[0]), int(votes[1]), int(votes[2]))
