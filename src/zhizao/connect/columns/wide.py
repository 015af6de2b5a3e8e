"""Tables with a row an order and a column an operation: found, and turned into rows of operations."""

import re

import polars as pl

from zhizao.connect.columns.guess_fields import INSTANTS, READABLE, FieldGuess
from zhizao.connect.files.raw import RawTable
from zhizao.connect.mapping import StepColumns, TableMapping, check_columns
from zhizao.connect.synonyms import EXACT, field_scores, is_unspaced, phrases, plain, simplified
from zhizao.connect.values.clocks import with_date

_PAIRS = 2
"""Operations with both a start and an end column that make a table wide."""

_SINGLES = 4
"""Operations with one clock time that make a table wide, where few have two."""

_UNIQUE_ORDERS = 0.95
_MOST_WORDS = 3
_APART = re.compile(r"[\s_:/|.\-–()\[\]]+")
_ROLES = ("start_at", "end_at")
_BESIDE = ("resource", "operator", "good_quantity", "scrap_quantity")
"""What else may stand beside the clock times of an operation."""

_NAMES = frozenset(
    {
        "name",
        "bezeichnung",
        "text",
        "description",
        "desc",
        "descripcion",
        "nombre",
        "nom",
        "libelle",
        "nome",
        "名称",
        "名",
    }
)
"""Words for the column that names the operation: 'Op1 name'."""

_JOINING = frozenset({"of", "de", "du", "des", "der", "von", "di", "do", "da"})
"""Words between 'end' and the operation: 'end of milling'."""


def find_steps(guess: FieldGuess) -> tuple[StepColumns, ...]:
    """Return the columns of operations if each row of a table is a whole order, else nothing.

    A column counts if it holds dates with times and its name is no usual name of one
    ('start', 'due'): 'Milling start', 'End of milling', or just 'Milling'.
    """
    order = guess.columns.get("order_id")
    if order is None:
        return ()
    ids = guess.table.frame[order].drop_nulls()
    if ids.n_unique() < _UNIQUE_ORDERS * max(len(ids), 1):
        return ()
    found: dict[str, dict[str, str]] = {}
    for name in guess.sample.columns:
        profile = guess.profiles[name]
        is_usual = any(s >= EXACT for f, s in field_scores(name).items() if f in INSTANTS)
        if name == order or is_usual or profile.number >= READABLE:
            continue
        if profile.n_cells and profile.instant - profile.clock >= READABLE:
            operation, role = operation_in(name)
            found.setdefault(operation, {}).setdefault(role, name)
    n_pairs = sum(len(roles) == len(_ROLES) for roles in found.values())
    if n_pairs < _PAIRS and len(found) < _SINGLES:
        return ()
    taken = {name for roles in found.values() for name in roles.values()} | {order}
    for name in guess.sample.columns:
        if name not in taken and (beside := _beside(name)) and beside[0] in found:
            found[beside[0]].setdefault(beside[1], name)
        elif name not in taken and guess.profiles[name].clock >= READABLE:
            _add_clock(found, name, guess)
    return tuple(StepColumns(operation=operation, **roles) for operation, roles in found.items())


def _add_clock(found: dict[str, dict[str, str]], name: str, guess: FieldGuess) -> None:
    """Note a column of clock times beside a date of an operation, as in 'Milling start time'."""
    operation, role = operation_in(name)
    roles = found.get(operation, {})
    if role in roles and guess.is_date_only(roles[role]):
        roles.setdefault(f"{role.removesuffix('_at')}_clock", name)


def _beside(name: str) -> tuple[str, str] | None:
    """Return the operation in a column's name and what it says of it, as in 'Milling machine'."""
    words = [w for w in _APART.split(name) if w]
    for n in range(min(_MOST_WORDS, len(words) - 1), 0, -1):
        for part, rest in ((words[-n:], words[:-n]), (words[:n], words[n:])):
            for role in _BESIDE:
                if plain(" ".join(part)) in phrases(role) or (
                    role == "good_quantity" and plain(" ".join(part)) in phrases("quantity")
                ):
                    return " ".join(rest), role
            if plain(" ".join(part)) in _NAMES:
                return " ".join(rest), "name"
    if is_unspaced(name):
        bare = simplified(name)
        for role in _BESIDE:
            for phrase in sorted(phrases(role), key=len, reverse=True):
                if is_unspaced(phrase) and len(phrase) < len(name) and bare.endswith(phrase):
                    return name[: -len(phrase)].strip(" _-"), role
    return None


def operation_in(name: str) -> tuple[str, str]:
    """Return the operation that a column's name holds, and whether it is its start or its end.

    Examples
    --------
    >>> operation_in("Milling start"), operation_in("End Turning & Milling"), operation_in("Packing")
    (('Milling', 'start_at'), ('Turning & Milling', 'end_at'), ('Packing', 'end_at'))
    >>> operation_in("车削开工时间")
    ('车削', 'start_at')
    """
    words = [w for w in _APART.split(name) if w]
    for n in range(min(_MOST_WORDS, len(words) - 1), 0, -1):
        for part, rest in ((words[-n:], words[:-n]), (words[:n], words[n:])):
            for role in _ROLES:
                if plain(" ".join(part)) in phrases(role):
                    is_joined = len(rest) > 1 and plain(rest[0]) in _JOINING
                    return " ".join(rest[is_joined:]), role
    if is_unspaced(name):
        bare = simplified(name)
        for role in _ROLES:
            for phrase in sorted(phrases(role), key=len, reverse=True):
                if is_unspaced(phrase) and len(phrase) < len(name) and bare.endswith(phrase):
                    return name[: -len(phrase)].strip(" _-"), role
    return name, "end_at"


def rows_of_operations(table: RawTable, how: TableMapping) -> tuple[RawTable, TableMapping]:
    """Return a wide table as one with a row an operation, and how that is read.

    An operation whose cells are empty was not done in that order; every other cell comes
    along. Rows keep the number of the row that they stand in.

    Raises
    ------
    MappingError
        If the mapping names a column that the file does not have.
    """
    check_columns(how, table.frame.columns)
    beside = [f for f in _BESIDE if any(getattr(s, f) for s in how.steps)]
    names = {field: f"{field} (of the column)" for field in ("operation", *_ROLES, *beside)}
    kept = list(dict.fromkeys(how.columns.values()))
    parts = []
    for step in how.steps:
        cells = {role: getattr(step, role) for role in (*_ROLES, *beside)}
        part = (
            _with_clocks(table.frame, step)
            .select(
                *kept,
                (
                    pl.lit(step.operation)
                    if step.name is None
                    else pl.coalesce(step.name, pl.lit(step.operation))
                ).alias(names["operation"]),
                *(
                    pl.lit(None, dtype=pl.String).alias(names[role])
                    if column is None
                    else pl.col(column).alias(names[role])
                    for role, column in cells.items()
                ),
            )
            .with_columns(table.rows.alias("\0row"))
        )
        parts.append(part.filter(pl.any_horizontal(pl.col(names[r]).is_not_null() for r in _ROLES)))
    long = pl.concat(parts, how="vertical_relaxed").sort("\0row", maintain_order=True)
    fields = {field: name for field, name in names.items() if field not in _ROLES}
    fields |= {role: names[role] for role in _ROLES if any(getattr(s, role) for s in how.steps)}
    fields |= {role: names[role] for role in beside}
    return (
        RawTable(
            name=table.name,
            frame=long.drop("\0row"),
            rows=long["\0row"].alias("source_row"),
            described=table.described,
            sheet=table.sheet,
            notes=table.notes,
        ),
        how.model_copy(
            update={
                "layout": "row_per_operation",
                "columns": {**how.columns, **fields},
                "steps": (),
            }
        ),
    )


def _with_clocks(frame: pl.DataFrame, step: StepColumns) -> pl.DataFrame:
    """Return a wide table in which the dates of a step have the clock times that stand beside them."""
    pairs = ((step.start_at, step.start_clock), (step.end_at, step.end_clock))
    for date, clock in pairs:
        if date is not None and clock is not None:
            frame = frame.with_columns(with_date(frame[clock], frame[date]).alias(date))
    return frame
