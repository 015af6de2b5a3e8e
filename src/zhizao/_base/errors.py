"""The one tree of errors.

::

    ZhizaoError
    ├── InputError (ValueError)          something that was given is wrong; exit code 2
    │   ├── PlantFileError               plant files: every fault with file, row, column
    │   ├── RecordsError                 a record file that cannot be read
    │   ├── MappingError                 a mapping that does not fit its file
    │   └── ScenarioError                a change that does not fit its plant
    ├── SimulationError (RuntimeError)   a run that cannot go on
    └── MissingExtraError (ImportError)  an optional package that is not installed

A message says which thing, what was found, what is allowed and what to do.
All faults of an input come together.
"""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


class ZhizaoError(Exception):
    """Root of all errors that zhizao raises on purpose."""


class InputError(ZhizaoError, ValueError):
    """Something that was given is wrong."""


class RecordsError(InputError):
    """A record file that cannot be read."""


class MappingError(InputError):
    """A mapping of columns that does not fit its file."""


class ScenarioError(InputError):
    """A change that does not fit the plant it is applied to."""


class SimulationError(ZhizaoError, RuntimeError):
    """A run that cannot go on."""


class MissingExtraError(ZhizaoError, ImportError):
    """An optional package that is not installed."""


@dataclass(frozen=True, kw_only=True)
class FileFault:
    """One wrong cell, row or file.

    ``row`` counts as a spreadsheet does: the header is row 1. ``None`` where
    the fault is about the whole file.
    """

    file: str
    rule: str
    row: int | None = None
    column: str | None = None
    value: str | None = None
    nearest: str | None = None

    def __str__(self) -> str:
        place = self.file
        if self.row is not None:
            place += f", row {self.row}"
        if self.column is not None:
            place += f", column '{self.column}'"
        found = "" if self.value is None else f": found '{self.value}'"
        hint = "" if self.nearest is None else f" Did you mean '{self.nearest}'?"
        return f"{place}{found}; {self.rule}.{hint}"


class PlantFileError(InputError):
    """Faults of plant files, all of them at once, in ``faults``."""

    def __init__(self, faults: Sequence[FileFault]) -> None:
        self.faults = tuple(faults)
        n_faults = len(self.faults)
        head = f"{n_faults} fault{'s' if n_faults != 1 else ''} in the plant's files"
        super().__init__("\n  ".join([head + ":", *map(str, self.faults)]))


def nearest_name(name: str, allowed: Iterable[str]) -> str | None:
    """Return the allowed name that is spelt most like ``name``, or None.

    Examples
    --------
    >>> nearest_name("lathe1", ["lathe_1", "mill_1"])
    'lathe_1'
    """
    names = list(allowed)
    by_folded = {n.casefold(): n for n in names}
    matches = difflib.get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[matches[0]] if matches else None


def did_you_mean(name: str, allowed: Iterable[str]) -> str:
    """Return ``" Did you mean 'x'?"`` or an empty string.

    Examples
    --------
    >>> did_you_mean("lathe1", ["lathe_1"])
    " Did you mean 'lathe_1'?"
    """
    nearest = nearest_name(name, allowed)
    return "" if nearest is None else f" Did you mean '{nearest}'?"
