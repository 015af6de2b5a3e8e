"""What a table of a plant folder is: columns that lead from a noun to the cells of a row."""

from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from pydantic_core import PydanticUndefined

from zhizao.model._noun import Noun
from zhizao.model.files.cells import CellKind


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a table.

    ``path`` leads from the noun to the value. ``refers`` names the group of
    names to which every name in the cell must belong (see ``references``);
    ``allowed`` are the words of a choice, empty where it is none. An empty cell
    means the field's ``default``, or ``None`` where ``empty_is_none``.
    """

    name: str
    meaning: str
    kind: CellKind = "text"
    path: tuple[str, ...] = ()
    refers: str | None = None
    required: bool = False
    empty_is_none: bool = False
    allowed: tuple[str, ...] = ()
    default: Any = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Table:
    """One table: a CSV file of the plant folder or a sheet of the workbook; each is itself only.

    ``noun`` is what a row makes; where several rows make one part, it is what
    a row adds to it. The values in the columns of ``key`` occur together once.
    """

    name: str
    columns: tuple[Column, ...]
    noun: type[Noun]
    key: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        """Name of the file in a plant folder."""
        return f"{self.name}.csv"


def column_of(
    noun: type[Noun],
    path: str,
    *,
    name: str | None = None,
    kind: CellKind = "text",
    refers: str | None = None,
    required: bool | None = None,
) -> Column:
    """Return a column for a field of a noun; ``path`` has a ``/`` for each part in a part.

    Examples
    --------
    >>> from zhizao.model.plant import Operator
    >>> column = column_of(Operator, "count", kind="integer")
    >>> column.meaning, column.default, column.required
    ('people in the group', 1, False)
    """
    parts = tuple(path.split("/"))
    owner = noun
    for part in parts[:-1]:
        annotation = owner.model_fields[part].annotation
        members = (annotation, *getattr(annotation, "__args__", ()))
        owner = next(m for m in members if isinstance(m, type) and issubclass(m, Noun))
    field = owner.model_fields[parts[-1]]
    takes_none = type(None) in getattr(field.annotation, "__args__", ())
    return Column(
        name=name or parts[-1],
        meaning=field.description or "",
        kind=kind,
        path=parts,
        refers=refers,
        required=field.is_required() and len(parts) == 1 and not takes_none
        if required is None
        else required,
        empty_is_none=field.is_required() and takes_none,
        allowed=_choices(field.annotation),
        default=None if field.default is PydanticUndefined else field.default,
    )


def _choices(annotation: Any) -> tuple[str, ...]:
    """Return the words of a choice, wherever in a type it stands."""
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    return tuple(word for part in get_args(annotation) for word in _choices(part))
