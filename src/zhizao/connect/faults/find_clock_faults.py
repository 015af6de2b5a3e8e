"""Faults that show in clock times: starts nobody measured, cuts at midnight, a shifted zone."""

import math
from dataclasses import dataclass

import polars as pl

from zhizao._base.units import SECONDS_PER_DAY, SECONDS_PER_HOUR

SPIKE_MIN_ROWS = 20
"""Fewer rows at one clock time can be chance or habit."""

SPIKE_MIN_SHARE = 0.01
"""A default is used often: at least this share of all rows."""

SPIKE_RATIO = 5.0
"""Times as many rows as a usual clock time within half an hour."""

SPIKE_NEIGHBOURS_S = 1800
"""How far neighbours are: within a shift's first half hour people also start together."""

SPIKE_DURATIONS = 3
SPIKE_COVER = 0.8
"""A default has few durations: these many cover this share. People who really start together at
the beginning of a shift end at all kinds of times."""

CUT_S = 60
"""Clerks cut a report at 23:59 or 23:59:59 and open the next at 00:00 or 00:01."""

CUT_HABIT_ROWS = 10
"""Fewer pieces that meet at midnight can be chance."""

DAY_CENTRE_H = 11.5
"""Centre of a plant's starts in local time: day shifts 06-16 give 11, two shifts 06-22 give 13,
a weak day shift beside two others 9 to 13."""

SHIFT_MIN_H = 5.0
"""Less than this is explained by shift patterns."""

MIN_CONCENTRATION = 0.1
"""Below this resultant length (0: round the clock, 1: one instant of the day) a day has no centre."""

MIN_ROWS = 200
MIN_DAYS = 7.0

MORNING_H = 7
"""First shifts begin between six and eight."""

_AGREE_H = 2.5
_DAY_US = 86_400_000_000


def with_clocks(rows: pl.DataFrame, *, time_zone: str) -> pl.DataFrame:
    """Return rows with ``start_local`` and ``end_local``, and the seconds since their midnights.

    Those are ``began`` and ``ended``: what the clock shows, also on the days when it is moved.
    """
    local = {"start_local": pl.col("start_at"), "end_local": pl.col("end_at")}
    shown = rows.with_columns(
        at.dt.convert_time_zone(time_zone).alias(name) for name, at in local.items()
    )
    return shown.with_columns(
        (pl.col(name).dt.replace_time_zone(None).to_physical() % _DAY_US // 1_000_000).alias(clock)
        for name, clock in (("start_local", "began"), ("end_local", "ended"))
    )


def default_duration(rows: pl.DataFrame) -> pl.Series:
    """Rows that start at a clock time whose frequency and few durations no work explains.

    Where a plant cuts its reports at midnight, the second piece is explained,
    it began before, unless it lasts as long as the default does.
    """
    is_habit = int(rows["is_cut"].sum()) >= CUT_HABIT_ROWS
    every = rows.select(
        clock="began",
        length=(pl.col("end_at") - pl.col("start_at")).dt.total_seconds(),
    )
    timed = every
    if is_habit:
        timed = every.with_columns(clock=pl.when(~rows["is_cut"]).then("clock"))
    counts = timed.drop_nulls("clock").group_by("clock").len().sort("clock")
    n_rows = int(counts["len"].sum())
    least = max(SPIKE_MIN_ROWS, math.ceil(SPIKE_MIN_SHARE * n_rows))
    is_default = pl.repeat(value=False, n=rows.height, eager=True)
    for clock, n_here in counts.filter(pl.col("len") >= least).rows():
        away = (pl.col("clock") - clock).abs()
        circular = pl.min_horizontal(away, int(SECONDS_PER_DAY) - away)
        near = counts.filter((circular <= SPIKE_NEIGHBOURS_S) & (pl.col("clock") != clock))
        others = near if near.height else counts.filter(pl.col("clock") != clock)
        usual = float(str(others["len"].mean())) if others.height else 0.0
        if n_here < SPIKE_RATIO * usual:
            continue
        lengths = timed.filter(pl.col("clock") == clock)["length"].drop_nulls()
        usual_lengths = lengths.value_counts(sort=True).head(SPIKE_DURATIONS)
        is_few = usual_lengths["count"].sum() >= SPIKE_COVER * n_here
        if lengths.n_unique() < len(lengths) and is_few:
            is_usual = every["length"].is_in(usual_lengths["length"].implode())
            here = (timed["clock"] == clock) | ((every["clock"] == clock) & is_usual)
            is_default |= here.fill_null(value=False)
    return is_default.alias("default_duration")


def midnight_split(rows: pl.DataFrame) -> pl.Series:
    """Both pieces of a report that was cut at midnight and resumed right after it."""
    key = ["order_id", "operation", "resource", "operator"]
    began, ended = pl.col("began"), pl.col("ended")
    timed = rows.filter(  # only rows that touch midnight, so that the sort is small
        ((began <= CUT_S) | (ended >= SECONDS_PER_DAY - CUT_S) | (ended == 0))
        & pl.col("order_id").is_not_null()
        & (pl.col("end_at") > pl.col("start_at"))
    ).select(
        "row",
        "start_at",
        "end_at",
        *key,
        "began",
        "ended",
    )
    ordered = timed.sort(*key, "start_at", "row").with_columns(
        pl.col("start_at").shift(-1).over(key).alias("next_start"),
        pl.col("began").shift(-1).over(key).alias("next_began"),
        pl.col("row").shift(-1).over(key).alias("next_row"),
    )
    gap_s = (pl.col("next_start") - pl.col("end_at")).dt.total_seconds()
    cut = ordered.filter(
        gap_s.is_between(0, CUT_S)
        & ((pl.col("ended") >= SECONDS_PER_DAY - CUT_S) | (pl.col("ended") == 0))
        & (pl.col("next_began") <= CUT_S)
    )
    return rows["row"].is_in(pl.concat([cut["row"], cut["next_row"]]).implode())


@dataclass(frozen=True, kw_only=True)
class ClockShift:
    """How far a week's clock times lie from a plant's usual day, in whole hours."""

    shift_h: int
    centre_h: float
    n_rows: int


def clock_shift(rows: pl.DataFrame) -> ClockShift | None:
    """Return the likely shift of the clock, or None if the week looks like its time zone.

    The centre of the day is the circular mean of the clock times of starts
    (Mardia & Jupp 2000, section 2.2). Where the steepest rise of starts agrees
    with it, that rise is taken as the first shift's beginning.

    Parameters
    ----------
    rows : DataFrame
        With ``start_local``, ``began``, ``is_copy`` and ``is_default``.
    """
    started = rows.select("start_local", "began", "is_copy", "is_default").filter(
        pl.col("start_local").is_not_null() & ~pl.col("is_default") & ~pl.col("is_copy")
    )
    if started.height < MIN_ROWS:
        return None
    first, last = started["start_local"].min(), started["start_local"].max()
    if (last - first).total_seconds() < MIN_DAYS * SECONDS_PER_DAY:  # type: ignore[operator,union-attr]
        return None
    angle = pl.col("began").cast(pl.Float64) * (2.0 * math.pi / SECONDS_PER_DAY)
    x, y = started.select(angle.cos().mean().alias("x"), angle.sin().mean().alias("y")).row(0)
    if math.hypot(x, y) < MIN_CONCENTRATION:
        return None
    centre_h = math.atan2(y, x) * SECONDS_PER_DAY / SECONDS_PER_HOUR / (2.0 * math.pi) % 24.0
    away_h = (centre_h - DAY_CENTRE_H + 12.0) % 24.0 - 12.0
    if abs(away_h) < SHIFT_MIN_H:
        return None
    by_hour = started.group_by((pl.col("began") // 3600).alias("hour")).len()
    counts = dict(by_hour.iter_rows())
    rise_h = max(range(24), key=lambda h: counts.get(h, 0) - counts.get((h - 1) % 24, 0))
    by_rise_h = (rise_h - MORNING_H + 12) % 24 - 12
    gap_h = abs((by_rise_h - away_h + 12.0) % 24.0 - 12.0)
    return ClockShift(
        shift_h=by_rise_h if gap_h <= _AGREE_H else round(away_h),
        centre_h=centre_h,
        n_rows=started.height,
    )
