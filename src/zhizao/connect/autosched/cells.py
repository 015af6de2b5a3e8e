"""Rows of an AutoSched file, and the values of their cells."""

import math
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Literal, cast

from zhizao._base.errors import FileFault, nearest_name

MINUTES_BY_UNIT = {"sec": 1.0 / 60.0, "min": 1.0, "hr": 60.0, "day": 1440.0}

Shape = Literal["constant", "exponential", "uniform"]
SHAPES = ("constant", "exponential", "uniform")


@dataclass(frozen=True, kw_only=True)
class Duration:
    """A random time: mean in minutes, shape, standard deviation over mean."""

    mean_min: float
    distribution: Shape = "constant"
    cv: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of a file: cells by column, and where faults are noted.

    A method that finds a fault notes it and returns a value that lets reading
    go on; nothing is built from the rows once there is a fault.
    """

    file: str
    number: int
    cells: dict[str, str]
    faults: list[FileFault]

    def fault(self, column: str, rule: str, *, near: tuple[str, ...] = ()) -> None:
        """Note that the cell of a column breaks a rule."""
        value = self.text(column)
        self.faults.append(
            FileFault(
                file=self.file,
                row=self.number,
                column=column,
                value=value,
                rule=rule,
                nearest=nearest_name(value, near) if value else None,
            )
        )

    def text(self, column: str) -> str:
        """Return the cell, '' if it is empty or the column is not there."""
        return self.cells.get(column, "")

    def name(self, column: str) -> str:
        """Return the cell, which must not be empty."""
        if not self.text(column):
            self.fault(column, "expected a name")
        return self.text(column)

    def known_name(self, column: str, known: tuple[str, ...], *, what: str) -> str:
        """Return the cell, which must be one of the known names."""
        if self.text(column) not in known:
            self.fault(column, f"expected {what}", near=known)
        return self.text(column)

    def choice(self, column: str, allowed: tuple[str, ...], *, default: str = "") -> str:
        """Return the cell, one of the allowed words; ``default`` if it is empty."""
        word = self.text(column) or default
        if word and word not in allowed:
            self.fault(column, f"expected one of {', '.join(allowed)}", near=allowed)
        return word

    def number_of(self, column: str, *, default: float | None = None, low: float = 0.0) -> float:
        """Return the cell as a finite number of at least ``low``."""
        cell = self.text(column)
        if not cell and default is not None:
            return default
        try:
            value = float(cell)
        except ValueError:
            value = math.nan
        if not math.isfinite(value) or value < low:
            self.fault(column, f"expected a number >= {low:g}")
            return max(low, 1.0)
        return value

    def count(self, column: str, *, default: int | None = None, low: int = 1) -> int:
        """Return the cell as a whole number of at least ``low``."""
        value = self.number_of(column, default=default, low=low)
        if value != int(value):
            self.fault(column, "expected a whole number")
        return int(value)

    def share(self, column: str, *, default: float) -> float:
        """Return the cell, a percentage, as a fraction of 1."""
        value = self.number_of(column, default=100.0 * default)
        if value > 100.0:
            self.fault(column, "expected a percentage between 0 and 100")
        return min(value, 100.0) / 100.0

    def minutes(self, column: str, unit_column: str) -> float | None:
        """Return the cell in minutes, None if it is empty."""
        if not self.text(column):
            return None
        unit = self.choice(unit_column, tuple(MINUTES_BY_UNIT), default="hr")
        return self.number_of(column) * MINUTES_BY_UNIT.get(unit, 1.0)

    def duration(
        self, shape_column: str, column: str, half_column: str, unit_column: str
    ) -> Duration:
        """Return a random time: mean, shape and, if uniform, half its range."""
        mean_min = self.minutes(column, unit_column)
        if mean_min is None:
            self.fault(column, "expected a number >= 0")
            return Duration(mean_min=1.0)
        shape = self.choice(shape_column, SHAPES, default="constant")
        half_min = self.minutes(half_column, unit_column) or 0.0
        if shape not in SHAPES:
            return Duration(mean_min=mean_min)
        if shape != "uniform":
            return Duration(
                mean_min=mean_min,
                distribution=cast("Shape", shape),
                cv=1.0 if shape == "exponential" else 0.0,
            )
        if half_min > mean_min:
            self.fault(half_column, f"half the range must not exceed the mean, {mean_min:g} min")
        if half_min == 0.0:
            return Duration(mean_min=mean_min)
        return Duration(
            mean_min=mean_min, distribution="uniform", cv=half_min / (mean_min * math.sqrt(3.0))
        )

    def instant(self, column: str, *, zone: tzinfo) -> datetime | None:
        """Return the cell, ``MM/DD/YY HH:MM:SS``, in a time zone; None if empty."""
        cell = self.text(column)
        if not cell:
            return None
        try:
            return datetime.strptime(cell, "%m/%d/%y %H:%M:%S").replace(tzinfo=zone)
        except ValueError:
            self.fault(column, "expected an instant MM/DD/YY HH:MM:SS")
            return None
