"""Tables of one database that belong together: reports that name the rest by a number.

A table without clock times that lists something once each, by an id that the reports name
too, brings its columns to the reports: the order and operation of a booking, the name of a
machine. It is then no table of its own.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import polars as pl

from zhizao.connect.columns.guess_fields import INSTANTS, FieldGuess
from zhizao.connect.files.raw import RawTable
from zhizao.connect.synonyms import plain
from zhizao.connect.verdict import text

_KNOWN = 0.95
"""Share of the ids in the reports that the other table must list."""

_MOST_COLUMNS = 60
_LEAST_ROWS = 2
_ID_WORDS = frozenset({"id", "no", "nr", "number", "code", "key", "编号", "号", "代码", "编码"})
_NAME_WORDS = frozenset(
    {"name", "description", "desc", "text", "名称", "名", "描述", "bezeichnung", "nombre"}
)


@dataclass(frozen=True)
class _Link:
    """The column of the reports and that of the list which hold the same ids."""

    here: str
    there: str


def join_tables(tables: Sequence[RawTable], *, apart: Collection[str] = ()) -> list[RawTable]:
    r"""Return the tables with those that only list ids joined to the reports that name them.

    Parameters
    ----------
    tables
        All tables of a drop.
    apart
        Names of tables that a mapping reads by themselves.

    Examples
    --------
    >>> from zhizao.connect.files.text_files import table_of_text
    >>> reports = table_of_text("machine_id,start\n1,2024-01-01 08:00\n2,2024-01-01 09:00\n1,2024-01-01 10:00\n", name="r", encoding="utf-8")
    >>> machines = table_of_text("machine_id,machine_name\n1,Saw\n2,Mill\n", name="m", encoding="utf-8")
    >>> [table.frame.columns for table in join_tables([reports, machines])]
    [['start', 'machine_name']]
    """
    if len(tables) < 2:
        return list(tables)
    guesses = [FieldGuess(table) for table in tables]
    is_timed = [bool(_clocks(guess)) for guess in guesses]
    joined = list(tables)
    used: set[int] = set()
    for i, table in enumerate(tables):
        if is_timed[i] or table.name in apart or "due_at" in guesses[i].columns:
            continue
        for k in range(len(tables)):
            if not is_timed[k] or joined[k].name in apart:
                continue
            link = _link(joined[k].frame, table.frame, other=table.name)
            if link is not None and _is_list_of(guesses[i], guesses[k], link):
                joined[k] = _with_columns(joined[k], table, link)
                used.add(i)
    return [table for i, table in enumerate(joined) if i not in used]


def _clocks(guess: FieldGuess) -> list[str]:
    return [f for f in guess.columns if f in INSTANTS and f != "due_at"]


def _is_list_of(listed: FieldGuess, reports: FieldGuess, link: _Link) -> bool:
    """Return whether a table of ids is no table of orders that the reports go without."""
    is_order = listed.columns.get("order_id") == link.there and "operation" in reports.columns
    return not (is_order and "operation" not in listed.columns)


def _link(here: pl.DataFrame, there: pl.DataFrame, *, other: str) -> _Link | None:
    """Return the columns by which a table lists what another one names; None if there are none."""
    if there.height < _LEAST_ROWS or there.width > _MOST_COLUMNS:
        return None
    for column in there.columns:
        ids = there[column].drop_nulls().cast(pl.String)
        if len(ids) < there.height or ids.n_unique() < len(ids):
            continue
        for name in here.columns:
            if not _same_name(name, column, other=other):
                continue
            found = here[name].drop_nulls().cast(pl.String)
            n_known = int(found.is_in(ids.implode()).sum())
            if len(found) and n_known >= _KNOWN * len(found):
                return _Link(name, column)
    return None


def _same_name(here: str, there: str, *, other: str) -> bool:
    """Return whether two columns have one name; a list's plain 'id' is also called after its table."""
    a, b = plain(here), plain(there)
    if a == b:
        return a not in _ID_WORDS
    if b not in _ID_WORDS:
        return False
    stem = plain(other.rpartition(".")[0] or other)
    names = {stem, stem.removesuffix("s"), stem.removesuffix("es")}
    return any(a in {f"{name} {b}", name} for name in names)


def _with_columns(table: RawTable, listed: RawTable, link: _Link) -> RawTable:
    """Return a table with the columns of a list; an id makes room for the name of the same thing."""
    names = {c: c for c in listed.frame.columns if c != link.there}
    names = {c: (c if c not in table.frame.columns else f"{c} ({listed.name})") for c in names}
    brought = listed.frame.select(
        pl.col(link.there).cast(pl.String).alias("\0id"),
        *(pl.col(c).alias(n) for c, n in names.items()),
    )
    frame = table.frame.with_columns(pl.col(link.here).cast(pl.String).alias("\0id")).join(
        brought, on="\0id", how="left", maintain_order="left"
    )
    stem = _stem(link.here)
    is_named = any(_stem(n) == stem and plain(n).split()[-1] in _NAME_WORDS for n in names.values())
    frame = frame.drop("\0id", *([link.here] if is_named and stem else []))
    note = text(
        "note_joined",
        listed=listed.name,
        file=table.name,
        column=link.here,
        rows=listed.frame.height,
    )
    return replace(table, frame=frame, notes=(*table.notes, note))


def _stem(name: str) -> str:
    """Return a plain name without the word that says whether it is an id or a name."""
    words = plain(name).split()
    return " ".join(w for w in words if w not in _ID_WORDS | _NAME_WORDS)
