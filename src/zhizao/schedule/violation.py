"""Violation: one rule that a plan breaks."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Violation:
    """One rule that a plan breaks.

    Examples
    --------
    >>> str(Violation(kind="overlap", operation=3, what="begins at 4, before 7"))
    'overlap: operation 3 begins at 4, before 7'
    """

    kind: str
    """mode, duration, release, order, ready, overlap, setup, closed, crew, batch, pin, machine,
    join, limit, buffer, upkeep."""
    operation: int
    what: str

    def __str__(self) -> str:
        """Return the violation as a line."""
        return f"{self.kind}: operation {self.operation} {self.what}"
