"""Cells that hold a start and an end: '04.03.2024 06:30 - 07:15' becomes two columns."""

from dataclasses import replace

import polars as pl

from zhizao.connect.columns.guess_fields import READABLE
from zhizao.connect.columns.guess_values import CLOCK_ONLY, guess_date_order, sample_of
from zhizao.connect.files.raw import RawTable
from zhizao.connect.values.instants import DateOrder, parse_instants

_LOOKED_AT = 200
_MOST_SHIFTS = 8
_SIGNS = ("~", "–", "—", "→", "->", " bis ", " to ", " until ", " à ", " au ", " hasta ", " a ", "至", "到", " - ")  # fmt: skip
_DAY = r"^(\d{1,4}[-/.年]\s?\d{1,2}[-/.月]\s?\d{1,4}日?)[T ]"
_CLOCKS = r"(\d:\d{2})\s?-\s?(\d{1,2}:\d{2})"


def with_spans_apart(table: RawTable) -> RawTable:
    r"""Return a table in which a column of spans is two: one of starts, one of ends.

    Where no end has a date, the date of the start becomes a column of its own.

    Examples
    --------
    >>> from zhizao.connect.files.text_files import table_of_text
    >>> text = "order;when\nA;04.03.2024 06:30 - 04.03.2024 07:15\nB;04.03.2024 08:00 - 09:00\n"
    >>> table = with_spans_apart(table_of_text(text, name="a.csv", encoding="utf-8"))
    >>> table.frame.select("when start", "when end").row(0)
    ('04.03.2024 06:30', '04.03.2024 07:15')
    """
    sample = sample_of(table.frame)
    text = [name for name, dtype in sample.schema.items() if dtype == pl.String]
    seen = {name: sample[name].drop_nulls().head(_LOOKED_AT) for name in text}
    found = [name for name, cells in seen.items() if len(cells) and _are_spans(cells)]
    if not found:
        return table
    frame = table.frame
    for name in found:
        begin, end = _parts(frame[name])
        days = begin.str.extract(_DAY, 1)
        if days.null_count() == begin.null_count() and not end.str.contains(_DAY).any():
            # the end has no date: it may be on the next day
            frame = frame.with_columns(
                days.alias(f"{name} date"),
                begin.str.replace(_DAY, "").str.strip_chars().alias(f"{name} start"),
                end.alias(f"{name} end"),
            )
        else:
            both = pl.DataFrame({"d": days, "e": end, "c": end.str.contains(CLOCK_ONLY)})
            joined = pl.when(pl.col("c")).then(pl.coalesce(pl.col("d") + " " + pl.col("e"), "e"))
            frame = frame.with_columns(
                begin.alias(f"{name} start"),
                both.select(joined.otherwise("e")).to_series().alias(f"{name} end"),
            )
        frame = frame.drop(name)
    return replace(table, frame=frame)


def _are_spans(cells: pl.Series) -> bool:
    # a few spans that come again and again are shifts
    if cells.n_unique() <= min(_MOST_SHIFTS, len(cells) // 2):
        return False
    begin, end = _parts(cells)
    order, _ = guess_date_order(pl.DataFrame({"a": begin}))
    share = min(_share(begin, order), _share(end, order))
    return share >= READABLE


def _share(cells: pl.Series, order: DateOrder) -> float:
    """Return the share of cells that are instants or clock times."""
    is_at = parse_instants(cells, date_order=order, time_zone="UTC").is_not_null()
    has_clock = cells.str.contains(r"\d[:hH.时]\d{2}") & (is_at | cells.str.contains(CLOCK_ONLY))
    return float(has_clock.fill_null(value=False).mean() or 0.0)  # type: ignore[arg-type]


def _parts(cells: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return what stands before and behind the sign of a span."""
    text = cells.str.replace(_CLOCKS, "$1 - $2")
    text = text.str.replace_many(list(_SIGNS), ["\0"] * len(_SIGNS))
    both = text.str.split_exact("\0", 1).struct.unnest()
    is_pair = text.str.count_matches("\0", literal=True) == 1
    begin, end = (both[f"field_{i}"].str.strip_chars().set(~is_pair, None) for i in (0, 1))
    return begin, end
