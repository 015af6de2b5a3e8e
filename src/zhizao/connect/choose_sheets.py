"""Which sheets of a workbook are tables of records or of orders; the others are named.

Several sheets are read only where the names of their columns say what they are: a
calendar or a plan has times and machines too, and would count as work that was done.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from zhizao.connect.columns.guess import guess_mapping
from zhizao.connect.columns.guess_fields import FieldGuess
from zhizao.connect.columns.table_names import NAME, with_names
from zhizao.connect.files.excel_files import Sheet
from zhizao.connect.files.raw import RawTable
from zhizao.connect.mapping import Mapping, fitting_part, missing_fields
from zhizao.connect.verdict import Text, text

_SAID_BY = {
    "order_id": {"order_id", "order_operation"},
    "operation": {"operation", "step", "order_operation"},
    "start_at or end_at": {"start_at", "end_at", "timestamp", "date"},
}
"""What the columns' names must say of a table of records, and the fields that say it."""

_ENOUGH_ROWS = 1000
"""Rows above which a longer sheet is no likelier to be the records."""


@dataclass(frozen=True, kw_only=True)
class _Look:
    """What a sheet looks like: fields that its names, or not even its values, tell."""

    sheet: Sheet
    table: RawTable
    is_orders: bool
    unsaid: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def is_chosen(self) -> bool:
        return self.is_orders or not (self.unsaid or self.missing)


def choose_sheets(
    sheets: Sequence[Sheet], *, name: str, mapping: Mapping | None = None
) -> list[RawTable]:
    """Return the sheets that are tables of records or of orders, at least one.

    A mapping's word counts first: the sheets that it names as ``NAME [SHEET]``, else
    those whose columns it fits. Otherwise names of columns decide, and where they say
    nothing, the sheet whose header fits best is taken.

    Parameters
    ----------
    sheets
        All sheets of a workbook; at least one has a table.
    name
        What the workbook is called; a table of one sheet among several that are read
        is called ``NAME [SHEET]``.

    Examples
    --------
    >>> import polars as pl
    >>> from zhizao.connect.files.raw import raw_table
    >>> cells = pl.DataFrame({"order": ["A"], "operation": ["cut"], "end": ["2024-01-01 08:00"]})
    >>> table = raw_table(cells, name="a.xlsx", first_row=2, described="Excel")
    >>> sheets = [Sheet(name=n, n_rows=1, table=table, score=3.0) for n in ("May", "June")]
    >>> [table.name for table in choose_sheets(sheets, name="a.xlsx")]
    ['a.xlsx [May]', 'a.xlsx [June]']
    """
    sheets = _with_names(sheets)
    stated = {part.file for part in mapping.tables} if mapping else set()
    chosen = {s.name for s in sheets if s.table and f"{name} [{s.name}]" in stated}
    is_named = bool(chosen)
    unnamed = _best_fit(sheets, name, mapping, apart=chosen) if mapping and chosen else set()
    chosen |= unnamed
    reasons: dict[str, Text] = {}
    if mapping and not chosen:
        chosen = {
            s.name for s in sheets if s.table and fitting_part(mapping, s.table.frame.columns)
        }
    if not chosen:
        looks = _looks(sheets)
        chosen = _chosen(looks)
        reasons = {look.sheet.name: _why(look, name) for look in looks}
    called = [
        replace(
            sheet.table,
            sheet=sheet.name,
            name=f"{name} [{sheet.name}]"
            if sheet.name not in unnamed and (is_named or len(chosen) > 1)
            else name,
        )
        for sheet in sheets
        if sheet.name in chosen and sheet.table
    ]
    notes = [
        text(
            "note_sheet",
            sheet=sheet.name,
            file=name,
            rows=sheet.n_rows,
            why=_why_no_table(sheet) or reasons.get(sheet.name) or text("unread_not_mapped"),
        )
        for sheet in sheets
        if sheet.name not in chosen
    ]
    return [replace(called[0], notes=(*called[0].notes, *notes)), *called[1:]]


def _with_names(sheets: Sequence[Sheet]) -> list[Sheet]:
    """Return sheets alike with what their names say, in a column."""
    tables = [(i, s.table) for i, s in enumerate(sheets) if s.table]
    named = with_names([table for _, table in tables], [sheets[i].name for i, _ in tables])
    found = list(sheets)
    for (i, _), table in zip(tables, named, strict=True):
        found[i] = replace(sheets[i], table=table)
    return found


def _best_fit(sheets: Sequence[Sheet], name: str, mapping: Mapping, *, apart: set[str]) -> set[str]:
    """Return the sheet that a mapping means by the workbook's name alone, beside those it names."""
    parts = mapping.model_copy(
        update={"tables": tuple(part for part in mapping.tables if part.file == name)}
    )
    fitting = [
        s
        for s in sheets
        if s.table and s.name not in apart and fitting_part(parts, s.table.frame.columns)
    ]
    return {max(fitting, key=lambda s: s.score).name} if fitting else set()


def _looks(sheets: Sequence[Sheet]) -> list[_Look]:
    looks = []
    for sheet in sheets:
        if sheet.table is None:
            continue
        how = guess_mapping(sheet.table).tables[0]
        said = {*FieldGuess(sheet.table).columns}
        if NAME in how.columns.values():  # a sheet named after its machine says where work was done
            said.add("operation")
        looks.append(
            _Look(
                sheet=sheet,
                table=sheet.table,
                is_orders=how.kind == "orders",
                unsaid=tuple(what for what, fields in _SAID_BY.items() if not fields & said),
                missing=missing_fields(how),
            )
        )
    return looks


def _chosen(looks: Sequence[_Look]) -> set[str]:
    chosen = {look.sheet.name for look in looks if look.is_chosen}
    reports = [look.sheet for look in looks if look.is_chosen and not look.is_orders]
    if any(not sheet.is_hidden for sheet in reports):  # a hidden one is an old copy, or a draft
        chosen -= {look.sheet.name for look in looks if look.sheet.is_hidden}
    if reports:
        return chosen
    # no names of columns tell of work: the one that is known by its values, if there is one
    others = [look for look in looks if not look.is_chosen and not (chosen and look.missing)]
    if others:
        best = max(
            others, key=lambda look: (look.sheet.score, min(look.sheet.n_rows, _ENOUGH_ROWS))
        )
        chosen.add(best.sheet.name)
    return chosen


def _why(look: _Look, name: str) -> Text:
    if look.is_chosen:
        return text("unread_hidden", file=name, sheet=look.sheet.name)
    fields = ", ".join(look.unsaid or look.missing)
    return text("unread_unlike", fields=fields, file=name, sheet=look.sheet.name)


def _why_no_table(sheet: Sheet) -> Text | None:
    if sheet.table is not None:
        return None
    return text("unread_no_header" if sheet.n_rows else "unread_empty")
