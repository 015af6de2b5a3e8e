"""Clock times of a simulated run: minutes, seconds or hours since it began, no dates."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import polars as pl

from zhizao.connect.columns.guess_fields import INSTANTS, READABLE, FieldGuess
from zhizao.connect.files.raw import RawTable
from zhizao.connect.synonyms import field_scores, unit_in_name
from zhizao.connect.values.cells import UNIT_S, parse_numbers
from zhizao.connect.verdict import text

ORIGIN = datetime(2024, 1, 1)  # noqa: DTZ001 - local time of the plant, a Monday
"""When a run without dates is said to have begun."""

_TRIED = ("min", "s", "h")
_USUAL_S = (120.0, 43_200.0)
"""Median time of an operation, from two minutes to half a day, that tells the unit."""


def with_clocks_of_a_run(tables: Sequence[RawTable]) -> list[RawTable]:
    r"""Return tables in which numbers since the begin of a run are instants, where no table has dates.

    The unit is what a name states ('start_s'), else the first of minutes, seconds and hours
    under which operations take a usual time; a note says so.

    Examples
    --------
    >>> from zhizao.connect.files.text_files import table_of_text
    >>> run = table_of_text("job,machine,t_start,t_end\nA,M1,0,30.5\nB,M1,40,60\n", name="a.csv", encoding="utf-8")
    >>> with_clocks_of_a_run([run])[0].frame["t_end"].to_list()
    ['2024-01-01 00:30:30.000000', '2024-01-01 01:00:00.000000']
    """
    guesses = [FieldGuess(table) for table in tables]
    if any(g.profiles[n].instant >= READABLE for g in guesses for n in g.sample.columns):
        return list(tables)
    clocks = [_clocks(guess) for guess in guesses]
    said = [(g, c) for g, c in zip(guesses, clocks, strict=True) if c.keys() & _WORKED]
    if not said:
        return list(tables)
    guess, columns = said[0]
    stated = next((u for n in columns.values() if (u := unit_in_name(n))), None)
    unit = stated or _usual_unit(guess, columns)
    found = []
    for table, named, own in zip(tables, clocks, guesses, strict=True):
        if not named:
            found.append(table)
            continue
        instants = [
            _instants(table.frame[n], unit=unit, decimal=own.decimal) for n in named.values()
        ]
        note = text(
            "note_run_clock",
            file=table.name,
            names=", ".join(named.values()),
            unit=unit,
            stated=text("note_run_stated" if stated else "note_run_assumed"),
        )
        found.append(
            replace(table, frame=table.frame.with_columns(instants), notes=(*table.notes, note))
        )
    return found


_WORKED = frozenset({"start_at", "end_at", "timestamp"})


def _clocks(guess: FieldGuess) -> dict[str, str]:
    """Return columns of numbers that are named like instants, by field."""
    found: dict[str, str] = {}
    for name in guess.sample.columns:
        scores = field_scores(name)
        best = max(scores, key=scores.__getitem__, default="")
        if best not in INSTANTS or guess.profiles[name].number < READABLE:
            continue
        numbers = parse_numbers(guess.sample[name], decimal=guess.decimal).drop_nulls()
        if len(numbers) and (numbers >= 0.0).all() and numbers.n_unique() > 1:
            found.setdefault(best, name)
    return found


def _usual_unit(guess: FieldGuess, columns: dict[str, str]) -> str:
    """Return the first unit under which operations take a usual time; minutes if nothing tells."""
    if {"start_at", "end_at"} <= columns.keys():
        at = {f: parse_numbers(guess.sample[columns[f]], decimal=guess.decimal) for f in columns}
        lengths = (at["end_at"] - at["start_at"]).drop_nulls()
        middle = lengths.filter(lengths > 0.0).median()
    else:
        stamps = parse_numbers(guess.sample[next(iter(columns.values()))], decimal=guess.decimal)
        middle = stamps.drop_nulls().sort().diff().median()
    if not isinstance(middle, float):
        return "min"
    low, high = _USUAL_S
    return next((unit for unit in _TRIED if low <= middle * UNIT_S[unit] <= high), "min")


def _instants(numbers: pl.Series, *, unit: str, decimal: str) -> pl.Series:
    """Return numbers since the begin of the run as text of instants."""
    seconds = parse_numbers(numbers, decimal=decimal) * UNIT_S[unit]
    since = pl.duration(microseconds=(pl.col("s") * 1e6).round().cast(pl.Int64))
    at = (pl.lit(ORIGIN) + since).dt.strftime("%Y-%m-%d %H:%M:%S%.6f")
    return pl.DataFrame({"s": seconds}).select(at.alias(numbers.name)).to_series()
