"""Wishes: what a person knows beside the plant and its orders."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from zhizao.model import Schedule


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What a person knows beside the plant and its orders."""

    quantile: float | None = None
    """Working times are at this probability instead of their means."""
    material: Mapping[tuple[str, int], datetime] | None = None
    """(Order, step) → when its material is there."""
    previous: Schedule | None = None
    """The plan that people follow now."""
    frozen_until: datetime | None = None
    """What the previous plan begins before this instant stays as it is."""
    moves_until: datetime | None = None
    """Moves against the previous plan count for what it begins before this instant."""
    tolerance: timedelta = timedelta(minutes=30)
    """A start that differs by no more than this is not a move."""


NO_WISHES = Wishes()
