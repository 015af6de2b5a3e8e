"""Give columns to fields by their names, unless the values veto."""

from dataclasses import dataclass, replace
from typing import Literal
from weakref import WeakKeyDictionary

import polars as pl

from zhizao.connect.columns.event_words import is_signal, transition_of, without_ways
from zhizao.connect.columns.guess_values import (
    Profile,
    guess_date_order,
    guess_decimal,
    profile_of,
    sample_of,
)
from zhizao.connect.columns.whole_cells import JOINED
from zhizao.connect.files.raw import RawTable
from zhizao.connect.mapping import RowMeaning, Transition
from zhizao.connect.synonyms import field_scores, mentions, plain, vocabulary
from zhizao.connect.values.clocks import are_seconds_of_day
from zhizao.connect.values.instants import DateOrder, parse_instants

INSTANTS = frozenset(
    {
        "scheduled_at",
        "start_at",
        "end_at",
        "timestamp",
        "due_at",
        "release_at",
        "planned_end",
        "date",
        "setup_start_at",
        "setup_end_at",
    }
)
_NUMBERS = frozenset(
    {"good_quantity", "scrap_quantity", "hold_quantity", "order_quantity", "quantity"}
)
_NAMES = frozenset({"operation", "order_id", "resource", "operator", "product", "family"})
_ENDS = frozenset({"start_at", "end_at"})
_DURATIONS = frozenset({"duration", "planned_duration", "setup_duration"})

READABLE = 0.6
"""Share of cells that must read as the field's kind: below it the name misleads."""


_MOST_KINDS = 40
"""A column of kinds or states has few different values."""

_MOST_EVENTS = 200
"""A column of events has few different values."""

_LEAST_KINDS = 2
_FEW_KINDS = 8
_KNOWN_KINDS = 0.9
"""Share of rows in which a word of few stands, at least, for one of them to tell setups."""


def kind_of(text: str) -> RowMeaning | None:
    """Return what a word such as 'Setup' or 'Störung' says about a row; None if nothing.

    Examples
    --------
    >>> kind_of("Rüsten"), kind_of("E12 breakdown"), kind_of("生产"), kind_of("Milling")
    ('setup', 'down', 'run', None)
    """
    meanings: tuple[RowMeaning, ...] = ("setup", "down", "idle", "run")
    return next((meaning for meaning in meanings if mentions(text, meaning)), None)


@dataclass(frozen=True, kw_only=True)
class _Look:
    """What the values of a table look like, whatever its columns mean."""

    sample: pl.DataFrame
    date_order: DateOrder
    is_order_certain: bool
    decimal: Literal[".", ","]
    profiles: dict[str, Profile]


_LOOKS: WeakKeyDictionary[RawTable, _Look] = WeakKeyDictionary()
"""Looks at tables that are still there: several steps of a drop ask about the same one."""


def _look_at(table: RawTable) -> _Look:
    if table not in _LOOKS:
        sample = sample_of(table.frame)
        date_order, is_order_certain = guess_date_order(sample)
        decimal = guess_decimal(sample, semicolons="semicolon" in table.described)
        _LOOKS[table] = _Look(
            sample=sample,
            date_order=date_order,
            is_order_certain=is_order_certain,
            decimal=decimal,
            profiles=_with_seconds_of_day(
                sample,
                {
                    name: profile_of(sample[name], date_order=date_order, decimal=decimal)
                    for name in sample.columns
                },
            ),
        )
    return _LOOKS[table]


def _with_seconds_of_day(sample: pl.DataFrame, profiles: dict[str, Profile]) -> dict[str, Profile]:
    """Return profiles in which seconds of the day beside a date are clock times, not days since 1900."""
    has_date = any(
        one.instant >= READABLE > max(one.number, one.clock) and is_date_only(sample[name])
        for name, one in profiles.items()
    )
    return {
        name: replace(one, clock=one.instant)
        if has_date
        and one.number == 1.0
        and one.instant >= READABLE
        and are_seconds_of_day(sample[name])
        else one
        for name, one in profiles.items()
    }


def is_date_only(cells: pl.Series) -> bool:
    """Return whether cells with dates have no clock times but midnight.

    Examples
    --------
    >>> is_date_only(pl.Series(["2024-01-31", "2024-02-01 00:00"]))
    True
    """
    return not cells.cast(pl.String).str.contains("[1-9]:|:[0-5]*[1-9]").any()


class FieldGuess:
    """The columns of one file, given to fields: the best fit of a name first."""

    def __init__(self, table: RawTable) -> None:
        look = _look_at(table)
        self.table = table
        self.sample = look.sample
        self.date_order, self.is_order_certain = look.date_order, look.is_order_certain
        self.decimal = look.decimal
        self.profiles = look.profiles
        self.columns: dict[str, str] = {}
        self.notes: list[str] = []
        self.named_events: dict[str, Transition] = {}
        self._by_name()

    def _by_name(self) -> None:
        """Give columns to fields, the best fit of a name first, each once."""
        proposals = []
        for position, name in enumerate(self.sample.columns):
            for field, score in field_scores(name).items():
                if self._reads_as(field, name):
                    proposals.append((-score, position, field, name))
        taken: set[str] = set()
        for _, _, field, name in sorted(proposals):
            if field not in self.columns and name not in taken:
                self.columns[field] = name
                taken.add(name)

    def _reads_as(self, field: str, name: str) -> bool:
        profile = self.profiles[name]
        if profile.n_cells == 0:
            return False
        share = 1.0
        if field in INSTANTS:
            share = profile.instant - profile.clock
        elif field in _NUMBERS or field in {"step", "priority"}:
            share = profile.number
        elif field in _DURATIONS:
            is_instant = profile.clock >= READABLE and field_scores(name).keys() & _ENDS
            share = 0.0 if is_instant else profile.duration
        elif field in _NAMES:
            share = 1.0 - profile.instant if profile.number < READABLE else 1.0
        else:
            share = self._word_fit(field, name)
        return share >= READABLE if field not in _NAMES else share > 1.0 - READABLE

    def _word_fit(self, field: str, name: str) -> float:
        """Return the share of cells that are words of a field which has words of its own, else 1."""
        if field == "lifecycle":
            known = self.sample[name].cast(pl.String).is_in(list(self.transitions(name)))
            return int(known.sum()) / self.profiles[name].n_cells
        if field == "kind":
            return self.kind_share(name)
        if field == "is_cancelled":
            return self.word_share(name, "yes", "no", "cancelled")
        if field == "is_rework":
            return self.word_share(name, "yes", "no")
        return self.joined_share(name) if field == "order_operation" else 1.0

    def instants(self, name: str) -> pl.Series:
        """Return a sampled column as instants."""
        return parse_instants(self.sample[name], date_order=self.date_order, time_zone="UTC")

    def is_date_only(self, name: str) -> bool:
        """Return whether a column of dates has no clock times but midnight."""
        return is_date_only(self.sample[name])

    def transitions(self, name: str) -> dict[str, Transition]:
        """Return the values of a lifecycle column that are known, with their meaning."""
        values = [str(v) for v in self.sample[name].drop_nulls().unique(maintain_order=True)]
        if len(values) > _MOST_EVENTS:
            return {}
        if signal := is_signal(values):
            return signal if plain(name) in vocabulary("words", "signal") else {}
        found = {value: transition_of(value) for value in values}
        return without_ways({v: meaning for v, meaning in found.items() if meaning is not None})

    def kinds(self, name: str) -> dict[str, RowMeaning]:
        """Return the values of a column that say what kind of row it is, with their meaning."""
        known: dict[str, RowMeaning] = {}
        if self.profiles[name].n_unique > _MOST_KINDS:
            return known
        for value in self.sample[name].drop_nulls().cast(pl.String).unique(maintain_order=True):
            if (meaning := kind_of(value)) is not None:
                known[value] = meaning
        return known

    def kind_share(self, name: str) -> float:
        """Return the share of cells that say what kind of row it is; 0 if all say the same."""
        known = self.kinds(name)
        if len(set(known.values())) < _LEAST_KINDS:
            return 0.0
        said = self.sample[name].cast(pl.String).is_in(list(known)).sum()
        return float(said) / max(self.profiles[name].n_cells, 1)

    def has_setups(self, name: str) -> bool:
        """Return whether a column of few words has one for setups beside others that say nothing."""
        n_unique = self.profiles[name].n_unique
        if not _LEAST_KINDS <= n_unique <= _FEW_KINDS or self.profiles[name].number >= READABLE:
            return False
        values = self.sample[name].drop_nulls().cast(pl.String).unique()
        said = {value: meaning for value, meaning in self.kinds(name).items() if meaning == "setup"}
        is_filled = self.profiles[name].n_cells >= _KNOWN_KINDS * self.profiles[name].n_rows
        return is_filled and 0 < len(said) < len(values)

    def word_share(self, name: str, *keys: str) -> float:
        """Return the share of cells that are one of the words under some keys."""
        known = frozenset[str]().union(*(vocabulary("words", key) for key in keys))
        cells = self.sample[name].drop_nulls().cast(pl.String)
        if self.profiles[name].n_unique > _MOST_KINDS:
            return 0.0
        found = [v for v in cells.unique() if (plain(v.removesuffix(".0")) or v) in known]
        return int(cells.is_in(found).sum()) / max(len(cells), 1)

    def joined_share(self, name: str) -> float:
        """Return the share of cells with an order and an operation; 0 if orders do not come back."""
        cells = self.sample[name].drop_nulls().cast(pl.String)
        orders = cells.str.extract(JOINED, 1).drop_nulls()
        operations = cells.str.extract(JOINED, 2).drop_nulls()
        if self.profiles[name].instant >= READABLE or not 0 < orders.n_unique() < len(orders):
            return 0.0
        if not 1 < operations.n_unique() <= max(_MOST_KINDS, orders.n_unique()):
            return 0.0
        return len(orders) / max(len(cells), 1)

    def free(self) -> list[str]:
        """Return the columns that no field has."""
        return [name for name in self.sample.columns if name not in self.columns.values()]

    def drop(self, *fields: str, why: str = "") -> None:
        """Take columns away from fields, and note why."""
        for field in fields:
            if (name := self.columns.pop(field, None)) is not None and why:
                self.notes.append(f"'{name}' is not read: {why}.")
