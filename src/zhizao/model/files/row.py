"""One row of a table as values, and the noun that it makes."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from operator import attrgetter
from typing import Any, TypeVar

from pydantic import ValidationError

from zhizao._base.errors import FileFault, nearest_name
from zhizao.model._noun import Noun
from zhizao.model.files.columns import Column, Table
from zhizao.model.rules import literal_values, sentence

N = TypeVar("N", bound=Noun)


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Row:
    """Values of one row by column; an empty cell has none.

    ``texts`` are the cells as they were read; ``faulty`` are columns that have
    been complained about already.
    """

    row: int
    values: Mapping[str, Any]
    texts: Mapping[str, str] | None = None
    faulty: set[str] | frozenset[str] = frozenset()

    def text(self, column: str | None) -> str | None:
        """Return what stands in a cell, for a message."""
        if column is None:
            return None
        value = self.values.get(column)
        return (self.texts or {}).get(column) or (None if value is None else str(value))


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The rows of one table and the name of the file that they are in."""

    table: Table
    file: str
    rows: tuple[Row, ...] = ()

    def fault(
        self, row: Row, rule: str, *, column: str | None = None, nearest: str | None = None
    ) -> FileFault:
        """Return a fault of a row."""
        return FileFault(
            file=self.file,
            row=row.row,
            column=column,
            value=row.text(column),
            rule=rule,
            nearest=nearest,
        )


Tables = Mapping[str, Rows]
"""All tables by name."""


def values_of_each(parts: Iterable[Noun], columns: Iterable[Column]) -> Iterator[dict[str, Any]]:
    """Return for each part its cells that are not empty, by column."""
    listed = tuple(columns)
    names = tuple(column.name for column in listed)
    getters = [_getter(column.path) for column in listed]
    options = [column.name for column in listed if column.kind == "options"]
    is_flat = len(listed) > 1 and all(len(column.path) == 1 for column in listed)
    take = attrgetter(*(column.path[0] for column in listed)) if is_flat else None
    for part in parts:
        found = take(part) if take else [getter(part) for getter in getters]
        # Nothing, an empty text and an empty list have no cell; 0 and no have one.
        values = {name: x for name, x in zip(names, found, strict=True) if x or x == 0}
        for name in options:
            if name in values:
                values[name] = tuple((option.resource, option.speed) for option in values[name])
        yield values


@cache
def _getter(path: tuple[str, ...]) -> Callable[[Any], Any]:
    """Return what takes a value out of a part: once for each column, not once for each row."""
    if len(path) == 1:
        return attrgetter(path[0])
    return lambda part: reduce(_attribute, path, part)


def _attribute(part: Any, name: str) -> Any:
    return None if part is None else getattr(part, name)


def noun_of(rows: Rows, row: Row, noun: type[N], *, faults: list[FileFault]) -> N | None:
    """Return the noun that a row holds, or None and what is wrong with it."""
    columns = _columns_of(rows.table, noun)
    data: dict[str, Any] = {}
    for c in columns:
        value = row.values.get(c.name)
        if value is None and not c.empty_is_none:
            continue
        if c.kind == "options" and value is not None:
            value = tuple({"resource": name, "speed": speed} for name, speed in value)
        target = data
        for part in c.path[:-1]:
            target = target.setdefault(part, {})
        target[c.path[-1]] = value
    return validated(rows, row, noun, data=data, columns=columns, faults=faults)


@cache
def _columns_of(table: Table, noun: type[Noun]) -> tuple[Column, ...]:
    return tuple(c for c in table.columns if c.path and c.path[0] in noun.model_fields)


def validated(
    rows: Rows,
    row: Row,
    noun: type[N],
    *,
    data: Mapping[str, Any],
    columns: Sequence[Column],
    faults: list[FileFault],
) -> N | None:
    """Return the noun that data make, or None and what is wrong with them."""
    try:
        part = noun.model_validate(data)
    except ValidationError as error:
        for e in error.errors():
            where = tuple(str(p) for p in e["loc"] if not isinstance(p, int))
            column = next((c.name for c in columns if where[: len(c.path)] == c.path), None)
            if column in row.faulty and column is not None:
                continue
            rule = sentence(e)
            if column is None and where:
                rule = f"{where[0]}: {rule}"
            nearest = nearest_name(str(e["input"]), literal_values(e))
            faults.append(rows.fault(row, rule, column=column, nearest=nearest))
        return None
    return None if row.faulty else part
