"""What a column's values say about its meaning, from a sample of its rows."""

import math
from dataclasses import dataclass
from typing import Literal

import polars as pl

from zhizao.connect.values.cells import (
    UNIT_S,
    DurationUnit,
    parse_durations,
    parse_numbers,
    without_units,
)
from zhizao.connect.values.clock_words import with_plain_clocks
from zhizao.connect.values.clocks import HALVES
from zhizao.connect.values.instants import DateOrder, date_order_votes, parse_instants

SAMPLE_ROWS = 5_000
"""Rows looked at, spread over the file: enough to see 1 % of odd cells."""


_SHORT_DATE = r"^\d{1,2}[./-]\d{1,2}[./-]\d{2,4}"
_SHORT_PARTS = r"^\d{2}[./-]\d{2}[./-]\d{2}(?:\D|$)"
_FEW_DATES = 5
_MOST_UNREAD = 0.05
_DAY_US = 86_400e6
_SPAN_RATIO = 3.0
"""How many times longer than the other a false order of day and month makes the records last."""

_FEW_NUMBERS = 3
_MOST_NUMBERS = 0.6
"""Share of cells that are numbers in a column of numbers."""

CLOCK_ONLY = (
    rf"^(?:1899-12-3[01] )?{HALVES}?\s*\d{{1,2}}[:hH时時시]\s?\d{{2}}분?(?::\d{{2}}(?:\.\d+)?)?"
    rf"(?:\s*[AaPp]\s?\.?\s?[Mm]\.?|\s*{HALVES})?$"
)


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Shares of a sample's cells that read as a kind of value."""

    n_cells: int
    n_unique: int
    n_rows: int
    instant: float
    number: float
    duration: float
    clock: float


def sample_of(frame: pl.DataFrame) -> pl.DataFrame:
    """Return rows spread evenly over a table.

    Examples
    --------
    >>> sample_of(pl.DataFrame({"a": range(20_000)})).height <= 5_000
    True
    """
    return frame.gather_every(-(-max(frame.height, 1) // SAMPLE_ROWS))


def profile_of(column: pl.Series, *, date_order: DateOrder, decimal: str) -> Profile:
    """Return what a sampled column looks like.

    Examples
    --------
    >>> profile = profile_of(pl.Series(["2024-01-01 08:00"]), date_order="ymd", decimal=".")
    >>> profile.instant, profile.number
    (1.0, 0.0)
    """
    cells = column.drop_nulls()
    n_cells = max(len(cells), 1)

    def share(parsed: pl.Series) -> float:
        return (len(parsed) - parsed.null_count()) / n_cells

    return Profile(
        n_cells=len(cells),
        n_unique=cells.n_unique() if len(cells) else 0,
        n_rows=len(column),
        instant=share(parse_instants(cells, date_order=date_order, time_zone="UTC")),
        number=share(parse_numbers(cells, decimal=decimal)),
        duration=share(parse_durations(cells, unit="min", decimal=decimal)),
        clock=_clock_share(cells),
    )


def _clock_share(cells: pl.Series) -> float:
    """Return the share of clock times without a date; a spreadsheet gives them the year 1899."""
    if cells.dtype == pl.Time:
        return 1.0
    if cells.dtype != pl.String or len(cells) == 0:
        return 0.0
    return int(cells.str.contains(CLOCK_ONLY).sum()) / len(cells)


def guess_date_order(frame: pl.DataFrame) -> tuple[DateOrder, bool]:
    """Return the order of day and month that the values show, and whether they show it.

    A date with a dot between its numbers is day-first where nothing decides.

    Examples
    --------
    >>> guess_date_order(pl.DataFrame({"a": ["01/29/2024", "02/03/2024"]}))
    ('mdy', True)
    """
    frame = frame.with_columns(
        with_plain_clocks(frame[name]) for name, dtype in frame.schema.items() if dtype == pl.String
    )
    if _is_short_year_first(frame):
        return "ymd", True
    votes = [date_order_votes(frame[name]) for name in frame.columns]
    n_day = sum(vote[1] for vote in votes)
    n_month = sum(vote[2] for vote in votes)
    if n_day or n_month:
        return ("dmy" if n_day >= n_month else "mdy"), True
    text = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    short = (
        frame.select(pl.col(text).str.contains(_SHORT_DATE).any(ignore_nulls=True)).row(0)
        if text
        else ()
    )
    if not any(short):
        return "ymd", True
    return _order_of_span(frame.select(text))


def _is_short_year_first(frame: pl.DataFrame) -> bool:
    """Return whether dates of three two-digit numbers lie close together only with the year first."""
    for name, dtype in frame.schema.items():
        if dtype != pl.String:
            continue
        cells = frame[name].drop_nulls()
        if len(cells) < _FEW_DATES or not cells.head(50).str.contains(_SHORT_PARTS).all():
            continue
        spans: dict[DateOrder, float] = {}
        for order in ("ymd", "dmy", "mdy"):
            at = parse_instants(cells, date_order=order, time_zone="UTC")
            if at.null_count() <= _MOST_UNREAD * len(at):
                first, last = at.drop_nulls().cast(pl.Int64).sort().to_numpy()[[0, -1]]
                spans[order] = max(float(last - first) / _DAY_US, 1.0)
        others = [span for order, span in spans.items() if order != "ymd"]
        if "ymd" in spans and all(span > _SPAN_RATIO * spans["ymd"] for span in others):
            return True
    return False


def _order_of_span(frame: pl.DataFrame) -> tuple[DateOrder, bool]:
    """Return the order under which dates lie closer together, else day-first, which is not sure.

    All days are up to 12, so the true order spans a few days and the false one months.
    Clocks with AM and PM are usual where the month comes first.
    """
    spans: dict[DateOrder, float] = {"dmy": 0.0, "mdy": 0.0}
    has_halves = False
    for name in frame.columns:
        cells = frame[name].drop_nulls()
        if not cells.head(50).str.contains(_SHORT_DATE).any():
            continue
        has_halves = has_halves or bool(cells.str.contains(r"(?i)\d\s*[ap]\.?m\.?$").any())
        for order in spans:
            at = parse_instants(cells, date_order=order, time_zone="UTC").drop_nulls()
            if len(at) > 1:
                first, last = at.cast(pl.Int64).sort().to_numpy()[[0, -1]]
                spans[order] += float(last - first) / _DAY_US
    near, far = sorted(spans, key=spans.__getitem__)
    if spans[far] > _SPAN_RATIO * max(spans[near], 1.0):
        return near, True
    return ("mdy" if has_halves else "dmy"), False


def guess_decimal(frame: pl.DataFrame, *, semicolons: bool) -> Literal[".", ","]:
    """Return the decimal sign that the values show.

    ``1,250`` alone could be either; a file delimited by semicolons is usually
    written where the comma is the decimal sign.

    Examples
    --------
    >>> guess_decimal(pl.DataFrame({"a": ["1,5", "2,25"]}), semicolons=False)
    ','
    """
    votes = {",": 0, ".": 0}
    either = 0
    for name, dtype in frame.schema.items():
        if dtype != pl.String:
            continue
        found = _decimal_votes(without_units(frame[name]))
        votes[","] += found[0]
        votes["."] += found[1]
        either += found[2]
    if votes[","] > votes["."]:
        return ","
    return "," if either and not votes["."] and semicolons else "."


def _decimal_votes(cells: pl.Series) -> tuple[int, int, int]:
    """Return how many cells have a comma, or a point, before decimals; and how many either.

    Three digits behind a sign are decimals where all are zeros or a cell begins with '0,'; they
    are thousands where other cells of the column are whole numbers without a sign.
    """
    part = cells.drop_nulls()
    counted = part.to_frame("t").select(
        whole=pl.col("t").str.contains(r"^-?\d{1,3}$").sum(),
        comma=pl.col("t").str.contains(r"^-?(\d{1,3}(\.\d{3})+|\d+),(\d{1,2}|\d{4,})$").sum(),
        point=pl.col("t").str.contains(r"^-?(\d{1,3}(,\d{3})+|\d+)\.(\d{1,2}|\d{4,})$").sum(),
        commas=pl.col("t").str.contains(r"^-?\d{1,3},\d{3}$").sum(),
        points=pl.col("t").str.contains(r"^-?\d{1,3}\.\d{3}$").sum(),
        zeros=pl.col("t").str.contains(r"^-?\d{1,3},000$").sum(),
        zero=pl.col("t").str.contains(r"^-?0,\d{3}$").sum(),
    )
    whole, comma, point, commas, points, zeros, zero = counted.row(0)
    if whole + commas + points + comma + point < _MOST_NUMBERS * len(part):
        return comma, point, 0
    if zero or (commas >= _FEW_NUMBERS and zeros == commas and not whole):
        return comma + commas, point, 0
    if commas and whole >= _FEW_NUMBERS and not comma:
        return comma, point + commas, 0  # 850 and 1,110: thousands
    if points >= _FEW_NUMBERS and whole >= _FEW_NUMBERS and not point:
        return comma + points, point, 0  # 850 and 1.110
    return comma, point, commas


def guess_duration_unit(durations: pl.Series, *, worked_s: pl.Series | None) -> DurationUnit:
    """Return the unit under which plain numbers agree best with end minus start.

    Minutes where there is nothing to compare with.

    Examples
    --------
    >>> guess_duration_unit(pl.Series([1.0, 2.0]), worked_s=pl.Series([3600.0, 7300.0]))
    'h'
    """
    if worked_s is None or not durations.dtype.is_numeric():
        return "min"
    ratio = pl.DataFrame({"w": worked_s, "d": durations}).filter(
        (pl.col("d") > 0) & (pl.col("w") > 0)
    )
    middle = ratio.select((pl.col("w") / pl.col("d")).log().median()).item()
    if middle is None:
        return "min"
    units: tuple[DurationUnit, ...] = ("s", "min", "h", "d")
    return min(units, key=lambda unit: abs(math.log(UNIT_S[unit]) - float(middle)))
