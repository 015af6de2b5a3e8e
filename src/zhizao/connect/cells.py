"""Cells to values: instants, numbers, durations, yes and no.

A cell that cannot be read becomes null here; who calls compares with what was
there and reports it.
"""

from typing import Literal

import polars as pl

from zhizao.connect.synonyms import plain, vocabulary
from zhizao.model.records import INSTANT

DateOrder = Literal["ymd", "dmy", "mdy"]
DurationUnit = Literal["s", "min", "h", "d"]

UNIT_S: dict[str, float] = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86_400.0}

_DATE_PARTS = (
    r"^(?P<a>\d{1,4})\s*[-/.年]\s*(?P<b>\d{1,2})\s*[-/.月]\s*(?P<c>\d{1,4})日?"
    r"(?:[T ,]*(?P<half1>上午|下午)?\s*(?P<H>\d{1,2})[:h时](?P<M>\d{1,2})分?(?::?(?P<S>\d{1,2})秒?)?"
    r"(?:[.,](?P<f>\d{1,9}))?\s*(?P<half2>[AaPp]\.?[Mm]\.?|上午|下午)?\s*(?P<z>Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?$"
)
_COMPACT = r"^(?P<a>(?:19|20)\d{2})(?P<b>\d{2})(?P<c>\d{2})(?:[T ]?(?P<H>\d{2})(?P<M>\d{2})(?P<S>\d{2})?)?$"

_FAST = ("%Y-%m-%d %H:%M:%S%.f", "%Y/%m/%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f")

_MONTHS = {
    name: f"{number:02d}"
    for number, names in enumerate(
        (
            ("january", "januar", "enero", "jan", "ene"),
            ("february", "februar", "febrero", "feb"),
            ("march", "marz", "märz", "marzo", "mar", "mär"),
            ("april", "abril", "apr", "abr"),
            ("may", "mai", "mayo"),
            ("june", "juni", "junio", "jun"),
            ("july", "juli", "julio", "jul"),
            ("august", "agosto", "aug", "ago"),
            ("september", "septiembre", "sept", "sep"),
            ("october", "oktober", "octubre", "oct", "okt"),
            ("november", "noviembre", "nov"),
            ("december", "dezember", "diciembre", "dec", "dez", "dic"),
        ),
        start=1,
    )
    for name in names
}
_EXCEL_EPOCH = pl.datetime(1899, 12, 30)
_EXCEL_DAYS = (20_000, 80_000)  # 1954 to 2119
_EPOCH_S = (3.0e8, 4.1e9)  # 1979 to 2099


def _parts(text: pl.Series, pattern: str) -> pl.DataFrame:
    return text.to_frame("t").select(pl.col("t").str.extract_groups(pattern)).unnest("t")


def _with_month_numbers(text: pl.Series) -> pl.Series:
    """Replace names of months ('29-Jan-2012 7:00') by numbers; weekdays are dropped."""
    if not text.head(200).str.contains(r"(?i)[a-zä]{3}").any():
        return text
    lowered = text.str.to_lowercase()
    named = lowered.str.extract(r"([a-zä]{3,10})\.?[ \-/.,]+(?:\d|de)|\d[ \-/.]+([a-zä]{3,10})")
    second = lowered.str.extract(r"\d[ \-/.]+(?:de )?([a-zä]{3,10})")
    month = pl.Series(
        pl.select(pl.coalesce(second, named)).to_series().replace_strict(_MONTHS, default=None)
    )
    parts = lowered.to_frame("t").select(
        day=pl.col("t").str.extract(r"(?:^|[^\d:])(\d{1,2})(?:\.|st|nd|rd|th)?(?:[ \-/.,]|$)"),
        year=pl.col("t").str.extract(r"(?:^|[^\d:])(\d{4})(?:\D|$)"),
        clock=pl.col("t").str.extract(r"(\d{1,2}:\d{2}.*)$"),
    )
    built = parts["year"] + "-" + month + "-" + parts["day"] + (" " + parts["clock"]).fill_null("")
    return pl.select(pl.coalesce(built, text)).to_series()


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
    if isinstance(dtype, pl.Datetime):
        if dtype.time_zone is not None:
            return column.dt.convert_time_zone("UTC").cast(INSTANT)
        return _localised(column.cast(pl.Datetime("us")), time_zone)
    if dtype == pl.Date:
        return _localised(column.cast(pl.Datetime("us")), time_zone)
    if dtype.is_numeric():
        return _from_numbers(column.cast(pl.Float64), time_zone)
    if dtype != pl.String:
        return pl.Series(column.name, [None] * len(column), dtype=INSTANT)
    local = _fast(column)
    if local is not None:
        return _localised(local, time_zone)
    text = _with_month_numbers(column)
    parts = _parts(text, _DATE_PARTS)
    compact = _parts(text, _COMPACT)
    parts = parts.with_columns(
        pl.coalesce(pl.col(name), compact[name]).alias(name) for name in "abcHMS"
    )
    parsed = _assembled(parts, date_order=date_order, time_zone=time_zone)
    if parsed.null_count() > len(parsed) / 2:  # days or seconds since an epoch, written as text
        number = text.str.extract(r"^(\d{5}(?:\.\d+)?|\d{10}(?:\.\d+)?|\d{13}|\d{16})$")
        counted = _from_numbers(number.cast(pl.Float64), time_zone)
        parsed = pl.select(pl.coalesce(parsed, counted)).to_series()
    return parsed.alias(column.name)


def _fast(column: pl.Series) -> pl.Series | None:
    """Return naive datetimes if one usual format reads every cell."""
    head = column.drop_nulls().head(50)
    for form in _FAST:
        if head.str.to_datetime(form, strict=False).null_count() == 0 and len(head):
            parsed = column.str.to_datetime(form, strict=False, time_unit="us")
            if parsed.null_count() == column.null_count():
                return parsed
    return None


def _assembled(parts: pl.DataFrame, *, date_order: DateOrder, time_zone: str) -> pl.Series:
    year_first = pl.col("a").str.len_chars() == 4
    day, month = ("a", "b") if date_order == "dmy" else ("b", "a")
    if date_order == "ymd":  # 'year first' is stated: a two-digit first number is the year
        year = pl.col("a")
        month_part, day_part = pl.col("b"), pl.col("c")
    else:
        year = pl.when(year_first).then("a").otherwise("c")
        month_part = pl.when(year_first).then("b").otherwise(month)
        day_part = pl.when(year_first).then("c").otherwise(day)
    long_year = pl.when(year.str.len_chars() == 2).then("20" + year).otherwise(year)
    half = pl.coalesce("half1", "half2").str.to_lowercase().str.replace_all(".", "", literal=True)
    hour = pl.col("H").cast(pl.Int64)
    clock_hour = (
        pl.when(half.is_in(["pm", "下午"]))
        .then(hour % 12 + 12)
        .when(half.is_in(["am", "上午"]))
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


def _localised(local: pl.Series, time_zone: str) -> pl.Series:
    zoned = local.dt.replace_time_zone(time_zone, ambiguous="earliest", non_existent="null")
    return zoned.dt.convert_time_zone("UTC").cast(INSTANT)


def _from_numbers(number: pl.Series, time_zone: str) -> pl.Series:
    """Read days since 1899-12-30, as a spreadsheet counts, or seconds or milliseconds since 1970."""
    frame = number.to_frame("n")
    value = pl.col("n")
    serial = frame.select(
        pl.when(value.is_between(*_EXCEL_DAYS)).then(
            _EXCEL_EPOCH + pl.duration(milliseconds=(value * 86_400_000.0).round())
        )
    ).to_series()
    micros = (
        pl.when(value.is_between(*_EPOCH_S))
        .then(value * 1e6)
        .when((value / 1e3).is_between(*_EPOCH_S))
        .then(value * 1e3)
        .when((value / 1e6).is_between(*_EPOCH_S))
        .then(value)
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
    parts = _parts(_with_month_numbers(column), _DATE_PARTS).select(
        n=pl.col("a").str.len_chars(), a=pl.col("a").cast(pl.Int64), b=pl.col("b").cast(pl.Int64)
    )
    short = pl.col("n") <= 2
    votes = parts.select(
        (pl.col("n") == 4).sum().alias("y"),
        (short & (pl.col("a") > 12)).sum().alias("d"),
        (short & (pl.col("b") > 12)).sum().alias("m"),
    ).row(0)
    return (int(votes[0]), int(votes[1]), int(votes[2]))


def parse_numbers(column: pl.Series, *, decimal: str) -> pl.Series:
    """Return float64; thousands may be grouped; units behind a number are refused.

    Examples
    --------
    >>> parse_numbers(pl.Series(["1.234,5", "7", "a"]), decimal=",").to_list()
    [1234.5, 7.0, None]
    """
    if column.dtype.is_numeric():
        number = column.cast(pl.Float64)
    elif column.dtype == pl.Boolean:
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
    """Return seconds: clock forms, '0 days 00:00:52', ISO 8601, or numbers in ``unit``.

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
    clock = _parts(
        column,
        r"^(?:(?P<d>\d+)\s*(?:days?|d|天)[ ,]*)?(?P<x>\d{1,4}):(?P<y>\d{1,2})(?::(?P<z>\d{1,2}))?(?P<f>[.,]\d+)?$",
    ).with_columns(pl.col("f").str.replace(",", ".", literal=True))
    iso = _parts(
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
    of_iso = iso.select(
        pl.when(pl.any_horizontal(pl.all().is_not_null())).then(
            pl.sum_horizontal(
                pl.col(c).cast(pl.Float64).fill_null(0.0) * s
                for c, s in (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1))
            )
        )
    ).to_series()
    of_number = parse_numbers(column, decimal=decimal) * UNIT_S[unit]
    return pl.select(pl.coalesce(of_clock, of_iso, of_number)).to_series().alias(column.name)


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
