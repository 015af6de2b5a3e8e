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
from zhizao.connect.synonyms import field_scores, plain
from zhizao.connect.verdict import text

_KNOWN = 0.95
"""Share of the ids in the reports that the other table must list."""

_MOST_COLUMNS = 60
_LEAST_ROWS = 2
_ID_WORDS = frozenset(
    {
        "pk",
        "fk",
        "key",
        "oid",
        "guid",
        "uuid",
        "id",
        "no",
        "nr",
        "number",
        "code",
        "编号",
        "号",
        "代码",
        "编码",
    }
)
_BARE = frozenset({"name", "number", "title", "label", "description", "名称", "编号"})
"""Names of columns that say nothing without what they are of."""

_CODE_WORDS = frozenset({"code", "编码", "代码"})
"""Names that alone say enough, beside ids that are all known: a list of codes explains them."""

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
        if table.name in apart:
            continue
        own_id = guesses[i].columns.get("order_id")
        if own_id is not None and _is_order_list(guesses[i]):
            _join_order_names(joined, i, own_id, is_timed=is_timed, apart=apart)
        if is_timed[i] or {"due_at", "order_id"} <= guesses[i].columns.keys():
            continue
        for k in range(len(tables)):
            if not is_timed[k] or joined[k].name in apart:
                continue
            link = _link(joined[k].frame, table.frame, other=table.name)
            if link is not None and _is_list_of(guesses[i], guesses[k], link):
                joined[k] = _with_columns(joined[k], table, link)
                used.add(i)
    return [table for i, table in enumerate(joined) if i not in used]


def _is_order_list(guess: FieldGuess) -> bool:
    """Return whether a table lists orders once each and reports no work."""
    ids = guess.table.frame[guess.columns["order_id"]]
    is_work = guess.columns.keys() & {"operation", "resource", "lifecycle", "start_at", "end_at"}
    return not is_work and ids.null_count() == 0 and ids.n_unique() == len(ids)


def _join_order_names(
    joined: list[RawTable],
    i: int,
    own_id: str,
    *,
    is_timed: Sequence[bool],
    apart: Collection[str],
) -> None:
    """Bring the names of orders to reports that know them by another id; the list stays a table."""
    table = joined[i]
    for k in range(len(joined)):
        if (
            k == i
            or not is_timed[k]
            or joined[k].name in apart
            or own_id in joined[k].frame.columns
        ):
            continue
        keys = table.frame.drop(own_id)
        link = _link(joined[k].frame, keys, other=table.name)
        if link is not None:
            names = replace(table, frame=table.frame.select(link.there, own_id))
            joined[k] = _with_columns(replace(joined[k]), names, link, is_key=True)


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
        return a not in _ID_WORDS or a in _CODE_WORDS
    if b not in _ID_WORDS:
        return False
    stem = plain(other.rpartition(".")[0] or other)
    names = {stem, stem.removesuffix("s"), stem.removesuffix("es")}
    return any(a in {f"{name} {b}", name} for name in names)


def _with_columns(
    table: RawTable, listed: RawTable, link: _Link, *, is_key: bool = False
) -> RawTable:
    """Return a table with the columns of a list; an id makes room for the name of the same thing."""
    names = {c: c for c in listed.frame.columns if c != link.there}
    stem = _stem(link.here)
    # A list says how long something should take, not how long it took; its 'name' is whose it is.
    names = {
        c: f"planned {c}" if _is_duration(c) else f"{stem} {c}" if stem and plain(c) in _BARE else c
        for c in names
    }
    names = {
        c: (n if n not in table.frame.columns else f"{n} ({listed.name})") for c, n in names.items()
    }
    brought = listed.frame.select(
        pl.col(link.there).cast(pl.String).alias("\0id"),
        *(pl.col(c).alias(n) for c, n in names.items()),
    )
    frame = table.frame.with_columns(pl.col(link.here).cast(pl.String).alias("\0id")).join(
        brought, on="\0id", how="left", maintain_order="left"
    )
    is_named = any(
        _stem(n) == stem and plain(n).split()[-1] in _NAME_WORDS | _BARE for n in names.values()
    )
    frame = frame.drop("\0id", *([link.here] if is_key or (is_named and stem) else []))
    note = text(
        "note_joined",
        listed=listed.name,
        file=table.name,
        column=link.here,
        rows=listed.frame.height,
    )
    return replace(table, frame=frame, notes=(*table.notes, note))


def _is_duration(name: str) -> bool:
    return bool(field_scores(name).keys() & {"duration", "setup_duration"})


def _stem(name: str) -> str:
    """Return a plain name without the word that says whether it is an id or a name."""
    words = plain(name).split()
    return " ".join(w for w in words if w not in _ID_WORDS | _NAME_WORDS)
